//! What was compiled before, on the disk: sealed, so that what was altered or put in another's place is found and compiled again.

use oyez_model::Version;
use rustix::fs::{MemfdFlags, OFlags};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// A seal, at the end of each artefact: BLAKE3 keyed by the folder's secret, the engine and the plugin's version.
const SEAL_BYTES: usize = 32;
/// All artefacts together, in bytes; past it those go that were not used for longest.
const TOTAL_BYTES_MAX: u64 = 4 << 30;
const SECRET: &str = "secret";
const DRAFT: &str = ".draft-";
/// Longer than any compile takes.
const DRAFT_AGE_MAX: Duration = Duration::from_hours(1);

/// A folder of artefacts of one engine.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
    secret: [u8; 32],
    engine: u64,
    drafts: AtomicU64,
}

/// The cache, if there is to be one: opened at its first use, when whoever owns the folder around it has made it.
#[derive(Debug)]
pub(crate) struct Kept {
    dir: Option<PathBuf>,
    engine: u64,
    opened: OnceLock<Option<Arc<Cache>>>,
}

impl Kept {
    pub(super) fn new(dir: Option<PathBuf>, engine: u64) -> Self {
        Self { dir, engine, opened: OnceLock::new() }
    }

    /// The cache. One that cannot be had costs time and nothing else.
    pub(super) fn get(&self) -> Option<Arc<Cache>> {
        let open = || {
            let dir = self.dir.clone()?;
            let opened = Cache::open(dir.clone(), self.engine);
            let told = opened.inspect_err(
                |error| tracing::warn!(folder = %dir.display(), %error, "no folder for compiled plugins: they are compiled at each start"),
            );
            told.ok().map(Arc::new)
        };
        self.opened.get_or_init(open).clone()
    }
}

/// A file that somebody writes. What is not kept is gone with it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) file: File,
    path: Option<PathBuf>,
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

/// A draft that nobody is going to find again.
///
/// # Errors
/// The system gives no memory for it.
pub(super) fn nowhere() -> io::Result<Draft> {
    let file = rustix::fs::memfd_create("oyez-artefact", MemfdFlags::CLOEXEC)?;
    Ok(Draft { file: file.into(), path: None })
}

impl Cache {
    /// Opens the folder; makes it if it is missing.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) fn open(dir: PathBuf, engine: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        fs::set_permissions(&dir, Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(&dir)?.flatten() {
            // What a process left that was killed over it. Another one may be at work on its own.
            let old = || entry.metadata()?.modified()?.elapsed().map_or(Ok(false), |age| io::Result::Ok(age > DRAFT_AGE_MAX));
            if entry.file_name().as_encoded_bytes().starts_with(DRAFT.as_bytes()) && old()? {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { secret: secret(&dir.join(SECRET))?, engine, drafts: AtomicU64::new(0), dir })
    }

    /// A file to compile into.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn draft(&self) -> io::Result<Draft> {
        let nth = self.drafts.fetch_add(1, Relaxed);
        let path = self.dir.join(format!("{DRAFT}{}-{nth}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Draft { file, path: Some(path) })
    }

    /// Seals a draft and puts it where [`Self::find`] looks.
    ///
    /// # Errors
    /// It cannot be read, written or renamed.
    pub(super) fn keep(&self, mut draft: Draft, version: Version) -> io::Result<File> {
        draft.file.rewind()?;
        let length = draft.file.metadata()?.len();
        let seal = self.seal(version, &mut draft.file, length)?;
        draft.file.write_all(seal.as_bytes())?;
        draft.file.set_permissions(Permissions::from_mode(0o400))?;
        let from = draft.path.take().expect("a draft of a cache lies somewhere");
        let to = self.path(version);
        // No sync: a seal that does not hold after a crash is a file to be compiled again.
        fs::rename(&from, &to).inspect_err(|_| drop(fs::remove_file(&from)))?;
        self.make_room(&to);
        File::open(&to)
    }

    /// What was compiled of this version, if it is there and its seal holds.
    pub(super) fn find(&self, version: Version) -> Option<File> {
        let path = self.path(version);
        let nofollow = i32::try_from(OFlags::NOFOLLOW.bits() | OFlags::NONBLOCK.bits()).expect("flags are few");
        let mut file = OpenOptions::new().read(true).custom_flags(nofollow).open(&path).ok()?;
        match self.holds(version, &mut file) {
            Ok(true) => {
                // So that it is not the first to go.
                #[allow(clippy::disallowed_methods, reason = "what is oldest on the disk is told by the disk's clock")]
                let _ = file.set_modified(SystemTime::now());
                return Some(file);
            }
            Ok(false) => tracing::warn!(file = %path.display(), "a compiled plugin was altered, or is another's: it is compiled again"),
            Err(error) => tracing::warn!(file = %path.display(), %error, "a compiled plugin cannot be read: it is compiled again"),
        }
        None
    }

    fn holds(&self, version: Version, file: &mut File) -> io::Result<bool> {
        let meta = file.metadata()?;
        let Some(length) = meta.len().checked_sub(SEAL_BYTES as u64).filter(|_| meta.is_file()) else { return Ok(false) };
        let seal = self.seal(version, file, length)?;
        let mut found = [0; SEAL_BYTES];
        file.read_exact(&mut found)?;
        // In constant time.
        Ok(seal == blake3::Hash::from_bytes(found))
    }

    /// The seal of so many bytes; the file stands behind them.
    fn seal(&self, version: Version, file: &mut File, length: u64) -> io::Result<blake3::Hash> {
        let own = format!("{version} {:016x}", self.engine);
        let mut hasher = blake3::Hasher::new_keyed(blake3::keyed_hash(&self.secret, own.as_bytes()).as_bytes());
        let mut buffer = vec![0; 1 << 20];
        let mut rest = length;
        while rest > 0 {
            let want = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
            file.read_exact(&mut buffer[..want])?;
            hasher.update(&buffer[..want]);
            rest -= want as u64;
        }
        Ok(hasher.finalize())
    }

    fn path(&self, version: Version) -> PathBuf {
        self.dir.join(format!("{version}-{:016x}", self.engine))
    }

    /// Takes away what was not used for longest, but never what was just kept.
    fn make_room(&self, kept: &Path) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let file = |entry: fs::DirEntry| {
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            let is_artefact = entry.path() != kept && entry.file_name() != SECRET && !entry.file_name().as_encoded_bytes().starts_with(b".");
            is_artefact.then_some((meta.modified().ok()?, meta.len(), entry.path()))
        };
        let mut files: Vec<_> = entries.flatten().filter_map(file).collect();
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort();
        for (_, length, path) in files {
            if total <= TOTAL_BYTES_MAX {
                return;
            }
            total -= length;
            let _ = fs::remove_file(path);
        }
    }
}

/// Reads the folder's secret, or makes one.
fn secret(path: &Path) -> io::Result<[u8; 32]> {
    if let Ok(bytes) = fs::read(path)
        && let Ok(secret) = bytes.try_into()
    {
        return Ok(secret);
    }
    let mut secret = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let _ = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?.write_all(&secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cache: &Cache, version: Version, bytes: &[u8]) {
        let mut draft = cache.draft().unwrap();
        draft.file.write_all(bytes).unwrap();
        cache.keep(draft, version).unwrap();
    }

    fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn an_artefact_that_was_altered_cut_or_swapped_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("compiled"), 7).unwrap();
        let (a, b) = (Version::of(b"a"), Version::of(b"b"));
        kept(&cache, a, b"machine code of a");
        kept(&cache, b, b"machine code of b");
        assert!(cache.find(a).is_some() && cache.find(b).is_some());
        rewrite(&cache.path(a), |bytes| bytes[3] ^= 1);
        assert!(cache.find(a).is_none());
        kept(&cache, a, b"machine code of a");
        fs::rename(cache.path(b), cache.path(a)).unwrap();
        assert!(cache.find(a).is_none() && cache.find(b).is_none());
        kept(&cache, b, b"machine code of b");
        rewrite(&cache.path(b), |bytes| bytes.truncate(9));
        assert!(cache.find(b).is_none());
        rewrite(&cache.path(b), Vec::clear);
        assert!(cache.find(b).is_none());
    }

    #[test]
    fn another_process_finds_it_and_another_engine_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let version = Version::of(b"a");
        let open = |engine| Cache::open(folder.path().to_owned(), engine).unwrap();
        kept(&open(7), version, b"code");
        assert!(open(7).find(version).is_some());
        assert!(open(8).find(version).is_none());
        drop(open(7).draft().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the secret and the artefact");
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_link_or_a_pipe_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().to_owned(), 7).unwrap();
        let version = Version::of(b"a");
        kept(&cache, version, b"code");
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(cache.path(version), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, cache.path(version)).unwrap();
        assert!(cache.find(version).is_none());
        fs::remove_file(cache.path(version)).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, cache.path(version), rustix::fs::Mode::RUSR).unwrap();
        assert!(cache.find(version).is_none());
    }
}

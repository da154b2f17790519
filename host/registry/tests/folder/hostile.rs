//! A folder written by an enemy: links out of it, pipes, giants, crowds, names that steer terminals. Nothing of it is read, waited for or
//! left untold, and what ran goes on.

use crate::harness::{Folder, link};
use oyez_registry::FolderEvent;
use rustix::fs::{CWD, FileType, Mode, mkdirat, mknodat, openat};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe");
}

#[tokio::test]
async fn a_link_to_a_file_in_the_folder_is_followed() {
    let mut folder = Folder::watched().await;
    folder.put("lib/.builds/1/build", "one");
    // As Kubernetes mounts a configuration: by a link to a folder that is replaced as a whole.
    link(Path::new("1"), &folder.path("lib/.builds/current"));
    link(Path::new("lib/.builds/current/build"), &folder.path("email.wasm"));
    folder.loads("email", "one").await;
    fs::write(folder.path("lib/.builds/1/build"), "two").expect("written");
    folder.loads("email", "two").await;
    folder.put("lib/.builds/2/build", "three");
    link(Path::new("2"), &folder.path("lib/.builds/next"));
    fs::rename(folder.path("lib/.builds/next"), folder.path("lib/.builds/current")).expect("renamed");
    folder.loads("email", "three").await;
    link(&folder.path("lib/.builds/1/build").canonicalize().expect("there"), &folder.path("absolute.wasm"));
    folder.loads("absolute", "two").await;
}

#[tokio::test]
async fn a_link_out_of_the_folder_is_refused_and_what_it_leads_to_is_never_read() {
    let mut folder = Folder::watched().await;
    fs::create_dir(folder.outside("elsewhere")).expect("a folder");
    fs::write(folder.outside("elsewhere/secret"), "secret").expect("written");
    fs::write(folder.outside("elsewhere/other.wasm"), "other").expect("written");
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    link(&folder.outside("elsewhere/secret"), &folder.path("absolute.wasm"));
    let refused = folder.refuses("absolute", "link-out-of-folder").await;
    assert!(refused.message.contains("copy"), "{}", refused.message);
    link(Path::new("../elsewhere/secret"), &folder.path("relative.wasm"));
    folder.refuses("relative", "link-out-of-folder").await;
    link(Path::new("relative.wasm"), &folder.path("twice.wasm"));
    folder.refuses("twice", "link-out-of-folder").await;
    // By way of the process's own doors.
    link(Path::new("/proc/self/cwd"), &folder.path("proc.wasm"));
    folder.refuses("proc", "link-out-of-folder").await;
    link(&folder.outside("elsewhere"), &folder.path("namespace"));
    folder.refuses("namespace", "link-out-of-folder").await;
    link(&folder.outside("elsewhere/secret"), &folder.path("email.toml"));
    folder.refuses("email", "link-out-of-folder").await;
    // What ran goes on by the settings that it had, and a new build of it too.
    folder.put("email.wasm", "two");
    folder.loads("email", "two").await;
    folder.refuses("email", "link-out-of-folder").await;
    assert_eq!(folder.fake.texts(), ["one", "two"]);
}

#[tokio::test]
async fn a_link_to_a_folder_or_to_nothing_is_refused() {
    let mut folder = Folder::watched().await;
    folder.put("lib/email.wasm", "one");
    folder.loads("lib/email", "one").await;
    link(Path::new("lib"), &folder.path("again"));
    folder.refuses("again", "link-to-folder").await;
    link(Path::new("lib"), &folder.path("named.wasm"));
    assert!(folder.refuses("named", "not-a-file").await.message.contains("a link to a folder"));
    link(Path::new("nowhere"), &folder.path("broken.wasm"));
    folder.refuses("broken", "broken-link").await;
    link(Path::new("itself.wasm"), &folder.path("itself.wasm"));
    folder.refuses("itself", "broken-link").await;
    // It is told when it is mended, too.
    folder.put("nowhere", "two");
    folder.loads("broken", "two").await;
    folder.remove("again");
    folder.removes("again").await;
}

#[tokio::test]
async fn pipes_sockets_and_devices_are_refused_and_hold_nobody_up() {
    let mut folder = Folder::watched().await;
    pipe(&folder.path("pipe.wasm"));
    assert!(folder.refuses("pipe", "not-a-file").await.message.contains("a named pipe"));
    let _socket = UnixListener::bind(folder.path("socket.wasm")).expect("bound");
    assert!(folder.refuses("socket", "not-a-file").await.message.contains("a socket"));
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    pipe(&folder.path("email.toml"));
    folder.refuses("email", "not-a-file").await;
    folder.remove("email.toml");
    folder.loads("email", "one").await;
    link(Path::new("pipe.wasm"), &folder.path("linked.wasm"));
    folder.refuses("linked", "not-a-file").await;
    // Only root can put a device there.
    if mknodat(CWD, folder.path("device.wasm"), FileType::CharacterDevice, Mode::from_raw_mode(0o666), rustix::fs::makedev(1, 5)).is_ok() {
        assert!(folder.refuses("device", "not-a-file").await.message.contains("a device"));
    }
    assert_eq!(folder.fake.texts(), ["one"]);
}

#[tokio::test]
async fn a_giant_without_a_block_on_the_disk_costs_nothing() {
    let mut folder = Folder::watched().await;
    for (name, suffix) in [("component", "wasm"), ("settings", "toml")] {
        let path = folder.path(&format!("{name}.{suffix}"));
        File::create(&path).expect("created").set_len(1 << 40).expect("a hole is free");
        let begun = Instant::now();
        let refused = folder.refuses(name, "too-large").await;
        assert!(refused.message.contains("1099511627776"), "{}", refused.message);
        assert!(begun.elapsed() < Duration::from_secs(5), "it was read");
        fs::remove_file(path).expect("removed");
        folder.removes(name).await;
    }
}

#[tokio::test]
async fn what_this_user_may_not_read_is_refused_until_it_may() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    fs::write(folder.path(".other"), "other").expect("written");
    fs::set_permissions(folder.path(".other"), Permissions::from_mode(0o000)).expect("taken away");
    // To root all is readable.
    if File::open(folder.path(".other")).is_ok() {
        return;
    }
    fs::rename(folder.path(".other"), folder.path("other.wasm")).expect("renamed");
    folder.refuses("other", "unreadable").await;
    fs::set_permissions(folder.path("other.wasm"), Permissions::from_mode(0o600)).expect("given back");
    folder.loads("other", "other").await;
    fs::create_dir(folder.path("barred")).expect("a folder");
    fs::set_permissions(folder.path("barred"), Permissions::from_mode(0o000)).expect("taken away");
    folder.refuses("barred", "folder-unreadable").await;
    fs::set_permissions(folder.path("barred"), Permissions::from_mode(0o700)).expect("given back");
    folder.removes("barred").await;
}

#[tokio::test]
async fn names_that_would_steer_a_terminal_are_shown_written_out() {
    let mut folder = Folder::watched().await;
    for (bytes, shown) in [
        (&b"a\x1b[2Jb.wasm"[..], "a\\u{1b}[2Jb"),
        (b"forged\nline.wasm", "forged\\nline"),
        (b"turned\xe2\x80\xaearound.wasm", "turned\\u{202e}around"),
        (b"no\xfftext.wasm", "no\u{fffd}text"),
        (b"-rf.wasm", "-rf"),
        (b"~2.wasm", "~2"),
        (b"a b.wasm", "a b"),
        (b"a%2Fb.wasm", "a%2Fb"),
        (b"a\\b.wasm", "a\\b"),
    ] {
        fs::write(folder.path("").join(OsStr::from_bytes(bytes)), "one").expect("written");
        let refused = folder.refuses(shown, "invalid-name").await;
        assert!(!refused.message.contains(|c: char| c.is_control() || c == '\u{202e}'), "{:?}", refused.message);
    }
    // Whatever a `.toml` quotes, too.
    folder.put("email.toml", "instance = \"\u{202e}\"");
    let refused = folder.refuses("email", "invalid-setting").await;
    assert!(refused.message.contains("\\u{202e}"), "{}", refused.message);
    folder.put("post.toml", "name = \"../../email\"");
    folder.refuses("post", "invalid-name").await;
    folder.put("pick.toml", "component = \"../email.wasm\"");
    folder.refuses("pick", "invalid-setting").await;
    assert!(folder.fake.texts().is_empty());
}

#[tokio::test]
async fn a_hundred_thousand_entries_leave_what_runs_and_are_told_of_once() {
    let mut folder = Folder::watched().await;
    folder.put("zz/email.wasm", "one");
    folder.loads("zz/email", "one").await;
    // Of one name each, and no plugin's, so that none is loaded.
    for i in 0..90_000 {
        File::create(folder.path(&format!("{i}.txt"))).expect("created");
    }
    for i in 0..10_500 {
        File::create(folder.path(&format!("{i} x.wasm"))).expect("created");
    }
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    while !codes.contains_key("too-many-files") {
        match folder.next().await {
            FolderEvent::Refused(refused) => {
                assert!(refused.code != "too-many-files" || refused.message.contains("limit of 10000"), "{}", refused.message);
                *codes.entry(refused.code).or_default() += 1;
            }
            FolderEvent::Removed(name) => assert_ne!(name, "zz/email"),
            other => panic!("{other:?}"),
        }
    }
    // Known before the crowd came, it is still seen, and swapped.
    folder.put("zz/email.wasm", "two");
    loop {
        if let FolderEvent::Loaded(loaded) = folder.next().await {
            assert_eq!((loaded.name.as_str(), loaded.plugin.summary.as_str()), ("zz/email", "two"));
            break;
        }
    }
}

#[tokio::test]
async fn folders_without_an_end_are_followed_to_their_limit() {
    let mut folder = Folder::watched().await;
    // Deeper than any path can say: made one below the other.
    let mut here = openat(CWD, folder.path(""), rustix::fs::OFlags::DIRECTORY, Mode::empty()).expect("opened");
    for _ in 0..5_000 {
        mkdirat(&here, "d", Mode::from_raw_mode(0o755)).expect("made");
        here = openat(&here, "d", rustix::fs::OFlags::DIRECTORY, Mode::empty()).expect("opened");
    }
    let refused = folder.refuses("d/d/d/d/d/d/d/d/d", "folder-too-deep").await;
    assert!(refused.message.contains('8'), "{}", refused.message);
    folder.nothing_but("x").await;
    // What the test leaves must not be too deep for whoever tidies up.
    let top = fs::canonicalize(folder.path("d")).expect("there");
    std::process::Command::new("rm").arg("-rf").arg(top).status().expect("removed");
}

#[tokio::test]
async fn the_folder_itself_may_be_a_link_and_may_become_another() {
    let mut folder = Folder::new();
    fs::create_dir(folder.outside("first")).expect("a folder");
    fs::create_dir(folder.outside("second")).expect("a folder");
    fs::write(folder.outside("first/email.wasm"), "one").expect("written");
    fs::write(folder.outside("second/email.wasm"), "two").expect("written");
    link(&folder.outside("first"), &folder.outside("plugins"));
    folder.watch();
    folder.loads("email", "one").await;
    folder.scanned().await;
    link(&folder.outside("second"), &folder.outside("next"));
    fs::rename(folder.outside("next"), folder.outside("plugins")).expect("renamed");
    folder.loads("email", "two").await;
    // To nothing, to a file, to a pipe: what runs goes on.
    for kind in ["nothing", "file", "pipe"] {
        match kind {
            "file" => fs::write(folder.outside(kind), "").expect("written"),
            "pipe" => pipe(&folder.outside(kind)),
            _ => {}
        }
        link(&folder.outside(kind), &folder.outside("next"));
        fs::rename(folder.outside("next"), folder.outside("plugins")).expect("renamed");
    }
    link(&folder.outside("first"), &folder.outside("next"));
    fs::rename(folder.outside("next"), folder.outside("plugins")).expect("renamed");
    folder.loads("email", "one").await;
}

#[tokio::test]
async fn a_folder_swapped_for_a_link_gives_nothing_away() {
    let mut folder = Folder::watched().await;
    folder.put("billing/email.wasm", "one");
    folder.loads("billing/email", "one").await;
    fs::create_dir(folder.outside("elsewhere")).expect("a folder");
    fs::write(folder.outside("elsewhere/email.wasm"), "secret").expect("written");
    for _ in 0..200 {
        fs::rename(folder.path("billing"), folder.path(".billing")).expect("renamed");
        link(&folder.outside("elsewhere"), &folder.path("billing"));
        fs::remove_file(folder.path("billing")).expect("removed");
        fs::rename(folder.path(".billing"), folder.path("billing")).expect("renamed");
        tokio::task::yield_now().await;
    }
    folder.put("x.wasm", "x");
    // Whatever it saw meanwhile, the link included, is told; `x` came after all of it.
    loop {
        match folder.next().await {
            FolderEvent::Loaded(loaded) if loaded.name.as_str() == "x" => break,
            FolderEvent::Loaded(loaded) => assert_eq!(loaded.plugin.summary, "one"),
            FolderEvent::Refused(refused) => assert_eq!(refused.code, "link-out-of-folder"),
            FolderEvent::Removed(_) => {}
            FolderEvent::Scanned => panic!("it was scanned before"),
        }
    }
    assert!(!folder.fake.texts().contains(&"secret".to_owned()), "{:?}", folder.fake.texts());
}

#[tokio::test]
async fn what_never_stands_still_is_never_read() {
    let mut folder = Folder::watched().await;
    let path = folder.path("email.wasm");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut length = 0;
        while stopped.recv_timeout(Duration::from_millis(5)).is_err() {
            length = length % 1_000 + 1;
            fs::write(&path, "x".repeat(length)).expect("written");
        }
        fs::write(&path, "whole").expect("written");
    });
    folder.nothing_but("a").await;
    folder.nothing_but("b").await;
    assert_eq!(folder.fake.texts(), ["a", "b"]);
    stop.send(()).expect("it writes");
    writer.join().expect("it ends");
    folder.loads("email", "whole").await;
}

//! What opening a log finds: all of it is read and checked, once.

use super::append::{Spare, io_error};
use super::format::{self, FORMAT, FRAME_HEADER, GroupAt, Header, SEGMENT_HEADER, Salt};
use super::segment::{Island, Places, Segment, ordinal};
use oyez_model::Sequence;
use oyez_model::port::{Damage, File, Files, LogError, TornTail};
use parking_lot::RwLock;
use std::sync::Arc;

/// A log as it was found, and mended where it may be.
pub(crate) struct Recovered {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) spare: Option<Spare>,
    pub(crate) next_ordinal: u64,
    pub(crate) end: Sequence,
    pub(crate) torn: Option<TornTail>,
    pub(crate) damage: Vec<Damage>,
}

/// A segment's file, read.
struct Found {
    name: String,
    ordinal: u64,
    file: Arc<dyn File>,
    bytes: Vec<u8>,
    /// How far bytes other than zero go.
    written: usize,
    header: Header,
    salt: Salt,
}

impl Found {
    fn read(files: &dyn Files, name: String, ordinal: u64) -> Result<Self, LogError> {
        let failed = || io_error(format!("reading {name}"));
        let file = files.open(&name).map_err(failed())?;
        let mut bytes = vec![0; usize::try_from(file.len().map_err(failed())?).unwrap_or(usize::MAX)];
        let read = file.read_at(&mut bytes, 0).map_err(failed())?;
        bytes.truncate(read);
        let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let header = format::read_segment_header(&bytes);
        Ok(Self { name, ordinal, file, bytes, written, header, salt: Salt(0) })
    }

    /// The first group from a byte on that holds, and brings something new.
    fn group_after(&self, from: usize, end: Sequence) -> Option<GroupAt> {
        let groups = std::iter::successors(format::find_group(&self.bytes, self.salt, from), |g| format::find_group(&self.bytes, self.salt, g.end));
        groups.into_iter().find(|group| group.last > end)
    }

    fn at(&self, offset: usize) -> String {
        format!("{} at byte {offset}", self.name)
    }

    fn spare(self) -> Spare {
        Spare { ordinal: self.ordinal, length: self.bytes.len(), file: self.file }
    }
}

/// Where groups cease to hold, and nothing proves that what stands there was ever synced.
struct Torn {
    segment: usize,
    offset: usize,
}

/// The scan: goes up the log, one segment after the other.
struct Scan<'a> {
    found: &'a [Found],
    proof: Sequence,
    end: Sequence,
    damage: Vec<Damage>,
    segments: Vec<Arc<Segment>>,
    torn: Option<Torn>,
}

pub(crate) fn recover(files: &dyn Files, proof: Sequence) -> Result<Recovered, LogError> {
    let mut found = find(files)?;
    let next_ordinal = found.last().map_or(1, |found| found.ordinal + 1);
    let spares = found.iter().rev().take_while(|found| found.written == 0).count();
    let spares = found.split_off(found.len() - spares);
    let mut scan = Scan { found: &found, proof, end: Sequence(0), damage: Vec::new(), segments: Vec::new(), torn: None };
    for i in 0..found.len() {
        scan.segment(i);
    }
    scan.check_proof();
    let Scan { end, damage, segments, torn, .. } = scan;
    if !damage.is_empty() {
        return Ok(Recovered { segments, spare: None, next_ordinal, end, torn: None, damage });
    }
    let tail = torn.as_ref().map(|torn| cut(&found[torn.segment], torn.offset)).transpose()?;
    // What is whole may still be in the machine's memory only, if the process was killed: from here on others build on it.
    if let Some(last) = segments.last() {
        last.file.sync().map_err(io_error(format!("syncing {}", last.name)))?;
    }
    let emptied = torn.filter(|torn| torn.offset == 0).and_then(|_| found.pop());
    let spare = emptied.into_iter().chain(spares).next().map(Found::spare);
    Ok(Recovered { segments, spare, next_ordinal, end, torn: tail, damage })
}

/// Reads every segment, in order.
fn find(files: &dyn Files) -> Result<Vec<Found>, LogError> {
    let mut found = Vec::new();
    for name in files.list().map_err(io_error("listing the log"))? {
        if let Some(ordinal) = ordinal(&name) {
            found.push(Found::read(files, name, ordinal)?);
        }
    }
    found.sort_by_key(|found| found.ordinal);
    // All of a log have one salt: a segment whose header is gone is read by that of the others.
    let salts = found.iter().filter_map(|found| if let Header::Whole(_, salt) = found.header { Some(salt) } else { None });
    let shared = salts.clone().next().unwrap_or(Salt(0));
    for found in &mut found {
        match found.header {
            Header::Newer(newer) => return Err(LogError::NewerFormat { found: newer, known: FORMAT }),
            Header::Whole(_, salt) => found.salt = salt,
            Header::Broken => found.salt = shared,
        }
    }
    Ok(found)
}

impl Scan<'_> {
    fn segment(&mut self, i: usize) {
        let this = &self.found[i];
        let mut at = SEGMENT_HEADER;
        let mut damaged = false;
        match this.header {
            // Of the first one it is where the log begins: what came before was let go.
            Header::Whole(before, _) if i == 0 => self.end = before,
            Header::Whole(before, _) if before > self.end => self.miss(this.at(0), before, "a segment before it is gone, or has lost its end"),
            Header::Whole(..) => {}
            Header::Broken | Header::Newer(_) => at = 0,
        }
        let before = self.end;
        let mut places = Places::new(before);
        while at < this.written {
            if let Some(group) = format::read_group(&this.bytes, this.salt, at).filter(|group| group.last > self.end) {
                if group.before > self.end {
                    damaged = true;
                    self.miss(this.at(at), group.before, "what comes before it is gone");
                }
                places.add(&group);
                self.end = group.last;
                at = group.end;
            } else if self.is_proven(i, at) {
                damaged = true;
                at = self.damaged(i, at);
                places.end = at;
            } else {
                self.torn.get_or_insert(Torn { segment: i, offset: at });
                break;
            }
        }
        if at == 0 {
            // Torn with its very header: no segment at all.
            return;
        }
        if damaged {
            places.islands = Some(whole_frames(&this.bytes, this.salt, before, self.end));
        }
        places.last = self.end;
        let (name, file, length) = (this.name.clone(), Arc::clone(&this.file), this.bytes.len());
        self.segments.push(Arc::new(Segment { name, file, before, salt: this.salt, length, places: RwLock::new(places) }));
    }

    /// Whether what stands here had been synced: by what follows it, or because somebody has seen what came after.
    fn is_proven(&self, i: usize, at: usize) -> bool {
        self.proof > self.end
            || self.found[i].group_after(at, self.end).is_some()
            || self.found[i + 1..].iter().any(|later| later.group_after(0, self.end).is_some())
    }

    fn miss(&mut self, place: String, before: Sequence, what: &str) {
        self.damage.push(Damage { place, after: self.end, until: Some(before.next()), what: what.to_owned() });
        self.end = before;
    }

    /// A stretch that was synced and does not hold. Gives back where groups hold again.
    fn damaged(&mut self, i: usize, at: usize) -> usize {
        let this = &self.found[i];
        let next = this.group_after(at, self.end);
        let until = next.map_or(this.bytes.len(), |group| group.offset);
        // What follows says where this stretch ended.
        let later = || self.found[i + 1..].iter().find_map(|later| later.group_after(0, self.end)).map(|group| group.before);
        let bound = next.map(|group| group.before).or_else(later).unwrap_or(self.proof).max(self.end);
        let whole = whole_frames(&this.bytes[at..until], this.salt, self.end, bound).len();
        let what = format!("a group that was synced does not match its checksum; {whole} of its frames are whole");
        let follows = (next.is_some() || bound < self.proof).then(|| bound.next());
        self.damage.push(Damage { place: this.at(at), after: self.end, until: follows, what });
        self.end = bound;
        until
    }

    /// The views have seen up to here: so it had been synced.
    fn check_proof(&mut self) {
        if self.end < self.proof {
            let place = self.found.last().map_or_else(|| "the folder of the log".to_owned(), |found| found.at(found.written));
            let what = format!("the views have seen up to sequence {}, and the log ends before that", self.proof);
            self.damage.push(Damage { place, after: self.end, until: None, what });
        }
    }
}

/// Every frame that is whole, and stands between two sequences.
fn whole_frames(bytes: &[u8], salt: Salt, after: Sequence, bound: Sequence) -> Vec<Island> {
    let (mut at, mut after, mut islands) = (0, after, Vec::new());
    while let Some((offset, header)) = format::find_frame(bytes, salt, at, after, bound) {
        islands.push(Island { last: header.last, offset });
        after = header.last;
        at = offset + FRAME_HEADER + header.length;
    }
    islands
}

/// Cuts a torn tail, so that nothing of it comes back: what was cut is zero before anything is written there again.
fn cut(found: &Found, offset: usize) -> Result<TornTail, LogError> {
    let failed = || io_error(format!("cutting {}", found.at(offset)));
    found.file.truncate(offset as u64).map_err(failed())?;
    found.file.sync().map_err(failed())?;
    found.file.allocate(found.bytes.len() as u64).map_err(failed())?;
    found.file.sync().map_err(failed())?;
    Ok(TornTail { place: found.at(offset), bytes: (found.written - offset) as u64 })
}

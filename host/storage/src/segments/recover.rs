//! What opening a log finds: all of it is read and checked, once.

use super::format::{self, FRAME_HEADER, GroupAt, SEGMENT_HEADER, Salt};
use super::found::{self, Content, Folder, Found};
use super::segment::{Island, Places, Segment, Spare, io_error, name};
use oyez_model::Sequence;
use oyez_model::port::{Damage, Files, LogError, TornTail};
use parking_lot::RwLock;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// A log as it was found, and mended where it may be.
pub(crate) struct Recovered {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) spares: VecDeque<Spare>,
    pub(crate) next_ordinal: u64,
    pub(crate) salt: Salt,
    pub(crate) end: Sequence,
    pub(crate) torn: Option<TornTail>,
    pub(crate) damage: Vec<Damage>,
}

/// The scan: goes up the log, one segment after the other.
struct Scan<'a> {
    found: &'a [Found],
    proof: Sequence,
    end: Sequence,
    damage: Vec<Damage>,
    segments: Vec<Arc<Segment>>,
    /// The last thing that was written: a group, or a segment's header.
    last_write: Range<usize>,
}

pub(crate) fn recover(files: &dyn Files, salt: Salt, proof: Sequence) -> Result<Recovered, LogError> {
    let Folder { segments: found, spares, salt } = found::find(files, salt)?;
    let next_ordinal = found.last().into_iter().chain(spares.last()).map(|found| found.ordinal + 1).max().unwrap_or(1);
    let mut scan = Scan { found: &found, proof, end: Sequence(0), damage: Vec::new(), segments: Vec::new(), last_write: 0..0 };
    for i in 0..found.len() {
        scan.segment(i)?;
    }
    scan.check_end(&spares);
    let Scan { end, damage, segments, last_write, .. } = scan;
    if !damage.is_empty() {
        return Ok(Recovered { segments, spares: VecDeque::new(), next_ordinal, salt, end, torn: None, damage });
    }
    // Nothing proves that what stands behind the last group was ever synced.
    let mut torn = None;
    for (found, offset) in found.last().map(|found| (found, last_write.end)).into_iter().chain(spares.iter().map(|spare| (spare, 0))) {
        let bytes = found.cut(offset)?;
        if bytes > 0 {
            torn.get_or_insert(TornTail { place: found.at(offset), bytes: 0 }).bytes += bytes;
        }
    }
    if let Some(last) = segments.last() {
        secure(last, last_write)?;
    }
    // Likewise the names of what was found, spares too: the next group may go into one.
    files.sync_folder().map_err(io_error("syncing the folder of the log"))?;
    Ok(Recovered { segments, spares: found::spares(spares), next_ordinal, salt, end, torn, damage })
}

/// Makes durable what is whole: it may be in the machine's memory only, if a process was killed, and from here on others build on it.
/// After a sync that failed the machine takes what it has for clean, and syncs it no more: so the last write is done again.
fn secure(segment: &Segment, last_write: Range<usize>) -> Result<(), LogError> {
    let failed = || io_error(format!("securing {}", segment.name));
    let mut bytes = vec![0; last_write.len()];
    let read = segment.file.read_at(&mut bytes, last_write.start as u64).map_err(failed())?;
    segment.file.write_at(&bytes[..read], last_write.start as u64).map_err(failed())?;
    segment.file.sync().map_err(failed())
}

impl Scan<'_> {
    fn segment(&mut self, i: usize) -> Result<(), LogError> {
        let this = &self.found[i];
        let content = this.content()?;
        let mut at = SEGMENT_HEADER;
        match this.before {
            // Of the first one it is where the log begins: what came before was let go.
            Some(before) if i == 0 => self.end = before,
            Some(before) if before > self.end => self.miss(this.at(0), before, "a segment before it is gone, or has lost its end"),
            Some(_) => {}
            None => at = 0,
        }
        self.last_write = 0..at;
        let (before, reported) = (self.end, self.damage.len());
        let mut places = Places::new(before);
        // Each with the sequences that it can hold: a copy of a frame that strayed elsewhere hides nothing.
        let mut stretches = Vec::new();
        while at < content.written {
            let (from, after) = (at, self.end);
            if let Some(group) = format::read_group(&content.bytes, this.salt, at).filter(|group| group.last > self.end) {
                if group.before > self.end {
                    self.miss(this.at(at), group.before, "what comes before it is gone");
                }
                places.add(&group);
                self.end = group.last;
                self.last_write = group.offset..group.end;
                at = group.end;
            } else {
                let next = content.group_after(at, self.end);
                if next.is_none() && !self.is_proven(i) {
                    break;
                }
                at = self.damaged(i, &content, at, next);
            }
            stretches.push((from..at.min(content.bytes.len()), after, self.end));
        }
        if self.damage.len() > reported {
            let islands = stretches.into_iter().flat_map(|(range, after, end)| whole_frames(&content.bytes, this.salt, range, after, end));
            places.islands = Some(islands.collect());
        }
        places.last = self.end;
        let (name, file) = (this.name.clone(), Arc::clone(&this.file));
        self.segments.push(Arc::new(Segment { name, file, before, salt: this.salt, length: this.length, places: RwLock::new(places) }));
        Ok(())
    }

    /// Whether what stands in a segment where no group holds any more had been synced: by the next segment's header, which was written
    /// after that, or because somebody has seen what it brought.
    fn is_proven(&self, i: usize) -> bool {
        match self.found.get(i + 1) {
            // That header says where this segment ended.
            Some(Found { before: Some(before), .. }) => *before > self.end,
            Some(_) => true,
            None => self.proof > self.end || self.found[i].before.is_none(),
        }
    }

    fn miss(&mut self, place: String, before: Sequence, what: &str) {
        self.damage.push(Damage { place, after: self.end, until: Some(before.next()), what: what.to_owned() });
        self.end = before;
    }

    /// A stretch that was synced and does not hold, with the group behind it that holds again. Gives back where that one begins.
    fn damaged(&mut self, i: usize, content: &Content, at: usize, next: Option<GroupAt>) -> usize {
        let this = &self.found[i];
        let until = next.map_or(content.bytes.len(), |group| group.offset);
        // What follows says where this stretch ended.
        let follows = next.map(|group| group.before).or_else(|| self.found[i + 1..].iter().find_map(|later| later.before));
        let (frames, bound) = if let Some(bound) = follows {
            let bound = bound.max(self.end);
            (whole_frames(&content.bytes, this.salt, at..until, self.end, bound), bound)
        } else {
            // Nothing does: as far as its frames go, or as somebody has seen.
            let frames = whole_frames(&content.bytes, this.salt, at..until, self.end, Sequence(u64::MAX));
            let last = frames.last().map_or(self.end, |frame| frame.last);
            (frames, last.max(self.proof).max(self.end))
        };
        let header = if at == 0 { "its header does not hold" } else { "a group that was synced does not match its checksum" };
        let what = format!("{header}; {} frames of this stretch are whole", frames.len());
        self.damage.push(Damage { place: this.at(at), after: self.end, until: follows.map(|_| bound.next()), what });
        self.end = bound;
        until
    }

    /// What is not there at all: segments of which only a later spare tells, and what the views have seen.
    fn check_end(&mut self, spares: &[Found]) {
        let all: Vec<_> = self.found.iter().chain(spares).map(|found| found.ordinal).collect();
        let gone = all.windows(2).skip(self.found.len().saturating_sub(1)).find(|pair| pair[0] + 1 != pair[1]);
        let alone = self.found.is_empty().then(|| all.first().filter(|first| **first > 1)).flatten();
        if let Some(ordinal) = gone.map(|pair| pair[0] + 1).or(alone.map(|first| first - 1)) {
            let what = "this segment is gone: one that was reserved after it is there".to_owned();
            self.damage.push(Damage { place: name(ordinal), after: self.end, until: None, what });
        } else if self.end < self.proof {
            let place = self.found.last().map_or_else(|| "the folder of the log".to_owned(), |found| found.at(self.last_write.end));
            let what = format!("the views have seen up to sequence {}, and the log ends before that", self.proof);
            self.damage.push(Damage { place, after: self.end, until: None, what });
        }
    }
}

/// Every frame in a stretch that is whole, and stands between two sequences.
fn whole_frames(bytes: &[u8], salt: Salt, range: Range<usize>, after: Sequence, bound: Sequence) -> Vec<Island> {
    let (mut at, mut after, mut islands) = (range.start, after, Vec::new());
    while let Some((offset, header)) = format::find_frame(&bytes[..range.end], salt, at, after, bound) {
        islands.push(Island { last: header.last, offset });
        after = header.last;
        at = offset + FRAME_HEADER + header.length;
    }
    islands
}

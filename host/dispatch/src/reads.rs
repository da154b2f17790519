//! Which parts of the log are being read, and for whom the next read is.

use oyez_model::{Sequence, bounds};

/// A subscription that is this little ahead of where a read begins waits for it, or for one after it, rather than have the same read
/// again: so those that are near each other go on together.
const COVERED: u64 = 65_536;

/// Reads that are under way: one at the tail, and some that catch up. A read serves whoever stands in what it brings.
#[derive(Debug)]
pub(crate) struct Reads {
    /// The next sequence that nobody has looked at.
    tail: Sequence,
    at_tail: bool,
    behind: Vec<Sequence>,
}

impl Reads {
    pub(crate) fn new(tail: Sequence) -> Self {
        Self { tail, at_tail: false, behind: Vec::new() }
    }

    /// Where the tail is to be read from, if there is more and nobody reads it.
    pub(crate) fn at_tail(&mut self, synced: Sequence) -> Option<Sequence> {
        let wanted = !self.at_tail && self.tail <= synced;
        self.at_tail |= wanted;
        wanted.then_some(self.tail)
    }

    /// Where to read for the one that is furthest behind and not served yet. `nexts` are those that want more.
    pub(crate) fn behind(&mut self, nexts: impl Iterator<Item = Sequence>) -> Option<Sequence> {
        if self.behind.len() >= bounds::CURSORS_MAX {
            return None;
        }
        let served = |next: Sequence| self.behind.iter().any(|from| *from <= next && next.0 - from.0 < COVERED);
        let from = nexts.filter(|next| *next < self.tail && !served(*next)).min()?;
        self.behind.push(from);
        Some(from)
    }

    /// A read is over. Whether it was the tail's: then what it brought was never looked at before.
    pub(crate) fn done(&mut self, from: Sequence, next: Sequence) -> bool {
        if let Some(i) = self.behind.iter().position(|at| *at == from) {
            self.behind.swap_remove(i);
            return false;
        }
        self.at_tail = false;
        self.tail = self.tail.max(next);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_behind_share_reads_and_there_are_four_at_most() {
        let mut reads = Reads::new(Sequence(1_000_000));
        let nexts = [10, 20, 100_000, 200_000, 300_000, 400_000, 1_000_000].map(Sequence);
        let from: Vec<_> = std::iter::from_fn(|| reads.behind(nexts.into_iter())).map(|s| s.0).collect();
        assert_eq!(from, [10, 100_000, 200_000, 300_000]);
        assert_eq!(reads.at_tail(Sequence(999_999)), None);
        assert_eq!(reads.at_tail(Sequence(1_000_000)), Some(Sequence(1_000_000)));
        assert_eq!(reads.at_tail(Sequence(1_000_000)), None, "one at a time");
        assert!(!reads.done(Sequence(10), Sequence(30)));
        assert!(reads.done(Sequence(1_000_000), Sequence(1_000_001)));
        assert_eq!(reads.behind(nexts.into_iter().skip(5)), Some(Sequence(400_000)));
    }
}

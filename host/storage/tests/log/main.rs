//! The log: its laws for every implementation, what a crash leaves, what damage does.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod crash;
mod damage;
mod laws;
mod reopening;
mod watched;

use oyez_model::Sequence;
use oyez_model::port::{Files, Group, Log, LogReader, Opened, RawFrame};
use oyez_storage::{SegmentOptions, Segments};
use std::sync::Arc;

const SMALL: SegmentOptions = SegmentOptions { segment_bytes: 4_096, salt: 11 };

fn open(files: &Arc<dyn Files>, proof: Sequence) -> (Segments, Opened) {
    Segments::open(Arc::clone(files), SMALL, proof).expect("it opens")
}

/// A group of frames of random sizes and spans, after `end`.
fn group(random: &mut fastrand::Rng, end: Sequence, frames_max: usize, bytes_max: usize) -> Group {
    let mut at = end;
    let frames = (0..random.usize(1..=frames_max)).map(|_| {
        let first = at.plus(random.u64(1..4));
        let last = first.plus(random.u64(0..3));
        at = last;
        // Zeros and repeats too: what looks like unused room is not taken for it.
        let byte = random.u8(0..4);
        let bytes = (0..random.usize(0..=bytes_max)).map(|_| if byte == 0 { 0 } else { random.u8(..) }).collect();
        RawFrame { first, last, bytes }
    });
    Group { frames: frames.collect() }
}

fn append(log: &mut Segments, group: &Group) {
    let end = log.end();
    log.append(end, group).expect("it is written");
}

/// Everything that a reader sees, in reads of random sizes.
fn all(random: &mut fastrand::Rng, reader: &dyn LogReader) -> Vec<RawFrame> {
    let mut frames: Vec<RawFrame> = Vec::new();
    loop {
        let from = frames.last().map_or(Sequence(0), |frame| frame.last.next());
        let read = reader.read(from, random.usize(0..3_000)).expect("it is read");
        if read.is_empty() {
            return frames;
        }
        frames.extend(read);
    }
}

//! How much a plugin may say to the host's log in a second, over all of its attempts.

use std::time::Instant;

/// Lines a second that a plugin gets, and how many it may save up for a burst.
pub(crate) const LINES_PER_SECOND: u32 = 200;
/// Bytes a second.
pub(crate) const BYTES_PER_SECOND: u32 = 64 << 10;
/// Seconds that are saved up.
const BURST_SECONDS: f64 = 5.0;

/// What a plugin may still say: two buckets that fill with time.
#[derive(Debug)]
pub(crate) struct Voice {
    lines: f64,
    bytes: f64,
    filled: Instant,
    /// Lines that were not told since the last that was.
    silenced: u64,
}

impl Default for Voice {
    fn default() -> Self {
        let (lines, bytes) = (f64::from(LINES_PER_SECOND) * BURST_SECONDS, f64::from(BYTES_PER_SECOND) * BURST_SECONDS);
        Self { lines, bytes, filled: Instant::now(), silenced: 0 }
    }
}

impl Voice {
    /// Whether a line may be told; with how many were not before it.
    pub(crate) fn may_say(&mut self, bytes: usize, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        let fill = |bucket: f64, rate: u32| (bucket + passed * f64::from(rate)).min(f64::from(rate) * BURST_SECONDS);
        self.lines = fill(self.lines, LINES_PER_SECOND);
        self.bytes = fill(self.bytes, BYTES_PER_SECOND);
        #[allow(clippy::cast_precision_loss, reason = "a line is short")]
        let bytes = bytes as f64;
        if self.lines < 1.0 || self.bytes < bytes {
            self.silenced += 1;
            return None;
        }
        self.lines -= 1.0;
        self.bytes -= bytes;
        Some(std::mem::take(&mut self.silenced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_flood_is_cut_to_its_rate_and_counted() {
        let (mut voice, start) = (Voice::default(), Instant::now());
        let said = |voice: &mut Voice, lines: u64, bytes: usize, at: Duration| (0..lines).filter_map(|_| voice.may_say(bytes, start + at)).count();
        assert_eq!(said(&mut voice, 5_000, 10, Duration::ZERO), 1_000);
        assert_eq!(said(&mut voice, 5_000, 10, Duration::from_secs(1)), 200);
        assert_eq!(voice.may_say(10, start + Duration::from_secs(2)), Some(4_800));
        assert_eq!(said(&mut voice, 100, 60 << 10, Duration::from_secs(60)), 5);
    }
}

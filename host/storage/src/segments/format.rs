//! Bytes of a segment. All numbers are little-endian.
//!
//! ```text
//! segment  "OYEZ SEG" format:u32 crc:u32 before:u64 salt:u64                      32 bytes, twice
//! group    "OYGR" payload:u32 before:u64 last:u64 frames:u32 own:u32 crc:u32      36 bytes; own over what stands before it
//! frame    first:u64 last:u64 length:u32 own:u32 crc:u32 bytes                    28 bytes; likewise
//! ```
//!
//! Groups begin at multiples of [`ALIGN`], with zeros between. `own` says whether a header can be believed, and so its length; `crc` goes
//! on from it over the payload, or the frame's bytes. Each frame has a checksum of its own, so that what is whole in a damaged group is
//! still found. These checksums begin with the segment's salt, which no producer knows: data that looks like a group or a frame is not
//! taken for one when a damaged stretch is searched, nor does it make the search long.

use oyez_model::Sequence;
use oyez_model::port::{Group, RawFrame};

/// What this host writes, and the latest that it reads.
pub(crate) const FORMAT: u32 = 1;
pub(crate) const SEGMENT_HEADER: usize = 64;
pub(crate) const GROUP_HEADER: usize = 36;
pub(crate) const FRAME_HEADER: usize = 28;
/// Groups begin at multiples of it.
pub(crate) const ALIGN: usize = 16;
const SEGMENT_MAGIC: &[u8; 8] = b"OYEZ SEG";
const GROUP_MAGIC: &[u8; 4] = b"OYGR";

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a group is within four GiB: frames are bounded, and so is a group")
}

/// The next place where a group may begin.
pub(crate) const fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(ALIGN)
}

/// What the checksums of a segment begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Salt(pub(crate) u64);

impl Salt {
    fn crc(self, bytes: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.0.to_le_bytes()), bytes)
    }
}

/// The header of a segment, which holds what comes after `before`.
pub(crate) fn segment_header(before: Sequence, salt: Salt) -> [u8; SEGMENT_HEADER] {
    let mut one = [0; SEGMENT_HEADER / 2];
    one[..8].copy_from_slice(SEGMENT_MAGIC);
    one[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    one[16..24].copy_from_slice(&before.0.to_le_bytes());
    one[24..].copy_from_slice(&salt.0.to_le_bytes());
    let crc = crc32c::crc32c(&one);
    one[12..16].copy_from_slice(&crc.to_le_bytes());
    let mut header = [0; SEGMENT_HEADER];
    header[..SEGMENT_HEADER / 2].copy_from_slice(&one);
    header[SEGMENT_HEADER / 2..].copy_from_slice(&one);
    header
}

/// What the first bytes of a segment are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// It holds what comes after this sequence.
    Whole(Sequence, Salt),
    /// Of a later format.
    Newer(u32),
    /// Anything else.
    Broken,
}

pub(crate) fn read_segment_header(bytes: &[u8]) -> Header {
    bytes.chunks_exact(SEGMENT_HEADER / 2).take(2).find_map(read_half_header).unwrap_or(Header::Broken)
}

fn read_half_header(bytes: &[u8]) -> Option<Header> {
    let mut half = [0; SEGMENT_HEADER / 2];
    half.copy_from_slice(bytes);
    half[12..16].fill(0);
    if &bytes[..8] != SEGMENT_MAGIC || crc32c::crc32c(&half) != u32_at(bytes, 12) {
        return None;
    }
    Some(match u32_at(bytes, 8) {
        FORMAT => Header::Whole(Sequence(u64_at(bytes, 16)), Salt(u64_at(bytes, 24))),
        newer => Header::Newer(newer),
    })
}

/// Appends a group to `buffer`, padded so that another may follow.
pub(crate) fn write_group(buffer: &mut Vec<u8>, salt: Salt, before: Sequence, group: &Group) {
    let start = buffer.len();
    buffer.resize(start + GROUP_HEADER, 0);
    for frame in &group.frames {
        let at = buffer.len();
        buffer.extend_from_slice(&frame.first.0.to_le_bytes());
        buffer.extend_from_slice(&frame.last.0.to_le_bytes());
        buffer.extend_from_slice(&length(frame.bytes.len()).to_le_bytes());
        let own = salt.crc(&buffer[at..]);
        buffer.extend_from_slice(&own.to_le_bytes());
        buffer.extend_from_slice(&crc32c::crc32c_append(own, &frame.bytes).to_le_bytes());
        buffer.extend_from_slice(&frame.bytes);
    }
    let payload = length(buffer.len() - start - GROUP_HEADER);
    let last = group.frames.last().map_or(before, |frame| frame.last);
    let header = &mut buffer[start..start + GROUP_HEADER];
    header[..4].copy_from_slice(GROUP_MAGIC);
    header[4..8].copy_from_slice(&payload.to_le_bytes());
    header[8..16].copy_from_slice(&before.0.to_le_bytes());
    header[16..24].copy_from_slice(&last.0.to_le_bytes());
    header[24..28].copy_from_slice(&length(group.frames.len()).to_le_bytes());
    let own = salt.crc(&header[..28]);
    header[28..32].copy_from_slice(&own.to_le_bytes());
    let crc = crc32c::crc32c_append(own, &buffer[start + GROUP_HEADER..]);
    buffer[start + 32..start + 36].copy_from_slice(&crc.to_le_bytes());
    buffer.resize(aligned(buffer.len()), 0);
}

/// A group that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupAt {
    pub(crate) offset: usize,
    pub(crate) before: Sequence,
    pub(crate) last: Sequence,
    /// Where what follows it begins.
    pub(crate) end: usize,
}

/// The header of a group, which can be believed: enough to step over the group, or into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupHeader {
    pub(crate) before: Sequence,
    pub(crate) last: Sequence,
    pub(crate) payload: usize,
    crc: u32,
    own: u32,
}

pub(crate) fn read_group_header(bytes: &[u8], salt: Salt) -> Option<GroupHeader> {
    let header = bytes.get(..GROUP_HEADER)?;
    let own = u32_at(header, 28);
    let (before, last, payload) = (Sequence(u64_at(header, 8)), Sequence(u64_at(header, 16)), u32_at(header, 4) as usize);
    let whole = header.starts_with(GROUP_MAGIC) && salt.crc(&header[..28]) == own;
    whole.then(|| GroupHeader { before, last, payload, crc: u32_at(header, 32), own })
}

/// The group that begins at `offset`, if one does, whole.
pub(crate) fn read_group(bytes: &[u8], salt: Salt, offset: usize) -> Option<GroupAt> {
    let GroupHeader { before, last, payload, crc, own } = read_group_header(bytes.get(offset..)?, salt)?;
    let from = offset + GROUP_HEADER;
    let holds = crc32c::crc32c_append(own, bytes.get(from..from + payload)?) == crc;
    holds.then(|| GroupAt { offset, before, last, end: aligned(from + payload) })
}

/// The first group after `from` that holds.
pub(crate) fn find_group(bytes: &[u8], salt: Salt, from: usize) -> Option<GroupAt> {
    (aligned(from)..bytes.len()).step_by(ALIGN).find_map(|offset| read_group(bytes, salt, offset))
}

/// The header of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    pub(crate) first: Sequence,
    pub(crate) last: Sequence,
    pub(crate) length: usize,
    crc: u32,
    own: u32,
}

pub(crate) fn read_frame_header(bytes: &[u8], salt: Salt) -> Option<FrameHeader> {
    let header = bytes.get(..FRAME_HEADER)?;
    let (first, last, length, own) = (u64_at(header, 0), u64_at(header, 8), u32_at(header, 16) as usize, u32_at(header, 20));
    let whole = salt.crc(&header[..20]) == own;
    whole.then(|| FrameHeader { first: Sequence(first), last: Sequence(last), length, crc: u32_at(header, 24), own })
}

impl FrameHeader {
    /// Whether these are its bytes.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.length && crc32c::crc32c_append(self.own, bytes) == self.crc
    }

    pub(crate) fn frame(&self, bytes: &[u8]) -> RawFrame {
        RawFrame { first: self.first, last: self.last, bytes: bytes.to_vec() }
    }
}

/// The first place from `from` on where a frame between two sequences stands whole: what is left of a group that does not hold.
pub(crate) fn find_frame(bytes: &[u8], salt: Salt, from: usize, after: Sequence, until: Sequence) -> Option<(usize, FrameHeader)> {
    let places = from..(bytes.len() + 1).saturating_sub(FRAME_HEADER);
    places.into_iter().find_map(|at| {
        let first = u64_at(bytes, at);
        if first <= after.0 || first > until.0 {
            return None;
        }
        let header = read_frame_header(&bytes[at..], salt).filter(|header| header.last <= until)?;
        let content = bytes.get(at + FRAME_HEADER..at + FRAME_HEADER + header.length)?;
        header.holds(content).then_some((at, header))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = Salt(5);

    #[test]
    fn a_group_reads_back_and_no_flipped_bit_goes_unseen() {
        let frame = |n: u64, bytes: &[u8]| RawFrame { first: Sequence(n), last: Sequence(n + 1), bytes: bytes.to_vec() };
        let group = Group { frames: vec![frame(8, b"one"), frame(10, b""), frame(12, b"three")] };
        let mut bytes = Vec::new();
        write_group(&mut bytes, SALT, Sequence(7), &group);
        let read = read_group(&bytes, SALT, 0).unwrap();
        assert_eq!((read.before, read.last, read.end), (Sequence(7), Sequence(13), bytes.len()));
        assert_eq!(read_group(&bytes, Salt(6), 0), None);
        let content = GROUP_HEADER + 3 * FRAME_HEADER + 8;
        for bit in 0..content * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_group(&flipped, SALT, 0), None, "bit {bit}");
        }
    }

    #[test]
    fn a_segments_header_outlives_any_flipped_bit() {
        let header = segment_header(Sequence(9), SALT);
        for bit in 0..SEGMENT_HEADER * 8 {
            let mut flipped = header;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_segment_header(&flipped), Header::Whole(Sequence(9), SALT));
        }
    }
}

//! Server-sent events, read from lines. Pure.

use std::io::{self, BufRead};

/// One of them, with its data's lines joined.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) id: Option<u64>,
    pub(super) data: String,
}

/// Reads them one by one.
#[derive(Debug)]
pub(super) struct Frames<R>(pub(super) R);

impl<R: BufRead> Iterator for Frames<R> {
    type Item = io::Result<Frame>;

    /// One that the connection's end cuts in two is not given.
    fn next(&mut self) -> Option<Self::Item> {
        let (mut frame, mut line) = (Frame::default(), String::new());
        loop {
            line.clear();
            match self.0.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            let text = line.trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                if !frame.data.is_empty() {
                    return Some(Ok(frame));
                }
                frame = Frame::default();
                continue;
            }
            let (field, value) = text.split_once(':').unwrap_or((text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => frame.id = value.parse().ok(),
                "data" => {
                    frame.data.push_str(if frame.data.is_empty() { "" } else { "\n" });
                    frame.data.push_str(value);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_and_comments_passed_over() {
        let text = ":\n\nid: 7\ndata: {\"a\":\ndata: 1}\n\n: alive\n\nid:8\r\ndata:x\r\n\r\nid: 9\ndata: half";
        let frames: Vec<_> = Frames(text.as_bytes()).map(Result::unwrap).collect();
        let expect = [(Some(7), "{\"a\":\n1}"), (Some(8), "x")].map(|(id, data)| Frame { id, data: data.to_owned() });
        assert_eq!(frames, expect);
    }
}

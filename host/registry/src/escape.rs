//! Text of others made visible: what would steer a terminal, forge a line of a log, or turn the order of letters around.

use std::fmt::Write;
use std::path::Path;

/// The text, with control characters and those that have no shape written out: `\n`, `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\'' | '"' | '\\') { visible.push(c) } else { visible.extend(c.escape_debug()) }
    }
    visible
}

/// A path for people to read: as `visible`, bytes that are no text written as `\xff`.
#[must_use]
pub fn shown(path: &Path) -> String {
    let mut shown = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        shown.push_str(&visible(chunk.valid()));
        chunk.invalid().iter().for_each(|byte| write!(shown, "\\x{byte:02x}").expect("a string takes all that is written"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn what_steers_is_written_out_and_the_rest_stands() {
        let name = OsStr::from_bytes(b"a\x1b[2J\n\xff\xe2\x80\xaeb/\xc3\xa9mile's \"x\".wasm");
        assert_eq!(shown(Path::new(name)), "a\\u{1b}[2J\\n\\xff\\u{202e}b/\u{e9}mile's \"x\".wasm");
    }
}

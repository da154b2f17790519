//! What bytes look like before a compiler sees them: too large, cut short, garbage, or a core module.

use super::error;
use oyez_model::bounds::COMPONENT_BYTES_MAX;
use oyez_model::port::LoadError;

const MAGIC: &[u8] = b"\0asm";
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];
const MODULE: [u8; 4] = [1, 0, 0, 0];

/// Checks that the bytes look like a whole component.
///
/// # Errors
/// They don't: which of the four it is.
pub(super) fn check(wasm: &[u8]) -> Result<(), LoadError> {
    if wasm.len() > COMPONENT_BYTES_MAX {
        let message = format!("the file has {} bytes, over the limit of {COMPONENT_BYTES_MAX}: strip its debug information", wasm.len());
        return Err(error("too-large", message));
    }
    let cut = || {
        let message = format!("the file ends in the middle, after {} bytes: copy it again, or build it again", wasm.len());
        error("truncated", message)
    };
    if !wasm.starts_with(&MAGIC[..wasm.len().min(4)]) {
        return Err(error("not-wasm", "the file is not WebAssembly: it does not begin with `\\0asm`"));
    }
    let Some(kind) = wasm.get(4..8) else {
        return Err(cut());
    };
    if kind == MODULE {
        let message =
            "the file is a core module, not a component: build it for wasm32-wasip2, or make a component of it with `wasm-tools component new`";
        return Err(error("core-module", message));
    }
    if kind != COMPONENT {
        return Err(error(
            "invalid-component",
            format!("the file is a WebAssembly binary of the unknown kind {kind:02x?}: build it with current tools"),
        ));
    }
    if is_whole(&wasm[8..]) { Ok(()) } else { Err(cut()) }
}

/// Whether every section ends within the bytes.
fn is_whole(mut sections: &[u8]) -> bool {
    while let Some((_, rest)) = sections.split_first() {
        let Some((size, rest)) = leb(rest) else {
            return false;
        };
        let Some(rest) = usize::try_from(size).ok().and_then(|size| rest.get(size..)) else {
            return false;
        };
        sections = rest;
    }
    true
}

/// A size as WebAssembly writes it, and what follows; five bytes at most.
fn leb(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let (size, rest) = bytes.split_at(last + 1);
    Some((size.iter().rev().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_bad_file_has_its_code() {
        let code = |wasm: &[u8]| check(wasm).err().map(|e| e.code);
        assert_eq!(code(b"hello"), Some("not-wasm"));
        assert_eq!(code(b""), Some("truncated"));
        assert_eq!(code(b"\0asm\x0d\0"), Some("truncated"));
        assert_eq!(code(b"\0asm\x01\0\0\0"), Some("core-module"));
        assert_eq!(code(b"\0asm\x63\0\0\0"), Some("invalid-component"));
        assert_eq!(code(&vec![0; COMPONENT_BYTES_MAX + 1]), Some("too-large"));
        let whole = [b"\0asm\x0d\0\x01\0".as_slice(), &[0, 0x82, 0x01], &[7; 130], &[1, 0]].concat();
        assert_eq!(code(&whole), None);
        assert!((9..whole.len()).filter(|end| *end != 141).all(|end| code(&whole[..end]) == Some("truncated")));
    }
}

//! What operators write: a plugin's `.toml`, and the policies of a host's settings.

/// A text as both. What is wrong is told in one line.
///
/// # Panics
/// By a finding.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for error in [oyez_registry::check_settings(text).err(), oyez_registry::ceilings(text).err()].into_iter().flatten() {
        assert!(!error.code.is_empty() && !error.message.is_empty());
        assert!(!error.message.contains('\n'), "{:?}", error.message);
    }
}

//! Media types: their shape (RFC 2046), and what they say of the data.

/// What the media type says of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// There is no media type.
    Absent,
    /// `*/json` or `*/*+json`.
    Json,
    /// `text/*`, `*/xml` or `*/*+xml`.
    Text,
    /// Anything else.
    Other,
}

impl Media {
    pub(crate) fn of(media_type: Option<&str>) -> Self {
        let Some(media_type) = media_type else {
            return Self::Absent;
        };
        let (main, sub) = essence(media_type).split_once('/').unwrap_or_default();
        let is = |name: &str| sub.eq_ignore_ascii_case(name) || has_suffix(sub, name);
        if is("json") {
            Self::Json
        } else if is("xml") || main.eq_ignore_ascii_case("text") {
            Self::Text
        } else {
            Self::Other
        }
    }
}

/// `type/subtype`, without parameters.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The charset that it names, without quotes.
pub(crate) fn charset(media_type: &str) -> Option<&str> {
    let parameters = media_type.split_once(';')?.1;
    let mut found = Parameters { rest: parameters }.flatten().filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    found.next().map(|(_, value)| value.trim_matches('"'))
}

/// Whether it has the shape of a media type: tokens, parameters, no space at its ends.
pub(crate) fn is_valid(media_type: &str) -> bool {
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    media_type.trim() == media_type
        && essence.trim_end_matches(' ').split_once('/').is_some_and(|(main, sub)| is_token(main) && is_token(sub))
        && Parameters { rest: parameters }.all(|parameter| parameter.is_some())
}

fn has_suffix(subtype: &str, name: &str) -> bool {
    subtype.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case(name))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
}

/// What stands after the first `;`: names and values (in their quotes), or `None` once where the shape is broken.
struct Parameters<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Option<(&'a str, &'a str)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(' ');
        if rest.is_empty() {
            return None;
        }
        let parsed = parameter(rest);
        self.rest = parsed.map_or("", |(_, after)| after);
        Some(parsed.map(|(parameter, _)| parameter))
    }
}

fn parameter(text: &str) -> Option<((&str, &str), &str)> {
    let (name, after) = text.split_once('=')?;
    let end = if after.starts_with('"') { quoted_end(after)? } else { after.find([';', ' ']).unwrap_or(after.len()) };
    let (value, after) = after.split_at(end);
    let after = after.trim_start_matches(' ');
    let after = if after.is_empty() { after } else { after.strip_prefix(';')? };
    let valid = is_token(name) && (value.starts_with('"') || is_token(value));
    valid.then_some(((name, value), after))
}

/// Where a quoted string of printable ASCII ends, its last quote included.
fn quoted_end(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, b)) = bytes.next() {
        match b {
            b'"' => return Some(at + 1),
            b'\\' => drop(bytes.next().filter(|(_, b)| matches!(b, b' '..=b'~'))?),
            b' '..=b'~' => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_that_of_rfc_2046() {
        let good = ["text/plain", "application/vnd.a.b+json", "a/b;c=d", "a/b ; c=d;e=\"f;\\\" g\"", "TEXT/Plain; CharSet=utf-8", "a/b;"];
        for media_type in good {
            assert!(is_valid(media_type), "{media_type}");
        }
        let bad = [
            "",
            "xyz",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "a b/c",
            " a/b",
            "a/b ",
            "a/b; c",
            "a/b; c=",
            "a/b;c=\"d",
            "a/é",
            "a/b;c=\"é\"",
            "a/b; c=d e",
            "a/b;=d",
        ];
        for media_type in bad {
            assert!(!is_valid(media_type), "{media_type}");
        }
    }

    #[test]
    fn json_and_text_are_known_by_their_subtype_whatever_the_case() {
        let cases = [
            (None, Media::Absent),
            (Some("application/JSON; charset=utf-8"), Media::Json),
            (Some("text/json"), Media::Json),
            (Some("application/geo+Json"), Media::Json),
            (Some("application/json-seq"), Media::Other),
            (Some("application/notjson"), Media::Other),
            (Some("TEXT/csv"), Media::Text),
            (Some("application/xml"), Media::Text),
            (Some("image/svg+xml"), Media::Text),
            (Some("application/octet-stream"), Media::Other),
        ];
        for (media_type, expect) in cases {
            assert_eq!(Media::of(media_type), expect, "{media_type:?}");
        }
    }

    #[test]
    fn the_charset_is_found_among_the_parameters() {
        assert_eq!(charset("a/b; x=\"charset=no\"; CharSet=\"UTF-8\""), Some("UTF-8"));
        assert_eq!(charset("a/b; x=y"), None);
    }
}

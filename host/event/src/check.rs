//! The rules that attributes have to keep, each checked once, at the door.

use crate::invalid::{Invalid, quoted};
use crate::{AttributeValue, EXTENSIONS_MAX, NAME_BYTES_MAX, media, uri};
use cloudevents::event::TryIntoUrl;

/// Text as CloudEvents allow it: no control characters, no noncharacters.
pub(crate) fn text(name: &str, value: String) -> Result<String, Invalid> {
    const RULE: &str = "it must not contain control characters or Unicode noncharacters";
    let plain = value.bytes().all(|b| matches!(b, b' '..=b'~'));
    if plain || !value.chars().any(is_disallowed) { Ok(value) } else { Err(Invalid::attribute(name, &value, RULE)) }
}

fn is_disallowed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

pub(crate) fn non_empty(name: &str, value: String) -> Result<String, Invalid> {
    if value.is_empty() {
        return Err(Invalid::attribute(name, &value, "it must not be empty; leave it out if it is optional"));
    }
    text(name, value)
}

pub(crate) fn source(value: String) -> Result<String, Invalid> {
    const RULE: &str = "it must be a URI-reference (RFC 3986) and not empty, such as `/shops/berlin` or `https://example.com/shop`";
    let valid = !value.is_empty() && uri::parse(&value).is_some();
    if valid { Ok(value) } else { Err(Invalid::attribute("source", &value, RULE)) }
}

pub(crate) fn dataschema(value: String) -> Result<String, Invalid> {
    const RULE: &str = "it must be an absolute URI (RFC 3986), such as `https://example.com/order.json`";
    // Also as the SDK reads it, so that turning an event into its type cannot fail.
    let valid = uri::parse(&value).is_some_and(|u| u.absolute) && value.as_str().into_url().is_ok();
    if valid { Ok(value) } else { Err(Invalid::attribute("dataschema", &value, RULE)) }
}

pub(crate) fn datacontenttype(value: String) -> Result<String, Invalid> {
    const RULE: &str = "it must be a media type (RFC 2046), such as `application/json`";
    if media::is_valid(&value) { Ok(value) } else { Err(Invalid::attribute("datacontenttype", &value, RULE)) }
}

/// The name of an extension attribute.
pub(crate) fn extension_name(name: &str) -> Result<(), Invalid> {
    let rule = match name {
        "data" => "it is reserved for the data",
        "specversion" | "id" | "source" | "type" | "subject" | "time" | "datacontenttype" | "dataschema" => {
            "it is a core attribute, not an extension"
        }
        _ if name.is_empty() || !name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9')) => {
            "it must consist of the letters a to z and the digits 0 to 9"
        }
        _ if name.len() > NAME_BYTES_MAX => "it must be at most 256 bytes long",
        _ => return Ok(()),
    };
    Err(Invalid::Name { name: quoted(name), rule })
}

/// The value of an extension attribute. A `partitionkey` is a string by its specification: other types take their string form.
pub(crate) fn extension_value(name: &str, value: AttributeValue) -> Result<AttributeValue, Invalid> {
    Ok(match (name, value) {
        ("partitionkey", value) => AttributeValue::String(non_empty(name, value.to_text().into_owned())?),
        (_, AttributeValue::String(value)) => AttributeValue::String(text(name, value)?),
        (_, value) => value,
    })
}

pub(crate) fn extension_count(count: usize) -> Result<(), Invalid> {
    if count > EXTENSIONS_MAX { Err(Invalid::TooManyExtensions { max: EXTENSIONS_MAX }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_no_control_characters_and_no_noncharacters() {
        for good in ["", "a b~", "Grüße €😀", "\u{fffd}\u{a0}"] {
            assert!(text("id", good.to_owned()).is_ok(), "{good:?}");
        }
        for bad in ["a\nb", "\0", "\u{7f}", "\u{85}", "\u{fdd0}", "\u{ffff}", "\u{1fffe}", "\u{10ffff}"] {
            assert_eq!(text("id", bad.to_owned()).unwrap_err().code(), "invalid-attribute", "{bad:?}");
        }
    }

    #[test]
    fn names_are_small_letters_and_digits() {
        for good in ["partitionkey", "1a", "x"] {
            assert!(extension_name(good).is_ok(), "{good}");
        }
        for bad in ["", "My", "my.ext", "a_b", "é", "data", "id", "data_base64", &"x".repeat(257)] {
            assert_eq!(extension_name(bad).unwrap_err().code(), "invalid-attribute-name", "{bad}");
        }
    }

    #[test]
    fn an_error_names_the_attribute_the_value_and_the_rule() {
        let error = source("my shop".to_owned()).unwrap_err().to_string();
        assert!(error.starts_with("attribute `source` is \"my shop\", but it must be a URI-reference"), "{error}");
        assert!(non_empty("id", "\n".repeat(100_000)).unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn a_schema_is_absolute() {
        for (value, expect) in [("https://e.io/s#/a", true), ("urn:x:y", true), ("/s", false), ("", false), ("http://", false)] {
            assert_eq!(dataschema(value.to_owned()).is_ok(), expect, "{value}");
        }
    }
}

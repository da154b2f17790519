//! An event in structured mode, made of the arguments; its data stays as it was given.

use crate::args::EmitArgs;
use crate::error::{Failure, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::Read;

const JSON: &str = "application/json";
/// The most that is read of a file or of standard input: what is longer is no event anyway, and the host says so.
const READ_BYTES_MAX: u64 = 16 << 20;

/// The event as JSON text.
pub(super) fn draft(args: &EmitArgs) -> Result<String> {
    let id = args.id.clone().unwrap_or_else(random_id);
    let mut members = vec![("specversion", json("1.0")), ("id", json(&id)), ("source", json(&args.source))];
    members.extend(args.ty.as_deref().map(|ty| ("type", json(ty))));
    members.extend(args.subject.as_deref().map(|subject| ("subject", json(subject))));
    members.extend(args.extensions.iter().map(|(name, value)| (name.as_str(), json(value))));
    if let Some(data) = &args.data {
        let media_type = args.content_type.as_deref().unwrap_or(JSON);
        members.push(("datacontenttype", json(media_type)));
        members.push(data_member(read(data)?, media_type)?);
    }
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{}", json(name), value.get())).collect();
    Ok(format!("{{{}}}", members.join(",")))
}

fn json(text: &str) -> Box<RawValue> {
    to_raw_value(text).expect("text is JSON")
}

/// 128 bits that nobody else has: the keys of hash maps come from the system's own source of chance.
fn random_id() -> String {
    let state = RandomState::new();
    format!("{:016x}{:016x}", state.hash_one(0), state.hash_one(1))
}

fn read(data: &str) -> Result<Vec<u8>> {
    let unreadable = |error| Failure::failed("input-unreadable", format!("the data cannot be read from `{data}`: {error}"));
    let mut bytes = Vec::new();
    match data.strip_prefix('@') {
        Some(path) => std::fs::File::open(path).and_then(|file| file.take(READ_BYTES_MAX).read_to_end(&mut bytes)),
        None if data == "-" => std::io::stdin().take(READ_BYTES_MAX).read_to_end(&mut bytes),
        None => return Ok(data.as_bytes().to_vec()),
    }
    .map_err(unreadable)?;
    Ok(bytes)
}

/// JSON stands in the event as it is; other text as a string; other bytes in base64.
fn data_member(bytes: Vec<u8>, media_type: &str) -> Result<(&'static str, Box<RawValue>)> {
    if is_json(media_type) {
        let raw = serde_json::from_slice::<Box<RawValue>>(&bytes);
        let way_out = |error| format!("the data is not JSON: {error}; pass --content-type TYPE for other data, such as text/plain");
        return raw.map(|raw| ("data", raw)).map_err(|error| Failure::failed("invalid-data", way_out(error)));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => ("data", json(&text)),
        Err(error) => ("data_base64", json(&STANDARD.encode(error.as_bytes()))),
    })
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == JSON || essence.ends_with("+json") || essence.ends_with("/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Command};
    use clap::Parser;

    fn drafted(words: &[&str]) -> Result<String> {
        let args = Args::try_parse_from(["oyez", "emit", "a.b.v1", "--id", "1"].iter().chain(words)).unwrap();
        let Command::Emit(emit) = args.command else { panic!("another command") };
        draft(&emit)
    }

    #[test]
    fn data_is_sent_as_it_was_given() {
        let json = drafted(&["-d", " {\"n\": 1.10, \"s\":\"\\u00fc\"} "]).unwrap();
        let whole =
            r#"{"specversion":"1.0","id":"1","source":"/cli","type":"a.b.v1","datacontenttype":"application/json","data":{"n": 1.10, "s":"\u00fc"}}"#;
        assert_eq!(json, whole);
        let text = drafted(&["-d", "a \"b\"", "--content-type", "text/plain", "--ext", "tenant=a=b", "--subject", "s"]).unwrap();
        assert!(text.ends_with(r#""subject":"s","tenant":"a=b","datacontenttype":"text/plain","data":"a \"b\""}"#), "{text}");
        assert!(!drafted(&[]).unwrap().contains("data"));
    }

    #[test]
    fn bytes_that_are_no_text_are_sent_in_base64() {
        assert_eq!(data_member(vec![0xff, 0], "image/png").unwrap().1.get(), "\"/wA=\"");
    }

    #[test]
    fn data_that_is_no_json_says_where_and_what_to_do() {
        let failure = drafted(&["-d", "{\"a\":}"]).unwrap_err();
        assert_eq!(failure.code(), "invalid-data");
        assert!(failure.message().contains("line 1 column 6") && failure.message().contains("--content-type"), "{failure}");
        assert_eq!(drafted(&["-d", ""]).unwrap_err().code(), "invalid-data");
        assert_eq!(drafted(&["-d", "@no/such/file"]).unwrap_err().code(), "input-unreadable");
    }

    #[test]
    fn ids_are_not_given_twice() {
        let (one, other) = (random_id(), random_id());
        assert!(one != other && one.len() == 32, "{one} {other}");
    }
}

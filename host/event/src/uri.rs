//! The grammar of RFC 3986, as far as it says what is a URI and what is not.

use std::net::Ipv6Addr;

/// A URI-reference that keeps the grammar.
#[derive(Debug)]
pub(crate) struct Uri {
    /// It has a scheme.
    pub(crate) absolute: bool,
}

/// Reads a URI-reference; `None` where it breaks the grammar. The empty reference is one.
pub(crate) fn parse(reference: &str) -> Option<Uri> {
    let (rest, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A colon before the first slash ends a scheme: in a relative path it may not stand there.
    let (scheme, hierarchy) = match rest.find([':', '/']) {
        Some(at) if rest.as_bytes()[at] == b':' => (Some(&rest[..at]), &rest[at + 1..]),
        _ => (None, rest),
    };
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", hierarchy),
    };
    let valid = scheme.is_none_or(is_scheme)
        && is_authority(authority)
        && consists_of(path, b":@/")
        && consists_of(query, b":@/?")
        && consists_of(fragment, b":@/?");
    valid.then_some(Uri { absolute: scheme.is_some() })
}

fn is_scheme(scheme: &str) -> bool {
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic()) && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn is_authority(authority: &str) -> bool {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
        Some((literal, port)) if is_ip_literal(literal) => ("", port),
        Some(_) => return false,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    consists_of(user, b":") && consists_of(host, b"") && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_ip_literal(literal: &str) -> bool {
    match literal.strip_prefix(['v', 'V']).and_then(|future| future.split_once('.')) {
        Some((version, address)) => {
            !version.is_empty()
                && version.bytes().all(|b| b.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && consists_of(address, b":")
        }
        None => literal.parse::<Ipv6Addr>().is_ok(),
    }
}

/// Only unreserved characters, sub-delimiters, percent-encoded bytes, and the `others`.
fn consists_of(part: &str, others: &[u8]) -> bool {
    let mut bytes = part.bytes();
    while let Some(b) = bytes.next() {
        let valid = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => true,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|b| b.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => others.contains(&b),
        };
        if !valid {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_grammar_allows_is_a_reference() {
        let good = [
            "",
            "#fragment",
            "/cloudevents/spec/pull/123",
            "1-555-123-4567",
            "//authority/path",
            "?q=/?:@",
            "a/b:c",
            "./a:b",
            "/a%20b",
            "..",
            "//[::1]:80",
            "//u:p@h:80/x?y#z",
        ];
        for reference in good {
            assert!(parse(reference).is_some_and(|u| !u.absolute), "{reference}");
        }
        let absolute = [
            "https://github.com/cloudevents",
            "mailto:cncf-wg-serverless@lists.cncf.io",
            "urn:uuid:6e8bc430-9c3a-11d9",
            "file:///etc/passwd",
            "ldap://[2001:db8::7]/c=GB?objectClass?one",
            "http://[v1.a:b]/",
            "a+b-c.d:",
            "http://h:/",
        ];
        for uri in absolute {
            assert!(parse(uri).is_some_and(|u| u.absolute), "{uri}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_none() {
        let bad = [
            "my shop",
            "a:b c",
            "1a:b",
            ":a",
            "http://[::1",
            "http://[::g]/",
            "http://h:8a/",
            "http://a@b@c/",
            "/%",
            "/%2",
            "/%zz",
            "#a#b",
            "é",
            "<a>",
            "a|b",
            "{a}",
            "a\\b",
            "^",
            "`",
            "\"",
            "http://[v.a]/",
            "[a]",
            "/[a]",
            "http://h[::1]/",
        ];
        for reference in bad {
            assert!(parse(reference).is_none(), "{reference}");
        }
    }
}

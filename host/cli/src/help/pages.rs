//! The pages, taken from a text: a head `## CODE`, then what happened and why, then what to do about it, a line each.

const TEXT: &str = include_str!("codes.md");
const HEAD: &str = "## ";

/// What is to be known of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) code: &'static str,
    pub(super) what: &'static str,
    pub(super) act: &'static str,
}

/// All of them, in the order of their codes.
pub(super) fn pages() -> impl Iterator<Item = Page> {
    TEXT.split(HEAD).skip(1).filter_map(page)
}

fn page(text: &'static str) -> Option<Page> {
    let mut lines = text.lines();
    Some(Page { code: lines.next()?, what: lines.next()?, act: lines.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Crates whose codes users of the binary see.
    const CRATES: &[&str] = &["event", "model", "engine", "dispatch", "wasm", "registry", "storage", "runtime", "http", "cli"];
    /// What stands before a code, in a line without breaks.
    const BEFORE: &[&str] = &[
        "code: \"",
        "error(\"",
        "refused(\"",
        "failed(\"",
        "usage(\"",
        "unexpected(\"",
        ".start, \"",
        "fail::<()>(at, \"",
        "Err((\"",
        "lost), \"",
        "name.as_str(), file, \"",
        "&name, file, \"",
        "StatusCode::BAD_REQUEST, \"",
        "StatusCode::REQUEST_TIMEOUT, \"",
        "StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, \"",
        "StatusCode::TOO_MANY_REQUESTS, \"",
        "StatusCode::UNAUTHORIZED, \"",
        "StatusCode::FORBIDDEN, \"",
        "StatusCode::NOT_FOUND, \"",
        "StatusCode::METHOD_NOT_ALLOWED, \"",
        "StatusCode::PAYLOAD_TOO_LARGE, \"",
        "StatusCode::SERVICE_UNAVAILABLE, \"",
        "StatusCode::NOT_IMPLEMENTED, \"",
    ];

    /// The sources of the product without their tests; each file is one line, as if no call were ever broken.
    fn sources() -> Vec<String> {
        fn visit(folder: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let (path, name) = (entry.path(), entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    visit(&path, found);
                } else if path.extension().is_some_and(|ending| ending == "rs") && name != "tests.rs" {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
                    let line: String = code.lines().map(|line| format!("{} ", line.trim())).collect();
                    found.push(line.replace("( ", "("));
                }
            }
        }
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = Vec::new();
        CRATES.iter().for_each(|name| visit(&host.join(name).join("src"), &mut found));
        found
    }

    fn is_code(text: &str) -> bool {
        !text.is_empty() && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    }

    /// Literals behind what stands before a code, and all in the bodies of functions called `code`.
    fn codes(source: &str) -> BTreeSet<&str> {
        let literal = |rest: &'_ str| rest.find('"').unwrap_or(0);
        let marked = BEFORE.iter().flat_map(|before| source.split(before).skip(1).map(|rest| &rest[..literal(rest)]));
        let bodies = source.split("fn code(").skip(1).filter_map(|rest| rest.split("fn ").next());
        let inside = bodies.flat_map(|body| body.split('"').skip(1).step_by(2));
        let chosen =
            source.split("let code = ").skip(1).filter_map(|rest| rest.split(';').next()).flat_map(|rest| rest.split('"').skip(1).step_by(2));
        marked.chain(inside).chain(chosen).filter(|text| is_code(text)).collect()
    }

    #[test]
    fn every_code_of_the_product_has_a_page() {
        let pages: BTreeSet<_> = pages().map(|page| page.code).collect();
        let sources = sources();
        let found: BTreeSet<_> = sources.iter().flat_map(|source| codes(source)).collect();
        assert!(found.len() > 60, "the search finds too little: {found:?}");
        let missing: Vec<_> = found.difference(&pages).collect();
        assert!(missing.is_empty(), "without a page in `help/codes.md`: {missing:?}");
    }

    #[test]
    fn every_page_is_of_a_code_that_there_is() {
        let sources = sources();
        for Page { code, .. } in pages() {
            let there = sources.iter().any(|source| source.contains(&format!("\"{code}\"")) || source.contains(&format!("\"{code}:")));
            assert!(there, "nothing has the code `{code}` any more");
        }
    }

    #[test]
    fn every_page_is_whole_and_in_its_place() {
        let codes: Vec<_> = pages().map(|page| page.code).collect();
        assert!(codes.is_sorted_by(|one, next| one < next), "out of order, or twice there");
        assert_eq!(codes.len(), TEXT.lines().filter(|line| line.starts_with('#')).count(), "a page lacks a line");
        for page in pages() {
            assert!(is_code(page.code) && page.what.ends_with('.') && page.act.ends_with('.'), "{}", page.code);
        }
    }
}

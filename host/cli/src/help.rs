//! `oyez help`: pages for error codes and commands.

use crate::args::Args;
use crate::failure::{Failure, Result};
use crate::print::line;
use clap::CommandFactory;

const PAGES: &str = include_str!("help/codes.md");
/// Commands that are documented and not built yet.
const NOT_YET: &[&str] = &[
    "explain",
    "parked",
    "logs",
    "inspect",
    "new",
    "build",
    "dev",
    "test",
    "replay",
    "config",
    "doctor",
    "backup",
    "restore",
    "verify",
    "sign",
    "graph",
    "contract",
    "completions",
];

/// Codes with their pages, in order.
fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.split("## ").filter_map(|page| page.split_once('\n')).map(|(code, text)| (code.trim(), text.trim()))
}

fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = among.map(|known| (strsim::jaro_winkler(known, word), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    near.filter(|(similar, _)| *similar > 0.75).map(|(_, known)| known)
}

pub(crate) fn help(topic: Option<&str>) -> Result<()> {
    let mut command = Args::command();
    let Some(topic) = topic else {
        line(&command.render_long_help().to_string())?;
        return line("`oyez help CODE` explains an error, `oyez help codes` lists them.");
    };
    if topic == "codes" {
        return pages().try_for_each(|(code, text)| line(&format!("{code:<24} {}", text.lines().next().unwrap_or_default())));
    }
    if let Some((code, text)) = pages().find(|(code, _)| *code == topic) {
        return line(&format!("{code}\n\n{text}"));
    }
    if let Some(found) = command.find_subcommand_mut(topic) {
        return line(&found.render_long_help().to_string());
    }
    if NOT_YET.contains(&topic) {
        return Err(Failure::not_yet(&format!("`oyez {topic}`")));
    }
    let way_out =
        nearest(topic, pages().map(|(code, _)| code)).map_or_else(|| "see `oyez help codes`".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(Failure::Usage { code: "usage", message: format!("`{topic}` is no code and no command: {way_out}") })
}

/// A word that is no command of this build.
pub(crate) fn unknown_command(words: &[String]) -> Failure {
    let word = words.first().map(String::as_str).unwrap_or_default();
    if NOT_YET.contains(&word) {
        return Failure::not_yet(&format!("`oyez {word}`"));
    }
    let commands = ["run", "emit", "tail", "trace", "plugins", "dead", "help"];
    let way_out = nearest(word, commands.into_iter()).map_or_else(|| "see `oyez --help`".to_owned(), |near| format!("did you mean `{near}`?"));
    Failure::Usage { code: "usage", message: format!("`{word}` is no command: {way_out}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_order_and_none_is_empty() {
        let codes: Vec<_> = pages().map(|(code, _)| code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        assert!(pages().all(|(_, text)| !text.is_empty()));
    }

    /// Codes stand in the sources as `Self::… => "some-code"` of a function `code`, and as first arguments of what makes errors.
    #[test]
    fn every_code_that_the_sources_name_has_a_page() {
        let host = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let known: Vec<_> = pages().map(|(code, _)| code).collect();
        for file in [
            "event/src/invalid.rs",
            "engine/src/error.rs",
            "storage/src/data_dir.rs",
            "registry/src/error.rs",
            "runtime/src/error.rs",
            "wasm/src/builder.rs",
        ] {
            let text = std::fs::read_to_string(host.join(file)).expect("a source");
            let after = text.split_once("fn code(").map(|(_, after)| after).unwrap_or_default();
            let body = after.split_once("\n    }\n").map(|(body, _)| body).unwrap_or_default();
            let codes: Vec<_> = body.split('"').skip(1).step_by(2).collect();
            assert!(!codes.is_empty(), "{file} has no codes");
            for code in codes {
                assert!(known.contains(&code), "`{code}` of {file} has no page");
            }
        }
    }
}

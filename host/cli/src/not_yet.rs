//! What is documented and not built yet: told from a slip, and refused by the code `not-yet`.

use crate::error::Failure;
use clap::Command;
use std::ffi::OsString;

/// The commands, by their names.
pub(crate) const COMMANDS: &[&str] =
    &["explain", "new", "build", "dev", "test", "replay", "doctor", "backup", "restore", "verify", "graph", "contract", "completions"];
/// The same for people; a test holds the two together.
pub(crate) const COMMANDS_LINE: &str = "\
Not built yet: explain, new, build, dev, test, replay, doctor, backup, restore, verify,
graph, contract, completions.

Every error has a code, and `oyez help CODE` explains it.

Example: oyez run";
const PLUGINS_VERBS: &[&str] = &["approve", "rollback", "forget"];
/// How alike two words must be for the one to be meant by the other, from 0 to 1.
const ALIKE_MIN: f64 = 0.7;

/// A command that the arguments don't know; `there` are those that they do.
pub(crate) fn command(words: &[OsString], there: &Command) -> Failure {
    refuse("", words, there, COMMANDS)
}

/// A verb of `plugins` that the arguments don't know.
pub(crate) fn plugins(words: &[OsString], there: &Command) -> Failure {
    refuse("plugins", words, there, PLUGINS_VERBS)
}

/// A verb of `dead` that the arguments don't know.
pub(crate) fn dead(words: &[OsString], there: &Command) -> Failure {
    refuse("dead", words, there, &[])
}

/// A verb of `parked` that the arguments don't know.
pub(crate) fn parked(words: &[OsString], there: &Command) -> Failure {
    refuse("parked", words, there, &[])
}

/// The known word that is most alike, if one is alike at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = known.into_iter().map(|known| (strsim::jaro_winkler(known, word), known));
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= ALIKE_MIN).map(|(_, known)| known)
}

fn refuse(below: &str, words: &[OsString], whole: &Command, later: &[&str]) -> Failure {
    let word = words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    let line = format!("oyez {below}").trim_end().to_owned();
    if later.contains(&&*word) {
        return Failure::not_yet(format!("`{line} {word}` is documented and not built yet; see `{line} --help` for what there is"));
    }
    let there = if below.is_empty() { Some(whole) } else { whole.find_subcommand(below) };
    let built = there.into_iter().flat_map(Command::get_subcommands).map(Command::get_name);
    let meant = nearest(&word, built.chain(later.iter().copied()));
    let meant = meant.map_or_else(String::new, |meant| format!(": did you mean `{meant}`?"));
    Failure::usage("wrong-usage", format!("there is no `{line} {word}`{meant}\n\nFor more information, try '{line} --help'."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn refused(words: &str) -> (String, u8) {
        let failure = command(&words.split(' ').map(OsString::from).collect::<Vec<_>>(), &args::command());
        (format!("{failure}"), failure.exit())
    }

    #[test]
    fn what_comes_later_is_told_from_a_slip() {
        for later in COMMANDS {
            assert!(COMMANDS_LINE.contains(later), "{later}");
            let (text, exit) = refused(&format!("{later} x --y"));
            assert!(text.starts_with("error[not-yet]: ") && exit == 1, "{text}");
        }
        let (text, exit) = refused("tial -f");
        assert!(text.starts_with("error[wrong-usage]: ") && text.contains("`tail`") && exit == 2, "{text}");
        assert_eq!(dead(&["redrve".into()], &args::command()).exit(), 2);
        assert_eq!(plugins(&["approve".into(), "x".into()], &args::command()).exit(), 1);
    }
}

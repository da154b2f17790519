//! `oyez help`: commands, and a page for every error's code.

mod pages;

use crate::args;
use crate::error::{Failure, Result};
use crate::not_yet::{self, nearest};
use crate::output::Out;
use pages::{Page, pages};
use serde_json::json;

const CODES: &str = "codes";

/// Does it.
pub(crate) fn help(topic: &[String], out: &mut Out) -> Result<()> {
    match topic {
        [] => usage(args::command(), out),
        [topic] if topic == CODES => list(out),
        [topic] if pages().any(|page| page.code == topic) => pages().filter(|page| page.code == topic).try_for_each(|page| show(&page, out)),
        words => command(words, out),
    }
}

fn usage(mut command: clap::Command, out: &mut Out) -> Result<()> {
    out.line(command.render_long_help().to_string().trim_end())
}

fn command(words: &[String], out: &mut Out) -> Result<()> {
    let mut whole = args::command();
    // Built, so that each knows its full name.
    whole.build();
    let mut found = &whole;
    for word in words {
        match found.find_subcommand(word) {
            Some(below) => found = below,
            None => return Err(unknown(words)),
        }
    }
    usage(found.clone(), out)
}

fn unknown(words: &[String]) -> Failure {
    if words.first().is_some_and(|word| not_yet::COMMANDS.contains(&word.as_str())) {
        return not_yet::command(&words.iter().map(Into::into).collect::<Vec<_>>(), &args::command());
    }
    let topic = words.join(" ");
    let commands = args::command();
    let topics = pages().map(|page| page.code).chain(commands.get_subcommands().map(clap::Command::get_name)).chain([CODES]);
    let meant = nearest(&topic, topics).map_or_else(|| "see `oyez help codes`".to_owned(), |meant| format!("did you mean `{meant}`?"));
    Failure::usage("unknown-topic", format!("there is no command and no code `{topic}`: {meant}"))
}

fn list(out: &mut Out) -> Result<()> {
    if out.json {
        let codes: Vec<_> = pages().map(|page| json!({ "code": page.code, "what": page.what })).collect();
        return out.line(&json!(codes).to_string());
    }
    let width = pages().map(|page| page.code.len()).max().unwrap_or(0);
    pages().try_for_each(|page| out.cut_line(&format!("{:<width$}  {}", page.code, page.what)))
}

fn show(page: &Page, out: &mut Out) -> Result<()> {
    let Page { code, what, act } = page;
    if out.json {
        return out.line(&json!({ "code": code, "what": what, "do": act }).to_string());
    }
    out.line(code)?;
    for (title, text) in [("What happened", what), ("What to do", act)] {
        out.line(&format!("\n{title}"))?;
        out.wrapped(text, "  ")?;
    }
    Ok(())
}

//! `oyez config`: the settings in force, and what is wrong with them.

use crate::args::RunArgs;
use crate::args::office::{ConfigArgs, ConfigVerb};
use crate::error::{Failure, Result};
use crate::network;
use crate::output::{Out, shown};
use crate::settings::{self, Given, Settings, Shown};
use serde_json::{Value, json};

/// Does it.
pub(crate) fn config(args: &ConfigArgs, out: &mut Out) -> Result<()> {
    match &args.verb {
        None => show(&RunArgs::default(), out),
        Some(ConfigVerb::Show(run)) => show(run, out),
        Some(ConfigVerb::Validate { file }) => validate(&RunArgs { config: file.clone(), ..RunArgs::default() }, out),
    }
}

fn show(args: &RunArgs, out: &mut Out) -> Result<()> {
    let given = Given::of(args)?;
    let keys = settings::shown(&given);
    // What is wrong is not in force: to show the rest would pass it over.
    given.whole()?;
    if out.json {
        let keys: Vec<_> = keys.iter().map(|Shown { key, value, origin }| json!({ "key": key, "value": value, "from": origin })).collect();
        return out.line(&json!({ "items": keys }).to_string());
    }
    let rows: Vec<_> = keys.iter().map(|Shown { key, value, origin }| [key.clone(), text(value), shown(origin)]).collect();
    out.table(["KEY", "VALUE", "FROM"], &rows)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        value => shown(&value.to_string()),
    }
}

fn validate(args: &RunArgs, out: &mut Out) -> Result<()> {
    let given = Given::of(args)?;
    let mut faults = given.faults;
    // Files that are named by a wrong setting are looked at all the same: each fault is one that has to go.
    if let Err(more) = network::options(&given.settings) {
        faults.extend(more);
    }
    if out.json {
        let faults: Vec<_> = faults.iter().map(|fault| json!({ "code": fault.code(), "message": fault.message() })).collect();
        out.line(&json!({ "valid": faults.is_empty(), "problems": faults }).to_string())?;
    }
    let count = faults.len();
    let Some(last) = faults.pop() else {
        let path = Settings::file(args);
        let what = if path.exists() { path.display().to_string() } else { "the environment and the defaults".to_owned() };
        return if out.json { Ok(()) } else { out.line(&format!("{} holds nothing wrong", shown(&what))) };
    };
    for fault in &faults {
        fault.report();
    }
    if count > 1 {
        return Err(last.in_context(|message| format!("{message} ({count} problems in all)")));
    }
    Err::<(), Failure>(last)
}

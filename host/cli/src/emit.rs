//! `oyez emit`: one event made of the arguments, or a file of them.

mod draft;
mod lines;

use crate::args::EmitArgs;
use crate::client::Client;
use crate::error::Result;
use crate::output::Out;
use crate::wire::{self, Receipt};
use draft::draft;

const STRUCTURED: &str = "application/cloudevents+json";
const EVENTS: &str = "/v1/events";

/// Does it.
pub(crate) fn emit(args: &EmitArgs, out: &mut Out) -> Result<()> {
    let client = Client::new(&args.host)?;
    if let Some(file) = &args.file {
        return lines::emit(&client, file, out);
    }
    let answer = client.post(EVENTS, STRUCTURED, draft(args)?.as_bytes())?;
    if out.json {
        return out.line(&wire::one_line(&answer));
    }
    let receipt: Receipt = wire::read(&answer)?;
    let Receipt { sequence, duplicate } = receipt;
    out.line(&if duplicate { format!("duplicate of {sequence}") } else { format!("accepted {sequence}") })
}

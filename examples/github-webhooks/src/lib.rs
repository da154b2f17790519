//! GitHub's webhooks as CloudEvents: type `com.github.EVENT[.ACTION]`, source the repository's URL where there is one.

use oyez::cloudevents::{Data, Event, EventBuilder, EventBuilderV10};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// Where a payload names no repository.
const ELSEWHERE: &str = "https://github.com";

/// Why a file holds no webhooks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the index of the npm package `@octokit/webhooks-examples`.
    #[error("this is no index of webhook examples: {0}")]
    Index(#[from] serde_json::Error),
    /// A payload that makes no event.
    #[error("the webhook `{name}` makes no event: {source}")]
    Event {
        /// The webhook's event name.
        name: String,
        /// What is missing or wrong.
        source: oyez::cloudevents::event::EventBuilderError,
    },
}

#[derive(Deserialize)]
struct Webhook<'a> {
    name: String,
    #[serde(borrow)]
    examples: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload {
    action: Option<String>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    html_url: Option<String>,
}

/// The webhooks of an index file, in its order, each an event with its payload as it stands there.
///
/// # Errors
/// A file that is no such index.
pub fn events(index: &str) -> Result<Vec<Event>, Error> {
    let webhooks: Vec<Webhook<'_>> = serde_json::from_str(index)?;
    let of = |webhook: &Webhook<'_>| -> Vec<_> {
        webhook.examples.iter().enumerate().map(|(i, payload)| event(&webhook.name, i, payload.get())).collect()
    };
    webhooks.iter().flat_map(of).collect()
}

fn event(name: &str, i: usize, payload: &str) -> Result<Event, Error> {
    let about: Payload = serde_json::from_str(payload)?;
    let action = about.action.map(|action| format!(".{action}")).unwrap_or_default();
    let source = about.repository.and_then(|repository| repository.html_url).unwrap_or_else(|| ELSEWHERE.to_owned());
    // The same webhook has the same id however often it is sent: the second time it is a duplicate.
    let sum = Sha256::new().chain_update(name).chain_update(i.to_be_bytes()).chain_update(payload).finalize();
    let id: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    let event = EventBuilderV10::new().id(id).source(source).ty(format!("com.github.{name}{action}"));
    let event = event.data("application/json", Data::String(payload.to_owned())).build();
    event.map_err(|source| Error::Event { name: name.to_owned(), source })
}

//! The causation tree of an event.

use crate::app::App;
use crate::auth::Access;
use crate::cost::{CostJson, UsedJson};
use crate::items::{no_such_event, parse_sequence};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use oyez::{Attempt, Branch, Event, Trace, Used};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct TraceJson {
    sequence: u64,
    accepted: String,
    event: Event,
    deliveries: Vec<DeliveryJson>,
    /// What the deliveries of this event used.
    cost: UsedJson,
    /// And with them all that they led to, as far as it is shown.
    total: UsedJson,
}

#[derive(Debug, Serialize)]
struct DeliveryJson {
    subscription: String,
    state: &'static str,
    attempts: Vec<AttemptJson>,
    emissions: Vec<TraceJson>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptJson {
    round: u32,
    attempt: u32,
    version: Option<String>,
    settlement: &'static str,
    reason: Option<String>,
    #[serde(flatten)]
    cost: CostJson,
}

impl From<Trace> for TraceJson {
    fn from(trace: Trace) -> Self {
        summed(trace).0
    }
}

/// A tree with its sums, and the sum of all of it, so that each is added up once.
fn summed(trace: Trace) -> (TraceJson, Used) {
    let Trace { recorded, deliveries } = trace;
    let cost: Used = deliveries.iter().flat_map(|branch| &branch.attempts).map(|attempt| Used::from(attempt.cost)).sum();
    let (mut total, mut branches) = (cost, Vec::with_capacity(deliveries.len()));
    for Branch { subscription, state, attempts, emissions } in deliveries {
        let (emissions, sums): (Vec<_>, Vec<_>) = emissions.into_iter().map(summed).unzip();
        total = sums.into_iter().fold(total, Used::and);
        let attempts = attempts.into_iter().map(AttemptJson::from).collect();
        branches.push(DeliveryJson { subscription: subscription.to_string(), state: state.as_str(), attempts, emissions });
    }
    let sequence = recorded.sequence.0;
    let accepted = recorded.accepted.to_rfc3339();
    (TraceJson { sequence, accepted, event: recorded.event, deliveries: branches, cost: cost.into(), total: total.into() }, total)
}

impl From<Attempt> for AttemptJson {
    fn from(attempt: Attempt) -> Self {
        Self {
            round: attempt.round,
            attempt: attempt.attempt,
            version: attempt.version.map(|version| version.to_string()),
            settlement: attempt.settlement.as_str(),
            reason: Some(attempt.reason).filter(|reason| !reason.is_empty()),
            cost: attempt.cost.into(),
        }
    }
}

/// The causation tree below an event.
pub(crate) async fn trace(State(app): State<App>, access: Access, Path(sequence): Path<String>) -> Result<Json<TraceJson>, Problem> {
    let sequence = parse_sequence(&sequence)?;
    let trace = app.host.trace(sequence).await?.filter(|trace| access.sees(&trace.recorded));
    let mut trace = trace.ok_or_else(|| no_such_event(sequence))?;
    prune(&mut trace, &access);
    Ok(Json(trace.into()))
}

/// Cuts off what the caller may not see: deliveries to plugins outside its namespace, with all that those led to.
fn prune(trace: &mut Trace, access: &Access) {
    trace.deliveries.retain(|branch| access.sees_plugin(branch.subscription.plugin.as_str()));
    for branch in &mut trace.deliveries {
        branch.emissions.retain(|emission| access.sees(&emission.recorded));
        branch.emissions.iter_mut().for_each(|emission| prune(emission, access));
    }
}

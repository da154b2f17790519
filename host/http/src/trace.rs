//! The causation tree of an event.

use crate::app::App;
use crate::auth::Access;
use crate::items::{no_such_event, parse_sequence};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use oyez::{Attempt, Branch, Event, Trace};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct TraceJson {
    sequence: u64,
    accepted: String,
    event: Event,
    deliveries: Vec<DeliveryJson>,
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
    cpu_nanos: u64,
    wall_nanos: u64,
    memory_bytes: u64,
}

impl From<Trace> for TraceJson {
    fn from(trace: Trace) -> Self {
        let recorded = trace.recorded;
        Self {
            sequence: recorded.sequence.0,
            accepted: recorded.accepted.to_rfc3339(),
            event: recorded.event,
            deliveries: trace.deliveries.into_iter().map(DeliveryJson::from).collect(),
        }
    }
}

impl From<Branch> for DeliveryJson {
    fn from(branch: Branch) -> Self {
        Self {
            subscription: branch.subscription.to_string(),
            state: branch.state.as_str(),
            attempts: branch.attempts.into_iter().map(AttemptJson::from).collect(),
            emissions: branch.emissions.into_iter().map(TraceJson::from).collect(),
        }
    }
}

impl From<Attempt> for AttemptJson {
    fn from(attempt: Attempt) -> Self {
        Self {
            round: attempt.round,
            attempt: attempt.attempt,
            version: attempt.version.map(|version| version.to_string()),
            settlement: attempt.settlement.as_str(),
            reason: Some(attempt.reason).filter(|reason| !reason.is_empty()),
            cpu_nanos: attempt.cost.cpu_nanos,
            wall_nanos: attempt.cost.wall_nanos,
            memory_bytes: attempt.cost.memory_bytes,
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

//! Metrics in the text form of Prometheus, read from the host when they are asked for.

use crate::app::App;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use oyez::{PluginStatus, Used};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Seconds = Counter<f64, AtomicU64>;
type Labels = Vec<(&'static str, String)>;

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn counter(registry: &mut Registry, name: &str, help: &str, n: u64) {
    let counter: Counter = Counter::default();
    counter.inc_by(n);
    registry.register(name, help, counter);
}

fn gauge(registry: &mut Registry, name: &str, help: &str, n: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(signed(n));
    registry.register(name, help, gauge);
}

/// How plugins do, and what they use: a label a plugin, so that there are as many as plugins.
fn plugins(registry: &mut Registry, all: &[PluginStatus]) {
    #[allow(clippy::cast_precision_loss, reason = "a count of nanoseconds is exact for a hundred days, and good enough beyond")]
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    let states: Family<Labels, Gauge> = Family::default();
    let (attempts, received, sent): (Family<Labels, Counter>, Family<Labels, Counter>, Family<Labels, Counter>) = Default::default();
    let (cpu, wall, calls): (Family<Labels, Seconds>, Family<Labels, Seconds>, Family<Labels, Seconds>) = Default::default();
    let (memory, runs): (Family<Labels, Gauge>, Family<Labels, Gauge>) = Default::default();
    for PluginStatus { name, state, used: Used { attempts: n, cost }, runs_max, .. } in all {
        let of = vec![("plugin", name.clone())];
        states.get_or_create(&vec![("plugin", name.clone()), ("state", state.as_str().to_owned())]).set(1);
        attempts.get_or_create(&of).inc_by(*n);
        received.get_or_create(&of).inc_by(cost.bytes_in);
        sent.get_or_create(&of).inc_by(cost.bytes_out);
        cpu.get_or_create(&of).inc_by(seconds(cost.cpu_nanos));
        wall.get_or_create(&of).inc_by(seconds(cost.wall_nanos));
        calls.get_or_create(&of).inc_by(seconds(cost.host_nanos));
        memory.get_or_create(&of).set(signed(cost.memory_bytes));
        if let Some(most) = runs_max {
            runs.get_or_create(&of).set(i64::from(*most));
        }
    }
    registry.register("plugin_state", "1 for the state that a plugin is in", states);
    registry.register("plugin_attempts", "Attempts of a plugin that ran to an end since the process began", attempts);
    registry.register_with_unit("plugin_cpu", "Processor time of a plugin's attempts since the process began", Unit::Seconds, cpu);
    registry.register_with_unit("plugin_wall", "Time of a plugin's attempts, without queueing, since the process began", Unit::Seconds, wall);
    registry.register_with_unit(
        "plugin_host_calls",
        "Time of a plugin's attempts within state and outgoing HTTP, since the process began",
        Unit::Seconds,
        calls,
    );
    let given = "What a plugin was given since the process began: events, state that it read, answers over HTTP";
    registry.register_with_unit("plugin_received", given, Unit::Bytes, received);
    let gave = "What a plugin gave since the process began: emissions, state that it wrote, requests over HTTP";
    registry.register_with_unit("plugin_sent", gave, Unit::Bytes, sent);
    registry.register_with_unit(
        "plugin_memory_peak",
        "The most memory that one attempt of a plugin held since the process began",
        Unit::Bytes,
        memory,
    );
    let slowed = "Runs a second that a plugin may begin while it is slowed, because it began so many that the host was late for others";
    registry.register("plugin_runs_per_second_max", slowed, runs);
}

/// Everything that is counted.
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let host = &app.host;
    let mut registry = Registry::with_prefix("oyez");
    let counters = host.counters().await;
    counter(&mut registry, "events_ingested", "Events accepted from producers since the process began", counters.ingested);
    counter(&mut registry, "events_emitted", "Events emitted by handlers since the process began", counters.emitted);
    counter(&mut registry, "events_unmatched", "Events that no subscription took since the process began", counters.unmatched);
    let overtaken = "Runs that were void because the state that they had read was overtaken, since the process began; they ran again";
    counter(&mut registry, "runs_overtaken", overtaken, counters.overtaken);
    gauge(&mut registry, "log_sequence", "The last sequence that would outlive a power cut", host.synced().0);
    gauge(&mut registry, "log_writable", "1 while the log takes events", u64::from(host.readiness().unavailable.is_none()));

    plugins(&mut registry, &host.plugins().await);

    let (deliveries, lag): (Family<Labels, Gauge>, Family<Labels, Gauge>) = Default::default();
    let (attempts, missed): (Family<Labels, Counter>, Family<Labels, Counter>) = Default::default();
    for status in host.subscriptions().await {
        let of = || ("subscription", status.id.to_string());
        for (state, n) in &status.counts {
            deliveries.get_or_create(&vec![of(), ("state", state.as_str().to_owned())]).set(signed(*n));
        }
        lag.get_or_create(&vec![of()]).set(signed(status.lag));
        attempts.get_or_create(&vec![of()]).inc_by(status.attempts);
        missed.get_or_create(&vec![of()]).inc_by(status.gaps.iter().map(|gap| gap.events).sum());
    }
    registry.register("deliveries", "Deliveries by state; those that are in the log only stand in the lag", deliveries);
    registry.register("subscription_lag", "Sequences between a subscription's place and the end of the log", lag);
    registry.register("events_missed", "Events in gaps: the log let go of them before the subscription had taken them", missed);
    registry.register("attempts", "Attempts of handlers", attempts);

    let (problems, closed): (Family<Labels, Counter>, Family<Labels, Counter>) = Default::default();
    for (code, n) in app.counts.problems() {
        problems.get_or_create(&vec![("code", code.to_owned())]).inc_by(n);
    }
    for (reason, n) in app.counts.closings() {
        closed.get_or_create(&vec![("reason", reason.to_owned())]).inc_by(n);
    }
    registry.register("http_problems", "Requests that were answered by an error, by its code", problems);
    registry.register("http_connections_closed", "Connections that the server refused or ended, by reason", closed);
    gauge(&mut registry, "http_body_bytes", "Bytes of the bodies that are being read, or written to the log", app.bodies.held(&app.limits) as u64);
    gauge(&mut registry, "http_connections", "Connections", app.places.taken() as u64);

    let mut text = String::new();
    encode(&mut text, &registry).expect("writing to memory does not fail");
    ([(CONTENT_TYPE, TEXT)], text)
}

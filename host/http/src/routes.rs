//! The routes, and what stands before them.

use crate::app::App;
use crate::options::Watched;
use crate::problem::Problem;
use crate::{auth, dead, events, gate, guard, health, logs, metrics, openapi, parked, plugins, trace};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use oyez::Host;
use tokio::sync::watch;

/// The API as a service of its own, to be put into another server. `stopping` ends its streams when it turns true. That server has to
/// bound what its clients may have of connections, heads, and time to send them.
pub fn router(host: Host, options: Watched, stopping: watch::Receiver<bool>) -> Router {
    routes(App::new(host, options, stopping))
}

/// From the outside in: limits, `Host` and `Origin`, what browsers ask, tokens.
pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/", post(events::publish))
        .route("/v1/events", get(events::list).post(events::publish))
        .route("/v1/events/{sequence}", get(events::one))
        .route("/v1/events/{sequence}/trace", get(trace::trace))
        .route("/v1/plugins", get(plugins::list))
        .route("/v1/plugins/{name}", get(plugins::one))
        .route("/v1/plugins/{name}/{verb}", post(plugins::act))
        .route("/v1/subscriptions", get(plugins::subscriptions))
        .route("/v1/logs", get(logs::list))
        .route("/v1/dead", get(dead::list))
        .route("/v1/dead/redrive", post(dead::redrive))
        .route("/v1/dead/{id}", get(dead::one).delete(dead::drop_one))
        .route("/v1/parked", get(parked::list))
        .route("/v1/parked/release", post(parked::release))
        .route("/v1/parked/{id}", get(parked::one).delete(parked::drop_one))
        .route("/v1/explain", post(not_yet))
        .route("/metrics", get(metrics::metrics))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(openapi::contract))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        // A body's limit is held where it is read, with an answer that names it.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), auth::check))
        .layer(guard::cors(&app))
        .layer(from_fn_with_state(app.clone(), guard::check))
        .layer(from_fn_with_state(app.clone(), gate::hold))
        .with_state(app)
}

async fn not_yet(uri: axum::http::Uri) -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not-yet", format!("`{}` is documented and not built yet", uri.path()))
}

async fn not_found(uri: axum::http::Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no-such-call", format!("there is no `{}`; see /openapi.json for what there is", uri.path()))
}

async fn not_allowed(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    let detail = format!("`{}` takes no {method}; see /openapi.json for what it takes", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", detail)
}

//! Routes, and the server that stands behind them.

use crate::app::App;
use crate::guard::Guard;
use crate::problem::Problem;
use crate::{dead, events, guard, health, metrics, openapi, parked, plugins, trace};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use oyez::Host;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long answers under way may take once the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Whom the server answers, beside those that reach it by a loopback name.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Further names and addresses in `Host`, without the port. Default = none.
    pub hosts: Vec<String>,
    /// Origins of web pages that may call, such as `https://console.example`. Default = none.
    pub origins: Vec<String>,
}

/// Serves the API until `stop` is done and the answers under way are given, or ten seconds have passed.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    host: Host,
    listener: TcpListener,
    options: ServerOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopped, stopping) = watch::channel(false);
    let mut late = stopping.clone();
    let app = router(host, options, stopping);
    let stop = async move {
        stop.await;
        stopped.send_replace(true);
    };
    let server = axum::serve(listener, app).with_graceful_shutdown(stop);
    let late = async move {
        if late.wait_for(|stopped| *stopped).await.is_ok() {
            tokio::time::sleep(GRACE).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        served = server => served,
        () = late => Ok(()),
    }
}

/// The API as a service of its own, to be put into another server. `stopping` ends its streams when it turns true.
pub fn router(host: Host, options: ServerOptions, stopping: watch::Receiver<bool>) -> Router {
    let guard = Arc::new(Guard::new(options.hosts, options.origins));
    Router::new()
        .route("/", post(events::publish))
        .route("/v1/events", get(events::list).post(events::publish))
        .route("/v1/events/{sequence}", get(events::one))
        .route("/v1/events/{sequence}/trace", get(trace::trace))
        .route("/v1/plugins", get(plugins::list))
        .route("/v1/plugins/{name}", get(plugins::one))
        .route("/v1/plugins/{name}/{verb}", post(plugins::act))
        .route("/v1/subscriptions", get(plugins::subscriptions))
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
        // The body's own limit is held where it is read, with an answer that names it.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(guard, guard::check))
        .with_state(App { host, stopping })
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

//! You will learn how a web application has the host in it: a route that publishes, a plugin that reacts, a subscriber in Rust that hears
//! what came of it, health and metrics beside your own, and an end in order.
//!
//! Run with a folder of plugins, a folder for the log, and an `oyez` that compiles plugins apart from the application:
//!
//! ```console
//! $ cargo xtask plugins && mkdir -p shop && cp plugins/dist/shop-payment.wasm shop/
//! $ cargo build --bin oyez && cargo run -p embed -- shop shop-data target/debug/oyez
//! $ curl http://127.0.0.1:8080/orders -H 'content-type: application/json' -d '{"orderId":"o-1","userId":"u-1","amount":13}'
//! {"order":"o-1","sequence":4}
//! $ curl http://127.0.0.1:8080/orders/o-1
//! {"order":"o-1","payment":"completed"}
//! ```
//!
//! Without the third argument plugins are compiled in this process: simpler, and good for plugins that you built yourself. What a stranger
//! drops in may be made to compile for minutes and gigabytes; in a child that is the child's affair.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use oyez::cloudevents::{AttributesReader, EventBuilder, EventBuilderV10};
use oyez::{Filter, Host, Sandbox, Storage, Subscription};
use oyez_http::ServerOptions;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What became of each order's payment, as far as this process heard.
type Payments = Arc<Mutex<HashMap<String, &'static str>>>;

#[derive(Clone)]
struct App {
    host: Host,
    payments: Payments,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(plugins), Some(data)) = (args.next(), args.next()) else { return Err("usage: embed PLUGINS DATA [OYEZ] [ADDRESS]".into()) };
    let compiler = args.next();
    let address = args.next().map_or_else(|| "127.0.0.1:8080".to_owned(), |address| address.to_string_lossy().into_owned());

    // The sandbox: where plugins are compiled is always said.
    let sandbox = match compiler.filter(|path| !path.as_os_str().is_empty()) {
        Some(oyez) => Sandbox::builder().compile_in_child(oyez).cache(data.join("compiled")),
        None => Sandbox::builder().compile_in_process(),
    };
    let payments = Payments::default();
    let host = Host::builder()
        .storage(Storage::data_dir(data))
        .plugins(plugins)
        .sandbox(sandbox.build()?)
        .subscribe(hears_payments(Arc::clone(&payments))?)
        .start()
        .await?;

    // The host's own API stands below a path of its own, for `oyez --url http://127.0.0.1:8080/oyez trace o-1`, and for Prometheus.
    let (stop, stopping) = watch::channel(false);
    let operations = oyez_http::router(host.clone(), ServerOptions::default().fixed(), stopping);
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(show))
        .route("/health", get(health))
        .with_state(App { host: host.clone(), payments })
        .nest("/oyez", operations);

    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let asked = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Streams of the host's API end too: a server waits for its clients.
        stop.send_replace(true);
    };
    axum::serve(listener, app).with_graceful_shutdown(asked).await?;
    // What runs ends and is settled, and the log is closed. A crash would lose nothing either: it is only slower to come back from.
    host.shutdown().await;
    Ok(())
}

/// A subscriber in Rust. It hears what the plugin emits as it would hear anything else.
fn hears_payments(payments: Payments) -> Result<Subscription, Box<dyn Error>> {
    let heard = Subscription::native("orders/on-payment", move |event, _delivery| {
        let payments = Arc::clone(&payments);
        async move {
            let result = if event.ty() == "shop.payment.completed.v1" { "completed" } else { "declined" };
            if let Some(order) = event.subject() {
                payments.lock().insert(order.to_owned(), result);
            }
            // It emits nothing. An `Err` would have it run again, later, by the subscription's retries.
            Ok(Vec::new())
        }
    })?;
    Ok(heard.filter(Filter::new("prefix", vec![("type".to_owned(), "shop.payment.".to_owned())])?))
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    user_id: String,
    amount: f64,
}

/// Places an order: a fact, which is all that this application has to say of it.
async fn place(State(app): State<App>, Json(order): Json<Order>) -> Result<(StatusCode, Json<Value>), (StatusCode, String)> {
    let refused = |error: &dyn Error| (StatusCode::BAD_REQUEST, error.to_string());
    let event = EventBuilderV10::new()
        // The same order again is a duplicate, and is told by its first sequence.
        .id(format!("placed-{}", order.order_id))
        .source("/shop/web")
        .ty("shop.order.placed.v1")
        .subject(&order.order_id)
        .data("application/json", json!(order))
        .build()
        .map_err(|error| refused(&error))?;
    // Once this returns, the event would outlive a power cut.
    let receipt = app.host.publish(event).await.map_err(|error| refused(&error))?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "order": order.order_id, "sequence": receipt.sequence.0 }))))
}

/// What is known of an order's payment.
async fn show(State(app): State<App>, Path(id): Path<String>) -> Json<Value> {
    let payments = app.payments.lock();
    let payment = payments.get(&id).copied().unwrap_or("pending");
    Json(json!({ "order": id, "payment": payment }))
}

/// Whether the application is well: the host takes events, and has read its folder.
async fn health(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.host.readiness().is_ready() { (StatusCode::OK, "well") } else { (StatusCode::SERVICE_UNAVAILABLE, "starting, or in trouble") }
}

//! Health: alive, ready.

use crate::app::App;
use crate::auth::Access;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The process answers.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// The log takes events, and the first scan of the folder is done.
pub(crate) async fn ready(State(app): State<App>, access: Access) -> Result<Json<Value>, Problem> {
    let readiness = app.host.readiness();
    if let Some(unavailable) = readiness.unavailable {
        let places: Vec<_> = readiness.damage.iter().map(|damage| format!("{}: {}", damage.place, damage.what)).collect();
        // Where it lies concerns nobody who has no token.
        let more = if places.is_empty() || !access.is_known() { String::new() } else { format!(" ({})", places.join("; ")) };
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, unavailable.code, format!("{}{more}", unavailable.message)));
    }
    if !readiness.folder_scanned {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "starting", "the first scan of the plugin folder is not done"));
    }
    Ok(Json(json!({ "status": "ready" })))
}

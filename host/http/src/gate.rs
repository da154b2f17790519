//! What holds for every request, whoever sends it: how many there may be, how many headers one has, and what each answer says to browsers.

use crate::app::App;
use crate::problem::{Code, Problem};
use crate::serve::Answer;
use axum::extract::{Request, State};
use axum::http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Answered however busy the server is: who looks after it must not take it for dead.
const ALWAYS: &[&str] = &["/livez", "/readyz"];
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Holds every request to the limits, and counts what is refused, here or behind.
pub(crate) async fn hold(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = held(&app, request, next).await;
    if let Some(Code(code)) = response.extensions().get() {
        app.counts.problem(code);
    }
    // Nothing here is a page, or a part of one of another site.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

async fn held(app: &App, request: Request, next: Next) -> Response {
    let headers = request.headers().len();
    if headers > app.limits.headers {
        let detail = format!("the request has {headers} headers, over the limit of {}", app.limits.headers);
        return Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too-many-headers", detail).into_response();
    }
    if ALWAYS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(permit) = Arc::clone(&app.requests).try_acquire_owned() else {
        let detail = format!("{} requests are under way, which is the limit: send it again in a moment", app.limits.requests);
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail).into_response();
    };
    next.run(request).await.map(|body| Answer::holding(body, permit))
}

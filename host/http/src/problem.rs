//! Errors as `application/problem+json` (RFC 9457), each with a `code` that `oyez help` explains.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use oyez::event::Invalid;
use oyez::{ControlError, LogError, PublishError, Unavailable, ViewsError};
use serde::Serialize;

/// How long a producer waits before it tries a host again that takes nothing just now, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// The code of an error that was answered, for who counts them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code(pub(crate) &'static str);

/// An error, as it is answered.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind: "about:blank", title, status: status.as_u16(), code, detail: detail.into() }
    }

    pub(crate) fn parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameter", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = Code(self.code);
        let mut response = (status, Json(self)).into_response();
        response.extensions_mut().insert(code);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let status = StatusCode::from_u16(invalid.kind().status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, invalid.code(), invalid.to_string())
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        // A full disk is the host being behind: it goes on by itself once there is room.
        let status = if unavailable.code == "disk-full" { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SERVICE_UNAVAILABLE };
        Self::new(status, unavailable.code, unavailable.message)
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let status = match error {
            PublishError::Invalid(invalid) => return invalid.into(),
            PublishError::Unavailable(unavailable) => return unavailable.into(),
            PublishError::IdReused { .. } | PublishError::Unexpected { .. } => StatusCode::CONFLICT,
            PublishError::ReservedSource(_) => StatusCode::FORBIDDEN,
            PublishError::BatchTooLarge { .. } | PublishError::EventTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let status = match error {
            ControlError::Unavailable(unavailable) => return unavailable.into(),
            ControlError::UnknownSubscription(_) | ControlError::NotDead(_) | ControlError::NotParked(_) | ControlError::NoSuchPlugin(_) => {
                StatusCode::NOT_FOUND
            }
            ControlError::PausedByFile(_) | ControlError::Rebuilding(_) | ControlError::NoRebuild(_) | ControlError::Trimmed { .. } => {
                StatusCode::CONFLICT
            }
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "log-unreadable", error.to_string())
    }
}

impl From<ViewsError> for Problem {
    fn from(error: ViewsError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "views-unreadable", error.to_string())
    }
}

//! Whom the server answers: a page in a browser reaches loopback too, by its own name (DNS rebinding) or from its own origin.

use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>, origins: Vec<String>) -> Self {
        Self { hosts, origins }
    }

    fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let told = headers.get(HOST).and_then(|value| value.to_str().ok()).or_else(|| uri.authority().map(Authority::as_str));
        if !told.is_some_and(|told| self.knows(told)) {
            let detail =
                format!("the host `{}` is not this server's: call it by a loopback name, or list it in `server.hosts`", told.unwrap_or_default());
            return Err(Problem::new(StatusCode::FORBIDDEN, "unknown-host", detail));
        }
        let listed = |origin: &&[u8]| self.origins.iter().any(|listed| listed.as_bytes() == *origin);
        match headers.get(ORIGIN).map(axum::http::HeaderValue::as_bytes) {
            None => Ok(()),
            Some(origin) if listed(&origin) => Ok(()),
            Some(origin) => {
                let detail = format!("pages of `{}` may not call: list it in `server.origins` if they are yours", String::from_utf8_lossy(origin));
                Err(Problem::new(StatusCode::FORBIDDEN, "unlisted-origin", detail))
            }
        }
    }

    fn knows(&self, told: &str) -> bool {
        let Ok(authority) = told.parse::<Authority>() else { return false };
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        let loopback = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || name.eq_ignore_ascii_case("localhost");
        loopback || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }
}

pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.admit(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(host: Option<&str>, origin: Option<&str>) -> bool {
        let guard = Guard::new(vec!["oyez.example".to_owned()], vec!["https://console.example".to_owned()]);
        let mut headers = HeaderMap::new();
        host.map(|host| headers.insert(HOST, host.parse().unwrap()));
        origin.map(|origin| headers.insert(ORIGIN, origin.parse().unwrap()));
        guard.admit(&Uri::from_static("/"), &headers).is_ok()
    }

    #[test]
    fn an_unknown_host_and_an_unlisted_origin_are_refused() {
        for known in ["localhost", "LOCALHOST:6939", "127.0.0.1:1", "127.9.9.9", "[::1]:6939", "oyez.example", "Oyez.Example:80"] {
            assert!(admits(Some(known), None), "{known}");
        }
        for unknown in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "a b"] {
            assert!(!admits(Some(unknown), None), "{unknown}");
        }
        assert!(!admits(None, None));
        assert!(admits(Some("localhost"), Some("https://console.example")));
        for unlisted in ["https://evil.example", "null", "http://console.example", "https://console.example.evil"] {
            assert!(!admits(Some("localhost"), Some(unlisted)), "{unlisted}");
        }
    }
}

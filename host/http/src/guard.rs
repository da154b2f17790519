//! Whom the server answers: a page in a browser reaches loopback too, by its own name (DNS rebinding) or from its own origin.

use crate::app::App;
use crate::options::ServerOptions;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::header::{HOST, LINK, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may keep what it was allowed.
const CORS_AGE: Duration = Duration::from_mins(10);

/// Whether the request is for this server, and from nobody whom it does not answer.
fn admit(options: &ServerOptions, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let told = authority(uri, headers)?;
    if !knows(&options.hosts, told.host()) {
        let detail = format!("the host `{told}` is not this server's: call it by a loopback name, or list it in `server.hosts`");
        return Err(Problem::new(StatusCode::FORBIDDEN, "unknown-host", detail));
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => Ok(()),
        (Some(origin), None) if is_listed(options, origin) => Ok(()),
        (Some(origin), _) => {
            let origin = String::from_utf8_lossy(origin.as_bytes()).escape_debug().take(200).collect::<String>();
            let detail = format!("pages of `{origin}` may not call: list it in `server.origins` if they are yours");
            Err(Problem::new(StatusCode::FORBIDDEN, "unlisted-origin", detail))
        }
    }
}

fn is_listed(options: &ServerOptions, origin: &HeaderValue) -> bool {
    options.origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes())
}

/// The one server that the request names. What names two, or could be read as two, is for none: somebody before us may have read the other.
fn authority(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Problem> {
    let invalid = |what: &str| Problem::new(StatusCode::BAD_REQUEST, "invalid-host", format!("{what}: name this server in one `Host`, as NAME:PORT"));
    let mut told = headers.get_all(HOST).iter();
    let first = told.next();
    if told.next().is_some() {
        return Err(invalid("the request has more than one `Host`"));
    }
    let in_header = match first {
        Some(value) => Some(value.to_str().ok().and_then(|text| text.parse::<Authority>().ok()).ok_or_else(|| invalid("`Host` names no host"))?),
        None => None,
    };
    let told = match (in_header, uri.authority()) {
        (None, None) => return Err(invalid("the request has no `Host`")),
        (Some(one), Some(other)) if !one.as_str().eq_ignore_ascii_case(other.as_str()) => {
            return Err(invalid("`Host` and the address of the request name two hosts"));
        }
        (Some(told), _) => told,
        (None, Some(told)) => told.clone(),
    };
    let port = told.as_str().strip_prefix(told.host()).unwrap_or("@");
    let port_is_one = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    if told.as_str().contains('@') || !port_is_one {
        return Err(invalid("the host of the request is more than a name and a port"));
    }
    Ok(told)
}

fn knows(hosts: &[String], told: &str) -> bool {
    // A dot at the end of a name is the root of all names, which stands there anyway.
    let plain = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let bare = |name: &str| name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).map(str::to_owned);
    let name = bare(told).unwrap_or_else(|| plain(told));
    let ip = name.parse::<IpAddr>().ok();
    let loopback = ip.is_some_and(ServerOptions::is_loopback) || name == "localhost";
    loopback
        || hosts.iter().map(|host| bare(host).unwrap_or_else(|| plain(host))).any(|host| host == name || (ip.is_some() && host.parse().ok() == ip))
}

/// Lets a request through, or refuses it.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let options = app.options.borrow().clone();
    match admit(&options, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// What browsers are told, so that pages of listed origins may call: what they send, and what they may see.
pub(crate) fn cors(app: &App) -> CorsLayer {
    let options = app.options.clone();
    let listed = move |origin: &HeaderValue, _: &Parts| is_listed(&options.borrow(), origin);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(listed))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        // Events in binary mode have headers of any name behind `ce-`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([HeaderName::from_static("oyez-sequence"), LINK, RETRY_AFTER, WWW_AUTHENTICATE])
        .allow_private_network(true)
        .max_age(CORS_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(uri: &str, hosts: &[&str], origins: &[&str]) -> Result<(), u16> {
        let options = ServerOptions {
            hosts: ["oyez.example", "10.1.2.3", "fd00::1", "[fd00::2]"].map(str::to_owned).to_vec(),
            origins: vec!["https://console.example".to_owned()],
            ..ServerOptions::default()
        };
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        for origin in origins {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        admit(&options, &uri.parse().unwrap(), &headers).map_err(|problem| problem.into_response().status().as_u16())
    }

    #[test]
    fn an_unknown_host_is_refused() {
        for known in [
            "localhost",
            "LOCALHOST:6939",
            "localhost.",
            "localhost.:1",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:6939",
            "[::ffff:127.0.0.1]",
            "oyez.example",
            "Oyez.Example:80",
            "oyez.example.",
            "10.1.2.3:6939",
            "[fd00::1]",
            "[fd00:0::1]:1",
            "[fd00::2]:1",
        ] {
            assert_eq!(admits("/", &[known], &[]), Ok(()), "{known}");
        }
        for unknown in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "127.1",
            "2130706433",
            "localhost..",
            "[fd00::3]",
            "oyez.example.evil.example",
            "[::ffff:10.0.0.1]",
        ] {
            assert_eq!(admits("/", &[unknown], &[]), Err(403), "{unknown}");
        }
    }

    #[test]
    fn what_could_be_read_as_two_hosts_is_for_none() {
        for unclear in
            ["", "a b", "evil@localhost", "localhost@evil", "localhost:x", "localhost:99999", "localhost:", "localhost:1:2", "[::1]x", "a,b"]
        {
            assert!(admits("/", &[unclear], &[]).is_err(), "{unclear}");
        }
        assert_eq!(admits("/", &["evil@localhost"], &[]), Err(400));
        assert_eq!(admits("/", &[], &[]), Err(400));
        assert_eq!(admits("/", &["localhost", "localhost"], &[]), Err(400));
        assert_eq!(admits("/", &["localhost", "evil.example"], &[]), Err(400));
        assert_eq!(admits("http://localhost:1/", &["localhost:1"], &[]), Ok(()));
        assert_eq!(admits("http://localhost:1/", &[], &[]), Ok(()));
        assert_eq!(admits("http://evil.example/", &["localhost"], &[]), Err(400));
        assert_eq!(admits("http://localhost/", &["evil.example"], &[]), Err(400));
        assert_eq!(admits("http://evil.example/", &["evil.example"], &[]), Err(403));
        assert_eq!(admits("http://u@localhost/", &[], &[]), Err(400));
    }

    #[test]
    fn an_unlisted_origin_is_refused() {
        assert_eq!(admits("/", &["localhost"], &["https://console.example"]), Ok(()));
        for unlisted in ["https://evil.example", "null", "http://console.example", "https://console.example.evil", "https://console.example:444", ""]
        {
            assert_eq!(admits("/", &["localhost"], &[unlisted]), Err(403), "{unlisted}");
        }
        assert_eq!(admits("/", &["localhost"], &["https://console.example", "https://evil.example"]), Err(403));
    }
}

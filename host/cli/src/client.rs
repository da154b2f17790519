//! The running host, over HTTP.

use crate::args::HostArgs;
use crate::environment;
use crate::error::{Failure, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;
use ureq::http::{Response, Uri, request};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, AsSendBody, Body};

/// The largest answer that is read: a page of events in JSON, with room to spare.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// A host says something at least this often, on a stream too (there every 15 s).
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// What stands in a part of a path, or in a value of a query, as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A host that others run.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    token: Option<String>,
}

/// An error as the API answers it.
#[derive(Debug, Deserialize)]
struct Problem {
    code: String,
    detail: Option<String>,
    title: Option<String>,
}

impl Client {
    pub(crate) fn new(host: &HostArgs) -> Result<Self> {
        let url = checked_url(&host.url)?;
        let token = environment::variable("OYEZ_TOKEN")?;
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(Failure::failed("invalid-token", "`OYEZ_TOKEN` holds characters that no header can have: give it as it was issued"));
        }
        // A host is spoken to directly: the proxy of the environment is for the world outside.
        let config = Agent::config_builder().http_status_as_error(false).proxy(None).max_redirects(0);
        let config = config.timeout_connect(Some(CONNECT_MAX)).timeout_per_read(Some(SILENCE_MAX));
        let config = match &host.ca {
            Some(path) => config.tls_config(TlsConfig::builder().root_certs(authorities(path)?).build()),
            None => config,
        };
        Ok(Self { agent: config.build().new_agent(), url, token })
    }

    /// Reads JSON, as its text.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        self.text(self.send(request::Builder::new().method("GET"), path, ())?)
    }

    /// Sends a body; gives back the answer's text.
    pub(crate) fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Result<String> {
        self.text(self.send(request::Builder::new().method("POST").header("content-type", media_type), path, body)?)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        self.send(request::Builder::new().method("DELETE"), path, ()).map(drop)
    }

    /// Server-sent events, after the last one that was seen.
    pub(crate) fn stream(&self, path: &str, last: Option<u64>) -> Result<impl BufRead + use<>> {
        let mut request = request::Builder::new().method("GET").header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        Ok(BufReader::new(self.send(request, path, ())?.into_body().into_reader()))
    }

    fn send(&self, mut request: request::Builder, path: &str, body: impl AsSendBody) -> Result<Response<Body>> {
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.uri(format!("{}{path}", self.url)).body(body);
        let request = request.map_err(|error| Failure::usage("invalid-url", format!("`{}{path}` is no address: {error}", self.url)))?;
        let response = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refusal(response)) }
    }

    fn text(&self, response: Response<Body>) -> Result<String> {
        let read = response.into_body().into_with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        read.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let why = match error {
            // What TLS has against a host comes as bytes that make no sense.
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData && self.url.starts_with("https") => {
                return self.untrusted(&error.to_string());
            }
            ureq::Error::Rustls(error) => return self.untrusted(&error.to_string()),
            ureq::Error::Io(error) if error.kind() != std::io::ErrorKind::Other => error.kind().to_string(),
            ureq::Error::HostNotFound => "there is no such host".to_owned(),
            ureq::Error::BodyExceedsLimit(limit) => format!("its answer is over the limit of {limit} bytes"),
            other => other.to_string(),
        };
        let message = format!("{}: {why}: is `oyez run` running? give its address with --url", self.url);
        Failure::failed("host-unreachable", message)
    }

    fn untrusted(&self, why: &str) -> Failure {
        let message = format!("{}: it does not prove who it is: {why}: give the certificates that vouch for it by --ca", self.url);
        Failure::failed("tls-untrusted", message)
    }

    fn refusal(&self, response: Response<Body>) -> Failure {
        let status = response.status();
        let text = self.text(response).unwrap_or_default();
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => {
                let message = problem.detail.or(problem.title).unwrap_or_else(|| status.to_string());
                Failure::failed(problem.code, message)
            }
            Err(_) => unexpected(&format!("{} answered {status} without saying why", self.url)),
        }
    }
}

/// An answer that no host gives.
pub(crate) fn unexpected(what: &str) -> Failure {
    Failure::failed("unexpected-answer", format!("{what}: is another program at this address, or a host of another version?"))
}

/// A part of a path, or a value of a query, so that nothing in it is taken for a sign of the address.
pub(crate) fn escaped(part: &str) -> String {
    utf8_percent_encode(part, PLAIN).to_string()
}

/// The certificates of a file: they vouch for the host, and no others.
fn authorities(path: &Path) -> Result<RootCerts> {
    let wrong = |why: &str| Failure::failed("ca-unusable", format!("`{}` {why}: give certificates in PEM form by --ca", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
    let items: std::result::Result<Vec<_>, _> = parse_pem(&pem).collect();
    let certificates = items.map_err(|_| wrong("is no PEM"))?.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<Certificate<'static>> = certificates.collect();
    if certificates.is_empty() { Err(wrong("holds no certificate")) } else { Ok(RootCerts::from(certificates)) }
}

fn checked_url(url: &str) -> Result<String> {
    let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Option<Uri> = whole.parse().ok();
    let plain = uri.as_ref().filter(|uri| uri.authority().is_some() && uri.query().is_none());
    match plain.and_then(Uri::scheme_str) {
        Some("http" | "https") => Ok(whole.trim_end_matches('/').to_owned()),
        _ => Err(Failure::usage("invalid-url", format!("`{url}` is no address of a host: give one such as http://127.0.0.1:6939"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_before_anything_is_sent() {
        assert_eq!(checked_url("http://localhost:1/").unwrap(), "http://localhost:1");
        assert_eq!(checked_url("127.0.0.1:6939").unwrap(), "http://127.0.0.1:6939");
        assert_eq!(checked_url("https://a").unwrap(), "https://a");
        for bad in ["", "ftp://a", "http://", "http://a?b", "a b"] {
            assert_eq!(checked_url(bad).unwrap_err().code(), "invalid-url", "{bad}");
        }
    }

    #[test]
    fn a_part_of_a_path_stays_one() {
        assert_eq!(escaped("billing/email?x&y=ü"), "billing%2Femail%3Fx%26y%3D%C3%BC");
    }
}

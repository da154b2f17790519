//! The HTTP API's client.

use crate::args::Connection;
use crate::failure::{Failure, Result};
use serde_json::Value;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// Answers of the host are this long at most, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
/// A host that accepts the connection and says nothing for so long is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// Speaks to a running host.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    token: Option<String>,
}

/// Text as a part of a URL.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Client {
    pub(crate) fn new(connection: &Connection) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT)).build();
        Self { agent: config.into(), url: connection.url.trim_end_matches('/').to_owned(), token: connection.token.clone() }
    }

    pub(crate) fn get(&self, path: &str, accept: &str) -> Result<Response<Body>> {
        let mut request = self.agent.get(format!("{}{path}", self.url)).header("accept", accept);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.good(request.call())
    }

    pub(crate) fn json(&self, path: &str) -> Result<Value> {
        self.read(self.get(path, "application/json")?)
    }

    pub(crate) fn post(&self, path: &str, headers: &[(String, String)], body: &[u8]) -> Result<Value> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = self.good(request.send(body))?;
        self.read(response)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        let mut request = self.agent.delete(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.good(request.call()).map(drop)
    }

    fn read(&self, mut response: Response<Body>) -> Result<Value> {
        let read = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_json();
        read.map_err(|error| {
            Failure::new("unreadable-answer", format!("{} answered with what is no JSON ({error}): is it a host of Oyez?", self.url))
        })
    }

    fn good(&self, answer: std::result::Result<Response<Body>, ureq::Error>) -> Result<Response<Body>> {
        let response = answer.map_err(|error| {
            let message = format!("{}: {error}: is `oyez run` running there? give its address by --url", self.url);
            Failure::new("host-unreachable", message)
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let problem = self.read(response).unwrap_or_default();
        let (code, detail) = (problem["code"].as_str(), problem["detail"].as_str());
        Err(match (code, detail) {
            (Some(code), Some(detail)) => Failure::new(code, detail),
            _ => Failure::new("unreadable-answer", format!("{} answered with {status}: is it a host of Oyez?", self.url)),
        })
    }
}

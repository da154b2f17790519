//! Outgoing HTTP: to servers that were granted, at addresses that were checked, within what an attempt may use.
//!
//! ```text
//! request -> granted? -> counted? -> resolve -> every address checked -> connect to a checked one -> bodies counted both ways
//! ```
//!
//! A name is resolved once a request, and the connection goes to what was checked: a name that changes its mind between the two (DNS
//! rebinding) changes nothing. Redirects are answers like others: who follows one makes another request, and is checked again.

mod address;
mod ledger;
mod send;

pub(crate) use ledger::Ledger;
pub(crate) use send::Network;

use crate::instance::Shared;
use oyez_model::{Authority, Grants};
use std::pin::Pin;
use std::sync::Arc;
use tracing::Level;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(http::Response<WasiBody>, Io), Error>;

/// What one call may reach.
pub(crate) struct Outgoing {
    network: Arc<Network>,
    grants: Arc<Grants>,
    shared: Arc<Shared>,
    /// Nothing leaves a run that is done again on purpose.
    replay: bool,
}

impl Outgoing {
    pub(crate) fn new(network: Arc<Network>, grants: Arc<Grants>, shared: Arc<Shared>, replay: bool) -> Self {
        Self { network, grants, shared, replay }
    }

    /// The server that a request is for, if it may go there.
    fn server(&self, request: &http::Request<WasiBody>) -> Result<Authority, Error> {
        let uri = request.uri();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?;
        // User information in it, or a name that is none, is in no grant.
        let server = Authority::parse(&format!("{host}:{port}")).map_err(|_| Error::HttpRequestUriInvalid)?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(Error::HttpRequestUriInvalid);
        }
        if self.replay {
            self.tell(&format!("the call to `{server}` was refused: this run is done again on purpose, and nothing leaves it"));
            return Err(Error::HttpRequestDenied);
        }
        if self.grants.http.as_ref().is_none_or(|granted| !granted.contains(&server)) {
            self.tell(&format!("the call to `{server}` was refused: to allow it, add `http = [\"{server}\"]` under [grants] in the plugin's .toml"));
            return Err(Error::HttpRequestDenied);
        }
        Ok(server)
    }

    /// Tells the operator, who reads what guests say.
    fn tell(&self, line: &str) {
        self.shared.output.lock().log(Level::WARN, "outgoing HTTP", line);
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _ended: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let server = self.server(&request).and_then(|server| self.shared.http.request().map(|()| server));
        let (network, grants, shared) = (Arc::clone(&self.network), Arc::clone(&self.grants), Arc::clone(&self.shared));
        Box::new(async move {
            let server = server?;
            let sent: Pin<Box<dyn Future<Output = Sent> + Send>> = Box::pin(network.send(server, grants, shared.clone(), request, options));
            sent.await.inspect_err(|error| shared.output.lock().log(Level::INFO, "outgoing HTTP", &format!("{error}")))
        })
    }
}

#[cfg(test)]
mod tests;

//! One request on its way: resolved, checked, connected, counted.

use super::Sent;
use super::address::is_allowed;
use crate::instance::Shared;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use oyez_model::port::BoxFuture;
use oyez_model::{Authority, Grants};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// How long a name's lookup and a connection each may take, whatever the guest says.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a server may be silent, whatever the guest says; the attempt's own `time` is mostly shorter.
const SILENCE_MAX: Duration = Duration::from_secs(600);
/// Lookups side by side: each takes a thread, and some servers never answer.
const LOOKUPS_MAX: usize = 16;
/// The head of an answer, in bytes, and in lines.
const HEAD_BYTES_MAX: usize = 64 << 10;
const HEAD_LINES_MAX: usize = 128;

/// Names to addresses.
pub(crate) type Resolve = dyn Fn(String, u16) -> BoxFuture<io::Result<Vec<SocketAddr>>> + Send + Sync;

/// What all calls share.
pub(crate) struct Network {
    resolve: Box<Resolve>,
    lookups: Semaphore,
    tls: OnceLock<Result<TlsConnector, String>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Network {
    /// By the system's own resolver.
    pub(crate) fn new() -> Self {
        Self::resolved_by(Box::new(|host, port| Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })))
    }

    pub(crate) fn resolved_by(resolve: Box<Resolve>) -> Self {
        Self { resolve, lookups: Semaphore::new(LOOKUPS_MAX), tls: OnceLock::new() }
    }

    /// Sends a request to a server that is granted.
    pub(super) async fn send(
        self: Arc<Self>,
        server: Authority,
        grants: Arc<Grants>,
        shared: Arc<Shared>,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Sent {
        let options = options.unwrap_or_default();
        let within = options.connect_timeout.unwrap_or(CONNECT_MAX).min(CONNECT_MAX);
        let addresses = timeout(within, self.addresses(&server, &grants)).await.map_err(|_| Error::DnsTimeout)??;
        let stream = timeout(within, connect(&addresses)).await.map_err(|_| Error::ConnectionTimeout)??;
        let stream: Box<dyn Stream> = if request.uri().scheme_str() == Some("http") {
            Box::new(stream)
        } else {
            Box::new(timeout(within, self.secure(&server, stream)).await.map_err(|_| Error::ConnectionTimeout)??)
        };
        let mut builder = http1::Builder::new();
        builder.max_headers(HEAD_LINES_MAX).max_buf_size(HEAD_BYTES_MAX);
        let began = std::time::Instant::now();
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        let (first, between) = (options.first_byte_timeout.unwrap_or(SILENCE_MAX), options.between_bytes_timeout.unwrap_or(SILENCE_MAX));
        shared.http.send(size(request.headers()) + request.uri().to_string().len())?;
        let request = origin_form(request, Arc::clone(&shared));
        let answer = async { timeout(first, sender.send_request(request)).await.map_err(|_| Error::ConnectionReadTimeout)?.map_err(Error::from) };
        // The connection moves while the answer is awaited, and goes on behind it for as long as the guest holds its body.
        let (mut connection, mut answer) = (Box::pin(connection), Box::pin(answer));
        let mut closed = None;
        let response = tokio::select! {
            biased;
            response = &mut answer => response?,
            ended = &mut connection => {
                closed = Some(ended);
                answer.as_mut().await?
            }
        };
        drop(answer);
        shared.meter.waited(began.elapsed());
        shared.http.receive(size(response.headers()))?;
        let response = response.map(|body| counted(body, shared, between));
        Ok((
            response,
            Box::new(async move {
                match closed {
                    Some(ended) => ended.map_err(Error::from),
                    None => connection.await.map_err(Error::from),
                }
            }),
        ))
    }

    /// Where the server is. One address that may not be reached refuses them all: its name is not to be believed.
    async fn addresses(&self, server: &Authority, grants: &Grants) -> Result<Vec<SocketAddr>, Error> {
        let _turn = self.lookups.acquire().await.expect("the semaphore is never closed");
        let failed = |error: io::Error| Error::DnsError { rcode: Some(error.to_string()), info_code: None };
        let found = (self.resolve)(server.host.clone(), server.port).await.map_err(failed)?;
        if found.is_empty() {
            return Err(Error::DestinationNotFound);
        }
        match found.iter().find(|address| !is_allowed(address.ip(), server, grants)) {
            None => Ok(found),
            Some(forbidden) => {
                let address = forbidden.ip();
                tracing::warn!(%server, %address, "a plugin's call was refused: the name leads to an address that is not public, which takes a grant of its own");
                Err(Error::DestinationIpProhibited)
            }
        }
    }

    async fn secure(&self, server: &Authority, stream: TcpStream) -> Result<impl Stream + use<>, Error> {
        let connector = self.tls.get_or_init(connector).clone().map_err(|error| Error::InternalError(Some(error)))?;
        let name = ServerName::try_from(server.host.clone()).map_err(|_| Error::HttpRequestUriInvalid)?;
        connector.connect(name, stream).await.map_err(Error::Tls)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

/// With the certificates that the machine trusts.
fn connector() -> Result<TlsConnector, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (good, _) = roots.add_parsable_certificates(found.certs);
    if good == 0 {
        return Err("this machine trusts no certificate: install some, or name them by SSL_CERT_FILE".to_owned());
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()).into())
}

/// One after another, until one answers.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or(Error::DestinationNotFound, Error::Connect))
}

/// As a server that is no proxy gets it: without scheme and authority; its body counted.
fn origin_form(request: http::Request<WasiBody>, shared: Arc<Shared>) -> http::Request<WasiBody> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    parts.uri = path.parse().expect("what was the path of a URI is one");
    let counting =
        http_body_util::combinators::UnsyncBoxBody::new(Counted { body, count: move |bytes: usize| shared.http.send(bytes), silence: None });
    http::Request::from_parts(parts, counting)
}

/// An answer's body, counted, and ended where it is silent for too long.
fn counted(body: hyper::body::Incoming, shared: Arc<Shared>, between: Duration) -> WasiBody {
    let body = body.map_err(Error::from);
    let silence = Some((between, Box::pin(tokio::time::sleep(between))));
    http_body_util::combinators::UnsyncBoxBody::new(Counted { body, count: move |bytes: usize| shared.http.receive(bytes), silence })
}

/// A body whose bytes are counted, and refused past a limit.
struct Counted<B, C> {
    body: B,
    count: C,
    /// How long it may be silent, and until when it is.
    silence: Option<(Duration, std::pin::Pin<Box<tokio::time::Sleep>>)>,
}

impl<B, C> http_body::Body for Counted<B, C>
where
    B: http_body::Body<Data = Bytes, Error = Error> + Unpin,
    C: Fn(usize) -> Result<(), Error> + Unpin,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        use std::task::Poll;
        let this = self.get_mut();
        let frame = match std::pin::Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Pending => {
                let silent = this.silence.as_mut().is_some_and(|(_, until)| until.as_mut().poll(cx).is_ready());
                return if silent { Poll::Ready(Some(Err(Error::ConnectionReadTimeout))) } else { Poll::Pending };
            }
            ended => return ended,
        };
        if let Some((length, until)) = &mut this.silence {
            until.as_mut().reset(tokio::time::Instant::now() + *length);
        }
        let bytes = frame.data_ref().map_or(0, Bytes::len) + frame.trailers_ref().map_or(0, size);
        Poll::Ready(Some((this.count)(bytes).map(|()| frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// What headers take on the wire, in bytes.
fn size(headers: &http::HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

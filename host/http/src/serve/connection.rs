//! One connection, from its handshake to its end, with a watch over how long it may take for what.

use super::answer::Answer;
use super::places::Seat;
use super::written::Written;
use crate::app::App;
use crate::options::HttpLimits;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

/// Who is asked to leave while a request is under way may end that, within this.
const LEAVE: Duration = Duration::from_secs(5);
/// Streams that a client opened and took back at once, and of which we have not heard yet: more end the connection.
const RESETS_PENDING: usize = 20;
/// Streams that we took back for a client's faults: more end the connection.
const RESETS_OWN: usize = 128;
/// What an HTTP/2 client may send before we took it: of one request, and of all.
const WINDOW: u32 = 256 << 10;
const WINDOW_ALL: u32 = 1 << 20;
/// What is ready for an HTTP/2 client and not taken yet, of one request.
const SEND_BYTES: usize = 256 << 10;

pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) app: App,
    pub(super) seat: Arc<Seat>,
}

/// How a connection ended, where it was not the client who ended it in order: a reason, for the metrics.
type End = Result<(), &'static str>;

impl Connection {
    pub(super) async fn run(self, stream: TcpStream) {
        let counts = Arc::clone(&self.app.counts);
        let stream = Written { stream, seat: Arc::clone(&self.seat) };
        let tls = self.app.options.borrow().tls.clone();
        let ended = match tls {
            None => self.drive(stream).await,
            Some(tls) => {
                let shaken = tokio::select! {
                    shaken = tls.acceptor().accept(stream) => shaken.map_err(|error| {
                        tracing::debug!(%error, "a TLS handshake failed");
                        "tls"
                    }),
                    late = self.late() => Err(late),
                };
                match shaken {
                    Ok(stream) => self.drive(stream).await,
                    Err(reason) => Err(reason),
                }
            }
        };
        if let Err(reason) = ended {
            counts.closed(reason);
        }
    }

    /// Returns once it took too long to shake hands, or is in the way.
    async fn late(&self) -> &'static str {
        let mut stopping = self.app.stopping.clone();
        loop {
            let due = match self.seat.due(&self.app.limits, Instant::now()) {
                Ok(due) => due,
                Err(reason) => return reason,
            };
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = self.seat.sent_away() => return "crowded-out",
                () = stops(&mut stopping) => return "stopping",
            }
        }
    }

    async fn drive(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> End {
        let builder = builder(&self.app.limits);
        let service = service_fn(|request: Request<Incoming>| {
            let (mut busy, router) = (self.seat.busy(), self.router.clone());
            async move {
                let response = router.oneshot(request.map(Body::new)).await?;
                busy.answers();
                Ok::<_, Infallible>(response.map(|body| Answer::holding(body, busy)))
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut stopping = self.app.stopping.clone();
        let mut leaving = None;
        loop {
            let due = match leaving {
                Some((until, _)) => until,
                None => self.seat.due(&self.app.limits, Instant::now())?,
            };
            tokio::select! {
                ended = connection.as_mut() => return ended.map_err(|error| reason(&*error)),
                () = tokio::time::sleep_until(due) => if let Some((_, reason)) = leaving { return Err(reason) },
                () = self.seat.sent_away(), if leaving.is_none() => {
                    if !self.seat.is_busy() {
                        return Err("crowded-out");
                    }
                    connection.as_mut().graceful_shutdown();
                    leaving = Some((Instant::now() + LEAVE, "crowded-out"));
                }
                () = stops(&mut stopping), if leaving.is_none() => {
                    connection.as_mut().graceful_shutdown();
                    leaving = Some((Instant::now() + super::GRACE, "stopping"));
                }
            }
        }
    }
}

async fn stops(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn builder(limits: &HttpLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // How long a head may take is watched over by the seat, which also sees a client that sends nothing at all.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_headers(limits.headers).max_buf_size(limits.head_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.requests_per_connection)
        .max_pending_accept_reset_streams(RESETS_PENDING)
        .max_local_error_reset_streams(RESETS_OWN)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW_ALL)
        .max_send_buf_size(SEND_BYTES);
    builder
}

fn reason(error: &(dyn Error + Send + Sync + 'static)) -> &'static str {
    match error.downcast_ref::<hyper::Error>() {
        Some(error) if error.is_parse_too_large() => "head-too-large",
        Some(error) if error.is_parse() => "malformed",
        _ => "broken",
    }
}

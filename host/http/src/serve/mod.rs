//! The server itself: it accepts, gives each connection a place, and lets it go.
//!
//! ```text
//! accept -> a place (or somebody idle makes room) -> TLS -> HTTP/1 or 2 -> routes
//! ```

mod answer;
mod connection;
mod places;
mod written;

pub(crate) use answer::Answer;
pub(crate) use places::Places;

use crate::app::App;
use crate::options::Watched;
use crate::routes;
use connection::Connection;
use oyez::Host;
use std::io;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long answers under way may take once the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// The system gives no connection just now: it is asked again after this.
const AGAIN: Duration = Duration::from_millis(200);

/// Serves the API until `stop` is done and the answers under way are given, or ten seconds have passed.
pub async fn serve(host: Host, listener: TcpListener, options: Watched, stop: impl Future<Output = ()> + Send) {
    let (stopped, stopping) = watch::channel(false);
    let app = App::new(host, options, stopping);
    let router = routes::routes(app.clone());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => match app.places.take(peer.ip()) {
                Ok(seat) => {
                    // Answers are written whole: to wait for more of them helps nobody.
                    let _ = stream.set_nodelay(true);
                    let connection = Connection { router: router.clone(), app: app.clone(), seat };
                    connections.spawn(connection.run(stream));
                }
                Err(reason) => refuse(&app, stream, reason),
            },
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted just now");
                app.places.make_room();
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    drop(listener);
    stopped.send_replace(true);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

fn refuse(app: &App, stream: TcpStream, reason: &'static str) {
    app.counts.closed(reason);
    drop(stream);
}

/// A connection that its peer gave up before we took it: no trouble of ours.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}

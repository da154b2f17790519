//! A host with two native subscribers, of which one ends the process at an event of the type `bomb.v1`: `oyez-bomb-host FOLDER`.

use oyez::{Host, Retry, Storage, Subscription};
use oyez_http::ServerOptions;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: oyez-bomb-host FOLDER")?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let retry = Retry { attempts: 3, delay: Duration::from_millis(1), ..Retry::default() };
        let fragile = Subscription::native("fragile/on-event", |event, _| async move {
            if oyez::cloudevents::AttributesReader::ty(&event) == "bomb.v1" {
                std::process::abort();
            }
            Ok(Vec::new())
        })?;
        let calm = Subscription::native("calm/on-event", |_, _| async { Ok(Vec::new()) })?;
        let host = Host::builder().storage(Storage::data_dir(folder.join("oyez-data")));
        let host = host.subscribe(fragile.retry(retry).from_beginning()).subscribe(calm.retry(retry).from_beginning()).start().await?;
        println!("listening on http://{address}");
        std::io::stdout().flush()?;
        let mut stop = signal(SignalKind::terminate())?;
        let stopped = async move {
            stop.recv().await;
        };
        oyez_http::serve(host.clone(), listener, ServerOptions::default().fixed(), stopped).await;
        host.shutdown().await;
        Ok(())
    })
}

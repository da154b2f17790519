//! A host whose log lies behind a layer of the tests' own: `oyez-test-host FOLDER LAYER`, where LAYER is `withholding` (what was not
//! synced is lost with the process) or `forgetful` (the same, and syncing is taken out). Otherwise as `oyez run` in that folder.

use oyez::{Host, Sandbox, Storage};
use oyez_http::ServerOptions;
use oyez_storage::Withholding;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, layer] = &args[..] else { return Err("usage: oyez-test-host FOLDER LAYER".into()) };
    let folder = PathBuf::from(folder);
    let data = folder.join("oyez-data");
    let storage = match layer.as_str() {
        "withholding" => Storage::wrapped(data, |files| Arc::new(Withholding::new(files))),
        "forgetful" => Storage::wrapped(data, |files| Arc::new(Withholding::without_sync(files))),
        other => return Err(format!("no layer `{other}`").into()),
    };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_env_filter("info,fjall=warn,lsm_tree=warn").init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let sandbox = Sandbox::builder().compile_in_process().build()?;
        let host = Host::builder().storage(storage).plugins(folder.join("plugins")).sandbox(sandbox).start().await?;
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

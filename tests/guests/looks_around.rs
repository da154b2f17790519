//! Says what it finds: the variable, the setting and the secret that it is named after, the time, randomness; under the source that its event wants.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    sleep_millis: u64,
}

#[allow(clippy::disallowed_methods, reason = "to look at the clock is what it is for")]
#[handler(on = EVENT, emits = ECHOED)]
fn look(wanted: Wanted) -> Emission {
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(wanted.sleep_millis));
    let found = json!({
        "variables": std::env::vars().collect::<Vec<_>>(),
        "setting": config::get("setting"),
        "secret": config::get("stripe"),
        "seconds": SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
        "sleptMillis": begun.elapsed().as_millis() as u64,
        "random": wasi::random::random::get_random_u64(),
        "files": std::fs::read_dir("/").is_ok(),
        "sockets": std::net::TcpStream::connect("127.0.0.1:1").map_err(|error| error.kind().to_string()).err(),
    });
    let emission = Emission::new(ECHOED).json(&found);
    match wanted.source {
        Some(source) => emission.source(&source),
        None => emission,
    }
}
plugin!(look);

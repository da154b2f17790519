//! What the tests share: a host in a process of its own, spoken to over HTTP.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing that a test waits for takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The result of what a test does with a host.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The clone.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the clone").to_owned()
}

/// The binary, beside the tests' own in the target folder.
#[must_use]
pub fn oyez() -> PathBuf {
    let tests = std::env::current_exe().expect("a test has a file");
    let folder = tests.ancestors().nth(2).expect("tests lie in `deps`, below the profile's folder");
    let oyez = folder.join("oyez");
    assert!(oyez.is_file(), "{} is not there: `cargo build --workspace` makes it", oyez.display());
    oyez
}

/// A component of `plugins/dist`, such as `shop-email` or `guests/echo`.
#[must_use]
pub fn component(name: &str) -> Vec<u8> {
    let path = root().join(format!("plugins/dist/{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: `cargo xtask plugins` makes it", path.display()))
}

/// The same component as another build: with a custom section at its end, which changes its bytes and nothing else.
#[must_use]
pub fn rebuilt(mut component: Vec<u8>, build: u8) -> Vec<u8> {
    component.extend([0, 3, 1, b'b', build]);
    component
}

/// A host in a process of its own; killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Running {
    /// Starts `oyez run` in a folder, on a free port.
    ///
    /// # Errors
    /// It does not start; what it said stands in the error.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new(oyez());
        Self::spawn(command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder), folder)
    }

    /// Starts a command that prints `listening on http://ADDR`; its log goes to `log` in the folder.
    ///
    /// # Errors
    /// It does not start; what it said stands in the error.
    pub fn spawn(command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join("log");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::options().create(true).append(true).open(&log)?).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let _ = child.wait();
            return Err(format!("the host did not start: {line}{}", std::fs::read_to_string(log)?).into());
        };
        Ok(Self { url: url.to_owned(), child })
    }

    /// Kills it, as a power cut would.
    ///
    /// # Errors
    /// It is gone already.
    pub fn kill(&mut self) -> io::Result<()> {
        // It may be dead already.
        let _ = self.child.kill();
        self.child.wait().map(drop)
    }

    /// Kills it while others still speak to it.
    pub fn kill_from_afar(&self) {
        let _ = Command::new("kill").args(["-KILL", &self.child.id().to_string()]).status();
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// It ends badly.
    pub fn terminate(&mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the host ended with {status}").into()) }
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// No answer, or one of another status than 200.
    pub fn get(&self, path: &str) -> Result<Value> {
        Ok(ureq::get(format!("{}{path}", self.url)).call()?.body_mut().with_config().limit(64 << 20).read_json()?)
    }

    /// Publishes events in batch mode; gives back the receipts.
    ///
    /// # Errors
    /// No answer, or one of another status than 202.
    pub fn publish(&self, events: &[Value]) -> Result<Vec<Value>> {
        let request = ureq::post(&self.url).content_type("application/cloudevents-batch+json");
        let mut response = request.send(serde_json::to_vec(events)?)?;
        Ok(response.body_mut().read_json()?)
    }

    /// Every event in the log, in order.
    ///
    /// # Errors
    /// No answer.
    pub fn events(&self) -> Result<Vec<Value>> {
        let (mut all, mut from) = (Vec::new(), 0);
        loop {
            let mut page = self.get(&format!("/v1/events?from={from}&limit=1000"))?;
            let Value::Array(items) = page["items"].take() else { return Err("a page without items".into()) };
            all.extend(items);
            match page["next"].as_u64() {
                Some(next) => from = next,
                None => return Ok(all),
            }
        }
    }

    /// The subscriptions by name.
    ///
    /// # Errors
    /// No answer.
    pub fn subscriptions(&self) -> Result<HashMap<String, Value>> {
        let Value::Array(items) = self.get("/v1/subscriptions")?["items"].take() else { return Err("no items".into()) };
        Ok(items.into_iter().map(|item| (item["subscription"].as_str().unwrap_or_default().to_owned(), item)).collect())
    }

    /// How many of a subscription's deliveries are in a state.
    ///
    /// # Errors
    /// No answer.
    pub fn count(&self, subscription: &str, state: &str) -> Result<u64> {
        Ok(self.subscriptions()?.get(subscription).and_then(|s| s["counts"][state].as_u64()).unwrap_or(0))
    }

    /// Waits until it is ready. A host that is read-only gives back why.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_ready(&self) -> Result<Option<String>> {
        let mut damage = None;
        until("the first scan of the folder", || {
            let mut ready = ureq::get(format!("{}/readyz", self.url)).config().http_status_as_error(false).build().call()?;
            let body: Value = ready.body_mut().read_json()?;
            damage = (body["code"] == "log-damaged").then(|| body["detail"].to_string());
            Ok(ready.status() == 200 || damage.is_some())
        })?;
        Ok(damage)
    }

    /// Waits until every subscription is at the end of the log, with nothing under way.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_settled(&self) -> Result<()> {
        until("the end of all deliveries", || {
            let still = |s: &Value| s["lag"] == 0 && ["pending", "in-flight", "waiting"].iter().all(|state| s["counts"][state] == 0);
            Ok(self.subscriptions()?.values().all(|s| s["attached"] == false || still(s)))
        })
    }

    /// Waits until a plugin is in a state.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_plugin(&self, name: &str, is: impl Fn(Option<&Value>) -> bool) -> Result<()> {
        until(&format!("the plugin {name}"), || {
            let plugins = self.get("/v1/plugins")?;
            let found = plugins["items"].as_array().and_then(|items| items.iter().find(|plugin| plugin["name"] == name));
            Ok(is(found))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again until it is so: another process tells of nothing else.
///
/// # Errors
/// It does not become so within two minutes, or asking fails.
pub fn until(what: &str, mut is: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is()? {
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited in vain for {what}").into());
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Ok(())
}

/// An event for the tests' guests.
#[must_use]
pub fn event(id: &str, ty: &str, subject: &str, data: &Value) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/tests", "type": ty, "subject": subject, "datacontenttype": "application/json", "data": data })
}

/// An order for the shop.
#[must_use]
pub fn order(i: usize) -> Value {
    let id = format!("o-{i}");
    let data = json!({ "orderId": id, "userId": format!("u-{}", i % 97), "items": [{ "sku": "soup", "quantity": 1 }], "amount": 12 });
    event(&format!("placed-{i}"), "shop.order.placed.v1", &id, &data)
}

//! A running host, and how the demo talks to it: over HTTP, as anybody would.

use crate::{Error, Result};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing in the demo takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running `oyez run`; stopped when it is dropped, unless it is kept.
#[derive(Debug)]
pub(crate) struct Running {
    child: Option<Child>,
    oyez: PathBuf,
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
}

impl Running {
    /// Starts a host in an empty folder of its own, on a free port.
    ///
    /// # Errors
    /// It does not start; what it said stands in `oyez.log`.
    pub(crate) fn start(oyez: &Path) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("oyez-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let log = folder.join("oyez.log");
        let stderr = File::create(&log).map_err(Error::io(&log))?;
        let mut command = Command::new(oyez);
        command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().map_err(|source| Error::NoProgram { program: oyez.display().to_string(), source })?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).map_err(Error::io(&log))?;
        let Some(url) = line.trim().strip_prefix("listening on ").map(str::to_owned) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::NotStarted { log });
        };
        Ok(Self { child: Some(child), oyez: oyez.to_owned(), url, folder })
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// The host does not answer, or says no.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let http = |source| Error::Http { what: format!("GET {path}"), source: Box::new(source) };
        ureq::get(format!("{}{path}", self.url)).call().map_err(http)?.body_mut().read_json().map_err(http)
    }

    /// Publishes one event in binary mode; gives back its sequence.
    ///
    /// # Errors
    /// The host does not answer, or says no.
    pub(crate) fn publish(&self, id: &str, ty: &str, subject: &str, data: &Value) -> Result<u64> {
        let http = |source| Error::Http { what: format!("publishing `{id}`"), source: Box::new(source) };
        let request = ureq::post(&self.url).header("ce-specversion", "1.0").header("ce-id", id).header("ce-type", ty);
        let request = request.header("ce-source", "/shop/web").header("ce-subject", subject);
        let receipt: Value = request.send_json(data).map_err(http)?.body_mut().read_json().map_err(http)?;
        Ok(receipt["sequence"].as_u64().unwrap_or_default())
    }

    /// Runs a command of ours against it, and shows what it prints.
    ///
    /// # Errors
    /// It ends badly.
    pub(crate) fn oyez(&self, args: &[&str]) -> Result<()> {
        println!("    $ oyez {}", args.join(" "));
        let output = crate::process::capture(Command::new(&self.oyez).args(args).args(["--url", &self.url]).current_dir(&self.folder))?;
        output.lines().for_each(|line| println!("      {line}"));
        Ok(())
    }

    /// Copies a plugin into the folder.
    ///
    /// # Errors
    /// It cannot be copied.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join("plugins").join(name);
        std::fs::write(&path, bytes).map_err(Error::io(&path))
    }

    /// Takes a file out of the folder.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let path = self.folder.join("plugins").join(name);
        std::fs::remove_file(&path).map_err(Error::io(&path))
    }

    /// A plugin as the host lists it.
    ///
    /// # Errors
    /// The host does not answer.
    pub(crate) fn plugin(&self, name: &str) -> Result<Option<Value>> {
        let plugins = self.get("/v1/plugins")?;
        Ok(plugins["items"].as_array().into_iter().flatten().find(|plugin| plugin["name"] == name).cloned())
    }

    /// Waits until it is so; gives back how long that took.
    ///
    /// # Errors
    /// It does not become so in a minute.
    pub(crate) fn until(&self, what: &str, mut is: impl FnMut(&Self) -> Result<bool>) -> Result<Duration> {
        let begun = Instant::now();
        while !is(self)? {
            if begun.elapsed() > PATIENCE {
                return Err(Error::NeverCame { what: what.to_owned(), log: self.folder.join("oyez.log") });
            }
            look_again_later();
        }
        Ok(begun.elapsed())
    }

    /// Waits until every delivery is settled or dead.
    ///
    /// # Errors
    /// That does not come.
    pub(crate) fn until_settled(&self) -> Result<Duration> {
        self.until("the end of all deliveries", |host| {
            let all = host.get("/v1/subscriptions")?;
            let still = |s: &Value| {
                let open: u64 = ["pending", "in-flight", "waiting"].iter().filter_map(|state| s["counts"][state].as_u64()).sum();
                s["attached"] == false || (s["lag"] == 0 && open == 0)
            };
            Ok(all["items"].as_array().into_iter().flatten().all(still))
        })
    }

    /// Leaves it running.
    pub(crate) fn keep(mut self) -> Option<u32> {
        self.child.take().map(|child| child.id())
    }

    /// Stops it in order, and clears up.
    ///
    /// # Errors
    /// It does not end well.
    pub(crate) fn stop(mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        crate::process::run(Command::new("kill").args(["-TERM", &child.id().to_string()]))?;
        let log = self.folder.join("oyez.log");
        let status = child.wait().map_err(Error::io(&log))?;
        if !status.success() {
            return Err(Error::Failed { command: "oyez run".to_owned(), status, stderr: format!("see {}", log.display()) });
        }
        std::fs::remove_dir_all(&self.folder).map_err(Error::io(&self.folder))
    }
}

/// The host tells nobody of a change in its plugins yet, so that we look now and then.
#[allow(clippy::disallowed_methods, reason = "a person is watching, and no test depends on it")]
fn look_again_later() {
    std::thread::sleep(LOOK_EVERY);
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

//! A host in a process of its own: started, killed, stopped.

use crate::{Client, Result, oyez};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A host that may not listen yet; killed when it is dropped.
#[derive(Debug)]
pub struct Starting {
    host: Process,
    stdout: ChildStdout,
    log: PathBuf,
}

/// A host in a process of its own; killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    process: Process,
    client: Client,
}

#[derive(Debug)]
struct Process(Child);

impl Starting {
    /// Starts a command that prints `listening on http://ADDR`; its log goes to `log` in the folder.
    ///
    /// # Errors
    /// There is no such program.
    pub fn spawn(command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join("log");
        let stderr = File::options().create(true).append(true).open(&log)?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        Ok(Self { host: Process(child), stdout, log })
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// It does not start; what it said stands in the error.
    pub fn listening(self) -> Result<Running> {
        let Self { mut host, stdout, log } = self;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            host.0.wait()?;
            return Err(format!("the host did not start: {line}{}", fs::read_to_string(log)?).into());
        };
        Ok(Running { client: Client { url: url.to_owned() }, process: host })
    }

    /// Kills it before anybody heard of it; gives back whether it listened already.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn kill(self) -> Result<bool> {
        let Self { mut host, stdout, .. } = self;
        host.kill()?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        Ok(!line.is_empty())
    }
}

impl Running {
    /// Starts `oyez run` in a folder, on a free port.
    ///
    /// # Errors
    /// It does not start; what it said stands in the error.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new(oyez());
        Starting::spawn(command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder), folder)?.listening()
    }

    /// Starts `oyez run` in a folder with arguments of its own.
    ///
    /// # Errors
    /// It does not start; what it said stands in the error.
    pub fn start_with(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(oyez());
        command.arg("run").args(args).envs(environment.iter().copied()).current_dir(folder);
        Starting::spawn(&mut command, folder)?.listening()
    }

    /// Sends it a signal, by its name.
    ///
    /// # Errors
    /// There is no program `kill`.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        Command::new("kill").args([&format!("-{name}"), &self.process.0.id().to_string()]).status().map(drop)
    }

    /// How it is spoken to, for others too.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn is_alive(&mut self) -> io::Result<bool> {
        Ok(self.process.0.try_wait()?.is_none())
    }

    /// Kills it, as a power cut would.
    ///
    /// # Errors
    /// It is gone already.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Asks it to stop in order, and does not wait for that.
    ///
    /// # Errors
    /// There is no program `kill`.
    pub fn ask_to_stop(&self) -> io::Result<()> {
        self.signal("TERM")
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// It ends badly.
    pub fn terminate(&mut self) -> Result<()> {
        self.ask_to_stop()?;
        let status = self.process.0.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the host ended with {status}").into()) }
    }
}

impl Deref for Running {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Process {
    fn kill(&mut self) -> io::Result<()> {
        // It may be dead already.
        let _ = self.0.kill();
        self.0.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

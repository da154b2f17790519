//! The host's side of the compiler child: started afresh for each component, and read by how it ends.

use super::turns::Turns;
use super::worker::{Bounds, REFUSED, Task};
use crate::error::SandboxError;
use crate::executor::{Account, Executor};
use crate::load::{self, error};
use oyez_model::port::LoadError;
use rustix::process::{Pid, Signal};
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Children side by side, or by turns: a component that takes long holds up one at most.
const CHILDREN_MAX: usize = 2;
/// What one may use: more than twice what the largest honest guest takes (a whole Python in 18 MB: 330 MiB, 21 s unoptimised, 35 MiB of code).
pub(crate) const BOUNDS: Bounds = Bounds { cpu: 60, memory: 1 << 30, artefact: 256 << 20 };
/// How long one may take, whatever else the machine does: a child gives way to everybody.
const WALL_MAX: Duration = Duration::from_secs(20 * 60);
/// What is read of its standard error, in bytes.
const SAID_BYTES_MAX: u64 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Child {
    program: PathBuf,
    room: Semaphore,
    /// What they have of the threads for long attempts is what one plugin would have.
    account: Arc<Account>,
}

impl Child {
    /// Makes sure that the program is there, and compiles for this engine.
    ///
    /// # Errors
    /// It is not, or it is of another version.
    pub(super) fn start(program: PathBuf, fingerprint: u64) -> Result<Self, SandboxError> {
        let asked = std::process::Command::new(&program).arg("compile-worker").args(Task::Fingerprint.to_args()).env_clear().output();
        let answer = asked.map_err(|source| SandboxError::CompilerMissing { program: program.clone(), source })?;
        if String::from_utf8_lossy(&answer.stdout).trim() == fingerprint.to_string() {
            return Ok(Self { program, room: Semaphore::new(CHILDREN_MAX), account: Arc::new(Account::new()) });
        }
        Err(SandboxError::CompilerDiffers { program })
    }

    /// Compiles into a file. The child ends with the future.
    ///
    /// # Errors
    /// The component is refused, or takes more than a child may use.
    pub(super) async fn compile(&self, executor: &Executor, wasm: Arc<[u8]>, into: &File) -> Result<(), LoadError> {
        let _room = self.room.acquire().await.expect("the semaphore is never closed");
        let compiling = self.ended(executor, wasm, into);
        let (status, said) = match timeout(WALL_MAX, compiling).await {
            Ok(ended) => ended.map_err(|e| error("no-room", format!("its compiler cannot be started: {e}")))?,
            Err(_) => return Err(too_long(&format!("more than {} s", WALL_MAX.as_secs()))),
        };
        judge(status, &said)
    }

    /// How it ended, and what it said.
    async fn ended(&self, executor: &Executor, wasm: Arc<[u8]>, into: &File) -> std::io::Result<(ExitStatus, String)> {
        let mut child = Command::new(&self.program)
            .arg("compile-worker")
            .args(Task::Compile(BOUNDS).to_args())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(into.try_clone()?)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (mut stdin, stderr) = (child.stdin.take().expect("it is piped"), child.stderr.take().expect("it is piped"));
        let feed = async {
            // One that ends before it has read all says why.
            let _ = stdin.write_all(&wasm).await;
            drop((stdin, wasm));
        };
        let listen = async {
            let mut said = Vec::new();
            let _ = stderr.take(SAID_BYTES_MAX).read_to_end(&mut said).await;
            String::from_utf8_lossy(&said).trim().to_owned()
        };
        let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("nobody waited for it");
        let turns = executor.spawn_long(&self.account, Turns::of(process)?.take());
        let done = async {
            let ((), said) = tokio::join!(feed, listen);
            Ok((child.wait().await?, said))
        };
        let taken = async { turns.await.map_err(|_| std::io::Error::other("the host stops")) };
        Ok(tokio::try_join!(done, taken)?.0)
    }
}

/// What its end says of the component.
fn judge(status: ExitStatus, said: &str) -> Result<(), LoadError> {
    if status.success() {
        return Ok(());
    }
    if status.code() == Some(i32::from(REFUSED)) {
        return Err(load::refused(said));
    }
    let signal = status.signal().unwrap_or_default();
    if [Signal::XCPU, Signal::KILL].iter().any(|end| end.as_raw() == signal) {
        return Err(too_long(&format!("more than {} s of processor time", BOUNDS.cpu)));
    }
    if signal == Signal::XFSZ.as_raw() {
        return Err(too_long(&format!("more than {} bytes of machine code", BOUNDS.artefact)));
    }
    if said.contains("memory allocation") {
        return Err(too_long(&format!("more than {} bytes of memory", BOUNDS.memory)));
    }
    // A stack that ran over, mostly: what is nested too deeply.
    let last = said.lines().last().unwrap_or_default();
    Err(error(
        "invalid-component",
        format!("its compiler ended with {status} over it ({last}): build it with less nesting, or report it, with the file"),
    ))
}

fn too_long(what: &str) -> LoadError {
    error("compile-limit", format!("to compile it takes {what}, over the limit: make it smaller, or cut its largest functions up"))
}

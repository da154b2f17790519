//! Other programs, run to their end, with errors that say which one failed and what it said.

use crate::{Error, Result};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Runs it with our own standard output and error, for programs that show their progress.
///
/// # Errors
/// It cannot be started, or ends badly.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(not_started(command))?;
    ended(command, status, "")
}

/// Runs it and gives back what it prints; what it says on standard error stands in the error.
///
/// # Errors
/// It cannot be started, ends badly, or prints what is not UTF-8.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(not_started(command))?;
    ended(command, output.status, &String::from_utf8_lossy(&output.stderr))?;
    String::from_utf8(output.stdout).map_err(|_| Error::Unreadable { command: shown(command), what: "no UTF-8".to_owned() })
}

/// Runs it and hands over each line that it prints as it comes; its standard error is ours.
///
/// # Errors
/// It cannot be started, ends badly, or a line is refused.
pub(crate) fn each_line(command: &mut Command, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(not_started(command))?;
    let stdout = child.stdout.take().expect("it is piped");
    let read = BufReader::new(stdout).lines().try_for_each(|line| match line {
        Ok(line) => take(&line),
        Err(e) => Err(Error::Unreadable { command: shown(command), what: e.to_string() }),
    });
    let status = child.wait().map_err(not_started(command))?;
    ended(command, status, "")?;
    read
}

/// Runs `first | second`.
///
/// # Errors
/// One of them cannot be started, or ends badly.
pub(crate) fn pipe(first: &mut Command, second: &mut Command) -> Result<()> {
    let mut source = first.stdout(Stdio::piped()).spawn().map_err(not_started(first))?;
    let pipe = source.stdout.take().expect("it is piped");
    let sunk = run(second.stdin(pipe));
    let status = source.wait().map_err(not_started(first))?;
    sunk.and_then(|()| ended(first, status, ""))
}

/// Runs it quietly, and stops it when the time is up.
///
/// # Errors
/// It cannot be started, ends badly, or does not end in time.
pub(crate) fn within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(not_started(command))?;
    let Some(stderr) = last_words(&mut child, limit) else {
        // It may have ended just now, which is as good.
        let _ = child.kill();
        let _ = child.wait();
        return Err(Error::TooLong { command: shown(command), seconds: limit.as_secs() });
    };
    let status = child.wait().map_err(not_started(command))?;
    ended(command, status, &stderr)
}

/// What it says on standard error until it closes that, which a program does when it ends.
fn last_words(child: &mut Child, limit: Duration) -> Option<String> {
    let mut pipe = child.stderr.take().expect("it is piped");
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before an error is all there is to say; and nobody listens any more if the time is up.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive.recv_timeout(limit).ok()
}

fn not_started(command: &Command) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let program = command.get_program().to_string_lossy().into_owned();
    |source| Error::NoProgram { program, source }
}

fn ended(command: &Command, status: ExitStatus, stderr: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: shown(command), status, stderr: stderr.trim().to_owned() })
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let limit = Duration::from_millis(50);
        assert!(matches!(within(&mut sh("exec tail -f /dev/null"), limit), Err(Error::TooLong { .. })));
        assert!(within(&mut sh("exit 0"), Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn what_a_program_says_stands_in_the_error() {
        let error = capture(&mut sh("echo no room >&2; exit 3")).unwrap_err().to_string();
        assert!(error.contains("no room") && error.contains("exit status: 3"), "{error}");
        assert!(matches!(capture(&mut Command::new("no-such-program")), Err(Error::NoProgram { .. })));
    }

    #[test]
    fn either_end_of_a_pipe_may_fail_it() {
        assert!(pipe(&mut sh("echo x"), &mut sh("read x && test $x = x")).is_ok());
        assert!(pipe(&mut sh("echo x; exit 1"), &mut sh("read x")).is_err());
        assert!(pipe(&mut sh("echo x"), &mut sh("read x; exit 1")).is_err());
    }
}

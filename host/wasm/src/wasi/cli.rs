//! `wasi:cli`: no arguments, of the environment what was granted, nothing to read, and what is written is kept for the log.

use crate::instance::{Channel, Guest, Shared};
use std::sync::Arc;
use wasmtime::component::Resource;
use wasmtime::{Error, Result};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};
use wasmtime_wasi::p2::pipe::ClosedInputStream;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::bytes::Bytes;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream, OutputStream, StreamResult};

/// What a guest may write at once, in bytes.
const WRITE_BYTES_MAX: usize = 4096;

struct Written {
    shared: Arc<Shared>,
    channel: Channel,
}

#[async_trait]
impl Pollable for Written {
    async fn ready(&mut self) {}
}

impl OutputStream for Written {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.shared.output.lock().write(self.channel, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

fn stream(guest: &mut Guest, channel: Channel) -> Result<Resource<DynOutputStream>> {
    let stream: DynOutputStream = Box::new(Written { shared: guest.shared.clone(), channel });
    Ok(guest.table.push(stream)?)
}

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> Result<Resource<DynInputStream>> {
        let closed: DynInputStream = Box::new(ClosedInputStream);
        Ok(self.table.push(closed)?)
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> Result<Resource<DynOutputStream>> {
        stream(self, Channel::Out)
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> Result<Resource<DynOutputStream>> {
        stream(self, Channel::Err)
    }
}

impl environment::Host for Guest {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>> {
        Ok(self.environment.to_vec())
    }

    fn get_arguments(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}

impl exit::Host for Guest {
    fn exit(&mut self, status: std::result::Result<(), ()>) -> Result<()> {
        Err(Error::new(I32Exit(status.is_err().into())))
    }

    fn exit_with_code(&mut self, code: u8) -> Result<()> {
        Err(Error::new(I32Exit(code.into())))
    }
}

impl terminal_input::Host for Guest {}

impl terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, terminal: Resource<terminal_input::TerminalInput>) -> Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl terminal_output::Host for Guest {}

impl terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, terminal: Resource<terminal_output::TerminalOutput>) -> Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl terminal_stdin::Host for Guest {
    fn get_terminal_stdin(&mut self) -> Result<Option<Resource<terminal_input::TerminalInput>>> {
        Ok(None)
    }
}

impl terminal_stdout::Host for Guest {
    fn get_terminal_stdout(&mut self) -> Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}

impl terminal_stderr::Host for Guest {
    fn get_terminal_stderr(&mut self) -> Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}

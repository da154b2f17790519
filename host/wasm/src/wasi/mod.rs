//! The inert baseline: always linked, never asked for, and the same on every attempt and replay.
//!
//! Linked interface by interface. Streams, files and sockets are wasmtime's own, over an empty directory and a refusal of every
//! address; clocks, polling, randomness, standard streams, configuration and logging are ours.

mod cli;
mod clock;
mod config;
mod keyvalue;
mod logging;
mod poll;
mod random;

pub(crate) use random::{BYTES_MAX as RANDOM_BYTES_MAX, RandomTooLong};

use crate::instance::Guest;
use wasmtime::Result;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::{cli as wasi_cli, clocks, filesystem, random as wasi_random, sockets};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsCtxView};
use wasmtime_wasi_http::p2::bindings::http as wasi_http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView};
use wasmtime_wasi_io::bindings::wasi::io;

/// Host functions over the whole guest.
struct Whole;

impl HasData for Whole {
    type Data<'a> = &'a mut Guest;
}

/// Host functions over its resources only.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn whole(guest: &mut Guest) -> &mut Guest {
    guest
}

fn table(guest: &mut Guest) -> &mut ResourceTable {
    &mut guest.table
}

fn files(guest: &mut Guest) -> WasiFilesystemCtxView<'_> {
    WasiFilesystemCtxView { ctx: &mut guest.filesystem, table: &mut guest.table }
}

fn network(guest: &mut Guest) -> WasiSocketsCtxView<'_> {
    WasiSocketsCtxView { ctx: &mut guest.sockets, table: &mut guest.table }
}

fn http(guest: &mut Guest) -> WasiHttpCtxView<'_> {
    WasiHttpCtxView { hooks: &mut guest.outgoing, table: &mut guest.table, ctx: &mut guest.http }
}

/// Links all of it.
///
/// # Errors
/// A name that is linked twice.
pub(crate) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    io::error::add_to_linker::<Guest, Table>(linker, table)?;
    io::streams::add_to_linker::<Guest, Table>(linker, table)?;
    io::poll::add_to_linker::<Guest, poll::Polling>(linker, poll::view)?;
    clocks::monotonic_clock::add_to_linker::<Guest, Whole>(linker, whole)?;
    clocks::wall_clock::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_random::random::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_random::insecure::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_random::insecure_seed::add_to_linker::<Guest, Whole>(linker, whole)?;
    link_cli(linker)?;
    link_outside(linker)?;
    config::link(linker)?;
    keyvalue::link(linker)?;
    link_http(linker)?;
    logging::link(linker)
}

/// Linked for all; who was not granted it is not loaded, and during `describe` it is refused.
fn link_http(linker: &mut Linker<Guest>) -> Result<()> {
    let options = wasmtime_wasi_http::p2::bindings::LinkOptions::default();
    wasi_http::outgoing_handler::add_to_linker::<Guest, WasiHttp>(linker, http)?;
    wasi_http::types::add_to_linker::<Guest, WasiHttp>(linker, &options.into(), http)
}

fn link_cli(linker: &mut Linker<Guest>) -> Result<()> {
    wasi_cli::environment::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::exit::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::stdin::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::stdout::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::stderr::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::terminal_input::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::terminal_output::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::terminal_stdin::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::terminal_stdout::add_to_linker::<Guest, Whole>(linker, whole)?;
    wasi_cli::terminal_stderr::add_to_linker::<Guest, Whole>(linker, whole)
}

fn link_outside(linker: &mut Linker<Guest>) -> Result<()> {
    filesystem::types::add_to_linker::<Guest, WasiFilesystem>(linker, files)?;
    filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(linker, files)?;
    sockets::network::add_to_linker::<Guest, WasiSockets>(linker, &sockets::network::LinkOptions::default(), network)?;
    sockets::instance_network::add_to_linker::<Guest, WasiSockets>(linker, network)?;
    sockets::ip_name_lookup::add_to_linker::<Guest, WasiSockets>(linker, network)?;
    sockets::tcp::add_to_linker::<Guest, WasiSockets>(linker, network)?;
    sockets::tcp_create_socket::add_to_linker::<Guest, WasiSockets>(linker, network)?;
    sockets::udp::add_to_linker::<Guest, WasiSockets>(linker, network)?;
    sockets::udp_create_socket::add_to_linker::<Guest, WasiSockets>(linker, network)
}

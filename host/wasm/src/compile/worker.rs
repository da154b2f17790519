//! The child: a component on its standard input, machine code on its standard output, under limits that it sets itself.

use super::UNFIT;
use crate::engine;
use crate::priority::give_way;
use object::read::elf::ElfFile64;
use object::{Endianness, Object, ObjectSection};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use std::io::{self, Read, Write};
use std::process::ExitCode;

/// How it ends where the bytes are refused: the reason is on its standard error.
pub(super) const REFUSED: u8 = 65;
/// How it ends where it was started by somebody else.
const USAGE: u8 = 2;
/// What a host unpacks of an artefact, in bytes: types, functions, instances. A whole Python has 0.5 MiB of it. The rest is mapped.
pub(super) const TOLD_BYTES_MAX: u64 = 2 << 20;
/// Where that stands in an artefact, which is an ELF file.
const TOLD_SECTION: &str = ".wasmtime.info";
/// It gives way to everybody.
const NICE: i32 = 19;

/// What it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Says which engine it compiles for.
    Fingerprint,
    /// Compiles.
    Compile(Bounds),
}

/// What it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Processor time, in seconds.
    pub(crate) cpu: u64,
    /// Address space, in bytes.
    pub(crate) memory: u64,
    /// What it writes, in bytes.
    pub(crate) artefact: u64,
}

impl Task {
    /// As arguments of the child, behind the name of its command.
    pub(super) fn to_args(self) -> Vec<String> {
        match self {
            Self::Fingerprint => vec!["fingerprint".to_owned()],
            Self::Compile(Bounds { cpu, memory, artefact }) => [cpu, memory, artefact].map(|bound| bound.to_string()).to_vec(),
        }
    }

    fn of(args: &[String]) -> Option<Self> {
        match args {
            [task] if task == "fingerprint" => Some(Self::Fingerprint),
            [cpu, memory, artefact] => {
                Some(Self::Compile(Bounds { cpu: cpu.parse().ok()?, memory: memory.parse().ok()?, artefact: artefact.parse().ok()? }))
            }
            _ => None,
        }
    }
}

/// What the compiler child of [`SandboxBuilder::compile_in_child`](crate::SandboxBuilder::compile_in_child) does: `oyez compile-worker` is
/// this and nothing else. An embedder who ships no `oyez` gives it a program of his own, built with this version of the crate, whose
/// `main` calls this with the arguments that follow `compile-worker`. It never returns to other work: end with what it gives.
#[must_use]
pub fn compile_worker(args: &[String]) -> ExitCode {
    let done = match Task::of(args) {
        Some(Task::Fingerprint) => engine::for_artefacts().map(|engine| println!("{}", super::fingerprint(&engine))).map_err(|e| format!("{e:#}")),
        Some(Task::Compile(bounds)) => compile(bounds),
        None => {
            eprintln!("compile-worker is started by a host of the same version, and by nobody else");
            return ExitCode::from(USAGE);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(REFUSED)
        }
    }
}

fn compile(bounds: Bounds) -> Result<(), String> {
    confine(bounds).map_err(|e| format!("the compiler cannot limit itself: {e}"))?;
    let mut wasm = Vec::new();
    io::stdin().read_to_end(&mut wasm).map_err(|e| format!("the component cannot be read: {e}"))?;
    let engine = engine::for_artefacts().map_err(|e| format!("{e:#}"))?;
    let artefact = super::bounded(&wasm, |wasm| engine.precompile_component(wasm))?;
    let told = told_bytes(&artefact).ok_or("the compiler's own artefact cannot be read: report it, with the file")?;
    if told > TOLD_BYTES_MAX {
        return Err(format!("{UNFIT}: its types, functions and instances take {told} bytes, over the limit of {TOLD_BYTES_MAX}"));
    }
    io::stdout().write_all(&artefact).map_err(|e| format!("what it compiles to, {} bytes, cannot be written: {e}", artefact.len()))
}

/// How much a host unpacks of an artefact, in bytes.
fn told_bytes(artefact: &[u8]) -> Option<u64> {
    let file = ElfFile64::<Endianness>::parse(artefact).ok()?;
    Some(file.section_by_name(TOLD_SECTION)?.size())
}

/// Before it has seen a byte of the component.
fn confine(bounds: Bounds) -> io::Result<()> {
    // It is of no use to anybody once its host is gone.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    give_way(NICE)?;
    let most = |resource, bound| setrlimit(resource, Rlimit { current: Some(bound), maximum: Some(bound) });
    most(Resource::Cpu, bounds.cpu)?;
    most(Resource::As, bounds.memory)?;
    most(Resource::Fsize, bounds.artefact)?;
    most(Resource::Core, 0)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_what_its_arguments_say() {
        for task in [Task::Fingerprint, Task::Compile(Bounds { cpu: 1, memory: 2, artefact: 3 })] {
            assert_eq!(Task::of(&task.to_args()), Some(task));
        }
        for other in [vec![], vec!["1"], vec!["1", "2", "x"], vec!["1", "2", "3", "4"]] {
            assert_eq!(Task::of(&other.into_iter().map(str::to_owned).collect::<Vec<_>>()), None);
        }
    }
}

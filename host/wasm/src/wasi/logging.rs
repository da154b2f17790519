//! `wasi:logging`, under every name that guests are built with.

use crate::instance::Guest;
use tracing::Level;
use wasmtime::component::{ComponentType, Lift, Linker};
use wasmtime::{Result, StoreContextMut};

/// The names in use.
pub(super) const NAMES: [&str; 2] = ["wasi:logging/logging", "wasi:logging/logging@0.1.0-draft"];

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "made by lifting only")]
enum Severity {
    #[component(name = "trace")]
    Trace,
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
    #[component(name = "critical")]
    Critical,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Trace => Self::TRACE,
            Severity::Debug => Self::DEBUG,
            Severity::Info => Self::INFO,
            Severity::Warn => Self::WARN,
            Severity::Error | Severity::Critical => Self::ERROR,
        }
    }
}

/// Links it.
pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    for name in NAMES {
        let log = |cx: StoreContextMut<'_, Guest>, (severity, context, message): (Severity, String, String)| {
            cx.data().shared.output.lock().log(severity.into(), &context, &message);
            Ok(())
        };
        linker.instance(name)?.func_wrap("log", log)?;
    }
    Ok(())
}

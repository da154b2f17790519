//! Link what was compiled with what is always there.

use super::{error, imports};
use crate::artefact::Linked;
use crate::bindings::PluginPre;
use crate::compile;
use crate::engine::{CORE_INSTANCES_MAX, MEMORIES_MAX, MEMORY_BYTES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX};
use crate::host::Host;
use crate::instance::Guest;
use oyez_model::Grants;
use oyez_model::port::LoadError;
use wasmtime::component::Component;

/// What the compiler says where a component does not fit the pool: its error has no type.
const UNFIT: [&str; 4] = ["in the pooling allocator", "fit in pooling allocator requirements", "exceeds the configured maximum", compile::UNFIT];

/// Links.
///
/// # Errors
/// What it is not, what it lacks, what it wants too much of.
pub(super) fn link(host: &Host, component: &Component, grants: &Grants) -> Result<Linked, LoadError> {
    fits(component)?;
    imports::offers_a_handler(&host.engine, component)?;
    let asks = imports::asks(&host.engine, component);
    imports::are_granted(&asks, grants)?;
    Ok(Linked { pre: tie(host, component)?, asks })
}

/// Ties its imports to what the host has, whatever is granted.
///
/// # Errors
/// The host has not all of them, or its exports have other types than a plugin's.
pub(super) fn tie(host: &Host, component: &Component) -> Result<PluginPre<Guest>, LoadError> {
    let linked = host.linker.instantiate_pre(component).map_err(|e| imports::unknown(&host.engine, component, &e))?;
    PluginPre::new(linked)
        .map_err(|e| error("no-handler", format!("its `oyez:plugin` differs from this host's: {e:#}; build it against the host's own `wit/`")))
}

/// What a compiler, or what loads its artefacts, says of a component.
pub(crate) fn refused(text: &str) -> LoadError {
    if UNFIT.iter().any(|unfit| text.contains(unfit)) {
        too_many(text)
    } else {
        error("invalid-component", format!("the component does not compile: {text}"))
    }
}

/// Without a pool nobody else looks.
pub(super) fn fits(component: &Component) -> Result<(), LoadError> {
    let Some(wants) = component.resources_required() else {
        return Err(too_many("it instantiates modules that it is given, so what it needs cannot be known"));
    };
    if wants.num_memories > MEMORIES_MAX || wants.num_tables > TABLES_MAX {
        return Err(too_many(&format!("it has {} memories and {} tables", wants.num_memories, wants.num_tables)));
    }
    if wants.max_initial_memory_size.is_some_and(|bytes| bytes > MEMORY_BYTES_MAX as u64)
        || wants.max_initial_table_size.is_some_and(|elements| elements > TABLE_ELEMENTS_MAX as u64)
    {
        return Err(too_many("a memory or table of it begins too large"));
    }
    Ok(())
}

fn too_many(what: &str) -> LoadError {
    let message = format!(
        "the component wants more than one instance may have: {what}; the limits are {CORE_INSTANCES_MAX} core instances, \
         {MEMORIES_MAX} memories of {MEMORY_BYTES_MAX} bytes and {TABLES_MAX} tables of {TABLE_ELEMENTS_MAX} elements: link it into fewer modules"
    );
    error("too-many-resources", message)
}

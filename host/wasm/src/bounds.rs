//! The limits that no setting moves, in one list: for who shows what holds for a plugin.

use crate::compile::{BOUNDS, TYPES_MAX};
use crate::engine::{CORE_INSTANCES_MAX, CORE_STACK_BYTES, MEMORIES_MAX, MEMORY_BYTES_MAX, STACK_BYTES, TABLE_ELEMENTS_MAX, TABLES_MAX};
use crate::instance::{KEPT_BYTES_MAX, RESOURCES_MAX};
use crate::load::describe;
use crate::voice;
use crate::wasi::RANDOM_BYTES_MAX;
use oyez_model::Unit;
use oyez_model::bounds::{Bound, COMPONENT_BYTES_MAX, OF_PLUGINS};

/// Every limit that holds for a plugin and that neither its `.toml` nor the host's settings move: first those of its file, then those of
/// an attempt, then those of what it keeps and says.
#[must_use]
pub fn bounds() -> Vec<Bound> {
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let bound = |name, of, most: u64, unit| Bound { name, of, most, unit };
    let own = [
        bound("component_bytes", "a component", COMPONENT_BYTES_MAX as u64, Unit::Bytes),
        bound("compile_cpu", "a compiler child", BOUNDS.cpu * 1_000, Unit::Time),
        bound("compile_memory", "a compiler child", BOUNDS.memory, Unit::Bytes),
        bound("machine_code_bytes", "a component", BOUNDS.artefact, Unit::Bytes),
        bound("core_types", "a component", TYPES_MAX as u64, Unit::Count),
        bound("core_instances", "a component", CORE_INSTANCES_MAX.into(), Unit::Count),
        bound("memories", "a component", MEMORIES_MAX.into(), Unit::Count),
        bound("tables", "a component", TABLES_MAX.into(), Unit::Count),
        bound("table_elements", "a table", TABLE_ELEMENTS_MAX as u64, Unit::Count),
        bound("memory_bytes", "a memory", MEMORY_BYTES_MAX as u64, Unit::Bytes),
        bound("describe_cpu", "`describe`", millis(describe::CPU_MAX), Unit::Time),
        bound("describe_time", "`describe`", millis(describe::TIME_MAX), Unit::Time),
        bound("emitted_types", "`describe`", describe::EMITS_MAX as u64, Unit::Count),
        bound("summary_bytes", "`describe`", describe::SUMMARY_BYTES_MAX as u64, Unit::Bytes),
        bound("version_bytes", "`describe`", describe::VERSION_BYTES_MAX as u64, Unit::Bytes),
        bound("stack_bytes", "an attempt's own code", CORE_STACK_BYTES as u64, Unit::Bytes),
        bound("whole_stack_bytes", "an attempt, host calls included", STACK_BYTES as u64, Unit::Bytes),
        bound("resources", "an attempt", RESOURCES_MAX as u64, Unit::Count),
        bound("random_bytes", "a call for random bytes", RANDOM_BYTES_MAX, Unit::Bytes),
        bound("output_bytes", "an attempt", KEPT_BYTES_MAX as u64, Unit::Bytes),
        bound("output_lines_per_second", "a plugin", voice::LINES_PER_SECOND.into(), Unit::Count),
        bound("output_bytes_per_second", "a plugin", voice::BYTES_PER_SECOND.into(), Unit::Bytes),
    ];
    own.into_iter().chain(OF_PLUGINS.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_bound_has_a_name_of_its_own_and_is_a_bound() {
        let bounds = bounds();
        assert!(bounds.iter().all(|bound| bound.most > 0 && !bound.of.is_empty()));
        assert_eq!(bounds.iter().map(|bound| bound.name).collect::<BTreeSet<_>>().len(), bounds.len());
        let stack = bounds.iter().find(|bound| bound.name == "stack_bytes").unwrap();
        assert_eq!(stack.shown(), "512KiB");
    }
}

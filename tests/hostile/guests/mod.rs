//! The corpus: a file a guest, a guest a behaviour. A file begins by what the guest tries, and what is to stop it.

mod answer_at_a_changing_place;
mod attribute_cause_forged;
mod attribute_id_forged;
mod attribute_name_that_cannot_be;
mod attribute_schema_that_is_no_uri;
mod attribute_source_of_another;
mod attribute_source_of_the_shop;
mod attribute_specversion_forged;
mod attribute_time_that_cannot_be;
mod attribute_type_empty;
mod attribute_with_control_characters;
mod bomb_deep_stack;
mod bomb_huge_br_tables;
mod bomb_huge_function;
mod bomb_many_arguments;
mod bomb_many_data_segments;
mod bomb_many_element_segments;
mod bomb_many_exports;
mod bomb_many_functions;
mod bomb_many_globals;
mod bomb_many_imports;
mod bomb_many_joins;
mod bomb_many_locals;
mod bomb_many_types;
mod bomb_many_vectors;
mod bomb_nested_ifs;
mod bomb_nested_loops;
mod bomb_nested_loops_that_repeat;
mod call_back_in_describe;
mod call_back_in_handle;
mod call_back_in_post_return;
mod components_that_double;
mod contract_by_functions;
mod contract_of_another_age;
mod contract_of_empty_interfaces;
mod contract_of_tomorrow;
mod contract_without_describe;
mod core_module;
mod custom_section_of_megabytes;
mod cut_at_a_section;
mod cut_in_the_middle;
mod describe_a_long_version;
mod describe_a_name_with_path_parts;
mod describe_a_subscription_twice;
mod describe_a_thousand_emissions;
mod describe_a_thousand_subscriptions;
mod describe_an_unknown_option;
mod describe_as_its_neighbour;
mod describe_by_kilobytes;
mod describe_by_megabytes;
mod describe_from_beyond_the_memory;
mod describe_in_invalid_text;
mod emission_of_a_megabyte;
mod emission_of_fifty_megabytes;
mod emission_of_itself;
mod emission_of_itself_twice;
mod emission_option_unknown;
mod emission_with_a_million_extensions;
mod emission_with_a_type_of_megabytes;
mod emissions_by_the_million;
mod emissions_flood;
mod emissions_over_their_sum;
mod empty_file;
mod failure_with_a_delay_of_centuries;
mod failure_with_a_reason_of_megabytes;
mod failure_with_no_delay;
mod gc_array_of_gigabytes;
mod gc_heap_of_cycles;
mod gc_heap_of_garbage;
mod gc_heap_of_live_objects;
mod giant_of_nothing;
mod handle_dropped_twice;
mod handle_forged;
mod handle_of_another_kind;
mod http;
mod http_that_never_answers;
mod http_to_a_forbidden_host;
mod http_to_a_name_of_loopback;
mod http_to_a_name_that_changes;
mod http_to_a_redirect;
mod hundreds_of_core_instances;
mod import_of_the_hosts_own;
mod import_of_wasi_0_3;
mod instances_it_is_given;
mod leak_buckets;
mod leak_resources_of_its_own;
mod leak_streams;
mod leak_timers;
mod lift_fails_half_way;
mod lift_from_a_crooked_place;
mod lift_from_beyond_the_memory;
mod lift_of_a_string_that_ends_beyond;
mod lift_of_a_string_that_wraps_around;
mod lift_of_an_unknown_outcome;
mod lift_of_four_billion_emissions;
mod lift_of_invalid_text;
mod lift_of_surrogates;
mod log_flood;
mod log_line_of_megabytes;
mod log_of_an_unknown_level;
mod log_of_invalid_text;
mod log_that_steers_a_terminal;
mod memory_beyond_its_own_maximum;
mod memory_four_gigabytes;
mod memory_grow_and_touch;
mod memory_grow_for_ever;
mod memory_grow_for_ever_undeterred;
mod memory_grow_in_describe;
mod memory_grow_in_start_function;
mod memory_hundred_memories;
mod memory_in_realloc;
mod memory_larger_than_any;
mod memory_of_64_bits;
mod memory_shared;
mod memory_sum_of_memory_and_table;
mod name_of_fifty_kilobytes;
mod nested_components;
mod not_wasm;
mod probe_clocks;
mod probe_configuration_in_describe;
mod probe_environment;
mod probe_files;
mod probe_memory_of_the_last_attempt;
mod probe_names;
mod probe_random_bytes_without_end;
mod probe_random_numbers_in_describe;
mod probe_sockets;
mod section_of_an_unknown_kind;
mod section_that_ends_beyond;
mod section_whose_size_never_ends;
mod sleep_again_and_again;
mod sleep_and_clean_up;
mod sleep_for_ever;
mod spin_at_the_second_attempt;
mod spin_in_denormal_floats;
mod spin_in_describe;
mod spin_in_destructor;
mod spin_in_divisions;
mod spin_in_handle;
mod spin_in_host_calls;
mod spin_in_indirect_calls;
mod spin_in_long_host_calls;
mod spin_in_memory_copy;
mod spin_in_memory_fill;
mod spin_in_post_return;
mod spin_in_post_return_of_describe;
mod spin_in_realloc;
mod spin_in_start_function;
mod spin_in_start_function_of_deliveries;
mod spin_in_table_copy;
mod spin_in_table_fill;
mod spin_in_tail_calls;
mod stack_recursion;
mod stack_recursion_in_describe;
mod stack_recursion_through_a_table;
mod stack_recursion_with_huge_frames;
mod state_counter_that_overflows;
mod state_flood_of_bytes;
mod state_flood_of_keys;
mod state_in_describe;
mod state_list_for_ever;
mod state_of_a_giant_bucket;
mod state_of_a_giant_key;
mod state_of_a_giant_value;
mod state_of_another_plugin;
mod state_of_tiny_keys;
mod state_reads_by_the_million;
mod state_until_the_quota;
mod state_without_the_grant;
mod stderr_flood;
mod stdout_flood_without_lines;
mod stdout_in_one_write;
mod stdout_of_empty_lines;
mod table_grow_for_ever;
mod table_hundred_tables;
mod table_of_four_billion;
mod thousands_of_components;
mod thousands_of_exports;
mod thousands_of_imports;
mod thousands_of_types;
mod trap_another_type_in_a_table;
mod trap_array_out_of_bounds;
mod trap_cast_that_fails;
mod trap_division_by_zero;
mod trap_exception_that_nobody_catches;
mod trap_exit_in_describe;
mod trap_exit_with_failure;
mod trap_exit_with_success;
mod trap_fill_out_of_bounds;
mod trap_in_data_segment;
mod trap_in_describe;
mod trap_in_destructor;
mod trap_in_post_return;
mod trap_in_realloc;
mod trap_in_start_function;
mod trap_integer_overflow;
mod trap_invalid_conversion;
mod trap_load_at_the_largest_offset;
mod trap_load_out_of_bounds;
mod trap_null_in_a_table;
mod trap_null_reference;
mod trap_store_out_of_bounds;
mod trap_table_out_of_bounds;
mod trap_unreachable;
mod types_that_double;
mod types_that_nest;
mod unknown_binary_version;
mod wait_for_hundreds_of_timers;
mod wait_for_nothing;
mod wait_for_standard_input;

use super::Enemy;

/// Names of the modules above, as a table.
macro_rules! corpus {
    ($($name:ident),* $(,)?) => {
        /// All guests, by their names.
        pub const CORPUS: &[Enemy] = &[$(Enemy {
            name: stringify!($name),
            text: include_str!(concat!(stringify!($name), ".rs")),
            make: $name::guest,
        }),*];
    };
}

corpus! {
    answer_at_a_changing_place,
    attribute_cause_forged,
    attribute_id_forged,
    attribute_name_that_cannot_be,
    attribute_schema_that_is_no_uri,
    attribute_source_of_another,
    attribute_source_of_the_shop,
    attribute_specversion_forged,
    attribute_time_that_cannot_be,
    attribute_type_empty,
    attribute_with_control_characters,
    bomb_deep_stack,
    bomb_huge_br_tables,
    bomb_huge_function,
    bomb_many_arguments,
    bomb_many_data_segments,
    bomb_many_element_segments,
    bomb_many_exports,
    bomb_many_functions,
    bomb_many_globals,
    bomb_many_imports,
    bomb_many_joins,
    bomb_many_locals,
    bomb_many_types,
    bomb_many_vectors,
    bomb_nested_ifs,
    bomb_nested_loops,
    bomb_nested_loops_that_repeat,
    call_back_in_describe,
    call_back_in_handle,
    call_back_in_post_return,
    components_that_double,
    contract_by_functions,
    contract_of_another_age,
    contract_of_empty_interfaces,
    contract_of_tomorrow,
    contract_without_describe,
    core_module,
    custom_section_of_megabytes,
    cut_at_a_section,
    cut_in_the_middle,
    describe_a_long_version,
    describe_a_name_with_path_parts,
    describe_a_subscription_twice,
    describe_a_thousand_emissions,
    describe_a_thousand_subscriptions,
    describe_an_unknown_option,
    describe_as_its_neighbour,
    describe_by_kilobytes,
    describe_by_megabytes,
    describe_from_beyond_the_memory,
    describe_in_invalid_text,
    emission_of_a_megabyte,
    emission_of_fifty_megabytes,
    emission_of_itself,
    emission_of_itself_twice,
    emission_option_unknown,
    emission_with_a_million_extensions,
    emission_with_a_type_of_megabytes,
    emissions_by_the_million,
    emissions_flood,
    emissions_over_their_sum,
    empty_file,
    failure_with_a_delay_of_centuries,
    failure_with_a_reason_of_megabytes,
    failure_with_no_delay,
    gc_array_of_gigabytes,
    gc_heap_of_cycles,
    gc_heap_of_garbage,
    gc_heap_of_live_objects,
    giant_of_nothing,
    handle_dropped_twice,
    handle_forged,
    handle_of_another_kind,
    http_that_never_answers,
    http_to_a_forbidden_host,
    http_to_a_name_of_loopback,
    http_to_a_name_that_changes,
    http_to_a_redirect,
    hundreds_of_core_instances,
    import_of_the_hosts_own,
    import_of_wasi_0_3,
    instances_it_is_given,
    leak_buckets,
    leak_resources_of_its_own,
    leak_streams,
    leak_timers,
    lift_fails_half_way,
    lift_from_a_crooked_place,
    lift_from_beyond_the_memory,
    lift_of_a_string_that_ends_beyond,
    lift_of_a_string_that_wraps_around,
    lift_of_an_unknown_outcome,
    lift_of_four_billion_emissions,
    lift_of_invalid_text,
    lift_of_surrogates,
    log_flood,
    log_line_of_megabytes,
    log_of_an_unknown_level,
    log_of_invalid_text,
    log_that_steers_a_terminal,
    memory_beyond_its_own_maximum,
    memory_four_gigabytes,
    memory_grow_and_touch,
    memory_grow_for_ever,
    memory_grow_for_ever_undeterred,
    memory_grow_in_describe,
    memory_grow_in_start_function,
    memory_hundred_memories,
    memory_in_realloc,
    memory_larger_than_any,
    memory_of_64_bits,
    memory_shared,
    memory_sum_of_memory_and_table,
    name_of_fifty_kilobytes,
    nested_components,
    not_wasm,
    probe_clocks,
    probe_configuration_in_describe,
    probe_environment,
    probe_files,
    probe_memory_of_the_last_attempt,
    probe_names,
    probe_random_bytes_without_end,
    probe_random_numbers_in_describe,
    probe_sockets,
    section_of_an_unknown_kind,
    section_that_ends_beyond,
    section_whose_size_never_ends,
    sleep_again_and_again,
    sleep_and_clean_up,
    sleep_for_ever,
    spin_at_the_second_attempt,
    spin_in_denormal_floats,
    spin_in_describe,
    spin_in_destructor,
    spin_in_divisions,
    spin_in_handle,
    spin_in_host_calls,
    spin_in_indirect_calls,
    spin_in_long_host_calls,
    spin_in_memory_copy,
    spin_in_memory_fill,
    spin_in_post_return,
    spin_in_post_return_of_describe,
    spin_in_realloc,
    spin_in_start_function,
    spin_in_start_function_of_deliveries,
    spin_in_table_copy,
    spin_in_table_fill,
    spin_in_tail_calls,
    stack_recursion,
    stack_recursion_in_describe,
    stack_recursion_through_a_table,
    stack_recursion_with_huge_frames,
    state_counter_that_overflows,
    state_flood_of_bytes,
    state_flood_of_keys,
    state_in_describe,
    state_list_for_ever,
    state_of_a_giant_bucket,
    state_of_a_giant_key,
    state_of_a_giant_value,
    state_of_another_plugin,
    state_of_tiny_keys,
    state_reads_by_the_million,
    state_until_the_quota,
    state_without_the_grant,
    stderr_flood,
    stdout_flood_without_lines,
    stdout_in_one_write,
    stdout_of_empty_lines,
    table_grow_for_ever,
    table_hundred_tables,
    table_of_four_billion,
    thousands_of_components,
    thousands_of_exports,
    thousands_of_imports,
    thousands_of_types,
    trap_another_type_in_a_table,
    trap_array_out_of_bounds,
    trap_cast_that_fails,
    trap_division_by_zero,
    trap_exception_that_nobody_catches,
    trap_exit_in_describe,
    trap_exit_with_failure,
    trap_exit_with_success,
    trap_fill_out_of_bounds,
    trap_in_data_segment,
    trap_in_describe,
    trap_in_destructor,
    trap_in_post_return,
    trap_in_realloc,
    trap_in_start_function,
    trap_integer_overflow,
    trap_invalid_conversion,
    trap_load_at_the_largest_offset,
    trap_load_out_of_bounds,
    trap_null_in_a_table,
    trap_null_reference,
    trap_store_out_of_bounds,
    trap_table_out_of_bounds,
    trap_unreachable,
    types_that_double,
    types_that_nest,
    unknown_binary_version,
    wait_for_hundreds_of_timers,
    wait_for_nothing,
    wait_for_standard_input,
}

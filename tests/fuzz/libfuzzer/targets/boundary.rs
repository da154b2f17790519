//! The fuzzer at `oyez_fuzz::boundary`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oyez_fuzz::boundary(bytes));

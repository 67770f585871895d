#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| clarlint_fuzz::fuzzed::configuration::run(bytes));

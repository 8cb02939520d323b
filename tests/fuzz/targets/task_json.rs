//! Gives what libFuzzer makes to `git_parallel::fuzzing::task_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| git_parallel::fuzzing::task_json(bytes));

//! What a fuzzer is let into.

#![cfg(fuzzing)]

use super::journal::is_told_and_writes_back;
use super::{Event, OperationEvent, operations, run_fold};

/// A run's journal.
pub fn journal(bytes: &[u8]) {
    let known = |event: &Event| *event != Event::Unknown;
    run_fold::fold(&is_told_and_writes_back(bytes, known));
}

/// The operations' journal.
pub fn operations(bytes: &[u8]) {
    let known = |event: &OperationEvent| *event != OperationEvent::Unknown;
    let records = is_told_and_writes_back(bytes, known);
    assert!(operations::fold(&records).len() <= records.len());
}

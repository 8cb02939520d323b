//! What `cargo fuzz` is let into, a function a format: see `tests/fuzz`. Each panics where something
//! does not hold that the suite's own inputs are made to show, too.

#![cfg(fuzzing)]

use crate::agents::{Events, Listener};
use crate::llm::{Api, reply_to};
use crate::plan::{self, Draft, Mistake, Plan, validate};
use crate::store;

/// A task file in Markdown.
pub fn task_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    prints_and_reads_back(plan::parse(&text, "A goal"));
}

/// The same in JSON.
pub fn task_json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    prints_and_reads_back(plan::parse_json(&text, "A goal"));
}

/// A stored plan.
pub fn plan(bytes: &[u8]) {
    let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&plan).expect("a plan is JSON");
    let again: Plan = serde_json::from_slice(&written).expect("what was written is read");
    assert_eq!(again, plan);
    if let Ok(valid) = validate(plan) {
        prints_and_reads_back(Ok(valid.plan().draft()));
    }
}

/// A run's journal.
pub fn journal(bytes: &[u8]) {
    store::fuzzing::journal(bytes);
}

/// The operations' journal.
pub fn operations(bytes: &[u8]) {
    store::fuzzing::operations(bytes);
}

/// What agents print; the first byte says which one, and how it is cut.
pub fn agent_stream(bytes: &[u8]) {
    let all = [
        Events::Claude,
        Events::Codex,
        Events::Gemini,
        Events::Qwen,
        Events::Opencode,
        Events::Aider,
    ];
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let heard = |size| {
        let mut listener = Listener::new(all[usize::from(*first) % all.len()]);
        bytes.chunks(size).for_each(|piece| listener.hear(piece));
        listener.finish()
    };
    assert_eq!(
        heard(1 + usize::from(*first) / all.len()),
        heard(bytes.len().max(1))
    );
}

/// What model servers send; the first byte says in which way, and how it is cut.
pub fn model_stream(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let api = match first % 2 {
        0 => Api::Ollama,
        _ => Api::Openai,
    };
    let pieces = bytes.chunks(1 + usize::from(*first) / 2);
    assert_eq!(reply_to(api, pieces), reply_to(api, [bytes]));
}

/// A task file that is read prints as one that says the same of the order of its tasks; one that is
/// not has mistakes.
fn prints_and_reads_back(read: Result<Draft, Vec<Mistake>>) {
    let order = |draft: &Draft| -> Vec<_> {
        let tasks = draft.tasks.iter();
        tasks
            .map(|task| (task.id, task.depends.clone(), task.priority, task.optional))
            .collect()
    };
    match read {
        Ok(draft) => {
            let printed = plan::print(&draft);
            let again = plan::parse(&printed, "").expect("what was printed is read");
            assert_eq!(order(&again), order(&draft), "{printed}");
        }
        Err(mistakes) => assert!(!mistakes.is_empty()),
    }
}

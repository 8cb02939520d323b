//! What an agent says of its own work in `.parallel/outbox.json`. Believed only as far as the
//! evidence goes: that it failed, yes; that it is done, never.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::id::TaskId;
use crate::store::Outcome;

use super::from_agent::beginning;
use super::outcome::{self, Judgement};

/// More than this nobody has to say.
const MOST_BYTES: u64 = 1 << 20;
/// Of a reason.
const MOST_CHARS: usize = 200;

/// Weighs what the agent says against what was seen.
pub fn weigh(mut judged: Judgement, session_dir: &Path, task: TaskId) -> Judgement {
    let Some(said) = read(&session_dir.join("outbox.json")) else {
        return judged;
    };
    let now = Timestamp::now();
    if let Some(reason) = mentions(&said, "tasks_failed", task) {
        if matches!(judged.outcome, Outcome::Done | Outcome::NoChange) {
            judged.outcome = Outcome::Failed;
        }
        let words = match reason.is_empty() {
            true => "the agent says that it failed".to_owned(),
            false => format!("the agent says that it failed: {reason}"),
        };
        judged.evidence.push(outcome::of("outbox", words, now));
    } else if mentions(&said, "tasks_completed", task).is_some() && judged.outcome != Outcome::Done
    {
        let words = "the agent says that it is done";
        judged.evidence.push(outcome::of("outbox", words, now));
    }
    judged
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&beginning(path, MOST_BYTES)?).ok()
}

/// Whether a list names the task, by id or as an object with an id; with the reason if there is
/// one.
fn mentions(said: &Value, list: &str, task: TaskId) -> Option<String> {
    let id = task.to_string();
    let named = |entry: &&Value| entry.as_str().or_else(|| entry["id"].as_str()) == Some(&id);
    let entry = said[list].as_array()?.iter().find(named)?;
    let reason = ["reason", "error"].map(|key| entry[key].as_str());
    let reason = reason.into_iter().flatten().next().unwrap_or_default();
    Some(reason.chars().take(MOST_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn weighed(outcome: Outcome, outbox: &str) -> (Outcome, String) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("outbox.json"), outbox).unwrap();
        let judged = Judgement {
            outcome,
            evidence: Vec::new(),
            needs: None,
        };
        let judged = weigh(judged, folder.path(), TaskId(1));
        let said = judged.evidence.first().map(|one| one.value.clone());
        (judged.outcome, said.unwrap_or_default())
    }

    #[test]
    fn a_failure_is_believed_and_a_success_is_not() {
        use Outcome::{Done, Failed, NoChange, TimedOut};
        let failed =
            r#"{"worker_id": "worker-1", "tasks_failed": [{"id": "T001", "error": "no net"}]}"#;
        let words = "the agent says that it failed: no net".to_owned();
        assert_eq!(weighed(Done, failed), (Failed, words.clone()));
        assert_eq!(weighed(TimedOut, failed), (TimedOut, words));
        let bare = r#"{"tasks_failed": ["T001"], "tasks_completed": ["T001"]}"#;
        assert_eq!(weighed(NoChange, bare).0, Failed);
        let done = r#"{"tasks_completed": ["T001"]}"#;
        let words = "the agent says that it is done".to_owned();
        assert_eq!(weighed(NoChange, done), (NoChange, words));
        assert_eq!(weighed(Done, done), (Done, String::new()));
    }

    #[test]
    fn what_is_not_about_this_task_or_makes_no_sense_says_nothing() {
        for text in [
            "",
            "[]",
            "{\"tasks_failed\": \"T001\"}",
            "{\"tasks_failed\": [\"T002\", 1]}",
        ] {
            assert_eq!(weighed(Outcome::Done, text), (Outcome::Done, String::new()));
        }
    }
}

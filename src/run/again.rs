//! What an agent is told when it is not the first to try: how the attempt before it ended, and with
//! whose work the branch conflicts by now. Pure.

use crate::store::{Evidence, Rival, TaskState};

/// How the latest attempt ended and what conflicts, in words for its successor; `check` is what a
/// check of the work printed last. Nothing where there is nothing to say.
pub fn told(task: &TaskState, check: &str) -> Option<String> {
    let parts = [before(task, check), conflicts(&task.rivals)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn before(task: &TaskState, check: &str) -> Option<String> {
    let (last, earlier) = task.sessions.split_last()?;
    let tried = earlier.iter().filter(|one| one.ended.is_some()).count();
    if tried == 0 {
        return None;
    }
    let seen: Vec<String> = task.evidence.iter().filter_map(words).collect();
    let mut told = format!("This is attempt {} at this task.", last.attempt);
    if !seen.is_empty() {
        told.push_str(&format!(
            " What was seen of the one before: {}.",
            seen.join("; ")
        ));
    }
    told.push_str(" What it did lies in this worktree already: look at it first, and go on.\n");
    let failed = |one: &Evidence| one.kind == "verify" && !one.value.ends_with(" passed");
    if !check.is_empty() && task.evidence.iter().any(failed) {
        told.push_str(&format!(
            "\nThe check printed last:\n\n{}\n",
            indented(check)
        ));
    }
    Some(told)
}

/// What a piece of evidence says to somebody who is to do better.
fn words(seen: &Evidence) -> Option<String> {
    let value = &seen.value;
    Some(match (seen.kind.as_str(), value.as_str()) {
        ("exit", "0") => return None,
        ("exit", code) => format!("it ended with exit code {code}"),
        ("signal", number) => format!("it was ended by signal {number}"),
        ("timeout", _) => format!("its time was up ({value})"),
        ("silence", _) => format!("it printed nothing for too long ({value})"),
        ("commits", "0") => "it changed nothing".to_owned(),
        ("commits" | "rate-limit" | "cancelled" | "failures", _) => return None,
        ("uncommitted", _) => format!("its work could not be committed ({value})"),
        ("denied", _) => format!("{value} (do without, it is not allowed now either)"),
        _ => value.clone(),
    })
}

/// With whose work a branch conflicts, in words; nothing where it conflicts with none.
pub fn conflicts(rivals: &[Rival]) -> Option<String> {
    let lines = rivals.iter().map(|rival| {
        let paths = rival.conflicts.join(", ");
        format!("- {paths}: {} ({})\n", rival.task, rival.name)
    });
    let lines: String = lines.collect();
    (!lines.is_empty()).then(|| {
        format!(
            "What this branch has committed conflicts with what other tasks have committed \
             meanwhile:\n{lines}Keep this task's changes to these files as small as they can be, \
             and leave out what the others do.\n"
        )
    })
}

/// As a block of code, without what would drive a terminal.
fn indented(text: &str) -> String {
    let printable = |c: &char| !c.is_control() || *c == '\t';
    let lines = text.lines();
    let lines =
        lines.map(|line| format!("    {}", line.chars().filter(printable).collect::<String>()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TaskId;
    use crate::run::outcome;
    use crate::store::sample::{Tale, at};
    use crate::store::{Event, Outcome, OverlapFound};

    fn failed(evidence: &[(&str, &str)]) -> Tale {
        let evidence = evidence.iter();
        let evidence = evidence.map(|(kind, value)| outcome::of(kind, *value, at(2.0)));
        let failed = Event::AttemptFailed {
            task: TaskId(1),
            attempt: 1,
            outcome: Outcome::Failed,
            evidence: evidence.collect(),
        };
        Tale::of(&[&[], &[]])
            .starts(1.0, 1, 1)
            .ends(2.0, 1, 1, 1, 1.0)
            .then(2.0, failed)
    }

    fn said(tale: &Tale, check: &str) -> Option<String> {
        told(&tale.state().tasks[0], check)
    }

    #[test]
    fn a_first_attempt_is_told_nothing() {
        let tale = Tale::of(&[&[], &[]]).starts(1.0, 1, 1);
        assert_eq!(said(&tale, "left over"), None);
    }

    #[test]
    fn a_successor_is_told_what_was_seen_and_what_the_check_printed() {
        let seen = [
            ("exit", "0"),
            ("commits", "2"),
            ("denied", "not allowed: Bash: make"),
            ("verify", "make test failed with exit code 2"),
        ];
        let tale = failed(&seen).tries(3.0, 1, 1, 2);
        let said = said(&tale, "one\n\u{1b}[31mtwo").unwrap();
        for part in [
            "This is attempt 2",
            "not allowed: Bash: make (do without",
            "; make test failed with exit code 2.",
            "The check printed last:\n\n    one\n    [31mtwo\n",
        ] {
            assert!(said.contains(part), "{part:?} is not in:\n{said}");
        }
        assert!(!said.contains("exit code 0"), "{said}");
    }

    #[test]
    fn a_check_that_was_not_what_failed_is_not_quoted() {
        let tale = failed(&[("timeout", "ended after 60 s")]).tries(3.0, 1, 1, 2);
        let said = said(&tale, "ok").unwrap();
        assert!(
            said.contains("its time was up (ended after 60 s)"),
            "{said}"
        );
        assert!(!said.contains("printed"), "{said}");
    }

    #[test]
    fn conflicts_with_others_are_named_as_long_as_they_last() {
        let overlap = |conflicts: &[&str]| {
            Event::OverlapFound(OverlapFound {
                a: TaskId(2),
                b: TaskId(1),
                overlaps: vec!["src/a.rs".to_owned()],
                conflicts: conflicts.iter().map(|&path| path.to_owned()).collect(),
            })
        };
        let tale = failed(&[])
            .then(3.0, overlap(&["src/a.rs"]))
            .tries(4.0, 1, 1, 2);
        let told = said(&tale, "").unwrap();
        assert!(told.contains("- src/a.rs: T002 (task-2)\n"), "{told}");
        let told = said(&tale.then(5.0, overlap(&[])), "").unwrap();
        assert!(!told.contains("T002"), "{told}");
    }
}

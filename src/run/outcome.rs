//! What a task's session amounts to, by evidence: how it ended, what its branch holds, what it
//! left lying. Pure. An exit code alone proves nothing: agents exit with 0 having done nothing.

use jiff::Timestamp;

use crate::agents::{Account, Cause, Closing};
use crate::plan::{Task, covers};
use crate::store::{Evidence, Outcome, SessionEnd};

use super::documents::Product;
use super::session::SessionResult;
use super::settle::Settlement;

/// How a session's task stands after it, and what speaks for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub outcome: Outcome,
    pub evidence: Vec<Evidence>,
    /// What it takes besides another attempt.
    pub needs: Option<Need>,
}

/// What an attempt lacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its agent's service asked for it.
    Patience,
    /// Somebody has to allow something, or to log in.
    Person,
}

/// Judges a session that has been settled.
pub fn judge(
    task: &Task,
    result: &SessionResult,
    settled: &Settlement,
    verified: Option<&Verified>,
    at: Timestamp,
) -> Judgement {
    let outside = outside(task, &settled.changed);
    let outcome = outcome(result, settled, &outside, verified);
    let mut evidence = vec![ending(result, at)];
    evidence.extend(told(result, at));
    let mut say = |kind: &str, value: String| evidence.push(of(kind, value, at));
    say("commits", settled.commits.to_string());
    if let Some(product) = &settled.product {
        say("document", product.words());
    }
    if !outside.is_empty() {
        say(
            "scope",
            format!("changed outside the task's files: {}", list(&outside)),
        );
    }
    if let Some(verified) = verified {
        say("verify", verified.words.clone());
    }
    if let Some(refused) = &settled.refused {
        say("uncommitted", refused.clone());
    }
    if let Some(left) = settled.left {
        say(
            "uncommitted",
            format!("{left} paths, as parallel.commit = never"),
        );
    }
    // What was refused was not needed where a check of the work passes: it stays as evidence.
    let proven = outcome == Outcome::Done && verified.is_some_and(|verified| verified.passed);
    Judgement {
        outcome,
        evidence,
        needs: need(result).filter(|need| *need != Need::Person || !proven),
    }
}

/// What the evidence amounts to, the gravest first.
fn outcome(
    result: &SessionResult,
    settled: &Settlement,
    outside: &[&str],
    verified: Option<&Verified>,
) -> Outcome {
    match result.end {
        SessionEnd::Cancelled => Outcome::Cancelled,
        SessionEnd::TimedOut | SessionEnd::Silent => Outcome::TimedOut,
        SessionEnd::Lost => Outcome::Lost,
        SessionEnd::Signalled(_) | SessionEnd::NotStarted => Outcome::Failed,
        SessionEnd::Exited(code) if code != 0 => Outcome::Failed,
        SessionEnd::Exited(_) if settled.refused.is_some() => Outcome::Failed,
        SessionEnd::Exited(_) if trouble(result).is_some() => Outcome::Failed,
        SessionEnd::Exited(_) if matches!(settled.product, Some(Product::Nothing(_))) => {
            Outcome::Failed
        }
        SessionEnd::Exited(_) if settled.commits == 0 && settled.product.is_none() => {
            Outcome::NoChange
        }
        SessionEnd::Exited(_) if !outside.is_empty() => Outcome::OutOfScope,
        SessionEnd::Exited(_) if verified.is_some_and(|verified| !verified.passed) => {
            Outcome::Failed
        }
        SessionEnd::Exited(_) => Outcome::Done,
    }
}

/// What a check of the work found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub passed: bool,
    /// Which check, and how it ended.
    pub words: String,
}

impl Verified {
    /// That `line` ended so.
    pub fn of(line: &str, end: SessionEnd) -> Self {
        let line = line.lines().next().unwrap_or_default();
        let how = match end {
            SessionEnd::Exited(0) => "passed".to_owned(),
            SessionEnd::Exited(code) => format!("failed with exit code {code}"),
            SessionEnd::TimedOut | SessionEnd::Silent => "took too long".to_owned(),
            _ => "was cut short".to_owned(),
        };
        Self {
            passed: end == SessionEnd::Exited(0),
            words: format!("{line} {how}"),
        }
    }
}

/// Why an agent that exited did not succeed by its own account. One that tells what it does and
/// leaves no closing word was cut off, whatever its exit code.
fn trouble(result: &SessionResult) -> Option<String> {
    match result.agent.as_ref()?.closing.as_ref() {
        Some(Closing::Success) => None,
        Some(Closing::Failure { why, .. }) => Some(why.clone()),
        None => Some("it broke off without a closing event".to_owned()),
    }
}

/// What the agent told.
fn told(result: &SessionResult, at: Timestamp) -> Vec<Evidence> {
    let Some(account) = &result.agent else {
        return Vec::new();
    };
    let mut evidence = Vec::new();
    if let Some(why) = trouble(result) {
        evidence.push(of("agent", why, at));
    }
    if account.limited && need(result) == Some(Need::Patience) {
        evidence.push(of("rate-limit", "its service asked for patience", at));
    }
    if !account.denials.is_empty() {
        let denied: Vec<&str> = account.denials.iter().map(String::as_str).collect();
        evidence.push(of("denied", format!("not allowed: {}", list(&denied)), at));
    }
    evidence
}

/// What an attempt lacked, as far as its agent told.
fn need(result: &SessionResult) -> Option<Need> {
    let account: &Account = result.agent.as_ref()?;
    let ended_by_itself = matches!(result.end, SessionEnd::Exited(_));
    let gave_up = matches!(result.end, SessionEnd::TimedOut | SessionEnd::Silent);
    match &account.closing {
        Some(Closing::Failure {
            cause: Cause::RateLimit,
            ..
        }) if ended_by_itself => Some(Need::Patience),
        Some(Closing::Failure {
            cause: Cause::Login,
            ..
        }) if ended_by_itself => Some(Need::Person),
        None if account.limited && (ended_by_itself || gave_up) => Some(Need::Patience),
        _ if !account.denials.is_empty() && ended_by_itself => Some(Need::Person),
        _ => None,
    }
}

/// Whether another attempt may help.
pub fn is_failure(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::TimedOut | Outcome::Lost)
}

/// Whether tasks that depend on this outcome can start from it.
pub fn is_usable(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Done | Outcome::NoChange | Outcome::OutOfScope
    )
}

/// One thing that was seen.
pub fn of(kind: &str, value: impl Into<String>, at: Timestamp) -> Evidence {
    Evidence {
        kind: kind.to_owned(),
        value: value.into(),
        at,
    }
}

/// How a session ended, as evidence.
pub fn ending(result: &SessionResult, at: Timestamp) -> Evidence {
    let why = |words: &str| result.complaint.clone().unwrap_or_else(|| words.to_owned());
    let (kind, value) = match result.end {
        SessionEnd::Exited(code) => ("exit", code.to_string()),
        SessionEnd::Signalled(signal) => ("signal", signal.to_string()),
        SessionEnd::TimedOut => (
            "timeout",
            why(&format!("ended after {:.0} s", result.seconds)),
        ),
        SessionEnd::Silent => ("silence", format!("ended after {:.0} s", result.seconds)),
        SessionEnd::Cancelled => ("cancelled", why(&format!("after {:.0} s", result.seconds))),
        SessionEnd::NotStarted => ("start", why("")),
        SessionEnd::Lost => ("lost", why("the session vanished without a result")),
    };
    of(kind, value, at)
}

/// Changed paths that the task did not declare; a task that declares nothing, or whose files are
/// only foreseen, may change anything.
fn outside<'a>(task: &Task, changed: &'a [String]) -> Vec<&'a str> {
    let declared: Vec<&String> = task.files.modify.iter().chain(&task.files.create).collect();
    if declared.is_empty() || task.foreseen {
        return Vec::new();
    }
    let inside = |path: &str| declared.iter().any(|declared| covers(declared, path));
    changed
        .iter()
        .map(String::as_str)
        .filter(|path| !inside(path))
        .collect()
}

fn list(paths: &[&str]) -> String {
    const SHOWN: usize = 3;
    let mut text = paths[..paths.len().min(SHOWN)].join(", ");
    if paths.len() > SHOWN {
        text.push_str(&format!(" and {} more", paths.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::sample::{at, oid};

    fn task(declared: &[&str]) -> Task {
        let task = json!({
            "id": "T001",
            "name": "alpha",
            "title": "Alpha",
            "prompt": "",
            "files": {"modify": declared},
            "depends": [],
            "priority": "P2",
        });
        serde_json::from_value(task).unwrap()
    }

    fn settled(commits: usize, changed: &[&str], refused: Option<&str>) -> Settlement {
        Settlement {
            committed: None,
            tip: oid(2),
            commits,
            changed: changed.iter().map(|&path| path.to_owned()).collect(),
            refused: refused.map(str::to_owned),
            left: None,
            product: None,
        }
    }

    #[test]
    fn evidence_decides_and_an_exit_code_alone_does_not() {
        use Outcome::{Cancelled, Done, Failed, Lost, NoChange, OutOfScope, TimedOut};
        use SessionEnd::{Exited, NotStarted, Signalled};
        let (end, work) = (Exited(0), settled(1, &["src/a.rs"], None));
        let cases = [
            (end, work.clone(), Done),
            (end, settled(0, &[], None), NoChange),
            (end, settled(1, &["src/a.rs", "b"], None), OutOfScope),
            (
                end,
                settled(1, &["src/a.rs"], Some("a hook said no")),
                Failed,
            ),
            (Exited(1), work.clone(), Failed),
            (Signalled(9), work.clone(), Failed),
            (NotStarted, settled(0, &[], None), Failed),
            (SessionEnd::TimedOut, work.clone(), TimedOut),
            (SessionEnd::Silent, work.clone(), TimedOut),
            (SessionEnd::Cancelled, work.clone(), Cancelled),
            (SessionEnd::Lost, work, Lost),
        ];
        for (end, settled, outcome) in cases {
            let result = SessionResult::unseen(end);
            let judged = judge(&task(&["src"]), &result, &settled, None, at(1.0));
            assert_eq!(judged.outcome, outcome, "{end:?} {settled:?}");
            assert!(judged.evidence.len() >= 2, "{judged:?}");
        }
    }

    #[test]
    fn a_document_that_was_to_be_written_is_what_counts() {
        let result = SessionResult::unseen(SessionEnd::Exited(0));
        let judged = |commits, product| {
            let mut work = settled(commits, &[], None);
            work.product = Some(product);
            judge(&task(&[]), &result, &work, None, at(1.0)).outcome
        };
        assert_eq!(
            judged(0, Product::Document("words".to_owned())),
            Outcome::Done
        );
        assert_eq!(
            judged(1, Product::Nothing("none".to_owned())),
            Outcome::Failed
        );
    }

    #[test]
    fn a_task_that_declares_nothing_may_change_anything() {
        let work = settled(1, &["anything"], None);
        let result = SessionResult::unseen(SessionEnd::Exited(0));
        assert_eq!(
            judge(&task(&[]), &result, &work, None, at(1.0)).outcome,
            Outcome::Done
        );
    }
}

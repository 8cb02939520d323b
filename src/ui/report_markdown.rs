//! What came of a run, as Markdown with a Mermaid timeline: for a pull request or a chat.

use crate::run::{DocumentReport, RunReport, SessionReport, TaskReport};
use crate::store::Outcome;

use super::disputes::disputes;
use super::report::{drifts, percent, sentence, since, standing, times, went_wrong};
use super::run_words::{ids, seen};
use super::text::{clean, duration};

/// The whole report.
pub fn render(report: &RunReport) -> String {
    let mut lines = vec![format!("# {}", sentence(report)), String::new()];
    lines.push(quote(&report.goal));
    lines.extend(section("Tasks", tasks(report)));
    lines.extend(section("Timeline", timeline(report)));
    lines.extend(section("Workers", workers(report)));
    lines.extend(section("Documents", documents(report)));
    lines.extend(section("Conflicts", conflicts(report)));
    let moved = drifts(report).into_iter();
    let moved = moved.map(|line| format!("- {}", plain(&line))).collect();
    lines.extend(section("Your checkout", moved));
    lines.extend(section("Time", time(report)));
    lines.join("\n")
}

fn section(title: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return lines;
    }
    let head = [String::new(), format!("## {title}"), String::new()];
    head.into_iter().chain(lines).collect()
}

fn quote(goal: &str) -> String {
    let lines: Vec<String> = goal
        .lines()
        .map(|line| format!("> {}", plain(line)))
        .collect();
    lines.join("\n")
}

/// Text that Markdown and HTML read as text.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn table(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        format!("| {} |", head.join(" | ")),
        format!("|{}", "---|".repeat(head.len())),
    ];
    lines.extend(rows.iter().map(|row| format!("| {} |", row.join(" | "))));
    lines
}

fn tasks(report: &RunReport) -> Vec<String> {
    let rows = report.tasks.iter().map(|task| {
        let branch = task.branch.as_deref().map(plain).unwrap_or_default();
        vec![
            task.id.to_string(),
            plain(&task.name),
            ids(&task.depends),
            standing(task).to_owned(),
            task.commits.to_string(),
            branch,
            plain(&integration(report, task)),
            plain(&trouble(task)),
        ]
    });
    table(
        &[
            "Task",
            "Name",
            "After",
            "Outcome",
            "Commits",
            "Branch",
            "Integration",
            "Seen",
        ],
        &rows.collect::<Vec<_>>(),
    )
}

fn integration(report: &RunReport, task: &TaskReport) -> String {
    use crate::run::IntegrationState as State;
    let Some(found) = &task.integration else {
        return String::new();
    };
    let target = &report.target;
    match found.state {
        State::Landed if found.is_by_hand() => format!("landed on {target}, merged by hand"),
        State::Landed => format!("landed on {target}"),
        State::Clean => format!("merges cleanly into {target}"),
        State::Conflict => format!("conflicts with {target}: {}", found.conflicts.join(", ")),
        State::Unknown => "unknown".to_owned(),
    }
}

fn trouble(task: &TaskReport) -> String {
    if task.outcome == Some(Outcome::Done) {
        return String::new();
    }
    seen(&task.evidence)
}

/// A Mermaid gantt: a section for each worker, a bar for each session.
fn timeline(report: &RunReport) -> Vec<String> {
    if report.workers.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = [
        "```mermaid",
        "gantt",
        "    dateFormat x",
        "    axisFormat %M:%S",
    ]
    .map(ToOwned::to_owned)
    .into();
    for worker in &report.workers {
        lines.push(format!("    section {}", worker.worker));
        for task in &report.tasks {
            let own = task.sessions.iter().filter(|s| s.worker == worker.worker);
            lines.extend(own.filter_map(|session| bar(report, task, session)));
        }
    }
    lines.push("```".to_owned());
    lines
}

fn bar(report: &RunReport, task: &TaskReport, session: &SessionReport) -> Option<String> {
    let start = since(report, session.started?);
    let millis = |seconds: f64| (seconds * 1000.0).round() as u64;
    let tag = match session.end {
        None => "active",
        Some(_) if went_wrong(session) => "crit",
        Some(_) => "done",
    };
    // A bar of no length is not drawn.
    let (from, to) = (millis(start), millis(start + session.seconds));
    let to = to.max(from + 1);
    let name = mermaid(&task.name);
    Some(format!("    {} {name} :{tag}, {from}, {to}", task.id))
}

/// A name without what Mermaid reads as its own.
fn mermaid(name: &str) -> String {
    let own = |c: char| matches!(c, ':' | ';' | ',' | '#' | '%' | '`');
    clean(name).replace(own, " ")
}

fn workers(report: &RunReport) -> Vec<String> {
    let rows = report.workers.iter().map(|worker| {
        vec![
            worker.worker.clone(),
            worker.sessions.to_string(),
            duration(worker.busy_seconds),
            worker.utilisation.map_or_else(String::new, percent),
        ]
    });
    table(
        &["Worker", "Sessions", "Busy", "Utilisation"],
        &rows.collect::<Vec<_>>(),
    )
}

fn documents(report: &RunReport) -> Vec<String> {
    let line = |label: &str, document: &DocumentReport| {
        let path = document.path.as_deref().unwrap_or("none");
        format!("- {label}: {}", plain(path))
    };
    let tasks = report.tasks.iter();
    let parts = tasks.filter_map(|task| Some(line(&task.id.to_string(), task.document.as_ref()?)));
    let result = report.result.iter().map(|all| line("all", all));
    parts.chain(result).collect()
}

fn conflicts(report: &RunReport) -> Vec<String> {
    let found = disputes(report).into_iter();
    found
        .map(|one| {
            format!(
                "- {} in {}: {}",
                plain(&one.who),
                plain(&one.paths),
                one.end
            )
        })
        .collect()
}

fn time(report: &RunReport) -> Vec<String> {
    let rows = times(report).into_iter();
    let rows = rows.map(|(name, value, meaning)| vec![name.to_owned(), value, meaning]);
    table(&["", "", "Meaning"], &rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(plain("a|b <img> `x` *y*"), "a\\|b &lt;img> \\`x\\` \\*y\\*");
        assert_eq!(mermaid("a: b; c"), "a  b  c");
    }
}

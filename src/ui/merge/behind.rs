//! Why something does not land, in words.

use crate::git::RepoPath;
use crate::integrate::{Behind, How, Why};
use crate::ui::look::Look;
use crate::ui::text::{clean, pad, width, wrap};

/// Room that a reason needs beside the name.
const REASON_COLUMNS: usize = 40;

/// "api waits for schema (src/api.rs)": one sentence.
pub fn words(behind: &Behind) -> String {
    let name = clean(&behind.name);
    match &behind.why {
        Why::Waits(_) | Why::Blocked { .. } | Why::Breaks(_) | Why::Conflict(_) => {
            format!("{name} {}", reason(&behind.why))
        }
        _ => format!("{name}: {}", reason(&behind.why)),
    }
}

/// The same without the name, for a table.
pub fn reason(why: &Why) -> String {
    match why {
        Why::Blocked { by, paths } => {
            let by: Vec<_> = by.iter().map(|by| clean(by)).collect();
            format!("conflicts with {}{}", by.join(", "), listed(paths))
        }
        Why::Waits(by) => format!("needs {}, which does not land", clean(by)),
        Why::Unmergeable(said) => clean(said).into_owned(),
        Why::Conflict(paths) => format!("conflicts with those before it{}", listed(paths)),
        Why::Step {
            commit,
            subject,
            paths,
        } => format!(
            "its commit {} \"{}\" does not apply by itself{}",
            commit.short(),
            clean(subject),
            listed(paths)
        ),
        Why::Differs => "its commits one by one come to something else than merging it".to_owned(),
        Why::Refused(said) => clean(said.lines().next().unwrap_or_default()).into_owned(),
        Why::Breaks(breaks) => match &breaks.how {
            How::Alone => "breaks the verification by itself".to_owned(),
            How::Together(other) => {
                format!("breaks the verification together with {}", clean(other))
            }
            How::OnTop => "breaks the verification; what it stands on passes".to_owned(),
        },
    }
}

/// A table of all, under a heading.
pub fn table(behind: &[Behind], look: Look) -> Vec<String> {
    if behind.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), look.paint.yellow("does not land")];
    let widest = behind.iter().map(|one| width(&clean(&one.name))).max();
    let widest = widest.unwrap_or(0);
    // Beside the names where there is room, else below them.
    let beside = widest + REASON_COLUMNS <= look.columns;
    for one in behind {
        let name = clean(&one.name);
        let indent = if beside { widest + 4 } else { 6 };
        let reason = wrap(&reason(&one.why), look.columns.saturating_sub(indent));
        let mut reason = reason.into_iter();
        let first = if beside { reason.next() } else { None };
        let head = format!("  {}  {}", pad(&name, widest), first.unwrap_or_default());
        lines.push(head.trim_end().to_owned());
        lines.extend(reason.map(|line| format!("{}{line}", " ".repeat(indent))));
    }
    lines
}

/// " (src/api.rs and 2 more)", or nothing.
fn listed(paths: &[RepoPath]) -> String {
    match paths {
        [] => String::new(),
        [path] => format!(" ({})", clean(&path.to_text())),
        [path, more @ ..] => format!(" ({} and {} more)", clean(&path.to_text()), more.len()),
    }
}

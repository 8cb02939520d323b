//! The first screen: what will be looked at, from where, in how many requests.

use crate::angles::{Angle, AnglesPlan, LeftOut};
use crate::size;
use crate::ui::look::Look;
use crate::ui::table::align;
use crate::ui::text::{clean, count, wrap};

use super::grouped;

/// Folders of an angle that are named.
const FOLDERS: usize = 3;
/// Files of a kind that are named.
const NAMED: usize = 3;

/// For people.
pub fn plan(plan: &AnglesPlan, look: Look) -> String {
    let mut lines = vec![look.paint.bold(&head(plan))];
    let about = [
        format!("question: {}", clean(&plan.question)),
        format!(
            "strategy: {} ({})",
            clean(&plan.strategy),
            clean(&plan.reason)
        ),
        model(plan),
    ];
    lines.extend(about.iter().flat_map(|line| wrap(line, look.columns)));
    lines.push(String::new());
    let rows: Vec<Vec<String>> = plan.angles.iter().map(|angle| row(plan, angle)).collect();
    let rows = align(&rows, Some(look.columns));
    for (angle, row) in plan.angles.iter().zip(rows) {
        lines.push(row);
        lines.extend(
            details(plan, angle)
                .iter()
                .flat_map(|text| indented(text, look)),
        );
    }
    let left = left_out(&plan.left_out);
    if !left.is_empty() {
        lines.push(String::new());
        for line in left {
            let mut parts = wrap(&format!("left out: {line}"), look.columns.saturating_sub(2));
            let first = parts.remove(0);
            lines.push(first);
            lines.extend(parts.iter().map(|part| format!("  {part}")));
        }
    }
    lines.extend([String::new(), cost(plan)]);
    if plan.fits_one_request() {
        let hint = "One request covers this target: a single question to the model would do, and \
                    angles only look at it several times.";
        lines.extend(wrap(hint, look.columns));
    }
    lines.join("\n")
}

fn head(plan: &AnglesPlan) -> String {
    let bytes = plan.files.iter().map(|file| file.bytes).sum();
    format!(
        "{} at {}: {}, {}, from {}",
        clean(&plan.target),
        plan.commit.short(),
        count(plan.files.len(), "file", "files"),
        size::spell(bytes),
        count(plan.angles.len(), "angle", "angles")
    )
}

fn model(plan: &AnglesPlan) -> String {
    let name = match plan.model.as_str() {
        "" => "none yet, no server answers".to_owned(),
        name => clean(name).into_owned(),
    };
    format!(
        "model: {name}, {} tokens at once, at {}",
        grouped(plan.budget.context),
        clean(&plan.host)
    )
}

fn row(plan: &AnglesPlan, angle: &Angle) -> Vec<String> {
    let how = match angle.chunks.len() {
        0 | 1 => "direct".to_owned(),
        number => format!("chunked, {number} requests"),
    };
    vec![
        format!("{:>3}", angle.number),
        clean(&angle.name).into_owned(),
        count(angle.files(), "file", "files"),
        size::spell(plan.bytes_of(angle)),
        how,
    ]
}

fn details(plan: &AnglesPlan, angle: &Angle) -> [String; 2] {
    let folders = plan.folders_of(angle);
    let mut named: Vec<String> = folders
        .iter()
        .take(FOLDERS)
        .map(|f| clean(f).into_owned())
        .collect();
    if folders.len() > FOLDERS {
        named.push(format!("{} more", folders.len() - FOLDERS));
    }
    [
        clean(&angle.focus).into_owned(),
        format!("in {}", named.join(", ")),
    ]
}

fn indented(text: &str, look: Look) -> Vec<String> {
    let lines = wrap(text, look.columns.saturating_sub(5));
    lines
        .iter()
        .map(|line| look.paint.dim(&format!("     {line}")))
        .collect()
}

/// What is left out, a line a reason.
fn left_out(left: &LeftOut) -> Vec<String> {
    let listed = |paths: &[String], what: &str| {
        let mut named: Vec<String> = paths
            .iter()
            .take(NAMED)
            .map(|path| clean(path).into_owned())
            .collect();
        if paths.len() > NAMED {
            named.push(format!("{} more", paths.len() - NAMED));
        }
        (!paths.is_empty()).then(|| format!("{} {what}: {}", paths.len(), named.join(", ")))
    };
    let counted = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
    [
        listed(&left.secret, "that may hold secrets"),
        listed(&left.generated, "generated, locked or vendored"),
        listed(&left.binary, "binary"),
        listed(&left.unreadable, "too large or not here"),
        counted(left.ignored, "ignored by git"),
        counted(
            left.uncommitted,
            "changed or new since the commit, which is what is read",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn cost(plan: &AnglesPlan) -> String {
    let requests = match plan.requests() {
        1 => "1 request".to_owned(),
        number => format!("{} requests", grouped(number as u64)),
    };
    let tokens = grouped(plan.tokens());
    format!(
        "{requests}, about {tokens} tokens in all, {} at once",
        plan.at_once
    )
}

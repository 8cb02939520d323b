//! What `analyze` answers: one screen, or all of it as JSON.

use serde::Serialize;
use serde_json::{Value, json};

use crate::survey::{
    FileKind, Heat, LanguageShare, Module, RECENT, Survey, SurveyedFile, Together,
};

use super::json::with_exact;
use super::look::Look;
use super::text::{clean, count, pad, width};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub repository: &'a str,
    /// The branch that is checked out; `None` for a detached HEAD.
    pub branch: Option<&'a str>,
    pub survey: &'a Survey,
    /// Whether the history of this clone is cut.
    pub is_shallow: bool,
    pub limits: Limits,
}

/// What exists against what may exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Linked worktrees that exist.
    pub worktrees: usize,
    pub most_worktrees: usize,
    /// Sessions at work.
    pub sessions: usize,
    pub most_sessions: usize,
}

/// Files and pairs that a document lists.
const MOST_LISTED: usize = 50;
const MODULES_SHOWN: usize = 8;
const HOT_SHOWN: usize = 5;
const TOGETHER_SHOWN: usize = 4;
const LANGUAGES_SHOWN: usize = 5;
const ASIDE_SHOWN: usize = 4;

/// One screen for people.
pub fn render(report: &Report<'_>, look: Look) -> String {
    let sections = [
        headline(report, look),
        complexity(report, look),
        modules(report, look),
        hot(report, look),
        together(report, look),
        aside(report, look),
        splits(report, look),
    ];
    let lines: Vec<String> = sections.concat();
    lines.join("\n")
}

fn headline(report: &Report<'_>, look: Look) -> Vec<String> {
    let survey = report.survey;
    let at = survey.commit.short();
    let place = report
        .branch
        .map_or_else(|| at.clone(), |branch| format!("{} at {at}", clean(branch)));
    let counted = format!(
        "{}: {}, {} of {}",
        clean(report.repository),
        count(survey.files.len(), "file", "files"),
        amount(all_lines(survey), "line", "lines"),
        count(survey.languages.len(), "language", "languages"),
    );
    let changes = amount(survey.history.changes.len() as u64, "change", "changes");
    let cut = match report.is_shallow {
        true => ", cut in this shallow clone",
        false => "",
    };
    let mut lines = vec![
        look.paint.bold(&counted),
        format!("{place}, {changes} on its mainline{cut}"),
    ];
    if !survey.languages.is_empty() {
        lines.push(languages(survey, look));
    }
    lines
}

fn languages(survey: &Survey, look: Look) -> String {
    let all: u64 = survey.languages.iter().map(|share| share.lines).sum();
    let told = |share: &&LanguageShare| 200 * share.lines >= all;
    let shown = survey.languages.iter().filter(told).take(LANGUAGES_SHOWN);
    let shares: Vec<String> = shown
        .map(|share| format!("{} {}", share.name, percent(share.lines, all)))
        .collect();
    let dot = format!(" {} ", look.signs.dot);
    shares.join(&dot)
}

fn complexity(report: &Report<'_>, look: Look) -> Vec<String> {
    let complexity = &report.survey.complexity;
    let terms: Vec<String> = complexity
        .terms
        .iter()
        .map(|term| {
            let counted = thousands(term.counted);
            let unit = match (term.unit, term.counted) {
                (unit, _) if unit == term.name => String::new(),
                (unit, 1) if !unit.contains(' ') => format!(" {}", unit.trim_end_matches('s')),
                (unit, _) => format!(" {unit}"),
            };
            format!("{} {:.1} ({counted}{unit})", term.name, term.points)
        })
        .collect();
    let text = format!(
        "complexity {:.1} of 10 = {}",
        complexity.score,
        terms.join(" + ")
    );
    let mut lines = vec![String::new()];
    lines.extend(super::text::wrap(&text, look.columns));
    lines
}

fn modules(report: &Report<'_>, look: Look) -> Vec<String> {
    let survey = report.survey;
    if survey.modules.is_empty() {
        return Vec::new();
    }
    let rows: Vec<[String; 4]> = survey
        .modules
        .iter()
        .zip(&survey.coupling.touched)
        .take(MODULES_SHOWN)
        .map(|(module, changes)| {
            [
                called(module),
                module.files.len().to_string(),
                thousands(module.lines),
                percent(u64::from(*changes), u64::from(survey.coupling.looked_at)),
            ]
        })
        .collect();
    let mut lines = vec![String::new()];
    lines.extend(table(
        ["module", "files", "lines", "of changes"],
        &rows,
        look,
    ));
    let more = survey.modules.len().saturating_sub(MODULES_SHOWN);
    if more > 0 {
        let rest: u64 = survey.modules[MODULES_SHOWN..]
            .iter()
            .map(|m| m.lines)
            .sum();
        let text = format!("and {more} more with {}", amount(rest, "line", "lines"));
        lines.push(look.paint.dim(&text));
    }
    lines
}

/// A column of names and three of numbers.
fn table(head: [&str; 4], rows: &[[String; 4]], look: Look) -> Vec<String> {
    let widest = |at: usize| {
        let cells = rows.iter().map(|row| width(&row[at]));
        cells.chain([width(head[at])]).max().unwrap_or(0)
    };
    let numbers = [widest(1), widest(2), widest(3)];
    let room = look
        .columns
        .saturating_sub(numbers.iter().sum::<usize>() + 6);
    let names = widest(0).min(room.max(12));
    let line = |cells: [&str; 4]| {
        let mut line = pad(&look.fit(cells[0], names), names);
        for (cell, columns) in cells[1..].iter().zip(numbers) {
            line.push_str("  ");
            line.push_str(&" ".repeat(columns.saturating_sub(width(cell))));
            line.push_str(cell);
        }
        line
    };
    let body = rows
        .iter()
        .map(|row| line([&row[0], &row[1], &row[2], &row[3]]));
    std::iter::once(look.paint.dim(&line(head)))
        .chain(body)
        .collect()
}

fn hot(report: &Report<'_>, look: Look) -> Vec<String> {
    let survey = report.survey;
    let seen = survey.history.changes.len().min(RECENT);
    let heat = survey.history.heat();
    let shown: Vec<String> = heat
        .iter()
        .filter(|heat| heat.changes > 1)
        .take(HOT_SHOWN)
        .map(|heat| {
            let path = clean(&survey.files[heat.file as usize].path);
            let path = look.fit_path(&path, look.columns.saturating_sub(8));
            format!("  {:>4}  {path}", heat.changes)
        })
        .collect();
    section(
        &format!("hot files: changes of the last {seen}"),
        &shown,
        look,
    )
}

fn together(report: &Report<'_>, look: Look) -> Vec<String> {
    let survey = report.survey;
    let path = |file: u32| clean(&survey.files[file as usize].path).into_owned();
    let pairs = survey.history.together();
    let shown: Vec<String> = pairs
        .iter()
        .filter(|pair| {
            let own = |file: u32| survey.files[file as usize].is_work();
            own(pair.a) && own(pair.b)
        })
        .take(TOGETHER_SHOWN)
        .map(|pair| {
            let times = format!("{} of {}", pair.both, pair.either);
            let front = format!("  {times:>9}  ");
            let room = look.columns.saturating_sub(width(&front) + 3);
            let (a, b) = (path(pair.a), path(pair.b));
            // What one does not need is the other's.
            let half = |other: &str| (room / 2).max(room.saturating_sub(width(other)));
            let (a, b) = (look.fit_path(&a, half(&b)), look.fit_path(&b, half(&a)));
            format!("{front}{a} + {b}")
        })
        .collect();
    section("change together", &shown, look)
}

/// Files that tasks had better leave alone, or take in turns.
fn aside(report: &Report<'_>, look: Look) -> Vec<String> {
    let kinds = [
        (FileKind::Configuration, "shared configuration"),
        (FileKind::Lock, "lock files"),
        (FileKind::Migration, "migrations"),
        (FileKind::Generated, "generated"),
    ];
    let shown: Vec<String> = kinds
        .iter()
        .filter_map(|(kind, what)| {
            let files: Vec<&SurveyedFile> = of_kind(report.survey, *kind).collect();
            let first = files.first()?;
            let more = match files.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Some(format!("  {what}: {}{more}", clean(&first.path)))
        })
        .take(ASIDE_SHOWN)
        .collect();
    section("in everybody's way", &shown, look)
}

/// The files of a kind, those nearest to the root first.
fn of_kind(survey: &Survey, kind: FileKind) -> impl Iterator<Item = &SurveyedFile> {
    let mut files: Vec<&SurveyedFile> = survey.files.iter().filter(|f| f.kind == kind).collect();
    files.sort_by_key(|file| (file.path.matches('/').count(), file.path.starts_with('.')));
    files.into_iter()
}

fn splits(report: &Report<'_>, look: Look) -> Vec<String> {
    let survey = report.survey;
    let places = survey.coupling.places.len();
    let mut text = match places {
        0 | 1 => "the structure allows 1 split: all the work is in one place".to_owned(),
        _ => format!("the structure allows {places} splits: so many places change on their own"),
    };
    if let Some(locality) = survey.coupling.locality() {
        let seen = u64::from(survey.coupling.seen);
        text.push_str(&format!(
            " ({:.0} % of the latest {} in one module)",
            locality * 100.0,
            amount(seen, "change stays", "changes stay")
        ));
    }
    let limits = report.limits;
    let existing = format!(
        "{} of {} worktrees exist, {} of {} sessions are at work",
        limits.worktrees, limits.most_worktrees, limits.sessions, limits.most_sessions
    );
    let mut lines = vec![String::new()];
    lines.extend(super::text::wrap(&text, look.columns));
    lines.push(existing);
    lines
}

fn section(title: &str, shown: &[String], look: Look) -> Vec<String> {
    if shown.is_empty() {
        return Vec::new();
    }
    let cut = shown.iter().map(|line| look.fit(line, look.columns));
    [String::new(), look.paint.dim(title)]
        .into_iter()
        .chain(cut)
        .collect()
}

/// What people call it.
fn called(module: &Module) -> String {
    match module.folder.as_str() {
        "" => "(top folder)".to_owned(),
        folder => clean(folder).into_owned(),
    }
}

/// The folder of a module as a path.
fn name(module: &Module) -> &str {
    match module.folder.as_str() {
        "" => ".",
        folder => folder,
    }
}

fn all_lines(survey: &Survey) -> u64 {
    survey
        .files
        .iter()
        .filter_map(|file| Some(file.lines?.all))
        .sum()
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.0} %", 100.0 * part as f64 / whole as f64),
    }
}

/// A count with its noun, where it may be in the thousands.
fn amount(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", thousands(number))
}

/// 1234567 as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For programs.
pub fn document(report: &Report<'_>) -> Value {
    let survey = report.survey;
    let paths = |kind: FileKind| -> Vec<&str> {
        of_kind(survey, kind)
            .map(|file| file.path.as_str())
            .collect()
    };
    json!({
        "version": 1,
        "repository": report.repository,
        "branch": report.branch,
        "commit": survey.commit,
        "codebase": {
            "files": survey.files.len(),
            "lines": all_lines(survey),
            "languages": survey.languages.iter().map(|share| json!({
                "name": share.name, "files": share.files, "lines": share.lines,
            })).collect::<Vec<_>>(),
        },
        "complexity": {
            "score": rounded(survey.complexity.score),
            "terms": survey.complexity.terms.iter().map(|term| json!({
                "name": term.name, "counted": term.counted, "unit": term.unit,
                "points": rounded(term.points), "most": term.most,
            })).collect::<Vec<_>>(),
        },
        "modules": module_documents(survey),
        "hot_files": hot_documents(survey),
        "change_together": pair_documents(survey),
        "patterns": {
            "shared_configuration": paths(FileKind::Configuration),
            "lock_files": paths(FileKind::Lock),
            "migrations": paths(FileKind::Migration),
            "generated": paths(FileKind::Generated),
        },
        "history": {
            "changes": survey.history.changes.len(),
            "shallow": report.is_shallow,
            "looked_at": survey.coupling.looked_at,
            "seen": survey.coupling.seen,
            "inside_one_module": survey.coupling.inside,
        },
        "splits": {
            "structure": survey.coupling.places.len().max(1),
            "places": survey.coupling.places.iter().map(|place| {
                place.iter().map(|&at| name(&survey.modules[at])).collect::<Vec<_>>()
            }).collect::<Vec<_>>(),
        },
        "limits": report.limits,
    })
}

fn hot_documents(survey: &Survey) -> Vec<Value> {
    let document = |heat: &Heat| {
        let file = &survey.files[heat.file as usize];
        let document = json!({"path": file.path, "changes": heat.changes});
        with_exact(document, "path_base64", file.exact.as_ref())
    };
    let heat = survey.history.heat();
    heat.iter().take(MOST_LISTED).map(document).collect()
}

fn pair_documents(survey: &Survey) -> Vec<Value> {
    let document = |pair: &Together| {
        let (a, b) = (
            &survey.files[pair.a as usize],
            &survey.files[pair.b as usize],
        );
        let document = json!({
            "a": a.path, "b": b.path, "both": pair.both, "either": pair.either,
        });
        let document = with_exact(document, "a_base64", a.exact.as_ref());
        with_exact(document, "b_base64", b.exact.as_ref())
    };
    let together = survey.history.together();
    together.iter().take(MOST_LISTED).map(document).collect()
}

fn module_documents(survey: &Survey) -> Vec<Value> {
    let modules = survey.modules.iter().zip(&survey.coupling.touched);
    modules
        .map(|(module, changes)| {
            json!({
                "folder": name(module), "tool": module.tool, "files": module.files.len(),
                "lines": module.lines, "changes": changes,
            })
        })
        .collect()
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

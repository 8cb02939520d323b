//! Tasks that declare the same paths: how risky that is, and which must go one after the other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::survey::is_lock_file;

use super::dependencies::Graph;
use super::files::{around, covers};
use super::model::{Implied, Overlap, Problem, Risk, Task};

/// Every pair of tasks that declares a path in common, unless both only read it.
pub fn overlaps(tasks: &[Task]) -> Vec<Overlap> {
    let graph = Graph::of(tasks);
    let mut found = Vec::new();
    for (earlier, later) in meeting(tasks) {
        let ordered = || graph.is_behind(later, earlier) || graph.is_behind(earlier, later);
        found.extend(overlap(&tasks[earlier], &tasks[later], ordered));
    }
    found.sort_by_key(|overlap| (std::cmp::Reverse(overlap.risk), overlap.a, overlap.b));
    found
}

/// A path that more tasks name is not told pair by pair: each of them is set against so many that
/// follow.
const MANY: usize = 50;
const FOLLOWING: usize = 8;

/// The pairs of tasks of which one names a path that the other names too, or a folder around it; of
/// a path that very many name, those that follow each other.
fn meeting(tasks: &[Task]) -> BTreeSet<(usize, usize)> {
    let named = named(tasks);
    let mut pairs = BTreeSet::new();
    for (at, task) in tasks.iter().enumerate() {
        for path in task.files.all() {
            for others in around(path).filter_map(|path| named.get(path)) {
                let others = match others.len() {
                    0..=MANY => others.as_slice(),
                    _ => following(others, at),
                };
                let others = others.iter().filter(|other| **other != at);
                pairs.extend(others.map(|&other| (at.min(other), at.max(other))));
            }
        }
    }
    pairs
}

/// By path, the positions of the tasks that name it, ascending.
fn named(tasks: &[Task]) -> BTreeMap<&str, Vec<usize>> {
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, task) in tasks.iter().enumerate() {
        for path in task.files.all() {
            named.entry(path).or_default().push(at);
        }
    }
    named
}

/// Paths that so many tasks name that not all of their pairs are told.
pub fn crowded(tasks: &[Task]) -> Vec<Problem> {
    let named = named(tasks).into_iter();
    let crowded = named.filter(|(_, tasks)| tasks.len() > MANY);
    let told = |(path, tasks): (&str, Vec<usize>)| Problem {
        code: "crowded".to_owned(),
        message: format!(
            "{} tasks name {path}: each is only held against the next {FOLLOWING} of them",
            tasks.len()
        ),
        task: None,
    };
    crowded.map(told).collect()
}

/// Those of the ascending positions that come next.
fn following(others: &[usize], at: usize) -> &[usize] {
    let start = others.partition_point(|other| *other <= at);
    &others[start..others.len().min(start + FOLLOWING)]
}

/// The highest risk of all.
pub fn highest(overlaps: &[Overlap]) -> Risk {
    overlaps
        .iter()
        .map(|overlap| overlap.risk)
        .max()
        .unwrap_or(Risk::Low)
}

fn overlap(a: &Task, b: &Task, ordered: impl Fn() -> bool) -> Option<Overlap> {
    let both_change = shared(a.files.changed(), b.files.changed());
    let one_reads = [
        shared(a.files.changed(), b.files.read.iter().map(String::as_str)),
        shared(b.files.changed(), a.files.read.iter().map(String::as_str)),
    ]
    .concat();
    let mut paths = [both_change.clone(), one_reads].concat();
    paths.sort_unstable();
    paths.dedup();
    let first = paths.first()?;
    let (risk, reason) = if ordered() {
        (
            Risk::Low,
            format!("both touch {first}, one after the other"),
        )
    } else {
        rated(&both_change, first)
    };
    Some(Overlap {
        a: a.id,
        b: b.id,
        risk,
        reason,
        forecast: None,
        paths,
    })
}

/// The rules that came with the cost rule: the same file is a high risk; shared configuration, common helpers and tests,
/// which mostly grow at different places, are a medium one, and so is reading what another changes.
fn rated(both_change: &[String], first: &str) -> (Risk, String) {
    let own = both_change.iter().find(|path| harmless(path).is_none());
    match (own, both_change.first()) {
        (Some(path), _) => (Risk::High, format!("both change {path}")),
        (None, Some(path)) => {
            let kind = harmless(path).unwrap_or_default();
            (Risk::Medium, format!("both change {path}, {kind}"))
        }
        (None, None) => (
            Risk::Medium,
            format!("one reads {first} while the other changes it"),
        ),
    }
}

/// The paths that both lists name; where one names a folder, what the other names in it.
fn shared<'a, 'b>(
    a: impl Iterator<Item = &'a str>,
    b: impl Iterator<Item = &'b str>,
) -> Vec<String> {
    let b: Vec<&str> = b.collect();
    let mut found = Vec::new();
    for one in a {
        for &other in &b {
            if covers(one, other) {
                found.push(other.to_owned());
            } else if covers(other, one) {
                found.push(one.to_owned());
            }
        }
    }
    found
}

/// What makes changing this file in two places at once less of a risk.
fn harmless(path: &str) -> Option<&'static str> {
    let lower = path.to_lowercase();
    let mut parts: Vec<&str> = lower.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let extension = name.rsplit('.').next().unwrap_or_default();
    let in_folder = |names: &[&str]| parts.iter().any(|part| names.contains(part));
    if in_folder(&["test", "tests", "spec", "specs", "__tests__"])
        || name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
    {
        Some("related tests")
    } else if ["toml", "yml", "yaml", "ini", "cfg", "conf", "env"].contains(&extension)
        || ["package.json", "tsconfig.json", "makefile", "dockerfile"].contains(&name)
        || in_folder(&["config"])
    {
        Some("shared configuration")
    } else if ["util", "utils", "helper", "helpers", "common"].contains(&stem)
        || in_folder(&["util", "utils", "helpers", "common"])
    {
        Some("common helpers")
    } else {
        None
    }
}

/// The dependencies that put tasks on one file, migration folder, lock file or generated schema in
/// sequence: two that change such at once conflict. They follow `order`, a topological
/// order, so that they close no cycle.
pub fn implied_sequence(tasks: &[Task], order: &[usize]) -> Vec<Implied> {
    let graph = Graph::of(tasks);
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<Implied> = Vec::new();
    let mut known = HashSet::new();
    for &at in order {
        let id = tasks[at].id;
        for (subject, what) in tasks[at].files.changed().filter_map(one_at_a_time) {
            let reason = format!("both change {subject}, {what}: one after the other");
            let before = last.insert(subject, at).filter(|&before| before != at);
            let Some(before) = before.filter(|&before| !graph.is_behind(at, before)) else {
                continue;
            };
            let on = tasks[before].id;
            if known.insert((id, on)) {
                found.push(Implied {
                    task: id,
                    on,
                    reason,
                });
            }
        }
    }
    found
}

/// What two tasks must not change at once, and why: a folder of migrations, a lock file, a schema,
/// the same file of the program.
fn one_at_a_time(path: &str) -> Option<(String, &'static str)> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = name.to_lowercase();
    let migrations = ["migrations", "migrate", "migration"];
    if let Some(depth) = path.split('/').position(|part| migrations.contains(&part)) {
        let parts: Vec<&str> = path.split('/').take(depth + 1).collect();
        return Some((parts.join("/"), "a folder of migrations"));
    }
    if is_lock_file(&lower) {
        return Some((path.to_owned(), "a lock file"));
    }
    let generated = folder
        .split('/')
        .any(|part| part == "generated" || part == "__generated__");
    let schema = lower.split('.').next() == Some("schema") && lower.contains('.');
    if schema && !["md", "txt"].iter().any(|e| lower.ends_with(e)) || lower == "structure.sql" {
        return Some((path.to_owned(), "a schema"));
    }
    if generated && lower.contains("schema") {
        return Some((path.to_owned(), "a generated schema"));
    }
    // What grows in different places, such as configuration, may be changed by two at once.
    harmless(path)
        .is_none()
        .then(|| (path.to_owned(), "the same file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::task;

    fn changing(paths: &[&[&str]]) -> Vec<Task> {
        (1..)
            .zip(paths)
            .map(|(number, paths)| {
                let mut task = task(number, &[]);
                task.files.modify = paths.iter().map(ToString::to_string).collect();
                task
            })
            .collect()
    }

    fn only(tasks: &[Task]) -> (Risk, String) {
        let found = overlaps(tasks);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].risk, found[0].reason.clone())
    }

    #[test]
    fn the_kind_of_the_shared_file_decides_the_risk() {
        let cases = [
            (
                "src/api.rs",
                "src/api.rs",
                Risk::High,
                "both change src/api.rs",
            ),
            ("src", "src/api.rs", Risk::High, "both change src/api.rs"),
            (
                "app.toml",
                "app.toml",
                Risk::Medium,
                "both change app.toml, shared configuration",
            ),
            (
                "src/utils.py",
                "src/utils.py",
                Risk::Medium,
                "both change src/utils.py, common helpers",
            ),
            (
                "tests/a.py",
                "tests/a.py",
                Risk::Medium,
                "both change tests/a.py, related tests",
            ),
        ];
        for (a, b, risk, reason) in cases {
            assert_eq!(only(&changing(&[&[a], &[b]])), (risk, reason.to_owned()));
        }
        assert!(overlaps(&changing(&[&["src/a"], &["src/ab"]])).is_empty());
    }

    #[test]
    fn reading_what_another_changes_is_a_medium_risk_and_reading_together_none() {
        let mut tasks = changing(&[&["src/api.rs"], &[]]);
        tasks[1].files.read = vec!["src/api.rs".to_owned()];
        assert_eq!(only(&tasks).0, Risk::Medium);
        tasks[0].files.read = std::mem::take(&mut tasks[0].files.modify);
        assert!(overlaps(&tasks).is_empty());
    }

    #[test]
    fn a_pair_in_sequence_is_a_low_risk() {
        let mut tasks = changing(&[&["a.rs"], &[], &["a.rs"]]);
        tasks[1].depends = vec![tasks[0].id];
        tasks[2].depends = vec![tasks[1].id];
        assert_eq!(only(&tasks).0, Risk::Low);
    }

    #[test]
    fn migrations_lock_files_and_schemas_go_one_after_the_other() {
        let tasks = changing(&[
            &["db/migrate/1_a.rb", "Cargo.lock"],
            &["db/migrate/2_b.rb", "src/a.rs"],
            &["db/schema.rb", "db/migrate/3_c.rb"],
            &["sub/Cargo.lock", "schema.md"],
            &["db/schema.rb", "Cargo.lock"],
        ]);
        let order: Vec<usize> = (0..tasks.len()).collect();
        let found = implied_sequence(&tasks, &order);
        let edges: Vec<(u32, u32)> = found.iter().map(|f| (f.on.0, f.task.0)).collect();
        assert_eq!(edges, [(1, 2), (2, 3), (3, 5), (1, 5)]);
        assert_eq!(
            found[0].reason,
            "both change db/migrate, a folder of migrations: one after the other"
        );
    }
}

//! The splitter that needs no model: parts that the goal names, each with the files that its words
//! are about; or else the files of the whole goal, divided by what changes together.

use std::collections::{BTreeSet, HashMap};

use crate::id::TaskId;
use crate::survey::{FileKind, Partition, Survey};

use super::cost::{Bounds, advise};
use super::draft::{Draft, TaskDraft};
use super::goal::{Goal, Part};
use super::model::{Overheads, Priority, Problem};
use super::name::slug;
use super::scoped::{Scoped, ScopedFile};

/// A task of a divided goal has at least so many files (as published with the cost rule).
const FEWEST_FILES: usize = 2;
/// Files that one part of an enumeration is given at most.
const MOST_OWN: usize = 8;
/// Two parts whose likely files are the same to this degree are one task.
const SAME: f64 = 0.5;
/// A division that keeps fewer of the past joint changes within its parts cuts what belongs
/// together.
const LEAST_LOCALITY: f64 = 0.5;

/// What is asked of the cost rule.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long all of it takes, in seconds.
    pub total: f64,
    pub overheads: Overheads,
    /// Sessions that may run at once.
    pub sessions: usize,
    /// How many parts the user wants.
    pub asked: Option<usize>,
}

/// A goal as tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Structured {
    pub draft: Draft,
    pub notes: Vec<Problem>,
    /// Why dividing would not pay off, whatever the cost.
    pub objection: Option<String>,
}

/// The parts that the goal names, each with the files that are likelier its than another's.
pub fn by_parts(goal: &Goal, scopes: &[Scoped], survey: &Survey) -> Structured {
    let groups = same(scopes);
    let mut notes = Vec::new();
    let mut tasks: Vec<TaskDraft> = Vec::new();
    let mut ids: HashMap<usize, TaskId> = HashMap::new();
    let owners = owners(scopes, &groups);
    for group in &groups {
        let id = TaskId(tasks.len() as u32 + 1);
        let parts: Vec<&Part> = group.iter().map(|&at| &goal.parts[at]).collect();
        let title = parts
            .iter()
            .map(|part| part.title.as_str())
            .collect::<Vec<_>>();
        let mut task = TaskDraft::titled(id, &title.join("; "), 1);
        if group.len() > 1 {
            let what = format!(
                "'{}' are about the same files: one task",
                title.join("' and '")
            );
            notes.push(Problem::of(id, "parts-joined", what));
        }
        let own: Vec<&ScopedFile> = owners
            .iter()
            .filter(|(at, _)| group.contains(at))
            .map(|(_, file)| *file)
            .collect();
        let details: Vec<&str> = parts.iter().map(|part| part.details.as_str()).collect();
        task.prompt = prompt(&task.title, &details.join("\n"), goal, &own);
        declare(&mut task, &own, survey);
        let before = group.iter().filter(|&&at| goal.parts[at].follows && at > 0);
        task.depends = before
            .filter_map(|at| ids.get(&(at - 1)).copied())
            .collect();
        if own.is_empty() {
            let what = "no file here speaks of it: it makes new ones, or goes by other words";
            notes.push(Problem::of(id, "no-files-found", what));
        }
        ids.extend(group.iter().map(|&at| (at, id)));
        tasks.push(task);
    }
    let objection = (tasks.len() == 1).then(|| "its parts are about the same files".to_owned());
    Structured {
        draft: Draft {
            goal: goal.line.clone(),
            tasks,
        },
        notes,
        objection,
    }
}

/// Parts by what they are about: those whose likely files are the same belong together.
fn same(scopes: &[Scoped]) -> Vec<Vec<usize>> {
    let sets: Vec<BTreeSet<&str>> = scopes
        .iter()
        .map(|scope| scope.likely().map(|file| file.path.as_str()).collect())
        .collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        let alike = |other: &usize| {
            let both = set.intersection(&sets[*other]).count();
            let all = set.union(&sets[*other]).count();
            both > 0 && both as f64 >= SAME * all as f64 && top(&scopes[at]) == top(&scopes[*other])
        };
        match groups.iter_mut().find(|group| group.iter().any(alike)) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

/// What a file is about by its name: `tree` for `tree.rs`, `tree_test.py` and `tree.spec.ts`.
fn subject(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.strip_prefix("test_").unwrap_or(stem);
    let tail = ["_test", "_spec", "Test", "Spec"].iter();
    tail.filter_map(|tail| stem.strip_suffix(tail))
        .next()
        .unwrap_or(stem)
}

fn top(scope: &Scoped) -> Option<&str> {
    scope.files.first().map(|file| file.path.as_str())
}

/// Each likely file with the part that it belongs to: the one that it is likeliest for. A part
/// that would go without takes the best file that is nobody's.
fn owners<'a>(scopes: &'a [Scoped], groups: &[Vec<usize>]) -> Vec<(usize, &'a ScopedFile)> {
    let mut claims: Vec<(usize, &ScopedFile)> = Vec::new();
    for (at, scope) in scopes.iter().enumerate() {
        claims.extend(scope.likely().take(MOST_OWN).map(|file| (at, file)));
    }
    claims.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then(a.0.cmp(&b.0)));
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    claims.retain(|(_, file)| taken.insert(&file.path));
    // A test that is called as what it tests comes along with it.
    for (at, scope) in scopes.iter().enumerate() {
        for test in scope
            .files
            .iter()
            .filter(|file| file.kind == FileKind::Test)
        {
            let tests = |(owner, file): &(usize, &ScopedFile)| {
                *owner == at && subject(&file.path) == subject(&test.path)
            };
            if claims.iter().any(tests) && taken.insert(&test.path) {
                claims.push((at, test));
            }
        }
    }
    for group in groups {
        let has = claims.iter().any(|(at, _)| group.contains(at));
        if !has {
            let mut files = group
                .iter()
                .flat_map(|&at| scopes[at].files.iter().map(move |file| (at, file)));
            if let Some(found) = files.find(|(_, file)| !taken.contains(file.path.as_str())) {
                taken.insert(&found.1.path);
                claims.push(found);
            }
        }
    }
    claims
}

/// The likely files of the whole goal, divided into as many tasks as pay off; `divide` knows these
/// files, in their order, by what changes together.
pub fn by_coupling(
    goal: &Goal,
    scope: &Scoped,
    survey: &Survey,
    limits: Limits,
    divide: impl Fn(usize) -> Partition,
) -> Structured {
    let files: Vec<&ScopedFile> = scope.likely().collect();
    let most = (files.len() / FEWEST_FILES).clamp(1, limits.sessions);
    let divisions: Vec<Partition> = (2..=most).map(&divide).collect();
    let sound = |division: &&Partition| {
        division.parts.len() > 1
            && division
                .locality
                .is_none_or(|share| share >= LEAST_LOCALITY)
    };
    let structure = divisions
        .iter()
        .rfind(sound)
        .map_or(1, |division| division.parts.len());
    let bounds = Bounds {
        structure,
        sessions: limits.sessions,
        asked: limits.asked,
    };
    let wanted = advise(limits.total, &limits.overheads, bounds).recommended;
    let objection = objection(&files, structure).or_else(|| {
        let blind = scope.guess && limits.asked.is_none();
        blind.then(|| "its words do not tell which files it is about, so nothing tells where to cut; name its parts, or the files".to_owned())
    });
    // Somebody who plans all the same gets the smallest division there is.
    let wanted = if wanted > 1 { wanted } else { 2 };
    let parts = match divisions.get(wanted.saturating_sub(2)) {
        _ if files.len() < 2 => vec![(0..files.len()).collect()],
        Some(division) => division.parts.clone(),
        None => divide(wanted.min(files.len())).parts,
    };
    Structured {
        draft: Draft {
            goal: goal.line.clone(),
            tasks: coupled(goal, &files, &parts, survey),
        },
        notes: Vec::new(),
        objection,
    }
}

/// Why files like these are no work for several.
fn objection(files: &[&ScopedFile], structure: usize) -> Option<String> {
    let sources: Vec<&&ScopedFile> = files
        .iter()
        .filter(|file| file.kind != FileKind::Docs)
        .collect();
    let modules: BTreeSet<Option<usize>> = sources.iter().map(|file| file.module).collect();
    match files {
        [] => Some("no file has anything to do with these words".to_owned()),
        [one] => Some(format!("all of it is probably in one file, {}", one.path)),
        _ if structure < 2 && modules.len() <= 1 => Some(in_one_module(files, &sources)),
        _ if structure < 2 => Some(format!(
            "its {} likely files change together, or are too few to divide",
            files.len()
        )),
        _ => None,
    }
}

/// That files of one module are no work for several; `sources` are those that are no words.
fn in_one_module(files: &[&ScopedFile], sources: &[&&ScopedFile]) -> String {
    match sources {
        [only] => format!("the only likely file besides documents is {}", only.path),
        _ => {
            let home = sources.first().map_or(files[0], |first| first);
            let home = match folder(&home.path) {
                "" => "the top folder",
                folder => folder,
            };
            format!("all of it is probably in one module: {home}")
        }
    }
}

fn coupled(
    goal: &Goal,
    files: &[&ScopedFile],
    parts: &[Vec<usize>],
    survey: &Survey,
) -> Vec<TaskDraft> {
    let mut tasks = Vec::new();
    for part in parts {
        let mut own: Vec<&ScopedFile> = part.iter().map(|&at| files[at]).collect();
        own.sort_by(|a, b| b.score.total_cmp(&a.score));
        let label = label(&own, parts.len());
        let title = if parts.len() > 1 && !label.is_empty() {
            format!("{}: {label}", goal.line)
        } else {
            goal.line.clone()
        };
        let mut task = TaskDraft::titled(TaskId(tasks.len() as u32 + 1), &title, 1);
        task.name = slug(&label)
            .map(|_| label.clone())
            .filter(|_| parts.len() > 1);
        let part = match parts.len() {
            1 => String::new(),
            _ => format!("Your part is what of it is in {label}."),
        };
        task.prompt = prompt(&goal.line, &part, goal, &own);
        declare(&mut task, &own, survey);
        tasks.push(task);
    }
    tasks
}

/// What files have in common, in a word or two: their folder, else the stems of the first ones.
fn label(files: &[&ScopedFile], parts: usize) -> String {
    let folders: BTreeSet<&str> = files.iter().map(|file| folder(&file.path)).collect();
    let stem = |file: &&ScopedFile| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let stem = name
            .split('.')
            .find(|part| !part.is_empty())
            .unwrap_or(name);
        let vague = [
            "mod", "lib", "main", "index", "init", "__init__", "utils", "util",
        ];
        if vague.contains(&stem) {
            let above = folder(&file.path).rsplit('/').next().unwrap_or_default();
            return if above.is_empty() {
                stem.to_owned()
            } else {
                above.to_owned()
            };
        }
        stem.to_owned()
    };
    if let (1, true, Some(only)) = (folders.len(), files.len() > 2 && parts < 3, folders.first())
        && !only.is_empty()
    {
        return (*only).to_owned();
    }
    let mut stems: Vec<String> = files.iter().map(stem).collect();
    let mut seen = BTreeSet::new();
    stems.retain(|stem| seen.insert(stem.clone()));
    match stems.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two, ..] => format!("{one} and {two}"),
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a task of a goal says by itself; which files it has and who else is at work is told with it.
fn prompt(title: &str, details: &str, goal: &Goal, own: &[&ScopedFile]) -> String {
    let mut lines = vec![title.to_owned()];
    let mut say = |text: &str| {
        if !text.trim().is_empty() {
            lines.push(format!("\n{}", text.trim()));
        }
    };
    say(details);
    if !title.contains(&goal.line) {
        say(&format!("It is a part of: {}", goal.line));
    }
    if goal.around.trim_matches(['#', ' ', ':']) != goal.line {
        say(&goal.around);
    }
    say(&new_files(own));
    lines.join("\n")
}

/// Where new files fit: beside the likeliest ones.
fn new_files(own: &[&ScopedFile]) -> String {
    let home = |test: bool| {
        let file = own
            .iter()
            .find(|file| (file.kind == FileKind::Test) == test)?;
        Some(folder(&file.path)).filter(|folder| !folder.is_empty())
    };
    match (home(false), home(true)) {
        (Some(source), Some(tests)) => {
            format!("New files belong into {source}/, new tests into {tests}/.")
        }
        (Some(only), None) | (None, Some(only)) => format!("New files belong into {only}/."),
        (None, None) => String::new(),
    }
}

fn declare(task: &mut TaskDraft, own: &[&ScopedFile], survey: &Survey) {
    task.files.modify = own.iter().map(|file| file.path.clone()).collect();
    task.foreseen = true;
    // What runs at once by intention is not held up by a word in a title.
    task.priority = Some(Priority::P2);
    // The tests of the program say nothing of its documents.
    let is_tested = own.iter().any(|file| file.kind != FileKind::Docs);
    task.success = own
        .first()
        .filter(|_| is_tested)
        .and_then(|file| tests_of(survey, &file.path))
        .map(|command| format!("`{command}` passes, with a test of what changed"));
}

/// How the tests of a file's package are usually run: by the nearest manifest above the file.
pub(super) fn tests_of(survey: &Survey, path: &str) -> Option<&'static str> {
    let above = std::iter::successors(Some(folder(path)), |below| {
        (!below.is_empty()).then(|| folder(below))
    });
    let has = |folder: &str, name: &str| {
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        let files = &survey.files;
        files
            .binary_search_by(|file| file.path.as_str().cmp(&path))
            .is_ok()
    };
    let mut found = above.flat_map(|folder| {
        let here = TESTS.iter().filter(move |(name, _)| has(folder, name));
        here.map(|(_, command)| *command)
    });
    found.next()
}

/// Build manifests, and how a project that has one usually runs its tests.
const TESTS: &[(&str, &str)] = &[
    ("Cargo.toml", "cargo test"),
    ("package.json", "npm test"),
    ("pyproject.toml", "python -m pytest"),
    ("setup.py", "python -m pytest"),
    ("go.mod", "go test ./..."),
    ("pom.xml", "mvn test"),
    ("build.gradle", "gradle test"),
    ("build.gradle.kts", "gradle test"),
    ("composer.json", "vendor/bin/phpunit"),
    ("Gemfile", "bundle exec rake test"),
    ("mix.exs", "mix test"),
    ("Package.swift", "swift test"),
    ("CMakeLists.txt", "ctest"),
    ("dune-project", "dune test"),
    ("build.sbt", "sbt test"),
    ("Makefile", "make test"),
];

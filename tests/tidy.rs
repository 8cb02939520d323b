//! The rules of the house that a program can check. See the crate documentation in `src/lib.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may import from. `duration`, `error`, `id` and `size` are the ground for everybody.
const FLOORS: &[(&str, &[&str])] = &[
    ("main", &[]),
    (
        "lib",
        &[
            "agents",
            "angles",
            "cli",
            "commands",
            "context",
            "demo",
            "doctor",
            "duration",
            "error",
            "fuzz",
            "fuzzing",
            "git",
            "hashed",
            "id",
            "integrate",
            "llm",
            "plan",
            "process",
            "run",
            "settings",
            "size",
            "store",
            "survey",
            "team",
            "ui",
        ],
    ),
    ("cli", &["commands", "context", "ui"]),
    (
        "commands",
        &[
            "agents",
            "angles",
            "cli",
            "context",
            "demo",
            "doctor",
            "git",
            "integrate",
            "llm",
            "plan",
            "process",
            "run",
            "settings",
            "store",
            "survey",
            "team",
            "ui",
        ],
    ),
    ("context", &["git", "store", "survey", "ui"]),
    ("settings", &["agents", "git", "store"]),
    ("team", &["git", "settings"]),
    ("demo", &["git", "process"]),
    (
        "doctor",
        &[
            "agents",
            "git",
            "integrate",
            "plan",
            "process",
            "run",
            "store",
        ],
    ),
    (
        "ui",
        &[
            "agents",
            "angles",
            "doctor",
            "git",
            "integrate",
            "plan",
            "run",
            "store",
            "survey",
        ],
    ),
    ("integrate", &["plan", "git", "store", "process"]),
    ("run", &["agents", "plan", "git", "store", "process"]),
    ("angles", &["survey", "git", "store", "process", "llm"]),
    ("plan", &["agents", "survey"]),
    ("survey", &["git"]),
    ("git", &["process"]),
    ("agents", &["process"]),
    ("store", &["agents"]),
    ("process", &[]),
    ("llm", &[]),
    ("duration", &[]),
    ("error", &[]),
    ("fuzz", &[]),
    ("fuzzing", &["agents", "llm", "plan", "store"]),
    ("hashed", &[]),
    ("id", &[]),
    ("size", &[]),
];

const MOST_LINES_OF_CODE: usize = 600;
const MOST_LINES_OF_A_FUNCTION: usize = 60;

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    /// The lines that are program, without the tests below `#[cfg(test)]`; none of a file that is
    /// all tests and says so.
    fn program(&self) -> Vec<(usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]") && *line != "#![cfg(test)]")
            .map(|(number, line)| (number + 1, line))
            .collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(&root).expect("below src");
                let first = inside.iter().next().expect("a name").to_string_lossy();
                found.push(Source {
                    room: first.trim_end_matches(".rs").to_owned(),
                    text: fs::read_to_string(&path).expect("a source file"),
                    path: inside.to_owned(),
                });
            }
        }
    }
    assert!(found.len() > 10, "the sources were not found");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path.display().to_string())
        .collect();
    none("a file must open with //!", &silent);
}

#[test]
fn nothing_imports_upward() {
    let mut broken = Vec::new();
    for source in sources() {
        let allowed = FLOORS
            .iter()
            .find(|(room, _)| *room == source.room)
            .unwrap_or_else(|| panic!("room '{}' has no floor in tests/tidy.rs", source.room))
            .1;
        for (number, line) in source.text.lines().enumerate() {
            for part in line.split("crate::").skip(1) {
                let used: String = part
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let ground = ["duration", "error", "fuzz", "hashed", "id", "size", ""]
                    .contains(&used.as_str());
                let is_room = FLOORS.iter().any(|(room, _)| *room == used);
                if is_room && !ground && used != source.room && !allowed.contains(&used.as_str()) {
                    broken.push(format!(
                        "{}:{} uses {used}",
                        source.path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    none("an import goes upward", &broken);
}

#[test]
fn there_is_one_door_to_other_programs() {
    only_in("process::Command", &["process"]);
    only_in("Command::new(", &["process"]);
}

#[test]
fn gix_stays_in_the_git_room() {
    only_in("gix::", &["git"]);
}

#[test]
fn only_ui_prints() {
    for print in ["print!(", "println!(", "eprint!(", "eprintln!("] {
        only_in(print, &["ui"]);
    }
    only_in("io::stdout()", &["ui", "context"]);
}

#[track_caller]
fn only_in(text: &str, rooms: &[&str]) {
    let mut broken = Vec::new();
    for source in sources() {
        for (number, line) in source.program() {
            let comment = line.trim_start().starts_with("//");
            if !comment && line.contains(text) && !rooms.contains(&source.room.as_str()) {
                broken.push(format!(
                    "{}:{number}: {}",
                    source.path.display(),
                    line.trim()
                ));
            }
        }
    }
    none(&format!("{text} belongs to {rooms:?}"), &broken);
}

#[test]
fn no_file_is_too_big_a_room() {
    let mut broken = Vec::new();
    for source in sources() {
        let lines = source
            .program()
            .iter()
            .map(|(_, line)| line.trim())
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count();
        if lines > MOST_LINES_OF_CODE {
            broken.push(format!("{}: {lines} lines", source.path.display()));
        }
    }
    none("more lines of code than allowed", &broken);
}

#[test]
fn no_function_is_too_long() {
    let mut broken = Vec::new();
    for source in sources() {
        let mut start: Option<(usize, usize, String)> = None;
        for (number, line) in source.program() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let head = code
                .trim_start_matches("pub ")
                .trim_start_matches("pub(super) ");
            let head = head.trim_start_matches("pub(crate) ");
            let head = head
                .trim_start_matches("async ")
                .trim_start_matches("const ");
            if start.is_none() && head.starts_with("fn ") && !line.trim_end().ends_with('}') {
                start = Some((number, indent, head.to_owned()));
            } else if let Some((from, depth, name)) = &start
                && indent == *depth
                && (code == "}" || code.ends_with(';'))
            {
                if number - from + 1 > MOST_LINES_OF_A_FUNCTION {
                    broken.push(format!("{}:{from} {name}", source.path.display()));
                }
                start = None;
            }
        }
    }
    none("a function is longer than allowed", &broken);
}

//! Whatever a draft holds, its task file reads back as the same draft. Drafts are made from a seed
//! out of the pieces that are hard to keep apart, so a failure names the seed that repeats it.

#![cfg(test)]

use crate::fuzz::{self, Dice};
use crate::id::TaskId;

use super::draft::{Draft, Mistake, TaskDraft};
use super::json_file::parse_json;
use super::model::{Files, Plan, Priority};
use super::task_file::{parse, print};
use super::validate::validate;

fn some(dice: &mut Dice, most: usize, of: &[&str]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for _ in 0..dice.roll(most + 1) {
        let piece = dice.one(of).to_owned();
        if !chosen.contains(&piece) {
            chosen.push(piece);
        }
    }
    chosen
}

const TITLES: &[&str] = &[
    "Add login",
    "Fix `a, b` (new)",
    "T9: not an id",
    "認証 – P1",
    "**bold** Depends: x",
    "Task",
    "C#",
    "C #",
    "#",
    "a # ##",
];

const PATHS: &[&str] = &[
    "src/a.rs",
    "a, b.md",
    "x (new)",
    "new x",
    "none",
    "c - d",
    "ünï/ç.py",
    "dir",
    "x and y",
    "p: q",
    "app/(auth)/page.tsx",
    "-",
    ".github/ci.yml",
    "a:",
    ":",
    "(",
];

const LINES: &[&str] = &[
    "- [ ] a step",
    "  - [x] a step below",
    "free words",
    "",
    "### T001: looks like a task",
    "## P0 Critical",
    "# Tasks: looks like a goal",
    "#### a heading of its own",
    "#### Files",
    "- `x` and y",
    "Depends: T999",
    "**Files**: ../outside",
    "- **Optional**",
    "\\### T001: with a backslash",
    "\\\\Depends: with two",
    "\\alpha",
    "T001 → T002",
    "- src/not-a-file.rs",
    "```sh\n### T002: in code\nDepends: T9\n```",
    "~~~~\n```\n## Dependencies\n~~~~",
    "``` in a line ```",
];

fn task(dice: &mut Dice, number: u32) -> TaskDraft {
    let title = dice.one(TITLES);
    let prompt = some(dice, 8, LINES).join("\n");
    let prompt = prompt.trim_matches('\n');
    let files = Files {
        modify: some(dice, 3, PATHS),
        create: some(dice, 2, PATHS),
        read: some(dice, 2, PATHS),
    };
    let before = 1..number;
    TaskDraft {
        name: dice.maybe(|dice| dice.one(&["auth", "T 1", "none"]).to_owned()),
        prompt: if prompt.is_empty() { title } else { prompt }.to_owned(),
        foreseen: !files.is_empty() && dice.roll(3) == 0,
        files,
        depends: before.filter(|_| dice.roll(3) == 0).map(TaskId).collect(),
        priority: dice
            .maybe(|dice| dice.one(&[Priority::P0, Priority::P1, Priority::P2, Priority::P3])),
        optional: dice.roll(2) == 0,
        document: dice.roll(4) == 0,
        timeout_seconds: dice.maybe(|dice| 1 + dice.roll(9000) as u64),
        success: dice.maybe(|dice| dice.one(&["it works: `x`", "**all** green"]).to_owned()),
        estimate_seconds: dice.maybe(|dice| (1 + dice.roll(9000)) as f64),
        ..TaskDraft::titled(TaskId(number), title, 0)
    }
}

fn draft(seed: u64) -> Draft {
    let dice = &mut Dice::new(seed);
    let goal = dice
        .one(&[
            "Let people in",
            "Tasks: twice",
            "P0",
            "#1 goal",
            "Port it to C #",
        ])
        .to_owned();
    let count = 1 + dice.roll(6) as u32;
    Draft {
        goal,
        tasks: (1..=count).map(|number| task(dice, number)).collect(),
    }
}

#[test]
fn what_is_printed_reads_back_as_it_was() {
    for seed in 1..1000 {
        let draft = draft(seed);
        let text = print(&draft);
        let mut read = parse(&text, "").unwrap_or_else(|m| panic!("seed {seed}: {m:?}\n{text}"));
        read.tasks.iter_mut().for_each(|task| task.line = 0);
        assert_eq!(read, draft, "seed {seed}\n{text}");
        assert_eq!(print(&read), text, "seed {seed}");
    }
}

#[test]
fn no_damage_makes_the_parser_panic_and_every_mistake_has_a_line_of_the_file() {
    for seed in 1..1000 {
        let dice = &mut Dice::new(seed);
        let mut lines: Vec<String> = print(&draft(seed)).lines().map(str::to_owned).collect();
        for _ in 0..3 {
            let at = dice.roll(lines.len());
            match dice.roll(3) {
                0 => drop(lines.remove(at)),
                1 => lines[at] = lines[at].chars().skip(1 + dice.roll(4)).collect(),
                _ => lines.insert(at, dice.one(LINES).to_owned()),
            }
        }
        let text = lines.join("\n");
        for mistake in parse(&text, "").err().unwrap_or_default() {
            let last = text.lines().count().max(1);
            assert!((1..=last).contains(&mistake.line), "{mistake:?}\n{text}");
            assert!(!mistake.what.is_empty());
        }
    }
}

/// What is read prints as a task file that says the same of the tasks and their order; what is no
/// task file has mistakes, with lines. (Of values that no task file needs, such as half seconds and
/// file names with a lone backtick, a print may keep less.)
fn holds_together(text: &str, read: Result<Draft, Vec<Mistake>>) {
    let order = |draft: &Draft| -> Vec<_> {
        let tasks = draft.tasks.iter();
        tasks
            .map(|task| (task.id, task.depends.clone(), task.priority, task.optional))
            .collect()
    };
    match read {
        Ok(draft) => {
            let printed = print(&draft);
            let again = parse(&printed, "").unwrap_or_else(|m| panic!("{m:?}\n{printed}"));
            assert_eq!(order(&again), order(&draft), "{printed}");
        }
        Err(mistakes) => {
            // What is cut off lacks what would be on the next line.
            let last = text.lines().count() + 1;
            assert!(!mistakes.is_empty());
            let in_file = |one: &Mistake| (1..=last).contains(&one.line);
            assert!(mistakes.iter().all(in_file), "{mistakes:?}");
        }
    }
}

#[test]
fn whatever_is_read_as_a_task_file_prints_and_reads_back_the_same() {
    let mut corpus = fuzz::files_of("tasks");
    corpus.extend((1..40).map(|seed| print(&draft(seed)).into_bytes()));
    fuzz::each_text(&corpus, |text| holds_together(text, parse(text, "A goal")));
}

#[test]
fn whatever_is_read_as_json_prints_and_reads_back_the_same() {
    let corpus = fuzz::files_of("fuzz/tasks");
    fuzz::each_text(&corpus, |text| {
        holds_together(text, parse_json(text, "A goal"));
    });
}

#[test]
fn no_word_of_a_json_file_is_structure_where_it_is_printed() {
    let broken = "x\n```\n### T009: another\n**Depends**: T010\n# Tasks: else";
    for key in ["title", "name", "success", "prompt"] {
        let mut task = serde_json::json!({"id": "T001", "title": "One"});
        task[key] = broken.into();
        let text = serde_json::json!({"goal": broken, "tasks": [task]}).to_string();
        holds_together(&text, parse_json(&text, ""));
    }
    for title in ["-", "#", ": #", "- two", "", "–"] {
        let text = serde_json::json!({"tasks": [{"title": title}]}).to_string();
        holds_together(&text, parse_json(&text, ""));
    }
}

#[test]
fn whatever_is_read_as_a_plan_is_written_back_the_same_and_judged() {
    fuzz::each(&fuzz::files_of("fuzz/plan"), |bytes| {
        let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else {
            return;
        };
        let written = serde_json::to_vec(&plan).unwrap();
        assert_eq!(serde_json::from_slice::<Plan>(&written).unwrap(), plan);
        if let Ok(valid) = validate(plan) {
            holds_together("", Ok(valid.plan().draft()));
        }
    });
}

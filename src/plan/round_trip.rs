//! Whatever a draft holds, its task file reads back as the same draft. Drafts are made from a seed
//! out of the pieces that are hard to keep apart, so a failure names the seed that repeats it.

#![cfg(test)]

use crate::id::TaskId;

use super::draft::{Draft, TaskDraft};
use super::model::{Files, Priority};
use super::task_file::{parse, print};

/// xorshift64*: enough to choose pieces, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 0).then(|| value(self))
    }

    fn some(&mut self, most: usize, of: &[&str]) -> Vec<String> {
        let mut chosen: Vec<String> = Vec::new();
        for _ in 0..self.roll(most + 1) {
            let piece = self.one(of).to_owned();
            if !chosen.contains(&piece) {
                chosen.push(piece);
            }
        }
        chosen
    }
}

const TITLES: &[&str] = &[
    "Add login",
    "Fix `a, b` (new)",
    "T9: not an id",
    "認証 – P1",
    "**bold** Depends: x",
    "Task",
    "C#",
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
    let prompt = dice.some(8, LINES).join("\n");
    let prompt = prompt.trim_matches('\n');
    let files = Files {
        modify: dice.some(3, PATHS),
        create: dice.some(2, PATHS),
        read: dice.some(2, PATHS),
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
        timeout_seconds: dice.maybe(|dice| 1 + dice.roll(9000) as u64),
        success: dice.maybe(|dice| dice.one(&["it works: `x`", "**all** green"]).to_owned()),
        estimate_seconds: dice.maybe(|dice| (1 + dice.roll(9000)) as f64),
        ..TaskDraft::titled(TaskId(number), title, 0)
    }
}

fn draft(seed: u64) -> Draft {
    let dice = &mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let goal = dice
        .one(&["Let people in", "Tasks: twice", "P0", "#1 goal"])
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
        let dice = &mut Dice(seed);
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

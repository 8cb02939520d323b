//! Who lands and who waits, and a table of every two, small enough for 80 columns.

use crate::git::Merged;
use crate::integrate::{Pair, Report};
use crate::ui::look::Look;
use crate::ui::text::{count, pad, width};

use super::name;

/// What stands at the head of a column, a sign for each branch.
const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Verb, letter and the blanks around them.
const FIXED: usize = "lands  a  ".len();
/// A name is not cut below this for the table's sake.
const NAME_AT_LEAST: usize = 16;
/// Two branches need no table.
const FEWEST: usize = 3;

/// One line a branch, in the order in which they land, and what the signs mean.
pub fn grid(report: &Report, look: Look) -> Vec<String> {
    let grid = Grid::new(report, look);
    let mut lines = Vec::new();
    lines.extend(grid.head());
    let order = report.order.order.iter().enumerate();
    lines.extend(order.map(|(place, &at)| grid.row(place, at)));
    lines.extend(grid.legend());
    lines
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    name: usize,
    /// Columns from one sign to the next; `None` where the table of pairs has no room.
    step: Option<usize>,
    /// Whether files are counted, too.
    counts: bool,
}

/// Shares out `columns`: the table first, with or without blanks, then whole names, then counts.
fn room(columns: usize, branches: usize, longest: usize, counts: usize) -> Room {
    let wanted = longest.min(NAME_AT_LEAST);
    // A sign for each branch and one for the target, and two blanks before them.
    let table = |step: usize| 2 + step * branches + 1;
    let step = [2, 1].into_iter().find(|step| {
        let fits = FIXED + wanted + table(*step) <= columns;
        (FEWEST..=LETTERS.len()).contains(&branches) && fits
    });
    let rest = columns.saturating_sub(FIXED + step.map_or(0, table));
    let name = longest.min(rest.max(NAME_AT_LEAST));
    Room {
        name,
        step,
        counts: name + 2 + counts <= rest,
    }
}

struct Grid<'a> {
    report: &'a Report,
    look: Look,
    names: Vec<String>,
    counts: Vec<String>,
    room: Room,
}

impl<'a> Grid<'a> {
    fn new(report: &'a Report, look: Look) -> Self {
        let all = 0..report.revisions.len();
        let names: Vec<String> = all.clone().map(|at| marked(report, at)).collect();
        let counts: Vec<String> = all.map(|at| counted(report, at)).collect();
        let widest = |texts: &[String]| texts.iter().map(|text| width(text)).max().unwrap_or(0);
        let room = room(look.columns, names.len(), widest(&names), widest(&counts));
        Self {
            report,
            look,
            names,
            counts,
            room,
        }
    }

    fn head(&self) -> Option<String> {
        let step = self.room.step?;
        let gap = " ".repeat(step - 1);
        let letters = LETTERS[..self.names.len()]
            .iter()
            .map(|&letter| char::from(letter));
        let signs: Vec<String> = letters.chain(['*']).map(String::from).collect();
        let indent = " ".repeat(FIXED + self.room.name + 2);
        Some(
            self.look
                .paint
                .dim(&format!("{indent}{}", signs.join(&gap))),
        )
    }

    fn row(&self, place: usize, at: usize) -> String {
        let lands = place < self.report.order.lands().len();
        let verb = match lands {
            true => self.look.paint.green("lands"),
            false => self.look.paint.red("waits"),
        };
        let name = pad(
            &self.look.fit(&self.names[at], self.room.name),
            self.room.name,
        );
        let mut cells = vec![verb];
        match self.room.step {
            Some(step) => {
                cells.push(self.look.paint.dim(&char::from(LETTERS[place]).to_string()));
                cells.push(name);
                cells.push(self.signs(at, step));
            }
            None => cells.push(name),
        }
        if self.room.counts {
            cells.push(self.counts[at].clone());
        }
        cells.join("  ").trim_end().to_owned()
    }

    /// What becomes of this branch with each of the others, and with the target.
    fn signs(&self, at: usize, step: usize) -> String {
        let matrix = &self.report.matrix;
        let others = self.report.order.order.iter().map(|&other| {
            let pair = matrix.pair(at, other).filter(|_| other != at);
            pair.map_or_else(|| " ".to_owned(), |pair| self.sign(Found::of(pair)))
        });
        let target = self.sign(Found::of_merged(&matrix.against_target[at], false));
        let gap = " ".repeat(step - 1);
        others.chain([target]).collect::<Vec<_>>().join(&gap)
    }

    fn sign(&self, found: Found) -> String {
        let (signs, paint) = (self.look.signs, self.look.paint);
        match found {
            Found::Clean => paint.dim(signs.clean),
            Found::Overlap => paint.yellow("~"),
            Found::Conflict => paint.red(signs.failed),
            Found::Unknown => paint.red("?"),
        }
    }

    fn legend(&self) -> Vec<String> {
        let mut legend = Vec::new();
        if self.room.step.is_some() {
            let matrix = &self.report.matrix;
            let pairs = matrix.pairs.iter().map(Found::of);
            let target = matrix.against_target.iter();
            let target = target.map(|merged| Found::of_merged(merged, false));
            let found: Vec<Found> = pairs.chain(target).collect();
            let meanings = [
                (Found::Clean, "nothing in common"),
                (Found::Overlap, "touch the same and merge"),
                (Found::Conflict, "conflict"),
                (Found::Unknown, "no answer"),
            ];
            let met = meanings.iter().filter(|(sign, _)| found.contains(sign));
            legend.extend(met.map(|(sign, words)| format!("{} {words}", self.sign(*sign))));
            let target = self.look.fit(&super::clean(&self.report.target.name), 20);
            legend.push(format!("* with {target}"));
        } else if self.names.len() >= FEWEST {
            legend.push("no room for a table of pairs: see --json".to_owned());
        }
        if self.names.iter().any(|name| name.ends_with(UNCOMMITTED)) {
            legend.push("+ uncommitted work".to_owned());
        }
        if legend.is_empty() {
            return Vec::new();
        }
        vec![legend.join("  ")]
    }
}

/// Behind the name of a worktree that holds more than its commits.
const UNCOMMITTED: &str = " +";

fn marked(report: &Report, at: usize) -> String {
    let worktree = report.revisions[at].worktree.as_ref();
    let mark = if worktree.is_some_and(|worktree| worktree.dirty) {
        UNCOMMITTED
    } else {
        ""
    };
    format!("{}{mark}", name(report, at))
}

fn counted(report: &Report, at: usize) -> String {
    match report.revisions[at].changes.paths.len() {
        0 => "nothing new".to_owned(),
        files => count(files, "file", "files"),
    }
}

/// What a sign stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Clean,
    Overlap,
    Conflict,
    Unknown,
}

impl Found {
    fn of(pair: &Pair) -> Self {
        Self::of_merged(&pair.merged, !pair.overlaps.is_empty())
    }

    fn of_merged(merged: &Merged, overlap: bool) -> Self {
        match merged {
            Merged::Error(_) => Self::Unknown,
            Merged::Conflict { .. } => Self::Conflict,
            Merged::Clean { .. } if overlap => Self::Overlap,
            Merged::Clean { .. } => Self::Clean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_room_before_whole_names_and_these_before_counts() {
        let shared = |columns, branches, longest| {
            let room = room(columns, branches, longest, 20);
            (room.name, room.step, room.counts)
        };
        assert_eq!(shared(80, 2, 10), (10, None, true));
        assert_eq!(shared(80, 5, 10), (10, Some(2), true));
        assert_eq!(shared(80, 20, 60), (27, Some(2), false));
        assert_eq!(shared(80, 30, 40), (37, Some(1), false));
        assert_eq!(shared(80, 51, 10), (10, Some(1), false));
        assert_eq!(shared(80, 60, 90), (70, None, false));
        assert_eq!(shared(20, 5, 30), (16, None, false));
    }
}

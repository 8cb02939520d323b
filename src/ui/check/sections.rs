//! Pair by pair: what conflicts, with its lines where they are wanted, and what only overlaps.

use crate::git::{Conflict, ConflictKind, Merged};
use crate::integrate::{Patches, Report, Sight};
use crate::plan::Risk;
use crate::ui::look::Look;
use crate::ui::text::{clean, wrap};

use super::{name, patch, shown};

/// Paths that are named of a pair before "and N more".
const PATHS_SHOWN: usize = 10;
/// Revisions that are named in a heading before "and N more".
const NAMES_SHOWN: usize = 8;
/// Sections of a kind that are shown before "and N more".
const SECTIONS_SHOWN: usize = 15;

/// Every conflict, then every overlap; each section begins with a blank line. With `patches`,
/// conflicts are shown whole, pair by pair.
pub fn sections(report: &Report, patches: Option<&Patches>, look: Look) -> Vec<String> {
    let sections = Sections {
        report,
        patches,
        look,
    };
    let mut lines = sections.some(&sections.conflicts(), "conflict");
    lines.extend(sections.some(&sections.overlaps(), "touch the same and merge"));
    lines
}

struct Sections<'a> {
    report: &'a Report,
    patches: Option<&'a Patches>,
    look: Look,
}

/// What there is something to say about, by its place in the matrix.
#[derive(Clone, Copy)]
enum Subject {
    Target(usize),
    Pair(usize),
}

/// What is said of one pair, or of all that one revision makes with others of which the very same
/// is said.
struct Section {
    who: Who,
    /// The risk, as a heading begins.
    risk: &'static str,
    what: What,
    entries: Vec<String>,
}

/// Whom a section is about.
#[derive(PartialEq, Eq)]
enum Who {
    Target(usize),
    Pairs(usize, Vec<usize>),
}

/// What became of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Conflict,
    NoAnswer,
    Overlap,
}

impl Sections<'_> {
    /// As many as one wants to read: all of them where their lines were asked for. What is not
    /// shown is not put into words, since there may be thousands.
    fn some(&self, subjects: &[Subject], what: &str) -> Vec<String> {
        let mut sections: Vec<Section> = Vec::new();
        let mut told = 0;
        for subject in subjects {
            let section = self.section(*subject);
            match self.same(&sections, &section) {
                Some(at) => sections[at].who.join(section.who),
                None if self.patches.is_none() && sections.len() == SECTIONS_SHOWN => break,
                None => sections.push(section),
            }
            told += 1;
        }
        let mut lines: Vec<String> = Vec::new();
        for section in sections {
            lines.push(String::new());
            lines.extend(self.heading(&section));
            lines.extend(section.entries);
        }
        let more = subjects.len() - told;
        if more > 0 {
            lines.push(String::new());
            lines.push(format!("and {more} more pairs that {what}: see --json"));
        }
        lines
    }

    /// The earlier section of the same revision that says the same. Each pair has its own where
    /// lines were asked for.
    fn same(&self, earlier: &[Section], section: &Section) -> Option<usize> {
        let Who::Pairs(one, _) = section.who else {
            return None;
        };
        if self.patches.is_some() {
            return None;
        }
        let is_of_one = |who: &Who| matches!(who, Who::Pairs(first, _) if *first == one);
        // The pairs of one revision follow each other.
        let of_one = earlier.iter().enumerate().rev();
        let mut of_one = of_one.take_while(|(_, earlier)| is_of_one(&earlier.who));
        let same = of_one.find(|(_, earlier)| {
            earlier.what == section.what && earlier.entries == section.entries
        });
        same.map(|(at, _)| at)
    }

    fn conflicts(&self) -> Vec<Subject> {
        let matrix = &self.report.matrix;
        let with_target = matrix.against_target.iter().enumerate();
        let with_target = with_target
            .filter(|(_, merged)| !matches!(merged, Merged::Clean { .. }))
            .map(|(at, _)| Subject::Target(at));
        with_target.chain(self.pairs(Risk::High)).collect()
    }

    fn overlaps(&self) -> Vec<Subject> {
        self.pairs(Risk::Medium).collect()
    }

    fn pairs(&self, risk: Risk) -> impl Iterator<Item = Subject> {
        let all = self.report.matrix.pairs.iter().enumerate();
        all.filter(move |(_, pair)| pair.risk == risk)
            .map(|(at, _)| Subject::Pair(at))
    }

    fn section(&self, subject: Subject) -> Section {
        let (report, matrix) = (self.report, &self.report.matrix);
        match subject {
            Subject::Target(at) => {
                let merged = &matrix.against_target[at];
                let sights = self.patches.map(|p| p.against_target[at].as_slice());
                // The target is "ours" of such a merge.
                let sides = [&*clean(&report.target.name), &name(report, at)];
                Section {
                    who: Who::Target(at),
                    risk: "",
                    what: What::of(merged),
                    entries: self.entries(merged, sights, sides),
                }
            }
            Subject::Pair(at) if matrix.pairs[at].risk == Risk::High => {
                let pair = &matrix.pairs[at];
                let sights = self.patches.map(|p| p.pairs[at].as_slice());
                let sides = [&*name(report, pair.a), &name(report, pair.b)];
                Section {
                    who: Who::Pairs(pair.a, vec![pair.b]),
                    risk: "high risk: ",
                    what: What::of(&pair.merged),
                    entries: self.entries(&pair.merged, sights, sides),
                }
            }
            Subject::Pair(at) => {
                let pair = &matrix.pairs[at];
                let paths = pair.overlaps.iter();
                let paths = paths.map(|path| format!("  {}", shown(path)));
                Section {
                    who: Who::Pairs(pair.a, vec![pair.b]),
                    risk: "medium risk: ",
                    what: What::Overlap,
                    entries: limited(paths.collect()),
                }
            }
        }
    }

    fn heading(&self, section: &Section) -> Vec<String> {
        let (report, risk) = (self.report, section.risk);
        let target = || clean(&report.target.name);
        let text = match (&section.who, section.what) {
            (Who::Target(at), What::NoAnswer) => {
                format!("{} cannot be merged with {}", name(report, *at), target())
            }
            (Who::Target(at), _) => format!("{} conflicts with {}", name(report, *at), target()),
            (Who::Pairs(one, others), what) if others.len() == 1 => {
                let (a, b) = (name(report, *one), name(report, others[0]));
                format!("{risk}{a} and {b} {}", what.of_two())
            }
            (Who::Pairs(one, others), what) => {
                let mut names: Vec<String> = others.iter().map(|&at| name(report, at)).collect();
                let more = names.len().saturating_sub(NAMES_SHOWN);
                if more > 1 {
                    names.truncate(NAMES_SHOWN);
                    names.push(format!("and {more} more"));
                }
                let (a, names) = (name(report, *one), names.join(", "));
                format!("{risk}{a} {} each of {names}", what.with_each())
            }
        };
        let paint = |line: String| match section.what {
            What::Overlap => self.look.paint.yellow(&line),
            What::Conflict | What::NoAnswer => self.look.paint.red(&line),
        };
        let lines = wrap(&text, self.look.columns);
        lines.into_iter().map(paint).collect()
    }

    fn entries(&self, merged: &Merged, sights: Option<&[Sight]>, sides: [&str; 2]) -> Vec<String> {
        let told = |conflict: &Conflict| told(conflict, sides);
        let Some(sights) = sights.filter(|sights| !sights.is_empty()) else {
            return match merged {
                Merged::Error(error) => vec![format!("  {}", clean(&error.message))],
                _ if merged.conflicts().is_empty() => {
                    vec!["  a folder is renamed in two ways".to_owned()]
                }
                _ => limited(merged.conflicts().iter().map(told).collect()),
            };
        };
        let mut lines = Vec::new();
        for (conflict, sight) in merged.conflicts().iter().zip(sights) {
            lines.push(told(conflict));
            lines.extend(patch::lines(sight, sides, self.look));
        }
        lines
    }
}

impl Who {
    /// Takes the others of another section in.
    fn join(&mut self, other: Self) {
        if let (Self::Pairs(_, others), Self::Pairs(_, more)) = (self, other) {
            others.extend(more);
        }
    }
}

impl What {
    fn of(merged: &Merged) -> Self {
        match merged {
            Merged::Error(_) => Self::NoAnswer,
            _ => Self::Conflict,
        }
    }

    fn of_two(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NoAnswer => "cannot be merged",
            Self::Overlap => "touch the same and merge",
        }
    }

    fn with_each(self) -> &'static str {
        match self {
            Self::Conflict => "conflicts with",
            Self::NoAnswer => "cannot be merged with",
            Self::Overlap => "touches the same as, and merges with,",
        }
    }
}

/// The first of them.
fn limited(mut entries: Vec<String>) -> Vec<String> {
    let more = entries.len().saturating_sub(PATHS_SHOWN);
    entries.truncate(PATHS_SHOWN);
    if more > 0 {
        entries.push(format!("  and {more} more"));
    }
    entries
}

/// The path, and what both did to it.
fn told(conflict: &Conflict, sides: [&str; 2]) -> String {
    let [a, b] = sides;
    let versions = &conflict.versions;
    let words = match conflict.kind {
        ConflictKind::Content => "both changed the same lines".to_owned(),
        ConflictKind::AddAdd => "both added it".to_owned(),
        ConflictKind::Binary => "both changed it, and it is binary".to_owned(),
        ConflictKind::ModifyDelete if versions.ours.is_none() => {
            format!("{a} removed it, {b} changed it")
        }
        ConflictKind::ModifyDelete => format!("{a} changed it, {b} removed it"),
        ConflictKind::Mode => "its mode differs".to_owned(),
        ConflictKind::Submodule => "a submodule at two commits".to_owned(),
        ConflictKind::Type => "a file here, something else there".to_owned(),
        ConflictKind::Rename => "renamed in ways that do not go together".to_owned(),
        ConflictKind::DirectoryRename => "its folder was renamed".to_owned(),
    };
    format!("  {} ({words})", shown(&conflict.path))
}

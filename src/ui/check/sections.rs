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
    let mut conflicts = sections.with_target();
    conflicts.extend(sections.conflicts());
    let mut lines = sections.some(conflicts, "conflict");
    lines.extend(sections.some(sections.overlaps(), "touch the same and merge"));
    lines
}

struct Sections<'a> {
    report: &'a Report,
    patches: Option<&'a Patches>,
    look: Look,
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
    /// As many as one wants to read: all of them where their lines were asked for.
    fn some(&self, mut sections: Vec<Section>, what: &str) -> Vec<String> {
        if self.patches.is_none() {
            sections = joined(sections);
        }
        let shown = match self.patches {
            Some(_) => sections.len(),
            None => sections.len().min(SECTIONS_SHOWN),
        };
        let more: usize = sections[shown..].iter().map(Section::pairs).sum();
        sections.truncate(shown);
        let mut lines: Vec<String> = Vec::new();
        for section in sections {
            lines.push(String::new());
            lines.extend(self.heading(&section));
            lines.extend(section.entries);
        }
        if more > 0 {
            lines.push(String::new());
            lines.push(format!("and {more} more pairs that {what}: see --json"));
        }
        lines
    }

    fn with_target(&self) -> Vec<Section> {
        let target = clean(&self.report.target.name);
        let all = self.report.matrix.against_target.iter().enumerate();
        let found = all.filter(|(_, merged)| !matches!(merged, Merged::Clean { .. }));
        found
            .map(|(at, merged)| {
                let sights = self.patches.map(|p| p.against_target[at].as_slice());
                Section {
                    who: Who::Target(at),
                    risk: "",
                    what: What::of(merged),
                    // The target is "ours" of such a merge.
                    entries: self.entries(merged, sights, [&target, &name(self.report, at)]),
                }
            })
            .collect()
    }

    fn conflicts(&self) -> Vec<Section> {
        let all = self.report.matrix.pairs.iter().enumerate();
        let found = all.filter(|(_, pair)| pair.risk == Risk::High);
        found
            .map(|(at, pair)| {
                let (a, b) = (name(self.report, pair.a), name(self.report, pair.b));
                let sights = self.patches.map(|p| p.pairs[at].as_slice());
                Section {
                    who: Who::Pairs(pair.a, vec![pair.b]),
                    risk: "high risk: ",
                    what: What::of(&pair.merged),
                    entries: self.entries(&pair.merged, sights, [&a, &b]),
                }
            })
            .collect()
    }

    fn overlaps(&self) -> Vec<Section> {
        let all = self.report.matrix.pairs.iter();
        let found = all.filter(|pair| pair.risk == Risk::Medium);
        found
            .map(|pair| {
                let paths = pair
                    .overlaps
                    .iter()
                    .map(|path| format!("  {}", shown(path)));
                Section {
                    who: Who::Pairs(pair.a, vec![pair.b]),
                    risk: "medium risk: ",
                    what: What::Overlap,
                    entries: limited(paths.collect()),
                }
            })
            .collect()
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

impl Section {
    fn pairs(&self) -> usize {
        match &self.who {
            Who::Target(_) => 1,
            Who::Pairs(_, others) => others.len(),
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

/// Pairs of one revision of which the same is said become one section, where the first of them was.
fn joined(sections: Vec<Section>) -> Vec<Section> {
    let mut joined: Vec<Section> = Vec::new();
    for section in sections {
        let Who::Pairs(one, others) = &section.who else {
            joined.push(section);
            continue;
        };
        // The pairs of one revision follow each other.
        let of_one = joined.iter_mut().rev().map_while(|earlier| {
            let is_said = earlier.what == section.what && earlier.entries == section.entries;
            match &mut earlier.who {
                Who::Pairs(first, already) if first == one => Some((is_said, already)),
                _ => None,
            }
        });
        let same = of_one
            .filter(|(is_said, _)| *is_said)
            .map(|(_, already)| already)
            .next();
        match same {
            Some(already) => already.extend(others),
            None => joined.push(section),
        }
    }
    joined
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

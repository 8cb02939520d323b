//! Pair by pair: what conflicts, with its lines where they are wanted, and what only overlaps.

use crate::git::{Conflict, ConflictKind, Merged};
use crate::integrate::{Patches, Report, Sight};
use crate::plan::Risk;
use crate::ui::look::Look;
use crate::ui::text::clean;

use super::{name, patch, shown};

/// Paths that are named of a pair before "and N more".
const PATHS_SHOWN: usize = 10;
/// Pairs of a kind that are shown before "and N more".
const PAIRS_SHOWN: usize = 15;

/// Every conflict, then every overlap; each section begins with a blank line. With `patches`,
/// conflicts are shown whole.
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

impl Sections<'_> {
    /// As many as one wants to read: all of them where their lines were asked for.
    fn some(&self, mut sections: Vec<Vec<String>>, what: &str) -> Vec<String> {
        let more = match self.patches {
            Some(_) => 0,
            None => sections.len().saturating_sub(PAIRS_SHOWN),
        };
        sections.truncate(sections.len() - more);
        let mut lines = sections.concat();
        if more > 0 {
            lines.push(String::new());
            lines.push(format!("and {more} more pairs that {what}: see --json"));
        }
        lines
    }

    fn with_target(&self) -> Vec<Vec<String>> {
        let target = clean(&self.report.target.name);
        let all = self.report.matrix.against_target.iter().enumerate();
        let found = all.filter(|(_, merged)| !matches!(merged, Merged::Clean { .. }));
        found
            .map(|(at, merged)| {
                let who = name(self.report, at);
                let heading = match merged {
                    Merged::Error(_) => format!("{who} cannot be merged with {target}"),
                    _ => format!("{who} conflicts with {target}"),
                };
                let sights = self.patches.map(|p| p.against_target[at].as_slice());
                // The target is "ours" of such a merge.
                self.section(
                    &self.look.paint.red(&heading),
                    merged,
                    sights,
                    [&target, &who],
                )
            })
            .collect()
    }

    fn conflicts(&self) -> Vec<Vec<String>> {
        let all = self.report.matrix.pairs.iter().enumerate();
        let found = all.filter(|(_, pair)| pair.risk == Risk::High);
        found
            .map(|(at, pair)| {
                let (a, b) = (name(self.report, pair.a), name(self.report, pair.b));
                let what = match pair.merged {
                    Merged::Error(_) => "cannot be merged",
                    _ => "conflict",
                };
                let heading = format!("high risk: {a} and {b} {what}");
                let heading = self.look.paint.red(&heading);
                let sights = self.patches.map(|p| p.pairs[at].as_slice());
                self.section(&heading, &pair.merged, sights, [&a, &b])
            })
            .collect()
    }

    fn overlaps(&self) -> Vec<Vec<String>> {
        let all = self.report.matrix.pairs.iter();
        let found = all.filter(|pair| pair.risk == Risk::Medium);
        found
            .map(|pair| {
                let (a, b) = (name(self.report, pair.a), name(self.report, pair.b));
                let heading = format!("medium risk: {a} and {b} touch the same and merge");
                let heading = self.look.paint.yellow(&heading);
                let paths = pair
                    .overlaps
                    .iter()
                    .map(|path| format!("  {}", shown(path)));
                self.limited(&heading, paths.collect())
            })
            .collect()
    }

    fn section(
        &self,
        heading: &str,
        merged: &Merged,
        sights: Option<&[Sight]>,
        sides: [&str; 2],
    ) -> Vec<String> {
        let told = |conflict: &Conflict| told(conflict, sides);
        let Some(sights) = sights.filter(|sights| !sights.is_empty()) else {
            let entries = match merged {
                Merged::Error(error) => vec![format!("  {}", clean(&error.message))],
                _ if merged.conflicts().is_empty() => {
                    vec!["  a folder is renamed in two ways".to_owned()]
                }
                _ => merged.conflicts().iter().map(told).collect(),
            };
            return self.limited(heading, entries);
        };
        let mut lines = vec![String::new(), heading.to_owned()];
        for (conflict, sight) in merged.conflicts().iter().zip(sights) {
            lines.push(told(conflict));
            lines.extend(patch::lines(sight, sides, self.look));
        }
        lines
    }

    /// A blank line, a heading, and the first of what belongs to it.
    fn limited(&self, heading: &str, mut entries: Vec<String>) -> Vec<String> {
        let more = entries.len().saturating_sub(PATHS_SHOWN);
        entries.truncate(PATHS_SHOWN);
        let mut lines = vec![String::new(), heading.to_owned()];
        lines.extend(entries);
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        lines
    }
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

//! The lines of a conflict: the base and both sides, one under the other.

use crate::git::Contest;
use crate::integrate::Sight;
use crate::ui::look::Look;
use crate::ui::text::{clean_lines, pad, width};

/// Lines of one side of one hunk before "and N more".
const LINES_SHOWN: usize = 40;
/// A branch's name beside its lines is cut to so many columns.
const WIDEST_LABEL: usize = 20;
const BASE: &str = "base";

/// What there is to see of a conflicted path. `sides` are the names of ours and theirs.
pub fn lines(sight: &Sight, sides: [&str; 2], look: Look) -> Vec<String> {
    let sheet = Sheet::new(sides, look);
    match sight {
        Sight::Lines(contests) => contests.iter().flat_map(|c| sheet.contest(c)).collect(),
        Sight::Words { base, ours, theirs } => {
            let [a, b] = &sheet.sides;
            let words = [(BASE, base), (a, ours), (b, theirs)];
            let told = words.map(|(label, words)| {
                let words = words.as_deref().unwrap_or("nothing");
                sheet.line(label, &clean_lines(words).replace('\n', " "))
            });
            told.into()
        }
    }
}

struct Sheet {
    sides: [String; 2],
    label: usize,
    look: Look,
}

impl Sheet {
    fn new(sides: [&str; 2], look: Look) -> Self {
        let sides = sides.map(|side| look.fit(side, WIDEST_LABEL));
        let widest = sides.iter().map(|side| width(side)).max().unwrap_or(0);
        Self {
            label: widest.max(BASE.len()),
            sides,
            look,
        }
    }

    fn contest(&self, contest: &Contest) -> Vec<String> {
        let paint = self.look.paint;
        let mut lines = vec![paint.dim(&format!("    line {}", contest.line))];
        lines.extend(self.side("", Some(&contest.before), |text| paint.dim(text)));
        lines.extend(self.side(BASE, contest.base.as_ref(), |text| paint.yellow(text)));
        let [a, b] = &self.sides;
        lines.extend(self.side(a, contest.ours.as_ref(), |text| paint.green(text)));
        lines.extend(self.side(b, contest.theirs.as_ref(), |text| paint.cyan(text)));
        lines.extend(self.side("", Some(&contest.after), |text| paint.dim(text)));
        lines
    }

    /// The lines of one side, each with its label. A side that has no such file says nothing; one
    /// that took these lines out says so.
    fn side(
        &self,
        label: &str,
        lines: Option<&Vec<Vec<u8>>>,
        paint: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let Some(lines) = lines else {
            return Vec::new();
        };
        if lines.is_empty() && !label.is_empty() {
            return vec![paint(&self.line(label, "(no lines)"))];
        }
        let shown = lines.iter().take(LINES_SHOWN).map(|line| {
            let text = String::from_utf8_lossy(line);
            // A carriage return at the end is part of the line's ending.
            let text = text.strip_suffix('\r').unwrap_or(&text);
            paint(&self.line(label, &clean_lines(text)))
        });
        let mut shown: Vec<String> = shown.collect();
        if lines.len() > LINES_SHOWN {
            let more = format!("(and {} more lines)", lines.len() - LINES_SHOWN);
            shown.push(paint(&self.line(label, &more)));
        }
        shown
    }

    fn line(&self, label: &str, text: &str) -> String {
        let line = format!(
            "    {} {} {text}",
            pad(label, self.label),
            self.look.signs.margin
        );
        line.trim_end().to_owned()
    }
}

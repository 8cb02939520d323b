//! One number for how much there is to know before a change can be made well, and what it is made
//! of. Every term comes from something that was counted, and grows with its logarithm, so that a
//! script of fifty lines and a kernel stand far apart.

use super::coupling::Coupling;

/// A term of the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub name: &'static str,
    /// What was counted.
    pub counted: u64,
    /// What it was counted in: `lines`, `%`.
    pub unit: &'static str,
    /// What it adds to the score.
    pub points: f64,
    /// The most that it can add.
    pub most: f64,
}

/// The score, 0 to 10: the sum of its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Complexity {
    pub score: f64,
    pub terms: Vec<Term>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Of source and tests, not blank.
    pub lines: u64,
    pub files: u64,
    pub modules: u64,
    pub languages: u64,
}

/// Where a term starts to count and where it is full.
struct Scale {
    name: &'static str,
    unit: &'static str,
    from: f64,
    to: f64,
    most: f64,
}

const SIZE: Scale = Scale {
    name: "size",
    unit: "lines",
    from: 100.0,
    to: 3_000_000.0,
    most: 4.0,
};
const SPREAD: Scale = Scale {
    name: "spread",
    unit: "files",
    from: 5.0,
    to: 30_000.0,
    most: 2.0,
};
const MODULES: Scale = Scale {
    name: "modules",
    unit: "modules",
    from: 1.0,
    to: 100.0,
    most: 1.5,
};
const LANGUAGES: Scale = Scale {
    name: "languages",
    unit: "languages",
    from: 1.0,
    to: 20.0,
    most: 0.5,
};
/// Points for a history in which every change crosses modules.
const COUPLING_MOST: f64 = 2.0;

/// Adds up the terms.
pub fn complexity(counts: Counts, coupling: &Coupling) -> Complexity {
    let mut terms = vec![
        SIZE.term(counts.lines),
        SPREAD.term(counts.files),
        MODULES.term(counts.modules),
        LANGUAGES.term(counts.languages),
    ];
    if let Some(locality) = coupling.locality() {
        let crossing = 1.0 - locality;
        terms.push(Term {
            name: "coupling",
            counted: (crossing * 100.0).round() as u64,
            unit: "% of changes cross modules",
            points: crossing * COUPLING_MOST,
            most: COUPLING_MOST,
        });
    }
    Complexity {
        score: terms.iter().map(|term| term.points).sum(),
        terms,
    }
}

impl Scale {
    fn term(&self, counted: u64) -> Term {
        let share = (counted as f64 / self.from).ln() / (self.to / self.from).ln();
        Term {
            name: self.name,
            counted,
            unit: self.unit,
            points: share.clamp(0.0, 1.0) * self.most,
            most: self.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(lines: u64, files: u64, modules: u64, languages: u64) -> f64 {
        let counts = Counts {
            lines,
            files,
            modules,
            languages,
        };
        complexity(counts, &Coupling::default()).score
    }

    #[test]
    fn small_and_large_repositories_stand_apart() {
        let sizes = [
            score(0, 0, 0, 0),
            score(300, 6, 1, 1),
            score(4_000, 40, 6, 2),
            score(40_000, 300, 15, 4),
            score(400_000, 3_000, 40, 8),
            score(20_000_000, 60_000, 200, 30),
        ];
        assert_eq!((sizes[0], sizes[5]), (0.0, 8.0));
        for (one, next) in sizes.iter().zip(&sizes[1..]) {
            assert!(next - one > 0.4, "{sizes:?}");
        }
    }

    #[test]
    fn every_term_is_a_part_of_the_whole() {
        let coupling = Coupling {
            seen: 4,
            inside: 3,
            ..Coupling::default()
        };
        let counts = Counts {
            lines: 9_000,
            files: 90,
            modules: 9,
            languages: 3,
        };
        let found = complexity(counts, &coupling);
        let sum: f64 = found.terms.iter().map(|term| term.points).sum();
        assert_eq!((found.score, found.terms[4].counted), (sum, 25));
        assert!(found.terms.iter().all(|term| term.points <= term.most));
    }
}

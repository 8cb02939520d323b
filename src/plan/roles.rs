//! Which installed specialist suits a task: ranked by how well the task's words and paths match
//! names and descriptions, with the published matrix of patterns as synonyms.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::agents::Installed;
use crate::survey::{Bm25, terms};

use super::model::{Role, Task};

/// A match that scores less is chance.
const LEAST: f64 = 0.3;
/// What counts as half sure: so many words that only one of all speaks of.
const HALF: f32 = 2.5;
/// The words of a name speak as loud as so many of a description.
const NAME: u32 = 3;

/// One row of the published matrix.
struct Row {
    /// Whole words, as they stand in a text.
    words: &'static str,
    /// Parts of paths.
    paths: &'static [&'static str],
    role: &'static str,
    skill: &'static str,
    /// Words by which specialists of this kind describe themselves.
    synonyms: &'static str,
}

const MATRIX: &[Row] = &[
    Row {
        words: "auth authentication authorization login jwt oauth password",
        paths: &["auth/", "security/"],
        role: "security-engineer",
        skill: "/sc:implement --focus security",
        synonyms: "security vulnerabilities",
    },
    Row {
        words: "api endpoint rest graphql",
        paths: &["api/", "routes/", "controllers/"],
        role: "backend-architect",
        skill: "/sc:implement",
        synonyms: "backend server",
    },
    Row {
        words: "component ui frontend react",
        paths: &["components/", "pages/", "ui/"],
        role: "frontend-architect",
        skill: "/ui:design",
        synonyms: "frontend interface",
    },
    Row {
        words: "test spec coverage mock",
        paths: &["tests/", ".test.", ".spec."],
        role: "quality-engineer",
        skill: "/sc:test",
        synonyms: "quality testing",
    },
    Row {
        words: "refactor cleanup debt",
        paths: &[],
        role: "refactoring-expert",
        skill: "/sc:improve",
        synonyms: "refactoring",
    },
    Row {
        words: "bug fix error debug",
        paths: &[],
        role: "root-cause-analyst",
        skill: "/sc:troubleshoot",
        synonyms: "debugging",
    },
    Row {
        words: "doc docs document documentation readme comment",
        paths: &["docs/", ".md"],
        role: "technical-writer",
        skill: "/sc:document",
        synonyms: "documentation writer",
    },
    Row {
        words: "perf performance optimize optimise cache",
        paths: &[],
        role: "performance-engineer",
        skill: "/sc:analyze --focus performance",
        synonyms: "performance",
    },
    Row {
        words: "deploy docker ci cd",
        paths: &[],
        role: "devops-architect",
        skill: "/sc:build",
        synonyms: "devops deployment",
    },
    Row {
        words: "architect architecture design structure",
        paths: &[],
        role: "system-architect",
        skill: "/sc:design",
        synonyms: "architecture",
    },
];

/// What a task says, as far as specialists are concerned.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    pub title: &'a str,
    pub paths: Vec<&'a str>,
    /// Whether it changes files.
    pub writes: bool,
}

impl<'a> Wanted<'a> {
    /// What a task of a plan says.
    pub fn of(task: &'a Task) -> Self {
        let paths: Vec<&str> = task.files.changed().collect();
        Self {
            title: &task.title,
            writes: !paths.is_empty() || !only_looks(&task.title),
            paths,
        }
    }

    /// What somebody says of a task, paths included.
    pub fn said(text: &'a str) -> Self {
        let is_path = |word: &&str| word.contains('/') || word.trim_end_matches('.').contains('.');
        Self {
            title: text,
            paths: text.split_whitespace().filter(is_path).collect(),
            writes: !only_looks(text),
        }
    }
}

/// Whether a task is about looking at things, by its first word.
fn only_looks(title: &str) -> bool {
    let looks = ["review", "audit", "analyze", "analyse", "investigate"];
    let first = title.split_whitespace().next().unwrap_or_default();
    looks.contains(&first.to_lowercase().as_str())
}

/// One that may suit.
#[derive(Clone, Debug, PartialEq)]
pub struct Suitable {
    pub name: String,
    /// 0 to 1.
    pub score: f64,
    /// The words of the task that speak for it.
    pub matched: Vec<String>,
}

/// The installed specialists as documents that can be asked.
pub struct Casting {
    roles: Shelf,
    /// Those of the roles that may change files, by position.
    writers: Vec<bool>,
    skills: Shelf,
}

impl Casting {
    pub fn of(installed: &Installed) -> Self {
        Self {
            roles: Shelf::of(
                installed
                    .roles
                    .iter()
                    .map(|r| (r.name.as_str(), r.description.as_str())),
            ),
            writers: installed
                .roles
                .iter()
                .map(crate::agents::Role::can_write)
                .collect(),
            skills: Shelf::of(
                installed
                    .skills
                    .iter()
                    .map(|s| (s.name.as_str(), s.description.as_str())),
            ),
        }
    }

    /// The specialist and the command for a task: the best that are installed, else those of the
    /// matrix, which are said not to be.
    pub fn role(&self, wanted: &Wanted<'_>) -> Option<Role> {
        let skill = self.skills(wanted).into_iter().next();
        if let Some(best) = self.roles(wanted).into_iter().next() {
            return Some(Role {
                name: best.name,
                skill: skill.map(|skill| skill.name),
                score: best.score,
                matched: best.matched,
                installed: true,
            });
        }
        let rows = MATRIX.iter().map(|row| (row, hits(row, wanted)));
        let (row, hits) = rows.rev().max_by_key(|(_, hits)| hits.len())?;
        (!hits.is_empty()).then(|| Role {
            name: row.role.to_owned(),
            skill: skill.map(|skill| skill.name),
            score: hits.len() as f64 / (hits.len() as f64 + 1.0),
            matched: hits,
            installed: false,
        })
    }

    /// The installed roles that suit, the best first; no reader for a task that writes.
    pub fn roles(&self, wanted: &Wanted<'_>) -> Vec<Suitable> {
        let allowed = |at: usize| self.writers[at] || !wanted.writes;
        self.roles.ask(wanted, allowed)
    }

    /// The installed skills that suit, the best first.
    pub fn skills(&self, wanted: &Wanted<'_>) -> Vec<Suitable> {
        let mut found = self.skills.ask(wanted, |_| true);
        // The matrix says with which arguments its commands are called.
        for skill in &mut found {
            let row = MATRIX.iter().find(|row| {
                row.skill.split(' ').next() == Some(&skill.name) && !hits(row, wanted).is_empty()
            });
            if let Some(row) = row {
                row.skill.clone_into(&mut skill.name);
            }
        }
        found
    }
}

/// The words and parts of paths by which a row of the matrix speaks for a task.
fn hits(row: &Row, wanted: &Wanted<'_>) -> Vec<String> {
    let known: BTreeSet<String> = stemmed(row.words)
        .into_iter()
        .map(|(_, term)| term)
        .collect();
    let words = stemmed(wanted.title);
    let mut hits: Vec<String> = words
        .into_iter()
        .filter(|(_, term)| known.contains(term))
        .map(|(word, _)| word)
        .collect();
    // A test beside the code that it tests makes no task one of testing.
    let in_paths = row.paths.iter().filter(|part| {
        let there = wanted.paths.iter().filter(|path| is_in(path, part));
        2 * there.count() > wanted.paths.len()
    });
    hits.extend(in_paths.map(|part| (*part).to_owned()));
    hits.dedup();
    hits
}

/// Whether a path has this part: a folder, which ends in a slash, or any letters.
fn is_in(path: &str, part: &str) -> bool {
    let path = path.to_lowercase();
    match part.ends_with('/') {
        true => path.starts_with(part) || path.contains(&format!("/{part}")),
        false => path.contains(part),
    }
}

/// The words of a text with their terms: "Testing" as `testing` and `test`.
fn stemmed(text: &str) -> Vec<(String, String)> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let mut found = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        terms(word, |term| {
            found.push((word.to_lowercase(), term.to_owned()));
        });
    }
    found
}

/// Names and descriptions that can be ranked.
struct Shelf {
    names: Vec<String>,
    vocabulary: HashMap<String, u32>,
    index: Bm25,
}

impl Shelf {
    fn of<'a>(documents: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut shelf = Self {
            names: Vec::new(),
            vocabulary: HashMap::new(),
            index: Bm25::new(0.3, 0.5),
        };
        for (name, description) in documents {
            let mut bag: HashMap<u32, u32> = HashMap::new();
            for (text, times) in [(name, NAME), (description, 1)] {
                for (_, term) in stemmed(text) {
                    let next = shelf.vocabulary.len() as u32;
                    let term = *shelf.vocabulary.entry(term).or_insert(next);
                    *bag.entry(term).or_default() += times;
                }
            }
            shelf.index.add(&bag);
            shelf.names.push(name.to_owned());
        }
        shelf
    }

    fn ask(&self, wanted: &Wanted<'_>, allowed: impl Fn(usize) -> bool) -> Vec<Suitable> {
        let asked = self.query(wanted);
        let query: Vec<(u32, f32)> = asked
            .iter()
            .map(|(term, (weight, _))| (*term, *weight))
            .collect();
        let scores = (0..).zip(self.index.score(&query));
        // As rare as a word can be where there are so many.
        let rarest = (1.0 + (self.names.len() as f32 - 0.5) / 1.5).ln();
        let mut found: Vec<Suitable> = scores
            .filter(|(at, _)| allowed(*at as usize))
            .map(|(at, score): (u32, f32)| Suitable {
                name: self.names[at as usize].clone(),
                score: f64::from((score / (score + HALF * rarest) * 1000.0).round()) / 1000.0,
                matched: self.matched(at, &asked),
            })
            .filter(|suitable| suitable.score >= LEAST)
            .collect();
        found.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.name.cmp(&b.name))
        });
        found
    }

    /// Terms with their weights and the words of the task that they come from.
    fn query(&self, wanted: &Wanted<'_>) -> BTreeMap<u32, (f32, String)> {
        let mut query: BTreeMap<u32, (f32, String)> = BTreeMap::new();
        let mut ask = |text: &str, weight: f32, origin: Option<&str>| {
            for (word, term) in stemmed(text) {
                if let Some(&term) = self.vocabulary.get(&term) {
                    let word = origin.map_or(word, str::to_owned);
                    let known = query.entry(term).or_insert((0.0, word));
                    known.0 = known.0.max(weight);
                }
            }
        };
        ask(wanted.title, 1.0, None);
        for row in MATRIX {
            if let Some(first) = hits(row, wanted).first() {
                let role = row.role.rsplit_once('-').map_or(row.role, |(kind, _)| kind);
                ask(role, 1.5, Some(first));
                ask(row.synonyms, 1.0, Some(first));
            }
        }
        for path in &wanted.paths {
            ask(path, 0.5, None);
        }
        query
    }

    fn matched(&self, at: u32, asked: &BTreeMap<u32, (f32, String)>) -> Vec<String> {
        let stands = |term: u32| self.index.postings(term).iter().any(|(d, _)| *d == at);
        let words = asked.iter().filter(|(term, _)| stands(**term));
        let words: BTreeSet<String> = words.map(|(_, (_, word))| word.clone()).collect();
        words.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents;

    fn role(name: &str, description: &str, tools: Option<&[&str]>) -> agents::Role {
        agents::Role {
            name: name.to_owned(),
            description: description.to_owned(),
            tools: tools.map(|tools| tools.iter().map(ToString::to_string).collect()),
            path: "x.md".into(),
        }
    }

    fn casting() -> Casting {
        let skill = |name: &str, description: &str| agents::Skill {
            name: name.to_owned(),
            description: description.to_owned(),
            path: "x.md".into(),
        };
        Casting::of(&Installed {
            roles: vec![
                role(
                    "security-engineer",
                    "Finds vulnerabilities and guards what is secret",
                    None,
                ),
                role(
                    "code-reviewer",
                    "Reviews code for security and style",
                    Some(&["Read", "Grep"]),
                ),
                role(
                    "invoice-expert",
                    "Knows billing, tax and invoices of this shop",
                    None,
                ),
            ],
            skills: vec![
                skill("/sc:implement", "Build a feature"),
                skill("/pdf", "Read PDF files"),
            ],
        })
    }

    fn cast(title: &str, paths: &[&str]) -> Option<Role> {
        let wanted = Wanted {
            title,
            paths: paths.to_vec(),
            writes: true,
        };
        casting().role(&wanted)
    }

    #[test]
    fn the_matrix_gives_synonyms_and_descriptions_speak_for_themselves() {
        let auth = cast("Implement JWT login", &["src/auth/jwt.rs"]).unwrap();
        assert_eq!(
            (auth.name.as_str(), auth.installed),
            ("security-engineer", true)
        );
        assert!(
            auth.matched.contains(&"jwt".to_owned()),
            "{:?}",
            auth.matched
        );
        assert_eq!(
            auth.skill.as_deref(),
            Some("/sc:implement --focus security")
        );
        let tax = cast("Round the tax on an invoice", &["src/billing/tax.rs"]).unwrap();
        assert_eq!(tax.name, "invoice-expert");
        assert_eq!(tax.matched, ["billing", "invoice", "tax"]);
    }

    #[test]
    fn a_reader_gets_no_task_that_writes() {
        let wanted = |writes| Wanted {
            title: "Review the style of the code",
            paths: Vec::new(),
            writes,
        };
        assert_eq!(casting().roles(&wanted(false))[0].name, "code-reviewer");
        assert!(
            casting()
                .roles(&wanted(true))
                .iter()
                .all(|role| role.name != "code-reviewer")
        );
    }

    #[test]
    fn what_is_not_installed_is_said_not_to_be_and_words_count_whole() {
        let tests = cast("Raise coverage of the tests", &[]).unwrap();
        assert_eq!(
            (tests.name.as_str(), tests.installed),
            ("quality-engineer", false)
        );
        assert_eq!(tests.matched, ["coverage", "tests"]);
        let beside = ["src/special.rs", "tests/special.rs"];
        assert_eq!(cast("Print the decision", &beside), None);
        assert!(cast("Print the decision", &beside[1..]).is_some());
        // `ci` in special, `ui` in build, `doc` in docker, `test` in latest.
        assert_eq!(
            cast("Print the latest guild decision", &["src/special.rs"]),
            None
        );
    }
}

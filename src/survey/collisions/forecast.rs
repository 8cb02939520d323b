//! The forecast for two tasks, in figures and in words.

use std::collections::HashMap;

use crate::survey::kind::{FileKind, kind_of};

use super::model::{Model, terms};
use super::replay::FilePast;

/// How bad it would be to let two tasks run side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// They share no file.
    Low,
    /// They share files, but probably not the same lines.
    Medium,
    /// They will probably conflict.
    High,
}

impl Danger {
    /// As the formats have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A file that both tasks change.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskyFile {
    pub path: String,
    /// How likely a conflict in this file is: 0 to 1.
    pub probability: f64,
    /// Edits of it that were compared with others shortly before, and those that would have been in
    /// conflict. Both 0 where no edit was seen.
    pub compared: u32,
    pub collided: u32,
}

/// What is to be expected of two tasks that run side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictForecast {
    /// How likely they are to conflict: 0 to 1.
    pub probability: f64,
    pub danger: Danger,
    /// The files that both change, the riskiest first.
    pub files: Vec<RiskyFile>,
    /// Why, in a clause: `both change src/api.rs, where 12 of 30 neighbouring edits collided`.
    pub reason: String,
}

/// What the past of a repository says about conflicts to come in the files that were asked about.
#[derive(Clone, Debug)]
pub struct Collisions {
    known: HashMap<String, FilePast>,
    model: Model,
    /// From this probability on, "conflict" was right more often than not saying so.
    threshold: f64,
}

impl Collisions {
    pub(super) fn new(known: HashMap<String, FilePast>, model: Model, threshold: f64) -> Self {
        Self {
            known,
            model,
            threshold,
        }
    }

    /// The forecast for two tasks that change these files. A path that names a folder, with or
    /// without a slash at its end, stands for what the other names in it.
    pub fn forecast(&self, one: &[&str], other: &[&str]) -> ConflictForecast {
        let shared = shared(one, other);
        let widths = [one.len(), other.len()];
        let nothing = FilePast::default();
        let told: Vec<_> = shared
            .iter()
            .map(|path| {
                let past = self.known.get(*path).unwrap_or(&nothing);
                (path, past, terms(past, widths, shared.len()))
            })
            .collect();
        let probability = self
            .model
            .at_all(&told.iter().map(|(.., terms)| *terms).collect::<Vec<_>>());
        let mut files: Vec<RiskyFile> = told
            .into_iter()
            .map(|(path, past, terms)| RiskyFile {
                path: (*path).to_owned(),
                probability: self.model.in_file(&terms),
                compared: past.compared,
                collided: past.collided,
            })
            .collect();
        files.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then_with(|| a.path.cmp(&b.path))
        });
        ConflictForecast {
            danger: self.danger(&files, probability),
            reason: reason(&files),
            probability,
            files,
        }
    }

    /// As the past says; where it is silent, the same file is a high risk, unless it is one that
    /// grows in different places: configuration, tests, documents.
    fn danger(&self, files: &[RiskyFile], probability: f64) -> Danger {
        let mild = |file: &RiskyFile| {
            matches!(
                kind_of(&file.path),
                FileKind::Configuration | FileKind::Test | FileKind::Docs
            )
        };
        let seen = files.iter().any(|file| file.compared > 0);
        let unseen = files.iter().any(|file| file.compared == 0 && !mild(file));
        if files.is_empty() {
            Danger::Low
        } else if unseen || seen && probability >= self.threshold {
            Danger::High
        } else {
            Danger::Medium
        }
    }
}

fn reason(files: &[RiskyFile]) -> String {
    let Some(first) = files.first() else {
        return "they change no file in common".to_owned();
    };
    let past = match (first.collided, first.compared) {
        (_, 0) => "whose edits were never compared".to_owned(),
        (0, compared) => format!("where none of {compared} neighbouring edits collided"),
        (collided, compared) => {
            format!("where {collided} of {compared} neighbouring edits collided")
        }
    };
    let more = match files.len() - 1 {
        0 => String::new(),
        1 => ", and one more file".to_owned(),
        more => format!(", and {more} more files"),
    };
    format!("both change {}, {past}{more}", first.path)
}

/// What both name; where one names a folder, what the other names in it.
fn shared<'a>(one: &[&'a str], other: &[&'a str]) -> Vec<&'a str> {
    let covers = |folder: &str, path: &str| {
        let folder = folder.trim_end_matches('/');
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut found: Vec<&str> = Vec::new();
    for &a in one {
        for &b in other {
            if covers(a, b) {
                found.push(b);
            } else if covers(b, a) {
                found.push(a);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::replayed;
    use super::*;

    fn known() -> Collisions {
        let change = |round: u32| vec![("list.txt", 3), ("src/wide.rs", 20 * round)];
        let (followed, replay) = replayed(&(0..30).map(change).collect::<Vec<_>>());
        let past = |path: &str| replay.past(followed.file(path).expect("a known file"));
        let known = ["list.txt", "src/wide.rs"].map(|path| (path.to_owned(), past(path)));
        Collisions::new(known.into(), Model::default(), 0.4)
    }

    #[test]
    fn the_past_of_the_shared_files_decides() {
        let known = known();
        let apart = known.forecast(&["src/wide.rs"], &["list.txt"]);
        assert_eq!((apart.danger, apart.probability), (Danger::Low, 0.0));
        let mild = known.forecast(&["src/wide.rs"], &["src/"]);
        assert_eq!(mild.danger, Danger::Medium);
        let wide = "both change src/wide.rs, where none of 282 neighbouring edits collided";
        assert_eq!(mild.reason, wide);
        let bad = known.forecast(&["src/wide.rs", "list.txt"], &["list.txt", "src/wide.rs"]);
        assert_eq!(bad.danger, Danger::High);
        assert_eq!(bad.files[0].path, "list.txt");
        assert!(bad.probability > bad.files[0].probability);
        assert!(
            bad.reason
                .ends_with("neighbouring edits collided, and one more file")
        );
    }

    #[test]
    fn of_a_file_without_a_past_its_kind_decides() {
        let danger = |path: &str| known().forecast(&[path], &[path]).danger;
        assert_eq!(danger("src/new.rs"), Danger::High);
        assert_eq!(danger("Cargo.toml"), Danger::Medium);
        assert_eq!(danger("tests/new.rs"), Danger::Medium);
    }
}

//! One line of `check --stdin`, as one line of JSON.

use serde::Serialize;

use crate::git::Merged;
use crate::id::Oid;
use crate::integrate::Answer;
use crate::ui::json::{ConflictDocument, ErrorDocument};

use super::{Overall, verdict};

/// A line that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The names as given.
    pub revisions: Vec<String>,
    /// What came of each two of them, or why nobody could say.
    pub answers: Result<Vec<Answer>, LineError>,
}

/// Why a line could not be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    pub code: &'static str,
    pub message: String,
}

impl Line {
    /// The worst of its merges.
    pub fn verdict(&self) -> Overall {
        let Ok(answers) = &self.answers else {
            return Overall::Error;
        };
        let verdicts = answers.iter().map(|answer| verdict(&answer.merged));
        verdicts.max().unwrap_or(Overall::Clean)
    }

    /// Of two revisions the answer stands in the line itself, of more in its `pairs`.
    pub fn document(&self) -> impl Serialize {
        let (only, pairs, error) = match &self.answers {
            Ok(answers) => match answers.as_slice() {
                [only] => (Some(&only.merged), None, ErrorDocument::of(&only.merged)),
                all => (None, Some(self.pairs(all)), None),
            },
            Err(error) => (
                None,
                None,
                Some(ErrorDocument::new(error.code, &error.message)),
            ),
        };
        LineDocument {
            version: 1,
            revisions: self.revisions.clone(),
            verdict: self.verdict(),
            conflicts: only.map(ConflictDocument::all),
            tree: only.and_then(Merged::tree),
            pairs,
            error,
        }
    }

    fn pairs(&self, answers: &[Answer]) -> Vec<PairDocument> {
        let pair = |answer: &Answer| PairDocument {
            a: self.revisions[answer.a].clone(),
            b: self.revisions[answer.b].clone(),
            verdict: verdict(&answer.merged),
            conflicts: ConflictDocument::all(&answer.merged),
            tree: answer.merged.tree(),
            error: ErrorDocument::of(&answer.merged),
        };
        answers.iter().map(pair).collect()
    }
}

#[derive(Debug, Serialize)]
struct LineDocument {
    version: u32,
    revisions: Vec<String>,
    verdict: Overall,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflicts: Option<Vec<ConflictDocument>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<PairDocument>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

#[derive(Debug, Serialize)]
struct PairDocument {
    a: String,
    b: String,
    verdict: Overall,
    conflicts: Vec<ConflictDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

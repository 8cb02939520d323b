//! How a list of pairs is answered: what is proven here, what is remembered, and what git is asked.

use std::collections::HashSet;

use gix::ObjectId;
use gix::bstr::BString;

use crate::error::{Failure, Result};
use crate::git::objects::ObjectSpace;
use crate::git::repository::oid;

use super::circumstances::{self, Print};
use super::compare::Told;
use super::prover::{Commits, Prover};
use super::recall::{Answer, Recall};
use super::{MergePair, Merged, Want};

/// Asks git about some pairs.
pub(super) type AskGit = fn(&ObjectSpace, &[MergePair]) -> Result<Vec<Merged>>;

/// What is proven of a pair: it is clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Proof {
    /// Neither side touches what the other does.
    apart: bool,
    /// What they merge to, where that was wanted.
    tree: Option<ObjectId>,
}

/// Where a pair stands.
#[derive(Debug)]
struct Case {
    commits: Option<Commits>,
    told: Told,
    /// What was remembered.
    recalled: Option<Answer>,
    proof: Option<Proof>,
}

/// Merges every pair, in order; git has the word where nothing else does.
pub(super) fn merge_all(
    space: &ObjectSpace,
    pairs: &[MergePair],
    want: Want,
    ask_git: AskGit,
) -> Result<Vec<Merged>> {
    let repository = space.repository();
    let local = repository.local();
    let mut known = space.known();
    let mut prover = Prover {
        local: &local,
        known: &mut known,
        recall: Recall::of(repository.memory()),
    };
    let mut cases = cases(&mut prover, space, pairs);
    let print = recall(&mut prover, space, pairs, &mut cases, want);
    prove(&mut prover, space, &mut cases, want)?;
    let open = |case: &Case| case.proof.is_none() && !matches!(case.recalled, Some(Answer::Git(_)));
    let asked: Vec<usize> = (0..pairs.len()).filter(|&at| open(&cases[at])).collect();
    let questions: Vec<MergePair> = asked.iter().map(|&at| pairs[at]).collect();
    let answers = ask_git(space, &questions)?;
    if answers.len() != asked.len() {
        return Err(Failure::unable("git merge-tree answered less than asked").next("git fsck"));
    }
    for (&at, merged) in asked.iter().zip(answers) {
        cases[at].recalled = Some(Answer::Git(merged));
    }
    if let Some(print) = print {
        remember(&mut prover, space, pairs, &cases, &asked, &print);
    }
    prover.recall.keep();
    let merged: Option<Vec<Merged>> = cases.into_iter().map(Case::merged).collect();
    merged.ok_or_else(|| Failure::unable("a merge was left without an answer"))
}

fn cases(prover: &mut Prover<'_>, space: &ObjectSpace, pairs: &[MergePair]) -> Vec<Case> {
    let commits = prover.commits(space, pairs);
    let case = |commits: Option<Commits>| Case {
        told: prover.tell(commits.as_ref()),
        commits,
        recalled: None,
        proof: None,
    };
    commits.into_iter().map(case).collect()
}

/// Takes up what is remembered of pairs of which the changes alone tell too little. Returns the
/// print of the circumstances, where answers are to be remembered under it.
fn recall(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    pairs: &[MergePair],
    cases: &mut [Case],
    want: Want,
) -> Option<Print> {
    let print = print_of(prover, space, cases)?;
    for (case, pair) in cases.iter_mut().zip(pairs) {
        if case.is_uncertain() && case.commits.is_some() {
            let recalled = prover.recall.answer(&print, pair);
            case.recalled = recalled.filter(|answer| holds(prover, answer, want));
        }
    }
    Some(print)
}

fn print_of(prover: &mut Prover<'_>, space: &ObjectSpace, cases: &[Case]) -> Option<Print> {
    if !prover.recall.is_there() || !cases.iter().any(Case::is_uncertain) {
        return None;
    }
    let mut seen = HashSet::new();
    let mut folders: HashSet<BString> = HashSet::new();
    for case in cases.iter().filter(|case| case.is_uncertain()) {
        let Some(commits) = case.commits else {
            continue;
        };
        let tips = [(commits.base, commits.ours), (commits.base, commits.theirs)];
        let sides = prover.sides(&commits).into_iter().flatten();
        for (side, _) in sides.zip(tips).filter(|(_, tip)| seen.insert(*tip)) {
            folders.extend(side.folders().map(ToOwned::to_owned));
        }
    }
    let folders = folders.iter().map(std::convert::AsRef::as_ref);
    circumstances::print(space.repository(), folders)
}

/// Whether a remembered answer can be relied on: objects that it names and that were made by the
/// merge are there no more.
fn holds(prover: &Prover<'_>, answer: &Answer, want: Want) -> bool {
    let exists = |id: crate::id::Oid| {
        let id = ObjectId::try_from(id.as_bytes());
        id.is_ok_and(|id| prover.local.has_object(id))
    };
    match answer {
        Answer::TextsApart => true,
        Answer::Git(Merged::Clean { .. }) => want != Want::Trees,
        Answer::Git(merged) => merged.conflicts().iter().all(|conflict| {
            let versions = &conflict.versions;
            let versions = [versions.base, versions.ours, versions.theirs];
            // A submodule's commit is not looked for here.
            let files = versions.iter().flatten().filter(|v| v.mode != 0o160_000);
            files.into_iter().all(|version| exists(version.id))
        }),
    }
}

/// Proves what can be proven, with trees where they are wanted.
fn prove(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    cases: &mut [Case],
    want: Want,
) -> Result<()> {
    let open = cases.iter().filter(|case| case.recalled.is_none());
    let in_question: Vec<_> = open.filter_map(|case| case.told.files()).collect();
    prover.ask_attributes(space.repository(), &in_question)?;
    for case in cases.iter_mut() {
        let apart = match (&case.told, &case.recalled) {
            (Told::Clean { apart }, _) => Some(*apart),
            (_, Some(Answer::TextsApart)) => Some(false),
            (Told::IfApart(files), None) => prover.all_apart(files).then_some(false),
            _ => None,
        };
        case.proof = apart.map(|apart| Proof { apart, tree: None });
    }
    if want == Want::Verdicts {
        return Ok(());
    }
    let proven = |case: &Case| case.commits.filter(|_| case.proof.is_some());
    let proven: Vec<Option<Commits>> = cases.iter().map(proven).collect();
    let trees = prover.trees(space, want, &proven);
    for (case, tree) in cases.iter_mut().zip(trees) {
        case.proof = case.proof.filter(|_| tree.is_some());
        if let Some(proof) = &mut case.proof {
            proof.tree = tree;
        }
    }
    Ok(())
}

/// Remembers what rests on circumstances, if they are still the same: what changed while we looked
/// is found out again next time.
fn remember(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    pairs: &[MergePair],
    cases: &[Case],
    asked: &[usize],
    print: &Print,
) {
    let asked: HashSet<usize> = asked.iter().copied().collect();
    let is_new = |at: usize| cases[at].proof.is_some() && cases[at].recalled.is_none();
    let new: Vec<usize> = (0..cases.len())
        .filter(|&at| cases[at].is_uncertain() && (asked.contains(&at) || is_new(at)))
        .collect();
    if new.is_empty() || print_of(prover, space, cases).as_ref() != Some(print) {
        return;
    }
    for at in new {
        let case = &cases[at];
        let sides = case.commits.and_then(|commits| prover.sides(&commits));
        // Merging submodules looks into them, and what is in there may change.
        let told = sides.is_some_and(|sides| !sides.iter().any(|side| side.changes_submodules()));
        if told {
            let answer = case.recalled.clone().unwrap_or(Answer::TextsApart);
            prover.recall.answer_found(print, &pairs[at], &answer);
        }
    }
}

impl Case {
    /// Whether more has to be looked at than which paths were changed.
    fn is_uncertain(&self) -> bool {
        !matches!(self.told, Told::Clean { .. })
    }

    fn merged(self) -> Option<Merged> {
        match (self.proof, self.recalled) {
            (Some(Proof { apart, tree }), _) => Some(Merged::Clean {
                tree: tree.as_deref().and_then(oid),
                apart,
            }),
            (None, Some(Answer::Git(merged))) => Some(merged),
            (None, _) => None,
        }
    }
}

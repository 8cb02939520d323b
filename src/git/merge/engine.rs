//! How a list of pairs is answered: what is proven here, what is remembered, and what git is asked.

use gix::ObjectId;
use gix::bstr::BString;

use crate::error::{Failure, Result};
use crate::git::objects::ObjectSpace;
use crate::git::repository::oid;
use crate::hashed::HashSet;

use super::bases::{self, Commits};
use super::circumstances::{self, Print};
use super::compare::Told;
use super::prover::Prover;
use super::recall::Recall;
use super::{Conflict, MergePair, Merged, Want};

/// Asks git about some pairs.
pub(super) type AskGit = fn(&ObjectSpace, &[MergePair]) -> Result<Vec<Merged>>;

/// What is proven of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    Clean {
        /// Neither side touches what the other does.
        apart: bool,
        /// What they merge to, where that was wanted.
        tree: Option<ObjectId>,
    },
    Conflict(Vec<Conflict>),
}

/// Where a pair stands.
#[derive(Debug)]
struct Case {
    commits: Option<Commits>,
    told: Told,
    proof: Option<Proof>,
    /// git's word, now or in an earlier call.
    answer: Option<Merged>,
}

/// Merges every pair, in order; git has the word where nothing else does.
pub(super) fn merge_all(
    space: &ObjectSpace,
    pairs: &[MergePair],
    want: Want,
    ask_git: AskGit,
) -> Result<Vec<Merged>> {
    let repository = space.repository();
    let mut known = space.known();
    let mut recall = Recall::of(repository.memory());
    // Before anything is looked at: what is made of several bases is to be seen, too.
    let commits = bases::commits(space, &mut known, &mut recall, pairs);
    let local = repository.local();
    let mut prover = Prover {
        local: &local,
        known: &mut known,
        recall,
    };
    let mut cases = cases(&mut prover, commits);
    prove(&mut prover, space, &mut cases, want)?;
    answer(&mut prover, space, pairs, &mut cases, want, ask_git)?;
    prover.recall.keep();
    let merged: Option<Vec<Merged>> = cases.into_iter().map(Case::merged).collect();
    merged.ok_or_else(|| Failure::unable("a merge was left without an answer"))
}

fn cases(prover: &mut Prover<'_>, commits: Vec<Option<Commits>>) -> Vec<Case> {
    let case = |commits: Option<Commits>| Case {
        told: prover.tell(commits.as_ref()),
        commits,
        proof: None,
        answer: None,
    };
    commits.into_iter().map(case).collect()
}

/// Has git answer what was not proven, but for what it answered before under the same
/// circumstances.
fn answer(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    pairs: &[MergePair],
    cases: &mut [Case],
    want: Want,
    ask_git: AskGit,
) -> Result<()> {
    let open = |cases: &[Case]| -> Vec<usize> {
        (0..cases.len())
            .filter(|&at| cases[at].proof.is_none() && cases[at].answer.is_none())
            .collect()
    };
    for at in open(cases) {
        cases[at].answer = prover.known.answers.get(&pairs[at]).cloned();
    }
    let print = print_of(prover, space, cases, &open(cases));
    if let Some(print) = &print {
        for at in open(cases) {
            let recalled = prover.recall.answer(print, &pairs[at]);
            let recalled = recalled.filter(|answer| holds(prover, answer, want));
            cases[at].answer = recalled.filter(|_| cases[at].commits.is_some());
        }
    }
    let asked = open(cases);
    let questions: Vec<MergePair> = asked.iter().map(|&at| pairs[at]).collect();
    let answers = ask_git(space, &questions)?;
    if answers.len() != asked.len() {
        return Err(Failure::unable("git merge-tree answered less than asked").next("git fsck"));
    }
    for (&at, merged) in asked.iter().zip(answers) {
        prover.known.answers.insert(pairs[at], merged.clone());
        cases[at].answer = Some(merged);
    }
    if let Some(print) = print {
        remember(prover, space, pairs, cases, &asked, &print);
    }
    Ok(())
}

/// The print of the circumstances of so many cases, where answers can be remembered under it.
fn print_of(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    cases: &[Case],
    which: &[usize],
) -> Option<Print> {
    // Without one merge base nothing is remembered.
    if !prover.recall.is_there() || which.iter().all(|&at| cases[at].commits.is_none()) {
        return None;
    }
    let mut seen = HashSet::default();
    let mut folders: HashSet<BString> = HashSet::default();
    for &at in which {
        let Some(commits) = cases[at].commits else {
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
fn holds(prover: &Prover<'_>, answer: &Merged, want: Want) -> bool {
    let exists = |id: crate::id::Oid| {
        let id = ObjectId::try_from(id.as_bytes());
        id.is_ok_and(|id| prover.local.has_object(id))
    };
    match answer {
        Merged::Clean { .. } => want != Want::Trees,
        merged => merged.conflicts().iter().all(|conflict| {
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
    let in_question: Vec<_> = cases.iter().filter_map(|case| case.told.files()).collect();
    prover.read_texts(space.repository(), &in_question)?;
    for case in cases.iter_mut() {
        let clean = |apart: bool| Proof::Clean { apart, tree: None };
        case.proof = match &case.told {
            Told::Clean { apart } => Some(clean(*apart)),
            Told::Texts(files) => prover.conflicts(files).map(|conflicts| {
                if conflicts.is_empty() {
                    clean(false)
                } else {
                    Proof::Conflict(conflicts)
                }
            }),
            Told::Unknown => None,
        };
    }
    if want == Want::Verdicts {
        return Ok(());
    }
    let is_clean = |case: &Case| matches!(case.proof, Some(Proof::Clean { .. }));
    let clean = |case: &Case| case.commits.filter(|_| is_clean(case));
    let clean: Vec<Option<Commits>> = cases.iter().map(clean).collect();
    let trees = prover.trees(space, want, &clean);
    for (case, found) in cases.iter_mut().zip(trees) {
        match (&mut case.proof, found) {
            (Some(Proof::Clean { tree, .. }), Some(found)) => *tree = Some(found),
            (proof @ Some(Proof::Clean { .. }), None) => *proof = None,
            _ => {}
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
    if asked.is_empty() || print_of(prover, space, cases, asked).as_ref() != Some(print) {
        return;
    }
    for &at in asked {
        let case = &cases[at];
        let sides = case.commits.and_then(|commits| prover.sides(&commits));
        // Merging submodules looks into them, and what is in there may change.
        let told = sides.is_some_and(|sides| !sides.iter().any(|side| side.changes_submodules()));
        if let Some(answer) = case.answer.as_ref().filter(|_| told) {
            prover.recall.answer_found(print, &pairs[at], answer);
        }
    }
}

impl Case {
    fn merged(self) -> Option<Merged> {
        match self.proof {
            Some(Proof::Clean { apart, tree }) => Some(Merged::Clean {
                tree: tree.as_deref().and_then(oid),
                apart,
            }),
            Some(Proof::Conflict(conflicts)) => Some(Merged::Conflict { conflicts }),
            None => self.answer,
        }
    }
}

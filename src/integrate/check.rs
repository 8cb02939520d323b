//! Do these go together? Every pair, each against the target, and all that land in one stack.

use crate::error::Result;
use crate::git::{Conflict, Merged, ObjectSpace, Reformed, RepoPath, Want};
use crate::plan::Risk;

use super::matrix::Matrix;
use super::order::{self, Order, Question};
use super::revisions::{Asked, Reading, Revision, Target, read};
use super::scope::Scope;
use super::stack::{Stuck, stack};

/// The whole answer. Revisions go by their position in `revisions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub target: Target,
    pub revisions: Vec<Revision>,
    pub matrix: Matrix,
    pub order: Order,
    pub blocked: Vec<Blocked>,
    /// What some of them hold in another form.
    pub known: Vec<Reformed>,
    /// The pathspecs that all of it is limited to; none for the whole repository.
    pub within: Vec<String>,
}

/// One reason why one revision does not land with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub at: usize,
    pub by: Blocker,
    /// Where they conflict; empty where it waits for one that it depends on.
    pub paths: Vec<RepoPath>,
}

/// Who is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocker {
    Target,
    Revision(usize),
}

/// Asks all questions. Nothing is written but into `space`, which should be a scratch one. What is
/// `known` to have come in in another form counts as what it is.
pub fn check(
    space: &ObjectSpace,
    known: &[Reformed],
    target: Target,
    asked: &[Asked],
    want: Want,
) -> Result<Report> {
    check_within(space, known, target, asked, want, &mut Scope::default())
}

/// The same, where only some paths count.
pub fn check_within(
    space: &ObjectSpace,
    known: &[Reformed],
    target: Target,
    asked: &[Asked],
    want: Want,
    scope: &mut Scope,
) -> Result<Report> {
    let Reading {
        seat,
        known,
        revisions,
    } = read(space, known, &target, asked)?;
    let mut matrix = Matrix::ask(space, &target, seat, &revisions, want)?;
    doubt(&mut matrix, &revisions);
    scope.narrow(&mut matrix);
    let mut question = question(&revisions, &matrix);
    let mut stuck = Vec::new();
    // Those that get stuck where it does not count stay out of the stack.
    let mut passed: Vec<usize> = Vec::new();
    let order = loop {
        let order = order::decide(&question);
        let mut entangled = matrix.entangled(order.lands());
        for group in &mut entangled {
            group.retain(|at| !passed.contains(at));
        }
        let found = stack(space, seat, &revisions, &entangled)?;
        if found.is_empty() {
            break order;
        }
        let (found, elsewhere): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|one| scope.counts(&one.merged));
        passed.extend(elsewhere.iter().map(|one| one.at));
        for one in &found {
            question.hopeless[one.at] = true;
        }
        stuck.extend(found);
    };
    let blocked = blocked(&revisions, &matrix, &order, &stuck);
    Ok(Report {
        target,
        revisions,
        matrix,
        order,
        blocked,
        known,
        within: scope.typed(),
    })
}

/// Takes back what was said about worktrees whose state is not known.
fn doubt(matrix: &mut Matrix, revisions: &[Revision]) {
    let trouble = |at: usize| revisions[at].trouble().cloned().map(Merged::Error);
    for pair in &mut matrix.pairs {
        if let Some(error) = trouble(pair.a).or_else(|| trouble(pair.b)) {
            pair.merged = error;
            pair.risk = Risk::High;
        }
    }
    for (at, merged) in matrix.against_target.iter_mut().enumerate() {
        if let Some(error) = trouble(at) {
            *merged = error;
        }
    }
}

fn question(revisions: &[Revision], matrix: &Matrix) -> Question {
    let mut clashes = vec![vec![0; revisions.len()]; revisions.len()];
    for pair in &matrix.pairs {
        let number = weight(&pair.merged);
        clashes[pair.a][pair.b] = number;
        clashes[pair.b][pair.a] = number;
    }
    Question {
        depends: revisions.iter().map(|one| one.depends.clone()).collect(),
        hopeless: matrix
            .against_target
            .iter()
            .map(|merged| weight(merged) > 0)
            .collect(),
        clashes,
    }
}

/// How many paths conflict; a conflict of no path, and no answer at all, count as one.
fn weight(merged: &Merged) -> usize {
    match merged {
        Merged::Clean { .. } => 0,
        Merged::Conflict { conflicts } => conflicts.len().max(1),
        Merged::Error(_) => 1,
    }
}

fn blocked(
    revisions: &[Revision],
    matrix: &Matrix,
    order: &Order,
    stuck: &[Stuck],
) -> Vec<Blocked> {
    let mut blocked = Vec::new();
    for &at in order.waits() {
        if weight(&matrix.against_target[at]) > 0 {
            blocked.push(Blocked {
                at,
                by: Blocker::Target,
                paths: paths(&matrix.against_target[at]),
            });
        }
        let rivals = order.lands().iter().filter_map(|&lands| {
            let pair = matrix.pair(at, lands)?;
            (weight(&pair.merged) > 0).then(|| Blocked {
                at,
                by: Blocker::Revision(lands),
                paths: paths(&pair.merged),
            })
        });
        blocked.extend(rivals);
        blocked.extend(
            stuck
                .iter()
                .filter(|s| s.at == at)
                .flat_map(|s| together(s, revisions)),
        );
        let needed = revisions[at].depends.iter();
        blocked.extend(
            needed
                .filter(|need| order.waits().contains(need))
                .map(|&need| Blocked {
                    at,
                    by: Blocker::Revision(need),
                    paths: Vec::new(),
                }),
        );
    }
    blocked
}

/// Why one does not go onto a stack: those below it that changed a path on which it got stuck;
/// where none did, the stack as a whole, which is the target to be.
fn together(stuck: &Stuck, revisions: &[Revision]) -> Vec<Blocked> {
    let conflicting = paths(&stuck.merged);
    let touched = |other: &usize| {
        let changed = &revisions[*other].changes.paths;
        conflicting.iter().any(|path| changed.contains(path))
    };
    let below = stuck.below.iter().copied();
    let mut by: Vec<Blocker> = below.filter(touched).map(Blocker::Revision).collect();
    if by.is_empty() {
        by.push(Blocker::Target);
    }
    by.into_iter()
        .map(|by| Blocked {
            at: stuck.at,
            by,
            paths: conflicting.clone(),
        })
        .collect()
}

fn paths(merged: &Merged) -> Vec<RepoPath> {
    merged
        .conflicts()
        .iter()
        .map(|c: &Conflict| c.path.clone())
        .collect()
}

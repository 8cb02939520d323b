//! Why an operation cannot be taken back: decided before anything moves.

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;
use crate::store::{Change, Landed, Merge, Operation, OperationState, Strategy, Swept};

use super::{Case, Moved};

/// Branches that are named of several.
const NAMED: usize = 3;

impl Case<'_> {
    /// Refuses what is not in effect.
    pub(super) fn must_be_in_effect(&self) -> Result<()> {
        let number = self.operation.number;
        match self.operation.state {
            OperationState::Done | OperationState::Planned => Ok(()),
            OperationState::Abandoned => Err(Failure::refused(format!(
                "operation {number} changed nothing: it was given up"
            ))
            .next("git parallel undo --list")),
            OperationState::Undone => {
                let by = self.undone_by(number);
                let failure = Failure::refused(format!(
                    "operation {number} is taken back already{}",
                    by.map_or_else(String::new, |by| format!(", by operation {by}"))
                ));
                Err(match by {
                    Some(by) => failure.next(format!("git parallel undo {by}")),
                    None => failure.next("git parallel undo --list"),
                })
            }
        }
    }

    /// A clean-up that was taken back is not done again by number: it has to look anew at what
    /// would be lost.
    pub(super) fn not_again(&self) -> Failure {
        let of = match self.operation.change {
            Change::Undo(of) => self.operations.iter().find(|o| o.number == of),
            _ => None,
        };
        let failure = Failure::refused(format!(
            "operation {} brought back what was cleaned up: clean it up again instead",
            self.operation.number
        ))
        .kept("everything is as it was");
        match of.map(|of| &of.change) {
            Some(Change::Clean { run, .. }) => failure.next(format!("git parallel clean {run}")),
            _ => failure.next("git parallel undo --list"),
        }
    }

    /// Refuses to move a branch that is not where the operation left it, and, without force, to
    /// take away what others have or stand on.
    pub(super) fn clear_of_hurdles(&self, merge: &Merge, moved: &Moved) -> Result<()> {
        self.is_where_it_was_left(merge, moved)?;
        if moved.again || self.force {
            return Ok(());
        }
        let force = format!("git parallel undo --force {}", self.operation.number);
        if let Some(clean) = self.cleaned_by(merge) {
            return Err(Failure::refused(format!(
                "what it landed was cleaned up since, by operation {clean}: take that back first"
            ))
            .kept("nothing was moved")
            .next(format!("git parallel undo {clean}"))
            .next(force));
        }
        let pushed = self.holding(moved.from, "refs/remotes")?;
        if !pushed.is_empty() {
            return Err(Failure::refused(format!(
                "it was pushed: {} already, and would bring it back",
                has(&pushed)
            ))
            .kept("nothing was moved")
            .next(reverting(merge))
            .next(force));
        }
        let mut built = self.holding(moved.from, "refs/heads")?;
        built.retain(|(name, tip)| *name != moved.branch && *tip != moved.from);
        if !built.is_empty() {
            return Err(Failure::refused(format!(
                "others are built on it: {}, and merging that would bring it back",
                has(&built)
            ))
            .kept("nothing was moved")
            .next(force));
        }
        Ok(())
    }

    fn is_where_it_was_left(&self, merge: &Merge, moved: &Moved) -> Result<()> {
        let Some(now) = self.repository.find_ref(&merge.name) else {
            return Err(
                Failure::unable(format!("the branch '{}' is gone", moved.branch))
                    .next("git branch --list"),
            );
        };
        if now == moved.from {
            return Ok(());
        }
        if let Some(later) = self.moved_later(merge) {
            return Err(Failure::refused(format!(
                "operation {later} moved '{}' after it: take that back first",
                moved.branch
            ))
            .kept("nothing was moved")
            .next(format!("git parallel undo {later}")));
        }
        let known = self.repository.find_commit(moved.from.to_string());
        let on_top = known.is_some() && self.repository.is_ancestor(moved.from, now)?;
        if !on_top {
            return Err(Failure::refused(format!(
                "'{}' is not where this left it: it is at {}, no longer at {}",
                moved.branch,
                now.short(),
                moved.from.short()
            ))
            .kept("nothing was moved")
            .next(format!(
                "git log --oneline -5 {}",
                shell_word(&moved.branch)
            )));
        }
        let commits = self.repository.count_commits(moved.from, now)?;
        let range = format!("{}..{}", moved.from.short(), moved.branch);
        Err(Failure::refused(format!(
            "'{}' has {commits} newer {} on top of it",
            moved.branch,
            if commits == 1 { "commit" } else { "commits" }
        ))
        .kept("nothing was moved")
        .next(format!("git log --oneline {}", shell_word(&range)))
        .next(reverting(merge)))
    }

    /// The undo that took an operation back.
    fn undone_by(&self, number: u64) -> Option<u64> {
        let by =
            |o: &&Operation| o.change == Change::Undo(number) && o.state == OperationState::Done;
        self.operations.iter().rfind(by).map(|o| o.number)
    }

    /// A later operation, in effect, that moved the same branch.
    fn moved_later(&self, merge: &Merge) -> Option<u64> {
        let later = |o: &&Operation| {
            let same = matches!(&o.change, Change::Merge(other) if other.name == merge.name);
            same && o.number > self.operation.number && o.state == OperationState::Done
        };
        self.operations.iter().rfind(later).map(|o| o.number)
    }

    /// A later clean-up, in effect, that took away what this landed.
    fn cleaned_by(&self, merge: &Merge) -> Option<u64> {
        let landed = |run, swept: &Swept| {
            let mut landed = merge.landed.iter();
            landed.any(|one| one.run == Some(run) && one.task == Some(swept.task))
        };
        let later = |o: &&Operation| {
            let Change::Clean { run, swept, .. } = &o.change else {
                return false;
            };
            let in_effect = matches!(o.state, OperationState::Done | OperationState::Planned);
            in_effect
                && o.number > self.operation.number
                && swept.iter().any(|one| landed(*run, one))
        };
        self.operations.iter().rfind(later).map(|o| o.number)
    }

    /// The refs below a folder that hold a commit, by their names from there on.
    fn holding(&self, commit: Oid, folder: &str) -> Result<Vec<(String, Oid)>> {
        let holding = self.repository.refs_holding(commit, folder)?;
        let short = |name: String| match name.strip_prefix(folder) {
            Some(rest) => rest.trim_start_matches('/').to_owned(),
            None => name,
        };
        Ok(holding
            .into_iter()
            .map(|(name, tip)| (short(name), tip))
            .collect())
    }
}

/// "origin/main has it", "a, b and 3 more have it".
fn has(refs: &[(String, Oid)]) -> String {
    let names: Vec<&str> = refs.iter().map(|(name, _)| name.as_str()).collect();
    match &names[..] {
        [one] => format!("{one} has it"),
        all if all.len() <= NAMED => format!("{} have it", all.join(", ")),
        all => format!(
            "{} and {} more have it",
            all[..NAMED].join(", "),
            all.len() - NAMED
        ),
    }
}

/// The command that takes a merge back by new commits.
fn reverting(merge: &Merge) -> String {
    let range = format!("{}..{}", merge.before.short(), merge.after.short());
    let merges = |landed: &Landed| landed.strategy == Strategy::Merge;
    match merge.landed.iter().all(merges) {
        true => format!("git revert --no-edit -m 1 $(git rev-list --first-parent {range})"),
        false => format!("git revert --no-edit {range}"),
    }
}

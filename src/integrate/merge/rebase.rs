//! A branch's own commits, one after the other, as `git rebase` puts them onto another: merges
//! flattened, what is there already left out, author and words kept.

use crate::error::Result;
use crate::git::{Authored, MergePair, NewCommit, Occasion, Original};
use crate::id::Oid;

use super::behind::Why;
use super::builder::{Builder, Rising, Step};

/// Puts what `commit` brings onto `below`. The result must be `whole`, what merging it would make:
/// flattening can lose what only a merge commit holds, and that is no one's wish.
pub fn replay(builder: &Builder<'_>, below: Rising, whole: Oid, commit: Oid) -> Result<Step<Oid>> {
    let picks = builder.repository().to_pick(below.history, commit)?;
    let mut risen = below;
    for pick in picks {
        risen = match add(builder, risen, pick)? {
            Ok(risen) => risen,
            Err(why) => return Ok(Err(why)),
        };
    }
    Ok(if risen.tree == whole {
        Ok(risen.tip)
    } else {
        Err(Why::Differs)
    })
}

fn add(builder: &Builder<'_>, below: Rising, pick: Oid) -> Result<Step<Rising>> {
    let original = builder.repository().original(pick)?;
    if original.parents == [below.tip] {
        // It is on top already.
        return Ok(Ok(Rising {
            tip: pick,
            tree: original.tree,
            history: below.history,
        }));
    }
    let before = before(builder, &original)?;
    let tree = match picked(builder, below, pick, &original, before)? {
        Ok(tree) => tree,
        Err(why) => return Ok(Err(why)),
    };
    let was_empty = original.tree == before.tree;
    if tree == below.tree && !was_empty {
        return Ok(Ok(below));
    }
    let message = match builder.ask(Occasion::Pick, tree, &original.message)? {
        Ok(message) => message,
        Err(why) => return Ok(Err(why)),
    };
    let tip = builder.commits.commit_for(&Authored {
        tree,
        parent: below.tip,
        author: Some(&original.author),
        encoding: original.encoding.as_deref(),
        message: &message,
    })?;
    Ok(Ok(Rising { tip, tree, ..below }))
}

/// What a commit stood on.
#[derive(Clone, Copy)]
struct Before {
    commit: Oid,
    tree: Oid,
}

/// The parent; for a first commit, a stand-in for nothing.
fn before(builder: &Builder<'_>, original: &Original) -> Result<Before> {
    if let Some(&commit) = original.parents.first() {
        let tree = builder.repository().tree_of(commit)?;
        return Ok(Before { commit, tree });
    }
    let tree = builder.merging.empty_tree()?;
    let commit = builder.merging.commit_tree(&NewCommit {
        tree,
        parents: &[],
        message: "Stand-in for nothing\n",
    })?;
    Ok(Before { commit, tree })
}

/// The tree with a commit's changes on top.
fn picked(
    builder: &Builder<'_>,
    below: Rising,
    pick: Oid,
    original: &Original,
    before: Before,
) -> Result<Step<Oid>> {
    if before.tree == below.tree {
        return Ok(Ok(original.tree));
    }
    let pair = MergePair {
        ours: below.tip,
        theirs: pick,
        base: Some(before.commit),
    };
    Ok(builder.merged(pair)?.map_err(|paths| Why::Step {
        commit: pick,
        subject: original.subject(),
        paths,
    }))
}

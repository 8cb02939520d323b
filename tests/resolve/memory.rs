//! What rerere remembers is done again.

use super::{clash, is_reconciled, tree};
use crate::support::Repo;

/// A clash whose resolution was made once, remembered, and lost.
fn remembered() -> Repo {
    let repo = clash();
    repo.git(["config", "rerere.enabled", "true"]);
    let two = tree(&repo, "two");
    let tip = repo.git(["rev-parse", "parallel/two"]);
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "one and two\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    repo.git_at(&two, ["reset", "--quiet", "--hard", &tip]);
    repo
}

#[test]
fn what_was_resolved_before_is_shown_and_waits_for_a_look() {
    let repo = remembered();
    repo.parallel(["merge"])
        .code(1)
        .says("git parallel resolve two");
    let answer = repo.parallel(["resolve", "two", "--json"]).json(1);
    assert_eq!(answer["paths"], serde_json::json!([]));
    assert_eq!(answer["conflicts"][0]["state"], "replayed");
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("1 of 1 resolved as you did before (rerere), merging parallel/one")
        .answers("│ old")
        .says("next: git parallel resolve two --continue");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(is_reconciled(&repo));
    repo.parallel(["merge"]).code(0);
    assert_eq!(repo.read("f"), "one and two\n");
}

#[test]
fn with_autoupdate_it_takes_one_command() {
    let repo = remembered();
    repo.git(["config", "rerere.autoupdate", "true"]);
    repo.parallel(["resolve", "two"])
        .code(0)
        .answers("resolved and committed");
    assert!(is_reconciled(&repo));
    assert_eq!(repo.git(["show", "parallel/two:f"]), "one and two");
}

#[test]
fn a_part_that_is_remembered_is_told_from_the_part_that_is_not() {
    let repo = remembered();
    // The other side now changes one more file, where both differ.
    for (name, text) in [("one", "1\n"), ("two", "2\n")] {
        let at = tree(&repo, name);
        repo.file_at(&at, "g", text);
        repo.git_at(&at, ["add", "g"]);
        repo.git_at(&at, ["commit", "--quiet", "--message", "More"]);
    }
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("1 path is left to resolve merging parallel/one")
        .answers("1 of 2 resolved as you did before (rerere)");
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("g:1: <<<<<<< HEAD");
    repo.file_at(&tree(&repo, "two"), "g", "1 and 2\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert_eq!(repo.git(["show", "parallel/two:f"]), "one and two");
}

#[test]
fn without_rerere_nothing_is_taken_for_remembered() {
    let repo = clash();
    // No markers are put in, and rerere never learns of such a file.
    repo.git(["config", "rerere.enabled", "true"]);
    repo.file(".git/info/attributes", "f -merge\n");
    let answer = repo.parallel(["resolve", "two", "--json"]).json(1);
    assert_eq!(answer["conflicts"][0]["state"], "undecided");
}

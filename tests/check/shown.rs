//! What `git parallel check` looks like: the table of pairs, the conflicting lines, any terminal.

use std::fs;

use super::{diverged, five, long, remove};
use crate::support::Repo;

/// The widest line in columns, for text without wide letters.
fn widest(text: &str) -> usize {
    text.lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

/// What stands between the sentence and what is said of pairs.
fn table(shown: &str) -> Vec<&str> {
    let below = shown.lines().skip_while(|line| !line.is_empty()).skip(1);
    below.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn five_branches_are_a_table_of_pairs_with_its_legend() {
    let repo = five();
    repo.branch("feature-f", "main", &[("b", "x\n")]);
    let shown = repo.parallel(["check"]).code(1).stdout;
    let expected = "\
5 of 6 land together; feature-c waits for feature-a (src/api.rs)

                     a b c d e f *
lands  a  feature-a    · · · · ✗ ·  1 file
lands  b  feature-b  ·   · · ~ · ·  1 file
lands  c  feature-d  · ·   · · · ·  1 file
lands  d  feature-e  · · ·   · · ·  1 file
lands  e  feature-f  · ~ · ·   · ·  1 file
waits  f  feature-c  ✗ · · · ·   ·  2 files
· nothing in common  ~ touch the same and merge  ✗ conflict  * with main
order: no other choice lands more, or leaves fewer than 1 conflicting path

high risk: feature-a and feature-c conflict
  src/api.rs (both changed the same lines)

medium risk: feature-b and feature-f touch the same and merge
  b
";
    assert_eq!(shown, expected);
}

#[test]
fn pairs_of_one_branch_of_which_the_same_is_said_share_a_section() {
    let repo = Repo::new();
    repo.file("f", &long("x")).commit("Before");
    for number in 0..12 {
        let text = long("x").replace("line 12\n", &format!("{number}\n"));
        repo.branch(&format!("take-{number:02}"), "main", &[("f", &text)]);
    }
    let shown = repo.parallel(["check"]).code(1).stdout;
    let first = "\
high risk: take-00 conflicts with each of take-01, take-02, take-03, take-04,
take-05, take-06, take-07, take-08, and 3 more
  f (both changed the same lines)

high risk: take-01 conflicts with each of";
    assert!(shown.contains(first), "{shown}");
    assert!(shown.contains("take-10 and take-11 conflict\n"), "{shown}");
    assert!(widest(&shown) <= 80, "{shown}");
    let patches = repo.parallel(["check", "--patch"]).code(1).stdout;
    assert_eq!(patches.matches("high risk").count(), 66, "{patches}");
}

#[test]
fn what_to_type_next_is_told_and_works() {
    let repo = five();
    let ended = repo.parallel(["check"]).code(1);
    ended
        .says("next: git parallel check --patch feature-a feature-c")
        .says("next: git parallel merge feature-a feature-b feature-d feature-e");
    repo.parallel(["check", "--patch", "feature-a", "feature-c"])
        .code(1);
    repo.parallel(["merge", "--into", "main", "feature-a", "feature-b"])
        .ok();
}

#[test]
fn twenty_branches_with_long_names_fit_into_eighty_columns() {
    let repo = Repo::new();
    repo.file("f", &long("x")).commit("Before");
    for number in 0..20 {
        let name = format!("agent/a-task-with-a-name-of-some-length-{number:02}");
        let text = format!("{number}\n");
        let path = format!("own-{}", number % 10);
        repo.branch(&name, "main", &[(&path, &text)]);
    }
    let shown = repo.parallel(["check"]).code(1).stdout;
    let drawn = table(&shown);
    assert!(widest(&shown) <= 80, "{shown}");
    assert!(drawn[0].ends_with("r s t *"), "{shown}");
    assert_eq!(shown.matches('✗').count(), 20 + 1, "{shown}");
    let plain = repo.parallel(["check"]).env("LC_ALL", "C").code(1).stdout;
    assert!(table(&plain).iter().all(|line| line.is_ascii()), "{plain}");
}

#[test]
fn the_conflicting_lines_are_those_of_base_and_both_sides() {
    let edit = |word: &'static str| {
        move |repo: &Repo| {
            let text = long("x").replace("line 12\n", &format!("{word}\n"));
            repo.file("f", &text.replace("line 25\n", "both\n"));
        }
    };
    let repo = diverged(
        &[("f", &long("x"))],
        edit("one"),
        edit("\x1b]0;two\u{202e}"),
    );
    let shown = repo.parallel(["check", "--patch", "a", "b"]).code(1).stdout;
    let expected = "  \
  f (both changed the same lines)
    line 14
         │ line 10
         │ line 11
    base │ line 12
    a    │ one
    b    │ \\u{1b}]0;two\\u{202e}
         │ line 13
         │ line 14
";
    assert!(shown.ends_with(&expected[2..]), "{shown}");
    let painted = repo.parallel(["check", "--patch", "a", "b", "--color", "always"]);
    assert!(
        painted
            .code(1)
            .stdout
            .contains("\x1b[32m    a    │ one\x1b[39m")
    );
}

#[test]
fn every_kind_of_conflict_has_something_to_show() {
    let repo = diverged(
        &[("changed", "old\n"), ("image", "\0old")],
        |repo| {
            repo.file("changed", "new\n").file("added", "one\n");
            fs::write(repo.path().join("image"), "\0one").expect("a file");
        },
        |repo| {
            remove(repo, "changed");
            repo.file("added", "two\n");
            fs::write(repo.path().join("image"), "\0three").expect("a file");
        },
    );
    let shown = repo.parallel(["check", "--patch", "a", "b"]).code(1).stdout;
    for expected in [
        "  added (both added it)\n    line 1\n    a    │ one\n    b    │ two\n",
        "  changed (a changed it, b removed it)\n    line 1\n    base │ old\n    a    │ new\n",
        "    base │ a file of 4 bytes\n    a    │ a file of 4 bytes\n    b    │ a file of 6 bytes\n",
    ] {
        assert!(
            shown.contains(expected),
            "{expected}\n--- is not in\n{shown}"
        );
    }
    let target = repo.parallel(["check", "--patch", "a"]).code(0).stdout;
    assert_eq!(target, "a merges with main\n");
    repo.file("added", "three\n").commit("On");
    repo.parallel(["check", "--patch", "a"])
        .code(1)
        .answers("    main │ three\n    a    │ one\n");
}

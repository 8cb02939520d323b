//! `git parallel check --stdin`: a line in, a line out.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStringExt;

use serde_json::Value;

use super::{by_git, five, paths};
use crate::support::Repo;

fn answers(stdout: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).expect("a line of JSON");
    stdout.lines().map(read).collect()
}

/// Branches of one file each out of a few, so that many pairs conflict.
fn many(number: usize) -> (Repo, Vec<String>) {
    let repo = Repo::new();
    let mut stream = String::new();
    for at in 0..number {
        let path = format!("f{}", at % 7);
        stream += &format!(
            "commit refs/heads/b{at}\ncommitter A <a@b> 0 +0000\ndata 1\n.\nfrom refs/heads/main\n\
             M 644 inline {path}\ndata 2\n{}\n",
            at % 3
        );
    }
    let script = repo.around().join("stream");
    std::fs::write(&script, stream).expect("a file");
    let import = format!("git fast-import --quiet < '{}'", script.display());
    repo.git(["-c", &format!("alias.import=!{import}"), "import"]);
    (repo, (0..number).map(|at| format!("b{at}")).collect())
}

#[test]
fn every_line_is_answered_in_order_as_git_would() {
    let (repo, names) = many(40);
    let pairs: Vec<(&str, &str)> = (0..names.len())
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .map(|(a, b)| (names[a].as_str(), names[b].as_str()))
        .collect();
    let input: String = pairs.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    let objects = repo.git(["count-objects", "-v"]);
    let ended = repo.parallel(["check", "--stdin"]).input(input).code(1);
    assert_eq!(repo.git(["count-objects", "-v"]), objects);
    let answers = answers(&ended.stdout);
    assert_eq!(answers.len(), pairs.len());
    for ((a, b), answer) in pairs.iter().zip(&answers) {
        assert_eq!(answer["version"], 1);
        assert_eq!(answer["revisions"], Value::from(&[*a, *b][..]));
        let conflicts = by_letters(a, b);
        assert_eq!(answer["verdict"] == "conflict", conflicts, "{answer}");
        assert_eq!(answer.get("tree").is_some(), !conflicts);
    }
    for at in (0..pairs.len()).step_by(41) {
        let (a, b) = pairs[at];
        let (clean, conflicted) = by_git(&repo, a, b).expect("a verdict");
        assert_eq!(answers[at]["verdict"] == "clean", clean);
        assert_eq!(paths(&answers[at]["conflicts"]), conflicted);
        if clean {
            let tree = repo.git(["merge-tree", "--write-tree", a, b]);
            assert_eq!(answers[at]["tree"], tree.as_str());
        }
    }
}

/// What `many` makes of two branches.
fn by_letters(a: &str, b: &str) -> bool {
    let number = |name: &str| name[1..].parse::<usize>().expect("a number");
    let (a, b) = (number(a), number(b));
    a % 7 == b % 7 && a % 3 != b % 3
}

#[test]
fn more_than_two_revisions_are_answered_pair_by_pair() {
    let repo = five();
    let answer = repo
        .parallel(["check", "--stdin"])
        .input("feature-a feature-b feature-c")
        .json(1);
    let pairs = answer["pairs"].as_array().expect("pairs");
    let told = |at: usize| {
        let text = |key: &str| pairs[at][key].as_str().expect("text").to_owned();
        [text("a"), text("b"), text("verdict")]
    };
    assert_eq!(pairs.len(), 3);
    assert_eq!(told(0), ["feature-a", "feature-b", "clean"]);
    assert_eq!(told(1), ["feature-a", "feature-c", "conflict"]);
    assert_eq!(answer["verdict"], "conflict");
    assert!(answer.get("conflicts").is_none() && answer.get("tree").is_none());
}

#[test]
fn a_line_that_cannot_be_decided_does_not_stop_the_rest() {
    let repo = five();
    repo.git(["checkout", "--quiet", "--orphan", "stranger"]);
    repo.commit("Another beginning");
    let lines = "feature-a no-such\nfeature-a stranger\n\nfeature-a\nfeature-b feature-d\n";
    let ended = repo
        .parallel(["check", "--stdin", "--json"])
        .input(lines)
        .code(3);
    let read = answers(&ended.stdout);
    let codes: Vec<&Value> = read.iter().map(|line| &line["error"]["code"]).collect();
    assert_eq!(
        codes,
        ["unknown-revision", "unrelated-histories", "usage", "usage"]
            .map(Value::from)
            .iter()
            .chain([&Value::Null])
            .collect::<Vec<_>>()
    );
    assert!(read[..4].iter().all(|line| line["verdict"] == "error"));
    assert_eq!(read[4]["verdict"], "clean");
    ended.says("4 of 5 lines could not be decided");
}

#[test]
fn a_range_has_its_own_base_and_an_odd_name_its_nuls() {
    let repo = five();
    repo.branch("on-top", "feature-a", &[("src/api.rs", "one more\n")]);
    let input = "feature-c\0feature-a..on-top\0\0feature-b\0:/Work on feature-d\0\0";
    let ended = repo
        .parallel(["check", "--stdin", "-z"])
        .input(input)
        .code(1);
    let read = answers(&ended.stdout);
    assert_eq!(read[0]["revisions"][1], "feature-a..on-top");
    assert_eq!(read[1]["verdict"], "clean");
    let name = OsString::from_vec(b"refs/heads/caf\xe9".to_vec());
    repo.git([
        OsString::from("update-ref"),
        name,
        OsString::from("feature-b"),
    ]);
    let mut input = b"feature-b\0caf\xe9\0".to_vec();
    let answer = repo
        .parallel(["check", "--stdin", "-z"])
        .input(&input)
        .json(0);
    assert_eq!(answer["revisions"][1], "caf\u{fffd}");
    input.clear();
    let silent = repo.parallel(["check", "--stdin"]).input(&input).ok();
    assert_eq!(silent, "");
}

#[test]
fn a_program_that_waits_for_each_answer_gets_it() {
    let repo = five();
    let mut child = repo.parallel(["check", "--stdin"]).converse();
    let mut input = child.stdin.take().expect("an input");
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    for (other, verdict) in [("feature-b", "clean"), ("feature-c", "conflict")] {
        writeln!(input, "feature-a {other}").expect("written");
        let mut line = String::new();
        output.read_line(&mut line).expect("an answer");
        let answer: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(answer["verdict"], verdict);
    }
    drop(input);
    let code = child.wait().expect("an end").code();
    assert_eq!(code, Some(1));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (repo, _) = many(2);
    let mut child = repo.parallel(["check", "--stdin"]).converse();
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("an input");
    while input.write_all(b"b0 b1\n").is_ok() {}
    assert_ne!(child.wait().expect("an end").code(), Some(101));
}

//! `angles plan`: what would be asked.

use std::fs;

use super::{angles, program};
use crate::support::{Ollama, Repo};

#[test]
fn the_first_screen_shows_angles_files_requests_and_what_is_left_out() {
    let (repo, server) = (program(), Ollama::new());
    fs::create_dir(repo.path().join("target")).expect("a folder");
    repo.file("target/built", "x").file("src/new.rs", "new\n");
    let told = angles(
        &repo,
        &server,
        &["plan", ".", "Comprehensive look at security"],
    )
    .env("COLUMNS", "80")
    .ok();
    for expected in [
        "strategy: Software Quality (no word of the question calls for another)",
        "model: tinyt:latest, 8,192 tokens at once",
        "  1  Security",
        "  4  Code Quality",
        "direct",
        "left out: 2 that may hold secrets: .env, deploy/key.txt",
        "left out: 1 generated, locked or vendored: Cargo.lock",
        "left out: 1 binary: logo.png",
        "left out: 1 ignored by git",
        "left out: 1 changed or new since the commit",
        "4 requests, about",
        "One request covers this target",
    ] {
        assert!(told.contains(expected), "no '{expected}' in:\n{told}");
    }
    assert!(
        told.lines().all(|line| line.chars().count() <= 80),
        "{told}"
    );
    assert!(server.asked().is_empty(), "planning asks the model nothing");
}

#[test]
fn angles_read_what_they_are_about() {
    let (repo, server) = (program(), Ollama::new());
    let plan = angles(
        &repo,
        &server,
        &["plan", ".", "how good are the tests", "--json"],
    )
    .json(0);
    assert_eq!(plan["strategy"], "Implementation Review");
    let folders = |angle: usize| plan["angles"][angle]["folders"].to_string();
    assert!(folders(1).contains("tests/"), "{plan:#}");
    assert!(!folders(0).contains("tests/"), "{plan:#}");
    assert!(folders(2).contains("docs/"), "{plan:#}");
}

#[test]
fn a_range_is_what_a_branch_changed() {
    let (repo, server) = (program(), Ollama::new());
    repo.branch("feature", "main", &[("src/new.rs", "fn new() {}\n")]);
    repo.file("src/later.rs", "on main only\n").commit("Go on");
    let plan = angles(
        &repo,
        &server,
        &["plan", "main...feature", "security", "--json"],
    )
    .json(0);
    assert_eq!(plan["angles"][0]["files"], 1);
    assert_eq!(plan["commit"], repo.git(["rev-parse", "feature"]));
    angles(&repo, &server, &["plan", "main...nowhere", "security"])
        .code(3)
        .says("'nowhere' names no commit");
}

#[test]
fn strategies_of_ones_own_come_from_configuration_and_from_a_file() {
    let (repo, server) = (program(), Ollama::new());
    repo.git(["config", "parallelAngles.Release.words", "ship"]);
    repo.git([
        "config",
        "parallelAngles.Release.angle",
        "Upgrade: what breaks",
    ]);
    repo.git(["config", "parallelAngles.Release.paths", "Upgrade: src/api"]);
    let plan = angles(&repo, &server, &["plan", ".", "May we ship it?", "--json"]).json(0);
    assert_eq!(
        (&plan["strategy"], &plan["angles"][0]["files"]),
        (&"Release".into(), &1.into())
    );
    repo.file(
        "review.conf",
        "[parallelAngles \"House\"]\n\tangle = Style: taste\n",
    );
    let file = [
        "plan",
        ".",
        "x",
        "--strategies",
        "review.conf",
        "--strategy",
        "house",
        "--json",
    ];
    assert_eq!(
        angles(&repo, &server, &file).json(0)["angles"][0]["name"],
        "Style"
    );
    repo.file("review.conf", "[parallelAngles \"House\"\n");
    angles(&repo, &server, &file).code(2).says("review.conf");
}

#[test]
fn mistakes_are_told_with_what_would_work() {
    let (repo, server) = (program(), Ollama::new());
    let refused = |args: &[&str], code: i32, words: &str| {
        angles(&repo, &server, args).code(code).says(words);
    };
    refused(&["plan", "."], 2, "what to look for are both needed");
    refused(
        &["plan", "nowhere", "x"],
        3,
        "no file of the commit is in nowhere",
    );
    refused(
        &["plan", "logo.png", "x"],
        3,
        "nothing in logo.png can be read",
    );
    refused(
        &["plan", ".", "x", "--strategy", "beauty"],
        2,
        "there is no strategy 'beauty'",
    );
    refused(&["plan", ".", "x", "--angles", "7"], 2, "'7' is no angle");
    for verb in ["plan", "run"] {
        refused(
            &[verb, ".", "x", "--model", "nope"],
            2,
            "has no model 'nope', only tinyt:latest, tiny:latest",
        );
        refused(&[verb, "", "x"], 2, "an empty word is nothing to look at");
    }
    refused(
        &["plan", ".", "x", "--host", "ftp://x"],
        2,
        "should be an address",
    );
    repo.parallel(["angles", "run", ".", "x", "--host", "127.0.0.1:1"])
        .code(3)
        .says("cannot be reached");
    repo.parallel(["angles", "plan", ".", "x", "--host", "127.0.0.1:1"])
        .code(0)
        .says("planned for a model of usual size");
    Repo::unborn()
        .parallel(["angles", "plan", ".", "x"])
        .code(3)
        .says("has no commit yet");
}

#[test]
fn five_thousand_files_are_in_the_plan_once_an_angle() {
    let (repo, server) = (Repo::new(), Ollama::new());
    for number in 0..5000 {
        let body = format!("fn f{number}() {{\n    work();\n}}\n");
        repo.file(&format!("src/m{}/f{number}.rs", number % 50), &body);
    }
    repo.commit("Much");
    let plan = angles(&repo, &server, &["plan", "src", "security", "--json"]).json(0);
    let bytes: u64 = (0..5000)
        .map(|number| format!("fn f{number}() {{\n    work();\n}}\n").len() as u64)
        .sum();
    for angle in plan["angles"].as_array().expect("angles") {
        assert_eq!(
            (&angle["files"], &angle["bytes"]),
            (&5000.into(), &bytes.into())
        );
        assert!(angle["chunks"].as_u64() > Some(10), "{angle:#}");
    }
}

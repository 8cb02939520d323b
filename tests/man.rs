//! `man` and what the real `man` makes of it.

use std::process::Command;

use crate::support::{Repo, have, isolate, program_folder};

#[test]
fn a_page_is_printed_for_the_program_and_for_a_command() {
    let repo = Repo::new();
    repo.parallel(["man"])
        .code(0)
        .answers(".TH \"GIT-PARALLEL\"");
    repo.parallel(["man", "completions"])
        .code(0)
        .answers(".TH \"GIT-PARALLEL-COMPLETIONS\"");
    repo.parallel(["man", "no-such-command"])
        .code(2)
        .says("git-parallel-no-such-command");
}

#[test]
fn every_configuration_key_that_is_read_is_in_the_manual() {
    let settings = include_str!("../src/settings.rs");
    let page = Repo::new().parallel(["man"]).ok().to_lowercase();
    let keys: Vec<&str> = settings
        .split('"')
        .filter(|text| text.starts_with("parallel.") && !text.contains(' '))
        .filter(|key| *key != "parallel.novelty")
        .collect();
    assert!(keys.len() > 10, "the keys were not found: {keys:?}");
    for key in keys {
        assert!(page.contains(key), "{key} is not in the manual");
    }
}

#[test]
fn installed_pages_are_found_by_man_and_opened_by_git() {
    if !have("man") {
        return;
    }
    let repo = Repo::new();
    let bin = repo.home().join(".local/bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let path = format!(
        "{}:{}:{}",
        bin.display(),
        program_folder().display(),
        std::env::var("PATH").expect("PATH")
    );
    repo.parallel(["man", "--install"])
        .env("PATH", &path)
        .env("MANPATH", "")
        .code(0)
        .answers(".local/share/man/man1/git-parallel.1")
        .says("opens the page now");
    let mut help = Command::new("git");
    isolate(&mut help, &repo.home());
    let shown = help
        .args(["parallel", "--help"])
        .env("PATH", &path)
        .env("MANPAGER", "cat")
        .current_dir(repo.path())
        .output()
        .expect("git starts");
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains("EXIT STATUS"), "{text}");
}

#[test]
fn a_folder_that_man_does_not_search_is_told_with_the_line_to_add() {
    if !have("man") {
        return;
    }
    let repo = Repo::new();
    let data = repo.home().join("elsewhere");
    repo.parallel(["man", "--install"])
        .env("XDG_DATA_HOME", &data)
        .env("MANPATH", "/nowhere")
        .code(0)
        .says(&format!("export MANPATH=\"{}/man:", data.display()));
}

#[test]
fn a_dry_run_says_where_and_writes_nothing() {
    let repo = Repo::new();
    repo.parallel(["man", "--install", "-n"])
        .code(0)
        .answers("git-parallel-man.1");
    assert!(!repo.home().join(".local").exists());
}

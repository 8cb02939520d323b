//! `git parallel approve`: commands that come with a repository run only with the user's word.

use std::fs;

use crate::support::{Repo, Terminal, have};

const WORK: &str = "echo work > \"$GIT_PARALLEL_NAME.txt\"";

/// A repository that brings these lines of `[parallel]` along.
fn bringing(lines: &str) -> Repo {
    let repo = Repo::new();
    repo.file(".gitparallel", &format!("[parallel]\n{lines}"))
        .commit("How worktrees are made ready");
    repo
}

#[test]
fn commands_of_the_repository_run_only_after_approval_of_their_content() {
    let repo = bringing("\tsetup = echo ran >> ../ran\n");
    let before = repo.checkout_state();
    let run = || repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    run()
        .code(4)
        .says("echo ran >> ../ran")
        .says("git parallel approve main");
    assert!(!repo.around().join("ran").exists());
    assert!(!repo.around().join("project-alpha").exists());
    let shown = repo.parallel(["approve", "-n"]).ok();
    assert!(shown.contains("echo ran >> ../ran"), "{shown}");
    run().code(4);
    repo.parallel(["approve", "main"])
        .code(0)
        .answers("Approved");
    run().code(0);
    assert_eq!(
        fs::read_to_string(repo.around().join("ran")).expect("it ran"),
        "ran\n"
    );
    assert_eq!(repo.checkout_state(), before);
    // Another content asks again; the old one, come back, does not.
    repo.file(".gitparallel", "[parallel]\n\tsetup = echo other\n")
        .commit("Other");
    run().code(4).says("echo other");
    repo.git(["reset", "--quiet", "--hard", "HEAD^"]);
    run().code(0);
    repo.parallel(["approve", "--list"])
        .code(0)
        .answers("echo ran");
    repo.parallel(["approve", "--revoke"]).code(0);
    run().code(4);
}

#[test]
fn the_file_is_read_from_the_target_and_not_from_a_folder_that_an_agent_could_edit() {
    let repo = bringing("\tports = 2\n");
    repo.file(".gitparallel", "[parallel]\n\tsetup = touch ../pwned\n");
    let line = "echo $GIT_PARALLEL_PORTS > n; \
        printf '[parallel]\\n\\tsetup = touch ../pwned\\n' > .gitparallel";
    let run = |tasks: &str| repo.parallel(["run", "--tasks", tasks, "--exec", line]);
    run("alpha,beta").code(0);
    run("gamma").code(0);
    assert_eq!(repo.git(["show", "parallel/gamma:n"]), "2");
    assert!(!repo.around().join("pwned").exists());
    // What the agents changed asks once it has landed.
    repo.git(["checkout", "--quiet", ".gitparallel"]);
    repo.parallel(["merge", "alpha"]).run();
    repo.git(["merge", "--quiet", "parallel/alpha"]);
    run("delta").code(4).says("touch ../pwned");
}

#[test]
fn the_users_own_lines_come_after_and_an_empty_one_drops_the_teams() {
    let repo = bringing("\tsetup = echo team >> order\n\tcopy = .env\n");
    repo.file(".gitignore", ".env\norder\n").commit("Ignore");
    repo.file(".env", "x\n");
    repo.git(["config", "parallel.setup", "echo own >> order"]);
    repo.parallel(["approve"]).code(0);
    let line = "cp order seen; ls -A > files";
    repo.parallel(["run", "--tasks", "alpha", "--exec", line])
        .code(0);
    assert_eq!(repo.git(["show", "parallel/alpha:seen"]), "team\nown");
    assert!(repo.git(["show", "parallel/alpha:files"]).contains(".env"));
    repo.parallel(["approve", "--revoke"]).code(0);
    repo.git(["config", "--unset", "parallel.setup"]);
    repo.git(["config", "--add", "parallel.setup", ""]);
    repo.git(["config", "--add", "parallel.setup", "echo own >> order"]);
    repo.parallel(["run", "--tasks", "beta", "--exec", line])
        .code(0);
    assert_eq!(repo.git(["show", "parallel/beta:seen"]), "own");
}

#[test]
fn what_could_hide_in_a_command_is_made_visible() {
    let repo = bringing("\tsetup = \"true \u{202e}\u{1b}[2J\\n rm -rf ~\"\n");
    let shown = repo.parallel(["approve", "-n"]).ok();
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    assert!(shown.contains("\\u{1b}[2J\\u{a} rm -rf ~"), "{shown}");
    let run = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    let refused = run.code(4).stderr;
    assert!(!refused.contains('\u{1b}'), "{refused}");
}

#[test]
fn on_a_terminal_the_question_is_asked_and_only_yes_is_yes() {
    if !have("script") {
        return;
    }
    let repo = bringing("\tsetup = touch ../ran\n");
    let line = "git parallel run --tasks alpha --exec 'echo x > x'; echo ended $?";
    let mut no = Terminal::start(line, repo.path(), &repo.home(), &[]);
    no.sees("touch ../ran")
        .sees("[y/N]")
        .types("\r")
        .sees("ended 4");
    assert!(!repo.around().join("ran").exists());
    let mut yes = Terminal::start(line, repo.path(), &repo.home(), &[]);
    yes.sees("[y/N]").types("y\r").sees("ended 0");
    assert!(repo.around().join("ran").exists());
    repo.parallel(["approve", "-n"])
        .code(0)
        .answers("approved already");
}

#[test]
fn a_session_cannot_give_the_users_word() {
    let repo = bringing("\tsetup = true\n");
    repo.parallel(["approve"])
        .env("GIT_PARALLEL_TASK", "T001")
        .code(4)
        .says("a session of a run cannot approve");
    repo.parallel(["approve", "-n"])
        .code(0)
        .answers("not approved");
}

#[test]
fn a_file_that_makes_no_sense_is_named_with_its_line_and_other_keys_are_left_alone() {
    let repo = bringing("\tports = many\n");
    let run = || repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    run()
        .code(2)
        .says("main:.gitparallel: parallel.ports = 'many'");
    repo.file(".gitparallel", "[parallel]\n\nsetup\n[broken\n")
        .commit("Broken");
    run().code(2).says("bad config line 4 in blob .gitparallel");
    repo.file(".gitparallel", "[parallel]\n\tworkers = 99\n")
        .commit("Workers");
    run()
        .code(0)
        .says("parallel.workers, which is not for a repository to set");
}

#[test]
fn a_repository_without_the_file_needs_nothing_of_the_user() {
    let repo = Repo::new();
    repo.parallel(["approve"])
        .code(0)
        .answers("brings no commands");
    assert!(!repo.home().join(".local/state").exists());
}

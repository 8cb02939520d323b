//! A conflict handed to an agent, and everything that an agent can make of it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::{clash, is_merging, is_reconciled, tree};
use crate::support::{Journal, Repo};

const LIMIT: Duration = Duration::from_secs(30);

/// Waits until something holds.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to a process that we started.
fn signal(process: u32, name: &str) {
    let pid = process.to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.expect("kill starts").success());
}

/// Whether a process of this id, written into a file, exists.
fn lives(file: &Path) -> bool {
    let pid = fs::read_to_string(file).expect("a process id");
    Path::new("/proc").join(pid.trim()).exists()
}

/// An agent that says its process id in `pid` and then waits for a file `go` before it resolves.
const PATIENT: &str = "echo $$ > ../pid.new; mv ../pid.new ../pid
    while [ ! -e ../go ]; do sleep 0.02; done
    echo 'one and two' > f; echo resolved it";

/// `resolve two` with a patient agent, at work.
fn at_work(repo: &Repo) -> Child {
    let call = repo.parallel(["resolve", "two", "--exec", PATIENT]).spawn();
    until("the agent's start", || repo.around().join("pid").exists());
    call
}

fn go(repo: &Repo) {
    fs::write(repo.around().join("go"), "").expect("a file");
}

#[test]
fn an_agent_that_resolves_has_its_merge_committed_and_told_everywhere() {
    let repo = clash();
    let agent = "cat \"$GIT_PARALLEL_PROMPT_FILE\"; echo 'one and two' > f";
    repo.parallel(["resolve", "two", "--exec", agent])
        .code(0)
        .answers("resolved and committed")
        .answers("its agent worked for")
        .says("resolving the merge of parallel/one")
        .says("next: git parallel merge r1");
    assert!(is_reconciled(&repo) && !is_merging(&repo));
    let message = repo.git(["log", "-1", "--format=%B", "parallel/two"]);
    for part in [
        "Merge branch 'parallel/one' into parallel/two",
        "T002: Make two",
        "T001: Make one",
        "Parallel-Task: r1/T002",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("# Conflicts"), "{message}");
    let prompt = repo.parallel(["logs", "two"]).ok();
    for part in ["Make two", "Make one", "`f`", "│ old", "│ one", "│ two"] {
        assert!(prompt.contains(part), "{part} is not in\n{prompt}");
    }
    let report = repo.parallel(["report", "--json"]).json(0);
    let resolution = &report["tasks"][1]["resolutions"][0];
    assert_eq!(resolution["state"], "resolved");
    assert_eq!(resolution["agents"][0]["end"]["exited"], 0);
    repo.parallel(["report"])
        .code(0)
        .answers("T002 and T001 in f: resolved by an agent in T002");
    repo.parallel(["merge"]).code(0);
    assert_eq!(repo.read("f"), "one and two\n");
}

#[test]
fn the_tasks_own_agent_is_called_again_with_both_intents() {
    let repo = Repo::new();
    repo.file("f", "old\n").commit("Before");
    repo.file(
        "tasks.md",
        "### T001: First\nSay hello to f.\n\n### T002: Second\nSay goodbye to f.\n",
    );
    let agent = "case $GIT_PARALLEL_PROMPT_FILE in
        *resolve.md) cp $GIT_PARALLEL_PROMPT_FILE ../told; echo both > f;;
        *) echo $GIT_PARALLEL_NAME > f;; esac";
    repo.parallel(["run", "--from", "tasks.md", "--exec", agent])
        .code(0);
    repo.parallel(["resolve", "second", "--agent"]).code(0);
    let told = fs::read_to_string(repo.around().join("told")).expect("a prompt");
    for part in [
        "> Say hello to f.",
        "> Say goodbye to f.",
        "parallel/first",
        "Do not commit",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    repo.parallel(["merge"]).code(0);
    assert_eq!(repo.read("f"), "both\n");
}

#[test]
fn markers_that_an_agent_leaves_are_named_and_nothing_is_committed() {
    let repo = clash();
    let ended = repo.parallel(["resolve", "two", "--exec", "true"]);
    ended
        .code(1)
        .answers("1 path is left to resolve")
        .answers("f:1: <<<<<<< HEAD")
        .says("git parallel resolve two --continue");
    assert!(is_merging(&repo) && !is_reconciled(&repo));
    repo.parallel(["status"])
        .code(0)
        .answers("T002 is being reconciled with parallel/one")
        .answers("git parallel resolve r1/T002");
    // A second one takes it from there.
    repo.parallel(["resolve", "two", "--exec", "echo both > f"])
        .code(0);
    assert!(is_reconciled(&repo));
    assert!(repo.parallel(["logs", "two"]).ok().is_empty());
}

#[test]
fn what_else_an_agent_changes_is_committed_with_it_and_named() {
    let repo = clash();
    let agent = "echo both > f; echo more >> README.md; echo new > helper";
    repo.parallel(["resolve", "two", "--exec", agent])
        .code(0)
        .answers("also changed: README.md, helper");
    let files = repo.git(["show", "parallel/two:helper"]);
    assert_eq!(files, "new");
    let status = repo.git_at(&tree(&repo, "two"), ["status", "--porcelain"]);
    assert_eq!(status, "");
}

#[test]
fn an_agent_that_commits_the_merge_itself_is_taken_at_its_commit() {
    let repo = clash();
    let agent = "echo both > f; git commit --quiet --all --message Mine";
    repo.parallel(["resolve", "two", "--exec", agent])
        .code(0)
        .answers("resolved and committed as");
    assert!(is_reconciled(&repo));
    let subject = repo.git(["log", "-1", "--format=%s", "parallel/two"]);
    assert_eq!(subject, "Mine");
    repo.parallel(["resolve", "two", "--continue"]).code(3);
}

#[test]
fn an_agent_that_commits_the_markers_is_found_out() {
    let repo = clash();
    let agent = "git commit --quiet --all --message Mine";
    let answer = repo.parallel(["resolve", "two", "--json", "--exec", agent]);
    let answer = answer.json(1);
    assert_eq!(answer["state"], "committed-with-markers");
    assert_eq!(answer["conflicts"][0]["line"], 1);
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("f:1: <<<<<<< HEAD")
        .says("git commit --all --amend");
    let two = tree(&repo, "two");
    repo.file_at(&two, "f", "both\n");
    repo.git_at(&two, ["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(is_reconciled(&repo));
}

#[test]
fn an_agent_that_takes_the_merge_back_leaves_the_branch_where_it_was() {
    for agent in ["git merge --abort", "git reset --quiet --hard"] {
        let repo = clash();
        let tip = repo.git(["rev-parse", "parallel/two"]);
        repo.parallel(["resolve", "two", "--exec", agent])
            .code(1)
            .answers("was taken back: two is where it was")
            .says("next: git parallel resolve two");
        assert_eq!(repo.git(["rev-parse", "parallel/two"]), tip);
        let status = repo.parallel(["status", "two"]).ok();
        assert!(status.contains("the merge was taken back"), "{status}");
    }
}

#[test]
fn an_agent_that_commits_something_else_is_told_with_both_commits() {
    let agent = "git merge --abort; echo x > x; git add x; git commit --quiet --message Else";
    for agent in [agent, "git reset --quiet --hard HEAD~1"] {
        let repo = clash();
        let tip = repo.git(["rev-parse", "--short=10", "parallel/two"]);
        repo.parallel(["resolve", "two", "--exec", agent])
            .code(1)
            .answers("two does not hold parallel/one: its branch went from")
            .says(&format!("--left-right {tip}..."));
    }
}

#[test]
fn an_agent_that_fails_has_nothing_committed_for_it() {
    let repo = clash();
    repo.parallel(["resolve", "two", "--exec", "echo both > f; exit 3"])
        .code(1)
        .answers("its agent ended with exit code 3")
        .answers("nothing is left to resolve");
    assert!(is_merging(&repo));
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    let repo = clash();
    repo.parallel(["resolve", "two", "--", "no-such-agent", "x"])
        .code(1)
        .answers("could not be started: no-such-agent is not installed");
    let repo = clash();
    repo.git(["config", "parallel.commit", "never"]);
    repo.parallel(["resolve", "two", "--exec", "echo both > f"])
        .code(1)
        .says("git parallel resolve two --continue");
    assert!(is_merging(&repo));
}

#[test]
fn an_agent_that_takes_too_long_is_ended() {
    let repo = clash();
    let agent = "echo $$ > ../pid; sleep 60 & sleep 60";
    repo.parallel(["resolve", "two", "--timeout", "1s", "--exec", agent])
        .code(1)
        .answers("was ended at its time limit");
    assert!(is_merging(&repo) && !lives(&repo.around().join("pid")));
}

#[test]
fn ctrl_c_ends_the_agent_and_leaves_the_merge() {
    let repo = clash();
    let call = at_work(&repo);
    signal(call.id(), "INT");
    let ended = call.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    for part in [
        "interrupted",
        "kept: the merge, as the agent left it",
        "--continue",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!lives(&repo.around().join("pid")));
    assert!(is_merging(&repo));
    let report = repo.parallel(["report", "--json"]).json(0);
    let agent = &report["tasks"][1]["resolutions"][0]["agents"][0];
    assert_eq!(agent["end"], "cancelled");
    repo.parallel(["resolve", "two", "--exec", "echo both > f"])
        .code(0);
}

#[test]
fn an_agent_whose_caller_was_killed_goes_on_and_can_be_taken_up() {
    let repo = clash();
    let mut call = at_work(&repo);
    call.kill().expect("killed");
    call.wait().expect("an end");
    for args in [&["resolve", "two"][..], &["resolve", "two", "--continue"]] {
        repo.parallel(args)
            .code(4)
            .says("an agent is at work at the conflict of two")
            .says("git parallel resolve two --agent");
    }
    repo.parallel(["status"]).code(0).answers("by an agent");
    let call = repo.parallel(["resolve", "two", "--agent"]).spawn();
    go(&repo);
    let ended = call.wait_with_output().expect("an end");
    assert_eq!(ended.status.code(), Some(0));
    assert!(is_reconciled(&repo));
    let log = repo.parallel(["logs", "two"]).ok();
    assert_eq!(log, "resolved it\n");
}

#[test]
fn what_an_agent_did_while_nobody_watched_is_found() {
    let repo = clash();
    let mut call = at_work(&repo);
    call.kill().expect("killed");
    call.wait().expect("an end");
    go(&repo);
    let result = repo
        .path()
        .join(".git/parallel/runs/r1/T002/resolve-1/result.json");
    until("the agent's end", || result.exists());
    let start = Instant::now();
    // Its shim may need a moment more to be gone.
    while repo
        .parallel(["resolve", "two", "--continue"])
        .run()
        .stdout
        .is_empty()
    {
        assert!(start.elapsed() < LIMIT);
    }
    assert!(is_reconciled(&repo));
    let report = repo.parallel(["report", "--json"]).json(0);
    let agents = &report["tasks"][1]["resolutions"][0]["agents"];
    assert_eq!(agents[0]["end"]["exited"], 0);
}

#[test]
fn abort_stops_an_agent_that_nobody_watches() {
    let repo = clash();
    let mut call = at_work(&repo);
    call.kill().expect("killed");
    call.wait().expect("an end");
    repo.parallel(["resolve", "two", "--abort"])
        .code(0)
        .answers("two is as it was before");
    assert!(!lives(&repo.around().join("pid")) && !is_merging(&repo));
}

#[test]
fn what_cannot_be_handed_over_is_refused_with_what_can_be() {
    let repo = clash();
    let before = repo.everything();
    repo.parallel(["resolve", "two", "--agent=nobody"])
        .code(2)
        .says("no agent is called 'nobody'")
        .says("git config parallelAgent.nobody.command");
    repo.parallel(["resolve", "main", "--agent"])
        .code(2)
        .says("'main' is no task's branch");
    repo.parallel(["resolve", "two", "--agent", "--continue"])
        .code(2);
    assert_eq!(repo.everything(), before);
}

#[test]
fn a_supervised_run_has_one_writer() {
    let repo = Repo::new();
    repo.file("f", "old\n").commit("Before");
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[]), (2, "two", &[])]);
    repo.branch("parallel/one", "main", &[("f", "one\n")]);
    let one = tree(&repo, "one");
    repo.git([
        "worktree",
        "add",
        "--quiet",
        &one.to_string_lossy(),
        "parallel/one",
    ]);
    journal.event(
        "worktree-planned",
        serde_json::json!({"task": "T001", "branch": "parallel/one", "path": one,
                           "base": repo.git(["rev-parse", "main"])}),
    );
    let tip = repo.git(["rev-parse", "parallel/one"]);
    journal.finishes(1, "done", Some(&tip));
    repo.file("f", "new\n").commit("Meanwhile");
    let _supervisor = journal.supervised();
    repo.parallel(["resolve", "one", "--exec", "echo both > f"])
        .code(5)
        .says("git parallel status r1");
    // A person needs no journal.
    repo.file_at(&one, "f", "both\n");
    repo.parallel(["resolve", "one", "--continue"]).code(0);
    let report = repo.parallel(["report", "--json"]).json(0);
    assert_eq!(report["tasks"][0]["resolutions"], serde_json::json!([]));
}

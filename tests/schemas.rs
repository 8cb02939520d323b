//! The published schemas hold for what the program really answers, and promise every key that
//! `fixtures/schemas` says they do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ill, Journal, Ollama, Repo};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schemas")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn problems(name: &str, document: &Value) -> Vec<String> {
    let schema = schema(name);
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a sound schema");
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Insists that a document is what its schema says, and that the schema insists on its keys.
#[track_caller]
fn holds(name: &str, document: &Value) {
    assert_eq!(
        problems(name, document),
        Vec::<String>::new(),
        "{document:#}"
    );
    for key in document.as_object().expect("an object").keys() {
        let mut without = document.clone();
        without.as_object_mut().expect("an object").remove(key);
        let required = requires(&schema(name), key);
        let refused = !problems(name, &without).is_empty();
        assert!(refused || !required, "{name}: '{key}' may be missing");
    }
}

fn requires(schema: &Value, key: &str) -> bool {
    let list = schema["required"].as_array();
    list.is_some_and(|list| list.iter().any(|name| name == key))
}

/// A repository with two branches that conflict and a finished run of them.
fn played() -> (Repo, Journal) {
    let repo = Repo::new();
    repo.parallel(["split", "--tasks", "auth,billing,docs"])
        .ok();
    repo.branch("parallel/auth", "main", &[("api.rs", "auth\n")]);
    repo.branch("parallel/billing", "main", &[("api.rs", "billing\n")]);
    let tip = |name: &str| repo.git(["rev-parse", name]);
    let tasks: &[(u32, &str, &[u32])] = &[(1, "auth", &[]), (2, "billing", &[]), (3, "docs", &[1])];
    let mut journal = Journal::of(&repo, "r1", tasks);
    journal.starts(1, "auth", 1).starts(2, "billing", 2);
    journal
        .ends(1, 1, 0)
        .finishes(1, "done", Some(&tip("parallel/auth")));
    journal
        .ends(2, 1, 0)
        .finishes(2, "done", Some(&tip("parallel/billing")));
    journal.event(
        "overlap-found",
        serde_json::json!({"a": "T001", "b": "T002", "overlaps": ["api.rs"], "conflicts": ["api.rs"]}),
    );
    (repo, journal)
}

#[test]
fn every_schema_is_tried_here() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    let tried = [
        "agent-answer",
        "agents",
        "agents-suited",
        "analyze",
        "analyze-evaluate",
        "analyze-goal",
        "approve",
        "approve-list",
        "angles",
        "angles-combination",
        "angles-list",
        "angles-plan",
        "check",
        "check-line",
        "check-plan",
        "clean",
        "doctor",
        "each",
        "journal-event",
        "merge",
        "plan",
        "pull-request",
        "report",
        "resolve",
        "session-locks",
        "status",
        "trash",
        "undo",
        "undo-list",
        "wait",
    ];
    let tried = tried.map(|name| format!("{name}.schema.json"));
    assert_eq!(files, BTreeSet::from(tried));
}

#[test]
fn the_plan_is_what_its_schema_says() {
    let (repo, _) = played();
    let answer = repo
        .parallel(["split", "--tasks", "one,two", "--json"])
        .json(0);
    holds("plan", &answer);
    let stored = fs::read_to_string(repo.path().join(".git/parallel/plans/p1.json"));
    let stored: Value = serde_json::from_str(&stored.expect("a plan")).expect("JSON");
    holds("plan", &stored);
}

#[test]
fn agents_answers_what_its_schemas_say() {
    let repo = Repo::new();
    repo.git(["config", "parallelAgent.mine.command", "cat"]);
    holds("agents", &repo.parallel(["agents", "--json"]).json(0));
    let ask = ["agents", "mine", "--ask", "Well?", "--json"];
    let answer = repo.parallel(ask).json(0);
    assert_eq!(answer["text"], "Well?");
    holds("agent-answer", &answer);
    let role = "---\nname: parser-expert\ndescription: Knows parsers and grammars\n---\n";
    repo.file(".claude/agents/parser-expert.md", role);
    for (text, code) in [
        ("mend the parser of urls", 0),
        ("raise coverage of tests", 1),
    ] {
        let answer = repo.parallel(["agents", text, "--json"]).json(code);
        holds("agents-suited", &answer);
    }
}

#[test]
fn the_journal_and_status_of_a_run_by_an_agent_are_what_their_schemas_say() {
    let repo = Repo::new();
    let stream = folder()
        .with_file_name("agents")
        .join("claude-denied.jsonl");
    let command = format!("sh -c 'cat >/dev/null; cat {}'", stream.display());
    repo.git(["config", "parallelAgent.mine.command", &command]);
    repo.git(["config", "parallelAgent.mine.events", "claude"]);
    let run = ["run", "--tasks", "one", "--agent", "mine", "--json"];
    holds("status", &repo.parallel(run).json(1));
    let journal = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let journal = fs::read_to_string(journal).expect("a journal");
    assert!(journal.contains("\"task-waits\"") && journal.contains("\"tokens\""));
    for line in journal.lines() {
        holds(
            "journal-event",
            &serde_json::from_str(line).expect("a record"),
        );
    }
}

#[test]
fn analyze_answers_what_its_schema_says() {
    let (repo, _) = played();
    holds("analyze", &repo.parallel(["analyze", "--json"]).json(0));
    let goal = ["analyze", "--goal", "change the README", "--json"];
    holds("analyze-goal", &repo.parallel(goal).json(0));
    let evaluated = repo.parallel(["analyze", "--evaluate", "--json"]).json(0);
    holds("analyze-evaluate", &evaluated);
    repo.git(["checkout", "--quiet", "--detach"]);
    holds("analyze", &repo.parallel(["analyze", "--json"]).json(0));
}

#[test]
fn approve_answers_what_its_schemas_say() {
    let repo = Repo::new();
    let approve = |args: &[&str]| repo.parallel(["approve", "--json"]).args(args).json(0);
    holds("approve", &approve(&[]));
    repo.file(".gitparallel", "[parallel]\n\tsetup = true\n")
        .commit("Set-up");
    let states = [&["-n"][..], &[], &["main"]].map(|args| {
        let answer = approve(args);
        holds("approve", &answer);
        answer["state"].as_str().expect("a state").to_owned()
    });
    assert_eq!(states, ["waiting", "approved", "approved-before"]);
    holds("approve-list", &approve(&["--list"]));
    holds("approve-list", &approve(&["--revoke"]));
}

#[test]
fn leases_are_listed_as_their_schema_says() {
    let repo = Repo::new();
    let program = env!("CARGO_BIN_EXE_git-parallel");
    let line = format!("{program} session lock a b && {program} session locks --json > ../locks");
    repo.parallel(["run", "--tasks", "one", "--exec", &line])
        .code(1);
    let locks = fs::read_to_string(repo.around().join("locks")).expect("leases");
    let locks: Value = serde_json::from_str(&locks).expect("JSON");
    assert_eq!(locks["leases"].as_array().expect("a list").len(), 2);
    holds("session-locks", &locks);
}

#[test]
fn check_answers_what_its_schema_says() {
    let (repo, _) = played();
    let call = repo.parallel(["check", "parallel/auth", "parallel/billing", "--json"]);
    holds("check", &call.json(1));
    repo.branch("other", "main", &[("other.rs", "\n")]);
    let call = repo.parallel(["check", "parallel/auth", "other", "--json"]);
    holds("check", &call.json(0));
    repo.file("other.rs", "uncommitted\n");
    let call = repo.parallel(["check", ".", "--json", "--", "other.rs"]);
    holds("check", &call.json(0));
}

#[test]
fn check_answers_a_line_and_about_a_plan_as_their_schemas_say() {
    let (repo, _) = played();
    let lines = "main parallel/auth\nparallel/auth parallel/billing main\nmain no-such\n";
    let ended = repo.parallel(["check", "--stdin"]).input(lines).code(3);
    for line in ended.stdout.lines() {
        holds("check-line", &serde_json::from_str(line).expect("JSON"));
    }
    repo.file(
        "tasks.md",
        "### T001: One\n**Files**: a\n\n### T002: Two\n**Files**: a\n",
    );
    let call = repo.parallel(["check", "--plan", "tasks.md", "--json"]);
    holds("check-plan", &call.json(0));
}

#[test]
fn merge_answers_what_its_schema_says() {
    let (repo, _) = played();
    let both = ["merge", "--json", "parallel/auth", "parallel/billing"];
    holds("merge", &repo.parallel(both).json(1));
    for more in [
        &["--dry-run"][..],
        &["--verify", "false"],
        &["--verify", "true"],
    ] {
        let call = repo
            .parallel(["merge", "--json", "parallel/auth"])
            .args(more);
        let ended = call.run();
        holds("merge", &ended.json());
    }
    repo.branch("also", "main", &[("also.rs", "\n")]);
    let line = "! test -f also.rs";
    let partial = ["merge", "--json", "--partial", "also", "parallel/billing"];
    let call = repo
        .parallel(partial)
        .args(["--verify", line, "--strategy", "rebase"]);
    let document = call.json(1);
    assert_eq!(
        document["behind"].as_array().map(Vec::len),
        Some(2),
        "{document:#}"
    );
    holds("merge", &document);
    let cleaned = repo
        .parallel(["merge", "--json", "--clean", "auth"])
        .json(0);
    assert!(cleaned["cleaned"].is_object(), "{cleaned:#}");
    holds("merge", &cleaned);
}

#[test]
fn clean_and_undo_answer_what_their_schemas_say() {
    let repo = Repo::new();
    holds("undo", &repo.parallel(["undo", "--json"]).json(0));
    repo.parallel(["run", "--tasks", "one,two", "--prompt", "x"])
        .args(["--exec", "echo x > $GIT_PARALLEL_NAME.txt"])
        .ok();
    repo.parallel(["merge", "r1/T001"]).ok();
    repo.file_at(&repo.around().join("project-one"), "notes", "x\n");
    for more in [&["--dry-run"][..], &[]] {
        let call = repo.parallel(["clean", "--json"]).args(more);
        holds("clean", &call.json(4));
    }
    holds("clean", &repo.parallel(["clean", "-f", "--json"]).json(0));
    holds("clean", &repo.parallel(["clean", "--json"]).json(0));
    let list = || repo.parallel(["undo", "--list", "--json"]).json(0);
    holds("undo-list", &list());
    for more in [&["--dry-run"][..], &[], &[], &["4"]] {
        holds(
            "undo",
            &repo.parallel(["undo", "--json"]).args(more).run().json(),
        );
        holds("undo-list", &list());
    }
    // What a run made goes the way of a clean-up.
    for more in [&["--dry-run"][..], &[]] {
        let call = repo.parallel(["undo", "r1", "--force", "--json"]);
        holds("clean", &call.args(more).json(0));
    }
    let journal = repo.read(".git/parallel/runs/r1/events.jsonl");
    assert!(journal.contains("branch-restored") && journal.contains("worktree-restored"));
    for line in journal.lines() {
        holds("journal-event", &serde_json::from_str(line).expect("JSON"));
    }
}

#[test]
fn resolve_answers_what_its_schema_says_at_every_stage() {
    let (repo, mut journal) = played();
    journal.over("done");
    repo.git(["worktree", "add", "--quiet", "../b", "parallel/billing"]);
    let call = |args: &[&str]| {
        let call = repo.parallel(["resolve", "parallel/billing", "--json"]);
        let answer = call.args(args).run().json();
        holds("resolve", &answer);
        answer["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(call(&[]), "open");
    assert_eq!(call(&["--continue"]), "open");
    assert_eq!(call(&["--abort"]), "aborted");
    assert_eq!(call(&["--exec", "git merge --abort"]), "taken-back");
    assert_eq!(call(&["--exec", "git reset -q --hard HEAD~1"]), "moved-on");
    assert_eq!(call(&["--with", "parallel/auth"]), "merged");
    assert_eq!(call(&[]), "nothing");
    repo.branch("third", "main", &[("api.rs", "third\n")]);
    let resolve = "echo all > api.rs";
    let failing = ["--with", "third", "--exec", resolve, "--verify", "false"];
    assert_eq!(call(&failing), "verification-failed");
    assert_eq!(call(&["--continue"]), "resolved");
    holds("report", &repo.parallel(["report", "--json"]).json(0));
    let path = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let text = fs::read_to_string(path).expect("a journal");
    for name in [
        "conflict-opened",
        "resolver-ended",
        "conflict-resolved",
        "conflict-dropped",
    ] {
        assert!(text.contains(name), "{name} is not among:\n{text}");
    }
    for line in text.lines() {
        holds("journal-event", &serde_json::from_str(line).expect("JSON"));
    }
}

#[test]
fn pull_requests_are_answered_as_their_schema_says() {
    let (repo, _) = played();
    repo.git([
        "clone",
        "--quiet",
        "--bare",
        "--single-branch",
        ".",
        "../o.git",
    ]);
    repo.git(["remote", "add", "origin", "../o.git"]);
    for dry in [true, false, false] {
        let mut call = repo.parallel(["merge", "--pr", "--json"]);
        if dry {
            call = call.args(["--dry-run"]);
        }
        holds("pull-request", &call.json(0));
    }
}

#[test]
fn status_and_report_answer_what_their_schemas_say_at_every_stage_of_a_run() {
    let none = Repo::new().parallel(["status", "--json"]).json(0);
    holds("status", &none);
    let (repo, mut journal) = played();
    for end in [None, Some("failed"), Some("done")] {
        if let Some(end) = end {
            journal.over(end);
        }
        holds("status", &repo.parallel(["status", "--json"]).json(0));
        holds("report", &repo.parallel(["report", "--json"]).json(0));
    }
    holds("wait", &repo.parallel(["wait", "--json"]).json(1));
}

#[test]
fn each_answers_what_its_schema_says() {
    let repo = Repo::new();
    let args = ["run", "--tasks", "alpha,beta", "--exec", "echo x > x"];
    repo.parallel(args).code(0);
    let each = ["each", "--json", "--", "false"];
    holds("each", &repo.parallel(each).json(1));
}

#[test]
fn angles_answer_what_their_schemas_say() {
    let (repo, server) = (Repo::new(), Ollama::new());
    repo.file("src/a.rs", "// BUG: disputed\n").commit("Bug");
    let call = |args: &[&str]| {
        let call = repo.parallel(["angles"]).args(args);
        call.args(["--json"])
            .env("OLLAMA_HOST", server.host())
            .run()
            .json()
    };
    holds("angles-list", &call(&["list"]));
    holds("angles-plan", &call(&["plan", "src", "security"]));
    server.ails("only: Security", Ill::Status(500, "no"), 9);
    holds("angles", &call(&["run", "src", "security"]));
    server.heal();
    holds("angles", &call(&["run", "--resume"]));
    holds("angles-combination", &call(&["combine", "@", "1", "2"]));
    let shown = call(&["show"]);
    assert_eq!(shown["combinations"].as_array().map(Vec::len), Some(1));
    holds("angles", &shown);
    holds("angles-list", &call(&["list"]));
}

#[test]
fn the_schemas_refuse_what_is_wrong() {
    let (repo, _) = played();
    let answer = repo.parallel(["report", "--json"]).json(0);
    let wrong = |change: fn(&mut Value)| {
        let mut changed = answer.clone();
        change(&mut changed);
        !problems("report", &changed).is_empty()
    };
    assert!(wrong(|report| report["state"] = "finished".into()));
    assert!(wrong(|report| report["tasks"][0]["outcome"] = Value::Null));
    assert!(wrong(|report| report["tasks"][2]["outcome"] = "done".into()));
    assert!(wrong(|report| report["started"] = "yesterday".into()));
    assert!(wrong(|report| report["base"] = "abc".into()));
    assert!(!wrong(|report| report["novelty"] = true.into()));
}

#[test]
fn every_line_of_a_real_journal_is_what_its_schema_says() {
    let repo = Repo::new();
    let session = "echo work > $GIT_PARALLEL_NAME.txt; [ $GIT_PARALLEL_NAME != bad ]";
    repo.git(["config", "parallel.setup", "true"]);
    repo.parallel(["run", "--tasks", "good,bad,also", "--retries", "1"])
        .args(["--exec", session])
        .code(1);
    holds("status", &repo.parallel(["status", "--json"]).json(0));
    let path = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let text = fs::read_to_string(path).expect("a journal");
    for name in [
        "setup-planned",
        "setup-done",
        "attempt-failed",
        "work-committed",
        "task-finished",
        "run-ended",
    ] {
        assert!(text.contains(name), "{name} is not among:\n{text}");
    }
    for line in text.lines() {
        holds("journal-event", &serde_json::from_str(line).expect("JSON"));
    }
}

#[test]
fn what_waits_in_the_trash_is_what_its_schema_says() {
    let (repo, mut journal) = played();
    journal.finishes(3, "failed", None).over("failed");
    repo.parallel(["clean", "-f"]).code(0);
    for more in [&["-n"][..], &[]] {
        let call = repo.parallel(["clean", "--empty-trash", "--json"]);
        let answer = call.args(more).json(0);
        assert_ne!(answer["trash"], serde_json::json!([]));
        holds("trash", &answer);
    }
}

#[test]
fn what_the_doctor_finds_and_mends_is_what_its_schema_says() {
    let repo = Repo::new();
    holds("doctor", &repo.parallel(["doctor", "--json"]).json(0));
    repo.file(".git/parallel/plans/p1.json", "{");
    repo.file(".git/HEAD.lock", "");
    holds("doctor", &repo.parallel(["doctor", "--json"]).json(1));
    holds(
        "doctor",
        &repo.parallel(["doctor", "--fix", "--json"]).json(0),
    );
}

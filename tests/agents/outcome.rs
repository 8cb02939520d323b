//! What comes of a session, by evidence. Each row is a way in which a real agent ended: the stream
//! that it printed, its exit code, and the work that it left.

use std::fs;

use super::{Stage, evidence};

const WORKS: &str = "echo hello > hello.txt; ";

/// (agent, work, recording, exit code, state, outcome, evidence)
type Row = (
    &'static str,
    &'static str,
    &'static str,
    i32,
    &'static str,
    Option<&'static str>,
    &'static str,
);

const ROWS: [Row; 22] = [
    (
        "codex",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    (
        "qwen",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    (
        "gemini",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    (
        "opencode",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    (
        "aider",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    (
        "claude",
        WORKS,
        "done",
        0,
        "finished",
        Some("done"),
        "commits: 1",
    ),
    // Nobody edited anything, and all say that they succeeded.
    (
        "codex",
        "",
        "done",
        0,
        "finished",
        Some("no-change"),
        "commits: 0",
    ),
    (
        "claude",
        "",
        "done",
        0,
        "finished",
        Some("no-change"),
        "commits: 0",
    ),
    (
        "aider",
        "",
        "done",
        0,
        "finished",
        Some("no-change"),
        "commits: 0",
    ),
    // Their service does not know them: most exit with 0.
    (
        "qwen",
        "",
        "401",
        0,
        "waiting",
        None,
        "agent: [API Error: 401",
    ),
    (
        "aider",
        ": > hello.txt; ",
        "401",
        0,
        "waiting",
        None,
        "agent: The API provider is not able",
    ),
    ("gemini", "", "401", 145, "waiting", None, "exit: 145"),
    (
        "codex",
        "",
        "401",
        1,
        "waiting",
        None,
        "agent: unexpected status 401",
    ),
    (
        "claude",
        "",
        "401",
        1,
        "waiting",
        None,
        "agent: 401 API Error",
    ),
    // Cut off before the last event, with the work there.
    (
        "codex",
        WORKS,
        "cut",
        1,
        "finished",
        Some("failed"),
        "agent: stream disconnected",
    ),
    (
        "qwen",
        WORKS,
        "cut",
        0,
        "finished",
        Some("failed"),
        "without a finish reason",
    ),
    (
        "gemini",
        WORKS,
        "cut",
        0,
        "finished",
        Some("failed"),
        "without a closing word",
    ),
    (
        "claude",
        WORKS,
        "cut",
        0,
        "finished",
        Some("failed"),
        "without a closing event",
    ),
    (
        "aider",
        WORKS,
        "cut",
        0,
        "finished",
        Some("failed"),
        "without a closing event",
    ),
    // It says success, and was refused what it wanted to do.
    (
        "claude",
        WORKS,
        "denied",
        0,
        "waiting",
        None,
        "denied: not allowed: Bash: make test",
    ),
    (
        "gemini",
        "",
        "denied",
        0,
        "waiting",
        None,
        "denied: not allowed: run_shell_command",
    ),
    (
        "claude",
        WORKS,
        "turns",
        1,
        "finished",
        Some("failed"),
        "error_max_turns",
    ),
];

#[test]
fn every_known_way_to_end_is_told_for_what_it_is() {
    for (agent, work, case, code, state, outcome, seen) in ROWS {
        let stage = Stage::new();
        let script = format!("{work}cat \"$STREAMS/{agent}-{case}.jsonl\"; exit {code}");
        stage.program(agent, &script);
        let answer = stage.run(agent, &[]);
        let task = &answer["tasks"][0];
        let row = format!("{agent} {case}: {task:#}");
        assert_eq!(task["state"], state, "{row}");
        assert_eq!(task["outcome"].as_str(), outcome, "{row}");
        assert!(evidence(task).contains(seen), "{row}");
        let expected = if outcome == Some("done") {
            "done"
        } else {
            "failed"
        };
        assert_eq!(answer["state"], expected, "{row}");
    }
}

#[test]
fn a_service_that_asks_for_patience_gets_it_and_no_failure_is_counted() {
    for (agent, code) in [("codex", 1), ("qwen", 0), ("aider", 0), ("claude", 1)] {
        let stage = Stage::new();
        let script = format!(
            "if mkdir ../tried 2>/dev/null; then cat \"$STREAMS/{agent}-429.jsonl\"; exit {code}; fi\n\
             {WORKS}cat \"$STREAMS/{agent}-done.jsonl\""
        );
        stage.program(agent, &script);
        stage.repo.git(["config", "parallel.patience", "1s"]);
        let answer = stage.run(agent, &[]);
        let task = &answer["tasks"][0];
        assert_eq!(task["outcome"], "done", "{agent}: {task:#}");
        assert_eq!(task["attempts"], 2, "{agent}");
        let journal = stage.repo.path().join(".git/parallel/runs/r1/events.jsonl");
        let journal = fs::read_to_string(journal).expect("a journal");
        assert!(journal.contains("\"event\":\"rate-limited\""), "{agent}");
        assert!(!journal.contains("attempt-failed"), "{agent}");
    }
}

#[test]
fn work_outside_of_what_was_declared_is_out_of_scope_whatever_the_agent_says() {
    let stage = Stage::new();
    stage.program(
        "codex",
        "echo x > other.txt; cat \"$STREAMS/codex-done.jsonl\"",
    );
    let answer = stage.run("codex", &[]);
    assert_eq!(answer["tasks"][0]["outcome"], "out-of-scope");
}

#[test]
fn a_check_that_fails_is_a_failure_and_its_words_are_evidence() {
    let stage = Stage::new();
    stage.program(
        "codex",
        "echo hello > hello.txt; cat \"$STREAMS/codex-done.jsonl\"",
    );
    let answer = stage.run("codex", &["--verify", "grep -q goodbye hello.txt"]);
    let task = &answer["tasks"][0];
    assert_eq!(task["outcome"], "failed", "{task:#}");
    let seen = "verify: grep -q goodbye hello.txt failed with exit code 1";
    assert!(evidence(task).contains(seen), "{task:#}");
    let stage = Stage::new();
    stage.program(
        "codex",
        "echo hello > hello.txt; cat \"$STREAMS/codex-done.jsonl\"",
    );
    let answer = stage.run("codex", &["--verify", "grep -q hello hello.txt"]);
    assert_eq!(answer["tasks"][0]["outcome"], "done");
}

#[test]
fn a_retry_takes_the_conversation_up_and_tokens_are_added() {
    let stage = Stage::new();
    let script = "echo \"$@\" >> ../calls\n\
        if mkdir ../tried 2>/dev/null; then cat \"$STREAMS/codex-cut.jsonl\"; exit 1; fi\n\
        echo hello > hello.txt; cat \"$STREAMS/codex-done.jsonl\"";
    stage.program("codex", script);
    let answer = stage.run("codex", &["--retries", "1"]);
    let task = &answer["tasks"][0];
    assert_eq!(task["outcome"], "done", "{task:#}");
    let calls = fs::read_to_string(stage.repo.around().join("calls")).expect("calls");
    let calls: Vec<&str> = calls.lines().collect();
    assert_eq!(calls[0], "exec --json -s workspace-write -");
    assert_eq!(
        calls[1],
        "exec --json -s workspace-write resume conversation-1 -"
    );
    assert_eq!(task["agent"]["conversation"], "conversation-1");
    assert_eq!(task["agent"]["tokens"]["input"], 20);
    stage
        .call(["status", "greeting"])
        .run()
        .code(0)
        .answers("20 tokens in, 10 out; last: All done.");
}

#[test]
fn a_person_who_allows_what_was_missing_has_the_task_gone_on_with() {
    let stage = Stage::new();
    let script = "echo \"$@\" >> ../calls; echo hello > hello.txt\n\
        if mkdir ../tried 2>/dev/null; then cat \"$STREAMS/claude-denied.jsonl\"; exit 0; fi\n\
        cat \"$STREAMS/claude-done.jsonl\"";
    stage.program("claude", script);
    let answer = stage.run("claude", &[]);
    assert_eq!(answer["tasks"][0]["state"], "waiting");
    let answer = stage.call(["run", "--resume", "--json"]).json(0);
    assert_eq!(answer["tasks"][0]["outcome"], "done", "{answer:#}");
    let calls = fs::read_to_string(stage.repo.around().join("calls")).expect("calls");
    let last = calls.lines().last().expect("a call");
    assert!(
        last.contains(" --resume conversation-1 --settings "),
        "{calls}"
    );
}

#[test]
fn an_agent_that_is_stopped_and_says_that_all_is_well_is_cancelled_or_timed_out() {
    let stage = Stage::new();
    // As Gemini CLI does: SIGTERM, and exit code 0.
    let script = "trap 'exit 0' TERM; head -n 2 \"$STREAMS/gemini-done.jsonl\"; echo x > hello.txt\n\
        while :; do sleep 0.1; done";
    stage.program("gemini", script);
    let answer = stage.run("gemini", &["--timeout", "1s"]);
    assert_eq!(answer["tasks"][0]["outcome"], "timed-out", "{answer:#}");
}

#[test]
fn what_an_agent_prints_is_retold_and_the_stream_is_there_for_who_wants_it() {
    let streams = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agents");
    for agent in ["claude", "codex", "gemini", "qwen", "opencode"] {
        let stage = Stage::new();
        let stream = format!("{agent}-done.jsonl");
        stage.program(agent, &format!("{WORKS}cat \"$STREAMS/{stream}\""));
        stage.run(agent, &[]);
        let retold = stage.repo.parallel(["logs"]).ok();
        assert!(!retold.contains('{'), "{agent}: {retold}");
        let deeds = retold.lines().filter(|line| line.starts_with("> "));
        assert!(deeds.count() > 0, "{agent}: {retold}");
        let last = retold.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("✓ ") && last.contains(" tokens in, "),
            "{agent}: {retold}"
        );
        let stream = fs::read_to_string(streams.join(stream)).expect("a recording");
        assert_eq!(
            stage.repo.parallel(["logs", "--raw"]).ok(),
            stream,
            "{agent}"
        );
        let tail = stage.repo.parallel(["logs", "--tail", "1"]).ok();
        assert_eq!(tail.trim_end(), last, "{agent}");
    }
}

#[test]
fn what_was_refused_was_not_needed_where_the_check_passes() {
    for (check, state) in [("true", "finished"), ("false", "waiting")] {
        let stage = Stage::new();
        let script = format!("{WORKS}cat \"$STREAMS/claude-denied.jsonl\"");
        stage.program("claude", &script);
        let answer = stage.run("claude", &["--verify", check]);
        let task = &answer["tasks"][0];
        assert_eq!(task["state"], state, "{check}: {task:#}");
        assert!(evidence(task).contains("denied: not allowed"), "{task:#}");
    }
}

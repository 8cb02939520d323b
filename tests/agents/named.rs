//! Which agent is called, and how.

use std::fs;

use super::Stage;

#[test]
fn a_prompt_comes_on_standard_input_and_stands_in_no_argument() {
    let stage = Stage::new();
    let script =
        "printf '%s\\n' \"$@\" > ../args; cat > hello.txt; cat \"$STREAMS/codex-done.jsonl\"";
    stage.program("codex", script);
    let answer = stage.run("codex", &["--", "-m", "a b"]);
    assert_eq!(answer["tasks"][0]["outcome"], "done", "{answer:#}");
    let around = stage.repo.around();
    let args = fs::read_to_string(around.join("args")).expect("arguments");
    assert_eq!(args, "exec\n--json\n-s\nworkspace-write\n-m\na b\n-\n");
    let told = fs::read_to_string(around.join("project-greeting/hello.txt")).expect("the prompt");
    assert!(told.contains("Say hello."), "{told}");
}

#[test]
fn an_own_agent_is_configured_and_its_prompt_lies_in_a_file() {
    let stage = Stage::new();
    stage.program(
        "mine",
        "[ -z \"$(cat)\" ] && [ \"$MOOD\" = fine ] && cp \"$2\" hello.txt",
    );
    let config = [
        ("parallelAgent.my-own.command", "mine --task {prompt}"),
        ("parallelAgent.my-own.prompt", "file"),
        ("parallelAgent.my-own.env", "MOOD=fine"),
        ("parallel.agent", "my-own"),
    ];
    for (key, value) in config {
        stage.repo.git(["config", key, value]);
    }
    let answer = stage.call(["run", "--from", "tasks.md", "--json"]).json(0);
    assert_eq!(answer["tasks"][0]["outcome"], "done", "{answer:#}");
}

#[test]
fn permissions_are_the_users_to_widen() {
    let stage = Stage::new();
    stage.program(
        "claude",
        "echo \"$@\" > hello.txt; cat \"$STREAMS/claude-done.jsonl\"",
    );
    let wide = "--allowedTools 'Bash(make *)'";
    stage
        .repo
        .git(["config", "parallelAgent.claude.permissions", wide]);
    let answer = stage.run("claude", &[]);
    assert_eq!(answer["tasks"][0]["outcome"], "done", "{answer:#}");
    let args = fs::read_to_string(stage.repo.around().join("project-greeting/hello.txt"));
    let expected = "-p --output-format stream-json --verbose --allowedTools Bash(make *)\n";
    assert_eq!(args.expect("arguments"), expected);
}

#[test]
fn no_agent_takes_the_place_of_one_that_is_unknown_or_missing() {
    let stage = Stage::new();
    stage.program("qwen", "exit 0");
    stage
        .call(["run", "--from", "tasks.md", "--agent", "codecs"])
        .run()
        .code(2)
        .says("no agent is called 'codecs'; known are aider, claude, codex")
        .says("git config parallelAgent.codecs.command");
    stage
        .call(["run", "--from", "tasks.md", "--agent", "codex"])
        .env(
            "PATH",
            format!(
                "{}:/usr/bin:/bin",
                stage.repo.around().join("bin").display()
            ),
        )
        .run()
        .code(3)
        .says("the program 'codex' of the agent codex is not installed, or not on PATH")
        .says("here are qwen");
    stage
        .call(["run", "--from", "tasks.md"])
        .run()
        .code(2)
        .says("no agent is started that was not named");
    assert!(!stage.repo.path().join(".git/parallel/runs").exists());
}

#[test]
fn a_configuration_that_makes_no_sense_is_told_and_nothing_starts() {
    let stage = Stage::new();
    stage
        .repo
        .git(["config", "parallelAgent.codex.prompt", "argument"]);
    stage
        .call(["agents"])
        .run()
        .code(2)
        .says("parallelagent.codex.prompt = 'argument' should be stdin or file");
}

#[test]
fn agents_are_listed_with_what_they_may_do() {
    let stage = Stage::new();
    stage.program("codex", "exit 0");
    stage
        .call(["agents"])
        .run()
        .code(0)
        .answers("codex     edits and commands, in its sandbox")
        .answers("git parallel run --agent");
    stage
        .call(["agents", "codex"])
        .run()
        .code(0)
        .answers("begins    codex exec --json -s workspace-write -")
        .answers(
            "git config parallelAgent.codex.permissions --dangerously-bypass-approvals-and-sandbox",
        );
}

#[test]
fn an_agent_can_be_asked_and_answers_by_a_schema() {
    let stage = Stage::new();
    let script = "case \"$*\" in *read-only*--output-schema*) ;; *) exit 9;; esac\n\
        cat > /dev/null; sed 's/All done./{\\\\\"tasks\\\\\": [1]}/' \"$STREAMS/codex-done.jsonl\"";
    stage.program("codex", script);
    stage.repo.file("schema.json", "{\"type\": \"object\"}");
    let ask = [
        "agents",
        "codex",
        "--ask",
        "Split it",
        "--schema",
        "schema.json",
        "--json",
    ];
    let answer = stage.call(ask).json(0);
    assert_eq!(answer["value"]["tasks"][0], 1, "{answer:#}");
    assert_eq!(answer["tokens"]["input"], 20);
    stage.program("codex", "cat \"$STREAMS/codex-401.jsonl\"; exit 1");
    stage
        .call(["agents", "codex", "--ask", "Split it"])
        .run()
        .code(3)
        .says("codex did not answer: unexpected status 401 Unauthorized");
}

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
    let args = args.expect("arguments");
    let own = args.split(" --settings ").next();
    let expected = "-p --output-format stream-json --verbose --allowedTools Bash(make *)";
    assert_eq!(own, Some(expected));
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

#[test]
fn a_text_is_answered_with_the_installed_roles_and_skills_that_suit_it() {
    let stage = Stage::new();
    let define = |path: &str, name: &str, more: &str| {
        let text = format!("---\nname: {name}\n{more}\n---\n");
        stage.repo.file(path, &text);
    };
    define(
        ".claude/agents/security-engineer.md",
        "security-engineer",
        "description: Finds vulnerabilities and guards what is secret",
    );
    define(
        ".claude/agents/code-reviewer.md",
        "code-reviewer",
        "description: Reviews code for security and style\ntools: Read, Grep",
    );
    define(
        ".claude/skills/pdf/SKILL.md",
        "pdf",
        "description: Read and fill PDF forms",
    );
    let ask = |text: &str, code: i32| stage.call(["agents", text, "--json"]).json(code);
    let names = |list: &serde_json::Value| -> Vec<String> {
        let names = list.as_array().expect("a list").iter();
        names
            .map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let login = ask("implement jwt login in src/auth/jwt.rs", 0);
    assert_eq!(names(&login["roles"]), ["security-engineer"], "{login:#}");
    assert!(
        login["roles"][0]["matched"].to_string().contains("jwt"),
        "{login:#}"
    );
    // Who may only read gets no task that writes.
    let review = ask("review the style of the code", 0);
    assert_eq!(names(&review["roles"]), ["code-reviewer"], "{review:#}");
    assert_eq!(names(&ask("fill the PDF form", 0)["skills"]), ["/pdf"]);
    // What would suit and is not here is told to be missing, and is a finding.
    let tests = ask("raise the coverage of tests", 1);
    assert_eq!(
        tests["not_installed"]["name"], "quality-engineer",
        "{tests:#}"
    );
    let page = stage
        .call(["agents", "implement jwt login"])
        .env("COLUMNS", "80")
        .ok();
    assert!(
        page.starts_with("1 of 2 installed roles and 0 of 1 skill suit\n"),
        "{page}"
    );
    assert!(page.contains(" %  security-engineer (jwt)"), "{page}");
    // A single word that suits nobody was meant as a name.
    stage.call(["agents", "claud"]).code(2).says("claud");
}

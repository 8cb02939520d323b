//! `git parallel session …`: leases, and the guard that agents ask before they edit a file. Asked
//! from inside real sessions, as agents do.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Call, Repo};

/// Two tasks; `two` has declared `api.txt`, and `one` asks while it works.
const TASKS: &str = "\
## T001: One
**Files**: one.txt
## T002: Two
**Files**: api.txt, lib/
";

/// A run of both tasks at once, in which `one` does what `line` says while `two` works.
fn together(line: &str) -> (Repo, PathBuf) {
    let repo = Repo::new();
    repo.file("api.txt", "api\n").file("tasks.md", TASKS);
    repo.commit("Files");
    let script = format!(
        "export PATH=\"{}:$PATH\"\n\
         wait_for() {{ until test -e ../$1; do sleep 0.02; done; }}\n\
         if [ $GIT_PARALLEL_NAME = two ]; then\n\
           git parallel session lock README.md && echo x > ../ready; wait_for asked\n\
           echo two > api.txt; exit\n\
         fi\n\
         wait_for ready\n\
         {{ {line}; }} > ../said 2>&1\n\
         echo one > one.txt; echo x > ../asked\n",
        crate::support::program_folder().display()
    );
    let script_file = repo.around().join("agent");
    fs::write(&script_file, script).expect("a script");
    let exec = format!("sh {}", script_file.display());
    repo.parallel(["run", "--from", "tasks.md", "--exec", &exec])
        .code(0);
    let said = repo.around().join("said");
    (repo, said)
}

#[track_caller]
fn said(line: &str) -> String {
    let (_repo, said) = together(line);
    fs::read_to_string(said).expect("what was said")
}

#[test]
fn a_file_of_a_task_at_work_is_refused_with_its_owner_and_others_are_not() {
    let said = said(
        "for file in one.txt new.txt api.txt lib/deep/x README.md ../outside .git/config; do \
         git parallel session guard $file; echo \"$file: $?\"; done",
    );
    for answer in [
        "one.txt: 0\n",
        "new.txt: 0\n",
        "api.txt: 1\n",
        "lib/deep/x: 1\n",
        "README.md: 1\n",
        "../outside: 1\n",
        ".git/config: 1\n",
        "api.txt belongs to T002 (two)",
        "README.md belongs to T002 (two), which has a lease on it",
        "../outside is outside of this task's worktree",
    ] {
        assert!(said.contains(answer), "{answer:?} is not in:\n{said}");
    }
}

#[test]
fn a_lease_is_taken_by_all_or_none_and_freed_when_its_session_ends() {
    let (repo, path) = together(
        "git parallel session lock free.txt README.md; echo \"both: $?\"; \
         git parallel session locks --json; \
         git parallel session lock api.txt; echo \"declared: $?\"; \
         git parallel session lock mine.txt dir; echo \"own: $?\"; \
         cd /; git parallel session lock mine.txt; echo \"outside: $?\"; cd - > /dev/null; \
         git parallel session unlock dir; echo \"unlock: $?\"; \
         git parallel session unlock README.md; \
         git parallel session locks",
    );
    let said = fs::read_to_string(path).expect("what was said");
    for answer in [
        "both: 5\n",
        "kept: no lease was taken",
        "declared: 5\n",
        "own: 0\n",
        "outside: 5\n",
        "unlock: 0\n",
        "not all of these were leased by this task",
    ] {
        assert!(said.contains(answer), "{answer:?} is not in:\n{said}");
    }
    let document = &said[said.find('{').expect("JSON")..=said.find("\n}").expect("JSON") + 1];
    let document: Value = serde_json::from_str(document).expect("JSON");
    assert_eq!(document["leases"].as_array().expect("a list").len(), 1);
    assert_eq!(document["leases"][0]["path"], "README.md");
    assert_eq!(document["leases"][0]["task"], "T002");
    let last = said.rsplit("unlock: 0").next().expect("an end");
    assert!(
        last.contains("mine.txt") && last.contains("T001 one"),
        "{said}"
    );
    assert!(!last.contains("dir "), "{said}");
    // All sessions are gone now, and with them their leases.
    let after = repo.parallel(["session", "locks"]).ok();
    assert_eq!(after, "no session of r1 holds a lease\n");
}

/// Asks the hook about `tool_input`, in the worktree of a task that has ended.
fn hook(repo: &Repo, question: &str) -> Call {
    let worktree = repo.around().join("project-one");
    repo.parallel(["session", "guard", "--hook", "claude"])
        .dir(&worktree)
        .env("GIT_PARALLEL_RUN", "r1")
        .env("GIT_PARALLEL_TASK", "T001")
        .env("GIT_PARALLEL_SESSION_DIR", worktree.join(".parallel"))
        .input(question)
}

fn edit(file: &str) -> Value {
    json!({"hook_event_name": "PreToolUse", "tool_name": "Edit", "cwd": "/",
           "tool_input": {"file_path": file, "old_string": "a", "new_string": "b"}})
}

#[test]
fn the_hook_lets_an_edit_pass_only_when_it_understood_and_nothing_speaks_against_it() {
    let (repo, _) = together("true");
    let worktree = repo.around().join("project-one");
    let inside = worktree.join("one.txt");
    let asked = |question: &Value| hook(&repo, &question.to_string()).run();
    let pass = asked(&edit(inside.to_str().expect("UTF-8"))).code(0);
    assert_eq!(pass.stdout, "");
    asked(&edit("/etc/passwd"))
        .code(2)
        .says("outside of this task's worktree");
    let main = repo.path().join("api.txt");
    asked(&edit(main.to_str().expect("UTF-8")))
        .code(2)
        .says("outside of this task's worktree");
    let mut bash = edit("x");
    bash["tool_name"] = "Bash".into();
    asked(&bash).code(2);
    for text in ["", "{", "null", "[1]", "{\"tool_name\":\"Edit\"}", "\u{0}"] {
        hook(&repo, text).code(2);
    }
    let question = edit(inside.to_str().expect("UTF-8")).to_string();
    for (key, value) in [
        ("GIT_PARALLEL_RUN", "r99"),
        ("GIT_PARALLEL_RUN", "nonsense"),
        ("GIT_PARALLEL_TASK", "T099"),
        ("GIT_PARALLEL_SESSION_DIR", "/nowhere/.parallel"),
    ] {
        hook(&repo, &question).env(key, value).code(2);
    }
    let journal = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    fs::write(journal, "not a journal\n").expect("damage");
    hook(&repo, &question).code(2);
}

#[test]
fn the_hook_speaks_for_a_task_that_works_as_the_guard_does() {
    let question = edit("$PWD/api.txt").to_string().replace('"', "\\\"");
    let said = said(&format!(
        "echo \"{question}\" | git parallel session guard --hook claude; echo \"hook: $?\""
    ));
    assert!(said.contains("hook: 2\n"), "{said}");
    assert!(said.contains("api.txt belongs to T002 (two)"), "{said}");
}

#[test]
fn a_conflict_that_arises_is_told_with_the_next_edit_and_once() {
    let repo = Repo::new();
    let question = edit("clash.txt").to_string();
    let question = question.replace("\"cwd\":\"/\"", "\"cwd\":\"'\"$PWD\"'\"");
    let script = format!(
        "export PATH=\"{}:$PATH\"\n\
         ask() {{ echo '{question}' | git parallel session guard --hook claude; }}\n\
         echo $GIT_PARALLEL_NAME > clash.txt; git add -A; git commit -qm clash\n\
         if [ $GIT_PARALLEL_NAME = two ]; then\n\
           until test -e ../over; do sleep 0.05; done; exit\n\
         fi\n\
         until test -s ../first; do ask > ../first || break; sleep 0.05; done\n\
         ask > ../second; echo $? >> ../second; touch ../over\n",
        crate::support::program_folder().display()
    );
    let script_file = repo.around().join("agent");
    fs::write(&script_file, script).expect("a script");
    let exec = format!("sh {}", script_file.display());
    repo.parallel(["run", "--tasks", "one,two", "--timeout", "60s"])
        .args(["--exec", &exec])
        .code(0);
    let read = |name: &str| fs::read_to_string(repo.around().join(name)).expect(name);
    let first: Value = serde_json::from_str(&read("first")).expect("an answer");
    let told = &first["hookSpecificOutput"];
    assert_eq!(told["hookEventName"], "PreToolUse");
    let text = told["additionalContext"].as_str().expect("words");
    assert!(text.contains("- clash.txt: T002 (two)"), "{text}");
    assert_eq!(read("second"), "0\n");
}

#[test]
fn the_settings_turn_every_failure_of_the_hook_into_a_refusal() {
    let (repo, _) = together("true");
    let settings = repo.parallel(["session", "guard", "--settings", "claude"]);
    let settings = settings.json(0);
    let hook = &settings["hooks"]["PreToolUse"][0];
    assert_eq!(hook["matcher"], "Edit|Write|MultiEdit|NotebookEdit");
    let line = hook["hooks"][0]["command"].as_str().expect("a line");
    let worktree = repo.around().join("project-one");
    let asked = |line: &str, file: &str| {
        let question = repo.around().join("question");
        fs::write(&question, edit(file).to_string()).expect("a question");
        let mut shell = std::process::Command::new("sh");
        crate::support::isolate(&mut shell, &repo.home());
        let ended = shell
            .args(["-c", line])
            .current_dir(&worktree)
            .env("GIT_PARALLEL_RUN", "r1")
            .env("GIT_PARALLEL_TASK", "T001")
            .env("GIT_PARALLEL_SESSION_DIR", worktree.join(".parallel"))
            .stdin(fs::File::open(question).expect("a question"))
            .output();
        ended.expect("a shell").status.code()
    };
    let inside = worktree.join("new.txt");
    let inside = inside.to_str().expect("UTF-8");
    assert_eq!(asked(line, inside), Some(0));
    assert_eq!(asked(line, "/etc/passwd"), Some(2));
    let gone = line.replace("git-parallel ", "git-parallel-that-is-gone ");
    assert_eq!(asked(&gone, inside), Some(2));
}

#[test]
fn outside_of_a_session_the_guard_says_so() {
    let repo = Repo::new();
    repo.parallel(["session", "guard", "x"])
        .code(3)
        .says("this is for sessions of a run");
    repo.parallel(["session", "guard", "--hook", "claude"])
        .input("{}")
        .code(2);
}

//! `git parallel split --splitter agent|ollama`: a goal divided by somebody who is asked, and what
//! comes of answers that are no plan.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Call, Ill, Ollama, Repo};

const GOAL: &str = "Speed up login and invoices";

fn shop() -> Repo {
    let repo = Repo::new();
    for path in ["src/login.rs", "src/invoice.rs", "src/mail.rs"] {
        repo.file(path, &"fn step() {}\n".repeat(30));
    }
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\n")
        .commit("Sell things");
    repo
}

fn task(id: &str, file: &str, depends: &[&str]) -> Value {
    json!({
        "id": id, "title": format!("Speed up {file}"), "prompt": format!("Make {file} faster."),
        "files": {"modify": [file], "create": [], "read": ["src/mail.rs"]},
        "depends": depends, "success": "`cargo test` passes",
    })
}

fn answer(tasks: &[Value]) -> String {
    json!({"tasks": tasks}).to_string()
}

fn good() -> String {
    answer(&[
        task("T001", "src/login.rs", &[]),
        task("T002", "src/invoice.rs", &[]),
    ])
}

/// Waits for a task that is none.
fn dangling() -> String {
    answer(&[task("T001", "src/login.rs", &["T009"])])
}

fn asked(repo: &Repo, server: &Ollama, more: &[&str]) -> Call {
    repo.parallel(["split", "--splitter", "ollama", GOAL])
        .args(more)
        .env("OLLAMA_HOST", server.host())
}

fn plans(repo: &Repo) -> usize {
    let folder = repo.path().join(".git/parallel/plans");
    fs::read_dir(folder).map_or(0, Iterator::count)
}

fn is_the_good_plan(plan: &Value, splitter: &str, model: &str) {
    let scope = &plan["scope"];
    assert_eq!(
        (scope["splitter"].as_str(), scope["model"].as_str()),
        (Some(splitter), Some(model)),
        "{scope:#}"
    );
    let tasks = plan["tasks"].as_array().expect("tasks");
    let files: Vec<&Value> = tasks
        .iter()
        .map(|task| &task["files"]["modify"][0])
        .collect();
    assert_eq!(files, ["src/login.rs", "src/invoice.rs"]);
    assert_eq!(
        (&plan["kind"], &tasks[0]["foreseen"]),
        (&"split".into(), &true.into())
    );
    assert_eq!(plan["waves"], json!([["T001", "T002"]]));
}

#[test]
fn a_model_divides_a_goal_and_the_plan_says_which() {
    let (repo, server) = (shop(), Ollama::new());
    server.ails("Divide this goal", Ill::Says(good()), 1);
    let plan = asked(&repo, &server, &["--json"]).json(0);
    is_the_good_plan(&plan, "ollama", "tinyt:latest");
    let sent = server.asked();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (&sent[0]["truncate"], &sent[0]["format"]["required"][0]),
        (&false.into(), &"tasks".into())
    );
    let told = sent[0]["messages"][0]["content"].as_str().expect("words");
    for part in [
        GOAL,
        "src/mail.rs",
        "`cargo test`",
        "- the root (3 files, 90 lines)",
    ] {
        assert!(told.contains(part), "no '{part}' in:\n{told}");
    }
    server.ails("Divide this goal", Ill::Says(good()), 1);
    let page = asked(&repo, &server, &["--dry-run"]).ok();
    assert!(
        page.contains("divided by the\nmodel tinyt:latest"),
        "{page}"
    );
}

#[test]
fn an_answer_that_is_no_plan_goes_back_with_what_is_wrong() {
    let (repo, server) = (shop(), Ollama::new());
    let gone = answer(&[
        task("T001", "src/gone.rs", &[]),
        task("T002", "src/login.rs", &[]),
    ]);
    server
        .ails("Divide this goal", Ill::Says(dangling()), 1)
        .ails("Divide this goal", Ill::Says(gone), 1)
        .ails("Divide this goal", Ill::Says(good()), 1);
    let call = asked(&repo, &server, &["--json"]).run();
    is_the_good_plan(&call.json(), "ollama", "tinyt:latest");
    let sent = server.asked();
    let last = |at: usize| {
        let messages = sent[at]["messages"].as_array().expect("messages");
        assert_eq!(
            (messages.len(), &messages[1]["role"]),
            (3, &"assistant".into())
        );
        messages[2]["content"].as_str().expect("words").to_owned()
    };
    assert!(last(1).contains("'T009' is no task"), "{}", last(1));
    assert!(
        last(2).contains("T001 modifies src/gone.rs, which is not there"),
        "{}",
        last(2)
    );
    assert_eq!(sent.len(), 3);
}

#[test]
fn three_answers_that_are_no_plan_are_enough() {
    let (repo, server) = (shop(), Ollama::new());
    server.ails("Divide this goal", Ill::Says(dangling()), 9);
    asked(&repo, &server, &[])
        .code(3)
        .says("tinyt:latest gave no plan that holds in 3 answers")
        .says("'T009' is no task")
        .says("git parallel split --splitter structure 'Speed up login and invoices'");
    assert_eq!((server.asked().len(), plans(&repo)), (3, 0));
}

#[test]
fn what_is_no_answer_at_all_counts_and_is_told() {
    let (repo, server) = (shop(), Ollama::new());
    server
        .ails("Divide this goal", Ill::CutShort, 1)
        .ails("Divide this goal", Ill::Prose, 1)
        .ails("Divide this goal", Ill::Says(good()), 1);
    let plan = asked(&repo, &server, &["--json"]).json(0);
    is_the_good_plan(&plan, "ollama", "tinyt:latest");
    let words = |body: &Value| {
        body["messages"][0]["content"]
            .as_str()
            .expect("words")
            .to_owned()
    };
    let sent: Vec<String> = server.asked().iter().map(words).collect();
    assert_eq!(
        sent[0], sent[1],
        "nothing was answered, so there is nothing to say to it"
    );
    assert!(sent[2].contains("not JSON of the form"), "{}", sent[2]);
}

#[test]
fn a_server_that_refuses_is_not_asked_again() {
    let (repo, server) = (shop(), Ollama::new());
    server.ails("Divide this goal", Ill::Status(400, "no"), 9);
    asked(&repo, &server, &[])
        .code(3)
        .says("refused (400): no")
        .says("--splitter structure");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_way_without() {
    shop()
        .parallel([
            "split",
            "--splitter",
            "ollama",
            "--host",
            "127.0.0.1:9",
            GOAL,
        ])
        .code(3)
        .says("cannot be reached")
        .says("ollama serve")
        .says("--splitter structure");
}

#[test]
fn no_model_is_asked_unless_somebody_says_so() {
    let (repo, server) = (shop(), Ollama::new());
    let auto = || {
        repo.parallel(["split", "--json", "--force", GOAL])
            .env("OLLAMA_HOST", server.host())
    };
    let plan = auto().json(0);
    assert_eq!(plan["scope"]["splitter"], "structure");
    assert_eq!(plan["scope"].get("model"), None);
    assert_eq!(server.requests(), 0);
    repo.git(["config", "parallel.splitter", "ollama"]);
    server.ails("Divide this goal", Ill::Says(good()), 1);
    is_the_good_plan(&auto().json(0), "ollama", "tinyt:latest");
}

#[test]
fn what_has_its_tasks_needs_no_splitter() {
    let repo = shop();
    repo.parallel(["split", "--tasks", "a,b", "--splitter", "structure"])
        .code(2)
        .says("--tasks needs no dividing");
    repo.parallel(["split", "--splitter", "agent", GOAL])
        .code(2)
        .says("the agent splitter needs an agent");
}

/// An agent that answers with the files a1, a2, … in their order, and notes what it was told.
fn agent(repo: &Repo, answers: &[String]) {
    let folder = repo.around().join("agent");
    fs::create_dir(&folder).expect("a folder");
    for (number, answer) in (1..).zip(answers) {
        fs::write(folder.join(format!("a{number}")), answer).expect("an answer");
    }
    let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\nn=$(($(ls q* 2>/dev/null | wc -l) + 1))\n\
                  cat > \"q$n\"\necho 'Here is the plan:'\ncat \"a$n\"\n";
    let path = folder.join("run");
    fs::write(&path, script).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    let path = path.to_string_lossy().into_owned();
    repo.git(["config", "parallelAgent.mine.command", &path]);
    repo.git(["config", "parallelAgent.mine.ask", &path]);
}

fn by_agent(repo: &Repo) -> Call {
    repo.parallel(["split", "--splitter", "agent", "--agent", "mine", GOAL])
}

#[test]
fn an_agent_divides_a_goal_after_being_told_what_was_wrong() {
    let repo = shop();
    agent(&repo, &["I do not know.".to_owned(), dangling(), good()]);
    let plan = by_agent(&repo).args(["--json"]).json(0);
    is_the_good_plan(&plan, "agent", "mine");
    let told = |number: u8| repo.read(&format!("../agent/q{number}"));
    assert!(told(2).contains("no JSON in what it said"), "{}", told(2));
    assert!(
        told(3).contains("You have answered:") && told(3).contains("'T009' is no task"),
        "{}",
        told(3)
    );
}

#[test]
fn an_agent_that_never_gives_a_plan_is_given_up() {
    let repo = shop();
    agent(&repo, &[dangling(), dangling(), dangling(), good()]);
    by_agent(&repo)
        .code(3)
        .says("mine gave no plan that holds in 3 answers")
        .says("--splitter structure");
    assert_eq!(plans(&repo), 0);
}

#[test]
fn an_agent_that_might_change_something_is_not_asked() {
    let repo = shop();
    repo.git([
        "config",
        "parallelAgent.mine.command",
        "sh -c 'touch changed'",
    ]);
    by_agent(&repo)
        .code(2)
        .says("nobody said how mine is asked without letting it change anything");
    assert!(!repo.path().join("changed").exists());
}

#[test]
fn run_divides_a_goal_by_the_same_way() {
    let (repo, server) = (shop(), Ollama::new());
    server.ails("Divide this goal", Ill::Says(good()), 1);
    repo.git(["config", "parallel.modelHost", server.host()]);
    let run = repo.parallel([
        "run",
        "--splitter",
        "ollama",
        "--exec",
        "echo >> src/mail.rs",
        "--json",
        GOAL,
    ]);
    let state = run.run().json();
    assert_eq!(
        state["tasks"].as_array().map(Vec::len),
        Some(2),
        "{state:#}"
    );
}

#[test]
fn a_model_that_no_splitter_would_ask_is_refused() {
    let repo = shop();
    repo.parallel(["split", "--model", "tiny", GOAL])
        .code(2)
        .says("for the server of --splitter ollama");
    repo.file("tasks.md", "### T001: One thing\n");
    repo.parallel(["split", "--host", "127.0.0.1:9", "--from", "tasks.md"])
        .code(2)
        .says("needs no dividing");
}

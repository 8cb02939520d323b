//! Tasks whose product is a document: what each writes is kept and joined, an agent can make one of
//! all, and what is missing is named.

use std::fs;
use std::path::PathBuf;

use crate::support::Repo;

/// Three tasks, the last of which builds on the first.
const TASKS: &str = "# Know all about queues\n\n\
    ## T001: Papers\n**Document**\n\n## T002: Blogs\n**Document**: yes\n**Optional**\n\n\
    ## T003: Code\n**Document**\n**Depends**: T001\n";

/// Writes a document that says who wrote it; the second fails and leaves none while the file that is
/// named is not there.
const WRITER: &str = "[ $GIT_PARALLEL_TASK != T002 ] || [ -e \"$0\" ] || exit 3; \
    printf '# By %s\\n\\nOf \\033[31mqueues.\\n' $GIT_PARALLEL_TASK >$GIT_PARALLEL_SESSION_DIR/document.md";

fn run(repo: &Repo, how: &str) -> crate::support::Ended {
    repo.file("tasks.md", TASKS);
    repo.commit("Tasks");
    repo.parallel(["run", "--from", "tasks.md", "--retries", "0", "--"])
        .args(["sh", "-c", WRITER, how])
        .run()
}

fn artifact(repo: &Repo, name: &str) -> PathBuf {
    repo.path()
        .join(".git/parallel/runs/r1/artifacts")
        .join(name)
}

fn read(repo: &Repo, name: &str) -> String {
    fs::read_to_string(artifact(repo, name)).expect(name)
}

/// An agent of the user's that answers with `text`.
fn agent(repo: &Repo, text: &str) {
    let path = repo.around().join("editor.sh");
    let asked = repo.around().join("asked");
    let script = format!("cat >'{}'; printf '%s\\n' '{text}'", asked.display());
    fs::write(&path, script).expect("a script");
    let line = format!("sh {}", path.display());
    repo.git(["config", "parallelAgent.editor.command", &line]);
    repo.git(["config", "parallelAgent.editor.ask", &line]);
}

#[test]
fn what_each_task_writes_counts_without_a_commit_and_is_joined_in_the_plans_order() {
    let repo = Repo::new();
    run(&repo, "/")
        .code(0)
        .says("T001 completed by worker-1: papers, a document");
    assert_eq!(
        read(&repo, "parallel-task-2.md"),
        "# By T002\n\nOf [31mqueues.\n"
    );
    assert_eq!(
        read(&repo, "parallel-result.md"),
        "# Know all about queues\n\n---\n\n*T001: Papers*\n\n# By T001\n\nOf [31mqueues.\n\
         \n---\n\n*T002: Blogs*\n\n# By T002\n\nOf [31mqueues.\n\
         \n---\n\n*T003: Code*\n\n# By T003\n\nOf [31mqueues.\n"
    );
    let report = repo.parallel(["report", "--json"]).json(0);
    let result = report["result"]["path"].as_str().expect("a path");
    assert_eq!(
        fs::canonicalize(result).expect("it is there"),
        fs::canonicalize(artifact(&repo, "parallel-result.md")).expect("it is there")
    );
    assert_eq!(report["tasks"][0]["outcome"], "done");
    repo.parallel(["report"])
        .run()
        .code(0)
        .answers("\nDocuments\n  T001  .git/parallel/runs/r1/artifacts/parallel-task-1.md\n");
    let worktree = report["tasks"][2]["worktree"].as_str().expect("a path");
    let prompt = PathBuf::from(worktree).join(".parallel/prompt.md");
    let prompt = fs::read_to_string(prompt).expect("a prompt");
    assert!(
        prompt.contains("as one Markdown document to the file document.md"),
        "{prompt}"
    );
    assert!(prompt.contains("artifacts/parallel-task-1.md"), "{prompt}");
}

#[test]
fn a_document_that_was_not_written_fails_its_task_and_is_named_where_it_is_missing() {
    let repo = Repo::new();
    let allowed = repo.around().join("allowed").display().to_string();
    run(&repo, &allowed).code(0);
    let joined = read(&repo, "parallel-result.md");
    assert!(
        joined.ends_with(
            "\n## Missing\n\n- T002: Blogs (it failed: there is no .parallel/document.md)\n"
        ),
        "{joined}"
    );
    assert!(!artifact(&repo, "parallel-task-2.md").exists());
    // Done again, it is there, and what was joined without it is kept.
    fs::write(&allowed, "").expect("a file");
    repo.parallel(["retry", "T002"]).run().code(0);
    let whole = read(&repo, "parallel-result.md");
    assert!(
        whole.contains("# By T002") && !whole.contains("Missing"),
        "{whole}"
    );
    assert_eq!(read(&repo, "parallel-result.1.md"), joined);
}

#[test]
fn an_agent_makes_one_document_of_all_and_a_bad_answer_leaves_what_was_joined() {
    let repo = Repo::new();
    let allowed = repo.around().join("allowed").display().to_string();
    run(&repo, &allowed).code(0);
    let joined = read(&repo, "parallel-result.md");
    let ask = || {
        repo.parallel(["report", "--synthesize", "--agent", "editor"])
            .run()
    };
    repo.parallel(["report", "--synthesize"])
        .run()
        .code(2)
        .says("name one with --agent");
    ask().code(2).says("no agent is called 'editor'");
    agent(&repo, "I cannot do that.");
    ask()
        .code(3)
        .says("does not begin with a heading")
        .says("kept: the documents as they were joined");
    agent(&repo, "# Queues\n\nOne says so [T001].");
    ask().code(3).says("never names T003");
    assert_eq!(read(&repo, "parallel-result.md"), joined);
    agent(&repo, "# Queues\n\nBoth say so [T001, T003].");
    ask().code(0);
    let made = read(&repo, "parallel-result.md");
    assert!(
        made.starts_with("# Queues\n\nBoth say so [T001, T003].\n"),
        "{made}"
    );
    assert!(made.contains("## Missing\n\n- T002: Blogs"), "{made}");
    assert_eq!(read(&repo, "parallel-result.1.md"), joined);
    let asked = fs::read_to_string(repo.around().join("asked")).expect("what it was asked");
    assert!(
        asked.contains("\n===== T001: Papers\n# By T001\n"),
        "{asked}"
    );
}

#[test]
fn titles_can_be_documents_too() {
    let repo = Repo::new();
    let args = [
        "run",
        "--tasks",
        "papers,blogs",
        "--prompt",
        "About queues",
        "--documents",
    ];
    repo.parallel(args)
        .args(["--", "sh", "-c", WRITER, "/"])
        .run()
        .code(0);
    assert!(read(&repo, "parallel-result.md").contains("*T002: blogs*"));
    let plan = repo.parallel(["report", "--json"]).json(0);
    assert!(plan["tasks"][1]["document"]["path"].is_string());
}

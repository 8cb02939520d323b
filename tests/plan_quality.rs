//! What a plan adds to the tasks that were written down: order where files are shared, what agents
//! are told of each other, who suits, what earlier runs teach.

use serde_json::{Value, json};

use crate::support::Repo;

fn with_tasks(tasks: &str) -> Repo {
    let repo = Repo::new();
    repo.file("src/api.rs", "old\n")
        .file("src/db.rs", "old\n")
        .commit("Before");
    repo.file("tasks.md", &format!("# Tasks: Do it\n\n{tasks}"));
    repo
}

fn plan(repo: &Repo, args: &[&str]) -> Value {
    repo.parallel(["split", "--json"]).args(args).json(0)
}

#[test]
fn tasks_that_change_the_same_file_go_one_after_the_other_and_it_is_said() {
    let repo = with_tasks(
        "### T001: One\nFiles: src/api.rs\n### T002: Two\nFiles: src/api.rs\n### T003: Three\nFiles: src/db.rs\n",
    );
    let plan = plan(&repo, &[]);
    assert_eq!(plan["waves"], json!([["T001", "T003"], ["T002"]]));
    let reason = "both change src/api.rs, the same file: one after the other";
    assert_eq!(plan["implied"][0]["reason"], reason);
    assert_eq!(plan["risk"], "low");
    let shown = repo.parallel(["split", "tasks.md"]).ok();
    assert!(
        shown.contains("after T001 (both change src/api.rs"),
        "{shown}"
    );
    let both =
        "# Tasks: Both\n### T001: One\nFiles: src/api.rs\n### T002: Two\nFiles: src/api.rs\n";
    repo.file("both.md", both);
    repo.parallel(["split", "both.md"])
        .code(0)
        .answers("no number of them is faster");
    let fastest = plan["schedule"]["totals"][7].as_f64().expect("seconds");
    let bound = plan["schedule"]["lower_bound_seconds"]
        .as_f64()
        .expect("seconds");
    assert_eq!(
        (fastest, bound),
        (2476.0, 2476.0),
        "two in a row, 33 s each to start, one merge"
    );
}

#[test]
fn an_agent_is_told_what_others_are_changing_meanwhile() {
    let repo = with_tasks(
        "### T001: One\nFiles: src/api.rs\n### T002: Two\nFiles: src/db.rs\nSuccess: it builds\n### T003: Three\nDepends: T002\nFiles: new.rs\n",
    );
    let line = "cat \"$GIT_PARALLEL_PROMPT_FILE\" >\"told-$GIT_PARALLEL_TASK\"; exit 0";
    repo.parallel(["run", "tasks.md", "--exec", line]).run();
    let told =
        |branch: &str, task: &str| repo.git(["show", &format!("parallel/{branch}:told-{task}")]);
    let two = told("two", "T002");
    assert!(two.contains("Files: src/db.rs\n"), "{two}");
    assert!(
        two.contains("Leave these alone") && two.contains("- src/api.rs (one)"),
        "{two}"
    );
    assert!(two.ends_with("Success: it builds"), "{two}");
    let three = told("three", "T003");
    assert!(
        three.contains("here already: Two (T002)") && !three.contains("src/db.rs"),
        "{three}"
    );
}

#[test]
fn roles_come_from_what_is_installed_and_others_are_said_not_to_be() {
    let repo = with_tasks(
        "### T001: Add JWT login\nFiles: src/auth/jwt.rs\n### T002: Write the manual\nFiles: docs/manual.md\n### T003: Tune colours\nFiles: src/db.rs\n",
    );
    repo.file(
        ".claude/agents/security-engineer.md",
        "---\nname: security-engineer\ndescription: Guards logins: and tokens\n---\nYou guard.\n",
    );
    repo.file(
        ".claude/agents/writer.md",
        "---\nname: docs-reviewer\ndescription: Reviews documentation and manuals\ntools: Read, Grep\n---\n",
    );
    let plan = plan(&repo, &[]);
    let role = |task: usize| &plan["tasks"][task]["role"];
    assert_eq!(
        (&role(0)["name"], &role(0)["installed"]),
        (&"security-engineer".into(), &true.into())
    );
    assert!(
        role(0)["matched"]
            .as_array()
            .expect("words")
            .contains(&"jwt".into()),
        "{}",
        role(0)
    );
    assert_eq!(
        (&role(1)["name"], &role(1)["installed"]),
        (&"technical-writer".into(), &false.into()),
        "a reader writes no manual"
    );
    assert_eq!(role(2), &Value::Null);
    let shown = repo.parallel(["split", "tasks.md"]).ok();
    assert!(
        shown.contains("technical-writer, which is not installed"),
        "{shown}"
    );
    assert!(
        shown.contains("security-engineer: add-jwt-login"),
        "{shown}"
    );
}

#[test]
fn variants_are_takes_on_one_goal_that_may_share_everything() {
    let repo = with_tasks("");
    let plan = plan(&repo, &["Rewrite src/api.rs", "--variants", "3"]);
    assert_eq!(plan["kind"], "variants");
    assert_eq!(plan["waves"], json!([["T001", "T002", "T003"]]));
    assert_eq!(plan["tasks"][2]["name"], "take-3");
    let line = "echo $GIT_PARALLEL_NAME >src/api.rs";
    repo.parallel(["run", "p1", "--exec", line]).ok();
    repo.parallel(["check", "r1"]).code(1);
    repo.parallel(["merge", "r1/T002"]).ok();
    assert_eq!(repo.git(["show", "main:src/api.rs"]), "take-2");
    repo.parallel(["split", "--variants", "1", "goal"]).code(2);
}

#[test]
fn bare_run_takes_a_task_file_that_is_newer_than_all_plans_and_names_what_it_takes() {
    let repo = with_tasks("### T001: From the file\n");
    let preview = || repo.parallel(["run", "-n", "--exec", "true"]);
    preview()
        .code(0)
        .says("Taking tasks.md")
        .answers("parallel/from-the-file");
    repo.parallel(["split", "--tasks", "newer"]).ok();
    preview()
        .code(0)
        .says("Taking p1")
        .answers("parallel/newer");
    preview()
        .args(["p1", "--scope", "large"])
        .code(2)
        .says("p1 is a finished plan");
    repo.git(["branch", "other", "main~1"]);
    let answer = preview()
        .args(["tasks.md", "--into", "other", "--json"])
        .json(0);
    assert_eq!(answer["base"], repo.git(["rev-parse", "other"]));
}

#[test]
fn what_finished_runs_took_is_the_estimate_of_the_next() {
    let repo = with_tasks("");
    for round in 0..2 {
        let tasks = format!("a{round},b{round},c{round}");
        let args = [
            "run",
            "--tasks",
            &tasks,
            "--exec",
            "echo x >$GIT_PARALLEL_NAME",
        ];
        repo.parallel(args).ok();
    }
    let plan = plan(&repo, &["--tasks", "d,e,f"]);
    assert_eq!(
        (&plan["estimate"]["source"], &plan["estimate"]["runs"]),
        (&"learned".into(), &2.into())
    );
    assert!(
        plan["estimate"]["sequential_seconds"]
            .as_f64()
            .expect("seconds")
            < 600.0
    );
    assert_eq!(plan["overheads"]["source"], "learned");
    let overheads = &plan["overheads"];
    assert_eq!(overheads["measured"]["tasks"], 6);
    assert_eq!(overheads["measured"]["merges"], 0);
    assert_eq!(
        (&overheads["context_seconds"], &overheads["merge_seconds"]),
        (&0.0.into(), &10.0.into())
    );
    let said = self::plan(&repo, &["--tasks", "d,e,f", "--scope", "large"]);
    assert_eq!(said["estimate"]["source"], "scope");
    assert_eq!(said["overheads"]["context_seconds"], 20.0);

    repo.parallel(["merge"]).ok();
    let plan = self::plan(&repo, &["--tasks", "d,e,f"]);
    let overheads = &plan["overheads"];
    assert_eq!(overheads["measured"]["merges"], 3);
    assert!(overheads["merge_seconds"].as_f64().expect("seconds") < 9.0);
    let shown = repo
        .parallel(["split", "--dry-run", "--tasks", "d,e,f"])
        .ok();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for source in [
        "to start (6 finished tasks)",
        "to merge (3 merged branches)",
    ] {
        assert!(shown.contains(source), "{shown}");
    }
}

#[test]
fn what_agents_told_of_their_tokens_and_their_reading_is_foretold() {
    let repo = with_tasks("");
    let told = json!({
        "type": "result", "subtype": "success", "is_error": false, "result": "Done.",
        "usage": {"input_tokens": 1000, "output_tokens": 500},
    });
    let edit = json!({"type": "assistant", "message": {"content": [{"type": "tool_use",
        "name": "Write", "input": {"file_path": "x"}}]}});
    let agent = format!(
        "sleep 0.3\necho '{edit}'\necho x >\"$GIT_PARALLEL_NAME\"\ncat <<'END'\n{told}\nEND\n"
    );
    repo.file("agent.sh", &agent).commit("An agent");
    repo.git(["config", "parallelAgent.mine.command", "sh agent.sh"]);
    repo.git(["config", "parallelAgent.mine.events", "claude"]);
    for tasks in ["a,b,c", "d,e,f"] {
        let run = ["run", "--agent", "mine", "--tasks", tasks];
        repo.parallel(run).ok();
    }
    let plan = plan(&repo, &["--tasks", "g,h"]);
    assert_eq!(plan["estimate"]["tokens"], 3000);
    let overheads = &plan["overheads"];
    assert_eq!(overheads["measured"]["contexts"], 6);
    // 20 seconds are built in, and count as three tasks.
    let read = overheads["context_seconds"].as_f64().expect("seconds");
    assert!((0.3..10.0).contains(&read), "{read}");
    let shown = repo.parallel(["split", "--dry-run", "--tasks", "g,h"]).ok();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("to read (6 sessions)"), "{shown}");
}

#[test]
fn of_very_many_overlaps_the_riskiest_are_shown_and_the_others_counted() {
    let task = |n: u32| format!("### T{n:03}: Task {n}\nFiles: src/api.rs\n");
    let repo = with_tasks(&(1..=60).map(task).collect::<String>());
    let all = repo
        .parallel(["check", "--plan", "tasks.md", "--json"])
        .json(0);
    let pairs = all["pairs"].as_array().map_or(0, Vec::len);
    let rest = format!("and {} pairs at no higher risk", pairs - 40);
    for call in [&["split", "tasks.md"][..], &["check", "--plan", "tasks.md"]] {
        let told = repo.parallel(call).ok();
        assert!(told.contains(&rest), "{told}");
        assert_eq!(told.matches("both touch src/api.rs").count(), 40);
    }
}

#[test]
fn the_figures_of_long_work_stand_below_each_other() {
    let repo = with_tasks("### T001: One\n### T002: Two\n");
    let told = repo.parallel(["split", "tasks.md", "--scope", "40h"]).ok();
    let ends: Vec<usize> = told
        .lines()
        .filter(|line| line.starts_with("        "))
        .filter_map(|line| line.find(" %"))
        .collect();
    assert_eq!(ends.len(), 8, "{told}");
    let two = "        2  24 h 1 min    1.4 min   40 %";
    assert!(told.contains(two), "{told}");
    assert!(ends.iter().all(|end| *end == ends[0]), "{told}");
}

#[test]
fn as_many_work_at_once_as_do_all_tasks_in_one_round() {
    let task = |n: u32| format!("### T{n:03}: Task {n}\n");
    let repo = with_tasks(&(1..=6).map(task).collect::<String>());
    let told = repo.parallel(["split", "tasks.md"]).ok();
    let first = "Run 6 tasks, 6 at once: about 21.6 min instead of 120.0 min";
    assert!(told.starts_with(first), "{told}");
    assert!(told.contains("git parallel run p1 --workers 6"), "{told}");
    let marked = told.lines().find(|line| line.contains("recommended"));
    assert!(
        marked.is_some_and(|line| line.trim().starts_with('6')),
        "{told}"
    );
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "in one round: 21.6 min instead of 41.3 min with 5";
    assert!(words.contains(why), "{told}");
    let plan = repo.parallel(["split", "tasks.md", "--json"]).json(0);
    assert_eq!(
        (&plan["recommended"], &plan["schedule"]["decides"]),
        (&6.into(), &true.into())
    );
    // Who says how many is obeyed, and told what more would gain.
    let told = repo
        .parallel(["split", "tasks.md", "--splits", "5", "-n"])
        .ok();
    let first = "Run 6 tasks, 5 at once: about 41.3 min instead of 120.0 min";
    assert!(told.starts_with(first), "{told}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let wider = "41.3 min with 5 at once, 21.6 min with 6; however many";
    assert!(told.contains(wider), "{told}");
}

//! `git parallel split`: task files and lists of tasks in, a stored plan out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::{Call, Repo};

const SHOP: &str = include_str!("../fixtures/tasks/shop.md");

fn split(repo: &Repo, args: &[&str]) -> Call {
    repo.parallel(["split"]).args(args)
}

/// A repository with a task file that is committed nowhere.
fn with_tasks(text: &str) -> Repo {
    let repo = Repo::new();
    repo.file("tasks.md", text);
    repo
}

fn plans(repo: &Repo) -> usize {
    fs::read_dir(repo.path().join(".git/parallel/plans")).map_or(0, Iterator::count)
}

#[track_caller]
fn refused(repo: &Repo, args: &[&str], code: i32, words: &[&str]) {
    let before = (plans(repo), repo.checkout_state());
    let mut ended = split(repo, args).code(code);
    assert_eq!(
        (plans(repo), repo.checkout_state()),
        before,
        "{args:?} changed something"
    );
    for word in words {
        ended = ended.says(word);
    }
}

/// The ids of a list of lists.
fn waves(plan: &Value) -> Vec<Vec<&str>> {
    let ids = |wave: &'_ Value| wave.as_array().expect("a wave").clone();
    let waves = plan["waves"].as_array().expect("waves");
    assert!(waves.iter().all(|wave| !ids(wave).is_empty()));
    waves
        .iter()
        .map(|wave| {
            wave.as_array()
                .expect("a wave")
                .iter()
                .filter_map(Value::as_str)
                .collect()
        })
        .collect()
}

#[test]
fn a_task_file_becomes_a_stored_plan_with_dependencies_waves_and_costs() {
    let repo = with_tasks(SHOP);
    let before = repo.checkout_state();
    let plan = split(&repo, &["--from", "tasks.md", "--json"]).json(0);
    assert_eq!(repo.checkout_state(), before);
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["kind"], "tasks");
    assert_eq!(plan["goal"], "Let customers sign in");
    assert_eq!(plan["base"], repo.git(["rev-parse", "HEAD"]));
    assert_eq!(plan["target"], "main");
    assert_eq!(plan["estimate"]["sequential_seconds"], 5250.0);
    assert_eq!(plan["estimate"]["source"], "tasks");
    assert_eq!(
        waves(&plan),
        [vec!["T001"], vec!["T002", "T003"], vec!["T004", "T005"]]
    );
    assert_eq!(plan["tasks"][3]["name"], "tests-for-signing-in");
    assert_eq!(plan["tasks"][4]["optional"], true);
    assert_eq!(plan["risk"], "low");
    let stored = repo.read(".git/parallel/plans/p1.json");
    assert_eq!(serde_json::from_str::<Value>(&stored).expect("JSON"), plan);
}

#[test]
fn forty_five_minutes_recommend_four_at_once_and_list_all_sessions() {
    let repo = Repo::new();
    let args = ["--tasks", "a,b,c,d,e,f,g,h", "--scope", "45m", "--json"];
    let plan = split(&repo, &args).json(0);
    let totals: Vec<f64> = plan["cost"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["total_seconds"].as_f64().expect("seconds").round())
        .collect();
    assert_eq!(
        totals,
        [2700.0, 1706.0, 1209.0, 982.0, 863.0, 798.0, 764.0, 749.0]
    );
    assert_eq!(
        (&plan["recommended"], &plan["fastest"]),
        (&4.into(), &8.into())
    );
    assert_eq!(
        (&plan["break_even"], &plan["worth"]),
        (&2.into(), &true.into())
    );
    assert_eq!(plan["estimate"]["source"], "scope");
}

#[test]
fn overheads_and_limits_come_from_gits_configuration() {
    let repo = Repo::new();
    let args = ["--tasks", "a,b,c,d", "--scope", "large", "--json"];
    let configured = |key: &str, value: &str| {
        split(&repo, &args)
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", key)
            .env("GIT_CONFIG_VALUE_0", value)
            .json(0)
    };
    let plan = configured("parallel.mergeSeconds", "100");
    assert_eq!(plan["cost"][1]["overhead_seconds"], 266.0);
    assert_eq!(plan["overheads"]["source"], "configured");
    let plan = configured("parallel.sessions", "3");
    assert_eq!(plan["cost"].as_array().map(Vec::len), Some(3));
    assert_eq!(plan["recommended"], 3);
    assert_eq!(plan["overheads"]["source"], "default");
}

#[test]
fn named_tasks_run_at_once_and_share_their_prompt() {
    let repo = Repo::new();
    let args = [
        "--tasks",
        "auth api, security fix,ui",
        "--prompt",
        "Add sign-in",
        "--json",
    ];
    let plan = split(&repo, &args).json(0);
    assert_eq!(waves(&plan), [["T001", "T002", "T003"]]);
    assert_eq!(plan["goal"], "Add sign-in");
    assert_eq!(plan["tasks"][1]["name"], "security-fix");
    assert_eq!(
        plan["tasks"][0]["prompt"],
        "Add sign-in\n\nYour part: auth api"
    );
}

#[test]
fn without_a_source_the_newest_task_file_in_the_usual_places_is_taken_and_named() {
    let repo = with_tasks("### T001: Old\n");
    repo.file("specs/login/tasks.md", "### T001: New\n");
    let old = SystemTime::now() - Duration::from_secs(100);
    let file = fs::File::options()
        .write(true)
        .open(repo.path().join("tasks.md"));
    file.and_then(|file| file.set_modified(old))
        .expect("an old file");
    repo.file("deep/down/x", "");
    let ended = split(&repo, &["--json"])
        .dir(&repo.path().join("deep/down"))
        .code(0);
    let ended = ended.says("specs/login/tasks.md, the newest task file");
    assert_eq!(ended.json()["tasks"][0]["title"], "New");
    let empty = Repo::new();
    refused(
        &empty,
        &[],
        2,
        &[
            "no task file in the usual places",
            "docs/tasks.md",
            "--from FILE",
        ],
    );
}

#[test]
fn a_dry_run_stores_nothing_and_says_so() {
    let repo = with_tasks(SHOP);
    let ended = split(&repo, &["--dry-run"]).code(0);
    ended
        .answers("Run 5 tasks, 2 at once")
        .answers("Nothing was stored");
    assert!(!repo.path().join(".git/parallel").exists());
}

#[test]
fn the_screen_says_what_to_do_and_ends_with_the_command_to_paste() {
    let repo = with_tasks(SHOP);
    let ended = split(&repo, &["--from", "tasks.md"]).code(0);
    let text = &ended.stdout;
    assert!(
        text.starts_with("Run 5 tasks, 2 at once: about 54.3 min instead of 87.5 min"),
        "{text}"
    );
    let last = text.trim_end().lines().last().expect("a line");
    assert!(
        last.starts_with("  git parallel run p1 --workers 2 --exec '"),
        "{last}"
    );
    for (number, line) in text.lines().enumerate() {
        assert!(line.chars().count() <= 80, "line {number}: {line}");
        assert_eq!(line.trim_end(), line, "line {number}");
    }
    assert!(!text.contains('\x1b'));
    let painted = split(&repo, &["--from", "tasks.md", "--color", "always"]).ok();
    assert!(painted.contains("\x1b[1mRun 5 tasks"), "{painted}");
}

#[test]
fn a_title_cannot_drive_the_terminal() {
    let harmless = |text: &str| !text.contains('\x1b') && !text.contains('\x07');
    let repo = with_tasks("# \x1b[31mred\n### T001: a\x1b]0;x\x07b\n### T002: c\n");
    let text = split(&repo, &[]).ok();
    assert!(harmless(&text), "{text:?}");
    // A path of that kind is refused, and told as harmlessly.
    let repo = with_tasks("# red\n### T001: a\nFiles: \x1b[2J\n### T002: c\n");
    let refused = split(&repo, &[])
        .code(2)
        .says("tasks.md:3: '\\u{1b}[2J' holds a backtick or a control character");
    assert!(harmless(&refused.stderr), "{:?}", refused.stderr);
}

#[test]
fn the_markdown_form_makes_the_same_plan_again() {
    let repo = with_tasks(SHOP);
    let first = split(&repo, &["--json"]).json(0);
    let markdown = split(&repo, &["--format", "markdown"]).ok();
    let again = split(&repo, &["--from", "-", "--json"])
        .input(&markdown)
        .json(0);
    for key in [
        "goal", "tasks", "waves", "cost", "overlaps", "implied", "estimate",
    ] {
        assert_eq!(first[key], again[key], "{key}");
    }
}

#[test]
fn a_plan_written_to_a_file_is_taken_over_with_a_new_id() {
    let repo = with_tasks(SHOP);
    split(&repo, &["-o", "plan.json"]).ok();
    split(&repo, &["-o", "plan.md"])
        .code(0)
        .says("git parallel check --plan plan.md");
    assert!(
        repo.read("plan.md")
            .starts_with("# Tasks: Let customers sign in\n")
    );
    refused(
        &repo,
        &["-o", "plan.json"],
        4,
        &[
            "plan.json exists already",
            "try:  git parallel split --force -o plan.json",
        ],
    );
    refused(
        &repo,
        &["Fix it in src/a.rs", "--output", "plan.json"],
        4,
        &["try:  git parallel split --force 'Fix it in src/a.rs' --output plan.json"],
    );
    split(&repo, &["-o", "plan.json", "--force"]).ok();
    let plan = split(&repo, &["--from", "plan.json", "--json"]).json(0);
    assert_eq!(plan["id"], "p4");
    refused(
        &repo,
        &["--from", "plan.json", "--splits", "2"],
        2,
        &["a finished plan"],
    );
    assert_eq!(waves(&plan).len(), 3);
}

#[test]
fn declared_files_are_held_against_the_base() {
    let text = "### T001: A\nFiles: README.md, src/new.rs\n### T002: B\nFiles: src/new.rs\n\
                ### T003: C\nCreates: README.md\nReads: src/gone.rs\n";
    let repo = with_tasks(text);
    let plan = split(&repo, &["--json"]).json(0);
    assert_eq!(plan["tasks"][0]["files"]["create"][0], "src/new.rs");
    assert_eq!(plan["tasks"][1]["depends"][0], "T001");
    let codes: Vec<&str> = plan["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .filter_map(|problem| problem["code"].as_str())
        .collect();
    assert_eq!(codes, ["exists-already", "missing-file"]);
}

#[test]
fn nothing_is_promised_that_the_longest_chain_forbids() {
    let text = "### T001: A\n### T002: B\nDepends: T001\n### T003: C\n### T004: D\n";
    let repo = with_tasks(text);
    let ended = split(&repo, &["-n"]).code(0);
    ended.answers("Run 4 tasks, 3 at once: at least 40.0 min instead of 80.0 min, 50 % less.");
    let scope = split(&repo, &["-n", "--scope", "small"]).code(0);
    scope.answers("one after the other: dividing the work does not pay off here");
}

#[test]
fn a_bare_json_file_needs_little() {
    let repo = Repo::new();
    repo.file("t.json", r#"{"goal": "G", "tasks": [{"title": "A", "files": ["x (new)"]}, {"title": "B", "files": ["x"]}]}"#);
    let plan = split(&repo, &["--from", "t.json", "--json"]).json(0);
    assert_eq!(waves(&plan), [["T001"], ["T002"]]);
    assert_eq!(
        plan["implied"][0]["reason"],
        "T001 creates x, which T002 modifies"
    );
}

#[test]
fn bad_task_files_are_2_with_every_line_that_is_wrong() {
    let repo = with_tasks(include_str!("../fixtures/tasks/wrong.md"));
    let lines = [
        "tasks.md:6: '../elsewhere.txt' is outside the repository",
        "tasks.md:9: 'T009' is no task of this file; expected one of T001, T002",
        "tasks.md:9: 'the moon' is no task",
        "tasks.md:11: T002 is the task of line 8 already",
        "tasks.md:12: expected a duration such as 90s, 20m or 1h, found 'soon'",
        "tasks.md:14: expected '### T001: <title>', found '### Forget the id'",
        "tasks.md:17: T001 depends on itself",
    ];
    refused(&repo, &["--from", "tasks.md"], 2, &lines);
    let cycle = "c.md:3: T001: the tasks wait for each other: T001 → T003 → T002 → T001";
    repo.file("c.md", include_str!("../fixtures/tasks/cycle.md"));
    refused(&repo, &["--from", "c.md"], 2, &[cycle]);
    // Nor is prose, which may be a goal.
    repo.file("my notes.txt", "Rework the parser.\nIt is old.\n");
    let goal = "git parallel split \"$(cat 'my notes.txt')\"";
    let said = ["found none", goal];
    refused(&repo, &["my notes.txt"], 2, &said);
    refused(&repo, &["--from", "my notes.txt"], 2, &said);
    repo.file("e.md", " \n");
    refused(
        &repo,
        &["--from", "e.md"],
        2,
        &["e.md:1: expected tasks, and the file is empty"],
    );
    repo.file("j.json", "{\"tasks\": [\n{\"titel\": 1}]}");
    refused(
        &repo,
        &["--from", "j.json"],
        2,
        &["j.json:2: unknown field `titel`"],
    );
    fs::write(repo.path().join("b.md"), b"# x\n\xff\n").expect("a file");
    refused(
        &repo,
        &["--from", "b.md"],
        2,
        &["b.md:2: expected text in UTF-8"],
    );
}

#[test]
fn what_cannot_be_found_is_3_and_what_cannot_be_meant_is_2() {
    let repo = with_tasks("### T001: A\n");
    refused(&repo, &["--from", "none.md"], 3, &["cannot read none.md"]);
    refused(
        &repo,
        &["--base", "nowhere"],
        3,
        &["'nowhere' names no commit"],
    );
    refused(
        &repo,
        &["--into", "nowhere"],
        3,
        &["'nowhere' is not a branch"],
    );
    refused(
        &repo,
        &["--scope", "huge"],
        2,
        &["expected small, medium, large, xlarge"],
    );
    refused(&repo, &["--splits", "0"], 2, &["0"]);
    refused(
        &repo,
        &["--splits", "9"],
        2,
        &["more than the 8 sessions", "git config parallel.sessions 9"],
    );
    refused(&repo, &["--tasks", "a,,b"], 2, &["empty title"]);
    refused(&repo, &["--prompt", "x"], 2, &["--tasks"]);
    repo.git(["checkout", "--quiet", "--detach"]);
    refused(&repo, &[], 2, &["--into BRANCH"]);
    let unborn = Repo::unborn();
    unborn.file("tasks.md", "### T001: A\n");
    unborn.parallel(["split"]).code(3).says("no commit yet");
}

#[test]
fn a_plan_of_a_newer_version_is_3_and_a_damaged_one_2() {
    let repo = Repo::new();
    repo.file("plan.json", "{\"version\": 2}");
    refused(
        &repo,
        &["--from", "plan.json"],
        3,
        &["newer git-parallel", "version 2"],
    );
    repo.file("plan.json", "{\"version\": 1,\n\"id\": 7}");
    refused(&repo, &["--from", "plan.json"], 2, &["plan.json:2: "]);
    split(&repo, &["--tasks", "a,b", "-o", "ok.json"]).ok();
    repo.file(
        "plan.json",
        &repo.read("ok.json").replace("\"T002\"", "\"T001\""),
    );
    refused(
        &repo,
        &["--from", "plan.json"],
        2,
        &["plan.json: T001: two tasks have this id"],
    );
}

#[test]
fn a_store_that_cannot_be_written_is_3_and_a_dry_run_needs_none() {
    let repo = with_tasks("### T001: A\n");
    let git_dir = repo.path().join(".git");
    let mode = |mode| fs::set_permissions(&git_dir, fs::Permissions::from_mode(mode));
    mode(0o555).expect("permissions");
    // Permissions do not hold root back.
    let held_back = fs::write(git_dir.join("probe"), "").is_err();
    let ended = split(&repo, &[]).run();
    let dry = split(&repo, &["-n"]).run();
    mode(0o755).expect("permissions");
    if held_back {
        ended.code(3).says("cannot create");
    }
    dry.code(0);
    let blocked = with_tasks("### T001: A\n");
    blocked.file(".git/parallel", "in the way");
    refused(&blocked, &[], 3, &["cannot"]);
}

#[test]
fn two_at_a_time_get_plans_of_their_own() {
    let repo = with_tasks("### T001: A\n");
    let calls: Vec<_> = (0..6).map(|_| split(&repo, &["--json"]).spawn()).collect();
    for child in calls {
        let output = child.wait_with_output().expect("an end");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(plans(&repo), 6);
    for number in 1..=6 {
        let plan: Value =
            serde_json::from_str(&repo.read(&format!(".git/parallel/plans/p{number}.json")))
                .expect("JSON");
        assert_eq!(plan["id"], format!("p{number}"));
    }
}

#[test]
fn run_takes_the_newest_plan_not_yet_run_or_the_one_that_is_named() {
    let repo = with_tasks("### T001: From a file\n");
    let preview = |plan: &[&str]| repo.parallel(["run", "-n", "--exec", "true"]).args(plan);
    preview(&[]).code(0).says("Taking tasks.md");
    preview(&["tasks.md"])
        .code(0)
        .answers("parallel/from-a-file");
    assert_eq!(plans(&repo), 0, "a dry run stores nothing");
    split(&repo, &["--tasks", "first"]).ok();
    split(&repo, &["--tasks", "second", "-o", "second.json"]).ok();
    preview(&[]).code(0).answers("parallel/second");
    preview(&["p1"]).code(0).answers("parallel/first");
    preview(&["second.json"]).code(0).answers("parallel/second");
    preview(&["p9"]).code(3).says("there is no plan p9");
    preview(&["nothing"])
        .code(2)
        .says("an id such as p1, a .json or .md file, or a goal in words");
    let line = "cat \"$GIT_PARALLEL_PROMPT_FILE\" >told";
    repo.parallel(["run", "p2", "--exec", line]).ok();
    assert_eq!(repo.git(["show", "parallel/second:told"]), "second");
    preview(&[]).code(0).answers("parallel/first");
    repo.parallel(["run", "--exec", line]).ok();
    preview(&[])
        .code(3)
        .says("all plans were run; p2 is the newest");
}

#[test]
fn a_bare_repository_plans_too() {
    let repo = Repo::new();
    let bare = repo.around().join("bare.git");
    repo.git([
        "clone",
        "--quiet",
        "--bare",
        ".",
        &bare.display().to_string(),
    ]);
    let plan = split(&repo, &["--tasks", "a,b", "--json"])
        .dir(&bare)
        .json(0);
    assert_eq!(plan["target"], "main");
}

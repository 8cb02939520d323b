//! `git parallel split GOAL`: a goal in words in, tasks with their files out, or the reason why not.

use serde_json::Value;

use crate::support::{Call, Repo};

/// A shop with an API, accounts, billing and a page, whose past tells what belongs together.
fn shop() -> Repo {
    let repo = Repo::unborn();
    let areas = [
        ("auth", "login password session token"),
        ("billing", "invoice payment tax currency"),
        ("search", "query index ranking snippet"),
        ("mail", "template subject recipient bounce"),
    ];
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\n");
    for (area, words) in areas {
        for (number, word) in words.split(' ').enumerate() {
            let code = format!(
                "// {area}: {word}\nfn {word}_of_{area}() {{}}\n{}",
                format!("fn {word}_step_{number}() {{}}\n").repeat(20)
            );
            repo.file(&format!("src/{area}/{word}.rs"), &code);
        }
        repo.commit(&format!("Add {area} with {words}"));
    }
    for (area, words) in areas {
        for round in 0..8 {
            for word in words.split(' ').take(2 + round % 3) {
                let path = format!("src/{area}/{word}.rs");
                let code = format!("{}fn more_{round}() {{}}\n", repo.read(&path));
                repo.file(&path, &code);
            }
            repo.commit(&format!("Improve {area}, round {round}"));
        }
    }
    repo
}

fn split(repo: &Repo, args: &[&str]) -> Call {
    repo.parallel(["split"]).args(args)
}

fn modified(plan: &Value, task: usize) -> Vec<&str> {
    let files = plan["tasks"][task]["files"]["modify"]
        .as_array()
        .expect("files");
    files.iter().filter_map(Value::as_str).collect()
}

fn plans(repo: &Repo) -> usize {
    let folder = repo.path().join(".git/parallel/plans");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn an_enumeration_becomes_a_task_a_part_with_files_of_its_own() {
    let repo = shop();
    let goal = "I need to refactor auth, billing, and search modules in parallel. Can you help?";
    let plan = split(&repo, &[goal, "--json"]).json(0);
    assert_eq!(
        (&plan["kind"], &plan["worth"]),
        (&"split".into(), &true.into())
    );
    let titles: Vec<&str> = plan["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .filter_map(|task| task["title"].as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Refactor auth module",
            "Refactor billing module",
            "Refactor search module"
        ]
    );
    for (task, area) in ["src/auth/", "src/billing/", "src/search/"]
        .iter()
        .enumerate()
    {
        let files = modified(&plan, task);
        assert!(
            !files.is_empty() && files.iter().all(|file| file.starts_with(area)),
            "{files:?}"
        );
    }
    assert_eq!(plan["tasks"][0]["foreseen"], true);
    assert_eq!(plan["overlaps"], Value::Array(Vec::new()));
    let success = plan["tasks"][0]["success"].as_str().expect("a success");
    assert!(success.contains("`cargo test`"), "{success}");
    assert_eq!(plan["scope"]["splitter"], "structure");
    assert_eq!(plans(&repo), 1);
}

#[test]
fn a_goal_without_parts_is_divided_by_what_changes_together() {
    let repo = shop();
    let goal = "Change login password session token invoice payment tax currency";
    let plan = split(
        &repo,
        &["--scope", "large", "--splits", "2", "--json", goal],
    )
    .json(0);
    let mut sides: Vec<Vec<&str>> = (0..2)
        .map(|task| {
            let mut areas: Vec<&str> = modified(&plan, task)
                .iter()
                .filter_map(|path| path.split('/').nth(1))
                .collect();
            areas.dedup();
            areas
        })
        .collect();
    sides.sort();
    assert_eq!(sides, [["auth"], ["billing"]]);
}

#[test]
fn not_worth_it_is_an_answer_with_the_reason_and_stores_nothing() {
    let repo = shop();
    let cases: &[(&[&str], &str)] = &[
        (
            &["Rename bounce in src/mail/bounce.rs"],
            "in one file, src/mail/bounce.rs",
        ),
        (
            &["--scope", "small", "fix auth, billing and search"],
            "5.0 min is too little work",
        ),
        (&["Zzyzx qwrtp"], "no file has anything to do"),
        (&["Add the login page, the login form"], "login"),
    ];
    for (args, reason) in cases {
        let told = split(&repo, args)
            .code(1)
            .answers("Dividing this does not pay off")
            .answers(reason);
        assert!(
            !told.stdout.contains("recommended"),
            "recommends what does not pay off:\n{}",
            told.stdout
        );
        let plan = split(&repo, &[args, &["--json"][..]].concat()).json(1);
        let agreed = (&plan["worth"], &plan["recommended"]);
        assert_eq!(agreed, (&false.into(), &1.into()), "{args:?}");
    }
    assert_eq!(plans(&repo), 0);
}

#[test]
fn where_no_file_is_known_the_way_on_is_to_say_the_tasks() {
    split(&shop(), &["Zzyzx qwrtp"])
        .code(1)
        .answers("split --tasks first,second --prompt 'Zzyzx qwrtp'");
}

#[test]
fn takes_of_one_goal_work_at_once_and_are_not_said_to_land_together() {
    let takes = ["--variants", "3", "--scope", "small", "Add a login form"];
    let told = split(&shop(), &takes).ok();
    assert!(
        told.contains("Run 3 takes, 3 at once: about 8.2 min instead of 15.0"),
        "{told}"
    );
    assert!(told.contains("5.0 min a take"), "{told}");
    assert!(told.contains("one of them is merged"), "{told}");
    assert!(!told.contains("landed all or none"), "{told}");
    assert!(!told.contains("no files are declared"), "{told}");
}

#[test]
fn force_plans_all_the_same() {
    let repo = shop();
    let plan = split(
        &repo,
        &[
            "-f",
            "--scope",
            "small",
            "fix auth, billing and search",
            "--json",
        ],
    )
    .json(0);
    assert_eq!((&plan["worth"], plans(&repo)), (&false.into(), 1));
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(3));
}

#[test]
fn parts_about_the_same_files_are_one_task_and_it_is_said() {
    let repo = shop();
    let goal = "Do:\n- improve invoice.rs of billing\n- improve billing in invoice.rs\n- improve ranking.rs of search\n";
    let plan = split(&repo, &["-f", goal, "--json"]).json(0);
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(2));
    let codes: Vec<&str> = plan["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .filter_map(|problem| problem["code"].as_str())
        .collect();
    assert!(
        codes.contains(&"parts-joined") && codes.contains(&"few-tasks"),
        "{codes:?}"
    );
}

#[test]
fn what_follows_waits_for_what_it_follows() {
    let repo = shop();
    let goal = "Improve the invoice, then document the ranking, and test the template";
    let plan = split(&repo, &["-f", goal, "--json"]).json(0);
    assert_eq!(plan["tasks"][1]["depends"], serde_json::json!(["T001"]));
    assert_eq!(plan["tasks"][2]["depends"], serde_json::json!([]));
}

#[test]
fn a_forecast_is_written_to_the_task_file_as_one_and_read_back() {
    let repo = shop();
    let goal = "refactor auth, billing and search";
    split(&repo, &[goal, "-o", "plan.md"]).ok();
    assert!(
        repo.read("plan.md").contains("**Likely files**: src/auth/"),
        "{}",
        repo.read("plan.md")
    );
    let again = split(&repo, &["plan.md", "--json"]).json(0);
    let first: Value =
        serde_json::from_str(&repo.read(".git/parallel/plans/p1.json")).expect("JSON");
    assert_eq!(again["kind"], "tasks");
    for key in [
        "title", "prompt", "files", "foreseen", "depends", "success", "name",
    ] {
        for task in 0..3 {
            assert_eq!(
                again["tasks"][task][key], first["tasks"][task][key],
                "{key}"
            );
        }
    }
    repo.parallel(["check", "--plan", "plan.md"]).ok();
}

#[test]
fn run_takes_a_goal_and_does_not_divide_what_is_not_worth_it() {
    let repo = shop();
    let answer = repo
        .parallel([
            "run",
            "Rename bounce in src/mail/bounce.rs",
            "--json",
            "--exec",
        ])
        .args(["echo x >>src/mail/bounce.rs"])
        .code(0)
        .says("One session for all of it")
        .json();
    assert_eq!(answer["tasks"].as_array().map(Vec::len), Some(1));
    let answer = repo
        .parallel([
            "run",
            "refactor auth, billing and search",
            "--json",
            "--exec",
        ])
        .args(["echo x >$GIT_PARALLEL_NAME.txt"])
        .json(0);
    assert_eq!(answer["tasks"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        answer["tasks"][0]["outcome"], "done",
        "files beside the forecast are no fault"
    );
}

#[test]
fn goals_in_other_scripts_and_repositories_with_next_to_nothing_get_sensible_answers() {
    let one_file = Repo::new();
    split(&one_file, &["Improve the README"])
        .code(1)
        .answers("one file, README.md");
    let plan = split(&one_file, &["-f", "重构认证、日志和数据库模块", "--json"]).json(0);
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(3));
    assert_eq!(plan["tasks"][0]["name"], "t001");
    split(&Repo::unborn(), &["Improve the README"])
        .code(3)
        .says("commit");
    let shop = shop();
    for goal in ["🚀 ✨", "حسّن تسجيل الدخول", "ปรับปรุงระบบ", "улучшить вход"]
    {
        split(&shop, &[goal])
            .code(1)
            .answers("no file has anything to do with these words");
    }
    let bare = Repo::new();
    bare.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    split(&bare, &["Improve the README"])
        .dir(&bare.around().join("bare.git"))
        .code(1)
        .answers("one file, README.md");
}

#[test]
fn a_list_is_a_goal_although_it_begins_with_a_dash() {
    let repo = shop();
    let goal = "- remember the login session\n- rank what a query finds";
    let plan = split(&repo, &[goal, "--json", "--dry-run", "--force"]).json(0);
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(2), "{plan:#}");
    assert!(
        !plan["goal"].as_str().expect("a goal").starts_with(' '),
        "{plan:#}"
    );
    // What is no list is still read as flags.
    split(&repo, &["--forse", goal]).code(2).says("--forse");
}

#[test]
fn a_goal_without_words_is_none() {
    let repo = Repo::new();
    for words in [
        &["split", ""][..],
        &["run", " \n"],
        &["analyze", "--goal", ""],
    ] {
        repo.parallel(words)
            .code(2)
            .says("there are no words in it");
    }
}

#[test]
fn a_file_that_the_goal_names_is_what_it_is_about() {
    let repo = shop();
    for guide in ["typo", "login", "fix"] {
        let words = "how to fix a typo in auth login\n".repeat(20);
        repo.file(&format!("docs/{guide}.md"), &words);
    }
    repo.commit("Explain how to fix a typo in login");
    repo.file("old/src/auth/login.rs", "fn password_of_auth() {}\n");
    repo.commit("Keep the old login for a while");
    let goal = "Fix a typo in src/auth/login.rs:12";
    split(&repo, &[goal])
        .code(1)
        .answers("in one file, src/auth/login.rs");
    let plan = split(&repo, &["-f", "Fix a typo in login.rs", "--json"]).json(0);
    let files: Vec<&str> = (0..plan["tasks"].as_array().map_or(0, Vec::len))
        .flat_map(|task| modified(&plan, task))
        .collect();
    assert!(
        files.iter().all(|file| file.ends_with("login.rs")),
        "{files:?}"
    );
}

#[test]
fn the_commands_to_paste_hold_all_of_the_goal() {
    let repo = shop();
    let goal = "Something is odd. It is in src/mail/bounce.rs and nowhere else";
    split(&repo, &[goal])
        .code(1)
        .answers(&format!("git parallel run '{goal}'"))
        .answers(&format!("git parallel split --force '{goal}'"));
    let long = format!("{goal}. {}", "Mind who calls it. ".repeat(40));
    split(&repo, &[&long])
        .code(1)
        .answers("from a FILE")
        .answers("git parallel run \"$(cat FILE)\"");
}

#[test]
fn a_goal_of_one_word_can_be_run_as_it_is_said() {
    let repo = shop();
    split(&repo, &["重写bounce"])
        .code(1)
        .answers("git parallel run 重写bounce");
    let run = ["run", "重写bounce", "--dry-run", "--exec", "true"];
    repo.parallel(run)
        .code(0)
        .answers("1 task would run, 1 at once");
    split(&repo, &["zzyzx"])
        .code(1)
        .answers("git parallel run --tasks zzyzx");
}

#[test]
fn the_name_of_a_file_that_is_not_there_is_no_goal() {
    let repo = shop();
    split(&repo, &["missing.md"])
        .code(3)
        .says("cannot read missing.md");
    split(&repo, &["src/mail/gone.rs"])
        .code(2)
        .says("src/mail/gone.rs is no task file here, and no goal in words")
        .says("git parallel split 'WHAT TO REACH in src/mail/gone.rs'");
}

#[test]
fn files_that_no_task_file_can_name_are_left_out() {
    let repo = shop();
    for odd in ["src/mail/odd\nline.rs", "src/mail/odd`tick.rs"] {
        repo.file(odd, "fn odd_thing() {}\n");
    }
    repo.commit("Add odd things");
    let plan = split(&repo, &["-f", "Change the odd thing of bounce", "--json"]).json(0);
    let tasks = plan["tasks"].as_array().expect("tasks");
    for task in 0..tasks.len() {
        let files = modified(&plan, task);
        assert!(!files.iter().any(|file| file.contains("odd")), "{files:?}");
    }
}

#[test]
fn nothing_is_said_of_guessed_files_where_none_was_guessed() {
    let repo = Repo::new();
    let told = split(&repo, &["Add xyzzy, plugh and frotz"]).ok();
    assert!(!told.contains("guessed files"), "{told}");
    assert!(told.contains("low as far as files are declared"), "{told}");
}

#[test]
fn a_task_of_documents_alone_is_not_checked_by_the_tests() {
    let repo = shop();
    for (file, words) in [
        ("manual", "manual of payment"),
        ("guide", "guide to search"),
    ] {
        repo.file(&format!("docs/{file}.md"), &format!("{words}\n").repeat(9));
        repo.commit(&format!("Write the {words}"));
    }
    let goal = "Improve the code of bounce.rs in mail, and rewrite docs/guide.md";
    let plan = split(&repo, &["-f", goal, "--json"]).json(0);
    assert_eq!(modified(&plan, 1), ["docs/guide.md"]);
    assert_eq!(plan["tasks"][1]["success"], Value::Null);
    assert_ne!(plan["tasks"][0]["success"], Value::Null);
}

#[test]
fn a_readme_that_speaks_of_everything_makes_no_vague_goal_clear() {
    let repo = Repo::unborn();
    for number in 0..20 {
        let path = format!("src/part{number}/work{number}.rs");
        repo.file(
            &path,
            &format!("// A better way.\nfn work{number}() {{}}\n"),
        );
    }
    for round in 1..9 {
        let praise = "better, better, and better: as good as it gets\n".repeat(round);
        repo.file("README.md", &praise).commit("A better readme");
    }
    split(&repo, &["Make it better"])
        .code(1)
        .answers("its words do not tell which files it is about");
}

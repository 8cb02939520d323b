//! `git parallel analyze`: what a repository is made of.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;

use serde_json::Value;

use crate::support::Repo;

/// Three modules with a few files each; `api` and `db` always change together.
fn three_modules() -> Repo {
    let repo = Repo::new();
    for module in ["api", "db", "ui"] {
        for file in ["a", "b", "c", "d", "e"] {
            let body = format!("fn {module}_{file}() {{\n\n    work();\n}}\n");
            repo.file(&format!("{module}/{file}.rs"), &body);
        }
    }
    repo.file("Cargo.lock", "# @generated\n")
        .file("README.md", "# Words\n")
        .file("logo.png", "\u{89}PNG\0\0")
        .commit("Start");
    for number in 0..5 {
        let body = format!("fn changed() {{ {number} }}\n");
        repo.file("api/a.rs", &body)
            .file("db/a.rs", &body)
            .commit("Change both");
        repo.file("ui/a.rs", &body).commit("Change one");
    }
    repo
}

#[test]
fn modules_and_the_splits_that_they_allow_fit_on_one_screen() {
    let repo = three_modules();
    let told = repo.parallel(["analyze"]).env("COLUMNS", "80").ok();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() <= 40, "{told}");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{told}"
    );
    assert!(lines[1].starts_with("main at "), "{told}");
    assert!(lines[1].ends_with(" 12 changes on its mainline"), "{told}");
    for expected in [
        "the structure allows 2 splits",
        "     6  api/a.rs",
        "    6 of 6  api/a.rs + db/a.rs",
        "  lock files: Cargo.lock",
        "0 of 15 worktrees exist, 0 of 8 sessions are at work",
    ] {
        assert!(told.contains(expected), "no '{expected}' in:\n{told}");
    }
}

#[test]
fn a_repository_of_one_file_is_told_in_words_a_person_uses() {
    let repo = Repo::unborn();
    repo.file("main.rs", "fn main() {}\n");
    repo.commit("Start");
    repo.parallel(["analyze"])
        .code(0)
        .answers("(top folder)")
        .answers("(1 line)")
        .answers("1 change stays in one module)");
}

#[test]
fn the_document_counts_what_is_there() {
    let repo = three_modules();
    let answer = repo.parallel(["analyze", "--json"]).json(0);
    assert_eq!(answer["codebase"]["files"], 18);
    let rust = &answer["codebase"]["languages"][0];
    assert_eq!(
        (&rust["name"], &rust["files"]),
        (&"Rust".into(), &15.into())
    );
    // Twelve files of three lines that are not blank, three of one.
    assert_eq!(rust["lines"], 39);
    let places = serde_json::json!([["api", "db"], ["ui"]]);
    assert_eq!(answer["splits"]["places"], places);
    assert_eq!(answer["history"]["seen"], 11);
    assert_eq!(
        answer["patterns"]["lock_files"],
        serde_json::json!(["Cargo.lock"])
    );
}

#[test]
fn only_the_paths_that_were_named_count() {
    let repo = three_modules();
    let answer = repo
        .parallel(["analyze", "--json", "ui", "db/a.rs"])
        .json(0);
    assert_eq!(answer["codebase"]["files"], 6);
    repo.parallel(["analyze", "nowhere"])
        .code(3)
        .says("no file of the current commit is in nowhere");
}

#[test]
fn the_root_however_it_is_named_is_everything() {
    let repo = three_modules();
    let files = |path: &str, folder: &str| {
        let folder = repo.path().join(folder);
        let call = repo.parallel(["analyze", "--json", path]).dir(&folder);
        call.json(0)["codebase"]["files"].clone()
    };
    for path in [".", "./", ":/", "api/.."] {
        assert_eq!(files(path, ""), 18, "{path}");
    }
    assert_eq!(files("..", "api"), 18);
    assert_eq!(files(".", "api"), 5);
    let but = ["analyze", "--json", ".", ":!api"];
    assert_eq!(repo.parallel(but).json(0)["codebase"]["files"], 13);
}

#[test]
fn a_merged_branch_is_one_change() {
    let repo = three_modules();
    repo.branch("side", "main", &[("ui/b.rs", "fn one() {}\n")]);
    repo.git(["merge", "--quiet", "--no-ff", "-m", "Merge side", "side"]);
    let answer = repo.parallel(["analyze", "--json"]).json(0);
    assert_eq!(answer["history"]["changes"], 13);
}

#[test]
fn a_repository_with_little_in_it_is_described_all_the_same() {
    let unborn = Repo::unborn();
    unborn
        .parallel(["analyze"])
        .code(3)
        .says("has no commit yet");
    let small = Repo::new();
    let told = small.parallel(["analyze"]).ok();
    assert!(told.contains("the structure allows 1 split: "), "{told}");
    small.git(["checkout", "--quiet", "--detach"]);
    assert!(small.parallel(["analyze", "--json"]).json(0)["branch"].is_null());
}

#[test]
fn a_shallow_clone_is_read_as_far_as_it_goes() {
    let repo = three_modules();
    let clone = repo.around().join("shallow");
    let origin = format!("file://{}", repo.path().display());
    let clone_text = clone.to_string_lossy();
    repo.git(["clone", "--quiet", "--depth", "4", &origin, &clone_text]);
    let answer = repo.parallel(["analyze", "--json"]).dir(&clone).json(0);
    assert_eq!(answer["history"]["changes"], 3);
}

#[test]
fn nothing_is_written() {
    let repo = three_modules();
    let before = repo.everything();
    repo.parallel(["analyze"]).ok();
    assert_eq!(repo.everything(), before);
}

/// A project with a past: who touched what, and what they said.
fn with_a_past() -> Repo {
    let repo = Repo::new();
    repo.file("src/http/client.rs", "pub fn send_request(url: &str) {}\n")
        .file("src/http/retry.rs", "pub fn back_off(attempt: u32) {}\n")
        .file("src/store/journal.rs", "pub struct JournalWriter;\n")
        .file("src/ui/table.rs", "pub fn draw_table() {}\n")
        .file("docs/guide.md", "How to send a request.\n")
        .commit("Start");
    repo.file("src/ui/table.rs", "pub fn draw_table() { wide() }\n")
        .commit("Show emoji in their true width");
    repo
}

#[test]
fn the_files_of_a_goal_are_found_by_name_by_content_and_by_the_past() {
    let repo = with_a_past();
    let first = |goal: &str| {
        let answer = repo.parallel(["analyze", "--json", "--goal", goal]).json(0);
        let path = answer["files"][0]["path"].as_str();
        path.unwrap_or_default().to_owned()
    };
    for (goal, file) in [
        ("Retry what failed", "src/http/retry.rs"),
        ("Make JournalWriter flush", "src/store/journal.rs"),
        ("fix send_request", "src/http/client.rs"),
        ("reword docs/guide.md", "docs/guide.md"),
        // Only a past change speaks of these.
        ("wrong width of emoji", "src/ui/table.rs"),
    ] {
        assert_eq!(first(goal), file, "{goal}");
    }
}

#[test]
fn a_goal_that_no_file_knows_is_a_finding_and_paths_narrow_it_down() {
    let repo = with_a_past();
    repo.parallel(["analyze", "--goal", "zzz qqq"])
        .code(1)
        .answers("no file has anything to do with these words");
    let docs = ["analyze", "--goal", "send request", "docs"];
    let told = repo.parallel(docs).ok();
    assert!(told.contains("docs/guide.md"), "{told}");
    assert!(!told.contains("client.rs"), "{told}");
}

#[test]
fn what_was_worked_out_is_kept_goes_on_with_head_and_is_never_trusted() {
    let repo = three_modules();
    let ask = || {
        let ask = ["analyze", "--json", "--goal", "change api/a.rs and db/a.rs"];
        repo.parallel(ask).json(0)
    };
    let first = ask();
    assert_eq!(first["second_task"]["risk"], "high", "{first}");
    let cache = repo.path().join(".git/parallel/cache");
    let kept = ["collisions", "lines-2", "past", "scope"].map(|name| cache.join(name));
    let whole = kept
        .each_ref()
        .map(|path| std::fs::read(path).expect("what was kept"));
    assert_eq!(ask(), first);
    repo.file("api/a.rs", "fn other() {}\n")
        .commit("Change again");
    let went_on = ask();
    assert_ne!(went_on, first);
    for (path, whole) in kept.iter().zip(&whole) {
        for damage in [&whole[..whole.len() / 2], b"foreign", b""] {
            std::fs::write(path, damage).expect("damage");
            assert_eq!(ask(), went_on, "{}", path.display());
        }
    }
    // What belongs to another commit is gone on from or made anew.
    repo.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(ask(), first);
}

#[test]
fn two_that_work_it_out_at_once_are_not_in_each_others_way() {
    let repo = three_modules();
    let ask = || {
        let ask = ["analyze", "--json", "--goal", "change api/a.rs"];
        repo.parallel(ask).json(0)
    };
    let first = ask();
    std::fs::remove_dir_all(repo.path().join(".git/parallel/cache")).expect("a cache");
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        for answer in asked {
            assert_eq!(answer.join().expect("an answer"), first);
        }
    });
    assert_eq!(ask(), first);
}

#[test]
fn the_evaluation_counts_what_would_have_conflicted() {
    let repo = three_modules();
    let answer = repo.parallel(["analyze", "--evaluate", "--json"]).json(0);
    // The later half: three joint changes and three alone, each in the same line as before.
    assert_eq!(answer["changes"], 12);
    assert!(answer["positives"].as_u64() >= Some(4), "{answer}");
    let told = repo
        .parallel(["analyze", "--evaluate"])
        .env("COLUMNS", "80")
        .ok();
    assert!(told.contains("of the conflicts foretold"), "{told}");
    assert!(
        told.lines().all(|line| line.chars().count() <= 80),
        "{told}"
    );
    let small = Repo::new();
    let told = small.parallel(["analyze", "--evaluate"]).ok();
    assert!(
        told.starts_with("the past has too little to tell"),
        "{told}"
    );
}

#[test]
fn of_long_paths_the_ends_are_shown() {
    let repo = Repo::new();
    let folder = "source/very/deep/down/in/the/tree/of/components/and/their/parts";
    let (one, other) = (format!("{folder}/alpha.rs"), format!("{folder}/omega.rs"));
    for round in 0..6 {
        let body = format!("fn round() {{ {round} }}\n");
        repo.file(&one, &body)
            .file(&other, &body)
            .commit("Change both");
    }
    let told = repo.parallel(["analyze"]).env("COLUMNS", "80").ok();
    let pair = told
        .lines()
        .find(|line| line.contains(" + ") && line.contains("6 of 6"));
    let pair = pair.expect("the pair");
    assert!(
        pair.contains("/alpha.rs + ") && pair.ends_with("/omega.rs"),
        "{told}"
    );
    assert!(
        told.lines().all(|line| line.chars().count() <= 80),
        "{told}"
    );
}

#[test]
fn changes_of_tests_count_for_the_module_that_they_are() {
    let repo = Repo::new();
    for file in ["a", "b", "c", "d", "e", "f"] {
        repo.file(&format!("src/{file}.rs"), "fn a() {}\n");
        repo.file(&format!("tests/{file}.rs"), "fn a() {}\n");
    }
    repo.file("Cargo.toml", "[package]\n").commit("Start");
    for round in 0..4 {
        let body = format!("fn a() {{ {round} }}\n");
        repo.file("src/a.rs", &body).file("tests/a.rs", &body);
        repo.commit("Change a with its test");
    }
    let answer = repo.parallel(["analyze", "--json"]).json(0);
    let changes = |folder: &str| {
        let modules = answer["modules"].as_array().expect("modules");
        let module = modules.iter().find(|module| module["folder"] == folder);
        module.expect("the module")["changes"].as_u64()
    };
    assert_eq!(changes("tests"), changes("src"), "{answer}");
    assert_eq!(changes("tests"), answer["history"]["looked_at"].as_u64());
}

#[test]
fn a_shallow_clone_is_said_to_be_one() {
    let repo = three_modules();
    let clone = repo.path().join("shallow");
    let from = format!("file://{}", repo.path().display());
    repo.git(["clone", "-q", "--depth", "1", &from, "shallow"]);
    let told = repo.parallel(["analyze"]).dir(&clone).ok();
    assert!(told.contains("cut in this shallow clone"), "{told}");
    let told = repo.parallel(["analyze"]).ok();
    assert!(!told.contains("shallow"), "{told}");
}

#[test]
fn a_module_is_called_by_its_folder_where_only_that_is_looked_at() {
    let repo = three_modules();
    let answer = repo.parallel(["analyze", "api", "--json"]).json(0);
    assert_eq!(answer["modules"][0]["folder"], "api", "{answer}");
    let told = repo.parallel(["analyze", "api"]).ok();
    assert!(!told.contains("(top folder)"), "{told}");
}

#[test]
fn a_path_that_is_not_utf8_is_counted_and_given_exactly() {
    let repo = Repo::new();
    let path = repo.path().join(OsString::from_vec(b"caf\xe9.rs".to_vec()));
    for number in 0..6 {
        let body = format!("fn brew_espresso() {{ {number} }}\n");
        fs::write(&path, &body).expect("a file");
        repo.file("cup.rs", &body).commit("Brew the espresso");
    }
    let exact = Value::from("Y2Fm6S5ycw==");
    let told = |list: &Value| {
        let files = list.as_array().expect("a list");
        let mut odd = files.iter().filter(|file| file["path"] == "caf\u{fffd}.rs");
        let one = odd.next().expect("the file").clone();
        let plain = files.iter().filter(|file| file["path"] == "cup.rs");
        assert!(plain.clone().all(|file| file.get("path_base64").is_none()));
        assert_eq!((odd.count(), plain.count()), (0, 1), "{list}");
        one
    };
    let survey = repo.parallel(["analyze", "--json"]).json(0);
    let hot = told(&survey["hot_files"]);
    assert_eq!((&hot["path_base64"], &hot["changes"]), (&exact, &6.into()));
    let pair = &survey["change_together"][0];
    assert_eq!((&pair["a_base64"], &pair["b"]), (&exact, &"cup.rs".into()));
    let goal = repo
        .parallel(["analyze", "--goal", "brew espresso", "--json"])
        .json(0);
    assert_eq!(told(&goal["files"])["path_base64"], exact);
    assert_eq!(goal["companions"][0]["path_base64"], exact);
}

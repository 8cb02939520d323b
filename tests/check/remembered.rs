//! What `check` remembers between calls: it is quicker for it, and never says anything else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::Repo;

fn cache(repo: &Repo) -> PathBuf {
    repo.path().join(".git/parallel/cache")
}

/// The answers of a call with the cache, and of one without.
fn answers(repo: &Repo) -> (String, String) {
    let ask = || repo.parallel(["check", "--branches", "--json"]).run();
    let with = ask();
    let kept = repo.around().join("kept");
    if cache(repo).exists() {
        fs::rename(cache(repo), &kept).expect("a cache to move aside");
    }
    let without = ask();
    let _ = fs::remove_dir_all(cache(repo));
    if kept.exists() {
        fs::rename(&kept, cache(repo)).expect("a cache to move back");
    }
    (with.stdout, without.stdout)
}

/// Insists that a call with the cache answers as one without; returns that.
#[track_caller]
fn same(repo: &Repo) -> String {
    let (with, without) = answers(repo);
    assert_eq!(with, without);
    with
}

/// Fills the cache, changes something, and insists that the answer changes as it does without.
#[track_caller]
fn noticed(repo: &Repo, change: impl FnOnce(&Repo)) {
    let before = same(repo);
    assert!(cache(repo).join("answers").exists(), "nothing was kept");
    assert_eq!(same(repo), before);
    change(repo);
    assert_ne!(same(repo), before, "the change decides nothing");
}

/// Two branches that change one line of a file in a folder, and that end in different ways.
fn contested() -> Repo {
    let repo = Repo::new();
    repo.file("src/list", "one\ntwo\nthree\n").commit("List");
    repo.branch("left", "main", &[("src/list", "one\nleft\nthree\n")]);
    repo.branch("right", "main", &[("src/list", "one\nright\nthree\n")]);
    repo
}

#[test]
fn a_branch_that_moved_is_looked_at_anew_and_the_others_are_remembered() {
    let repo = contested();
    repo.branch("apart", "main", &[("other", "text\n")]);
    noticed(&repo, |repo| {
        repo.git(["checkout", "--quiet", "left"]);
        repo.file("src/list", "one\nright\nthree\n").commit("Agree");
        repo.git(["checkout", "--quiet", "main"]);
    });
}

#[test]
fn what_is_configured_about_merging_is_part_of_the_question() {
    noticed(&contested(), |repo| {
        repo.git(["config", "merge.default", "union"]);
    });
    noticed(&contested(), |repo| {
        let file = repo.home().join(".gitconfig");
        let text = fs::read_to_string(&file).expect("a configuration");
        fs::write(file, text + "[merge]\n\tdefault = union\n").expect("a file");
    });
    noticed(&contested(), |repo| {
        let more = repo.around().join("more");
        fs::write(&more, "[merge]\n\tdefault = union\n").expect("a file");
        repo.git(["config", "include.path", &more.to_string_lossy()]);
    });
}

#[test]
fn what_is_configured_for_one_call_holds_for_that_call_alone() {
    let repo = contested();
    let conflict = same(&repo);
    let configured = || {
        let call = repo.parallel(["check", "--branches"]);
        call.env("GIT_CONFIG_PARAMETERS", "'merge.default'='union'")
            .code(0);
    };
    configured();
    assert_eq!(same(&repo), conflict);
    configured();
}

#[test]
fn attributes_are_part_of_the_question_wherever_they_are_given() {
    let union = "list merge=union\n";
    noticed(&contested(), |repo| {
        repo.file(".gitattributes", union);
    });
    noticed(&contested(), |repo| {
        repo.file("src/.gitattributes", union);
    });
    noticed(&contested(), |repo| {
        fs::create_dir_all(repo.path().join(".git/info")).expect("a folder");
        fs::write(repo.path().join(".git/info/attributes"), union).expect("a file");
    });
    noticed(&contested(), |repo| {
        let folder = repo.home().join(".config/git");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("attributes"), union).expect("a file");
    });
    let configured = contested();
    let file = configured.around().join("attributes");
    fs::write(&file, "").expect("a file");
    configured.git(["config", "core.attributesFile", &file.to_string_lossy()]);
    noticed(&configured, |_| fs::write(&file, union).expect("a file"));
}

#[test]
fn attributes_that_come_to_a_merge_proven_by_its_lines_are_noticed() {
    let repo = Repo::new();
    let lines: Vec<String> = (0..60).map(|line| format!("line {line}\n")).collect();
    repo.file("list", &lines.concat()).commit("List");
    for at in 0..6 {
        let mut edited = lines.clone();
        edited[at * 10] = format!("edited by {at}\n");
        repo.branch(&format!("b{at}"), "main", &[("list", &edited.concat())]);
    }
    assert!(same(&repo).contains("\"verdict\": \"clean\""));
    noticed(&repo, |repo| {
        repo.file(".gitattributes", "list -merge\n");
    });
}

#[test]
fn a_merge_driver_is_asked_each_time() {
    let repo = contested();
    repo.git(["config", "merge.mine.driver", "sh ../driver %A"]);
    repo.file(".gitattributes", "list merge=mine\n");
    let driver = repo.around().join("driver");
    fs::write(&driver, "exit 1\n").expect("a file");
    let before = same(&repo);
    fs::write(&driver, "exit 0\n").expect("a file");
    assert_ne!(same(&repo), before);
}

#[test]
fn a_commit_that_is_replaced_by_another_is_another() {
    noticed(&contested(), |repo| {
        repo.branch("spare", "main", &[("elsewhere", "text\n")]);
        repo.git(["replace", "right", "spare"]);
        repo.git(["branch", "--quiet", "-D", "spare"]);
    });
}

#[test]
fn the_files_of_a_remembered_conflict_are_there_to_be_shown() {
    // Both rename the file, differently, and edit it: git merges the text first, and the conflict
    // is about a file that only that merge made.
    let repo = Repo::new();
    let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
    repo.file("old", &text).commit("File");
    for (name, line) in [("left", "line 3\n"), ("right", "line 20\n")] {
        repo.git(["checkout", "--quiet", "-b", name, "main"]);
        repo.git(["mv", "old", name]);
        repo.file(name, &text.replace(line, "edited\n"))
            .commit("Move");
    }
    repo.git(["checkout", "--quiet", "main"]);
    same(&repo);
    let patch = || repo.parallel(["check", "left", "right", "--patch"]).code(1);
    let with = patch();
    fs::remove_dir_all(cache(&repo)).expect("a cache");
    let without = patch();
    assert_eq!(with.stdout, without.stdout);
}

#[test]
fn a_damaged_cache_is_ignored_and_mended() {
    let repo = contested();
    let answer = same(&repo);
    let file = cache(&repo).join("answers");
    let whole = fs::read(&file).expect("a cache");
    for at in (0..whole.len()).step_by(whole.len() / 23 + 1) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        fs::write(&file, &damaged[..whole.len() - at / 3]).expect("a file");
        assert_eq!(same(&repo), answer, "damaged at {at}");
    }
}

#[test]
fn a_repository_that_cannot_be_written_is_checked_all_the_same() {
    let repo = contested();
    let answer = same(&repo);
    fs::remove_dir_all(repo.path().join(".git/parallel")).expect("a folder");
    // What is a file cannot become a folder, whoever tries: root may write everywhere else.
    fs::write(repo.path().join(".git/parallel"), "").expect("a file");
    let ended = repo.parallel(["check", "--branches", "--json"]).code(1);
    assert_eq!(ended.stdout, answer);
    assert_eq!(
        ended
            .stderr
            .lines()
            .filter(|line| line.contains("cache"))
            .count(),
        0
    );
    fs::remove_file(repo.path().join(".git/parallel")).expect("a file");
    let git_dir = repo.path().join(".git");
    fs::set_permissions(&git_dir, fs::Permissions::from_mode(0o555)).expect("permissions");
    let ended = repo.parallel(["check", "--branches", "--json"]).code(1);
    fs::set_permissions(&git_dir, fs::Permissions::from_mode(0o755)).expect("permissions");
    assert_eq!(ended.stdout, answer);
}

#[test]
fn several_calls_at_once_share_the_cache_in_peace() {
    let repo = contested();
    for at in 0..8 {
        let name = format!("more{at}");
        repo.branch(
            &name,
            "main",
            &[("src/list", &format!("one\n{at}\nthree\n"))],
        );
    }
    let calls: Vec<_> = (0..6)
        .map(|_| repo.parallel(["check", "--branches", "--json"]).spawn())
        .collect();
    for call in calls {
        let output = call.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(1));
    }
    same(&repo);
}

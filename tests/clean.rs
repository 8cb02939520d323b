//! `git parallel clean`: what is safely elsewhere goes, and nothing else does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::support::{Ended, Journal, Repo};

/// A run of one task, `one`, done and landed, with a clean worktree.
struct Scene {
    repo: Repo,
    journal: Journal,
}

impl Scene {
    fn landed() -> Self {
        let scene = Self::done();
        scene.repo.parallel(["merge"]).code(0);
        scene
    }

    fn done() -> Self {
        let repo = Repo::new();
        repo.file(".gitignore", "*.log\n.env\ntarget/\n")
            .commit("Ignore");
        let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[])]);
        repo.branch("parallel/one", "main", &[("one", "x\n")]);
        let tree = repo.around().join("project-one");
        journal.event(
            "worktree-planned",
            json!({"task": "T001", "branch": "parallel/one", "path": tree,
                   "base": repo.git(["rev-parse", "main"])}),
        );
        let words = "git-parallel r1/T001";
        let add = ["worktree", "add", "--quiet", "--lock", "--reason", words];
        let path = tree.to_string_lossy().into_owned();
        repo.git([&add[..], &[&path, "parallel/one"]].concat());
        let tip = repo.git(["rev-parse", "parallel/one"]);
        journal.finishes(1, "done", Some(&tip)).over("done");
        repo.file(".git/info/exclude", "/.parallel/\n");
        Self { repo, journal }
    }

    fn tree(&self) -> PathBuf {
        self.repo.around().join("project-one")
    }

    fn in_tree(&self, args: &[&str]) -> String {
        self.repo.git_at(&self.tree(), args)
    }

    /// What was exchanged with the task's agents and is kept with the run.
    fn exchanges(&self) -> Vec<String> {
        let run = self.repo.path().join(".git/parallel/runs/r1/T001");
        let kept = fs::read_dir(run).expect("a folder");
        let files = kept.map(|entry| entry.expect("an entry").path().join("outbox.json"));
        let mut texts: Vec<String> = files
            .map(|file| fs::read_to_string(file).expect("a file"))
            .collect();
        texts.sort();
        texts
    }

    #[track_caller]
    fn clean(&self, code: i32) -> Ended {
        self.repo.parallel(["clean"]).code(code)
    }

    /// Insists that clean refuses for this reason and that all is where it was; then that -f moves
    /// it to the trash. Returns the trash.
    #[track_caller]
    fn keeps(&self, why: &str) -> PathBuf {
        self.clean(4)
            .answers(why)
            .says("kept, to lose nothing: one");
        assert!(self.tree().join("one").exists());
        assert!(self.branch_exists());
        let answer = self.repo.parallel(["clean", "-f", "--json"]).json(0);
        assert!(!self.tree().exists() && !self.branch_exists());
        PathBuf::from(
            answer["tasks"][0]["trash"]
                .as_str()
                .expect("a folder in the trash"),
        )
    }

    fn branch_exists(&self) -> bool {
        !self
            .repo
            .git(["branch", "--list", "parallel/one"])
            .is_empty()
    }

    /// A commit in the refs' trash.
    #[track_caller]
    fn trashed(&self, what: &str) -> String {
        let refs = self.repo.git([
            "for-each-ref",
            "--format=%(refname)",
            "refs/parallel/trash/r1/T001",
        ]);
        let name = refs
            .lines()
            .find(|name| name.ends_with(what))
            .unwrap_or_else(|| panic!("{refs}"));
        name.to_owned()
    }
}

#[test]
fn the_trash_is_emptied_on_demand_alone_and_undo_says_so() {
    let scene = Scene::landed();
    scene.repo.file_at(&scene.tree(), ".env", "SECRET=1\n");
    let trash = scene.keeps("ignored, nowhere else: .env");
    let refs = || scene.repo.git(["for-each-ref", "refs/parallel/trash"]);
    assert!(!refs().is_empty());
    // What is younger stays, and a dry run takes nothing.
    let empty = |more: &[&str]| {
        let call = scene.repo.parallel(["clean", "--empty-trash"]);
        call.args(more).code(0)
    };
    empty(&["--older-than", "1h"]).answers("nothing in the trash");
    empty(&["-n"]).answers("1 worktree").answers("would go");
    assert!(trash.join(".env").exists());
    empty(&[]).answers("gone for good");
    assert!(!trash.exists() && refs().is_empty());
    assert!(no_trash(scene.repo.around()));
    empty(&[]).answers("nothing in the trash");
    scene
        .repo
        .parallel(["undo"])
        .code(4)
        .says("was emptied out of the trash");
    scene.repo.parallel(["clean", "--older-than", "1h"]).code(2);
}

#[test]
fn a_trash_that_has_grown_large_is_told_with_what_helps() {
    let scene = Scene::landed();
    let large = fs::File::create(scene.tree().join(".env")).expect("a file");
    large.set_len(1 << 31).expect("a file of nothing");
    let told = "the trash holds 2.1 GB, the oldest for 0 days\n\
                next: git parallel clean --empty-trash -n\n";
    let clean = scene.repo.parallel(["clean", "-f", "--json"]).code(0);
    scene.repo.parallel(["status"]).code(0).says(told);
    let clean = clean.says(told).json();
    // Counted when it went there, and not by everybody who comes by.
    let waiting = clean["tasks"][0]["trash"].as_str().expect("a folder");
    let file = fs::File::create(Path::new(waiting).join(".env")).expect("a file");
    drop(file);
    scene.repo.parallel(["status"]).code(0).says(told);
    scene
        .repo
        .parallel(["doctor"])
        .code(1)
        .answers("2.1 GB of files")
        .answers("git parallel clean --empty-trash -n");
    scene.repo.parallel(["clean", "--empty-trash"]).code(0);
    let quiet = scene.repo.parallel(["status"]).code(0);
    assert!(!quiet.stderr.contains("trash"), "{}", quiet.stderr);
}

#[test]
fn emptying_the_trash_that_was_cut_short_is_finished_by_the_next_and_never_brought_back() {
    let scene = Scene::landed();
    scene.repo.file_at(&scene.tree(), ".env", "SECRET=1\n");
    let trash = scene.keeps("ignored, nowhere else: .env");
    // Killed while it deleted: half of it is gone.
    let name = trash.file_name().expect("a name").to_string_lossy();
    let doomed = trash.with_file_name(format!("given-up-{name}"));
    fs::rename(&trash, &doomed).expect("a rename");
    fs::remove_file(doomed.join("one")).expect("a removal");
    scene
        .repo
        .parallel(["undo"])
        .code(4)
        .says("no longer in the trash");
    assert!(!scene.tree().exists());
    scene
        .repo
        .parallel(["doctor"])
        .code(1)
        .answers("not deleted to its end");
    scene.repo.parallel(["doctor", "--fix"]).code(0);
    assert!(!doomed.exists());
}

/// Fills the worktree of a scene with more files than are deleted while somebody waits.
fn fill(scene: &Scene) {
    let folder = scene.tree().join("target");
    fs::create_dir_all(&folder).expect("a folder");
    for number in 0..2500 {
        fs::write(folder.join(number.to_string()), "").expect("a file");
    }
}

/// Waits until somebody in the background has done this.
#[track_caller]
fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn much_is_deleted_in_the_background_and_bears_a_name_that_says_so() {
    let scene = Scene::landed();
    fill(&scene);
    let trash = scene.keeps("ignored, nowhere else: target/");
    // As if another were at it already: whoever is started now leaves it to that one.
    let lock = scene.repo.path().join(".git/parallel/disposal.lock");
    let held = fs::File::create(&lock).expect("a lock");
    held.lock().expect("a lock");
    scene
        .repo
        .parallel(["clean", "--empty-trash"])
        .code(0)
        .answers("gone for good")
        .says("their files are being deleted in the background");
    let name = trash.file_name().expect("a name").to_string_lossy();
    let doomed = trash.with_file_name(format!("given-up-{name}"));
    assert!(doomed.exists() && !trash.exists());
    scene
        .repo
        .parallel(["doctor"])
        .code(0)
        .answers("is being deleted in the background");
    scene
        .repo
        .parallel(["undo"])
        .code(4)
        .says("was emptied out of the trash");
    // That one was killed. A program that another test is just starting has all that was open here
    // for a moment, too.
    drop(held);
    let free = || fs::File::open(&lock).is_ok_and(|lock| lock.try_lock().is_ok());
    until("the lock is free", free);
    scene
        .repo
        .parallel(["doctor"])
        .code(1)
        .answers("was not deleted to its end");
    scene
        .repo
        .parallel(["doctor", "--fix"])
        .code(0)
        .answers("being deleted in the background");
    until("the trash is gone", || no_trash(scene.repo.around()));
    scene.repo.parallel(["doctor"]).code(0);
}

#[test]
fn a_large_worktree_that_landed_is_gone_at_once_for_everybody() {
    let scene = Scene::done();
    let folder = scene.tree().join("many");
    fs::create_dir_all(&folder).expect("a folder");
    for number in 0..2500 {
        fs::write(folder.join(number.to_string()), "").expect("a file");
    }
    scene.in_tree(&["add", "many"]);
    scene.in_tree(&["commit", "--quiet", "-m", "Many files"]);
    scene.repo.git(["merge", "--quiet", "parallel/one"]);
    let clean = scene.repo.parallel(["clean", "--json"]).json(0);
    assert_eq!(clean["deleting"], true, "{clean:#}");
    assert!(!scene.tree().exists() && !scene.branch_exists());
    // While that goes on it comes back whole, from its commit.
    scene.repo.parallel(["undo"]).code(0);
    until("the trash is gone", || no_trash(scene.repo.around()));
    assert!(scene.tree().join("many/2499").exists());
    assert_eq!(scene.in_tree(&["status", "--porcelain"]), "");
}

#[test]
fn several_who_delete_the_same_come_to_their_ends_and_take_nothing_else() {
    let scene = Scene::landed();
    fill(&scene);
    let trash = scene.keeps("ignored, nowhere else: target/");
    let beside = trash.with_file_name("mine");
    fs::create_dir_all(&beside).expect("a folder");
    let doomed = trash.with_file_name("given-up-project-one-7");
    fs::rename(&trash, &doomed).expect("a rename");
    let git_dir = scene.repo.path().join(".git");
    let delete = || {
        let call = scene.repo.parallel(["session", "dispose"]);
        call.args([&git_dir]).spawn()
    };
    let all: Vec<_> = (0..5).map(|_| delete()).collect();
    // One of them, whichever it is, may be killed: the next goes on.
    for (number, mut one) in all.into_iter().enumerate() {
        if number == 0 {
            let _ = one.kill();
            let _ = one.wait();
        } else {
            let ended = one.wait_with_output().expect("an end");
            assert!(ended.status.success(), "{ended:?}");
        }
    }
    let ended = delete().wait_with_output().expect("an end");
    assert!(ended.status.success(), "{ended:?}");
    assert!(beside.exists() && !doomed.exists());
}

#[test]
fn what_a_clean_up_had_no_time_to_delete_is_told_and_deleted_by_the_doctor() {
    let scene = Scene::landed();
    scene.clean(0);
    // Killed while it deleted: git knows nothing of it any more, and half of it is gone.
    let trash = scene.repo.around().join(".git-parallel-trash");
    let left = trash.join("disposable-project-one-7");
    fs::create_dir_all(&left).expect("a folder");
    fs::write(left.join("one"), "x\n").expect("a file");
    scene
        .repo
        .parallel(["doctor"])
        .code(1)
        .answers("not deleted to its end");
    scene.repo.parallel(["doctor", "--fix"]).code(0);
    assert!(no_trash(scene.repo.around()));
    scene.repo.parallel(["undo"]).code(0);
    assert!(scene.tree().join("one").exists());
}

#[test]
fn a_lock_of_another_git_is_waited_for_and_then_named_with_its_age() {
    for lock in ["packed-refs.lock", "refs/heads/parallel/one.lock"] {
        let scene = Scene::landed();
        scene.repo.git(["pack-refs", "--all"]);
        let path = scene.repo.path().join(".git").join(lock);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("a folder");
        fs::write(&path, "").expect("a lock");
        scene
            .clean(5)
            .says(&format!("another git has held {} for", path.display()));
        assert!(path.exists() && scene.branch_exists());
        // Held for a moment more, nobody notices.
        let clean = scene.repo.parallel(["clean"]).spawn();
        thread::sleep(Duration::from_millis(500));
        fs::remove_file(&path).expect("a removal");
        let ended = clean.wait_with_output().expect("an end");
        assert!(ended.status.success(), "{ended:?}");
        assert!(!scene.branch_exists());
    }
}

fn no_trash(folder: &Path) -> bool {
    !folder.join(".git-parallel-trash").exists()
}

#[test]
fn what_landed_goes_and_leaves_no_trace_but_its_commits() {
    let scene = Scene::landed();
    let tip = scene.repo.git(["rev-parse", "parallel/one"]);
    scene
        .repo
        .git(["update-ref", "refs/parallel/r1/base/T001", "main"]);
    let before = scene.repo.checkout_state();
    fs::create_dir_all(scene.tree().join(".parallel")).expect("a folder");
    scene
        .repo
        .file_at(&scene.tree(), ".parallel/outbox.json", "{}\n");
    scene
        .repo
        .parallel(["clean", "-n"])
        .code(0)
        .answers("1 worktree and 1 branch would go");
    assert!(scene.tree().exists() && scene.branch_exists());
    scene.clean(0).answers("1 worktree and 1 branch removed");
    assert!(!scene.tree().exists() && !scene.branch_exists());
    assert_eq!(scene.repo.git(["worktree", "list"]).lines().count(), 1);
    assert_eq!(scene.repo.git(["rev-parse", &scene.trashed("branch")]), tip);
    assert_eq!(scene.repo.git(["for-each-ref", "refs/parallel/r1"]), "");
    assert!(no_trash(scene.repo.around()));
    assert_eq!(scene.exchanges(), ["{}\n"]);
    assert_eq!(scene.repo.checkout_state(), before);
    scene.clean(0).answers("nothing to clean");
    scene
        .repo
        .parallel(["remove", "r1"])
        .code(0)
        .answers("nothing to clean");
}

#[test]
fn commits_that_did_not_land_are_kept() {
    let scene = Scene::done();
    let tip = scene.repo.git(["rev-parse", "parallel/one"]);
    scene.keeps("its commits are not on the target");
    assert_eq!(scene.repo.git(["rev-parse", &scene.trashed("branch")]), tip);
}

#[test]
fn squashed_work_has_landed_and_another_target_can_hold_it() {
    let scene = Scene::done();
    scene.repo.git(["branch", "release", "main"]);
    scene.repo.parallel(["merge", "--into", "release"]).code(0);
    scene.clean(4);
    scene
        .repo
        .parallel(["clean", "-n", "--into", "release"])
        .code(0);
    scene
        .repo
        .git(["merge", "--quiet", "--squash", "parallel/one"]);
    scene.repo.git(["commit", "--quiet", "-m", "Squash"]);
    scene.clean(0);
}

#[test]
fn changed_files_are_kept() {
    let scene = Scene::landed();
    scene.repo.file_at(&scene.tree(), "one", "unsaved\n");
    let trash = scene.keeps("uncommitted changes: one");
    assert_eq!(
        fs::read_to_string(trash.join("one")).expect("a file"),
        "unsaved\n"
    );
    assert_eq!(
        scene
            .repo
            .git(["show", &format!("{}:one", scene.trashed("work"))]),
        "unsaved"
    );
}

#[test]
fn staged_changes_are_kept() {
    let scene = Scene::landed();
    scene.repo.file_at(&scene.tree(), "one", "staged\n");
    scene.in_tree(&["add", "one"]);
    scene.repo.file_at(&scene.tree(), "one", "x\n");
    scene.keeps("uncommitted changes: one");
    let staged = format!("{}^2:one", scene.trashed("work"));
    assert_eq!(scene.repo.git(["show", &staged]), "staged");
}

#[test]
fn untracked_files_are_kept_whatever_the_configuration_says() {
    let scene = Scene::landed();
    scene
        .repo
        .git(["config", "status.showUntrackedFiles", "no"]);
    scene.repo.file_at(&scene.tree(), "notes", "x\n");
    assert!(scene.keeps("untracked: notes").join("notes").exists());
}

#[test]
fn ignored_files_are_kept() {
    let scene = Scene::landed();
    scene.repo.file_at(&scene.tree(), ".env", "SECRET=1\n");
    scene.repo.file_at(&scene.tree(), "target/data.db", "x\n");
    let trash = scene.keeps("ignored, nowhere else: .env, target/");
    assert!(trash.join(".env").exists() && trash.join("target/data.db").exists());
}

#[test]
fn edits_that_git_was_told_to_overlook_are_kept() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let scene = Scene::landed();
        scene.in_tree(&["update-index", flag, "README.md"]);
        scene.repo.parallel(["clean", "-n"]).code(0);
        scene.repo.file_at(&scene.tree(), "README.md", "hidden\n");
        let trash = scene.keeps("edits hidden from git: README.md");
        assert_eq!(
            fs::read_to_string(trash.join("README.md")).expect("a file"),
            "hidden\n"
        );
    }
}

#[test]
fn commits_of_a_detached_head_are_kept() {
    let scene = Scene::landed();
    scene.in_tree(&["checkout", "--quiet", "--detach"]);
    scene.repo.parallel(["clean", "-n"]).code(0);
    scene.in_tree(&["commit", "--quiet", "--allow-empty", "-m", "Loose"]);
    let loose = scene.in_tree(&["rev-parse", "HEAD"]);
    scene.keeps("which no branch holds");
    assert_eq!(scene.repo.git(["rev-parse", &scene.trashed("head")]), loose);
}

#[test]
fn something_half_done_is_kept() {
    let scene = Scene::landed();
    scene.in_tree(&["bisect", "start", "HEAD", "HEAD~1"]);
    scene.keeps("in the middle of a bisect");
    let scene = Scene::landed();
    scene.repo.branch("other", "main~1", &[("one", "y\n")]);
    assert!(
        !scene
            .repo
            .ask_git(&scene.tree(), ["rebase", "other"])
            .status
            .success()
    );
    scene.clean(4).answers("in the middle of a rebase");
}

#[test]
fn a_repository_or_a_worktree_inside_is_kept() {
    let scene = Scene::landed();
    let inner = scene.tree().join("target/inner");
    scene
        .repo
        .git(["init", "--quiet", &inner.to_string_lossy()]);
    assert!(
        scene
            .keeps("ignored, nowhere else: target/")
            .join("target/inner/.git")
            .exists()
    );
    let scene = Scene::landed();
    let inner = scene.tree().join("target/inner");
    scene.repo.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        &inner.to_string_lossy(),
    ]);
    scene.clean(4).answers("another worktree inside");
    // Not even by force: somebody may be at work there.
    scene.repo.parallel(["clean", "--force"]).code(4);
    assert!(inner.join("README.md").exists());
}

#[test]
fn a_submodule_with_a_repository_of_its_own_is_kept() {
    let scene = Scene::landed();
    let library = Repo::new();
    let path = library.path().to_string_lossy().into_owned();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "--quiet",
        &path,
        "lib",
    ];
    scene.in_tree(&add);
    scene.in_tree(&["commit", "--quiet", "-m", "Add a library"]);
    scene.repo.parallel(["merge"]).code(0);
    scene
        .clean(4)
        .answers("submodules with a repository of their own");
    scene.repo.parallel(["clean", "-f"]).code(0);
    let retired = scene.repo.path().join(".git/parallel/trash");
    let entry = fs::read_dir(retired)
        .expect("a folder")
        .next()
        .expect("an entry")
        .expect("it");
    assert!(entry.path().join("modules/lib/HEAD").exists());
}

#[test]
fn a_living_session_is_never_touched() {
    let mut scene = Scene::landed();
    scene.journal.tries(1, 1, 2);
    let lock = scene.repo.path().join(".git/parallel/runs/r1/session.lock");
    let held = fs::File::create(lock).expect("a file");
    held.lock().expect("a lock");
    scene.clean(4).answers("its session is still at work");
    scene.repo.parallel(["clean", "-f"]).code(4);
    drop(held);
    scene.clean(0);
}

#[test]
fn a_run_that_is_supervised_is_left_to_its_supervisor() {
    let scene = Scene::landed();
    let _supervised = scene.journal.supervised();
    scene.clean(5);
    assert!(scene.tree().exists());
}

#[test]
fn nobody_is_left_standing_in_a_removed_folder() {
    let scene = Scene::landed();
    let inside = scene.repo.parallel(["clean"]).dir(&scene.tree());
    inside.code(4).answers("you are in its worktree");
    let forced = scene.repo.parallel(["clean", "-f"]).dir(&scene.tree());
    forced.code(4);
    assert!(scene.tree().exists());
}

#[test]
fn nobody_else_loses_the_folder_they_work_in() {
    let scene = Scene::landed();
    let folder = scene.tree().join("deep");
    fs::create_dir(&folder).expect("a folder");
    let mut sleeper = Command::new("sleep")
        .arg("60")
        .current_dir(&folder)
        .spawn()
        .expect("a process");
    let who = format!("sleep (pid {}) works in its folder", sleeper.id());
    let clean = || scene.clean(4).answers(&who);
    until_it_is("sleep", sleeper.id());
    clean();
    // Not even by force: whatever it writes next would go astray.
    scene.repo.parallel(["clean", "--force"]).code(4);
    assert!(folder.exists() && scene.branch_exists());
    sleeper.kill().expect("a signal");
    sleeper.wait().expect("an end");
    scene.clean(0);
}

/// Waits until a process that was started has become its program.
fn until_it_is(name: &str, pid: u32) {
    let comm = PathBuf::from(format!("/proc/{pid}/comm"));
    for _ in 0..500 {
        if !comm.exists() || fs::read_to_string(&comm).is_ok_and(|text| text.trim() == name) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{pid} never became {name}");
}

#[test]
fn an_edit_that_git_was_led_to_believe_away_is_kept() {
    // The same size and time, where git was told that this is all to look at.
    let scene = Scene::landed();
    scene.repo.git(["config", "core.checkStat", "minimal"]);
    scene.repo.git(["config", "core.trustCtime", "false"]);
    let file = scene.tree().join("one");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let touch = || {
        let opened = fs::File::options().write(true).open(&file);
        opened
            .and_then(|file| file.set_modified(long_ago))
            .expect("a time");
    };
    touch();
    scene.in_tree(&["update-index", "--refresh", "--really-refresh"]);
    // The time of a file's last change, which nobody can set, counts whole seconds.
    thread::sleep(Duration::from_millis(1100));
    fs::write(&file, "y\n").expect("a file");
    touch();
    assert_eq!(scene.in_tree(&["status", "--porcelain"]), "");
    scene.keeps("uncommitted changes: one");
    // A monitor of the file system that sees nothing.
    let scene = Scene::landed();
    let monitor = scene.repo.home().join("monitor");
    fs::write(&monitor, "#!/bin/sh\nprintf 'token\\0'\n").expect("a script");
    fs::set_permissions(&monitor, fs::Permissions::from_mode(0o755)).expect("permissions");
    let monitor = monitor.to_string_lossy().into_owned();
    scene.repo.git(["config", "core.fsmonitor", &monitor]);
    scene.repo.git(["config", "core.fsmonitorHookVersion", "2"]);
    scene.in_tree(&["update-index", "--fsmonitor"]);
    scene.in_tree(&["status"]);
    fs::write(scene.tree().join("one"), "edited\n").expect("a file");
    assert_eq!(scene.in_tree(&["status", "--porcelain"]), "");
    scene.keeps("uncommitted changes: one");
}

#[test]
fn a_merge_a_cherry_pick_and_a_revert_in_the_middle_are_kept() {
    for (what, command) in [
        ("merge", &["merge", "other"][..]),
        ("cherry-pick", &["cherry-pick", "other"]),
        ("revert", &["revert", "--no-commit", "HEAD"]),
    ] {
        let scene = Scene::landed();
        scene.repo.branch("other", "main~1", &[("one", "y\n")]);
        let _ = scene.repo.ask_git(&scene.tree(), command);
        // Solved as nothing: no file tells of it any more.
        scene.in_tree(&["checkout", "--quiet", "HEAD", "--", "."]);
        scene.in_tree(&["reset", "--quiet", "--", "."]);
        scene.keeps(&format!("in the middle of a {what}"));
    }
}

#[test]
fn what_was_exchanged_with_an_agent_is_kept_every_time() {
    let scene = Scene::landed();
    // An earlier worktree of the task was released by its run.
    scene
        .repo
        .file(".git/parallel/runs/r1/T001/parallel-1/outbox.json", "1\n");
    scene
        .repo
        .file_at(&scene.tree(), ".parallel/outbox.json", "2\n");
    scene.clean(0);
    assert_eq!(scene.exchanges(), ["1\n", "2\n"]);
    // Each comes back to its own worktree: the last one to the last one.
    scene.repo.parallel(["undo"]).code(0);
    let back = fs::read_to_string(scene.tree().join(".parallel/outbox.json"));
    assert_eq!(back.expect("a file"), "2\n");
    assert_eq!(scene.exchanges(), ["1\n"]);
}

#[test]
fn a_worktree_whose_link_is_relative_goes_and_comes_back_like_any_other() {
    for secret in [false, true] {
        let scene = Scene::landed();
        // As git 2.48 writes it with `worktree.useRelativePaths`; every git reads it.
        let link = "gitdir: ../project/.git/worktrees/project-one\n";
        fs::write(scene.tree().join(".git"), link).expect("a file");
        assert_eq!(scene.in_tree(&["status", "--porcelain"]), "");
        if secret {
            fs::write(scene.tree().join(".env"), "x\n").expect("a file");
            scene.keeps("ignored, nowhere else: .env");
        } else {
            scene.clean(0).answers("1 worktree and 1 branch removed");
            assert!(no_trash(scene.repo.around()));
        }
        scene.repo.parallel(["undo"]).code(0);
        assert_eq!(scene.in_tree(&["status", "--porcelain"]), "");
        assert_eq!(scene.tree().join(".env").exists(), secret);
    }
}

#[test]
fn commits_that_only_a_reflog_remembers_stay_until_the_trash_is_emptied() {
    for force in [false, true] {
        let scene = Scene::done();
        // A gc of its own would work in the folder for a moment.
        scene.repo.git(["config", "maintenance.auto", "false"]);
        let head = || scene.in_tree(&["rev-parse", "HEAD"]);
        // Amended away; and thrown away, in two commits, while HEAD was on no branch.
        fs::write(scene.tree().join("amended"), "x\n").expect("a file");
        scene.in_tree(&["add", "."]);
        scene.in_tree(&["commit", "--quiet", "-m", "First"]);
        let amended = head();
        scene.in_tree(&["commit", "--quiet", "--amend", "-m", "Second"]);
        scene.in_tree(&["checkout", "--quiet", "--detach"]);
        for message in ["Try", "Try more"] {
            scene.in_tree(&["commit", "--quiet", "--allow-empty", "-m", message]);
        }
        let tried = head();
        scene.in_tree(&["checkout", "--quiet", "parallel/one"]);
        scene.repo.git(["merge", "--quiet", "parallel/one"]);
        if force {
            fs::write(scene.tree().join(".env"), "x\n").expect("a file");
        }
        let words: &[&str] = if force { &["clean", "-f"] } else { &["clean"] };
        scene.repo.parallel(words).code(0);
        assert!(!scene.tree().exists() && !scene.branch_exists());
        let kept = |commit: &str| {
            scene
                .repo
                .git(["reflog", "expire", "--expire=now", "--all"]);
            scene.repo.git(["gc", "--quiet", "--prune=now"]);
            let ask = ["cat-file", "-e", commit];
            scene.repo.ask_git(scene.repo.path(), ask).status.success()
        };
        assert!(kept(&amended) && kept(&tried), "force: {force}");
        let refs = ["for-each-ref", "refs/parallel/trash"];
        let logs = |refs: &str| refs.lines().filter(|line| line.contains("-log-")).count();
        assert_eq!(logs(&scene.repo.git(refs)), 2);
        // What is back has a new reflog.
        scene.repo.parallel(["undo"]).code(0);
        assert!(scene.branch_exists() && kept(&amended) && kept(&tried));
        scene.repo.parallel(words).code(0);
        assert_eq!(logs(&scene.repo.git(refs)), 2, "known already");
        scene.repo.parallel(["clean", "--empty-trash"]).code(0);
        assert!(!kept(&amended) && !kept(&tried));
    }
}

#[test]
fn a_branch_that_is_checked_out_elsewhere_stays() {
    let scene = Scene::landed();
    let tree = scene.tree();
    scene.in_tree(&["checkout", "--quiet", "--detach"]);
    scene.repo.git(["checkout", "--quiet", "parallel/one"]);
    scene.clean(4).answers("its branch is checked out in");
    assert!(!tree.exists() && scene.branch_exists());
    scene.repo.git(["checkout", "--quiet", "main"]);
    scene.clean(0).answers("1 branch removed");
}

#[test]
fn a_folder_that_is_not_our_worktree_any_more_is_left_alone() {
    let scene = Scene::landed();
    let moved = scene.repo.around().join("moved");
    scene.in_tree(&["worktree", "unlock", "."]);
    scene.in_tree(&["worktree", "move", ".", &moved.to_string_lossy()]);
    scene
        .repo
        .git(["init", "--quiet", &scene.tree().to_string_lossy()]);
    scene.clean(4).answers("belongs to another repository");
    scene.repo.parallel(["clean", "-f"]).code(4);
    assert!(scene.tree().join(".git").exists());
}

/// What a clean-up does before it looks for the second time; the link is absolute by then.
fn throw_away(scene: &Scene, trash: &Path) {
    let tree = scene.tree();
    let entry = scene
        .repo
        .git_at(&tree, ["rev-parse", "--absolute-git-dir"]);
    fs::write(tree.join(".git"), format!("gitdir: {entry}\n")).expect("a link");
    fs::create_dir_all(trash).expect("a folder");
    fs::rename(tree, trash.join("disposable-project-one-7")).expect("a rename");
}

#[test]
fn an_interrupted_clean_up_is_finished_by_the_next() {
    // Killed after the rename: the folder waits in the trash, git and the journal know nothing.
    let scene = Scene::landed();
    let trash = scene.repo.around().join(".git-parallel-trash");
    throw_away(&scene, &trash);
    scene.clean(0);
    assert!(no_trash(scene.repo.around()) && !scene.branch_exists());
    assert_eq!(scene.repo.git(["worktree", "list"]).lines().count(), 1);
    // The same, but somebody wrote there at the last moment: it stays in the trash.
    let scene = Scene::landed();
    let trash = scene.repo.around().join(".git-parallel-trash");
    throw_away(&scene, &trash);
    fs::write(trash.join("disposable-project-one-7/late"), "x\n").expect("a file");
    scene.clean(0);
    assert!(trash.join("project-one-7/late").exists());
    // Killed after the branch was deleted, before the journal said so.
    let scene = Scene::landed();
    scene.repo.git([
        "worktree",
        "remove",
        "-f",
        "-f",
        &scene.tree().to_string_lossy(),
    ]);
    scene.repo.git(["branch", "--quiet", "-D", "parallel/one"]);
    scene.clean(0);
    let journal = scene.repo.read(".git/parallel/runs/r1/events.jsonl");
    assert!(journal.contains("worktree-released") && journal.contains("branch-deleted"));
    scene.clean(0).answers("nothing to clean");
}

#[test]
fn killed_at_any_moment_a_clean_up_loses_nothing_and_the_next_one_finishes_it() {
    for pause in (0..100).step_by(9) {
        let scene = Scene::landed();
        let tip = scene.repo.git(["rev-parse", "parallel/one"]);
        let mut clean = scene.repo.parallel(["clean"]).spawn();
        thread::sleep(Duration::from_millis(pause));
        clean.kill().expect("a signal");
        clean.wait().expect("an end");
        thread::sleep(Duration::from_millis(30));
        scene.clean(0);
        assert!(!scene.tree().exists() && !scene.branch_exists(), "{pause}");
        assert_eq!(
            scene.repo.git(["worktree", "list"]).lines().count(),
            1,
            "{pause}"
        );
        assert_eq!(
            scene.repo.git(["rev-parse", &scene.trashed("branch")]),
            tip,
            "{pause}"
        );
        assert!(no_trash(scene.repo.around()), "{pause}");
        scene.clean(0).answers("nothing to clean");
    }
}

#[test]
fn a_bare_repository_is_cleaned() {
    let scene = Scene::landed();
    let bare = scene.repo.around().join("bare.git");
    scene
        .repo
        .git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let tree = scene.repo.around().join("bare-one");
    scene.repo.git_at(
        &bare,
        [
            "worktree",
            "add",
            "--quiet",
            &tree.to_string_lossy(),
            "parallel/one",
        ],
    );
    let runs = bare.join("parallel/runs/r1");
    fs::create_dir_all(&runs).expect("a folder");
    let journal = scene.repo.read(".git/parallel/runs/r1/events.jsonl");
    fs::write(
        runs.join("events.jsonl"),
        journal.replace("project-one", "bare-one"),
    )
    .expect("a journal");
    scene
        .repo
        .parallel(["clean"])
        .dir(&bare)
        .code(0)
        .answers("1 worktree and 1 branch removed");
    assert!(!tree.exists());
}

#[test]
fn nothing_was_run_and_nothing_is_there_to_clean() {
    Repo::new()
        .parallel(["clean"])
        .code(0)
        .answers("nothing to clean");
    Repo::new().parallel(["clean", "r7"]).code(3).says("r7");
}

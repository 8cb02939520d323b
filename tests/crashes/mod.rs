//! Killed at any call that changes the file system, or told there that the disk is full or broken,
//! by `strace`: nothing is lost, and the next command brings it to its end.
//!
//! Every record of a journal is met here, and a few other moments of every command. `CRASHES=10000
//! TMPDIR=/dev/shm cargo test --test cli crashes:: -- --nocapture` tries every moment, again and
//! again until there were so many; see RELIABILITY.md.

mod blow;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::pull_request::remote;
use crate::support::{Call, Forge, Ollama, Repo, TestFolder, have, isolate, program_folder};
use blow::{Blow, RECORDS, Victim};

/// Moments of every command, victim and blow that are tried (records: all), unless CRASHES says how
/// many in all.
const SAMPLE: usize = 2;

/// A repository before a command, to be put back as it was after every crash.
struct Scene {
    repo: Repo,
    backup: TestFolder,
    command: &'static [&'static str],
    /// What a user types next, and the exit codes that are right then.
    recovery: &'static [&'static str],
    codes: &'static [i32],
    server: Option<Ollama>,
    forge: Option<Hub>,
}

/// A stand-in for GitHub, and where its socket lies: what is put back is a repository.
struct Hub {
    forge: Forge,
    _folder: TestFolder,
}

impl Scene {
    fn new(
        repo: Repo,
        command: &'static [&'static str],
        recovery: &'static [&'static str],
        codes: &'static [i32],
    ) -> Self {
        let backup = TestFolder::new();
        copy(repo.around(), backup.path());
        Self {
            repo,
            backup,
            command,
            recovery,
            codes,
            server: None,
            forge: None,
        }
    }

    /// With this for its forge.
    fn pushing_to(mut self, forge: Hub) -> Self {
        self.forge = Some(forge);
        self
    }

    /// What is to be found out by looking alone keeps no record of its own.
    fn keeps_records(&self) -> bool {
        self.forge.is_none()
    }

    /// With this for a model.
    fn asking(mut self, server: Ollama) -> Self {
        self.server = Some(server);
        self
    }

    fn host(&self) -> &str {
        self.server.as_ref().map_or("127.0.0.1:1", Ollama::host)
    }

    fn call(&self, words: &[&str]) -> Call {
        self.repo.parallel(words).env("OLLAMA_HOST", self.host())
    }

    fn put_back(&self) {
        self.forge.iter().for_each(|hub| hub.forge.forget());
        for entry in fs::read_dir(self.repo.around()).expect("a folder") {
            let path = entry.expect("an entry").path();
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            removed.expect("a removal");
        }
        copy(self.backup.path(), self.repo.around());
    }

    /// Runs the command; the blow meets the victim's call of that number. Returns the calls that
    /// there were, a line each, and how the command ended.
    fn run(&self, victim: Victim, blow: Option<(Blow, usize)>) -> (Vec<String>, Option<i32>) {
        let log = self.backup.path().with_extension("calls");
        let mut strace = Command::new("strace");
        isolate(&mut strace, &self.repo.home());
        strace.args(["-qq", "-y", "-o"]).arg(&log);
        strace.args(["-e", &format!("trace={}", victim.calls())]);
        if let Some((blow, at)) = blow {
            strace.args(["-e", &blow.injected(victim, at)]);
        }
        if !matches!(victim, Victim::Program) {
            strace.arg("-f");
        }
        if matches!(victim, Victim::Recorder) {
            let git = self.repo.path().join(".git");
            for record in RECORDS {
                strace.arg("-P").arg(git.join(record));
            }
        }
        let status = strace
            .env("OLLAMA_HOST", self.host())
            .arg(program_folder().join("git-parallel"))
            .args(self.command)
            .current_dir(self.repo.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace runs");
        let calls = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let calls = calls.lines().filter(|line| line.contains('('));
        (calls.map(str::to_owned).collect(), status.code())
    }

    /// Crashes there, looks whether everything is still somewhere, goes on, and looks again.
    fn crash(&self, victim: Victim, blow: Blow, at: usize) {
        let when = format!("{:?} {victim:?} {blow:?} at call {at}", self.command);
        self.put_back();
        let before = inventory(&self.repo, false);
        let (calls, code) = self.run(victim, Some((blow, at)));
        // What wakes threads has nothing to do with a disk. Where two calls cross, strace tells only
        // later that it refused one.
        let beside = |call: &String| {
            call.contains("anon_inode:")
                && ["INJECTED", "<unfinished"]
                    .iter()
                    .any(|how| call.contains(how))
        };
        if !matches!(blow, Blow::Kill) && !calls.iter().any(beside) {
            // Whatever was refused to whom: an answer of ours, no panic and no signal.
            assert!(matches!(code, Some(0..=5)), "{when}: {code:?}");
        }
        let lost: Vec<_> = before
            .difference(&inventory(&self.repo, true))
            .cloned()
            .collect();
        assert!(lost.is_empty(), "{when}: lost {lost:?}");
        self.recover(&when);
        let lost: Vec<_> = before
            .difference(&inventory(&self.repo, true))
            .cloned()
            .collect();
        assert!(lost.is_empty(), "{when}, gone on: lost {lost:?}");
        let sound = self
            .repo
            .ask_git(self.repo.path(), ["fsck", "--no-progress", "--no-dangling"]);
        assert!(sound.status.success(), "{when}: {sound:?}");
        for line in self.repo.git(["worktree", "list", "--porcelain"]).lines() {
            assert!(!line.starts_with("prunable"), "{when}: {line}");
            if let Some(path) = line.strip_prefix("worktree ") {
                assert!(Path::new(path).exists(), "{when}: {path} is gone");
            }
        }
        let settled = self.everything();
        match self.recovery {
            // To ask again what failed is something new.
            ["angles", ..] => drop(self.call(&["angles", "show", "a1"]).code(0)),
            _ => self.recover(&when),
        }
        assert_eq!(self.everything(), settled, "{when}: a second time");
    }

    /// All that a command which has nothing left to do leaves as it is.
    fn everything(&self) -> String {
        let pulls = self.forge.iter().map(|hub| {
            let all = 1..=hub.forge.pulls() as u64;
            let pulls: Vec<String> = all.map(|n| hub.forge.pull(n).to_string()).collect();
            // One each, however often it was asked.
            assert_eq!(pulls.len(), 2, "{pulls:#?}");
            pulls.join("\n")
        });
        let pulls: String = pulls.collect();
        format!("{}{pulls}", self.repo.everything())
    }

    fn recover(&self, when: &str) {
        let next = match self.has_begun() {
            true => self.recovery,
            false => self.command,
        };
        let mut ended = self.call(next).run();
        for _ in 0..3 {
            if self.codes.contains(&ended.exit_code()) {
                break;
            }
            self.follow(&ended.stderr, when);
            ended = self.call(next).run();
        }
        let code = ended.exit_code();
        let right = self.codes.contains(&code);
        assert!(right, "{when}: {code}\n{}{}", ended.stdout, ended.stderr);
    }

    /// Does what a message asks for. A git that was killed leaves its lock files: they are named, and
    /// so the user who knows that no git is at work removes them. What it left of a merge is taken
    /// back, or put aside, as git does it.
    fn follow(&self, message: &str, when: &str) {
        let locks = locks_named(message);
        let cleared = message.lines().find_map(|line| {
            let (_, command) = line.split_once("git -C ")?;
            let (folder, words) = command.split_once(' ')?;
            let clears = ["reset --merge", "stash --include-untracked"].contains(&words);
            clears.then(|| (PathBuf::from(folder), words.to_owned()))
        });
        let way = !locks.is_empty() || cleared.is_some();
        assert!(way, "{when}: no way out\n{message}");
        for lock in locks {
            fs::remove_file(lock).expect("a removal");
        }
        if let Some((folder, words)) = cleared {
            self.repo.git_at(&folder, words.split(' '));
        }
    }

    /// Whether there is something to resume, where the next command resumes.
    fn has_begun(&self) -> bool {
        let kept = match self.recovery {
            ["run", "--resume"] => "runs/r1",
            ["angles", ..] => "angles/a1/plan.json",
            _ => return true,
        };
        self.repo.path().join(".git/parallel").join(kept).exists()
    }
}

/// The lock files that a message names and that are there.
fn locks_named(message: &str) -> Vec<PathBuf> {
    let words = message.split(|c: char| c.is_whitespace() || "':,()".contains(c));
    let mut locks: Vec<PathBuf> = words
        .filter(|word| word.ends_with(".lock"))
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.exists())
        .collect();
    locks.sort();
    locks.dedup();
    locks
}

fn copy(from: &Path, to: &Path) {
    let inside = from.join(".");
    let copied = Command::new("cp").arg("-a").arg(inside).arg(to).status();
    assert!(copied.expect("cp runs").success());
}

/// Every object that a ref reaches, and every file of every worktree and of the trash, by what it
/// holds. With `kept`, also what was moved to the program's own folder.
fn inventory(repo: &Repo, kept: bool) -> BTreeSet<String> {
    let reached = repo.git(["rev-list", "--objects", "--all", "--no-object-names"]);
    let mut all: BTreeSet<String> = reached.lines().map(str::to_owned).collect();
    let mut files = Vec::new();
    collect(repo.around(), &mut files);
    if kept {
        collect(&repo.path().join(".git/parallel"), &mut files);
    }
    let mut paths: Vec<String> = files
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    paths.sort();
    let mut hash = vec![
        "hash-object".to_owned(),
        "--no-filters".to_owned(),
        "--".to_owned(),
    ];
    hash.extend(paths);
    all.extend(repo.git(hash).lines().map(str::to_owned));
    all
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // What an agent is told is ours, and is written anew for each session.
        if path.ends_with(".parallel/inbox.json") {
            continue;
        }
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() && entry.file_name() != ".git" && entry.file_name() != "home" {
            collect(&path, files);
        } else if kind.is_file() && entry.file_name() != ".git" {
            files.push(path);
        }
    }
}

/// How many crashes every command gets here: all of its moments and more in a campaign, which goes on
/// after a finding and fails at its end.
fn crashes(scene: &Scene) {
    let mut findings = 0;
    let wanted: Option<usize> = std::env::var("CRASHES").ok().and_then(|n| n.parse().ok());
    let wanted = wanted.map(|wanted| wanted / COMMANDS);
    let mut done = 0;
    for round in 0.. {
        for victim in [Victim::Program, Victim::Any, Victim::Recorder] {
            if matches!(victim, Victim::Recorder) && !scene.keeps_records() {
                continue;
            }
            scene.put_back();
            let calls = scene.run(victim, None).0.len();
            assert!(calls > 0, "{:?} makes no call of {victim:?}", scene.command);
            // Of all processes together there are more calls than of any one of them.
            let most = match victim {
                Victim::Program | Victim::Recorder => calls,
                Victim::Any => calls.min(120),
            };
            let step = match (wanted, victim) {
                (Some(_), _) | (None, Victim::Recorder) => 1,
                (None, _) => most.div_ceil(SAMPLE),
            };
            for blow in [Blow::Kill, Blow::Full, Blow::Broken] {
                for at in (1 + round % step..=most).step_by(step) {
                    let crash = AssertUnwindSafe(|| scene.crash(victim, blow, at));
                    match (wanted, catch_unwind(crash)) {
                        (_, Ok(())) => {}
                        (None, Err(finding)) => resume_unwind(finding),
                        (Some(_), Err(_)) => findings += 1,
                    }
                    done += 1;
                    if wanted.is_some_and(|wanted| done >= wanted) {
                        told(done, scene);
                        assert_eq!(findings, 0, "findings in {:?}", scene.command);
                        return;
                    }
                }
                if wanted.is_some() {
                    eprintln!("{done} crashes of {:?}: {victim:?} {blow:?}", scene.command);
                }
            }
        }
        told(done, scene);
        if wanted.is_none() {
            return;
        }
    }
}

fn told(done: usize, scene: &Scene) {
    eprintln!("{done} crashes of {:?}", scene.command);
}

/// Commands among which a campaign is divided.
const COMMANDS: usize = 9;

const WORK: &str = "echo x > $GIT_PARALLEL_NAME.txt; echo s > .env; mkdir -p .parallel; \
                    echo $GIT_PARALLEL_NAME > .parallel/outbox.json";

/// Two tasks that were worked at.
fn worked() -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").commit("Ignore");
    repo.parallel(["run", "--tasks", "one,two", "--prompt", "x", "--exec", WORK])
        .ok();
    repo
}

fn without_secrets(repo: &Repo) {
    for name in ["one", "two"] {
        let secret = repo.around().join(format!("project-{name}/.env"));
        fs::remove_file(secret).expect("a removal");
    }
}

#[test]
fn a_split() {
    if have("strace") {
        let split = &["split", "--tasks", "one,two"];
        // Twice would be two plans: that is what a split does.
        crashes(&Scene::new(Repo::new(), split, &["doctor", "--fix"], &[0]));
    }
}

#[test]
fn a_run() {
    if have("strace") {
        let run = &[
            "run",
            "--tasks",
            "one,two",
            "--prompt",
            "x",
            "--exec",
            "echo x > $GIT_PARALLEL_NAME.txt",
        ];
        crashes(&Scene::new(
            Repo::new(),
            run,
            &["run", "--resume"],
            &[0, 1, 2],
        ));
    }
}

#[test]
fn a_merge() {
    if have("strace") {
        crashes(&Scene::new(worked(), &["merge"], &["merge"], &[0]));
    }
}

#[test]
fn a_clean_up() {
    if have("strace") {
        let repo = worked();
        repo.parallel(["merge"]).ok();
        without_secrets(&repo);
        crashes(&Scene::new(repo, &["clean"], &["clean"], &[0]));
    }
}

#[test]
fn a_forced_clean_up() {
    if have("strace") {
        let repo = worked();
        crashes(&Scene::new(repo, &["clean", "-f"], &["clean", "-f"], &[0]));
    }
}

#[test]
fn an_undo() {
    if have("strace") {
        let repo = worked();
        repo.parallel(["clean", "-f"]).code(0);
        crashes(&Scene::new(repo, &["undo", "1"], &["undo", "1"], &[0, 4]));
    }
}

#[test]
fn an_analysis() {
    if have("strace") {
        let repo = Repo::new();
        repo.file(
            "src/login.rs",
            "fn login() {\n    // BUG: compares by time\n}\n",
        )
        .file(
            "src/api.rs",
            "fn users() {\n    // BUG: a query in a loop\n}\n",
        )
        .commit("Write it");
        let run = &["angles", "run", "src", "security"];
        let resume = &["angles", "run", "--resume", "a1"];
        crashes(&Scene::new(repo, run, resume, &[0]).asking(Ollama::new()));
    }
}

#[test]
fn a_resolution() {
    if have("strace") {
        let repo = Repo::new();
        repo.file("f", "old\n").commit("Before");
        let work = "echo $GIT_PARALLEL_NAME > f";
        repo.parallel(["run", "--tasks", "one,two", "--prompt", "x", "--exec", work])
            .ok();
        let resolve = &[
            "resolve",
            "two",
            "--with",
            "parallel/one",
            "--exec",
            "echo both > f",
        ];
        crashes(&Scene::new(repo, resolve, resolve, &[0]));
    }
}

#[test]
fn pull_requests() {
    if have("strace") && have("gh") {
        let repo = worked();
        let bare = remote(&repo, "shop.git", "https://github.com/acme/shop.git");
        let folder = TestFolder::new();
        let forge = Forge::of(&repo, &bare, &folder.path().join("forge"));
        let hub = Hub {
            forge,
            _folder: folder,
        };
        let merge = &["merge", "--pr"];
        crashes(&Scene::new(repo, merge, merge, &[0]).pushing_to(hub));
    }
}

//! A repository built step by step, as a sentence.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::{Call, isolate};
use super::folder::TestFolder;

/// A real repository, `project`, in a temporary folder of its own with an own HOME beside it. The
/// worktrees that the program makes lie beside it too and go with the folder.
pub struct Repo {
    // Dropped last: everything lies in it.
    _folder: TestFolder,
    path: PathBuf,
}

impl Repo {
    /// On branch `main`, with no commit yet.
    pub fn unborn() -> Self {
        let folder = TestFolder::new();
        let root = folder.path();
        let path = root.join("project");
        let home = root.join("home");
        fs::create_dir_all(&path).expect("a folder");
        fs::create_dir_all(&home).expect("a folder");
        let settings =
            "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n";
        // Links between worktrees, which git makes since 2.48 where it is told to.
        let links = std::env::var("RELATIVE_WORKTREES")
            .map_or("", |_| "[worktree]\n\tuseRelativePaths = true\n");
        fs::write(home.join(".gitconfig"), format!("{settings}{links}"))
            .expect("a git configuration");
        let repo = Self {
            _folder: folder,
            path,
        };
        repo.git(["init", "--quiet"]);
        repo
    }

    /// With one commit that adds `README.md`.
    pub fn new() -> Self {
        let repo = Self::unborn();
        repo.file("README.md", "# Project\n").commit("Start");
        repo
    }

    /// The main worktree.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder around the repository, where worktrees appear.
    pub fn around(&self) -> &Path {
        self.path.parent().expect("a parent")
    }

    /// The HOME of all calls.
    pub fn home(&self) -> PathBuf {
        self.around().join("home")
    }

    /// Writes a file in the main worktree, folders included.
    pub fn file(&self, path: &str, content: &str) -> &Self {
        self.file_at(&self.path, path, content)
    }

    /// Writes a file in some worktree.
    pub fn file_at(&self, worktree: &Path, path: &str, content: &str) -> &Self {
        let path = worktree.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Reads a file of the main worktree.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        let path = self.path.join(path);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Commits everything in the main worktree.
    pub fn commit(&self, message: &str) -> &Self {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", message]);
        self
    }

    /// Makes branch `name` from `start`, with one commit that writes `files`, without leaving the
    /// branch that is checked out.
    pub fn branch(&self, name: &str, start: &str, files: &[(&str, &str)]) -> &Self {
        let current = self.git(["symbolic-ref", "--short", "HEAD"]);
        self.git(["checkout", "--quiet", "-b", name, start]);
        for (path, content) in files {
            self.file(path, content);
        }
        self.commit(&format!("Work on {name}"));
        self.git(["checkout", "--quiet", &current]);
        self
    }

    /// Runs git in the main worktree, insists on success, returns its output without the final
    /// newline.
    #[track_caller]
    pub fn git<I, S>(&self, args: I) -> String
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.git_at(&self.path, args)
    }

    /// The same in some worktree.
    #[track_caller]
    pub fn git_at<I, S>(&self, folder: &Path, args: I) -> String
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let output = self.ask_git(folder, args);
        assert!(
            output.status.success(),
            "git failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end_matches('\n')
            .to_owned()
    }

    /// Runs git, whatever comes of it.
    pub fn ask_git<I, S>(&self, folder: &Path, args: I) -> Output
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = Command::new("git");
        isolate(&mut command, &self.home());
        command
            .arg("-C")
            .arg(folder)
            .args(args)
            .output()
            .expect("git starts")
    }

    /// A call of the program in the main worktree.
    pub fn parallel<I, S>(&self, args: I) -> Call
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Call::new(&self.path, &self.home()).args(args)
    }

    /// Asks for the status of the latest run until it is so.
    #[track_caller]
    pub fn until_status(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let status = self.parallel(["status", "--json"]).json(0);
            if is(&status) {
                return status;
            }
            let late = start.elapsed() > Duration::from_secs(60);
            assert!(!late, "{what}: never; {status:#}");
            sleep(Duration::from_millis(50));
        }
    }

    /// Everything that a command which fails must leave as it was: the main checkout, every ref,
    /// the list of worktrees, and all that the program remembers, file by file. Empty files
    /// and those that are only there to be locked say nothing.
    pub fn everything(&self) -> String {
        let mut text = format!("{:?}\n", self.checkout_state());
        text += &self.git(["for-each-ref"]);
        text += &self.git(["worktree", "list", "--porcelain"]);
        let mut folders = vec![self.path.join(".git/parallel")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    // What was found out before may be forgotten, and found again, at any time.
                    if !path.ends_with("parallel/cache") {
                        folders.push(path);
                    }
                    continue;
                }
                let content = fs::read(&path).expect("a readable file");
                let is_lock = path.to_string_lossy().ends_with("lock");
                if !content.is_empty() && !is_lock {
                    let content = String::from_utf8_lossy(&content);
                    text += &format!("{}: {content}\n", path.display());
                }
            }
        }
        text
    }

    /// HEAD, index and status of the main worktree, byte for byte: what most commands must leave
    /// as it was.
    pub fn checkout_state(&self) -> (String, Vec<u8>, String) {
        let index = fs::read(self.path.join(".git/index")).unwrap_or_default();
        let head = fs::read_to_string(self.path.join(".git/HEAD")).expect("HEAD");
        let status = self.git([
            "--no-optional-locks",
            "status",
            "--porcelain=v2",
            "--branch",
        ]);
        (head, index, status)
    }
}

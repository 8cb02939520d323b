//! Repositories of every shape: each command works in them or refuses clearly. What comes of it is
//! the table in RELIABILITY.md, which this test makes (`UPDATE=1`) and checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Repo;

/// In the order of a run; every command finds what those before it left.
const COMMANDS: [(&str, &[&str]); 9] = [
    ("analyze", &["analyze"]),
    ("split", &["split", "--tasks", "one,two"]),
    ("run", &["run", "--exec", "echo x > $GIT_PARALLEL_NAME.txt"]),
    ("status", &["status"]),
    ("check", &["check"]),
    ("merge", &["merge"]),
    ("clean", &["clean"]),
    ("undo", &["undo"]),
    ("doctor", &["doctor"]),
];

/// A repository and where in it the user stands; `None` where it cannot be made here.
type Shape = (&'static str, fn() -> Option<(Repo, PathBuf)>);

const SHAPES: [Shape; 16] = [
    ("plain", plain),
    ("bare", || cloned(&["--bare"])),
    ("shallow", || cloned(&["--depth=1"])),
    ("partial (`blob:none`)", || cloned(&["--filter=blob:none"])),
    ("sparse", sparse),
    ("with a submodule", submodule),
    ("SHA-256", || initialised("--object-format=sha256")),
    ("reftable", || initialised("--ref-format=reftable")),
    ("`extensions.worktreeConfig`", worktree_config),
    ("detached HEAD", detached),
    ("no commit yet", unborn),
    ("separate git directory", separate),
    ("relative link to the repository", relative),
    ("`extensions.relativeWorktrees`", || {
        let (repo, side) = linked_both_ways();
        knows_relative_links(&repo).then_some((repo, side))
    }),
    ("a worktree inside a worktree", nested),
    ("owned by somebody else", foreign),
];

fn seeded() -> Repo {
    let repo = Repo::new();
    repo.file("src/lib.rs", "pub fn one() {}\n")
        .file("docs/a.md", "# A\n")
        .commit("Add files");
    repo
}

fn plain() -> Option<(Repo, PathBuf)> {
    let repo = seeded();
    let path = repo.path().to_owned();
    Some((repo, path))
}

fn cloned(flags: &[&str]) -> Option<(Repo, PathBuf)> {
    let repo = seeded();
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    let copy = repo.around().join("copy");
    let to = copy.to_string_lossy().into_owned();
    repo.git([&["clone", "--quiet"], flags, &[&url, &to]].concat());
    Some((repo, copy))
}

fn sparse() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    repo.git(["sparse-checkout", "set", "src"]);
    assert!(!path.join("docs").exists());
    Some((repo, path))
}

fn submodule() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    let library = repo.around().join("library");
    let from = library.to_string_lossy().into_owned();
    repo.git(["clone", "--quiet", ".", &from]);
    let allow = ["-c", "protocol.file.allow=always"];
    repo.git([&allow[..], &["submodule", "add", "--quiet", &from, "lib"]].concat());
    repo.commit("Add a library");
    Some((repo, path))
}

/// A repository of a format of its own, where git knows it.
fn initialised(format: &str) -> Option<(Repo, PathBuf)> {
    let repo = Repo::unborn();
    let path = repo.around().join("own");
    let to = path.to_string_lossy().into_owned();
    let made = repo.ask_git(repo.path(), ["init", "--quiet", format, &to]);
    if !made.status.success() {
        return None;
    }
    fs::write(path.join("README.md"), "# Own\n").expect("a file");
    repo.git_at(&path, ["add", "."]);
    repo.git_at(&path, ["commit", "--quiet", "-m", "Start"]);
    Some((repo, path))
}

fn worktree_config() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    repo.git(["config", "extensions.worktreeConfig", "true"]);
    repo.git(["config", "--worktree", "core.fileMode", "true"]);
    Some((repo, path))
}

fn detached() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    repo.git(["checkout", "--quiet", "--detach"]);
    Some((repo, path))
}

fn unborn() -> Option<(Repo, PathBuf)> {
    let repo = Repo::unborn();
    let path = repo.path().to_owned();
    Some((repo, path))
}

fn separate() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    let elsewhere = repo.around().join("elsewhere.git");
    let to = format!("--separate-git-dir={}", elsewhere.display());
    repo.git(["init", "--quiet", &to]);
    assert!(path.join(".git").is_file());
    Some((repo, path))
}

fn linked(repo: &Repo, to: &Path) -> PathBuf {
    let path = to.to_string_lossy().into_owned();
    repo.git(["worktree", "add", "--quiet", "-b", "side", &path]);
    to.to_owned()
}

fn relative() -> Option<(Repo, PathBuf)> {
    let (repo, _) = plain()?;
    // From git 2.48 on both links are relative, and those of new worktrees.
    repo.git(["config", "worktree.useRelativePaths", "true"]);
    let side = linked(&repo, &repo.around().join("side"));
    let link = "gitdir: ../project/.git/worktrees/side\n";
    fs::write(side.join(".git"), link).expect("a file");
    Some((repo, side))
}

/// As git 2.48 leaves it, in which both links are relative; older ones refuse it.
fn linked_both_ways() -> (Repo, PathBuf) {
    let (repo, side) = relative().expect("a repository");
    let link = "../../../../side/.git\n";
    repo.file(".git/worktrees/side/gitdir", link);
    repo.git(["config", "core.repositoryFormatVersion", "1"]);
    repo.git(["config", "extensions.relativeWorktrees", "true"]);
    (repo, side)
}

fn knows_relative_links(repo: &Repo) -> bool {
    let answer = repo.ask_git(repo.path(), ["rev-parse", "--git-dir"]);
    answer.status.success()
}

fn nested() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    let inner = linked(&repo, &path.join("inner"));
    Some((repo, inner))
}

fn foreign() -> Option<(Repo, PathBuf)> {
    let (repo, path) = plain()?;
    let given = Command::new("chown")
        .args(["-R", "12345"])
        .arg(&path)
        .output();
    // Only root may give something away.
    given
        .is_ok_and(|given| given.status.success())
        .then_some((repo, path))
}

/// What a command that refuses must leave as it was: refs, worktrees, files of the checkout, and all
/// that the program remembers but what it found out before.
fn state(repo: &Repo, folder: &Path) -> String {
    let ask = |args: &[&str]| {
        let output = repo.ask_git(folder, args);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut text = ask(&["for-each-ref"]);
    text += &ask(&["worktree", "list", "--porcelain"]);
    text += &ask(&["status", "--porcelain", "--ignored"]);
    let common = ask(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let mut folders = vec![Path::new(common.trim_end()).join("parallel")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() && !name.ends_with("parallel/cache") {
                folders.push(path);
            } else if path.is_file() && !name.ends_with("lock") {
                text += &format!(
                    "{name} {}\n",
                    fs::read(&path).map_or(0, |bytes| bytes.len())
                );
            }
        }
    }
    text
}

/// One row: what came of every command.
fn row(name: &str, repo: &Repo, folder: &Path) -> String {
    let mut cells = vec![name.to_owned()];
    for (command, words) in COMMANDS {
        let before = state(repo, folder);
        let ended = repo.parallel(words).dir(folder).run();
        let code = ended.exit_code();
        let told = ended.stderr.contains("error: ");
        let clear = matches!(code, 2..=5) && told && !ended.stderr.contains("panicked");
        let fine = matches!(code, 0 | 1);
        assert!(
            fine || clear,
            "{command} in '{name}': {code}\n{}{}",
            ended.stdout,
            ended.stderr
        );
        if !fine {
            let after = state(repo, folder);
            assert_eq!(
                after, before,
                "{command} in '{name}' refused, and changed something"
            );
        }
        cells.push(if fine { "works" } else { "refuses" }.to_owned());
    }
    format!("| {} |", cells.join(" | "))
}

#[test]
fn every_command_works_in_every_shape_or_refuses_clearly_as_the_table_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("RELIABILITY.md");
    let text = fs::read_to_string(&page).expect("a page");
    let update = std::env::var("UPDATE").is_ok();
    let mut rows = vec![
        format!(
            "| repository | {} |",
            COMMANDS.map(|(name, _)| format!("`{name}`")).join(" | ")
        ),
        format!("|---{}|", "|---".repeat(COMMANDS.len())),
    ];
    for (name, make) in SHAPES {
        let known = text
            .lines()
            .find(|line| line.starts_with(&format!("| {name} |")));
        match make() {
            Some((repo, folder)) => rows.push(row(name, &repo, &folder)),
            None => rows.extend(known.map(str::to_owned)),
        }
    }
    let table = rows.join("\n");
    let (begin, end) = ("<!-- shapes -->\n", "\n<!-- /shapes -->");
    let (head, rest) = text.split_once(begin).expect("where the table begins");
    let (written, tail) = rest.split_once(end).expect("where the table ends");
    if update {
        fs::write(&page, format!("{head}{begin}{table}{end}{tail}")).expect("a page");
    } else {
        assert_eq!(written, table, "UPDATE=1 writes the table anew");
    }
}

#[test]
fn worktrees_that_are_linked_by_relative_paths_need_a_git_that_knows_them() {
    let (repo, side) = linked_both_ways();
    let run = ["run", "--tasks", "one", "--exec", "echo x > one.txt"];
    let words = [&run[..], &["merge"], &["clean"], &["undo"], &["doctor"]];
    if knows_relative_links(&repo) {
        for words in words {
            repo.parallel(words).dir(&side).code(0);
        }
        return;
    }
    for words in [&run[..], &["check"], &["doctor"]] {
        let refused = repo.parallel(words).dir(&side).code(3);
        refused.says("git 2.48 or newer");
    }
    let kept = fs::read_dir(repo.path().join(".git/parallel"));
    let kept: Vec<_> = kept.into_iter().flatten().collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn a_repository_with_its_git_directory_elsewhere_goes_by_the_name_of_its_files() {
    let (repo, path) = separate().expect("a repository");
    let run = [
        "run",
        "--tasks",
        "one",
        "--exec",
        "echo x > $GIT_PARALLEL_NAME.txt",
    ];
    repo.parallel(run).code(0);
    let one = repo.around().join("project-one");
    assert!(one.join("one.txt").exists());
    // From there only its configuration could tell where main's files are.
    let told = repo.parallel(["merge"]).dir(&one).code(4);
    let told = told
        .says("does not say where that is")
        .says("core.worktree");
    assert!(!told.stderr.contains("must be run in a work tree"));
    let elsewhere = repo.around().join("elsewhere.git");
    let setting = ["config", "core.worktree", &path.to_string_lossy()];
    repo.git_at(&elsewhere, setting);
    repo.parallel(["merge"]).dir(&one).code(0);
    assert_eq!(repo.read("one.txt"), "x\n");
}

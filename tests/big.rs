//! The whole way, command by command, on a repository of the size people work on: 1,500 files,
//! 400 commits, six tasks. Nothing but `merge` may touch the user's checkout.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::Repo;

const FOLDERS: usize = 30;
const FILES_A_FOLDER: usize = 50;
const LINES_A_FILE: usize = 40;
const COMMITS: usize = 400;

const TASKS: &str = "\
# Tasks: go over the shelves

### T001: Sort the first shelf
**Files**: shelf01/book07.txt, notes/first.md (new)

### T002: Sort the second shelf
**Files**: shelf02/book07.txt, index.txt

### T003: Sort the third shelf
**Files**: shelf03/book07.txt, index.txt

### T004: Sort the first shelf again
**Files**: shelf01/book07.txt
**Depends**: T001

### T005: Sort the fifth shelf
**Files**: shelf05/book07.txt

### T006: Write down what was done
**Files**: notes/summary.md (new)
**Depends**: T002, T003
";

/// What stands in for an agent: edits, creates, commits.
const AGENT: &str = r#"set -eu
line="by $GIT_PARALLEL_NAME"
first() { { echo "$line"; cat "$1"; } >"$1.new" && mv "$1.new" "$1"; }
last() { echo "$line" >>"$1"; }
mkdir -p notes
case $GIT_PARALLEL_TASK in
T001) first shelf01/book07.txt; echo "$line" >notes/first.md ;;
T002) first shelf02/book07.txt; first index.txt ;;
T003) first shelf03/book07.txt; last index.txt ;;
T004) head -n 1 shelf01/book07.txt | grep -q sort-the-first; last shelf01/book07.txt ;;
T005) last shelf05/book07.txt ;;
T006) cat index.txt >notes/summary.md ;;
esac
git add --all
git commit --quiet -m "Work $line"
"#;

#[test]
fn six_tasks_go_from_split_to_clean_and_only_merge_touches_the_checkout() {
    let repo = library();
    let agent = repo.around().join("agent.sh");
    repo.file_at(repo.around(), "agent.sh", AGENT)
        .file_at(repo.around(), "tasks.md", TASKS);
    // What the user was at when the tasks were started.
    repo.file("shelf20/book01.txt", "half an edit\n")
        .file("untracked.txt", "mine\n");
    let before = repo.checkout_state();
    let untouched = |words: &[&str], code: i32| {
        let ended = repo.parallel(words).code(code);
        assert_eq!(
            repo.checkout_state(),
            before,
            "{words:?} touched the checkout"
        );
        ended
    };

    untouched(&["split", "--from", "../tasks.md"], 0);
    untouched(&["run", "--exec", &format!("sh '{}'", agent.display())], 0);
    let status = untouched(&["status", "--json"], 0).json();
    let tasks = status["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), 6);
    for task in tasks {
        assert_eq!(task["outcome"], "done", "{task:#}");
    }
    untouched(&["check"], 0);
    untouched(&["report"], 0);
    untouched(&["merge", "--dry-run"], 0);

    let head = repo.git(["rev-parse", "HEAD"]);
    repo.parallel(["merge"]).code(0);
    assert_ne!(repo.git(["rev-parse", "HEAD"]), head);
    assert_eq!(repo.git(["rev-parse", "--abbrev-ref", "HEAD"]), "main");
    let index = repo.read("index.txt");
    assert!(index.starts_with("by sort-the-second"), "{index}");
    assert!(index.ends_with("by sort-the-third-shelf\n"), "{index}");
    assert_eq!(repo.read("notes/summary.md"), index);
    let book = repo.read("shelf01/book07.txt");
    assert!(book.starts_with("by sort-the-first-shelf\n"), "{book}");
    assert!(book.ends_with("by sort-the-first-shelf-again\n"), "{book}");
    assert_eq!(repo.read("shelf20/book01.txt"), "half an edit\n");
    assert_eq!(repo.read("untracked.txt"), "mine\n");

    let merged = repo.checkout_state();
    repo.parallel(["clean"]).code(0);
    assert_eq!(repo.checkout_state(), merged, "clean touched the checkout");
    let worktrees = repo.git(["worktree", "list", "--porcelain"]);
    assert_eq!(worktrees.matches("worktree ").count(), 1, "{worktrees}");
    assert_eq!(repo.git(["branch", "--list", "parallel/*"]), "");
}

/// A library: shelves of books, an index, and the history of how it came to be.
fn library() -> Repo {
    let repo = Repo::unborn();
    let stream = repo.around().join("history");
    fs::write(&stream, history()).expect("a file");
    import(&repo, &stream);
    repo.git(["reset", "--quiet", "--hard"]);
    assert_eq!(
        repo.git(["ls-files"]).lines().count(),
        FOLDERS * FILES_A_FOLDER + 1
    );
    repo
}

fn import(repo: &Repo, stream: &Path) {
    let line = format!("exec git fast-import --quiet <'{}'", stream.display());
    repo.git(["-c", &format!("alias.import=!{line}"), "import"]);
}

/// The stream for `git fast-import`: one commit with every file, then small ones.
fn history() -> String {
    let mut stream = String::new();
    let mut files: Vec<String> = (0..FOLDERS * FILES_A_FOLDER).map(path).collect();
    files.push("index.txt".to_owned());
    commit(&mut stream, 0, files.iter().map(String::as_str));
    for number in 1..COMMITS {
        let touched = [number * 7, number * 31, number * 101].map(|n| path(n % 1500));
        commit(&mut stream, number, touched.iter().map(String::as_str));
    }
    stream
}

fn path(number: usize) -> String {
    let (shelf, book) = (number / FILES_A_FOLDER, number % FILES_A_FOLDER);
    format!("shelf{shelf:02}/book{book:02}.txt")
}

fn commit<'a>(stream: &mut String, number: usize, files: impl Iterator<Item = &'a str>) {
    let message = format!("Change {number}\n");
    let when = 1_700_000_000 + number * 3600;
    let _ = write!(
        stream,
        "commit refs/heads/main\ncommitter Ada <ada@example.org> {when} +0000\ndata {}\n{message}",
        message.len()
    );
    for file in files {
        let content: String = (0..LINES_A_FILE)
            .map(|line| {
                format!(
                    "{file} line {line}, as of change {}\n",
                    number * line / LINES_A_FILE
                )
            })
            .collect();
        let _ = write!(
            stream,
            "M 100644 inline {file}\ndata {}\n{content}\n",
            content.len()
        );
    }
    stream.push('\n');
}

//! Names, prompts and paths that a shell, tmux, git or a terminal would obey: nothing is executed,
//! prompts arrive byte for byte, and no control byte reaches the terminal.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Ended, Repo};

/// Pieces that something on the way could obey, and texts around them.
const PIECES: [&str; 25] = [
    "#(touch pwned)",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "| touch pwned",
    "&& touch pwned",
    "\ntouch pwned\n",
    "\r\ntouch pwned",
    "--help",
    "-rf",
    "--upload-pack=touch pwned",
    "\u{1b}]0;pwned\u{7}",
    "\u{1b}[2J",
    "\u{9b}2J",
    "\u{202e}txt.exe",
    "\u{2066}a\u{2069}",
    "\u{200f}",
    "\u{85}next",
    "%s%n",
    "{name}",
    "'\"\\",
    "*?[a]",
    "~root",
    "feat",
    "漢字 é",
];

/// 200 strings.
fn strings() -> Vec<String> {
    let around: [fn(&str) -> String; 8] = [
        str::to_owned,
        |piece| format!("fix {piece}"),
        |piece| format!("{piece} now"),
        |piece| format!("a/{piece}"),
        |piece| format!("'{piece}'"),
        |piece| format!("\"{piece}\""),
        |piece| piece.repeat(3),
        |piece| {
            format!(
                "{piece}{}",
                "x".repeat(250_usize.saturating_sub(piece.len()))
            )
        },
    ];
    let all = PIECES
        .iter()
        .flat_map(|piece| around.map(|around| around(piece)));
    all.collect()
}

/// Insists that what was printed cannot drive a terminal.
#[track_caller]
fn is_tame(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        let obeyed = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let found = text.chars().find(|c| obeyed(*c));
        assert!(found.is_none(), "{found:?} is printed raw:\n{text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

/// Insists that nothing of all this was executed.
#[track_caller]
fn nothing_ran(repo: &Repo) {
    let mut folders = vec![repo.around().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            assert!(!path.ends_with("pwned"), "{} was made", path.display());
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            }
        }
    }
}

#[test]
fn as_titles_and_prompts_they_are_read_by_nobody_but_the_agent() {
    let repo = Repo::new();
    let tasks: Vec<_> = strings()
        .iter()
        .map(|text| json!({"title": text, "prompt": text}))
        .collect();
    assert_eq!(tasks.len(), 200);
    let file = json!({"tasks": tasks}).to_string();
    repo.file("tasks.json", &file);
    let split = repo.parallel(["split", "--from", "tasks.json"]).run();
    is_tame(&split);
    let split = repo
        .parallel(["split", "--from", "tasks.json", "--json"])
        .run();
    assert!(matches!(split.exit_code(), 0 | 1), "{}", split.stderr);
    // One of every kind is really worked at.
    let some: Vec<String> = strings().into_iter().step_by(17).collect();
    let tasks: Vec<_> = some
        .iter()
        .map(|text| json!({"title": text, "prompt": text}))
        .collect();
    repo.file("some.json", &json!({"tasks": tasks}).to_string());
    let copy = "cp \"$GIT_PARALLEL_PROMPT_FILE\" prompt.txt";
    let run = repo
        .parallel(["run", "--from", "some.json", "--exec", copy])
        .code(0);
    is_tame(&run);
    let listed = repo.parallel(["status", "--json"]).json(0);
    let listed = listed["tasks"].as_array().expect("tasks");
    assert_eq!(listed.len(), some.len());
    for (task, text) in listed.iter().zip(&some) {
        let tree = task["worktree"].as_str().expect("a worktree");
        let got = fs::read(Path::new(tree).join("prompt.txt")).expect("a prompt");
        let holds = got.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(
            holds,
            "{text:?} did not arrive: {}",
            String::from_utf8_lossy(&got)
        );
        let branch = task["branch"].as_str().expect("a branch");
        assert!(
            branch.bytes().all(|byte| byte.is_ascii_graphic()),
            "{branch:?}"
        );
    }
    for words in [
        &["status"][..],
        &["report"],
        &["logs"],
        &["check"],
        &["merge", "--partial"],
        &["clean"],
        &["undo", "--list"],
        &["doctor"],
    ] {
        is_tame(&repo.parallel(words).run());
    }
    nothing_ran(&repo);
}

#[test]
fn as_branches_they_are_shown_and_never_obeyed() {
    let repo = Repo::new();
    repo.branch("some-work", "main", &[("one", "x\n")]);
    let mut made = Vec::new();
    for (number, name) in strings().iter().enumerate() {
        // A number in front keeps `feat` and `feat/x` apart; git refuses many all the same.
        let full = format!("refs/heads/{number}{name}");
        if repo
            .ask_git(repo.path(), ["update-ref", &full, "some-work"])
            .status
            .success()
        {
            made.push(format!("{number}{name}"));
        }
    }
    assert!(made.len() >= 40, "git takes {} of them", made.len());
    is_tame(&repo.parallel(["check", "--branches"]).run());
    for name in made.iter().step_by(9) {
        let ended = repo.parallel(["check", "main", name]).run();
        assert!(
            matches!(ended.exit_code(), 0 | 1),
            "{name:?}: {}",
            ended.stderr
        );
        is_tame(&ended);
        is_tame(&repo.parallel(["merge", "-n", name]).run());
    }
    nothing_ran(&repo);
}

#[test]
fn as_words_of_a_command_line_they_are_refused_or_shown() {
    let repo = Repo::new();
    for text in strings().iter().step_by(5) {
        for words in [
            &["check", "main"][..],
            &["status"],
            &["merge"],
            &["clean"],
            &["undo"],
        ] {
            let ended = repo.parallel(words).args(["--", text]).run();
            assert!(matches!(ended.exit_code(), 0..=5), "{words:?} {text:?}");
            is_tame(&ended);
        }
    }
    nothing_ran(&repo);
}

#[test]
fn as_paths_they_are_shown_and_never_obeyed() {
    let repo = Repo::new();
    let names: Vec<String> = strings()
        .iter()
        .enumerate()
        .map(|(number, text)| format!("{number}{}", text.replace('/', "_")))
        .filter(|name| name.len() < 250)
        .collect();
    let files = |content: &'static str| -> Vec<(&str, &str)> {
        names.iter().map(|name| (name.as_str(), content)).collect()
    };
    repo.branch("a", "main", &files("a\n"));
    repo.branch("b", "main", &files("b\n"));
    let ended = repo.parallel(["check", "a", "b"]).code(1);
    is_tame(&ended);
    is_tame(&repo.parallel(["merge", "a", "b"]).code(1));
    is_tame(&repo.parallel(["analyze"]).code(0));
    nothing_ran(&repo);
}

//! What is generated from the command tree and committed, so that packagers need not build first,
//! is what the program generates now.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::Repo;

/// File name → content.
type Files = BTreeMap<String, String>;

#[test]
fn the_committed_manual_pages_are_those_of_the_program() {
    let repo = Repo::new();
    let data = repo.home().join("data");
    repo.parallel(["man", "--install"])
        .env("XDG_DATA_HOME", &data)
        .ok();
    let pages = files(&data.join("man/man1"));
    assert!(pages.contains_key("git-parallel.1"));
    same("man", &pages);
}

#[test]
fn the_committed_completion_scripts_are_those_of_the_program() {
    let repo = Repo::new();
    let scripts = [
        ("bash", "git-parallel"),
        ("zsh", "_git-parallel"),
        ("fish", "git-parallel.fish"),
    ];
    let scripts = scripts.map(|(shell, file)| {
        let script = repo.parallel(["completions", shell]).ok();
        (file.to_owned(), script)
    });
    same("completions", &Files::from(scripts));
}

/// Insists that a folder of the source tree holds these files and no others; with `UPDATE=1` in
/// the environment it makes it so instead.
#[track_caller]
fn same(folder: &str, expected: &Files) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if std::env::var_os("UPDATE").is_some() {
        update(&path, expected);
    }
    let committed = files(&path);
    let changed: Vec<&String> = expected
        .iter()
        .filter(|(name, text)| committed.get(*name) != Some(*text))
        .map(|(name, _)| name)
        .chain(
            committed
                .keys()
                .filter(|name| !expected.contains_key(*name)),
        )
        .collect();
    assert!(
        changed.is_empty(),
        "{folder}/ no longer matches the command tree: {changed:?}\n\
         make it anew with: UPDATE=1 cargo test drift"
    );
}

fn update(folder: &Path, expected: &Files) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    for (name, text) in expected {
        fs::write(folder.join(name), text).expect("a file");
    }
}

fn files(folder: &Path) -> Files {
    let Ok(entries) = fs::read_dir(folder) else {
        return Files::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a readable file");
            (name.into_owned(), text)
        })
        .collect()
}

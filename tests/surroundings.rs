//! What git's environment and a user's configuration say beside the point changes nothing: the same
//! day's work comes to the same, in this repository, and to nothing in any other.
//!
//! Where a setting makes a difference, the test names it. `EACH=1 cargo test --test cli
//! surroundings::` goes through all of them one by one from the start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Call, Repo, isolate, program_folder};

/// A name and its value.
type Pair = (&'static str, &'static str);

/// Settings that change how git talks, and not what it does. `SCRIPTS/` stands for a folder with
/// the programs that some name.
const SETTINGS: &[Pair] = &[
    ("advice.detachedHead", "true"),
    ("alias.check", "!false"),
    ("alias.merge-tree", "!false"),
    ("alias.parallel", "!false"),
    ("alias.status", "!false"),
    ("alias.worktree", "!false"),
    ("apply.whitespace", "error"),
    ("branch.autoSetupMerge", "always"),
    ("branch.autoSetupRebase", "always"),
    ("branch.sort", "-committerdate"),
    ("checkout.defaultRemote", "nowhere"),
    ("checkout.guess", "false"),
    ("checkout.workers", "4"),
    ("color.ui", "always"),
    ("column.ui", "always"),
    ("commit.cleanup", "verbatim"),
    ("commit.gpgSign", "true"),
    ("commit.status", "false"),
    ("commit.verbose", "true"),
    ("core.abbrev", "40"),
    ("core.autocrlf", "true"),
    ("core.commentChar", "%"),
    ("core.editor", "false"),
    ("core.hooksPath", "SCRIPTS/hooks"),
    ("core.ignoreStat", "false"),
    ("core.logAllRefUpdates", "false"),
    ("core.pager", "false"),
    ("core.preloadIndex", "false"),
    ("core.quotePath", "false"),
    ("core.untrackedCache", "true"),
    ("diff.algorithm", "patience"),
    ("diff.colorMoved", "zebra"),
    ("diff.context", "0"),
    ("diff.external", "false"),
    ("diff.ignoreSubmodules", "all"),
    ("diff.mnemonicPrefix", "true"),
    ("diff.noprefix", "true"),
    ("diff.orderFile", "/dev/null"),
    ("diff.relative", "true"),
    ("diff.renames", "copies"),
    ("feature.manyFiles", "true"),
    ("fetch.prune", "true"),
    ("format.pretty", "fuller"),
    ("gc.auto", "1"),
    ("gpg.program", "SCRIPTS/gpg"),
    ("grep.lineNumber", "true"),
    ("help.autoCorrect", "1"),
    ("i18n.logOutputEncoding", "ISO-8859-1"),
    ("index.skipHash", "true"),
    ("index.version", "4"),
    ("init.defaultBranch", "odd"),
    ("init.templateDir", "/nonexistent"),
    ("log.date", "iso"),
    ("log.decorate", "full"),
    ("log.follow", "true"),
    ("log.showRoot", "false"),
    ("log.showSignature", "true"),
    ("maintenance.auto", "true"),
    ("merge.autoStash", "true"),
    ("merge.conflictStyle", "zdiff3"),
    ("merge.ff", "false"),
    ("merge.log", "true"),
    ("merge.stat", "true"),
    ("merge.tool", "false"),
    ("pager.status", "true"),
    ("pull.rebase", "true"),
    ("push.default", "nothing"),
    ("rebase.autoSquash", "true"),
    ("rebase.autoStash", "true"),
    ("rebase.updateRefs", "true"),
    ("rerere.autoUpdate", "true"),
    ("rerere.enabled", "true"),
    ("safe.bareRepository", "explicit"),
    ("safe.directory", "/nowhere"),
    ("sequence.editor", "false"),
    ("stash.showPatch", "true"),
    ("status.branch", "true"),
    ("status.relativePaths", "true"),
    ("status.short", "true"),
    ("status.showStash", "true"),
    ("status.showUntrackedFiles", "no"),
    ("status.submoduleSummary", "true"),
    ("submodule.recurse", "true"),
    ("tag.gpgSign", "true"),
    ("versionsort.suffix", "-pre"),
    ("worktree.guessRemote", "true"),
];

/// By themselves, since git itself stumbles over them together ("BUG: fsmonitor.c", "BUG:
/// unpack-trees.c").
const ALONE: [&[Pair]; 2] = [
    &[("core.fsmonitor", "SCRIPTS/fsmonitor")],
    &[("core.splitIndex", "true")],
];

/// Variables that hooks, aliases, other tools and users leave in the environment. `OTHER/` stands
/// for another repository.
const VARIABLES: &[Pair] = &[
    ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "OTHER/.git/objects"),
    ("GIT_ATTR_SOURCE", "HEAD"),
    ("GIT_DEFAULT_HASH", "sha256"),
    ("GIT_DIFF_OPTS", "-u0"),
    ("GIT_EDITOR", "false"),
    ("GIT_EXTERNAL_DIFF", "false"),
    ("GIT_GRAFT_FILE", "/nonexistent"),
    ("GIT_IMPLICIT_WORK_TREE", "0"),
    ("GIT_INDEX_FILE", "OTHER/.git/index"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_MERGE_VERBOSITY", "5"),
    ("GIT_NAMESPACE", "elsewhere"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OBJECT_DIRECTORY", "OTHER/.git/objects"),
    ("GIT_PAGER", "false"),
    ("GIT_PREFIX", "nowhere/"),
    ("GIT_QUARANTINE_PATH", "OTHER/.git/objects"),
    ("GIT_REFLOG_ACTION", "something else"),
    ("GIT_REPLACE_REF_BASE", "refs/odd/"),
    ("GIT_SEQUENCE_EDITOR", "false"),
    ("GIT_SHALLOW_FILE", "/nonexistent"),
    ("GIT_TEMPLATE_DIR", "/nonexistent"),
    ("LANGUAGE", "de"),
    ("PAGER", "false"),
];

/// Every command once, in the order of a day; each finds what those before it left.
const DAY: &[&[&str]] = &[
    &["analyze"],
    &["split", "--tasks", "one,two", "--prompt", "Do it"],
    &["run", "--workers", "1", "--exec", WORK],
    &["status"],
    &["check"],
    &["check", "parallel/one", "rival", "--", "src"],
    &["merge", "-n", "--strategy", "rebase"],
    &[
        "merge",
        "--verify",
        "test -e src/one.txt || test -e src/two.txt",
    ],
    &["merge", "rival"],
    &["clean"],
    &["undo"],
    &["clean", "--force"],
    &["undo", "--list"],
    &["merge", "--strategy", "squash", "parallel/left", "rival"],
    &["undo"],
];

/// Edits, adds and deletes; a name that git would quote.
const WORK: &str = "echo \"$GIT_PARALLEL_NAME\" > src/$GIT_PARALLEL_NAME.txt; \
    echo x > \"src/stra\u{df}e $GIT_PARALLEL_NAME\"; rm -f gone-$GIT_PARALLEL_NAME; \
    [ $GIT_PARALLEL_NAME = one ] && echo changed > src/lib.rs; true";

/// A repository with some past and a branch that conflicts with what will be done.
fn morning() -> Repo {
    let repo = Repo::new();
    repo.file("src/lib.rs", "pub fn lib() {}\n")
        .file("gone-one", "1\n")
        .file("gone-two", "2\n")
        .file(".gitignore", "*.log\n")
        .commit("Begin");
    repo.branch("rival", "main", &[("src/lib.rs", "pub fn rival() {}\n")]);
    repo.branch("parallel/left", "main", &[("left", "x\n")]);
    repo
}

/// What a day's work told and came to, without what differs from day to day.
fn day(repo: &Repo, call: &dyn Fn(Call) -> Call) -> Vec<String> {
    let mut told = Vec::new();
    for words in DAY {
        let ended = call(repo.parallel(*words)).run();
        let code = ended.exit_code();
        let said = plain(&ended.stdout, repo.around());
        told.push(format!("$ {}\n{code}\n{said}", words.join(" ")));
        if !matches!(code, 0 | 1 | 4) {
            told.push(plain(&ended.stderr, repo.around()));
        }
    }
    for line in repo.git(["for-each-ref", "--format=%(refname)"]).lines() {
        let files = repo.git(["ls-tree", "-r", "-z", line]);
        let commits = repo.git(["rev-list", "--count", line]);
        told.push(format!("{line} {commits} {files}"));
    }
    told.push(plain(&repo.git(["worktree", "list"]), repo.around()));
    told.push(repo.git(["diff-index", "--name-status", "HEAD"]));
    told
}

/// Paths, object ids and times, taken out; columns, too, which depend on them.
fn plain(text: &str, around: &Path) -> String {
    let text = text.replace(&*around.to_string_lossy(), "AROUND");
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let id = bare.len() >= 7 && bare.chars().all(|c| c.is_ascii_hexdigit());
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        let unit = matches!(
            word.trim_matches(|c: char| !c.is_alphanumeric()),
            "s" | "min" | "ms"
        );
        match words.last_mut() {
            Some(last) if unit && last.starts_with(|c: char| c.is_ascii_digit()) => {
                "TIME".clone_into(last);
            }
            _ if id => words.push("ID".to_owned()),
            _ if number && word.contains(':') => words.push("TIME".to_owned()),
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// Programs that settings name: honest ones, which say more than is needed.
fn scripts(repo: &Repo) -> PathBuf {
    let folder = repo.home().join("scripts");
    let noisy = "#!/bin/sh\necho noise; echo noise >&2\n";
    let gpg = "#!/bin/sh\ncat >/dev/null\necho '-----BEGIN PGP SIGNATURE-----'\n\
               echo; echo x; echo '-----END PGP SIGNATURE-----'\n\
               echo '[GNUPG:] SIG_CREATED D 1 8 00 1 X' >&2\n";
    for (name, text) in [
        ("gpg", gpg),
        // Anything may have changed.
        ("fsmonitor", "#!/bin/sh\nprintf 'token\\0/\\0'\n"),
        ("hooks/pre-commit", noisy),
        ("hooks/post-commit", noisy),
        ("hooks/post-checkout", noisy),
        ("hooks/pre-merge-commit", noisy),
        ("hooks/prepare-commit-msg", noisy),
        ("hooks/commit-msg", noisy),
        ("hooks/post-merge", noisy),
        ("hooks/reference-transaction", "#!/bin/sh\ncat >/dev/null\n"),
        ("hooks/post-index-change", noisy),
    ] {
        repo.file_at(&folder, name, text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.join(name), mode).expect("a program");
    }
    folder
}

fn with_settings(settings: &[Pair]) -> Vec<String> {
    let repo = morning();
    let scripts = scripts(&repo).to_string_lossy().into_owned();
    for (key, value) in settings {
        let value = value.replace("SCRIPTS", &scripts);
        repo.git(["config", "--global", key, &value]);
    }
    day(&repo, &|call| call)
}

fn with_variables(variables: &[Pair]) -> Vec<String> {
    let repo = morning();
    let other = Repo::new();
    other.file("theirs", "x\n").commit("Theirs");
    let before = (other.everything(), objects(&other));
    let path = other.path().to_string_lossy().into_owned();
    let told = day(&repo, &|call| {
        variables.iter().fold(call, |call, (key, value)| {
            call.env(key, value.replace("OTHER", &path))
        })
    });
    assert_eq!(
        (other.everything(), objects(&other)),
        before,
        "{variables:?}"
    );
    told
}

/// How many objects a repository has.
fn objects(repo: &Repo) -> String {
    repo.git(["count-objects", "-v"])
}

/// Insists that the day is the same with all of these, and names those that change it.
fn changes_nothing(all: &[Pair], with: &dyn Fn(&[Pair]) -> Vec<String>) {
    let expected = with(&[]);
    if std::env::var_os("EACH").is_none() && with(all) == expected {
        return;
    }
    let mut guilty = Vec::new();
    for one in all {
        let told = with(&[*one]);
        if let Some((told, expected)) = told.iter().zip(&expected).find(|(a, b)| a != b) {
            guilty.push(format!(
                "{one:?}:\n--- with it\n{told}\n--- without\n{expected}"
            ));
        }
    }
    assert!(guilty.is_empty(), "{}", guilty.join("\n\n"));
    assert_eq!(with(all), expected, "only together");
}

#[test]
fn no_setting_of_git_changes_what_comes_of_a_day() {
    changes_nothing(SETTINGS, &with_settings);
    for one in ALONE {
        changes_nothing(one, &with_settings);
    }
}

#[test]
fn no_variable_of_git_changes_what_comes_of_a_day_or_another_repository() {
    changes_nothing(VARIABLES, &with_variables);
}

#[test]
fn sessions_and_verifications_inherit_no_repository() {
    let repo = morning();
    let other = Repo::new();
    let git_dir = repo.path().join(".git");
    let line = "git -C \"$OTHER\" rev-parse --show-toplevel > where.txt; \
                env | grep -E '^GIT_' | cut -d= -f1 | sort > variables.txt";
    let set = |call: Call| {
        let path = other.path().to_string_lossy().into_owned();
        let call = VARIABLES.iter().fold(call, |call, (key, value)| {
            call.env(key, value.replace("OTHER", &path))
        });
        call.env("OTHER", other.path())
            .env("GIT_DIR", &git_dir)
            .env("GIT_WORK_TREE", repo.path())
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "core.bare")
            .env("GIT_CONFIG_VALUE_0", "false")
    };
    set(repo.parallel(["run", "--tasks", "one", "--exec", line])).code(0);
    let seen = |file: &str| repo.git(["show", &format!("parallel/one:{file}")]);
    assert_eq!(Path::new(&seen("where.txt")), other.path());
    let about_a_repository = [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CONFIG_COUNT",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REFLOG_ACTION",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    ];
    let inherited = seen("variables.txt");
    let inherited: Vec<&str> = inherited
        .lines()
        .filter(|name| about_a_repository.contains(name))
        .collect();
    assert_eq!(inherited, Vec::<&str>::new());
    let verify = "test \"$(git -C \"$OTHER\" rev-parse --show-toplevel)\" = \"$OTHER\"";
    set(repo.parallel(["merge", "--verify", verify])).code(0);
}

/// The program on PATH, as `git parallel` finds it.
fn on_path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", program_folder().display())
}

/// Runs git with the program on its PATH and insists on success.
#[track_caller]
fn git(repo: &Repo, folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    isolate(&mut command, &repo.home());
    let output = command
        .env("PATH", on_path())
        .args(args)
        .current_dir(folder)
        .output()
        .expect("git starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn it_works_as_a_git_command_from_anywhere_and_as_an_alias() {
    let repo = morning();
    let asked = ["parallel", "check", "rival", "--format", "json"];
    let expected = repo.parallel(&asked[1..]).json(0);
    let json = |text: String| -> serde_json::Value { serde_json::from_str(&text).expect("JSON") };
    assert_eq!(json(git(&repo, repo.path(), &asked)), expected);
    assert_eq!(json(git(&repo, &repo.path().join("src"), &asked)), expected);
    let path = repo.path().to_string_lossy().into_owned();
    let from_afar = [&["-C", &path][..], &asked].concat();
    assert_eq!(json(git(&repo, &repo.home(), &from_afar)), expected);
    let git_dir = format!("--git-dir={path}/.git");
    let by_dir = [&[git_dir.as_str()][..], &asked].concat();
    assert_eq!(json(git(&repo, &repo.home(), &by_dir)), expected);
    repo.git(["config", "alias.p", "!git-parallel"]);
    let by_alias = [&["p"][..], &asked[1..]].concat();
    assert_eq!(
        json(git(&repo, &repo.path().join("src"), &by_alias)),
        expected
    );
}

/// Puts a hook in place.
fn hook(repo: &Repo, name: &str, line: &str) {
    let text = format!("#!/bin/sh\nPATH='{}'\n{line}\n", on_path());
    let path = repo.path().join(".git/hooks").join(name);
    repo.file(&format!(".git/hooks/{name}"), &text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
}

#[test]
fn a_hook_can_call_it_and_the_commit_that_is_being_made_is_not_touched() {
    let repo = morning();
    let out = repo.around().join("out");
    let run = format!(
        "[ -z \"$INSIDE\" ] || exit 0; export INSIDE=1\n\
         git parallel run --tasks hooked --exec 'echo x > hooked.txt' > '{0}' 2>&1 || exit 1\n\
         git parallel check >> '{0}' 2>&1 || exit 1\n\
         git parallel clean -f >> '{0}' 2>&1 || exit 1",
        out.display()
    );
    hook(&repo, "pre-commit", &run);
    repo.file("mine", "x\n").file("not-mine", "y\n");
    repo.git(["add", "mine"]);
    let done = repo.ask_git(repo.path(), ["commit", "--quiet", "-m", "Mine"]);
    let told = fs::read_to_string(&out).unwrap_or_default();
    assert!(done.status.success(), "{done:?}\n{told}");
    assert_eq!(
        repo.git(["show", "--name-only", "--format=", "HEAD"]),
        "mine"
    );
    // With an index of its own for the commit of one file.
    repo.file("src/lib.rs", "a\n").file("README.md", "b\n");
    repo.git(["commit", "--quiet", "-m", "Only this", "src/lib.rs"]);
    assert_eq!(
        repo.git(["show", "--name-only", "--format=", "HEAD"]),
        "src/lib.rs"
    );
    assert_eq!(repo.git(["diff", "--name-only"]), "README.md");
}

#[test]
fn a_rebase_can_run_it_at_every_step_in_a_linked_worktree_too() {
    let repo = morning();
    let side = repo.around().join("side");
    let path = side.to_string_lossy().into_owned();
    repo.git(["worktree", "add", "--quiet", "-b", "side", &path]);
    repo.file_at(&side, "one", "1\n");
    repo.git_at(&side, ["add", "."]);
    repo.git_at(&side, ["commit", "--quiet", "-m", "One"]);
    let step =
        "git parallel check rival --into main && git parallel status && git parallel analyze";
    git(
        &repo,
        &side,
        &["rebase", "--quiet", "--exec", step, "rival"],
    );
    assert_eq!(repo.git(["rev-list", "--count", "rival..side"]), "1");
}

#[test]
fn a_hook_of_a_push_can_check_what_is_there() {
    let repo = morning();
    let bare = repo.around().join("bare.git");
    let to = bare.to_string_lossy().into_owned();
    repo.git(["clone", "--quiet", "--bare", ".", &to]);
    let text = format!(
        "#!/bin/sh\nPATH='{}'\ngit parallel check rival parallel/left --into main >&2\n",
        on_path()
    );
    repo.file_at(&bare, "hooks/pre-receive", &text);
    let hook = bare.join("hooks/pre-receive");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).expect("a program");
    repo.branch("new", "main", &[("new", "x\n")]);
    let pushed = repo.ask_git(repo.path(), ["push", &to, "new"]);
    let told = String::from_utf8_lossy(&pushed.stderr);
    assert!(
        pushed.status.success() && told.contains("land together"),
        "{told}"
    );
}

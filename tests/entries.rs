//! What stands in the registry of worktrees for one that a run made: just what git would write.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::Repo;

/// Of each file of a worktree's entry, and of the link to it, what it says and who may read it. What
/// comes only with the checkout is left out, and the empty folder of refs, which older gits do
/// not make.
fn entry(repo: &Repo, worktree: &Path) -> BTreeMap<String, (u32, String)> {
    let entry = repo.path().join(".git/worktrees/project-one");
    let files = fs::read_dir(&entry).expect("an entry").flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.push(worktree.join(".git"));
    let told = |path: &Path| {
        let mode = path.metadata().expect("there").permissions().mode();
        let text = fs::read_to_string(path).unwrap_or_default();
        let name = path.file_name().expect("named").display().to_string();
        (name, (mode, text))
    };
    let mut told: BTreeMap<_, _> = paths.iter().map(|path| told(path)).collect();
    for late in ["index", "ORIG_HEAD", "logs", "refs"] {
        told.remove(late);
    }
    told
}

/// Insists that a run registers a worktree as `git worktree add` does.
#[track_caller]
fn is_as_git_writes_it(repo: &Repo) {
    repo.parallel(["run", "--tasks", "one", "--no-launch"]).ok();
    let worktree = repo.around().join("project-one");
    let path = worktree.to_str().expect("text");
    let log = ["reflog", "--format=%H %gs", "parallel/one"];
    let (ours, our_log) = (entry(repo, &worktree), repo.git(log));
    repo.git(["worktree", "unlock", path]);
    repo.git(["worktree", "remove", "--force", path]);
    repo.git(["branch", "--quiet", "-D", "parallel/one"]);
    let start = repo.git(["rev-parse", "HEAD"]);
    let add = ["worktree", "add", "--quiet", "--no-checkout", "--lock"];
    let rest = ["--reason", "git-parallel r1/T001", "-b", "parallel/one"];
    repo.git(add.iter().chain(&rest).chain(&[path, start.as_str()]));
    assert_eq!(ours, entry(repo, &worktree));
    assert_eq!(our_log, repo.git(log));
}

#[test]
fn an_entry_is_as_git_writes_it() {
    is_as_git_writes_it(&Repo::new());
}

#[test]
fn it_is_so_where_others_may_write_too() {
    let repo = Repo::new();
    repo.git(["config", "core.sharedRepository", "group"]);
    is_as_git_writes_it(&repo);
}

#[test]
fn it_is_so_where_each_worktree_has_a_configuration() {
    let repo = Repo::new();
    repo.git(["config", "extensions.worktreeConfig", "true"]);
    repo.git(["config", "--worktree", "user.name", "Grace"]);
    is_as_git_writes_it(&repo);
}

#[test]
fn a_branch_that_a_hook_refuses_is_not_made() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/reference-transaction");
    let script = "#!/bin/sh\n[ $1 = prepared ] || exit 0\n! grep -q refs/heads/parallel/\n";
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("its mode");
    let answer = repo
        .parallel(["run", "--tasks", "one", "--exec", "true", "--json"])
        .json(1);
    assert!(answer.to_string().contains("hook"), "{answer:#}");
    assert!(!repo.around().join("project-one").exists());
    assert!(!repo.path().join(".git/worktrees").exists());
}

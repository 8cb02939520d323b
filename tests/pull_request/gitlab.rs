//! Merge requests on GitLab, opened by what a push says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{branches, merge_pr, remote, tip};
use crate::support::Repo;

/// A remote that writes down the options of every push and answers as GitLab does.
fn gitlab() -> (Repo, PathBuf) {
    let repo = Repo::new();
    branches(&repo);
    let bare = remote(&repo, "shop.git", "git@gitlab.com:acme/web/shop.git");
    repo.git_at(&bare, ["config", "receive.advertisePushOptions", "true"]);
    let log = repo.around().join("options");
    let script = format!(
        "#!/bin/sh\nread old new ref\ni=0\n\
         while [ $i -lt ${{GIT_PUSH_OPTION_COUNT:-0}} ]; do\n\
         eval \"printf '%s %s\\n' \\\"$ref\\\" \\\"\\$GIT_PUSH_OPTION_$i\\\"\" >>'{}'\n\
         i=$((i + 1))\ndone\n\
         [ -e deaf ] && {{ echo; echo WARNINGS:; echo 'Error encountered with push options'; }}\n\
         echo\necho \"View merge request for ${{ref#refs/heads/}}:\"\n\
         [ -e deaf ] || echo \"  https://gitlab.com/acme/web/shop/-/merge_requests/$(wc -l <'{0}')\"\n",
        log.display()
    );
    let hook = bare.join("hooks/post-receive");
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
    (repo, log)
}

fn options(log: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_branch_is_pushed_with_what_gitlab_is_to_know() {
    let (repo, log) = gitlab();
    let answer = merge_pr(&repo, ["--draft", "--json", "b", "a"]).json(0);
    let said = options(&log);
    let has = |text: &str| {
        let found = said.iter().any(|option| option.contains(text));
        assert!(found, "{text}: {said:#?}");
    };
    has("refs/heads/a merge_request.create");
    has("refs/heads/a merge_request.target=main");
    has("refs/heads/a merge_request.title=Work on a");
    has("refs/heads/b merge_request.target=a");
    has("refs/heads/b merge_request.draft");
    has("refs/heads/b merge_request.description=Stacked on !5 (`a`)");
    has("\\n\\n1 commit, 1 file, +1 −0\\n\\n- ");
    assert!(!said.iter().any(|option| option.contains("git-parallel:")));
    assert_eq!(answer["remote"]["forge"], "gitlab");
    assert_eq!(answer["remote"]["repository"], "gitlab.com/acme/web/shop");
    let first = &answer["pull_requests"][0];
    assert_eq!(
        (&first["action"], &first["number"]),
        (&"opened".into(), &5.into())
    );
    assert_eq!(
        first["url"],
        "https://gitlab.com/acme/web/shop/-/merge_requests/5"
    );
}

#[test]
fn later_pushes_leave_the_words_to_people() {
    let (repo, log) = gitlab();
    merge_pr(&repo, ["a"])
        .code(0)
        .answers("1 merge request opened on gitlab.com/acme/web/shop")
        .answers("!4");
    merge_pr(&repo, ["a"])
        .code(0)
        .answers("1 branch up to date on gitlab.com/acme/web/shop")
        .says("GitLab is asked by a push only");
    fs::remove_file(&log).expect("a log");
    repo.git(["checkout", "--quiet", "a"]);
    repo.commit("More");
    repo.git(["checkout", "--quiet", "main"]);
    merge_pr(&repo, ["a"])
        .code(0)
        .answers("1 merge request updated");
    let expected = ["merge_request.create", "merge_request.target=main"];
    assert_eq!(
        options(&log),
        expected.map(|option| format!("refs/heads/a {option}"))
    );
}

#[test]
fn what_gitlab_complains_about_is_told_with_the_page_to_go_on() {
    let (repo, _) = gitlab();
    fs::write(repo.around().join("shop.git/deaf"), "").expect("a file");
    merge_pr(&repo, ["a"])
        .code(0)
        .answers("1 branch pushed on gitlab.com/acme/web/shop")
        .answers("WARNINGS: Error encountered with push options")
        .answers("https://gitlab.com/acme/web/shop/-/merge_requests/new?");
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn a_server_without_push_options_gets_nothing() {
    let (repo, _) = gitlab();
    let bare = repo.around().join("shop.git");
    repo.git_at(&bare, ["config", "receive.advertisePushOptions", "false"]);
    merge_pr(&repo, ["a"])
        .code(3)
        .says("does not support push options")
        .says("git config parallel.forge none");
    assert_eq!(tip(&repo, "shop.git", "a"), "");
}

#[test]
fn a_dry_run_pushes_nothing() {
    let (repo, log) = gitlab();
    merge_pr(&repo, ["-n", "a", "b"])
        .code(0)
        .answers("2 merge requests would be opened on gitlab.com/acme/web/shop");
    assert_eq!(
        (options(&log).len(), tip(&repo, "shop.git", "a")),
        (0, String::new())
    );
}

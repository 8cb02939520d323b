//! Pull requests on GitHub.

use serde_json::json;

use super::{Hub, branches, stands_for, tip};
use crate::support::Journal;

/// A finished run: `schema`, `api` on it, `docs`, and `web`, which needs the last two.
fn played(hub: &Hub) {
    let repo = &hub.repo;
    repo.branch("parallel/schema", "main", &[("schema.sql", "s\n")]);
    repo.branch("parallel/api", "parallel/schema", &[("api.rs", "1\n")]);
    repo.branch("parallel/docs", "main", &[("api.rs", "2\n")]);
    repo.branch("parallel/web", "main", &[("web.js", "w\n")]);
    let tasks: &[(u32, &str, &[u32])] = &[
        (1, "schema", &[]),
        (2, "api", &[1]),
        (3, "docs", &[]),
        (4, "web", &[2, 3]),
    ];
    let mut journal = Journal::of(repo, "r1", tasks);
    for (number, name, _) in tasks {
        let tip = repo.git(["rev-parse", &format!("parallel/{name}")]);
        journal.starts(*number, name, 1).ends(*number, 1, 0);
        journal.finishes(*number, "done", Some(&tip));
    }
    journal.over("done");
}

#[test]
fn every_branch_gets_a_pull_request_stacked_on_what_it_stands_on() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    let ended = hub.merge_pr(["c", "b", "a"]).code(0);
    let ended = ended.answers("3 pull requests opened on github.com/acme/shop");
    ended.answers("https://github.com/acme/shop/pull/1");
    let heads: Vec<_> = (1..=3)
        .map(|n| hub.forge.pull(n)["head"]["ref"].clone())
        .collect();
    let b = heads.iter().position(|head| head == "b").expect("b") as u64 + 1;
    let a = heads.iter().position(|head| head == "a").expect("a") as u64 + 1;
    assert!(a < b, "{heads:?}");
    assert_eq!(hub.base(b), "a");
    assert_eq!(hub.base(a), "main");
    assert!(
        hub.body(b).contains(&format!("Stacked on #{a} (`a`)")),
        "{}",
        hub.body(b)
    );
    assert!(
        hub.body(b).contains("1 commit, 1 file, +1 −0"),
        "{}",
        hub.body(b)
    );
    assert_eq!(hub.forge.pull(a)["title"], "Work on a");
    for branch in ["a", "b", "c"] {
        assert_eq!(
            tip(&hub.repo, "shop.git", branch),
            hub.repo.git(["rev-parse", branch])
        );
    }
    assert_eq!(hub.repo.git(["status", "--porcelain"]), "");
}

#[test]
fn a_run_opens_what_its_plan_and_its_sessions_say() {
    let Some(hub) = Hub::new() else { return };
    played(&hub);
    let answer = hub.merge_pr(["--draft", "--json"]).json(0);
    let opened = answer["pull_requests"].as_array().expect("a list");
    let seen: Vec<_> = opened
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap_or_default(),
                one["base"].clone(),
            )
        })
        .collect();
    assert_eq!(seen[0], ("schema", json!("main")));
    assert_eq!(opened.len(), 4);
    let base = |name: &str| seen.iter().find(|(n, _)| *n == name).expect(name).1.clone();
    assert_eq!(base("api"), "parallel/schema");
    assert_eq!(base("web"), "main");
    let web = opened.iter().find(|one| one["name"] == "web").expect("web");
    assert_eq!(web["after"], json!(["api", "docs"]));
    assert_eq!(web["draft"], true);
    let number = |name: &str| {
        let found = opened.iter().find(|one| one["name"] == name).expect(name);
        found["number"].as_u64().expect("a number")
    };
    let text = hub.body(number("web"));
    let after = format!(
        "After #{} (`parallel/api`), #{}",
        number("api"),
        number("docs")
    );
    assert!(text.contains(&after), "{text}");
    assert!(text.contains("Seen when it ended: exit code 0."), "{text}");
    assert!(text.contains("Parallel-Task: r1/T004"), "{text}");
    let text = hub.body(number("api"));
    let clash = format!(
        "conflicts with #{} (`parallel/docs`) in `api.rs`",
        number("docs")
    );
    assert!(text.contains(&clash), "{text}");
    let pull = hub.forge.pull(number("api"));
    assert_eq!(
        (&pull["title"], &pull["draft"]),
        (&json!("Make api"), &json!(true))
    );
}

#[test]
fn a_second_call_changes_nothing_that_is_as_it_should_be() {
    let Some(hub) = Hub::new() else { return };
    played(&hub);
    hub.merge_pr([]).code(0);
    hub.forge.asked("POST pulls");
    hub.forge.asked("PATCH pulls");
    let before = hub.repo.everything();
    hub.merge_pr([])
        .code(0)
        .answers("4 pull requests up to date");
    assert_eq!(
        (
            hub.forge.asked("POST pulls"),
            hub.forge.asked("PATCH pulls")
        ),
        (0, 0)
    );
    assert_eq!(hub.forge.pulls(), 4);
    assert_eq!(hub.repo.everything(), before);
}

#[test]
fn new_commits_are_pushed_and_what_people_wrote_stays() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.merge_pr(["a"]).code(0);
    hub.forge.edit(1, |pull| {
        let body = format!(
            "Please read!\r\n\r\n{}\r\n\r\ncc ada",
            pull["body"].as_str().expect("text")
        );
        pull["body"] = body.replace('\n', "\r\n").replace("\r\r", "\r").into();
        pull["title"] = "My own title".into();
    });
    hub.repo.git(["checkout", "--quiet", "a"]);
    hub.repo.file("more.txt", "x\n").commit("More of a");
    hub.repo.git(["checkout", "--quiet", "main"]);
    hub.merge_pr(["a"])
        .code(0)
        .answers("1 pull request updated");
    let text = hub.body(1);
    assert!(text.starts_with("Please read!\r\n\r\n<!--"), "{text:?}");
    assert!(
        text.ends_with("\r\n\r\ncc ada") && text.contains("More of a"),
        "{text}"
    );
    assert_eq!(hub.forge.pull(1)["title"], "My own title");
    assert_eq!(
        tip(&hub.repo, "shop.git", "a"),
        hub.repo.git(["rev-parse", "a"])
    );
}

#[test]
fn a_pull_request_that_somebody_opened_is_adopted_with_its_words() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.merge_pr(["a"]).code(0);
    hub.forge.edit(1, |pull| {
        pull["body"] = "By hand".into();
        pull["base"]["ref"] = "develop".into();
    });
    hub.merge_pr(["a", "b"])
        .code(0)
        .answers("1 pull request opened, 1 up to date");
    assert_eq!(
        (hub.body(1), hub.base(1)),
        ("By hand".to_owned(), "develop".to_owned())
    );
    assert!(hub.body(2).contains("Stacked on #1"), "{}", hub.body(2));
}

#[test]
fn what_stood_on_a_merged_one_goes_onto_the_target() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.merge_pr(["a", "b"]).code(0);
    assert_eq!(hub.base(2), "a");
    hub.forge.edit(1, |pull| {
        pull["state"] = "closed".into();
        pull["merged_at"] = "2026-01-01T00:00:00Z".into();
    });
    hub.merge_pr(["-n", "a", "b"])
        .code(0)
        .answers("1 pull request would be updated, 1 merged already");
    assert_eq!(hub.base(2), "a");
    hub.merge_pr(["a", "b"])
        .code(0)
        .answers("1 pull request updated, 1 merged already");
    assert_eq!(hub.base(2), "main");
    assert!(!hub.body(2).contains("Stacked"), "{}", hub.body(2));
    // It goes on after its merge: that is a pull request of its own.
    hub.repo.git(["checkout", "--quiet", "a"]);
    hub.repo.commit("Once more");
    hub.repo.git(["checkout", "--quiet", "main"]);
    hub.merge_pr(["a"]).code(0).answers("#3");
}

#[test]
fn a_closed_one_is_left_alone_and_told() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.merge_pr(["a"]).code(0);
    hub.forge.edit(1, |pull| pull["state"] = "closed".into());
    hub.repo.git(["branch", "--force", "a", "b"]);
    let before = tip(&hub.repo, "shop.git", "a");
    hub.merge_pr(["a", "c"])
        .code(1)
        .answers("1 pull request opened, 1 closed")
        .says("gh pr reopen https://github.com/acme/shop/pull/1");
    assert_eq!(tip(&hub.repo, "shop.git", "a"), before);
    assert_eq!(hub.forge.pull(1)["state"], "closed");
}

#[test]
fn a_dry_run_asks_and_does_nothing() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    let before = hub.repo.everything();
    hub.merge_pr(["--dry-run", "--draft", "a", "b"])
        .code(0)
        .answers("2 pull requests would be opened on github.com/acme/shop")
        .answers("would be opened as a draft onto a")
        .says("next: git parallel merge --pr --draft a b");
    hub.merge_pr(["-n", "a", "--into", "main", "--no-verify"])
        .code(0)
        .says("next: git parallel merge --into main --no-verify --pr a");
    assert_eq!(hub.repo.everything(), before);
    assert_eq!(tip(&hub.repo, "shop.git", "a"), "");
    assert_eq!(hub.forge.pulls(), 0);
}

#[test]
fn what_conflicts_with_the_target_is_opened_and_told() {
    let Some(hub) = Hub::new() else { return };
    hub.repo.branch("a", "main", &[("README.md", "# Mine\n")]);
    hub.repo.file("README.md", "# Theirs\n").commit("Rename");
    hub.merge_pr(["a"])
        .code(1)
        .answers("conflicts with main in README.md")
        .says("main is 1 commit ahead of origin")
        .says("next: git push origin main:main");
    assert!(hub.body(1).contains("conflicts with `main` in `README.md`"));
}

#[test]
fn what_the_target_holds_needs_no_pull_request() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.repo.git(["merge", "--quiet", "--no-edit", "a"]);
    hub.merge_pr(["a"])
        .code(0)
        .answers("nothing to open: main holds it already");
    let answer = hub.merge_pr(["--json", "a", "b"]).json(0);
    assert_eq!(answer["already"], json!(["a"]));
    assert_eq!(answer["pull_requests"][0]["base"], "main");
    assert_eq!(hub.forge.pulls(), 1);
}

#[test]
fn one_task_of_a_run_stands_on_what_is_on_the_remote() {
    let Some(hub) = Hub::new() else { return };
    played(&hub);
    hub.merge_pr(["r1/api"])
        .code(0)
        .answers("brings the commits of schema: not on origin");
    assert_eq!(hub.base(1), "main");
    hub.repo
        .git(["push", "--quiet", "origin", "parallel/schema"]);
    hub.merge_pr(["r1/api"])
        .code(0)
        .answers("1 pull request updated");
    assert_eq!(hub.base(1), "parallel/schema");
}

#[test]
fn a_fork_is_pushed_to_and_nothing_is_stacked_across() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    let repo = &hub.repo;
    repo.git(["clone", "--quiet", "--bare", ".", "../fork.git"]);
    repo.git(["--git-dir=../fork.git", "branch", "-D", "a", "b", "c"]);
    let fork = repo.around().join("fork.git");
    repo.git(["remote", "add", "fork", "git@github.com:ada/shop-fork.git"]);
    stands_for(repo, "git@github.com:ada/shop-fork.git", &fork);
    hub.forge.host("ada/shop-fork", &fork);
    repo.git(["config", "remote.pushDefault", "fork"]);
    hub.merge_pr(["a", "b"])
        .code(0)
        .answers("2 pull requests opened on github.com/acme/shop")
        .answers("to be merged after a");
    assert_eq!(hub.forge.pull(1)["head"]["label"], "ada:a");
    assert_eq!(hub.base(2), "main");
    assert!(
        hub.body(2).contains("After #1 (`a`): merge those first"),
        "{}",
        hub.body(2)
    );
    assert_eq!(
        (
            tip(repo, "shop.git", "a"),
            tip(repo, "fork.git", "a").is_empty()
        ),
        (String::new(), false)
    );
    hub.merge_pr(["a", "b"])
        .code(0)
        .answers("2 pull requests up to date");
}

#[test]
fn the_base_is_what_the_target_is_called_on_the_remote() {
    let Some(hub) = Hub::new() else { return };
    branches(&hub.repo);
    hub.repo
        .git(["push", "--quiet", "origin", "main:refs/heads/trunk"]);
    hub.repo.git(["fetch", "--quiet", "origin"]);
    hub.repo.git([
        "branch",
        "--quiet",
        "--set-upstream-to=origin/trunk",
        "main",
    ]);
    hub.merge_pr(["a"]).code(0);
    assert_eq!(hub.base(1), "trunk");
}

#[test]
fn names_and_words_that_mean_something_elsewhere_are_only_names_and_words() {
    let Some(hub) = Hub::new() else { return };
    let repo = &hub.repo;
    let name = "fix/ü$(id)&'q;--";
    repo.git(["branch", name, "main"]);
    repo.git(["checkout", "--quiet", name]);
    repo.file("f", "1\n")
        .commit("-t @everyone \u{1b}[31m <!-- git-parallel: end -->");
    repo.git(["checkout", "--quiet", "main"]);
    hub.merge_pr([name]).code(0);
    let pull = hub.forge.pull(1);
    assert_eq!(pull["head"]["ref"], name);
    assert_eq!(
        pull["title"],
        "-t @everyone [31m <!-- git-parallel: end -->"
    );
    assert!(!hub.body(1).contains("@everyone"), "{}", hub.body(1));
    assert_eq!(hub.body(1).matches("<!-- git-parallel: end").count(), 1);
    hub.merge_pr([name]).code(0).answers("up to date");
}

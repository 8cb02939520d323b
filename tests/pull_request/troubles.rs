//! What goes wrong between here and GitHub, at every step: nothing is lost, nothing is there twice,
//! and the next call goes on.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::thread;
use std::time::Duration;

use super::{Hub, branches, stands_for, tip};
use crate::support::Fault;

fn hub() -> Option<Hub> {
    let hub = Hub::new()?;
    branches(&hub.repo);
    hub.repo.git(["config", "parallel.forgeTimeout", "10s"]);
    Some(hub)
}

/// Where the first program of this name on PATH lies.
fn on_path(program: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(program));
    all.find(|file| file.exists())
        .expect("an installed program")
}

#[test]
fn without_gh_nothing_is_pushed() {
    let Some(hub) = hub() else { return };
    let folder = hub.repo.around().join("bin");
    fs::create_dir(&folder).expect("a folder");
    for program in ["git", "sh"] {
        symlink(on_path(program), folder.join(program)).expect("a link");
    }
    let before = hub.repo.everything();
    hub.merge_pr(["a"])
        .env("PATH", &folder)
        .code(3)
        .says("gh is not installed")
        .says("nothing was pushed")
        .says("git config parallel.forge none");
    assert_eq!(tip(&hub.repo, "shop.git", "a"), "");
    assert_eq!(hub.repo.everything(), before);
}

#[test]
fn without_a_login_nothing_is_pushed() {
    let Some(hub) = hub() else { return };
    fs::remove_file(hub.repo.home().join(".config/gh/hosts.yml")).expect("a login");
    hub.merge_pr(["a"])
        .code(3)
        .says("gh is not logged in to github.com")
        .says("gh auth login --hostname github.com");
    assert_eq!(tip(&hub.repo, "shop.git", "a"), "");
}

#[test]
fn a_server_that_refuses_or_fails_at_first_sees_no_push() {
    let Some(hub) = hub() else { return };
    let cases = [
        (
            401,
            "Bad credentials",
            "gh auth login --hostname github.com",
        ),
        (403, "API rate limit exceeded", "rate_limit"),
        (404, "Not Found", "has no repository acme/shop"),
        (502, "Bad Gateway", "fails (502)"),
    ];
    for request in ["GET /repos/acme/shop", "GET /repos/acme/shop/pulls"] {
        for (status, message, hint) in cases {
            hub.forge.asked("GET");
            if request.ends_with("pulls") {
                // The repository itself is seen; its pull requests are not.
                hub.forge.fault("GET pulls", Fault::Refuse(status, message));
                hub.merge_pr(["a"])
                    .code(3)
                    .says(message)
                    .says("nothing was pushed");
            } else {
                hub.forge.fault(request, Fault::Refuse(status, message));
                hub.merge_pr(["a"])
                    .code(3)
                    .says(hint)
                    .says("nothing was pushed");
            }
        }
    }
    assert_eq!(tip(&hub.repo, "shop.git", "a"), "");
    assert_eq!(hub.forge.pulls(), 0);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_forever() {
    let Some(hub) = hub() else { return };
    hub.repo.git(["config", "parallel.forgeTimeout", "2s"]);
    hub.forge.fault("GET /repos", Fault::LoseAnswer);
    hub.merge_pr(["a"])
        .code(3)
        .says("github.com did not answer within 2 s")
        .says("nothing was pushed");
    assert_eq!(tip(&hub.repo, "shop.git", "a"), "");
}

#[test]
fn a_pull_request_whose_answer_was_lost_is_found_by_the_next_call() {
    let Some(hub) = hub() else { return };
    hub.repo.git(["config", "parallel.forgeTimeout", "3s"]);
    hub.forge.fault("POST pulls", Fault::LoseAnswer);
    hub.merge_pr(["a", "b", "c"])
        .code(3)
        .answers("did not answer within 3 s")
        .says("not every pull request is there and as it should be: 'a', 'b', 'c'")
        .says("git parallel merge --pr a b c");
    assert_eq!(hub.forge.pulls(), 1);
    assert_eq!(
        tip(&hub.repo, "shop.git", "c"),
        hub.repo.git(["rev-parse", "c"])
    );
    hub.merge_pr(["a", "b", "c"])
        .code(0)
        .answers("2 pull requests opened, 1 up to date");
    assert_eq!(hub.forge.pulls(), 3);
    assert_eq!(hub.base(2), "a");
}

#[test]
fn one_that_is_refused_does_not_keep_the_others() {
    let Some(hub) = hub() else { return };
    let words = "Draft pull requests are not supported in this repository.";
    hub.forge.fault("POST pulls", Fault::Refuse(422, words));
    let ended = hub.merge_pr(["--json", "a", "c"]).code(3).says("'a'");
    let answer = ended.json();
    let first = &answer["pull_requests"][0];
    assert_eq!(first["action"], "failed");
    assert_eq!(first["problem"], format!("github.com says: {words}"));
    assert_eq!(answer["pull_requests"][1]["action"], "opened");
    hub.merge_pr(["a", "c"]).code(0);
    assert_eq!(hub.forge.pulls(), 2);
}

#[test]
fn a_limit_that_is_reached_on_the_way_stops_the_rest() {
    let Some(hub) = hub() else { return };
    hub.forge
        .fault("POST pulls", Fault::Refuse(403, "API rate limit exceeded"));
    hub.merge_pr(["a", "c"]).code(3).says("'a', 'c'");
    assert_eq!((hub.forge.asked("POST pulls"), hub.forge.pulls()), (1, 0));
    hub.merge_pr(["a", "c"])
        .code(0)
        .answers("2 pull requests opened");
}

#[test]
fn a_description_that_could_not_be_renewed_is_renewed_later() {
    let Some(hub) = hub() else { return };
    hub.merge_pr(["a", "b"]).code(0);
    hub.forge.edit(1, |pull| {
        let body = pull["body"]
            .as_str()
            .expect("text")
            .replace("1 file", "7 files");
        pull["body"] = body.into();
    });
    hub.forge.fault("PATCH pulls", Fault::Refuse(500, "Oops"));
    hub.merge_pr(["a", "b"]).code(3).says("'a'");
    hub.merge_pr(["a", "b"])
        .code(0)
        .answers("1 pull request updated, 1 up to date");
    assert!(hub.body(1).contains("1 file"), "{}", hub.body(1));
}

#[test]
fn killed_at_any_moment_the_next_call_finishes_and_opens_nothing_twice() {
    let Some(hub) = hub() else { return };
    let refs = hub.repo.git(["for-each-ref", "refs/heads"]);
    for pause in (50..1000).step_by(190) {
        let mut call = hub.merge_pr(["a", "b", "c"]).spawn();
        thread::sleep(Duration::from_millis(pause));
        call.kill().expect("a signal");
        call.wait().expect("an end");
    }
    // What was left behind finishes what it began.
    thread::sleep(Duration::from_millis(500));
    hub.merge_pr(["a", "b", "c"]).code(0);
    assert_eq!(hub.forge.pulls(), 3);
    assert_eq!(hub.repo.git(["for-each-ref", "refs/heads"]), refs);
    for branch in ["a", "b", "c"] {
        assert_eq!(
            tip(&hub.repo, "shop.git", branch),
            hub.repo.git(["rev-parse", branch])
        );
    }
}

#[test]
fn a_name_that_only_ssh_knows_is_the_host_that_it_stands_for() {
    let Some(hub) = hub() else { return };
    let folder = hub.repo.around().join("bin");
    fs::create_dir(&folder).expect("a folder");
    let ssh = folder.join("ssh");
    let says = "#!/bin/sh\n[ \"$1 $2\" = '-G work' ] && echo hostname github.com\n";
    fs::write(&ssh, says).expect("a program");
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).expect("a mode");
    let url = "git@work:acme/shop.git";
    stands_for(&hub.repo, url, &hub.repo.around().join("shop.git"));
    hub.repo.git(["remote", "set-url", "origin", url]);
    let path = std::env::var_os("PATH").expect("PATH");
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
    hub.merge_pr(["a"])
        .env("PATH", path.expect("a PATH"))
        .code(0)
        .answers("1 pull request opened on github.com/acme/shop");
}

#[test]
fn a_host_of_ones_own_is_githubs_where_gh_is_logged_in() {
    let Some(hub) = hub() else { return };
    let url = "https://code.acme.dev/acme/shop.git";
    stands_for(&hub.repo, url, &hub.repo.around().join("shop.git"));
    hub.repo.git(["remote", "set-url", "origin", url]);
    hub.merge_pr(["-n", "a"])
        .code(0)
        .answers("1 branch would be pushed");
    let hosts = hub.repo.home().join(".config/gh/hosts.yml");
    let login = "code.acme.dev:\n    oauth_token: t\n    user: ada\n    git_protocol: https\n";
    fs::write(hosts, login).expect("a login");
    hub.merge_pr(["a"])
        .code(0)
        .answers("1 pull request opened on code.acme.dev/acme/shop");
}

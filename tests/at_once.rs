//! Twenty of everything at once in one repository: each comes to its end, nothing is lost, nothing
//! is left half done.

use std::process::Child;

use crate::support::Repo;

const MANY: usize = 20;

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn twenty_runs_looks_and_clean_ups_at_once_come_to_their_ends() {
    let repo = Repo::new();
    repo.git(["config", "parallel.worktrees", "100"]);
    let line = "echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME.txt";
    repo.parallel(["run", "--tasks", "first", "--exec", line])
        .code(0);
    let mut children = Vec::new();
    for number in 0..MANY {
        let name = format!("task-{number}");
        let run = ["run", "--tasks", &name, "--exec", line];
        children.push((format!("{run:?}"), repo.parallel(run).spawn()));
        children.push((
            "status".to_owned(),
            repo.parallel(["status", "--json"]).spawn(),
        ));
        children.push(("clean".to_owned(), repo.parallel(["clean", "r1"]).spawn()));
    }
    for (what, child) in children {
        let (code, said) = ended(child);
        // 5: busy, told with the holder. A run of its own is never busy for long enough.
        let right = match what.as_str() {
            "status" => matches!(code, Some(0)),
            "clean" => matches!(code, Some(0 | 4 | 5)),
            _ => matches!(code, Some(0)),
        };
        assert!(right, "{what}: {code:?}\n{said}");
    }
    for number in 0..MANY {
        let branch = format!("parallel/task-{number}");
        let file = format!("{branch}:task-{number}.txt");
        assert_eq!(repo.git(["show", &file]), format!("task-{number}"));
        assert!(
            repo.around()
                .join(format!("project-task-{number}"))
                .exists()
        );
    }
    let runs = repo.parallel(["undo", "--list", "--json"]).json(0);
    let runs = runs["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), MANY + 1);
    // What was not merged is kept, however often it is asked for.
    assert_eq!(repo.git(["show", "parallel/first:first.txt"]), "first");
    repo.git(["fsck", "--no-progress", "--no-dangling"]);
    let listed = repo.git(["worktree", "list", "--porcelain"]);
    assert!(
        !listed.contains("prunable") && !listed.contains("initializing"),
        "{listed}"
    );
    repo.parallel(["doctor"]).code(0);
}

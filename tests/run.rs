//! `git parallel run`: real worktrees, real processes, killed at every moment.

use crate::support::Repo;

#[test]
fn every_task_gets_a_worktree_a_branch_and_its_work_committed() {
    let repo = Repo::new();
    let before = repo.checkout_state();
    let answer = repo
        .parallel(["run", "--tasks", "alpha,beta", "--exec"])
        .args(["echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME.txt", "--json"])
        .json(0);
    assert_eq!(answer["state"], "done");
    for name in ["alpha", "beta"] {
        let branch = format!("parallel/{name}");
        assert_eq!(repo.git(["show", &format!("{branch}:{name}.txt")]), name);
        assert_eq!(
            repo.git(["rev-list", "--count", &format!("main..{branch}")]),
            "1"
        );
        assert!(repo.around().join(format!("project-{name}")).is_dir());
        let trailer = repo.git(["log", "-1", "--format=%(trailers)", &branch]);
        assert!(trailer.starts_with("Parallel-Task: r1/T00"), "{trailer}");
    }
    assert_eq!(repo.checkout_state(), before);
}

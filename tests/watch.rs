//! `git parallel status --watch`, on a real terminal of 80 columns and 24 rows.

use std::fs;

use crate::support::{Journal, Repo, Tmux, have};

/// Commits, says so, and waits for a file beside the repository that says how to end.
const WORK: &str = "echo work > $GIT_PARALLEL_NAME.txt; git add .; git commit -qm Work; \
    echo committed; while ! [ -e $GO/$GIT_PARALLEL_NAME ]; do sleep 0.05; done; \
    exit $(cat $GO/$GIT_PARALLEL_NAME)";

fn at_work(tasks: &str) -> Repo {
    let repo = Repo::new();
    repo.parallel(["run", "--detach", "--tasks", tasks, "--exec", WORK])
        .env("GO", repo.around())
        .code(0);
    repo
}

fn let_go(repo: &Repo, task: &str, code: &str) {
    let path = repo.around().join(task);
    let draft = path.with_extension("new");
    fs::write(&draft, code).expect("written");
    fs::rename(draft, path).expect("renamed");
}

#[test]
fn a_run_is_watched_to_its_end_and_its_exit_code() {
    if !have("tmux") {
        return;
    }
    let repo = at_work("alpha,beta");
    let tmux = Tmux::start(repo.path(), &repo.home());
    tmux.types("git parallel status --watch; echo code $?");
    let screen = tmux.until("both at work, with what they committed", |screen| {
        let of = |name: &str| {
            screen
                .lines()
                .find(|l| l.contains(name))
                .unwrap_or("")
                .to_owned()
        };
        let works = |line: &str| line.contains(" 1 ") && line.contains("running, last output (");
        works(&of("T001")) && works(&of("T002"))
    });
    assert!(tmux.is_taken());
    assert!(
        screen.starts_with("0 of 2 done, 2 running\nr1 running for "),
        "{screen}"
    );
    assert!(screen.contains("q leaves; the run goes on"), "{screen}");
    let_go(&repo, "alpha", "3");
    let screen = tmux.sees("failed, exit code 3");
    let place = |name: &str| screen.find(name).expect("a line");
    assert!(place("alpha") < place("beta"), "{screen}");
    let_go(&repo, "beta", "0");
    let screen = tmux.sees("code 1");
    assert!(!tmux.is_taken());
    assert!(screen.contains("1 of 2 done, 1 failed"), "{screen}");
    assert!(
        screen.contains("next: git parallel logs r1/T001"),
        "{screen}"
    );
}

#[test]
fn q_and_ctrl_c_leave_and_the_run_goes_on() {
    if !have("tmux") {
        return;
    }
    let repo = at_work("alpha");
    let tmux = Tmux::start(repo.path(), &repo.home());
    for (key, number) in [("q", "1"), ("C-c", "2")] {
        tmux.types(&format!("git parallel status -w @; echo left-{number} $?"));
        tmux.sees("running, last output");
        tmux.presses(key);
        let screen = tmux.sees(&format!("\nleft-{number} 0"));
        assert!(!tmux.is_taken());
        assert!(
            screen.contains("r1 is running: 0 of 1 done, 1 running"),
            "{screen}"
        );
    }
    // The keyboard is as it was: lines, echo, signals.
    tmux.types("stty -a | tr ' ' '\\n' | grep -x 'icanon\\|isig\\|echo'");
    tmux.until("all set", |screen| {
        let set = |flag: &str| screen.lines().any(|line| line.trim() == flag);
        set("icanon") && set("isig") && set("echo")
    });
    let_go(&repo, "alpha", "0");
    repo.parallel(["wait"]).code(0);
}

#[test]
fn fifty_tasks_stay_readable_on_a_small_terminal_and_it_follows_resizes() {
    if !have("tmux") {
        return;
    }
    let repo = Repo::new();
    let names: Vec<String> = (1..=50).map(|n| format!("some-task-{n}")).collect();
    let none: &[u32] = &[];
    let tasks: Vec<_> = (1..)
        .zip(&names)
        .map(|(n, name)| (n, name.as_str(), none))
        .collect();
    let mut journal = Journal::of(&repo, "r1", &tasks);
    for (number, name, _) in &tasks[..45] {
        journal.starts(*number, name, 1);
        match number {
            1..=40 => journal.ends(*number, 1, 0).finishes(*number, "done", None),
            41 => journal
                .ends(*number, 1, 3)
                .finishes(*number, "failed", None),
            _ => &mut journal,
        };
    }
    let _supervisor = journal.supervised();
    let tmux = Tmux::start(repo.path(), &repo.home());
    tmux.types("git parallel status --watch");
    let screen = tmux.sees("and 34 more done");
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines.len(), 24, "{screen}");
    assert!(
        lines[5].contains("T041") && lines[5].contains("exit code 3"),
        "{screen}"
    );
    assert!(
        lines[6].contains("T042") && lines[6].contains("running"),
        "{screen}"
    );
    assert!(lines[23].contains("q leaves"), "{screen}");
    tmux.resizes(60, 12);
    let screen = tmux.sees("and 46 more:");
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines.len(), 12, "{screen}");
    assert!(lines[5].contains("T041"), "{screen}");
    tmux.presses("q");
    tmux.until("the screen is given back", |_| !tmux.is_taken());
}

#[test]
fn without_a_terminal_it_names_what_to_use_instead() {
    let repo = Repo::new();
    Journal::of(&repo, "r1", &[(1, "auth", &[])]);
    let refused = repo.parallel(["status", "--watch"]).code(2);
    let refused = refused
        .says("git parallel wait r1")
        .says("git parallel status r1");
    assert_eq!(refused.stdout, "");
    repo.parallel(["status", "--watch", "--json"])
        .code(2)
        .says("git parallel wait --json r1");
    repo.parallel(["status", "--watch", "T001"])
        .code(2)
        .says("git parallel logs --follow r1/T001");
}

#[test]
fn a_run_that_nobody_supervises_is_not_watched_for_ever() {
    if !have("tmux") {
        return;
    }
    let repo = Repo::new();
    Journal::of(&repo, "r1", &[(1, "auth", &[])]).starts(1, "auth", 1);
    let tmux = Tmux::start(repo.path(), &repo.home());
    tmux.types("git parallel status --watch; echo code $?");
    tmux.sees("nobody supervises r1");
    let screen = tmux.sees("code 3");
    assert!(screen.contains("git parallel run --resume r1"), "{screen}");
}

#[test]
fn a_command_is_told_what_happens_also_in_the_background_and_cannot_hold_a_run_up() {
    let repo = Repo::new();
    let told = repo.around().join("told");
    let line = format!("cat >> {}; exit 7", told.display());
    repo.parallel(["run", "--detach", "--tasks", "alpha", "--on-event", &line])
        .args(["--exec", "echo x > x.txt"])
        .code(0);
    repo.parallel(["wait"]).code(0);
    let log = repo.path().join(".git/parallel/runs/r1/supervisor.log");
    let start = std::time::Instant::now();
    while !fs::read_to_string(&log)
        .expect("a log")
        .contains("calls failed")
    {
        assert!(start.elapsed().as_secs() < 60, "the failures are not told");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let told = fs::read_to_string(told).expect("told");
    let events: Vec<serde_json::Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<&str> = events.iter().filter_map(|e| e["event"].as_str()).collect();
    assert_eq!(names, ["session-started", "task-finished", "run-ended"]);
    assert_eq!(events[1]["name"], "alpha");
    assert_eq!(events[1]["outcome"], "done");
}

#[test]
fn who_watches_can_be_told_too() {
    if !have("tmux") {
        return;
    }
    let repo = at_work("alpha");
    let tmux = Tmux::start(repo.path(), &repo.home());
    tmux.types("git parallel status --watch --bell --on-event 'cat > ../told'; echo code $?");
    tmux.sees("running, last output");
    let_go(&repo, "alpha", "0");
    tmux.sees("code 0");
    let told = fs::read_to_string(repo.around().join("told")).expect("told");
    assert!(
        told.contains(r#""event":"run-ended","state":"done""#),
        "{told}"
    );
    assert!(tmux.has_rung());
}

#[test]
fn a_command_is_told_that_a_run_goes_on_again() {
    let repo = Repo::new();
    let line = "echo $GIT_PARALLEL_EVENT >> ../told";
    repo.parallel([
        "run",
        "--tasks",
        "one",
        "--retries",
        "0",
        "--on-event",
        line,
    ])
    .args(["--exec", "test -e ../ready && echo x > x.txt"])
    .code(1);
    fs::write(repo.around().join("ready"), "").expect("a file");
    fs::remove_file(repo.around().join("told")).expect("it was told");
    repo.parallel(["run", "--resume"]).code(0);
    let told = fs::read_to_string(repo.around().join("told")).expect("what was told");
    assert_eq!(
        told,
        "run-resumed\nsession-started\ntask-finished\nrun-ended\n"
    );
}

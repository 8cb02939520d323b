//! `angles run`: asked, checked, joined, reported.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{angles, program};
use crate::support::{Ill, Ollama, Repo};

#[test]
fn findings_are_checked_joined_and_kept() {
    let (repo, server) = (program(), Ollama::new());
    let report = angles(&repo, &server, &["run", ".", "security and more", "--json"]).json(0);
    assert_eq!(
        (&report["id"], &report["strategy"]),
        (&"a1".into(), &"Software Quality".into())
    );
    let first = &report["angles"][0];
    assert_eq!(
        (&first["name"], &first["state"], &first["session"]),
        (&"Security".into(), &"done".into(), &"a1/1".into())
    );
    let login = first["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|f| f["file"] == "src/login.rs");
    let login = login.expect("the bug in login.rs");
    assert_eq!(
        (&login["evidence"], &login["line_start"]),
        (&"verified".into(), &2.into())
    );
    assert_eq!(login["angles"], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(login["why"], "Straße, größer: it says so.");
    let disputed = &report["contradictions"][0]["says"];
    assert!(disputed.to_string().contains("info"), "{report:#}");
    assert_eq!(report["coverage"]["bytes_unseen"], 0);
    let shown = angles(&repo, &server, &["show", "a1", "--json"]).json(0);
    assert_eq!(shown, report);
    let sent = server.asked();
    assert!(
        sent.iter()
            .all(|body| body["truncate"] == false && body["shift"] == false)
    );
    assert!(sent.iter().all(|body| body["options"]["num_ctx"] == 8192));
    let all = serde_json::Value::from(sent).to_string();
    assert!(!all.contains("very-secret-value") && !all.contains("PRIVATE KEY"));
}

#[test]
fn quotes_that_stand_elsewhere_or_nowhere_are_told_apart() {
    let (repo, server) = (Repo::new(), Ollama::new());
    repo.file("a.rs", "// BUG: elsewhere it is\n// BUG: invented it is\n")
        .commit("Bugs");
    let report = angles(
        &repo,
        &server,
        &["run", ".", "x", "--angles", "1", "--json"],
    )
    .json(0);
    let told: Vec<_> = report["angles"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| {
            (
                f["evidence"].as_str().expect("evidence"),
                f["line_start"].as_u64(),
            )
        })
        .collect();
    assert_eq!(told, [("relocated", Some(1)), ("unverified", Some(2))]);
    let text = angles(&repo, &server, &["show"]).ok();
    assert!(
        text.contains("citation not found in the file") && !text.contains("confirmed"),
        "{text}"
    );
}

#[test]
fn what_was_answered_is_remembered_by_content() {
    let (repo, server) = (program(), Ollama::new());
    let run = ["run", ".", "security", "--json"];
    angles(&repo, &server, &run).code(0);
    assert_eq!(server.asked().len(), 4);
    let kept = fs::read(repo.path().join(".git/parallel/cache/answers")).expect("the memory");
    let kept = String::from_utf8_lossy(&kept);
    assert!(
        kept.contains("findings") && !kept.contains("QUESTION:"),
        "prompts are kept"
    );
    let again = angles(&repo, &server, &run).json(0);
    assert_eq!(server.asked().len(), 0, "nothing changed");
    assert_eq!(
        (&again["timing"]["requests"], &again["timing"]["speedup"]),
        (&0.into(), &serde_json::Value::Null)
    );
    // Two angles read tests; the others do not.
    repo.file("tests/more.rs", "fn more() {}\n")
        .commit("Test more");
    angles(&repo, &server, &run).code(0);
    assert_eq!(server.asked().len(), 1, "only Code Quality reads tests");
}

#[test]
fn four_angles_are_worked_on_at_once_and_a_serial_server_is_told() {
    let (repo, server) = (program(), Ollama::new());
    // Would never be answered, were they sent one after another.
    server.together(4);
    let at_once = angles(&repo, &server, &["run", ".", "security", "--json"]).json(0);
    assert_eq!(
        (server.most_working(), &at_once["timing"]["busy_seconds"]),
        (4, &4.0.into())
    );
    let serial = Ollama::new();
    serial.parallel(1);
    repo.file("src/login.rs", "fn login() {}\n")
        .commit("Change");
    let one = angles(
        &repo,
        &serial,
        &["run", "src/login.rs", "security", "--json"],
    )
    .json(0);
    assert_eq!(
        (serial.most_working(), &one["timing"]["busy_seconds"]),
        (1, &4.0.into())
    );
}

#[test]
fn a_long_run_is_not_begun_unasked() {
    let (repo, server) = (Repo::new(), Ollama::new());
    let text: String = (0..4000)
        .map(|n| format!("let line_{n} = call({n});\n"))
        .collect();
    repo.file("src/long.rs", &text).commit("Long");
    angles(&repo, &server, &["run", ".", "security"])
        .code(2)
        .says("requests are a long run, and nobody is here to ask")
        .says("git parallel angles run --yes . security\n");
    let typed = ["run", "--at-once", "2", "src", "is it's safe?"];
    angles(&repo, &server, &typed)
        .code(2)
        .says("git parallel angles run --yes --at-once 2 src 'is it'\\''s safe?'\n");
    assert!(server.asked().is_empty());
    let report = angles(&repo, &server, &["run", ".", "security", "--yes", "--json"]).json(0);
    assert_eq!(report["coverage"]["files_read"], 1);
    let lines = |body: &serde_json::Value| {
        let text = body["messages"][1]["content"]
            .as_str()
            .expect("words")
            .to_owned();
        let lines = text
            .lines()
            .filter_map(|line| line.split_once("| ")?.0.trim().parse::<u32>().ok());
        lines.collect::<Vec<_>>()
    };
    let asked = server.asked();
    let mut seen: Vec<u32> = asked
        .iter()
        .filter(|body| body.to_string().contains("only: Security"))
        .flat_map(lines)
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        (1..=4000).collect::<Vec<_>>(),
        "every line is read once"
    );
}

#[test]
fn a_context_that_is_smaller_than_it_was_said_is_learned() {
    let (repo, server) = (Repo::new(), Ollama::new());
    server.context(900);
    let text: String = (0..300)
        .map(|n| format!("let line_{n} = call({n});\n"))
        .collect();
    repo.file("src/long.rs", &text).commit("Long");
    let report = angles(
        &repo,
        &server,
        &["run", ".", "security", "--angles", "1", "--yes", "--json"],
    )
    .json(0);
    assert_eq!(
        (
            &report["coverage"]["bytes_unseen"],
            &report["angles"][0]["state"]
        ),
        (&0.into(), &"done".into())
    );
    assert!(
        report["timing"]["requests"].as_u64() > Some(2),
        "{report:#}"
    );
}

#[test]
fn ctrl_c_keeps_what_is_done_and_resume_asks_the_rest() {
    let (repo, server) = (program(), Ollama::new());
    server.ails("only: Architecture", Ill::Silence, 1);
    let run = angles(&repo, &server, &["run", ".", "security"]);
    let mut child = run.spawn();
    let end = std::time::Instant::now() + Duration::from_secs(60);
    let done = || {
        let journal = repo.path().join(".git/parallel/angles/a1/events.jsonl");
        let text = std::fs::read_to_string(journal).unwrap_or_default();
        text.matches("chunk-done").count()
    };
    while done() < 3 && std::time::Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("a signal");
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(130));
    server.heal();
    assert_eq!(server.asked().len(), 4);
    let report = angles(&repo, &server, &["run", "--resume", "--json"]).json(0);
    assert_eq!(server.asked().len(), 1, "three were answered before");
    assert_eq!(report["angles"][1]["state"], "done");
}

#[test]
fn reports_are_text_markdown_and_sarif_too() {
    let (repo, server) = (program(), Ollama::new());
    let text = angles(&repo, &server, &["run", "src", "security"])
        .env("COLUMNS", "80")
        .ok();
    for expected in [
        "2 findings from 4 of 4 angles",
        "high      f1 BUG: disputed query in a loop",
        "citation verified",
        "reported by 4 angles: Security, Architecture, Performance, Code",
        "angles disagree",
        "coverage: all 2 files read in full",
    ] {
        assert!(text.contains(expected), "no '{expected}' in:\n{text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let sarif = angles(&repo, &server, &["show", "--format", "sarif"]).json(0);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"]["startLine"],
        2
    );
    let markdown = angles(&repo, &server, &["show", "--format", "markdown"]).ok();
    assert!(
        markdown.starts_with("# Software Quality of src\n"),
        "{markdown}"
    );
    assert!(
        markdown.contains("## f1 high: BUG: disputed query in a loop"),
        "{markdown}"
    );
}

#[test]
fn what_speaks_like_openai_will_do() {
    let (repo, server) = (program(), Ollama::new());
    let report = repo
        .parallel([
            "angles", "run", "src", "security", "--api", "openai", "--json",
        ])
        .args(["--host", &format!("http://{}", server.host())])
        .json(0);
    assert_eq!(
        (&report["model"], &report["timing"]["measured_by"]),
        (&"tiny".into(), &"client".into())
    );
    assert_eq!(
        report["angles"][0]["findings"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_path_that_is_no_text_is_told_exactly() {
    let (repo, server) = (Repo::new(), Ollama::new());
    let name = OsStr::from_bytes(b"b\xfcg.rs");
    fs::write(repo.path().join(name), "// BUG: here it is\n").expect("a file");
    repo.commit("Bug");
    let run = ["run", ".", "x", "--angles", "1", "--format"];
    let report = angles(&repo, &server, &run).args(["json"]).json(0);
    let finding = &report["angles"][0]["findings"][0];
    assert_eq!(
        (
            &finding["file"],
            &finding["path_base64"],
            &finding["evidence"]
        ),
        (
            &"b\u{fffd}g.rs".into(),
            &"YvxnLnJz".into(),
            &"verified".into()
        )
    );
    let sarif = angles(&repo, &server, &run).args(["sarif"]).json(0);
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "b%FCg.rs");
}

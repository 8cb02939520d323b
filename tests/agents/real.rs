//! The real programs, pinned (`tests/agents/install`), working in real worktrees against a scripted
//! model on loopback. Codex runs wherever it is installed, always under CI; the others when
//! `tests/agents/install all` has put them there.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Stage, evidence};
use crate::support::{Call, Model, Script};

/// Where `tests/agents/install` put a program, if it did.
pub fn installed(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/agents");
    let path = folder.join("node_modules/.bin").join(name);
    let python = folder.join("python/bin").join(name);
    let found = [path, python].into_iter().find(|path| path.exists());
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let needed = ci && name == "codex";
    assert!(
        found.is_some() || !needed,
        "{name} is missing: call tests/agents/install"
    );
    if found.is_none() {
        eprintln!("skipped: {name} is not installed; call tests/agents/install all");
    }
    found
}

const WORK: &str = "echo hello > hello.txt";

/// Configures the agent to speak with this model, and to be allowed everything: here is nothing
/// that it could break.
fn configure(stage: &Stage, agent: &str, model: &Model) {
    let url = model.url();
    let home = stage.repo.home();
    let file = |path: &str, text: &str| {
        stage.repo.file_at(&home, path, text);
    };
    let set = |key: &str, value: &str| {
        let key = format!("parallelAgent.{agent}.{key}");
        stage.repo.git(["config", "--add", &key, value]);
    };
    match agent {
        "codex" => {
            set("permissions", "--dangerously-bypass-approvals-and-sandbox");
            let provider = format!(
                "name=\"lab\",base_url=\"{url}/v1\",env_key=\"LAB_KEY\",wire_api=\"responses\",\
                 request_max_retries=0,stream_max_retries=0"
            );
            set(
                "args",
                &format!("--disable plugins -c 'model_providers.lab={{{provider}}}'"),
            );
            set(
                "args",
                "-c model_provider=lab -c model=scripted -c analytics.enabled=false",
            );
            set("args", "-c check_for_update_on_startup=false");
            set("env", "LAB_KEY=x");
        }
        "qwen" => {
            set("permissions", "--approval-mode yolo");
            set("args", "--auth-type openai -m scripted");
            set("env", "OPENAI_API_KEY=x");
            set("env", &format!("OPENAI_BASE_URL={url}/v1"));
            let settings = "{\"general\":{\"enableAutoUpdate\":false},\
                \"privacy\":{\"usageStatisticsEnabled\":false},\
                \"security\":{\"auth\":{\"selectedType\":\"openai\"}}}";
            file(".qwen/settings.json", settings);
        }
        "gemini" => {
            set("permissions", "--approval-mode yolo");
            set("args", "-m gemini-2.5-flash");
            set("env", "GEMINI_API_KEY=x");
            set("env", &format!("GOOGLE_GEMINI_BASE_URL={url}"));
            let settings = "{\"general\":{\"enableAutoUpdate\":false,\"maxAttempts\":1},\
                \"privacy\":{\"usageStatisticsEnabled\":false},\"telemetry\":{\"enabled\":false},\
                \"security\":{\"auth\":{\"selectedType\":\"gemini-api-key\"}}}";
            file(".gemini/settings.json", settings);
        }
        _ => {
            set("permissions", "--auto");
            set("args", "--pure --title t -m lab/scripted");
            let path = home.join("opencode.json");
            set("env", &format!("OPENCODE_CONFIG={}", path.display()));
            for name in [
                "AUTOUPDATE",
                "MODELS_FETCH",
                "LSP_DOWNLOAD",
                "DEFAULT_PLUGINS",
            ] {
                set("env", &format!("OPENCODE_DISABLE_{name}=1"));
            }
            let models = "{\"scripted\":{\"tool_call\":true,\
                \"limit\":{\"context\":100000,\"output\":4096}}}";
            let provider = format!(
                "{{\"npm\":\"@ai-sdk/openai-compatible\",\"options\":{{\"baseURL\":\"{url}/v1\",\
                 \"apiKey\":\"x\"}},\"models\":{models}}}"
            );
            let config = format!(
                "{{\"autoupdate\":false,\"share\":\"disabled\",\"small_model\":\"lab/scripted\",\
                 \"enabled_providers\":[\"lab\"],\"provider\":{{\"lab\":{provider}}}}}"
            );
            file("opencode.json", &config);
        }
    }
}

/// Runs the one task with the real agent; `None` where it is not installed.
fn played(agent: &str, script: Script, more: &[&str]) -> Option<(Stage, Value)> {
    called(agent, script, ["run", "--from", "tasks.md", "--json"], more)
}

/// A command that names the real agent; `None` where it is not installed.
fn called<const N: usize>(
    agent: &str,
    script: Script,
    args: [&str; N],
    more: &[&str],
) -> Option<(Stage, Value)> {
    let program = installed(agent)?;
    let stage = Stage::new();
    let model = Model::play(script);
    configure(&stage, agent, &model);
    let call: Call = stage.call(args).args(["--agent", agent]);
    let folder = program.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").expect("a PATH");
    let answer = call
        .env("PATH", format!("{folder}:{path}"))
        .args(more)
        .run();
    Some((stage, answer.json()))
}

#[test]
fn real_agents_work_in_their_worktrees_and_what_they_leave_is_committed() {
    for agent in ["codex", "qwen", "gemini", "opencode"] {
        let Some((stage, answer)) = played(agent, Script::Runs(WORK.to_owned()), &[]) else {
            continue;
        };
        let task = &answer["tasks"][0];
        assert_eq!(task["outcome"], "done", "{agent}: {task:#}");
        assert_eq!(task["commits"], 1, "{agent}");
        let tokens = &task["agent"]["tokens"];
        assert_eq!(
            (&tokens["input"], &tokens["output"]),
            (&20.into(), &10.into()),
            "{agent}"
        );
        assert!(task["agent"]["conversation"].is_string(), "{agent}");
        let file = stage.repo.git(["show", "parallel/greeting:hello.txt"]);
        assert_eq!(file.trim(), "hello", "{agent}");
    }
}

#[test]
fn real_agents_that_do_nothing_or_reach_too_far_are_not_done() {
    for agent in ["codex", "qwen", "gemini"] {
        let far = Script::Runs("echo x > other.txt".to_owned());
        for (script, outcome) in [
            (Script::Runs("true".to_owned()), "no-change"),
            (far, "out-of-scope"),
        ] {
            let Some((_, answer)) = played(agent, script, &[]) else {
                continue;
            };
            let task = &answer["tasks"][0];
            assert_eq!(task["outcome"], outcome, "{agent}: {task:#}");
        }
    }
}

#[test]
fn real_agents_whose_service_refuses_them_wait_for_a_person() {
    for agent in ["codex", "qwen", "gemini", "opencode"] {
        let Some((_, answer)) = played(agent, Script::Refuses(401), &[]) else {
            continue;
        };
        let task = &answer["tasks"][0];
        assert_eq!(task["state"], "waiting", "{agent}: {task:#}");
        assert!(evidence(task).contains("401"), "{agent}: {task:#}");
    }
}

#[test]
fn real_agents_that_are_cut_off_after_their_work_are_not_done() {
    for agent in ["codex", "qwen"] {
        let script = Script::BreaksOff(WORK.to_owned());
        let Some((_, answer)) = played(agent, script, &["--timeout", "60s"]) else {
            continue;
        };
        let task = &answer["tasks"][0];
        assert_eq!(task["outcome"], "failed", "{agent}: {task:#}");
        assert_eq!(task["commits"], 1, "{agent}: {task:#}");
    }
}

#[test]
fn real_agents_divide_a_goal() {
    let task = |id: &str, file: &str| {
        serde_json::json!({
            "id": id, "title": format!("Write {file}"), "prompt": "Write it.", "depends": [],
            "files": {"modify": [], "create": [file], "read": ["tasks.md"]}, "success": "",
        })
    };
    let tasks = [task("T001", "hello.txt"), task("T002", "bye.txt")];
    let answer = serde_json::json!({ "tasks": tasks }).to_string();
    for agent in ["codex", "qwen", "gemini", "opencode"] {
        let split = ["split", "--splitter", "agent", "--json", "Greet and part"];
        let Some((stage, plan)) = called(agent, Script::Says(answer.clone()), split, &[]) else {
            continue;
        };
        assert_eq!(plan["scope"]["model"], agent, "{plan:#}");
        assert_eq!(plan["tasks"][1]["files"]["create"][0], "bye.txt");
        assert_eq!(
            stage.repo.git(["status", "--short"]),
            "?? tasks.md",
            "{agent}"
        );
    }
}

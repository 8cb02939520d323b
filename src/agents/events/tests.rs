//! Streams of real agents, shortened (`fixtures/agents`), and what is to be understood of them.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use super::*;
use crate::agents::Events;
use crate::fuzz::{self, Dice};

/// All agents that tell what they do.
const TELLING: [(&str, Events); 6] = [
    ("claude", Events::Claude),
    ("codex", Events::Codex),
    ("gemini", Events::Gemini),
    ("qwen", Events::Qwen),
    ("opencode", Events::Opencode),
    ("aider", Events::Aider),
];

fn stream(agent: &str, case: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agents");
    fs::read(folder.join(format!("{agent}-{case}.jsonl"))).unwrap()
}

fn heard(events: Events, bytes: &[u8]) -> Account {
    let mut listener = Listener::new(events);
    listener.hear(bytes);
    listener.finish()
}

fn told(agent: (&str, Events), case: &str) -> Account {
    heard(agent.1, &stream(agent.0, case))
}

fn failure(account: &Account) -> Option<Cause> {
    match account.closing {
        Some(Closing::Failure { cause, .. }) => Some(cause),
        _ => None,
    }
}

#[test]
fn a_session_that_went_well_is_told_with_tokens_and_conversation() {
    for agent in TELLING {
        let account = told(agent, "done");
        assert_eq!(account.closing, Some(Closing::Success), "{}", agent.0);
        assert!(
            account.tokens.input > 0 && account.tokens.output > 0,
            "{}",
            agent.0
        );
        assert!(account.conversation.is_some(), "{}", agent.0);
        assert!(account.activity.is_some(), "{}", agent.0);
        assert!(
            account.denials.is_empty() && !account.limited,
            "{}",
            agent.0
        );
    }
    let claude = told(TELLING[0], "done");
    assert_eq!(claude.cost_usd, Some(0.0123));
    let tokens = Tokens {
        input: 20,
        output: 10,
        cached: 5,
    };
    assert_eq!(claude.tokens, tokens);
    let aider = told(TELLING[5], "done");
    assert_eq!((aider.tokens.input, aider.cost_usd), (2100, Some(0.0034)));
}

#[test]
fn an_answer_of_a_wanted_shape_is_understood_and_why_there_is_none() {
    let qwen = ("qwen", Events::Qwen);
    let shaped = told(qwen, "shaped");
    assert_eq!(shaped.closing, Some(Closing::Success));
    let tasks = serde_json::json!({"tasks": [{"id": "T001"}]});
    assert_eq!(shaped.structured, Some(tasks));
    let Some(Closing::Failure { why, .. }) = told(qwen, "unshaped").closing else {
        panic!("it failed");
    };
    assert!(why.contains("Model produced plain text"), "{why}");
}

#[test]
fn a_service_that_refuses_is_told_apart_whatever_the_agent_calls_it() {
    for agent in TELLING {
        let login = told(agent, "401");
        assert_eq!(
            failure(&login),
            Some(Cause::Login),
            "{}: {login:?}",
            agent.0
        );
        let limited = told(agent, "429");
        assert_eq!(
            failure(&limited),
            Some(Cause::RateLimit),
            "{}: {limited:?}",
            agent.0
        );
        assert!(limited.limited, "{}", agent.0);
    }
}

#[test]
fn a_session_that_was_cut_off_is_never_told_as_a_success() {
    for agent in TELLING {
        let account = told(agent, "cut");
        assert_ne!(
            account.closing,
            Some(Closing::Success),
            "{}: {account:?}",
            agent.0
        );
    }
    assert_eq!(failure(&told(TELLING[0], "turns")), Some(Cause::Other));
}

#[test]
fn what_was_not_allowed_is_told() {
    let claude = told(TELLING[0], "denied");
    assert_eq!(claude.denials, ["Bash: make test"]);
    let gemini = told(TELLING[2], "denied");
    assert_eq!(gemini.denials, ["run_shell_command: make greeting"]);
}

/// Where the line starts that closes the stream.
fn closing_line(agent: &str, bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    match agent {
        "aider" => text.find("Tokens:").unwrap(),
        _ => text.trim_end().rfind('\n').unwrap() + 1,
    }
}

#[test]
fn no_beginning_of_a_stream_is_a_success_and_pieces_make_no_difference() {
    for (agent, events) in TELLING {
        let bytes = stream(agent, "done");
        let whole = heard(events, &bytes);
        let closing = closing_line(agent, &bytes);
        for cut in 0..closing {
            let account = heard(events, &bytes[..cut]);
            assert_ne!(
                account.closing,
                Some(Closing::Success),
                "{agent} cut at {cut}"
            );
        }
        for size in [1, 7, 100] {
            let mut listener = Listener::new(events);
            bytes.chunks(size).for_each(|part| listener.hear(part));
            assert_eq!(listener.finish(), whole, "{agent} in pieces of {size}");
        }
    }
}

/// A row of numbers that looks like chance and is the same each time.
fn chance(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 16).unwrap_or(usize::MAX)
}

#[test]
fn no_input_breaks_a_listener_and_what_it_keeps_is_bounded() {
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    for (agent, events) in TELLING {
        let bytes = stream(agent, "done");
        for _ in 0..500 {
            let mut broken = bytes.clone();
            for _ in 0..=chance(&mut seed) % 8 {
                let at = chance(&mut seed) % broken.len().max(1);
                if broken.is_empty() {
                    break;
                }
                match chance(&mut seed) % 4 {
                    0 => broken[at] = chance(&mut seed) as u8,
                    1 => drop(broken.remove(at)),
                    2 => broken.insert(at, b'\n'),
                    _ => broken.truncate(at.max(1)),
                }
            }
            let account = heard(events, &broken);
            assert!(
                account
                    .activity
                    .is_none_or(|text| text.chars().count() <= 200)
            );
        }
    }
    let odd: &[&[u8]] = &[
        b"",
        b"\n\n",
        b"\xff\xfe{",
        b"[]\n{}\nnull",
        b"{\"type\":1}",
        &[0; 4096],
    ];
    for bytes in odd {
        for (_, events) in TELLING {
            assert_eq!(heard(events, bytes).closing, None);
        }
    }
}

#[test]
fn a_conversation_cannot_pose_as_a_flag() {
    for id in ["--yolo", "a b", "$(x)", "", "a\u{1b}[2J"] {
        let event = serde_json::json!({"type": "thread.started", "thread_id": id});
        let account = heard(Events::Codex, event.to_string().as_bytes());
        assert_eq!(account.conversation, None, "{id}");
    }
}

#[test]
fn whatever_an_agent_prints_pieces_make_no_difference() {
    let corpus = fuzz::files_of("agents");
    let seed = Cell::new(0);
    for (_, events) in TELLING {
        fuzz::each(&corpus, |bytes| {
            seed.set(seed.get() + 1);
            let mut listener = Listener::new(events);
            let pieces = Dice::new(seed.get()).pieces(bytes);
            pieces.into_iter().for_each(|piece| listener.hear(piece));
            assert_eq!(listener.finish(), heard(events, bytes));
        });
    }
}

#[test]
fn the_first_edit_ends_the_reading_of_every_agent_and_a_refused_one_does_not() {
    let edits = [
        (
            Events::Claude,
            r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Edit"}]}}"#,
        ),
        (
            Events::Codex,
            r#"{"type":"item.completed","item":{"type":"file_change","status":"completed"}}"#,
        ),
        (
            Events::Gemini,
            r#"{"type":"tool_use","tool_name":"replace"}"#,
        ),
        (
            Events::Opencode,
            r#"{"type":"tool_use","part":{"tool":"write"}}"#,
        ),
        (Events::Aider, "Applied edit to hello.txt"),
    ];
    for (events, edit) in edits {
        let mut listener = Listener::new(events);
        let mut hear = |line: &str, seconds| {
            listener.hear(format!("{line}\n").as_bytes());
            listener.note_time(Duration::from_secs(seconds));
            listener.account().read_seconds
        };
        assert_eq!(hear("{}", 1), None, "{edit}");
        assert_eq!(hear(edit, 30), Some(30.0), "{edit}");
        assert_eq!(hear(edit, 60), Some(30.0), "{edit}");
    }
    let declined = r#"{"type":"item.completed","item":{"type":"file_change","status":"declined"}}"#;
    assert!(!heard(Events::Codex, declined.as_bytes()).edits);
}

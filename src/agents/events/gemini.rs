//! `gemini -o stream-json`.

use serde_json::Value;

use super::account::{Account, Tokens};
use super::{number, text};

/// Takes one event in.
pub fn note(account: &mut Account, event: &Value) {
    match text(event, "/type") {
        "init" => account.is_called(text(event, "/session_id")),
        "message" if text(event, "/role") == "assistant" => {
            let said = text(event, "/content");
            if event.get("delta").and_then(Value::as_bool) == Some(true) {
                account.goes_on(said);
                let so_far = account.text.clone();
                account.does(&so_far);
            } else {
                account.says(said);
            }
        }
        "tool_use" => {
            account.text.clear();
            account.uses(text(event, "/tool_name"), event.get("parameters"));
        }
        "tool_result" => tool_result(account, event),
        "result" => result(account, event),
        _ => {}
    }
}

/// A tool that its approval mode forbids does not exist for it.
fn tool_result(account: &mut Account, event: &Value) {
    let message = text(event, "/error/message");
    let denied = match text(event, "/error/type") {
        "tool_not_registered" => message.contains("\"run_shell_command\""),
        "policy_violation" => true,
        _ => false,
    };
    if denied {
        let what = account.activity.clone();
        account.was_denied(&what.unwrap_or_else(|| message.to_owned()));
    }
}

fn result(account: &mut Account, event: &Value) {
    account.tokens = Tokens {
        input: number(event, "/stats/input_tokens"),
        output: number(event, "/stats/output_tokens"),
        cached: number(event, "/stats/cached"),
    };
    if text(event, "/status") != "success" {
        account.fails(text(event, "/error/message"));
    } else if account.text.trim().is_empty() {
        // What it prints when its service breaks off, too.
        account.fails("it ended without a closing word");
    } else {
        account.succeeds();
    }
}

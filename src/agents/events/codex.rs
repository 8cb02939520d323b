//! `codex exec --json`.

use serde_json::Value;

use super::account::{Account, Cause, Tokens, cause};
use super::{number, text};

/// Takes one event in.
pub fn note(account: &mut Account, event: &Value) {
    match text(event, "/type") {
        "thread.started" => account.is_called(text(event, "/thread_id")),
        "turn.started" => account.does(""),
        "item.started" | "item.completed" => item(account, event),
        "turn.completed" => {
            account.tokens.add(Tokens {
                input: number(event, "/usage/input_tokens"),
                output: number(event, "/usage/output_tokens"),
                cached: number(event, "/usage/cached_input_tokens"),
            });
            account.succeeds();
        }
        "turn.failed" => account.fails(text(event, "/error/message")),
        // It may go on after it: `turn.failed` says so when not.
        "error" => account.limited |= cause(text(event, "/message")) == Cause::RateLimit,
        _ => {}
    }
}

fn item(account: &mut Account, event: &Value) {
    match text(event, "/item/type") {
        "agent_message" => account.says(text(event, "/item/text")),
        "command_execution" => {
            let command = text(event, "/item/command");
            account.does(&format!("runs {command}"));
            if text(event, "/item/status") == "declined" {
                account.was_denied(command);
            }
        }
        "file_change" => {
            let path = text(event, "/item/changes/0/path");
            account.does(&format!("edits {path}"));
            match text(event, "/item/status") {
                "declined" => account.was_denied(&format!("edit {path}")),
                _ => account.edits = true,
            }
        }
        "mcp_tool_call" => account.does(&format!("calls {}", text(event, "/item/tool"))),
        "web_search" => account.does(&format!("searches {}", text(event, "/item/query"))),
        // Such as a warning about a model that it does not know.
        _ => {}
    }
}

//! `claude -p --output-format stream-json`, and what speaks like it: Qwen Code.

use serde_json::Value;

use super::account::{Account, Tokens};
use super::{number, text, tool_use};

/// Qwen Code reports its service's errors as its answer, and success with it.
const ERROR_IN_ANSWER: &str = "[API Error:";

/// Takes one event in.
pub fn note(account: &mut Account, event: &Value) {
    match text(event, "/type") {
        "system" => match text(event, "/subtype") {
            "init" => account.is_called(text(event, "/session_id")),
            "api_retry" => account.limited = true,
            _ => {}
        },
        "rate_limit_event" => {
            account.limited = text(event, "/rate_limit_info/status") == "rejected";
        }
        "assistant" => assistant(account, event),
        "result" => result(account, event),
        _ => {}
    }
}

fn assistant(account: &mut Account, event: &Value) {
    let content = event.pointer("/message/content").and_then(Value::as_array);
    for part in content.into_iter().flatten() {
        match text(part, "/type") {
            "text" => account.says(text(part, "/text")),
            "tool_use" => account.uses(text(part, "/name"), part.get("input")),
            _ => {}
        }
    }
}

fn result(account: &mut Account, event: &Value) {
    let cached = number(event, "/usage/cache_read_input_tokens");
    let made = number(event, "/usage/cache_creation_input_tokens");
    account.tokens = Tokens {
        input: number(event, "/usage/input_tokens")
            .saturating_add(cached)
            .saturating_add(made),
        output: number(event, "/usage/output_tokens"),
        cached,
    };
    account.cost_usd = event.get("total_cost_usd").and_then(Value::as_f64);
    account.is_called(text(event, "/session_id"));
    let denials = event.get("permission_denials").and_then(Value::as_array);
    for denied in denials.into_iter().flatten() {
        account.was_denied(&tool_use(
            text(denied, "/tool_name"),
            denied.get("tool_input"),
        ));
    }
    let answer = text(event, "/result");
    // The one's name for it, and the other's.
    let mut names = ["structured_output", "structured_result"].into_iter();
    let structured = names.find_map(|name| event.get(name).filter(|value| !value.is_null()));
    account.structured = structured.cloned();
    if !answer.is_empty() {
        account.text.clear();
        account.goes_on(answer);
    }
    let is_error = event
        .get("is_error")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    match text(event, "/subtype") {
        "success" if !is_error && !answer.contains(ERROR_IN_ANSWER) => account.succeeds(),
        subtype => {
            let status = number(event, "/api_error_status");
            let status = if status > 0 {
                format!("{status} ")
            } else {
                String::new()
            };
            let whys = [answer, text(event, "/error/message"), subtype];
            let why = whys.into_iter().find(|why| !why.is_empty());
            let why = why.unwrap_or_default();
            account.fails(&format!("{status}{why}"));
        }
    }
}

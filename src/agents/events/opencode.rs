//! `opencode run --format json`. It has no closing event: a step that ends with `stop` is the last.

use serde_json::Value;

use super::account::{Account, Cause, Tokens};
use super::{number, text, tool_use};

/// Takes one event in.
pub fn note(account: &mut Account, event: &Value) {
    account.is_called(text(event, "/sessionID"));
    match text(event, "/type") {
        "step_start" => account.does(""),
        "text" => account.says(text(event, "/part/text")),
        "tool_use" => {
            let (tool, input) = (
                text(event, "/part/tool"),
                event.pointer("/part/state/input"),
            );
            account.uses(tool, input);
            let error = text(event, "/part/state/error").to_lowercase();
            if error.contains("permission") || error.contains("rejected") {
                account.was_denied(&tool_use(tool, input));
            }
        }
        "step_finish" => step_finish(account, event),
        "error" => error(account, event),
        _ => {}
    }
}

fn step_finish(account: &mut Account, event: &Value) {
    let cached = number(event, "/part/tokens/cache/read");
    let written = number(event, "/part/tokens/cache/write");
    let read = number(event, "/part/tokens/input");
    account.tokens.add(Tokens {
        input: read.saturating_add(cached).saturating_add(written),
        output: number(event, "/part/tokens/output")
            .saturating_add(number(event, "/part/tokens/reasoning")),
        cached,
    });
    if let Some(cost) = event.pointer("/part/cost").and_then(Value::as_f64) {
        account.cost_usd = Some(account.cost_usd.unwrap_or(0.0) + cost);
    }
    match text(event, "/part/reason") {
        "stop" => account.succeeds(),
        "length" | "content-filter" | "error" => account.fails(text(event, "/part/reason")),
        // It goes on, or broke off: another step follows.
        _ => account.closing = None,
    }
}

fn error(account: &mut Account, event: &Value) {
    let message = match text(event, "/error/data/message") {
        "" => text(event, "/error/name"),
        message => message,
    };
    let status = match number(event, "/error/data/statusCode") {
        0 => String::new(),
        status => format!("{status} "),
    };
    account.fails(&format!("{status}{message}"));
    account.limited |= super::account::cause(message) == Cause::RateLimit;
}

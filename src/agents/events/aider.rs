//! What Aider prints. It has no events: after each answer it says what that took, and errors of its
//! service are lines that begin with the name of one.

use super::account::{Account, Cause, Tokens, cause};

/// Takes one line in.
pub fn note(account: &mut Account, line: &str) {
    let line = line.trim();
    if let Some(figures) = line.strip_prefix("Tokens:") {
        took(account, figures);
        account.succeeds();
        // Its conversation is the history that lies in the worktree: it needs no name.
        account.is_called("history");
    } else if line.starts_with("litellm.") {
        account.fails(line);
    } else if line.starts_with("Retrying in ") {
        // It tries again: what it said before is not the end.
        let limited = account.limited;
        account.closing = None;
        account.limited = limited;
    } else if let Some(path) = line.strip_prefix("Applied edit to ") {
        let closing = account.closing.take();
        account.does(&format!("edits {path}"));
        account.edits = true;
        account.closing = closing;
    } else if !line.is_empty() {
        account.goes_on(line);
        account.goes_on("\n");
        if cause(line) == Cause::Login && line.starts_with("The API provider") {
            account.fails(line);
        }
    }
}

/// `2.1k sent, 120 received. Cost: $0.0012 message, $0.0034 session.`
fn took(account: &mut Account, figures: &str) {
    let words: Vec<&str> = figures.split_whitespace().collect();
    for pair in words.windows(2) {
        match pair[1].trim_end_matches(['.', ',']) {
            "sent" => account.tokens.add(Tokens {
                input: count(pair[0]),
                ..Tokens::default()
            }),
            "received" => {
                account.tokens.add(Tokens {
                    output: count(pair[0]),
                    ..Tokens::default()
                });
            }
            "session" => account.cost_usd = pair[0].trim_start_matches('$').parse().ok(),
            _ => {}
        }
    }
}

/// `120`, `2.1k`, `1.5M`.
fn count(word: &str) -> u64 {
    let word = word.replace(',', "");
    let (digits, unit) = match word.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => word
            .strip_suffix('M')
            .map_or((word.as_str(), 1.0), |digits| (digits, 1e6)),
    };
    digits
        .parse::<f64>()
        .map_or(0, |number| (number * unit).round() as u64)
}

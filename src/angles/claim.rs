//! What a model says it found, as far as it can be read.

use serde::{Deserialize, Serialize};
use serde_json::{Deserializer, Value};

/// From the worst to the mildest.
pub const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];
/// How sure a model says it is.
pub const CONFIDENCES: [&str; 3] = ["high", "medium", "low"];

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Severity {
    /// As it is spelled.
    pub fn as_str(self) -> &'static str {
        SEVERITIES[self as usize]
    }
}

/// One finding, as claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub title: String,
    pub severity: Severity,
    pub file: String,
    pub line_start: u32,
    pub line_end: u32,
    pub quote: String,
    pub why: String,
    pub fix: String,
}

/// Reads an answer. `None` where it is not of the form that was asked for; what is only a part of
/// one (`whole` is false) is read as far as it goes.
pub fn read(content: &str, whole: bool) -> Option<Vec<Claim>> {
    let content = unwrapped(content);
    if let Ok(answer) = serde_json::from_str::<Value>(content) {
        let listed = answer.get("findings")?.as_array()?;
        return Some(listed.iter().filter_map(claim).collect());
    }
    if whole {
        return None;
    }
    let (_, list) = content.split_once("\"findings\"")?;
    let (_, mut list) = list.split_once('[')?;
    let mut claims = Vec::new();
    loop {
        list = list.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        let mut values = Deserializer::from_str(list).into_iter::<Value>();
        let Some(Ok(value @ Value::Object(_))) = values.next() else {
            return Some(claims);
        };
        claims.extend(claim(&value));
        list = &list[values.byte_offset()..];
    }
}

/// Models that are not held to a form like to put a fence around it.
fn unwrapped(content: &str) -> &str {
    let content = content.trim();
    let inside = content
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"));
    inside.map_or(content, |inside| {
        inside.strip_prefix("json").unwrap_or(inside).trim()
    })
}

fn claim(value: &Value) -> Option<Claim> {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let line = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
    };
    let title = text("title");
    let first = line("line_start").unwrap_or(0);
    let severity = serde_json::from_value(Value::String(text("severity").to_lowercase()));
    (!title.is_empty()).then(|| Claim {
        title,
        severity: severity.unwrap_or(Severity::Info),
        file: text("file"),
        line_start: first,
        line_end: line("line_end").unwrap_or(first).max(first),
        quote: text("quote"),
        why: text("why"),
        fix: text("fix"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    const ANSWER: &str = r#"{"findings": [
        {"title": "One", "severity": "High", "file": "a", "line_start": 3, "line_end": 2, "quote": "x", "why": "w", "fix": "f"},
        {"severity": "low"},
        {"title": "Two", "severity": "dire", "file": "a", "line_start": -1}
    ]}"#;

    #[test]
    fn what_is_not_sound_is_made_so_or_left_out() {
        let claims = read(&format!("```json\n{ANSWER}\n```"), true).unwrap();
        let [one, two] = claims.as_slice() else {
            panic!("{claims:?}");
        };
        assert_eq!(
            (one.severity, one.line_start, one.line_end),
            (Severity::High, 3, 3)
        );
        assert_eq!((two.severity, two.line_start), (Severity::Info, 0));
        assert_eq!(read("I found nothing.", true), None);
        assert_eq!(read("{\"findings\": []}", true), Some(Vec::new()));
    }

    #[test]
    fn a_part_of_an_answer_is_read_as_far_as_it_goes() {
        for end in (0..ANSWER.len()).filter(|end| ANSWER.is_char_boundary(*end)) {
            let part = &ANSWER[..end];
            assert_eq!(read(part, true), None, "{part}");
            let first = ANSWER.find("},").unwrap();
            let claims = read(part, false).unwrap_or_default();
            assert_eq!(claims.is_empty(), end <= first, "{part}");
        }
    }

    #[test]
    fn whatever_a_model_answers_it_is_read_without_a_panic() {
        let sound = serde_json::json!({"findings": [{"title": "t", "severity": "high",
            "file": "a.rs", "line_start": 1, "line_end": 2, "quote": "q", "why": "w", "fix": "f"}]});
        let fenced = format!("```json\n{sound}\n```");
        let corpus = [sound.to_string().into_bytes(), fenced.into_bytes()];
        fuzz::each_text(&corpus, |text| {
            let part = read(text, false);
            // What is whole is no worse read as a part.
            assert!(read(text, true).is_none_or(|whole| part == Some(whole)));
        });
    }
}

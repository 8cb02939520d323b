//! Ollama's own API: `/api/chat`, `/api/tags`, `/api/show`, `/api/ps`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::chat::{ChatRequest, Ending, Model, Part};
use super::trouble::Trouble;

const NANOSECONDS: f64 = 1e9;

/// The body of a request. What does not fit is to be refused, not cut: by itself Ollama drops the
/// beginning of a prompt that is too long and says nothing.
pub fn body(request: &ChatRequest) -> Value {
    let mut body = json!({
        "model": request.model,
        "messages": request.messages,
        "stream": true,
        "truncate": false,
        "shift": false,
        "options": {
            "num_ctx": request.context,
            "num_predict": request.predict,
            "temperature": 0,
            "seed": 1,
        },
    });
    if let Some(schema) = &request.schema {
        body["format"] = schema.clone();
    }
    body
}

#[derive(Deserialize)]
struct Line {
    error: Option<Value>,
    message: Option<Words>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    total_duration: Option<f64>,
    load_duration: Option<f64>,
    prompt_eval_duration: Option<f64>,
    eval_duration: Option<f64>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Words {
    #[serde(default)]
    content: String,
    thinking: Option<String>,
}

/// What a line of the stream says; nothing, where it is blank.
pub fn part(line: &[u8]) -> Result<Option<Part>, Trouble> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let line: Line = serde_json::from_slice(line)
        .map_err(|_| Trouble::Broken("sent a line that is not JSON".to_owned()))?;
    if let Some(error) = line.error {
        return Err(Trouble::Broken(format!("broke off: {}", worded(&error))));
    }
    let words = line.message.unwrap_or_default();
    let ending = line.done.then_some(match line.done_reason.as_deref() {
        Some("length") => Ending::Length,
        _ => Ending::Stop,
    });
    let worked = [
        line.load_duration,
        line.prompt_eval_duration,
        line.eval_duration,
    ];
    let worked: Vec<f64> = worked.into_iter().flatten().collect();
    let busy = worked.iter().sum::<f64>() / NANOSECONDS;
    Ok(Some(Part {
        thought: words.thinking.map_or(0, |thought| thought.len()),
        text: words.content,
        ending,
        prompt_tokens: line.prompt_eval_count,
        reply_tokens: line.eval_count,
        busy: (!worked.is_empty()).then_some(busy),
        total: line.total_duration.map(|total| total / NANOSECONDS),
    }))
}

/// The text of an error, however deep it lies: a string, a string that holds JSON, an object.
pub fn worded(error: &Value) -> String {
    match error {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => worded(&inner),
            _ => text.clone(),
        },
        Value::Object(object) => ["error", "message"]
            .iter()
            .find_map(|key| object.get(*key))
            .map_or_else(|| error.to_string(), worded),
        other => other.to_string(),
    }
}

/// Whether an error says that the prompt is too long, and by how much.
pub fn too_long(error: &Value) -> Option<Trouble> {
    let inner = match error {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    };
    let found = inner.get("error").unwrap_or(&inner);
    let number = |key: &str| found.get(key).and_then(Value::as_u64);
    let (prompt, context) = (number("n_prompt_tokens"), number("n_ctx"));
    let said = worded(error).to_lowercase();
    let is_said = [
        "exceeds the available context",
        "context length",
        "maximum context",
        "input length exceeds",
    ]
    .iter()
    .any(|words| said.contains(words));
    (prompt.is_some() || is_said).then_some(Trouble::TooLong { prompt, context })
}

/// The models of `/api/tags`.
pub fn models(tags: &Value) -> Vec<Model> {
    let listed = tags["models"].as_array().map_or(&[][..], Vec::as_slice);
    listed.iter().filter_map(model).collect()
}

fn model(entry: &Value) -> Option<Model> {
    let capabilities = entry["capabilities"].as_array();
    Some(Model {
        name: entry["name"].as_str()?.to_owned(),
        digest: entry["digest"].as_str().unwrap_or_default().to_owned(),
        size: entry["size"].as_u64().unwrap_or(0),
        context: entry["details"]["context_length"].as_u64(),
        loaded_context: None,
        // Older servers do not say what a model can do.
        chats: capabilities.is_none_or(|all| all.iter().any(|one| one == "completion")),
    })
}

/// The context that a model was made for, of `/api/show`.
pub fn context(show: &Value) -> Option<u64> {
    let info = show["model_info"].as_object()?;
    let architecture = info.get("general.architecture")?.as_str()?;
    info.get(&format!("{architecture}.context_length"))?
        .as_u64()
}

/// The context that is set aside for a loaded model, of `/api/ps`.
pub fn loaded_context(loaded: &Value, name: &str) -> Option<u64> {
    let mut listed = loaded["models"].as_array()?.iter();
    listed.find(|entry| entry["name"] == name)?["context_length"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_however_deep_it_lies() {
        let error = Value::String(
            r#"{"error":{"code":400,"message":"request (9022 tokens) exceeds the available context size (4096 tokens), try increasing it","n_prompt_tokens":9022,"n_ctx":4096}}"#.to_owned(),
        );
        assert!(worded(&error).starts_with("request (9022 tokens)"));
        let expected = Trouble::TooLong {
            prompt: Some(9022),
            context: Some(4096),
        };
        assert_eq!(too_long(&error), Some(expected));
        let plain = Value::String("model 'nope' not found".to_owned());
        assert_eq!(
            (worded(&plain).as_str(), too_long(&plain)),
            ("model 'nope' not found", None)
        );
    }

    #[test]
    fn nothing_is_ever_to_be_cut() {
        let request = ChatRequest {
            model: "m".to_owned(),
            messages: Vec::new(),
            schema: None,
            context: 4096,
            predict: 512,
        };
        let body = body(&request);
        assert_eq!(
            (&body["truncate"], &body["shift"]),
            (&json!(false), &json!(false))
        );
        assert_eq!(body["options"]["num_ctx"], 4096);
        assert!(body.get("format").is_none());
    }
}

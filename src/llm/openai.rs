//! OpenAI's chat completions, as llama.cpp, vLLM, LM Studio and Ollama serve them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::chat::{ChatRequest, Ending, Model, Part};
use super::ollama::worded;
use super::trouble::Trouble;

/// The body of a request. The context is the server's to set here.
pub fn body(request: &ChatRequest) -> Value {
    let mut body = json!({
        "model": request.model,
        "messages": request.messages,
        "stream": true,
        "stream_options": {"include_usage": true},
        "max_tokens": request.predict,
        "temperature": 0,
        "seed": 1,
    });
    if let Some(schema) = &request.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": true, "schema": schema},
        });
    }
    body
}

#[derive(Deserialize)]
struct Chunk {
    error: Option<Value>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    timings: Option<Timings>,
}

#[derive(Default, Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    /// llama.cpp, vLLM
    reasoning_content: Option<String>,
    /// Ollama, newer vLLM
    reasoning: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

/// llama.cpp's alone.
#[derive(Deserialize)]
struct Timings {
    prompt_ms: Option<f64>,
    predicted_ms: Option<f64>,
}

/// What a line of the stream of events says; nothing, for blank lines, comments and `[DONE]`.
pub fn part(line: &[u8]) -> Result<Option<Part>, Trouble> {
    let line = line.trim_ascii();
    // llama.cpp sends an error under a field name of its own.
    let data = match line.strip_prefix(b"data:").or(line.strip_prefix(b"error:")) {
        Some(data) => data.trim_ascii(),
        None if line.starts_with(b"{") => line,
        None => return Ok(None),
    };
    if data == b"[DONE]" {
        return Ok(None);
    }
    let chunk: Chunk = serde_json::from_slice(data)
        .map_err(|_| Trouble::Broken("sent an event that is not JSON".to_owned()))?;
    if let Some(error) = chunk.error {
        return Err(Trouble::Broken(format!("broke off: {}", worded(&error))));
    }
    let choice = chunk.choices.into_iter().next().unwrap_or_default();
    let thoughts = [choice.delta.reasoning_content, choice.delta.reasoning];
    let busy = chunk.timings.map(|timings| {
        let worked = [timings.prompt_ms, timings.predicted_ms];
        worked.into_iter().flatten().sum::<f64>() / 1000.0
    });
    Ok(Some(Part {
        text: choice.delta.content.unwrap_or_default(),
        thought: thoughts.iter().flatten().map(String::len).sum(),
        ending: choice.finish_reason.map(|reason| match reason.as_str() {
            "length" => Ending::Length,
            _ => Ending::Stop,
        }),
        prompt_tokens: chunk.usage.as_ref().and_then(|usage| usage.prompt_tokens),
        reply_tokens: chunk.usage.and_then(|usage| usage.completion_tokens),
        busy,
        total: None,
    }))
}

/// The models of `/v1/models`.
pub fn models(list: &Value) -> Vec<Model> {
    let listed = list["data"].as_array().map_or(&[][..], Vec::as_slice);
    let model = |entry: &Value| {
        // vLLM says what it serves, llama.cpp what it has set aside or the model was made for.
        let served = entry["max_model_len"].as_u64();
        let meta = &entry["meta"];
        Some(Model {
            name: entry["id"].as_str()?.to_owned(),
            digest: String::new(),
            size: meta["size"].as_u64().unwrap_or(0),
            context: served.or(meta["n_ctx_train"].as_u64()),
            loaded_context: served.or(meta["n_ctx"].as_u64()),
            chats: true,
        })
    };
    listed.iter().filter_map(model).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_that_counts_is_the_one_that_is_served() {
        let list = json!({"data": [
            {"id": "a", "max_model_len": 8192},
            {"id": "b", "meta": {"n_ctx_train": 131_072, "size": 5}},
            {"id": "c"},
            {"no": "name"},
        ]});
        let models = models(&list);
        let contexts: Vec<_> = models
            .iter()
            .map(|m| (m.context, m.loaded_context))
            .collect();
        let expected = [
            (Some(8192), Some(8192)),
            (Some(131_072), None),
            (None, None),
        ];
        assert_eq!(contexts, expected);
    }
}

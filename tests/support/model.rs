//! A model server on loopback that plays a script: first one shell command, then a closing word. It
//! has no memory: the step is the number of tool results in the request, so that repeated requests
//! do no harm. It speaks what Codex (responses), Qwen Code and opencode (chat completions), and
//! Gemini CLI (stream generate content) speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// What the server does.
#[derive(Clone, Debug)]
pub enum Script {
    /// Has this shell command run, then says that all is done.
    Runs(String),
    /// Says this, and has nothing run.
    Says(String),
    /// Answers every request with this status.
    Refuses(u16),
    /// Has this shell command run, and breaks off before the end of what it says then.
    BreaksOff(String),
}

/// A running server. It ends when this is dropped.
pub struct Model {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Model {
    pub fn play(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let script = script.clone();
                if let Ok(stream) = stream {
                    // A client that goes away is no failure of the server's.
                    thread::spawn(move || drop(serve(&stream, &script)));
                }
            }
        });
        Self {
            address,
            over,
            thread: Some(thread),
        }
    }

    /// Its address, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes it up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, script: &Script) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let body = body(&mut reader)?;
    let path = first.split_whitespace().nth(1).unwrap_or_default();
    if !first.starts_with("POST") {
        return answer(
            stream,
            200,
            "application/json",
            "{\"data\":[],\"models\":[]}",
        );
    }
    let command: &str = match script {
        Script::Refuses(status) => {
            let error = json!({"error": {"message": format!("scripted {status}"), "code": status}});
            return answer(stream, *status, "application/json", &error.to_string());
        }
        Script::Runs(command) | Script::BreaksOff(command) => command,
        Script::Says(_) => "",
    };
    let step = [
        "\"function_call_output\"",
        "\"role\":\"tool\"",
        "\"functionResponse\"",
    ];
    let step: usize = step.iter().map(|sign| body.matches(sign).count()).sum();
    let (step, words) = match script {
        Script::Says(words) => (step + 1, words.as_str()),
        _ => (step, "All done."),
    };
    let mut events = if path.contains("/responses") {
        responses(step, command, words)
    } else if path.contains("/chat/completions") {
        completions(step, command, words, &body)
    } else {
        contents(step, command, words)
    };
    if matches!(script, Script::BreaksOff(_)) && step > 0 {
        let kept = if path.contains("/responses") {
            events.len() - 1
        } else {
            events.len() / 2
        };
        events.truncate(kept);
    }
    answer(stream, 200, "text/event-stream", &events.concat())
}

/// Headers and body of a request; the body as it is.
fn body(reader: &mut BufReader<&TcpStream>) -> std::io::Result<String> {
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
    }
    let mut bytes = Vec::new();
    if !chunked {
        reader.take(length).read_to_end(&mut bytes)?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
        reader.by_ref().take(size).read_to_end(&mut bytes)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

fn answer(mut stream: &TcpStream, status: u16, kind: &str, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn data(event: &Value) -> String {
    format!("data: {event}\n\n")
}

fn responses(step: usize, command: &str, words: &str) -> Vec<String> {
    let item = match step {
        0 => json!({
            "type": "function_call", "id": "f1", "call_id": "c1", "name": "exec_command",
            "arguments": json!({"cmd": command}).to_string(),
        }),
        _ => json!({
            "type": "message", "role": "assistant", "id": "m1",
            "content": [{"type": "output_text", "text": words}],
        }),
    };
    let usage = json!({
        "input_tokens": 10, "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15,
    });
    let events = [
        json!({"type": "response.created", "response": {"id": "r1"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": {"id": "r1", "usage": usage}}),
    ];
    let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    let named = |event: &Value| format!("event: {}\n{}", name(event), data(event));
    events.iter().map(named).collect()
}

fn completions(step: usize, command: &str, words: &str, body: &str) -> Vec<String> {
    let (tool, arguments) = match body.contains("\"run_shell_command\"") {
        true => (
            "run_shell_command",
            json!({"command": command, "is_background": false}),
        ),
        false => ("bash", json!({"command": command, "description": "work"})),
    };
    // Where an answer of some shape is wanted, Qwen Code wants it said to a tool.
    let structured = "structured_output";
    let is_structured = body.contains(&format!("\"{structured}\""));
    let (tool, arguments, step) = match is_structured && !body.contains("\"role\":\"tool\"") {
        true => (structured, words.to_owned(), 0),
        false => (tool, arguments.to_string(), step),
    };
    let (delta, reason) = match step {
        // A request without tools asks for a title or the like.
        0 if body.contains("\"tools\"") => {
            let function = json!({"name": tool, "arguments": arguments});
            let call = json!({"index": 0, "id": "c1", "type": "function", "function": function});
            (
                json!({"role": "assistant", "tool_calls": [call]}),
                "tool_calls",
            )
        }
        _ => (json!({"role": "assistant", "content": words}), "stop"),
    };
    let chunk = |delta: Value, reason: Value, usage: Value| {
        data(&json!({
            "id": "x", "created": 1, "model": "scripted", "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], "usage": usage,
        }))
    };
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15});
    vec![
        chunk(delta, Value::Null, Value::Null),
        chunk(json!({}), json!(reason), usage),
        "data: [DONE]\n\n".to_owned(),
    ]
}

fn contents(step: usize, command: &str, words: &str) -> Vec<String> {
    let part = match step {
        0 => json!({"functionCall": {
            "id": "c1", "name": "run_shell_command", "args": {"command": command},
        }}),
        _ => json!({"text": words}),
    };
    vec![data(&json!({
        "candidates": [{
            "content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0,
        }],
        "usageMetadata": {
            "promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15,
        },
    }))]
}

//! A stand-in for a model server on the loopback: it speaks Ollama's API and OpenAI's, finds every
//! line with `BUG` in it, does so many requests at once, and fails on demand. What it fails with is
//! recorded from, or modelled on, a real Ollama.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Nothing that a request waits for takes longer.
const LIMIT: Duration = Duration::from_secs(20);

/// The server. It ends when this is dropped.
pub struct Ollama {
    address: String,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Ill {
    /// The answer comes byte by byte.
    OneByteChunks,
    /// The stream ends in the middle.
    CutShort,
    /// An error stands in the stream.
    InBandError,
    /// The last line says `done: false`.
    NeverDone,
    /// It is answered as if nearly all of the prompt had been dropped.
    DropsPrompt,
    /// This status, and this message.
    Status(u16, &'static str),
    /// One byte a second.
    Trickle,
    /// A line without end.
    EndlessLine,
    /// Lines without end.
    EndlessStream,
    /// On to this address.
    Redirect(String),
    /// A recorded answer.
    Replay(&'static str),
    /// Words instead of the form that was asked for.
    Prose,
    /// A finding that does not exist is cited.
    CitesUnknown,
    /// The answer has no room.
    NoRoom,
    /// Nothing at all comes.
    Silence,
    /// This, instead of what it would say.
    Says(String),
}

#[derive(Default)]
struct State {
    over: bool,
    /// Requests that are worked on at once.
    parallel: usize,
    /// Requests that must be worked on at once before any is answered.
    together: usize,
    /// Tokens that it takes at once.
    context: u64,
    /// How long a request is worked on, in seconds, as it says; it does not really work.
    busy: f64,
    /// Part of the body of a request, what happens to it, how many times.
    ills: Vec<(String, Ill, usize)>,
    /// Bodies of all requests for an answer.
    asked: Vec<Value>,
    /// All requests: method and path.
    requests: Vec<String>,
    working: usize,
    most_working: usize,
    /// Bytes of answers.
    written: u64,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Ollama {
    /// A server that does four requests at once.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                parallel: 4,
                context: 8192,
                busy: 1.0,
                ..State::default()
            }),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        let server = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if own.state().over {
                    return;
                }
                let shared = Arc::clone(&own);
                thread::spawn(move || {
                    // A client that goes away is its own affair.
                    let _ = serve(&stream, &shared);
                });
            }
        });
        Self {
            address,
            shared,
            server: Some(server),
        }
    }

    /// Its address, as `OLLAMA_HOST` has it.
    pub fn host(&self) -> &str {
        &self.address
    }

    /// So many requests are worked on at once.
    pub fn parallel(&self, number: usize) -> &Self {
        self.shared.state().parallel = number;
        self
    }

    /// No request is answered before so many are worked on at once.
    pub fn together(&self, number: usize) -> &Self {
        self.shared.state().together = number;
        self
    }

    /// It takes so many tokens at once.
    pub fn context(&self, tokens: u64) -> &Self {
        self.shared.state().context = tokens;
        self
    }

    /// Requests that hold `part` meet `ill`, so many times.
    pub fn ails(&self, part: &str, ill: Ill, times: usize) -> &Self {
        self.shared.state().ills.push((part.to_owned(), ill, times));
        self
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) -> &Self {
        self.shared.state().ills.clear();
        self
    }

    /// Bodies of the requests for an answer since the last time this was asked.
    pub fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut self.shared.state().asked)
    }

    /// How many requests of any kind came in.
    pub fn requests(&self) -> usize {
        self.shared.state().requests.len()
    }

    /// How many were worked on at once at most.
    pub fn most_working(&self) -> usize {
        self.shared.state().most_working
    }

    /// Bytes of all answers.
    pub fn written(&self) -> u64 {
        self.shared.state().written
    }
}

impl Drop for Ollama {
    fn drop(&mut self) {
        self.shared.state().over = true;
        self.shared.changed.notify_all();
        let woken = TcpStream::connect(&self.address).is_ok();
        if let Some(server) = self.server.take().filter(|_| woken) {
            let _ = server.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready`, for a while.
    fn wait(&self, ready: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state();
        let waited = self
            .changed
            .wait_timeout_while(state, LIMIT, |state| !ready(state) && !state.over);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    shared.state().requests.push(format!("{method} {path}"));
    let mut out = Wire { stream, shared };
    match path {
        "/api/tags" => out.raw(&recording("tags")),
        "/api/ps" => out.raw(&recording("ps-loaded")),
        "/api/show" => out.raw(&recording("show")),
        "/v1/models" => {
            let context = shared.state().context;
            let models = json!({"data": [{"id": "tiny", "meta": {"n_ctx": context}}]});
            out.plain(200, &models.to_string())
        }
        "/api/chat" | "/v1/chat/completions" => chat(&mut out, &body, path == "/api/chat"),
        _ => out.plain(404, "404 page not found"),
    }
}

/// The raw answer of a recording.
fn recording(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ollama");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("a recording");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let raw = document["response_raw"].as_str().expect("an answer");
    raw.as_bytes().to_vec()
}

fn chat(out: &mut Wire<'_>, body: &Value, own_api: bool) -> io::Result<()> {
    let shared = out.shared;
    let text = body.to_string();
    let ill = {
        let mut state = shared.state();
        state.asked.push(body.clone());
        let found = state
            .ills
            .iter_mut()
            .find(|(part, _, times)| *times > 0 && text.contains(part.as_str()));
        found.map(|(_, ill, times)| {
            *times -= 1;
            ill.clone()
        })
    };
    let tokens = words_of(body).len() as u64 / 3;
    let context = shared.state().context;
    if tokens + 1 > context {
        let inner = json!({"error": {"code": 400, "message": format!("request ({tokens} tokens) exceeds the available context size ({context} tokens), try increasing it"), "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": context}});
        let error = if own_api {
            json!({"error": inner.to_string()})
        } else {
            inner
        };
        return out.plain(400, &error.to_string());
    }
    let (busy, waited) = {
        let start = Instant::now();
        let mut state = shared.wait(|state| state.working < state.parallel);
        state.working += 1;
        state.most_working = state.most_working.max(state.working);
        shared.changed.notify_all();
        (state.busy, start.elapsed().as_secs_f64())
    };
    drop(shared.wait(|state| state.most_working >= state.together));
    let answered = answer(
        out,
        body,
        ill.as_ref(),
        Times {
            tokens,
            busy,
            waited,
        },
        own_api,
    );
    shared.state().working -= 1;
    shared.changed.notify_all();
    answered
}

#[derive(Clone, Copy)]
struct Times {
    tokens: u64,
    busy: f64,
    waited: f64,
}

fn answer(
    out: &mut Wire<'_>,
    body: &Value,
    ill: Option<&Ill>,
    times: Times,
    own_api: bool,
) -> io::Result<()> {
    match ill {
        Some(Ill::Status(status, message)) => {
            return out.plain(*status, &json!({"error": message}).to_string());
        }
        Some(Ill::Replay(name)) => return out.raw(&recording(name)),
        Some(Ill::Redirect(place)) => {
            let head = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            return out.raw(head.as_bytes());
        }
        Some(Ill::EndlessLine) => return out.endless(b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        Some(Ill::EndlessStream) => {
            return out.endless(b"{\"message\":{\"content\":\"xxxxxxxxxxxxxxxxxxxxxxxx\"}}\n");
        }
        Some(Ill::Silence) => {
            drop(out.shared.wait(|_| false));
            return Ok(());
        }
        _ => {}
    }
    let words = match ill {
        Some(Ill::Says(words)) => words.clone(),
        Some(Ill::Prose) => "I found nothing wrong, well done!".to_owned(),
        _ => said(body, matches!(ill, Some(Ill::CitesUnknown))),
    };
    let no_room = matches!(ill, Some(Ill::NoRoom));
    let words = if no_room {
        words[..words.len() * 2 / 3].to_owned()
    } else {
        words
    };
    let tokens = if matches!(ill, Some(Ill::DropsPrompt)) {
        5
    } else {
        times.tokens
    };
    let reason = if no_room { "length" } else { "stop" };
    let stream = match own_api {
        true => own_stream(&words, ill, tokens, &times, reason),
        false => events(&words, tokens, reason),
    };
    match ill {
        Some(Ill::OneByteChunks) => out.chunked(stream.as_bytes(), 1, Duration::ZERO, true),
        Some(Ill::Trickle) => out.chunked(stream.as_bytes(), 1, Duration::from_secs(1), true),
        Some(Ill::CutShort) => out.chunked(
            &stream.as_bytes()[..stream.len() / 2],
            64,
            Duration::ZERO,
            false,
        ),
        _ => out.chunked(stream.as_bytes(), 4096, Duration::ZERO, true),
    }
}

/// Ollama's stream: a line a few characters, then the numbers.
fn own_stream(words: &str, ill: Option<&Ill>, tokens: u64, times: &Times, reason: &str) -> String {
    let mut stream = String::new();
    let letters: Vec<char> = words.chars().collect();
    for part in letters.chunks(40) {
        let part: String = part.iter().collect();
        let line = json!({"model": "tiny", "message": {"role": "assistant", "content": part}, "done": false});
        stream.push_str(&format!("{line}\n"));
    }
    if matches!(ill, Some(Ill::InBandError)) {
        stream.push_str(
            "{\"error\":\"an error was encountered while running the model: unexpected EOF\"}\n",
        );
        return stream;
    }
    let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
    let last = json!({
        "model": "tiny",
        "message": {"role": "assistant", "content": ""},
        "done": !matches!(ill, Some(Ill::NeverDone)),
        "done_reason": reason,
        "total_duration": nanoseconds(times.waited + times.busy),
        "load_duration": 0,
        "prompt_eval_count": tokens,
        "prompt_eval_duration": nanoseconds(times.busy / 2.0),
        "eval_count": words.len() / 3,
        "eval_duration": nanoseconds(times.busy / 2.0),
    });
    stream + &format!("{last}\n")
}

/// OpenAI's stream of events.
fn events(words: &str, tokens: u64, reason: &str) -> String {
    let delta = |content: &str| json!({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": null}]});
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": 1}});
    format!(
        "data: {}\n\ndata: {last}\n\ndata: {usage}\n\ndata: [DONE]\n\n",
        delta(words)
    )
}

fn words_of(body: &Value) -> String {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let words = messages
        .iter()
        .filter_map(|message| message["content"].as_str());
    words.collect::<Vec<_>>().join("\n")
}

/// What the stand-in has to say: findings, a combination, or words.
fn said(body: &Value, unknown: bool) -> String {
    let schema = if body["format"].is_object() {
        &body["format"]
    } else {
        &body["response_format"]["json_schema"]["schema"]
    };
    let prompt = words_of(body);
    if schema["properties"]["findings"].is_object() {
        return json!({"findings": found(&prompt)}).to_string();
    }
    if let Some(sections) = schema["properties"].as_object() {
        let known = |section: &Value| {
            let ids = &section["items"]["properties"]["findings"]["items"]["enum"];
            ids.as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .take(2)
                .cloned()
                .collect::<Vec<_>>()
        };
        let points = sections.iter().map(|(key, section)| {
            let ids = if unknown {
                vec![json!("f99")]
            } else {
                known(section)
            };
            (
                key.clone(),
                json!([{"text": format!("About {key}."), "findings": ids}]),
            )
        });
        return Value::Object(points.collect()).to_string();
    }
    let messages = body["messages"].as_array().map_or(0, Vec::len);
    let asked = body["messages"][messages - 1]["content"]
        .as_str()
        .unwrap_or_default();
    format!("You asked: {asked} I have {messages} messages.")
}

/// Every numbered line with `BUG` in it, as a finding.
fn found(prompt: &str) -> Vec<Value> {
    let mut file = "";
    let mut findings = Vec::new();
    for line in prompt.lines() {
        if let Some(name) = line.strip_prefix("=== FILE: ") {
            file = name.trim_end_matches(" ===");
        } else if let Some((number, text)) = line.split_once("| ")
            && let Ok(number) = number.trim().parse::<u64>()
            && text.contains("BUG")
        {
            let severity = if prompt.contains("only: Performance") && text.contains("disputed") {
                "info"
            } else {
                "high"
            };
            let (first, quote) = match () {
                () if text.contains("elsewhere") => (number + 100, text.to_owned()),
                () if text.contains("invented") => {
                    (number, "no such line is there at all".to_owned())
                }
                () => (number, text.to_owned()),
            };
            findings.push(json!({
                "title": text.trim().trim_start_matches(|c: char| !c.is_alphanumeric()),
                "severity": severity,
                "category": "bug",
                "file": file,
                "line_start": first,
                "line_end": first,
                "quote": quote,
                "why": "Straße, größer: it says so.",
                "fix": "Take it out.",
                "confidence": "high",
            }));
        }
    }
    findings
}

/// The way back to the client.
struct Wire<'a> {
    stream: &'a TcpStream,
    shared: &'a Shared,
}

impl Wire<'_> {
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.shared.state().written += bytes.len() as u64;
        Ok(())
    }

    fn plain(&mut self, status: u16, body: &str) -> io::Result<()> {
        let head = format!(
            "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.raw(format!("{head}{body}").as_bytes())
    }

    fn head(&mut self) -> io::Result<()> {
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    }

    fn chunked(
        &mut self,
        stream: &[u8],
        size: usize,
        pause: Duration,
        ends: bool,
    ) -> io::Result<()> {
        self.head()?;
        self.stream.set_nodelay(true)?;
        for part in stream.chunks(size) {
            self.chunk(part)?;
            if !pause.is_zero() {
                if self.shared.state().over {
                    return Ok(());
                }
                thread::sleep(pause);
            }
        }
        if ends { self.raw(b"0\r\n\r\n") } else { Ok(()) }
    }

    fn chunk(&mut self, part: &[u8]) -> io::Result<()> {
        let framed = [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        self.raw(&framed)
    }

    /// Ten gigabytes, or as many as are taken.
    fn endless(&mut self, part: &[u8]) -> io::Result<()> {
        self.head()?;
        let block = part.repeat(2048);
        let blocks = 10_000_000_000 / block.len();
        for _ in 0..blocks {
            self.chunk(&block)?;
        }
        Ok(())
    }
}

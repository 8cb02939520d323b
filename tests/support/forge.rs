//! A stand-in for GitHub behind a unix socket that the real `gh` is told to use: repositories whose
//! branches are those of real bare repositories, and pull requests in memory. It refuses what
//! GitHub refuses, and fails on demand.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use super::repo::Repo;

/// The server. It ends when this is dropped.
pub struct Forge {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
    server: Option<JoinHandle<()>>,
}

/// What goes wrong with a request.
#[derive(Clone)]
pub enum Fault {
    /// It is answered with this status and message, and nothing is done.
    Refuse(u16, &'static str),
    /// It is done, and the answer never comes.
    LoseAnswer,
}

#[derive(Default)]
struct State {
    over: bool,
    /// `owner/name` and its bare repository.
    repositories: Vec<(String, PathBuf)>,
    pulls: Vec<Value>,
    /// Method and path of everything asked.
    asked: Vec<String>,
    /// `METHOD path-part`: the next request like it meets this.
    faults: VecDeque<(String, Fault)>,
}

impl Forge {
    /// A server at `socket`.
    pub fn at(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).expect("a socket");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if locked(&shared).over {
                    return;
                }
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self {
            socket: socket.to_owned(),
            state,
            server: Some(server),
        }
    }

    /// A server at `socket` that `gh`, called by the repository's owner, takes for GitHub: there,
    /// `acme/shop` is the bare repository, to which `origin` leads.
    pub fn of(repo: &Repo, bare: &Path, socket: &Path) -> Self {
        let forge = Self::at(socket);
        forge.host("acme/shop", bare);
        let settings = repo.home().join(".config/gh");
        fs::create_dir_all(&settings).expect("a folder");
        let config = format!("http_unix_socket: {}\n", socket.display());
        fs::write(settings.join("config.yml"), config).expect("a configuration");
        let hosts = "github.com:\n    oauth_token: t\n    user: ada\n    git_protocol: https\n";
        fs::write(settings.join("hosts.yml"), hosts).expect("a configuration");
        forge
    }

    /// Forgets every pull request.
    pub fn forget(&self) {
        self.with(|state| state.pulls.clear());
    }

    /// Adds a repository.
    pub fn host(&self, name: &str, bare: &Path) -> &Self {
        self.with(|state| state.repositories.push((name.to_owned(), bare.to_owned())));
        self
    }

    /// The next request like `method path-part` meets a fault.
    pub fn fault(&self, request: &str, fault: Fault) -> &Self {
        self.with(|state| state.faults.push_back((request.to_owned(), fault)));
        self
    }

    /// The pull request of this number.
    pub fn pull(&self, number: u64) -> Value {
        self.with(|state| state.pulls[number as usize - 1].clone())
    }

    /// How many pull requests there are.
    pub fn pulls(&self) -> usize {
        self.with(|state| state.pulls.len())
    }

    /// Changes a pull request, as a person on its page would.
    pub fn edit(&self, number: u64, change: impl FnOnce(&mut Value)) -> &Self {
        self.with(|state| change(&mut state.pulls[number as usize - 1]));
        self
    }

    /// How many requests like `method path-part` came in since the last time this was asked.
    pub fn asked(&self, request: &str) -> usize {
        self.with(|state| {
            let asked = state.asked.iter().filter(|one| is_like(one, request));
            let number = asked.count();
            state.asked.retain(|one| !is_like(one, request));
            number
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut locked(&self.state))
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        locked(&self.state).over = true;
        // Wakes it up; where nobody can any more, it ends with the process.
        let woken = UnixStream::connect(&self.socket).is_ok();
        if let Some(server) = self.server.take().filter(|_| woken) {
            let _ = server.join();
        }
    }
}

fn is_like(asked: &str, request: &str) -> bool {
    let (method, part) = request.split_once(' ').unwrap_or((request, ""));
    asked.starts_with(method) && asked.contains(part)
}

/// A test that fails while it looks must not keep the server from its end.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Value,
}

fn serve(stream: &UnixStream, state: &Mutex<State>) {
    let Ok(request) = read(stream) else { return };
    let (fault, answer) = {
        let mut state = locked(state);
        let line = format!("{} {}", request.method, request.path);
        state.asked.push(line.clone());
        let at = state
            .faults
            .iter()
            .position(|(like, _)| is_like(&line, like));
        let fault = at
            .and_then(|at| state.faults.remove(at))
            .map(|(_, fault)| fault);
        let answer = match &fault {
            Some(Fault::Refuse(status, message)) => (*status, json!({"message": message})),
            _ => state.answer(&request),
        };
        (fault, answer)
    };
    if matches!(fault, Some(Fault::LoseAnswer)) {
        // Longer than any test waits; who asked hangs up before.
        let mut nothing = [0];
        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
        let _ = (&mut &*stream).read(&mut nothing);
        return;
    }
    let body = answer.1.to_string();
    let head = format!(
        "HTTP/1.1 {} Status\r\nContent-Type: application/json; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        answer.0,
        body.len()
    );
    let _ = (&mut &*stream).write_all(format!("{head}{body}").as_bytes());
}

fn read(stream: &UnixStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
    }
    let body = match chunked {
        true => read_chunks(&mut reader)?,
        false => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            body
        }
    };
    Ok(Request {
        method,
        path: unescape(path),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (unescape(key), unescape(value)))
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        body.extend(&chunk[..size]);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte.unwrap_or(b'0')).to_digit(16).unwrap_or(0);
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (hex(rest.next()) * 16 + hex(rest.next())) as u8,
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl State {
    fn answer(&mut self, request: &Request) -> (u16, Value) {
        // A host of one's own has its API below a folder.
        let path = request.path.trim_start_matches("/api/v3");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), &parts[..]) {
            // What `gh auth status` wants to know.
            ("GET", [""]) => (200, json!({})),
            ("POST", ["graphql"] | ["api", "graphql"]) => {
                (200, json!({"data": {"viewer": {"login": "ada"}}}))
            }
            ("GET", ["repos", owner, name]) => match self.repository(owner, name) {
                Some((name, _)) => (200, json!({"full_name": name})),
                None => not_found(),
            },
            (method, ["repos", owner, name, "pulls", rest @ ..]) => {
                let Some((name, bare)) = self.repository(owner, name) else {
                    return not_found();
                };
                match (method, rest) {
                    ("GET", []) => self.list(&name, request),
                    ("POST", []) => self.open(&name, &bare, &request.body),
                    ("PATCH", [number]) => self.change(&bare, number, &request.body),
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }

    fn repository(&self, owner: &str, name: &str) -> Option<(String, PathBuf)> {
        let full = format!("{owner}/{name}");
        let mut all = self.repositories.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(&full))
            .cloned()
    }

    fn list(&self, repository: &str, request: &Request) -> (u16, Value) {
        let asked = |key: &str| {
            let found = request.query.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        let wanted = |pull: &&Value| {
            let label = pull["head"]["label"].as_str();
            let open = pull["state"] == "open" || asked("state") == Some("all");
            let here = pull["base"]["repo"]["full_name"] == repository;
            here && open && asked("head").is_none_or(|head| label == Some(head))
        };
        let mut found: Vec<Value> = self.pulls.iter().filter(wanted).cloned().collect();
        found.reverse();
        (200, Value::Array(found))
    }

    fn open(&mut self, base_name: &str, base_bare: &Path, said: &Value) -> (u16, Value) {
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let (label, base) = (text("head"), text("base"));
        let (owner, head) = label.split_once(':').unwrap_or(("", &label));
        let base_repo = base_name.split_once('/').map_or("", |(_, name)| name);
        let head_repo = said["head_repo"].as_str().unwrap_or(base_repo);
        let Some((head_name, head_bare)) = self.repository(owner, head_repo) else {
            return invalid("head");
        };
        let Some(tip) = branch(&head_bare, head) else {
            return invalid("head");
        };
        match branch(base_bare, &base) {
            None => return invalid("base"),
            Some(base_tip) if base_tip == tip => {
                return unprocessable(&format!("No commits between {base} and {label}"));
            }
            Some(_) => {}
        }
        let taken = |pull: &&Value| {
            pull["state"] == "open" && pull["head"]["label"] == label && pull["base"]["ref"] == base
        };
        if self.pulls.iter().any(|pull| taken(&pull)) {
            return unprocessable(&format!("A pull request already exists for {label}."));
        }
        if text("title").is_empty() {
            return invalid("title");
        }
        let number = self.pulls.len() + 1;
        let pull = json!({
            "number": number,
            "html_url": format!("https://github.com/{base_name}/pull/{number}"),
            "state": "open", "merged_at": null, "draft": said["draft"] == true,
            "title": text("title"), "body": said["body"],
            "base": {"ref": base, "repo": {"full_name": base_name}},
            "head": {"ref": head, "label": label, "sha": tip, "repo": {"full_name": head_name}},
        });
        self.pulls.push(pull.clone());
        (201, pull)
    }

    fn change(&mut self, bare: &Path, number: &str, said: &Value) -> (u16, Value) {
        let at = number.parse::<usize>().unwrap_or(0).wrapping_sub(1);
        let Some(pull) = self.pulls.get_mut(at) else {
            return not_found();
        };
        if let Some(base) = said["base"].as_str() {
            if branch(bare, base).is_none() {
                return invalid("base");
            }
            pull["base"]["ref"] = base.into();
        }
        for key in ["title", "body"] {
            if let Some(value) = said[key].as_str() {
                pull[key] = value.into();
            }
        }
        (200, pull.clone())
    }
}

fn branch(bare: &Path, name: &str) -> Option<String> {
    let output = Command::new("git")
        .arg("--git-dir")
        .arg(bare)
        .args(["rev-parse", "--verify", "--quiet"])
        .arg(format!("refs/heads/{name}"))
        .output()
        .ok()?;
    let found = output.status.success();
    found.then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn not_found() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}

fn invalid(field: &str) -> (u16, Value) {
    let error = json!({"resource": "PullRequest", "code": "invalid", "field": field});
    (
        422,
        json!({"message": "Validation Failed", "errors": [error]}),
    )
}

fn unprocessable(message: &str) -> (u16, Value) {
    let error = json!({"resource": "PullRequest", "code": "custom", "message": message});
    (
        422,
        json!({"message": "Validation Failed", "errors": [error]}),
    )
}

//! Requests over the network: the only part of this room that waits.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use tokio::time::{Instant as Moment, timeout, timeout_at};

use super::chat::{ChatRequest, Model, Reply};
use super::gather::Gathering;
use super::trouble::Trouble;
use super::{Address, Api, ollama, openai};

/// Who does not accept a connection by then does not listen.
const CONNECT: Duration = Duration::from_secs(2);
/// A short answer takes no longer.
const SHORT: Duration = Duration::from_secs(10);
/// A short answer is no longer.
const LONGEST_BODY: usize = 4 << 20;
/// Of what a server says against a request, so much is repeated.
const QUOTED: usize = 300;

/// How long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// While the server is silent towards all our requests. There is no heartbeat while it reads a
    /// prompt, so this is minutes.
    pub silence: Duration,
    /// From the request to the last byte.
    pub whole: Duration,
}

/// A server that is spoken to.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    address: Address,
    api: Api,
    key: Option<String>,
    limits: Limits,
    /// When anything was heard of the server last: while it answers another request of ours it is
    /// alive, and this one waits in its queue.
    heard: Mutex<Moment>,
}

impl Client {
    /// A client of one server. The key goes along only where nobody on the way can read it.
    pub fn new(
        address: Address,
        api: Api,
        key: Option<String>,
        limits: Limits,
    ) -> Result<Self, Trouble> {
        // Whoever was first to install it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("git-parallel/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .no_proxy();
        if !address.is_secure() {
            // Nothing to verify, so the system's certificates need not be read, nor be there.
            builder = builder.tls_certs_only([]);
        }
        let http = builder
            .build()
            .map_err(|error| Trouble::Unreachable(chain(&error)))?;
        let private = address.is_secure() || address.is_loopback();
        Ok(Self {
            http,
            key: key.filter(|_| private),
            address,
            api,
            limits,
            heard: Mutex::new(Moment::now()),
        })
    }

    /// Where the server is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// How it is spoken to.
    pub fn api(&self) -> Api {
        self.api
    }

    /// The models that it has.
    pub async fn models(&self) -> Result<Vec<Model>, Trouble> {
        match self.api {
            Api::Ollama => {
                let mut models = ollama::models(&self.short(Method::GET, "/api/tags", None).await?);
                let loaded = self.short(Method::GET, "/api/ps", None).await;
                let loaded = loaded.unwrap_or(Value::Null);
                for model in &mut models {
                    model.loaded_context = ollama::loaded_context(&loaded, &model.name);
                }
                Ok(models)
            }
            Api::Openai => {
                let path = self.versioned("/models");
                let list = self.short(Method::GET, &path, None).await?;
                Ok(openai::models(&list))
            }
        }
    }

    /// The context that a model was made for, asked about it alone.
    pub async fn context_of(&self, model: &str) -> Option<u64> {
        let question = serde_json::json!({"model": model});
        let shown = match self.api {
            Api::Ollama => self.short(Method::POST, "/api/show", Some(&question)).await,
            Api::Openai => return None,
        };
        ollama::context(&shown.ok()?)
    }

    /// The next turn of a conversation; `told` hears how many bytes of it have come so far.
    pub async fn chat(
        &self,
        request: &ChatRequest,
        told: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Reply, Trouble> {
        let whole = self.limits.whole;
        let answered = timeout(whole, self.stream(request, told)).await;
        answered.unwrap_or_else(|_| {
            let seconds = whole.as_secs_f64();
            Err(Trouble::Limit(format!(
                "did not finish its answer within {seconds} s"
            )))
        })
    }

    async fn stream(
        &self,
        request: &ChatRequest,
        told: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Reply, Trouble> {
        let (path, body) = match self.api {
            Api::Ollama => ("/api/chat".to_owned(), ollama::body(request)),
            Api::Openai => (self.versioned("/chat/completions"), openai::body(request)),
        };
        let start = Instant::now();
        self.hear();
        let sent = self.request(Method::POST, &path).json(&body).send();
        let mut response = self.attentively(sent).await??;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let mut gathering = Gathering::new(self.api);
        while let Some(chunk) = self.attentively(response.chunk()).await?? {
            self.hear();
            told(gathering.feed(&chunk)?);
        }
        gathering.finish(start.elapsed().as_secs_f64())
    }

    /// Waits for the server as long as it is not silent towards everybody.
    async fn attentively<T>(
        &self,
        wait: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<Result<T, Trouble>, Trouble> {
        let mut wait = std::pin::pin!(wait);
        loop {
            let end = self.heard_last() + self.limits.silence;
            match timeout_at(end, wait.as_mut()).await {
                Ok(done) => return Ok(done.map_err(|error| lost(&error))),
                Err(_) if Moment::now() < self.heard_last() + self.limits.silence => {}
                Err(_) => {
                    let seconds = self.limits.silence.as_secs_f64();
                    return Err(Trouble::Limit(format!("has said nothing for {seconds} s")));
                }
            }
        }
    }

    fn hear(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Moment::now();
    }

    fn heard_last(&self) -> Moment {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One JSON document for a short question.
    async fn short(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = async {
            let response = request.send().await.map_err(|error| lost(&error))?;
            if !response.status().is_success() {
                return Err(refusal(response).await);
            }
            let body = bounded(response).await?;
            serde_json::from_slice(&body)
                .map_err(|_| Trouble::Broken(format!("answered {path} with what is not JSON")))
        };
        let seconds = SHORT.as_secs();
        timeout(SHORT, answer).await.unwrap_or_else(|_| {
            Err(Trouble::Limit(format!(
                "did not answer {path} within {seconds} s"
            )))
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.address.url(path));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Where nothing else was named, everything lies below `/v1`.
    fn versioned(&self, path: &str) -> String {
        let version = if self.address.has_path() { "" } else { "/v1" };
        format!("{version}{path}")
    }
}

/// Why a server said no.
async fn refusal(response: Response) -> Trouble {
    let status = response.status();
    let header = |name: &str| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    if status.is_redirection() {
        let place = header("location").unwrap_or_else(|| "elsewhere".to_owned());
        return Trouble::Refused {
            status: status.as_u16(),
            message: format!(
                "it sends us on to {}, which is not followed",
                quoted(&place)
            ),
        };
    }
    let after = header("retry-after").and_then(|seconds| seconds.parse().ok());
    let body = timeout(SHORT, bounded(response)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    said(status, &body, after.map(Duration::from_secs))
}

/// What a refusal means.
fn said(status: StatusCode, body: &[u8], after: Option<Duration>) -> Trouble {
    let text = String::from_utf8_lossy(body);
    let document: Option<Value> = serde_json::from_str(&text).ok();
    let error = document.as_ref().and_then(|document| document.get("error"));
    if let Some(too_long) = error.and_then(ollama::too_long) {
        return too_long;
    }
    let message = error.map_or_else(|| text.trim().to_owned(), ollama::worded);
    let message = match message.is_empty() {
        true => status.canonical_reason().unwrap_or("no reason").to_owned(),
        false => quoted(&message),
    };
    match status.as_u16() {
        status @ (429 | 502 | 503) => Trouble::Busy {
            status,
            message,
            after,
        },
        status => Trouble::Refused { status, message },
    }
}

/// The body of a short answer.
async fn bounded(mut response: Response) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_BODY {
            let limit = LONGEST_BODY >> 20;
            return Err(Trouble::Limit(format!("answered more than {limit} MiB")));
        }
    }
    Ok(body)
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

/// What the network says.
fn lost(error: &reqwest::Error) -> Trouble {
    if error.is_connect() {
        Trouble::Unreachable(chain(error))
    } else {
        Trouble::Broken(format!("broke off: {}", chain(error)))
    }
}

/// The innermost reason: the outer ones only say that there is one, and repeat the address.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_whether_to_wait_to_shorten_or_to_give_up() {
        let told = |status: u16, body: &str| {
            said(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None)
        };
        let busy = told(503, r#"{"error":"server busy, please try again"}"#);
        assert!(busy.may_pass(), "{busy}");
        let unknown = told(404, r#"{"error":{"message":"model 'x' not found"}}"#);
        assert_eq!(unknown.to_string(), "refused (404): model 'x' not found");
        let long = told(
            400,
            r#"{"error":{"n_prompt_tokens":9,"n_ctx":5,"message":"m"}}"#,
        );
        let expected = Trouble::TooLong {
            prompt: Some(9),
            context: Some(5),
        };
        assert_eq!(long, expected);
        assert_eq!(
            told(500, "").to_string(),
            "refused (500): Internal Server Error"
        );
        let plain = told(404, "404 page not found");
        assert_eq!(plain.to_string(), "refused (404): 404 page not found");
    }
}

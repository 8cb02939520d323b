//! One chunk, one answer: asked, asked again where that may help, cut in two where it is too much,
//! and checked against the files.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::git::Repository;
use crate::llm::{ChatRequest, Client, Ending, Message, Reply, Times, Trouble};
use crate::store::{Cache, digest};

use super::chunk::halve;
use super::claim;
use super::events::{Answer, CheckedClaim};
use super::evidence::{Page, check};
use super::model::{Angle, AnglesPlan};
use super::outline::{Content, Outline, look};
use super::piece::Chunk;
use super::prompt::{self, Excerpt};

/// How long is waited before each further try, in milliseconds, where the server does not say.
const PAUSES: [u64; 5] = [500, 1000, 2000, 4000, 8000];
/// A server may ask for longer; longer than this is not waited.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// An answer that broke off is asked for so often again.
const BROKEN_TRIES: usize = 1;
/// A chunk whose answer has no room, or that the server does not read to its end, is halved so
/// often.
const HALVINGS: u32 = 3;
/// No tokeniser makes more bytes of source into one token, on average over a whole prompt.
const MOST_BYTES_A_TOKEN: u64 = 8;

/// Why a chunk has no answer.
#[derive(Debug)]
pub struct GivenUp {
    pub reason: String,
    /// No other chunk would get one.
    pub fatal: bool,
}

/// Everything that requests are made with.
#[derive(Debug)]
pub struct Desk {
    repository: Repository,
    client: Client,
    cache: Cache,
    plan: AnglesPlan,
    learned: Mutex<Learned>,
}

/// What the server has told about tokens.
#[derive(Clone, Copy, Debug, Default)]
struct Learned {
    /// Bytes that a token stands for: the fewest that were seen.
    bytes_a_token: Option<f64>,
    /// Tokens that it takes at once.
    context: Option<u64>,
}

/// An answer, and what is to be done about it.
enum Said {
    All(Answer),
    /// It had no room for more.
    Part(Answer),
}

impl Answer {
    /// Takes in that nothing came of a chunk, for this reason. Of nothing at all there is no answer.
    fn miss(&mut self, chunk: &Chunk, asked: u64, trouble: &Trouble) -> Result<(), GivenUp> {
        self.unseen_bytes += bytes_of(chunk);
        match self.unseen_bytes == asked {
            true => Err(given_up(trouble)),
            false => Ok(()),
        }
    }
}

/// What is remembered of an answer.
#[derive(Serialize, Deserialize)]
struct Remembered {
    content: String,
    prompt_tokens: u64,
    reply_tokens: u64,
}

impl Desk {
    pub fn new(repository: Repository, client: Client, cache: Cache, plan: AnglesPlan) -> Self {
        Self {
            repository,
            client,
            cache,
            plan,
            learned: Mutex::default(),
        }
    }

    /// Requests at once at most.
    pub fn at_once(&self) -> usize {
        self.plan.at_once
    }

    /// The answer about one chunk; `heard` is told how many bytes of it have come.
    pub async fn solve(
        &self,
        angle: u32,
        chunk: usize,
        heard: &(dyn Fn(usize) + Sync),
    ) -> Result<Answer, GivenUp> {
        let angle = &self.plan.angles[angle as usize - 1];
        let asked = bytes_of(&angle.chunks[chunk]);
        let mut open = vec![(angle.chunks[chunk].clone(), 0)];
        let mut whole = Answer {
            cached: true,
            ..Answer::default()
        };
        while let Some((chunk, halved)) = open.pop() {
            let mut halves = |limit: u32| {
                let parts = halve(&chunk, &|file| self.outline(file)).filter(|_| halved < limit);
                parts
                    .map(|[one, two]| open.extend([(two, halved + 1), (one, halved + 1)]))
                    .is_some()
            };
            match self.ask(angle, &chunk, heard).await {
                Ok(Said::All(answer)) => whole.add(answer),
                Ok(Said::Part(_)) if halves(HALVINGS) => {}
                Ok(Said::Part(answer)) => {
                    let is_empty = answer.findings.is_empty();
                    whole.add(answer);
                    if is_empty {
                        let limit = self.plan.budget.predict;
                        let endless = format!("came to no end within {limit} tokens");
                        whole.miss(&chunk, asked, &Trouble::Limit(endless))?;
                    }
                }
                Err(Trouble::TooLong { .. }) if halves(u32::MAX) => {}
                Err(trouble @ Trouble::TooLong { .. }) => whole.miss(&chunk, asked, &trouble)?,
                Err(trouble) => return Err(given_up(&trouble)),
            }
        }
        Ok(whole)
    }

    /// One request and its answer, from memory where it was answered before.
    async fn ask(
        &self,
        angle: &Angle,
        chunk: &Chunk,
        heard: &(dyn Fn(usize) + Sync),
    ) -> Result<Said, Trouble> {
        let texts = self.texts(chunk)?;
        let request = self.request(angle, chunk, &texts);
        let key = self.key(&request);
        if let Some(answer) = self.remembered(&key, &texts) {
            return Ok(Said::All(answer));
        }
        self.foresee(&request)?;
        let (reply, tries) = self.persist(&request, heard).await?;
        let is_whole = reply.ending == Ending::Stop;
        let claims = claim::read(&reply.content, is_whole);
        let claims = claims.ok_or_else(|| Trouble::Broken(OTHER_FORM.to_owned()))?;
        let mut answer = answered(&claims, &texts);
        answer.requests = tries;
        answer.prompt_tokens = reply.prompt_tokens.unwrap_or(0);
        answer.reply_tokens = reply.reply_tokens.unwrap_or(0);
        answer.times = reply.times;
        answer.cut = !is_whole;
        if is_whole {
            self.remember(key, &reply);
            return Ok(Said::All(answer));
        }
        Ok(Said::Part(answer))
    }

    /// Asks until there is an answer, or none is to be expected.
    async fn persist(
        &self,
        request: &ChatRequest,
        heard: &(dyn Fn(usize) + Sync),
    ) -> Result<(Reply, u32), Trouble> {
        let mut broken = 0;
        let mut tries = 0;
        for pause in PAUSES.into_iter().map(Some).chain([None]) {
            tries += 1;
            let trouble = match self.client.chat(request, &mut |bytes| heard(bytes)).await {
                Ok(reply) => match self.learn(request, &reply).and_then(|()| in_form(&reply)) {
                    Ok(()) => return Ok((reply, tries)),
                    Err(trouble) => trouble,
                },
                Err(trouble) => trouble,
            };
            self.learn_limit(request, &trouble);
            broken += usize::from(matches!(trouble, Trouble::Broken(_)));
            match (pause, &trouble) {
                (Some(pause), trouble) if trouble.may_pass() && broken <= BROKEN_TRIES => {
                    let asked = match trouble {
                        Trouble::Busy { after, .. } => *after,
                        _ => None,
                    };
                    let pause = asked.unwrap_or(Duration::from_millis(pause));
                    sleep(pause.min(LONGEST_PAUSE)).await;
                }
                _ => return Err(trouble),
            }
        }
        Err(Trouble::Broken("gave no answer".to_owned()))
    }

    /// Refuses a prompt that is too long by what is known, before the server has to.
    fn foresee(&self, request: &ChatRequest) -> Result<(), Trouble> {
        let learned = *self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let context = learned
            .context
            .unwrap_or(request.context)
            .min(request.context);
        let tokens = learned
            .bytes_a_token
            .map(|bytes| (length(request) as f64 / bytes) as u64);
        // Where it takes less than was planned with, answers are shorter, too.
        let predict = request.predict.min(context / 4);
        match tokens.filter(|tokens| *tokens + predict > context) {
            Some(tokens) => Err(Trouble::TooLong {
                prompt: Some(tokens),
                context: Some(context),
            }),
            None => Ok(()),
        }
    }

    /// Takes in how many tokens a prompt had. Far too few mean that the server has dropped most of
    /// it without a word.
    fn learn(&self, request: &ChatRequest, reply: &Reply) -> Result<(), Trouble> {
        let Some(tokens) = reply.prompt_tokens.filter(|tokens| *tokens > 0) else {
            return Ok(());
        };
        let bytes = length(request) as u64;
        if tokens * MOST_BYTES_A_TOKEN < bytes {
            return Err(Trouble::TooLong {
                prompt: None,
                context: Some(tokens),
            });
        }
        self.note(bytes as f64 / tokens as f64, None);
        Ok(())
    }

    fn learn_limit(&self, request: &ChatRequest, trouble: &Trouble) {
        if let Trouble::TooLong {
            prompt: Some(prompt),
            context,
        } = trouble
        {
            self.note(length(request) as f64 / *prompt as f64, *context);
        }
    }

    fn note(&self, bytes_a_token: f64, context: Option<u64>) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let fewest = learned
            .bytes_a_token
            .map_or(bytes_a_token, |known| known.min(bytes_a_token));
        learned.bytes_a_token = Some(fewest);
        learned.context = context.or(learned.context);
    }

    fn request(&self, angle: &Angle, chunk: &Chunk, texts: &[Text]) -> ChatRequest {
        let excerpts: Vec<Excerpt<'_>> = texts
            .iter()
            .zip(&chunk.pieces)
            .map(|(text, piece)| Excerpt {
                path: &text.path,
                first: piece.first,
                text: &text.content[text.part.clone()],
            })
            .collect();
        let paths: Vec<&str> = texts.iter().map(|text| text.path.as_str()).collect();
        ChatRequest {
            model: self.plan.model.clone(),
            messages: prompt::messages(&self.plan, angle, &excerpts),
            schema: Some(prompt::schema(&paths)),
            context: self.plan.budget.context,
            predict: self.plan.budget.predict,
        }
    }

    /// Stands for everything that an answer depends on.
    fn key(&self, request: &ChatRequest) -> Vec<u8> {
        let plan = &self.plan;
        let form = request.schema.as_ref().map(ToString::to_string);
        let words: Vec<(&str, &str)> = request
            .messages
            .iter()
            .map(|Message { role, content }| (role.as_str(), content.as_str()))
            .collect();
        let all = (
            &plan.api,
            &plan.host,
            &plan.model,
            &plan.digest,
            request.context,
            request.predict,
            form,
            words,
        );
        let all = serde_json::to_vec(&all).unwrap_or_default();
        format!("angles {}", digest(&[&all])).into_bytes()
    }

    fn remembered(&self, key: &[u8], texts: &[Text]) -> Option<Answer> {
        let known: Remembered = serde_json::from_slice(&self.cache.get(key)?).ok()?;
        let mut answer = answered(&claim::read(&known.content, true)?, texts);
        answer.cached = true;
        answer.prompt_tokens = known.prompt_tokens;
        answer.reply_tokens = known.reply_tokens;
        Some(answer)
    }

    fn remember(&self, key: Vec<u8>, reply: &Reply) {
        let known = Remembered {
            content: reply.content.clone(),
            prompt_tokens: reply.prompt_tokens.unwrap_or(0),
            reply_tokens: reply.reply_tokens.unwrap_or(0),
        };
        if let Ok(value) = serde_json::to_vec(&known) {
            self.cache.put(&[(key, value)]);
        }
    }

    /// The files of a chunk, with the part of each that is in it.
    fn texts(&self, chunk: &Chunk) -> Result<Vec<Text>, Trouble> {
        let text = |piece: &super::piece::Piece| {
            let file = &self.plan.files[piece.file];
            let bytes = self
                .repository
                .blob(file.blob)
                .map_err(|failure| Trouble::Limit(failure.what))?;
            let content = String::from_utf8_lossy(&bytes).into_owned();
            let part = part(&content, piece.first, piece.last);
            Ok(Text {
                path: file.path.clone(),
                content,
                part,
            })
        };
        chunk.pieces.iter().map(text).collect()
    }

    fn outline(&self, file: usize) -> Outline {
        let content = self
            .repository
            .blob(self.plan.files[file].blob)
            .unwrap_or_default();
        match look(&content) {
            Content::Text(outline) => outline,
            _ => Outline::default(),
        }
    }
}

const OTHER_FORM: &str = "answered in another form than was asked for";

/// A file and the part of it that was shown.
struct Text {
    path: String,
    content: String,
    part: std::ops::Range<usize>,
}

/// Where lines `first` to `last` are in a text.
fn part(content: &str, first: u32, last: u32) -> std::ops::Range<usize> {
    let mut ends = vec![0];
    ends.extend(content.match_indices('\n').map(|(at, _)| at + 1));
    if !content.ends_with('\n') {
        ends.push(content.len());
    }
    let end = |line: u32| ends.get(line as usize).copied().unwrap_or(content.len());
    end(first.saturating_sub(1))..end(last)
}

/// Whether an answer is one, as far as it goes.
fn in_form(reply: &Reply) -> Result<(), Trouble> {
    let is_whole = reply.ending == Ending::Stop;
    match is_whole && claim::read(&reply.content, true).is_none() {
        true => Err(Trouble::Broken(OTHER_FORM.to_owned())),
        false => Ok(()),
    }
}

/// Claims, each looked up in the files that were shown.
fn answered(claims: &[claim::Claim], texts: &[Text]) -> Answer {
    let pages: Vec<Page> = texts
        .iter()
        .map(|text| Page::new(&text.path, &text.content))
        .collect();
    let checked = claims.iter().cloned().map(|claim| {
        let (claim, evidence) = check(claim, &pages);
        CheckedClaim { claim, evidence }
    });
    Answer {
        findings: checked.collect(),
        times: Times::default(),
        ..Answer::default()
    }
}

fn given_up(trouble: &Trouble) -> GivenUp {
    let fatal = match trouble {
        Trouble::Unreachable(_) => true,
        Trouble::Refused { status, .. } => matches!(status, 300..=404),
        _ => false,
    };
    GivenUp {
        reason: format!("the server {trouble}"),
        fatal,
    }
}

/// Bytes of the whole prompt.
fn length(request: &ChatRequest) -> usize {
    request
        .messages
        .iter()
        .map(|message| message.content.len())
        .sum()
}

fn bytes_of(chunk: &Chunk) -> u64 {
    chunk.pieces.iter().map(|piece| piece.bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_its_lines_and_no_more() {
        let text = "one\ntwo\nthree";
        for (lines, part_of) in [
            ((1, 3), "one\ntwo\nthree"),
            ((2, 2), "two\n"),
            ((3, 3), "three"),
            ((1, 0), ""),
        ] {
            assert_eq!(&text[part(text, lines.0, lines.1)], part_of);
        }
    }
}

//! What is asked afterwards: an angle's conversation goes on, findings are combined.

use serde::{Deserialize, Serialize};

use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::llm::{Api, ChatRequest, Client, Message, Model, Reply, Trouble, wait};

use super::combine::{self, Combined, Purpose};
use super::model::{Angle, AnglesPlan};
use super::prompt::{self, Excerpt};
use super::report::Report;

/// Lines around a finding that are shown again.
const AROUND: u32 = 12;

/// The conversation of one angle, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub version: u64,
    pub messages: Vec<Message>,
}

/// What the server can do; with the context of the one that will be taken, where the list lacks it.
pub fn models(client: &Client) -> Result<Vec<Model>> {
    wait(client.models())?.map_err(|trouble| unable(client, &trouble))
}

/// Fills in the context that a model was made for.
pub fn complete(client: &Client, model: &mut Model) -> Result<()> {
    if model.context.is_none() {
        model.context = wait(client.context_of(&model.name))?;
    }
    Ok(())
}

/// A failure of a server, with what to look at.
fn unable(client: &Client, trouble: &Trouble) -> Failure {
    let failure = Failure::unable(format!("the server at {} {trouble}", client.address()));
    let is_own = client.api() == Api::Ollama && client.address().is_loopback();
    match trouble {
        Trouble::Unreachable(_) if is_own => failure.next("ollama serve"),
        Trouble::Unreachable(_) => {
            failure.next("git config --show-origin --get-all parallel.modelHost")
        }
        _ => failure.next("git parallel angles plan . 'WHAT TO LOOK FOR'"),
    }
}

/// The next turn of an angle's conversation; a new one begins with what the angle has found.
pub fn ask(
    repository: &Repository,
    client: &Client,
    report: &Report,
    angle: &Angle,
    session: Option<Session>,
    question: &str,
) -> Result<(Session, String)> {
    let mut session = match session {
        Some(session) => session,
        None => Session {
            version: 1,
            messages: opening(repository, report, angle)?,
        },
    };
    session.messages.push(Message::user(question));
    let reply = loop {
        let request = request(&report.plan, session.messages.clone(), None);
        match wait(client.chat(&request, &mut |_| ()))? {
            Ok(reply) => break reply,
            // The oldest exchange after the opening makes room.
            Err(Trouble::TooLong { .. }) if session.messages.len() > 5 => {
                session.messages.drain(3..5);
            }
            Err(trouble) => return Err(unable(client, &trouble)),
        }
    };
    let said = reply.content.trim().to_owned();
    if said.is_empty() {
        return Err(
            Failure::unable("the model answered nothing").next("git parallel angles ask --help")
        );
    }
    session.messages.push(Message::assistant(said.clone()));
    Ok((session, said))
}

/// How a conversation begins: what was read, as far as there is room, and what was found.
fn opening(repository: &Repository, report: &Report, angle: &Angle) -> Result<Vec<Message>> {
    let plan = &report.plan;
    let shown = shown(repository, report, angle)?;
    let excerpts: Vec<Excerpt<'_>> = shown
        .iter()
        .map(|(path, first, text)| Excerpt {
            path,
            first: *first,
            text,
        })
        .collect();
    let findings: Vec<String> = report
        .findings_of(angle.number)
        .map(|finding| {
            let claim = &finding.claim;
            format!(
                "[{}] {}: {} ({}:{}) {}",
                finding.id,
                claim.severity.as_str(),
                claim.title,
                claim.file,
                claim.line_start,
                claim.why
            )
        })
        .collect();
    let found = match findings.is_empty() {
        true => "I found nothing to report.".to_owned(),
        false => findings.join("\n"),
    };
    Ok(vec![
        Message::system(prompt::role(angle)),
        Message::user(format!(
            "{}\n\nQUESTION: {}",
            prompt::numbered(&excerpts),
            plan.question
        )),
        Message::assistant(found),
    ])
}

/// Path, first line and text of what is shown: everything that one request held, else the
/// surroundings of what was found.
fn shown(
    repository: &Repository,
    report: &Report,
    angle: &Angle,
) -> Result<Vec<(String, u32, String)>> {
    let plan = &report.plan;
    let mut room = plan.budget.chunk_bytes() as usize;
    let wanted: Vec<(usize, u32, u32)> = match angle.chunks.as_slice() {
        [only] => only
            .pieces
            .iter()
            .map(|piece| (piece.file, piece.first, piece.last))
            .collect(),
        _ => report
            .findings_of(angle.number)
            .filter_map(|finding| {
                let claim = &finding.claim;
                let file = plan.files.iter().position(|file| file.path == claim.file)?;
                Some((
                    file,
                    claim.line_start.saturating_sub(AROUND).max(1),
                    claim.line_end + AROUND,
                ))
            })
            .collect(),
    };
    let mut shown = Vec::new();
    for (file, first, last) in wanted {
        let file = &plan.files[file];
        let bytes = repository.blob(file.blob)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.split_inclusive('\n').skip(first as usize - 1);
        let text: String = lines.take((last + 1 - first) as usize).collect();
        if text.len() > room {
            break;
        }
        room -= text.len();
        shown.push((file.path.clone(), first, text));
    }
    Ok(shown)
}

/// Combines angles. An answer that rests on nothing is asked for once more, with what is wrong
/// about it, and then rejected.
pub fn combine(
    client: &Client,
    report: &Report,
    angles: &[u32],
    purpose: &Purpose,
) -> Result<Vec<Combined>> {
    let known = combine::citable(report, angles);
    if known.is_empty() {
        return Err(Failure::unable(
            "no citation of these angles was found in the files: there is nothing to combine",
        )
        .next(format!("git parallel angles show {}", report.plan.id)));
    }
    let mut messages = combine::messages(report, angles, purpose);
    let schema = combine::schema(purpose, &known);
    let mut rejected = None;
    for _ in 0..2 {
        let request = request(&report.plan, messages.clone(), Some(schema.clone()));
        let answered = wait(client.chat(&request, &mut |_| ()))?;
        let Reply { content, .. } = answered.map_err(|trouble| unable(client, &trouble))?;
        match combine::read(&content, purpose, &known) {
            Ok(sections) => return Ok(sections),
            Err(why) => {
                let again = format!("That is no good answer: {}. Answer again.", why.worded());
                messages.extend([Message::assistant(content), Message::user(again)]);
                rejected = Some(why);
            }
        }
    }
    let why = rejected.map_or_else(String::new, |why| why.worded());
    Err(
        Failure::unable(format!("the combination was rejected: {why}"))
            .kept("the findings")
            .next(format!("git parallel angles show {}", report.plan.id)),
    )
}

fn request(
    plan: &AnglesPlan,
    messages: Vec<Message>,
    schema: Option<serde_json::Value>,
) -> ChatRequest {
    ChatRequest {
        model: plan.model.clone(),
        messages,
        schema,
        context: plan.budget.context,
        predict: plan.budget.predict,
    }
}

//! GitHub, through `gh api`: the REST calls are the same for every version of `gh`, what is said
//! goes through its standard input, and its login is its own business.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;
use crate::process::{Output, Program};

use super::address::Address;
use super::place::Place;
use super::plan::{Existing, ExistingState};

/// A repository on GitHub, as `gh` is logged in to it.
#[derive(Clone, Debug)]
pub struct Hub {
    host: String,
    /// `owner/name` of the repository that has the target.
    base: String,
    /// The same of the one that has the branches.
    head: String,
    /// A call that takes longer is given up.
    limit: Duration,
}

/// What a new pull request says.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest<'a> {
    pub branch: &'a str,
    pub base: &'a str,
    pub title: &'a str,
    pub body: &'a str,
    pub draft: bool,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub what: String,
    /// It will be the same with the next one.
    pub lasting: bool,
}

/// What came back.
struct Answer {
    status: u16,
    body: Value,
}

#[derive(Deserialize)]
struct Repo {
    full_name: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    html_url: String,
    state: String,
    merged_at: Option<String>,
    body: Option<String>,
    #[serde(default)]
    draft: bool,
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    name: String,
    sha: Option<String>,
    repo: Option<Repo>,
}

/// Whether `gh` is logged in to a host.
pub fn knows(host: &str, limit: Duration) -> bool {
    let asked = gh(["auth", "status", "--hostname", host]).output_within(limit);
    matches!(asked, Ok(Some(output)) if output.status.success())
}

impl Hub {
    /// Makes sure that `gh` is there, is logged in, and sees the repository.
    pub fn connect(place: &Place, limit: Duration) -> Result<Self> {
        let base = place.base.as_ref().ok_or_else(|| not_served(place))?;
        let head = place.head.as_ref().unwrap_or(base);
        if head.host != base.host {
            return Err(Failure::unable(format!(
                "branches go to {} and pull requests to {}: no pull request leads from one to the \
                 other",
                head.host, base.host
            ))
            .kept("nothing was pushed")
            .next("git remote --verbose"));
        }
        let mut hub = Self {
            host: base.host.clone(),
            base: String::new(),
            head: String::new(),
            limit,
        };
        hub.base = hub.full_name(base)?;
        hub.head = match place.is_one() {
            true => hub.base.clone(),
            false => hub.full_name(head)?,
        };
        Ok(hub)
    }

    /// What the repository is called today: a renamed one answers under its old name, too, but not
    /// to every question.
    fn full_name(&self, address: &Address) -> Result<String> {
        let Some((owner, name)) = address.owner_and_name() else {
            return Err(Failure::unable(format!(
                "{}/{} is not OWNER/NAME, so it is no repository of GitHub's",
                address.host, address.path
            ))
            .kept("nothing was pushed")
            .next("git config parallel.forge none"));
        };
        let path = format!("repos/{owner}/{name}");
        let answer = self.call(&["--method", "GET", &path], None);
        let refused = |failure: Failure| failure.kept("nothing was pushed");
        let answer = answer.map_err(|unheard| refused(self.unheard(&unheard)))?;
        match answer.status {
            200 => {
                let repo: Repo = serde_json::from_value(answer.body).map_err(|error| {
                    refused(Failure::unable(format!(
                        "{} answers oddly: {error}",
                        self.host
                    )))
                })?;
                Ok(repo.full_name)
            }
            _ => Err(refused(self.no_access(&answer, owner, name))),
        }
    }

    /// The pull request of a branch that counts: the open one, else the newest.
    pub fn existing(&self, branch: &str) -> Result<Option<Existing>, Trouble> {
        let (owner, _) = self.head.split_once('/').unwrap_or_default();
        let path = format!("repos/{}/pulls", self.base);
        let head = format!("head={owner}:{branch}");
        let asked = ["-f", &head, "-f", "state=all", "-f", "per_page=100"];
        let mut call = vec!["--method", "GET", &path];
        call.extend(asked);
        let answer = self.done(&call, None)?;
        let pulls: Vec<Pull> = self.read(answer)?;
        let mut ours = pulls
            .into_iter()
            .filter(|pull| pull.head.name == branch && self.is_head(&pull.head))
            .collect::<Vec<_>>();
        ours.sort_by_key(|pull| (pull.state == "open", pull.number));
        Ok(ours.pop().map(Existing::from))
    }

    /// The repository of a fork that was deleted is null.
    fn is_head(&self, side: &Side) -> bool {
        let name = side.repo.as_ref().map(|repo| &repo.full_name);
        name.is_none_or(|name| name.eq_ignore_ascii_case(&self.head))
    }

    /// Opens a pull request; one that was opened meanwhile is taken as it is.
    pub fn open(&self, new: &NewRequest<'_>) -> Result<Existing, Trouble> {
        let (owner, name) = self.head.split_once('/').unwrap_or_default();
        let mut said = json!({
            "title": new.title,
            "head": format!("{owner}:{}", new.branch),
            "base": new.base,
            "body": new.body,
            "draft": new.draft,
        });
        if self.head != self.base {
            // Within one organisation the owner alone does not say which.
            said["head_repo"] = json!(name);
        }
        let path = format!("repos/{}/pulls", self.base);
        match self.done(&["--method", "POST", &path, "--input", "-"], Some(&said)) {
            Ok(answer) => Ok(Existing::from(self.read::<Pull>(answer)?)),
            Err(trouble) if trouble.what.contains("already exists") => {
                let existing = self.existing(new.branch)?;
                existing
                    .filter(|one| one.state == ExistingState::Open)
                    .ok_or(trouble)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Changes what is given, and nothing else.
    pub fn edit(&self, number: u64, base: Option<&str>, body: Option<&str>) -> Result<(), Trouble> {
        let mut said = serde_json::Map::new();
        said.extend(base.map(|base| ("base".to_owned(), json!(base))));
        said.extend(body.map(|body| ("body".to_owned(), json!(body))));
        let path = format!("repos/{}/pulls/{number}", self.base);
        let call = ["--method", "PATCH", &path, "--input", "-"];
        self.done(&call, Some(&Value::Object(said)))?;
        Ok(())
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: Value) -> Result<T, Trouble> {
        serde_json::from_value(answer).map_err(|error| Trouble {
            what: format!("{} answers oddly: {error}", self.host),
            lasting: true,
        })
    }

    /// A call that has to succeed.
    fn done(&self, call: &[&str], input: Option<&Value>) -> Result<Value, Trouble> {
        let answer = self.call(call, input).map_err(|unheard| Trouble {
            what: self.unheard(&unheard).what,
            lasting: true,
        })?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(Trouble {
            what: format!("{} says: {}", self.host, said(&answer)),
            // What is wrong with one request (404, 409, 422) says nothing about the next.
            lasting: !matches!(answer.status, 404 | 409 | 422),
        })
    }

    fn call(&self, call: &[&str], input: Option<&Value>) -> Result<Answer, Unheard> {
        let program = gh(["api", "--include", "--hostname", &self.host])
            .args(["--header", "Accept: application/vnd.github+json"])
            .args(call);
        let program = match input {
            Some(value) => program.input(value.to_string()),
            None => program,
        };
        let output = program
            .output_within(self.limit)
            .map_err(Unheard::NotStarted)?;
        let output = output.ok_or(Unheard::Late)?;
        parse(&output).ok_or_else(|| match output.status.code() {
            // gh's own code for "not logged in".
            Some(4) => Unheard::NoLogin,
            _ => Unheard::Said(output.complaint()),
        })
    }

    fn unheard(&self, unheard: &Unheard) -> Failure {
        let host = &self.host;
        match unheard {
            Unheard::NotStarted(failure) => failure
                .clone()
                .next(format!("gh auth login --hostname {}", shell_word(host)))
                .next("git config parallel.forge none"),
            Unheard::NoLogin => Failure::unable(format!("gh is not logged in to {host}"))
                .next(format!("gh auth login --hostname {}", shell_word(host))),
            Unheard::Late => Failure::unable(format!(
                "{host} did not answer within {} s",
                self.limit.as_secs()
            ))
            .next(format!("gh auth status --hostname {}", shell_word(host))),
            Unheard::Said(said) => Failure::unable(format!("gh cannot ask {host}: {said}"))
                .next(format!("gh auth status --hostname {}", shell_word(host))),
        }
    }

    fn no_access(&self, answer: &Answer, owner: &str, name: &str) -> Failure {
        let host = &self.host;
        let word = shell_word(host);
        match answer.status {
            401 => Failure::unable(format!(
                "{host} does not accept gh's login: {}",
                said(answer)
            ))
            .next(format!("gh auth login --hostname {word}")),
            404 => Failure::unable(format!(
                "{host} has no repository {owner}/{name}, or does not show it to gh's login"
            ))
            .next(format!("gh auth status --hostname {word}")),
            403 | 429 => Failure::unable(format!("{host} refuses: {}", said(answer)))
                .next(format!("gh api --hostname {word} rate_limit")),
            status => Failure::unable(format!("{host} fails ({status}): {}", said(answer)))
                .next(format!("gh auth status --hostname {word}")),
        }
    }
}

/// Why there is no answer.
enum Unheard {
    NotStarted(Failure),
    NoLogin,
    Late,
    /// gh's words.
    Said(String),
}

impl From<Pull> for Existing {
    fn from(pull: Pull) -> Self {
        let state = match (pull.state.as_str(), &pull.merged_at) {
            (_, Some(_)) => ExistingState::Merged,
            ("open", None) => ExistingState::Open,
            _ => ExistingState::Closed,
        };
        Self {
            number: pull.number,
            url: pull.html_url,
            state,
            base: pull.base.name,
            body: pull.body.unwrap_or_default(),
            draft: pull.draft,
            head: pull.head.sha.and_then(|sha| sha.parse::<Oid>().ok()),
        }
    }
}

fn gh<'a>(args: impl IntoIterator<Item = &'a str>) -> Program {
    Program::new("gh")
        .args(args)
        .env("GH_PROMPT_DISABLED", "1")
        .env("GH_NO_UPDATE_NOTIFIER", "1")
        .env("NO_COLOR", "1")
        // Any of these would put more than the answer where the answer is expected.
        .without_env(["CLICOLOR_FORCE", "GH_FORCE_TTY", "GH_DEBUG", "DEBUG"])
}

/// Reads `HTTP/2.0 201 Created`, headers, an empty line, JSON.
fn parse(output: &Output) -> Option<Answer> {
    let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let status = head.strip_prefix("HTTP/")?.split(' ').nth(1)?;
    Some(Answer {
        status: status.parse().ok()?,
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}

/// What is wrong, in the server's words: the message and what it lists below.
fn said(answer: &Answer) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(answer.body["message"].as_str().map(str::to_owned));
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let told = match error["message"].as_str() {
            Some(message) => message.to_owned(),
            None => format!("{} {}", text("field"), text("code")),
        };
        words.push(told.trim().to_owned());
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        return format!("HTTP {}", answer.status);
    }
    words.join(": ")
}

fn not_served(place: &Place) -> Failure {
    Failure::unable(format!(
        "the remote '{}' is at no server that gh knows",
        place.base_remote
    ))
    .kept("nothing was pushed")
    .next("git remote --verbose")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer { status, body }
    }

    #[test]
    fn an_error_is_told_in_the_servers_words() {
        let body = json!({"message": "Validation Failed", "errors": [
            {"resource": "PullRequest", "code": "invalid", "field": "base"},
            {"message": "No commits between main and a"}]});
        assert_eq!(
            said(&answer(422, body)),
            "Validation Failed: base invalid: No commits between main and a"
        );
        assert_eq!(said(&answer(502, Value::Null)), "HTTP 502");
    }

    #[test]
    fn a_pull_request_is_open_closed_or_merged() {
        let pull = |state: &str, merged: Value| -> Existing {
            let value = json!({"number": 1, "html_url": "u", "state": state, "merged_at": merged,
                "body": null, "base": {"ref": "main"}, "head": {"ref": "a", "sha": "x"}});
            Existing::from(serde_json::from_value::<Pull>(value).unwrap())
        };
        assert_eq!(pull("open", Value::Null).state, ExistingState::Open);
        assert_eq!(pull("closed", Value::Null).state, ExistingState::Closed);
        let merged = pull("closed", "2026-01-01T00:00:00Z".into());
        assert_eq!((merged.state, merged.head), (ExistingState::Merged, None));
    }
}

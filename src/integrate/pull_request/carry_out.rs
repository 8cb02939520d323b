//! Pushes and opens what was decided, each forge in its way. Whatever interrupts it, the next call
//! finds what is there and goes on.

use crate::error::{Failure, Result, shell_word};
use crate::git::{PushWay, Repository};

use super::address::Forge;
use super::body;
use super::case::{Case, Links};
use super::github::{Hub, NewRequest, Trouble};
use super::gitlab;
use super::plan::{Deed, Existing};
use super::{Action, Doing, Request};

/// Does all that was decided.
pub fn all(
    case: &Case<'_>,
    repository: &Repository,
    hub: Option<&Hub>,
    tell: &dyn Fn(Doing<'_>),
) -> Result<Vec<Request>> {
    match hub {
        Some(hub) => on_github(case, repository, hub, tell),
        None if case.place.forge == Forge::Gitlab => on_gitlab(case, repository, tell),
        None => elsewhere(case, repository, tell),
    }
}

/// Everything pushed at once, then one request after the other, then what they say of each other.
fn on_github(
    case: &Case<'_>,
    repository: &Repository,
    hub: &Hub,
    tell: &dyn Fn(Doing<'_>),
) -> Result<Vec<Request>> {
    push_all(case, repository, tell)?;
    let mut visit = Visit {
        case,
        hub,
        links: case.links(),
        requests: case.drafted(),
        gave_up: false,
    };
    let mut found: Vec<Option<Existing>> = Vec::new();
    for at in 0..case.steps.len() {
        found.push(visit.find_or_open(at, tell));
    }
    for (at, existing) in found.iter().enumerate() {
        if let Some(existing) = existing {
            visit.bring_up_to_date(at, existing);
        }
    }
    Ok(visit.requests)
}

/// How far we came on a forge that answers.
struct Visit<'a> {
    case: &'a Case<'a>,
    hub: &'a Hub,
    links: Links,
    requests: Vec<Request>,
    /// It would fail with the others, too.
    gave_up: bool,
}

impl Visit<'_> {
    fn find_or_open(&mut self, at: usize, tell: &dyn Fn(Doing<'_>)) -> Option<Existing> {
        let step = &self.case.steps[at];
        let existing = match &step.deed {
            Deed::Adopt(existing) => existing.clone(),
            Deed::Merged(_) | Deed::Closed(_) => return None,
            Deed::Open if self.gave_up => return None,
            Deed::Open => {
                tell(Doing::Opening(&self.requests[at].name));
                match self.open(at) {
                    Ok(existing) => {
                        let request = self.requests[at].clone();
                        self.requests[at] = request.of(&existing, Action::Opened);
                        existing
                    }
                    Err(trouble) => {
                        self.fail(at, trouble);
                        return None;
                    }
                }
            }
        };
        self.links[step.at] = Some(format!("#{}", existing.number));
        Some(existing)
    }

    fn open(&self, at: usize) -> Result<Existing, Trouble> {
        let step = &self.case.steps[at];
        self.hub.open(&NewRequest {
            branch: &self.case.lines[step.at].branch,
            base: &step.base,
            title: &self.case.title(at),
            body: &body::section(&self.case.story(at, &self.links)),
            draft: self.case.options.draft,
        })
    }

    fn bring_up_to_date(&mut self, at: usize, existing: &Existing) {
        let change = self.case.change(at, existing, &self.links);
        let Some(change) = change.filter(|_| !self.gave_up) else {
            return;
        };
        let (base, body) = (change.base.as_deref(), change.body.as_deref());
        match self.hub.edit(existing.number, base, body) {
            Ok(()) => {
                let request = &mut self.requests[at];
                if request.action == Action::Unchanged {
                    request.action = Action::Updated;
                }
                request.base = change.base.unwrap_or_else(|| request.base.clone());
            }
            Err(trouble) => self.fail(at, trouble),
        }
    }

    fn fail(&mut self, at: usize, trouble: Trouble) {
        self.gave_up = trouble.lasting;
        self.requests[at].fail(trouble);
    }
}

/// One push a branch, since what GitLab is to know goes with it.
fn on_gitlab(
    case: &Case<'_>,
    repository: &Repository,
    tell: &dyn Fn(Doing<'_>),
) -> Result<Vec<Request>> {
    let remote = &case.place.push_remote;
    let mut requests = case.drafted();
    let mut links = case.links();
    let mut pushed_any = false;
    for (at, step) in case.steps.iter().enumerate() {
        let Some(push) = case.push(at) else {
            continue;
        };
        let new = push.way == PushWay::New;
        let words = body::words(&case.story(at, &links));
        let options = gitlab::options(step, &case.title(at), &words, case.options.draft, new);
        let request = &mut requests[at];
        tell(Doing::Opening(&request.name));
        match repository.push(remote, &[push], &options, case.options.hooks) {
            Ok(pushed) => request.hear(gitlab::heard(&pushed.remote), new),
            Err(failure) if !pushed_any => return Err(not_pushed(case, failure)),
            Err(failure) => request.fail(Trouble {
                what: failure.what,
                lasting: false,
            }),
        }
        pushed_any = true;
        links[step.at] = requests[at].number.map(|number| format!("!{number}"));
    }
    Ok(requests)
}

/// Everything pushed at once; the remote may print where to go on.
fn elsewhere(
    case: &Case<'_>,
    repository: &Repository,
    tell: &dyn Fn(Doing<'_>),
) -> Result<Vec<Request>> {
    let said = push_all(case, repository, tell)?;
    let mut requests = case.drafted();
    let alone = requests.iter().filter(|one| one.push.is_some()).count() == 1;
    for request in requests.iter_mut().filter(|one| one.push.is_some()) {
        let printed = gitlab::address(&said, |url| alone || url.contains(&request.branch));
        request.url = printed.or(request.url.take());
    }
    Ok(requests)
}

fn push_all(
    case: &Case<'_>,
    repository: &Repository,
    tell: &dyn Fn(Doing<'_>),
) -> Result<Vec<String>> {
    let pushes = case.pushes();
    if pushes.is_empty() {
        return Ok(Vec::new());
    }
    let remote = &case.place.push_remote;
    tell(Doing::Pushing {
        branches: pushes.len(),
        remote,
    });
    let pushed = repository.push(remote, &pushes, &[], case.options.hooks);
    Ok(pushed.map_err(|failure| not_pushed(case, failure))?.remote)
}

fn not_pushed(case: &Case<'_>, failure: Failure) -> Failure {
    let remote = shell_word(&case.place.push_remote);
    let failure = failure
        .kept("no pull request was opened, and the branches here are as they were")
        .next(format!("git ls-remote --heads {remote}"));
    let no_options = case.place.forge == Forge::Gitlab && failure.what.contains("push options");
    match no_options {
        true => failure.next("git config parallel.forge none"),
        false => failure,
    }
}

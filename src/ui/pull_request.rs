//! What `merge --pr` answers: a line a branch with the address of its pull request; or all of it as
//! JSON.

use serde::Serialize;

use crate::error::shell_word;
use crate::git::PushWay;
use crate::id::{Oid, TaskId};
use crate::integrate::{Action, Doing, Forge, Request, Requests};

use super::json;
use super::look::Look;
use super::merge::LeftOut;
use super::paint::Paint;
use super::text::{clean, count, pad, width};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// `None` where there was nothing to push at all.
    pub requests: Option<&'a Requests>,
    pub target: &'a str,
    pub left_out: &'a [LeftOut],
    /// The same call, to be typed once more.
    pub again: &'a [String],
}

/// What is being done.
pub fn doing(doing: Doing<'_>) -> String {
    match doing {
        Doing::Asking(place) => format!("asking {} …", clean(&place.shown())),
        Doing::Pushing { branches, remote } => format!(
            "pushing {} to {} …",
            count(branches, "branch", "branches"),
            clean(remote)
        ),
        Doing::Opening(name) => format!("opening {} …", clean(name)),
    }
}

/// For people.
pub fn render(report: &Report<'_>, look: Look) -> String {
    let paint = look.paint;
    let mut lines = vec![paint.bold(&sentence(report))];
    if let Some(requests) = report.requests.filter(|all| !all.requests.is_empty()) {
        lines.push(String::new());
        lines.extend(listed(requests, paint));
    }
    if !report.left_out.is_empty() {
        lines.push(String::new());
        lines.extend(LeftOut::lines(report.left_out, paint));
    }
    lines.join("\n")
}

fn listed(all: &Requests, paint: Paint) -> Vec<String> {
    let numbers: Vec<String> = all.requests.iter().map(|one| number(all, one)).collect();
    let names: Vec<String> = all.requests.iter().map(name).collect();
    let number_width = numbers.iter().map(|text| width(text)).max().unwrap_or(0);
    let name_width = names.iter().map(|text| width(text)).max().unwrap_or(0);
    let indent = " ".repeat(4 + number_width);
    let mut lines = Vec::new();
    for ((request, number), name) in all.requests.iter().zip(&numbers).zip(&names) {
        let number = match number_width {
            0 => String::new(),
            columns => format!("{}  ", pad(number, columns)),
        };
        lines.push(format!(
            "  {number}{}  {}",
            pad(name, name_width),
            painted(request, &words(all, request), paint)
        ));
        let below = details(all, request);
        lines.extend(
            below
                .into_iter()
                .map(|line| format!("{indent}{}", paint.dim(&line))),
        );
        let url = request.url.iter();
        lines.extend(url.map(|url| format!("{indent}{}", paint.cyan(&clean(url)))));
    }
    lines
}

/// `#12`, `!12`, or nothing.
fn number(all: &Requests, request: &Request) -> String {
    let sign = if all.place.forge == Forge::Gitlab {
        '!'
    } else {
        '#'
    };
    request
        .number
        .map_or_else(String::new, |number| format!("{sign}{number}"))
}

/// `T001 schema`, or the branch.
fn name(request: &Request) -> String {
    let name = clean(&request.name);
    match request.task {
        Some(task) => format!("{task} {name}"),
        None => name.into_owned(),
    }
}

fn painted(request: &Request, words: &str, paint: Paint) -> String {
    match request.action {
        Action::Failed => paint.red(words),
        Action::Closed => paint.yellow(words),
        _ => words.to_owned(),
    }
}

fn words(all: &Requests, request: &Request) -> String {
    let base = clean(&request.base);
    let draft = if request.draft { " as a draft" } else { "" };
    match request.action {
        Action::Opened => format!("opened{draft} onto {base}"),
        Action::WouldOpen => format!("would be opened{draft} onto {base}"),
        Action::Updated => format!("updated, onto {base}"),
        Action::WouldUpdate => format!("would be updated, onto {base}"),
        Action::Unchanged if request.number.is_none() => "pushed before".to_owned(),
        Action::Unchanged => format!("is up to date, onto {base}"),
        Action::Pushed if request.push.is_none() => "pushed before".to_owned(),
        Action::Pushed => format!("pushed to {}", clean(&all.place.push_remote)),
        Action::WouldPush => format!("would be pushed to {}", clean(&all.place.push_remote)),
        Action::Merged => "was merged already".to_owned(),
        Action::Closed => "was closed and is left alone".to_owned(),
        Action::Failed => "failed".to_owned(),
    }
}

fn details(all: &Requests, request: &Request) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let list = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| clean(name)).collect();
        names.join(", ")
    };
    if let Some(problem) = &request.problem {
        lines.extend(problem.lines().map(|line| clean(line).into_owned()));
    }
    if request.after.len() > 1 || (request.after.len() == 1 && !is_stacked(all, request)) {
        lines.push(format!("to be merged after {}", list(&request.after)));
    }
    if !request.carries.is_empty() {
        lines.push(format!(
            "brings the commits of {}: not on {}",
            list(&request.carries),
            clean(&all.place.push_remote)
        ));
    }
    if let Some(PushWay::Replace { lease }) = request.push {
        lines.push(format!(
            "replaces {} there, which this branch had before",
            lease.short()
        ));
    }
    if !request.conflicts.is_empty() && request.action != Action::Merged {
        let paths = json::paths(&request.conflicts);
        lines.push(format!(
            "conflicts with {} in {}",
            clean(&all.target.name),
            list(&paths)
        ));
    }
    lines
}

fn is_stacked(all: &Requests, request: &Request) -> bool {
    request.base != all.place.base_branch
}

/// "2 pull requests opened, 1 updated on github.com/acme/shop", or why none was.
pub fn sentence(report: &Report<'_>) -> String {
    let target = clean(report.target);
    let Some(all) = report.requests else {
        return match report.left_out {
            [] => "nothing to open".to_owned(),
            _ => "nothing to open: no task is done".to_owned(),
        };
    };
    if all.requests.is_empty() {
        return match all.already.len() {
            1 => format!("nothing to open: {target} holds it already"),
            number => format!("nothing to open: {target} holds all {number} already"),
        };
    }
    let noun = match all.place.forge {
        Forge::Github => ["pull request", "pull requests"],
        Forge::Gitlab if all.requests.iter().any(is_request) => ["merge request", "merge requests"],
        Forge::Gitlab | Forge::Other => ["branch", "branches"],
    };
    let mut parts: Vec<String> = Vec::new();
    for (action, verb) in VERBS {
        let number = all
            .requests
            .iter()
            .filter(|one| one.action == action)
            .count();
        match (number, parts.is_empty()) {
            (0, _) => {}
            (_, true) => parts.push(format!("{} {verb}", count(number, noun[0], noun[1]))),
            (_, false) => parts.push(format!("{number} {verb}")),
        }
    }
    let place = match all.place.forge {
        Forge::Other => clean(&all.place.push_remote).into_owned(),
        _ => clean(&all.place.shown()).into_owned(),
    };
    format!("{} on {place}", parts.join(", "))
}

/// Whether there is one as far as we know, or would be.
fn is_request(request: &Request) -> bool {
    request.number.is_some() || request.action == Action::WouldOpen
}

const VERBS: [(Action, &str); 10] = [
    (Action::WouldOpen, "would be opened"),
    (Action::WouldUpdate, "would be updated"),
    (Action::WouldPush, "would be pushed"),
    (Action::Opened, "opened"),
    (Action::Updated, "updated"),
    (Action::Pushed, "pushed"),
    (Action::Unchanged, "up to date"),
    (Action::Merged, "merged already"),
    (Action::Closed, "closed"),
    (Action::Failed, "failed"),
];

/// What there is to know and to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let Some(all) = report.requests else {
        return Vec::new();
    };
    let target = clean(report.target);
    let mut lines = Vec::new();
    if !all.already.is_empty() && !all.requests.is_empty() {
        let held: Vec<_> = all.already.iter().map(|name| clean(name)).collect();
        lines.push(format!("{target} holds already: {}", held.join(", ")));
    }
    if all.target_ahead > 0 && !all.requests.is_empty() {
        lines.push(format!(
            "{target} is {} ahead of {}: {} in every pull request",
            count(all.target_ahead, "commit", "commits"),
            clean(&all.place.base_remote),
            if all.target_ahead == 1 {
                "it shows up"
            } else {
                "they show up"
            }
        ));
    }
    if all.place.forge == Forge::Gitlab && all.requests.iter().any(is_unknown) {
        lines.push("GitLab is asked by a push only: nothing new, nothing heard".to_owned());
    }
    let commands = commands(report, all);
    let commands = commands.iter().map(|command| clean(command));
    lines.extend(commands.map(|command| format!("next: {}", paint.cyan(&command))));
    lines
}

fn is_unknown(request: &Request) -> bool {
    request.action == Action::Unchanged && request.number.is_none()
}

fn commands(report: &Report<'_>, all: &Requests) -> Vec<String> {
    let mut commands = Vec::new();
    if all.target_ahead > 0 && !all.requests.is_empty() {
        commands.push(format!(
            "git push {} {}",
            shell_word(&all.place.base_remote),
            shell_word(&format!("{}:{}", report.target, all.place.base_branch))
        ));
    }
    for request in &all.requests {
        if let (Action::Closed, Some(url)) = (request.action, &request.url) {
            commands.push(format!("gh pr reopen {}", shell_word(url)));
        }
        if request.task.is_some() && !request.conflicts.is_empty() {
            commands.push(format!(
                "git parallel resolve {}",
                shell_word(&request.name)
            ));
        }
    }
    if all.dry_run && all.requests.iter().any(|one| is_to_do(one.action)) {
        commands.push(command(report.again));
    }
    commands
}

/// The same call, as a command to paste.
pub fn command(again: &[String]) -> String {
    let words = again.iter().map(|word| shell_word(word));
    let words: Vec<String> = words.collect();
    format!("git parallel {}", words.join(" "))
}

fn is_to_do(action: Action) -> bool {
    matches!(
        action,
        Action::WouldOpen | Action::WouldUpdate | Action::WouldPush
    )
}

/// For programs.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let all = report.requests;
    Document {
        version: 1,
        sentence: sentence(report),
        dry_run: all.is_some_and(|all| all.dry_run),
        target: report.target.to_owned(),
        remote: all.map(|all| RemoteDocument {
            forge: match all.place.forge {
                Forge::Github => "github",
                Forge::Gitlab => "gitlab",
                Forge::Other => "other",
            },
            base: all.place.base_remote.clone(),
            base_branch: all.place.base_branch.clone(),
            push: all.place.push_remote.clone(),
            repository: all.place.base.as_ref().map(|_| all.place.shown()),
        }),
        pull_requests: all.map_or_else(Vec::new, |all| {
            all.requests.iter().map(RequestDocument::new).collect()
        }),
        already: all.map_or_else(Vec::new, |all| all.already.clone()),
        left_out: report.left_out.to_vec(),
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    dry_run: bool,
    target: String,
    /// Null where there was nothing to push at all.
    remote: Option<RemoteDocument>,
    /// In the order in which they were opened.
    pull_requests: Vec<RequestDocument>,
    already: Vec<String>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
struct RemoteDocument {
    forge: &'static str,
    base: String,
    base_branch: String,
    push: String,
    repository: Option<String>,
}

#[derive(Debug, Serialize)]
struct RequestDocument {
    name: String,
    task: Option<TaskId>,
    branch: String,
    head: Oid,
    action: &'static str,
    number: Option<u64>,
    url: Option<String>,
    base: String,
    title: String,
    draft: bool,
    after: Vec<String>,
    carries: Vec<String>,
    /// `new`, `forward`, `replace`, or null where there is nothing to push.
    push: Option<&'static str>,
    conflicts: Vec<String>,
    problem: Option<String>,
}

impl RequestDocument {
    fn new(request: &Request) -> Self {
        Self {
            name: request.name.clone(),
            task: request.task,
            branch: request.branch.clone(),
            head: request.head,
            action: action(request.action),
            number: request.number,
            url: request.url.clone(),
            base: request.base.clone(),
            title: request.title.clone(),
            draft: request.draft,
            after: request.after.clone(),
            carries: request.carries.clone(),
            push: request.push.map(|push| match push {
                PushWay::New => "new",
                PushWay::Forward => "forward",
                PushWay::Replace { .. } => "replace",
            }),
            conflicts: json::paths(&request.conflicts),
            problem: request.problem.clone(),
        }
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Opened => "opened",
        Action::Updated => "updated",
        Action::Unchanged => "unchanged",
        Action::Pushed => "pushed",
        Action::Merged => "merged",
        Action::Closed => "closed",
        Action::Failed => "failed",
        Action::WouldOpen => "would-open",
        Action::WouldUpdate => "would-update",
        Action::WouldPush => "would-push",
    }
}

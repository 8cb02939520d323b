//! One call's case: all that is known and decided before anything is done, and what follows from
//! it for each request. Pure.

use crate::git::{Push, RepoPath};
use crate::integrate::check::Report;

use super::address::Forge;
use super::body::{self, Story};
use super::github::Trouble;
use super::gitlab;
use super::place::Place;
use super::plan::{self, Deed, Existing, Line, Step};
use super::study::{self, OwnWork};
use super::{Action, Request, RequestOptions, Work};

/// What is known. Steps, and what is told of them, go by their position in `steps`; lines and links
/// by that in `works`.
pub struct Case<'a> {
    pub options: &'a RequestOptions<'a>,
    pub place: &'a Place,
    pub works: &'a [Work],
    pub lines: &'a [Line],
    pub steps: &'a [Step],
    pub own: &'a [OwnWork],
    pub report: &'a Report,
}

/// What the forge calls the lines, as far as it does: `#12`.
pub type Links = Vec<Option<String>>;

/// What is to be changed of a pull request that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub base: Option<String>,
    pub body: Option<String>,
}

impl Case<'_> {
    /// What a dry run tells.
    pub fn foretold(&self) -> Vec<Request> {
        let links = self.links();
        let mut requests = self.drafted();
        for (at, request) in requests.iter_mut().enumerate() {
            request.action = self.foretell(at, &links);
        }
        requests
    }

    fn foretell(&self, at: usize, links: &Links) -> Action {
        let step = &self.steps[at];
        let pushes = step.push.is_some();
        match (&step.deed, self.place.forge) {
            (Deed::Merged(_), _) => Action::Merged,
            (Deed::Closed(_), _) => Action::Closed,
            (Deed::Adopt(existing), _) => {
                match pushes || self.change(at, existing, links).is_some() {
                    true => Action::WouldUpdate,
                    false => Action::Unchanged,
                }
            }
            (Deed::Open, Forge::Github) => Action::WouldOpen,
            (Deed::Open, _) if !pushes => Action::Unchanged,
            (Deed::Open, Forge::Gitlab) => Action::WouldOpen,
            (Deed::Open, Forge::Other) => Action::WouldPush,
        }
    }

    /// All that is to be pushed.
    pub fn pushes(&self) -> Vec<Push> {
        (0..self.steps.len())
            .filter_map(|at| self.push(at))
            .collect()
    }

    /// What is to be pushed of one.
    pub fn push(&self, at: usize) -> Option<Push> {
        let step = &self.steps[at];
        let line = &self.lines[step.at];
        Some(Push {
            branch: line.branch.clone(),
            commit: line.tip,
            way: step.push?,
        })
    }

    /// What the requests are once all is pushed, and nothing else is done.
    pub fn drafted(&self) -> Vec<Request> {
        (0..self.steps.len()).map(|at| self.draft(at)).collect()
    }

    fn draft(&self, at: usize) -> Request {
        let step = &self.steps[at];
        let (work, line) = (&self.works[step.at], &self.lines[step.at]);
        let conflicts: Vec<RepoPath> = study::conflicts(self.report, step.at)
            .into_iter()
            .cloned()
            .collect();
        let request = Request {
            name: work.asked.name.clone(),
            task: work.task.as_ref().map(|task| task.id),
            branch: line.branch.clone(),
            head: line.tip,
            base: step.base.clone(),
            title: self.title(at),
            draft: self.options.draft,
            after: self.names(&step.after),
            carries: self.names(&step.carries),
            conflicts,
            push: step.push,
            action: match step.push {
                Some(_) => Action::Pushed,
                None => Action::Unchanged,
            },
            number: None,
            url: None,
            problem: None,
        };
        match &step.deed {
            Deed::Open => Request {
                url: self.page(line, step),
                ..request
            },
            Deed::Adopt(existing) => {
                let action = match step.push {
                    Some(_) => Action::Updated,
                    None => Action::Unchanged,
                };
                request.of(existing, action)
            }
            Deed::Merged(existing) => request.of(existing, Action::Merged),
            Deed::Closed(existing) => request.of(existing, Action::Closed),
        }
    }

    fn names(&self, lines: &[usize]) -> Vec<String> {
        let names = lines.iter().map(|at| self.works[*at].asked.name.clone());
        names.collect()
    }

    /// Where a person opens it.
    fn page(&self, line: &Line, step: &Step) -> Option<String> {
        let head = self.place.head.as_ref()?;
        head.new_page(self.place.forge, &line.branch, &step.base)
    }

    /// The title that a new one gets.
    pub fn title(&self, at: usize) -> String {
        let step = &self.steps[at];
        let task = self.works[step.at].task.as_ref();
        let own = &self.own[at];
        let only = if own.commits == 1 {
            &own.listed[..]
        } else {
            &[]
        };
        body::title(task, &self.lines[step.at].branch, only)
    }

    /// What its description tells.
    pub fn story<'a>(&'a self, at: usize, links: &'a Links) -> Story<'a> {
        study::story(
            self.works,
            self.lines,
            self.steps,
            &self.steps[at],
            &self.own[at],
            self.report,
            links,
        )
    }

    /// What the forge calls the lines before anything is opened.
    pub fn links(&self) -> Links {
        let is_new = |at: usize| {
            let step = self.steps.iter().find(|step| step.at == at);
            step.is_some_and(|step| step.deed == Deed::Open)
        };
        let link = |(at, line): (usize, &Line)| {
            let existing = line.existing.as_ref().filter(|_| !is_new(at))?;
            Some(format!("#{}", existing.number))
        };
        self.lines.iter().enumerate().map(link).collect()
    }

    /// What is to be changed of one that is there; `None` where it is as it should be.
    pub fn change(&self, at: usize, existing: &Existing, links: &Links) -> Option<Change> {
        let base = &self.place.base_branch;
        let base = plan::new_base(existing, &self.steps[at], self.lines, base);
        let section = body::section(&self.story(at, links));
        let body = body::renewed(&existing.body, &section);
        (base.is_some() || body.is_some()).then(|| Change {
            base: base.map(str::to_owned),
            body,
        })
    }
}

impl Request {
    /// It is this one.
    pub fn of(self, existing: &Existing, action: Action) -> Self {
        Self {
            action,
            number: Some(existing.number),
            url: Some(existing.url.clone()),
            base: existing.base.clone(),
            draft: existing.draft,
            ..self
        }
    }

    pub fn fail(&mut self, trouble: Trouble) {
        self.action = Action::Failed;
        self.problem = Some(trouble.what);
    }

    /// Takes in what GitLab printed.
    pub fn hear(&mut self, heard: gitlab::Heard, new: bool) {
        self.action = match (heard.number, new) {
            (Some(_), true) => Action::Opened,
            (Some(_), false) => Action::Updated,
            (None, _) => Action::Pushed,
        };
        if heard.number.is_none() {
            self.problem = heard.complaint;
        }
        self.number = heard.number;
        self.url = heard.url.or(self.url.take());
    }
}

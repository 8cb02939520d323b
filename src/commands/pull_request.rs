//! `git parallel merge --pr`: branches to a remote, a pull request for each, instead of a merge.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict, shell_word};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::integrate::{self, Action, Candidate, Forge, RequestOptions, Requests, TaskStory, Work};
use crate::plan::Plan;
use crate::settings::{ForgeSetting, Settings};
use crate::store::{RunState, Store, TaskState};
use crate::ui::merge::LeftOut;
use crate::ui::pull_request as show;
use crate::ui::run_words;

use super::check;

/// What was asked for, and how.
pub struct Asked<'a> {
    /// Short name of the branch that results go to.
    pub target: &'a str,
    pub candidates: &'a [Candidate],
    pub left_out: &'a [LeftOut],
    /// The same call, to be typed once more.
    pub again: Vec<String>,
    pub draft: bool,
    /// Whether the hook pre-push is asked.
    pub hooks: bool,
    pub dry_run: bool,
    pub json: bool,
}

/// Pushes, opens, shows.
pub fn run(
    context: &Context,
    repository: &Repository,
    store: &Store,
    settings: &Settings,
    asked: &Asked<'_>,
) -> Result<Verdict> {
    let works = works(repository, store, asked)?;
    let options = RequestOptions {
        target: asked.target,
        forge: settings.forge.map(forge),
        limit: settings.forge_timeout,
        draft: asked.draft,
        hooks: asked.hooks,
        dry_run: asked.dry_run,
    };
    let tell = |doing: integrate::Doing<'_>| context.screen.narrate(&show::doing(doing));
    let requests = match works.iter().any(|work| work.wanted) {
        true => Some(integrate::open_pull_requests(
            repository, &options, &works, &tell,
        )?),
        false => None,
    };
    let report = show::Report {
        requests: requests.as_ref(),
        target: asked.target,
        left_out: asked.left_out,
        again: &asked.again,
    };
    if asked.json {
        context.screen.answer_json(&show::document(&report));
    } else {
        context
            .screen
            .answer(&show::render(&report, context.screen.look()));
        for line in show::next(&report, context.screen.paint_narration()) {
            context.screen.narrate(&line);
        }
    }
    ended(asked, requests.as_ref())
}

fn forge(setting: ForgeSetting) -> Forge {
    match setting {
        ForgeSetting::Github => Forge::Github,
        ForgeSetting::Gitlab => Forge::Gitlab,
        ForgeSetting::None => Forge::Other,
    }
}

fn ended(asked: &Asked<'_>, requests: Option<&Requests>) -> Result<Verdict> {
    let none_done = asked.candidates.is_empty() && !asked.left_out.is_empty();
    let Some(requests) = requests else {
        return Ok(Verdict::finding_if(none_done));
    };
    let all = &requests.requests;
    let unfinished: Vec<String> = requests
        .unfinished()
        .map(|one| format!("'{}'", one.name))
        .collect();
    if !unfinished.is_empty() {
        return Err(Failure::unable(format!(
            "not every pull request is there and as it should be: {}",
            unfinished.join(", ")
        ))
        .kept("what was pushed and opened; the same command goes on from there")
        .next(show::command(&asked.again)));
    }
    let finding = |one: &integrate::Request| {
        one.action == Action::Closed || !one.conflicts.is_empty() && one.action != Action::Merged
    };
    Ok(Verdict::finding_if(all.iter().any(finding)))
}

/// The branches that were asked for, then those that they depend on and that were not.
fn works(repository: &Repository, store: &Store, asked: &Asked<'_>) -> Result<Vec<Work>> {
    let mut works: Vec<Work> = Vec::new();
    let mut known: Vec<(RunId, TaskId)> = Vec::new();
    let mut runs = Runs::of(store);
    for candidate in asked.candidates {
        let work = match &candidate.task {
            Some(task) => {
                known.push((task.run, task.id));
                runs.work(task.run, task.id, candidate)?
            }
            None => plain(repository, asked.target, candidate)?,
        };
        let same = works.iter().position(|one| one.branch == work.branch);
        match same {
            // The same branch by another name: its task says more.
            Some(at) if works[at].task.is_none() => works[at] = work,
            Some(_) => {}
            None => works.push(work),
        }
    }
    let mut next = 0;
    while next < known.len() {
        let (run, task) = known[next];
        for below in runs.depends(run, task)? {
            if !known.contains(&(run, below)) {
                known.push((run, below));
                works.extend(runs.beneath(repository, run, below)?);
            }
        }
        next += 1;
    }
    Ok(works)
}

/// What is no task's has to be a branch.
fn plain(repository: &Repository, target: &str, candidate: &Candidate) -> Result<Work> {
    let name = &candidate.asked.name;
    let branch = repository.local_branch(name)?.ok_or_else(|| {
        Failure::usage(format!(
            "'{name}' is a commit and no branch of this repository: a pull request needs a branch"
        ))
        .next(format!("git branch NAME {}", shell_word(name)))
    })?;
    if branch == target {
        return Err(Failure::usage(format!(
            "'{branch}' is the target itself: no pull request leads from a branch to itself"
        ))
        .next("git parallel merge --pr --into BRANCH"));
    }
    // Of a tag and a branch of one name the word means the tag; what is pushed is the branch.
    let tip = repository.find_ref(&format!("refs/heads/{branch}"));
    let asked = integrate::Asked {
        commit: tip.unwrap_or(candidate.asked.commit),
        ..candidate.asked.clone()
    };
    Ok(Work {
        asked,
        branch,
        wanted: true,
        task: None,
    })
}

/// The runs that were pointed at, read once each.
struct Runs<'a> {
    store: &'a Store,
    read: Vec<(RunState, Option<Plan>)>,
}

impl<'a> Runs<'a> {
    fn of(store: &'a Store) -> Self {
        Self {
            store,
            read: Vec::new(),
        }
    }

    fn run(&mut self, run: RunId) -> Result<&(RunState, Option<Plan>)> {
        let at = match self.read.iter().position(|(state, _)| state.run == run) {
            Some(at) => at,
            None => {
                // Without its plan a run still has its titles.
                let plan = self.store.run_plan(run).ok();
                self.read.push((self.store.load_run(run)?, plan));
                self.read.len() - 1
            }
        };
        Ok(&self.read[at])
    }

    fn depends(&mut self, run: RunId, task: TaskId) -> Result<Vec<TaskId>> {
        let (state, _) = self.run(run)?;
        Ok(state
            .task(task)
            .map_or_else(Vec::new, |task| task.depends.clone()))
    }

    fn work(&mut self, run: RunId, task: TaskId, candidate: &Candidate) -> Result<Work> {
        let (state, plan) = self.run(run)?;
        let found = state.task(task);
        let branch = found.and_then(|task| task.branch.clone());
        Ok(Work {
            asked: candidate.asked.clone(),
            branch: branch.unwrap_or_else(|| candidate.asked.name.clone()),
            wanted: true,
            task: found.map(|task| story(state, plan.as_ref(), task)),
        })
    }

    /// A task that was not asked for, as far as it has a branch.
    fn beneath(
        &mut self,
        repository: &Repository,
        run: RunId,
        task: TaskId,
    ) -> Result<Option<Work>> {
        let (state, plan) = self.run(run)?;
        let Some(found) = state.task(task) else {
            return Ok(None);
        };
        let asked = check::of_task(repository, state, found);
        Ok(asked.zip(found.branch.clone()).map(|(asked, branch)| Work {
            asked,
            branch,
            wanted: false,
            task: Some(story(state, plan.as_ref(), found)),
        }))
    }
}

fn story(run: &RunState, plan: Option<&Plan>, task: &TaskState) -> TaskStory {
    let planned = plan.and_then(|plan| plan.tasks.iter().find(|one| one.id == task.id));
    let evidence = task.evidence.iter();
    TaskStory {
        run: run.run,
        id: task.id,
        title: task.title.clone(),
        prompt: planned.map_or_else(String::new, |planned| planned.prompt.clone()),
        success: planned.and_then(|planned| planned.success.clone()),
        evidence: evidence
            .map(|seen| run_words::seen(std::slice::from_ref(seen)))
            .collect(),
    }
}

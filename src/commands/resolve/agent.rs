//! A conflict handed to somebody: who, what they are told, and what they made of it.

use crate::error::{Failure, Result};
use crate::git::SideCommit;
use crate::integrate::{Desk, Note, Picture, Standing};
use crate::plan::Plan;
use crate::process::{Interrupt, StopSignal};
use crate::run::{self, Resolved, Resolver, Unfinished};
use crate::settings::Settings;
use crate::store::{SessionCommand, SessionEnd, TaskState};
use crate::ui::resolve::{Agent, Answer, Party, ResolveProgress, prompt};

use super::super::agent_choice;
use super::Case;
use super::subject::task_of_branch;

/// What is to be run.
pub struct Command(SessionCommand);

impl Case<'_> {
    /// Whom the user wants at it; `None` for nobody.
    pub(super) fn command(&self) -> Result<Option<Command>> {
        let args = self.args;
        if !args.wants_agent() {
            return Ok(None);
        }
        let Some(run) = self.subject.run() else {
            return Err(Failure::usage(format!(
                "'{}' is no task's branch: only a task of a run has somewhere to keep the session",
                self.subject.name()
            ))
            .next(format!("git parallel resolve {}", self.word())));
        };
        let command = match (&args.exec, args.command.as_slice(), &args.agent) {
            (Some(line), _, _) => SessionCommand::Exec(line.clone()),
            (_, [_, ..], _) => SessionCommand::Program(args.command.clone()),
            (_, _, Some(Some(name))) => {
                agent_choice::named(self.context, self.repository, name, &[])?
            }
            _ => run.options.command.clone(),
        };
        if command == SessionCommand::None {
            return Err(Failure::usage(format!(
                "{} started nothing in its worktrees: say what is to resolve this",
                run.run
            ))
            .next(format!("git parallel resolve {} -- CMD ARG…", self.word()))
            .next(format!(
                "git parallel resolve {} --exec 'SHELL LINE'",
                self.word()
            )));
        }
        Ok(Some(Command(command)))
    }

    /// Takes up a session that outlived the one who started it, where that is wanted; one that has
    /// ended meanwhile is written down.
    pub(super) fn take_up(&self) -> Result<Option<Answer>> {
        let Some((unfinished, (run, task))) = self.unfinished().zip(self.site.task) else {
            return Ok(None);
        };
        let at_work = unfinished.is_at_work()?;
        if at_work && !self.args.wants_agent() {
            return Err(self.at_work());
        }
        if !at_work {
            let resolved = unfinished.ended(self.store, run, task)?;
            // One that failed is as good as none: another is set at it.
            if !self.args.wants_agent() || resolved.end != SessionEnd::Exited(0) {
                return Ok(None);
            }
            let desk = Desk::at_hand(self.site)?;
            return match desk.standing()? {
                Standing::Open(note) => self.after(&desk, &note, resolved).map(Some),
                _ => Ok(None),
            };
        }
        let desk = Desk::at_hand(self.site)?;
        let Standing::Open(note) = desk.standing()? else {
            return Err(self.at_work());
        };
        let interrupt = Interrupt::watch()?;
        let mut progress = self.progress();
        self.context
            .screen
            .narrate("its agent is at work already; waiting for it");
        let mut sink = |working: run::Working<'_>| progress.show(working.elapsed, working.log);
        let resolved = unfinished.attend(self.store, run, task, &interrupt, &mut sink)?;
        progress.finish();
        self.after(&desk, &note, resolved).map(Some)
    }

    /// Refuses while somebody is at work at the conflict.
    pub(super) fn nobody_at_work(&self) -> Result<()> {
        let Some((unfinished, (run, task))) = self.unfinished().zip(self.site.task) else {
            return Ok(());
        };
        if unfinished.is_at_work()? {
            return Err(self.at_work());
        }
        unfinished.ended(self.store, run, task).map(drop)
    }

    fn unfinished(&self) -> Option<Unfinished> {
        let (run, _) = self.site.task?;
        run::unfinished(self.store, run, self.subject.task()?)
    }

    fn at_work(&self) -> Failure {
        let word = self.word();
        Failure::refused(format!(
            "an agent is at work at the conflict of {}",
            self.subject.name()
        ))
        .kept("nothing was changed")
        .next(format!("git parallel logs --follow {word}"))
        .next(format!("git parallel resolve {word} --agent"))
        .next(format!("git parallel resolve {word} --abort"))
    }

    fn progress(&self) -> ResolveProgress<'_> {
        ResolveProgress::new(&self.context.screen, self.subject.name())
    }

    /// Sets somebody at the conflict and waits until they are done.
    pub(super) fn hand_over(
        &self,
        desk: &Desk<'_>,
        note: &Note,
        picture: &Picture,
        command: &Command,
    ) -> Result<Answer> {
        let (Some(run), Some(task)) = (self.subject.run(), self.subject.task()) else {
            return Err(desk.not_merging());
        };
        {
            let _lock = self.store.lock("exclude /.parallel/")?;
            self.repository.exclude("/.parallel/")?;
        }
        let interrupt = Interrupt::watch()?;
        let plan: Option<Plan> = self.store.run_plan(run.run).ok();
        let sides = self.parties(note, plan.as_ref())?;
        let planned = plan.as_ref().and_then(|plan| task_in(plan, task));
        let limit = planned.and_then(|task| task.timeout_seconds);
        let limit = limit.unwrap_or(run.options.timeout_seconds);
        let resolver = Resolver {
            store: self.store,
            program: &self.context.program,
            run: run.run,
            task,
            planned,
            worktree: &desk.worktree,
            command: &command.0,
            prompt: &prompt(picture, &sides),
            timeout_seconds: self
                .args
                .timeout
                .map_or(limit, |time| time.as_secs().max(1)),
            silence_seconds: run.options.silence_seconds,
        };
        let mut progress = self.progress();
        progress.start(&command.0, &note.with);
        let mut sink = |working: run::Working<'_>| progress.show(working.elapsed, working.log);
        let resolved = run::resolve(&resolver, &interrupt, &mut sink)?;
        progress.finish();
        self.after(desk, note, resolved)
    }

    /// Who meets here, and what each wants.
    fn parties(&self, note: &Note, plan: Option<&Plan>) -> Result<[Party; 2]> {
        let run = self.subject.run();
        let ours = self.repository.side_log(note.theirs, note.head, &[])?;
        let theirs = self.repository.side_log(note.head, note.theirs, &[])?;
        let other = run.and_then(|run| task_of_branch(run, &note.with));
        Ok([
            party(self.subject.branch(), self.subject.task(), plan, ours),
            party(&note.with, other, plan, theirs),
        ])
    }

    /// What they made of it.
    fn after(&self, desk: &Desk<'_>, note: &Note, resolved: Resolved) -> Result<Answer> {
        if let Some(signal) = resolved.stopped_by {
            return Err(self.interrupted(desk, signal));
        }
        let agent = Agent {
            end: resolved.end,
            seconds: resolved.seconds,
            log: resolved.log,
            complaint: resolved.complaint,
        };
        let worktree = desk.worktree.clone();
        let answer = match desk.standing()? {
            Standing::Open(note) if self.may_commit(&agent)? => self.conclude(desk, &note, true)?,
            Standing::Open(note) => Answer::Open {
                picture: Box::new(desk.picture(&note)?),
                reason: None,
                agent: None,
            },
            Standing::Committed { note, commit } => self.review(desk, &note, commit)?,
            Standing::TakenBack(note) => {
                self.given_up(desk)?;
                let edits = self.repository.has_edits(&worktree)?;
                Answer::TakenBack {
                    worktree,
                    with: note.with,
                    edits,
                    agent: None,
                }
            }
            Standing::MovedOn { note, head } => {
                self.given_up(desk)?;
                Answer::MovedOn {
                    worktree,
                    with: note.with,
                    before: note.head,
                    after: head,
                    agent: None,
                }
            }
            Standing::Foreign { merging } => return Err(desk.foreign(merging)),
            Standing::CutShort(note) => return Err(desk.cut_short(&note)),
            Standing::Idle => {
                return Err(Failure::unable(format!(
                    "what was noted about the merge of {} is gone",
                    note.with
                ))
                .kept(format!("{}", worktree.display()))
                .next(format!("git parallel resolve {}", self.word())));
            }
        };
        Ok(answer.by(agent))
    }

    /// Only what ended well is committed for them, and only where the user wants that at all.
    fn may_commit(&self, agent: &Agent) -> Result<bool> {
        let commits = Settings::read(self.repository)?.commit;
        Ok(commits && agent.end == SessionEnd::Exited(0))
    }

    fn interrupted(&self, desk: &Desk<'_>, signal: StopSignal) -> Failure {
        let name = self.subject.name();
        let failure = match signal {
            StopSignal::Interrupt => {
                Failure::interrupted(format!("{name}: interrupted, its agent was ended"))
            }
            StopSignal::Terminate => {
                Failure::terminated(format!("{name}: terminated, its agent was ended"))
            }
        };
        let worktree = desk.worktree.to_string_lossy();
        failure
            .kept(format!("the merge, as the agent left it, in {worktree}"))
            .next(format!("cd {}", crate::error::shell_word(&worktree)))
            .next(format!("git parallel resolve {} --continue", self.word()))
            .next(format!("git parallel resolve {} --abort", self.word()))
    }
}

fn task_in<'a>(plan: &'a Plan, task: &TaskState) -> Option<&'a crate::plan::Task> {
    plan.tasks.iter().find(|one| one.id == task.id)
}

fn party(
    branch: &str,
    task: Option<&TaskState>,
    plan: Option<&Plan>,
    commits: Vec<SideCommit>,
) -> Party {
    let planned = task.and_then(|task| plan.and_then(|plan| task_in(plan, task)));
    Party {
        branch: branch.to_owned(),
        task: task.map(|task| (task.id, task.title.clone())),
        assignment: planned.map(crate::plan::Task::assignment),
        commits,
    }
}

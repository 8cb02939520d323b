//! `git parallel resolve TASK`: a conflict, resolved where its work was done.

mod agent;
mod subject;

use std::time::Duration;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, Kind, Result, Verdict, shell_word};
use crate::git::Repository;
use crate::id::{Oid, TaskId};
use crate::integrate::{
    Begun, Conclusion, ConclusionOptions, Desk, Note, OpponentReason, Site, Standing,
};
use crate::run;
use crate::store::{Event, Store};
use crate::ui::resolve::{self as show, Answer};

use super::FormatArgs;
use subject::{OtherSide, Subject};

/// Resolve a branch's conflict inside its own worktree
///
/// Starts merging whatever the branch of the task conflicts with, the target or another task's
/// branch, and shows whose sides meet where. Then resolve it yourself and --continue, or let
/// --agent do it: the task's own agent again, told what both sides are for. Then `git parallel
/// merge` again. What rerere remembers is done again; with rerere.autoupdate that is all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A task (T001, its name, or RUN/TASK), or a branch that is checked out somewhere
    #[arg(value_name = "TASK|BRANCH")]
    task: String,
    /// Merge this branch instead of the one found to conflict
    #[arg(long, value_name = "BRANCH", conflicts_with_all = ["continue", "abort"])]
    with: Option<String>,
    /// Branch that results go to [default: the run's]
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Commit what was resolved; nothing may be left open
    #[arg(long = "continue", id = "continue")]
    go_on: bool,
    /// Take the merge back
    #[arg(long, conflicts_with = "continue")]
    abort: bool,
    /// Let the task's agent resolve it: what worked at the task works again, or this one
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["continue", "abort"]
    )]
    agent: Option<Option<String>>,
    /// Let this line resolve it, run with sh -c in the worktree
    #[arg(long, value_name = "SHELL LINE", conflicts_with_all = ["continue", "abort", "agent", "command"])]
    exec: Option<String>,
    /// End the agent after this long [default: the run's limit]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, conflicts_with_all = ["continue", "abort"])]
    timeout: Option<Duration>,
    /// A shell line that must succeed on the resolved merge before it is committed
    #[arg(long, value_name = "CMD", conflicts_with = "abort")]
    verify: Option<String>,
    /// Skip the hooks that git runs when it commits
    #[arg(long, conflicts_with = "abort")]
    no_verify: bool,
    #[command(flatten)]
    format: FormatArgs,
    /// Let this program resolve it; no shell reads its arguments
    #[arg(last = true, value_name = "CMD", conflicts_with_all = ["continue", "abort", "agent"])]
    command: Vec<String>,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let subject = Subject::find(&repository, &store, &context.screen, &self.task)?;
        subject.must_be_free()?;
        let site = subject.site(&repository, &store)?;
        let case = Case {
            args: &self,
            context,
            repository: &repository,
            store: &store,
            subject: &subject,
            site: &site,
        };
        let answer = match (self.go_on, self.abort) {
            (true, _) => case.go_on()?,
            (_, true) => case.abort()?,
            _ => case.start()?,
        };
        let report = show::Report {
            name: subject.name(),
            branch: subject.branch(),
            task: subject.task(),
            run: subject.run(),
            answer: &answer,
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&report));
        } else {
            let look = context.screen.look();
            context.screen.answer(&show::render(&report, look));
            for line in show::next(&report, context.screen.paint_narration()) {
                context.screen.narrate(&line);
            }
        }
        Ok(Verdict::finding_if(answer.is_finding()))
    }

    fn conclusion(&self, everything: bool) -> ConclusionOptions<'_> {
        ConclusionOptions {
            verify: self.verify.as_deref(),
            hooks: !self.no_verify,
            everything,
        }
    }

    /// Whether somebody is to be set at the conflict.
    fn wants_agent(&self) -> bool {
        self.agent.is_some() || self.exec.is_some() || !self.command.is_empty()
    }
}

/// A call of the command.
struct Case<'a> {
    args: &'a Args,
    context: &'a Context,
    repository: &'a Repository,
    store: &'a Store,
    subject: &'a Subject,
    site: &'a Site<'a>,
}

impl Case<'_> {
    /// Begins, or shows what was begun; with an agent, goes all the way.
    fn start(&self) -> Result<Answer> {
        let command = self.command()?;
        if let Some(answer) = self.take_up()? {
            return Ok(answer);
        }
        let desk = Desk::take(self.site)?;
        let (note, reason) = match desk.standing()? {
            Standing::Open(note) => {
                self.must_be_with(&note)?;
                (note, None)
            }
            Standing::Foreign { merging } => {
                let Some(other) = self.other_side()?.filter(|o| o.commit == merging) else {
                    return Err(desk.foreign(merging));
                };
                let note = desk.adopt(&other.name, other.commit)?;
                self.opened(&desk, &note)?;
                (note, Some(other.reason))
            }
            Standing::CutShort(note) => return Err(desk.cut_short(&note)),
            Standing::Committed { note, commit } => {
                let answer = self.review(&desk, &note, commit)?;
                if answer.is_finding() {
                    return Ok(answer);
                }
                return self.begin_anew(&desk, command);
            }
            gone @ (Standing::Idle | Standing::TakenBack(_) | Standing::MovedOn { .. }) => {
                self.forget(&desk, &gone)?;
                return self.begin_anew(&desk, command);
            }
        };
        self.go_at(&desk, &note, reason, command)
    }

    /// Refuses to begin another merge where one is open.
    fn must_be_with(&self, note: &Note) -> Result<()> {
        if self.args.with.is_none() {
            return Ok(());
        }
        let same = |other: OtherSide| other.commit == note.theirs;
        if self.other_side()?.is_some_and(same) {
            return Ok(());
        }
        let word = self.word();
        Err(Failure::refused(format!(
            "{} is in the middle of merging {}",
            self.subject.name(),
            note.with
        ))
        .kept("nothing was changed")
        .next(format!("git parallel resolve {word}"))
        .next(format!("git parallel resolve {word} --abort")))
    }

    fn begin_anew(&self, desk: &Desk<'_>, command: Option<agent::Command>) -> Result<Answer> {
        let Some(other) = self.other_side()? else {
            return Ok(Answer::Nothing);
        };
        let message = self.subject.message(&other);
        match desk.begin(&other.name, other.commit, &message)? {
            Begun::Merged => Ok(Answer::Merged {
                with: other.name,
                reason: other.reason,
            }),
            Begun::Open(note) => {
                self.opened(desk, &note)?;
                self.go_at(desk, &note, Some(other.reason), command)
            }
        }
    }

    /// What is begun is shown, handed to somebody, or finished where nothing is left to do.
    fn go_at(
        &self,
        desk: &Desk<'_>,
        note: &Note,
        reason: Option<OpponentReason>,
        command: Option<agent::Command>,
    ) -> Result<Answer> {
        let picture = desk.picture(note)?;
        let replayed = !picture.paths.is_empty() && picture.replayed() == picture.paths.len();
        if replayed && self.repository.config_bool("rerere.autoupdate")? {
            return self.conclude(desk, note, false);
        }
        match command {
            Some(_) if picture.open().next().is_none() => self.conclude(desk, note, false),
            Some(command) => self.hand_over(desk, note, &picture, &command),
            None => Ok(Answer::Open {
                picture: Box::new(picture),
                reason,
                agent: None,
            }),
        }
    }

    /// Concludes what was begun, if nothing is left to resolve.
    fn go_on(&self) -> Result<Answer> {
        self.nobody_at_work()?;
        let desk = Desk::at_hand(self.site)?;
        match desk.standing()? {
            Standing::Open(note) => self.conclude(&desk, &note, false),
            Standing::Committed { note, commit } => self.review(&desk, &note, commit),
            Standing::Foreign { merging } => Err(desk.foreign(merging)),
            Standing::CutShort(note) => Err(desk.cut_short(&note)),
            gone @ (Standing::Idle | Standing::TakenBack(_) | Standing::MovedOn { .. }) => {
                self.forget(&desk, &gone)?;
                Err(desk.not_merging())
            }
        }
    }

    /// Takes back what was begun; who is at work at it is stopped first.
    fn abort(&self) -> Result<Answer> {
        if let Some((run, task)) = self.site.task
            && let Some(state) = self.subject.task()
            && let Some(unfinished) = run::unfinished(self.store, run, state)
        {
            if unfinished.is_at_work()? {
                unfinished.stop()?;
            }
            // Who waits for it writes down how it ended, where there is somebody.
            let _ = unfinished.ended(self.store, run, task);
        }
        let desk = Desk::at_hand(self.site)?;
        match desk.standing()? {
            Standing::Open(note) => {
                let kept = desk.abort(&note)?;
                self.tell(|task| Event::ConflictDropped { task })?;
                Ok(Answer::Aborted { kept })
            }
            Standing::Foreign { merging } => Err(desk.foreign(merging)),
            Standing::CutShort(note) => Err(desk.cut_short(&note)),
            Standing::Committed { note, commit } => Err(Failure::unable(format!(
                "the merge of {} is committed already: {}",
                note.with,
                commit.short()
            ))
            .kept("it")
            .next(format!("git parallel resolve {} --continue", self.word()))),
            gone @ (Standing::Idle | Standing::TakenBack(_) | Standing::MovedOn { .. }) => {
                self.forget(&desk, &gone)?;
                Err(desk.not_merging())
            }
        }
    }

    fn conclude(&self, desk: &Desk<'_>, note: &Note, everything: bool) -> Result<Answer> {
        let conclusion = desk.conclude(note, &self.args.conclusion(everything))?;
        self.concluded(desk, note, conclusion)
    }

    /// What somebody committed by other ways.
    fn review(&self, desk: &Desk<'_>, note: &Note, commit: Oid) -> Result<Answer> {
        let conclusion = desk.review(note, commit, self.args.verify.as_deref())?;
        if matches!(conclusion, Conclusion::Committed(_)) {
            desk.forget()?;
        }
        let answer = self.concluded(desk, note, conclusion)?;
        Ok(answer.already_committed(commit))
    }

    fn concluded(&self, desk: &Desk<'_>, note: &Note, conclusion: Conclusion) -> Result<Answer> {
        let worktree = desk.worktree.clone();
        let with = note.with.clone();
        Ok(match conclusion {
            Conclusion::Open(left) => Answer::Left {
                worktree,
                with,
                left,
                committed: None,
                agent: None,
            },
            Conclusion::Failed(verification) => Answer::Failed {
                worktree,
                with,
                verification,
                committed: None,
                agent: None,
            },
            Conclusion::Committed(committed) => {
                self.tell(|task| Event::ConflictResolved {
                    task,
                    with: with.clone(),
                    commit: committed.commit,
                })?;
                Answer::Committed {
                    with,
                    committed,
                    agent: None,
                }
            }
        })
    }

    /// The branch to merge: the one that was named, else the one that conflicts.
    fn other_side(&self) -> Result<Option<OtherSide>> {
        let (with, into) = (self.args.with.as_deref(), self.args.into.as_deref());
        self.subject.other_side(
            self.repository,
            self.store,
            &self.context.screen,
            with,
            into,
        )
    }

    fn opened(&self, desk: &Desk<'_>, note: &Note) -> Result<()> {
        if self.site.task.is_none() {
            return Ok(());
        }
        let picture = desk.picture(note)?;
        let conflicts = picture.paths.iter();
        self.tell(|task| Event::ConflictOpened {
            task,
            with: note.with.clone(),
            theirs: note.theirs,
            conflicts: conflicts.map(|one| one.conflict.path.to_string()).collect(),
        })
    }

    /// Forgets a merge that was begun here and is gone, if nothing of it is left in the files.
    fn forget(&self, desk: &Desk<'_>, gone: &Standing) -> Result<()> {
        match gone {
            Standing::Idle => return Ok(()),
            Standing::TakenBack(note) => desk.must_hold_no_edits(note)?,
            _ => {}
        }
        self.given_up(desk)
    }

    fn given_up(&self, desk: &Desk<'_>) -> Result<()> {
        desk.forget()?;
        self.tell(|task| Event::ConflictDropped { task })
    }

    /// Writes it into the run's journal, where nobody else does: what a person does about a conflict
    /// must not wait for the end of a run.
    fn tell(&self, event: impl FnOnce(TaskId) -> Event) -> Result<()> {
        let Some((run, task)) = self.site.task else {
            return Ok(());
        };
        let purpose = format!("resolve {run}/{task}");
        match self.store.record(run, &purpose, &[event(task)]) {
            Err(failure) if failure.kind == Kind::Busy => {
                self.context.screen.detail(&format!(
                    "{run} is being supervised: this is not written into its journal"
                ));
                Ok(())
            }
            told => told.map(drop),
        }
    }

    fn word(&self) -> String {
        shell_word(self.subject.name())
    }
}

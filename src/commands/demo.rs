//! `git parallel demo`: the whole way on a throw-away repository, with the tool's own commands.
//!
//! Every scene is a command that the user could type, run as a process of its own: what is shown
//! is what they will see.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::context::Context;
use crate::demo;
use crate::error::{Failure, OnPath, OrFail, Result, Verdict};
use crate::git::REPOSITORY_VARIABLES;
use crate::id::TaskId;
use crate::process::{Interrupt, Program, ScratchFolder};

/// Watch the whole way on a throw-away repository, in seconds
///
/// Builds a small project, plans six tasks for it, lets a scripted agent do them at once, checks
/// and merges the branches, and cleans up. Nothing outside a temporary folder is touched.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the repository, to play on
    #[arg(long)]
    keep: bool,
    /// Be the scripted agent: do the task that the environment names
    #[arg(long, hide = true, conflicts_with = "keep")]
    agent: bool,
}

/// A step of the demonstration: what it is about, and what is typed after `git parallel`.
struct Scene {
    says: &'static str,
    types: &'static [&'static str],
}

const SCENES: &[Scene] = &[
    Scene {
        says: "Six tasks for a small project. Does splitting them pay off, and how?",
        types: &["split", "--from", "tasks.md"],
    },
    Scene {
        says: "Run them: a worktree, a branch and an agent each. Here, a scripted agent.",
        types: &[
            "run",
            "--workers",
            "4",
            "--exec",
            "git parallel demo --agent",
        ],
    },
    Scene {
        says: "Do the branches go together? Every pair is merged in memory, as git would.",
        types: &["check"],
    },
    Scene {
        says: "Land all of them in the best order, if the merged result passes its tests.",
        types: &["merge", "--verify", "sh tests/run.sh"],
    },
    Scene {
        says: "What was planned, what happened, what it cost.",
        types: &["report"],
    },
    Scene {
        says: "Clean up: only what is safely on main goes.",
        types: &["clean"],
    },
];

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        if self.agent {
            return agent(context);
        }
        // From here on an interruption ends the scene, and we clean up behind it.
        let interrupt = Interrupt::watch()?;
        let stage = Stage::set()?;
        let shown = SCENES
            .iter()
            .try_for_each(|scene| stage.play(context, scene, &interrupt));
        match shown {
            Ok(()) => stage.close(context, self.keep),
            Err(failure) => Err(stage.leave(failure)),
        }
    }
}

/// The scripted agent, as `run --exec` starts it: a process in the task's worktree.
fn agent(context: &Context) -> Result<Verdict> {
    let task: Option<TaskId> = env::var("GIT_PARALLEL_TASK")
        .ok()
        .and_then(|task| task.parse().ok());
    let Some(task) = task else {
        return Err(Failure::usage(
            "--agent is what `demo` itself starts: GIT_PARALLEL_TASK names no task",
        )
        .next("git parallel demo"));
    };
    demo::work(task, &context.folder, |words| context.screen.answer(words))?;
    Ok(Verdict::Done)
}

/// A temporary folder with the project, and this very program as `git-parallel`.
struct Stage {
    folder: ScratchFolder,
    project: PathBuf,
    path: OsString,
}

impl Stage {
    fn set() -> Result<Self> {
        let folder = ScratchFolder::new("demo")?;
        let root = folder
            .path()
            .canonicalize()
            .on_path("find", folder.path())?;
        let project = root.join("notes");
        demo::build(&project)?;
        let bin = root.join("bin");
        std::fs::create_dir(&bin).on_path("create", &bin)?;
        let program = env::current_exe().or_unable(|| "cannot tell where this program lies")?;
        let link = bin.join("git-parallel");
        symlink(&program, &link).on_path("create", &link)?;
        Ok(Self {
            path: first_on_path(&bin)?,
            folder,
            project,
        })
    }

    /// Says what is typed, runs it on our terminal, and insists on success.
    fn play(&self, context: &Context, scene: &Scene, interrupt: &Interrupt) -> Result<()> {
        let paint = context.screen.paint();
        let typed = typed(scene.types);
        context.screen.answer(&paint.bold(scene.says));
        context.screen.answer(&paint.cyan(&format!("$ {typed}\n")));
        let ended = self.call(context, scene.types)?;
        interrupt.check(&format!("the demo, in `{typed}`"))?;
        context.screen.answer("");
        if ended.success() {
            return Ok(());
        }
        Err(Failure::unable(format!(
            "the demo's step `{typed}` ended with {ended}"
        )))
    }

    /// A call of ourselves through git, as the user makes it, untouched by what is configured on
    /// this machine: a signing key that asks for a passphrase has no part in a demonstration.
    fn call(&self, context: &Context, words: &[&str]) -> Result<ExitStatus> {
        let screen = &context.screen;
        let color = match (screen.paint().is_on(), screen.answers_to_terminal()) {
            (true, _) => "always",
            (false, true) => "never",
            (false, false) => "auto",
        };
        Program::new("git")
            .args(["parallel", "--color", color])
            .args(words)
            .without_env(REPOSITORY_VARIABLES)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PATH", &self.path)
            .dir(&self.project)
            .status()
    }

    /// The last words; the folder goes, unless it is to be kept.
    fn close(mut self, context: &Context, keep: bool) -> Result<Verdict> {
        let paint = context.screen.paint();
        if !keep {
            context.screen.answer(
                &paint.bold("That was all of it, in a folder that is gone now. Now with your own:"),
            );
            context.screen.answer(&paint.cyan("$ git parallel check"));
            return Ok(Verdict::Done);
        }
        let project = self.project.clone();
        self.folder.stay();
        context
            .screen
            .answer(&paint.bold("The repository is kept. To play on:"));
        for words in [
            format!("cd {}", project.display()),
            "git log --graph --oneline".to_owned(),
            "git parallel split --from tasks.md".to_owned(),
        ] {
            context.screen.answer(&paint.cyan(&format!("$ {words}")));
        }
        Ok(Verdict::Done)
    }

    /// What failed can be looked at; what was interrupted is of no use to anybody.
    fn leave(mut self, failure: Failure) -> Failure {
        if failure.kind.exit_code() >= 128 {
            return failure;
        }
        self.folder.stay();
        failure.kept(format!("the repository {}", self.project.display()))
    }
}

fn typed(words: &[&str]) -> String {
    let mut line = "git parallel".to_owned();
    for word in words {
        line.push(' ');
        if word.contains(' ') {
            line.push_str(&format!("'{word}'"));
        } else {
            line.push_str(word);
        }
    }
    line
}

fn first_on_path(bin: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(bin.to_owned()).chain(env::split_paths(&path));
    env::join_paths(folders).or_unable(|| "cannot put this program on PATH")
}

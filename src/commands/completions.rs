//! `completions`: the completion script of a shell, printed or put where the shell looks.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::store;
use crate::ui::completions::{FISH_HOOK, Shell, script};

/// Print the completion script of a shell, or install it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell; with --install the one that $SHELL names unless given
    #[arg(value_enum, required_unless_present = "install")]
    shell: Option<Shell>,
    /// Put the script where the shell looks, for this user
    #[arg(long)]
    install: bool,
    /// Only say where it would be put
    #[arg(short = 'n', long, requires = "install")]
    dry_run: bool,
}

impl Args {
    /// Makes the script from the command tree.
    pub fn run(&self, context: &Context, tree: &clap::Command) -> Result<Verdict> {
        let shell = self.shell.map_or_else(|| your_shell(context), Ok)?;
        let script = script(tree, shell);
        if !self.install {
            context.screen.answer_raw(script.as_bytes());
            return Ok(Verdict::Done);
        }
        let installed = files(context, shell, script)?;
        for (path, text) in &installed {
            if !self.dry_run {
                store::write_atomic(path, text.as_bytes())?;
            }
            context.screen.answer(&path.display().to_string());
        }
        if shell == Shell::Zsh {
            tell_zsh_users(context)?;
        }
        Ok(Verdict::Done)
    }
}

fn your_shell(context: &Context) -> Result<Shell> {
    let name = context.shell().unwrap_or_default();
    Shell::from_str(&name, false).map_err(|_| {
        Failure::usage(format!(
            "cannot tell your shell ($SHELL is '{name}'); there are scripts for bash, zsh and fish"
        ))
        .next("git parallel completions --install bash")
    })
}

/// Where the shell looks for what a user installs: bash-completion's user folder, fish's folders
/// for what programs bring along. zsh has none, so there it is ours to name.
fn files(context: &Context, shell: Shell, script: String) -> Result<Vec<(PathBuf, String)>> {
    let data = context.data_home()?;
    let folder = match shell {
        Shell::Bash => context
            .variable("BASH_COMPLETION_USER_DIR")
            .map_or_else(|| data.join("bash-completion"), PathBuf::from)
            .join("completions"),
        Shell::Zsh => zsh_folder(&data),
        Shell::Fish => data.join("fish/vendor_completions.d"),
    };
    let mut files = vec![(folder.join(shell.file_name()), script)];
    if shell == Shell::Fish {
        let hook = data.join("fish/vendor_conf.d").join(shell.file_name());
        files.push((hook, FISH_HOOK.to_owned()));
    }
    Ok(files)
}

fn zsh_folder(data_home: &Path) -> PathBuf {
    data_home.join("zsh/site-functions")
}

/// What zsh has to be told once: it searches no folder of the user's by itself.
fn tell_zsh_users(context: &Context) -> Result<()> {
    let zshrc = context
        .variable("ZDOTDIR")
        .map_or_else(|| context.home(), |folder| Ok(PathBuf::from(folder)))?
        .join(".zshrc");
    if !fs::read_to_string(&zshrc).is_ok_and(|text| text.contains("zsh/site-functions")) {
        context.screen.narrate(&format!(
            "zsh searches this folder once {} says, above the line with compinit:\n  fpath=({} $fpath)",
            zshrc.display(),
            zsh_folder(&context.data_home()?).display()
        ));
    }
    Ok(())
}

//! The command tree as a completion script, for `git-parallel <TAB>` and `git parallel <TAB>`.

use clap::{Arg, Command as Tree};
use clap_complete::aot;

/// A shell whose completion we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// The file that the shell looks for when it completes `git-parallel` for the first time.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Bash => "git-parallel",
            Self::Zsh => "_git-parallel",
            Self::Fish => "git-parallel.fish",
        }
    }
}

/// What fish has to read when it starts, since for `git parallel` it reads no script of ours.
pub const FISH_HOOK: &str = include_str!("git.fish");

/// The whole script. Hidden commands stay hidden.
pub fn script(tree: &Tree, shell: Shell) -> String {
    let mut visible = visible(tree);
    let generated = match shell {
        Shell::Bash => generate(aot::Bash, &mut visible),
        Shell::Zsh => generate(aot::Zsh, &mut visible),
        Shell::Fish => generate(aot::Fish, &mut visible),
    };
    match shell {
        Shell::Bash => consistent(&generated) + include_str!("git.bash"),
        Shell::Zsh => described(&generated, tree),
        Shell::Fish => generated + &fish_values(&visible) + FISH_HOOK,
    }
}

fn generate(shell: impl aot::Generator, tree: &mut Tree) -> String {
    let mut script = Vec::new();
    aot::generate(shell, tree, "git-parallel", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// clap_complete 4.6 spells the dash of a program's name in two ways, so that the words after a
/// command are looked up under a name that no state has.
fn consistent(script: &str) -> String {
    script.replace("git__subcmd__parallel", "git__parallel")
}

/// The values that a command's arguments can have, which clap_complete leaves out for fish.
fn fish_values(tree: &Tree) -> String {
    let mut lines = String::new();
    for command in tree.get_subcommands() {
        let values: Vec<String> = command
            .get_positionals()
            .flat_map(Arg::get_possible_values)
            .map(|value| value.get_name().to_owned())
            .collect();
        if !values.is_empty() {
            lines += &format!(
                "complete -c git-parallel -n \"__fish_git_parallel_using_subcommand {}\" -f -a \"{}\"\n",
                command.get_name(),
                values.join(" ")
            );
        }
    }
    lines
}

/// zsh's `git` completion takes a `_git-*` function for a command of git, and what stands behind
/// `#description` on the second line of its file for what that command does.
fn described(script: &str, tree: &Tree) -> String {
    let about = tree
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    script.replacen('\n', &format!("\n#description {about}\n"), 1)
}

/// Whether it is copied: what clap adds of its own it will add again.
fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str())
}

/// The tree without what is hidden from help, which clap's generators would show.
fn visible(tree: &Tree) -> Tree {
    let mut copy = Tree::new(tree.get_name().to_owned())
        .version(tree.get_version().unwrap_or_default().to_owned())
        .disable_help_subcommand(true)
        .visible_aliases(tree.get_visible_aliases().map(str::to_owned))
        .args(tree.get_arguments().filter(|arg| is_shown(arg)))
        .subcommands(
            tree.get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(visible),
        );
    if let Some(about) = tree.get_about() {
        copy = copy.about(about.clone());
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_from_help_is_hidden_from_completion() {
        let tree = Tree::new("git-parallel")
            .about("About")
            .subcommand(Tree::new("check").arg(Arg::new("patch").long("patch")))
            .subcommand(Tree::new("session").hide(true));
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(&tree, shell);
            assert!(script.contains("patch"), "{shell:?}");
            assert!(!script.contains("session"), "{shell:?}");
        }
    }

    #[test]
    fn the_zsh_script_says_on_its_second_line_what_the_command_does() {
        let script = script(&Tree::new("git-parallel").about("About"), Shell::Zsh);
        let mut lines = script.lines();
        assert_eq!(lines.next(), Some("#compdef git-parallel"));
        assert_eq!(lines.next(), Some("#description About"));
    }
}

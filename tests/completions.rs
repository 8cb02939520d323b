//! `completions` and what the real shells make of it, typed at an interactive shell on a terminal.
//! What a TAB completed is proven by running it: `compl<TAB>zs<TAB>` prints the zsh script only if
//! both words were completed and a space was put between them.

use crate::support::{Repo, Terminal, have};

const COMPLETED: &str = "#compdef git-parallel";

#[test]
fn a_script_is_printed_for_each_shell() {
    let repo = Repo::new();
    for (shell, line) in [
        ("bash", "_git_parallel()"),
        ("zsh", COMPLETED),
        ("fish", "complete -c git-parallel"),
    ] {
        repo.parallel(["completions", shell]).code(0).answers(line);
    }
    repo.parallel(["completions", "csh"]).code(2);
    repo.parallel(["completions"]).code(2);
}

#[test]
fn an_installed_script_lies_where_its_shell_looks_and_the_place_is_said() {
    let repo = Repo::new();
    for (shell, place) in [
        ("bash", "bash-completion/completions/git-parallel"),
        ("zsh", "zsh/site-functions/_git-parallel"),
        ("fish", "fish/vendor_completions.d/git-parallel.fish"),
    ] {
        let path = repo.home().join(".local/share").join(place);
        let said = repo
            .parallel(["completions", "--install", "--dry-run", shell])
            .ok();
        assert_eq!(said.lines().next(), path.to_str());
        assert!(!path.exists(), "a dry run wrote {}", path.display());
        repo.parallel(["completions", "--install", shell])
            .code(0)
            .answers(&said);
        let script = repo.parallel(["completions", shell]).ok();
        assert_eq!(std::fs::read_to_string(&path).expect("a script"), script);
    }
}

#[test]
fn your_shell_is_known_from_the_environment_or_asked_for() {
    let repo = Repo::new();
    repo.parallel(["completions", "--install"])
        .env("SHELL", "/usr/bin/fish")
        .code(0)
        .answers("git-parallel.fish");
    repo.parallel(["completions", "--install"])
        .env("SHELL", "/bin/csh")
        .code(2)
        .says("$SHELL is 'csh'");
}

#[test]
fn zsh_users_are_told_once_what_to_add() {
    let repo = Repo::new();
    let call = || repo.parallel(["completions", "--install", "zsh"]).code(0);
    call().says("fpath=(");
    repo.file_at(
        &repo.home(),
        ".zshrc",
        "fpath=(~/.local/share/zsh/site-functions $fpath)\n",
    );
    assert_eq!(call().stderr, "");
}

#[test]
fn bash_completes_behind_git_and_by_itself() {
    if !have("bash") || !have("script") {
        return;
    }
    let repo = Repo::new();
    repo.parallel(["completions", "--install", "bash"]).ok();
    let library = "/usr/share/bash-completion/bash_completion";
    repo.file_at(
        &repo.home(),
        ".bashrc",
        &format!("PS1='read''y> '\n. {library}\n"),
    );
    completes(&repo, "bash -i", &[]);
}

#[test]
fn zsh_completes_behind_git_and_by_itself() {
    if !have("zsh") || !have("script") {
        return;
    }
    let repo = Repo::new();
    repo.parallel(["completions", "--install", "zsh"]).ok();
    repo.file_at(
        &repo.home(),
        ".zshrc",
        "fpath=(~/.local/share/zsh/site-functions $fpath)\n\
         autoload -Uz compinit && compinit -u\nPS1='read''y> '\n",
    );
    completes(&repo, "zsh -i", &[]);
}

#[test]
fn fish_completes_behind_git_and_by_itself() {
    if !have("fish") || !have("script") {
        return;
    }
    let repo = Repo::new();
    repo.parallel(["completions", "--install", "fish"]).ok();
    repo.file_at(
        &repo.home(),
        ".config/fish/config.fish",
        "function fish_prompt; echo -n 'ready> '; end\nfunction fish_greeting; end\n",
    );
    completes(&repo, "fish -i", &[]);
}

#[track_caller]
fn completes(repo: &Repo, shell: &str, env: &[(&str, &str)]) {
    for start in ["git-parallel", "git parallel", "git -C . parallel"] {
        let mut terminal = Terminal::start(shell, repo.path(), &repo.home(), env);
        terminal.sees("ready> ");
        terminal.types(&format!("{start} compl\tzs\t\n"));
        terminal.sees(COMPLETED);
        terminal.types("exit\n");
    }
}

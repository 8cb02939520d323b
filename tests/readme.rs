//! What the README tells people to type is what the program understands.

use crate::support::Repo;

const README: &str = include_str!("../README.md");

#[test]
fn every_flag_in_the_readme_is_one_of_its_command() {
    let repo = Repo::new();
    let mut checked = 0;
    for line in README.lines() {
        let Some((_, typed)) = line.split_once("git parallel ") else {
            continue;
        };
        // What stands behind `--` or in quotes is for another program.
        let ours = typed
            .split([' ', '`', '\'', '"'])
            .take_while(|w| *w != "--");
        let words: Vec<&str> = ours.collect();
        let command = words[0].trim_end_matches(|c: char| !c.is_alphanumeric());
        if command.is_empty() || !command.starts_with(|c: char| c.is_ascii_lowercase()) {
            continue;
        }
        let mut asked = vec![command];
        // What sessions call has commands of its own.
        asked.extend(words.get(1).filter(|_| command == "session"));
        let help = repo.parallel(asked).args(["--help"]).code(0).stdout;
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            let name = flag.split('=').next().unwrap_or(flag);
            assert!(help.contains(name), "{line}\nhas no such flag: {name}");
            checked += 1;
        }
    }
    assert!(checked > 3, "hardly anything was checked");
}

#[test]
fn every_command_that_help_shows_is_in_the_readme() {
    let repo = Repo::new();
    let help = repo.parallel(["-h"]).ok();
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    for command in commands {
        assert!(
            README.contains(&format!("| `{command}")),
            "{command} has no row in the README's table of commands"
        );
    }
}

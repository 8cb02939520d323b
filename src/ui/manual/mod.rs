//! The command tree as manual pages: lists of options that are generated, beside sections that
//! are written by hand in `main.roff` and `command.roff`.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// What clap_mangen starts with, so that an apostrophe is one in every roff.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// One manual page.
pub struct Page {
    /// What `man` is asked for: `git-parallel-check`.
    pub name: String,
    /// The page, for roff.
    pub text: String,
}

impl Page {
    /// The file that holds the page, in a folder `man1`.
    pub fn file_name(&self) -> String {
        format!("{}.1", self.name)
    }
}

/// Every page: the one of the program first, then one a command that help shows.
pub fn pages(tree: &Command) -> io::Result<Vec<Page>> {
    let mut tree = tree
        .clone()
        .subcommand_help_heading("COMMANDS")
        .disable_help_subcommand(true);
    tree.build();
    let mut pages = vec![page(&tree, include_str!("main.roff"))?];
    add_commands(&tree, &mut pages)?;
    Ok(pages)
}

fn add_commands(of: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    for command in of.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        pages.push(page(command, include_str!("command.roff"))?);
        add_commands(command, pages)?;
    }
    Ok(())
}

fn page(command: &Command, by_hand: &str) -> io::Result<Page> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let man = Man::new(command.clone());
    let mut parts = Vec::new();
    man.render_name_section(&mut parts)?;
    man.render_synopsis_section(&mut parts)?;
    man.render_description_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    if command.get_subcommands().any(|inner| !inner.is_hide_set()) {
        man.render_subcommands_section(&mut parts)?;
    }
    if command
        .get_after_long_help()
        .or(command.get_after_help())
        .is_some()
    {
        man.render_extra_section(&mut parts)?;
    }
    // Each part brings along the same definition of an apostrophe.
    let generated = String::from_utf8_lossy(&parts).replace(APOSTROPHE, "");
    let text = format!("{}{APOSTROPHE}{generated}{by_hand}", title(&name));
    Ok(Page { name, text })
}

/// Without a date: it would be wrong after every change, or change every build.
fn title(name: &str) -> String {
    let title = name.to_uppercase();
    let version = env!("CARGO_PKG_VERSION");
    format!(".TH \"{title}\" \"1\" \"\" \"git\\-parallel {version}\" \"Git Parallel Manual\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Command {
        Command::new("git-parallel")
            .about("About")
            .subcommand(Command::new("check").about("Check"))
            .subcommand(Command::new("session").hide(true))
    }

    #[test]
    fn there_is_a_page_for_the_program_and_for_every_command_that_help_shows() {
        let names: Vec<String> = pages(&tree())
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["git-parallel", "git-parallel-check"]);
    }

    #[test]
    fn the_page_of_the_program_has_what_no_option_list_can_say() {
        let text = &pages(&tree()).unwrap()[0].text;
        for section in [
            "SELECTORS",
            "EXIT STATUS",
            "CONFIGURATION",
            "ENVIRONMENT",
            "FILES",
        ] {
            assert!(text.contains(&format!(".SH \"{section}\"")), "{section}");
        }
    }
}

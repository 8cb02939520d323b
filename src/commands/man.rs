//! `man`: the manual pages, printed or put where `man`, and so `git parallel --help`, finds them.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::{Failure, OrFail, Result, Verdict};
use crate::process::Program;
use crate::store;
use crate::ui::manual::{Page, pages};

/// Print a manual page, or install all of them
///
/// Printed as roff: `git parallel man | man -l -` shows it. Once installed, `git parallel --help`
/// and `man git-parallel` open it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command whose page is printed; none prints the page of the whole program
    #[arg(conflicts_with = "install")]
    command: Option<String>,
    /// Put all pages where `man` looks, for this user
    #[arg(long)]
    install: bool,
    /// Only say where they would be put
    #[arg(short = 'n', long, requires = "install")]
    dry_run: bool,
}

impl Args {
    /// Makes the pages from the command tree.
    pub fn run(&self, context: &Context, tree: &clap::Command) -> Result<Verdict> {
        let pages = pages(tree).or_unable(|| "cannot make the manual pages")?;
        if self.install {
            install(context, &pages, self.dry_run)?;
        } else {
            let page = find(&pages, self.command.as_deref())?;
            context.screen.answer_raw(page.text.as_bytes());
        }
        Ok(Verdict::Done)
    }
}

fn find<'a>(pages: &'a [Page], command: Option<&str>) -> Result<&'a Page> {
    let name = command.map_or_else(
        || "git-parallel".to_owned(),
        |command| format!("git-parallel-{command}"),
    );
    pages
        .iter()
        .find(|page| page.name == name)
        .ok_or_else(|| Failure::usage(format!("there is no page {name}")).next("git parallel -h"))
}

fn install(context: &Context, pages: &[Page], dry_run: bool) -> Result<()> {
    let folder = manual_folder(&Place::of(context)?);
    let section = folder.join("man1");
    for page in pages {
        let path = section.join(page.file_name());
        if !dry_run {
            store::write_atomic(&path, page.text.as_bytes())?;
        }
        context.screen.answer(&path.display().to_string());
    }
    if !dry_run {
        say_whether_found(context, &folder);
    }
    Ok(())
}

/// What decides where a user's manual pages go.
struct Place {
    home: PathBuf,
    data_home: PathBuf,
    program: PathBuf,
    program_folders: Vec<PathBuf>,
}

impl Place {
    fn of(context: &Context) -> Result<Self> {
        Ok(Self {
            home: context.home()?,
            data_home: context.data_home()?,
            program: context.program.clone(),
            program_folders: context.program_folders(),
        })
    }
}

/// `man` searches `X/share/man` for every `X/bin` on PATH. So pages go to the user's data folder
/// where that is one of those, else beside the folder in the user's home that the program was
/// installed to (`~/.cargo/bin` after `cargo install`), else to the data folder all the same.
fn manual_folder(place: &Place) -> PathBuf {
    let searched = |manuals: &Path| {
        place
            .program_folders
            .iter()
            .filter(|folder| folder.ends_with("bin"))
            .filter_map(|folder| folder.parent())
            .any(|prefix| prefix.join("share/man") == *manuals)
    };
    let of_user = place.data_home.join("man");
    let beside_program = (place.program.parent())
        .and_then(Path::parent)
        .filter(|prefix| prefix.starts_with(&place.home))
        .map(|prefix| prefix.join("share/man"));
    match beside_program {
        Some(beside) if !searched(&of_user) && searched(&beside) => beside,
        _ => of_user,
    }
}

/// Asks `man` itself.
fn say_whether_found(context: &Context, folder: &Path) {
    let found = Program::new("man").arg("-w").arg("git-parallel").output();
    let line = match found {
        Ok(found) if found.status.success() && Path::new(&found.text()).starts_with(folder) => {
            "`git parallel --help` opens the page now".to_owned()
        }
        Ok(found) if found.status.success() => {
            format!("`man` finds another page first: {}", found.text())
        }
        Ok(_) => format!(
            "`man` does not search this folder yet; add to your shell's start-up file:\n  export MANPATH=\"{}:$MANPATH\"",
            folder.display()
        ),
        Err(_) => "`man` is not installed here: `git parallel man` prints the page".to_owned(),
    };
    context.screen.narrate(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(program: &str, path: &[&str]) -> PathBuf {
        manual_folder(&Place {
            home: "/home/ada".into(),
            data_home: "/home/ada/.local/share".into(),
            program: program.into(),
            program_folders: path.iter().map(PathBuf::from).collect(),
        })
    }

    #[test]
    fn pages_go_where_man_looks() {
        let local = "/home/ada/.local/bin";
        let cargo = "/home/ada/.cargo/bin";
        let program = "/home/ada/.cargo/bin/git-parallel";
        let of_user = Path::new("/home/ada/.local/share/man");
        let beside = Path::new("/home/ada/.cargo/share/man");
        assert_eq!(folder(program, &[cargo, local, "/usr/bin"]), of_user);
        assert_eq!(folder(program, &[cargo, "/usr/bin"]), beside);
        assert_eq!(folder(program, &["/usr/bin"]), of_user);
        assert_eq!(folder("/usr/bin/git-parallel", &["/usr/bin"]), of_user);
    }
}

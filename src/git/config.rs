//! git's configuration, as git itself reads it: includes, `-c`, environment and all.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Failure, Result};
use crate::id::Oid;

use super::repository::Repository;
use super::views::View;

impl Repository {
    /// The repository with a configuration that is all that git would read; `None` where git may
    /// know of more: settings of `git -c`, a system-wide file that is elsewhere, a repository of
    /// somebody else.
    pub(super) fn read_configuration(&self) -> Option<View<'_>> {
        let local = self.local();
        let typed = env::var_os("GIT_CONFIG_PARAMETERS").is_some_and(|value| !value.is_empty());
        let elsewhere = installed_beside_git("gitconfig").is_some_and(|file| file.exists());
        let is_ours = local.git_dir_trust() == gix::sec::Trust::Full;
        (is_ours && !typed && !elsewhere).then_some(local)
    }

    /// All values below `section` (`parallel` finds `parallel.workers`), in git's order: of a key
    /// that is set twice the last one holds. Section and variable names are in lower case, a
    /// subsection between them keeps its case.
    pub fn configuration(&self, section: &str) -> Result<Vec<(String, String)>> {
        let pattern = format!("^{}\\.", section.to_lowercase());
        let output = self
            .git("config")
            .args(["--null", "--get-regexp", &pattern])
            .ask()?;
        // Exit code 1 means that nothing matches.
        Ok(parse(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The same, of a configuration file in a commit; `None` where the commit has no such file. A
    /// file that git cannot read is the user's to mend: exit code 2 with git's words.
    pub fn configuration_in(
        &self,
        commit: Oid,
        path: &str,
        section: &str,
    ) -> Result<Option<Vec<(String, String)>>> {
        let blob = format!("{commit}:{path}");
        let found = self.git("cat-file").args(["-e", &blob]).ask()?;
        if !found.status.success() {
            return Ok(None);
        }
        // Asked for a pattern, git takes no notice of a line that it cannot read.
        let listed = ["--blob", &blob, "--null", "--list"];
        let output = self.git("config").args(listed).ask()?;
        if !output.status.success() {
            let said = output.complaint().replace(&blob, path);
            let line = said.lines().next().unwrap_or("it cannot be read");
            let line = line.strip_prefix("error: ").unwrap_or(line);
            return Err(Failure::usage(line).next(format!("git show {}:{path}", commit.short())));
        }
        Ok(Some(within(section, &output.stdout)))
    }

    /// The same, of a file in the form of git's own. A file that git cannot read is the user's to
    /// mend: exit code 2 with git's words.
    pub fn configuration_file(&self, file: &Path, section: &str) -> Result<Vec<(String, String)>> {
        let list = self.git("config").arg("--file").arg(file);
        let output = list.args(["--null", "--list"]).ask()?;
        if !output.status.success() {
            return Err(Failure::usage(output.complaint()).next("git help config"));
        }
        Ok(within(section, &output.stdout))
    }
}

/// Of all values, those below a section.
fn within(section: &str, listed: &[u8]) -> Vec<(String, String)> {
    let mut values = parse(&String::from_utf8_lossy(listed));
    let section = format!("{}.", section.to_lowercase());
    values.retain(|(key, _)| key.starts_with(&section));
    values
}

/// A system-wide file of a git that is not the system's own: `/opt/bin/git` has it in `/opt/etc`.
pub(super) fn installed_beside_git(file: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folder = env::split_paths(&path).find(|folder| folder.join("git").is_file())?;
    let prefix = folder.parent()?;
    let is_systems = ["/", "/usr"].map(Path::new).contains(&prefix);
    (!is_systems).then(|| prefix.join("etc").join(file))
}

/// Reads `key\nvalue\0…`; a key without a value is git's short way to say `true`.
fn parse(text: &str) -> Vec<(String, String)> {
    text.split_terminator('\0')
        .map(|entry| entry.split_once('\n').unwrap_or((entry, "true")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn values_may_hold_newlines_and_be_missing() {
        let read = parse("parallel.a\nx\ny\0parallel.b\0parallel.c\n\0");
        let expected = [
            ("parallel.a", "x\ny"),
            ("parallel.b", "true"),
            ("parallel.c", ""),
        ];
        let read: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn whatever_comes_is_read_as_keys_and_values_that_were_there() {
        fuzz::each_text(&fuzz::files_of("fuzz/git"), |text| {
            for (key, value) in parse(text) {
                assert!(text.contains(&key) && (value == "true" || text.contains(&value)));
            }
        });
    }
}

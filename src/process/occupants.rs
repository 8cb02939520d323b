//! Who works where: the working folders of all processes that we may look at.

use std::path::{Path, PathBuf};

use crate::error::Result;

/// A process and its working folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    pub pid: u32,
    /// What it calls itself.
    pub name: String,
    folder: PathBuf,
}

/// The processes there are, except ourselves. Those of others that cannot be looked at are left
/// out; where none can be looked at at all, that is a failure.
#[derive(Clone, Debug, Default)]
pub struct Occupants(Vec<Occupant>);

impl Occupants {
    /// Those whose working folder is `folder` or lies in it.
    pub fn inside(&self, folder: &Path) -> Vec<&Occupant> {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let inside = |one: &&Occupant| one.folder.starts_with(&folder);
        self.0.iter().filter(inside).collect()
    }

    /// The first that has a file open, as far as we may look.
    #[cfg(target_os = "linux")]
    pub fn with_open(&self, file: &Path) -> Option<&Occupant> {
        let holds = |one: &&Occupant| {
            let folder = format!("/proc/{}/fd", one.pid);
            let open = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let mut open = open.map(|entry| std::fs::read_link(entry.path()));
            open.any(|open| open.is_ok_and(|open| open == file))
        };
        self.0.iter().find(holds)
    }

    /// The first that has a file open: here nobody can tell.
    #[cfg(not(target_os = "linux"))]
    pub fn with_open(&self, _file: &Path) -> Option<&Occupant> {
        None
    }

    /// Looks around.
    #[cfg(target_os = "linux")]
    pub fn look() -> Result<Self> {
        use crate::error::OnPath;
        use std::fs;

        let root = Path::new("/proc");
        let me = std::process::id();
        let mut found = Vec::new();
        for entry in fs::read_dir(root).on_path("read", root)?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
                continue;
            };
            let Ok(folder) = fs::read_link(entry.path().join("cwd")) else {
                continue;
            };
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            let name = name.trim_end().to_owned();
            if pid != me {
                found.push(Occupant { pid, name, folder });
            }
        }
        Ok(Self(found))
    }

    /// Looks around.
    #[cfg(not(target_os = "linux"))]
    pub fn look() -> Result<Self> {
        // It exits with 1 where some process may not be looked at: what it lists counts.
        let listed = super::Program::new("lsof")
            .args(["-w", "-d", "cwd", "-F", "pcn"])
            .output()?;
        let me = std::process::id();
        let mut found = parse(&listed.text());
        found.retain(|one| one.pid != me);
        Ok(Self(found))
    }
}

/// Reads what `lsof -F pcn` prints: a line each with `p` and the id, `c` and the name, `n` and the
/// folder.
#[cfg(any(test, not(target_os = "linux")))]
fn parse(text: &str) -> Vec<Occupant> {
    let (mut pid, mut name) = (None, String::new());
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(id) = line.strip_prefix('p') {
            (pid, name) = (id.parse().ok(), String::new());
        } else if let Some(own) = line.strip_prefix('c') {
            own.clone_into(&mut name);
        } else if let (Some(folder), Some(pid)) = (line.strip_prefix('n'), pid) {
            let (name, folder) = (name.clone(), PathBuf::from(folder));
            found.push(Occupant { pid, name, folder });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_in_a_folder_or_below_it_is_inside_and_a_neighbour_is_not() {
        let all = Occupants(parse(
            "p7\ncsh\nfcwd\nn/a/b\np8\ncvim\nfcwd\nn/a/b/c\np9\nn/a/bc\n",
        ));
        let inside = all.inside(Path::new("/a/b"));
        let seen: Vec<_> = inside.iter().map(|o| (o.pid, o.name.as_str())).collect();
        assert_eq!(seen, [(7, "sh"), (8, "vim")]);
    }

    #[test]
    fn nobody_meets_themselves() {
        let me = std::process::id();
        let all = Occupants::look().unwrap();
        assert!(all.inside(Path::new("/")).iter().all(|one| one.pid != me));
    }
}

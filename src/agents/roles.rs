//! Roles and skills that are really installed: specialists that an agent can load, commands that
//! it knows. Found where agents look for them, in the project and in the user's home.

use std::fs;
use std::path::{Path, PathBuf};

use super::front_matter::FrontMatter;

/// Folders below a place are looked into this deep.
const DEEPEST: usize = 4;
/// So many files of a place are read at most.
const MOST: usize = 500;
/// No description needs more of its file than this, in bytes.
const HEAD: usize = 64 << 10;

/// A specialist definition that an agent loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    pub description: String,
    /// The tools that it may use; none said: all.
    pub tools: Option<Vec<String>>,
    pub path: PathBuf,
}

impl Role {
    /// Whether it may change files.
    pub fn can_write(&self) -> bool {
        let writes = |tool: &String| {
            [
                "Edit",
                "Write",
                "MultiEdit",
                "NotebookEdit",
                "edit",
                "write",
                "editFiles",
                "*",
            ]
            .contains(&tool.as_str())
        };
        self.tools
            .as_ref()
            .is_none_or(|tools| tools.iter().any(writes))
    }
}

/// A command that an agent knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// As it is called: `/sc:test`, `/pdf`.
    pub name: String,
    pub description: String,
    pub path: PathBuf,
}

/// All that is installed, each name once; the project's own first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    pub roles: Vec<Role>,
    pub skills: Vec<Skill>,
}

/// What a file below a place is.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Role,
    /// A folder with a `SKILL.md`, which is called as the folder.
    Skill,
    /// A file that is called as it is, with its folder in front.
    Command,
}

const PLACES: &[(&str, Sort)] = &[
    (".claude/agents", Sort::Role),
    (".github/agents", Sort::Role),
    (".claude/skills", Sort::Skill),
    (".agents/skills", Sort::Skill),
    (".claude/commands", Sort::Command),
];

/// Looks below these folders: a project's root, a home. What cannot be read is not there.
pub fn installed(roots: &[&Path]) -> Installed {
    let mut found = Installed::default();
    for root in roots {
        for (place, sort) in PLACES {
            let place = root.join(place);
            let mut files = Vec::new();
            markdown(&place, 0, &mut files);
            files.sort();
            for path in files {
                found.take(&place, path, *sort);
            }
        }
    }
    found
}

impl Installed {
    fn take(&mut self, place: &Path, path: PathBuf, sort: Sort) {
        if sort == Sort::Skill && path.file_name().is_none_or(|name| name != "SKILL.md") {
            return;
        }
        let Ok(bytes) = fs::read(&path) else {
            return;
        };
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).into_owned();
        let front = FrontMatter::of(&text);
        let description = front
            .get("description")
            .unwrap_or_else(|| front.first_line());
        match sort {
            Sort::Role => {
                // Beside definitions there are read-me files, which are none.
                let Some(name) = front
                    .get("name")
                    .or_else(|| front.is_there().then(|| stem(&path)))
                else {
                    return;
                };
                if !self.roles.iter().any(|role| role.name == name) {
                    let tools = front.list("tools");
                    self.roles.push(Role {
                        name,
                        description,
                        tools,
                        path,
                    });
                }
            }
            Sort::Skill | Sort::Command => {
                let name = called(place, &path, sort);
                if !self.skills.iter().any(|skill| skill.name == name) {
                    self.skills.push(Skill {
                        name,
                        description,
                        path,
                    });
                }
            }
        }
    }
}

/// `/folder:name` for a command, `/folder` for a skill.
fn called(place: &Path, path: &Path, sort: Sort) -> String {
    let inside = path.strip_prefix(place).unwrap_or(path);
    let inside = match sort {
        Sort::Skill => inside.parent().unwrap_or(inside).to_path_buf(),
        _ => inside.with_extension(""),
    };
    let parts: Vec<String> = inside
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    format!("/{}", parts.join(":"))
}

/// `reviewer` of `reviewer.agent.md`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn markdown(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if depth > DEEPEST || found.len() >= MOST {
        return;
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            markdown(&path, depth + 1, found);
        } else if path.extension().is_some_and(|e| e == "md") && found.len() < MOST {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_agents_would_find_is_found_and_the_project_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (project, home) = (folder.path().join("p"), folder.path().join("h"));
        let role = "---\nname: security-engineer\ndescription: Guards: logins\ntools: [\"Read\", \"Edit\"]\n---\nYou…\n";
        write(&project, ".claude/agents/sec/security.md", role);
        write(
            &home,
            ".claude/agents/security.md",
            "---\nname: security-engineer\ndescription: other\n---\n",
        );
        write(&home, ".claude/agents/README.md", "# Agents\n");
        write(
            &project,
            ".github/agents/scout.agent.md",
            "---\ndescription: Looks around\ntools: Read, Grep\n---\n",
        );
        write(
            &project,
            ".claude/skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: Reads PDF\n---\n",
        );
        write(&project, ".claude/skills/pdf/reference.md", "# no skill\n");
        write(
            &project,
            ".claude/commands/sc/test.md",
            "# Test it\n\nRun all tests.\n",
        );
        let found = installed(&[&project, &home]);
        let roles: Vec<(&str, &str, bool)> = found
            .roles
            .iter()
            .map(|role| {
                (
                    role.name.as_str(),
                    role.description.as_str(),
                    role.can_write(),
                )
            })
            .collect();
        assert_eq!(
            roles,
            [
                ("security-engineer", "Guards: logins", true),
                ("scout", "Looks around", false)
            ]
        );
        let skills: Vec<(&str, &str)> = found
            .skills
            .iter()
            .map(|skill| (skill.name.as_str(), skill.description.as_str()))
            .collect();
        assert_eq!(skills, [("/pdf", "Reads PDF"), ("/sc:test", "Test it")]);
    }
}

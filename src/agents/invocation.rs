//! How one agent is called: words with holes, filled in when a session starts. Plain data, so that
//! a run's journal can keep it and a resumed run calls the agent as the first one did.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Failure, OnPath, Result};
use crate::process::Program;

/// How a prompt reaches an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptBy {
    /// On standard input.
    #[default]
    Stdin,
    /// In a file, whose path stands at `{prompt}`.
    File,
}

/// What an agent prints, and who can read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Events {
    Claude,
    Codex,
    Gemini,
    Qwen,
    Opencode,
    /// Text, in which tokens, cost and errors can be found.
    Aider,
    /// Nothing that could be understood: only exit code and work speak.
    #[default]
    None,
}

impl Events {
    /// Each with the name it has in the configuration.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("claude", Self::Claude),
        ("codex", Self::Codex),
        ("gemini", Self::Gemini),
        ("qwen", Self::Qwen),
        ("opencode", Self::Opencode),
        ("aider", Self::Aider),
        ("none", Self::None),
    ];

    /// The name it has in the configuration.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, events)| *events == self);
        found.map_or("none", |(name, _)| name)
    }
}

/// How an agent is called. In the words, `{prompt}` stands for the path of the file with the
/// prompt, `{session}` for the conversation to take up, `{dir}` for a folder of the session's own,
/// `{schema}` for a JSON schema and `{schema-file}` for a file with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// The name that the user knows it by.
    pub agent: String,
    /// Program and arguments that begin a conversation.
    pub begin: Vec<String>,
    /// Those that take one up; none where the agent cannot.
    pub resume: Option<Vec<String>>,
    /// Those that ask for an answer and allow no edits; none where nobody said how.
    pub ask: Option<Vec<String>>,
    /// Those that are added to a question that is to be answered by a schema.
    pub structured: Vec<String>,
    pub prompt: PromptBy,
    pub events: Events,
    /// Variables for its environment.
    pub env: Vec<(String, String)>,
}

/// What is wanted of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    Begin,
    /// Go on with this conversation, where the agent can; else begin.
    Resume(&'a str),
    /// Answer, and change nothing.
    Ask,
}

/// What the holes are filled with.
#[derive(Clone, Copy, Debug)]
pub struct Holes<'a> {
    /// The file with the prompt.
    pub prompt: &'a Path,
    /// A folder of the session's own, which git ignores.
    pub dir: &'a Path,
    /// The schema of the answer, and a file with it.
    pub schema: Option<(&'a str, &'a Path)>,
}

/// An agent about to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program, and its arguments.
    pub words: Vec<String>,
    pub env: Vec<(String, String)>,
    /// The file that it reads on standard input; nothing where none is given.
    pub stdin: Option<PathBuf>,
}

impl Invocation {
    /// The program that has to be there.
    pub fn program(&self) -> &str {
        self.begin.first().map_or("", String::as_str)
    }

    /// Fills in the holes.
    pub fn call(&self, way: Way<'_>, holes: &Holes<'_>) -> Call {
        let session = match way {
            Way::Resume(session) => session,
            Way::Begin | Way::Ask => "",
        };
        let fill = |word: &String| fill(word, session, holes);
        Call {
            words: self
                .template(way, holes.schema.is_some())
                .iter()
                .map(fill)
                .collect(),
            env: self
                .env
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)))
                .collect(),
            stdin: (self.prompt == PromptBy::Stdin).then(|| holes.prompt.to_owned()),
        }
    }

    fn template(&self, way: Way<'_>, structured: bool) -> Vec<String> {
        let words = match way {
            Way::Begin => &self.begin,
            Way::Resume(_) => self.resume.as_ref().unwrap_or(&self.begin),
            Way::Ask => self.ask.as_ref().unwrap_or(&self.begin),
        };
        let schema: &[String] = if structured { &self.structured } else { &[] };
        splice(words, "{structured}", schema)
    }
}

impl Call {
    /// The program to start. One that is given nothing reads nothing: some wait for the end of
    /// whatever is on their standard input.
    pub fn program(self) -> Result<Program> {
        let Some((name, args)) = self.words.split_first() else {
            return Err(Failure::unable("the agent has no command"));
        };
        let program = Program::new(name).args(args).envs(self.env);
        match self.stdin {
            Some(path) => Ok(program.reading(File::open(&path).on_path("read", &path)?)),
            None => Ok(program),
        }
    }
}

/// `words` with all of `inside` where `hole` stands.
pub fn splice(words: &[String], hole: &str, inside: &[String]) -> Vec<String> {
    let each = words.iter().flat_map(|word| {
        if word == hole {
            inside
        } else {
            std::slice::from_ref(word)
        }
    });
    each.cloned().collect()
}

/// One pass over the word: what is put in is not looked at again.
fn fill(word: &str, session: &str, holes: &Holes<'_>) -> String {
    let mut filled = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let hole = rest.find('}').map_or("", |close| &rest[..=close]);
        match hole {
            "{prompt}" => filled.push_str(&holes.prompt.to_string_lossy()),
            "{dir}" => filled.push_str(&holes.dir.to_string_lossy()),
            "{session}" => filled.push_str(session),
            "{schema}" => filled.push_str(holes.schema.map_or("", |(text, _)| text)),
            "{schema-file}" => {
                let file = holes.schema.map(|(_, file)| file.to_string_lossy());
                filled.push_str(&file.unwrap_or_default());
            }
            _ => {
                filled.push('{');
                rest = &rest[1..];
                continue;
            }
        }
        rest = &rest[hole.len()..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(word: &str) -> String {
        let holes = Holes {
            prompt: Path::new("/w/{dir}/prompt.md"),
            dir: Path::new("/w/.parallel"),
            schema: Some(("{\"type\":\"object\"}", Path::new("/s.json"))),
        };
        fill(word, "s{prompt}1", &holes)
    }

    #[test]
    fn holes_are_filled_once_and_braces_of_others_stay() {
        assert_eq!(filled("--file={prompt}"), "--file=/w/{dir}/prompt.md");
        assert_eq!(filled("{session}"), "s{prompt}1");
        assert_eq!(filled("{schema}"), "{\"type\":\"object\"}");
        assert_eq!(filled("{schema-file}{dir}"), "/s.json/w/.parallel");
        for kept in ["{", "}{", "a={x=1,y={2}}", "{prompt", "{ prompt}"] {
            assert_eq!(filled(kept), kept);
        }
    }
}

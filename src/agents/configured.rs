//! The agents that a user can name: those of the table, as configured, and the user's own, from
//! `[parallelAgent "name"]` in git's configuration. Pure: key and value pairs in, agents out.

use super::invocation::{Events, Invocation, PromptBy, splice};
use super::table::{KNOWN, Known};
use super::words;

/// All agents that can be named.
#[derive(Clone, Debug, Default)]
pub struct Agents(Vec<Agent>);

/// An agent, and what may be put into its words.
#[derive(Clone, Debug)]
struct Agent {
    invocation: Invocation,
    permissions: Vec<String>,
    args: Vec<String>,
}

/// A value that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured {
    pub key: String,
    pub value: String,
    /// What should be there: "should be …".
    pub expected: String,
}

impl Agents {
    /// Those of the table and those in `configuration`: keys in lower case but for the name,
    /// `parallelagent.my-agent.command`, in git's order.
    pub fn read(configuration: &[(String, String)]) -> Result<Self, Misconfigured> {
        let mut agents = Self(KNOWN.iter().map(known).collect());
        for (key, value) in configuration {
            let Some((name, setting)) = split_key(key) else {
                continue;
            };
            agents
                .of(name)
                .set(setting, value)
                .map_err(|expected| Misconfigured {
                    key: key.clone(),
                    value: value.clone(),
                    expected,
                })?;
        }
        agents.must_have_commands()?;
        Ok(agents)
    }

    /// Their names, sorted.
    pub fn names(&self) -> Vec<&str> {
        let names = self.0.iter().map(|agent| agent.invocation.agent.as_str());
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }

    /// How the agent of this name is called, with `more` arguments; none of that name is known.
    pub fn invocation(&self, name: &str, more: &[String]) -> Option<Invocation> {
        let agent = self.0.iter().find(|agent| agent.invocation.agent == name)?;
        Some(agent.filled(more))
    }

    /// The arguments that say what the agent of this name may do.
    pub fn permissions(&self, name: &str) -> &[String] {
        let agent = self.0.iter().find(|agent| agent.invocation.agent == name);
        agent.map_or(&[], |agent| &agent.permissions)
    }

    fn of(&mut self, name: &str) -> &mut Agent {
        let found = self.0.iter().position(|a| a.invocation.agent == name);
        let index = found.unwrap_or_else(|| {
            self.0.push(own(name));
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    fn must_have_commands(&self) -> Result<(), Misconfigured> {
        let idle = self.0.iter().find(|a| a.invocation.begin.is_empty());
        idle.map_or(Ok(()), |agent| {
            Err(Misconfigured {
                key: format!("parallelAgent.{}.command", agent.invocation.agent),
                value: String::new(),
                expected: "the command that starts this agent".to_owned(),
            })
        })
    }
}

/// `parallelagent.NAME.SETTING`; a name may have dots.
fn split_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("parallelagent.")?.rsplit_once('.')
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn known(known: &Known) -> Agent {
    let env = known.env.iter();
    Agent {
        invocation: Invocation {
            agent: known.name.to_owned(),
            begin: strings(known.begin),
            resume: Some(strings(known.resume)),
            ask: Some(strings(known.ask)),
            structured: strings(known.structured),
            prompt: known.prompt,
            events: known.events,
            env: env
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        },
        permissions: strings(known.permissions),
        args: Vec::new(),
    }
}

fn own(name: &str) -> Agent {
    Agent {
        invocation: Invocation {
            agent: name.to_owned(),
            begin: Vec::new(),
            resume: None,
            ask: None,
            structured: Vec::new(),
            prompt: PromptBy::Stdin,
            events: Events::None,
            env: Vec::new(),
        },
        permissions: Vec::new(),
        args: Vec::new(),
    }
}

impl Agent {
    /// Takes over one value; the error says what was expected. A key that this program does not
    /// know may be a newer one's.
    fn set(&mut self, setting: &str, value: &str) -> Result<(), String> {
        let call = &mut self.invocation;
        match setting {
            "command" => {
                call.begin = command(value)?;
                // What is known of the table's command need not hold for this one.
                (call.resume, call.ask, call.structured) = (None, None, Vec::new());
            }
            "resume" => call.resume = Some(command(value)?),
            "ask" => call.ask = Some(command(value)?),
            "permissions" => self.permissions = split(value)?,
            "args" => self.args.extend(split(value)?),
            "prompt" => call.prompt = prompt(value)?,
            "events" => call.events = events(value)?,
            "env" => {
                let (name, value) = value
                    .split_once('=')
                    .filter(|(name, _)| !name.is_empty())
                    .ok_or("NAME=VALUE")?;
                call.env.push((name.to_owned(), value.to_owned()));
            }
            _ => {}
        }
        Ok(())
    }

    fn filled(&self, more: &[String]) -> Invocation {
        let args = [&self.args, more].concat();
        let fill = |words: &Vec<String>| {
            let words = splice(words, "{permissions}", &self.permissions);
            let has_place = words.iter().any(|word| word == "{args}");
            let mut words = splice(&words, "{args}", &args);
            if !has_place {
                words.extend_from_slice(&args);
            }
            words
        };
        Invocation {
            begin: fill(&self.invocation.begin),
            resume: self.invocation.resume.as_ref().map(fill),
            ask: self.invocation.ask.as_ref().map(fill),
            ..self.invocation.clone()
        }
    }
}

fn split(value: &str) -> Result<Vec<String>, String> {
    words::split(value).map_err(|why| format!("words for a command line, but it {why}"))
}

fn command(value: &str) -> Result<Vec<String>, String> {
    let words = split(value)?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err("a program and its arguments".to_owned()),
    }
}

fn prompt(value: &str) -> Result<PromptBy, String> {
    match value {
        "stdin" => Ok(PromptBy::Stdin),
        "file" => Ok(PromptBy::File),
        _ => Err("stdin or file".to_owned()),
    }
}

fn events(value: &str) -> Result<Events, String> {
    let found = Events::NAMES.iter().find(|(name, _)| *name == value);
    found.map(|(_, events)| *events).ok_or_else(|| {
        let names: Vec<&str> = Events::NAMES.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn read(pairs: &[(&str, &str)]) -> Result<Agents, Misconfigured> {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Agents::read(&pairs)
    }

    fn begins(agents: &Agents, name: &str, more: &[&str]) -> String {
        let call = agents.invocation(name, &strings(more)).unwrap();
        call.begin.join(" ")
    }

    #[test]
    fn an_agent_of_the_table_is_narrow_until_its_user_widens_it() {
        let plain = read(&[]).unwrap();
        assert_eq!(
            begins(&plain, "codex", &["-m", "x"]),
            "codex exec --json -s workspace-write -m x -"
        );
        let wide = read(&[
            ("parallelagent.codex.permissions", "--dangerous"),
            ("parallelagent.codex.args", "-m 'a b'"),
            ("parallelagent.codex.args", "-q"),
        ]);
        let call = wide.unwrap().invocation("codex", &[]).unwrap();
        let expected = [
            "codex",
            "exec",
            "--json",
            "--dangerous",
            "-m",
            "a b",
            "-q",
            "-",
        ];
        assert_eq!(call.begin, expected);
        let resume = call.resume.unwrap();
        assert_eq!(
            resume[6..],
            ["-q", "resume", "{session}", "-"].map(str::to_owned)
        );
    }

    #[test]
    fn no_default_permission_is_the_one_that_allows_everything() {
        for known in KNOWN {
            assert_ne!(known.permissions, known.everything, "{}", known.name);
            assert_eq!(known.begin[0], known.name);
            for words in [known.begin, known.resume] {
                assert!(words.contains(&"{permissions}") && words.contains(&"{args}"));
            }
        }
    }

    #[test]
    fn an_own_agent_is_its_command_and_further_arguments_come_last() {
        let agents = read(&[
            ("parallelagent.my.agent.command", "my-agent --headless"),
            (
                "parallelagent.my.agent.resume",
                "my-agent --go-on {session}",
            ),
            ("parallelagent.my.agent.prompt", "file"),
            ("parallelagent.my.agent.events", "claude"),
            ("parallelagent.my.agent.env", "A=b=c"),
            ("parallelagent.my.agent.novelty", "x"),
        ])
        .unwrap();
        let call = agents.invocation("my.agent", &strings(&["-x"])).unwrap();
        assert_eq!(call.begin, ["my-agent", "--headless", "-x"]);
        assert_eq!((call.prompt, call.events), (PromptBy::File, Events::Claude));
        assert_eq!(call.env, [("A".to_owned(), "b=c".to_owned())]);
        assert!(agents.invocation("other", &[]).is_none());
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_key() {
        let wrong = [
            ("parallelagent.x.command", "''"),
            ("parallelagent.x.command", "a 'b"),
            ("parallelagent.claude.prompt", "argument"),
            ("parallelagent.claude.events", "xml"),
            ("parallelagent.claude.env", "=x"),
        ];
        for (key, value) in wrong {
            assert_eq!(read(&[(key, value)]).unwrap_err().key, key, "{value}");
        }
        let idle = read(&[("parallelagent.x.prompt", "file")]).unwrap_err();
        assert_eq!(idle.key, "parallelAgent.x.command");
    }

    #[test]
    fn whatever_is_configured_is_taken_or_refused_with_its_key() {
        let known = [
            "command",
            "args",
            "events",
            "permissions",
            "prompt",
            "resume",
        ];
        let sound = [
            "claude",
            "x -p {prompt}",
            "true",
            "stream-json",
            "none",
            "'a b' \"c\"",
        ];
        fuzz::each_text(&sound.map(|text| text.as_bytes().to_vec()), |text| {
            let values = known.map(|key| (format!("parallelagent.own.{key}"), text.to_owned()));
            for one in &values {
                drop(Agents::read(std::slice::from_ref(one)));
            }
            drop(Agents::read(&values));
        });
    }
}

//! What the user configured: `parallel.*` in git's own configuration. Flags beat environment beat
//! configuration; a value that cannot be understood is an error, never a silent default.

use std::time::Duration;

use crate::agents::Agents;
use crate::duration;
use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::store::{LauncherKind, Strategy};

/// The configuration with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `parallel.workers`: sessions at once, unless a flag says otherwise.
    pub workers: usize,
    /// `parallel.sessions`: sessions at once at most, whatever a flag says.
    pub sessions: usize,
    /// `parallel.worktrees`: worktrees of this tool at once at most.
    pub worktrees: usize,
    /// `parallel.worktreePath`: where a task's worktree goes, with `{repo}` and `{name}`; relative
    /// to the folder around the repository.
    pub worktree_path: String,
    /// `parallel.branchFormat`: a task's branch, with `{name}`.
    pub branch_format: String,
    /// `parallel.timeout`: a session is ended after this long.
    pub timeout: Duration,
    /// `parallel.silence`: a session that prints nothing for this long is ended.
    pub silence: Duration,
    /// `parallel.patience`: the first pause when an agent's service asks for patience.
    pub patience: Duration,
    /// `parallel.commit`: whether what a session leaves uncommitted is committed for it.
    pub commit: bool,
    /// `parallel.agent`: who works at tasks, where the command line names nobody.
    pub agent: Option<String>,
    /// `parallel.splitter`: who divides a goal, where the command line does not say.
    pub splitter: SplitterSetting,
    /// `parallel.launcher`: where sessions run, where the command line does not say.
    pub launcher: LauncherKind,
    /// `parallel.onEvent`: a line for `sh -c` that is told what happens in a run.
    pub on_event: Option<String>,
    /// `parallel.bell`: whether the terminal's bell calls when somebody is needed.
    pub bell: bool,
    /// `parallel.strategy`: in which form `merge` brings branches in.
    pub strategy: Strategy,
    /// `parallel.forge`: what serves pull requests, where the remote's address does not tell.
    pub forge: Option<ForgeSetting>,
    /// `parallel.forgeTimeout`: how long a forge may take for one answer.
    pub forge_timeout: Duration,
    /// How new worktrees are made ready to work in.
    pub setup: SetupSettings,
    /// `parallel.model`: the model that `angles` asks.
    pub model: Option<String>,
    /// `parallel.modelHost`: where the model server is.
    pub model_host: Option<String>,
    /// `parallel.modelApi`: how it is spoken to.
    pub model_api: Option<String>,
    /// What a split costs besides the work.
    pub overheads: OverheadSettings,
}

/// Who divides a goal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SplitterSetting {
    /// As configured; else the structure. No model is asked unless somebody said so.
    #[default]
    Auto,
    /// The words of the goal and the repository's structure and past: no model is asked.
    Structure,
    /// A headless agent: --agent, else parallel.agent.
    Agent,
    /// A model on Ollama, or what speaks like it: --model, --host and --api, else as configured.
    Ollama,
}

/// What serves pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeSetting {
    Github,
    Gitlab,
    /// Nothing that we could speak with.
    None,
}

/// Seconds that every split adds: assumed, as published with the cost rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverheadSettings {
    /// `parallel.worktreeSeconds`
    pub worktree: f64,
    /// `parallel.startupSeconds`
    pub startup: f64,
    /// `parallel.contextSeconds`
    pub context: f64,
    /// `parallel.mergeSeconds`
    pub merge: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 5,
            sessions: 8,
            worktrees: 15,
            worktree_path: "{repo}-{name}".to_owned(),
            branch_format: "parallel/{name}".to_owned(),
            timeout: Duration::from_mins(60),
            silence: Duration::from_mins(10),
            patience: Duration::from_secs(30),
            commit: true,
            agent: None,
            splitter: SplitterSetting::Auto,
            launcher: LauncherKind::Local,
            on_event: None,
            bell: false,
            strategy: Strategy::Merge,
            forge: None,
            forge_timeout: Duration::from_secs(30),
            setup: SetupSettings::default(),
            model: None,
            model_host: None,
            model_api: None,
            overheads: OverheadSettings {
                worktree: 8.0,
                startup: 5.0,
                context: 20.0,
                merge: 10.0,
            },
        }
    }
}

impl Settings {
    /// Reads the configuration that holds in this repository.
    pub fn read(repository: &Repository) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in repository.configuration("parallel")? {
            settings
                .set(&key, value.trim())
                .map_err(|expected| misunderstood(&key, &value, expected))?;
        }
        Ok(settings)
    }

    /// Takes over one value; the error says what was expected instead. Keys that this program does
    /// not know may be a newer one's: they are left alone.
    fn set(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "parallel.workers" => self.workers = at_least_one(value)?,
            "parallel.sessions" => self.sessions = at_least_one(value)?,
            "parallel.worktrees" => self.worktrees = at_least_one(value)?,
            "parallel.worktreepath" => self.worktree_path = with_name(value)?,
            "parallel.branchformat" => self.branch_format = with_name(value)?,
            "parallel.timeout" => self.timeout = duration::parse(value)?,
            "parallel.silence" => self.silence = duration::parse(value)?,
            "parallel.patience" => self.patience = duration::parse(value)?,
            "parallel.commit" => self.commit = auto_or_never(value)?,
            "parallel.agent" => self.agent = Some(name(value)?),
            "parallel.splitter" => self.splitter = splitter(value)?,
            "parallel.launcher" => self.launcher = value.parse()?,
            "parallel.onevent" => self.on_event = Some(value.to_owned()).filter(|v| !v.is_empty()),
            "parallel.bell" => self.bell = yes_or_no(value)?,
            "parallel.strategy" => self.strategy = value.parse()?,
            "parallel.forge" => self.forge = Some(forge(value)?),
            "parallel.forgetimeout" => self.forge_timeout = duration::parse(value)?,
            "parallel.model" => self.model = Some(value.to_owned()),
            "parallel.modelhost" => self.model_host = Some(value.to_owned()),
            "parallel.modelapi" => self.model_api = Some(value.to_ascii_lowercase()),
            "parallel.worktreeseconds" => self.overheads.worktree = seconds(value)?,
            "parallel.startupseconds" => self.overheads.startup = seconds(value)?,
            "parallel.contextseconds" => self.overheads.context = seconds(value)?,
            "parallel.mergeseconds" => self.overheads.merge = seconds(value)?,
            _ => {
                self.setup.set(key, value)?;
            }
        }
        Ok(())
    }
}

/// How new worktrees are made ready: what a user configures, and what a repository brings along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetupSettings {
    /// `parallel.setup`: lines for `sh -c`.
    pub run: Several,
    /// `parallel.copy`: pathspecs of ignored files to copy from the main worktree.
    pub copy: Several,
    /// `parallel.ports`: how many ports each worktree gets.
    pub ports: Option<u16>,
}

/// The values of a key that may be given several times; an empty one drops those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Several {
    pub values: Vec<String>,
    /// Those of whoever is read before are dropped, too.
    pub cleared: bool,
}

/// More would leave no room for others.
const MOST_PORTS: u16 = 1000;

impl SetupSettings {
    /// Takes over one value, and tells whether the key is one of these.
    pub fn set(&mut self, key: &str, value: &str) -> Result<bool, &'static str> {
        match key {
            "parallel.setup" => self.run.add(value),
            "parallel.copy" => self.copy.add(value),
            "parallel.ports" => {
                let number = value.parse().ok().filter(|number| *number <= MOST_PORTS);
                self.ports = Some(number.ok_or("a whole number up to 1000")?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The user's own on top of the team's: lists go on where the team's end, unless the user
    /// dropped those; a single value replaces.
    #[must_use]
    pub fn over(&self, team: &Self) -> Self {
        Self {
            run: self.run.over(&team.run),
            copy: self.copy.over(&team.copy),
            ports: self.ports.or(team.ports),
        }
    }
}

impl Several {
    fn add(&mut self, value: &str) {
        if value.is_empty() {
            self.values.clear();
            self.cleared = true;
        } else {
            self.values.push(value.to_owned());
        }
    }

    fn over(&self, team: &Self) -> Self {
        let kept: &[String] = if self.cleared { &[] } else { &team.values };
        Self {
            values: [kept, &self.values].concat(),
            cleared: self.cleared || team.cleared,
        }
    }
}

/// The agents that can be named in this repository: those that are known, and those in
/// `[parallelAgent "name"]`.
pub fn agents(repository: &Repository) -> Result<Agents> {
    Agents::read(&repository.configuration("parallelAgent")?)
        .map_err(|wrong| misunderstood(&wrong.key, &wrong.value, &wrong.expected))
}

fn at_least_one(value: &str) -> Result<usize, &'static str> {
    value
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or("a whole number from 1")
}

fn with_name(value: &str) -> Result<String, &'static str> {
    if value.contains("{name}") {
        Ok(value.to_owned())
    } else {
        Err("text with {name} in it, or all tasks would share one")
    }
}

/// As git reads it; a key without a value comes as an empty one, and means yes.
fn yes_or_no(value: &str) -> Result<bool, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("true or false"),
    }
}

fn auto_or_never(value: &str) -> Result<bool, &'static str> {
    match value {
        "auto" => Ok(true),
        "never" => Ok(false),
        _ => Err("auto or never"),
    }
}

fn splitter(value: &str) -> Result<SplitterSetting, &'static str> {
    clap::ValueEnum::from_str(value, true).map_err(|_| "auto, structure, agent or ollama")
}

fn forge(value: &str) -> Result<ForgeSetting, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "github" => Ok(ForgeSetting::Github),
        "gitlab" => Ok(ForgeSetting::Gitlab),
        "none" => Ok(ForgeSetting::None),
        _ => Err("github, gitlab or none"),
    }
}

fn name(value: &str) -> Result<String, &'static str> {
    if value.is_empty() {
        Err("the name of an agent")
    } else {
        Ok(value.to_owned())
    }
}

fn seconds(value: &str) -> Result<f64, &'static str> {
    value
        .parse()
        .ok()
        .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
        .ok_or("a number of seconds")
}

/// A value that makes no sense, in git's configuration.
fn misunderstood(key: &str, value: &str, expected: &str) -> Failure {
    Failure::usage(format!(
        "the git configuration {key} = '{value}' should be {expected}"
    ))
    .next(format!("git config --show-origin --get-all {key}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn a_value_that_makes_no_sense_is_never_taken() {
        let wrong = [
            ("parallel.workers", "0"),
            ("parallel.sessions", "many"),
            ("parallel.branchformat", "fixed"),
            ("parallel.commit", "yes"),
            ("parallel.forge", "sourcehut"),
            ("parallel.mergeseconds", "NaN"),
            ("parallel.strategy", "octopus"),
            ("parallel.splitter", "wizard"),
            ("parallel.ports", "1001"),
            ("parallel.launcher", "screen"),
            ("parallel.bell", "loud"),
        ];
        for (key, value) in wrong {
            let mut settings = Settings::default();
            assert!(settings.set(key, value).is_err(), "{key} = {value}");
            assert_eq!(settings, Settings::default());
        }
    }

    #[test]
    fn an_empty_value_drops_what_came_before_it_and_the_teams_too() {
        let read = |pairs: &[(&str, &str)]| {
            let mut settings = SetupSettings::default();
            for (key, value) in pairs {
                assert_eq!(settings.set(key, value), Ok(true));
            }
            settings
        };
        let team = read(&[
            ("parallel.setup", "a"),
            ("parallel.copy", ".env"),
            ("parallel.ports", "5"),
        ]);
        let own = read(&[("parallel.setup", "b"), ("parallel.ports", "0")]);
        let both = own.over(&team);
        assert_eq!(both.run.values, ["a", "b"]);
        assert_eq!(both.copy.values, [".env"]);
        assert_eq!(both.ports, Some(0));
        let own = read(&[
            ("parallel.setup", "x"),
            ("parallel.setup", ""),
            ("parallel.setup", "b"),
        ]);
        assert_eq!(own.over(&team).run.values, ["b"]);
    }

    #[test]
    fn what_a_newer_program_may_know_is_left_alone() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("parallel.novelty", "x"), Ok(()));
    }

    #[test]
    fn whatever_is_configured_is_refused_in_words_or_stands_in_bounds() {
        let sound: &[&[u8]] = &[
            b"workers=3",
            b"worktreepath=../{repo}-{name}",
            b"timeout=90m",
            b"commit=never",
            b"launcher=tmux",
            b"strategy=squash",
            b"forge=github",
            b"mergeseconds=2.5",
            b"ports=4",
            b"setup=make\nsetup=\ncopy=.env*",
        ];
        let sound: Vec<Vec<u8>> = sound.iter().map(|text| text.to_vec()).collect();
        fuzz::each_text(&sound, |text| {
            let mut settings = Settings::default();
            for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
                let before = settings.clone();
                match settings.set(&["parallel", key].join("."), value.trim()) {
                    Ok(()) => {}
                    Err(expected) => {
                        assert!(!expected.is_empty());
                        assert_eq!(settings, before, "{key}={value}");
                    }
                }
            }
            assert!(settings.workers > 0 && settings.sessions > 0 && settings.worktrees > 0);
            assert!(settings.branch_format.contains("{name}"));
            assert!(settings.setup.ports.is_none_or(|ports| ports <= MOST_PORTS));
            assert!(settings.overheads.merge >= 0.0 && settings.overheads.merge.is_finite());
        });
    }
}

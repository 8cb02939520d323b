//! What is looked at: paths of the current commit, or what a branch changed.

use crate::angles::{self, Ingredients, Target, strategy};
use crate::context::Context;
use crate::error::{Failure, Kind, Result, shell_word};
use crate::git::{Aside, Head, Pathspecs, Repository};
use crate::id::Oid;
use crate::llm::{Api, Client, Model};
use crate::settings::Settings;

use crate::commands::model_server::ServerArgs;

/// The flags of what is to be looked at, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct TargetArgs {
    /// What to look at (folders, files, pathspecs; or main...feature, what a branch changed), and last
    /// what to look for
    #[arg(value_name = "TARGET… QUESTION")]
    words: Vec<String>,
    /// Only these angles, by number or name
    #[arg(long, value_name = "ANGLE,…", value_delimiter = ',')]
    pub angles: Vec<String>,
    /// Software Quality, Feature Analysis, Implementation Review, or one of your own
    /// [default: by the words of the question]
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// A file with strategies, in the form of git's configuration
    #[arg(long, value_name = "FILE")]
    strategies: Option<std::path::PathBuf>,
    /// Tokens that the model takes at once [default: what it has loaded, or needs]
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u64).range(1024..))]
    context: Option<u64>,
    /// Requests at once [default: one an angle]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    at_once: Option<u64>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// What was understood of what was typed.
struct Asked {
    shown: String,
    commit: Oid,
    since: Option<Oid>,
    paths: Vec<String>,
    question: String,
}

impl TargetArgs {
    /// Whether anything was named.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// What was typed, for a command to paste.
    pub fn typed(&self) -> String {
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let angles = (!self.angles.is_empty()).then(|| self.angles.join(","));
        let strategies = self.strategies.as_ref();
        let strategies = strategies.map(|path| path.to_string_lossy().into_owned());
        let flags = [
            ("angles", angles),
            ("strategy", self.strategy.clone()),
            ("strategies", strategies),
            ("context", number(self.context)),
            ("at-once", number(self.at_once)),
        ];
        let flags = flags.into_iter().chain(self.server.typed());
        let flags = flags.filter_map(|(name, value)| {
            let value = value?;
            Some(format!("--{name} {}", shell_word(&value)))
        });
        let words = self.words.iter().map(|word| shell_word(word));
        flags.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The plan, and the client that it is for. Without a server that answers there is no model,
    /// which is a failure unless `anyway`.
    pub fn plan(
        &self,
        context: &Context,
        repository: &Repository,
        anyway: bool,
    ) -> Result<(angles::AnglesPlan, Client)> {
        let settings = Settings::read(repository)?;
        let mut asked = self.asked(repository)?;
        let (strategy, reason) = self.strategy(context, repository, &asked.question)?;
        let scope = self.scope(context, repository, &mut asked)?;
        let client = self.server.client(context, &settings)?;
        let model = match self.server.model(&client, &settings) {
            Err(failure) if anyway && failure.kind == Kind::Unable => {
                context
                    .screen
                    .warn(&format!("{failure}; planned for a model of usual size"));
                Model::default()
            }
            model => model?,
        };
        let plan = angles::plan(
            Ingredients {
                repository,
                target: asked.shown,
                question: asked.question,
                commit: asked.commit,
                strategy,
                reason,
                host: client.address().to_string(),
                api: spelled(client.api()).to_owned(),
                model,
                context: self.context,
                at_once: self.at_once.map(|number| number as usize),
            },
            scope,
        );
        Ok((plan?, client))
    }

    /// What of the commit is read.
    fn scope(
        &self,
        context: &Context,
        repository: &Repository,
        asked: &mut Asked,
    ) -> Result<angles::Scope> {
        // What means everything narrows nothing down.
        let root = repository.work_dir();
        let is_root =
            |path: &String| context.folder.join(path).canonicalize().ok().as_deref() == root;
        if asked.paths.iter().any(is_root) {
            asked.paths.clear();
        }
        let aside = match asked.since {
            Some(_) => Aside::default(),
            None => repository.aside(&context.folder, &asked.paths)?,
        };
        let mut within = match asked.paths.as_slice() {
            [] => None,
            paths => Some(Pathspecs::new(repository, &context.folder, paths)?),
        };
        let target = Target {
            commit: asked.commit,
            since: asked.since,
            within: within.as_mut(),
            aside,
        };
        let scope = angles::scope(repository, target)?;
        angles::insist(&scope, &asked.shown)?;
        Ok(scope)
    }

    fn asked(&self, repository: &Repository) -> Result<Asked> {
        let (question, targets) = match self.words.split_last() {
            Some((question, targets)) if !targets.is_empty() => (question, targets),
            _ => {
                let target = self.words.first().map_or(".", String::as_str);
                return Err(
                    Failure::usage("what to look at and what to look for are both needed").next(
                        format!(
                            "git parallel angles run {} 'WHAT TO LOOK FOR'",
                            shell_word(target)
                        ),
                    ),
                );
            }
        };
        if targets.iter().any(String::is_empty) {
            return Err(Failure::usage("an empty word is nothing to look at")
                .next("git parallel angles run . 'WHAT TO LOOK FOR'"));
        }
        let range = targets[0].split_once("...");
        let tip = |name: &str| {
            if name.is_empty() {
                "HEAD".to_owned()
            } else {
                name.to_owned()
            }
        };
        let (commit, since, paths) = match range {
            Some((base, feature)) => {
                let (base, commit) = (
                    repository.commit(&tip(base))?,
                    repository.commit(&tip(feature))?,
                );
                let fork = repository.merge_base(base, commit)?.ok_or_else(|| {
                    Failure::unable(format!("{} have no history in common", targets[0]))
                        .next("git log --graph --oneline --all")
                })?;
                (commit, Some(fork), &targets[1..])
            }
            None => (current(repository)?, None, targets),
        };
        Ok(Asked {
            shown: targets.join(" "),
            commit,
            since,
            paths: paths.to_vec(),
            question: question.trim().to_owned(),
        })
    }

    fn strategy(
        &self,
        context: &Context,
        repository: &Repository,
        question: &str,
    ) -> Result<(strategy::Strategy, String)> {
        let mut entries = match &self.strategies {
            Some(file) => {
                repository.configuration_file(&context.folder.join(file), "parallelAngles")?
            }
            None => Vec::new(),
        };
        entries.extend(repository.configuration("parallelAngles")?);
        let own = strategy::configured(&entries)?;
        let (mut chosen, reason) = match &self.strategy {
            Some(name) => (strategy::named(&own, name)?, "as asked".to_owned()),
            None => strategy::choose(&own, question),
        };
        strategy::pick(&mut chosen, &own, &self.angles)?;
        Ok((chosen, reason))
    }
}

fn spelled(api: Api) -> &'static str {
    match api {
        Api::Ollama => "ollama",
        Api::Openai => "openai",
    }
}

fn current(repository: &Repository) -> Result<Oid> {
    match repository.head()? {
        Head::Branch { commit, .. } | Head::Detached { commit } => Ok(commit),
        Head::Unborn { name } => Err(Failure::unable(format!(
            "the branch '{name}' has no commit yet, so there is nothing to look at"
        ))
        .next("git commit --allow-empty -m 'Start'")),
    }
}

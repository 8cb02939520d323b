//! Target, question and model in, plan out: angles, their files, their chunks.

use jiff::Timestamp;

use crate::error::Result;
use crate::git::{Pathspecs, RepoPath, Repository};
use crate::id::{AnglesId, Oid};
use crate::llm::Model;

use super::budget::Budget;
use super::chunk::chunks;
use super::model::{Angle, AnglesPlan, PLAN_VERSION};
use super::outline::Outline;
use super::scope::Scope;
use super::strategy::{LooksAt, Perspective, Strategy};

/// What a plan is made of.
#[derive(Debug)]
pub struct Ingredients<'a> {
    pub repository: &'a Repository,
    /// As typed.
    pub target: String,
    pub question: String,
    pub commit: Oid,
    pub strategy: Strategy,
    pub reason: String,
    pub host: String,
    pub api: String,
    pub model: Model,
    /// A context that was asked for.
    pub context: Option<u64>,
    /// Requests at once, where it was asked for.
    pub at_once: Option<usize>,
}

/// Makes the plan; its id is given when it is stored.
pub fn plan(ingredients: Ingredients<'_>, scope: Scope) -> Result<AnglesPlan> {
    let model = &ingredients.model;
    let budget = Budget::new(ingredients.context, model.loaded_context, model.context);
    let perspectives = &ingredients.strategy.perspectives;
    let angles = perspectives.iter().zip(1..).map(|(perspective, number)| {
        let files = files_of(ingredients.repository, perspective, &scope)?;
        Ok(Angle {
            number,
            name: perspective.name.clone(),
            focus: perspective.focus.clone(),
            chunks: chunks(&files, budget.chunk_bytes()),
        })
    });
    let angles = angles.collect::<Result<Vec<Angle>>>()?;
    Ok(AnglesPlan {
        version: PLAN_VERSION,
        id: AnglesId(0),
        created: Timestamp::now(),
        target: ingredients.target,
        question: ingredients.question,
        commit: ingredients.commit,
        strategy: ingredients.strategy.name,
        reason: ingredients.reason,
        host: ingredients.host,
        api: ingredients.api,
        digest: ingredients.model.digest,
        model: ingredients.model.name,
        budget,
        at_once: ingredients.at_once.unwrap_or(angles.len()).max(1),
        files: scope.files.into_iter().map(|found| found.file).collect(),
        angles,
        left_out: scope.left_out,
    })
}

/// The files that a perspective reads; all of them, where none is of a kind that it looks at.
fn files_of<'a>(
    repository: &Repository,
    perspective: &Perspective,
    scope: &'a Scope,
) -> Result<Vec<(usize, &'a Outline)>> {
    let all = || scope.files.iter().enumerate();
    let chosen: Vec<_> = match &perspective.looks_at {
        LooksAt::Kinds(kinds) => all()
            .filter(|(_, found)| kinds.contains(&found.kind))
            .collect(),
        LooksAt::Paths(paths) if paths.is_empty() => Vec::new(),
        LooksAt::Paths(paths) => {
            let root = repository.work_dir().unwrap_or(repository.git_dir());
            let mut pathspecs = Pathspecs::new(repository, root, paths)?;
            all()
                .filter(|(_, found)| pathspecs.mean(&RepoPath::from(found.file.path.as_str())))
                .collect()
        }
    };
    let chosen = match chosen.is_empty() {
        true => all().collect(),
        false => chosen,
    };
    Ok(chosen
        .into_iter()
        .map(|(at, found)| (at, &found.outline))
        .collect())
}

/// Picks the model to work with: the one that was asked for, else of those that answer in words the
/// one with the most useful context, the largest among equals.
pub fn pick_model(
    models: &[Model],
    wanted: Option<&str>,
) -> std::result::Result<Model, Vec<String>> {
    let names = || {
        models
            .iter()
            .map(|model| model.name.clone())
            .collect::<Vec<_>>()
    };
    if let Some(wanted) = wanted {
        let is = |model: &&Model| {
            model.name == wanted || model.name.strip_suffix(":latest") == Some(wanted)
        };
        return models.iter().find(is).cloned().ok_or_else(names);
    }
    // More than this is not used.
    let useful = |model: &Model| model.context.unwrap_or(0).min(24_576);
    let chats = models.iter().filter(|model| model.chats);
    let best = chats.max_by(|a, b| {
        let by_use = useful(a).cmp(&useful(b)).then(a.size.cmp(&b.size));
        by_use.then_with(|| b.name.cmp(&a.name))
    });
    best.cloned().ok_or_else(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, context: u64, size: u64, chats: bool) -> Model {
        Model {
            name: name.to_owned(),
            context: Some(context),
            size,
            chats,
            ..Model::default()
        }
    }

    #[test]
    fn the_model_is_picked_by_what_it_can_do() {
        let models = || {
            vec![
                model("embed", 100_000, 9, false),
                model("tiny", 4096, 8, true),
                model("good:latest", 32_768, 5, true),
                model("vast", 1_000_000, 4, true),
            ]
        };
        assert_eq!(pick_model(&models(), None).unwrap().name, "good:latest");
        assert_eq!(
            pick_model(&models(), Some("good")).unwrap().name,
            "good:latest"
        );
        assert_eq!(pick_model(&models(), Some("best")).unwrap_err().len(), 4);
        assert!(pick_model(&[model("embed", 1, 1, false)], None).is_err());
    }
}

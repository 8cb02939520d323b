//! The files that a goal is probably about, as a plan needs them: what is for whom to change.

use std::collections::{HashMap, HashSet};

use crate::survey::{FIRST_FILES, FileKind, Forecast, LIKELY, Survey, is_guess};

use super::files::{can_be_named, without_position};
use super::model::{GoalScope, ScopeFile, Splitter};

/// What a file that is no program keeps of its likelihood, such as an image or a list of addresses.
const ASIDE: f64 = 0.1;

/// Who keeps less than this is put aside, and not relied on, such as a readme that has every word.
const PUT_ASIDE: f64 = 0.5;

/// A name that more files have than this says of none that it is meant.
const MOST_OF_A_NAME: usize = 3;

/// A file that a goal may be about.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopedFile {
    pub path: String,
    /// How likely the forecast has it, less for kinds of files that the goal does not speak of.
    pub score: f64,
    /// As the forecast has it, unless the file was put aside.
    relied_on: f64,
    /// Whether it stands close to the best.
    pub likely: bool,
    pub kind: FileKind,
    /// Its position in the survey.
    pub at: u32,
    /// Lines that are not blank.
    pub lines: u64,
    /// Position of its module in the survey.
    pub module: Option<usize>,
}

/// What a goal, or a part of one, is probably about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scoped {
    /// The likeliest first.
    pub files: Vec<ScopedFile>,
    /// The share of what is meant that is expected among the first five: 0 to 1.
    pub confidence: f64,
    pub guess: bool,
}

impl Scoped {
    /// The files of a forecast that somebody would change for this goal.
    pub fn of(goal: &str, forecast: &Forecast, survey: &Survey) -> Self {
        let places: HashMap<&str, u32> = (0..)
            .zip(&survey.files)
            .map(|(at, file)| (file.path.as_str(), at))
            .collect();
        let named = named(goal, forecast);
        let known = forecast.files.iter().filter_map(|candidate| {
            let at = *places.get(candidate.path.as_str())?;
            let file = &survey.files[at as usize];
            let weight = match file.kind {
                _ if !can_be_named(&file.path) => 0.0,
                _ if named.contains(candidate.path.as_str()) => 1.0,
                FileKind::Source if !file.is_work() => ASIDE,
                kind => weight(kind, goal),
            };
            (weight > 0.0).then(|| ScopedFile {
                path: file.path.clone(),
                score: f64::from(candidate.score) * weight,
                relied_on: match weight < PUT_ASIDE {
                    true => f64::from(candidate.score) * weight,
                    false => f64::from(candidate.score),
                },
                likely: false,
                kind: file.kind,
                at,
                lines: file.weight(),
                module: survey.modules.iter().position(|m| m.files.contains(&at)),
            })
        });
        let mut files: Vec<ScopedFile> = known.collect();
        let is_named = |file: &ScopedFile| named.contains(file.path.as_str());
        files.sort_by(|a, b| {
            let first = is_named(b).cmp(&is_named(a));
            first.then(b.score.total_cmp(&a.score))
        });
        let best = files.first().map_or(0.0, |file| file.score);
        // Who names files means these.
        let names_any = files.first().is_some_and(is_named);
        for file in &mut files {
            file.likely = match names_any {
                true => is_named(file),
                false => file.score >= LIKELY * best,
            };
        }
        let first = files.iter().take(FIRST_FILES);
        let confidence: f64 = first.map(|file| file.relied_on).sum();
        Self {
            files,
            confidence,
            guess: !names_any && is_guess(confidence as f32),
        }
    }

    /// What several parts of a goal are about: each file once, with its best score; no surer than
    /// the least sure of them.
    pub fn together(parts: &[Self]) -> Self {
        let mut files: Vec<ScopedFile> = parts.iter().flat_map(|part| part.files.clone()).collect();
        files.sort_by(|a, b| b.likely.cmp(&a.likely).then(b.score.total_cmp(&a.score)));
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(file.at));
        let confidence = parts.iter().map(|part| part.confidence);
        Self {
            files,
            confidence: confidence.reduce(f64::min).unwrap_or(0.0),
            guess: parts.iter().any(|part| part.guess),
        }
    }

    /// Seconds of work that so many likely files stand for, in the sizes that are published with
    /// the cost rule: one file is small, up to five medium, up to twelve large.
    pub fn seconds(&self) -> f64 {
        let minutes = match self.likely().count() {
            0 | 1 => 5.0,
            2..=5 => 20.0,
            6..=12 => 60.0,
            _ => 180.0,
        };
        minutes * 60.0
    }

    pub fn likely(&self) -> impl Iterator<Item = &ScopedFile> {
        self.files.iter().filter(|file| file.likely)
    }

    /// As it is told and stored; with the agent or model that was asked, if any.
    pub fn told(&self, splitter: Splitter, model: Option<String>) -> GoalScope {
        let rounded = |number: f64| (number * 1000.0).round() / 1000.0;
        let file = |file: &ScopedFile| ScopeFile {
            path: file.path.clone(),
            score: rounded(file.score),
            likely: file.likely,
        };
        GoalScope {
            splitter,
            model,
            confidence: rounded(self.confidence),
            guess: self.guess,
            files: self.files.iter().map(file).collect(),
        }
    }
}

/// The files of a forecast that the goal names: by a path or a file's name that no crowd shares.
fn named<'a>(goal: &str, forecast: &'a Forecast) -> HashSet<&'a str> {
    let words = goal.split(|c: char| c.is_whitespace() || "`'\"()[]{}<>,;".contains(c));
    let words = words.map(|word| without_position(word.trim_end_matches(['.', ':', '!', '?'])));
    let said: HashSet<&str> = words.filter(|word| word.contains(['.', '/'])).collect();
    let mut by_name: HashMap<&str, Vec<&'a str>> = HashMap::new();
    for candidate in &forecast.files {
        if let Some(name) = ends(&candidate.path).find(|end| said.contains(end)) {
            by_name.entry(name).or_default().push(&candidate.path);
        }
    }
    for (name, paths) in &mut by_name {
        // A whole path means that file, not one elsewhere that ends alike.
        if paths.contains(name) {
            paths.retain(|path| path == name);
        }
    }
    by_name.retain(|_, paths| paths.len() <= MOST_OF_A_NAME);
    by_name.into_values().flatten().collect()
}

/// A path, and all that is left of it behind each of its folders.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.split_once('/').map(|(_, end)| end))
}

/// What of its likelihood a file keeps: what nobody edits by hand nothing, and words and settings
/// little unless the goal speaks of them.
fn weight(kind: FileKind, goal: &str) -> f64 {
    let speaks = |words: &[&str]| {
        let goal = goal.to_lowercase();
        let mut spoken = goal.split(|c: char| !c.is_alphanumeric());
        spoken.any(|word| words.contains(&word))
    };
    match kind {
        FileKind::Source | FileKind::Migration => 1.0,
        FileKind::Test if speaks(&["test", "tests", "testing", "coverage", "spec"]) => 1.5,
        FileKind::Test => 0.5,
        FileKind::Docs
            if speaks(&[
                "doc",
                "docs",
                "document",
                "documentation",
                "readme",
                "manual",
                "guide",
                "book",
                "changelog",
                "tutorial",
                "typo",
            ]) =>
        {
            1.5
        }
        FileKind::Docs => 0.15,
        FileKind::Configuration
            if speaks(&[
                "ci",
                "build",
                "config",
                "configuration",
                "dependency",
                "dependencies",
                "deploy",
                "docker",
                "workflow",
                "workflows",
                "settings",
                "manifest",
                "release",
            ]) =>
        {
            1.0
        }
        FileKind::Configuration => 0.2,
        FileKind::Lock | FileKind::Generated | FileKind::Vendored => 0.0,
    }
}

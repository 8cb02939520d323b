//! From which perspectives a question is looked at: by its words, or as the user says.
//!
//! The three built-in strategies and the words that choose them are the ones that the angle mode
//! began with; words are matched whole, so that "comprehensive" is not about requirements ("pr").

use crate::error::{Failure, Result};
use crate::survey::FileKind;

/// More perspectives than this do not help.
pub const MOST_ANGLES: usize = 4;

/// A set of perspectives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    pub name: String,
    /// Whole words, in lower case, that choose it.
    pub words: Vec<String>,
    pub perspectives: Vec<Perspective>,
}

/// One way to look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perspective {
    pub name: String,
    /// What it looks for.
    pub focus: String,
    pub looks_at: LooksAt,
}

/// Which files of the target a perspective reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LooksAt {
    /// What is of these kinds; everything, where nothing is.
    Kinds(Vec<FileKind>),
    /// What these pathspecs mean, relative to the root; nothing named is everything.
    Paths(Vec<String>),
}

use FileKind::{Configuration, Docs, Migration, Source, Test};

type BuiltIn = (
    &'static str,
    &'static [&'static str],
    [(&'static str, &'static str, &'static [FileKind]); 4],
);

const BUILT_IN: [BuiltIn; 3] = [
    (
        "Feature Analysis",
        &[
            "feature",
            "features",
            "pr",
            "pull request",
            "implementation",
        ],
        [
            (
                "Requirements",
                "what is asked for and what is there, gaps, wrong assumptions",
                &[Source, Docs],
            ),
            (
                "User Experience",
                "what users meet: interfaces, messages, defaults, failures",
                &[Source, Docs],
            ),
            (
                "Integration",
                "how it fits with the rest: interfaces, data, migrations, compatibility",
                &[Source, Configuration, Migration],
            ),
            (
                "Edge Cases",
                "bounds, bad input, concurrency, failure and recovery",
                &[Source, Test],
            ),
        ],
    ),
    (
        "Implementation Review",
        &[
            "test",
            "tests",
            "testing",
            "coverage",
            "documentation",
            "docs",
        ],
        [
            (
                "Correctness",
                "wrong results, broken logic, unhandled errors",
                &[Source, Migration],
            ),
            (
                "Testing",
                "what is not tested, tests that cannot fail, brittle tests",
                &[Source, Test],
            ),
            (
                "Documentation",
                "what is undocumented, wrong or out of date",
                &[Source, Docs],
            ),
            (
                "Dependencies",
                "what it stands on: needless, outdated, badly bounded",
                &[Source, Configuration],
            ),
        ],
    ),
    (
        "Software Quality",
        &[],
        [
            (
                "Security",
                "vulnerabilities, attack vectors, security patterns",
                &[Source, Configuration, Migration],
            ),
            (
                "Architecture",
                "design patterns, modularity, coupling, scalability",
                &[Source, Configuration],
            ),
            (
                "Performance",
                "bottlenecks, efficiency, resource usage",
                &[Source, Migration],
            ),
            (
                "Code Quality",
                "maintainability, readability, best practices",
                &[Source, Test],
            ),
        ],
    ),
];

/// Those that come with the program; the last one is for every question.
pub fn built_in() -> Vec<Strategy> {
    let perspective = |(name, focus, kinds): &(&str, &str, &[FileKind])| Perspective {
        name: (*name).to_owned(),
        focus: (*focus).to_owned(),
        looks_at: LooksAt::Kinds(kinds.to_vec()),
    };
    BUILT_IN
        .iter()
        .map(|(name, words, perspectives)| Strategy {
            name: (*name).to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            perspectives: perspectives.iter().map(perspective).collect(),
        })
        .collect()
}

/// Reads the user's own out of git's configuration, which has the form of git's own files too:
///
/// ```text
/// [parallelAngles "Release"]
///     words = release, ship
///     angle = Upgrade: what breaks for who upgrades
///     paths = Upgrade: src migrations
/// ```
pub fn configured(entries: &[(String, String)]) -> Result<Vec<Strategy>> {
    let mut found: Vec<Strategy> = Vec::new();
    for (key, value) in entries {
        let inside = key.strip_prefix("parallelangles.");
        let Some((name, variable)) = inside.and_then(|inside| inside.rsplit_once('.')) else {
            continue;
        };
        let at = match found.iter().position(|strategy| strategy.name == name) {
            Some(at) => at,
            None => {
                found.push(Strategy {
                    name: name.to_owned(),
                    words: Vec::new(),
                    perspectives: Vec::new(),
                });
                found.len() - 1
            }
        };
        take(&mut found[at], variable, value).map_err(|expected| {
            Failure::usage(format!("{key} = '{value}' should be {expected}"))
                .next(format!("git config --show-origin --get-all '{key}'"))
        })?;
    }
    match found.iter().find(|strategy| !is_sound(strategy)) {
        Some(strategy) => Err(Failure::usage(format!(
            "the strategy '{}' has {} angles, and should have 1 to {MOST_ANGLES}",
            strategy.name,
            strategy.perspectives.len()
        ))
        .next("git config --show-origin --get-regexp '^parallelangles'")),
        None => Ok(found),
    }
}

fn is_sound(strategy: &Strategy) -> bool {
    (1..=MOST_ANGLES).contains(&strategy.perspectives.len())
}

fn take(strategy: &mut Strategy, variable: &str, value: &str) -> Result<(), &'static str> {
    let named = || {
        let (name, rest) = value.split_once(':')?;
        let (name, rest) = (name.trim(), rest.trim());
        (!name.is_empty() && !rest.is_empty()).then(|| (name.to_owned(), rest.to_owned()))
    };
    match variable {
        "words" => {
            let words = value.split(',').map(|word| word.trim().to_lowercase());
            strategy.words.extend(words.filter(|word| !word.is_empty()));
        }
        "angle" => {
            let (name, focus) = named().ok_or("NAME: WHAT IT LOOKS FOR")?;
            strategy.perspectives.push(Perspective {
                name,
                focus,
                looks_at: LooksAt::Paths(Vec::new()),
            });
        }
        "paths" => {
            let (name, paths) = named().ok_or("NAME: PATHSPEC…")?;
            let known = strategy
                .perspectives
                .iter_mut()
                .find(|one| one.name == name);
            let known = known.ok_or("about an angle that was named before")?;
            let paths = paths.split_whitespace().map(ToOwned::to_owned);
            known.looks_at = LooksAt::Paths(paths.collect());
        }
        _ => {}
    }
    Ok(())
}

/// Chooses for a question: the first strategy one of whose words is in it, the user's own first.
/// With the reason.
pub fn choose(own: &[Strategy], question: &str) -> (Strategy, String) {
    let built_in = built_in();
    let asked = words(question);
    for strategy in own.iter().chain(&built_in) {
        let found = strategy
            .words
            .iter()
            .find(|word| contains(&asked, &words(word)));
        if let Some(word) = found {
            return (strategy.clone(), format!("the question says '{word}'"));
        }
    }
    let usual = built_in.last().cloned().unwrap_or_else(|| own[0].clone());
    (
        usual,
        "no word of the question calls for another".to_owned(),
    )
}

/// The strategy of a name, in any case, or of its beginning.
pub fn named(own: &[Strategy], name: &str) -> Result<Strategy> {
    let all: Vec<Strategy> = own.iter().cloned().chain(built_in()).collect();
    let wanted = name.to_lowercase();
    let is = |strategy: &&Strategy| strategy.name.to_lowercase() == wanted;
    let begins = |strategy: &&Strategy| strategy.name.to_lowercase().starts_with(&wanted);
    let found = all.iter().find(is).or_else(|| all.iter().find(begins));
    found.cloned().ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|strategy| strategy.name.as_str()).collect();
        Failure::usage(format!(
            "there is no strategy '{name}', only {}",
            known.join(", ")
        ))
        .next(format!(
            "git parallel angles plan --strategy '{}' . 'WHAT TO LOOK FOR'",
            known[0]
        ))
    })
}

/// Only these angles of a strategy, by number or by name; an angle of another strategy may be named
/// too.
pub fn pick(strategy: &mut Strategy, own: &[Strategy], wanted: &[String]) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let elsewhere: Vec<Strategy> = own.iter().cloned().chain(built_in()).collect();
    let mut picked: Vec<Perspective> = Vec::new();
    for one in wanted {
        let number = one
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let known = strategy.perspectives.iter();
        let mut all = known.chain(elsewhere.iter().flat_map(|strategy| &strategy.perspectives));
        let found = match number {
            Some(number) => strategy.perspectives.get(number),
            None => {
                all.find(|perspective| perspective.name.to_lowercase() == one.trim().to_lowercase())
            }
        };
        let found = found.ok_or_else(|| no_such(one, strategy))?;
        if !picked.contains(found) {
            picked.push(found.clone());
        }
    }
    if picked.len() > MOST_ANGLES {
        return Err(Failure::usage(format!(
            "{} angles are too many: {MOST_ANGLES} at most",
            picked.len()
        ))
        .next("git parallel angles plan --help"));
    }
    strategy.perspectives = picked;
    Ok(())
}

fn no_such(wanted: &str, strategy: &Strategy) -> Failure {
    let names = strategy.perspectives.iter().enumerate();
    let names: Vec<String> = names
        .map(|(at, one)| format!("{} {}", at + 1, one.name))
        .collect();
    Failure::usage(format!(
        "'{wanted}' is no angle of {}: {}",
        strategy.name,
        names.join(", ")
    ))
    .next(format!(
        "git parallel angles plan --angles '{}' . 'WHAT TO LOOK FOR'",
        strategy.perspectives[0].name
    ))
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn contains(words: &[String], run: &[String]) -> bool {
    !run.is_empty() && words.windows(run.len()).any(|window| window == run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_choose() {
        let cases = [
            ("Comprehensive analysis for security", "Software Quality"),
            ("review this PR", "Feature Analysis"),
            ("look at the pull\nrequest", "Feature Analysis"),
            ("pull the request apart", "Software Quality"),
            ("what is the attestation good for", "Software Quality"),
            ("how good are the tests?", "Implementation Review"),
            ("the feature and its tests", "Feature Analysis"),
            ("", "Software Quality"),
        ];
        for (question, strategy) in cases {
            assert_eq!(choose(&[], question).0.name, strategy, "{question}");
        }
    }

    fn entries(lines: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(key, value): &(&str, &str)| {
            (format!("parallelangles.Release.{key}"), (*value).to_owned())
        };
        lines.iter().map(own).collect()
    }

    #[test]
    fn the_users_own_come_first() {
        let own = configured(&entries(&[
            ("words", "Ship, go live"),
            ("angle", "Upgrade: what breaks"),
            ("paths", "Upgrade: src migrations"),
            ("novelty", "x"),
        ]))
        .unwrap();
        let (strategy, reason) = choose(&own, "May this feature GO LIVE?");
        assert_eq!(
            (strategy.name.as_str(), reason.as_str()),
            ("Release", "the question says 'go live'")
        );
        let paths = vec!["src".to_owned(), "migrations".to_owned()];
        assert_eq!(strategy.perspectives[0].looks_at, LooksAt::Paths(paths));
    }

    #[test]
    fn a_strategy_that_makes_no_sense_is_refused() {
        let wrong: [&[(&str, &str)]; 4] = [
            &[("words", "x")],
            &[("angle", "no focus")],
            &[("angle", "A: a"), ("paths", "B: src")],
            &[("angle", "A: a"); 5],
        ];
        for lines in wrong {
            assert!(configured(&entries(lines)).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn angles_are_picked_by_number_and_by_name() {
        let picked = |wanted: &[&str]| {
            let mut strategy = named(&[], "software").unwrap();
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            pick(&mut strategy, &[], &wanted).map(|()| {
                let names = strategy.perspectives.iter().map(|one| one.name.clone());
                names.collect::<Vec<_>>()
            })
        };
        assert_eq!(
            picked(&["3", "security", "3"]).unwrap(),
            ["Performance", "Security"]
        );
        assert_eq!(picked(&["edge cases"]).unwrap(), ["Edge Cases"]);
        assert!(picked(&["5"]).is_err() && picked(&["beauty"]).is_err());
    }
}

//! What should come before a goal is divided, by the kind of work that its words speak of (as
//! published with the cost rule: "Integration with Other Agents").

/// Words of a goal, and what to do first.
const FLOWS: &[(&[&str], &str)] = &[
    (
        &[
            "debug",
            "bug",
            "bugs",
            "crash",
            "crashes",
            "investigate",
            "hang",
            "leak",
            "flaky",
        ],
        "debugging: find the root cause first (root-cause-analyst), then divide the fixes",
    ),
    (
        &["coverage", "tests"],
        "test coverage: find the gaps first, then divide the writing by module",
    ),
    (
        &[
            "refactor",
            "refactoring",
            "rewrite",
            "restructure",
            "redesign",
            "rearrange",
        ],
        "refactoring: have it analysed first (refactoring-expert), then divide by module",
    ),
    (
        &["feature", "implement", "introduce", "build"],
        "a new feature: settle the requirements first (requirements-analyst), then divide by component",
    ),
];

/// What should come first for this goal, in a line.
pub fn first(goal: &str) -> Option<&'static str> {
    let goal = goal.to_lowercase();
    let words: Vec<&str> = goal.split(|c: char| !c.is_alphanumeric()).collect();
    let flow = FLOWS
        .iter()
        .find(|(kind, _)| kind.iter().any(|word| words.contains(word)));
    flow.map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_work_decides_what_comes_first() {
        let cases = [
            ("Fix the crash on start and the refactor", Some("debugging")),
            ("Refactor the auth layer", Some("refactoring")),
            ("Raise test coverage", Some("test coverage")),
            ("Implement sign-in", Some("a new feature")),
            ("Update the colours", None),
        ];
        for (goal, kind) in cases {
            let told = first(goal).map(|advice| advice.split(':').next().unwrap());
            assert_eq!(told, kind, "{goal}");
        }
    }
}

//! A draft in, a plan out: names, priorities, dependencies, waves, overlaps, estimate, cost.

use std::collections::{HashMap, HashSet};

use crate::id::TaskId;

use super::base_files::{missing, settle_creators, settle_existing};
use super::cost::Bounds;
use super::dependencies::{
    Graph, arrows, implied_by_creation, p0_first, raise_what_p0_needs, waves,
};
use super::draft::{Draft, Mistake, TaskDraft};
use super::estimate::{estimate, longest_chain, overheads};
use super::judge::{advice_on, judge};
use super::model::{Implied, Plan, PlanKind, Priority, Problem, Task};
use super::name::names;
use super::options::PlanOptions;
use super::overlap::{crowded, highest, implied_sequence, overlaps};
use super::priority::guess;
use super::schedule::schedule;
use super::validate::{ValidPlan, validate};

/// Makes a plan of a draft; or says what makes that impossible, such as a cycle.
pub fn assemble(draft: Draft, options: PlanOptions) -> Result<ValidPlan, Vec<Mistake>> {
    let lines: Vec<(TaskId, usize)> = draft.tasks.iter().map(|t| (t.id, t.line)).collect();
    let mistake = |wrong: Problem| {
        let known = lines.iter().find(|(id, _)| Some(*id) == wrong.task);
        Mistake::new(known.map_or(1, |(_, line)| *line), wrong.to_string())
    };
    let goal = draft.goal;
    let (mut tasks, mut problems) = tasks(draft.tasks, options.kind);
    problems.extend(options.notes.iter().cloned());
    problems.extend(settle_existing(&mut tasks, &options.present));
    let implied = match options.kind {
        // Takes on one goal are meant to be alike.
        PlanKind::Variants => Vec::new(),
        PlanKind::Split | PlanKind::Tasks => connect(&mut tasks, &options.present, &mut problems)
            .map_err(|cycle| vec![mistake(cycle)])?,
    };
    problems.extend(missing(&tasks, &options.present));
    validate(complete(goal, tasks, implied, problems, options))
        .map_err(|wrong| wrong.into_iter().map(mistake).collect())
}

fn tasks(drafts: Vec<TaskDraft>, kind: PlanKind) -> (Vec<Task>, Vec<Problem>) {
    let names = names(drafts.iter().map(|draft| (draft.id, draft.called())));
    let mut problems = Vec::new();
    let silent = drafts.iter().filter(|draft| draft.files.is_empty()).count();
    if silent > 0 && drafts.len() > 1 && kind != PlanKind::Variants {
        problems.push(Problem {
            code: "no-files".to_owned(),
            message: format!(
                "no files are declared for {silent} of {} tasks: who gets in whose way cannot be foreseen there",
                drafts.len()
            ),
            task: None,
        });
    }
    let tasks = drafts.into_iter().zip(names);
    let tasks = tasks
        .map(|(draft, name)| task(draft, name, &mut problems))
        .collect();
    (tasks, problems)
}

fn task(draft: TaskDraft, name: String, problems: &mut Vec<Problem>) -> Task {
    let guessed = guess(&draft.title).filter(|_| draft.priority.is_none());
    if let Some((Priority::P0, word)) = guessed {
        let what = format!(
            "it is P0, which holds all others up, by the word '{word}' in its title; say otherwise with **Priority**: P1"
        );
        problems.push(Problem::of(draft.id, "p0-by-title", what));
    }
    let guessed = guessed.map(|(priority, _)| priority);
    Task {
        id: draft.id,
        name,
        priority: draft.priority.or(guessed).unwrap_or(Priority::P2),
        title: draft.title,
        prompt: draft.prompt,
        files: draft.files,
        foreseen: draft.foreseen,
        depends: draft.depends,
        optional: draft.optional,
        document: draft.document,
        timeout_seconds: draft.timeout_seconds,
        success: draft.success,
        role: None,
        estimate_seconds: draft.estimate_seconds,
    }
}

/// Adds the dependencies that follow from the files, and returns them; or a cycle.
fn connect(
    tasks: &mut [Task],
    present: &HashSet<String>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Implied>, Problem> {
    // What is written is judged first, so that a cycle there is told by itself.
    extend(tasks, &[])?;
    let mut implied = implied_by_creation(tasks);
    let order = extend(tasks, &implied)?;
    for (task, by) in raise_what_p0_needs(tasks) {
        let what = format!("it is P0 too, since {by}, which is P0, depends on it");
        problems.push(Problem::of(task, "raised-to-p0", what));
    }
    // From here on P0 goes first, so that nothing makes it wait for less urgent work.
    let order = p0_first(tasks, order);
    settle_creators(tasks, &order, present);
    implied.extend(implied_by_creation(tasks));
    let order = extend(tasks, &implied)?;
    let order = p0_first(tasks, order);
    let sequence = implied_sequence(tasks, &order);
    extend(tasks, &sequence)?;
    implied.extend(sequence);
    Ok(implied)
}

/// Writes dependencies into the tasks, each once, and returns the order that they leave; or the
/// cycle that they close.
fn extend(tasks: &mut [Task], implied: &[Implied]) -> Result<Vec<usize>, Problem> {
    let mut more: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for Implied { task, on, .. } in implied {
        more.entry(*task).or_default().push(*on);
    }
    for task in tasks.iter_mut() {
        for on in more.remove(&task.id).into_iter().flatten() {
            if !task.depends.contains(&on) {
                task.depends.push(on);
            }
        }
    }
    let order = Graph::of(tasks).order();
    order.map_err(|cycle| told_cycle(tasks, &cycle, implied))
}

/// The cycle in full, with the reasons for those of its arrows that nobody wrote down.
fn told_cycle(tasks: &[Task], cycle: &[usize], implied: &[Implied]) -> Problem {
    let in_cycle = |implied: &&Implied| {
        let mut arrows = cycle
            .windows(2)
            .map(|pair| (tasks[pair[0]].id, tasks[pair[1]].id));
        arrows.any(|arrow| arrow == (implied.on, implied.task))
    };
    let reasons: Vec<&str> = implied
        .iter()
        .filter(in_cycle)
        .map(|implied| implied.reason.as_str())
        .collect();
    let mut what = format!("the tasks wait for each other: {}", arrows(tasks, cycle));
    if !reasons.is_empty() {
        what = format!("{what} ({})", reasons.join("; "));
    }
    Problem::of(tasks[cycle[0]].id, "cycle", what)
}

fn complete(
    goal: String,
    tasks: Vec<Task>,
    implied: Vec<Implied>,
    mut problems: Vec<Problem>,
    options: PlanOptions,
) -> Plan {
    // There is no cycle any more, so there is an order.
    let order = Graph::of(&tasks).order().unwrap_or_default();
    let waves = waves(&tasks, &order);
    let (estimate, lengths) = estimate(&tasks, &options);
    let bounds = Bounds {
        structure: waves.iter().map(Vec::len).max().unwrap_or(0),
        sessions: options.sessions,
        asked: options.splits,
    };
    let overheads = overheads(options.overheads, &estimate);
    let mut scheduled = schedule(&tasks, &order, &lengths, &overheads, options.sessions);
    let rule = (&overheads, bounds);
    let advice = judge(&options, &estimate, rule, tasks.len(), &scheduled);
    scheduled.decides = advice.by_schedule;
    if options.kind == PlanKind::Split {
        problems.extend(advice_on(&goal, tasks.len(), advice.worth));
    }
    let overlaps = match options.kind {
        PlanKind::Variants => Vec::new(),
        PlanKind::Split | PlanKind::Tasks => {
            problems.extend(crowded(&tasks));
            overlaps(&tasks)
        }
    };
    Plan {
        version: 1,
        id: options.id,
        kind: options.kind,
        goal,
        base: options.base,
        target: options.target,
        created: options.created,
        estimate,
        overheads,
        schedule: Some(scheduled),
        longest_chain_seconds: longest_chain(&tasks, &order, &lengths),
        cost: advice.cost,
        recommended: advice.recommended,
        fastest: advice.fastest,
        break_even: advice.break_even,
        worth: advice.worth,
        reason: advice.reason,
        risk: highest(&overlaps),
        strategy: options.strategy,
        tasks,
        implied,
        overlaps,
        waves,
        problems,
        scope: options.scope,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::model::EstimateSource;
    use crate::plan::task_file::parse;
    use crate::plan::testing::options;

    fn planned(text: &str) -> Result<ValidPlan, Vec<Mistake>> {
        assemble(parse(text, "").unwrap(), options())
    }

    fn codes(plan: &Plan) -> Vec<&str> {
        plan.problems
            .iter()
            .map(|problem| problem.code.as_str())
            .collect()
    }

    #[test]
    fn a_cycle_is_named_in_full_with_the_line_of_its_first_task() {
        let text = "### T1: A\nDepends: T2\n### T2: B\nDepends: T3\n### T3: C\nDepends: T1\n";
        let mistakes = planned(text).unwrap_err();
        assert_eq!(mistakes[0].line, 1);
        let what = "T001: the tasks wait for each other: T001 → T003 → T002 → T001";
        assert_eq!(mistakes[0].what, what);
    }

    #[test]
    fn a_cycle_that_the_files_close_says_which_files() {
        let text = "\n### T1: A\nFiles: a (new)\nDepends: T2\n### T2: B\nFiles: a\n";
        let mistakes = planned(text).unwrap_err();
        assert_eq!(mistakes[0].line, 2);
        assert!(
            mistakes[0]
                .what
                .ends_with("T001 → T002 → T001 (T001 creates a, which T002 modifies)"),
            "{mistakes:?}"
        );
    }

    #[test]
    fn what_follows_from_the_files_is_a_dependency_with_its_reason() {
        let text = "### T1: A\nFiles: a (new), Cargo.lock\n### T2: B\nFiles: a, Cargo.lock\n";
        let plan = planned(text).unwrap();
        assert_eq!(plan.tasks[1].depends, [TaskId(1)]);
        assert_eq!(
            plan.implied.len(),
            1,
            "the lock file asks for the same once more"
        );
        assert_eq!(
            plan.implied[0].reason,
            "T001 creates a, which T002 modifies"
        );
        assert_eq!(plan.draft().tasks[1].depends, []);
    }

    #[test]
    fn estimates_come_from_the_tasks_where_most_say() {
        let cases = [
            (
                "Estimate: 10m",
                "Estimate: 20m",
                "",
                2700.0,
                EstimateSource::Tasks,
            ),
            ("Estimate: 10m", "", "", 3000.0, EstimateSource::Default),
            ("", "", "", 3600.0, EstimateSource::Default),
        ];
        for (a, b, c, seconds, source) in cases {
            let text = format!("### T1: A\n{a}\n### T2: B\n{b}\n### T3: C\n{c}\n");
            let estimate = planned(&text).unwrap().estimate;
            assert_eq!(
                (estimate.sequential_seconds, estimate.source),
                (seconds, source)
            );
        }
        let draft = parse("### T1: A\nEstimate: 10m\n", "").unwrap();
        let scope = PlanOptions {
            total: Some((2700.0, EstimateSource::Scope)),
            ..options()
        };
        let estimate = assemble(draft, scope).unwrap().estimate;
        assert_eq!(
            (estimate.sequential_seconds, estimate.source),
            (2700.0, EstimateSource::Scope)
        );
    }

    #[test]
    fn notes_tell_what_was_decided_for_the_user() {
        let plan = planned("### T1: Fix the crash\nDepends: T2\n### T2: Parser\n").unwrap();
        assert_eq!(codes(&plan), ["no-files", "p0-by-title", "raised-to-p0"]);
        let priorities: Vec<Priority> = plan.tasks.iter().map(|task| task.priority).collect();
        assert_eq!(priorities, [Priority::P0, Priority::P0]);
        let said = planned("## P1\n### T1: Fix the crash\nFiles: a\n").unwrap();
        assert!(codes(&said).is_empty());
    }

    #[test]
    fn what_does_not_pay_off_is_for_one_unless_the_user_insists() {
        let of = |forced: bool| {
            let objection = Some("all of it is probably in one file, a".to_owned());
            let options = PlanOptions {
                kind: PlanKind::Split,
                objection,
                forced,
                ..options()
            };
            let tasks: String = (1..=6).map(|id| format!("### T{id}: Part\n")).collect();
            assemble(parse(&tasks, "").unwrap(), options).unwrap()
        };
        let decides = |plan: &Plan| plan.schedule.as_ref().unwrap().decides;
        let (plan, forced) = (of(false), of(true));
        assert_eq!(
            (plan.worth, plan.recommended, decides(&plan)),
            (false, 1, false)
        );
        assert_eq!(
            (forced.worth, forced.recommended, decides(&forced)),
            (false, 6, true)
        );
        assert_eq!(plan.reason, forced.reason);
    }

    #[test]
    fn the_longest_chain_counts_what_waits_and_what_p0_holds_up() {
        let text = "### T1: A\nEstimate: 60m\n### T2: B\nDepends: T1\nEstimate: 30m\n\
                    ## P0\n### T3: C\nEstimate: 5m\n### T4: D\nEstimate: 1m\n";
        assert_eq!(planned(text).unwrap().longest_chain_seconds, 5700.0);
    }

    #[test]
    fn nothing_that_is_worked_out_makes_p0_wait() {
        let text = "## P2\n### T1: A\nFiles: Cargo.lock, new\n### T2: B\nFiles: Cargo.lock\n\
                    ## P0\n### T3: C\nDepends: T2\nFiles: Cargo.lock, new\n";
        let plan = planned(text).unwrap();
        let waves: Vec<TaskId> = plan.waves.concat();
        assert_eq!(waves, [TaskId(2), TaskId(3), TaskId(1)]);
        assert_eq!(plan.tasks[1].priority, Priority::P0);
        assert_eq!(plan.tasks[2].files.create, ["new"]);
    }

    #[test]
    fn what_the_base_holds_decides_who_creates_a_file() {
        let text = "### T1: A\nFiles: old, new\n### T2: B\nFiles: old, new\nReads: gone\n\
                    ### T3: C\nCreates: old\n";
        let options = PlanOptions {
            present: HashSet::from(["old".to_owned()]),
            ..options()
        };
        let plan = assemble(parse(text, "").unwrap(), options).unwrap();
        assert_eq!(plan.tasks[0].files.create, ["new"]);
        assert_eq!(plan.tasks[1].files.modify, ["old", "new"]);
        assert_eq!(plan.tasks[2].files.modify, ["old"]);
        let reasons: Vec<&str> = plan.implied.iter().map(|i| i.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "T001 creates new, which T002 modifies",
                "both change old, the same file: one after the other"
            ]
        );
        assert_eq!(codes(&plan), ["exists-already", "missing-file"]);
    }

    #[test]
    fn thousands_of_tasks_are_planned_and_a_path_that_all_name_is_not_told_pair_by_pair() {
        let count = 2_000;
        let task = |number: usize| {
            let on = match number % 100 {
                1 => String::new(),
                _ => format!("Depends: T{}\n", number - 1),
            };
            format!(
                "### T{number}: Change part\n{on}Files: part{number}.rs (new), part{}.rs, app.toml\n",
                number / 2
            )
        };
        let text: String = (1..=count).map(task).collect();
        let plan = planned(&text).unwrap();
        assert_eq!(plan.tasks.len(), count);
        assert_eq!(plan.tasks[count - 1].name, "change-part-2000");
        assert!(codes(&plan).contains(&"crowded"), "{:?}", plan.problems);
        assert!(plan.overlaps.len() < 20 * count, "{}", plan.overlaps.len());
        let waits = |at: usize, on: u32| plan.tasks[at].depends.contains(&TaskId(on));
        assert!(waits(9, 9) && waits(100, 50), "{:?}", plan.tasks[100]);
    }
}

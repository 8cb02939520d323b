//! What is pushed, what is opened, in which order and onto what. Pure.

use crate::git::PushWay;
use crate::id::Oid;

/// A pull request as its forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    pub number: u64,
    pub url: String,
    pub state: ExistingState,
    /// The branch that it goes to.
    pub base: String,
    pub body: String,
    pub draft: bool,
    /// The commit of its branch, when the forge last looked.
    pub head: Option<Oid>,
}

/// What became of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingState {
    Open,
    /// Without being merged.
    Closed,
    Merged,
}

/// What a branch is on the remote, seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Absent,
    /// It is there as it is here.
    Same,
    /// It goes forward to where it is here.
    Behind,
    /// It was rewritten here: what stands there stood here before.
    Rewritten(Oid),
    /// Somebody else's commits are there.
    Foreign(Oid),
}

/// A line of work, and all that a decision needs to know of it. Lines go by their position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub branch: String,
    /// Where it is here.
    pub tip: Oid,
    /// It was asked for; others are there since something depends on them.
    pub asked: bool,
    /// The target holds it already.
    pub held: bool,
    pub depends: Vec<usize>,
    pub standing: Standing,
    /// Of several the one that counts: the open one, else the newest.
    pub existing: Option<Existing>,
}

/// What is to be done about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: usize,
    /// How it is pushed; `None` where there is nothing to push.
    pub push: Option<PushWay>,
    /// The branch that it goes to.
    pub base: String,
    /// Those that must be merged before.
    pub after: Vec<usize>,
    /// Those of them whose commits it brings along, since they are not on the remote.
    pub carries: Vec<usize>,
    pub deed: Deed,
}

/// What becomes of the pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Open,
    /// There is one.
    Adopt(Existing),
    /// It was merged as it is; there is nothing to do.
    Merged(Existing),
    /// Somebody closed it, and had a reason.
    Closed(Existing),
}

/// Decides for every line that was asked for and is not in the target, in `order`. `stacks` says
/// whether a branch can be the base of another.
pub fn decide(lines: &[Line], order: &[usize], target: &str, stacks: bool) -> Vec<Step> {
    let open = order.iter().filter(|at| {
        let line = &lines[**at];
        line.asked && !line.held
    });
    open.map(|&at| step(lines, at, target, stacks)).collect()
}

fn step(lines: &[Line], at: usize, target: &str, stacks: bool) -> Step {
    let line = &lines[at];
    let deed = deed(line);
    let pushes = matches!(deed, Deed::Open | Deed::Adopt(_));
    let after = nearest(lines, at);
    let on_remote = |at: usize| {
        let below = &lines[at];
        below.standing != Standing::Absent || (below.asked && pushed(below))
    };
    let base = match after[..] {
        [one] if stacks && on_remote(one) => lines[one].branch.clone(),
        _ => target.to_owned(),
    };
    Step {
        at,
        push: way(line.standing).filter(|_| pushes),
        base,
        carries: after.iter().copied().filter(|at| !on_remote(*at)).collect(),
        after,
        deed,
    }
}

fn deed(line: &Line) -> Deed {
    match &line.existing {
        None => Deed::Open,
        Some(found) => match found.state {
            ExistingState::Open => Deed::Adopt(found.clone()),
            ExistingState::Closed => Deed::Closed(found.clone()),
            // What came after the merge has not been asked for yet.
            ExistingState::Merged if found.head != Some(line.tip) => Deed::Open,
            ExistingState::Merged => Deed::Merged(found.clone()),
        },
    }
}

fn pushed(line: &Line) -> bool {
    matches!(deed(line), Deed::Open | Deed::Adopt(_))
}

fn way(standing: Standing) -> Option<PushWay> {
    match standing {
        Standing::Absent => Some(PushWay::New),
        Standing::Behind => Some(PushWay::Forward),
        Standing::Rewritten(lease) => Some(PushWay::Replace { lease }),
        Standing::Same | Standing::Foreign(_) => None,
    }
}

/// Those that a line depends on and that are still to be merged, without those that another one of
/// them stands on.
fn nearest(lines: &[Line], at: usize) -> Vec<usize> {
    let open: Vec<usize> = needs(lines, at)
        .into_iter()
        .filter(|&below| !is_in(&lines[below]))
        .collect();
    let stands_on = |one: usize| needs(lines, one);
    let hidden: Vec<usize> = open.iter().flat_map(|&one| stands_on(one)).collect();
    open.into_iter().filter(|at| !hidden.contains(at)).collect()
}

/// All that a line depends on, near and far, in the order of the list.
fn needs(lines: &[Line], at: usize) -> Vec<usize> {
    let mut found = vec![false; lines.len()];
    let mut left = lines[at].depends.clone();
    while let Some(below) = left.pop() {
        if below != at && !found[below] {
            found[below] = true;
            left.extend(&lines[below].depends);
        }
    }
    (0..lines.len()).filter(|&below| found[below]).collect()
}

fn is_in(line: &Line) -> bool {
    line.held || matches!(deed(line), Deed::Merged(_))
}

/// The lines that cannot be pushed without losing somebody else's commits, and where those are.
pub fn foreign(lines: &[Line], steps: &[Step]) -> Vec<(usize, Oid)> {
    let at_stake = steps.iter().filter(|step| pushed(&lines[step.at]));
    at_stake
        .filter_map(|step| match lines[step.at].standing {
            Standing::Foreign(there) => Some((step.at, there)),
            _ => None,
        })
        .collect()
}

/// The base that an existing pull request should get; `None` where it is right, or where somebody
/// chose one that is neither the target nor a branch of these.
pub fn new_base<'a>(
    existing: &Existing,
    step: &'a Step,
    lines: &[Line],
    target: &str,
) -> Option<&'a str> {
    let ours = existing.base == target || lines.iter().any(|line| line.branch == existing.base);
    (ours && existing.base != step.base).then_some(step.base.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn line(branch: &str, depends: &[usize]) -> Line {
        Line {
            branch: branch.to_owned(),
            tip: oid('a'),
            asked: true,
            held: false,
            depends: depends.to_vec(),
            standing: Standing::Absent,
            existing: None,
        }
    }

    fn existing(state: ExistingState, head: char) -> Option<Existing> {
        Some(Existing {
            number: 7,
            url: String::new(),
            state,
            base: "main".to_owned(),
            body: String::new(),
            draft: false,
            head: Some(oid(head)),
        })
    }

    fn bases(lines: &[Line], stacks: bool) -> Vec<String> {
        let order: Vec<usize> = (0..lines.len()).collect();
        let steps = decide(lines, &order, "main", stacks);
        steps.into_iter().map(|step| step.base).collect()
    }

    #[test]
    fn one_dependency_is_the_base_and_several_come_before() {
        let lines = [
            line("a", &[]),
            line("b", &[0]),
            line("c", &[1, 0]),
            line("d", &[]),
            line("e", &[2, 3]),
        ];
        assert_eq!(bases(&lines, true), ["main", "a", "b", "main", "main"]);
        assert_eq!(bases(&lines, false), ["main"; 5]);
        let steps = decide(&lines, &[0, 1, 2, 3, 4], "main", true);
        assert_eq!(steps[4].after, [2, 3]);
        assert!(steps[4].carries.is_empty());
    }

    #[test]
    fn what_has_landed_or_was_merged_is_no_base() {
        let mut lines = [line("a", &[]), line("b", &[0]), line("c", &[1])];
        lines[0].held = true;
        assert_eq!(bases(&lines, true), ["main", "b"]);
        lines[1].existing = existing(ExistingState::Merged, 'a');
        assert_eq!(bases(&lines, true), ["main", "main"]);
        // It went on after its merge.
        lines[1].existing = existing(ExistingState::Merged, 'b');
        assert_eq!(bases(&lines, true), ["main", "b"]);
    }

    #[test]
    fn what_nobody_asked_for_is_a_base_only_where_it_is_on_the_remote() {
        let mut lines = [line("a", &[]), line("b", &[0])];
        lines[0].asked = false;
        let steps = decide(&lines, &[0, 1], "main", true);
        assert_eq!((steps.len(), steps[0].base.as_str()), (1, "main"));
        assert_eq!(steps[0].carries, [0]);
        lines[0].standing = Standing::Same;
        let steps = decide(&lines, &[0, 1], "main", true);
        assert_eq!((steps[0].base.as_str(), steps[0].carries.len()), ("a", 0));
    }

    #[test]
    fn a_closed_one_is_left_alone() {
        let mut lines = [line("a", &[])];
        lines[0].existing = existing(ExistingState::Closed, 'a');
        lines[0].standing = Standing::Foreign(oid('f'));
        let steps = decide(&lines, &[0], "main", true);
        assert!(matches!(steps[0].deed, Deed::Closed(_)));
        assert_eq!(steps[0].push, None);
        assert!(foreign(&lines, &steps).is_empty());
        lines[0].existing = None;
        assert_eq!(
            foreign(&lines, &decide(&lines, &[0], "main", true)),
            [(0, oid('f'))]
        );
    }

    #[test]
    fn a_base_that_somebody_chose_stays() {
        let lines = [line("a", &[]), line("b", &[])];
        let step = &decide(&lines, &[0], "main", true)[0];
        let mut found = existing(ExistingState::Open, 'a').unwrap();
        assert_eq!(new_base(&found, step, &lines, "main"), None);
        found.base = "b".to_owned();
        assert_eq!(new_base(&found, step, &lines, "main"), Some("main"));
        found.base = "develop".to_owned();
        assert_eq!(new_base(&found, step, &lines, "main"), None);
    }
}

//! The whole way of pull requests: ask the remote and the forge, decide, push, open, bring up to
//! date. A dry run ends before the push.

use crate::error::{Failure, Result, shell_word};
use crate::git::{ObjectSpace, Reformed, Repository, Want, merge_into};
use crate::id::Oid;
use crate::integrate::check::{Report, check};
use crate::integrate::reformed;
use crate::integrate::revisions::{Asked, Target};
use crate::store::Store;

use super::address::Forge;
use super::carry_out;
use super::case::Case;
use super::github::{self, Hub, Trouble};
use super::place::{self, Place};
use super::plan::{self, Line, Standing, Step};
use super::study;
use super::{Doing, RequestOptions, Requests, Work};

/// So many of somebody else's commits are named.
const MOST_FOREIGN: usize = 5;

/// Pushes the branches and opens a pull request for each, or brings the one that is there up to
/// date.
pub fn open(
    repository: &Repository,
    options: &RequestOptions<'_>,
    works: &[Work],
    tell: &dyn Fn(Doing<'_>),
) -> Result<Requests> {
    let knows = |host: &str| github::knows(host, options.limit);
    let place = place::find(repository, options.target, options.forge, knows)?;
    let target = Target::find(repository, options.target)?;
    tell(Doing::Asking(&place));
    let hub = match place.forge {
        Forge::Github => Some(Hub::connect(&place, options.limit)?),
        Forge::Gitlab | Forge::Other => None,
    };
    // What the tool squashed or rebased is in the target, though git cannot see it.
    let known = reformed(&Store::of(repository.common_dir()))?;
    let report = forecast(repository, &known, target, works)?;
    let remote = Remote::look(repository, &place, works)?;
    let lines = lines(
        repository,
        &place,
        hub.as_ref(),
        works,
        &known,
        &report,
        &remote,
    )?;
    let base = &place.base_branch;
    let steps = plan::decide(&lines, &report.order.order, base, place.is_one());
    refuse_foreign(repository, &place, &lines, &steps)?;
    let own = study::own_works(repository, report.target.commit, &lines, &steps)?;
    let case = Case {
        options,
        place: &place,
        works,
        lines: &lines,
        steps: &steps,
        own: &own,
        report: &report,
    };
    let requests = match options.dry_run {
        true => case.foretold(),
        false => carry_out::all(&case, repository, hub.as_ref(), tell)?,
    };
    let held = lines.iter().filter(|line| line.asked && line.held);
    Ok(Requests {
        already: held.map(|line| name_of(works, &line.branch)).collect(),
        target_ahead: ahead(repository, report.target.commit, remote.base)?,
        target: report.target.clone(),
        dry_run: options.dry_run,
        requests,
        place,
    })
}

/// How they go together, and with the target.
fn forecast(
    repository: &Repository,
    known: &[Reformed],
    target: Target,
    works: &[Work],
) -> Result<Report> {
    let asked: Vec<Asked> = works.iter().map(|work| work.asked.clone()).collect();
    let scratch = ObjectSpace::scratch(repository);
    check(&scratch, known, target, &asked, Want::Verdicts)
}

fn name_of(works: &[Work], branch: &str) -> String {
    let work = works.iter().find(|work| work.branch == branch);
    work.map_or_else(|| branch.to_owned(), |work| work.asked.name.clone())
}

/// Where the branches stand on the remote now.
struct Remote {
    /// The target's branch there.
    base: Oid,
    tips: Vec<(String, Oid)>,
}

impl Remote {
    fn look(repository: &Repository, place: &Place, works: &[Work]) -> Result<Self> {
        let mut branches: Vec<String> = works.iter().map(|work| work.branch.clone()).collect();
        let one = place.base_url == place.push_url;
        let base_name = &place.base_branch;
        let bases = if one {
            branches.push(base_name.clone());
            None
        } else {
            Some(repository.remote_tips(&place.base_url, std::slice::from_ref(base_name))?)
        };
        let unpushed = |failure: Failure| {
            failure
                .kept("nothing was pushed")
                .next(format!("git ls-remote {}", shell_word(&place.push_remote)))
        };
        let tips = repository.remote_tips(&place.push_url, &branches);
        let tips = tips.map_err(unpushed)?;
        let found = bases.as_ref().unwrap_or(&tips);
        let base = found.iter().find(|(name, _)| name == base_name);
        let base = base.map(|(_, tip)| *tip).ok_or_else(|| no_base(place))?;
        Ok(Self { base, tips })
    }

    fn tip(&self, branch: &str) -> Option<Oid> {
        let found = self.tips.iter().find(|(name, _)| name == branch);
        found.map(|(_, tip)| *tip)
    }
}

fn no_base(place: &Place) -> Failure {
    let (remote, base) = (&place.base_remote, &place.base_branch);
    Failure::unable(format!(
        "'{remote}' has no branch '{base}' that a pull request could go to"
    ))
    .kept("nothing was pushed")
    .next(format!(
        "git push {} {}",
        shell_word(remote),
        shell_word(base)
    ))
}

/// How many commits the target is ahead of its branch on the remote, where that is known here.
fn ahead(repository: &Repository, target: Oid, base: Oid) -> Result<usize> {
    if target == base || repository.find_commit(base.to_string()).is_none() {
        return Ok(0);
    }
    Ok(repository.commits_of(target, &[base], 1)?.0)
}

fn lines(
    repository: &Repository,
    place: &Place,
    hub: Option<&Hub>,
    works: &[Work],
    known: &[Reformed],
    report: &Report,
    remote: &Remote,
) -> Result<Vec<Line>> {
    let tips: Vec<Oid> = works.iter().map(|work| work.asked.commit).collect();
    let held = merge_into(repository, known, report.target.commit, &tips)?;
    let mut lines = Vec::with_capacity(works.len());
    for (at, work) in works.iter().enumerate() {
        let existing = match hub.filter(|_| !held[at].held) {
            Some(hub) => hub.existing(&work.branch).map_err(not_asked)?,
            None => None,
        };
        let there = remote.tip(&work.branch);
        lines.push(Line {
            branch: work.branch.clone(),
            tip: work.asked.commit,
            asked: work.wanted,
            held: held[at].held,
            depends: report.revisions[at].depends.clone(),
            standing: match work.wanted && !held[at].held {
                true => standing(repository, place, work, there)?,
                false => there.map_or(Standing::Absent, |_| Standing::Same),
            },
            existing,
        });
    }
    Ok(lines)
}

fn not_asked(trouble: Trouble) -> Failure {
    Failure::unable(trouble.what)
        .kept("nothing was pushed")
        .next("gh auth status")
}

fn standing(
    repository: &Repository,
    place: &Place,
    work: &Work,
    there: Option<Oid>,
) -> Result<Standing> {
    let tip = work.asked.commit;
    let there = match there {
        None => return Ok(Standing::Absent),
        Some(there) if there == tip => return Ok(Standing::Same),
        Some(there) => there,
    };
    if repository.find_commit(there.to_string()).is_none() {
        repository.fetch_objects(&place.push_url, &work.branch)?;
    }
    if repository.is_ancestor(there, tip)? {
        Ok(Standing::Behind)
    } else if repository.had(&work.branch, &place.push_remote, there)? {
        Ok(Standing::Rewritten(there))
    } else {
        Ok(Standing::Foreign(there))
    }
}

/// Somebody else's commits are never replaced.
fn refuse_foreign(
    repository: &Repository,
    place: &Place,
    lines: &[Line],
    steps: &[Step],
) -> Result<()> {
    let found = plan::foreign(lines, steps);
    let Some((first, _)) = found.first() else {
        return Ok(());
    };
    let mut words = Vec::new();
    for (at, there) in &found {
        let line = &lines[*at];
        let (count, commits) = repository.commits_of(*there, &[line.tip], MOST_FOREIGN)?;
        let (noun, verb) = match count {
            1 => ("commit", "was"),
            _ => ("commits", "were"),
        };
        words.push(format!(
            "'{}' on {} has {count} {noun} that {verb} never in the branch here",
            line.branch, place.push_remote
        ));
        let named = commits
            .iter()
            .map(|(id, subject)| format!("  {} {subject}", id.short()));
        words.extend(named);
    }
    let branch = &lines[*first].branch;
    let remote = shell_word(&place.push_remote);
    Err(Failure::refused(words.join("\n"))
        .kept("nothing was pushed")
        .next(format!("git fetch {remote} {}", shell_word(branch)))
        .next(format!("git log {}..FETCH_HEAD", shell_word(branch))))
}

//! The proof of the prover: whatever it says of a pair, git says: clean, with the very same tree, or
//! in conflict on the very same paths. Tried on branches made up to be awkward, and on the real
//! merges and on commits taken by chance from any repository.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use super::{MergeError, MergePair, Merged, Want, batch, engine, pile_is_clean};
use crate::error::Result;
use crate::git::{Git, NewCommit, ObjectSpace, Repository};
use crate::id::Oid;

/// What came of a list of pairs.
#[derive(Default)]
struct Replayed {
    merges: usize,
    /// As git has it.
    clean: usize,
    conflicts: usize,
    proven_clean: usize,
    proven_conflicts: usize,
    /// Pairs of which git says something else, and what that is.
    wrong: Vec<(MergePair, Merged)>,
    /// For the proofs and their trees, and for git.
    seconds: (f64, f64),
}

/// So many merges share an object space: what is found out about them is kept for as long.
const MERGES_A_SPACE: usize = 500;

fn replay(repository: &Repository, pairs: &[MergePair]) -> Replayed {
    let mut replayed = Replayed::default();
    for pairs in pairs.chunks(MERGES_A_SPACE) {
        replayed.take(repository, pairs);
    }
    replayed
}

impl Replayed {
    fn take(&mut self, repository: &Repository, pairs: &[MergePair]) {
        let space = ObjectSpace::scratch(repository);
        let start = Instant::now();
        let proofs = engine::merge_all(&space, pairs, Want::TreeIds, no_answer).unwrap();
        let ours = start.elapsed().as_secs_f64();
        let merged = batch::merge_all(&space, pairs).unwrap();
        let theirs = start.elapsed().as_secs_f64() - ours;
        self.seconds = (self.seconds.0 + ours, self.seconds.1 + theirs);
        self.merges += pairs.len();
        for ((pair, proof), merged) in pairs.iter().zip(proofs).zip(merged) {
            match merged {
                Merged::Clean { .. } => self.clean += 1,
                Merged::Conflict { .. } => self.conflicts += 1,
                Merged::Error(_) => {}
            }
            let is_right = match &proof {
                Merged::Clean { tree, .. } => {
                    self.proven_clean += 1;
                    *tree == merged.tree()
                }
                Merged::Conflict { .. } => {
                    self.proven_conflicts += 1;
                    proof == merged
                }
                Merged::Error(_) => true,
            };
            if !is_right {
                self.wrong.push((*pair, merged));
            }
        }
    }
}

/// In place of git: only what is proven has an answer.
fn no_answer(_: &ObjectSpace, pairs: &[MergePair]) -> Result<Vec<Merged>> {
    let none = Merged::Error(MergeError {
        code: "not-asked",
        message: String::new(),
    });
    Ok(vec![none; pairs.len()])
}

/// `REPLAY=/path/to/repository cargo test --release replays -- --ignored --nocapture` prints a row
/// of a table for each repository of the list, which is separated by colons. `CHANCE=n` merges so
/// many pairs of any commits instead of what was merged: they conflict more often.
#[test]
#[ignore = "needs repositories with merges in their history: REPLAY=/path/to/one:/path/to/another"]
fn replays_the_merges_of_repositories() {
    let paths = std::env::var("REPLAY").expect("REPLAY=/path/to/repository");
    let most: usize = std::env::var("MOST").map_or(usize::MAX, |most| most.parse().unwrap());
    let chance: Option<usize> = std::env::var("CHANCE").ok().map(|n| n.parse().unwrap());
    eprintln!(
        "| repository | merges | conflicts | wrong | proven of the clean | of the conflicts | ours | git |"
    );
    eprintln!("|---|---|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for path in paths.split(':') {
        let repository = Repository::discover(Path::new(path)).unwrap();
        let all = match chance {
            Some(number) => by_chance(&repository, number),
            None => merges_of(&repository),
        };
        let step = (all.len() / most).max(1);
        let pairs: Vec<MergePair> = all.into_iter().step_by(step).collect();
        let replayed = replay(&repository, &pairs);
        eprintln!(
            "| {path} | {} | {} | {} | {:.1} % | {:.1} % | {:.1} s | {:.1} s |",
            replayed.merges,
            replayed.conflicts,
            replayed.wrong.len(),
            replayed.proven_clean as f64 / replayed.clean as f64 * 100.0,
            replayed.proven_conflicts as f64 / replayed.conflicts as f64 * 100.0,
            replayed.seconds.0,
            replayed.seconds.1,
        );
        wrong.extend(replayed.wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn merges_of(repository: &Repository) -> Vec<MergePair> {
    let log = repository
        .git("rev-list")
        .args(["--all", "--min-parents=2", "--max-parents=2", "--parents"])
        .run()
        .unwrap()
        .text();
    log.lines()
        .map(|line| {
            let ids: Vec<Oid> = line.split(' ').map(|id| id.parse().unwrap()).collect();
            MergePair::new(ids[1], ids[2])
        })
        .collect()
}

/// So many pairs of commits near each other in the list of all, the same in every run.
fn by_chance(repository: &Repository, number: usize) -> Vec<MergePair> {
    const NEAR: usize = 2000;
    let log = repository.git("rev-list").arg("--all").run().unwrap();
    let log = log.text();
    let commits: Vec<Oid> = log.lines().map(|id| id.parse().unwrap()).collect();
    let mut dice = Dice(1);
    let mut pair = || {
        let one = dice.roll(commits.len());
        let other = (one + 1 + dice.roll(NEAR)) % commits.len();
        MergePair::new(commits[one], commits[other])
    };
    (0..number).map(|_| pair()).collect()
}

/// How many rounds, unless `SEEDS` says: 500 for a campaign.
fn seeds(default: u64) -> u64 {
    std::env::var("SEEDS").map_or(default, |seeds| seeds.parse().unwrap())
}

/// Replays the pairs that are made up for so many seeds, none of which may be wrong. Returns what git
/// calls clean, and what was proven clean and in conflict.
fn campaign(seeds: u64, make_up: impl Fn(&Path, u64) -> Vec<MergePair>) -> (usize, usize, usize) {
    let (mut clean, mut proven_clean, mut proven_conflicts) = (0, 0, 0);
    for seed in 1..=seeds {
        let folder = tempfile::tempdir().unwrap();
        let pairs = make_up(folder.path(), seed);
        let repository = Repository::discover(folder.path()).unwrap();
        let replayed = replay(&repository, &pairs);
        let wrong = &replayed.wrong;
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        clean += replayed.clean;
        proven_clean += replayed.proven_clean;
        proven_conflicts += replayed.proven_conflicts;
    }
    (clean, proven_clean, proven_conflicts)
}

#[test]
fn what_is_proven_is_so_to_git_however_awkward_the_branches() {
    let (clean, proven_clean, proven_conflicts) = campaign(seeds(3), |folder, seed| {
        let tips = awkward_branches(folder, seed, 24);
        (0..tips.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| MergePair::new(tips[a], tips[b]))
            .collect()
    });
    // A prover that never dares would pass, too.
    assert!(proven_clean * 10 > clean * 5 && proven_conflicts > 0);
}

#[test]
fn what_is_proven_across_a_criss_cross_is_so_to_git() {
    let (clean, proven_clean, proven_conflicts) =
        campaign(seeds(6), |folder, seed| crossing_pairs(folder, seed, 40));
    assert!(proven_clean * 4 > clean && proven_conflicts > 0);
}

#[test]
fn a_pile_that_is_proven_clean_is_clean_to_git() {
    let (mut clean, mut proven) = (0, 0);
    for seed in 1..=seeds(3) {
        let folder = tempfile::tempdir().unwrap();
        let tips = awkward_branches(folder.path(), seed, 24);
        let repository = Repository::discover(folder.path()).unwrap();
        let mut dice = Dice(seed);
        for _ in 0..60 {
            let pile: Vec<Oid> = (0..4).map(|_| dice.pick(&tips)).collect();
            let space = ObjectSpace::scratch(&repository);
            // What the pairs of a pile tell is known before it is asked about.
            let pairs = (0..4).flat_map(|a| (0..a).map(move |b| (a, b)));
            let pairs: Vec<_> = pairs
                .map(|(a, b)| MergePair::new(pile[a], pile[b]))
                .collect();
            engine::merge_all(&space, &pairs, Want::Verdicts, no_answer).unwrap();
            let is_proven = pile_is_clean(&space, pile[0], &pile[1..]).unwrap();
            let is_clean = merges_in_turn(&space, &pile);
            assert!(is_clean || !is_proven, "seed {seed}: {pile:?}");
            clean += usize::from(is_clean);
            proven += usize::from(is_proven);
        }
    }
    assert!(proven * 20 > clean, "{proven} of {clean}");
}

fn merges_in_turn(space: &ObjectSpace, pile: &[Oid]) -> bool {
    let mut top = pile[0];
    pile[1..].iter().all(|&tip| {
        let merged = batch::merge_all(space, &[MergePair::new(top, tip)]).unwrap();
        let Some(tree) = merged[0].tree() else {
            return false;
        };
        let merge = NewCommit {
            tree,
            parents: &[top, tip],
            message: "Merge\n",
        };
        top = space.commit_tree(&merge).unwrap();
        true
    })
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())].clone()
    }
}

/// Files by path: mode and lines.
type Tree = std::collections::BTreeMap<String, (&'static str, Vec<&'static str>)>;

const LINES: [&str; 6] = ["a", "b", "}", "", "    return x", "x y z"];
const FILES: [&str; 12] = [
    "a", "b", "c", "d/a", "d/b", "d/e/a", "d/e/b", "f/a", "f/b", "f/c", "g/h/i/a", "g/h/b",
];

/// Branches off one commit that edit few-worded files, rename files and folders, remove, add and
/// turn files into links and folders.
fn awkward_branches(folder: &Path, seed: u64, number: usize) -> Vec<Oid> {
    let mut dice = Dice(seed);
    let base = awkward_base(&mut dice);
    let mut stream = String::new();
    write_commit(&mut stream, "base", 1, &[], &base);
    for tip in 0..number {
        let mut tree = base.clone();
        for _ in 0..=dice.roll(3) {
            change(&mut tree, &mut dice);
        }
        write_commit(&mut stream, &format!("tip{tip}"), tip + 2, &[1], &tree);
    }
    import(folder, stream, (0..number).map(|tip| format!("tip{tip}")))
}

/// Pairs of commits that have two to five commits of one base in common, each with a tree that it
/// could have come to by merging these, and with more changes of its own.
fn crossing_pairs(folder: &Path, seed: u64, number: usize) -> Vec<MergePair> {
    let mut dice = Dice(seed);
    let base = awkward_base(&mut dice);
    let mut stream = String::new();
    write_commit(&mut stream, "base", 1, &[], &base);
    let mut mark = 1;
    let mut names = Vec::new();
    for pair in 0..number {
        let mut parents = Vec::new();
        let mut merged = base.clone();
        for parent in 0..2 + dice.roll(4) {
            let mut tree = base.clone();
            for _ in 0..=dice.roll(2) {
                change(&mut tree, &mut dice);
            }
            mark += 1;
            parents.push(mark);
            write_commit(&mut stream, &format!("p{pair}-{parent}"), mark, &[1], &tree);
            merged.retain(|path, _| tree.contains_key(path) || !base.contains_key(path));
            for (path, file) in tree {
                if base.get(&path) != Some(&file) {
                    put(&mut merged, &path, file);
                }
            }
        }
        for side in ["ours", "theirs"] {
            let mut tree = merged.clone();
            for _ in 0..=dice.roll(4) {
                change(&mut tree, &mut dice);
            }
            mark += 1;
            names.push(format!("{side}{pair}"));
            write_commit(&mut stream, &format!("{side}{pair}"), mark, &parents, &tree);
        }
    }
    let commits = import(folder, stream, names.into_iter());
    let pair = |sides: &[Oid]| MergePair::new(sides[0], sides[1]);
    commits.chunks(2).map(pair).collect()
}

fn awkward_base(dice: &mut Dice) -> Tree {
    let mut file = |path: &&str| {
        let lines = (0..dice.roll(14)).map(|_| dice.pick(&LINES)).collect();
        ((*path).to_owned(), ("100644", lines))
    };
    FILES.iter().map(&mut file).collect()
}

/// Makes a repository of a stream, and tells the commits of some branches.
fn import(folder: &Path, stream: String, branches: impl Iterator<Item = String>) -> Vec<Oid> {
    Git::inside(folder, "init").arg("--quiet").run().unwrap();
    let import = Git::inside(folder, "fast-import").arg("--quiet");
    import.input(stream).run().unwrap();
    let parsed = Git::inside(folder, "rev-parse").args(branches);
    let parsed = parsed.run().unwrap().text();
    parsed.lines().map(|id| id.parse().unwrap()).collect()
}

fn change(tree: &mut Tree, dice: &mut Dice) {
    let paths: Vec<String> = tree.keys().cloned().collect();
    if paths.is_empty() {
        return;
    }
    let path = dice.pick(&paths);
    match dice.roll(12) {
        0..6 => edit(tree, &path, dice),
        6 => {
            tree.remove(&path);
        }
        7 => {
            let new = format!(
                "{}/new{}",
                dice.pick(&["d", "f", "g/h", "new"]),
                dice.roll(3)
            );
            let lines = (0..dice.roll(6)).map(|_| dice.pick(&LINES)).collect();
            put(tree, &new, ("100644", lines));
        }
        8 => {
            let file = tree.remove(&path).expect("it was there");
            let new = format!("{}/{}", dice.pick(&["d", "f", "moved"]), dice.roll(4));
            put(tree, &new, file);
            edit(tree, &new, dice);
        }
        9 => {
            let (from, to) = dice.pick(&[("d/", "e/"), ("f/", "d/f/"), ("g/h/", "g/")]);
            for path in paths.iter().filter(|path| path.starts_with(from)) {
                let file = tree.remove(path).expect("it was there");
                put(tree, &path.replacen(from, to, 1), file);
            }
        }
        10 => put(tree, &path, ("120000", vec!["elsewhere"])),
        _ => {
            let lines = tree[&path].1.clone();
            put(tree, &path, ("100755", lines));
        }
    }
}

fn edit(tree: &mut Tree, path: &str, dice: &mut Dice) {
    let lines = &mut tree.get_mut(path).expect("it is there").1;
    let at = dice.roll(lines.len() + 1);
    match dice.roll(3) {
        0 => lines.insert(at, dice.pick(&LINES)),
        1 if at < lines.len() => lines[at] = dice.pick(&LINES),
        _ if at < lines.len() => {
            lines.remove(at);
        }
        _ => lines.push(dice.pick(&LINES)),
    }
}

/// Puts a file where nothing is in its way: what lay above or below the path goes.
fn put(tree: &mut Tree, path: &str, file: (&'static str, Vec<&'static str>)) {
    let below = format!("{path}/");
    tree.retain(|other, _| !other.starts_with(&below) && !path.starts_with(&format!("{other}/")));
    tree.insert(path.to_owned(), file);
}

fn write_commit(stream: &mut String, branch: &str, mark: usize, parents: &[usize], tree: &Tree) {
    let message = format!("data {}\n{branch}\n", branch.len());
    let _ = write!(stream, "commit refs/heads/{branch}\nmark :{mark}\n");
    let _ = write!(stream, "committer A <a@b> 0 +0000\n{message}");
    for (place, parent) in parents.iter().enumerate() {
        let word = if place == 0 { "from" } else { "merge" };
        let _ = writeln!(stream, "{word} :{parent}");
    }
    stream.push_str("deleteall\n");
    for (path, (mode, lines)) in tree {
        let mut text = lines.join("\n");
        if *mode != "120000" {
            text.push('\n');
        }
        let _ = write!(
            stream,
            "M {mode} inline {path}\ndata {}\n{text}\n",
            text.len()
        );
    }
    stream.push('\n');
}

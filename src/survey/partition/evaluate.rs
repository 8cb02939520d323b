//! How well a division made today keeps together what will change together: made at some commit, of
//! the files that goals are about, and scored on the changes that came after it.
#![cfg(test)]

use std::collections::HashMap;
use std::path::Path;

use crate::git::Repository;
use crate::survey::census::census;
use crate::survey::history::{History, WIDEST};
use crate::survey::scope;
use crate::survey::testing::{InMemory, history};

use super::bonds::Bonds;
use super::divide::{by_folder, cut, divide, random};
use super::{CAP, bonds};

const GOALS: usize = 30;

/// Later joint changes of the files of a set, as pieces.
fn later(bonds: &Bonds, set: &[u32], history: &History) -> Vec<Vec<usize>> {
    let mut piece_of: HashMap<u32, usize> = HashMap::new();
    for (number, piece) in bonds.pieces.iter().enumerate() {
        piece_of.extend(piece.iter().map(|&at| (set[at], number)));
    }
    let changes = history
        .changes
        .iter()
        .filter(|change| change.width <= WIDEST);
    let touched = changes.map(|change| {
        let files = change.files.iter().filter_map(|file| piece_of.get(file));
        files.copied().collect::<Vec<usize>>()
    });
    touched.filter(|pieces| pieces.len() > 1).collect()
}

fn kept(home: &[usize], joint: &[Vec<usize>]) -> usize {
    let inside = |pieces: &&Vec<usize>| pieces.iter().all(|&p| home[p] == home[pieces[0]]);
    joint.iter().filter(inside).count()
}

/// How much more than its share the heaviest part holds.
fn imbalance(bonds: &Bonds, home: &[usize], parts: usize) -> f64 {
    let mut loads = vec![0; parts];
    for (piece, &part) in home.iter().enumerate() {
        loads[part] += bonds.loads[piece];
    }
    let total: u64 = loads.iter().sum();
    let most = loads.iter().max().copied().unwrap_or(0);
    most as f64 * parts as f64 / total.max(1) as f64
}

/// `SCOPE=/path [LATER=1500] cargo test --release partition_locality -- --ignored --nocapture`
#[test]
#[ignore = "asks about a repository of yours: SCOPE=/path"]
fn partition_locality() {
    let path = std::env::var("SCOPE").expect("SCOPE=/path/to/a/repository");
    let later_changes: usize =
        std::env::var("LATER").map_or(1500, |n| n.parse().expect("a number"));
    let repository = Repository::discover(Path::new(&path)).expect("a repository");
    let tip = repository.commit("HEAD").expect("a commit");
    let mainline = repository.mainline(tip).expect("a history");
    let split = later_changes.min(mainline.len() / 2);
    let base = mainline[split].commit;
    let files = census(&repository, base, None, &InMemory::default()).expect("files");
    let before = history(&files, &mainline[split..]);
    let after = history(&files, &mainline[..split]);
    let positions: HashMap<&str, u32> = files
        .iter()
        .map(|file| file.path.as_str())
        .zip(0..)
        .collect();
    let goals = mainline[..split].iter().step_by((split / GOALS).max(1));
    let goals: Vec<&str> = goals
        .filter_map(|change| change.message.text.lines().next())
        .collect();
    let forecasts =
        scope::forecasts(&repository, base, &goals, &InMemory::default()).expect("forecasts");
    let names = [
        "random",
        "path order",
        "ours, cap 1.3",
        "folders",
        "ours, their cap",
    ];
    let mut inside = [[0; 5]; 3];
    let mut all = 0;
    for forecast in forecasts {
        let paths = forecast.files.iter().map(|file| file.path.as_str());
        let set: Vec<u32> = paths
            .filter_map(|path| positions.get(path).copied())
            .collect();
        let bonds = bonds(&repository, &files, &before, &set).expect("bonds");
        let joint = later(&bonds, &set, &after);
        all += joint.len();
        for (row, parts) in inside.iter_mut().zip(2..=4) {
            let folders = by_folder(&bonds, parts);
            let theirs = imbalance(&bonds, &folders, parts);
            let homes = [
                random(&bonds, parts, 7),
                cut(&bonds, parts),
                divide(&bonds, parts, CAP),
                folders,
                divide(&bonds, parts, theirs),
            ];
            for (sum, home) in row.iter_mut().zip(&homes) {
                *sum += kept(home, &joint);
            }
        }
    }
    eprintln!("{path}: {} sets, {all} later joint changes", goals.len());
    for (at, name) in names.iter().enumerate() {
        let share = |row: &[usize; 5]| 100.0 * row[at] as f64 / all.max(1) as f64;
        let [two, three, four] = inside.each_ref().map(share);
        eprintln!("  {name:16} {two:4.1} {three:4.1} {four:4.1}");
    }
}

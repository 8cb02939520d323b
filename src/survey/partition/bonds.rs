//! How strongly the files of a set hang together: what changed together, and where they lie.

use std::collections::HashMap;

use crate::survey::census::SurveyedFile;
use crate::survey::history::{History, WIDEST};
use crate::survey::scope::FileTerms;

use super::likeness::{self, folder};

/// After so many changes a joint change counts half.
const HALF_LIFE: f32 = 3_000.0;
/// With fewer joint changes than this the history says too little, and the texts are asked, too.
pub const FEW_JOINT: usize = 25;
/// What lying near each other counts beside joint changes …
const PATH_BESIDE_HISTORY: f32 = 0.02;
/// … and beside the texts.
const PATH_BESIDE_TEXT: f32 = 0.3;
/// What similar words count beside the use of what the other defines.
const SIMILAR_WORDS: f32 = 0.5;
/// More files than this are bound folder by folder: every pair is looked at.
const MOST: usize = 1_500;

/// What is to be divided, piece by piece, with a weight between every two pieces.
#[derive(Clone, Debug)]
pub struct Bonds {
    /// Pieces that stay whole: as a rule one file each, otherwise the files of a folder. Positions
    /// in the set that was given, ascending.
    pub pieces: Vec<Vec<usize>>,
    /// The folder of each piece.
    pub folders: Vec<String>,
    /// Lines of each piece, at least 1.
    pub loads: Vec<u64>,
    /// Pieces that one change touched, two at least, ascending; the newest change first.
    pub joint: Vec<Vec<u32>>,
    /// Between every two pieces, row by row.
    weights: Vec<f32>,
}

impl Bonds {
    /// Of these files of the census, by their positions in it. `texts` is asked for the terms of
    /// all of them, in the order of the set, when the history says too little.
    pub fn of<E>(
        files: &[SurveyedFile],
        history: &History,
        set: &[u32],
        texts: impl FnOnce() -> Result<Vec<FileTerms>, E>,
    ) -> Result<Self, E> {
        let paths: Vec<&str> = set
            .iter()
            .map(|&at| files[at as usize].path.as_str())
            .collect();
        let pieces = pieces(&paths);
        let folders = pieces
            .iter()
            .map(|piece| folder(paths[piece[0]]).to_owned());
        let load = |piece: &Vec<usize>| -> u64 {
            piece
                .iter()
                .map(|&at| files[set[at] as usize].weight().max(1))
                .sum()
        };
        let mut bonds = Self {
            folders: folders.collect(),
            loads: pieces.iter().map(load).collect(),
            joint: Vec::new(),
            weights: vec![0.0; pieces.len() * pieces.len()],
            pieces,
        };
        bonds.add_history(history, set);
        let path_weight = if bonds.joint.len() < FEW_JOINT && bonds.pieces.len() == set.len() {
            bonds.weights.fill(0.0);
            bonds.add_texts(&texts()?);
            PATH_BESIDE_TEXT
        } else {
            PATH_BESIDE_HISTORY
        };
        bonds.add(|one, other| path_weight * likeness::of_paths(&paths, one, other));
        Ok(bonds)
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// What two pieces are to each other.
    pub fn weight(&self, one: usize, other: usize) -> f32 {
        self.weights[one * self.pieces.len() + other]
    }

    /// The share of the joint changes that such a division keeps in one part; `None` where there
    /// are too few to tell. `home` is the part of each piece.
    pub fn locality(&self, home: &[usize]) -> Option<f64> {
        let inside = self.joint.iter().filter(|pieces| {
            let mut homes = pieces.iter().map(|&piece| home[piece as usize]);
            let first = homes.next();
            homes.all(|home| Some(home) == first)
        });
        (self.joint.len() >= FEW_JOINT).then(|| inside.count() as f64 / self.joint.len() as f64)
    }

    fn add_history(&mut self, history: &History, set: &[u32]) {
        let mut piece_of: HashMap<u32, u32> = HashMap::new();
        for (number, piece) in (0..).zip(&self.pieces) {
            piece_of.extend(piece.iter().map(|&at| (set[at], number)));
        }
        let wide = |width: usize| width > WIDEST;
        for (age, change) in history.changes.iter().enumerate() {
            let touched = change.files.iter().filter_map(|file| piece_of.get(file));
            let mut touched: Vec<u32> = touched.copied().collect();
            touched.sort_unstable();
            touched.dedup();
            if touched.len() < 2 || wide(change.width) {
                continue;
            }
            let weight = (-(age as f32) / HALF_LIFE).exp2() / (touched.len() - 1) as f32;
            for (at, &one) in touched.iter().enumerate() {
                for &other in &touched[at + 1..] {
                    self.tie(one as usize, other as usize, weight);
                }
            }
            self.joint.push(touched);
        }
    }

    fn add_texts(&mut self, texts: &[FileTerms]) {
        let words = likeness::Words::of(texts);
        self.add(|one, other| {
            words.uses(one, other)
                + words.uses(other, one)
                + SIMILAR_WORDS * words.alike(one, other)
        });
    }

    /// Adds the weight between every two pieces, told by the first file of each.
    fn add(&mut self, weight: impl Fn(usize, usize) -> f32) {
        for one in 0..self.pieces.len() {
            for other in one + 1..self.pieces.len() {
                let weight = weight(self.pieces[one][0], self.pieces[other][0]);
                self.tie(one, other, weight);
            }
        }
    }

    fn tie(&mut self, one: usize, other: usize, weight: f32) {
        let count = self.pieces.len();
        self.weights[one * count + other] += weight;
        self.weights[other * count + one] += weight;
    }
}

/// One file each; where that is too many, the files of one folder together, from the deepest
/// folders up.
fn pieces(paths: &[&str]) -> Vec<Vec<usize>> {
    if paths.len() <= MOST {
        return (0..paths.len()).map(|at| vec![at]).collect();
    }
    let deepest = paths
        .iter()
        .map(|path| path.matches('/').count())
        .max()
        .unwrap_or(0);
    for depth in (1..=deepest).rev() {
        let pieces = by_folder(paths, depth);
        if pieces.len() <= MOST {
            return pieces;
        }
    }
    // Everything in a few folders: what follows each other in the order of paths.
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by_key(|&at| paths[at]);
    let size = paths.len().div_ceil(MOST);
    order.chunks(size).map(<[usize]>::to_vec).collect()
}

fn by_folder(paths: &[&str], depth: usize) -> Vec<Vec<usize>> {
    let mut pieces: std::collections::BTreeMap<&str, Vec<usize>> = Default::default();
    for (at, path) in paths.iter().enumerate() {
        let end = folder(path).match_indices('/').nth(depth - 1);
        let key = end.map_or(folder(path), |(end, _)| &path[..end]);
        pieces.entry(key).or_default().push(at);
    }
    pieces.into_values().collect()
}

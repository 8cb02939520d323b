//! The best division of pieces into parts that a local search finds: from several starts, with
//! moves and swaps that keep every part within its limit. The same pieces give the same division.

use super::bonds::Bonds;

/// Random starts besides those that follow from bonds and paths.
const RANDOM_STARTS: u64 = 4;
/// Rounds of moves and swaps, should they never come to rest.
const MOST_ROUNDS: usize = 60;
/// Up to so many pieces every two are tried as a swap.
const SWAPPED: usize = 400;

/// The part of each piece, numbered from 0, that keeps the most weight inside of parts.
pub fn divide(bonds: &Bonds, parts: usize, cap: f64) -> Vec<usize> {
    let count = bonds.len();
    let parts = parts.clamp(1, count.max(1));
    if parts == 1 {
        return vec![0; count];
    }
    let mut starts = vec![
        joined(bonds, parts, cap),
        cut(bonds, parts),
        by_folder(bonds, parts),
    ];
    starts.extend((1..=RANDOM_STARTS).map(|seed| random(bonds, parts, seed)));
    let found = starts
        .into_iter()
        .map(|home| Search::of(bonds, parts, cap, home).run());
    let best = found.reduce(|best, next| {
        if next.is_better_than(&best) {
            next
        } else {
            best
        }
    });
    best.map_or_else(Vec::new, |best| best.home)
}

/// What a part may hold at most: never less than the largest piece.
pub fn limit(bonds: &Bonds, parts: usize, cap: f64) -> u64 {
    let total: u64 = bonds.loads.iter().sum();
    let largest = bonds.loads.iter().copied().max().unwrap_or(0);
    ((total as f64 / parts as f64 * cap).ceil() as u64).max(largest)
}

/// What a search found.
struct Division {
    /// The part of each piece.
    home: Vec<usize>,
    /// By how much parts hold more than they may.
    over: u64,
    /// The weight inside of parts.
    inside: f32,
}

impl Division {
    fn is_better_than(&self, other: &Self) -> bool {
        (self.over, -self.inside) < (other.over, -other.inside)
    }
}

struct Search<'a> {
    bonds: &'a Bonds,
    parts: usize,
    limit: u64,
    home: Vec<usize>,
    loads: Vec<u64>,
    sizes: Vec<usize>,
    /// What each piece is to all of a part together: piece by piece, part by part.
    pull: Vec<f32>,
}

impl<'a> Search<'a> {
    fn of(bonds: &'a Bonds, parts: usize, cap: f64, home: Vec<usize>) -> Self {
        let mut search = Self {
            bonds,
            parts,
            limit: limit(bonds, parts, cap),
            loads: vec![0; parts],
            sizes: vec![0; parts],
            pull: vec![0.0; bonds.len() * parts],
            home,
        };
        for piece in 0..bonds.len() {
            let home = search.home[piece];
            search.loads[home] += bonds.loads[piece];
            search.sizes[home] += 1;
            for other in (0..bonds.len()).filter(|other| *other != piece) {
                search.pull[other * parts + home] += bonds.weight(piece, other);
            }
        }
        search
    }

    fn run(mut self) -> Division {
        self.unload();
        for _ in 0..MOST_ROUNDS {
            if !self.move_pieces() && !self.swap_pieces() {
                break;
            }
        }
        let inside = (0..self.bonds.len()).map(|piece| self.pull(piece, self.home[piece]));
        Division {
            inside: inside.sum(),
            over: self
                .loads
                .iter()
                .map(|load| load.saturating_sub(self.limit))
                .sum(),
            home: self.home,
        }
    }

    fn pull(&self, piece: usize, part: usize) -> f32 {
        self.pull[piece * self.parts + part]
    }

    /// What inside weight a move gains.
    fn gain(&self, piece: usize, to: usize) -> f32 {
        self.pull(piece, to) - self.pull(piece, self.home[piece])
    }

    fn put(&mut self, piece: usize, to: usize) {
        let from = std::mem::replace(&mut self.home[piece], to);
        self.loads[from] -= self.bonds.loads[piece];
        self.loads[to] += self.bonds.loads[piece];
        self.sizes[from] -= 1;
        self.sizes[to] += 1;
        for other in (0..self.bonds.len()).filter(|other| *other != piece) {
            let weight = self.bonds.weight(piece, other);
            self.pull[other * self.parts + from] -= weight;
            self.pull[other * self.parts + to] += weight;
        }
    }

    /// Moves what costs least out of parts that hold too much, and something into those that hold
    /// nothing.
    fn unload(&mut self) {
        for _ in 0..2 * self.bonds.len() {
            let empty = self.sizes.iter().position(|size| *size == 0);
            let over = |part: usize| self.loads[part] > self.limit || empty.is_some();
            let pieces = (0..self.bonds.len()).filter(|&piece| {
                let home = self.home[piece];
                over(home) && self.sizes[home] > 1
            });
            let ways = pieces.flat_map(|piece| (0..self.parts).map(move |to| (piece, to)));
            let fits = |&(piece, to): &(usize, usize)| {
                to != self.home[piece]
                    && empty.is_none_or(|empty| empty == to)
                    && self.loads[to] + self.bonds.loads[piece] <= self.limit
            };
            let best = ways.filter(fits).max_by(|a, b| {
                self.gain(a.0, a.1)
                    .total_cmp(&self.gain(b.0, b.1))
                    .then(b.cmp(a))
            });
            let Some((piece, to)) = best else { return };
            self.put(piece, to);
        }
    }

    fn move_pieces(&mut self) -> bool {
        let mut moved = false;
        for piece in 0..self.bonds.len() {
            let fits = |to: &usize| {
                *to != self.home[piece] && self.loads[*to] + self.bonds.loads[piece] <= self.limit
            };
            let best = (0..self.parts).filter(fits).max_by(|a, b| {
                self.gain(piece, *a)
                    .total_cmp(&self.gain(piece, *b))
                    .then(b.cmp(a))
            });
            if let Some(to) = best
                && self.gain(piece, to) > 1e-6
                && self.sizes[self.home[piece]] > 1
            {
                self.put(piece, to);
                moved = true;
            }
        }
        moved
    }

    fn swap_pieces(&mut self) -> bool {
        let mut swapped = false;
        if self.bonds.len() > SWAPPED {
            return false;
        }
        for one in 0..self.bonds.len() {
            for other in one + 1..self.bonds.len() {
                let (a, b) = (self.home[one], self.home[other]);
                let (light, heavy) = (self.bonds.loads[one], self.bonds.loads[other]);
                let fit = a != b
                    && self.loads[a] - light + heavy <= self.limit
                    && self.loads[b] - heavy + light <= self.limit;
                let between = 2.0 * self.bonds.weight(one, other);
                if fit && self.gain(one, b) + self.gain(other, a) - between > 1e-6 {
                    self.put(one, b);
                    self.put(other, a);
                    swapped = true;
                }
            }
        }
        swapped
    }
}

/// Joins the pieces with the greatest bond for their size, as long as they fit into a part, then
/// packs the largest first into the part that they are closest to.
fn joined(bonds: &Bonds, parts: usize, cap: f64) -> Vec<usize> {
    let limit = limit(bonds, parts, cap);
    let count = bonds.len();
    let mut group: Vec<usize> = (0..count).collect();
    let mut loads = bonds.loads.clone();
    let mut pairs: Vec<(f32, usize, usize)> = (0..count)
        .flat_map(|one| (one + 1..count).map(move |other| (bonds.weight(one, other), one, other)))
        .filter(|(weight, ..)| *weight > 0.0)
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, one, other) in pairs {
        let (into, from) = (group[one].min(group[other]), group[one].max(group[other]));
        if into != from && loads[into] + loads[from] <= limit {
            loads[into] += loads[from];
            loads[from] = 0;
            group
                .iter_mut()
                .filter(|g| **g == from)
                .for_each(|g| *g = into);
        }
    }
    pack(&group, &loads, parts)
}

/// The order of paths, cut into parts of about the same load.
pub(super) fn cut(bonds: &Bonds, parts: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bonds.len()).collect();
    order.sort_by_key(|&piece| (&bonds.folders[piece], piece));
    let total: u64 = bonds.loads.iter().sum();
    let mut home = vec![0; bonds.len()];
    let mut before = 0;
    for piece in order {
        let middle = before + bonds.loads[piece] / 2;
        home[piece] = ((middle * parts as u64 / total.max(1)) as usize).min(parts - 1);
        before += bonds.loads[piece];
    }
    home
}

/// Whole folders, the largest first, each to the part that holds least.
pub(super) fn by_folder(bonds: &Bonds, parts: usize) -> Vec<usize> {
    let mut first: std::collections::HashMap<&str, usize> = Default::default();
    let mut loads = vec![0; bonds.len()];
    let mut group = Vec::with_capacity(bonds.len());
    for (piece, folder) in bonds.folders.iter().enumerate() {
        let number = *first.entry(folder).or_insert(piece);
        loads[number] += bonds.loads[piece];
        group.push(number);
    }
    pack(&group, &loads, parts)
}

/// Groups, named by a piece in them, the largest first, each to the part that holds least.
fn pack(group: &[usize], loads: &[u64], parts: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..loads.len()).filter(|&g| loads[g] > 0).collect();
    order.sort_by_key(|&g| (std::cmp::Reverse(loads[g]), g));
    let mut held = vec![0u64; parts];
    let mut part_of = vec![0; loads.len()];
    for number in order {
        let least = (0..parts)
            .min_by_key(|&part| (held[part], part))
            .unwrap_or(0);
        held[least] += loads[number];
        part_of[number] = least;
    }
    group.iter().map(|&number| part_of[number]).collect()
}

/// By chance, the same every time: xorshift (Marsaglia 2003).
pub(super) fn random(bonds: &Bonds, parts: usize, seed: u64) -> Vec<usize> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % parts
    };
    (0..bonds.len()).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::history::History;
    use crate::survey::partition::CAP;
    use crate::survey::testing::{change, file, history};

    /// Two groups of files that change together, across the folders, `a` with `b` and `c` with `d`.
    fn across() -> Bonds {
        let paths = ["x/a.rs", "x/c.rs", "y/b.rs", "y/d.rs"];
        let files = paths.map(file);
        let touch = |path: &'static str| (path, Some(1), Some(2));
        let one = change(&[touch("x/a.rs"), touch("y/b.rs")]);
        let other = change(&[touch("x/c.rs"), touch("y/d.rs")]);
        let mainline = [vec![one; 20], vec![other; 20]].concat();
        let history = history(&files, &mainline);
        Bonds::of(&files, &history, &[0, 1, 2, 3], || Err("no text")).expect("bonds")
    }

    #[test]
    fn what_changes_together_stays_together_across_folders() {
        let found = across().partition(2);
        assert_eq!(found.parts, [vec![0, 2], vec![1, 3]]);
        assert_eq!((found.locality, found.joint), (Some(1.0), 40));
        assert_eq!(found.loads, [200, 200]);
    }

    #[test]
    fn no_part_is_empty_or_larger_than_it_may_be() {
        let names: Vec<String> = (0..40).map(|n| format!("f{}/{n}.rs", n % 3)).collect();
        let files: Vec<_> = names.iter().map(|name| file(name)).collect();
        let set: Vec<u32> = (0..40).collect();
        let none = || Ok::<_, ()>(vec![Default::default(); 40]);
        let bonds = Bonds::of(&files, &History::default(), &set, none).expect("bonds");
        for parts in 1..8 {
            let found = bonds.partition(parts);
            assert_eq!(found.parts.len(), parts);
            let most = limit(&bonds, parts, CAP);
            assert!(
                found.loads.iter().all(|load| *load > 0 && *load <= most),
                "{found:?}"
            );
            assert_eq!(found, bonds.partition(parts));
            assert_eq!(found.locality, None);
        }
        assert_eq!(bonds.partition(90).parts.len(), 40);
    }
}

//! How likely two tasks are to conflict in a file that both edit, and so at all.
//!
//! For each shared file a logistic regression over what is known before the work begins; over all of
//! them noisy-OR: there is no conflict when no file has one. The weights are fitted to the
//! repository's own past, and are held near those that fit six public repositories of six languages
//! (rust-lang/cargo, sympy, redis, symfony, rails, ollama), which are all that a young repository
//! has.

use super::replay::{FilePast, Replay};

/// The share of collisions that is expected of a file of which nothing is known, and for how many
/// comparisons that expectation counts.
const USUAL: f64 = 0.2;
const DOUBT: f64 = 3.0;

const TERMS: usize = 7;
/// What a term comes to as a rule, and how far it strays from that.
const USUALLY: [f64; TERMS] = [0.0, -1.89, 6.30, 2.76, 1.11, 1.91, 0.67];
const STRAYS: [f64; TERMS] = [1.0, 1.60, 2.50, 1.56, 0.84, 0.87, 0.31];
/// What the six repositories together teach.
const FIRST: [f64; TERMS] = [-1.657, 0.917, -0.450, -0.283, -0.184, -0.116, 0.104];
/// How firmly that is held: as if so many conflicts had taught it.
const HELD: f64 = 5.0;
/// Steps of the fit, and how far one goes.
const STEPS: i32 = 300;
const STRIDE: f64 = 0.05;

/// A file that two tasks share, as the model sees it.
pub type Shared = [f64; TERMS];

/// Two tasks: the files that they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    pub shared: Vec<Shared>,
    pub conflict: bool,
}

/// What the past taught.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    weights: [f64; TERMS],
}

/// The terms of a file of which this is known, for tasks of so many files, some of which they share.
pub fn terms(past: &FilePast, widths: [usize; 2], common: usize) -> Shared {
    let rate = rate(past);
    let [least, most] = [widths[0].min(widths[1]), widths[0].max(widths[1])];
    let terms = [
        1.0,
        (rate / (1.0 - rate)).ln(),
        f64::from(past.lines).ln_1p(),
        f64::from(past.edits).ln_1p(),
        (least.max(1) as f64).ln(),
        (most.max(1) as f64).ln(),
        common as f64 / least.max(1) as f64,
    ];
    let mut scaled = [0.0; TERMS];
    for (at, term) in terms.into_iter().enumerate() {
        scaled[at] = (term - USUALLY[at]) / STRAYS[at];
    }
    scaled
}

/// The share of this file's edits that collide with its edits shortly before, smoothed.
pub fn rate(past: &FilePast) -> f64 {
    (f64::from(past.collided) + DOUBT * USUAL) / (f64::from(past.compared) + DOUBT)
}

impl Default for Model {
    fn default() -> Self {
        Self { weights: FIRST }
    }
}

impl Model {
    /// Fits to pairs of tasks that share files: gradient ascent on the likelihood (Adam, Kingma and
    /// Ba 2015). The same pairs give the same weights.
    pub fn fit(pairs: &[Pair]) -> Self {
        let mut model = Self::default();
        let (mut mean, mut spread) = ([0.0; TERMS], [0.0; TERMS]);
        for step in 1..=STEPS {
            let slope = model.slope(pairs);
            for at in 0..TERMS {
                mean[at] = 0.9 * mean[at] + 0.1 * slope[at];
                spread[at] = 0.99 * spread[at] + 0.01 * slope[at] * slope[at];
                let direction = mean[at] / (1.0 - 0.9f64.powi(step));
                let size = (spread[at] / (1.0 - 0.99f64.powi(step))).sqrt();
                model.weights[at] += STRIDE * direction / (size + 1e-8);
            }
        }
        model
    }

    /// How likely a conflict in one shared file is.
    pub fn in_file(&self, shared: &Shared) -> f64 {
        let sum: f64 = shared.iter().zip(&self.weights).map(|(a, b)| a * b).sum();
        1.0 / (1.0 + (-sum).exp())
    }

    /// How likely a conflict in any of the shared files is.
    pub fn at_all(&self, shared: &[Shared]) -> f64 {
        let none: f64 = shared.iter().map(|file| 1.0 - self.in_file(file)).product();
        1.0 - none
    }

    /// How the likelihood of what happened grows with each weight.
    fn slope(&self, pairs: &[Pair]) -> [f64; TERMS] {
        let mut slope = [0.0; TERMS];
        for at in 0..TERMS {
            slope[at] = HELD * (FIRST[at] - self.weights[at]);
        }
        for pair in pairs {
            let some = self.at_all(&pair.shared).clamp(1e-9, 1.0 - 1e-9);
            let pull = if pair.conflict {
                (1.0 - some) / some
            } else {
                -1.0
            };
            for file in &pair.shared {
                let own = self.in_file(file);
                for at in 0..TERMS {
                    slope[at] += pull * own * file[at];
                }
            }
        }
        slope
    }
}

/// Pairs of neighbouring changes that share files, with the two changes of each, in order.
pub fn pairs(replay: &Replay) -> Vec<(u32, u32, Pair)> {
    let mut shared: Vec<_> = replay.shared.iter().collect();
    shared.sort_by_key(|shared| (shared.earlier, shared.later));
    let width = |change: u32| usize::from(replay.widths[change as usize]);
    let together = shared.chunk_by(|a, b| (a.earlier, a.later) == (b.earlier, b.later));
    let pair = |files: &[&super::replay::SharedFile]| {
        let (earlier, later) = (files[0].earlier, files[0].later);
        let widths = [width(earlier), width(later)];
        let told = files
            .iter()
            .map(|file| terms(&file.past, widths, files.len()));
        let pair = Pair {
            shared: told.collect(),
            conflict: files.iter().any(|file| file.conflict),
        };
        (earlier, later, pair)
    };
    together.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(compared: u32, collided: u32) -> FilePast {
        FilePast {
            edits: compared,
            compared,
            collided,
            lines: 300,
        }
    }

    #[test]
    fn a_file_that_collided_often_is_the_greater_risk_and_more_files_are_more() {
        let model = Model::default();
        let often = terms(&past(40, 30), [3, 3], 1);
        let seldom = terms(&past(40, 1), [3, 3], 1);
        assert!(model.in_file(&often) > 4.0 * model.in_file(&seldom));
        assert!(model.at_all(&[often, seldom]) > model.at_all(&[often]));
        assert_eq!(model.at_all(&[]), 0.0);
    }

    #[test]
    fn a_fit_learns_how_common_conflicts_are_here() {
        let pair = |conflict: bool| Pair {
            shared: vec![terms(&past(20, 4), [3, 3], 1)],
            conflict,
        };
        let mostly = |conflict: bool| {
            let pairs = [vec![pair(conflict); 90], vec![pair(!conflict); 10]].concat();
            Model::fit(&pairs).at_all(&pair(true).shared)
        };
        assert!(mostly(true) > 0.7 && mostly(false) < 0.2);
        assert_eq!(Model::fit(&[]), Model::default());
    }
}

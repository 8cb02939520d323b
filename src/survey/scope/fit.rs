//! Finds the weights of the signals: those under which the files that past changes touched are the
//! likeliest (ListNet, Cao et al. 2007).
#![cfg(test)]

use super::evaluate::{each_change, most};
use super::rank::{POOL, SIGNALS, rank, signals};

/// What a goal in its three forms counts: vague ones half.
const FORMS: [f32; 3] = [1.0, 1.0, 0.5];
/// Steps of Adam (Kingma and Ba 2015) and their size.
const STEPS: i32 = 600;
const STEP: f32 = 0.03;

/// One goal: its candidates' signals, and the share of the wanted files that each is.
struct Example {
    signals: Vec<[f32; SIGNALS]>,
    shares: Vec<f32>,
    counts: f32,
}

fn examples(path: &str) -> Vec<Example> {
    let mut found = Vec::new();
    each_change(path, most(), |asked| {
        for (goal, counts) in asked.goals.iter().zip(FORMS) {
            let all = signals(asked.index, goal);
            let ranked = rank(asked.index, goal);
            let pool: Vec<usize> = ranked
                .iter()
                .take(POOL)
                .map(|one| one.file as usize)
                .collect();
            let is_wanted = |file: &usize| asked.wanted.contains(&(*file as u32));
            let wanted = pool.iter().filter(|file| is_wanted(file)).count();
            if wanted == 0 {
                continue;
            }
            let of = |file: &usize| std::array::from_fn(|signal| all[signal][*file]);
            let share = |file: &usize| f32::from(u8::from(is_wanted(file))) / wanted as f32;
            found.push(Example {
                signals: pool.iter().map(of).collect(),
                shares: pool.iter().map(share).collect(),
                counts,
            });
        }
    });
    found
}

/// The cross entropy under these weights, and which way it grows.
fn loss(examples: &[Example], weights: &[f32; SIGNALS]) -> (f32, [f32; SIGNALS]) {
    let (mut loss, mut gradient) = (0.0, [0.0; SIGNALS]);
    let all: f32 = examples.iter().map(|example| example.counts).sum();
    for example in examples {
        let score = |signals: &[f32; SIGNALS]| -> f32 {
            signals
                .iter()
                .zip(weights)
                .map(|(x, weight)| x * weight)
                .sum()
        };
        let scores: Vec<f32> = example.signals.iter().map(score).collect();
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
        let of_files = example.signals.iter().zip(&scores).zip(&example.shares);
        for ((signals, score), share) in of_files {
            let likelihood = (score - most).exp() / sum;
            loss -= example.counts / all * share * (score - most - sum.ln());
            let off = example.counts / all * (likelihood - share);
            let slopes = gradient.iter_mut().zip(signals);
            slopes.for_each(|(slope, signal)| *slope += off * signal);
        }
    }
    (loss, gradient)
}

fn fitted(examples: &[Example]) -> [f32; SIGNALS] {
    let mut weights = [1.0; SIGNALS];
    let (mut mean, mut square) = ([0.0; SIGNALS], [0.0; SIGNALS]);
    for step in 1..=STEPS {
        let (_, gradient) = loss(examples, &weights);
        for at in 0..SIGNALS {
            mean[at] = 0.9 * mean[at] + 0.1 * gradient[at];
            square[at] = 0.999 * square[at] + 0.001 * gradient[at] * gradient[at];
            let mean = mean[at] / (1.0 - 0.9_f32.powi(step));
            let square = square[at] / (1.0 - 0.999_f32.powi(step));
            weights[at] -= STEP * mean / (square.sqrt() + 1e-8);
        }
    }
    weights
}

/// `SCOPES=/one:/two [MOST=600] cargo test --release fit_weights -- --ignored --nocapture`
#[test]
#[ignore = "learns from repositories of yours: SCOPES=/one:/two"]
fn fit_weights() {
    let paths = std::env::var("SCOPES").expect("SCOPES=/path/to/a/repository:/and/another");
    let mut known = Vec::new();
    for path in paths.split(':') {
        known.extend(examples(path));
        eprintln!("{path}: {} goals so far", known.len());
    }
    let weights = fitted(&known);
    eprintln!("{:.4}: {weights:.2?}", loss(&known, &weights).0);
}

#[test]
fn the_signal_that_tells_gets_the_weight() {
    let example = |at: u8| {
        let told = |file: u8| {
            let mut signals = [0.5; SIGNALS];
            signals[0] = f32::from(u8::from(file == at));
            signals
        };
        Example {
            signals: (0..4).map(told).collect(),
            shares: (0..4).map(|file| f32::from(u8::from(file == at))).collect(),
            counts: 1.0,
        }
    };
    let weights = fitted(&[example(0), example(2)]);
    assert!(weights[0] > 3.0 && weights[1] < 1.5, "{weights:?}");
}

//! How well the forecast would have done on this repository's own past: fitted to the earlier half,
//! asked about the later.

use std::collections::HashMap;

use super::followed::WINDOW;
use super::model::{Model, Pair, pairs};
use super::replay::Replay;
use super::score::{
    Told, area_under_curve, average_precision, best_threshold, precision_and_recall,
};

/// What came of it. Shares are 0 to 1, of the pairs of the later half.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Changes that were replayed, both halves.
    pub changes: usize,
    /// Pairs of changes at most ten apart, and those of them that would have been in conflict.
    pub pairs: usize,
    pub positives: usize,
    /// Pairs that share a file.
    pub sharing: usize,
    /// Foretold at least this, a pair is called a conflict: the best on the earlier half.
    pub threshold: f64,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// Average precision.
    pub ap: f64,
    /// The area under the ROC curve, over all pairs and over those that share a file.
    pub auc: f64,
    pub auc_shared: f64,
}

/// Divides the past in the middle.
pub fn evaluate(replay: &Replay) -> Evaluation {
    let count = replay.widths.len() as u32;
    let middle = count / 2;
    let sharing = pairs(replay);
    let earlier: Vec<Pair> = sharing
        .iter()
        .filter(|(_, later, _)| *later < middle)
        .map(|(.., pair)| pair.clone())
        .collect();
    let model = Model::fit(&earlier);
    let known: HashMap<(u32, u32), &Pair> = sharing
        .iter()
        .map(|(one, other, pair)| ((*one, *other), pair))
        .collect();
    let all = |from: u32, to: u32| -> Vec<Told> {
        let pairs = neighbours(replay, from, to);
        pairs
            .map(|pair| told(&model, known.get(&pair).copied()))
            .collect()
    };
    let threshold = best_threshold(&all(0, middle));
    let later = all(middle, count);
    let (precision, recall) = precision_and_recall(&later, threshold);
    let sum = precision + recall;
    Evaluation {
        changes: count as usize,
        pairs: later.len(),
        positives: later.iter().filter(|one| one.conflict).count(),
        sharing: later.iter().filter(|one| one.shares).count(),
        threshold,
        precision,
        recall,
        f1: if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        },
        ap: average_precision(&later),
        auc: area_under_curve(later.iter()),
        auc_shared: area_under_curve(later.iter().filter(|one| one.shares)),
    }
}

fn told(model: &Model, pair: Option<&Pair>) -> Told {
    Told {
        probability: pair.map_or(0.0, |pair| model.at_all(&pair.shared)),
        conflict: pair.is_some_and(|pair| pair.conflict),
        shares: pair.is_some(),
    }
}

/// Changes of `from..to` that could have run side by side, two by two.
fn neighbours(replay: &Replay, from: u32, to: u32) -> impl Iterator<Item = (u32, u32)> {
    let is_task = |change: &u32| replay.widths[*change as usize] > 0;
    (from..to).filter(is_task).flat_map(move |earlier| {
        let after = earlier + 1..(earlier + 1 + WINDOW).min(to);
        after.filter(is_task).map(move |later| (earlier, later))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::replayed;
    use super::*;

    /// One file in which every edit is at the same place, one in which none is.
    #[test]
    fn a_past_that_repeats_itself_is_foretold() {
        let round = |round: u32| [vec![("CHANGELOG.md", 3)], vec![("wide.rs", 20 * round)]];
        let (_, replay) = replayed(&(0..60).flat_map(round).collect::<Vec<_>>());
        let found = evaluate(&replay);
        assert_eq!(found.changes, 120);
        assert!(found.positives > 100 && found.sharing > 2 * found.positives - 20);
        assert!(found.auc_shared > 0.99 && found.ap > 0.99, "{found:?}");
        assert!(found.f1 > 0.99 && found.threshold < 1.0, "{found:?}");
    }

    #[test]
    fn without_a_past_there_is_nothing_to_tell() {
        let found = evaluate(&Replay::default());
        assert_eq!((found.pairs, found.f1, found.auc), (0, 0.0, 0.5));
    }
}

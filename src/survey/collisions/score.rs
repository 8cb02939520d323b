//! How good a forecast was, in the figures that people compare.

/// A pair of tasks, foretold and happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    pub probability: f64,
    pub conflict: bool,
    /// Whether they share a file; those that do not are foretold 0.
    pub shares: bool,
}

/// Above this the forecast says "conflict", for the best F1; 1 where there is nothing to learn from.
pub fn best_threshold(told: &[Told]) -> f64 {
    let mut best = (0.0, 1.0);
    let positives = told.iter().filter(|one| one.conflict).count();
    for (right, said, probability) in steps(told) {
        let f1 = 2.0 * right as f64 / (said + positives) as f64;
        if f1 > best.0 {
            best = (f1, probability);
        }
    }
    best.1
}

/// Of those that were called conflicts, how many were; and of those that were, how many were called
/// so. 0 where there are none.
pub fn precision_and_recall(told: &[Told], threshold: f64) -> (f64, f64) {
    let said: Vec<&Told> = told
        .iter()
        .filter(|one| one.probability >= threshold)
        .collect();
    let right = said.iter().filter(|one| one.conflict).count();
    let positives = told.iter().filter(|one| one.conflict).count();
    (share(right, said.len()), share(right, positives))
}

/// Average precision: the mean of the precision over the recall, pairs of one probability taken
/// together.
pub fn average_precision(told: &[Told]) -> f64 {
    let positives = told.iter().filter(|one| one.conflict).count();
    let (mut sum, mut before) = (0.0, 0);
    for (right, said, _) in steps(told) {
        sum += (right - before) as f64 * share(right, said);
        before = right;
    }
    if positives == 0 {
        0.0
    } else {
        sum / positives as f64
    }
}

/// The area under the ROC curve: how often a conflict is foretold above a pair without one; half
/// where there is only one kind.
pub fn area_under_curve<'a>(told: impl Iterator<Item = &'a Told>) -> f64 {
    let told: Vec<Told> = told.copied().collect();
    let positives = told.iter().filter(|one| one.conflict).count();
    let negatives = told.len() - positives;
    if positives == 0 || negatives == 0 {
        return 0.5;
    }
    let (mut area, mut before) = (0.0, (0, 0));
    for (right, said, _) in steps(&told) {
        let wrong = said - right;
        area += (wrong - before.1) as f64 * (right + before.0) as f64 / 2.0;
        before = (right, wrong);
    }
    area / (positives as f64 * negatives as f64)
}

/// From the most to the least probable: conflicts and pairs down to each probability.
fn steps(told: &[Told]) -> Vec<(usize, usize, f64)> {
    let mut order: Vec<&Told> = told.iter().collect();
    order.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let (mut right, mut said) = (0, 0);
    let equal = order.chunk_by(|a, b| a.probability == b.probability);
    let step = |some: &[&Told]| {
        said += some.len();
        right += some.iter().filter(|one| one.conflict).count();
        (right, said, some[0].probability)
    };
    equal.map(step).collect()
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(of: &[(f64, bool)]) -> Vec<Told> {
        let one = |&(probability, conflict): &(f64, bool)| Told {
            probability,
            conflict,
            shares: true,
        };
        of.iter().map(one).collect()
    }

    #[test]
    fn the_figures_are_those_of_the_textbooks() {
        let told = told(&[(0.9, true), (0.8, false), (0.7, true), (0.1, false)]);
        assert_eq!(average_precision(&told), (1.0 + 2.0 / 3.0) / 2.0);
        assert_eq!(area_under_curve(told.iter()), 0.75);
        assert_eq!(best_threshold(&told), 0.7);
        assert_eq!(precision_and_recall(&told, 0.7), (2.0 / 3.0, 1.0));
        assert_eq!(precision_and_recall(&told, 0.85), (1.0, 0.5));
    }

    #[test]
    fn a_forecast_that_says_the_same_of_all_is_worth_nothing() {
        let same = told(&[(0.0, true), (0.0, false), (0.0, false), (0.0, false)]);
        assert_eq!(area_under_curve(same.iter()), 0.5);
        assert_eq!(average_precision(&same), 0.25);
        assert_eq!(average_precision(&[]), 0.0);
    }
}

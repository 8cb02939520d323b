//! How differently long tasks take, and what that costs who waits for the slowest: times are taken
//! to be log-normal, and a spread is the standard deviation of their logarithms.

use std::f64::consts::PI;

/// Where the normal distribution is cut off, and in what steps it is summed.
const FAR: f64 = 8.0;
const STEP: f64 = 0.05;

/// How much longer than the mean the slowest of so many takes, in the mean: N ∫ Φ(x+σ)^(N−1) φ(x) dx.
pub fn slowest(parts: usize, spread: f64) -> f64 {
    let steps = (2.0 * FAR / STEP) as i32;
    let at = |step: i32| f64::from(step) * STEP - FAR;
    let others = parts.saturating_sub(1) as f64;
    let sum: f64 = (0..=steps)
        .map(at)
        .map(|x| below(x + spread).powf(others) * density(x))
        .sum();
    parts as f64 * sum * STEP
}

/// Factors with a mean of 1 and this spread; the same seed gives the same.
pub fn factors(spread: f64, seed: u64) -> impl Iterator<Item = f64> {
    let mut state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    // The sum of twelve is as good as normal.
    let normal = move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    std::iter::repeat_with(normal).map(move |x| (spread * x - spread * spread / 2.0).exp())
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The share of a normal distribution below `x`, by Marsaglia's series (2004).
fn below(x: f64) -> f64 {
    if x.abs() > FAR {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-12 {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + sum * density(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_of_more_takes_longer() {
        for (parts, factor) in [(1, 1.0), (2, 1.28), (4, 1.57), (8, 1.89)] {
            let found = slowest(parts, 0.5);
            assert!((found - factor).abs() < 0.01, "{parts}: {found}");
        }
        assert!((slowest(8, 0.0) - 1.0).abs() < 0.001);
    }

    #[test]
    fn factors_have_the_mean_of_one_and_their_spread() {
        let drawn: Vec<f64> = factors(0.5, 3).take(20_000).collect();
        let mean = |of: &dyn Fn(f64) -> f64| {
            drawn.iter().map(|x| of(*x)).sum::<f64>() / drawn.len() as f64
        };
        assert!((mean(&|x| x) - 1.0).abs() < 0.02);
        let middle = mean(&f64::ln);
        let variance = mean(&|x| (x.ln() - middle).powi(2));
        assert!((variance.sqrt() - 0.5).abs() < 0.02);
    }
}

//! Which of a stack breaks its verification: by halves, on the assumption that what is broken stays
//! broken by what comes on top.

use crate::error::Result;

/// The smallest number of the first ones that does not pass together, when `all` of them do not
/// and the first `good` ones do.
pub fn first_failing(
    good: usize,
    all: usize,
    mut passes: impl FnMut(usize) -> Result<bool>,
) -> Result<usize> {
    let (mut good, mut bad) = (good, all);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if passes(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_culprit_is_found_in_as_many_runs_as_halving_needs() {
        for all in 1..=40_usize {
            for culprit in 1..=all {
                let mut runs = 0;
                let found = first_failing(0, all, |first| {
                    runs += 1;
                    assert!((1..all).contains(&first), "{first} of {all}");
                    Ok(first < culprit)
                });
                assert_eq!(found.unwrap(), culprit);
                assert!(runs <= all.next_power_of_two().ilog2(), "{runs} of {all}");
            }
        }
    }

    #[test]
    fn what_is_known_to_pass_is_not_asked_again() {
        let found = first_failing(6, 8, |first| {
            assert_eq!(first, 7);
            Ok(true)
        });
        assert_eq!(found.unwrap(), 8);
    }
}

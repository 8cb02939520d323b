//! Which files keep company with the one that a goal is most about: what usually changes with it, and
//! what changes often these days.

use super::index::{Index, Ranked, Scores, WIDEST};

/// After so many changes a joint change counts half …
const HALF_LIFE: f32 = 2000.0;
/// … and one that only says that a file is worked at, much sooner.
const LATELY: f32 = 50.0;
/// A change of more files than this joins none of them.
const WIDEST_JOINT: usize = 30;
/// Changes that speak against a rule before any was seen.
const DOUBT: f32 = 2.0;

/// How usually files change with this one: 0 to 1.
pub fn company(index: &Index<'_>, best: Option<&Ranked>) -> Scores {
    let mut both = vec![0.0; index.files()];
    let Some(best) = best else { return both };
    let mut of = DOUBT;
    for change in 0..index.past_changes() as u32 {
        let (files, width) = index.touched(change);
        if width > WIDEST_JOINT || !files.contains(&best.file) {
            continue;
        }
        let weight = faded(index, change, HALF_LIFE);
        of += weight;
        for &file in files.iter().filter(|file| **file != best.file) {
            both[file as usize] += weight;
        }
    }
    both.iter_mut().for_each(|both| *both /= of);
    both
}

/// How often files changed of late: the logarithm of that.
pub fn lately(index: &Index<'_>) -> Scores {
    let mut changes = vec![0.0_f32; index.files()];
    for change in 0..index.past_changes() as u32 {
        let (files, width) = index.touched(change);
        if width <= WIDEST {
            let weight = faded(index, change, LATELY);
            files
                .iter()
                .for_each(|file| changes[*file as usize] += weight);
        }
    }
    changes.into_iter().map(f32::ln_1p).collect()
}

/// What a change counts, by how many came since.
pub fn faded(index: &Index<'_>, change: u32, half_life: f32) -> f32 {
    let age = index.past_changes() - change as usize;
    (-(age as f32) / half_life).exp2()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn what_changes_with_the_best_keeps_it_company_and_what_changed_last_is_ahead() {
        let mut made = Made::default();
        (0..4).for_each(|_| made.file(""));
        made.change("one", &[0, 1]);
        made.change("two", &[0, 1, 2]);
        made.change("three", &[3]);
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let best = Ranked {
            file: 0,
            score: 1.0,
        };
        let kept = company(&index, Some(&best));
        assert_eq!((kept[0], kept[3]), (0.0, 0.0));
        assert!(
            kept[1] > kept[2] && kept[2] > 0.0 && kept[1] < 1.0,
            "{kept:?}"
        );
        let lately = lately(&index);
        assert!(lately[3] > lately[2] && lately[1] > lately[2], "{lately:?}");
    }
}

//! The difference of texts of which every changed line is new to the other: what Histogram comes to
//! there can be told in one go, however long they are.
//!
//! Where no line that goes is anywhere in the new text, and none that comes anywhere in the old, the
//! lines that stay are blocks, the same in both. A run of equal lines that holds a line that is there
//! once pairs a block with itself, and Histogram prefers it to all others; a block without such a
//! line is paired with itself once it is alone between two of these. Nothing can slide, either: what
//! changes is like no neighbour.

use gix::diff::blob::Token;

use super::Changed;
use super::histogram::MOST;

/// Which lines change; `None` where it is not as simple as that.
pub(super) fn changed(before: &[Token], after: &[Token], tokens: usize) -> Option<Changed> {
    let (old, new) = (count(before, tokens), count(after, tokens));
    let changed = Changed {
        removed: missing(before, &new),
        added: missing(after, &old),
    };
    let (kept, found) = (staying(&changed.removed), staying(&changed.added));
    let as_many = kept.len() == found.len();
    let pairs: Vec<(usize, usize)> = kept.into_iter().zip(found).collect();
    let same = |(one, other): &(usize, usize)| before[*one] == after[*other];
    if !as_many || !pairs.iter().all(same) {
        return None;
    }
    let blocks = pairs.chunk_by(|above, below| (above.0 + 1, above.1 + 1) == *below);
    let rarest = blocks.map(|block| {
        let lines = block.iter().map(|(at, _)| old[before[*at].0 as usize]);
        lines.min().unwrap_or(u32::MAX)
    });
    let mut above = 1;
    for rarest in rarest {
        if rarest > MOST || rarest > 1 && above > 1 {
            return None;
        }
        above = rarest;
    }
    Some(changed)
}

fn count(lines: &[Token], tokens: usize) -> Vec<u32> {
    let mut count = vec![0; tokens];
    for line in lines {
        count[line.0 as usize] += 1;
    }
    count
}

/// Flags those that are not there in the other text.
fn missing(lines: &[Token], other: &[u32]) -> Vec<bool> {
    let lines = lines.iter();
    lines.map(|line| other[line.0 as usize] == 0).collect()
}

fn staying(changed: &[bool]) -> Vec<usize> {
    (0..changed.len()).filter(|&at| !changed[at]).collect()
}

//! The difference of two texts that differ in one place only, told by comparing bytes.
//!
//! Where no line of the old stretch is in the new text, and none of the new stretch in the old, what
//! lies above is paired with itself by Histogram, and so is what lies below, as long as each holds a
//! line that is not there too often to be a start.

use gix::bstr::ByteSlice;

use super::histogram::MOST;
use super::lines;

/// So many lines next to the change are looked at for a rare one.
const NEAR: usize = 8;

/// How many lines lie above the change, and its old and its new lines; `None` where it is not as
/// simple as that.
pub(super) fn only_change<'a>(
    before: &'a [u8],
    after: &'a [u8],
) -> Option<(usize, &'a [u8], &'a [u8])> {
    let alike = |(one, other): &(&u8, &u8)| one == other;
    let above = before.iter().zip(after).take_while(alike).count();
    let above = before[..above].rfind_byte(b'\n').map_or(0, |end| end + 1);
    let (old, new) = (&before[above..], &after[above..]);
    let ends = old.iter().rev().zip(new.iter().rev());
    let below = ends.take_while(alike).count();
    // Whole lines only, the first of which begins right behind a line's end.
    let tail = &old[old.len() - below..];
    let starts = |text: &[u8]| text.len() == below || text[text.len() - below - 1] == b'\n';
    let below = match starts(old) && starts(new) {
        true => below,
        false => tail.find_byte(b'\n').map_or(0, |end| below - end - 1),
    };
    let (old, new) = (&old[..old.len() - below], &new[..new.len() - below]);
    let news =
        |stretch: &[u8], text: &[u8]| lines(stretch).iter().all(|line| !text.contains_str(line));
    if !news(old, after) || !news(new, before) {
        return None;
    }
    let head = lines(&before[..above]);
    let tail = lines(&before[before.len() - below..]);
    let near_above = head.iter().rev().take(NEAR);
    let near_below = tail.iter().take(NEAR);
    let is_fixed = |found: bool, lines: &[&[u8]]| lines.is_empty() || found;
    let sound = is_fixed(has_rare(before, near_above), &head)
        && is_fixed(has_rare(before, near_below), &tail);
    sound.then_some((head.len(), old, new))
}

/// Whether one of these lines is surely not there too often.
fn has_rare<'a>(text: &[u8], mut lines: impl Iterator<Item = &'a &'a [u8]>) -> bool {
    lines.any(|line| text.find_iter(line).take(MOST as usize + 1).count() <= MOST as usize)
}

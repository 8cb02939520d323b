//! The difference of two texts that differ in one place only, told by comparing bytes.
//!
//! Where no line of the old stretch is in the new text, and none of the new stretch in the old, what
//! lies above and what lies below are blocks, the same in both texts. Histogram pairs one that holds
//! a line that is there once with itself, and then the other, which is alone beside it; of two
//! blocks without such a line one may be paired with a part of the other. A line that is there too
//! often is no start for either.

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
    let above = rarest(before, head.iter().rev().take(NEAR));
    let below = rarest(before, tail.iter().take(NEAR));
    let are_told_apart = above.is_none() || below.is_none() || above == Some(1) || below == Some(1);
    let can_start = above.max(below).is_none_or(|often| often <= MOST as usize);
    (are_told_apart && can_start).then_some((head.len(), old, new))
}

/// How often the rarest of these lines is there, or less often; `None` where there are none.
fn rarest<'a>(text: &[u8], lines: impl Iterator<Item = &'a &'a [u8]>) -> Option<usize> {
    let most = MOST as usize + 1;
    let often = lines.map(|line| text.find_iter(line).take(most).count());
    often.min()
}

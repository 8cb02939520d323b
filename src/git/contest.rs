//! Where two edits of one text are in each other's way: the hunks of a conflict, with the lines
//! that each side has there. For showing; the verdict is the merge engine's.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput, sources::byte_lines};

/// Lines around a hunk.
const CONTEXT: usize = 2;

/// A stretch of the base, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// The number of its first line in the base, from 1; in ours where there is no base.
    pub line: usize,
    /// Unchanged lines above and below.
    pub before: Vec<Vec<u8>>,
    pub after: Vec<Vec<u8>>,
    /// `None` for a side that has no such file.
    pub base: Option<Vec<Vec<u8>>>,
    pub ours: Option<Vec<Vec<u8>>>,
    pub theirs: Option<Vec<Vec<u8>>>,
}

/// What is contested between the versions of a file that there are.
pub fn contests(base: Option<&[u8]>, ours: Option<&[u8]>, theirs: Option<&[u8]>) -> Vec<Contest> {
    match (base, ours, theirs) {
        (Some(base), Some(ours), Some(theirs)) => three_way(base, ours, theirs),
        (None, Some(ours), Some(theirs)) => differences(ours, theirs, |ours, theirs| Contest {
            ours: Some(ours),
            theirs: Some(theirs),
            ..Contest::nothing()
        }),
        (Some(base), Some(ours), None) => differences(base, ours, |base, ours| Contest {
            base: Some(base),
            ours: Some(ours),
            ..Contest::nothing()
        }),
        (Some(base), None, Some(theirs)) => differences(base, theirs, |base, theirs| Contest {
            base: Some(base),
            theirs: Some(theirs),
            ..Contest::nothing()
        }),
        _ => Vec::new(),
    }
}

impl Contest {
    fn nothing() -> Self {
        Self {
            line: 0,
            before: Vec::new(),
            after: Vec::new(),
            base: None,
            ours: None,
            theirs: None,
        }
    }

    /// Places it in the text that its lines are counted in.
    fn around(mut self, text: &[&[u8]], range: &Range<usize>) -> Self {
        self.line = range.start + 1;
        self.before = owned(&text[range.start.saturating_sub(CONTEXT)..range.start]);
        self.after = owned(&text[range.end..text.len().min(range.end + CONTEXT)]);
        self
    }
}

/// A changed stretch: where it was, where it is.
type Hunk = (Range<usize>, Range<usize>);

fn hunks(before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    // As git does: a hunk that could stand in several places goes down as far as it can.
    diff.postprocess_no_heuristic(&input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks()
        .map(|hunk| (wide(hunk.before), wide(hunk.after)))
        .collect()
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn owned(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    let bare = |line: &&[u8]| line.strip_suffix(b"\n").unwrap_or(line).to_owned();
    lines.iter().map(bare).collect()
}

fn differences(
    one: &[u8],
    other: &[u8],
    contest: impl Fn(Vec<Vec<u8>>, Vec<Vec<u8>>) -> Contest,
) -> Vec<Contest> {
    let (before, after) = (lines(one), lines(other));
    hunks(one, other)
        .into_iter()
        .map(|(from, to)| {
            let contest = contest(owned(&before[from.clone()]), owned(&after[to]));
            contest.around(&before, &from)
        })
        .collect()
}

/// Stretches of the base on which both sides' hunks meet, and they do not do the same there.
fn three_way(base: &[u8], ours: &[u8], theirs: &[u8]) -> Vec<Contest> {
    let (base_lines, our_lines, their_lines) = (lines(base), lines(ours), lines(theirs));
    let (our_hunks, their_hunks) = (hunks(base, ours), hunks(base, theirs));
    let mut contests = Vec::new();
    for range in meetings(&our_hunks, &their_hunks) {
        let ours = &our_lines[image(&our_hunks, &range)];
        let theirs = &their_lines[image(&their_hunks, &range)];
        if ours != theirs {
            let contest = Contest {
                base: Some(owned(&base_lines[range.clone()])),
                ours: Some(owned(ours)),
                theirs: Some(owned(theirs)),
                ..Contest::nothing()
            };
            contests.push(contest.around(&base_lines, &range));
        }
    }
    contests
}

/// The union of each chain of hunks that touch and of which both sides have some.
fn meetings(ours: &[Hunk], theirs: &[Hunk]) -> Vec<Range<usize>> {
    let mut all: Vec<(Range<usize>, bool)> = Vec::new();
    all.extend(ours.iter().map(|(range, _)| (range.clone(), true)));
    all.extend(theirs.iter().map(|(range, _)| (range.clone(), false)));
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let mut chains: Vec<(Range<usize>, [bool; 2])> = Vec::new();
    for (range, is_ours) in all {
        let sides = [is_ours, !is_ours];
        match chains.last_mut() {
            Some((chain, met)) if range.start <= chain.end => {
                chain.end = chain.end.max(range.end);
                *met = [met[0] || sides[0], met[1] || sides[1]];
            }
            _ => chains.push((range, sides)),
        }
    }
    chains.retain(|(_, met)| met[0] && met[1]);
    chains.into_iter().map(|(range, _)| range).collect()
}

/// Where a stretch of the base that cuts through no hunk went.
fn image(hunks: &[Hunk], range: &Range<usize>) -> Range<usize> {
    // A line that no hunk holds moves by what the hunks before it added and removed.
    let place = |at: usize, takes: &dyn Fn(&Range<usize>) -> bool| {
        let before = hunks.iter().take_while(|(from, _)| takes(from));
        let last = before.last();
        last.map_or(at, |(from, to)| at - from.end + to.end)
    };
    let start = place(range.start, &|from| {
        from.end <= range.start && from.start < range.start
    });
    let end = place(range.end, &|from| from.end <= range.end);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Vec<u8>]) -> Vec<String> {
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
        lines.iter().map(text).collect()
    }

    #[test]
    fn only_what_both_changed_differently_is_contested() {
        let base = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let ours = b"1\nours\n3\n4\n5\nsame\n7\n8\n9\nend\n";
        let theirs = b"0\n1\ntheirs\nmore\n3\n4\n5\nsame\n7\n8\n9\n";
        let found = contests(Some(base), Some(ours), Some(theirs));
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!(found.line, 2);
        assert_eq!(text(found.base.as_ref().unwrap()), ["2"]);
        assert_eq!(text(found.ours.as_ref().unwrap()), ["ours"]);
        assert_eq!(text(found.theirs.as_ref().unwrap()), ["theirs", "more"]);
        assert_eq!(
            (text(&found.before), text(&found.after)),
            (vec!["1".to_owned()], vec!["3".to_owned(), "4".to_owned()])
        );
    }

    #[test]
    fn two_insertions_at_one_place_and_edits_that_touch_are_contested() {
        let found = contests(Some(b"a\nb\n"), Some(b"a\nx\nb\n"), Some(b"a\ny\nb\n"));
        assert_eq!(text(found[0].ours.as_ref().unwrap()), ["x"]);
        assert_eq!(text(found[0].theirs.as_ref().unwrap()), ["y"]);
        assert_eq!(found[0].base, Some(Vec::new()));
        let found = contests(Some(b"a\nb\nc\n"), Some(b"A\nb\nc\n"), Some(b"a\nB\nc\n"));
        assert_eq!(text(found[0].ours.as_ref().unwrap()), ["A", "b"]);
        assert_eq!(text(found[0].theirs.as_ref().unwrap()), ["a", "B"]);
    }

    #[test]
    fn without_a_base_or_a_side_the_rest_is_compared() {
        let found = contests(None, Some(b"a\nb\n"), Some(b"a\nc\n"));
        assert_eq!((found[0].line, found[0].base.clone()), (2, None));
        let found = contests(Some(b"a\n"), None, Some(b"b\n"));
        assert_eq!(text(found[0].theirs.as_ref().unwrap()), ["b"]);
        assert_eq!(found[0].ours, None);
        assert!(contests(Some(b"a"), None, None).is_empty());
    }

    #[test]
    fn every_side_is_whole_whatever_the_edits() {
        // Replaying what is contested and taking one side must give back that side's lines there.
        let words = ["a", "b", "c", "}"];
        let mut state = 7u64;
        let mut dice = |sides: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % sides
        };
        for _ in 0..500 {
            let mut texts = [Vec::new(), Vec::new(), Vec::new()];
            for _ in 0..12 {
                let word = words[dice(4) as usize];
                for text in &mut texts {
                    match dice(6) {
                        0 => {}
                        1 => text.extend(b"new\n"),
                        _ => text.extend(format!("{word}\n").bytes()),
                    }
                }
            }
            let [base, ours, theirs] = &texts;
            for contest in contests(Some(base), Some(ours), Some(theirs)) {
                let lines = contest.ours.unwrap();
                let joined: Vec<u8> = lines
                    .iter()
                    .flat_map(|line| [line.as_slice(), b"\n"].concat())
                    .collect();
                assert!(
                    joined.is_empty() || ours.windows(joined.len()).any(|window| window == joined)
                );
            }
        }
    }
}

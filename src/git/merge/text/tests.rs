//! Tests of the parts; that the whole is git's is shown by the replay.
// A list of one range is meant, not the numbers in it.
#![allow(clippy::single_range_in_vec_init)]

use super::*;

type Lines = (Range<u32>, Range<u32>);

fn drawn(before: &str, after: &str) -> Vec<Lines> {
    let hunks = hunks(before.as_bytes(), after.as_bytes()).unwrap();
    let lines = hunks.into_iter().map(|hunk| (hunk.before, hunk.after));
    lines.collect()
}

/// What becomes of a text, and what it comes to where that is clean.
fn merged(base: &str, ours: &str, theirs: &str) -> (Fate, String) {
    let edit = |tip: &str| hunks(base.as_bytes(), tip.as_bytes()).unwrap();
    let (one, other) = (edit(ours), edit(theirs));
    let stretch = |text: &str, range: &Range<u32>| {
        lines(text.as_bytes())[range.start as usize..range.end as usize].concat()
    };
    let fate = fate(&one, &other, |one, other| {
        Some(stretch(ours, one) == stretch(theirs, other))
    });
    let text = woven((ours.as_bytes(), &one), (theirs.as_bytes(), &other));
    (fate, String::from_utf8(text).unwrap())
}

fn fate_of(base: &str, ours: &str, theirs: &str) -> Fate {
    merged(base, ours, theirs).0
}

#[test]
fn a_run_that_could_stand_in_several_places_goes_down_as_far_as_it_can() {
    let base = "start\n}\n}\n}\nend\n";
    assert_eq!(drawn(base, "start\n}\n}\nend\n"), [(3..4, 3..3)]);
    assert_eq!(drawn(base, "start\n}\n}\n}\n}\nend\n"), [(4..4, 4..5)]);
    // Unless further up lines change on the other side, too.
    assert_eq!(
        drawn("a\nx\n}\nb\n}\nc\n", "a\ny\n}\n}\nb\n}\nc\n"),
        [(1..2, 1..3)]
    );
}

#[test]
fn rare_lines_are_the_fixed_points_and_not_long_runs_of_common_ones() {
    let before = "{\n{\n{\nrare\n";
    let after = "rare\n{\n{\n{\n";
    assert_eq!(drawn(before, after), [(0..3, 0..0), (4..4, 1..4)]);
}

#[test]
fn texts_of_nothing_but_common_lines_and_binary_ones_are_left_to_git() {
    let many = "}\n".repeat(65);
    assert_eq!(hunks(many.as_bytes(), b"}\na\n"), None);
    assert_eq!(drawn(&"}\n".repeat(64), "}\na\n"), [(1..64, 1..2)]);
    assert_eq!(hunks(b"a\0", b"b"), None);
}

#[test]
fn edits_conflict_where_no_line_lies_between_them() {
    let base = "a\nb\nc\nd\ne\n";
    let cases = [
        ("A\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n", Fate::Clean),
        ("A\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n", Fate::Conflict),
        ("a\nx\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n", Fate::Conflict),
        ("a\nx\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n", Fate::Clean),
        ("a\nb\nc\nd\ne\nx\n", "a\nb\nc\nd\ne\ny\n", Fate::Conflict),
        ("b\nc\nd\ne\n", "c\nd\ne\n", Fate::Conflict),
    ];
    for (ours, theirs, expected) in cases {
        assert_eq!(fate_of(base, ours, theirs), expected, "{ours} {theirs}");
        assert_eq!(fate_of(base, theirs, ours), expected, "{theirs} {ours}");
    }
}

#[test]
fn the_same_edit_twice_is_one_edit_and_another_is_none() {
    let base = "a\nb\nc\nd\ne\n";
    let same = "a\nB\nc\nd\ne\n";
    assert_eq!(merged(base, same, same), (Fate::Clean, same.to_owned()));
    assert_eq!(fate_of(base, same, "a\nX\nc\nd\ne\n"), Fate::Conflict);
    let both = merged(base, "a\nB\nc\nd\nE\n", "a\nB\nc\nd\ne\nf\n");
    assert_eq!(both.0, Fate::Conflict);
    let both = merged(base, "a\nB\nc\nD\ne\n", "a\nB\nc\nd\ne\n");
    assert_eq!(both, (Fate::Clean, "a\nB\nc\nD\ne\n".to_owned()));
}

#[test]
fn the_same_lines_by_different_hunks_are_left_to_git() {
    // Ours: b goes, X comes before c. Theirs: the same, and d with it, which comes again.
    let found = fate_of("a\nb\nc\n", "a\nX\nY\nc\n", "a\nX\nY\nc\n");
    assert_eq!(found, Fate::Clean);
    let chained = fate_of("a\nb\nc\nd\ne\n", "a\nX\nd\ne\n", "a\nX\nd\ne\nf\n");
    assert_eq!(chained, Fate::Clean);
}

#[test]
fn edits_that_are_apart_are_both_in_what_they_come_to() {
    let combine = |base: &str, ours: &str, theirs: &str| {
        let (fate, text) = merged(base, ours, theirs);
        assert_eq!(fate, Fate::Clean);
        text
    };
    let base = "a\nb\nc\nd\ne\n";
    assert_eq!(combine(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd"), "A\nb\nc\nd");
    assert_eq!(
        combine(base, "c\nd\ne\n", "a\nb\nc\nd\nx\ne\n"),
        "c\nd\nx\ne\n"
    );
    assert_eq!(
        combine("}\n}\n}\nx\ny\n", "}\n}\nx\ny\n", "}\n}\n}\nx\ny\nz"),
        "}\n}\nx\ny\nz"
    );
}

#[test]
fn an_unfinished_last_line_is_another_line() {
    assert_eq!(drawn("a\nb", "a\nb\n"), [(1..2, 1..2)]);
}

#[test]
fn a_line_that_goes_between_lines_that_are_alike_is_drawn_as_git_draws_it() {
    assert_eq!(drawn("}\na\n}\n}\n", "}\n}\n}\n"), [(1..3, 1..2)]);
    let fate = fate_of("}\na\n}\n}\n", "}\n}\n}\n", "}\na\n}\na\n");
    assert_eq!(fate, Fate::Conflict);
}

#[test]
fn what_is_told_in_one_go_is_what_histogram_comes_to() {
    let mut state = 5u64;
    let mut roll = |sides: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % sides
    };
    let (mut told, mut patched) = (0, 0);
    for round in 0..6000u64 {
        let (mut before, mut after) = (String::new(), String::new());
        // Some texts hold no line twice, others none that is there once.
        let (sides, longest) = [(1, 16), (3, 16), (12, 16), (u64::MAX, 6)][round as usize % 4];
        for at in 0..1 + roll(longest) {
            let line = match roll(sides) {
                0 => format!("once {at}\n"),
                _ => format!("{}\n", roll(3)),
            };
            match roll(5) {
                0 => before.push_str(&format!("gone {}\n", roll(3))),
                1 => after.push_str(&format!("new {}\n", roll(3))),
                2 => {
                    before.push_str("gone\n");
                    after.push_str("new\n");
                }
                _ => {
                    before.push_str(&line);
                    after.push_str(&line);
                }
            }
        }
        let input = InternedInput::new(byte_lines(before.as_bytes()), byte_lines(after.as_bytes()));
        let tokens = input.interner.num_tokens() as usize;
        if let Some((above, old, new)) = patch::only_change(before.as_bytes(), after.as_bytes()) {
            let mut searched = histogram::changed(&input.before, &input.after, tokens).unwrap();
            slide::settle(&input.before, &input.after, &mut searched);
            let run = |text: &[u8]| above as u32..(above + lines(text).len()) as u32;
            let runs = runs(&searched.removed, &searched.added);
            if before != after {
                assert_eq!(
                    runs,
                    [(run(old), run(new))],
                    "{round}: {before:?} {after:?}"
                );
                patched += 1;
            }
        }
        if let Some(changed) = anchors::changed(&input.before, &input.after, tokens) {
            let mut searched = histogram::changed(&input.before, &input.after, tokens).unwrap();
            slide::settle(&input.before, &input.after, &mut searched);
            assert_eq!(changed, searched, "{round}: {before:?} {after:?}");
            told += 1;
        }
    }
    assert!(told > 500 && patched > 100, "{told} {patched}");
}

#[test]
fn hunks_are_read_as_they_were_written() {
    let hunks = hunks(b"a\nb\nc\nd\n", b"A\nb\nc\nD\n").unwrap();
    let mut packed = Packed::default();
    for hunk in &hunks {
        pack(hunk, &mut packed);
    }
    let mut value = Unpacked::new(&packed.0);
    let read: Vec<_> = hunks.iter().map(|_| unpack(&mut value).unwrap()).collect();
    assert_eq!(value.end(read), Some(hunks));
}

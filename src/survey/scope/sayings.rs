//! What past changes of a file said, taken as one text about it. A change of one file speaks of that
//! file; a change of many speaks a little of each.

use super::index::{Index, Kind, WIDEST};

/// How much was said of each file, in changes of that file alone.
pub fn talk(index: &Index<'_>) -> Vec<f32> {
    let mut talk = vec![0.0; index.files()];
    for change in 0..index.past_changes() as u32 {
        spread(index, change, |file, part| talk[file as usize] += part);
    }
    talk
}

/// The files of which changes said a term, with what each said of each of its files.
pub fn said_of(index: &Index<'_>, term: u32, mut give: impl FnMut(u32, f32)) {
    for (change, _) in index.postings(term, Kind::Past) {
        spread(index, change, &mut give);
    }
}

/// Divides what a change said among its files.
fn spread(index: &Index<'_>, change: u32, mut give: impl FnMut(u32, f32)) {
    let (files, width) = index.touched(change);
    if width <= WIDEST {
        let each = 1.0 / (width.max(1) as f32).sqrt();
        files.iter().for_each(|file| give(*file, each));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn faint_hints_add_up_and_a_change_of_many_files_hints_less() {
        let mut made = Made::default();
        (0..4).for_each(|_| made.file(""));
        made.change("wrap lines", &[0]);
        made.change("wrap words", &[0]);
        made.change("wrap", &[1, 2, 3]);
        made.change("paint", &[3]);
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let mut said = [0.0; 4];
        let wrap = index.term("wrap").expect("a term");
        said_of(&index, wrap, |file, part| said[file as usize] += part);
        assert_eq!(said[0], 2.0);
        assert!(said[1] < 1.0 && said[1] == said[3], "{said:?}");
        assert!(talk(&index)[3] > said[3]);
    }
}

//! From what was gathered to an index. The same files and changes give the same bytes, however they
//! were gathered: terms and files are numbered in their own order.

use crate::git::TreeFile;
use crate::id::Oid;
use crate::survey::history::History;
use crate::survey::pack::{Packed, Unpacked};
use crate::survey::past::Past;

use super::gathered::Gathered;
use super::reader::{PackedBag, Reader, Terms, Text, Vocabulary};

/// The index of a commit, of its files and its past, all of which were read.
pub fn build(commit: Oid, files: &[TreeFile], past: &Past, gathered: Gathered) -> Vec<u8> {
    let mut files: Vec<(String, Oid)> = files
        .iter()
        .map(|file| (file.path.to_text().into_owned(), file.blob))
        .collect();
    files.sort_unstable();
    let (terms, bags) = bags(&files, past, gathered);
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let blobs: Vec<&[u8]> = files.iter().map(|(_, blob)| blob.as_bytes()).collect();
    let commits = past.changes.iter().map(|change| change.commit.as_bytes());
    let commits: Vec<&[u8]> = commits.collect();

    let mut packed = Packed::default();
    packed.bytes(commit.as_bytes());
    packed.rows(&terms.iter().map(|term| term.as_bytes()).collect::<Vec<_>>());
    packed.rows(&postings(terms.len(), &bags));
    packed.rows(&paths);
    packed.rows(&blobs);
    packed.rows(&commits);
    for bags in &bags {
        packed.rows(&bags.iter().map(written).collect::<Vec<_>>());
        let length = |bag: &Option<Terms>| bag.iter().flatten().map(|(_, times)| times).sum();
        packed.table(bags.iter().map(length));
    }
    for change in History::of(paths.into_iter(), past).changes.iter().rev() {
        packed.count(change.width);
        packed.count(change.files.len());
        for file in &change.files {
            packed.number(*file);
        }
    }
    packed.0
}

/// All terms, sorted, and what is said, by kind, in the order of [`super::index::Kind`]: of files
/// their contents, paths and definitions, of changes their messages. `None` is what could not be
/// read.
fn bags(
    files: &[(String, Oid)],
    past: &Past,
    gathered: Gathered,
) -> (Vec<Box<str>>, [Vec<Option<Terms>>; 4]) {
    let vocabulary = gathered.vocabulary;
    let mut reader = Reader::of(&vocabulary);
    let names = files.iter().map(|(path, _)| reader.path(path));
    let names: Vec<Terms> = names.collect();
    let texts: Vec<Option<&Text>> = files
        .iter()
        .map(|(_, blob)| gathered.texts.get(blob))
        .collect();
    let said = past.changes.iter();
    let said = said.map(|change| gathered.said.get(&change.commit));
    let said: Vec<Option<&PackedBag>> = said.collect();

    let bags = texts
        .iter()
        .flatten()
        .flat_map(|text| [&text.content, &text.defined]);
    let bags = bags.chain(said.iter().flatten().copied());
    let in_bags = bags.flat_map(read).map(|(term, _)| term);
    let in_names = names.iter().flatten().map(|(term, _)| *term);
    let (terms, ranks) = sorted(vocabulary, in_bags.chain(in_names));
    let bag = |bag: &PackedBag| renumbered(read(bag), &ranks);
    let bags = [
        texts
            .iter()
            .map(|text| text.map(|text| bag(&text.content)))
            .collect(),
        names
            .into_iter()
            .map(|name| Some(renumbered(name, &ranks)))
            .collect(),
        texts
            .iter()
            .map(|text| text.map(|text| bag(&text.defined)))
            .collect(),
        said.iter().map(|said| said.map(bag)).collect(),
    ];
    (terms, bags)
}

fn read(bag: &PackedBag) -> impl Iterator<Item = (u32, u32)> {
    Unpacked::new(bag).pairs().unwrap_or_default()
}

/// Nothing stands for what could not be read, so that it is looked for again.
fn written(bag: &Option<Terms>) -> Vec<u8> {
    let mut packed = Packed::default();
    if let Some(bag) = bag {
        packed.pairs(bag);
    }
    packed.0
}

/// The terms that are said, sorted, and the place of each by its number.
fn sorted(vocabulary: Vocabulary, said: impl Iterator<Item = u32>) -> (Vec<Box<str>>, Vec<u32>) {
    let mut terms = vocabulary.into_terms();
    let mut is_said = vec![false; terms.len()];
    said.for_each(|term| is_said[term as usize] = true);
    let mut ranks = vec![0; terms.len()];
    terms.retain(|(_, number)| is_said[*number as usize]);
    terms.sort_unstable();
    for (rank, (_, number)) in (0..).zip(&terms) {
        ranks[*number as usize] = rank;
    }
    (terms.into_iter().map(|(term, _)| term).collect(), ranks)
}

fn renumbered(bag: impl IntoIterator<Item = (u32, u32)>, ranks: &[u32]) -> Terms {
    let renumbered = bag.into_iter();
    let mut bag: Terms = renumbered
        .map(|(term, times)| (ranks[term as usize], times))
        .collect();
    bag.sort_unstable();
    bag
}

/// For each term one list a kind: who says it, and how often.
fn postings(terms: usize, kinds: &[Vec<Option<Terms>>]) -> Vec<Vec<u8>> {
    let mut rows: Vec<Packed> = std::iter::repeat_with(Packed::default)
        .take(terms)
        .collect();
    let mut list = Packed::default();
    for bags in kinds {
        let mut starts = vec![0; terms + 1];
        for (term, _) in bags.iter().flatten().flatten() {
            starts[*term as usize + 1] += 1;
        }
        for term in 0..terms {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let mut lists = vec![(0, 0); starts[terms]];
        for (number, bag) in (0..).zip(bags) {
            for (term, times) in bag.iter().flatten() {
                let place = &mut next[*term as usize];
                lists[*place] = (number, *times);
                *place += 1;
            }
        }
        for (row, ends) in rows.iter_mut().zip(starts.windows(2)) {
            list.0.clear();
            if ends[0] < ends[1] {
                list.pairs(&lists[ends[0]..ends[1]]);
            }
            row.bytes(&list.0);
        }
    }
    rows.into_iter().map(|row| row.0).collect()
}

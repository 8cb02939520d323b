//! From what was gathered to an index. The same files and changes give the same bytes, however they
//! were gathered: terms and files are numbered in their own order.

use crate::git::TreeFile;
use crate::id::Oid;
use crate::survey::history::History;
use crate::survey::pack::{Packed, Unpacked};
use crate::survey::past::Past;

use super::bm25::Bag;
use super::gathered::{Gathered, Text};

/// Terms by their numbers, ascending, and how often each stands there.
type Terms = Vec<(u32, u32)>;

/// The index of a commit, of its files and its past, all of which were read.
pub fn build(commit: Oid, files: &[TreeFile], past: &Past, mut gathered: Gathered) -> Vec<u8> {
    let mut files: Vec<(String, Oid)> = files
        .iter()
        .map(|file| (file.path.to_text().into_owned(), file.blob))
        .collect();
    files.sort_unstable();
    let bags = bags(&files, past, &mut gathered);
    let (terms, ranks) = sorted(&gathered, &bags);
    let bags = bags.map(|bags| renumbered(bags, &ranks));
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let blobs: Vec<&[u8]> = files.iter().map(|(_, blob)| blob.as_bytes()).collect();
    let commits = past.changes.iter().map(|change| change.commit.as_bytes());
    let commits: Vec<&[u8]> = commits.collect();

    let mut packed = Packed::default();
    packed.bytes(commit.as_bytes());
    packed.rows(&terms);
    packed.rows(&postings(terms.len(), &bags));
    packed.rows(&paths);
    packed.rows(&blobs);
    packed.rows(&commits);
    for (kind, bags) in bags.iter().enumerate() {
        // Nothing stands for what could not be read, so that it is looked for again.
        let unread = |at: usize| kind == 0 && !gathered.texts.contains_key(&files[at].1);
        let row = |(at, bag)| if unread(at) { Vec::new() } else { written(bag) };
        packed.rows(&bags.iter().enumerate().map(row).collect::<Vec<_>>());
        let length = |bag: &Terms| bag.iter().map(|(_, times)| times).sum();
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

/// What is said, by kind, in the order of [`super::index::Kind`]: of files their contents, paths and
/// definitions, of changes their messages.
fn bags(files: &[(String, Oid)], past: &Past, gathered: &mut Gathered) -> [Vec<Terms>; 4] {
    let names = files.iter().map(|(path, _)| name(path, gathered)).collect();
    let empty = Text::default();
    let text = |blob: &Oid| gathered.texts.get(blob).unwrap_or(&empty);
    let said = |commit: &Oid| {
        gathered
            .said
            .get(commit)
            .map_or_else(Vec::new, |bag| read(bag))
    };
    [
        files.iter().map(|(_, b)| read(&text(b).content)).collect(),
        names,
        files.iter().map(|(_, b)| read(&text(b).defined)).collect(),
        past.changes
            .iter()
            .map(|change| said(&change.commit))
            .collect(),
    ]
}

/// The terms of a path; those of the file's name count twice.
fn name(path: &str, gathered: &mut Gathered) -> Terms {
    let mut bag = Bag::new();
    let last = path.rsplit('/').next().unwrap_or(path);
    for text in [path, last] {
        gathered.vocabulary.add(text, 1, &mut bag);
    }
    bag.into_iter().collect()
}

fn read(bag: &[u8]) -> Terms {
    Unpacked::new(bag).pairs().into_iter().flatten().collect()
}

fn written(bag: &Terms) -> Vec<u8> {
    let mut packed = Packed::default();
    packed.pairs(bag);
    packed.0
}

/// All terms that are said, sorted, and the place of each by its number.
fn sorted<'a>(gathered: &'a Gathered, bags: &[Vec<Terms>]) -> (Vec<&'a str>, Vec<u32>) {
    let mut said = vec![false; gathered.vocabulary.numbers.len()];
    for (term, _) in bags.iter().flatten().flatten() {
        said[*term as usize] = true;
    }
    let terms = gathered.vocabulary.numbers.iter();
    let mut terms: Vec<(&str, u32)> = terms
        .map(|(term, number)| (&**term, *number))
        .filter(|(_, number)| said[*number as usize])
        .collect();
    terms.sort_unstable();
    let mut ranks = vec![0; said.len()];
    for (rank, (_, number)) in (0..).zip(&terms) {
        ranks[*number as usize] = rank;
    }
    (terms.into_iter().map(|(term, _)| term).collect(), ranks)
}

fn renumbered(mut bags: Vec<Terms>, ranks: &[u32]) -> Vec<Terms> {
    for bag in &mut bags {
        for (term, _) in &mut *bag {
            *term = ranks[*term as usize];
        }
        bag.sort_unstable();
    }
    bags
}

/// For each term one list a kind: who says it, and how often.
fn postings(terms: usize, kinds: &[Vec<Terms>]) -> Vec<Vec<u8>> {
    let mut rows: Vec<Packed> = std::iter::repeat_with(Packed::default)
        .take(terms)
        .collect();
    for bags in kinds {
        let mut starts = vec![0; terms + 1];
        for (term, _) in bags.iter().flatten() {
            starts[*term as usize + 1] += 1;
        }
        for term in 0..terms {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let mut lists = vec![(0, 0); starts[terms]];
        for (number, bag) in (0..).zip(bags) {
            for (term, times) in bag {
                let place = &mut next[*term as usize];
                lists[*place] = (number, *times);
                *place += 1;
            }
        }
        for (row, ends) in rows.iter_mut().zip(starts.windows(2)) {
            match &lists[ends[0]..ends[1]] {
                [] => row.bytes(&[]),
                list => row.bytes(&written(&list.to_vec())),
            }
        }
    }
    rows.into_iter().map(|row| row.0).collect()
}

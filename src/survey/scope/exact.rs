//! Files that a goal names outright.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::index::{Index, Kind, Scores};
use super::tokens::{terms, words};

/// Files that the goal names, by path or by file name: 1 for the only one of its name.
pub fn named(index: &Index<'_>, goal: &str) -> Scores {
    let mut scores = vec![0.0; index.files()];
    for files in called(index, &paths_in(goal)).values() {
        let each = 1.0 / files.len() as f32;
        files.iter().for_each(|file| scores[*file as usize] += each);
    }
    scores
}

/// By what looks like a path or file name: the file there, else all of that name.
fn called<'a>(index: &Index<'_>, paths: &BTreeSet<&'a str>) -> BTreeMap<&'a str, Vec<u32>> {
    let mut called: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
    for path in paths {
        match index.file(path) {
            Some(file) => called.entry(path).or_default().push(file),
            None => by_name
                .entry(last_part(path).to_lowercase())
                .or_default()
                .push(path),
        }
    }
    if by_name.is_empty() {
        return called;
    }
    for file in 0..index.files() as u32 {
        let name = last_part(index.path(file)).to_lowercase();
        for path in by_name.get(&name).into_iter().flatten() {
            called.entry(path).or_default().push(file);
        }
    }
    called
}

/// Files that use a name which the goal says, the fewer the more.
pub fn used(index: &Index<'_>, goal: &str) -> Scores {
    let mut scores = vec![0.0; index.files()];
    for term in compounds(index, goal) {
        let used = index.postings(term, Kind::Content);
        let root = (used.count_left() as f32).sqrt();
        used.for_each(|(file, times)| {
            let times = times as f32;
            scores[file as usize] += times / (times + 2.0) / root;
        });
    }
    scores
}

/// The names of several parts that a goal says, such as `merge_base`.
fn compounds(index: &Index<'_>, goal: &str) -> BTreeSet<u32> {
    let compounds = words(goal).filter_map(|word| word.compound());
    compounds.filter_map(|term| index.term(&term)).collect()
}

/// What share of the words of each folder the heading of a goal says, and of each file's own name all
/// of it: 0 to 1.
pub fn shares(index: &Index<'_>, heading: &str, goal: &str) -> [Scores; 2] {
    let (heading, goal) = (said(heading), said(goal));
    let (mut folders, mut names) = (vec![0.0; index.files()], vec![0.0; index.files()]);
    for file in called_by_any(index, &goal) {
        let path = index.path(file);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        folders[file as usize] = share(&heading, folder);
        names[file as usize] = share(&goal, name);
    }
    [folders, names]
}

/// Files in whose path any of these terms stands.
fn called_by_any(index: &Index<'_>, said: &HashSet<String>) -> BTreeSet<u32> {
    let terms = said.iter().filter_map(|term| index.term(term));
    let files = terms.flat_map(|term| index.postings(term, Kind::Name));
    files.map(|(file, _)| file).collect()
}

fn said(text: &str) -> HashSet<String> {
    let mut said = HashSet::new();
    terms(text, |term| {
        said.insert(term.to_owned());
    });
    said
}

fn share(said: &HashSet<String>, text: &str) -> f32 {
    let (mut all, mut shared) = (0_u32, 0_u32);
    terms(text, |term| {
        all += 1;
        shared += u32::from(said.contains(term));
    });
    shared as f32 / all.max(1) as f32
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Words of the goal that look like paths or file names.
fn paths_in(goal: &str) -> BTreeSet<&str> {
    goal.split(|c: char| c.is_whitespace() || "`'\"()[]{}<>,;:".contains(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| word.contains('/') || word.contains('.'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn a_path_means_its_file_and_a_name_all_that_are_called_so() {
        let mut made = Made::default();
        (0..2).for_each(|_| made.file("merge_base"));
        made.file("other");
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        assert_eq!(named(&index, "Mend `001.rs`, please."), [0.0, 1.0, 0.0]);
        assert_eq!(named(&index, "Mend src/002.RS: now"), [0.0, 0.0, 1.0]);
        let users = used(&index, "What does mergeBase do?");
        assert!(users[0] > 0.0 && users[0] == users[1] && users[2] == 0.0);
        let [_, names] = shares(&index, "", "Mend 001");
        assert_eq!(names, [0.0, 0.0, 0.0]);
    }
}

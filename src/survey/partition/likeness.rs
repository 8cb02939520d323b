//! How alike two files are where the past is silent: by where they lie and by what they say.

use std::collections::HashMap;

use crate::survey::scope::FileTerms;

/// What the same name in another folder counts: a source and its test, a header and its code.
const SAME_NAME: f32 = 0.5;
/// A name that more of the files define, or that more of them use, binds nothing.
const MOST_DEFINED: usize = 3;
const MOST_USED: f32 = 0.5;

/// 0 to 1.5: the folders that two paths have in common, and whether the files are called alike.
pub fn of_paths(paths: &[&str], one: usize, other: usize) -> f32 {
    let (one, other) = (paths[one], paths[other]);
    let (one_folder, other_folder) = (folder(one), folder(other));
    let depth = |folder: &str| folder.split('/').filter(|part| !part.is_empty()).count();
    let common = one_folder
        .split('/')
        .zip(other_folder.split('/'))
        .take_while(|(a, b)| a == b && !a.is_empty())
        .count();
    let deepest = depth(one_folder).max(depth(other_folder));
    let near = (common + 1) as f32 / (deepest + 1) as f32;
    let named_alike = !name(one).is_empty() && name(one) == name(other);
    near + if named_alike { SAME_NAME } else { 0.0 }
}

/// The name of a file, without ending and without what makes it a test.
fn name(path: &str) -> &str {
    let file = &path[folder(path).len()..];
    let name = file.trim_start_matches('/').split('.').next().unwrap_or("");
    let name = name.strip_prefix("test_").unwrap_or(name);
    let endings = ["_test", "_spec", "Test"];
    endings
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

/// The words of some files, ready to be compared.
#[derive(Debug)]
pub struct Words<'a> {
    texts: &'a [FileTerms],
    /// By term: in how many of the files it stands.
    spread: HashMap<&'a str, f32>,
    /// By term: the files that define it.
    defined: HashMap<&'a str, Vec<usize>>,
    /// The length of each file as a vector of weighted terms.
    norms: Vec<f32>,
}

impl<'a> Words<'a> {
    pub fn of(texts: &'a [FileTerms]) -> Self {
        let mut words = Self {
            texts,
            spread: HashMap::new(),
            defined: HashMap::new(),
            norms: Vec::new(),
        };
        for (at, text) in texts.iter().enumerate() {
            for term in text.all.keys() {
                *words.spread.entry(term).or_default() += 1.0;
            }
            for term in text.defined.keys() {
                words.defined.entry(term).or_default().push(at);
            }
        }
        words.norms = texts
            .iter()
            .map(|text| words.product(text, text).sqrt())
            .collect();
        words
    }

    /// 0 to 1: the cosine of the weighted terms (tf-idf) of two files.
    pub fn alike(&self, one: usize, other: usize) -> f32 {
        let norm = self.norms[one] * self.norms[other];
        if norm == 0.0 {
            return 0.0;
        }
        self.product(&self.texts[one], &self.texts[other]) / norm
    }

    /// 0 to 1: how much of what `other` defines for the few `one` uses.
    pub fn uses(&self, one: usize, other: usize) -> f32 {
        let files = self.texts.len() as f32;
        let own = |term: &&String| {
            self.defined[term.as_str()].len() <= MOST_DEFINED
                && self.spread.get(term.as_str()).copied().unwrap_or(0.0) <= MOST_USED * files
        };
        let names = self.texts[other].defined.keys().filter(own);
        let used = names
            .filter(|name| self.texts[one].all.contains_key(*name))
            .count() as f32;
        used / (used + 2.0)
    }

    fn product(&self, one: &FileTerms, other: &FileTerms) -> f32 {
        let (few, many) = if one.all.len() <= other.all.len() {
            (one, other)
        } else {
            (other, one)
        };
        // In a fixed order: sums of floats depend on it, and answers must not differ by chance.
        let mut common: Vec<(&String, u32, u32)> = few
            .all
            .iter()
            .filter_map(|(term, times)| Some((term, *times, *many.all.get(term)?)))
            .collect();
        common.sort_unstable();
        let weigh = |term: &str, times: u32| {
            let rarity = (self.texts.len() as f32 / self.spread[term]).ln();
            (1.0 + (times as f32).ln()) * rarity
        };
        let products = common
            .into_iter()
            .map(|(term, a, b)| weigh(term, a) * weigh(term, b));
        products.sum()
    }
}

/// The folder that a path lies in.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_files_and_tests_of_the_same_name_are_alike() {
        let paths = [
            "src/api/user.rs",
            "src/api/key.rs",
            "tests/user.rs",
            "README.md",
        ];
        let like = |one, other| of_paths(&paths, one, other);
        assert!(like(0, 1) > like(0, 3));
        assert!(like(0, 2) > like(1, 2));
    }

    #[test]
    fn a_file_that_uses_what_another_defines_is_bound_to_it() {
        let text = |text: &str| FileTerms::of(text.as_bytes());
        let texts = [
            text("fn parse_header() {}"),
            text("let header = parse_header();"),
            text("print hello"),
            text("print world"),
        ];
        let words = Words::of(&texts);
        assert!(words.uses(1, 0) > words.uses(2, 0));
        assert!(words.alike(2, 3) > words.alike(0, 3));
    }
}

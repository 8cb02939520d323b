//! Text as terms: what a goal, a path, a commit message and a source file have in common.

use std::sync::LazyLock;

/// Longer runs of letters are data, not words.
const LONGEST: usize = 64;

/// Words that say nothing about which files are meant; sorted.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been",
    "before", "but", "by", "can", "do", "does", "for", "from", "has", "have", "how", "if", "in",
    "instead", "into", "is", "it", "its", "just", "let", "like", "make", "more", "no", "not",
    "now", "of", "on", "only", "or", "other", "our", "out", "over", "same", "should", "so", "some",
    "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to",
    "up", "use", "used", "using", "via", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "will", "with", "without", "would", "you", "your",
];

/// A word of a text, with what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word<'a> {
    /// As it stands there: `MergeBase`, `merge_base`, `merging`.
    pub text: &'a str,
}

impl Word<'_> {
    /// Whether it is too long to be one.
    pub fn is_data(&self) -> bool {
        self.text.len() > LONGEST
    }

    /// All its terms: its parts, `merg` and `bas`, without stop words, and the whole of it, where it
    /// has several.
    pub fn terms(&self, mut take: impl FnMut(&str)) {
        if self.is_data() {
            return;
        }
        for part in parts(self.text) {
            if is_unspaced(part) {
                pairs(part, &mut take);
                continue;
            }
            let lower = part.to_lowercase();
            let telling = lower.len() > 1 && !lower.bytes().all(|byte| byte.is_ascii_digit());
            if telling && STOP_WORDS.binary_search(&lower.as_str()).is_err() {
                take(stem(&lower));
            }
        }
        if let Some(compound) = self.compound() {
            take(&compound);
        }
    }

    /// The whole of it in one spelling, where it is made of several parts: `mergebase`.
    pub fn compound(&self) -> Option<String> {
        let joined = !self.is_data() && parts(self.text).nth(1).is_some();
        joined.then(|| self.text.replace('_', "").to_lowercase())
    }
}

/// The words of a text: letters, digits and `_`, in any script.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_at(run(rest, false));
        let (text, left) = from.split_at(run(from, true));
        rest = left;
        (!text.is_empty()).then_some(Word { text })
    })
}

/// How many bytes at the start belong to a word, or to none.
fn run(text: &str, to_word: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (belongs, length) = if byte.is_ascii() {
            (byte.is_ascii_alphanumeric() || *byte == b'_', 1)
        } else {
            let c = text[at..].chars().next().unwrap_or_default();
            (is_letter(c), c.len_utf8())
        };
        if belongs != to_word {
            break;
        }
        at += length;
    }
    at
}

/// Letters and digits of the characters that are in common use, by number, a bit each: Unicode's own
/// tables are searched for each character anew, which takes its time in texts of other scripts.
static LETTERS: LazyLock<Box<[u64]>> = LazyLock::new(|| {
    let is_letter = |c: u32| char::from_u32(c).is_some_and(char::is_alphanumeric);
    let row = |row: u32| (0..64).fold(0, |bits, c| bits | u64::from(is_letter(64 * row + c)) << c);
    (0..0x400).map(row).collect()
});

fn is_letter(c: char) -> bool {
    let at = c as usize;
    match LETTERS.get(at / 64) {
        Some(row) => row >> (at % 64) & 1 == 1,
        None => c.is_alphanumeric(),
    }
}

/// All terms of a text, compounds whole and in parts.
pub fn terms(text: &str, mut take: impl FnMut(&str)) {
    words(text).for_each(|word| word.terms(&mut take));
}

/// `MergeBase`, `merge_base`, `mergeBase` and `HTTPServer2` in two parts each.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('_');
        let end = end_of_part(rest);
        let (part, left) = rest.split_at(end);
        rest = left;
        (!part.is_empty()).then_some(part)
    })
}

fn end_of_part(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut before: Option<char> = None;
    while let Some((at, c)) = chars.next() {
        if c == '_' {
            return at;
        }
        let next_is_lower = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        let begins = match before {
            None => false,
            Some(before) => {
                c.is_uppercase() && (!before.is_uppercase() || next_is_lower)
                    || is_unspaced_char(c) != is_unspaced_char(before)
            }
        };
        if begins {
            return at;
        }
        before = Some(c);
    }
    text.len()
}

/// Chinese, Japanese and the like put no blanks between words.
fn is_unspaced_char(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        | '\u{e00}'..='\u{eff}')
}

fn is_unspaced(part: &str) -> bool {
    part.chars().next().is_some_and(is_unspaced_char)
}

/// Every two neighbours, which find a word wherever it stands.
fn pairs(part: &str, take: &mut impl FnMut(&str)) {
    let starts: Vec<usize> = part.char_indices().map(|(at, _)| at).collect();
    let end = |at: usize| starts.get(at + 2).copied().unwrap_or(part.len());
    let pairs = 0..starts.len().saturating_sub(1).max(1);
    pairs.for_each(|at| take(&part[starts[at]..end(at)]));
}

/// Without the endings that English puts on: `merges`, `merged`, `merging` and `merge` are one.
fn stem(word: &str) -> &str {
    let mut word = word;
    let longer = |word: &str, than: usize| word.is_ascii() && word.len() > than;
    if longer(word, 3) && word.ends_with('s') && !word.ends_with("ss") {
        word = &word[..word.len() - 1];
    }
    if longer(word, 5) && word.ends_with("ing") {
        word = &word[..word.len() - 3];
    } else if longer(word, 4) && word.ends_with("ed") {
        word = &word[..word.len() - 2];
    }
    if longer(word, 3) && word.ends_with('e') {
        word = &word[..word.len() - 1];
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        terms(text, |term| found.push(term.to_owned()));
        found
    }

    #[test]
    fn spellings_of_one_name_share_their_terms() {
        for name in ["MergeBase", "merge_base", "mergeBase", "MERGE_BASE"] {
            assert_eq!(all(name), ["merg", "bas", "mergebase"], "{name}");
        }
        assert_eq!(all("HTTPServer"), ["http", "server", "httpserver"]);
    }

    #[test]
    fn endings_and_stop_words_do_not_count() {
        assert_eq!(all("merging merges, merged the merge"), ["merg"; 4]);
        assert_eq!(all("classes of 42 x"), ["class"]);
    }

    #[test]
    fn other_scripts_are_words_too() {
        assert_eq!(all("Überprüfung"), ["überprüfung"]);
        assert_eq!(all("слияние веток"), ["слияние", "веток"]);
        assert_eq!(all("合并分支"), ["合并", "并分", "分支"]);
        assert_eq!(all("修复parser"), ["修复", "parser", "修复parser"]);
    }

    #[test]
    fn every_character_is_a_letter_or_none_as_unicode_says() {
        assert!((0..=u32::MAX >> 11).all(|c| {
            let c = char::from_u32(c);
            c.is_none_or(|c| is_letter(c) == c.is_alphanumeric())
        }));
    }

    #[test]
    fn words_are_what_lies_between_other_characters() {
        for text in [
            "",
            "a",
            " a_b,",
            "größe»x«",
            "\u{1f600}ab \u{10ffff}",
            "٣ টি\r\nx",
        ] {
            let apart = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let expected: Vec<&str> = apart.filter(|word| !word.is_empty()).collect();
            let found: Vec<&str> = words(text).map(|word| word.text).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }
}

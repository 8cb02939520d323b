//! Task names: made from titles, unique in their plan, fit for a branch and a folder.

use std::collections::{HashMap, HashSet};

use crate::id::TaskId;

/// No name is longer: a folder's name holds the repository's name besides.
const LONGEST: usize = 40;

/// A name for each task, in order: from what it is called, else from its id.
pub fn names<'a>(tasks: impl IntoIterator<Item = (TaskId, &'a str)>) -> Vec<String> {
    let mut taken = Taken::default();
    tasks
        .into_iter()
        .map(|(id, called)| unique(&slug(called).unwrap_or_else(|| fallback(id)), &mut taken))
        .collect()
}

/// `text` as lower-case ASCII words with hyphens, cut at a word where it is too long; `None` where
/// too little is left to recognise it by, or where it would be read as an id.
pub fn slug(text: &str) -> Option<String> {
    let plain: String = text.chars().map(ascii).collect();
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let kept: usize = words.iter().map(|word| word.len()).sum();
    let name = cut(&words.join("-"));
    (kept * 2 > letters && !looks_like_an_id(&name)).then_some(name)
}

/// Whether `name` can stand in a branch, a folder and a selector as it is.
pub fn is_fit(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty()
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.contains("..")
        && !name.ends_with('.')
        && !name.ends_with(".lock")
}

fn fallback(id: TaskId) -> String {
    id.to_string().to_lowercase()
}

/// Names that are given away.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    /// By what was wished for: the number to try next.
    numbers: HashMap<String, u32>,
}

fn unique(wish: &str, taken: &mut Taken) -> String {
    if taken.names.insert(wish.to_owned()) {
        return wish.to_owned();
    }
    let number = taken.numbers.entry(wish.to_owned()).or_insert(1);
    loop {
        *number += 1;
        let suffix = format!("-{number}");
        let room = wish.len().min(LONGEST - suffix.len());
        let name = format!("{}{suffix}", wish[..room].trim_end_matches('-'));
        if taken.names.insert(name.clone()) {
            return name;
        }
    }
}

/// At most [`LONGEST`] bytes, without half a word unless the first is too long by itself.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let head = &name[..LONGEST];
    let whole = if name[LONGEST..].starts_with('-') {
        head
    } else {
        head.rsplit_once('-').map_or(head, |(words, _)| words)
    };
    whole.to_owned()
}

/// `r1`, `p2` and `t003` are what runs, plans and tasks are called by.
fn looks_like_an_id(name: &str) -> bool {
    name.strip_prefix(['r', 'p', 't'])
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// The letter under an accent, lower-case; a space for everything that is no letter or digit.
fn ascii(c: char) -> char {
    match c.to_lowercase().next().unwrap_or(c) {
        lower if lower.is_ascii_alphanumeric() => lower,
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'æ' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'œ' => 'o',
        'ř' => 'r',
        'ß' | 'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(titles: &[&str]) -> Vec<String> {
        let ids = (1..).map(TaskId);
        names(ids.zip(titles.iter().copied()))
    }

    #[test]
    fn a_name_reads_like_its_title() {
        let cases = [
            ("Add JWT middleware", "add-jwt-middleware"),
            ("auth-backend", "auth-backend"),
            ("Größe & Übersicht (v2)", "grose-ubersicht-v2"),
            ("../../etc/passwd", "etc-passwd"),
            ("--force; rm -rf", "force-rm-rf"),
        ];
        for (title, name) in cases {
            assert_eq!(named(&[title]), [name], "{title}");
        }
    }

    #[test]
    fn a_title_that_leaves_too_little_or_reads_as_an_id_is_named_by_the_task_id() {
        for title in ["認証を追加する", "Добавить API", "r12", "T007", "!!"] {
            assert_eq!(named(&[title]), ["t001"], "{title}");
        }
    }

    #[test]
    fn names_are_unique_and_short_even_when_titles_are_long_and_alike() {
        let title = "Refactor the authentication layer of the whole application";
        let found = named(&[title, title, title]);
        assert_eq!(found[0], "refactor-the-authentication-layer-of-the");
        assert_eq!(found[1], "refactor-the-authentication-layer-of-t-2");
        let odd = "x".repeat(90);
        for name in named(&[title, title, &odd, &odd, "x 2", "x", "x"]) {
            assert!(name.len() <= LONGEST && is_fit(&name), "{name}");
        }
        let all = named(&["x", "x", "x-2", "x"]);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4, "{all:?}");
    }

    #[test]
    fn what_git_or_a_shell_would_stumble_over_is_not_fit() {
        for wrong in ["", "-x", ".x", "a..b", "a.", "a.lock", "a/b", "a b", "ü"] {
            assert!(!is_fit(wrong), "{wrong}");
        }
    }
}

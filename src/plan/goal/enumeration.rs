//! "Refactor A, B and C layers": one sentence, several things of one kind.

use super::words::starts_with_verb;

/// Words that join the last thing to the others. Between two things alone only the common ones.
const JOINTS: &[&str] = &[
    "and", "und", "et", "y", "и", "e", "og", "och", "en", "ve", "oraz", "a také",
];
/// The length of a blank and a joining word of one letter, which may be the name of a thing.
const ONE_LETTER: usize = 2;
/// Marks between things, also of other scripts.
const MARKS: &[&str] = &[",", ";", "、", "，", "；", "·", "和", "以及", "及"];
/// A piece that begins with one of these says more of the piece before it.
const SUBORDINATE: &[&str] = &[
    "it",
    "they",
    "this",
    "we",
    "which",
    "that",
    "who",
    "whose",
    "where",
    "when",
    "while",
    "so",
    "because",
    "since",
    "but",
    "not",
    "nothing",
    "using",
    "with",
    "without",
    "if",
    "unless",
    "until",
    "to",
    "for",
    "in",
    "on",
    "as",
    "by",
    "like",
    "such",
    "including",
    "especially",
    "e.g.",
    "i.e.",
    "instead",
    "even",
    "then",
    "or",
    "before",
    "after",
    "from",
    "via",
    "only",
    "rather",
    "except",
];
/// Words that what is common to all things ends with.
const PREPOSITIONS: &[&str] = &[
    "for", "in", "of", "to", "with", "across", "from", "on", "into", "between", "within", "around",
];
const ARTICLES: &[&str] = &["the", "a", "an", "all", "our", "both"];
/// What all things may be called, at the end of the list.
const KINDS: &[&str] = &[
    "layers",
    "modules",
    "components",
    "services",
    "endpoints",
    "pages",
    "parts",
    "commands",
    "packages",
    "crates",
    "systems",
    "subsystems",
    "handlers",
    "controllers",
    "views",
    "models",
    "screens",
    "apis",
    "classes",
    "drivers",
    "backends",
    "plugins",
    "adapters",
    "libraries",
    "features",
    "tests",
    "parsers",
    "types",
    "routes",
    "forms",
    "tables",
    "files",
    "stores",
    "bundles",
    "bridges",
    "clients",
    "servers",
    "docs",
];
/// More words than this are a clause, not a thing.
const MOST_WORDS: usize = 8;

/// The things that a sentence asks for, each as a wish of its own; empty where it asks for one.
pub fn enumerated(sentence: &str) -> Vec<String> {
    if subordinate(sentence) {
        return Vec::new();
    }
    let (pieces, joined) = pieces(sentence);
    if pieces.len() < 2 {
        return Vec::new();
    }
    if pieces.iter().all(|piece| piece.starts_with(is_sign)) {
        return pieces.iter().map(|piece| (*piece).to_owned()).collect();
    }
    let wishes = wishes(&pieces, are_alike(sentence, &pieces));
    if wishes.len() > 1 {
        return wishes;
    }
    if let [one, other] = pieces.as_slice()
        && are_clauses(sentence.trim(), one, other)
    {
        return vec![(*one).to_owned(), (*other).to_owned()];
    }
    let own_script = !sentence.is_ascii();
    let short = pieces[1..].iter().all(|piece| words(piece) <= MOST_WORDS);
    let a_list = (joined || own_script) && short;
    if a_list && !pieces[1..].iter().any(|piece| subordinate(piece)) {
        things(&pieces)
    } else {
        Vec::new()
    }
}

/// Whether these two are wishes of their own, though the other's verb is not known as one: two things
/// are joined without a comma, and share what is around them.
fn are_clauses(sentence: &str, one: &str, other: &str) -> bool {
    let between = sentence.strip_prefix(one);
    let between = between.and_then(|rest| rest.strip_suffix(other));
    let first = other.split(' ').next().unwrap_or_default().to_lowercase();
    between.is_some_and(|between| between.starts_with(',') && between.len() > ", ".len())
        && starts_with_verb(one)
        && words(other) > 2
        && !ARTICLES.contains(&first.as_str())
        && !subordinate(other)
}

/// Whether a character is a picture or an arrow, which stands in front of a thing as a bullet does.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether pieces are one list of wishes: commas between them, a comma and a word in front of the
/// last, and a verb at the first and the last. Those between them are wishes then, too.
fn are_alike(sentence: &str, pieces: &[&str]) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let mut rest = sentence.trim().strip_prefix(first);
    for piece in middle {
        rest = rest.and_then(|rest| rest.strip_prefix(", ")?.strip_prefix(piece));
    }
    let between = rest.and_then(|rest| rest.strip_prefix(", ")?.strip_suffix(last));
    let is_joint = |word: &str| JOINTS.contains(&word.trim());
    between.is_some_and(is_joint) && starts_with_verb(first) && starts_with_verb(last)
}

/// Whether a piece of a list of wishes can be one, rather than say more of the piece before it.
fn can_be_a_wish(piece: &str) -> bool {
    let first = piece.split(' ').next().unwrap_or_default().to_lowercase();
    let says_how = first.ends_with("ing") || first.ends_with("ly");
    words(piece) > 2 && !says_how && !ARTICLES.contains(&first.as_str()) && !subordinate(piece)
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn subordinate(piece: &str) -> bool {
    let first = piece.split_whitespace().next().unwrap_or_default();
    SUBORDINATE.contains(&first.to_lowercase().as_str())
}

/// Pieces between marks and joining words, and whether a word joins the last one.
fn pieces(sentence: &str) -> (Vec<&str>, bool) {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quoted, mut joined) = (0, 0_i32, false, false);
    let mut behind_word = false;
    for (at, c) in sentence.char_indices() {
        match c {
            '`' | '"' => quoted = !quoted,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if quoted || depth > 0 || at < start {
            continue;
        }
        if let Some((length, word)) = separator(&sentence[at..]) {
            let piece = sentence[start..at].trim();
            // Right behind a joint, a letter is a thing: "x and y in z".
            if piece.is_empty() && behind_word && length == ONE_LETTER {
                continue;
            }
            found.push(piece);
            start = at + length;
            joined |= word;
            behind_word = word;
        }
    }
    found.push(sentence[start..].trim());
    found.retain(|piece| !piece.is_empty());
    (found, joined)
}

/// The length of what separates two things here, and whether it is a word.
fn separator(text: &str) -> Option<(usize, bool)> {
    if let Some(mark) = MARKS.iter().find(|mark| text.starts_with(**mark)) {
        // A comma within a number or a name is none.
        let inside = *mark == "," && text[1..].starts_with(|c: char| !c.is_whitespace());
        let word = !mark.is_ascii() && mark.chars().next().is_some_and(char::is_alphabetic);
        return (!inside).then_some((mark.len(), word));
    }
    let rest = text.strip_prefix(' ')?;
    let (joint, after) = joint(rest)?;
    let length = 1 + joint.len();
    // In front of a joint, a letter is a thing: "x, y and z".
    let is_thing = length == ONE_LETTER && self::joint(after.trim_start()).is_some();
    (!is_thing).then_some((length, true))
}

/// The joining word that a text begins with, and what is behind it.
fn joint(text: &str) -> Option<(&'static str, &str)> {
    let joints = JOINTS.iter().chain(&["&"]);
    let mut found = joints.filter_map(|joint| Some((*joint, text.strip_prefix(joint)?)));
    found.find(|(_, after)| after.starts_with(' '))
}

/// Pieces that begin with a verb of their own, or that stand among such as one of them, with what
/// follows each.
fn wishes(pieces: &[&str], alike: bool) -> Vec<String> {
    if !starts_with_verb(pieces[0]) {
        return Vec::new();
    }
    let is_wish = |piece: &str| starts_with_verb(piece) || alike && can_be_a_wish(piece);
    let mut found: Vec<String> = Vec::new();
    for piece in pieces {
        let then = piece.to_lowercase().starts_with("then ");
        match found.last_mut() {
            Some(last) if !is_wish(piece) && !then => {
                *last = format!("{last}, {piece}");
            }
            _ => found.push((*piece).to_owned()),
        }
    }
    found
}

/// What stands in front of and behind the things belongs to each of them.
fn things(pieces: &[&str]) -> Vec<String> {
    let last = pieces[pieces.len() - 1];
    let (front, first) = front(pieces[0], &pieces[1..]);
    let (last, behind) = behind(last, &pieces[..pieces.len() - 1]);
    let middle = pieces[1..pieces.len() - 1].iter().copied();
    let all = [first].into_iter().chain(middle).chain([last]);
    all.map(|thing| {
        let words = [front, thing, &behind];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    })
    .collect()
}

/// What is common in front, and the first thing: cut where the other things begin with the same
/// article, else behind the last preposition, else behind the verb.
fn front<'a>(piece: &'a str, others: &[&str]) -> (&'a str, &'a str) {
    let cut_before = |word: &str| {
        let found = piece.to_lowercase().rfind(&format!(" {word} "));
        found.filter(|at| piece.is_char_boundary(*at))
    };
    let article = others[0]
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    if ARTICLES.contains(&article.as_str()) {
        let first = piece.split(' ').nth(1).unwrap_or_default().to_lowercase();
        let behind_verb = first == article && starts_with_verb(piece);
        let at = if behind_verb {
            piece.find(' ')
        } else {
            cut_before(&article)
        };
        if let Some(at) = at {
            return (&piece[..at], piece[at..].trim());
        }
    }
    let cuts = PREPOSITIONS.iter().filter_map(|word| {
        let at = cut_before(word)?;
        Some(at + word.len() + 2)
    });
    let behind_verb = || piece.find(' ').filter(|_| starts_with_verb(piece));
    let Some(mut at) = cuts.max().or_else(behind_verb) else {
        return ("", piece);
    };
    let rest = piece[at..].trim_start();
    if let Some((word, thing)) = rest.split_once(' ')
        && ARTICLES.contains(&word.to_lowercase().as_str())
    {
        at = piece.len() - thing.len();
    }
    (piece[..at].trim(), piece[at..].trim())
}

/// The last thing, and what is common behind: a word for what all of them are, or words from a
/// preposition on that no other thing has.
fn behind<'a>(last: &'a str, others: &[&str]) -> (&'a str, String) {
    if let Some((thing, kind)) = last.rsplit_once(' ')
        && KINDS.contains(&kind.to_lowercase().as_str())
        && !others.iter().any(|other| other.ends_with(kind))
    {
        return (thing, singular(kind));
    }
    let tail = PREPOSITIONS
        .iter()
        .filter_map(|word| last.find(&format!(" {word} ")));
    let has_one = |piece: &&str| {
        let mut words = piece.split(' ');
        words.any(|word| PREPOSITIONS.contains(&word))
    };
    match tail.min() {
        Some(at) if !others.iter().any(has_one) => (&last[..at], last[at..].trim().to_owned()),
        _ => (last, String::new()),
    }
}

/// One of a kind.
fn singular(kind: &str) -> String {
    if let Some(stem) = kind.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = kind.strip_suffix("sses").map(|stem| format!("{stem}ss"));
    stem.unwrap_or_else(|| kind.strip_suffix('s').unwrap_or(kind).to_owned())
}

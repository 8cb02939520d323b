//! What single words of a goal are: verbs that ask for work, politeness around a wish.

/// Verbs that wishes for a program begin with.
const VERBS: &[&str] = &[
    "accelerate",
    "accept",
    "adapt",
    "add",
    "address",
    "adjust",
    "allow",
    "append",
    "apply",
    "assert",
    "audit",
    "avoid",
    "benchmark",
    "bring",
    "build",
    "bump",
    "cache",
    "capture",
    "centralize",
    "change",
    "check",
    "choose",
    "clarify",
    "clean",
    "clear",
    "collect",
    "combine",
    "compress",
    "compute",
    "configure",
    "connect",
    "convert",
    "cover",
    "create",
    "debug",
    "decouple",
    "deduplicate",
    "define",
    "delete",
    "deliver",
    "deploy",
    "deprecate",
    "describe",
    "design",
    "detect",
    "disable",
    "document",
    "drop",
    "eliminate",
    "emit",
    "enable",
    "encrypt",
    "enforce",
    "ensure",
    "escape",
    "evaluate",
    "expand",
    "explain",
    "expose",
    "extend",
    "extract",
    "fetch",
    "find",
    "fix",
    "flatten",
    "generate",
    "give",
    "handle",
    "harden",
    "hide",
    "highlight",
    "ignore",
    "implement",
    "improve",
    "increase",
    "inline",
    "install",
    "integrate",
    "introduce",
    "investigate",
    "isolate",
    "join",
    "keep",
    "let",
    "limit",
    "load",
    "localize",
    "log",
    "make",
    "measure",
    "mention",
    "merge",
    "migrate",
    "modernize",
    "monitor",
    "move",
    "normalize",
    "offer",
    "optimise",
    "optimize",
    "parse",
    "pass",
    "persist",
    "polish",
    "port",
    "prepare",
    "preserve",
    "prevent",
    "print",
    "profile",
    "propagate",
    "protect",
    "provide",
    "publish",
    "raise",
    "read",
    "rearrange",
    "rebuild",
    "redesign",
    "redirect",
    "reduce",
    "refactor",
    "refresh",
    "reject",
    "release",
    "reload",
    "remove",
    "rename",
    "render",
    "reorganize",
    "repair",
    "replace",
    "report",
    "reset",
    "resolve",
    "restore",
    "restrict",
    "restructure",
    "retry",
    "return",
    "reuse",
    "revert",
    "review",
    "rework",
    "rewrite",
    "rotate",
    "run",
    "sanitize",
    "save",
    "secure",
    "select",
    "send",
    "separate",
    "serialize",
    "set",
    "ship",
    "shorten",
    "show",
    "shrink",
    "simplify",
    "skip",
    "sort",
    "speed",
    "split",
    "stabilize",
    "standardize",
    "start",
    "stop",
    "store",
    "strip",
    "summarize",
    "support",
    "suppress",
    "switch",
    "synchronize",
    "tag",
    "teach",
    "test",
    "throttle",
    "toggle",
    "track",
    "translate",
    "treat",
    "trim",
    "try",
    "tune",
    "turn",
    "unblock",
    "unify",
    "update",
    "upgrade",
    "upload",
    "use",
    "validate",
    "verify",
    "visualize",
    "warn",
    "wire",
    "wrap",
    "write",
];

/// What stands in front of a wish without being part of it.
const FRONT: &[&str] = &[
    "please",
    "i need to",
    "we need to",
    "i want to",
    "we want to",
    "i'd like to",
    "we should",
    "can you",
    "could you",
    "can we",
    "could we",
    "let's",
    "let us",
    "help me",
    "you should",
    "i want you to",
    "the goal is to",
    "goal:",
    "task:",
];

/// What stands behind one.
const BEHIND: &[&str] = &[
    "in parallel",
    "at the same time",
    "at once",
    "simultaneously",
    "concurrently",
    "please",
    "to save time",
];

/// A sentence that only asks whether somebody would do it.
const POLITE: &[&str] = &[
    "can you help",
    "could you help",
    "thanks",
    "thank you",
    "please",
];

/// Whether a text begins with a verb that asks for something.
pub fn starts_with_verb(text: &str) -> bool {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    let first = words.find(|word| !["then", "also", "and", "finally,"].contains(&word.as_str()));
    first.is_some_and(|word| VERBS.contains(&word.trim_end_matches([':', ','])))
}

/// A sentence without politeness around it.
pub fn without_frame(sentence: &str) -> &str {
    let mut text = sentence
        .trim()
        .trim_end_matches(['.', '!', '?', '。'])
        .trim();
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    if POLITE.iter().any(|polite| same(polite, text)) {
        return "";
    }
    while let Some(front) = FRONT.iter().find(|front| {
        let head = text.get(..front.len());
        head.is_some_and(|head| same(head, front)) && text[front.len()..].starts_with(' ')
    }) {
        text = text[front.len()..].trim_start();
    }
    while let Some(behind) = BEHIND.iter().find(|behind| {
        let cut = text.len().checked_sub(behind.len() + 1);
        let tail = cut.and_then(|cut| text.get(cut..));
        tail.is_some_and(|tail| tail.starts_with(' ') && same(&tail[1..], behind))
    }) {
        text = text[..text.len() - behind.len()].trim_end_matches([' ', ',']);
    }
    text
}

/// Sentences of a line: a mark, a space, and a capital or a letter of a script without any.
pub fn sentences(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, mark) in line.char_indices() {
        let next = at + mark.len_utf8();
        let ends = match mark {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' => {
                let rest = &line[next..];
                let capital = rest.trim_start().starts_with(|c: char| !c.is_lowercase());
                rest.starts_with(' ') && capital && !abbreviated(&line[start..at])
            }
            _ => false,
        };
        if ends {
            found.push(line[start..at].trim());
            start = next;
        }
    }
    found.push(line[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Whether a full stop behind this text belongs to its last word: `e.g`, `vs`, a number of a list.
fn abbreviated(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    ["e.g", "i.e", "etc", "vs", "approx", "cf"].contains(&last.to_lowercase().as_str())
        || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// With a capital in front, unless the first word is a name such as `foo_bar` or `iOS`.
pub fn capitalised(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let plain = first.chars().all(char::is_lowercase);
    let mut letters = text.chars();
    match letters.next() {
        Some(c) if plain => c.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

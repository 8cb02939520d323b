//! Text that is safe and fits: control characters shown instead of obeyed, widths in columns.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` with every character that a terminal could obey replaced by a visible escape: C0 and C1
/// controls, and the marks that turn the reading direction around. A newline counts as control.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_obeyed(c) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", c as u32);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The same for text of several lines: newlines and tabs stay.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let cells: Vec<_> = line.split('\t').map(clean).collect();
            cells.join("\t")
        })
        .collect();
    lines.join("\n")
}

fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many columns `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `columns`, with an ellipsis where something was cut.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = c.width().unwrap_or(0);
        if used + next + 1 > columns {
            break;
        }
        used += next;
        kept.push(c);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// `path` cut to at most `columns`, with an ellipsis in front where something was cut: whole folders
/// where that is enough.
pub fn fit_path(path: &str, columns: usize) -> Cow<'_, str> {
    if width(path) <= columns {
        return Cow::Borrowed(path);
    }
    let fits = |at: &usize| width(&path[*at..]) < columns;
    let mut folders = path.match_indices('/').map(|(at, _)| at);
    let mut letters = path.char_indices().map(|(at, _)| at);
    let kept = folders.find(fits).or_else(|| letters.find(fits));
    Cow::Owned(format!("…{}", &path[kept.unwrap_or(path.len())..]))
}

/// `text` in lines of at most `columns`, broken between words; a longer word has a line of its own.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text` followed by spaces up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// A path as it is typed from `folder`: relative where that is short, else absolute.
pub fn path_from(folder: &Path, path: &Path) -> String {
    let beside = folder
        .parent()
        .and_then(|around| path.strip_prefix(around).ok());
    let shown = match (path.strip_prefix(folder), beside) {
        (Ok(inside), _) if inside.as_os_str().is_empty() => ".".into(),
        (Ok(inside), _) => inside.to_owned(),
        (_, Some(beside)) => Path::new("..").join(beside),
        _ => path.to_owned(),
    };
    clean(&shown.to_string_lossy()).into_owned()
}

/// `1 branch`, `2 branches`: a count with its noun.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Seconds as people read them: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(seconds: f64) -> String {
    if (0.0005..0.0995).contains(&seconds) {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole % 3600 / 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(clean("feat/ünï 漢"), "feat/ünï 漢");
        assert_eq!(clean("a\x1b[31mb"), "a\\u{1b}[31mb");
        assert_eq!(clean("a\u{202e}b\u{9b}c\n"), "a\\u{202e}b\\u{9b}c\\u{a}");
        assert_eq!(clean_lines("a\tb\n\x07c"), "a\tb\n\\u{7}c");
    }

    #[test]
    fn text_is_cut_and_padded_by_columns_not_bytes() {
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(pad("漢", 4), "漢  ");
    }

    #[test]
    fn paths_are_cut_in_front() {
        assert_eq!(fit_path("src/api.rs", 10), "src/api.rs");
        assert_eq!(fit_path("src/deep/er/api.rs", 12), "…/er/api.rs");
        assert_eq!(fit_path("src/very_long_name.rs", 8), "…name.rs");
        assert_eq!(fit_path("漢字/漢字", 6), "…/漢字");
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrap("longer  x", 3), ["longer", "x"]);
        assert!(wrap("", 3).is_empty());
    }

    #[test]
    fn paths_are_shown_from_where_the_user_stands() {
        let cases = [
            ("/w/project", "."),
            ("/w/project/a", "a"),
            ("/w/project-auth", "../project-auth"),
            ("/elsewhere", "/elsewhere"),
        ];
        for (path, shown) in cases {
            assert_eq!(path_from(Path::new("/w/project"), Path::new(path)), shown);
        }
    }

    #[test]
    fn durations_read_like_speech() {
        let cases = [
            (0.0, "0.0 s"),
            (0.012, "12 ms"),
            (0.42, "0.4 s"),
            (42.3, "42 s"),
            (59.7, "1 min"),
            (185.0, "3 min 5 s"),
            (7800.0, "2 h 10 min"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
    }
}

//! The files that a task declares: how a list of them is read and spelled.

use super::model::Files;

/// What a task does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Modify,
    Create,
    Read,
}

impl Files {
    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.modify.is_empty() && self.create.is_empty() && self.read.is_empty()
    }

    /// The paths that the task means to change.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.modify.iter().chain(&self.create).map(String::as_str)
    }

    /// Every declared path.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.changed().chain(self.read.iter().map(String::as_str))
    }

    /// Takes one path in, once.
    pub fn add(&mut self, usage: Use, path: String) {
        let list = match usage {
            Use::Modify => &mut self.modify,
            Use::Create => &mut self.create,
            Use::Read => &mut self.read,
        };
        if !list.contains(&path) {
            list.push(path);
        }
    }

    /// Takes one item of a list in: `src/api.rs:12`, `` `src/new.rs` (new) ``, `create src/x.rs`.
    /// Without a mark it is a `usage`. The error says what is wrong with the path.
    pub fn add_item(&mut self, usage: Use, item: &str) -> Result<(), String> {
        for (path, remark) in taken_apart(item) {
            let usage = marked(remark).unwrap_or(usage);
            self.add(usage, inside(without_wildcards(without_position(path)))?);
        }
        Ok(())
    }

    /// The list as a task file has it; reads back as the same files.
    pub fn spell(&self) -> String {
        let marked = |paths: &[String], mark: &str| -> Vec<String> {
            paths.iter().map(|path| spelled(path, mark)).collect()
        };
        let lists = [
            marked(&self.modify, ""),
            marked(&self.create, " (new)"),
            marked(&self.read, " (read)"),
        ];
        lists.concat().join(", ")
    }
}

/// Whether `path` is `folder` or lies in it.
pub fn covers(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path and every folder around it: all that covers it.
pub fn around(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        path.rsplit_once('/').map(|(folder, _)| folder)
    })
}

/// The items of a list: commas between them, but not those inside backticks.
pub fn items(list: &str) -> Vec<&str> {
    divided(list, &[","])
}

/// The files of a list: commas or "and" between them.
pub fn file_items(list: &str) -> Vec<&str> {
    divided(list, &[",", " and "])
}

fn divided<'a>(list: &'a str, separators: &[&str]) -> Vec<&'a str> {
    let mut items = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in list.char_indices() {
        quoted ^= c == '`';
        let separator = separators.iter().find(|s| list[at..].starts_with(**s));
        if let Some(separator) = separator.filter(|_| !quoted && at >= start) {
            items.push(&list[start..at]);
            start = at + separator.len();
        }
    }
    items.push(&list[start..]);
    items.retain(|item| !is_nothing(item));
    items.into_iter().map(str::trim).collect()
}

/// How people write that there is nothing to write.
pub fn is_nothing(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    [
        "", "-", "–", "—", "none", "none.", "(none)", "nothing", "n/a",
    ]
    .contains(&text.as_str())
}

/// Whether a task file that names this path of the repository means the same file again.
pub fn can_be_named(path: &str) -> bool {
    let is_whole = !path.contains(char::REPLACEMENT_CHARACTER);
    is_whole && inside(path).is_ok_and(|same| same == path)
}

/// `path` without `.` and `..`, when it stays inside the repository; else what was expected.
pub fn inside(path: &str) -> Result<String, String> {
    let expected = |what: &str| {
        Err(format!(
            "'{path}' {what}; expected a path inside the repository, relative to its root"
        ))
    };
    let drive = path.as_bytes().get(1) == Some(&b':')
        && path.as_bytes().get(2).is_some_and(|b| b"/\\".contains(b));
    if path.starts_with(['/', '~']) || drive || path.contains("://") {
        return expected("is not relative");
    }
    // Task files name files in backticks, a line a list.
    if path.contains(|c: char| c == '`' || c.is_control()) {
        return expected("holds a backtick or a control character");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return expected("is outside the repository"),
            ".." => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if joined.trim() != joined {
        // In a list nothing would tell it from the blanks between items.
        return expected("begins or ends with a blank");
    }
    match parts.first() {
        None => expected("names no file"),
        Some(first) if first.eq_ignore_ascii_case(".git") => expected("belongs to git itself"),
        Some(_) => Ok(joined),
    }
}

/// Paths and remarks of an item. What stands in backticks is a path; else a remark in parentheses
/// or behind a dash at the end, or one word in front, is none of it.
fn taken_apart(item: &str) -> Vec<(&str, &str)> {
    let item = item.trim();
    let pieces: Vec<&str> = item.split('`').collect();
    if pieces.len() > 2 {
        let paths = (1..pieces.len() - 1).step_by(2);
        let remark = |at: usize| match (pieces[at - 1].trim(), at) {
            (before, 1) if !before.is_empty() => before,
            _ => pieces[at + 1],
        };
        return paths.map(|at| (pieces[at].trim(), remark(at))).collect();
    }
    if let Some((word, path)) = item.split_once(char::is_whitespace)
        && marked(word).is_some()
        && !path.trim().contains(' ')
    {
        return vec![(path.trim(), word)];
    }
    let ends = [" (", ": ", " - ", " – ", " — "];
    let end = ends.iter().filter_map(|end| item.find(end)).min();
    vec![end.map_or((item, ""), |at| (item[..at].trim(), &item[at..]))]
}

/// The folder that a pattern is about: `src` of `src/**/*.rs`.
fn without_wildcards(path: &str) -> &str {
    match path.find('*') {
        Some(at) => path[..at].rsplit_once('/').map_or("", |(folder, _)| folder),
        None => path,
    }
}

/// What a remark says about the use of a file: its first word counts, `(new)` or `create:`.
fn marked(remark: &str) -> Option<Use> {
    let word: String = remark
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect();
    match word.to_lowercase().as_str() {
        "new" | "create" | "creates" | "created" => Some(Use::Create),
        "read" | "reads" => Some(Use::Read),
        "modify" | "modifies" | "modified" => Some(Use::Modify),
        _ => None,
    }
}

/// `src/api.rs` of `src/api.rs:12`, `src/api.rs:12-40`, `src/api.rs:12:5`, `src/api.rs#L12`.
pub fn without_position(path: &str) -> &str {
    let is_position = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || c == '-' || c == 'L')
    };
    let mut path = path;
    while let Some((front, _)) = path
        .rsplit_once(':')
        .or_else(|| path.rsplit_once("#L"))
        .filter(|(front, position)| !front.is_empty() && is_position(position))
    {
        path = front;
    }
    path
}

/// A path and its mark, in backticks where they would not be read back without.
fn spelled(path: &str, mark: &str) -> String {
    let plain = format!("{path}{mark}");
    if file_items(&plain) == [&plain] && taken_apart(&plain) == [(path, mark)] {
        plain
    } else {
        format!("`{path}`{mark}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Files, String> {
        let mut files = Files::default();
        for item in file_items(list) {
            files.add_item(Use::Modify, item)?;
        }
        Ok(files)
    }

    fn files(modify: &[&str], create: &[&str], read: &[&str]) -> Files {
        let owned = |paths: &[&str]| paths.iter().map(ToString::to_string).collect();
        Files {
            modify: owned(modify),
            create: owned(create),
            read: owned(read),
        }
    }

    #[test]
    fn positions_quotes_and_marks_are_no_part_of_a_path() {
        let cases = [
            (
                "src/a.ts:123, src/b.rs:1-20",
                files(&["src/a.ts", "src/b.rs"], &[], &[]),
            ),
            ("a.c:12:5, b.c#L7-L9", files(&["a.c", "b.c"], &[], &[])),
            (
                "`a, b.md`, `c.rs` (new)",
                files(&["a, b.md"], &["c.rs"], &[]),
            ),
            (
                "create src/x.rs, new: y.rs",
                files(&[], &["src/x.rs", "y.rs"], &[]),
            ),
            (
                "lib.rs (read), ./x/../y.rs",
                files(&["y.rs"], &[], &["lib.rs"]),
            ),
            (
                "app/(auth)/page.tsx",
                files(&["app/(auth)/page.tsx"], &[], &[]),
            ),
            ("src/a.rs (add a handler)", files(&["src/a.rs"], &[], &[])),
            ("src/b.rs: the handler", files(&["src/b.rs"], &[], &[])),
            (
                "src/a.rs - the handler, a.rs",
                files(&["src/a.rs", "a.rs"], &[], &[]),
            ),
            (
                "src/auth/, my file.txt",
                files(&["src/auth", "my file.txt"], &[], &[]),
            ),
            (
                "`a.rs` and `b.rs` (new), c.rs and d.rs",
                files(&["a.rs", "c.rs", "d.rs"], &["b.rs"], &[]),
            ),
            ("`a.rs` `b.rs`", files(&["a.rs", "b.rs"], &[], &[])),
            ("src/**/*.rs, docs/*", files(&["src", "docs"], &[], &[])),
            ("none", Files::default()),
            (" - ", Files::default()),
        ];
        for (list, expected) in cases {
            assert_eq!(read(list), Ok(expected), "{list}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_repository_is_refused() {
        for list in [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "~/x",
            "./ x",
            "x/ /.",
            "C:\\x",
            ".git/config",
            ".",
            "https://x/y",
            "*",
        ] {
            let refused = read(list).unwrap_err();
            assert!(
                refused.contains("inside the repository"),
                "{list}: {refused}"
            );
        }
    }

    #[test]
    fn what_is_spelled_reads_back_the_same() {
        let odd = files(
            &[
                "a, b",
                "this and that",
                "x (new)",
                "new x",
                "c - d",
                "none",
                "src/ä.rs",
            ],
            &["y (read) z"],
            &["z"],
        );
        assert_eq!(read(&odd.spell()), Ok(odd));
    }

    #[test]
    fn a_folder_covers_what_lies_in_it_and_nothing_that_only_begins_alike() {
        assert!(covers("src", "src/a.rs") && covers("src/a.rs", "src/a.rs"));
        assert!(!covers("src/a", "src/ab") && !covers("src/a.rs", "src"));
    }
}

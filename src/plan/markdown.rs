//! The lines of a task file by themselves: headings, fields, bullets, fences.

use crate::id::TaskId;

use super::files::Use;

/// Level and text of a heading: `## P0 Critical`, `## P0 Critical ##`.
pub fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let text = text.strip_prefix([' ', '\t'])?.trim();
    let open = text.trim_end_matches('#');
    let closed = open.len() < text.len() && open.ends_with(' ');
    let text = if closed { open.trim_end() } else { text };
    (1..=6).contains(&level).then_some((level, text))
}

/// Id and title of a task's heading: `T001: title`, `T1 - title`, `Task 1. title`, `[x] T001 title`.
pub fn task_title(text: &str) -> Option<(TaskId, String)> {
    let text = ["[ ]", "[x]"]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))
        .unwrap_or(text);
    let text = text.trim_start();
    // `**T001**: title` and `**T001: title**`
    let text = match text.strip_prefix("**") {
        Some(bold) => bold.replacen("**", "", 1),
        None => text.to_owned(),
    };
    let (id, title) = match text
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("task"))
    {
        Some(_) => {
            let rest = text[4..].trim_start();
            leading_id(rest).or_else(|| leading_number(rest))?
        }
        None => leading_id(&text)?,
    };
    Some((id, bare_title(title).to_owned()))
}

/// A title without what may stand between it and an id.
pub fn bare_title(text: &str) -> &str {
    text.trim_start_matches([':', '.', '-', '–', '—', ')', ' ', '\t'])
}

/// A task's id, as people write it: `T001`, `T1`, `t001`.
pub fn task_id(text: &str) -> Option<TaskId> {
    leading_id(text)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(id, _)| id)
}

fn leading_id(text: &str) -> Option<(TaskId, &str)> {
    leading_number(text.strip_prefix(['T', 't'])?)
}

fn leading_number(text: &str) -> Option<(TaskId, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let ended = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ended.then_some(())?;
    Some((TaskId(number.parse().ok()?), rest))
}

/// The text of a list item, unless it is a checkbox: those are steps.
pub fn bullet(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let text = text
        .strip_prefix("- ")
        .or_else(|| text.strip_prefix("* "))?
        .trim();
    (!text.starts_with('[')).then_some(text)
}

/// What a field of a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Files(Use),
    /// Files that are no more than a forecast.
    Likely,
    Depends,
    Success,
    Name,
    Priority,
    Optional,
    Document,
    Estimate,
    Timeout,
}

/// How fields are called. Those marked `false` are ordinary words too, so they count in bold only.
const KEYS: &[(&str, Key, bool)] = &[
    ("files", Key::Files(Use::Modify), true),
    ("file", Key::Files(Use::Modify), true),
    ("likely files", Key::Likely, true),
    ("modifies", Key::Files(Use::Modify), true),
    ("modify", Key::Files(Use::Modify), false),
    ("creates", Key::Files(Use::Create), true),
    ("create", Key::Files(Use::Create), false),
    ("new files", Key::Files(Use::Create), true),
    ("reads", Key::Files(Use::Read), true),
    ("read", Key::Files(Use::Read), false),
    ("depends", Key::Depends, true),
    ("depends on", Key::Depends, true),
    ("dependencies", Key::Depends, true),
    ("blocked by", Key::Depends, true),
    ("success", Key::Success, true),
    ("success criteria", Key::Success, true),
    ("acceptance", Key::Success, true),
    ("acceptance criteria", Key::Success, true),
    ("name", Key::Name, false),
    ("priority", Key::Priority, true),
    ("optional", Key::Optional, true),
    ("document", Key::Document, false),
    ("estimate", Key::Estimate, true),
    ("estimated time", Key::Estimate, true),
    ("timeout", Key::Timeout, true),
];

impl Key {
    fn of(name: &str, bold: bool) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let known = KEYS
            .iter()
            .find(|(known, _, plain)| *known == name && (*plain || bold));
        known.map(|(_, key, _)| *key)
    }

    /// The key whose items follow a heading in a task, one a line: `#### Files`.
    pub fn of_heading(text: &str) -> Option<Self> {
        Self::of(text.trim_end_matches(':'), true).filter(|key| key.takes_list())
    }

    /// Whether items may follow, one a line.
    pub fn takes_list(self) -> bool {
        matches!(
            self,
            Self::Files(_) | Self::Likely | Self::Depends | Self::Success
        )
    }

    /// Whether a second one in the same task is a mistake.
    pub fn is_single(self) -> bool {
        !matches!(self, Self::Files(_) | Self::Likely | Self::Depends)
    }
}

/// A field of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub key: Key,
    pub value: &'a str,
}

/// `**Key**: value`, `**Key:** value`, `**Key**` or `Key: value`, as a list item too.
pub fn field(line: &str) -> Option<Field<'_>> {
    let text = bullet(line).unwrap_or_else(|| line.trim_start());
    let (name, value, bold) = match text.strip_prefix("**") {
        Some(rest) => {
            let (name, after) = rest.split_once("**")?;
            let value = match name.strip_suffix(':') {
                Some(_) => after,
                None if after.trim().is_empty() => after,
                None => after.trim_start().strip_prefix(':')?,
            };
            (name.trim_end_matches(':'), value, true)
        }
        None => {
            let (name, value) = text.split_once(':')?;
            (name, value, false)
        }
    };
    Some(Field {
        key: Key::of(name, bold)?,
        value: value.trim(),
    })
}

/// Whether a line of a task's prose would be taken for something else.
pub fn is_structure(line: &str) -> bool {
    let means_something = |(level, text): (usize, &str)| {
        level <= 3 || task_title(text).is_some() || Key::of_heading(text).is_some()
    };
    heading(line).is_some_and(means_something) || field(line).is_some()
}

/// The opening line of a code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// Three or more backticks or tildes.
    pub fn of(line: &str) -> Option<Self> {
        let text = line.trim_start();
        let mark = text.chars().next().filter(|mark| "`~".contains(*mark))?;
        let rest = text.trim_start_matches(mark);
        let length = text.len() - rest.len();
        // One line of `code` in three backticks is no fence.
        (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some(Self { mark, length })
    }

    /// Whether this line ends the code block.
    pub fn is_closed_by(&self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.chars().all(|c| c == self.mark)
    }

    /// The line that ends the code block.
    pub fn closing(&self) -> String {
        self.mark.to_string().repeat(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_every_usual_spelling() {
        let spellings = [
            "**Depends**: T001",
            "**Depends:** T001",
            "Depends: T001",
            "- **Depends on**: T001",
            "* Depends on: T001",
            "  **DEPENDS** :  T001",
        ];
        for line in spellings {
            let read = field(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((read.key, read.value), (Key::Depends, "T001"), "{line}");
        }
        for prose in [
            "Read: the manual",
            "- [ ] Files: none",
            "**Note**: x",
            "a: b",
            "**Files** are",
        ] {
            assert_eq!(field(prose), None, "{prose}");
        }
    }

    #[test]
    fn task_headings_are_read_in_every_usual_spelling() {
        for text in [
            "T001: Title",
            "T1 - Title",
            "t001 Title",
            "Task 1: Title",
            "[x] T001. Title",
            "**T001**: Title",
            "**T001: Title**",
        ] {
            assert_eq!(
                task_title(text),
                Some((TaskId(1), "Title".to_owned())),
                "{text}"
            );
        }
        for text in [
            "Title",
            "T",
            "T1st thing",
            "Tasks",
            "Task list",
            "T99999999999: x",
        ] {
            assert_eq!(task_title(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_block_ends_at_a_fence_of_its_own_kind() {
        let fence = Fence::of("  ````rust").unwrap();
        assert!(!fence.is_closed_by("```") && !fence.is_closed_by("~~~~"));
        assert!(fence.is_closed_by("````"));
        assert_eq!(Fence::of("```x``` in a line"), None);
    }
}

//! Who waits for whom, as a task file words it: `T001 → T002`, `T003 blocks T004`, `Depends: T001`.
//! Names are allowed wherever ids are, so links are resolved when all tasks are known.

use std::collections::HashMap;

use crate::id::TaskId;

use super::draft::{Mistake, TaskDraft};
use super::files::{is_nothing, items};
use super::markdown::task_id;
use super::name::slug;

/// `later` waits for `earlier`.
#[derive(Clone, Debug, PartialEq)]
pub struct Link<'a> {
    line: usize,
    earlier: Task<'a>,
    later: Task<'a>,
}

/// A task as it is pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Task<'a> {
    Id(TaskId),
    Name(&'a str),
}

/// Arrows, and whether they point at the task that waits.
const ARROWS: &[(&str, bool)] = &[
    ("→", true),
    ("-->", true),
    ("->", true),
    ("=>", true),
    ("←", false),
    ("<-", false),
];

/// Verbs between two tasks, and whether the second is the one that waits.
const VERBS: &[(&str, bool)] = &[
    ("blocks", true),
    ("before", true),
    ("depends on", false),
    ("blocked by", false),
    ("requires", false),
    ("needs", false),
    ("after", false),
];

impl<'a> Link<'a> {
    /// From the field "depends" of a task.
    pub fn from_field(line: usize, task: TaskId, value: &'a str) -> Vec<Self> {
        if is_nothing(value.split(',').next().unwrap_or_default()) {
            return Vec::new();
        }
        let later = Task::Id(task);
        pointed_at(value)
            .into_iter()
            .map(|earlier| Self {
                line,
                earlier,
                later,
            })
            .collect()
    }

    /// From a line of the section "Dependencies". Prose, which has no arrow and does not begin
    /// with a task's id, says nothing.
    pub fn read(line: usize, text: &'a str) -> Result<Vec<Self>, Mistake> {
        let text = text
            .trim()
            .trim_start_matches(['-', '*', ' '])
            .trim_end_matches('.');
        let arrow = ARROWS.iter().find(|(arrow, _)| text.contains(arrow));
        if let Some((arrow, forward)) = arrow {
            return Self::chain(line, text.split(arrow).collect(), *forward);
        }
        let first = text
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        if task_id(first).is_none() {
            return Ok(Vec::new());
        }
        let verb = VERBS
            .iter()
            .find(|(verb, _)| text.contains(&format!(" {verb} ")));
        match verb {
            Some((verb, forward)) => Self::chain(line, text.split(verb).collect(), *forward),
            None => Err(Mistake::new(
                line,
                format!("expected 'T001 → T002' or 'T001 blocks T002', found '{text}'"),
            )),
        }
    }

    /// Links between each group of tasks and the next.
    fn chain(line: usize, groups: Vec<&'a str>, forward: bool) -> Result<Vec<Self>, Mistake> {
        let groups: Vec<Vec<Task>> = groups.into_iter().map(pointed_at).collect();
        if groups.iter().any(Vec::is_empty) {
            let what = "expected a task such as T001 on both sides of the arrow";
            return Err(Mistake::new(line, what));
        }
        let mut links = Vec::new();
        for pair in groups.windows(2) {
            let (earlier, later) = if forward {
                (&pair[0], &pair[1])
            } else {
                (&pair[1], &pair[0])
            };
            for &earlier in earlier {
                links.extend(later.iter().map(|&later| Self {
                    line,
                    earlier,
                    later,
                }));
            }
        }
        Ok(links)
    }
}

/// The tasks of a list: ids with anything but words between them, or names with commas. Remarks in
/// parentheses do not count.
fn pointed_at(list: &str) -> Vec<Task<'_>> {
    let mut tasks = Vec::new();
    for item in items(list) {
        let item = without_remark(item).trim_matches(['`', '*', ' ', '[', ']']);
        let words = item.split(|c: char| c.is_whitespace() || "&+;".contains(c));
        let words: Vec<&str> = words
            .filter(|word| !word.is_empty() && *word != "and")
            .collect();
        let ids: Option<Vec<Task>> = words
            .iter()
            .map(|word| task_id(word).map(Task::Id))
            .collect();
        match ids {
            Some(ids) => tasks.extend(ids),
            None if is_nothing(item) => {}
            None => tasks.push(Task::Name(item)),
        }
    }
    tasks
}

/// `T001` of `T001 (the schema)` and `none - can start at once`.
fn without_remark(item: &str) -> &str {
    let ends = [" (", " - ", " – ", " — ", ": "];
    let end = ends.iter().filter_map(|end| item.find(end)).min();
    &item[..end.unwrap_or(item.len())]
}

/// Writes the links into the tasks, each once; what cannot be meant comes back.
pub fn resolve(links: &[Link], tasks: &mut [TaskDraft]) -> Vec<Mistake> {
    let known = Known::of(tasks);
    let mut mistakes = Vec::new();
    for link in links {
        let found = known
            .find(link.earlier)
            .and_then(|earlier| Ok((earlier, known.find(link.later)?)));
        match found {
            Err(what) => mistakes.push(Mistake::new(link.line, what)),
            Ok((earlier, later)) if earlier == later => {
                let what = format!("{} depends on itself", tasks[later].id);
                mistakes.push(Mistake::new(link.line, what));
            }
            Ok((earlier, later)) => {
                let earlier = tasks[earlier].id;
                let depends = &mut tasks[later].depends;
                if !depends.contains(&earlier) {
                    depends.push(earlier);
                }
            }
        }
    }
    mistakes
}

/// The positions of the tasks by all that they may be called; of several, the first.
#[derive(Default)]
struct Known {
    by_id: HashMap<TaskId, usize>,
    by_name: HashMap<String, usize>,
    by_slug: HashMap<String, usize>,
    /// Which there are, in words.
    shown: String,
}

impl Known {
    fn of(tasks: &[TaskDraft]) -> Self {
        let mut known = Self::default();
        for (at, task) in tasks.iter().enumerate() {
            known.by_id.entry(task.id).or_insert(at);
            for called in [Some(task.title.as_str()), task.name.as_deref()] {
                let Some(called) = called else { continue };
                known
                    .by_name
                    .entry(called.to_ascii_lowercase())
                    .or_insert(at);
                if let Some(slug) = slug(called) {
                    known.by_slug.entry(slug).or_insert(at);
                }
            }
        }
        let few: Vec<String> = tasks.iter().take(9).map(|t| t.id.to_string()).collect();
        let more = if tasks.len() > few.len() { ", …" } else { "" };
        known.shown = few.join(", ") + more;
        known
    }

    /// The position of the task that is meant; the error says which there are.
    fn find(&self, wanted: Task) -> Result<usize, String> {
        let (found, shown) = match wanted {
            Task::Id(id) => (self.by_id.get(&id), id.to_string()),
            Task::Name(name) => {
                let by_name = self.by_name.get(&name.to_ascii_lowercase());
                let by_slug = || self.by_slug.get(&slug(name)?);
                (by_name.or_else(by_slug), name.to_owned())
            }
        };
        found.copied().ok_or_else(|| {
            let known = &self.shown;
            format!("'{shown}' is no task of this file; expected one of {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The links of a line as "earlier>later".
    fn read(line: &str) -> Result<String, String> {
        let links = Link::read(1, line).map_err(|mistake| mistake.what)?;
        let id = |task| match task {
            Task::Id(id) => id.0.to_string(),
            Task::Name(name) => name.to_owned(),
        };
        let shown = links
            .iter()
            .map(|link| format!("{}>{}", id(link.earlier), id(link.later)));
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn arrows_and_verbs_say_who_waits() {
        let cases = [
            ("T001 → T002", "1>2"),
            ("- T001 -> T002 -> T003", "1>2 2>3"),
            ("T001 --> T002", "1>2"),
            ("T001 → T002 → T003 (the schema first)", "1>2 2>3"),
            ("* T001, T002 => T003", "1>3 2>3"),
            ("T003 blocks T004 and T005.", "3>4 3>5"),
            ("T004 depends on T003", "3>4"),
            ("T004 ← T003", "3>4"),
            ("schema → T002", "schema>2"),
            ("These come from the design.", ""),
            ("", ""),
            ("None", ""),
        ];
        for (line, links) in cases {
            assert_eq!(read(line), Ok(links.to_owned()), "{line}");
        }
    }

    #[test]
    fn remarks_and_the_many_words_for_nothing_point_at_no_task() {
        let cases = [
            ("none", 0),
            ("None - can start at once", 0),
            ("None, can start at once", 0),
            ("T001 (the schema), `T002` - the API", 2),
            ("T001 T002", 2),
            ("T001 and T002, search and replace", 3),
        ];
        for (value, count) in cases {
            assert_eq!(
                Link::from_field(1, TaskId(9), value).len(),
                count,
                "{value}"
            );
        }
    }

    #[test]
    fn a_task_is_found_by_each_of_its_names_and_by_the_closest_first() {
        let mut tasks = ["Parse headers", "parse-headers", "Übersetzung"]
            .into_iter()
            .zip(1..)
            .map(|(title, id)| TaskDraft::titled(TaskId(id), title, 0))
            .collect::<Vec<_>>();
        tasks[2].name = Some("translate".to_owned());
        let known = Known::of(&tasks);
        let cases = [
            ("PARSE HEADERS", Some(0)),
            ("parse-headers", Some(1)),
            ("parse_headers", Some(0)),
            ("Übersetzung", Some(2)),
            ("Translate", Some(2)),
            ("print", None),
        ];
        for (name, at) in cases {
            assert_eq!(known.find(Task::Name(name)).ok(), at, "{name}");
        }
        let unknown = known.find(Task::Id(TaskId(7))).unwrap_err();
        assert!(
            unknown.ends_with("expected one of T001, T002, T003"),
            "{unknown}"
        );
    }

    #[test]
    fn half_an_arrow_and_a_task_without_a_verb_are_mistakes() {
        assert!(read("T001 →").unwrap_err().contains("on both sides"));
        assert!(
            read("T001 T002")
                .unwrap_err()
                .contains("expected 'T001 → T002'")
        );
    }
}

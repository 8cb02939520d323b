//! Task files in Markdown: `### T001: title` under `## P0 Critical`, fields in bold, steps, and a
//! section `## Dependencies` with arrows. Lenient where people vary, precise where they are wrong.
//!
//! [`print()`] is the inverse of [`parse`]: what the parser would take for structure in a prompt is
//! printed with a backslash in front.

use std::time::Duration;

use crate::duration;
use crate::id::TaskId;

use super::draft::{Draft, Mistake, TaskDraft};
use super::files::{Use, file_items, is_nothing};
use super::link::{Link, resolve};
use super::markdown::{Fence, Field, Key, bullet, field, heading, is_structure, task_title};
use super::model::Priority;

/// What is wrong with a text in which there is no task.
pub const NO_TASK: &str = "expected a task, '### T001: <title>', and found none";

/// Reads a task file; `fallback` is the goal where no heading names one. All mistakes are found,
/// not only the first.
pub fn parse(text: &str, fallback: &str) -> Result<Draft, Vec<Mistake>> {
    let mut parser = Parser::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        parser.line(number, line.trim_end());
    }
    parser.finish(fallback)
}

/// What the lines that follow belong to.
#[derive(Default, PartialEq)]
enum Zone {
    /// Nothing that says anything about tasks.
    #[default]
    Other,
    /// A section of tasks.
    Tasks,
    /// The last task; its heading has this level.
    Task(usize),
    /// Arrows between tasks.
    Dependencies,
}

#[derive(Default)]
struct Parser<'a> {
    goal: Option<String>,
    zone: Zone,
    priority: Option<Priority>,
    tasks: Vec<Block<'a>>,
    links: Vec<Link<'a>>,
    fence: Option<(usize, Fence)>,
    mistakes: Vec<Mistake>,
}

/// A task on its way.
struct Block<'a> {
    draft: TaskDraft,
    prose: Vec<&'a str>,
    /// Fields that may be given only once and were.
    given: Vec<Key>,
    /// The field whose items follow as a list.
    list: Option<Key>,
}

impl<'a> Parser<'a> {
    fn line(&mut self, number: usize, line: &'a str) {
        if self.in_fence(number, line) && self.zone != Zone::Dependencies {
            return self.prose(line);
        }
        if let Some((level, text)) = heading(line) {
            return self.heading(number, level, text, line);
        }
        match self.zone {
            Zone::Task(_) => self.task_line(number, line),
            Zone::Dependencies => match Link::read(number, line) {
                Ok(links) => self.links.extend(links),
                Err(mistake) => self.mistakes.push(mistake),
            },
            Zone::Tasks | Zone::Other => {}
        }
    }

    /// Whether this line is a fence or stands between two.
    fn in_fence(&mut self, number: usize, line: &str) -> bool {
        match (&self.fence, Fence::of(line)) {
            (Some((_, open)), _) if open.is_closed_by(line) => self.fence = None,
            (Some(_), _) => {}
            (None, Some(fence)) => self.fence = Some((number, fence)),
            (None, None) => return false,
        }
        true
    }

    fn heading(&mut self, number: usize, level: usize, text: &'a str, line: &'a str) {
        if level > 1
            && let Some((id, title)) = task_title(text)
        {
            return self.begin(number, level, id, &title);
        }
        if matches!(self.zone, Zone::Task(own) if level > own) {
            return self.subheading(text, line);
        }
        let after_task = self.zone == Zone::Task(level);
        if level == 1 && self.goal.is_none() {
            let goal = strip_prefix_ignoring_case(text, "tasks:")
                .unwrap_or(text)
                .trim();
            self.goal = Some(goal.to_owned()).filter(|goal| !goal.is_empty());
            self.zone = Zone::Other;
        } else if text.to_lowercase().starts_with("dependenc") {
            self.zone = Zone::Dependencies;
        } else if let Some(priority) = Priority::named_in(text) {
            self.priority = Some(priority);
            self.zone = Zone::Tasks;
        } else if level > 2 && (after_task || self.zone == Zone::Tasks) {
            let expected = format!(
                "expected '{} T001: <title>', found '{line}'",
                "#".repeat(level)
            );
            self.mistakes.push(Mistake::new(number, expected));
            self.zone = Zone::Other;
        } else {
            self.priority = None;
            self.zone = Zone::Other;
        }
    }

    fn begin(&mut self, number: usize, level: usize, id: TaskId, title: &str) {
        if title.is_empty() {
            let what = format!("expected a title after {id}");
            self.mistakes.push(Mistake::new(number, what));
        }
        if let Some(first) = self.tasks.iter().find(|block| block.draft.id == id) {
            let what = format!("{id} is the task of line {} already", first.draft.line);
            self.mistakes.push(Mistake::new(number, what));
        }
        self.zone = Zone::Task(level);
        self.tasks.push(Block {
            draft: TaskDraft {
                priority: self.priority,
                ..TaskDraft::titled(id, title, number)
            },
            prose: Vec::new(),
            given: Vec::new(),
            list: None,
        });
    }

    /// A heading inside a task: prose, or a field whose items follow.
    fn subheading(&mut self, text: &str, line: &'a str) {
        let list = Key::of_heading(text);
        if list.is_none() {
            self.prose(line);
        }
        if let Some(block) = self.tasks.last_mut() {
            block.list = list;
        }
    }

    fn prose(&mut self, line: &'a str) {
        if let (Zone::Task(_), Some(block)) = (&self.zone, self.tasks.last_mut()) {
            block.prose.push(line);
        }
    }

    fn task_line(&mut self, number: usize, line: &'a str) {
        let Some(block) = self.tasks.last_mut() else {
            return;
        };
        let taken = if let Some(field) = field(line) {
            let follows = field.value.is_empty() && field.key.takes_list();
            block.list = follows.then_some(field.key);
            block.take(number, field, &mut self.links)
        } else if let (Some(key), Some(item)) = (block.list, bullet(line)) {
            block.take(number, Field { key, value: item }, &mut self.links)
        } else {
            if !line.is_empty() {
                block.list = None;
            }
            block.prose.push(line);
            Ok(())
        };
        self.mistakes
            .extend(taken.err().map(|what| Mistake::new(number, what)));
    }

    fn finish(mut self, fallback: &str) -> Result<Draft, Vec<Mistake>> {
        if let Some((line, _)) = self.fence {
            self.mistakes
                .push(Mistake::new(line, "this code block is never closed"));
        }
        if self.tasks.is_empty() && self.mistakes.is_empty() {
            self.mistakes.push(Mistake::new(1, NO_TASK));
        }
        let mut tasks: Vec<TaskDraft> = self.tasks.into_iter().map(Block::finish).collect();
        self.mistakes.extend(resolve(&self.links, &mut tasks));
        if !self.mistakes.is_empty() {
            self.mistakes.sort_by_key(|mistake| mistake.line);
            return Err(self.mistakes);
        }
        Ok(Draft {
            goal: self.goal.unwrap_or_else(|| fallback.to_owned()),
            tasks,
        })
    }
}

impl<'a> Block<'a> {
    /// Takes a field in; the error says what was expected.
    fn take(
        &mut self,
        line: usize,
        field: Field<'a>,
        links: &mut Vec<Link<'a>>,
    ) -> Result<(), String> {
        let Field { key, value } = field;
        if key.is_single() && !value.is_empty() && self.list.is_none() {
            if self.given.contains(&key) {
                return Err(format!("{} has this field already", self.draft.id));
            }
            self.given.push(key);
        }
        let draft = &mut self.draft;
        match key {
            Key::Files(usage) => take_files(draft, usage, value)?,
            Key::Likely => {
                draft.foreseen = true;
                take_files(draft, Use::Modify, value)?;
            }
            Key::Depends => links.extend(Link::from_field(line, draft.id, value)),
            Key::Success => take_success(draft, value),
            Key::Name => draft.name = Some(value.to_owned()).filter(|name| !name.is_empty()),
            Key::Priority => draft.priority = Some(priority(value)?),
            Key::Optional => draft.optional = yes_or_no(value)?,
            Key::Document => draft.document = yes_or_no(value)?,
            Key::Estimate => draft.estimate_seconds = Some(time(value)?.as_secs_f64()),
            Key::Timeout => draft.timeout_seconds = Some(time(value)?.as_secs().max(1)),
        }
        Ok(())
    }

    fn finish(self) -> TaskDraft {
        let lines: Vec<&str> = self.prose.iter().map(|line| without_escape(line)).collect();
        let prompt = lines.join("\n");
        let prompt = prompt.trim_matches('\n');
        let mut draft = self.draft;
        if !prompt.is_empty() {
            draft.prompt = prompt.to_owned();
        }
        draft
    }
}

fn take_files(draft: &mut TaskDraft, usage: Use, list: &str) -> Result<(), String> {
    file_items(list)
        .into_iter()
        .try_for_each(|item| draft.files.add_item(usage, item))
}

fn take_success(draft: &mut TaskDraft, value: &str) {
    if !is_nothing(value) {
        draft.success = Some(match draft.success.take() {
            Some(before) => format!("{before}; {value}"),
            None => value.to_owned(),
        });
    }
}

fn priority(value: &str) -> Result<Priority, String> {
    Priority::named_in(value).ok_or_else(|| format!("expected P0, P1, P2 or P3, found '{value}'"))
}

fn yes_or_no(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "" | "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("expected yes or no, found '{value}'")),
    }
}

/// A duration, with the longer of `2-3 hours` for a range.
fn time(value: &str) -> Result<Duration, String> {
    let text = value.trim_start_matches(['~', '≈']).trim();
    let text = strip_prefix_ignoring_case(text, "about").unwrap_or(text);
    let longer = text.rsplit(['-', '–']).next().unwrap_or(text).trim();
    let time = duration::parse(longer)
        .ok()
        .filter(|_| !text.starts_with('-'));
    let expected = "expected a duration such as 90s, 20m or 1h";
    time.ok_or_else(|| format!("{expected}, found '{value}'"))
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn without_escape(line: &str) -> &str {
    line.strip_prefix('\\')
        .filter(|_| is_escaped(line))
        .unwrap_or(line)
}

/// Whether a line of prose begins with backslashes that stand before structure.
fn is_escaped(line: &str) -> bool {
    is_structure(line.trim_start_matches('\\'))
}

/// A draft as a task file.
pub fn print(draft: &Draft) -> String {
    let mut lines = vec![headed("# Tasks: ", &draft.goal)];
    let mut section: Option<Option<Priority>> = None;
    for task in &draft.tasks {
        if section != Some(task.priority) {
            let heading = task.priority.map_or("Tasks", Priority::heading);
            lines.extend([String::new(), format!("## {heading}")]);
            section = Some(task.priority);
        }
        lines.push(String::new());
        print_task(task, &mut lines);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn print_task(task: &TaskDraft, lines: &mut Vec<String>) {
    lines.push(headed(&format!("### {}: ", task.id), &task.title));
    let depends: Vec<String> = task.depends.iter().map(ToString::to_string).collect();
    let time = |seconds: f64| duration::spell(Duration::from_secs_f64(seconds.max(0.0)));
    let files = if task.foreseen {
        "Likely files"
    } else {
        "Files"
    };
    let fields = [
        ("Name", task.name.as_deref().map(one_line)),
        (files, Some(task.files.spell())),
        ("Depends", Some(depends.join(", "))),
        ("Success", task.success.as_deref().map(one_line)),
        ("Estimate", task.estimate_seconds.map(time)),
        (
            "Timeout",
            task.timeout_seconds.map(|seconds| time(seconds as f64)),
        ),
    ];
    for (key, value) in fields {
        lines.extend(
            value
                .filter(|v| !v.is_empty())
                .map(|v| format!("**{key}**: {v}")),
        );
    }
    for (key, _) in [("Optional", task.optional), ("Document", task.document)]
        .into_iter()
        .filter(|(_, holds)| *holds)
    {
        lines.push(format!("**{key}**"));
    }
    if task.prompt != task.title {
        lines.push(String::new());
        print_prompt(&task.prompt, lines);
    }
}

/// A heading of one line; what would close it at its end is closed once more.
fn headed(start: &str, text: &str) -> String {
    let line = format!("{start}{}", one_line(text));
    match heading(&line) {
        Some((level, read)) if !line.trim_end().ends_with(read) => {
            format!("{line} {}", "#".repeat(level))
        }
        _ => line,
    }
}

/// The lines of a prompt, so that they read back as prose.
fn print_prompt(prompt: &str, lines: &mut Vec<String>) {
    let mut fence: Option<Fence> = None;
    for line in prompt.lines() {
        let inside = match &fence {
            Some(open) if open.is_closed_by(line) => {
                fence = None;
                true
            }
            Some(_) => true,
            None => {
                fence = Fence::of(line);
                fence.is_some()
            }
        };
        let escape = !inside && (is_structure(line) || is_escaped(line));
        lines.push(format!("{}{line}", if escape { "\\" } else { "" }));
    }
    lines.extend(fence.map(|open| open.closing()));
}

/// A text on one line, its words one blank apart.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_file_is_read_as_people_write_it() {
        let draft = parse(include_str!("../../fixtures/tasks/shop.md"), "").unwrap();
        assert_eq!(draft.goal, "Let customers sign in");
        let [schema, api, form, tests, docs] = &draft.tasks[..] else {
            panic!("{:?}", draft.tasks);
        };
        assert_eq!(schema.priority, Some(Priority::P0));
        assert_eq!(schema.files.create, ["db/migrate/20260101_accounts.sql"]);
        assert_eq!(schema.files.modify, ["db/schema.sql"]);
        assert_eq!(schema.estimate_seconds, Some(600.0));
        let success = schema.success.as_deref();
        assert_eq!(success, Some("`make migrate` runs twice without an error"));
        assert!(
            schema.prompt.starts_with("- [ ] a table"),
            "{}",
            schema.prompt
        );
        assert_eq!(api.files.modify, ["src/api/mod.rs", "Cargo.toml"]);
        assert!(api.prompt.contains("### T999: not a task"));
        assert_eq!(form.files.create, ["web/login.html"]);
        assert_eq!(form.files.modify, ["web/app.js"]);
        assert_eq!((form.depends.len(), form.line), (0, 27));
        assert_eq!(tests.depends, [TaskId(2)]);
        assert_eq!(tests.files.read, ["src/api/session.rs"]);
        assert_eq!(docs.depends, [TaskId(3)]);
        assert_eq!((docs.optional, docs.timeout_seconds), (true, Some(1800)));
        assert_eq!(docs.prompt, docs.title);
    }

    #[test]
    fn headings_may_be_deeper_or_shallower_and_lists_may_follow_a_field() {
        let text = "### Phase P1\n#### Task 1: One\n**Success**:\n- it runs\n- fast\n- [ ] step\n\
                    ##### Detail\nmore\n## T2 - Two\n**Depends**:\n\n* T001\n**Priority**: P3\n";
        let draft = parse(text, "goal").unwrap();
        let [one, two] = &draft.tasks[..] else {
            panic!("{:?}", draft.tasks);
        };
        assert_eq!(draft.goal, "goal");
        assert_eq!(one.priority, Some(Priority::P1));
        assert_eq!(one.success.as_deref(), Some("it runs; fast"));
        assert_eq!(one.prompt, "- [ ] step\n##### Detail\nmore");
        assert_eq!(two.depends, [TaskId(1)]);
        assert_eq!(two.priority, Some(Priority::P3));
    }

    #[test]
    fn fields_may_be_headings_and_times_may_be_ranges() {
        let text = "## **T1**: One\n### Files\n\n- `a.rs`\n### Steps\n- go\n### Acceptance criteria:\n\
                    - green\n**Estimate**: ~30-45 min\n";
        let draft = parse(text, "").unwrap();
        let task = &draft.tasks[0];
        assert_eq!(
            (&task.title[..], &task.prompt[..]),
            ("One", "### Steps\n- go")
        );
        assert_eq!(task.files.modify, ["a.rs"]);
        assert_eq!(task.success.as_deref(), Some("green"));
        assert_eq!(task.estimate_seconds, Some(2700.0));
    }

    #[test]
    fn a_section_that_is_not_about_tasks_belongs_to_no_task() {
        let text =
            "# G\r\n## P2\r\n### T001: One\r\nwords\r\n## Notes\r\n### Free\r\nother words\r\n";
        let draft = parse(text, "").unwrap();
        assert_eq!(draft.tasks.len(), 1);
        assert_eq!(draft.tasks[0].prompt, "words");
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_what_was_expected() {
        let cases = [
            (
                "# Goal\n\nwords\n",
                1,
                "expected a task, '### T001: <title>'",
            ),
            (
                "## P1\n### Add login\n",
                2,
                "expected '### T001: <title>', found '### Add login'",
            ),
            (
                "### T1: A\n### Add login\n",
                2,
                "expected '### T001: <title>'",
            ),
            ("### T001:\n", 1, "expected a title after T001"),
            (
                "### T1: A\n\n### T001: B\n",
                3,
                "T001 is the task of line 1 already",
            ),
            (
                "### T1: A\nDepends: T7\n",
                2,
                "'T007' is no task of this file; expected one of T001",
            ),
            ("### T1: A\nDepends: the api\n", 2, "'the api' is no task"),
            ("### T1: A\nDepends: T001\n", 2, "T001 depends on itself"),
            (
                "### T1: A\nFiles: a, ../b\n",
                2,
                "'../b' is outside the repository",
            ),
            ("### T1: A\nFiles:\n- /etc/x\n", 3, "inside the repository"),
            (
                "### T1: A\nEstimate: soon\n",
                2,
                "expected a duration such as 90s, 20m or 1h, found 'soon'",
            ),
            ("### T1: A\nEstimate: -5m\n", 2, "expected a duration"),
            ("### T1: A\nTimeout:\n", 2, "expected a duration"),
            (
                "### T1: A\n**Optional**: perhaps\n",
                2,
                "expected yes or no",
            ),
            (
                "### T1: A\n**Priority**: high\n",
                2,
                "expected P0, P1, P2 or P3",
            ),
            (
                "### T1: A\nEstimate: 5m\nEstimate: 6m\n",
                3,
                "has this field already",
            ),
            ("### T1: A\n```\nopen\n", 2, "never closed"),
            (
                "### T1: A\n## Dependencies\nT1 → T2\n",
                3,
                "'T002' is no task",
            ),
            (
                "### T1: A\n## Dependencies\n→ T1\n",
                3,
                "on both sides of the arrow",
            ),
            (
                "### T1: A\n## Dependencies\nT1 T1\n",
                3,
                "expected 'T001 → T002'",
            ),
        ];
        for (text, line, what) in cases {
            let mistakes = parse(text, "").unwrap_err();
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert_eq!(mistakes[0].line, line, "{text}: {mistakes:?}");
            assert!(mistakes[0].what.contains(what), "{text}: {mistakes:?}");
        }
    }

    #[test]
    fn all_mistakes_of_a_file_are_told_at_once_from_top_to_bottom() {
        let text = "### T1: A\nFiles: ../b\nDepends: T8, T9\nEstimate: x\n";
        let lines: Vec<usize> = parse(text, "")
            .unwrap_err()
            .iter()
            .map(|m| m.line)
            .collect();
        assert_eq!(lines, [2, 3, 3, 4]);
    }
}

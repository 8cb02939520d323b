//! The words of a pull request: its title, and our part of its description. Pure.
//!
//! Our part stands between two marks. Only what is between them is ever replaced; a description
//! without them is somebody's own and stays as it is.

use crate::git::RepoPath;
use crate::id::{Oid, RunId, TaskId};

/// Our part begins with this and ends its line with what people should know about it.
const BEGIN: &str = "<!-- git-parallel: begin";
const BEGIN_REST: &str = " (kept up to date; write above or below) -->";
const END: &str = "<!-- git-parallel: end -->";

/// Forges refuse longer titles and descriptions than these; the rest of ours is cut well before.
const LONGEST_TITLE: usize = 200;
const LONGEST_PROMPT: usize = 20_000;
const MOST_PATHS: usize = 10;

/// All that a description tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Story<'a> {
    pub task: Option<&'a TaskStory>,
    /// How many commits, and the newest of them, oldest first.
    pub commits: usize,
    pub listed: &'a [(Oid, String)],
    pub files: usize,
    pub insertions: u64,
    pub deletions: u64,
    /// The branch that it goes to, where that is another one's.
    pub stacked: bool,
    pub target: &'a str,
    /// Those that must be merged before.
    pub after: Vec<Other<'a>>,
    pub neighbours: Vec<Neighbour<'a>>,
    /// Where it conflicts with the target.
    pub conflicts: Vec<&'a RepoPath>,
}

/// What a plan and a run say about a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStory {
    pub run: RunId,
    pub id: TaskId,
    pub title: String,
    /// What the agent was told.
    pub prompt: String,
    /// How success is checked, in the plan's words.
    pub success: Option<String>,
    /// What was seen when it ended: `exit code 0`.
    pub evidence: Vec<String>,
}

/// Another line of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other<'a> {
    pub branch: &'a str,
    /// How its forge writes it, `#12`; `None` where it has none yet.
    pub link: Option<&'a str>,
}

/// Another one that touches the same paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour<'a> {
    pub other: Other<'a>,
    /// Where they conflict; where they do not, what both touch.
    pub paths: Vec<&'a RepoPath>,
    pub conflict: bool,
}

/// The title: the task's, else the subject of the only commit, else the branch's name as words.
pub fn title(task: Option<&TaskStory>, branch: &str, commits: &[(Oid, String)]) -> String {
    let words = match (task, commits) {
        (Some(task), _) => task.title.lines().next().unwrap_or_default().to_owned(),
        (None, [(_, subject)]) => subject.clone(),
        (None, _) => {
            let last = branch.rsplit('/').next().unwrap_or(branch);
            last.replace(['-', '_'], " ")
        }
    };
    let words = one_line(&words);
    let words = if words.is_empty() {
        one_line(branch)
    } else {
        words
    };
    cut(&words, LONGEST_TITLE)
}

/// Our part of a description, in marks by which it is found again.
pub fn section(story: &Story<'_>) -> String {
    format!("{BEGIN}{BEGIN_REST}\n\n{}\n\n{END}", words(story))
}

/// The same without marks, where it is written once.
pub fn words(story: &Story<'_>) -> String {
    let mut parts: Vec<String> = after(story).into_iter().collect();
    parts.extend(story.task.and_then(description));
    parts.push(done(story));
    parts.extend(forecast(story));
    parts.extend(story.task.and_then(prompt));
    if let Some(task) = story.task {
        parts.push(format!("Parallel-Task: {}/{}", task.run, task.id));
    }
    parts.join("\n\n")
}

/// A description with our part of it replaced; `None` where it has none, or says so already.
pub fn renewed(body: &str, section: &str) -> Option<String> {
    let start = body.find(BEGIN)?;
    let end = start + body[start..].find(END)? + END.len();
    let same = body[start..end].replace('\r', "") == section;
    (!same).then(|| format!("{}{section}{}", &body[..start], &body[end..]))
}

fn after(story: &Story<'_>) -> Option<String> {
    let others: Vec<String> = story.after.iter().map(other).collect();
    let list = others.join(", ");
    match (&story.after[..], story.stacked) {
        ([], _) => None,
        ([_], true) => Some(format!(
            "Stacked on {list}: its changes are not shown here. Merge that one first."
        )),
        _ => Some(format!(
            "After {list}: merge those first; until then their changes are shown here, too."
        )),
    }
}

/// How success is checked, and what was seen.
fn description(task: &TaskStory) -> Option<String> {
    let mut lines = Vec::new();
    if let Some(success) = &task.success {
        lines.push(format!("Done when: {}", plain(success)));
    }
    if !task.evidence.is_empty() {
        let seen: Vec<String> = task.evidence.iter().map(|seen| plain(seen)).collect();
        lines.push(format!("Seen when it ended: {}.", seen.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

fn done(story: &Story<'_>) -> String {
    let mut lines = vec![format!(
        "{}, {}, +{} −{}",
        counted(story.commits, "commit"),
        counted(story.files, "file"),
        story.insertions,
        story.deletions
    )];
    lines.push(String::new());
    let hidden = story.commits.saturating_sub(story.listed.len());
    if hidden > 0 {
        lines.push(format!("- {} before these", counted(hidden, "commit")));
    }
    for (id, subject) in story.listed {
        lines.push(format!("- {} {}", id.short(), plain(subject)));
    }
    lines.join("\n").trim_end().to_owned()
}

fn forecast(story: &Story<'_>) -> Option<String> {
    let mut lines = Vec::new();
    if !story.conflicts.is_empty() {
        lines.push(format!(
            "- conflicts with {} in {}",
            code(story.target),
            paths(&story.conflicts)
        ));
    }
    for neighbour in &story.neighbours {
        let paths = paths(&neighbour.paths);
        let other = other(&neighbour.other);
        lines.push(if neighbour.conflict {
            format!(
                "- conflicts with {other} in {paths}: whichever is merged second has to resolve it"
            )
        } else {
            format!("- touches {paths} as {other} does; the two merge cleanly")
        });
    }
    (!lines.is_empty()).then(|| format!("Beside the others:\n\n{}", lines.join("\n")))
}

/// The task in full, as a quotation that mentions, links and closes nothing.
fn prompt(task: &TaskStory) -> Option<String> {
    let prompt = task.prompt.trim();
    if prompt.is_empty() || prompt == task.title.trim() {
        return None;
    }
    let prompt = hidden_marks(&visible(&cut(prompt, LONGEST_PROMPT)));
    let fence = "`".repeat(longest_run(&prompt).max(2) + 1);
    Some(format!(
        "<details><summary>The task as it was given</summary>\n\n{fence}text\n{prompt}\n{fence}\n\n\
         </details>"
    ))
}

fn other(other: &Other<'_>) -> String {
    let branch = code(other.branch);
    match other.link {
        Some(link) => format!("{link} ({branch})"),
        None => branch,
    }
}

fn paths(paths: &[&RepoPath]) -> String {
    let shown = paths.iter().take(MOST_PATHS);
    let mut shown: Vec<String> = shown.map(|path| code(&path.to_text())).collect();
    if paths.len() > MOST_PATHS {
        shown.push(format!("{} more", paths.len() - MOST_PATHS));
    }
    if shown.is_empty() {
        // A directory that was renamed in two ways.
        shown.push("no single path".to_owned());
    }
    shown.join(", ")
}

/// `text` as inline code.
fn code(text: &str) -> String {
    let text = hidden_marks(&one_line(text));
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// `text` as it reads, in one line: nothing in it is markup, and nobody is called by it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 8);
    for c in one_line(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '|' | '!' => {
                plain.push('\\');
                plain.push(c);
            }
            '@' => plain.push_str("@<!-- -->"),
            '&' => plain.push_str("&amp;"),
            c => plain.push(c),
        }
    }
    plain
}

/// Takes the power from our own marks where they stand in somebody's text.
fn hidden_marks(text: &str) -> String {
    text.replace("<!--", "<!\u{2060}--")
}

fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if is_obeyed(c) { ' ' } else { c })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of several lines, without what could hide in it.
fn visible(text: &str) -> String {
    let keep = |c: &char| matches!(c, '\n' | '\t') || !is_obeyed(*c);
    text.chars().filter(keep).collect()
}

/// Controls, and the marks that turn the reading direction around.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(title: &str, prompt: &str) -> TaskStory {
        TaskStory {
            run: RunId(1),
            id: TaskId(2),
            title: title.to_owned(),
            prompt: prompt.to_owned(),
            success: None,
            evidence: vec!["exit code 0".to_owned()],
        }
    }

    fn story(task: Option<&TaskStory>) -> Story<'_> {
        Story {
            task,
            commits: 1,
            listed: &[],
            files: 2,
            insertions: 3,
            deletions: 4,
            stacked: false,
            target: "main",
            after: Vec::new(),
            neighbours: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    #[test]
    fn titles_are_one_line_that_obeys_nobody() {
        let id = "1".repeat(40).parse().unwrap();
        let commit = (id, "Fix\u{202e} it\x1b[31m".to_owned());
        let titles = [
            title(Some(&task("Add\tit\nnow", "")), "b", &[]),
            title(None, "b", std::slice::from_ref(&commit)),
            title(None, "feat/user-log_in", &[commit.clone(), commit]),
            title(Some(&task("\n", "")), "parallel/x", &[]),
        ];
        assert_eq!(
            titles,
            ["Add it", "Fix it [31m", "user log in", "parallel/x"]
        );
        assert_eq!(cut(&"ü".repeat(300), LONGEST_TITLE).chars().count(), 201);
    }

    #[test]
    fn only_our_part_of_a_description_is_replaced() {
        let section = section(&story(None));
        let body = format!("Mine\r\n\r\n{section}\r\nalso mine");
        assert_eq!(renewed(&body, &section), None);
        assert_eq!(renewed(&body.replace('\n', "\r\n"), &section), None);
        let older = body.replace("2 files", "1 file");
        assert_eq!(renewed(&older, &section), Some(body));
        assert_eq!(renewed("Written by hand", &section), None);
        assert_eq!(renewed(&format!("{BEGIN} but no end"), &section), None);
    }

    #[test]
    fn what_people_wrote_is_quoted_and_breaks_out_of_nothing() {
        let told = format!("Ask @ada\n```\nrm\n```\n{END}\n</details>");
        let task = task("Title", &told);
        let text = section(&story(Some(&task)));
        assert_eq!(text.matches(END).count(), 1, "{text}");
        assert!(text.contains("\n````text\nAsk @ada\n```\nrm"), "{text}");
        assert_eq!(plain("a@b *c* <!-- d"), "a@<!-- -->b \\*c\\* \\<\\!-- d");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn dependencies_and_neighbours_are_named() {
        let path = RepoPath::new("src/a.rs");
        let other = Other {
            branch: "parallel/a",
            link: Some("#12"),
        };
        let mut story = story(None);
        story.after = vec![other];
        story.stacked = true;
        story.neighbours = vec![
            Neighbour {
                other,
                paths: vec![&path],
                conflict: false,
            },
            Neighbour {
                other: Other {
                    link: None,
                    ..other
                },
                paths: vec![&path],
                conflict: true,
            },
        ];
        story.conflicts = vec![&path];
        let text = section(&story);
        for line in [
            "Stacked on #12 (`parallel/a`): its changes",
            "- touches `src/a.rs` as #12 (`parallel/a`) does; the two merge cleanly",
            "- conflicts with `parallel/a` in `src/a.rs`: whichever",
            "- conflicts with `main` in `src/a.rs`",
            "1 commit, 2 files, +3 −4",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}

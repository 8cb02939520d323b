//! Logs of sessions on a terminal.

use crate::store::{RunState, TaskState};

use super::paint::Paint;
use super::text::{clean, clean_lines};

/// What stands over the log of a task where there are several.
pub fn heading(run: &RunState, task: &TaskState, paint: Paint) -> String {
    let name = clean(&task.name);
    paint.bold(&format!("==> {}/{} {name} <==", run.run, task.id))
}

/// Output of a session, with every control sequence shown and none obeyed. A carriage return
/// before a newline is part of the line's end.
pub fn shown(bytes: &[u8]) -> String {
    clean_lines(&String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_shown_and_line_ends_are_not() {
        let shown = shown(b"a\tb\r\n\x1b]0;title\x07\xff\n");
        assert_eq!(shown, "a\tb\n\\u{1b}]0;title\\u{7}\u{fffd}\n");
    }
}

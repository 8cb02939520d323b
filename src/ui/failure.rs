//! A failure as the user reads it.

use crate::error::Failure;

use super::paint::Paint;
use super::text::clean_lines;

/// `error: WHAT`, then what was kept, then the commands to paste.
pub fn render(failure: &Failure, paint: Paint) -> String {
    let mut lines = vec![format!(
        "{} {}",
        paint.red("error:"),
        clean_lines(&failure.what)
    )];
    if let Some(kept) = &failure.kept {
        lines.push(format!("  kept: {}", clean_lines(kept)));
    }
    for command in &failure.next {
        lines.push(format!("  try:  {}", paint.cyan(&clean_lines(command))));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_was_kept_and_what_to_type() {
        let failure = Failure::refused("the worktree ../x has uncommitted work")
            .kept("everything")
            .next("git -C ../x status");
        assert_eq!(
            render(&failure, Paint::new(false)),
            "error: the worktree ../x has uncommitted work\n  kept: everything\n  try:  git -C ../x status"
        );
    }
}

//! Exit codes and the shape of error messages, where no single command owns them.

use crate::support::Repo;

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let repo = Repo::new();
    repo.parallel(["no-such-command"]).code(2);
}

//! The agents that are here, with their versions. Only programs that are known by name are asked:
//! what a user configured may begin to work, whatever it is given.

use std::path::Path;
use std::time::Duration;

use crate::agents::{KNOWN, find_program};
use crate::process::Program;

use super::{Configured, Finding, Level};

/// To tell its version, no program needs as long.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) fn look(configured: &Configured) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in configured.agents.names() {
        let invocation = configured.agents.invocation(name, &[]);
        let program = invocation.as_ref().map_or("", |agent| agent.program());
        if let Some(path) = find_program(program, &configured.folders) {
            found.push(Finding::new(
                Level::Well,
                "agent",
                name,
                told_by(program, &path),
            ));
        }
    }
    if let Some(wanted) = &configured.agent
        && !found.iter().any(|one| one.subject == *wanted)
    {
        let message = "parallel.agent names it, and it is not here";
        let finding = Finding::new(Level::Finding, "agent", wanted, message);
        found.push(finding.next("git parallel agents"));
    }
    if found.is_empty() {
        let message = "none that is known is here; `run --exec` and `run -- CMD` need none";
        found.push(Finding::new(Level::Note, "agent", "agents", message));
    }
    found
}

/// Its version in its own words, or where it is.
fn told_by(program: &str, path: &Path) -> String {
    let place = path.display();
    if !KNOWN.iter().any(|known| known.name == program) {
        return format!("{place}, as configured");
    }
    match Program::new(path).arg("--version").output_within(LIMIT) {
        Ok(Some(answer)) if answer.status.success() => {
            let said = answer.text();
            format!("{} ({place})", said.lines().next().unwrap_or_default())
        }
        Ok(Some(_)) | Err(_) => format!("{place}, which does not tell its version"),
        Ok(None) => format!("{place}, which did not answer within {} s", LIMIT.as_secs()),
    }
}

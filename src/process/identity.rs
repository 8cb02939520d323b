//! Which process a process id meant: the system gives ids to new processes again, so an id alone
//! may by now be a stranger's.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// A process id and when that process started, in the system's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// Linux: clock ticks since the boot. Elsewhere: what `ps -o lstart=` says.
    pub started: String,
}

impl Identity {
    /// The identity of the process that has this id now; `None` when there is none.
    pub fn of(pid: u32) -> Option<Self> {
        start_time(pid).map(|started| Self { pid, started })
    }

    /// Whether that very process still exists.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Asks that very process to end. Does nothing when it is gone.
    pub fn terminate(&self) {
        if self.is_alive() {
            // It may end between the question and the signal: then it got what was wanted.
            let _ = kill(Pid::from_raw(self.pid.cast_signed()), Signal::SIGTERM);
        }
    }
}

#[cfg(target_os = "linux")]
fn start_time(pid: u32) -> Option<String> {
    super::tree::stat(pid).map(|stat| stat.started)
}

#[cfg(not(target_os = "linux"))]
fn start_time(pid: u32) -> Option<String> {
    let output = super::Program::new("ps")
        .args(["-o", "lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = output.text().trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_itself_and_nobody_else() {
        let me = Identity::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        let other = Identity {
            started: "long ago".to_owned(),
            ..me
        };
        assert!(!other.is_alive());
    }
}

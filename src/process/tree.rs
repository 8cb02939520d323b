//! A process and everything that came of it.
//!
//! On Linux a session's shim is a *child subreaper*: whatever its program starts and abandons,
//! even in a session of its own, becomes the shim's child and is found and ended. Elsewhere there
//! is no such thing: what leaves the program's process group is out of reach.

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, setsid};

/// Leaves the terminal and the session we were started in: what becomes of them is nothing to us.
pub fn leave_terminal() {
    // Fails only for the leader of a process group, which has left already.
    let _ = setsid();
}

/// Leaves the terminal, and takes charge of everything that will be started from here.
pub fn detach() {
    leave_terminal();
    #[cfg(target_os = "linux")]
    // An old kernel without it leaves us where other systems are.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Asks a process to end.
pub fn interrupt(pid: u32) {
    // It may be gone already, which is what was wanted.
    let _ = kill(raw(pid), Signal::SIGTERM);
}

/// Sends `signal` to all that came of this process; `group` is its child that leads the group.
pub(super) fn signal_all(group: u32, signal: Signal) {
    #[cfg(target_os = "linux")]
    for pid in descendants_of(std::process::id()) {
        let _ = kill(raw(pid), signal);
    }
    let _ = killpg(raw(group), signal);
}

/// Whether the process group of this leader has members.
#[cfg(not(target_os = "linux"))]
pub(super) fn group_exists(group: u32) -> bool {
    killpg(raw(group), None) != Err(Errno::ESRCH)
}

/// Ends what a shim that was killed left behind: at once, since nobody is there to wait for it.
/// `leader` is the shim, `group` the program that it had started.
pub fn end_session(leader: u32, group: u32) {
    #[cfg(target_os = "linux")]
    for _ in 0..100 {
        let members = members_of(leader);
        if members.is_empty() {
            break;
        }
        for pid in members {
            let _ = kill(raw(pid), Signal::SIGKILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = leader;
    match killpg(raw(group), Signal::SIGKILL) {
        Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
        Err(_) => {}
    }
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

/// What `/proc/PID/stat` says about a process.
#[cfg(target_os = "linux")]
pub(super) struct Stat {
    parent: u32,
    session: u32,
    zombie: bool,
    pub(super) started: String,
}

#[cfg(target_os = "linux")]
pub(super) fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The second field is the program's name in parentheses and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Stat {
        zombie: *fields.first()? == "Z",
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        started: (*fields.get(19)?).to_owned(),
    })
}

#[cfg(target_os = "linux")]
fn processes() -> Vec<(u32, Stat)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .filter(|(_, stat)| !stat.zombie)
        .collect()
}

#[cfg(target_os = "linux")]
fn descendants_of(ancestor: u32) -> Vec<u32> {
    let processes = processes();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = processes.iter().filter(|(_, stat)| stat.parent == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found.split_off(1)
}

#[cfg(target_os = "linux")]
fn members_of(session: u32) -> Vec<u32> {
    let processes = processes().into_iter();
    processes
        .filter(|(_, stat)| stat.session == session)
        .map(|(pid, _)| pid)
        .collect()
}

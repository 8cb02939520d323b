//! A server of tmux that is ours alone: a socket of its own, and nobody's configuration, so that
//! nothing else is touched or run.
//!
//! tmux runs what it finds in names (`#(command)`), and a `;` at the end of an argument ends its
//! command. So names are plain, no folder is ever named (the windows begin in the folder in which
//! tmux is called), and what runs in a window is a program with its arguments, which tmux starts
//! without a shell.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::getuid;

use crate::error::{Failure, OnPath, OrFail, Result, shell_word};

use super::Program;

/// A socket's name may have 107 bytes on Linux and 103 elsewhere.
const LONGEST_SOCKET: usize = 103;

/// No answer of tmux takes longer.
const LIMIT: Duration = Duration::from_secs(10);

/// A session may lose its last window between two questions.
const ATTEMPTS: usize = 3;

/// A server, whether it runs or not.
#[derive(Clone, Debug)]
pub struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    /// The server of this socket; where its name would be too long for one, a name that stands for
    /// it in a folder of this user.
    pub fn at(socket: &Path) -> Result<Self> {
        let socket = match socket.as_os_str().len() {
            0..=LONGEST_SOCKET => socket.to_owned(),
            _ => stand_in(socket)?,
        };
        Ok(Self { socket })
    }

    /// Whether tmux is installed.
    pub fn is_installed() -> bool {
        let asked = Program::new("tmux").arg("-V").output_within(LIMIT);
        matches!(asked, Ok(Some(output)) if output.status.success())
    }

    /// Opens a window for a program, in the session of this name, which is made where it is
    /// missing; `folder` is where the program begins.
    pub fn open(
        &self,
        session: &str,
        window: &str,
        folder: &Path,
        program: &[OsString],
    ) -> Result<()> {
        let mut complaint = String::new();
        for _ in 0..ATTEMPTS {
            let place = format!("={session}:");
            let words = match self.has(session, None) {
                true => vec!["new-window", "-d", "-t", &place, "-n", window],
                false => vec![
                    "new-session",
                    "-d",
                    "-s",
                    session,
                    "-n",
                    window,
                    "-x",
                    "200",
                    "-y",
                    "50",
                ],
            };
            let call = self.call(&words).args(program).dir(folder);
            match call.output_within(LIMIT)? {
                Some(output) if output.status.success() => return Ok(()),
                Some(output) => complaint = output.complaint(),
                None => complaint = format!("no answer within {} s", LIMIT.as_secs()),
            }
        }
        Err(Failure::unable(format!(
            "tmux opens no window: {complaint}"
        )))
    }

    /// Whether this session, or this window of it, is there.
    pub fn has(&self, session: &str, window: Option<&str>) -> bool {
        let windows = self.call(&["list-windows", "-F", "#{window_name}", "-t"]);
        let windows = windows.arg(format!("={session}:")).output_within(LIMIT);
        let Ok(Some(output)) = windows else {
            return false;
        };
        let named = |name: &str| output.text().lines().any(|line| line == name);
        output.status.success() && window.is_none_or(named)
    }

    /// Attaches our terminal until the user detaches, or nothing is left to look at.
    pub fn attach(&self, session: &str, window: Option<&str>) -> Result<()> {
        let place = place(session, window);
        let keyboard = io::stdin().as_fd().try_clone_to_owned();
        let keyboard = keyboard.or_unable(|| "cannot read the terminal")?;
        let call = self.call(&["attach-session", "-t", &place]);
        let status = call.reading(File::from(keyboard)).status()?;
        match status.success() {
            true => Ok(()),
            false => {
                Err(Failure::unable("tmux could not attach")
                    .next(self.attach_line(session, window)))
            }
        }
    }

    /// What somebody types to attach.
    pub fn attach_line(&self, session: &str, window: Option<&str>) -> String {
        let socket = shell_word(&self.socket.to_string_lossy());
        format!(
            "tmux -S {socket} attach-session -t {}",
            place(session, window)
        )
    }

    /// The socket of a server that was killed: it is there, and nobody answers.
    pub fn orphan(&self) -> Option<&Path> {
        let is_socket =
            fs::symlink_metadata(&self.socket).is_ok_and(|seen| seen.file_type().is_socket());
        let refused = || {
            UnixStream::connect(&self.socket)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        };
        (is_socket && refused()).then_some(self.socket.as_path())
    }

    fn call(&self, words: &[&str]) -> Program {
        Program::new("tmux")
            .args(["-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .args(words)
            .without_env(["TMUX", "TMUX_PANE"])
    }
}

fn place(session: &str, window: Option<&str>) -> String {
    let window = window
        .map(|window| format!("={window}"))
        .unwrap_or_default();
    format!("={session}:{window}")
}

/// A short name for a socket: in a folder that nobody but this user can write to.
fn stand_in(socket: &Path) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("git-parallel-{}", getuid()));
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).on_path("create", &folder);
        }
        _ => {}
    }
    let seen = fs::symlink_metadata(&folder).on_path("read", &folder)?;
    let ours = seen.is_dir() && seen.uid() == getuid().as_raw() && seen.mode() & 0o077 == 0;
    if !ours {
        return Err(Failure::unable(format!(
            "{} is not a folder of this user alone, and the path of the repository is too long for a socket",
            folder.display()
        ))
        .next("git parallel run --launcher local"));
    }
    Ok(folder.join(short(socket.as_os_str())))
}

/// FNV-1a: two repositories of one user that meet in 64 bits are not to be feared.
fn short(name: &OsStr) -> String {
    let hash = name
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_a_name_that_is_short_enough() {
        let near = Path::new("/w/shop/.git/parallel/runs/r1/tmux");
        assert_eq!(Tmux::at(near).unwrap().socket, near);
        let far = |n: usize| PathBuf::from(format!("/{}/{n}/tmux", "a".repeat(200)));
        let sockets = [1, 2].map(|n| Tmux::at(&far(n)).unwrap().socket);
        assert_ne!(sockets[0], sockets[1]);
        assert!(
            sockets
                .iter()
                .all(|socket| socket.as_os_str().len() <= LONGEST_SOCKET)
        );
    }

    #[test]
    fn a_line_to_type_names_what_is_meant_exactly() {
        let tmux = Tmux::at(Path::new("/w/my shop/tmux")).unwrap();
        assert_eq!(
            tmux.attach_line("r1", Some("T001")),
            "tmux -S '/w/my shop/tmux' attach-session -t =r1:=T001"
        );
        assert!(tmux.attach_line("r1", None).ends_with(" -t =r1:"));
    }
}

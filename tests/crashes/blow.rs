//! What befalls a command, and whom: faults at the system calls of real processes, by `strace`.

/// The calls that change a file system.
const CALLS: &str = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,\
                     symlink,symlinkat,write,pwrite64,ftruncate,fsync,fdatasync";

/// Those of them that need room.
const WRITING_CALLS: &str = "rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,\
                             symlinkat,write,pwrite64,fsync,fdatasync";

/// Those by which a record of a journal comes to be, and is made durable; where it is a file or a
/// folder of its own, it gets its name.
const RECORDING_CALLS: &str = "write,fdatasync,rename,renameat,renameat2";

/// The journals, and what else tells what is about to be done and what is: below the git
/// directory.
pub const RECORDS: [&str; 7] = [
    "parallel/operations.jsonl",
    "parallel/plans/p1.json",
    "parallel/runs/r1",
    "parallel/runs/r1/events.jsonl",
    "parallel/angles/a1/plan.json",
    "parallel/angles/a1/events.jsonl",
    "worktrees/project-two/parallel-resolve.json",
];

/// Who dies.
#[derive(Clone, Copy, Debug)]
pub enum Victim {
    /// The program; whatever it started lives on.
    Program,
    /// Whichever process comes to its own k-th call, git included.
    Any,
    /// Whoever comes to its k-th call that makes a record: before it is written, and between that
    /// and its being durable.
    Recorder,
}

impl Victim {
    /// The calls among which the k-th is chosen.
    pub fn calls(self) -> &'static str {
        match self {
            Self::Program | Self::Any => CALLS,
            Self::Recorder => RECORDING_CALLS,
        }
    }

    /// Those of them that a full disk refuses.
    fn writing_calls(self) -> &'static str {
        match self {
            Self::Program | Self::Any => WRITING_CALLS,
            Self::Recorder => RECORDING_CALLS,
        }
    }
}

/// What befalls a call.
#[derive(Clone, Copy, Debug)]
pub enum Blow {
    Kill,
    /// From then on there is no room.
    Full,
    /// This once the disk does not answer.
    Broken,
}

impl Blow {
    /// As `strace` has it.
    pub fn injected(self, victim: Victim, at: usize) -> String {
        let (calls, writing) = (victim.calls(), victim.writing_calls());
        match self {
            Self::Kill => format!("inject={calls}:signal=KILL:when={at}"),
            Self::Full => format!("inject={writing}:error=ENOSPC:when={at}+"),
            Self::Broken => format!("inject={calls}:error=EIO:when={at}"),
        }
    }
}

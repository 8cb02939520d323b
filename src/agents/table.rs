//! The agents that are known by name: how each is called without a terminal. Every flag here is
//! looked for in the real program's `--help` by `tests/agents/contract.rs`, in the version that is
//! pinned there.
//!
//! The permissions are the narrowest with which the agent can do its work unattended: edits inside
//! the worktree, and where the agent has a sandbox, commands in it. `parallelAgent.NAME.permissions`
//! widens them.

use super::invocation::{Events, PromptBy};

/// A known agent. In the words, `{permissions}` and `{args}` stand for what the user may configure;
/// the other holes are those of [`super::Invocation`].
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name, and that of its program.
    pub name: &'static str,
    /// What it is called by its makers.
    pub title: &'static str,
    pub begin: &'static [&'static str],
    pub resume: &'static [&'static str],
    pub ask: &'static [&'static str],
    pub structured: &'static [&'static str],
    pub permissions: &'static [&'static str],
    /// What these permissions come to, in words.
    pub allows: &'static str,
    /// Permissions with which nothing is asked or refused any more.
    pub everything: &'static [&'static str],
    pub prompt: PromptBy,
    pub events: Events,
    pub env: &'static [(&'static str, &'static str)],
}

/// All of them, by name.
pub const KNOWN: [Known; 6] = [AIDER, CLAUDE, CODEX, GEMINI, OPENCODE, QWEN];

const CLAUDE: Known = Known {
    name: "claude",
    title: "Claude Code",
    begin: &[
        "claude",
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "{permissions}",
        "{args}",
    ],
    resume: &[
        "claude",
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "{permissions}",
        "{args}",
        "--resume",
        "{session}",
    ],
    ask: &[
        "claude",
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "--permission-mode",
        "dontAsk",
        "{args}",
        "{structured}",
    ],
    structured: &["--json-schema", "{schema}"],
    permissions: &["--permission-mode", "acceptEdits"],
    allows: "edits; commands only as its own settings allow",
    everything: &["--permission-mode", "bypassPermissions"],
    prompt: PromptBy::Stdin,
    events: Events::Claude,
    env: &[],
};

const CODEX: Known = Known {
    name: "codex",
    title: "Codex CLI",
    begin: &["codex", "exec", "--json", "{permissions}", "{args}", "-"],
    resume: &[
        "codex",
        "exec",
        "--json",
        "{permissions}",
        "{args}",
        "resume",
        "{session}",
        "-",
    ],
    ask: &[
        "codex",
        "exec",
        "--json",
        "-s",
        "read-only",
        "{args}",
        "{structured}",
        "-",
    ],
    structured: &["--output-schema", "{schema-file}"],
    permissions: &["-s", "workspace-write"],
    allows: "edits and commands, in its sandbox",
    everything: &["--dangerously-bypass-approvals-and-sandbox"],
    prompt: PromptBy::Stdin,
    events: Events::Codex,
    env: &[],
};

const GEMINI: Known = Known {
    name: "gemini",
    title: "Gemini CLI",
    begin: &[
        "gemini",
        "-o",
        "stream-json",
        "--skip-trust",
        "{permissions}",
        "{args}",
    ],
    resume: &[
        "gemini",
        "-o",
        "stream-json",
        "--skip-trust",
        "{permissions}",
        "{args}",
        "--resume",
        "{session}",
    ],
    ask: &[
        "gemini",
        "-o",
        "stream-json",
        "--skip-trust",
        "--approval-mode",
        "default",
        "{args}",
    ],
    structured: &[],
    permissions: &["--approval-mode", "auto_edit"],
    allows: "edits; no commands",
    everything: &["--approval-mode", "yolo"],
    prompt: PromptBy::Stdin,
    events: Events::Gemini,
    // Without it, it starts itself a second time, and the first one knows nothing of the second.
    env: &[("GEMINI_CLI_NO_RELAUNCH", "1")],
};

const QWEN: Known = Known {
    name: "qwen",
    title: "Qwen Code",
    begin: &["qwen", "-o", "stream-json", "{permissions}", "{args}"],
    resume: &[
        "qwen",
        "-o",
        "stream-json",
        "{permissions}",
        "{args}",
        "--resume",
        "{session}",
    ],
    ask: &[
        "qwen",
        "-o",
        "stream-json",
        "--approval-mode",
        "default",
        "{args}",
        "{structured}",
    ],
    structured: &["--json-schema", "{schema}"],
    permissions: &["--approval-mode", "auto-edit"],
    allows: "edits; no commands",
    everything: &["--approval-mode", "yolo"],
    prompt: PromptBy::Stdin,
    events: Events::Qwen,
    env: &[("QWEN_CODE_NO_RELAUNCH", "true")],
};

const OPENCODE: Known = Known {
    name: "opencode",
    title: "opencode",
    begin: &[
        "opencode",
        "run",
        "--format",
        "json",
        "{permissions}",
        "{args}",
    ],
    resume: &[
        "opencode",
        "run",
        "--format",
        "json",
        "{permissions}",
        "{args}",
        "--session",
        "{session}",
    ],
    ask: &[
        "opencode", "run", "--format", "json", "--agent", "plan", "{args}",
    ],
    structured: &[],
    permissions: &[],
    allows: "what its own settings allow: by default edits and commands in the worktree",
    everything: &["--auto"],
    prompt: PromptBy::Stdin,
    events: Events::Opencode,
    env: &[],
};

const AIDER: Known = Known {
    name: "aider",
    title: "Aider",
    begin: &[
        "aider",
        "--message-file",
        "{prompt}",
        "{permissions}",
        "--no-check-update",
        "--no-show-release-notes",
        "--no-pretty",
        "--no-fancy-input",
        "--no-gitignore",
        "--no-detect-urls",
        "--no-browser",
        "{args}",
    ],
    resume: &[
        "aider",
        "--message-file",
        "{prompt}",
        "{permissions}",
        "--no-check-update",
        "--no-show-release-notes",
        "--no-pretty",
        "--no-fancy-input",
        "--no-gitignore",
        "--no-detect-urls",
        "--no-browser",
        "--restore-chat-history",
        "{args}",
    ],
    ask: &[
        "aider",
        "--message-file",
        "{prompt}",
        "--chat-mode",
        "ask",
        "--dry-run",
        "--no-check-update",
        "--no-show-release-notes",
        "--no-pretty",
        "--no-fancy-input",
        "--no-gitignore",
        "--no-detect-urls",
        "--no-browser",
        "{args}",
    ],
    structured: &[],
    // It asks before each new file; commands it would only suggest, and is not to.
    permissions: &["--yes-always", "--no-suggest-shell-commands"],
    allows: "edits and commits; no commands",
    everything: &["--yes-always"],
    prompt: PromptBy::File,
    events: Events::Aider,
    env: &[
        ("AIDER_CHAT_HISTORY_FILE", "{dir}/aider.chat.md"),
        ("AIDER_INPUT_HISTORY_FILE", "{dir}/aider.input"),
    ],
};

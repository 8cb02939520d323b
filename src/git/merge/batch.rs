//! git's own word: one `git merge-tree --write-tree --stdin` process for all pairs, and how its
//! answer is read.

use std::thread;

use crate::error::Result;
use crate::git::objects::{NewCommit, ObjectSpace};
use crate::git::path::RepoPath;
use crate::git::program::{complaint, unfetched};
use crate::id::Oid;
use crate::process::Output;

use super::{Conflict, ConflictKind, MergeError, MergePair, Merged, Version, Versions};

/// So many merges are worth a process of their own: what it reads is not known to the others.
const MERGES_A_PROCESS: usize = 32;

/// Merges every pair, in order. New trees and blobs go into `space`.
pub(super) fn merge_all(space: &ObjectSpace, pairs: &[MergePair]) -> Result<Vec<Merged>> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let processes = processors.min(pairs.len() / MERGES_A_PROCESS);
    if processes < 2 {
        return merge_in_turn(space, pairs);
    }
    let parts = pairs.chunks(pairs.len().div_ceil(processes));
    let answers: Vec<Result<Vec<Merged>>> = thread::scope(|scope| {
        let started: Vec<_> = parts
            .map(|part| scope.spawn(move || merge_in_turn(space, part)))
            .collect();
        started.into_iter().map(joined).collect()
    });
    let answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(answers.into_iter().flatten().collect())
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Merges pairs in one process, one after another.
fn merge_in_turn(space: &ObjectSpace, pairs: &[MergePair]) -> Result<Vec<Merged>> {
    let stand_ins = pairs
        .iter()
        .map(|pair| stand_in(space, pair))
        .collect::<Result<Vec<MergePair>>>()?;
    let lines: Vec<String> = stand_ins.iter().map(input_line).collect();
    let mut merged = Vec::with_capacity(pairs.len());
    // git ends the whole batch at a pair that it cannot merge at all (unrelated histories, a
    // missing object): note that pair's error and go on behind it.
    while merged.len() < lines.len() {
        let output = space
            .git("merge-tree")?
            .args(["--write-tree", "--stdin", "-z"])
            .input(lines[merged.len()..].concat())
            .ask()?;
        let answered = parse(&output.stdout);
        let stuck = merged.len() + answered.len() < lines.len();
        merged.extend(answered);
        if stuck {
            merged.push(Merged::Error(error_of(space, &output)?));
        }
    }
    merged.truncate(lines.len());
    for ((merged, stand_in), pair) in merged.iter_mut().zip(stand_ins).zip(pairs) {
        merged.rename_side(stand_in.ours, &pair.ours.to_string());
        merged.rename_side(stand_in.theirs, &pair.theirs.to_string());
    }
    Ok(merged)
}

/// A merge base of our choice is given as history: two commits with the sides' trees and that base
/// as their only parent (git takes a base on its input from 2.40 on).
fn stand_in(space: &ObjectSpace, pair: &MergePair) -> Result<MergePair> {
    let Some(base) = pair.base else {
        return Ok(*pair);
    };
    let on_base = |side: Oid| {
        space.commit_tree(&NewCommit {
            tree: space.repository().tree_of(side)?,
            parents: &[base],
            message: &format!("Stand-in for {side}\n"),
        })
    };
    Ok(MergePair::new(on_base(pair.ours)?, on_base(pair.theirs)?))
}

fn input_line(pair: &MergePair) -> String {
    format!("{} {}\n", pair.ours, pair.theirs)
}

/// Why git stopped before the end of its input. Death by a signal says nothing about the pair, so
/// it is a failure of the whole.
fn error_of(space: &ObjectSpace, output: &Output) -> Result<MergeError> {
    if output.status.code().is_none() {
        return Err(complaint("merge-tree", output));
    }
    let said = output.complaint();
    let message = said.strip_prefix("fatal: ").unwrap_or(&said).to_owned();
    let unrelated = message.contains("unrelated histories");
    Ok(if let Some(missing) = unfetched(&message) {
        MergeError {
            code: "missing-object",
            message: missing.what,
        }
    } else if unrelated && space.repository().is_shallow() {
        MergeError {
            code: "cut-off",
            message: "their histories do not meet in this shallow clone".to_owned(),
        }
    } else if unrelated {
        MergeError {
            code: "unrelated-histories",
            message,
        }
    } else {
        MergeError {
            code: "merge-failed",
            message,
        }
    })
}

/// Reads complete records of `merge-tree --stdin -z`:
/// `status NUL tree NUL (mode SP oid SP stage TAB path NUL)* NUL (message)* NUL`, where a message
/// is `count NUL (path NUL)*count type NUL text NUL`, and status is 1 for clean, 0 for conflict.
fn parse(stdout: &[u8]) -> Vec<Merged> {
    let mut fields = stdout
        .split_inclusive(|&byte| byte == 0)
        .map_while(|field| field.strip_suffix(b"\0"));
    let mut merged = Vec::new();
    while let Some(record) = parse_record(&mut fields) {
        merged.push(record);
    }
    merged
}

fn parse_record<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Merged> {
    let clean = match fields.next()? {
        b"1" => true,
        b"0" => false,
        _ => return None,
    };
    let tree = text(fields.next()?).parse().ok()?;
    if clean {
        fields.next()?;
        return Some(Merged::Clean {
            tree: Some(tree),
            apart: false,
        });
    }
    let mut stages: Vec<Stage> = Vec::new();
    loop {
        match fields.next()? {
            b"" => break,
            entry => stages.push(Stage::parse(entry)?),
        }
    }
    let mut messages = Vec::new();
    loop {
        match fields.next()? {
            // git before 2.43 prints its advice on submodules here, into the middle of the answer.
            b"" => break,
            advice if !advice[0].is_ascii_digit() => break,
            count => messages.push(Message::parse(count, fields)?),
        }
    }
    Some(Merged::Conflict {
        conflicts: conflicts_of(&stages, &messages),
    })
}

/// One side of a conflicted path in the index that the merge would leave.
struct Stage {
    path: RepoPath,
    mode: String,
    oid: String,
    /// 1 base, 2 ours, 3 theirs.
    number: u8,
}

impl Stage {
    fn parse(entry: &[u8]) -> Option<Self> {
        let tab = entry.iter().position(|&byte| byte == b'\t')?;
        let head = text(&entry[..tab]);
        let mut words = head.split(' ');
        Some(Self {
            path: RepoPath::new(&entry[tab + 1..]),
            mode: words.next()?.to_owned(),
            oid: words.next()?.to_owned(),
            number: words.next()?.parse().ok()?,
        })
    }
}

/// Something that git had to say about some paths.
struct Message {
    paths: Vec<RepoPath>,
    /// Stable: `CONFLICT (contents)`, `Auto-merging`, …
    kind: String,
    /// For people: `CONFLICT (add/add): Merge conflict in f`.
    text: String,
}

impl Message {
    fn parse<'a>(count: &[u8], fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let count: usize = text(count).parse().ok()?;
        let paths = (0..count)
            .map(|_| fields.next().map(RepoPath::new))
            .collect::<Option<_>>()?;
        Some(Self {
            paths,
            kind: text(fields.next()?),
            text: text(fields.next()?),
        })
    }

    fn conflict_kind(&self) -> Option<ConflictKind> {
        let inner = self.kind.strip_prefix("CONFLICT (")?.trim_end_matches(')');
        Some(match inner {
            "contents" if self.text.starts_with("CONFLICT (add/add)") => ConflictKind::AddAdd,
            "contents" if self.text.starts_with("CONFLICT (submodule)") => ConflictKind::Submodule,
            "contents" => ConflictKind::Content,
            "binary" => ConflictKind::Binary,
            "modify/delete" => ConflictKind::ModifyDelete,
            "file/directory" | "distinct modes" | "distinct types" => ConflictKind::Type,
            _ if inner.contains("submodule") => ConflictKind::Submodule,
            _ if inner.contains("directory rename") || inner.contains("dir rename") => {
                ConflictKind::DirectoryRename
            }
            _ if inner.contains("rename") => ConflictKind::Rename,
            _ => ConflictKind::Content,
        })
    }
}

/// One entry a conflicted path, in git's order, with the most telling kind.
fn conflicts_of(stages: &[Stage], messages: &[Message]) -> Vec<Conflict> {
    stages
        .chunk_by(|a, b| a.path == b.path)
        .map(|stages| {
            let path = &stages[0].path;
            let told = messages
                .iter()
                .filter(|message| message.paths.contains(path))
                .filter_map(Message::conflict_kind);
            let seen = kind_of_stages(stages);
            let kind = told.chain(seen).max().unwrap_or(ConflictKind::Rename);
            Conflict {
                path: path.clone(),
                kind,
                versions: versions_of(stages),
            }
        })
        .collect()
}

fn versions_of(stages: &[Stage]) -> Versions {
    let version = |number: u8| {
        let stage = stages.iter().find(|stage| stage.number == number)?;
        Some(Version {
            mode: u32::from_str_radix(&stage.mode, 8).ok()?,
            id: stage.oid.parse().ok()?,
        })
    };
    Versions {
        base: version(1),
        ours: version(2),
        theirs: version(3),
    }
}

/// What the stages alone tell: git words a conflict of modes or of a submodule as one of content.
fn kind_of_stages(stages: &[Stage]) -> Option<ConflictKind> {
    let side = |number: u8| stages.iter().find(|stage| stage.number == number);
    match (side(2), side(3)) {
        (Some(ours), Some(theirs)) if ours.mode != theirs.mode => {
            let regular = |stage: &Stage| stage.mode.starts_with("100");
            if !regular(ours) || !regular(theirs) {
                Some(ConflictKind::Type)
            } else if ours.oid == theirs.oid {
                Some(ConflictKind::Mode)
            } else {
                None
            }
        }
        (Some(ours), Some(_)) if ours.mode == "160000" => Some(ConflictKind::Submodule),
        (Some(_), None) | (None, Some(_)) if side(1).is_some() => Some(ConflictKind::ModifyDelete),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    const A: &str = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
    const B: &str = "16f2b477b0d5320aba922a86dca7d34c62eb4bb2";

    fn conflicts(record: &str) -> Vec<(String, &'static str)> {
        match parse(record.as_bytes()).as_slice() {
            [Merged::Conflict { conflicts }] => conflicts
                .iter()
                .map(|c| (c.path.to_string(), c.kind.as_str()))
                .collect(),
            other => panic!("not one conflict: {other:?}"),
        }
    }

    #[test]
    fn clean_and_conflicted_records_follow_each_other() {
        let output = format!(
            "1\0{A}\0\x000\0{A}\0100644 {A} 2\tf\0100644 {B} 3\tf\0\x001\0f\0Auto-merging\0Auto-merging f\n\x001\0f\0CONFLICT (contents)\0CONFLICT (add/add): Merge conflict in f\n\0\x001\0{B}\0\0"
        );
        let merged = parse(output.as_bytes());
        assert_eq!(merged.len(), 3);
        assert_eq!(
            merged[2],
            Merged::Clean {
                tree: Some(B.parse().unwrap()),
                apart: false,
            }
        );
        assert!(matches!(&merged[1], Merged::Conflict { conflicts } if conflicts.len() == 1));
    }

    #[test]
    fn advice_in_the_middle_of_the_answer_ends_the_record_and_not_the_batch() {
        let one = format!(
            "0\0{A}\x00160000 {A} 2\tsub\x00160000 {B} 3\tsub\0\x001\0sub\0CONFLICT (contents)\0CONFLICT (submodule): x\n\0"
        );
        let advice = "Recursive merging with submodules\n\n  git add sub\n\n";
        let merged = parse(format!("{one}{advice}\0{one}\0").as_bytes());
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0], merged[1]);
    }

    #[test]
    fn a_torn_record_is_no_record() {
        let whole = format!("0\0{A}\0100644 {A} 2\tf\0\0\0");
        assert_eq!(parse(whole.as_bytes()).len(), 1);
        for end in 0..whole.len() {
            assert_eq!(parse(&whole.as_bytes()[..end]).len(), 0, "{end}");
        }
    }

    #[test]
    fn the_kind_is_the_most_telling_of_messages_and_stages() {
        let cases = [
            (
                "1\0f\0CONFLICT (contents)\0CONFLICT (content): x\n\0",
                "100644",
                A,
                "100644",
                B,
                "content",
            ),
            (
                "1\0f\0CONFLICT (contents)\0CONFLICT (add/add): x\n\0",
                "100644",
                A,
                "100755",
                A,
                "mode",
            ),
            (
                "1\0f\0CONFLICT (binary)\0CONFLICT (binary): x\n\0",
                "100644",
                A,
                "100644",
                B,
                "binary",
            ),
            (
                "2\0f\0g\0CONFLICT (rename/rename)\0x\n\0",
                "100644",
                A,
                "100644",
                B,
                "rename",
            ),
            (
                "1\0f\0CONFLICT (directory rename collision)\0x\n\0",
                "100644",
                A,
                "100644",
                B,
                "directory-rename",
            ),
            (
                "1\0f\0CONFLICT (contents)\0CONFLICT (submodule): x\n\0",
                "160000",
                A,
                "160000",
                B,
                "submodule",
            ),
            (
                "1\0f\0CONFLICT (distinct modes)\0x\n\0",
                "100644",
                A,
                "120000",
                B,
                "type",
            ),
        ];
        for (messages, our_mode, ours, their_mode, theirs, kind) in cases {
            let record = format!(
                "0\0{A}\0{our_mode} {ours} 2\tf\0{their_mode} {theirs} 3\tf\0\0{messages}\0"
            );
            assert_eq!(conflicts(&record), [("f".to_owned(), kind)]);
        }
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}

//! What to do about a conflict that no marker shows: for each kind its own words and commands.

use crate::error::shell_word;
use crate::git::{Conflict, ConflictKind};

/// Lines for who has to decide, with commands for the worktree that they stand in.
pub fn advice(conflict: &Conflict) -> Vec<String> {
    let path = shell_word(&conflict.path.to_text());
    let keep = format!("keep it: git add {path}");
    let drop = format!("drop it: git rm {path}");
    let versions = &conflict.versions;
    let both = versions.ours.is_some() && versions.theirs.is_some();
    match conflict.kind {
        ConflictKind::ModifyDelete => {
            let who = if versions.ours.is_some() {
                "theirs"
            } else {
                "ours"
            };
            vec![
                format!("{who} deleted it, the other side changed it"),
                keep,
                drop,
            ]
        }
        ConflictKind::Submodule => vec![
            "both sides moved the submodule: check the wanted commit out in it".to_owned(),
            format!("then: git add {path}"),
        ],
        ConflictKind::Rename if !both => vec![
            "the two sides gave it different names: keep one".to_owned(),
            keep,
            drop,
        ],
        ConflictKind::DirectoryRename => vec![
            "its folder was renamed by one side: move it to where it belongs".to_owned(),
            keep,
            format!("move it: git mv {path} NEW-PATH"),
        ],
        ConflictKind::Type if !both => vec![
            "a file on one side, something else on the other: keep one".to_owned(),
            keep,
            drop,
        ],
        _ if both => vec![
            "there are no markers in it: take a side, or write it anew".to_owned(),
            format!("git checkout --ours -- {path}     # or --theirs"),
            format!("then: git add {path}"),
        ],
        _ => vec![keep, drop],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{Version, Versions};
    use crate::store::sample::oid;

    #[test]
    fn every_kind_gets_commands_that_stage_a_decision() {
        let version = Some(Version {
            mode: 0o100_644,
            id: oid(1),
        });
        let kinds = [
            ConflictKind::Content,
            ConflictKind::AddAdd,
            ConflictKind::Binary,
            ConflictKind::ModifyDelete,
            ConflictKind::Mode,
            ConflictKind::Submodule,
            ConflictKind::Type,
            ConflictKind::Rename,
            ConflictKind::DirectoryRename,
        ];
        for kind in kinds {
            for theirs in [version, None] {
                let conflict = Conflict {
                    path: "a b".into(),
                    kind,
                    versions: Versions {
                        base: version,
                        ours: version,
                        theirs,
                    },
                };
                let text = advice(&conflict).join("\n");
                assert!(text.contains("git add 'a b'"), "{kind:?}: {text}");
            }
        }
    }
}

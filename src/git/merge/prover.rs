//! Pairs that merge cleanly beyond doubt, told apart in this process, so that git has to be asked
//! about the others only.
//!
//! A pair is proven clean when one side contains the other, or when there is one merge base, no
//! path was changed on both sides but in ways that cannot disturb each other (the same change
//! twice, or edits of a text far apart), and no rename, of a file or of a folder, could carry the
//! changes of one side onto those of the other. What is not proven is not a conflict: it is not
//! known.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::bstr::BString;
use gix::prelude::FindExt;
use gix::revision::plumbing::merge_base::Flags;
use gix::revwalk::graph::Commit;

use crate::error::Result;

use super::hunks::{Touched, apart, touched};
use super::sides::{Change, Side};
use super::{MergePair, Merged};
use crate::git::repository::Repository;

/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;
/// Larger files are left to git.
const LARGEST_TEXT: usize = 16 << 20;
/// Fewer pairs than this that depend on the content of files are quicker asked of git: finding
/// out whether attributes have a say in it costs two processes.
const FEWEST_TEXT_PAIRS: usize = 4;

type Graph<'a> = gix::revwalk::Graph<'a, 'a, Commit<Flags>>;

/// What could be told of a pair without reading files.
#[derive(Debug)]
enum Told {
    Proven(Proof),
    /// Clean if both edits of each of these files are apart.
    IfApart(Vec<Edits>),
}

/// A file that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edits {
    path: BString,
    base: ObjectId,
    ours: ObjectId,
    theirs: ObjectId,
}

/// What is proven of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Clean, and neither side touches what the other does.
    Apart,
    /// Clean.
    Clean,
    None,
}

impl Proof {
    /// The proof, with git's answer where git was asked.
    pub fn with(self, answer: Option<Merged>) -> Merged {
        let apart = self == Self::Apart;
        match answer {
            None => Merged::Clean { tree: None, apart },
            Some(Merged::Clean { tree, .. }) => Merged::Clean { tree, apart },
            Some(answer) => answer,
        }
    }
}

/// What is proven of every pair. Of what cannot be read, nothing is.
pub(super) fn prove(repository: &Repository, pairs: &[MergePair]) -> Result<Vec<Proof>> {
    let mut local = repository.local();
    local.object_cache_size_if_unset(16 << 20);
    if local.common_dir().join("info/grafts").exists() {
        return Ok(vec![Proof::None; pairs.len()]);
    }
    let cache = local.commit_graph_if_enabled().ok().flatten();
    let mut prover = Prover {
        graph: local.revision_graph(cache.as_ref()),
        local: &local,
        bases: HashMap::new(),
        sides: HashMap::new(),
        texts: HashMap::new(),
    };
    let told: Vec<Told> = pairs.iter().map(|pair| prover.tell(pair)).collect();
    let plain = plain_texts(repository, &told)?;
    Ok(told
        .iter()
        .map(|told| match told {
            Told::Proven(proof) => *proof,
            Told::IfApart(files) => {
                let mut apart = |file: &Edits| plain.contains(&file.path) && prover.are_apart(file);
                if files.iter().all(&mut apart) {
                    Proof::Clean
                } else {
                    Proof::None
                }
            }
        })
        .collect())
}

/// Those of the files in question that git merges as text, with nothing configured that would
/// change how.
fn plain_texts(repository: &Repository, told: &[Told]) -> Result<HashSet<BString>> {
    let questions = told.iter().filter_map(|told| match told {
        Told::IfApart(files) => Some(files),
        _ => None,
    });
    if questions.clone().count() < FEWEST_TEXT_PAIRS || merges_unusually(repository)? {
        return Ok(HashSet::new());
    }
    let paths: HashSet<&BString> = questions.flatten().map(|file| &file.path).collect();
    let input: Vec<u8> = paths
        .iter()
        .flat_map(|path| path.iter().copied().chain([0]))
        .collect();
    let output = repository
        .git_here("check-attr")
        .args(["--stdin", "-z", "merge"])
        .input(input)
        .run()?;
    let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    Ok(fields
        .chunks_exact(3)
        .filter(|entry| entry[2] == b"unspecified")
        .map(|entry| entry[0].into())
        .collect())
}

/// Whether the configuration has a say in how texts are merged.
fn merges_unusually(repository: &Repository) -> Result<bool> {
    let output = repository
        .git("config")
        .args(["--name-only", "--get-regexp"])
        .arg("^(merge\\.default|merge\\.renormalize|diff\\.algorithm)$")
        .ask()?;
    Ok(!output.stdout.is_empty())
}

struct Prover<'a> {
    local: &'a gix::Repository,
    graph: Graph<'a>,
    bases: HashMap<(ObjectId, ObjectId), Option<ObjectId>>,
    /// By the commits of base and tip.
    sides: HashMap<(ObjectId, ObjectId), Option<Rc<Side>>>,
    /// By the blobs of base and tip; `None` for what is no text.
    texts: HashMap<(ObjectId, ObjectId), Option<Rc<Touched>>>,
}

impl Prover<'_> {
    fn tell(&mut self, pair: &MergePair) -> Told {
        self.try_tell(pair).unwrap_or(Told::Proven(Proof::None))
    }

    /// `None` where something could not be read, or the history is not simple.
    fn try_tell(&mut self, pair: &MergePair) -> Option<Told> {
        let id = |oid: crate::id::Oid| ObjectId::try_from(oid.as_bytes()).ok();
        let (ours, theirs) = (id(pair.ours)?, id(pair.theirs)?);
        let base = match pair.base {
            Some(base) => id(base)?,
            None => self.base(ours, theirs)?,
        };
        if base == ours || base == theirs {
            return Some(Told::Proven(Proof::Clean));
        }
        let ours = self.side(base, ours)?;
        let theirs = self.side(base, theirs)?;
        Some(compare(&ours, &theirs))
    }

    /// The only merge base.
    fn base(&mut self, ours: ObjectId, theirs: ObjectId) -> Option<ObjectId> {
        let key = (ours.min(theirs), ours.max(theirs));
        if let Some(known) = self.bases.get(&key) {
            return *known;
        }
        let found = self
            .local
            .merge_bases_many_with_graph(ours, &[theirs], &mut self.graph)
            .ok()
            .filter(|bases| bases.len() == 1)
            .map(|bases| bases[0].detach());
        self.bases.insert(key, found);
        found
    }

    fn side(&mut self, base: ObjectId, tip: ObjectId) -> Option<Rc<Side>> {
        if let Some(known) = self.sides.get(&(base, tip)) {
            return known.clone();
        }
        let side = self.compare_trees(base, tip).map(Rc::new);
        self.sides.insert((base, tip), side.clone());
        side
    }

    fn compare_trees(&self, base: ObjectId, tip: ObjectId) -> Option<Side> {
        let (mut base_buffer, mut tip_buffer) = (Vec::new(), Vec::new());
        let tree = |commit: ObjectId, buffer| {
            let tree = self.local.find_commit(commit).ok()?.tree_id().ok()?;
            self.local.objects.find_tree_iter(&tree, buffer).ok()
        };
        let base = tree(base, &mut base_buffer)?;
        let tip = tree(tip, &mut tip_buffer)?;
        let mut recorder = gix::diff::tree::Recorder::default();
        gix::diff::tree(
            base,
            tip,
            gix::diff::tree::State::default(),
            &self.local.objects,
            &mut recorder,
        )
        .ok()?;
        Some(Side::of(recorder.records))
    }

    fn are_apart(&mut self, file: &Edits) -> bool {
        let ours = self.text(file.base, file.ours);
        let theirs = self.text(file.base, file.theirs);
        ours.zip(theirs)
            .is_some_and(|(ours, theirs)| apart(&ours, &theirs))
    }

    fn text(&mut self, base: ObjectId, tip: ObjectId) -> Option<Rc<Touched>> {
        if let Some(known) = self.texts.get(&(base, tip)) {
            return known.clone();
        }
        let read = |id: ObjectId| {
            let data = self.local.find_object(id).ok()?.detach().data;
            is_text(&data).then_some(data)
        };
        let found = read(base)
            .zip(read(tip))
            .map(|(base, tip)| Rc::new(touched(&base, &tip)));
        self.texts.insert((base, tip), found.clone());
        found
    }
}

fn is_text(data: &[u8]) -> bool {
    data.len() <= LARGEST_TEXT && !data[..data.len().min(BINARY_LOOKS_AT)].contains(&0)
}

/// What two sides do to each other.
fn compare(ours: &Side, theirs: &Side) -> Told {
    if folders_clash(ours, theirs) || folders_clash(theirs, ours) {
        return Told::Proven(Proof::None);
    }
    let swapped = ours.changes.len() > theirs.changes.len();
    let (few, many) = if swapped {
        (theirs, ours)
    } else {
        (ours, theirs)
    };
    let renames = (ours.adds || theirs.adds, ours.removes || theirs.removes);
    let (mut files, mut same) = (Vec::new(), false);
    for (path, one) in &few.changes {
        let Some(other) = many.changes.get(path) else {
            continue;
        };
        match together(one, other, renames) {
            Together::Fine => same = true,
            Together::Text(base, one, other) => files.push(Edits {
                path: path.clone(),
                base,
                ours: if swapped { other } else { one },
                theirs: if swapped { one } else { other },
            }),
            Together::Unknown => return Told::Proven(Proof::None),
        }
    }
    if files.is_empty() {
        Told::Proven(if same { Proof::Clean } else { Proof::Apart })
    } else {
        Told::IfApart(files)
    }
}

/// Whether one side adds into a folder that the other has no more (renamed, perhaps), or has a
/// file where the other now has a folder.
fn folders_clash(adding: &Side, other: &Side) -> bool {
    let has_file = |folder: &BString| {
        let change = other.changes.get(folder);
        change.is_some_and(|change| change.after.is_some())
    };
    adding
        .added_into
        .iter()
        .any(|folder| other.removed_folders.contains(folder) || has_file(folder))
}

enum Together {
    Fine,
    Text(ObjectId, ObjectId, ObjectId),
    Unknown,
}

/// What two changes of one path do to each other. `adds` and `removes`: whether any side does.
fn together(one: &Change, other: &Change, (adds, removes): (bool, bool)) -> Together {
    match (one.before, one.after, other.after) {
        // Removed twice: each may have been renamed, to different names.
        (_, None, None) if !adds => Together::Fine,
        // Added twice: each may be where something was renamed to.
        (None, Some(a), Some(b)) if a == b && !removes => Together::Fine,
        (Some(_), Some(a), Some(b)) if a == b => Together::Fine,
        (Some(base), Some(a), Some(b))
            if base.mode.is_blob() && base.mode == a.mode && base.mode == b.mode =>
        {
            Together::Text(base.id, a.id, b.id)
        }
        _ => Together::Unknown,
    }
}

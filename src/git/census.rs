//! Every file of a commit, and a look into many of them at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use gix::traverse::tree::Recorder;

use crate::error::{Failure, OrFail, Result};
use crate::id::Oid;

use super::delta_bases;
use super::path::RepoPath;
use super::repository::{Repository, oid};

/// Questions that one reader answers in a row.
const NEIGHBOURS: usize = 32;

/// A file as a tree holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    pub path: RepoPath,
    pub blob: Oid,
}

impl Repository {
    /// The regular files of a commit, sorted by path as git sorts; symlinks and submodules are
    /// none.
    pub fn files(&self, commit: Oid) -> Result<Vec<TreeFile>> {
        let local = self.local();
        let unreadable = || format!("cannot read the tree of {commit}");
        let id = ObjectId::try_from(commit.as_bytes()).or_unable(unreadable)?;
        let tree = local.find_commit(id).or_unable(unreadable)?.tree();
        let tree = tree.or_unable(unreadable)?;
        let mut recorder = Recorder::default();
        tree.traverse()
            .breadthfirst(&mut recorder)
            .or_unable(unreadable)?;
        let is_file = |kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        let mut files: Vec<TreeFile> = recorder
            .records
            .into_iter()
            .filter(|entry| is_file(entry.mode.kind()))
            .filter_map(|entry| {
                Some(TreeFile {
                    path: RepoPath::new(entry.filepath),
                    blob: oid(&entry.oid)?,
                })
            })
            .collect();
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// What is seen in each of these blobs, in order, on all cores, by one `reader` on each; `None`
    /// for a blob of more than `largest` bytes, and for one that is not here (a partial clone).
    pub fn read_blobs<T: Send, R: FnMut(&[u8]) -> T>(
        &self,
        blobs: &[Oid],
        largest: u64,
        reader: impl Fn() -> R + Sync,
    ) -> Result<Vec<Option<T>>> {
        self.on_all_cores(blobs, || {
            let mut look = reader();
            move |local: &gix::Repository, blob: &Oid| {
                read(local, *blob, largest).map(|content| look(&content))
            }
        })
    }

    /// The same for two blobs at a time.
    pub(super) fn read_blob_pairs<T: Send>(
        &self,
        pairs: &[(Oid, Oid)],
        largest: u64,
        look: impl Fn(&[u8], &[u8]) -> T + Sync,
    ) -> Result<Vec<Option<T>>> {
        self.on_all_cores(pairs, || {
            |local: &gix::Repository, (one, other): &(Oid, Oid)| {
                // The later version first: the earlier is likely kept as a difference from it.
                let other = read(local, *other, largest)?;
                let one = read(local, *one, largest)?;
                Some(look(&one, &other))
            }
        })
    }

    /// An answer to each of these questions, in order, on all cores, by one `reader` on each.
    /// Neighbours are answered by the same, who holds what they have in common.
    pub(super) fn on_all_cores<Q: Sync, T: Send, R>(
        &self,
        questions: &[Q],
        reader: impl Fn() -> R + Sync,
    ) -> Result<Vec<Option<T>>>
    where
        R: FnMut(&gix::Repository, &Q) -> Option<T>,
    {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicUsize::new(0);
        let worker = || {
            let mut local = self.local();
            delta_bases::hold(&mut local, workers);
            // What is read once need not be at hand.
            local.object_cache_size(None);
            let mut answer = reader();
            let mut answers = Vec::new();
            loop {
                let start = next.fetch_add(NEIGHBOURS, Ordering::Relaxed);
                if start >= questions.len() {
                    return answers;
                }
                let neighbours = (start..).zip(&questions[start..]).take(NEIGHBOURS);
                answers.extend(neighbours.filter_map(|(at, question)| {
                    answer(&local, question).map(|answer| (at, answer))
                }));
            }
        };
        let found = thread::scope(|scope| {
            let working: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
            let parts = working.into_iter().map(thread::ScopedJoinHandle::join);
            parts.collect::<thread::Result<Vec<_>>>()
        });
        let found = found.map_err(|_| Failure::unable("reading the files broke off"))?;
        let mut answers: Vec<Option<T>> = questions.iter().map(|_| None).collect();
        for (at, answer) in found.into_iter().flatten() {
            answers[at] = Some(answer);
        }
        Ok(answers)
    }
}

fn read(local: &gix::Repository, blob: Oid, largest: u64) -> Option<Vec<u8>> {
    let id = ObjectId::try_from(blob.as_bytes()).ok()?;
    let header = local.find_header(id).ok()?;
    (header.size() <= largest)
        .then(|| local.find_object(id).ok())?
        .map(|object| object.detach().data)
}

//! Merge bases of many pairs of commits. Every commit is read once and kept, so that hundreds of
//! questions about the same history cost little more than one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix::ObjectId;

use crate::hashed::HashMap;

const ONE: u8 = 1;
const TWO: u8 = 2;
/// In the history of a common ancestor: common, too, but not the best.
const STALE: u8 = 4;
const COMMON: u8 = 8;

/// What is known of a history so far.
#[derive(Debug, Default)]
pub(super) struct Ancestry {
    nodes: Vec<Node>,
    positions: HashMap<ObjectId, u32>,
    /// Those with paint on them.
    painted: Vec<u32>,
}

#[derive(Debug)]
struct Node {
    id: ObjectId,
    commit: Option<Commit>,
    paint: u8,
    /// How many times it waits in the queue.
    queued: u32,
}

#[derive(Clone, Debug)]
struct Commit {
    parents: Vec<u32>,
    /// Greater than those of all its ancestors, where the commit-graph says; else the maximum.
    generation: u32,
    seconds: i64,
}

/// From new to old; among equals, first come, first served.
type Rank = (u32, i64, Reverse<u32>);

/// Reads the commits of a repository.
pub(super) struct Commits<'a> {
    graph: gix::revwalk::Graph<'a, 'a, ()>,
    shallow: Option<gix::shallow::Commits>,
}

impl<'a> Commits<'a> {
    /// With the commit-graph of the repository, if it has one. `None` where its history is not
    /// what the commits say.
    pub fn of(
        local: &'a gix::Repository,
        commit_graph: Option<&'a gix::commitgraph::Graph>,
    ) -> Option<Self> {
        if local.common_dir().join("info/grafts").exists() {
            return None;
        }
        let shallow = local.shallow_commits().ok()?;
        Some(Self {
            graph: local.revision_graph(commit_graph.filter(|_| shallow.is_none())),
            shallow,
        })
    }

    /// Whether the history is shallow.
    pub fn are_cut(&self) -> bool {
        self.shallow.is_some()
    }

    fn parents(&mut self, id: ObjectId) -> Option<(Vec<ObjectId>, u32, i64)> {
        let commit = self.graph.lookup(&id).ok()?.to_owned(|| ()).ok()?;
        let cut = |shallow: &gix::shallow::Commits| shallow.contains(&id);
        let parents = if self.shallow.as_ref().is_some_and(cut) {
            Vec::new()
        } else {
            commit.parents.to_vec()
        };
        let generation = commit.generation.filter(|generation| *generation > 0);
        Some((parents, generation.unwrap_or(u32::MAX), commit.commit_time))
    }
}

impl Ancestry {
    /// The best common ancestors of two commits. None where there is none, or where a commit cannot
    /// be read.
    ///
    /// What is common and in nobody else's history is always met on a way that has nothing in
    /// common, and all those ways are walked to their ends, whatever the dates say: so none is
    /// missing, and one answer is the answer. Dates out of order can only lead to more: to some in
    /// the history of others.
    pub fn bases(
        &mut self,
        commits: &mut Commits<'_>,
        one: ObjectId,
        two: ObjectId,
    ) -> Vec<ObjectId> {
        if one == two {
            return vec![one];
        }
        let (one, two) = (self.position(one), self.position(two));
        let common = self.paint(commits, one, two).unwrap_or_default();
        let best = common
            .into_iter()
            .map(|at| self.node(at))
            .filter(|node| node.paint & STALE == 0)
            .map(|node| node.id)
            .collect();
        for at in std::mem::take(&mut self.painted) {
            let node = self.node_mut(at);
            (node.paint, node.queued) = (0, 0);
        }
        best
    }

    /// Walks down from both until only what is known to be common is left. Returns what both met.
    fn paint(&mut self, commits: &mut Commits<'_>, one: u32, two: u32) -> Option<Vec<u32>> {
        let mut queue: BinaryHeap<(Rank, u32)> = BinaryHeap::new();
        let mut common = Vec::new();
        let mut open = 0;
        self.put(commits, &mut queue, &mut open, one, ONE)?;
        self.put(commits, &mut queue, &mut open, two, TWO)?;
        while open > 0 {
            let (_, at) = queue.pop()?;
            let node = self.node_mut(at);
            node.queued -= 1;
            if node.paint & STALE == 0 {
                open -= 1;
            }
            let mut paint = node.paint & (ONE | TWO | STALE);
            if paint == ONE | TWO {
                if node.paint & COMMON == 0 {
                    node.paint |= COMMON;
                    common.push(at);
                }
                paint |= STALE;
            }
            for parent in self.commit(commits, at)?.parents.clone() {
                if self.node(parent).paint & paint != paint {
                    self.put(commits, &mut queue, &mut open, parent, paint)?;
                }
            }
        }
        Some(common)
    }

    /// Paints a commit and queues it. `open` counts what waits and is not stale.
    fn put(
        &mut self,
        commits: &mut Commits<'_>,
        queue: &mut BinaryHeap<(Rank, u32)>,
        open: &mut u32,
        at: u32,
        paint: u8,
    ) -> Option<()> {
        let commit = self.commit(commits, at)?;
        let rank = (commit.generation, commit.seconds);
        let order = u32::try_from(queue.len()).ok()?;
        let node = self.node_mut(at);
        let (was_stale, was_clean) = (node.paint & STALE != 0, node.paint == 0);
        node.paint |= paint;
        if node.paint & STALE == 0 {
            *open += 1;
        } else if !was_stale {
            *open -= node.queued;
        }
        node.queued += 1;
        if was_clean {
            self.painted.push(at);
        }
        queue.push(((rank.0, rank.1, Reverse(order)), at));
        Some(())
    }

    fn commit(&mut self, commits: &mut Commits<'_>, at: u32) -> Option<&Commit> {
        if self.node(at).commit.is_none() {
            let (parents, generation, seconds) = commits.parents(self.node(at).id)?;
            let parents = parents.into_iter().map(|id| self.position(id)).collect();
            self.node_mut(at).commit = Some(Commit {
                parents,
                generation,
                seconds,
            });
        }
        self.node(at).commit.as_ref()
    }

    fn position(&mut self, id: ObjectId) -> u32 {
        *self.positions.entry(id).or_insert_with(|| {
            self.nodes.push(Node {
                id,
                commit: None,
                paint: 0,
                queued: 0,
            });
            (self.nodes.len() - 1) as u32
        })
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    fn node_mut(&mut self, at: u32) -> &mut Node {
        &mut self.nodes[at as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::*;
    use crate::git::{Git, Repository};

    /// Commits with up to three parents each, and dates that go up, down or nowhere.
    fn tangled_history(folder: &Path, seed: usize, number: usize) {
        let roll = |at: usize, sides: usize| {
            let mixed = (seed * 7919 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (mixed >> 33) % sides
        };
        let mut stream = String::new();
        for at in 1..=number {
            let date = match seed % 3 {
                0 => at,
                1 => roll(at, 50),
                _ => 7,
            };
            let _ = write!(
                stream,
                "commit refs/heads/b{at}\nmark :{at}\ncommitter A <a@b> {date} +0000\ndata 1\n.\n"
            );
            let mut parents: Vec<usize> = (0..1 + roll(at * 31, 3))
                .map(|parent| at.saturating_sub(1 + roll(at * 97 + parent, 6)))
                .filter(|parent| *parent > 0)
                .collect();
            parents.sort_unstable();
            parents.dedup();
            for (place, parent) in parents.iter().enumerate() {
                let word = if place == 0 { "from" } else { "merge" };
                let _ = writeln!(stream, "{word} :{parent}");
            }
            stream.push('\n');
        }
        Git::inside(folder, "init").arg("--quiet").run().unwrap();
        let import = Git::inside(folder, "fast-import").arg("--quiet");
        import.input(stream).run().unwrap();
    }

    #[test]
    fn an_only_base_is_gits_only_base_however_tangled_the_history_and_its_dates() {
        let mut found = 0;
        for seed in 0..6 {
            let folder = tempfile::tempdir().unwrap();
            tangled_history(folder.path(), seed, 24);
            let with_graph = seed >= 3;
            if with_graph {
                let graph = Git::inside(folder.path(), "commit-graph");
                graph.args(["write", "--reachable"]).run().unwrap();
            }
            let repository = Repository::discover(folder.path()).unwrap();
            let commit = |at: usize| repository.find_commit(format!("b{at}")).unwrap();
            let gix_id = |oid: crate::id::Oid| ObjectId::try_from(oid.as_bytes()).unwrap();
            for (a, b) in (1..=24).flat_map(|a| (1..a).map(move |b| (a, b))) {
                let pair = (gix_id(commit(a)), gix_id(commit(b)));
                let ours = repository.only_bases(&[pair]).remove(0);
                let git = repository.git("merge-base").arg("--all");
                let git = git.args([pair.0.to_string(), pair.1.to_string()]).ask();
                let text = git.unwrap().text();
                let theirs: Vec<&str> = text.lines().collect();
                if let Some(ours) = ours {
                    assert_eq!(theirs, [ours.to_string()], "seed {seed}: b{a} b{b}");
                    found += 1;
                }
            }
        }
        // One that never tells would agree, too.
        assert!(found > 800, "{found}");
    }
}

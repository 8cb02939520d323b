//! What is known of every file and of the past, ready to be asked which files a goal is about: read
//! where it lies, so that a question costs what it asks about and not what there is.

use std::collections::HashMap;

use crate::id::Oid;
use crate::survey::lines::Counted;
use crate::survey::pack::{Pairs, Rows, Table, Unpacked};

use super::bm25::Judge;
use super::gathered::Gathered;
use super::reader::{Text, Vocabulary};

/// A past change of more files says nothing about any of them.
pub(super) const WIDEST: usize = 50;

/// Scores by file or by change; 0 for what nothing speaks for.
pub type Scores = Vec<f32>;

/// A file that a goal may be about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub file: u32,
    pub score: f32,
}

/// Who says a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Files, in what they hold.
    Content,
    /// Files, by where they lie and what they are called.
    Name,
    /// Files, in the names that they define.
    Defined,
    /// Changes, in their messages.
    Past,
}

impl Kind {
    fn judge(self) -> Judge {
        let (b, most_common) = match self {
            Self::Content | Self::Past => (0.75, 0.2),
            Self::Name => (0.3, 1.0),
            Self::Defined => (0.5, 0.1),
        };
        Judge { b, most_common }
    }
}

/// The index of a commit, as [`super::build::build`] wrote it. Files are numbered in the order of
/// their paths, changes from the oldest, terms as they are sorted.
#[derive(Debug)]
pub struct Index<'a> {
    pub commit: Oid,
    terms: Rows<'a>,
    /// By term one list a kind.
    postings: Rows<'a>,
    paths: Rows<'a>,
    blobs: Rows<'a>,
    commits: Rows<'a>,
    kinds: [Sayers<'a>; 4],
    /// Files that changes touched, one change after the other …
    touched: Vec<u32>,
    /// … where those of a change end, and how many it touched in all, gone ones included.
    changes: Vec<(usize, usize)>,
}

/// All who say something of one kind.
#[derive(Clone, Copy, Debug)]
struct Sayers<'a> {
    bags: Rows<'a>,
    /// Words by sayer, and in the mean.
    lengths: Table<'a>,
    mean: f32,
}

impl<'a> Index<'a> {
    /// `None` for what is no index.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut unpacked = Unpacked::new(bytes);
        let mut index = Self {
            commit: unpacked.id()?,
            terms: unpacked.rows()?,
            postings: unpacked.rows()?,
            paths: unpacked.rows()?,
            blobs: unpacked.rows()?,
            commits: unpacked.rows()?,
            kinds: [
                sayers(&mut unpacked)?,
                sayers(&mut unpacked)?,
                sayers(&mut unpacked)?,
                sayers(&mut unpacked)?,
            ],
            touched: Vec::new(),
            changes: Vec::new(),
        };
        let files = index.paths.len();
        for _ in 0..index.commits.len() {
            let width = usize::try_from(unpacked.number()?).ok()?;
            for _ in 0..unpacked.count()? {
                let file = unpacked.small()?;
                ((file as usize) < files).then(|| index.touched.push(file))?;
            }
            index.changes.push((index.touched.len(), width));
        }
        let [content, name, defined, past] = index.kinds.map(|kind| kind.lengths.len());
        let matching = [content, name, defined, index.blobs.len()] == [files; 4]
            && past == index.commits.len()
            && index.postings.len() == index.terms.len();
        unpacked.end(index).filter(|_| matching)
    }

    /// What it was made of, ready to be made more of.
    pub fn gathered(&self) -> Gathered {
        let term = |at: usize| String::from_utf8_lossy(self.terms.get(at)).into();
        let id = |rows: Rows<'_>, at: usize| Oid::from_bytes(rows.get(at));
        let bag = |kind: Kind, at: usize| self.kinds[kind as usize].bags.get(at).into();
        let text = |at: usize| Text {
            content: bag(Kind::Content, at),
            defined: bag(Kind::Defined, at),
        };
        Gathered {
            vocabulary: Vocabulary::of((0..self.terms.len()).map(term)),
            texts: (0..self.files())
                .filter(|at| !self.kinds[0].bags.get(*at).is_empty())
                .filter_map(|at| Some((id(self.blobs, at)?, text(at))))
                .collect(),
            said: (0..self.past_changes())
                .filter(|at| !self.kinds[Kind::Past as usize].bags.get(*at).is_empty())
                .filter_map(|at| Some((id(self.commits, at)?, bag(Kind::Past, at))))
                .collect(),
            lines: Counted::new(),
        }
    }

    pub fn files(&self) -> usize {
        self.paths.len()
    }

    /// The path of a file.
    pub fn path(&self, file: u32) -> &'a str {
        std::str::from_utf8(self.paths.get(file as usize)).unwrap_or_default()
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<u32> {
        self.paths.find(path.as_bytes()).map(|at| at as u32)
    }

    /// The number of a term; `None` for one that nobody says.
    pub fn term(&self, term: &str) -> Option<u32> {
        self.terms.find(term.as_bytes()).map(|at| at as u32)
    }

    /// How many past changes are known.
    pub fn past_changes(&self) -> usize {
        self.commits.len()
    }

    /// The files of today that a change touched, and how many it touched in all.
    pub fn touched(&self, change: u32) -> (&[u32], usize) {
        let change = change as usize;
        let start = change
            .checked_sub(1)
            .map_or(0, |before| self.changes[before].0);
        let (end, width) = self.changes[change];
        (&self.touched[start..end], width)
    }

    /// Who says a term, and how often.
    pub fn postings(&self, term: u32, kind: Kind) -> Pairs<'a> {
        let mut lists = Unpacked::new(self.postings.get(term as usize));
        for _ in 0..kind as usize {
            lists.bytes();
        }
        Unpacked::new(lists.bytes().unwrap_or_default())
            .pairs()
            .unwrap_or_default()
    }

    /// What a file holds: terms, and how often each stands there.
    pub fn content(&self, file: u32) -> Pairs<'a> {
        let bags = self.kinds[Kind::Content as usize].bags;
        Unpacked::new(bags.get(file as usize))
            .pairs()
            .unwrap_or_default()
    }

    /// How many words a file holds.
    pub fn length(&self, file: u32) -> u32 {
        self.kinds[Kind::Content as usize]
            .lengths
            .get(file as usize)
    }

    /// How well everybody who says something of this kind matches the weighted terms, which count
    /// in their order.
    pub fn score(&self, kind: Kind, query: &[(u32, f32)]) -> Scores {
        let (judge, sayers) = (kind.judge(), &self.kinds[kind as usize]);
        let mut scores = vec![0.0; sayers.lengths.len()];
        for &(term, weight) in query {
            let postings = self.postings(term, kind);
            let Some(rarity) = judge.rarity(postings.count_left(), scores.len()) else {
                continue;
            };
            for (sayer, times) in postings {
                if let Some(score) = scores.get_mut(sayer as usize) {
                    let length = sayers.lengths.get(sayer as usize);
                    *score += weight * rarity * judge.damped(times, length, sayers.mean);
                }
            }
        }
        scores
    }

    /// Terms of a text with how often it says them, in the order of their numbers.
    pub fn query(&self, text: &str) -> Vec<(u32, f32)> {
        let mut said: HashMap<u32, f32> = HashMap::new();
        super::tokens::terms(text, |term| {
            if let Some(term) = self.term(term) {
                *said.entry(term).or_default() += 1.0;
            }
        });
        let mut query: Vec<(u32, f32)> = said.into_iter().collect();
        query.sort_unstable_by_key(|(term, _)| *term);
        query
    }
}

fn sayers<'a>(unpacked: &mut Unpacked<'a>) -> Option<Sayers<'a>> {
    let (bags, lengths) = (unpacked.rows()?, unpacked.table()?);
    let total: u64 = lengths.iter().map(u64::from).sum();
    let mean = total as f32 / lengths.len().max(1) as f32;
    Some(Sayers {
        bags,
        lengths,
        mean: mean.max(1.0),
    })
}

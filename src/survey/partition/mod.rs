//! Files in parts that can be worked on side by side: as much as possible of what changes together
//! in one part, and no part much larger than the others.
//!
//! Two files weigh what they changed together, Σ 2^(−age/3000)/(m−1) over the changes that touched
//! m of them, and a little for lying near each other. With hardly a joint change their texts stand
//! in: what one uses that the other defines, and similar words. Past locality foretells that of the
//! future (`evaluate`), so it can choose the number of parts, or speak against dividing at all.

mod bonds;
mod divide;
mod evaluate;
mod likeness;

use crate::error::Result;
use crate::git::Repository;
use crate::id::Oid;

use super::census::SurveyedFile;
use super::history::History;
use super::scope::FileTerms;

pub use bonds::Bonds;

/// How much more than its share a part may hold.
pub const CAP: f64 = 1.3;
/// Larger files are data.
const LARGEST: u64 = 1 << 20;

/// A set of files in parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Positions in the set that was given, ascending; the heaviest part first. No part is empty.
    pub parts: Vec<Vec<usize>>,
    /// Lines of each part that are not blank.
    pub loads: Vec<u64>,
    /// The share of past joint changes that stay in one part, 0 to 1; `None` where fewer than 25
    /// changes touched two of the files, and the texts of the files were asked instead.
    pub locality: Option<f64>,
    /// How many joint changes there were.
    pub joint: usize,
}

impl Bonds {
    /// Divides into at most so many parts (fewer where there are fewer files), none of which holds
    /// more than [`CAP`] times its share, unless a single file does.
    pub fn partition(&self, parts: usize) -> Partition {
        let home = divide::divide(self, parts, CAP);
        let count = home.iter().max().map_or(0, |most| most + 1);
        let mut found: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); count];
        for (piece, &part) in home.iter().enumerate() {
            found[part].0 += self.loads[piece];
            found[part].1.extend(&self.pieces[piece]);
        }
        found.retain(|(_, files)| !files.is_empty());
        found
            .iter_mut()
            .for_each(|(_, files)| files.sort_unstable());
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let (loads, parts) = found.into_iter().unzip();
        Partition {
            parts,
            loads,
            locality: self.locality(&home),
            joint: self.joint.len(),
        }
    }
}

/// What binds these files of the census, by their positions in it. Their contents are read only
/// where the history says too little.
pub fn bonds(
    repository: &Repository,
    files: &[SurveyedFile],
    history: &History,
    set: &[u32],
) -> Result<Bonds> {
    Bonds::of(files, history, set, || {
        let blobs: Vec<Oid> = set.iter().map(|&at| files[at as usize].blob).collect();
        let texts = repository.read_blobs(&blobs, LARGEST, || FileTerms::of)?;
        Ok(texts.into_iter().map(Option::unwrap_or_default).collect())
    })
}

//! How long the files of a commit are, kept from one call to the next by their contents: a blob has
//! as many lines wherever it turns up.

use crate::error::Result;
use crate::git::{Repository, TreeFile};
use crate::id::Oid;

use super::lines::{self, Counted, Lines};
use super::pack::{Packed, Shelf, Unpacked};

/// Under which name they are kept: another one whenever something else counts as generated.
const NAME: &str = "lines-2";
/// Larger files are no text that a person works on.
const LARGEST_TEXT: u64 = 4 << 20;

/// Lines of these files of a commit that has `all` of them, in their order; `None` for what is no
/// text, too large, or not here (a partial clone).
pub fn counted(
    repository: &Repository,
    all: &[TreeFile],
    files: &[TreeFile],
    shelf: &dyn Shelf,
) -> Result<Vec<Option<Lines>>> {
    let left = left(repository, shelf);
    let new = files.iter().map(|file| file.blob);
    let mut new: Vec<Oid> = new.filter(|blob| !left.contains_key(blob)).collect();
    new.sort_unstable();
    new.dedup();
    let read = repository.read_blobs(&new, LARGEST_TEXT, || lines::count)?;
    let read = new.into_iter().zip(read);
    let read = read.filter_map(|(blob, lines)| Some((blob, lines?)));
    let known = grown(repository, all, left, read, shelf);
    let lines = |file: &TreeFile| known.get(&file.blob).copied().flatten();
    Ok(files.iter().map(lines).collect())
}

/// Keeps what another reader counted, for whoever asks later; `all` as above.
pub fn keep_counted(
    repository: &Repository,
    all: &[TreeFile],
    counted: Counted,
    shelf: &dyn Shelf,
) {
    if !counted.is_empty() {
        let left = left(repository, shelf);
        grown(repository, all, left, counted.into_iter(), shelf);
    }
}

/// What earlier calls counted.
fn left(repository: &Repository, shelf: &dyn Shelf) -> Counted {
    let left = shelf.take(NAME).filter(|_| repository.is_as_named());
    let left = left.and_then(|bytes| unpack(&bytes));
    left.unwrap_or_default()
}

/// What was counted before and now, which is kept.
fn grown(
    repository: &Repository,
    all: &[TreeFile],
    left: Counted,
    counted: impl Iterator<Item = (Oid, Option<Lines>)>,
    shelf: &dyn Shelf,
) -> Counted {
    let mut known = left;
    let before = known.len();
    known.extend(counted);
    if repository.is_as_named() && known.len() > before {
        shelf.put(NAME, &pack(&known, all));
    }
    known
}

/// What is known of these files.
fn pack(known: &Counted, files: &[TreeFile]) -> Vec<u8> {
    let mut blobs: Vec<Oid> = files.iter().map(|file| file.blob).collect();
    blobs.sort_unstable();
    blobs.dedup();
    blobs.retain(|blob| known.contains_key(blob));
    let mut packed = Packed::default();
    packed.count(blobs.len());
    for blob in blobs {
        packed.bytes(blob.as_bytes());
        let lines = known[&blob];
        packed.number(lines.map_or(0_u8, |lines| 1 + u8::from(lines.generated)));
        if let Some(lines) = lines {
            packed.number(lines.all);
            packed.number(lines.blank);
        }
    }
    packed.0
}

/// What [`pack`] wrote; `None` where it did not.
fn unpack(bytes: &[u8]) -> Option<Counted> {
    let mut unpacked = Unpacked::new(bytes);
    let mut known = Counted::new();
    for _ in 0..unpacked.count()? {
        let blob = unpacked.id()?;
        let lines = match unpacked.number()? {
            0 => None,
            text @ (1 | 2) => Some(Lines {
                all: unpacked.number()?,
                blank: unpacked.number()?,
                generated: text == 2,
            }),
            _ => return None,
        };
        known.insert(blob, lines);
    }
    unpacked.end(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::RepoPath;

    #[test]
    fn what_was_counted_is_kept_as_long_as_a_file_holds_it() {
        let id = |number| Oid::from_bytes(&[number; 20]).expect("a length that git knows");
        let lines = Lines {
            all: 300,
            blank: 7,
            generated: true,
        };
        let known = Counted::from([(id(1), Some(lines)), (id(2), None), (id(3), Some(lines))]);
        let file = |number| TreeFile {
            path: RepoPath::from("a"),
            blob: id(number),
        };
        let bytes = pack(&known, &[1, 2, 2, 4].map(file));
        let left = Counted::from([(id(1), Some(lines)), (id(2), None)]);
        assert_eq!(unpack(&bytes), Some(left));
        for end in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..end]), None);
        }
    }
}

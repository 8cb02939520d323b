//! Files in, chunks out: whole files together where they fit, else cut at the best seam. Every
//! line of every file is in exactly one chunk, and no line is cut.

use super::budget::{heading, weight};
use super::outline::{Outline, Seam};
use super::piece::{Chunk, Piece};

/// Packs files, in their order, into chunks of at most `room` bytes as [`weight`] counts them. Only
/// a single line may be more.
pub fn chunks(files: &[(usize, &Outline)], room: u64) -> Vec<Chunk> {
    let mut packing = Packing {
        room,
        chunks: Vec::new(),
        open: Chunk::default(),
        used: 0,
    };
    for (file, outline) in files {
        packing.add(*file, outline);
    }
    packing.close();
    packing.chunks
}

struct Packing {
    room: u64,
    chunks: Vec<Chunk>,
    open: Chunk,
    /// Bytes of what is open.
    used: u64,
}

impl Packing {
    fn add(&mut self, file: usize, outline: &Outline) {
        let all = outline.lines.len();
        let mut from = 0;
        loop {
            let whole = cost(outline, from, all);
            if self.used + whole <= self.room {
                return self.put(file, outline, from, all);
            }
            // What fits into a request of its own is not torn apart to fill one.
            self.close();
            if whole <= self.room {
                return self.put(file, outline, from, all);
            }
            let to = cut(outline, from, self.room);
            self.put(file, outline, from, to);
            if to == all {
                return;
            }
            from = to;
        }
    }

    fn put(&mut self, file: usize, outline: &Outline, from: usize, to: usize) {
        self.used += cost(outline, from, to);
        self.open.pieces.push(piece(file, outline, from, to));
    }

    fn close(&mut self) {
        self.used = 0;
        let chunk = std::mem::take(&mut self.open);
        if !chunk.pieces.is_empty() {
            self.chunks.push(chunk);
        }
    }
}

/// The lines from index `from` up to `to`, exclusive, as a piece.
fn piece(file: usize, outline: &Outline, from: usize, to: usize) -> Piece {
    Piece {
        file,
        first: from as u32 + 1,
        last: to as u32,
        bytes: outline.start(to) - outline.start(from),
    }
}

fn cost(outline: &Outline, from: usize, to: usize) -> u64 {
    let bytes = outline.start(to) - outline.start(from);
    heading() + weight(bytes, (to - from) as u64)
}

/// How far a chunk that begins at line `from` goes: to the last of the best seams in the later half
/// of what fits, one line at least.
fn cut(outline: &Outline, from: usize, room: u64) -> usize {
    let lines = &outline.lines;
    let mut low = from + 1;
    let mut high = lines.len();
    while low < high {
        let middle = (low + high).div_ceil(2);
        match cost(outline, from, middle) <= room {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    let full = low;
    let earliest = from + (full - from).div_ceil(2);
    let seam = |at: usize| lines.get(at).map_or(Seam::Item, |line| line.seam);
    let best = (earliest.max(from + 1)..=full).max_by_key(|at| (seam(*at), *at));
    best.unwrap_or(full)
}

/// A chunk that turned out to be too much, as two; nothing where it is a single line.
pub fn halve(chunk: &Chunk, outline: &dyn Fn(usize) -> Outline) -> Option<[Chunk; 2]> {
    if let [only] = chunk.pieces.as_slice() {
        let outline = outline(only.file);
        let (from, to) = (only.first as usize - 1, only.last as usize);
        if to - from < 2 {
            return None;
        }
        let half = cost(&outline, from, to) / 2;
        let middle = cut(&outline, from, half).min(to - 1);
        let part = |from, to| Chunk {
            pieces: vec![piece(only.file, &outline, from, to)],
        };
        return Some([part(from, middle), part(middle, to)]);
    }
    let half: u64 = chunk.pieces.iter().map(|piece| piece.bytes).sum::<u64>() / 2;
    let mut seen = 0;
    let within = |piece: &&Piece| {
        seen += piece.bytes;
        seen <= half
    };
    let first = chunk.pieces.iter().take_while(within).count();
    let first = first.clamp(1, chunk.pieces.len().checked_sub(1)?);
    let (one, two) = chunk.pieces.split_at(first);
    let part = |pieces: &[Piece]| Chunk {
        pieces: pieces.to_vec(),
    };
    Some([part(one), part(two)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angles::outline::{Content, look};

    /// Numbers that look random, the same every time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }

        fn text(&mut self) -> Vec<u8> {
            let lines = [0, 1, 7, 300][self.below(4) as usize];
            let mut text = Vec::new();
            for _ in 0..lines {
                let kind = self.below(5);
                let indent = if kind == 0 { "" } else { "    " };
                let width = [0, 1, 20, 60, 400][self.below(5) as usize];
                text.extend(indent.bytes());
                text.extend(vec![b'x'; width]);
                text.push(b'\n');
            }
            if self.below(2) == 0 {
                text.extend(b"no line break at the end");
            }
            text
        }
    }

    fn outline(text: &[u8]) -> Outline {
        match look(text) {
            Content::Text(outline) => outline,
            other => panic!("{other:?} is no text"),
        }
    }

    /// What the chunks hold of each file, put together again.
    fn rebuilt(texts: &[Vec<u8>], outlines: &[Outline], chunks: &[Chunk]) -> Vec<Vec<u8>> {
        let mut rebuilt = vec![Vec::new(); texts.len()];
        for piece in chunks.iter().flat_map(|chunk| &chunk.pieces) {
            let outline = &outlines[piece.file];
            let start = outline.start(piece.first as usize - 1) as usize;
            let end = outline.start(piece.last as usize) as usize;
            assert_eq!((end - start) as u64, piece.bytes);
            rebuilt[piece.file].extend(&texts[piece.file][start..end]);
        }
        rebuilt
    }

    #[test]
    fn every_byte_is_in_exactly_one_chunk_and_no_line_is_cut() {
        let mut dice = Dice(88_172_645_463_325_252);
        for round in 0..400 {
            let texts: Vec<Vec<u8>> = (0..dice.below(8)).map(|_| dice.text()).collect();
            let outlines: Vec<Outline> = texts.iter().map(|text| outline(text)).collect();
            let files: Vec<(usize, &Outline)> = outlines.iter().enumerate().collect();
            let room = 100 + dice.below(5000);
            let chunks = chunks(&files, room);
            assert_eq!(rebuilt(&texts, &outlines, &chunks), texts, "round {round}");
            for chunk in &chunks {
                let costs = chunk.pieces.iter().map(|piece| {
                    let lines = u64::from(piece.last + 1 - piece.first);
                    heading() + weight(piece.bytes, lines)
                });
                let single =
                    chunk.pieces.len() == 1 && chunk.pieces[0].first == chunk.pieces[0].last;
                assert!(
                    costs.sum::<u64>() <= room || single,
                    "round {round}: {chunk:?}"
                );
            }
            for chunk in &chunks {
                halves_hold_the_same(chunk, &texts, &outlines);
            }
        }
    }

    fn halves_hold_the_same(chunk: &Chunk, texts: &[Vec<u8>], outlines: &[Outline]) {
        let halves = halve(chunk, &|file| outlines[file].clone());
        let Some(halves) = halves else {
            let only = chunk.pieces[0];
            assert!(only.last <= only.first, "{chunk:?} can be halved");
            return;
        };
        assert!(halves.iter().all(|half| !half.pieces.is_empty()));
        let whole = std::slice::from_ref(chunk);
        assert_eq!(
            rebuilt(texts, outlines, &halves),
            rebuilt(texts, outlines, whole)
        );
    }

    #[test]
    fn a_long_file_is_cut_before_an_item() {
        let function = "fn f() {\n    a();\n\n    b();\n}\n\n";
        let text = function.repeat(20);
        let outline = outline(text.as_bytes());
        let chunks = chunks(&[(0, &outline)], 400);
        assert!(chunks.len() > 2);
        for chunk in &chunks {
            let first = chunk.pieces[0].first as usize;
            assert_eq!((first - 1) % 6, 0, "cut at line {first}");
        }
    }
}

//! Inputs that nobody would write, for everything that reads: made from a seed out of sound ones, so
//! that a failure names the seed that repeats it.
//!
//! 10,000 for each format, unless `FUZZ` says how many; `FUZZ_SEED` tries one alone. What was found
//! once lies among the sound ones, in `fixtures/fuzz/`.

#![cfg(test)]

use std::env;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Inputs for each format.
const INPUTS: u64 = 10_000;
/// They do not grow beyond this.
const LONGEST: usize = 16 << 10;
/// Whoever needs longer for so little does not come to an end on more.
const PATIENCE: Duration = Duration::from_secs(20);

/// xorshift64*: enough to choose pieces, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// The same seed rolls the same.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    /// One of these.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    /// A value every other time.
    pub fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 0).then(|| value(self))
    }

    /// Cuts into pieces of any size.
    pub fn pieces<'a>(&mut self, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(1 + self.roll(bytes.len().min(40)));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}

/// What hurts parsers: signs of several formats, no text at all, numbers beyond all bounds.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{}",
    b"[]",
    b":",
    b",",
    b"-",
    b"/",
    b"../",
    b"=",
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1e999",
    b"18446744073709551615",
    b"18446744073709551616",
    b"999999999999999999999999999999",
    b"0.1",
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"\xc2\x85",
    b"\x1b[2J",
    b"### T001: x",
    b"```",
    b"# ",
    b"version",
    b"\"version\":2",
    b"T000",
    b"T4294967296",
    b"r0",
    b"0000000000000000000000000000000000000000",
    b"100644",
];

/// Calls `check` with inputs made from the sound ones in `corpus`.
pub fn each(corpus: &[Vec<u8>], check: impl Fn(&[u8])) {
    assert!(!corpus.is_empty(), "there is no sound input");
    for sound in corpus {
        check(sound);
    }
    for seed in seeds() {
        let input = input(corpus, seed);
        let _told = Teller {
            seed,
            input: &input,
        };
        let start = Instant::now();
        check(&input);
        assert!(start.elapsed() < PATIENCE, "it takes too long");
    }
}

/// The same for what reads text.
pub fn each_text(corpus: &[Vec<u8>], check: impl Fn(&str)) {
    each(corpus, |bytes| check(&String::from_utf8_lossy(bytes)));
}

/// The seeds to try: as many as are wanted, or the one that is.
pub fn seeds() -> RangeInclusive<u64> {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    match number("FUZZ_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("FUZZ").unwrap_or(INPUTS),
    }
}

/// The files of a folder below `fixtures/`, in order.
pub fn files_of(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A sound input with some damage.
fn input(corpus: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let dice = &mut Dice::new(seed);
    let mut bytes = corpus[dice.roll(corpus.len())].clone();
    for _ in 0..=dice.roll(4) {
        damage(&mut bytes, corpus, dice);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.roll(bytes.len() + 1);
    let end = (at + 1 + dice.roll(32)).min(bytes.len());
    let piece = dice.one(PIECES);
    match dice.roll(9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.roll(8);
            }
        }
        4 => drop(bytes.splice(at..end, piece.iter().copied())),
        5 => {
            let many = piece.repeat(1 + dice.roll(300));
            bytes.splice(at..at, many);
        }
        6 => {
            let other = &corpus[dice.roll(corpus.len())];
            let from = dice.roll(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        _ => drop(bytes.splice(at..at, piece.iter().copied())),
    }
}

/// Says which seed it was when a check panics.
struct Teller<'a> {
    seed: u64,
    input: &'a [u8],
}

impl Drop for Teller<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let input = String::from_utf8_lossy(self.input);
            eprintln!("FUZZ_SEED={}: {input:?}", self.seed);
        }
    }
}

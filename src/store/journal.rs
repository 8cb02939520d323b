//! A journal, of a run or of the tool's operations: append-only, one JSON object a line, one
//! `write` a record.
//!
//! The reader takes bytes as they come: what a crash left at the end is cut back to the last whole
//! line before anything is appended; a line in the middle that cannot be read stays where it is
//! and is reported; a record of a newer version is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Failure, OnPath, OrFail, Result};

use super::atomic::{sync_folder, write_atomic};
use super::steady::SteadyClock;

/// The version of the journal's format that is written, and the newest that is read.
const VERSION: u64 = 1;

/// What a journal can hold: an object with a key `event`.
pub trait Entry: Serialize + DeserializeOwned + Clone {
    /// Whether the journal is made durable after it: what a reboot must not undo.
    fn is_boundary(&self) -> bool;
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<E> {
    pub seq: u64,
    pub at: Timestamp,
    pub event: E,
}

/// What was read of a journal.
#[derive(Debug)]
pub struct Reading<E> {
    pub records: Vec<Record<E>>,
    /// Numbers of lines that hold no record, counted from 1.
    pub damaged: Vec<usize>,
    /// Bytes up to and including the last newline.
    length: u64,
}

impl<E> Reading<E> {
    /// Bytes up to and including the last newline.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// A journal open for appending. Its owner holds the lock that goes with it.
#[derive(Debug)]
pub struct Journal<E> {
    path: PathBuf,
    file: File,
    length: u64,
    next: u64,
    /// The latest time in it.
    latest: Timestamp,
    /// By this go the times of whoever stays with it.
    clock: SteadyClock,
    entries: PhantomData<E>,
}

impl<E: Entry> Journal<E> {
    /// Opens the journal at `path`, creates it where there is none, and reads what is there.
    pub fn open(path: &Path) -> Result<(Self, Reading<E>)> {
        let is_new = !path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .on_path("open", path)?;
        if is_new {
            // Its records are made durable; so must its name be.
            sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        }
        let reading = read::<E>(path)?;
        file.set_len(reading.length).on_path("mend", path)?;
        file.seek(SeekFrom::End(0)).on_path("read", path)?;
        let latest = reading.records.iter().map(|record| record.at).max();
        let latest = latest.unwrap_or(Timestamp::MIN);
        let journal = Self {
            path: path.to_owned(),
            file,
            length: reading.length,
            next: reading
                .records
                .last()
                .map_or(1, |last| last.seq.saturating_add(1)),
            latest,
            clock: SteadyClock::start(latest),
            entries: PhantomData,
        };
        Ok((journal, reading))
    }

    /// What time it is for whoever has had it open: a clock that is set meanwhile changes nothing.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Appends an event, durably where it is a boundary. When it fails (a full disk) the journal
    /// is as it was before. Where the clock was set back, time stands still until it is where it
    /// was: what came later is never told to be earlier.
    pub fn append(&mut self, at: Timestamp, event: &E) -> Result<Record<E>> {
        let at = at.max(self.latest);
        let line = line(self.next, at, event)?;
        let written = self.file.write_all(&line).and_then(|()| {
            if event.is_boundary() {
                self.file.sync_data()
            } else {
                Ok(())
            }
        });
        if let Err(error) = written {
            // Should this fail too, the next reader cuts the torn line off.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(Failure::io("write", &self.path, &error));
        }
        let seq = self.next;
        self.length += line.len() as u64;
        self.next += 1;
        self.latest = at;
        Ok(Record {
            seq,
            at,
            event: event.clone(),
        })
    }
}

/// Reads a journal without touching it.
pub fn read<E: Entry>(path: &Path) -> Result<Reading<E>> {
    scan(path, &fs::read(path).on_path("read", path)?)
}

/// What is in these bytes of the journal at `path`.
pub(super) fn scan<E: Entry>(path: &Path, bytes: &[u8]) -> Result<Reading<E>> {
    let length = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let mut reading = Reading {
        records: Vec::new(),
        damaged: Vec::new(),
        length: length as u64,
    };
    for (index, line) in bytes[..length].split_inclusive(|b| *b == b'\n').enumerate() {
        match parse(line) {
            Parsed::Record(record) => reading.records.push(record),
            Parsed::Damaged => reading.damaged.push(index + 1),
            Parsed::Newer(version) => return Err(newer(path, index + 1, version)),
        }
    }
    Ok(reading)
}

/// The records from a byte on that begins a line, and the byte after the last whole line. Lines
/// that hold no record are left to [`read`] to report.
pub fn read_on<E: Entry>(path: &Path, from: u64) -> Result<(Vec<Record<E>>, u64)> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| {
            file.seek(SeekFrom::Start(from))?;
            file.read_to_end(&mut bytes)
        })
        .on_path("read", path)?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let mut records = Vec::new();
    for line in bytes[..whole].split_inclusive(|b| *b == b'\n') {
        match parse(line) {
            Parsed::Record(record) => records.push(record),
            Parsed::Damaged => {}
            // Its number is not known here; whoever reads all of it names it.
            Parsed::Newer(_) => return read(path).map(|all| (all.records, all.length)),
        }
    }
    Ok((records, from + whole as u64))
}

/// Writes a journal anew without the lines that hold no record; as it was it is kept at `aside`. Its
/// owner's lock is held by the caller.
pub fn drop_damaged<E: Entry>(path: &Path, aside: &Path) -> Result<()> {
    let damaged = read::<E>(path)?.damaged;
    let bytes = fs::read(path).on_path("read", path)?;
    write_atomic(aside, &bytes)?;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let sound = lines.filter(|(index, _)| !damaged.contains(&(index + 1)));
    let sound: Vec<&[u8]> = sound.map(|(_, line)| line).collect();
    write_atomic(path, &sound.concat())
}

enum Parsed<E> {
    Record(Record<E>),
    Damaged,
    Newer(u64),
}

/// The keys around an event.
#[derive(Deserialize)]
struct Header {
    version: u64,
    seq: u64,
    at: Timestamp,
}

fn parse<E: Entry>(line: &[u8]) -> Parsed<E> {
    match serde_json::from_slice::<Header>(line) {
        Ok(header) if header.version > VERSION => Parsed::Newer(header.version),
        Ok(header) => serde_json::from_slice::<E>(line).map_or(Parsed::Damaged, |event| {
            Parsed::Record(Record {
                seq: header.seq,
                at: header.at,
                event,
            })
        }),
        Err(_) => Parsed::Damaged,
    }
}

/// Header first, then the event's own keys, then a newline.
fn line<E: Entry>(seq: u64, at: Timestamp, event: &E) -> Result<Vec<u8>> {
    let doing = || "cannot write an event as JSON";
    let mut object = Map::new();
    object.insert("version".to_owned(), VERSION.into());
    object.insert("seq".to_owned(), seq.into());
    object.insert("at".to_owned(), at.to_string().into());
    if let Value::Object(keys) = serde_json::to_value(event).or_unable(doing)? {
        object.extend(keys);
    }
    let mut bytes = serde_json::to_vec(&object).or_unable(doing)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn newer(path: &Path, line: usize, version: u64) -> Failure {
    Failure::unable(format!(
        "{}:{line} was written by a newer git-parallel (version {version} of its format; this one knows {VERSION})",
        path.display()
    ))
    .kept("everything is as it was")
    .next("cargo install git-parallel")
}

/// What holds of whatever bytes are read as a journal: every line is told, as a record or as damage,
/// and every record that is `known` writes back the same. Returns the records; a newer version has
/// none. Panics where it does not hold.
#[cfg(any(test, fuzzing))]
pub fn is_told_and_writes_back<E>(bytes: &[u8], known: impl Fn(&E) -> bool) -> Vec<Record<E>>
where
    E: Entry + PartialEq + std::fmt::Debug,
{
    let path = Path::new("x");
    let Ok(reading) = scan::<E>(path, bytes) else {
        return Vec::new();
    };
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(reading.records.len() + reading.damaged.len(), lines);
    for record in reading.records.iter().filter(|one| known(&one.event)) {
        let written = line(record.seq, record.at, &record.event).expect("a record is JSON");
        let again = scan::<E>(path, &written).expect("its own version");
        assert_eq!(again.records, std::slice::from_ref(record));
    }
    reading.records
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    use crate::fuzz;
    use crate::id::TaskId;
    use crate::store::Event;
    use crate::store::run_fold::fold;

    fn made(task: u32) -> Event {
        Event::WorktreeMade { task: TaskId(task) }
    }

    fn append(path: &Path, event: &Event) -> Record<Event> {
        let (mut journal, _) = Journal::<Event>::open(path).unwrap();
        journal.append(Timestamp::now(), event).unwrap()
    }

    #[test]
    fn records_read_back_in_order_with_their_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let written = [append(&path, &made(1)), append(&path, &made(2))];
        assert_eq!(read::<Event>(&path).unwrap().records, written);
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("{\"version\":1,\"seq\":1,\"at\":\""),
            "{text}"
        );
        assert!(
            text.contains("\"event\":\"worktree-made\",\"task\":\"T001\"}\n"),
            "{text}"
        );
    }

    #[test]
    fn what_comes_later_is_never_told_to_be_earlier() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (now, told) in [(50, 50), (20, 50), (49, 50), (51, 51)] {
            let (mut journal, _) = Journal::<Event>::open(&path).unwrap();
            assert_eq!(journal.append(at(now), &made(1)).unwrap().at, at(told));
            assert_eq!(journal.append(at(0), &made(1)).unwrap().at, at(told));
        }
    }

    #[test]
    fn a_torn_tail_is_cut_off_at_every_length_and_the_rest_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        append(&path, &made(1));
        let whole = fs::read(&path).unwrap();
        let second = line(2, Timestamp::now(), &made(2)).unwrap();
        for torn in 0..second.len() {
            for tail in [&second[..torn], &vec![0; torn][..]] {
                fs::write(&path, [&whole, tail].concat()).unwrap();
                assert_eq!(append(&path, &made(3)).seq, 2);
                let reading = read::<Event>(&path).unwrap();
                assert_eq!(reading.records.len(), 2, "cut at {torn}");
                assert!(reading.damaged.is_empty(), "cut at {torn}");
            }
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_reported_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        append(&path, &made(1));
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(b"\0\0{\xff\n");
        fs::write(&path, bytes).unwrap();
        append(&path, &made(2));
        let reading = read::<Event>(&path).unwrap();
        assert_eq!((reading.records.len(), reading.damaged), (2, vec![2]));
    }

    #[test]
    fn a_newer_version_is_refused_and_an_unknown_event_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let at = "2026-01-01T00:00:00Z";
        let unknown = format!("{{\"version\":1,\"seq\":1,\"at\":\"{at}\",\"event\":\"new\"}}\n");
        fs::write(&path, &unknown).unwrap();
        assert_eq!(
            read::<Event>(&path).unwrap().records[0].event,
            Event::Unknown
        );
        fs::write(&path, unknown.replace("version\":1", "version\":2")).unwrap();
        assert!(
            read::<Event>(&path)
                .unwrap_err()
                .what
                .contains("newer git-parallel")
        );
    }

    fn sound_lines(bytes: &[u8]) -> usize {
        bytes.iter().filter(|byte| **byte == b'\n').count()
    }

    #[test]
    fn whatever_a_journal_holds_it_is_read_and_folded_and_every_record_writes_back_the_same() {
        fuzz::each(&fuzz::files_of("fuzz/journal"), |bytes| {
            let known = |event: &Event| *event != Event::Unknown;
            fold(&is_told_and_writes_back(bytes, known));
        });
    }

    #[test]
    fn whatever_a_journal_holds_it_is_added_to_and_keeps_what_it_had() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let count = Cell::new(0);
        fuzz::each(&fuzz::files_of("fuzz/journal"), |bytes| {
            count.set(count.get() + 1);
            // Every one is written to the disk: fewer will do.
            if count.get() % 50 != 0 {
                return;
            }
            fs::write(&path, bytes).unwrap();
            let Ok((mut journal, before)) = Journal::<Event>::open(&path) else {
                assert_eq!(fs::read(&path).unwrap(), bytes, "refused, and untouched");
                return;
            };
            journal.append(Timestamp::UNIX_EPOCH, &made(7)).unwrap();
            let after = read::<Event>(&path).unwrap();
            assert_eq!(after.records[..before.records.len()], before.records);
            assert_eq!(after.records.last().unwrap().event, made(7));
        });
    }

    #[test]
    fn a_journal_that_is_cut_anywhere_loses_its_last_record_at_most() {
        for whole in fuzz::files_of("fuzz/journal") {
            let records = scan::<Event>(Path::new("x"), &whole).unwrap().records;
            for end in 0..whole.len() {
                let reading = scan::<Event>(Path::new("x"), &whole[..end]).unwrap();
                let lines = sound_lines(&whole[..end]);
                assert_eq!(reading.records, records[..lines], "cut at {end}");
                assert!(reading.damaged.is_empty());
            }
        }
    }
}

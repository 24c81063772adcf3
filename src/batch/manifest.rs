//! `manifest.jsonl`: one line for each input, written as it goes, in the order of the inputs.
//!
//! No line tells anything of an input but its position, its digest under the key and what was
//! found in it, by type. A plain digest, a length or a time would let anyone test a guess.

use super::error::{BatchError, Status};
use super::report::{Canaries, Captures};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

/// The manifest's name in the output folder.
pub const MANIFEST: &str = "manifest.jsonl";

/// How many documents came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Written.
    pub released: usize,
    /// Kept back by the gate.
    pub held: usize,
    /// Of a kind that is not taken.
    pub refused: usize,
    /// Damaged, hostile or not worked off.
    pub quarantined: usize,
}

impl Counts {
    /// One more.
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Released => self.released += 1,
            Status::Held => self.held += 1,
            Status::Refused => self.refused += 1,
            Status::Quarantined => self.quarantined += 1,
        }
    }

    /// Those of another place.
    pub fn sum(&mut self, other: Self) {
        self.released += other.released;
        self.held += other.held;
        self.refused += other.refused;
        self.quarantined += other.quarantined;
    }

    /// All together.
    pub fn all(self) -> usize {
        self.released + self.held + self.refused + self.quarantined
    }

    /// What becomes of something that holds these: released when any of it is.
    pub(super) fn status(self) -> Status {
        if self.released > 0 || self.all() == 0 {
            Status::Released
        } else if self.quarantined > 0 {
            Status::Quarantined
        } else if self.refused > 0 {
            Status::Refused
        } else {
            Status::Held
        }
    }
}

/// What was in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Of the rule folder: rules, lexicons and model.
    pub rules: String,
    /// Name and version of the policy.
    pub policy: String,
    /// Of the policy's files.
    pub policy_digest: String,
    /// Of the tagger's weights.
    pub model: Option<String>,
}

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestLine {
    /// Position: `3` for a file of the walk, `3/5` for a member of it, `3:17` for line 17 of it;
    /// lines are only told when they were not released.
    pub input: String,
    /// What became of it.
    pub status: Status,
    /// Why it was not released, without a word of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it was read as.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// Where its output lies: below the output folder, or in the output of its archive.
    pub output: Option<String>,
    /// True when its own name could not be kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renamed: bool,
    /// HMAC-SHA-256 of the input's bytes; nothing without a key.
    pub input_hmac_sha256: Option<String>,
    /// SHA-256 of the output.
    pub output_sha256: Option<String>,
    /// What became of the lines or members, for files that hold some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Counts>,
    /// Pieces masked, by entity type.
    pub by_type: BTreeMap<String, usize>,
    /// Pieces found, by rule.
    pub by_rule: BTreeMap<String, usize>,
    /// What was left out because nobody can search it, such as attachments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub notes: BTreeSet<String>,
    /// Candidates that were nearly masked and were not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub near: usize,
    /// Which detectors found what was masked: names, and everything else.
    #[serde(default, skip_serializing_if = "nobody")]
    pub captures: [Captures; 2],
    /// Canaries put into a copy of it, and found.
    #[serde(default, skip_serializing_if = "Canaries::is_empty")]
    pub canaries: Canaries,
    /// What was in force.
    #[serde(flatten)]
    pub digests: Digests,
    /// The day on which it was released, where the run was told the day.
    pub date: Option<String>,
}

impl ManifestLine {
    /// A line that says nothing yet.
    pub(super) fn blank(digests: Digests) -> Self {
        Self {
            input: String::new(),
            status: Status::Released,
            reason: None,
            format: String::new(),
            output: None,
            renamed: false,
            input_hmac_sha256: None,
            output_sha256: None,
            holds: None,
            by_type: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            notes: BTreeSet::new(),
            near: 0,
            captures: Default::default(),
            canaries: Canaries::default(),
            digests,
            date: None,
        }
    }

    /// True for a file of the walk: the last line of its own.
    pub fn is_file(&self) -> bool {
        self.input.bytes().all(|b| b.is_ascii_digit())
    }

    /// True for a line of a file of lines.
    pub fn is_record(&self) -> bool {
        self.input.contains(':')
    }

    /// True for archives: their members are told by lines of their own.
    pub(super) fn is_archive(&self) -> bool {
        self.holds.is_some() && (self.format.starts_with("zip") || self.format.starts_with("tar"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

fn nobody(captures: &[Captures; 2]) -> bool {
    captures.iter().all(Captures::is_empty)
}

/// Visits the lines of a manifest, each with the byte behind it; a piece that a run left at the end
/// when it was ended does not count.
///
/// # Errors
/// [`BatchError::Folder`] when it cannot be read, [`BatchError::Manifest`] for the first line that
/// is not one of a manifest.
pub fn each_line(path: &Path, mut visit: impl FnMut(ManifestLine, u64)) -> Result<(), BatchError> {
    let fail = |e: io::Error| BatchError::Folder(e.kind());
    let mut reader = BufReader::new(File::open(path).map_err(fail)?);
    let (mut text, mut number, mut end) = (Vec::new(), 0, 0);
    loop {
        text.clear();
        let n = reader.read_until(b'\n', &mut text).map_err(fail)?;
        if n == 0 || !text.ends_with(b"\n") {
            return Ok(());
        }
        (number, end) = (number + 1, end + n as u64);
        let line = serde_json::from_slice(&text);
        visit(line.map_err(|_| BatchError::Manifest { line: number })?, end);
    }
}

/// All lines of a manifest.
///
/// # Errors
/// As [`each_line`].
pub fn read_manifest(path: &Path) -> Result<Vec<ManifestLine>, BatchError> {
    let mut lines = Vec::new();
    each_line(path, |line, _| lines.push(line))?;
    Ok(lines)
}

/// The manifest being written. The lines of what an input holds wait in a file of their own until
/// the input is complete.
pub(super) struct Manifest {
    file: File,
    waiting: File,
    waits: u64,
    path: PathBuf,
}

impl Manifest {
    /// Begins a manifest, or goes on behind the first `keep` bytes of the one there.
    pub(super) fn open(folder: &Path, scratch: &Path, keep: u64) -> Result<Self, BatchError> {
        let fail = |e: io::Error| BatchError::Folder(e.kind());
        let path = folder.join(MANIFEST);
        let options = || OpenOptions::new().read(true).write(true).create(true).clone();
        let mut file = options().truncate(false).open(&path).map_err(fail)?;
        file.set_len(keep).map_err(fail)?;
        io::Seek::seek(&mut file, io::SeekFrom::End(0)).map_err(fail)?;
        let waiting = options().truncate(true).open(scratch.join("lines.part")).map_err(fail)?;
        Ok(Self { file, waiting, waits: 0, path })
    }

    /// Adds a line that waits for its input to be complete.
    pub(super) fn wait(&mut self, line: &ManifestLine) -> io::Result<()> {
        let text = spelled(line);
        self.waiting.write_all(text.as_bytes())?;
        self.waits += text.len() as u64;
        Ok(())
    }

    /// Where the waiting lines end now.
    pub(super) fn mark(&self) -> u64 {
        self.waits
    }

    /// Takes back the waiting lines behind a mark.
    pub(super) fn drop_to(&mut self, mark: u64) -> io::Result<()> {
        self.waits = mark;
        self.waiting.set_len(mark)?;
        io::Seek::seek(&mut self.waiting, io::SeekFrom::Start(mark)).map(|_| ())
    }

    /// The input is complete: writes the waiting lines and its own. Its output is on the disk.
    pub(super) fn commit(&mut self, line: &ManifestLine) -> io::Result<()> {
        if self.waits > 0 {
            io::Seek::rewind(&mut self.waiting)?;
            io::copy(&mut io::Read::take(&mut self.waiting, self.waits), &mut self.file)?;
            self.drop_to(0)?;
        }
        self.file.write_all(spelled(line).as_bytes())
    }

    /// Brings all lines to the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

fn spelled(line: &ManifestLine) -> String {
    serde_json::to_string(line).map(|text| text + "\n").unwrap_or_default()
}

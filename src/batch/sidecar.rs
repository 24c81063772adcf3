//! Where masking wrote in released documents, in a file of its own that stays with who scrubbed: it
//! tells a stand-in from a leak by its position, which its value never does.

use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// A place that masking wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Which case of the document, from 0: a row of a table is a case.
    pub case: usize,
    /// Which field of the case, from 0: a text has one.
    pub field: usize,
    /// Where it begins in the masked text of the field, in bytes of UTF-8.
    pub start: u32,
    /// Where it ends, likewise; one past its last byte.
    pub end: u32,
    /// What stood there.
    #[serde(rename = "type")]
    pub entity: &'static str,
    /// What was done to it.
    pub operator: &'static str,
}

/// A line of the file.
#[derive(Serialize)]
struct Line<'l> {
    input: &'l str,
    places: &'l [Place],
}

/// The file, written as documents are released.
pub(super) struct Sidecar(BufWriter<File>);

impl Sidecar {
    /// Makes the file, readable by its owner only; goes on behind what it holds when `resume`.
    pub(super) fn open(path: &Path, resume: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(resume).truncate(!resume);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(BufWriter::new(options.open(path)?)))
    }

    /// Notes the places of a released document.
    pub(super) fn write(&mut self, input: &str, places: &[Place]) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, &Line { input, places })?;
        self.0.write_all(b"\n")
    }

    /// Brings it to the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().sync_all()
    }
}

//! Where masking wrote in released documents, in a file of its own that stays with who scrubbed: it
//! tells a stand-in from a leak by its position, which its value never does.

use super::error::BatchError;
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
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
    /// Makes the file, readable by its owner only; goes on behind what it holds when `resume`. A file
    /// that is there is never replaced.
    ///
    /// # Errors
    /// [`BatchError::SidecarAmongOutputs`] for a place below the output folder `out`, and
    /// [`BatchError::Sidecar`] when it cannot be made.
    pub(super) fn open(path: &Path, out: &Path, resume: bool) -> Result<Self, BatchError> {
        let failed = |e: io::Error| BatchError::Sidecar(e.kind());
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        if folder.starts_with(fs::canonicalize(out).map_err(failed)?) {
            return Err(BatchError::SidecarAmongOutputs);
        }
        let mut options = OpenOptions::new();
        if resume {
            options.create(true).append(true);
        } else {
            options.create_new(true).write(true);
        }
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(BufWriter::new(options.open(path).map_err(failed)?)))
    }

    /// Notes the places of a released document.
    pub(super) fn write(&mut self, input: &str, places: &[Place]) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, &Line { input, places })?;
        self.0.write_all(b"\n")
    }

    /// Hands all lines to the system: before the manifest says that their inputs are done.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    /// Brings it to the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().sync_all()
    }
}

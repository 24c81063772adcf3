//! Released cases to files. Nothing else can be written here: the functions take nothing else.
//!
//! A file appears under its name only when it is complete: until then it has a name of its own
//! and holds masked text only.

use super::error::BatchError;
use crate::gate::ReleasedCase;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The folder that released cases go to.
pub(super) struct OutputFolder {
    root: PathBuf,
}

impl OutputFolder {
    /// Makes the folder if it is not there.
    pub(super) fn new(root: &Path) -> Result<Self, BatchError> {
        fs::create_dir_all(root).map_err(|e| BatchError::Folder(e.kind()))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Starts the output of one input.
    pub(super) fn start(&self, input: usize) -> Result<OutputFile<'_>, BatchError> {
        let temporary = self.root.join(format!(".caseveil-{input}.part"));
        let file =
            File::create(&temporary).map_err(|e| BatchError::Write { input, kind: e.kind() })?;
        let writer = Some(BufWriter::with_capacity(1 << 16, file));
        Ok(OutputFile { folder: self, input, temporary, writer })
    }

    /// Takes away what an earlier run wrote under that name: the document is not released now.
    pub(super) fn withdraw(&self, name: &Path) {
        // Mostly there is nothing to take away.
        let _ = fs::remove_file(self.root.join(name));
    }
}

/// An output being written. Dropped before [`OutputFile::finish`], it leaves nothing.
pub(super) struct OutputFile<'f> {
    folder: &'f OutputFolder,
    input: usize,
    temporary: PathBuf,
    /// Present until the file is finished.
    writer: Option<BufWriter<File>>,
}

impl OutputFile<'_> {
    /// Adds a released case, with a line break behind it when `line` says so.
    pub(super) fn write(&mut self, case: &ReleasedCase, line: bool) -> Result<(), BatchError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        write_case(writer, case, line)
            .map_err(|e| BatchError::Write { input: self.input, kind: e.kind() })
    }

    /// Gives the complete file its name.
    pub(super) fn finish(mut self, name: &Path) -> Result<(), BatchError> {
        let input = self.input;
        self.put(&self.folder.root.join(name))
            .map_err(|e| BatchError::Write { input, kind: e.kind() })
    }

    fn put(&mut self, path: &Path) -> io::Result<()> {
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(&self.temporary, path)?;
        self.writer = None;
        Ok(())
    }
}

impl Drop for OutputFile<'_> {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Writes a released case. JSON ends with a line break; text keeps its own end.
pub(super) fn write_case(
    writer: &mut impl Write,
    case: &ReleasedCase,
    line: bool,
) -> io::Result<()> {
    writer.write_all(case.render().as_bytes())?;
    if line {
        writer.write_all(b"\n")?;
    }
    Ok(())
}

//! Masked bytes to files. Nothing else can be written here.
//!
//! A file appears under its name only when it is complete and on the disk: until then it lies in a
//! folder of the run's own and holds masked text only.

use super::error::BatchError;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The folder of what is not complete, in the output folder.
pub(super) const SCRATCH: &str = ".caseveil";

/// The folder that released cases go to.
pub(super) struct OutputFolder {
    root: PathBuf,
    /// Folders that are there.
    made: HashSet<PathBuf>,
}

impl OutputFolder {
    /// Makes the folder if it is not there.
    pub(super) fn new(root: &Path) -> Result<Self, BatchError> {
        fs::create_dir_all(root.join(SCRATCH)).map_err(|e| BatchError::Folder(e.kind()))?;
        Ok(Self { root: root.to_owned(), made: HashSet::new() })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join(SCRATCH)
    }

    /// Starts the `n`th of the outputs that are open at once.
    pub(super) fn start(&self, n: usize) -> io::Result<Hashed> {
        let path = self.scratch().join(format!("{n}.part"));
        let file =
            File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(Hashed { file, path, digest: Sha256::new(), bytes: 0 })
    }

    /// Gives a complete output its name, on the disk.
    pub(super) fn put(&mut self, file: Hashed, name: &Path) -> io::Result<String> {
        let (file, path, digest) = file.finish()?;
        file.sync_all()?;
        drop(file);
        let to = self.root.join(name);
        let folder = to.parent().unwrap_or(&self.root).to_owned();
        if !self.made.contains(&folder) {
            fs::create_dir_all(&folder)?;
            self.made.insert(folder.clone());
        }
        fs::rename(path, to)?;
        // The name, too, is on the disk before the manifest tells of it.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(digest)
    }

    /// Takes away what an earlier run wrote under that name: the document is not released now.
    pub(super) fn withdraw(&self, name: &Path) {
        // Mostly there is nothing to take away.
        let _ = fs::remove_file(self.root.join(name));
    }
}

/// A file being written, and the digest of what was written.
pub(super) struct Hashed {
    file: BufWriter<File>,
    path: PathBuf,
    digest: Sha256,
    bytes: u64,
}

impl Hashed {
    /// How many bytes were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The complete file, where it lies, and its digest.
    pub(super) fn finish(self) -> io::Result<(File, PathBuf, String)> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok((file, self.path, hex(&self.digest.finalize())))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.digest.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
}

//! Where a store is: its folder, the lock of who works with it, the name of the replica.

use super::StoreError;
use super::space::Space;
use crate::keys::{random, to_hex};
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// Folder of keys, locks and, without a URL, of the database.
    pub data: PathBuf,
    /// A `PostgreSQL` database.
    pub url: Option<String>,
    /// Bytes that must be free for cases to be taken.
    pub low_water: u64,
}

impl Place {
    /// A data folder.
    pub fn folder(data: &Path) -> Self {
        Self { data: data.to_owned(), url: None, low_water: Space::LOW_WATER }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.url.is_some() { "Place(database)" } else { "Place(folder)" })
    }
}

/// The lock of a data folder; it ends with the process.
pub(super) fn lock(data: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(data.join("lock"))
        .map_err(|e| StoreError::Folder(e.kind()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(e)) => Err(StoreError::Folder(e.kind())),
    }
}

/// The name of this replica and its chain: random, made once.
pub(super) fn replica(data: &Path) -> Result<String, StoreError> {
    let path = data.join("replica.id");
    let folder = |e: std::io::Error| StoreError::Folder(e.kind());
    if !path.exists() {
        let unfinished = data.join("replica.part");
        // On disk before the first case: without its name the chain has no end after a power cut.
        let mut file = std::fs::File::create(&unfinished).map_err(folder)?;
        let name = to_hex(&random::<16>()?);
        std::io::Write::write_all(&mut file, name.as_bytes()).map_err(folder)?;
        file.sync_all().map_err(folder)?;
        std::fs::rename(&unfinished, &path).map_err(folder)?;
        std::fs::File::open(data).and_then(|d| d.sync_all()).map_err(folder)?;
    }
    std::fs::read_to_string(&path).map_err(folder)
}

/// Makes a folder that only its owner can enter, where the system knows owners.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

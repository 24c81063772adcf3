//! The last row of a chain, also in a file beside the store: a store that lost rows shows.

use super::{Hash, Row};
use crate::keys::{from_hex, to_hex};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use thiserror::Error;

/// Why a head cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The file cannot be used.
    #[error("the head of the ledger cannot be used: {0}")]
    File(io::ErrorKind),
    /// The file is not a head.
    #[error("the head of the ledger is damaged")]
    Damaged,
}

impl From<io::Error> for HeadError {
    fn from(error: io::Error) -> Self {
        Self::File(error.kind())
    }
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The chain.
    pub chain: String,
    /// Its last row; 0 when it has none.
    pub seq: u64,
    /// The hash of that row; zeros when there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of a chain without rows.
    pub fn empty(chain: &str) -> Self {
        Self { chain: chain.to_owned(), seq: 0, hash: [0; 32] }
    }

    /// The head after a row.
    pub fn at(row: &Row) -> Self {
        let hash = row.hash.as_slice().try_into().unwrap_or([0; 32]);
        Self { chain: row.chain.clone(), seq: row.seq, hash }
    }
}

/// The file of a head. It is written after each commit, in place and within one sector.
#[derive(Debug)]
pub struct HeadFile(File);

/// Bytes of the file: always all of them, so that no write leaves a part of the one before.
const LENGTH: usize = 256;

impl HeadFile {
    /// Opens the file, and makes one for an empty chain when there is none. Its head.
    ///
    /// # Errors
    /// [`HeadError`] when it cannot be used or is damaged.
    pub fn open(path: &Path, chain: &str) -> Result<(Self, Head), HeadError> {
        if !path.exists() {
            let mut file = Self(File::create_new(path)?);
            file.write(&Head::empty(chain))?;
            file.0.sync_all()?;
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok((Self(file), Self::read(path)?))
    }

    /// The head in a file.
    ///
    /// # Errors
    /// [`HeadError`] when there is none.
    pub fn read(path: &Path) -> Result<Head, HeadError> {
        let mut text = String::new();
        File::open(path)?.take(LENGTH as u64 + 1).read_to_string(&mut text)?;
        let mut words = text.split_ascii_whitespace();
        let mut next = || words.next().ok_or(HeadError::Damaged);
        let (chain, seq, hash) = (next()?, next()?, next()?);
        let hash = from_hex(hash).and_then(|h| h.try_into().ok()).ok_or(HeadError::Damaged)?;
        let seq = seq.parse().map_err(|_| HeadError::Damaged)?;
        if text.len() != LENGTH {
            return Err(HeadError::Damaged);
        }
        Ok(Head { chain: chain.to_owned(), seq, hash })
    }

    /// Writes the head.
    ///
    /// # Errors
    /// [`HeadError::File`] when it cannot be written; the rows are in the store all the same.
    pub fn write(&mut self, head: &Head) -> Result<(), HeadError> {
        let text = format!("{} {} {}", head.chain, head.seq, to_hex(&head.hash));
        self.0.seek(io::SeekFrom::Start(0))?;
        self.0.write_all(format!("{text:<width$}\n", width = LENGTH - 1).as_bytes())?;
        Ok(())
    }
}

//! The index of `SQLite`'s log: memory that is a file, which must not run out of disk.
//!
//! `SQLite` maps `outbox.sqlite-shm` into memory and writes there. Where a full disk has no block for
//! a page of it, the system answers with SIGBUS, and the service is gone without a word (seen in 4 of
//! 30 fillings of a disk with blocks of 1 KiB). So its blocks are taken while there is room, and a
//! connection that is never used keeps the file from being made anew.

use super::StoreError;
use super::dialect::Dialect;
use super::error::kind;
use super::open::{CONNECT, options};
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use sqlx::{AnyConnection, Connection as _};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Bytes that are taken: the index of a log of 32,000 pages, which is cut back every 1,000 pages
/// unless somebody reads for long.
const INDEX: u64 = 256 << 10;

/// The connection that stays, after the blocks of the index were taken.
///
/// # Errors
/// [`StoreError::Open`], such as when the disk is full.
pub(super) async fn keep(
    dialect: &Arc<dyn Dialect>,
    url: &str,
    data: &Path,
) -> Result<AnyConnection, StoreError> {
    let options = options(url)?;
    let opened = async {
        let mut connection = AnyConnection::connect_with(&options).await?;
        dialect.prepare(&mut connection).await?;
        // The index is there from the first read on.
        sqlx::raw_sql("SELECT count(*) FROM sqlite_schema").execute(&mut connection).await?;
        reserve(&data.join("outbox.sqlite-shm"))?;
        Ok(connection)
    };
    let opened = tokio::time::timeout(CONNECT, opened).await;
    opened.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|e| StoreError::Open(kind(&e)))
}

/// Takes the blocks of an index; what is in it stays.
fn reserve(index: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(index)?;
    match fallocate(&file, FallocateFlags::empty(), 0, INDEX) {
        // A file system that takes no blocks in advance: as well as without.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        done => Ok(done?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Store};
    use std::os::unix::fs::MetadataExt as _;

    #[tokio::test]
    async fn the_index_has_its_blocks_and_stays_when_every_other_connection_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let store =
            Store::open(&Place { low_water: 1, ..Place::folder(dir.path()) }).await.unwrap();
        let index = || std::fs::metadata(dir.path().join("outbox.sqlite-shm")).unwrap();
        let before = index();
        assert!(before.len() >= INDEX && before.blocks() * 512 >= INDEX);
        store.pool.close().await;
        assert_eq!(index().ino(), before.ino());
        store.close().await;
    }
}

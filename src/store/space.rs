//! Free space: intake stops before the disk is full, since a full disk refuses deletes, too.
//!
//! A ballast file keeps some space back. When the disk is full all the same, it is given up, so
//! that the outbox can note what the hub has; when there is room again, it is made again.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of the ballast.
const BALLAST: u64 = 8 << 20;

/// Bytes without which the store is not opened: its log and its index are made then.
const START: u64 = 1 << 20;

/// The disk of a data folder.
#[derive(Clone, Debug)]
pub struct Space {
    data: PathBuf,
    low_water: u64,
}

impl Space {
    /// Bytes that must be free when nothing is said.
    pub const LOW_WATER: u64 = 64 << 20;

    /// The disk of that folder; intake stops below `low_water` free bytes.
    pub fn new(data: &Path, low_water: u64) -> Self {
        Self { data: data.to_owned(), low_water }
    }

    /// Free bytes; none when nobody can tell.
    pub fn free(&self) -> u64 {
        rustix::fs::statvfs(&self.data).map_or(0, |s| s.f_bavail.saturating_mul(s.f_frsize))
    }

    /// True when cases may be taken.
    pub fn is_enough(&self) -> bool {
        self.low_water == 0 || self.free() >= self.low_water
    }

    /// Gives the ballast up when the disk is full, makes it when there is room.
    ///
    /// # Errors
    /// The kind of failure; the service works without.
    pub fn balance(&self) -> Result<(), io::ErrorKind> {
        let path = self.ballast();
        let done = if path.exists() {
            self.relieve()
        } else if self.free() > self.low_water.saturating_add(2 * BALLAST) {
            make(&path)
        } else {
            Ok(())
        };
        done.map_err(|e| e.kind())
    }

    /// True when there is room to open the store; the ballast is given up for it.
    pub(super) fn can_start(&self) -> bool {
        // What cannot be given up leaves no room, and that is what is asked.
        let _kept = self.relieve();
        self.low_water == 0 || self.free() >= START
    }

    fn relieve(&self) -> io::Result<()> {
        let path = self.ballast();
        if path.exists() && self.free() < BALLAST / 4 { fs::remove_file(path) } else { Ok(()) }
    }

    fn ballast(&self) -> PathBuf {
        self.data.join("ballast")
    }
}

/// Written, not only announced: a file of holes keeps no space back.
fn make(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    let zeros = vec![0; 1 << 16];
    for _ in 0..BALLAST / zeros.len() as u64 {
        file.write_all(&zeros)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_decides_and_the_ballast_is_made() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Space::new(dir.path(), 1).is_enough());
        assert!(!Space::new(dir.path(), u64::MAX).is_enough());
        assert!(!Space::new(&dir.path().join("gone"), 1).is_enough());
        assert!(Space::new(dir.path(), 1).can_start());
        assert!(!Space::new(&dir.path().join("gone"), 1).can_start());
        Space::new(dir.path(), 0).balance().unwrap();
        assert_eq!(fs::metadata(dir.path().join("ballast")).unwrap().len(), BALLAST);
    }
}

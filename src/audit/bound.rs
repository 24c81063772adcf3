//! What a result is bound to: digests of the files of a corpus.

use super::gold::{GoldDocument, GoldError, read_gold};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

/// `sha256:` and the digest of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

/// The digest of every file that gold documents are read from, by its name below the path, one
/// table for each path in their order: a corpus may be moved, not changed.
///
/// # Errors
/// What [`read_gold`] says, and files that cannot be read.
pub fn corpus_digests(paths: &[PathBuf]) -> Result<Vec<BTreeMap<String, String>>, Vec<GoldError>> {
    paths.iter().map(|path| files(path, &read_gold(std::slice::from_ref(path))?)).collect()
}

fn files(path: &Path, gold: &[GoldDocument]) -> Result<BTreeMap<String, String>, Vec<GoldError>> {
    let mut out = BTreeMap::new();
    for file in gold.iter().map(|d| &d.source.file) {
        // A path that is a file itself has nothing below it: its name is empty.
        let below = Path::new(file).strip_prefix(path).unwrap_or(Path::new(file));
        let name = below.to_string_lossy().replace('\\', "/");
        if let Entry::Vacant(place) = out.entry(name) {
            let bytes = fs::read(file)
                .map_err(|e| vec![GoldError::Read { file: file.clone(), kind: e.kind() }])?;
            place.insert(digest(&bytes));
        }
    }
    Ok(out)
}

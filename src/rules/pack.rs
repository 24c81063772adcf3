//! The tables of the embedded rules, by pattern.

use super::flat::{self, Entry};
use sha2::{Digest, Sha256};

include!("pack_key.rs");

static PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flat"));

/// What the build script has made of this pattern; `None` when it is not of the embedded rules.
pub(super) fn get(pattern: &str) -> Option<Entry<&'static [u8]>> {
    flat::find(PACK, &pack_key(pattern))
}

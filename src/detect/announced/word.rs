//! Words around announced numbers: what may stand between a cue and its number, and digits spelled
//! out.

use crate::token::{WordMap, word_hash};
use std::sync::LazyLock;

/// Words that may stand between a cue and its number, English and French, folded.
const CONNECTORS: [&str; 58] = [
    "no",
    "num",
    "number",
    "numbers",
    "numero",
    "nbr",
    "nr",
    "n",
    "id",
    "ident",
    "identifier",
    "is",
    "was",
    "as",
    "est",
    "etait",
    "the",
    "le",
    "la",
    "les",
    "de",
    "du",
    "d",
    "of",
    "for",
    "card",
    "carte",
    "code",
    "and",
    "et",
    "value",
    "valeur",
    "on",
    "file",
    "dossier",
    "patient",
    "client",
    "usager",
    "pt",
    "reads",
    "listed",
    "recorded",
    "shows",
    "now",
    "new",
    "old",
    "current",
    "ends",
    "ending",
    "in",
    "under",
    "sous",
    "health",
    "sante",
    "his",
    "her",
    "their",
    "son",
];

/// Digits as people read them out, English and French, folded.
const SPOKEN: [(&str, u8); 29] = [
    ("zero", 1),
    ("oh", 1),
    ("one", 1),
    ("two", 1),
    ("three", 1),
    ("four", 1),
    ("five", 1),
    ("six", 1),
    ("seven", 1),
    ("eight", 1),
    ("nine", 1),
    ("double", 0),
    ("triple", 0),
    ("un", 1),
    ("deux", 1),
    ("trois", 1),
    ("quatre", 1),
    ("cinq", 1),
    ("sept", 1),
    ("huit", 1),
    ("neuf", 1),
    ("dix", 1),
    ("vingt", 1),
    ("trente", 1),
    ("quarante", 1),
    ("cinquante", 1),
    ("soixante", 1),
    ("cent", 0),
    ("onze", 1),
];

/// The connectors by hash, sorted.
pub(super) static CONNECTOR_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut hashes: Vec<u64> = CONNECTORS.iter().map(|w| word_hash(w.as_bytes())).collect();
    hashes.sort_unstable();
    hashes
});

/// How many digits a word of this hash is.
pub(super) static SPOKEN_HASHES: LazyLock<WordMap<u8>> =
    LazyLock::new(|| SPOKEN.iter().map(|&(w, n)| (word_hash(w.as_bytes()), n)).collect());

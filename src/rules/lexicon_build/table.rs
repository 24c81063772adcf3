//! Rows of all lists to the four tables: exceptions taken out, phrases with their beginnings, each
//! word once.

use super::lexicon_format::{self, phrase};
use super::list::{List, Value, value};
use super::row::{LexiconError, Row, error};
use super::token;
use std::borrow::Cow;
use std::collections::HashSet;

/// The compiled tables, as [`lexicon_format::get`] reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Names, places, medicine and flags by word.
    pub open: Cow<'static, [u8]>,
    /// Word frequencies, made from share-alike sources only.
    pub common: Cow<'static, [u8]>,
    /// Which words keep the same company.
    pub clusters: Cow<'static, [u8]>,
    /// Phrases and the words that begin them.
    pub phrases: Cow<'static, [u8]>,
}

impl Tables {
    /// The names by which the tables are kept.
    pub const NAMES: [&'static str; 4] = ["open", "common", "clusters", "phrases"];

    /// The tables from what is kept under their names.
    pub fn read(kept: impl FnMut(&'static str) -> Cow<'static, [u8]>) -> Self {
        let [open, common, clusters, phrases] = Self::NAMES.map(kept);
        Self { open, common, clusters, phrases }
    }

    /// Each table with its name.
    pub fn parts(&self) -> [(&'static str, &[u8]); 4] {
        let parts = [&self.open, &self.common, &self.clusters, &self.phrases];
        std::array::from_fn(|i| (Self::NAMES[i], parts[i].as_ref()))
    }
}

/// Which kind a phrase takes that is in several lists: the first of these.
const PHRASE_ORDER: [u32; 9] = [
    phrase::REGION,
    phrase::FIRST_NATION,
    phrase::FACILITY,
    phrase::ORGANIZATION,
    phrase::PLACE_CA,
    phrase::PLACE_WORLD,
    phrase::DEMONYM,
    phrase::PROFESSION,
    phrase::MEDICAL,
];

/// What the tables will hold, with repetitions.
#[derive(Default)]
pub(super) struct Entries {
    open: Vec<(u64, u32)>,
    common: Vec<(u64, u32)>,
    clusters: Vec<(u64, u32)>,
    /// Value of a phrase: its rank in [`PHRASE_ORDER`], with or without [`phrase::GOES_ON`].
    phrases: Vec<(u64, u32)>,
}

/// The rank of words that only begin a phrase.
const NO_KIND: u32 = PHRASE_ORDER.len() as u32;

impl Entries {
    /// Reads one table without the entries that its exceptions remove.
    pub(super) fn read(
        &mut self,
        list: List,
        file: &str,
        text: &str,
        exceptions_file: &str,
        exceptions: &str,
    ) -> Result<(), LexiconError> {
        let mut removed = Vec::new();
        for (i, line) in exceptions.lines().enumerate() {
            let key = line.split('#').next().unwrap_or("").trim();
            if key.is_empty() {
                continue;
            }
            let (hash, _) = token::text_hash(key)
                .ok_or_else(|| error(exceptions_file, i + 1, "There is no word in this line."))?;
            removed.push((hash, i + 1));
        }
        let is_removed: HashSet<u64> = removed.iter().map(|&(hash, _)| hash).collect();
        let mut used = HashSet::new();
        let mut last = "";
        let mut hashes = Vec::new();
        for (i, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let row = Row::new(file, i + 1, line);
            let key = row.key;
            if key <= last {
                let message = if key == last { "repeated" } else { "not in order" };
                return Err(row.error(format!("The entry `{key}` is {message}.")));
            }
            last = key;
            hashes.clear();
            let mut words = Vec::new();
            token::tokenize(key, &mut words);
            let mut so_far = None;
            for word in &words {
                let hash = so_far.map_or(word.hash, |h| token::phrase_hash(h, word.hash));
                hashes.push(hash);
                so_far = Some(hash);
            }
            let Some(hash) = so_far else {
                return Err(row.error("There is no word in this entry."));
            };
            // Checked even when it is removed.
            let value = value(list, &row, hashes.len() == 1)?;
            if is_removed.contains(&hash) {
                used.insert(hash);
                continue;
            }
            match value {
                Value::Nothing => {}
                Value::Open(bits) => self.open.push((hash, bits)),
                Value::Common(bits) => self.common.push((hash, bits)),
                Value::Cluster(bits) => self.clusters.push((hash, bits)),
                Value::Phrase(kind) => {
                    let (_, prefixes) = hashes.split_last().unwrap_or((&0, &[]));
                    self.phrases.extend(prefixes.iter().map(|&h| (h, NO_KIND | phrase::GOES_ON)));
                    self.phrases.push((hash, rank(kind)));
                }
            }
        }
        match removed.iter().find(|(hash, _)| !used.contains(hash)) {
            Some(&(_, line)) => {
                let message = format!("There is no such entry in {}.", list.table());
                Err(error(exceptions_file, line, message))
            }
            None => Ok(()),
        }
    }

    pub(super) fn tables(self) -> Tables {
        let any = |a: u32, b: u32| a | b;
        // The lowest rank is the kind to keep.
        let best = |a: u32, b: u32| (a & 0xff).min(b & 0xff) | ((a | b) & phrase::GOES_ON);
        let mut phrases = merged(self.phrases, best);
        for (_, value) in &mut phrases {
            let kind = PHRASE_ORDER.get((*value & 0xff) as usize).copied().unwrap_or(0);
            *value = kind | (*value & phrase::GOES_ON);
        }
        let built = |entries: &[(u64, u32)]| Cow::Owned(lexicon_format::build(entries));
        Tables {
            open: built(&merged(self.open, any)),
            common: built(&merged(self.common, any)),
            // Of two spellings of one word the first: numbers of clusters do not add up.
            clusters: built(&merged(self.clusters, |a, _| a)),
            phrases: built(&phrases),
        }
    }
}

fn rank(kind: u32) -> u32 {
    PHRASE_ORDER.iter().position(|&k| k == kind).map_or(NO_KIND, |at| at as u32)
}

/// The entries sorted by hash, each hash once.
fn merged(mut entries: Vec<(u64, u32)>, join: impl Fn(u32, u32) -> u32) -> Vec<(u64, u32)> {
    entries.sort_unstable();
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = join(kept.1, next.1);
        }
        same
    });
    entries
}

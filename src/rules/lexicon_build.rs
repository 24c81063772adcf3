//! Lexicon sources to tables.
//!
//! Enters: the files under `rules/lexicons/`. Leaves: three tables, the share-alike one apart.
//! Compiled into the build script, too, so that the embedded tables and those of a rule folder
//! given at run time are the same.

use super::lexicon_format::{self, common, open, phrase};
use super::token;
use std::collections::BTreeMap;
use std::fmt;

/// The compiled tables.
pub struct Tables {
    /// Words of names, places, medicine and other open lists.
    pub open: Vec<u8>,
    /// Word frequencies, from share-alike sources.
    pub common: Vec<u8>,
    /// Phrases of two or more words.
    pub phrases: Vec<u8>,
}

/// A lexicon that cannot be used.
#[derive(Debug)]
pub struct LexiconError {
    /// The file, relative to the rule folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Set on a phrase entry whose words begin a longer one.
const GOES_ON: u32 = 1 << 8;

#[derive(Default)]
struct Builder {
    open: BTreeMap<u64, u32>,
    common: BTreeMap<u64, u32>,
    phrases: BTreeMap<u64, u32>,
}

/// Compiles lexicon files, given as names relative to the rule folder and texts.
///
/// # Errors
/// [`LexiconError`] for the first row that has too few cells or a cell that is no number.
pub fn compile<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Tables, LexiconError> {
    let files: Vec<(&str, &str)> = files.collect();
    let mut builder = Builder::default();
    for &(file, text) in &files {
        let Some((lexicon, table)) = file.strip_prefix("lexicons/").and_then(|n| n.split_once('/')) else { continue };
        if !table.ends_with(".tsv") {
            continue;
        }
        let exceptions = files.iter().find(|(n, _)| *n == format!("lexicons/{lexicon}/exceptions.txt"));
        let left_out: Vec<&str> = exceptions.map_or(Vec::new(), |(_, t)| {
            t.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect()
        });
        for (i, line) in text.lines().enumerate() {
            let cells: Vec<&str> = line.split('\t').collect();
            if line.starts_with('#') || left_out.contains(&cells[0]) {
                continue;
            }
            builder.row(lexicon, table, &cells).map_err(|message| LexiconError {
                file: file.to_owned(),
                line: i + 1,
                message: message.to_owned(),
            })?;
        }
    }
    let table = |map: BTreeMap<u64, u32>| lexicon_format::build(&map.into_iter().collect::<Vec<_>>());
    Ok(Tables { open: table(builder.open), common: table(builder.common), phrases: table(builder.phrases) })
}

impl Builder {
    fn row(&mut self, lexicon: &str, table: &str, cells: &[&str]) -> Result<(), &'static str> {
        let term = cells[0];
        let cell = |i: usize| cells.get(i).copied().ok_or("a cell is missing");
        let number = |i: usize| cell(i)?.parse::<u32>().map_err(|_| "a cell is not a whole number");
        match (lexicon, table) {
            ("names", _) => self.word(term, number(1)?.min(7) << open::GIVEN | number(2)?.min(7) << open::SURNAME),
            ("places", _) => self.place(term, cell(1)?),
            ("demographics", _) => self.term(term, 1 << open::DEMONYM, phrase::DEMONYM),
            ("facilities", _) => {
                self.term(term, 1 << open::INSTITUTION, phrase::FACILITY);
            }
            ("organisations", _) => self.term(term, 0, phrase::ORGANIZATION),
            ("professions", _) => self.term(term, 1 << open::PROFESSION, phrase::PROFESSION),
            ("medicine", "phrases.tsv") => self.term(term, 0, phrase::MEDICAL),
            ("medicine", _) => {
                let bits = number(1)?.min(7) << open::MEDICAL | number(2)?.min(3) << open::MEDICAL_TERMS;
                self.word(term, bits | number(3)?.min(1) << open::EPONYM);
            }
            ("headwords", _) => {
                let kinds = cell(1)?;
                let mut bits = 0;
                for (kind, bit) in [("street_type", open::STREET), ("org_suffix", open::ORGANIZATION), ("title", open::TITLE)] {
                    if kinds.split('+').any(|k| k == kind) {
                        bits |= 1 << bit;
                    }
                }
                self.word(term, bits);
            }
            ("share_alike", _) => {
                let mut bits = number(1)?.min(15) << common::EN | number(2)?.min(15) << common::FR;
                let flags = [common::EN_LOWER, common::FR_LOWER, common::ABBREVIATION, common::FR_VERB];
                for (i, bit) in flags.into_iter().enumerate() {
                    bits |= number(3 + i)?.min(1) << bit;
                }
                if bits != 0 {
                    *self.common.entry(token::word_hash(term.as_bytes())).or_default() |= bits;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds bits to a word that is one token.
    fn word(&mut self, term: &str, bits: u32) {
        if let Some((hash, 1)) = token::text_hash(term) {
            if bits != 0 {
                *self.open.entry(hash).or_default() |= bits;
            }
        }
    }

    /// Adds a term: its bits when it is one word, a phrase otherwise.
    fn term(&mut self, term: &str, bits: u32, kind: u32) {
        match token::text_hash(term) {
            Some((_, 1)) => self.word(term, bits),
            Some((hash, _)) => {
                let mut tokens = Vec::new();
                token::tokenize(term, &mut tokens);
                let mut prefix = tokens[0].hash;
                for t in &tokens[1..] {
                    *self.phrases.entry(prefix).or_default() |= GOES_ON;
                    prefix = token::phrase_hash(prefix, t.hash);
                }
                let entry = self.phrases.entry(hash).or_default();
                // The first kind stays: a place is not made a company by a later list.
                if *entry & 0xff == 0 {
                    *entry |= kind;
                }
            }
            None => {}
        }
    }

    fn place(&mut self, term: &str, class: &str) {
        let (bits, kind) = match class {
            "province" => (1 << open::PROVINCE, phrase::REGION),
            "country" => (1 << open::COUNTRY, phrase::REGION),
            "first_nation" => (1 << open::PLACE, phrase::FIRST_NATION),
            "4" => (4 << open::PLACE, phrase::PLACE_WORLD),
            "5" => (5 << open::PLACE, phrase::PLACE_WORLD),
            "6" => (6 << open::PLACE, phrase::PLACE_WORLD),
            "3" => (3 << open::PLACE, phrase::PLACE_CA),
            "2" => (2 << open::PLACE, phrase::PLACE_CA),
            _ => (1 << open::PLACE, phrase::PLACE_CA),
        };
        self.term(term, bits, kind);
    }
}

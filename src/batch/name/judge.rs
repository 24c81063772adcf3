//! Whether a name of a file or folder may be kept: only when nothing in it might identify anybody.

use super::ending::without_extension;
use super::words::{spaced, words};
use crate::case::Case;
use crate::detect::Scratch;
use crate::entity::{Entity, Suppression};
use crate::pipeline::Deidentifier;
use crate::policy::Operator;
use crate::token::word_hash;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Frequencies, in the lexicon's powers of ten, from which a word of the dictionary and any other
/// word count as a name.
const COMMON_NAME: u8 = 5;
const RARE_NAME: u8 = 3;

/// Frequent names that are what such files are called.
const NEUTRAL: [&str; 3] = ["case", "echo", "page"];

/// How many names are remembered as safe or not.
const KNOWN_NAMES: usize = 100_000;

/// Decides about names, each once.
pub(super) struct Judge<'e> {
    engine: &'e Deidentifier,
    scratch: Scratch,
    known: HashMap<String, bool>,
}

impl<'e> Judge<'e> {
    pub(super) fn new(engine: &'e Deidentifier) -> Self {
        Self { engine, scratch: engine.scratch(), known: HashMap::new() }
    }

    /// What is judged once is remembered, within bounds.
    pub(super) fn keep_within_bounds(&mut self) {
        if self.known.len() > KNOWN_NAMES {
            self.known.clear();
        }
    }

    /// The folder that stands for a folder of the input; `n` numbers it when its name is not safe.
    pub(super) fn folder(
        &mut self,
        path: &Path,
        n: usize,
        known: &mut HashMap<PathBuf, PathBuf>,
    ) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return PathBuf::new();
        };
        if let Some(done) = known.get(path) {
            return done.clone();
        }
        let outer = self.folder(parent, n, known);
        let own = if self.is_safe(name) {
            PathBuf::from(name)
        } else {
            PathBuf::from(format!("folder-{n}"))
        };
        let done = outer.join(own);
        known.insert(path.to_owned(), done.clone());
        done
    }

    /// True when nothing in the name is, or might be, an identifier.
    pub(super) fn is_safe(&mut self, name: &OsStr) -> bool {
        // What cannot be read cannot be judged.
        let Some(name) = name.to_str().filter(|n| !n.contains('\u{fffd}')) else { return false };
        if let Some(&safe) = self.known.get(name) {
            return safe;
        }
        let stem = without_extension(name);
        let spaced = spaced(stem);
        // One character tells nobody.
        let safe = stem.chars().count() <= 1
            || !words(&spaced).iter().any(|w| self.is_name(w))
                && !self.finds(stem)
                && !self.finds(&spaced);
        self.known.insert(name.to_owned(), safe);
        safe
    }

    /// A word that the lexicon knows as a name: alone in a file name it has no neighbours that
    /// would tell the engine. A word of the dictionary is a name only when many bear it.
    fn is_name(&self, word: &str) -> bool {
        let known = self.engine.rules().lexicon.word(word_hash(word.as_bytes()));
        let least = if known.is_dictionary() { COMMON_NAME } else { RARE_NAME };
        known.given().max(known.surname()) >= least && !NEUTRAL.contains(&word)
    }

    fn finds(&mut self, text: &str) -> bool {
        let decision = self.engine.detect(&Case::from_text("", text), &mut self.scratch);
        let masks = |e: &Entity| self.engine.policy().operator(e.entity) != Operator::Keep;
        // A name carries no cue, so a low score is no comfort.
        decision.entities.iter().any(masks)
            || decision.suppressed.iter().any(|s| s.reason == Suppression::LowScore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_words_that_are_names() {
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let judge = Judge::new(&engine);
        for name in ["smith", "baker", "tremblay", "roy", "cote", "kenora", "wong"] {
            assert!(judge.is_name(name), "{name}");
        }
        for word in [
            "case", "echo", "notes", "patient", "intake", "form", "lettre", "douleur", "followup",
            "12",
        ] {
            assert!(!judge.is_name(word), "{word}");
        }
    }
}

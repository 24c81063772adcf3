//! The watcher: a small model of the gate's own that looks for what stands unmasked.
//!
//! It learns from the same texts as the tagger and shares nothing else with it: no weights, no
//! features, no chain, only lists of words. When the tagger, a rule or a threshold of detection goes
//! wrong, the watcher does not, and the case is held. It proposes nothing for masking.

use super::decided::Decided;
use super::sight::Sight;
use super::{Doubt, HoldReason};
use crate::case::Case;
use crate::decode::Document;
use crate::detect::Trees;
use crate::entity::Entity;
use crate::mask::MaskedCase;
use crate::rules::Lexicon;
use crate::span::ViewSpan;
use crate::token::Token;
use thiserror::Error;

/// Why the watcher's weights cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WatcherError {
    /// Not a file of this version.
    #[error(
        "the watcher has {bytes} bytes or another version; `caseveil train-watcher` makes it anew"
    )]
    Format {
        /// Its length.
        bytes: usize,
    },
}

/// The weights, and from which probability on a word holds its case.
#[derive(Clone, Debug, PartialEq)]
pub struct Watcher {
    bound: f32,
    trees: Trees,
}

const MAGIC: &[u8; 8] = b"CVWATCH\x01";

impl Watcher {
    /// Trained trees, with a bound.
    pub(crate) fn new(trees: Trees, bound: f32) -> Self {
        Self { bound, trees }
    }

    /// The same, with another bound.
    #[must_use]
    pub(crate) fn bounded(self, bound: f32) -> Self {
        Self { bound, ..self }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`WatcherError::Format`] for bytes that [`Watcher::to_bytes`] of this version did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WatcherError> {
        let read = || {
            let (bound, trees) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
            let bound = f32::from_le_bytes(*bound);
            // A bound that no probability reaches is a watcher that sleeps.
            let wakes = bound > 0.0 && bound < 1.0;
            Some(Self { bound, trees: Trees::from_bytes(trees)? }).filter(|_| wakes)
        };
        read().ok_or(WatcherError::Format { bytes: bytes.len() })
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.bound.to_le_bytes());
        bytes.extend(self.trees.to_bytes());
        bytes
    }

    /// Every open word of the masked case with the probability that it identifies, in positions of
    /// the masked text.
    pub(crate) fn look(
        &self,
        case: &Case,
        masked: &MaskedCase,
        entities: &[Entity],
        lexicon: &Lexicon,
    ) -> Vec<(HoldReason, f32)> {
        let again = masked.as_case(case);
        let document = Document::new(&again);
        let of_field = |field| Decided::of(case, field, masked, entities);
        let decided: Vec<Decided> = (0..case.fields.len()).map(of_field).collect();
        let place = |token: &Token| document.to_source(ViewSpan::new(token.start, token.end));
        let sight = Sight::new(document.view(), lexicon, |token| {
            // What lies across two fields is nobody's word.
            place(token).is_none_or(|(field, span)| decided[field].touches(span))
                || is_of_service(document.view().as_bytes(), token)
                || is_generalised(document.view().as_bytes(), token)
        });
        let mut seen = Vec::new();
        let open = sight.open().map(|(i, token)| (token, sight.values(i)));
        for (token, probability) in self.trees.likely(LEAST, open) {
            let Some((field, output)) = place(token) else { continue };
            let place = decided[field].in_source(output).map(|source| (field, source));
            seen.push((HoldReason { doubt: Doubt::Watcher, place, entity: None }, probability));
        }
        seen
    }

    /// A reason for every word that likely identifies and stands unmasked.
    pub(super) fn doubts(
        &self,
        case: &Case,
        masked: &MaskedCase,
        entities: &[Entity],
        lexicon: &Lexicon,
    ) -> Vec<HoldReason> {
        let seen = self.look(case, masked, entities, lexicon).into_iter();
        seen.filter(|(_, p)| *p >= self.bound).map(|(reason, _)| reason).collect()
    }
}

/// True inside of a case id or pseudonym that the service gave, `ECHO-4T7K-09BC-ZZ2M-H`
/// (`programme.rs`): no vowels, so that no name can be spelled in it.
fn is_of_service(view: &[u8], token: &Token) -> bool {
    let part = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    let (start, end) = (token.start as usize, token.end as usize);
    let before = view[..start].iter().rev().take_while(part).take(24).count();
    let behind = view[end..].iter().take_while(part).take(24).count();
    let code = &view[start - before..end + behind];
    let rest = code.strip_prefix(b"ECHO-").or_else(|| code.strip_prefix(b"PT-"));
    rest.is_some_and(|rest| {
        let parts: Vec<&[u8]> = rest.split(|b| *b == b'-').collect();
        let spelled = |b: &u8| b.is_ascii_digit() || b"BCDFGHJKMNPQRSTVWXZ".contains(b);
        parts.iter().map(|p| p.len()).eq([4, 4, 4, 1]) && parts.concat().iter().all(spelled)
    })
}

/// True inside of what a policy wrote for a place or occupation, in a text that comes back:
/// `[COMMUNITY: rural, northern Ontario]`. Names are never written so.
fn is_generalised(view: &[u8], token: &Token) -> bool {
    const HEADS: [&str; 6] = [
        "COMMUNITY",
        "POSTAL-CODE",
        "PROFESSION",
        "COLLECTIVIT\u{e9}",
        "COLLECTIVITE",
        "CODE-POSTAL",
    ];
    let near = |b: &&u8| !b"[]\n".contains(b);
    let (start, end) = (token.start as usize, token.end as usize);
    let before = view[..start].iter().rev().take_while(near).take(64).count();
    let behind = view[end..].iter().take_while(near).take(64).count();
    let inside = &view[start - before..end + behind];
    let opened = view[..start - before].ends_with(b"[");
    let closed = view[end + behind..].starts_with(b"]");
    let head = inside.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
    opened && closed && head.len() < inside.len() && HEADS.iter().any(|h| h.as_bytes() == head)
}

/// Less likely words are not told.
const LEAST: f32 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_masking_wrote_is_known_when_it_comes_back() {
        let inside = |text: &str, word: &str| {
            let mut tokens = Vec::new();
            crate::token::tokenize(text, &mut tokens);
            let token = tokens.iter().find(|t| t.text(text) == word).unwrap();
            is_generalised(text.as_bytes(), token) || is_of_service(text.as_bytes(), token)
        };
        assert!(inside("in [COMMUNITY: rural, northern Ontario] now", "Ontario"));
        assert!(inside("see ECHO-4T7K-09BC-ZZ2M-H", "09BC"));
        for text in
            ["[COMMUNITY Okafor]", "[PATIENT: Okafor]", "COMMUNITY: Okafor", "ECHO-Okafor-09BC"]
        {
            assert!(!inside(text, "Okafor"), "{text}");
        }
    }

    #[test]
    fn a_watcher_comes_back_from_bytes_and_a_sleeping_one_does_not() {
        let watcher = Watcher::new(Trees::default(), 0.75);
        assert_eq!(Watcher::from_bytes(&watcher.to_bytes()), Ok(watcher.clone()));
        for bad in [&b""[..], &watcher.to_bytes()[1..], &watcher.to_bytes()[..15]] {
            assert!(Watcher::from_bytes(bad).is_err());
        }
        for bound in [0.0, 1.0, f32::NAN, -1.0] {
            let asleep = Watcher::new(Trees::default(), bound).to_bytes();
            assert!(Watcher::from_bytes(&asleep).is_err(), "{bound}");
        }
    }
}

//! A rule, read and checked: what `load` gives and `compile` takes.

use super::checksum::Checksum;
use super::schema::{Negative, Positive};
use super::syntax;
use crate::entity::{EntityType, RuleId};
use regex_syntax::hir::Hir;

/// A language that a rule claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleLang {
    /// English.
    En,
    /// French.
    Fr,
}

/// Words near a match that raise its score.
#[derive(Clone, Debug)]
pub struct Context {
    /// Folded phrases.
    pub words: Vec<String>,
    /// Reach before the match, in bytes of the view.
    pub within: u32,
    /// Reach behind the match, in bytes of the view.
    pub after: u32,
    /// Without a cue the rule proposes nothing.
    pub required: bool,
}

/// What a number directly behind a cue may look like, whatever the pattern says.
#[derive(Clone, Copy, Debug)]
pub struct Announce {
    /// Fewest digits.
    pub min_digits: u8,
    /// Most digits.
    pub max_digits: u8,
    /// Most letters.
    pub max_letters: u8,
}

/// Scores of a rule, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Scores {
    /// The pattern alone.
    pub alone: f32,
    /// With a cue in reach.
    pub with_context: f32,
    /// With a valid check digit.
    pub valid: f32,
}

/// A rule of the pack.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its public name.
    pub id: RuleId,
    /// The file that holds it, relative to the rule folder.
    pub file: String,
    /// What it finds, in a sentence.
    pub summary: String,
    /// Where the form is documented.
    pub source: String,
    /// Languages it claims.
    pub lang: Vec<RuleLang>,
    /// What its matches are.
    pub entity: EntityType,
    /// The pattern as run: flags in front, folded. Absent when the rule only announces.
    pub pattern: Option<String>,
    /// A capture group named `id` narrows the match to a part.
    pub has_group: bool,
    /// A test on the matched characters.
    pub checksum: Option<Checksum>,
    /// Cues.
    pub context: Option<Context>,
    /// Numbers behind a cue.
    pub announce: Option<Announce>,
    /// Scores.
    pub score: Scores,
    /// The rule speaks for keeping.
    pub keep: bool,
    /// A match may touch letters on either side.
    pub glued: bool,
    /// A byte inside the match that is sought instead of its start, and the bytes to step back over.
    pub anchor: Option<(u8, String)>,
    /// Examples that it must find.
    pub positive: Vec<Positive>,
    /// Examples that it must not find.
    pub negative: Vec<Negative>,
}

impl Rule {
    /// The syntax tree of the pattern, as the engine reads it: bytes, ASCII classes.
    pub(crate) fn hir(&self) -> Option<Hir> {
        let pattern = self.pattern.as_deref()?;
        syntax::parse(pattern).ok()
    }
}

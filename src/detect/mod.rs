//! Document to candidates: every recognizer speaks alone and generously.
//!
//! Enters: a [`Document`]. Leaves: all candidates, those for keeping included, in the order of the
//! recognizers. Nothing here decides; `resolve` does. Nothing here can fail.

pub mod checksum;
mod cue_class;
mod misread;
mod slip;
mod memo;
mod broken;
mod starts;
mod near;
mod pending;
mod scan;
mod pattern;
mod caps;
mod announced;
mod border;
mod keep;
mod listed;
mod form;
mod trees;
mod class;
mod table;
mod columns;
mod surroundings;
mod typing;
mod feature;
mod network;
mod model;
mod peers;
mod sums;
mod second;
mod pair;
mod complete;
mod tagger;
mod occupation;
mod kinship;
mod called;
mod below;
mod subject;
mod aged;
mod roles;

pub use class::{CLASSES, Class};
pub(crate) use feature::Features;
pub use model::{Model, ModelError};
#[cfg(test)]
pub(crate) use network::Reading as NetworkReading;
pub(crate) use network::{
    APART, EMBED, HIDDEN, HIDDEN_ONE, LAYERS, Layer, Network, ONE, Parts, ROWS as NETWORK_ROWS,
    WEIGHT_MOST,
};
pub use scan::Scratch;
#[cfg(test)]
pub(crate) use second::VALUES;
pub(crate) use second::Values;
pub(crate) use table::{Kept, Places, ROWS, Row};
pub(crate) use trees::{DEPTH, LEAVES, Question, Tree, Trees};
pub(crate) use typing::{Clues, ROWS as TYPING_ROWS, Says, TYPES, class_of, may_be};
pub use typing::{Typing, TypingError};

use crate::decode::Document;
use crate::entity::Candidate;
use crate::rules::RuleSet;
use crate::span::ViewSpan;
use crate::token::Token;

/// The small closed classes of a word, by its hash, as bits: what it announces in either language.
pub(crate) fn cues_of(hash: u64) -> u16 {
    cue_class::CueSet::of(hash).0
}

/// How detection is tuned: by the policy in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Probability of being an identifier from which the tagger proposes a token.
    pub threshold: f32,
    /// Whether the tagger and the lexicons of names and places take part.
    pub names: bool,
    /// Whether the tagger takes part in that.
    pub tagger: bool,
    /// Whether known names are sought through the whole case.
    pub subject: bool,
    /// Whether the tagger names its strongest features in the evidence; it costs time.
    pub explain: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            threshold: DEFAULT_THRESHOLD,
            names: true,
            tagger: true,
            subject: true,
            explain: true,
        }
    }
}

/// The recall-first end of the knee of the curve of recall against over-redaction
/// (`caseveil audit corpus --curve`): a missed identifier harms more than a masked word.
pub const DEFAULT_THRESHOLD: f32 = 0.1;

/// All candidates of a document.
pub fn detect(
    document: &Document<'_>,
    rules: &RuleSet,
    model: Option<&Model>,
    tuning: Tuning,
    scratch: &mut Scratch,
) -> Vec<Candidate> {
    let view = document.view();
    let mut out = before_tagger(view, rules, scratch);
    let mut told = Vec::new();
    // Whole fields are masked whole: nothing shortens them.
    form::propose(document, &mut out);
    if tuning.names {
        if let (Some(model), true) = (model, tuning.tagger) {
            tagger::propose(view, model, tuning, scratch, &mut out);
        }
        announced::keep_labels(view, rules, &scratch.scan, &mut out);
        occupation::propose(view, &scratch.scan, &mut out);
        kinship::propose(view, &scratch.scan, &mut out);
        called::propose(view, &scratch.scan, &mut out);
        below::propose(view, &scratch.scan, &mut out);
        if tuning.subject {
            subject::propose(view, &scratch.scan, &mut out);
        }
        if let (Some(model), true) = (model, tuning.tagger) {
            let Scratch { scan, tagger, .. } = scratch;
            told = typing::tell(view, scan, &tagger.surroundings, &model.typing, &mut out);
            aged::propose(view, scan, &tagger.surroundings.columns, &mut out);
        }
    }
    listed::propose(view, &scratch.scan, &mut out);
    roles::spread(&scratch.scan, &told, &mut out);
    out
}

/// Runs the recognizers that feed the tagger, and gives its features of every token: how training
/// sees a text.
pub(crate) fn features_of(
    document: &Document<'_>,
    rules: &RuleSet,
    scratch: &mut Scratch,
) -> (Vec<Token>, Vec<Features>) {
    let view = document.view();
    let found = before_tagger(view, rules, scratch);
    let Scratch { scan, tagger, .. } = scratch;
    tagger.surroundings.read(view, scan, &found);
    let features = (0..scan.tokens.len()).map(|i| {
        let mut features = Features::none();
        tagger.surroundings.features(view, scan, i, &mut features);
        features
    });
    (scan.tokens.clone(), features.collect())
}

/// Runs the recognizers that feed the tagger, and gives the rows of the network's table that each
/// token's features fall on: how the training of the network sees a text.
pub(crate) fn network_rows_of(
    document: &Document<'_>,
    rules: &RuleSet,
    scratch: &mut Scratch,
) -> (Vec<Token>, Vec<Vec<u16>>) {
    let view = document.view();
    let found = before_tagger(view, rules, scratch);
    let Scratch { scan, tagger, .. } = scratch;
    tagger.surroundings.read(view, scan, &found);
    let rows = (0..scan.tokens.len()).map(|i| {
        let mut rows = network::Rows::default();
        tagger.surroundings.features(view, scan, i, &mut rows);
        rows.0
    });
    (scan.tokens.clone(), rows.collect())
}

/// Everything found of which only the class is known, with its clues, by a model without
/// [`Typing`]: how the training of types sees a text.
pub(crate) fn clues_of(
    document: &Document<'_>,
    rules: &RuleSet,
    untold: &Model,
    scratch: &mut Scratch,
) -> Vec<(ViewSpan, Class, Clues)> {
    let found = detect(document, rules, Some(untold), Tuning::default(), scratch);
    let Scratch { scan, tagger, .. } = scratch;
    let clues = |c: &Candidate| {
        let class = class_of(c)?;
        let clues = Clues::of(document.view(), scan, &tagger.surroundings, c, class)?;
        Some((c.span, class, clues))
    };
    found.iter().filter_map(clues).collect()
}

/// Runs the recognizers that feed the tagger and its chain, and gives what the second reading would
/// decide on of every token, `None` where it would not look: how its training sees a text.
pub(crate) fn values_of(
    document: &Document<'_>,
    rules: &RuleSet,
    model: &Model,
    scratch: &mut Scratch,
) -> (Vec<Token>, Vec<Option<Values>>) {
    let view = document.view();
    let found = before_tagger(view, rules, scratch);
    let values = tagger::values(view, model, scratch, &found);
    (scratch.scan.tokens.clone(), values)
}

/// What keep lists, patterns and cues say: all that the tagger is told.
fn before_tagger(view: &str, rules: &RuleSet, scratch: &mut Scratch) -> Vec<Candidate> {
    scratch.scan.read(view, rules);
    // More are rare.
    let mut out = Vec::with_capacity(scratch.scan.tokens.len() / 2);
    keep::propose(view, rules, &scratch.scan, &mut out);
    pattern::propose(view, rules, scratch, &mut out);
    caps::trim(view, &scratch.scan, &mut out);
    announced::propose(view, rules, &scratch.scan, &mut out);
    border::trim(view, &scratch.scan, &mut out);
    out
}

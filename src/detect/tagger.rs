//! The tagger: a linear chain over the tokens that decides what lists and patterns leave in doubt.
//!
//! A token is proposed on the summed probability of all identifier classes, not on the best path:
//! the sum is what recall needs. Weights are eight-bit; a feature is found by its hash, and one that
//! training did not keep weighs nothing.

use super::Tuning;
use super::feature::{self, Features, Sink, Surroundings, TEMPLATE_NAMES};
use super::scan::{Scan, Scratch};
use super::{complete, names};
use crate::entity::{Candidate, Evidence, RuleId, Score};
use crate::rules::Word;
use crate::span::ViewSpan;
use crate::token::{Token, shape};
use thiserror::Error;

/// What the tagger tells apart. `O` is everything that is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Names of persons, initials, user names.
    Name,
    /// Places and addresses.
    Place,
    /// Facilities and organisations.
    Org,
    /// Dates.
    Date,
    /// Numbers that identify.
    Id,
    /// Phones, e-mail, URLs.
    Contact,
    /// Occupations.
    Profession,
    /// Not an identifier.
    O,
}

/// Number of classes, `O` included.
pub const CLASSES: usize = 8;

impl Class {
    /// All, in the order of the weights.
    pub const ALL: [Self; CLASSES] = [
        Self::Name,
        Self::Place,
        Self::Org,
        Self::Date,
        Self::Id,
        Self::Contact,
        Self::Profession,
        Self::O,
    ];
}

/// Why weights cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// Not a model file of this version.
    #[error("the model has {bytes} bytes or another version; `caseveil train` makes it anew")]
    Format {
        /// Its length.
        bytes: usize,
    },
}

/// One row of eight weights.
pub(crate) type WeightRow = [i8; CLASSES];

/// Weights of the tagger.
#[derive(Clone)]
pub struct Model {
    /// Open addressing over [`SLOTS`]: the high half of a feature's hash, 0 for an empty slot.
    prints: Vec<u16>,
    weights: Vec<WeightRow>,
    /// What one step of a weight is worth.
    scale: f32,
    /// From class to class.
    transitions: [[f32; CLASSES]; CLASSES],
    /// Their exponentials.
    step: [[f32; CLASSES]; CLASSES],
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({} features)", self.prints.iter().filter(|p| **p != 0).count())
    }
}

const MAGIC: &[u8; 8] = b"CVTAG\x00\x00\x03";

/// Slots of the table of features: with a row and a fingerprint each, just under 1 MiB.
const SLOTS: usize = 104_800;

/// Features that a model may keep, so that probes stay short.
pub(crate) const MAX_FEATURES: usize = SLOTS * 4 / 5;

/// The fingerprint of a feature; never 0.
fn print_of(hash: u32) -> u16 {
    ((hash >> 16) as u16).max(1)
}

impl Model {
    fn new(
        prints: Vec<u16>,
        weights: Vec<WeightRow>,
        scale: f32,
        transitions: [[f32; CLASSES]; CLASSES],
    ) -> Self {
        let step = transitions.map(|row| row.map(f32::exp));
        Self { prints, weights, scale, transitions, step }
    }

    /// A model of trained features, in order of their hashes.
    pub(crate) fn from_parts(
        features: &[(u32, WeightRow)],
        scale: f32,
        transitions: [[f32; CLASSES]; CLASSES],
    ) -> Self {
        let mut model = Self::new(vec![0; SLOTS], vec![[0; CLASSES]; SLOTS], scale, transitions);
        for &(hash, row) in features.iter().take(MAX_FEATURES) {
            let mut at = hash as usize % SLOTS;
            while model.prints[at] != 0 && model.prints[at] != print_of(hash) {
                at = (at + 1) % SLOTS;
            }
            if model.prints[at] == 0 {
                model.prints[at] = print_of(hash);
                model.weights[at] = row;
            }
        }
        model
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError::Format`] for bytes that `Model::to_bytes` of this version did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let head = 12 + CLASSES * CLASSES * 4;
        if bytes.len() != head + SLOTS * (2 + CLASSES) || !bytes.starts_with(MAGIC) {
            return Err(ModelError::Format { bytes: bytes.len() });
        }
        let number = |at: usize| {
            f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let mut transitions = [[0.0; CLASSES]; CLASSES];
        for (i, cell) in transitions.as_flattened_mut().iter_mut().enumerate() {
            *cell = number(12 + 4 * i);
        }
        let (prints, weights) = bytes[head..].split_at(SLOTS * 2);
        let row = |r: &[u8]| std::array::from_fn(|c| r[c].cast_signed());
        Ok(Self::new(
            prints.chunks_exact(2).map(|p| u16::from_le_bytes([p[0], p[1]])).collect(),
            weights.chunks_exact(CLASSES).map(row).collect(),
            number(8),
            transitions,
        ))
    }

    /// The model as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.transitions.as_flattened().iter().flat_map(|t| t.to_le_bytes()));
        bytes.extend(self.prints.iter().flat_map(|p| p.to_le_bytes()));
        bytes.extend(self.weights.as_flattened().iter().map(|w| w.cast_unsigned()));
        bytes
    }

    /// The weights of a feature; `None` when training did not keep it.
    #[inline]
    fn row(&self, hash: u32) -> Option<&WeightRow> {
        let mut at = hash as usize % SLOTS;
        // A fifth of the slots is empty, so a probe ends soon.
        for _ in 0..SLOTS {
            let print = self.prints[at];
            if print == print_of(hash) {
                return Some(&self.weights[at]);
            }
            if print == 0 {
                return None;
            }
            at = (at + 1) % SLOTS;
        }
        None
    }

    /// Probabilities of the classes for each token, by forward and backward sums along the chain.
    fn marginals(&self, buffers: &mut Buffers, view: &str, scan: &Scan) {
        let Buffers { surroundings, forward, marginal } = buffers;
        forward.clear();
        marginal.clear();
        let step = &self.step;
        let mut alpha = [1.0; CLASSES];
        for i in 0..scan.tokens.len() {
            let mut scores = Scores { model: self, sum: [0; CLASSES] };
            surroundings.features(view, scan, i, &mut scores);
            let emit = exp_shifted(scores.sum.map(|s| f32::from(s) * self.scale));
            if i > 0 {
                alpha = std::array::from_fn(|to| {
                    (0..CLASSES).map(|from| alpha[from] * step[from][to]).sum()
                });
            }
            alpha = normal(std::array::from_fn(|c| alpha[c] * emit[c]));
            forward.push(alpha);
            marginal.push(emit);
        }
        let mut beta = [1.0; CLASSES];
        for (p, alpha) in marginal.iter_mut().zip(forward).rev() {
            let emit = std::mem::replace(p, normal(std::array::from_fn(|c| alpha[c] * beta[c])));
            beta = normal(std::array::from_fn(|from| {
                (0..CLASSES).map(|to| step[from][to] * emit[to] * beta[to]).sum()
            }));
        }
    }

    /// The templates that speak most for an identifier at this token.
    fn strongest(
        &self,
        buffers: &Buffers,
        view: &str,
        scan: &Scan,
        token: usize,
    ) -> Vec<&'static str> {
        let mut features = Features::none();
        buffers.surroundings.features(view, scan, token, &mut features);
        let gain = |hash: u32| {
            let row = self.row(hash).copied().unwrap_or_default();
            let best = row[..CLASSES - 1].iter().copied().max().unwrap_or(0);
            i32::from(best) - i32::from(row[CLASSES - 1])
        };
        let mut ranked: Vec<(i32, usize)> =
            features.hashes().iter().enumerate().map(|(k, &h)| (-gain(h), k)).collect();
        ranked.sort_unstable();
        let mut names = Vec::new();
        for (_, k) in ranked.into_iter().take(3) {
            let name = TEMPLATE_NAMES[feature::template_group(k, &features)];
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Exponentials relative to the largest: no overflow.
fn exp_shifted(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.map(|s| (s - most).exp().max(1e-12))
}

fn normal(values: [f32; CLASSES]) -> [f32; CLASSES] {
    let sum: f32 = values.iter().sum();
    if sum > 0.0 { values.map(|v| v / sum) } else { [1.0 / CLASSES as f32; CLASSES] }
}

/// Sums of the weights of a token's features, as they come.
struct Scores<'m> {
    model: &'m Model,
    sum: [i16; CLASSES],
}

impl Sink for Scores<'_> {
    #[inline(always)]
    fn take(&mut self, hash: u32) {
        // At most 64 features of at most 127: the sum fits.
        if let Some(row) = self.model.row(hash) {
            for (s, w) in self.sum.iter_mut().zip(row) {
                *s += i16::from(*w);
            }
        }
    }
}

/// Buffers of the tagger, reused.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) surroundings: Surroundings,
    forward: Vec<[f32; CLASSES]>,
    /// First what each token says of itself, then the probabilities.
    marginal: Vec<[f32; CLASSES]>,
}

/// A run of tokens that the tagger proposes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    /// Highest probability in the run.
    pub(super) probability: f32,
}

/// Proposes runs of tokens whose probability of being an identifier reaches the threshold.
pub(super) fn propose(
    view: &str,
    model: &Model,
    Tuning { threshold, explain, .. }: Tuning,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let Scratch { scan, tagger, .. } = scratch;
    tagger.surroundings.read(view, scan, out);
    model.marginals(tagger, view, scan);
    let mut runs = Vec::new();
    for (i, p) in tagger.marginal.iter().enumerate() {
        let identifier = 1.0 - p[CLASSES - 1];
        if identifier < threshold * LEAST {
            continue;
        }
        let best = (0..CLASSES - 1).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap_or(0);
        let class = Class::ALL[best];
        let caution = caution(&scan.tokens[i], scan.words[i]) * wariness(class);
        if identifier < threshold * caution {
            continue;
        }
        match runs.last_mut() {
            Some(Run { end, class: c, probability, .. })
                if *end == i && *c == class && joined(view, &scan.tokens, i) =>
            {
                *end = i + 1;
                *probability = probability.max(identifier);
            }
            _ => runs.push(Run { first: i, end: i + 1, class, probability: identifier }),
        }
    }
    complete::complete(view, scan, &mut runs);
    let id = RuleId::new("model.tagger");
    for run in runs {
        let tokens = &scan.tokens;
        let span = ViewSpan::new(tokens[run.first].start, tokens[run.end - 1].end);
        // From the floor at the threshold to just under a keep list: a list, a title, a label or a
        // cue knows better what a span is.
        let score =
            0.5 + 0.39 * ((run.probability - threshold) / (1.0 - threshold)).clamp(0.0, 1.0);
        let evidence = Evidence {
            model: Some(run.probability),
            features: if explain {
                model.strongest(tagger, view, scan, run.first)
            } else {
                Vec::new()
            },
            ..Evidence::of(&id)
        };
        let entity = names::entity_of(scan, run);
        out.push(Candidate { span, entity, score: Score::new(score), evidence, keep: false });
    }
}

/// The least that [`wariness`] and [`caution`] together come to.
const LEAST: f32 = 0.5;

/// How much surer the tagger must be of a class than of the others, so that a token masked for
/// nothing buys as much recall in each: occupations are found with less than their due, names and
/// places with more (`record/2026-11-25/accuracy.md`).
fn wariness(class: Class) -> f32 {
    match class {
        Class::Profession => 0.6,
        Class::Name => 1.2,
        Class::Place => 1.6,
        Class::Org | Class::Id | Class::Date | Class::Contact | Class::O => 1.0,
    }
}

/// How much surer the tagger must be of a token that is seldom an identifier by itself: short
/// numbers, single letters, very common and medical words, and words in lower case that no list of
/// names holds.
fn caution(token: &Token, word: Word) -> f32 {
    let frequent = word.is_dictionary() && word.english().max(word.french()) >= 12;
    let listed = word.given().max(word.surname()) >= 4 || word.place() != 0;
    if token.is_number() && token.len() <= 3 {
        3.0
    } else if token.len() == 1 {
        if token.has(shape::UPPER) { 2.5 } else { 4.0 }
    } else if frequent && !token.has(shape::FIRST_UPPER) {
        5.0
    } else if !listed
        && (matches!(word.medical(), 1..=4) || word.is_dictionary() || !token.has(shape::UPPER))
    {
        2.0
    } else {
        1.0
    }
}

/// True when nothing but a space, hyphen, apostrophe or point stands before token `i`.
fn joined(view: &str, tokens: &[Token], i: usize) -> bool {
    let gap = &view.as_bytes()[tokens[i - 1].end as usize..tokens[i].start as usize];
    gap.len() <= 2 && gap.iter().all(|b| b" -'.&".contains(b))
}

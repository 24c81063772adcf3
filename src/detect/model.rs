//! The weights of the tagger, as a file and in memory: a table of hashed features, and the trees of
//! the second reading.

use super::trees::Trees;
use std::sync::atomic::{AtomicU64, Ordering};
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
    pub(super) scale: f32,
    /// From class to class.
    transitions: [[f32; CLASSES]; CLASSES],
    /// Their exponentials.
    pub(super) step: [[f32; CLASSES]; CLASSES],
    /// What decides when a token is read again.
    pub(super) second: Trees,
    /// Tells these weights from any others of the process.
    pub(super) number: u64,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({} features)", self.prints.iter().filter(|p| **p != 0).count())
    }
}

const MAGIC: &[u8; 8] = b"CVTAG\x00\x00\x05";

/// Slots of the table of features: with a row and a fingerprint each, and with the trees, just
/// under 1 MiB.
const SLOTS: usize = 102_600;

/// Features that a model may keep, so that probes stay short.
pub(crate) const MAX_FEATURES: usize = SLOTS * 4 / 5;

/// The fingerprint of a feature; never 0.
#[inline]
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
        static MADE: AtomicU64 = AtomicU64::new(1);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let second = Trees::default();
        Self { prints, weights, scale, transitions, step, second, number }
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

    /// The model with trees of a second reading.
    pub(crate) fn with_second(self, second: Trees) -> Self {
        Self { second, ..self }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError::Format`] for bytes that `Model::to_bytes` of this version did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let head = 12 + CLASSES * CLASSES * 4;
        let format = || ModelError::Format { bytes: bytes.len() };
        if !bytes.starts_with(MAGIC) {
            return Err(format());
        }
        let (bytes, second) =
            bytes.split_at_checked(head + SLOTS * (2 + CLASSES)).ok_or_else(format)?;
        let second = Trees::from_bytes(second).ok_or_else(format)?;
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
        )
        .with_second(second))
    }

    /// The model as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.transitions.as_flattened().iter().flat_map(|t| t.to_le_bytes()));
        bytes.extend(self.prints.iter().flat_map(|p| p.to_le_bytes()));
        bytes.extend(self.weights.as_flattened().iter().map(|w| w.cast_unsigned()));
        bytes.extend(self.second.to_bytes());
        bytes
    }

    /// False when training did not keep the feature; true for others, too.
    #[inline]
    pub(super) fn may_keep(&self, hash: u32) -> bool {
        self.prints[hash as usize % SLOTS] != 0
    }

    /// The weights of a feature; `None` when training did not keep it.
    #[inline]
    pub(super) fn row(&self, hash: u32) -> Option<&WeightRow> {
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
}

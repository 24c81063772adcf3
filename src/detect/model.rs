//! The weights of the tagger, as files and in memory: a table of hashed features, the network, and
//! the trees of the second reading.

use super::class::CLASSES;
use super::network::Network;
use super::table::{self, Kept, Row, Sum, Table};
use super::trees::Trees;
use super::typing::Typing;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;

/// Why weights cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// Not a model file of this version.
    #[error("the model has {bytes} bytes or another version; `caseveil train` makes it anew")]
    Format {
        /// Its length.
        bytes: usize,
    },
    /// The network is not the one that the model was trained with, or one of the two is missing.
    #[error("the model and its network are no pair; `caseveil train` makes both anew")]
    Network,
}

/// Weights of the tagger.
#[derive(Clone)]
pub struct Model {
    /// What features say.
    pub(super) table: Table,
    /// What one step of a weight is worth.
    scale: f32,
    /// What is left of a probability when so many steps speak against it.
    falls: Vec<f32>,
    /// From class to class.
    transitions: [[f32; CLASSES]; CLASSES],
    /// Their exponentials.
    pub(super) step: [[f32; CLASSES]; CLASSES],
    /// What sees more of the text; a file of its own.
    pub(super) network: Option<Network>,
    /// What decides when a token is read again.
    pub(super) second: Trees,
    /// What tells the types of what is found; a file of its own.
    pub(super) typing: Typing,
    /// Tells these weights from any others of the process.
    pub(super) number: u64,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({} features)", self.table.len())
    }
}

const MAGIC: &[u8; 8] = b"CVTAG\x00\x00\x08";

/// Bytes in front of the table: version, scale, transitions, digest of the network.
const HEAD: usize = NETWORK_AT + 32;
const NETWORK_AT: usize = 12 + CLASSES * CLASSES * 4;

/// What remains of a probability against which everything speaks.
const LEAST: f32 = 1e-12;

impl Model {
    fn new(table: Table, scale: f32, transitions: [[f32; CLASSES]; CLASSES]) -> Self {
        let step = transitions.map(|row| row.map(f32::exp));
        let fall = |steps: u16| (-f32::from(steps) * scale).exp();
        let mut falls: Vec<f32> = (0..1 << 12).map(fall).take_while(|fall| *fall > LEAST).collect();
        falls.push(LEAST);
        static MADE: AtomicU64 = AtomicU64::new(1);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let (network, second, typing) = (None, Trees::default(), Typing::default());
        Self { table, scale, falls, transitions, step, network, second, typing, number }
    }

    /// A model of trained features that have places in a table, each the sum of two rows.
    pub(crate) fn from_parts(
        features: &[Kept],
        rows: &[Vec<Row>; 2],
        scale: f32,
        transitions: [[f32; CLASSES]; CLASSES],
    ) -> Self {
        Self::new(Table::new(features, rows), scale, transitions)
    }

    /// The model with a network.
    pub(crate) fn with_network(self, network: Option<Network>) -> Self {
        Self { network, ..self }
    }

    /// The model with trees of a second reading.
    pub(crate) fn with_second(self, second: Trees) -> Self {
        Self { second, ..self }
    }

    /// The model with what tells the types of what is found.
    #[must_use]
    pub fn with_typing(self, typing: Typing) -> Self {
        Self { typing, ..self }
    }

    /// Reads a model file, with that of its network, which is empty where there is none.
    ///
    /// # Errors
    /// [`ModelError::Format`] for bytes that `Model::to_bytes` of this version did not write;
    /// [`ModelError::Network`] for a network that is not the model's.
    pub fn from_bytes(bytes: &[u8], network: &[u8]) -> Result<Self, ModelError> {
        let format = || ModelError::Format { bytes: bytes.len() };
        if !bytes.starts_with(MAGIC) {
            return Err(format());
        }
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(format)?;
        let (table, second) = rest.split_at_checked(table::BYTES).ok_or_else(format)?;
        let table = Table::from_bytes(table).ok_or_else(format)?;
        let second = Trees::from_bytes(second).ok_or_else(format)?;
        let number =
            |at: usize| f32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if digest(network)[..] != head[NETWORK_AT..] {
            return Err(ModelError::Network);
        }
        let network = match network {
            [] => None,
            bytes => Some(Network::from_bytes(bytes).ok_or(ModelError::Network)?),
        };
        let mut transitions = [[0.0; CLASSES]; CLASSES];
        for (i, cell) in transitions.as_flattened_mut().iter_mut().enumerate() {
            *cell = number(12 + 4 * i);
        }
        let model = Self::new(table, number(8), transitions);
        Ok(model.with_network(network).with_second(second))
    }

    /// The model as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.transitions.as_flattened().iter().flat_map(|t| t.to_le_bytes()));
        bytes.extend(digest(&self.network_bytes()));
        bytes.extend(self.table.to_bytes());
        bytes.extend(self.second.to_bytes());
        bytes
    }

    /// The network as a file; empty where there is none.
    pub fn network_bytes(&self) -> Vec<u8> {
        self.network.as_ref().map_or_else(Vec::new, Network::to_bytes)
    }

    /// How likely each class is by what speaks for it, relative to the likeliest.
    #[inline]
    pub(super) fn likelihood(&self, sum: &Sum) -> [f32; CLASSES] {
        let most = sum.iter().copied().fold(i16::MIN, i16::max);
        let last = self.falls.len() - 1;
        sum.map(|s| self.falls[(i32::from(most) - i32::from(s)).min(last as i32) as usize])
    }
}

fn digest(network: &[u8]) -> [u8; 32] {
    Sha256::digest(network).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::embedded;

    #[test]
    fn a_model_is_read_with_its_own_network_only() {
        let files = embedded();
        let model = Model::from_bytes(files.model(), files.network()).expect("they are a pair");
        assert_eq!(model.to_bytes(), files.model());
        assert_eq!(model.network_bytes(), files.network());
        let mut other = files.network().to_vec();
        *other.last_mut().expect("there is a network") ^= 1;
        for network in [&other[..], b""] {
            let refused = Model::from_bytes(files.model(), network).err();
            assert_eq!(refused, Some(ModelError::Network));
        }
    }
}

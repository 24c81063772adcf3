//! What the reader finds, in the order of the inputs, and what becomes of it.

use super::done::Done;
use super::error::Refusal;
use super::id::InputId;
use super::intake::Expect;
use super::name::OutputName;
use super::pack::{Archive, Wrap};
use std::sync::Arc;

/// Something that gets an output of its own: a file, or a member of an archive.
#[derive(Clone)]
pub(super) struct Leaf {
    pub(super) id: InputId,
    pub(super) name: Arc<OutputName>,
    /// Compressions around it, the outermost first.
    pub(super) wraps: Vec<Wrap>,
    /// The folder that it lies in, of the input or of its archive.
    pub(super) folder: Arc<str>,
}

/// What opens here and holds what follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Archive(Archive),
    Lines,
}

/// What the reader found.
pub(super) enum Event {
    /// An archive or a file of lines begins.
    Open { leaf: Leaf, holder: Holder },
    /// One whole document.
    Document { leaf: Leaf, bytes: Vec<u8>, expect: Expect },
    /// One line of the file of lines that is open, from 1.
    Line { leaf: Arc<Leaf>, number: usize, bytes: Result<Vec<u8>, Refusal> },
    /// Something that could not even be read.
    Refused { leaf: Leaf, refusal: Refusal },
    /// What was opened last ends: whole, or not.
    Close { end: Result<(), Refusal> },
    /// A file of the walk is worked off, with the digest of its bytes under the key.
    End { digest: Option<[u8; 32]> },
}

/// What became of an event.
pub(super) enum Outcome {
    Open { leaf: Leaf, holder: Holder },
    Document { leaf: Leaf, done: Result<Done, Refusal>, digest: Option<[u8; 32]> },
    Line { number: usize, done: Result<Done, Refusal> },
    Close { end: Result<(), Refusal> },
    End { digest: Option<[u8; 32]> },
}

/// Events in order, and how many bytes of input were read for them.
pub(super) struct Chunk<E> {
    pub(super) events: Vec<E>,
    pub(super) bytes: u64,
}

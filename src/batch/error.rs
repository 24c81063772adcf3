//! What can go wrong with an archive. Inputs are named by position, never by file name or text.

use crate::decode::DecodeError;
use crate::gate::HoldReason;
use std::fmt;
use std::io;
use thiserror::Error;

/// Why a run over an archive stops. What happens to single documents is a [`Refusal`].
#[derive(Debug, Error)]
pub enum BatchError {
    /// A path that was asked for cannot be read.
    #[error("path {path} cannot be read: {kind}")]
    Path {
        /// Which of the paths given, from 1.
        path: usize,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// Outputs would stand among the inputs, where a later run takes them for inputs or where
    /// they replace the originals.
    #[error(
        "the output folder and path {path} lie in one another; choose another folder for --out"
    )]
    OutputAmongInputs {
        /// Which of the paths given, from 1.
        path: usize,
    },
    /// The output folder cannot be made or written.
    #[error("the output folder cannot be written: {0}")]
    Folder(io::ErrorKind),
    /// A masked document could not be written; nothing half-written remains under its name.
    #[error("the output of input {input} cannot be written: {kind}")]
    Write {
        /// Which input, from 1.
        input: usize,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// Worker threads could not be started.
    #[error("cannot start {jobs} worker threads; ask for fewer with --jobs")]
    Workers {
        /// How many were asked for; 0 for one a core.
        jobs: usize,
    },
}

/// Why one document was not released. The run goes on with the next.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(io::ErrorKind),
    /// Its bytes are not what its format says.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It holds something else than text or JSON: an image, a PDF, a word processor's file.
    /// Masking its bytes would leave what it encodes readable.
    #[error("not text, JSON or JSON lines; convert it to text first")]
    Unsupported,
    /// A link to a folder inside of a folder, or a device: not followed, since it may lead back.
    #[error("a link to a folder, or no regular file; give its target as a path of its own")]
    NotAFile,
    /// The gate keeps it back.
    #[error("held: {}", Reasons(.0))]
    Held(Vec<HoldReason>),
    /// A mistake of ours; the document stays here.
    #[error("internal error while masking; please report it")]
    Internal,
}

struct Reasons<'r>(&'r [HoldReason]);

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, reason) in self.0.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            f.write_str(reason.name())?;
        }
        Ok(())
    }
}

/// A document that was not released: where it came from, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which input, from 1, in the order of the walk.
    pub input: usize,
    /// Which line of a JSON lines file, from 1.
    pub line: Option<usize>,
    /// Why.
    pub refusal: Refusal,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.refusal) {
            // The decoder counts lines within the one line that it saw.
            (Some(line), Refusal::Decode(DecodeError::Json { column, .. })) => {
                write!(f, "input {}, line {line}, column {column}: not valid JSON", self.input)
            }
            (Some(line), refusal) => write!(f, "input {}, line {line}: {refusal}", self.input),
            (None, refusal) => write!(f, "input {}: {refusal}", self.input),
        }
    }
}

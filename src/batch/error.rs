//! What can go wrong with an archive. Inputs are named by position, never by file name or text.

use super::id::InputId;
use crate::decode::DecodeError;
use crate::format::FormatError;
use crate::gate::HoldReason;
use serde::{Deserialize, Serialize};
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
    /// The file that says where masking wrote cannot be made.
    #[error("the sidecar file cannot be written: {0}")]
    Sidecar(io::ErrorKind),
    /// The file that says where masking wrote would be handed on with the outputs.
    #[error("the sidecar file would lie in the output folder; choose another place for it")]
    SidecarAmongOutputs,
    /// The output folder holds something already, which would mix with this run's outputs.
    #[error(
        "the output folder is not empty: go on with its run by --resume, or choose another folder"
    )]
    NotEmpty,
    /// `--resume` where no run was begun.
    #[error("the output folder holds no run to go on with: leave --resume away")]
    NothingToResume,
    /// The run was begun with other rules, policy, key or grouping: its outputs would not fit
    /// together.
    #[error(
        "the run was begun with another {what}: resume it with the same, or start anew in another folder"
    )]
    OtherSettings {
        /// What differs.
        what: &'static str,
    },
    /// A finished run and other inputs than it had.
    #[error(
        "the finished run had {before} inputs and there are {now} now: start anew in another folder"
    )]
    OtherInputs {
        /// Inputs that the manifest tells of.
        before: usize,
        /// Inputs that were found now.
        now: usize,
    },
    /// The manifest is not one.
    #[error("line {line} of the manifest is not one that Caseveil wrote")]
    Manifest {
        /// Which line, from 1.
        line: usize,
    },
    /// Too little room on the disk of the output folder.
    #[error(
        "the disk has {free} bytes free and {needed} are needed: make room and go on with --resume"
    )]
    Space {
        /// Bytes free.
        free: u64,
        /// Bytes needed.
        needed: u64,
    },
    /// More is known of all groups together than fits into memory.
    #[error(
        "the groups hold more than {bytes} bytes of names and numbers: split the archive between groups"
    )]
    Groups {
        /// Bytes allowed.
        bytes: usize,
    },
    /// Somebody asked the run to stop.
    #[error("stopped after {done} of {inputs} inputs: go on with --resume")]
    Interrupted {
        /// Inputs that are complete.
        done: usize,
        /// All inputs.
        inputs: usize,
    },
    /// A masked document could not be written; nothing half-written remains under its name.
    #[error("the output of input {input} cannot be written: {kind}")]
    Write {
        /// Which input, from 1.
        input: usize,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The reading thread ended before its time: a mistake of ours. Nothing is lost; the run can
    /// be resumed.
    #[error("internal error while reading; please report it; go on with --resume")]
    Reader,
    /// Worker threads could not be started.
    #[error("cannot start {jobs} worker threads; ask for fewer with --jobs")]
    Workers {
        /// How many were asked for; 0 for one a core.
        jobs: usize,
    },
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The gate let it pass; it is written.
    Released,
    /// The gate keeps it back for a person.
    Held,
    /// It is of a kind that is not taken.
    Refused,
    /// It is damaged, hostile or could not be worked off; look at it before anything else.
    Quarantined,
}

impl Status {
    /// The stable name, such as `held`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
        }
    }
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
    /// Its format cannot be searched, or it is not whole.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It holds something else than text or JSON: an image, a word processor's file.
    /// Masking its bytes would leave what it encodes readable.
    #[error("not text, JSON or JSON lines; convert it to text first")]
    Unsupported,
    /// A link to a folder inside of a folder, or a device: not followed, since it may lead back.
    #[error("a link to a folder, or no regular file; give its target as a path of its own")]
    NotAFile,
    /// A compressed file or archive that ends early or does not hold together.
    #[error("damaged: the {0} ends early or does not hold together")]
    Damaged(&'static str),
    /// Packed in a way that is not read.
    #[error("packed in a way that is not read ({0}); unpack it first")]
    Packing(&'static str),
    /// Behind a password.
    #[error("encrypted: unpack it with its password first")]
    Encrypted,
    /// A member whose path leads out of its archive.
    #[error("the path of the member leads out of its archive")]
    Escapes,
    /// Unpacks to more than a bound allows.
    #[error("unpacks to too much: more than {bound} {what}")]
    Bomb {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        bound: u64,
    },
    /// A gold document that is scored and never read: not even its masked text is written.
    #[error("a gold document that is held out; take those out first")]
    HeldOut,
    /// The gate keeps it back.
    #[error("held: {}", Reasons(.0))]
    Held(Vec<HoldReason>),
    /// A mistake of ours; the document stays here.
    #[error("internal error while masking; please report it")]
    Internal,
}

impl Refusal {
    /// What becomes of an input for this reason.
    pub fn status(&self) -> Status {
        match self {
            Self::Held(_) => Status::Held,
            Self::Unsupported
            | Self::HeldOut
            | Self::Packing(_)
            | Self::Format(FormatError::Unsupported(_) | FormatError::NoText { .. }) => {
                Status::Refused
            }
            Self::Format(FormatError::Held) => Status::Held,
            _ => Status::Quarantined,
        }
    }
}

struct Reasons<'r>(&'r [HoldReason]);

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<&str> = Vec::new();
        for reason in self.0 {
            if !told.contains(&reason.name()) {
                f.write_str(if told.is_empty() { "" } else { ", " })?;
                f.write_str(reason.name())?;
                told.push(reason.name());
            }
        }
        Ok(())
    }
}

/// A document that was not released: where it came from, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which input, in the order of the walk.
    pub input: InputId,
    /// Which line of a JSON lines file, from 1.
    pub line: Option<usize>,
    /// What became of it.
    pub status: Status,
    /// Why, without a word of it.
    pub reason: String,
}

/// A reason as it is told: the decoder counts lines within the one line that it saw.
pub(super) fn reason(refusal: &Refusal, line: Option<usize>) -> String {
    match (line, refusal) {
        (
            Some(_),
            Refusal::Decode(DecodeError::Json { column, .. })
            | Refusal::Format(FormatError::Decode(DecodeError::Json { column, .. })),
        ) => {
            format!("not valid JSON at column {column}")
        }
        _ => refusal.to_string(),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "input {}", self.input)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        let status = self.status.name();
        match self.reason.strip_prefix("held: ") {
            Some(reasons) => write!(f, ": held: {reasons}"),
            None => write!(f, ": {status}: {}", self.reason),
        }
    }
}

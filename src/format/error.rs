//! Why a document cannot be opened or written. No error carries text of the input.

use crate::decode::DecodeError;
use thiserror::Error;

/// Why a document cannot be opened or written. No variant carries text of the input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// A kind of file that nobody can search here.
    #[error("{0} cannot be searched; convert it to a supported format first")]
    Unsupported(&'static str),
    /// Its content is locked.
    #[error("the {0} is encrypted or protected by a password; remove the protection first")]
    Encrypted(&'static str),
    /// It carries programs.
    #[error("the {0} holds macros; save it without them first")]
    Macros(&'static str),
    /// Its structure is broken at a place.
    #[error("not valid {format} at {place}: {problem}")]
    Syntax {
        /// The format that it is read as.
        format: &'static str,
        /// Where: a line, a byte, a part; never text.
        place: String,
        /// What is wrong there.
        problem: &'static str,
    },
    /// Bytes that are no text in the encoding that the document names or seems to have.
    #[error("the text is not valid in its encoding; save it as UTF-8")]
    Encoding,
    /// Pages without text: pictures of pages.
    #[error("page {page} of the {what} has no text layer: recognise its text first")]
    NoText {
        /// What it is.
        what: &'static str,
        /// Which page, from 1.
        page: usize,
    },
    /// Unpacked, it is larger than what is allowed.
    #[error("unpacked, the document is larger than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// Documents within documents, deeper than anybody sends.
    #[error("documents are nested deeper than {0} levels")]
    TooDeep(usize),
    /// It holds a document that cannot be written back in its place and whose content counts.
    #[error("{0} lies within the document: take it out and give it as a file of its own")]
    Within(&'static str),
    /// Written without all of its cases being released.
    #[error("a part of the document is held: it is not written")]
    Held,
    /// Not one JSON value, or too large for one case.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

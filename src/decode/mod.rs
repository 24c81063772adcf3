//! Bytes to case to document: what a spoke sent becomes text that detection can read.
//!
//! Enters: bytes and what is known of their format. Leaves: a [`Case`], then its [`Document`].
//! Errors say where, never what.

mod fold;
mod markup;
mod normalize;
mod document;
mod text;
mod form;
mod json;

pub use document::{Document, Segment};
pub use form::{AnswerKind, FieldRule, Form, FormError};
pub use normalize::Normalized;
pub use text::text;

use crate::case::{Case, CaseId};
use crate::fault::{self, Part};
use thiserror::Error;

/// Why bytes could not be read as a case. No variant carries text of the input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not one JSON value, or nested deeper than 127 levels.
    #[error("not valid JSON at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// More bytes than the engine's positions can count.
    #[error("the input has {bytes} bytes; the limit for one case is {limit}")]
    TooLarge {
        /// Bytes received.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// What the bytes are said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Running text in any supported encoding.
    Text,
    /// One JSON value in UTF-8.
    Json,
}

/// Bytes of one case that positions can count: the view may be longer than its source.
const MAX_BYTES: usize = 1 << 30;

/// Reads bytes as a case.
///
/// # Errors
/// [`DecodeError::Json`] when `format` is JSON and the bytes are not; [`DecodeError::TooLarge`]
/// beyond 1 GiB. Text always decodes.
///
/// # Examples
/// ```
/// use caseveil::{case::CaseId, decode::{decode, Format}};
/// let case = decode(CaseId::new("c1"), br#"{"age": 47, "notes": ["pain 7/10"]}"#, Format::Json, None)?;
/// assert_eq!(case.fields.len(), 4); // two keys, a number, a string
/// assert!(decode(CaseId::new("c2"), b"{\"a\": Jane", Format::Json, None).is_err());
/// # Ok::<(), caseveil::decode::DecodeError>(())
/// ```
pub fn decode(
    id: CaseId,
    bytes: &[u8],
    format: Format,
    form: Option<&Form>,
) -> Result<Case, DecodeError> {
    if fault::fails(Part::Decode) {
        return Err(DecodeError::Json { line: 1, column: 1 });
    }
    if fault::empties(Part::Decode) {
        return Ok(Case { id, ..Case::from_text("", "") });
    }
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len(), limit: MAX_BYTES });
    }
    match format {
        Format::Text => {
            let (text, _) = text(bytes);
            Ok(Case { id, ..Case::from_text("", text) })
        }
        // JSON in another encoding is turned into UTF-8 first.
        Format::Json if std::str::from_utf8(bytes).is_err() => {
            let (text, _) = text(bytes);
            json::decode(id, text.as_bytes(), form)
        }
        Format::Json => json::decode(id, bytes, form),
    }
}

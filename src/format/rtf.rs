//! RTF: paragraphs whole, however many runs they have; hidden and deleted text, fields, notes,
//! headers, properties and every destination that nobody knows. Pictures and objects are emptied.

mod frame;
mod token;
mod word;
mod walk;
mod sign;
mod control;

use super::charset::Charset;
use super::part::{Builder, Fill, Part};
use super::{Content, FormatError, Nest};
use token::Tokens;
use walk::Walk;

/// How deep groups may lie in groups.
const GROUPS: usize = 1000;

fn broken(byte: usize, problem: &'static str) -> FormatError {
    FormatError::Syntax { format: "RTF", place: format!("byte {byte}"), problem }
}

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    if !bytes.starts_with(b"{\\rtf") {
        return Err(broken(0, "it does not begin as RTF does"));
    }
    let source = encoding_rs::mem::decode_latin1(bytes).into_owned();
    let mut part = Part::new(source.clone(), Charset::BYTES);
    let mut tokens = Tokens::new(&source);
    let mut walk = Walk::new(nest);
    while let Some((token, range)) = tokens.next()? {
        walk.token(&token, range.clone(), &mut part, builder)?;
        if walk.groups.is_empty() {
            // Behind the last group no reader looks.
            if !source[range.end..].trim().is_empty() {
                part.slot(range.end..source.len(), Fill::Fixed(String::new()));
            }
            return Ok(Content::Part(part));
        }
    }
    Err(broken(source.len(), "a group is not closed"))
}

//! Bytes as a document: what they are, and whether they may be read at all.

use super::error::Refusal;
use super::source::is_opaque;
use crate::case::CaseId;
use crate::decode;
use crate::format::{self, Format, Opened};
use crate::pipeline::Deidentifier;
use std::sync::Arc;

/// Longest document or line, in bytes: what one worker may hold in memory.
pub(super) const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// What the bytes are, as far as the caller knows.
#[derive(Clone)]
pub(super) enum Expect {
    Exactly(Format),
    /// A line of a file of lines.
    Line,
    /// Told from the content and, where that leaves a doubt, from this name.
    Named(Option<Arc<str>>),
}

/// True for what says, as gold documents do in their first line or under `meta`, that it is held
/// out: whoever reads it makes it useless for measuring. It is sought everywhere, since a file may
/// hold many documents.
pub(crate) fn is_held_out(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"held_out").any(|at| {
        let before = bytes[..at].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before).trim_ascii_end();
        let before =
            before.strip_suffix(b":").or(before.strip_suffix(b"=")).map(<[u8]>::trim_ascii_end);
        before.is_some_and(|b| b.strip_suffix(b"\"").unwrap_or(b).ends_with(b"split"))
    })
}

/// Bytes as an opened document, and what it is.
pub(super) fn open(
    engine: &Deidentifier,
    id: &CaseId,
    bytes: &[u8],
    expect: &Expect,
) -> Result<(Opened, Format), Refusal> {
    if is_held_out(bytes) {
        return Err(Refusal::HeldOut);
    }
    let format = match expect {
        Expect::Exactly(format) => *format,
        Expect::Line if std::str::from_utf8(bytes).is_ok_and(format::is_fhir) => Format::Fhir,
        Expect::Line => Format::Json,
        Expect::Named(name) => format::sniff(name.as_deref(), bytes)?,
    };
    if format == Format::Text && is_broken_utf8(bytes) {
        return Err(Refusal::Damaged("UTF-8 text"));
    }
    let opened = format::open(format, id, bytes, engine.rules().forms.first())?;
    let opaque = |text: &str| is_opaque(bytes, text);
    if format == Format::Text && opened.cases().iter().any(|c| opaque(&c.fields[0].text)) {
        return Err(Refusal::Unsupported);
    }
    Ok((opened, format))
}

/// True for UTF-8 with bytes in it that are none. Read as Windows-1252 its accents would be two
/// signs each, and names with accents would not be names.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() || decode::text(bytes).1.starts_with("UTF-16") {
        return false;
    }
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_documents_are_told_however_their_json_is_spaced() {
        for (text, held_out) in [
            ("#! layout=form ; split=held_out\nx", true),
            ("{\"meta\":{\"split\":\"held_out\"}}", true),
            ("{\"meta\": {\"split\" : \"held_out\"}}", true),
            ("{\"meta\": {\"split\":\n  \"held_out\"}}", true),
            ("split=dev, held_out of the trial", false),
            ("she held_out her arm: split", false),
            ("held_out", false),
        ] {
            assert_eq!(is_held_out(text.as_bytes()), held_out, "{text}");
        }
    }

    #[test]
    fn broken_utf8_is_told_from_other_encodings() {
        let latin: Vec<u8> = "née à Orléans, lombalgie sévère".chars().map(|c| c as u8).collect();
        let marked: Vec<u8> = "\u{feff}née".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, broken) in [
            ("née à Orléans".as_bytes().to_vec(), false),
            (latin, false),
            (marked, false),
            (b"plain".to_vec(), false),
            (["née à Orléans ".as_bytes(), b"\xff"].concat(), true),
        ] {
            assert_eq!(is_broken_utf8(&bytes), broken, "{bytes:?}");
        }
    }
}

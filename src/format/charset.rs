//! The encoding a text came in, so that it can be written back in it.

use super::FormatError;
use crate::decode;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// An encoding, and whether a mark stood in front.
#[derive(Clone, Copy)]
pub(super) struct Charset {
    encoding: &'static Encoding,
    marked: bool,
    /// Each character stands for one byte.
    bytes: bool,
}

impl Charset {
    /// What is written anew.
    pub(super) const UTF8: Self = Self { encoding: UTF_8, marked: false, bytes: false };

    /// Bytes of no one encoding, each a character.
    pub(super) const BYTES: Self = Self { encoding: UTF_8, marked: false, bytes: true };

    /// Reads bytes in the encoding that a label names, otherwise in the one that they look like.
    ///
    /// # Errors
    /// [`FormatError::Encoding`] when the bytes are not text in it: what cannot be read cannot be
    /// searched.
    pub(super) fn read(bytes: &[u8], label: Option<&str>) -> Result<(String, Self), FormatError> {
        let bom = Encoding::for_bom(bytes);
        let marked = bom.is_some();
        let named = match (bom, label) {
            (Some((encoding, _)), _) => encoding,
            (None, Some(label)) => {
                Encoding::for_label(label.as_bytes()).ok_or(FormatError::Encoding)?
            }
            (None, None) => Encoding::for_label(decode::text(bytes).1.as_bytes()).unwrap_or(UTF_8),
        };
        // A file that says ASCII or Latin-1 and is UTF-8 is read as what it is.
        let encoding =
            if std::str::from_utf8(bytes).is_ok() && !is_utf16(named) { UTF_8 } else { named };
        let (text, wrong) = encoding.decode_with_bom_removal(bytes);
        if wrong || text.contains('\0') {
            return Err(FormatError::Encoding);
        }
        // Pure ASCII keeps its label, and what is written into it must fit that.
        let encoding = if bytes.is_ascii() && label.is_some() { named } else { encoding };
        Ok((text.into_owned(), Self { encoding, marked, bytes: false }))
    }

    /// Writes text in the encoding; a character that it lacks becomes a numeric reference.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        if self.bytes {
            return encoding_rs::mem::encode_latin1_lossy(text).into_owned();
        }
        if is_utf16(self.encoding) {
            let little = self.encoding == UTF_16LE;
            let mark = self.marked.then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            return units
                .flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() })
                .collect();
        }
        let body = self.encoding.encode(text).0.into_owned();
        if self.marked { [b"\xef\xbb\xbf".as_slice(), &body].concat() } else { body }
    }
}

fn is_utf16(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

//! JSON lines, one by one: what is too long is passed over, not held.

use super::error::Refusal;
use super::intake::MAX_DOCUMENT_BYTES;
use crate::decode;
use crate::decode::DecodeError;
use std::io::{self, BufRead, Cursor, Read};

/// Longest line: the gate holds anything of more than 1 MiB of text.
pub(super) const MAX_LINE_BYTES: usize = 16 << 20;

/// Visits every line that is not blank, with its number from 1, or why it was passed over.
pub(super) fn each<E>(
    reader: impl BufRead,
    visit: impl FnMut(usize, Result<Vec<u8>, Refusal>) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    match as_utf8(reader) {
        Ok(Input::Utf8(reader)) => each_line(reader, visit),
        Ok(Input::Decoded(text)) => each_line(Cursor::new(text), visit),
        Err(e) => Ok(Err(e)),
    }
}

enum Input<R> {
    Utf8(R),
    Decoded(String),
}

/// In UTF-16 a line break is two bytes: such an input is turned into UTF-8 as a whole.
fn as_utf8<R: BufRead>(mut reader: R) -> io::Result<Input<R>> {
    let head = reader.fill_buf()?;
    if !decode::text(&head[..head.len().min(4096)]).1.starts_with("UTF-16") {
        return Ok(Input::Utf8(reader));
    }
    let mut bytes = Vec::new();
    reader.take(MAX_DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Input::Decoded(decode::text(&bytes).0))
}

fn each_line<E>(
    mut reader: impl BufRead,
    mut visit: impl FnMut(usize, Result<Vec<u8>, Refusal>) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    let mut number = 0;
    loop {
        let bytes = match read_line(&mut reader) {
            Ok(None) => return Ok(Ok(())),
            Ok(Some((bytes, _))) => bytes,
            Err(e) => return Ok(Err(e)),
        };
        number += 1;
        if !bytes.as_ref().is_ok_and(|b| b.trim_ascii().is_empty()) {
            visit(number, bytes)?;
        }
    }
}

/// A line with its break, or why it was passed over; and its length in bytes.
type Taken = (Result<Vec<u8>, Refusal>, usize);

/// The next line; what is too long is passed over, not held.
fn read_line(reader: &mut impl BufRead) -> io::Result<Option<Taken>> {
    let mut bytes = Vec::new();
    let mut length = reader.by_ref().take(MAX_LINE_BYTES as u64).read_until(b'\n', &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    if length < MAX_LINE_BYTES || bytes.ends_with(b"\n") {
        return Ok(Some((Ok(bytes), length)));
    }
    drop(bytes);
    length += skip_line(reader)?;
    let limit = MAX_LINE_BYTES;
    Ok(Some((Err(DecodeError::TooLarge { bytes: length, limit }.into()), length)))
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<usize> {
    let mut skipped = 0;
    loop {
        let held = reader.fill_buf()?;
        let found = memchr::memchr(b'\n', held);
        let n = found.map_or(held.len(), |i| i + 1);
        reader.consume(n);
        skipped += n;
        if found.is_some() || n == 0 {
            return Ok(skipped);
        }
    }
}

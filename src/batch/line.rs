//! JSON lines in chunks: a reader on its own thread, a bounded channel, memory of a few chunks.

use super::error::Refusal;
use super::worker::MAX_DOCUMENT_BYTES;
use crate::decode;
use crate::decode::DecodeError;
use std::io::{self, BufRead, Cursor, Read};
use std::sync::mpsc::SyncSender;

/// Lines that are masked and written together, at most.
const CHUNK_LINES: usize = 256;
/// Bytes of lines that are masked and written together, about.
const CHUNK_BYTES: usize = 4 << 20;

/// One line of the input that is not blank.
pub(super) struct Line {
    /// From 1, blank lines counted.
    pub(super) number: usize,
    /// Its bytes, or why they were passed over.
    pub(super) bytes: Result<Vec<u8>, Refusal>,
}

/// Lines in order, and how many bytes of input they were.
pub(super) struct Chunk {
    pub(super) lines: Vec<Line>,
    pub(super) bytes: usize,
}

/// Sends all lines of `reader`, until the other side wants no more. An error of reading is the
/// last thing sent.
pub(super) fn send(reader: impl BufRead, to: &SyncSender<io::Result<Chunk>>) {
    let sent = match as_utf8(reader) {
        Ok(Input::Utf8(reader)) => send_lines(reader, to),
        Ok(Input::Decoded(text)) => send_lines(Cursor::new(text), to),
        Err(e) => Err(e),
    };
    if let Err(e) = sent {
        // Nobody there to hear it: the run has stopped for a reason of its own.
        let _ = to.send(Err(e));
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

fn send_lines(mut reader: impl BufRead, to: &SyncSender<io::Result<Chunk>>) -> io::Result<()> {
    let mut number = 0;
    loop {
        let mut chunk = Chunk { lines: Vec::new(), bytes: 0 };
        let mut end = false;
        while chunk.lines.len() < CHUNK_LINES && chunk.bytes < CHUNK_BYTES {
            let Some((bytes, length)) = read_line(&mut reader)? else {
                end = true;
                break;
            };
            number += 1;
            chunk.bytes += length;
            let blank = bytes.as_ref().is_ok_and(|b| b.trim_ascii().is_empty());
            if !blank {
                chunk.lines.push(Line { number, bytes });
            }
        }
        if to.send(Ok(chunk)).is_err() || end {
            return Ok(());
        }
    }
}

/// A line with its break, or why it was passed over; and its length in bytes.
type Taken = (Result<Vec<u8>, Refusal>, usize);

/// The next line; what is too long is passed over, not held.
fn read_line(reader: &mut impl BufRead) -> io::Result<Option<Taken>> {
    let mut bytes = Vec::new();
    let mut length =
        reader.by_ref().take(MAX_DOCUMENT_BYTES as u64).read_until(b'\n', &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    if length < MAX_DOCUMENT_BYTES || bytes.ends_with(b"\n") {
        return Ok(Some((Ok(bytes), length)));
    }
    drop(bytes);
    length += skip_line(reader)?;
    let limit = MAX_DOCUMENT_BYTES;
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

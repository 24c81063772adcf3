//! Bytes on their way into the batch: from a file or out of something packed, their first bytes
//! looked at, read whole within the limit of a document.

use super::error::Refusal;
use super::intake::MAX_DOCUMENT_BYTES;
use super::pack::{HEAD, Tap, refusal_of};
use crate::decode::DecodeError;
use crate::key::{KeyRing, Purpose};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::rc::Rc;

/// Where bytes come from.
pub(super) enum Body<'r> {
    File(File),
    Stream(&'r mut dyn Read),
}

pub(super) trait SeekRead: Read + Seek {}
impl<T: Read + Seek> SeekRead for T {}

/// A body whose first bytes were seen.
pub(super) enum Peeked<'r> {
    File(File),
    Stream(Cursor<Vec<u8>>, &'r mut dyn Read),
}

impl Peeked<'_> {
    /// Its bytes from the start; a file of the walk counts into `read`.
    pub(super) fn reader(&mut self, read: &Rc<Cell<u64>>) -> Box<dyn Read + '_> {
        match self {
            Self::File(file) => Box::new(Tap::new(file, Rc::clone(read))),
            Self::Stream(head, rest) => Box::new(head.chain(rest)),
        }
    }
}

/// The first bytes of a body, and the body with them.
pub(super) fn peek(body: Body<'_>) -> io::Result<(Vec<u8>, Peeked<'_>)> {
    let mut head = Vec::new();
    Ok(match body {
        Body::File(mut file) => {
            (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
            file.rewind()?;
            (head, Peeked::File(file))
        }
        Body::Stream(stream) => {
            (&mut *stream).take(HEAD as u64).read_to_end(&mut head)?;
            (head.clone(), Peeked::Stream(Cursor::new(head), stream))
        }
    })
}

/// All bytes, up to the limit of a document.
pub(super) fn read_whole(
    reader: &mut dyn Read,
    packed: Option<&'static str>,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|e| refusal_of(&e, packed))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len(), limit: MAX_DOCUMENT_BYTES }.into());
    }
    Ok(bytes)
}

/// The digest of a whole file under the key; it stands at its start before and behind.
pub(super) fn digest_of(file: &mut File, key: &KeyRing) -> io::Result<[u8; 32]> {
    let mut digest = key.digest(Purpose::Manifest);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        digest.update(&buffer[..n]);
    }
    file.rewind()?;
    Ok(digest.finish())
}

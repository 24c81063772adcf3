//! Readers that count: what is read from the input, and what that unpacks to.

use super::Limits;
use crate::batch::error::Refusal;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// What one input may still unpack to; shared by all readers within it.
#[derive(Clone)]
pub(in crate::batch) struct Budget {
    pub(in crate::batch) limits: Limits,
    unpacked: Rc<Cell<u64>>,
    members: Rc<Cell<usize>>,
}

impl Budget {
    pub(in crate::batch) fn new(limits: Limits) -> Self {
        Self { limits, unpacked: Rc::default(), members: Rc::default() }
    }

    /// One member more.
    pub(in crate::batch) fn member(&self) -> Result<(), Refusal> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > self.limits.members {
            return Err(Refusal::Bomb { what: "members", bound: self.limits.members as u64 });
        }
        Ok(())
    }
}

/// A refusal on its way through readers that know of input and output errors only.
#[derive(Debug)]
struct Tripped(Refusal);

impl fmt::Display for Tripped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Tripped {}

/// Why a read failed; `packed` says what was being unpacked, if anything.
pub(in crate::batch) fn refusal_of(e: &io::Error, packed: Option<&'static str>) -> Refusal {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    if let Some(Tripped(refusal)) = e.get_ref().and_then(|e| e.downcast_ref()) {
        return refusal.clone();
    }
    match packed {
        Some(what) if matches!(e.kind(), InvalidData | InvalidInput | Other | UnexpectedEof) => {
            Refusal::Damaged(what)
        }
        _ => Refusal::Read(e.kind()),
    }
}

/// Counts what is read, shared with whoever asks.
pub(in crate::batch) struct Tap<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R> Tap<R> {
    pub(in crate::batch) fn new(inner: R, read: Rc<Cell<u64>>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.set(self.read.get() + n as u64);
        Ok(n)
    }
}

/// An unpacking reader within its bounds.
pub(in crate::batch) struct Guard<R> {
    inner: R,
    /// Packed bytes read by it.
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    budget: Budget,
}

impl<R> Guard<R> {
    /// `packed` counts what `inner` reads.
    pub(in crate::batch) fn new(inner: R, packed: Rc<Cell<u64>>, budget: &Budget) -> Self {
        Self { inner, packed, unpacked: 0, budget: budget.clone() }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)? as u64;
        let Limits { total, ratio, free, .. } = self.budget.limits;
        self.unpacked += n;
        let all = self.budget.unpacked.get() + n;
        self.budget.unpacked.set(all);
        let refusal = if all > total {
            Refusal::Bomb { what: "bytes", bound: total }
        } else if self.unpacked > free && self.unpacked / ratio > self.packed.get() {
            Refusal::Bomb { what: "times its packed size", bound: ratio }
        } else {
            return Ok(n as usize);
        };
        Err(io::Error::other(Tripped(refusal)))
    }
}

/// Largest window that a zstd frame may ask for.
const WINDOW: u64 = 32 << 20;

/// All frames of a zstd stream; frames that hold no data are passed over.
pub(in crate::batch) struct Zstd<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: Read> Zstd<R> {
    pub(in crate::batch) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Self { source: BufReader::new(source), decoder, in_frame: false }
    }

    /// Begins the next frame; false at the end.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                    let refusal = Refusal::Packing("a zstd window beyond 32 MiB");
                    return Err(io::Error::other(Tripped(refusal)));
                }
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if !self.in_frame {
                if !self.begin()? {
                    return Ok(0);
                }
                self.in_frame = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.source, blocks);
                decoded.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            }
            let n = self.decoder.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            let (said, found) =
                (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
            if said.is_some() && said != found {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.in_frame = false;
        }
        Ok(0)
    }
}

//! Masked documents packed the way their inputs were. No times, owners or comments: they would
//! tell of the originals, and the bytes would not be the same twice.

use super::{Archive, Wrap};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::{self, Read, Write};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Bytes that become one zstd frame; frames follow one another.
const FRAME: usize = 1 << 20;

/// A writer inside of any number of compressions.
pub(in crate::batch) enum Packed<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<Packed<W>>>),
    Zstd(Box<(Packed<W>, Vec<u8>)>),
}

impl<W: Write> Packed<W> {
    /// The outermost compression comes first in `wraps`.
    pub(in crate::batch) fn new(writer: W, wraps: &[Wrap]) -> Self {
        wraps.iter().fold(Self::Plain(writer), |inner, wrap| match wrap {
            Wrap::Gzip => Self::Gzip(Box::new(GzEncoder::new(inner, Compression::default()))),
            Wrap::Zstd => Self::Zstd(Box::new((inner, Vec::new()))),
        })
    }

    /// Writes the ends of all compressions.
    pub(in crate::batch) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(writer) => Ok(writer),
            Self::Gzip(encoder) => encoder.finish()?.finish(),
            Self::Zstd(pair) => {
                let (mut inner, held) = *pair;
                inner.write_all(&compress_to_vec(held.as_slice(), CompressionLevel::Fastest))?;
                inner.finish()
            }
        }
    }
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(pair) => {
                let (inner, held) = pair.as_mut();
                let n = bytes.len().min(FRAME - held.len());
                held.extend_from_slice(&bytes[..n]);
                if held.len() == FRAME {
                    let frame = compress_to_vec(held.as_slice(), CompressionLevel::Fastest);
                    held.clear();
                    inner.write_all(&frame)?;
                }
                Ok(n)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            // What is held back belongs to a frame that has not ended.
            Self::Gzip(_) | Self::Zstd(_) => Ok(()),
        }
    }
}

/// An archive, or running bytes, being written.
pub(in crate::batch) enum Packer<W: Write> {
    Bytes(Packed<W>),
    Zip(Box<ZipWriter<StreamWriter<Packed<W>>>>),
    Tar(Box<tar::Builder<Packed<W>>>),
}

impl<W: Write> Packer<W> {
    pub(in crate::batch) fn new(writer: W, wraps: &[Wrap], archive: Option<Archive>) -> Self {
        let packed = Packed::new(writer, wraps);
        match archive {
            None => Self::Bytes(packed),
            Some(Archive::Zip) => Self::Zip(Box::new(ZipWriter::new_stream(packed))),
            Some(Archive::Tar) => Self::Tar(Box::new(tar::Builder::new(packed))),
        }
    }

    /// Adds a member of that many bytes; running bytes have no members and take them as they are.
    pub(in crate::batch) fn member(
        &mut self,
        name: &str,
        size: u64,
        from: &mut dyn Read,
    ) -> io::Result<()> {
        match self {
            Self::Bytes(packed) => io::copy(from, packed).map(|_| ()),
            Self::Zip(zip) => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::default())
                    .large_file(size >= u64::from(u32::MAX));
                zip.start_file(name, options).map_err(io::Error::other)?;
                io::copy(from, zip).map(|_| ())
            }
            Self::Tar(tar) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(size);
                header.set_mode(0o644);
                header.set_mtime(0);
                tar.append_data(&mut header, name, from)
            }
        }
    }

    /// Writes what stands at the end of the archive and of the compressions around it.
    pub(in crate::batch) fn finish(self) -> io::Result<W> {
        match self {
            Self::Bytes(packed) => packed.finish(),
            Self::Zip(zip) => zip.finish().map_err(io::Error::other)?.into_inner().finish(),
            Self::Tar(tar) => tar.into_inner()?.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::pack::Zstd;
    use flate2::read::MultiGzDecoder;

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let text: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        for wraps in [vec![], vec![Wrap::Gzip], vec![Wrap::Zstd], vec![Wrap::Gzip, Wrap::Zstd]] {
            let mut packed = Packed::new(Vec::new(), &wraps);
            packed.write_all(&text).unwrap();
            let bytes = packed.finish().unwrap();
            let mut reader: Box<dyn Read> = Box::new(io::Cursor::new(bytes));
            for wrap in &wraps {
                reader = match wrap {
                    Wrap::Gzip => Box::new(MultiGzDecoder::new(reader)),
                    Wrap::Zstd => Box::new(Zstd::new(reader)),
                };
            }
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            assert!(back == text, "{wraps:?}");
        }
    }
}

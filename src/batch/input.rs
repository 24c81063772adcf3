//! One file on its way from its path to its output.

use super::error::{BatchError, Refusal};
use super::name::OutputName;
use super::output::{OutputFile, OutputFolder};
use super::source::{InputFormat, Source};
use super::summary::Summary;
use super::worker::{Expect, MAX_DOCUMENT_BYTES, Tally};
use crate::decode::{DecodeError, Format};
use std::fs::File;
use std::io::Read;

/// One file on its way.
pub(super) struct Input<'s> {
    /// From 1.
    pub(super) number: usize,
    pub(super) source: &'s Source,
    pub(super) name: &'s OutputName,
    format: Option<InputFormat>,
}

impl<'s> Input<'s> {
    pub(super) fn new((i, (source, name)): (usize, (&'s Source, &'s OutputName))) -> Self {
        Self { number: i + 1, source, name, format: InputFormat::of_extension(&source.relative) }
    }

    pub(super) fn is_lines(&self) -> bool {
        self.format == Some(InputFormat::JsonLines)
    }

    pub(super) fn expect(&self) -> Expect {
        match self.format {
            Some(InputFormat::Text) => Expect::Exactly(Format::Text),
            Some(InputFormat::Json | InputFormat::JsonLines) => Expect::Exactly(Format::Json),
            None => Expect::JsonOrText,
        }
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, Refusal> {
        if let Some(refusal) = &self.source.refusal {
            return Err(refusal.clone());
        }
        read_whole(&mut File::open(&self.source.path).map_err(|e| Refusal::Read(e.kind()))?)
    }

    /// Gives the output its name, and takes away what an earlier run wrote under the other one.
    pub(super) fn finish(
        &self,
        file: OutputFile<'_>,
        folder: &OutputFolder,
        named: bool,
    ) -> Result<(), BatchError> {
        if named && self.name.kept != self.name.numbered {
            folder.withdraw(&self.name.kept);
        }
        file.finish(if named { &self.name.numbered } else { &self.name.kept })
    }

    pub(super) fn withdraw(&self, folder: &OutputFolder) {
        folder.withdraw(&self.name.kept);
        folder.withdraw(&self.name.numbered);
    }

    pub(super) fn count(&self, done: Result<Tally, Refusal>, summary: &mut Summary) {
        match done {
            Ok(done) => {
                summary.renamed += usize::from(done.named_in_path || self.name.replaced);
                summary.add(&done);
            }
            Err(refusal) => summary.refuse(self.number, None, refusal),
        }
    }
}

/// All bytes, up to the limit of a document.
pub(super) fn read_whole(reader: &mut dyn Read) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|e| Refusal::Read(e.kind()))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len(), limit: MAX_DOCUMENT_BYTES }.into());
    }
    Ok(bytes)
}

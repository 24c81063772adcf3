//! Archives in parallel: files, folders and streams to released cases.
//!
//! Enters: paths or a stream. Leaves: what the gate released, in the order and under the names of
//! the inputs, and a [`Summary`] that names inputs by position. The bytes are the same at any
//! number of threads. A document that is held or cannot be read is never written.

mod error;
mod source;
mod name;
mod worker;
mod line;
mod output;
mod summary;
mod input;

pub use error::{BatchError, Problem, Refusal};
pub use source::{InputFormat, Sources};
pub use summary::Summary;

use crate::case::CaseId;
use crate::decode::Format;
use crate::gate::ReleasedCase;
use crate::pipeline::Deidentifier;
use input::{Input, read_whole};
use line::Line;
use name::NameWords;
use output::{OutputFolder, write_case};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use worker::{Done, Expect, MAX_DOCUMENT_BYTES, Tally, Workers};

/// Masks archives with one engine.
pub struct Batch<'e> {
    engine: &'e Deidentifier,
    workers: Workers,
}

/// Told how many bytes of input were worked off; called from any thread.
pub type Progress<'p> = &'p (dyn Fn(u64) + Sync);

impl<'e> Batch<'e> {
    /// Starts `jobs` threads; one a core when it is 0.
    ///
    /// # Errors
    /// [`BatchError::Workers`] when the system gives no threads.
    pub fn new(engine: &'e Deidentifier, jobs: usize) -> Result<Self, BatchError> {
        Ok(Self { engine, workers: Workers::new(engine, jobs)? })
    }

    /// Masks files into a folder, each under its own relative path where that identifies nobody.
    ///
    /// # Errors
    /// [`BatchError`] when the outputs cannot be written or would mix with the inputs. What is
    /// wrong with single documents is in the summary.
    pub fn scrub_files(
        &self,
        sources: &Sources,
        out: &Path,
        progress: Progress<'_>,
    ) -> Result<Summary, BatchError> {
        let folder = OutputFolder::new(out)?;
        sources.keep_apart(out)?;
        let names = name::plan(self.engine, &sources.files);
        let mut summary = Summary::default();
        let inputs: Vec<Input<'_>> =
            sources.files.iter().zip(&names).enumerate().map(Input::new).collect();
        // A file of lines uses all threads by itself; all others use one each.
        for run in inputs.chunk_by(|a, b| a.is_lines() == b.is_lines()) {
            if run[0].is_lines() {
                for input in run {
                    self.scrub_lines_file(input, &folder, &mut summary, progress)?;
                }
            } else {
                let done = self.workers.map(run, |input| {
                    let done = self.scrub_file(input, &folder);
                    progress(input.source.bytes);
                    done
                });
                for (input, done) in run.iter().zip(done) {
                    input.count(done?, &mut summary);
                }
            }
        }
        Ok(summary)
    }

    /// Masks one stream. Without a format it is taken as JSON lines when its first line is a JSON
    /// object, as JSON when it is valid JSON, otherwise as text.
    ///
    /// # Errors
    /// [`BatchError::Write`] when the output takes no more.
    pub fn scrub_stream(
        &self,
        reader: impl BufRead + Send,
        format: Option<InputFormat>,
        out: &mut impl Write,
    ) -> Result<Summary, BatchError> {
        let mut summary = Summary::default();
        let fail = |e: io::Error| BatchError::Write { input: 1, kind: e.kind() };
        let whole = |reader: &mut dyn Read, expect, summary: &mut Summary, out: &mut _| {
            let bytes = read_whole(reader);
            let done = bytes.and_then(|b| {
                self.workers.scrub(CaseId::new("1"), &b, expect, &NameWords::default())
            });
            match done {
                Ok(done) => {
                    summary.add(&done.tally);
                    write_case(out, &done.case, done.line)
                }
                Err(refusal) => {
                    summary.refuse(1, None, refusal);
                    Ok(())
                }
            }
        };
        let mut reader = reader;
        match format {
            Some(InputFormat::Text) => {
                whole(&mut reader, Expect::Exactly(Format::Text), &mut summary, out)
                    .map_err(fail)?;
            }
            Some(InputFormat::Json) => {
                whole(&mut reader, Expect::Exactly(Format::Json), &mut summary, out)
                    .map_err(fail)?;
            }
            Some(InputFormat::JsonLines) => self.stream_lines(reader, &mut summary, out)?,
            None => {
                let mut first = Vec::new();
                let read =
                    reader.by_ref().take(MAX_DOCUMENT_BYTES as u64).read_until(b'\n', &mut first);
                if let Err(e) = read {
                    summary.refuse(1, None, Refusal::Read(e.kind()));
                    return Ok(summary);
                }
                let lines = is_json_object(&first);
                let mut all = Cursor::new(first).chain(reader);
                if lines {
                    self.stream_lines(all, &mut summary, out)?;
                } else {
                    whole(&mut all, Expect::JsonOrText, &mut summary, out).map_err(fail)?;
                }
            }
        }
        out.flush().map_err(fail)?;
        Ok(summary)
    }

    fn stream_lines(
        &self,
        reader: impl BufRead + Send,
        summary: &mut Summary,
        out: &mut impl Write,
    ) -> Result<(), BatchError> {
        let write = |case: &ReleasedCase| {
            write_case(out, case, true).map_err(|e| BatchError::Write { input: 1, kind: e.kind() })
        };
        let none = NameWords::default();
        self.scrub_lines(reader, 1, &none, summary, &|_| {}, write)?;
        Ok(())
    }

    /// One file that is one document: masked and written by the same worker.
    fn scrub_file(
        &self,
        input: &Input<'_>,
        folder: &OutputFolder,
    ) -> Result<Result<Tally, Refusal>, BatchError> {
        let done = input.read().and_then(|bytes| {
            let id = CaseId::new(input.number.to_string());
            self.workers.scrub(id, &bytes, input.expect(), &input.name.words)
        });
        let done = match done {
            Ok(done) => done,
            Err(refusal) => {
                input.withdraw(folder);
                return Ok(Err(refusal));
            }
        };
        let mut file = folder.start(input.number)?;
        file.write(&done.case, done.line)?;
        input.finish(file, folder, done.tally.named_in_path)?;
        Ok(Ok(done.tally))
    }

    /// One file of lines: read, masked by all workers, written in order.
    fn scrub_lines_file(
        &self,
        input: &Input<'_>,
        folder: &OutputFolder,
        summary: &mut Summary,
        progress: Progress<'_>,
    ) -> Result<(), BatchError> {
        let opened = match &input.source.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => File::open(&input.source.path).map_err(|e| Refusal::Read(e.kind())),
        };
        let reader = match opened {
            Ok(file) => BufReader::with_capacity(1 << 20, file),
            Err(refusal) => {
                input.withdraw(folder);
                summary.refuse(input.number, None, refusal);
                return Ok(());
            }
        };
        let (documents, released) = (summary.documents, summary.released);
        let mut file = folder.start(input.number)?;
        let write = |case: &ReleasedCase| file.write(case, true);
        let named =
            self.scrub_lines(reader, input.number, &input.name.words, summary, progress, write)?;
        if summary.released == released && summary.documents > documents {
            input.withdraw(folder);
            return Ok(());
        }
        summary.renamed += usize::from(named || input.name.replaced);
        input.finish(file, folder, named)
    }

    /// Returns whether a line shows that the path names somebody.
    fn scrub_lines(
        &self,
        reader: impl BufRead + Send,
        input: usize,
        path: &NameWords,
        summary: &mut Summary,
        progress: Progress<'_>,
        mut write: impl FnMut(&ReleasedCase) -> Result<(), BatchError>,
    ) -> Result<bool, BatchError> {
        let (to, chunks) = sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || line::send(reader, &to));
            let mut named = false;
            // Ending early drops the receiver, which stops the reader.
            for chunk in chunks {
                let chunk = match chunk {
                    Ok(chunk) => chunk,
                    Err(e) => {
                        summary.refuse(input, None, Refusal::Read(e.kind()));
                        break;
                    }
                };
                let done =
                    self.workers.map(&chunk.lines, |line| self.scrub_line(input, line, path));
                for (line, done) in chunk.lines.iter().zip(done) {
                    match done {
                        Ok(done) => {
                            write(&done.case)?;
                            named |= done.tally.named_in_path;
                            summary.add(&done.tally);
                        }
                        Err(refusal) => summary.refuse(input, Some(line.number), refusal),
                    }
                }
                progress(chunk.bytes as u64);
            }
            Ok(named)
        })
    }

    fn scrub_line(&self, input: usize, line: &Line, path: &NameWords) -> Result<Done, Refusal> {
        let bytes = line.bytes.as_ref().map_err(Clone::clone)?;
        let id = CaseId::new(format!("{input}:{}", line.number));
        self.workers.scrub(id, bytes, Expect::Exactly(Format::Json), path)
    }
}

fn is_json_object(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
}

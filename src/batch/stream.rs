//! One stream: standard input to standard output.

use super::body::read_whole;
use super::done::{Done, Tally};
use super::error::{BatchError, Refusal, reason};
use super::intake::{Expect, MAX_DOCUMENT_BYTES};
use super::line;
use super::manifest::{Counts, ManifestLine};
use super::name::NameWords;
use super::source::InputFormat;
use super::summary::Summary;
use super::{Batch, Digests, Status};
use crate::case::CaseId;
use crate::format::Format;
use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::mpsc::sync_channel;

/// Lines that are masked and written together, at most.
const CHUNK_LINES: usize = 256;
/// Bytes of lines that are masked and written together, about.
const CHUNK_BYTES: usize = 4 << 20;

/// Lines with their numbers.
type Lines = Vec<(usize, Result<Vec<u8>, Refusal>)>;

impl Batch<'_> {
    /// Masks one stream. Without a format it is taken as JSON lines when its first line is a JSON
    /// object, as JSON when it is valid JSON, otherwise as text.
    ///
    /// # Errors
    /// [`BatchError::Write`] when the output takes no more.
    pub fn scrub_stream(
        &self,
        mut reader: impl BufRead + Send,
        format: Option<InputFormat>,
        out: &mut impl Write,
    ) -> Result<Summary, BatchError> {
        let mut summary = Summary::default();
        let fail = |e: io::Error| BatchError::Write { input: 1, kind: e.kind() };
        let expect = match format {
            Some(InputFormat::Text) => Expect::Exactly(Format::Text),
            Some(InputFormat::Json) => Expect::Exactly(Format::Json),
            Some(InputFormat::JsonLines) => {
                self.stream_lines(reader, &mut summary, out).map_err(fail)?;
                return Ok(summary);
            }
            None => Expect::Named(None),
        };
        let mut first = Vec::new();
        if format.is_none() {
            let read =
                reader.by_ref().take(MAX_DOCUMENT_BYTES as u64).read_until(b'\n', &mut first);
            if let Err(e) = read {
                summary.add(&line_of(&Err(Refusal::Read(e.kind())), None));
                return Ok(summary);
            }
        }
        let lines = format.is_none() && is_json_object(&first);
        let mut all = Cursor::new(first).chain(reader);
        if lines {
            self.stream_lines(all, &mut summary, out).map_err(fail)?;
            return Ok(summary);
        }
        let done = read_whole(&mut all, None);
        let (id, none) = (CaseId::new("1"), NameWords::default());
        let done = done.and_then(|b| self.workers.scrub(&id, &b, &expect, &none, None));
        summary.add(&line_of(&done, None));
        if let Ok(done) = done {
            out.write_all(done.masked.bytes()).map_err(fail)?;
        }
        out.flush().map_err(fail)?;
        Ok(summary)
    }

    fn stream_lines(
        &self,
        reader: impl BufRead + Send,
        summary: &mut Summary,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let (to, chunks) = sync_channel::<Lines>(1);
        let (mut counts, mut tally) = (Counts::default(), Tally::default());
        let read: io::Result<io::Result<()>> = std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let (mut lines, mut held): (Lines, usize) = (Vec::new(), 0);
                let end = line::each(reader, |number, bytes| -> Result<(), ()> {
                    held += bytes.as_ref().map_or(0, Vec::len);
                    lines.push((number, bytes));
                    if lines.len() < CHUNK_LINES && held < CHUNK_BYTES {
                        return Ok(());
                    }
                    held = 0;
                    to.send(std::mem::take(&mut lines)).map_err(|_| ())
                });
                // Nobody there to hear it: the writer has stopped.
                let _ = to.send(lines);
                end.unwrap_or(Ok(()))
            });
            // Ending early drops the receiver, which stops the reader.
            for lines in chunks {
                let done = self.workers.map(&lines, |(number, bytes)| {
                    let bytes = bytes.as_ref().map_err(Clone::clone)?;
                    let id = CaseId::new(format!("1:{number}"));
                    self.workers.scrub(&id, bytes, &Expect::Line, &NameWords::default(), None)
                });
                for ((number, _), done) in lines.iter().zip(done) {
                    match done {
                        Ok(Done { masked, tally: own, .. }) => {
                            out.write_all(masked.bytes())?;
                            counts.add(Status::Released);
                            tally.sum(own);
                        }
                        Err(refusal) => {
                            counts.add(refusal.status());
                            summary.add(&line_of(&Err(refusal), Some(*number)));
                        }
                    }
                }
            }
            Ok(reader.join().unwrap_or(Err(io::ErrorKind::Other.into())))
        });
        let mut line = line_of(&Ok(Done::told(tally)), None);
        line.holds = Some(counts);
        summary.add(&line);
        if let Err(e) = read? {
            summary.add(&line_of(&Err(Refusal::Read(e.kind())), None));
        }
        out.flush()
    }
}

/// What the manifest would say of the stream, or of one line of it.
fn line_of(done: &Result<Done, Refusal>, number: Option<usize>) -> ManifestLine {
    let tally = done.as_ref().ok().map(|d| &d.tally);
    let by_type = tally.map(|t| t.by_type.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect());
    ManifestLine {
        input: number.map_or("1".to_owned(), |n| format!("1:{n}")),
        status: done.as_ref().map_or_else(Refusal::status, |_| Status::Released),
        reason: done.as_ref().err().map(|r| reason(r, number)),
        by_type: by_type.unwrap_or_default(),
        holds: done.as_ref().ok().and_then(|d| Some(d.rows.as_ref()?.0)),
        ..ManifestLine::blank(Digests::default())
    }
}

fn is_json_object(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
}

//! A run over files: reader, workers and writer side by side.

use super::error::BatchError;
use super::event::{Chunk, Event, Outcome};
use super::manifest::{Manifest, ManifestLine};
use super::name::{self, NameWords, OutputName};
use super::output::OutputFolder;
use super::read::{self, Job};
use super::resume::{self, Settings};
use super::source::Sources;
use super::summary::Summary;
use super::worker::{Done, Expect};
use super::write::Writer;
use super::{Batch, Observer, Refusal};
use crate::case::CaseId;
use crate::decode::Format;
use crate::key::Purpose;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Free bytes that are left to others.
const SPARE: u64 = 64 << 20;

impl Batch<'_> {
    /// Masks files into a folder, each under its own relative path where that identifies nobody,
    /// with `manifest.jsonl` beside them.
    ///
    /// # Errors
    /// [`BatchError`] when the outputs cannot be written, would mix with the inputs or with those
    /// of another run, or when the observer stops the run. What is wrong with single documents is
    /// in the summary.
    pub fn scrub_files(
        &self,
        sources: &Sources,
        out: &Path,
        observer: &dyn Observer,
    ) -> Result<Summary, BatchError> {
        std::fs::create_dir_all(out).map_err(|e| BatchError::Folder(e.kind()))?;
        sources.keep_apart(out)?;
        let digests = self.digests();
        let settings = Settings {
            rules: digests.rules.clone(),
            policy: digests.policy_digest.clone(),
            key: self.key.as_ref().map(|k| k.id().to_owned()),
            grouping: None,
            limits: format!("{:?}", self.limits),
        };
        let begun = resume::begin(out, sources, &settings, self.key.as_ref(), self.resume)?;
        let mut summary = Summary::default();
        begun.keep.iter().for_each(|line| summary.add(line));
        observer.read(sources.files[..begun.files].iter().map(|s| s.bytes).sum());
        if begun.files == sources.len() && self.resume {
            // Nothing is missing; a run that ended between its last line and its end is ended now.
            let _ = resume::end(out);
            return Ok(summary);
        }
        let rest = sources.files[begun.files..].iter().map(|s| s.bytes).sum::<u64>();
        has_space(observer, rest)?;
        let folder = OutputFolder::new(out)?;
        let manifest = Manifest::open(folder.root(), &folder.scratch(), &begun.keep)?;
        let names: Vec<Arc<OutputName>> =
            name::plan(self.engine, &sources.files).into_iter().map(Arc::new).collect();
        let told = |line: &ManifestLine| observer.line(line);
        let writer = Writer::new(folder, manifest, (digests, self.date.clone()), summary, &told);
        let stop = || observer.is_stopped();
        let job = Job {
            engine: self.engine,
            key: self.key.as_ref(),
            limits: self.limits,
            sources: &sources.files,
            names: &names,
            skip: begun.files,
            stop: &stop,
        };
        let summary = self.work(&job, writer, observer)?;
        resume::end(out).map_err(|e| BatchError::Folder(e.kind()))?;
        Ok(summary)
    }

    fn work(
        &self,
        job: &Job<'_>,
        mut writer: Writer<'_>,
        observer: &dyn Observer,
    ) -> Result<Summary, BatchError> {
        let (to_workers, events) = sync_channel(1);
        let (to_writer, outcomes) = sync_channel::<Chunk<Outcome>>(1);
        let written = std::thread::scope(|scope| {
            let reader = scope.spawn(move || read::send(job, &to_workers));
            let masker = scope.spawn(move || self.mask_all(&events, &to_writer));
            let written = (|| {
                let mut input = job.skip + 1;
                // Ending early drops the receiver, which stops the others.
                for chunk in outcomes {
                    for outcome in chunk.events {
                        writer.take(outcome, &mut input)?;
                    }
                    observer.read(chunk.bytes);
                    has_space(observer, 0)?;
                }
                Ok(())
            })();
            let whole = reader.join().is_ok() & masker.join().is_ok();
            written.and(if whole { Ok(()) } else { Err(BatchError::Reader) })
        });
        written?;
        let (done, inputs) = (job.skip + writer.files, job.sources.len());
        let input = done;
        let summary = writer.finish();
        let summary = summary.map_err(|e| BatchError::Write { input, kind: e.kind() })?;
        match done == inputs {
            true => Ok(summary),
            false if observer.is_stopped() => Err(BatchError::Interrupted { done, inputs }),
            false => Err(BatchError::Reader),
        }
    }

    fn mask_all(&self, events: &Receiver<Chunk<Event>>, to: &SyncSender<Chunk<Outcome>>) {
        for chunk in events {
            let done = self.workers.map(&chunk.events, |event| self.mask(event));
            let outcomes = chunk.events.into_iter().zip(done).map(outcome).collect();
            if to.send(Chunk { events: outcomes, bytes: chunk.bytes }).is_err() {
                return;
            }
        }
    }

    /// What a worker makes of an event, if it holds a document.
    fn mask(&self, event: &Event) -> Option<(Result<Done, Refusal>, Option<[u8; 32]>)> {
        match event {
            Event::Document { leaf, bytes, expect } => {
                // A file of the walk is digested as it lies there.
                let key = self.key.as_ref().filter(|_| !leaf.id.is_file());
                let digest = key.map(|key| {
                    let mut digest = key.digest(Purpose::Manifest);
                    digest.update(bytes);
                    digest.finish()
                });
                let id = CaseId::new(leaf.id.to_string());
                Some((self.scrub(id, bytes, *expect, &leaf.name.words), digest))
            }
            Event::Line { leaf, number, bytes } => {
                let id = CaseId::new(format!("{}:{number}", leaf.0));
                let expect = Expect::Exactly(Format::Json);
                let done = bytes.as_ref().map_err(Clone::clone);
                Some((done.and_then(|b| self.scrub(id, b, expect, &leaf.1.words)), None))
            }
            _ => None,
        }
    }

    pub(super) fn scrub(
        &self,
        id: CaseId,
        bytes: &[u8],
        expect: Expect,
        words: &NameWords,
    ) -> Result<Done, Refusal> {
        self.workers.scrub(id, bytes, expect, words)
    }
}

/// What became of an event; `done` is what a worker made of it.
fn outcome((event, done): (Event, Option<(Result<Done, Refusal>, Option<[u8; 32]>)>)) -> Outcome {
    let (done, digest) = done.unwrap_or((Err(Refusal::Internal), None));
    match event {
        Event::Open { leaf, holder } => Outcome::Open { leaf, holder },
        Event::Document { leaf, .. } => Outcome::Document { leaf, done, digest },
        Event::Line { number, .. } => Outcome::Line { number, done },
        Event::Refused { leaf, refusal } => {
            Outcome::Document { leaf, done: Err(refusal), digest: None }
        }
        Event::Close { end } => Outcome::Close { end },
        Event::End { digest } => Outcome::End { digest },
    }
}

fn has_space(observer: &dyn Observer, bytes: u64) -> Result<(), BatchError> {
    let needed = bytes.saturating_add(SPARE);
    match observer.free_space() {
        Some(free) if free < needed => Err(BatchError::Space { free, needed }),
        _ => Ok(()),
    }
}

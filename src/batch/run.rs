//! A run over files: reader, workers and writer side by side.

use super::done::Done;
use super::error::BatchError;
use super::event::{Chunk, Event, Leaf, Outcome};
use super::group::{self, GroupBy, Groups};
use super::intake::Expect;
use super::manifest::{Manifest, ManifestLine};
use super::name::{self, OutputName};
use super::output::OutputFolder;
use super::read::{self, Job};
use super::resume::{self, Settings};
use super::sidecar::Sidecar;
use super::source::Sources;
use super::summary::Summary;
use super::write::Writer;
use super::{Batch, Observer, Refusal};
use crate::case::CaseId;
use crate::key::Purpose;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// What a worker made of a document, and its digest under the key.
type Masked = (Result<Done, Refusal>, Option<[u8; 32]>);

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
            grouping: self.group_by.as_ref().map(|by| format!("{by:?}")),
            limits: format!("{:?}", self.limits),
        };
        let begun = resume::begin(out, sources, &settings, self.key.as_ref(), self.resume)?;
        let summary = begun.summary;
        observer.skipped(sources.files[..begun.files].iter().map(|s| s.bytes).sum());
        if begun.files == sources.len() && self.resume {
            // Nothing is missing; a run that ended between its last line and its end is ended now.
            let _ = resume::end(out, begun.keep);
            return Ok(summary);
        }
        let rest = sources.files[begun.files..].iter().map(|s| s.bytes).sum::<u64>();
        has_space(observer, rest)?;
        let folder = OutputFolder::new(out)?;
        let manifest = Manifest::open(folder.root(), &folder.scratch(), begun.keep)?;
        let names: Vec<Arc<OutputName>> =
            name::plan(self.engine, &sources.files).into_iter().map(Arc::new).collect();
        let told = |line: &ManifestLine| observer.line(line);
        let sidecar = self.sidecar.as_deref().map(|path| Sidecar::open(path, out, self.resume));
        let sidecar = sidecar.transpose()?;
        let writer = Writer::new(folder, manifest, (digests, self.date.clone()), summary, &told)
            .beside(sidecar);
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
        let groups = match &self.group_by {
            None => None,
            // All documents: also those that are complete tell the others.
            Some(by) => Some(self.groups(&Job { skip: 0, ..job }, by.clone())?),
        };
        let summary = self.work(&job, groups.as_ref(), writer, observer)?;
        resume::end(out, u64::MAX).map_err(|e| BatchError::Folder(e.kind()))?;
        Ok(summary)
    }

    /// The first pass: what the documents of each group tell one another.
    fn groups(&self, job: &Job<'_>, by: GroupBy) -> Result<Groups, BatchError> {
        let mut groups = Groups::new(by);
        let (to, chunks) = sync_channel::<Chunk<Event>>(1);
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || read::send(job, &to));
            for chunk in chunks {
                let told = self.workers.map(&chunk.events, |event| {
                    let (leaf, bytes, expect) = document(event)?;
                    let id = CaseId::new(leaf.id.to_string());
                    let by = (&groups.by, &*leaf.folder);
                    Some(self.workers.values(&id, bytes, &expect, by))
                });
                for (key, values) in told.into_iter().flatten().flatten() {
                    if !groups.add(key, values) {
                        return Err(BatchError::Groups { bytes: group::MAX_BYTES });
                    }
                }
            }
            reader.join().map_err(|_| BatchError::Reader)
        })?;
        Ok(groups)
    }

    fn work(
        &self,
        job: &Job<'_>,
        groups: Option<&Groups>,
        mut writer: Writer<'_>,
        observer: &dyn Observer,
    ) -> Result<Summary, BatchError> {
        let (to_workers, events) = sync_channel(1);
        let (to_writer, outcomes) = sync_channel::<Chunk<Outcome>>(1);
        let written = std::thread::scope(|scope| {
            let reader = scope.spawn(move || read::send(job, &to_workers));
            let masker = scope.spawn(move || self.mask_all(&events, groups, &to_writer));
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

    fn mask_all(
        &self,
        events: &Receiver<Chunk<Event>>,
        groups: Option<&Groups>,
        to: &SyncSender<Chunk<Outcome>>,
    ) {
        for chunk in events {
            let done = self.workers.map(&chunk.events, |event| self.mask(event, groups));
            let outcomes = chunk.events.into_iter().zip(done).map(outcome).collect();
            if to.send(Chunk { events: outcomes, bytes: chunk.bytes }).is_err() {
                return;
            }
        }
    }

    /// What a worker makes of an event, if it holds a document.
    fn mask(&self, event: &Event, groups: Option<&Groups>) -> Option<Masked> {
        if let Event::Line { bytes: Err(refusal), .. } = event {
            return Some((Err(refusal.clone()), None));
        }
        let (leaf, bytes, expect) = document(event)?;
        let id = match event {
            Event::Line { number, .. } => format!("{}:{number}", leaf.id),
            _ => leaf.id.to_string(),
        };
        // A file of the walk is digested as it lies there, and a line has none of its own.
        let member = matches!(event, Event::Document { .. }) && !leaf.id.is_file();
        let digest = self.key.as_ref().filter(|_| member).map(|key| {
            let mut digest = key.digest(Purpose::Manifest);
            digest.update(bytes);
            digest.finish()
        });
        let grouping = groups.map(|g| (g, &*leaf.folder));
        let id = CaseId::new(id);
        Some((self.workers.scrub(&id, bytes, &expect, &leaf.name.words, grouping), digest))
    }
}

/// The document that an event holds, if it holds one.
pub(super) fn document(event: &Event) -> Option<(&Leaf, &[u8], Expect)> {
    match event {
        Event::Document { leaf, bytes, expect } => Some((leaf, bytes, expect.clone())),
        Event::Line { leaf, bytes: Ok(bytes), .. } => Some((leaf, bytes, Expect::Line)),
        _ => None,
    }
}

/// What became of an event; `done` is what a worker made of it.
fn outcome((event, done): (Event, Option<Masked>)) -> Outcome {
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

//! What became of the inputs, in their order: outputs, then the manifest's lines.

use super::done::{Done, Tally};
use super::error::{BatchError, Refusal, Status, reason};
use super::event::{Holder, Leaf, Outcome};
use super::id::InputId;
use super::manifest::{Counts, Digests, Manifest, ManifestLine};
use super::output::{Hashed, OutputFolder, hex};
use super::pack::{Packer, Wrap};
use super::sidecar::Sidecar;
use super::summary::Summary;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Seek as _};

/// Told of each line of the manifest.
pub(super) type Told<'t> = &'t (dyn Fn(&ManifestLine) + Sync);

/// Writes outputs and lines.
pub(super) struct Writer<'w> {
    folder: OutputFolder,
    manifest: Manifest,
    digests: Digests,
    date: Option<String>,
    pub(super) summary: Summary,
    told: Told<'w>,
    sidecar: Option<Sidecar>,
    open: Vec<Open>,
    /// The line of the file of the walk, until its end brings its digest.
    file: Option<ManifestLine>,
    /// Files of the walk that are complete.
    pub(super) files: usize,
}

/// An archive or file of lines being written.
struct Open {
    leaf: Leaf,
    holder: Holder,
    packer: Packer<Hashed>,
    counts: Counts,
    tally: Tally,
    /// What to go back to when it turns out to be damaged.
    before: (Summary, u64),
}

impl<'w> Writer<'w> {
    pub(super) fn new(
        folder: OutputFolder,
        manifest: Manifest,
        (digests, date): (Digests, Option<String>),
        summary: Summary,
        told: Told<'w>,
    ) -> Self {
        let (sidecar, open, file, files) = (None, Vec::new(), None, 0);
        Self { folder, manifest, digests, date, summary, told, sidecar, open, file, files }
    }

    /// With a file that says where masking wrote.
    pub(super) fn beside(self, sidecar: Option<Sidecar>) -> Self {
        Self { sidecar, ..self }
    }

    /// Works off one outcome.
    pub(super) fn take(&mut self, outcome: Outcome, input: &mut usize) -> Result<(), BatchError> {
        if let Outcome::Document { leaf, .. } | Outcome::Open { leaf, .. } = &outcome {
            *input = leaf.id.root();
        }
        let input = *input;
        self.write(outcome).map_err(|e| BatchError::Write { input, kind: e.kind() })
    }

    /// Brings everything to the disk.
    pub(super) fn finish(self) -> io::Result<Summary> {
        self.manifest.finish()?;
        self.sidecar.map_or(Ok(()), Sidecar::finish)?;
        Ok(self.summary)
    }

    fn write(&mut self, outcome: Outcome) -> io::Result<()> {
        match outcome {
            Outcome::Open { leaf, holder } => self.start(leaf, holder),
            Outcome::Document { leaf, done: Ok(done), digest } => {
                self.document(&leaf, done, digest)
            }
            Outcome::Document { leaf, done: Err(refusal), digest } => {
                let line = self.refused(&leaf, &refusal, digest);
                self.tell(&leaf.id, line)
            }
            Outcome::Line { number, done } => self.line(number, done),
            Outcome::Close { end } => self.close(end),
            Outcome::End { digest } => {
                self.files += 1;
                let Some(mut line) = self.file.take() else { return Ok(()) };
                line.input_hmac_sha256 = digest.map(|d| hex(&d));
                // What the manifest calls done is not done again.
                self.sidecar.as_mut().map_or(Ok(()), Sidecar::flush)?;
                self.manifest.commit(&line)?;
                (self.told)(&line);
                Ok(())
            }
        }
    }

    fn start(&mut self, leaf: Leaf, holder: Holder) -> io::Result<()> {
        let file = self.folder.start(self.open.len())?;
        let archive = match holder {
            Holder::Archive(archive) => Some(archive),
            Holder::Lines => None,
        };
        let packer = Packer::new(file, &leaf.wraps, archive);
        let before = (self.summary.clone(), self.manifest.mark());
        let (counts, tally) = (Counts::default(), Tally::default());
        self.open.push(Open { leaf, holder, packer, counts, tally, before });
        Ok(())
    }

    fn document(&mut self, leaf: &Leaf, done: Done, digest: Option<[u8; 32]>) -> io::Result<()> {
        let Done { masked, tally, rows } = done;
        let (holds, kept_back) = rows.map_or((None, Vec::new()), |(c, k)| (Some(c), k));
        for (row, refusal) in &kept_back {
            let line = ManifestLine {
                input: format!("{}:{row}", leaf.id),
                status: refusal.status(),
                reason: Some(reason(refusal, None)),
                ..self.blank()
            };
            self.summary.add(&line);
            (self.told)(&line);
            self.manifest.wait(&line)?;
        }
        let name = leaf.name.output(tally.named_in_path).to_owned();
        let sha = match self.open.last_mut() {
            Some(open) => {
                let mut packed = Packer::new(Vec::new(), &leaf.wraps, None);
                packed.member("", 0, &mut masked.bytes())?;
                let bytes = packed.finish()?;
                open.counts.add(Status::Released);
                open.packer.member(&slashed(&name), bytes.len() as u64, &mut bytes.as_slice())?;
                hex(&Sha256::digest(&bytes))
            }
            None => {
                self.withdraw(leaf);
                let mut packer = Packer::new(self.folder.start(0)?, &leaf.wraps, None);
                packer.member("", 0, &mut masked.bytes())?;
                self.folder.put(packer.finish()?, &name)?
            }
        };
        let mut line = self.released(leaf, &tally, tally.format, sha);
        line.holds = holds;
        line.input_hmac_sha256 = digest.map(|d| hex(&d));
        if let Some(sidecar) = &mut self.sidecar {
            sidecar.write(&line.input, &tally.places)?;
        }
        self.tell(&leaf.id, line)
    }

    fn line(&mut self, number: usize, done: Result<Done, Refusal>) -> io::Result<()> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        match done {
            Ok(Done { masked, mut tally, .. }) => {
                if let Some(sidecar) = &mut self.sidecar {
                    sidecar.write(&format!("{}:{number}", open.leaf.id), &tally.places)?;
                }
                // Told; a file of lines has too many to keep.
                tally.places.clear();
                open.counts.add(Status::Released);
                open.tally.sum(tally);
                open.packer.member("", 0, &mut masked.bytes())
            }
            Err(refusal) => {
                open.counts.add(refusal.status());
                let line = ManifestLine {
                    input: format!("{}:{number}", open.leaf.id),
                    status: refusal.status(),
                    reason: Some(reason(&refusal, Some(number))),
                    ..self.blank()
                };
                self.summary.add(&line);
                (self.told)(&line);
                self.manifest.wait(&line)
            }
        }
    }

    fn close(&mut self, end: Result<(), Refusal>) -> io::Result<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let Open { leaf, holder, packer, counts, tally, before } = open;
        let (summary, mark) = before;
        let id = leaf.id.clone();
        if let Err(refusal) = end {
            // What was read before the damage does not count: nothing of it is written.
            self.summary = summary;
            self.manifest.drop_to(mark)?;
            let line = self.refused(&leaf, &refusal, None);
            return self.tell(&id, line);
        }
        let status = counts.status();
        let format = match holder {
            Holder::Archive(archive) => archive.name(),
            Holder::Lines => "jsonl",
        };
        let mut line = if status == Status::Released {
            let hashed = packer.finish()?;
            let name = leaf.name.output(tally.named_in_path).to_owned();
            let sha = match self.open.last_mut() {
                Some(outer) => {
                    outer.counts.add(Status::Released);
                    let size = hashed.bytes();
                    let (mut file, _, sha): (File, _, _) = hashed.finish()?;
                    file.rewind()?;
                    outer.packer.member(&slashed(&name), size, &mut file)?;
                    sha
                }
                None => {
                    self.withdraw(&leaf);
                    self.folder.put(hashed, &name)?
                }
            };
            self.released(&leaf, &tally, format, sha)
        } else {
            self.unwritten(&leaf, status);
            let input = leaf.id.to_string();
            ManifestLine { input, status, format: spelled(format, &leaf.wraps), ..self.blank() }
        };
        line.holds = Some(counts);
        self.tell(&id, line)
    }

    /// Notes a line: one of a member waits for its archive, one of a file for its end.
    fn tell(&mut self, id: &InputId, line: ManifestLine) -> io::Result<()> {
        self.summary.add(&line);
        if id.is_file() {
            self.file = Some(line);
            return Ok(());
        }
        (self.told)(&line);
        self.manifest.wait(&line)
    }

    fn refused(
        &mut self,
        leaf: &Leaf,
        refusal: &Refusal,
        digest: Option<[u8; 32]>,
    ) -> ManifestLine {
        let status = refusal.status();
        self.unwritten(leaf, status);
        ManifestLine {
            input: leaf.id.to_string(),
            status,
            reason: Some(reason(refusal, None)),
            input_hmac_sha256: digest.map(|d| hex(&d)),
            ..self.blank()
        }
    }

    /// Nothing stands under its names.
    fn unwritten(&mut self, leaf: &Leaf, status: Status) {
        match self.open.last_mut() {
            Some(open) => open.counts.add(status),
            None => self.withdraw(leaf),
        }
    }

    fn withdraw(&self, leaf: &Leaf) {
        if leaf.id.is_file() {
            self.folder.withdraw(&leaf.name.kept);
            self.folder.withdraw(&leaf.name.numbered);
        }
    }

    fn released(&self, leaf: &Leaf, tally: &Tally, format: &str, sha: String) -> ManifestLine {
        ManifestLine {
            input: leaf.id.to_string(),
            status: Status::Released,
            format: spelled(format, &leaf.wraps),
            output: Some(slashed(leaf.name.output(tally.named_in_path))),
            renamed: tally.named_in_path || leaf.name.replaced,
            output_sha256: Some(sha),
            by_type: tally.by_type.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect(),
            by_rule: tally.by_rule.clone(),
            notes: tally.notes.iter().map(|n| (*n).to_owned()).collect(),
            near: tally.near,
            captures: tally.captures,
            canaries: tally.canaries,
            date: self.date.clone(),
            ..self.blank()
        }
    }

    fn blank(&self) -> ManifestLine {
        ManifestLine::blank(self.digests.clone())
    }
}

/// What it was read as, with the compressions around it, the innermost first.
fn spelled(format: &str, wraps: &[Wrap]) -> String {
    wraps.iter().rev().fold(format.to_owned(), |text, wrap| {
        text + match wrap {
            Wrap::Gzip => "+gzip",
            Wrap::Zstd => "+zstd",
        }
    })
}

/// A relative path as archives and manifests spell it.
fn slashed(path: &std::path::Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

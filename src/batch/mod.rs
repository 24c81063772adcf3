//! Archives in parallel: files, folders and streams to released cases.
//!
//! Enters: paths or a stream. Leaves: what the gate released, in the order and under the names of
//! the inputs; a manifest with one line for each input; a [`Summary`] that names inputs by
//! position. The bytes are the same at any number of threads and after any number of
//! interruptions. A document that is held or cannot be read is never written.
//!
//! One thread reads and unpacks (`read`), all cores mask (`worker`), one thread writes in the order
//! of the inputs (`write`); between them stand a few megabytes at most.
//!
//! ```
//! use caseveil::batch::{Batch, Sources};
//! use caseveil::pipeline::Deidentifier;
//! # let folder = tempfile::tempdir()?;
//! # let (input, out) = (folder.path().join("in"), folder.path().join("out"));
//! # std::fs::create_dir(&input)?;
//! # std::fs::write(input.join("a.txt"), "OHIP 9876-543-217 JK, pain 7/10")?;
//! let engine = Deidentifier::embedded("echo-case")?;
//! let batch = Batch::new(&engine, 0)?.dated("2026-11-26");
//! let summary = batch.scrub_files(&Sources::walk(&[input])?, &out, &())?;
//! assert!(summary.is_complete());
//! assert_eq!(std::fs::read_to_string(out.join("a.txt"))?, "OHIP [HEALTH-NUMBER-1], pain 7/10");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod id;
mod source;
mod name;
mod pack;
mod group;
mod report;
mod evidence;
mod sidecar;
mod manifest;
mod done;
mod intake;
mod worker;
mod event;
mod line;
mod body;
mod outlet;
mod read;
mod output;
mod summary;
mod write;
mod resume;
mod run;
mod rescan;
mod stream;

pub use error::{BatchError, Problem, Refusal, Status};
pub use evidence::{Canary, captures};
pub use group::{GroupBy, GroupByError};
pub use id::InputId;
pub use manifest::{Counts, Digests, MANIFEST, ManifestLine, each_line, read_manifest};
pub use pack::Limits;
pub use report::{
    Canaries, Captures, Drawn, Estimate, Outlier, Report, Residual, by_canaries,
    leaky_per_thousand, missed, missed_of_all,
};
pub use rescan::{Finding, Rescanned};
pub use sidecar::Place;
pub use source::{InputFormat, Sources};
pub use summary::Summary;

use crate::key::KeyRing;
use crate::pipeline::Deidentifier;
pub(crate) use intake::is_held_out;
use std::path::PathBuf;
use worker::Workers;

/// Masks archives with one engine.
pub struct Batch<'e> {
    engine: &'e Deidentifier,
    workers: Workers,
    key: Option<KeyRing>,
    limits: Limits,
    date: Option<String>,
    resume: bool,
    group_by: Option<GroupBy>,
    sidecar: Option<PathBuf>,
}

/// Who watches a run. Called from any thread; everything has a default, and `&()` watches nothing.
pub trait Observer: Sync {
    /// So many bytes of input were worked off.
    fn read(&self, bytes: u64) {
        let _ = bytes;
    }

    /// So many bytes of input were worked off by an earlier run.
    fn skipped(&self, bytes: u64) {
        let _ = bytes;
    }

    /// A line goes into the manifest.
    fn line(&self, line: &ManifestLine) {
        let _ = line;
    }

    /// True when the run is to stop; it can be resumed.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Free bytes of the disk of the output folder, where somebody can tell.
    fn free_space(&self) -> Option<u64> {
        None
    }
}

impl Observer for () {}

impl<'e> Batch<'e> {
    /// Starts `jobs` threads; one a core when it is 0.
    ///
    /// # Errors
    /// [`BatchError::Workers`] when the system gives no threads.
    pub fn new(engine: &'e Deidentifier, jobs: usize) -> Result<Self, BatchError> {
        let workers = Workers::new(engine, jobs)?;
        let limits = Limits::default();
        Ok(Self {
            engine,
            workers,
            key: None,
            limits,
            date: None,
            resume: false,
            group_by: None,
            sidecar: None,
        })
    }

    /// With digests of the inputs under this key in the manifest.
    #[must_use]
    pub fn keyed(self, key: Option<KeyRing>) -> Self {
        Self { key, ..self }
    }

    /// With other bounds of unpacking.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With this day as the day of release: the engine has no clock.
    #[must_use]
    pub fn dated(self, day: &str) -> Self {
        Self { date: Some(day.to_owned()), ..self }
    }

    /// Going on with the run that the output folder holds.
    #[must_use]
    pub fn resuming(self, resume: bool) -> Self {
        Self { resume, ..self }
    }

    /// With the documents of each patient kept together: their names are sought in all of them,
    /// numbers and surrogates are the same, and dates move by the same weeks. Inputs are read twice.
    #[must_use]
    pub fn grouped(self, by: Option<GroupBy>) -> Self {
        Self { group_by: by, ..self }
    }

    /// With a file beside the outputs, one line of JSON for each released document, that says where
    /// masking wrote: it tells a stand-in from a leak. It stays with who scrubbed; a resumed run goes
    /// on behind its lines. Of two lines about an input the last holds, and one about an input that the
    /// manifest does not call released says nothing.
    #[must_use]
    pub fn with_sidecar(self, file: Option<PathBuf>) -> Self {
        Self { sidecar: file, ..self }
    }

    /// What is in force.
    pub fn digests(&self) -> Digests {
        let policy = self.engine.policy();
        Digests {
            rules: self.engine.rules().digest.as_str().to_owned(),
            policy: format!("{} {}", policy.id, policy.version),
            policy_digest: policy.digest.clone(),
            model: self.engine.model_digest().map(str::to_owned),
        }
    }
}

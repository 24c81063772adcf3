//! The engine that a command runs: arguments that several commands share.

use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::rules::{RuleFiles, embedded};
use std::path::PathBuf;

/// Which rules and which policy.
#[derive(clap::Args)]
pub(super) struct EngineArgs {
    /// The policy; `echo-case` when not given.
    #[arg(long)]
    pub(super) policy: Option<String>,
    /// A rule folder instead of the embedded one.
    #[arg(long)]
    rules: Option<PathBuf>,
}

impl EngineArgs {
    pub(super) fn build(&self) -> anyhow::Result<Deidentifier> {
        let files = match &self.rules {
            Some(dir) => RuleFiles::read(dir)?,
            None => embedded(),
        };
        Ok(Deidentifier::new(&files, self.policy.as_deref().unwrap_or(Policy::DEFAULT))?)
    }
}

/// How detection is tuned, for evaluators. No command that releases a case takes these: there the
/// policy alone decides.
#[derive(clap::Args)]
pub(super) struct TuningArgs {
    /// Without names and places: patterns and cues only.
    #[arg(long)]
    patterns_only: bool,
    /// The tagger's threshold, 0 to 1.
    #[arg(long)]
    threshold: Option<f32>,
}

impl TuningArgs {
    pub(super) fn apply(&self, engine: Deidentifier) -> Deidentifier {
        let mut tuning = engine.tuning();
        tuning.threshold = self.threshold.unwrap_or(tuning.threshold);
        tuning.names = !self.patterns_only;
        engine.tuned(tuning)
    }
}

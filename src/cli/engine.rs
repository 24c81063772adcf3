//! The engine that evaluators run: its options, and what it accepts of a text.

use crate::case::Case;
use crate::detect::Scratch;
use crate::entity::Entity;
use crate::pipeline::Deidentifier;
use crate::policy::{Operator, Policy};
use crate::rules::{RuleFiles, embedded};
use crate::span::{CharSpan, OffsetWalk};
use std::path::PathBuf;

/// Which rules, policy and tuning: the same words for `detect` and `audit`, so that an audit
/// measures what `detect` prints.
#[derive(clap::Args)]
pub(super) struct EngineArgs {
    /// Only what this policy changes.
    #[arg(long)]
    policy: Option<String>,
    /// A rule folder instead of the embedded one.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Without names and places: patterns and cues only.
    #[arg(long)]
    patterns_only: bool,
    /// The tagger's threshold, 0 to 1.
    #[arg(long)]
    threshold: Option<f32>,
}

impl EngineArgs {
    /// The engine that they ask for.
    pub(super) fn build(&self) -> anyhow::Result<Evaluated> {
        let files = match &self.rules {
            Some(dir) => RuleFiles::read(dir)?,
            None => embedded(),
        };
        let engine = Deidentifier::new(&files, self.policy.as_deref().unwrap_or(Policy::DEFAULT))?;
        let mut tuning = engine.tuning();
        tuning.threshold = self.threshold.unwrap_or(tuning.threshold);
        tuning.names = !self.patterns_only;
        Ok(Evaluated { engine: engine.tuned(tuning), narrowed: self.policy.is_some() })
    }
}

/// An engine under evaluation.
pub(super) struct Evaluated {
    /// The engine.
    pub(super) engine: Deidentifier,
    /// True when only what the policy changes counts, not what it keeps.
    narrowed: bool,
}

impl Evaluated {
    /// The same at another threshold of the tagger.
    pub(super) fn at(&self, threshold: f32) -> Self {
        let mut tuning = self.engine.tuning();
        tuning.threshold = threshold;
        Self { engine: self.engine.clone().tuned(tuning), narrowed: self.narrowed }
    }

    /// Every accepted entity of a text, and where, in code points: sorted and disjoint.
    pub(super) fn entities(&self, text: String, scratch: &mut Scratch) -> Vec<(CharSpan, Entity)> {
        let case = Case::from_text("", text);
        let decision = self.engine.detect(&case, scratch);
        let mut walk = OffsetWalk::new(&case.fields[0].text);
        let counts = |e: &Entity| {
            !self.narrowed || self.engine.policy().operator(e.entity) != Operator::Keep
        };
        decision.entities.into_iter().filter(counts).map(|e| (walk.chars(e.span), e)).collect()
    }
}

//! The engine that a command runs: arguments that several commands share.

use crate::both::both;
use crate::case::Case;
use crate::detect::Scratch;
use crate::detect::Tuning;
use crate::entity::Entity;
use crate::gate;
use crate::key::KeyRing;
use crate::pipeline::Deidentifier;
use crate::policy::{Operator, Policy};
use crate::rules::{RuleFiles, embedded};
use crate::span::{CharSpan, OffsetWalk};
use std::path::{Path, PathBuf};

/// Which rules and which policy.
#[derive(clap::Args)]
pub(super) struct EngineArgs {
    /// The policy; `echo-case` when not given.
    #[arg(long)]
    pub(super) policy: Option<String>,
    /// A rule folder instead of the embedded one.
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
    /// A key file, for policies that need one; otherwise `CASEVEIL_KEY_FILE` or `CASEVEIL_KEY`.
    #[arg(long)]
    key_file: Option<PathBuf>,
}

impl EngineArgs {
    pub(super) fn build(&self) -> anyhow::Result<Deidentifier> {
        let files = rule_files(self.rules.as_deref())?;
        let policy = self.policy.as_deref().unwrap_or(Policy::DEFAULT);
        Ok(Deidentifier::with_keys(&files, policy, self.keys()?)?)
    }

    /// The same, of which cases will be released soon.
    pub(super) fn build_to_release(&self) -> anyhow::Result<Deidentifier> {
        both(gate::prepare, || self.build()).1
    }

    /// The keys that they name, if they name any.
    pub(super) fn keys(&self) -> anyhow::Result<Option<KeyRing>> {
        keys(self.key_file.as_deref())
    }
}

/// The rule folder, or the embedded one.
pub(super) fn rule_files(dir: Option<&Path>) -> anyhow::Result<RuleFiles> {
    Ok(match dir {
        Some(dir) => RuleFiles::read(dir)?,
        None => embedded(),
    })
}

/// The keys of a file, or those that the environment names.
pub(super) fn keys(file: Option<&Path>) -> anyhow::Result<Option<KeyRing>> {
    Ok(match file {
        Some(path) => Some(KeyRing::read(path)?),
        None => KeyRing::from_environment()?,
    })
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

/// Which engine to evaluate: the same words for `detect` and `audit`, so that an audit measures
/// what `detect` prints.
#[derive(clap::Args)]
pub(super) struct EvaluatedArgs {
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    tuning: TuningArgs,
}

impl EvaluatedArgs {
    /// The rule folder that they name.
    pub(super) fn rules(&self) -> Option<&Path> {
        self.engine.rules.as_deref()
    }

    /// The engine that they ask for. With a policy, only what it changes counts.
    pub(super) fn build(&self) -> anyhow::Result<Evaluated> {
        let engine = self.tuning.apply(self.engine.build()?);
        Ok(Evaluated { engine, narrowed: self.engine.policy.is_some() })
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
    /// The same for output that names no features.
    pub(super) fn unexplained(self) -> Self {
        Self { engine: self.engine.unexplained(), ..self }
    }

    /// The same, tuned otherwise.
    pub(super) fn tuned(&self, tuning: Tuning) -> Self {
        Self { engine: self.engine.clone().tuned(tuning), narrowed: self.narrowed }
    }

    /// The same at another threshold of the tagger.
    pub(super) fn at(&self, threshold: f32) -> Self {
        self.tuned(Tuning { threshold, ..self.engine.tuning() })
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

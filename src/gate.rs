//! Masked case to verdict: a last look before anything leaves the house.
//!
//! Enters: a [`MaskedCase`], what a second scan of it found, and what else speaks against it.
//! Leaves: the only way to a [`ReleasedCase`], which outputs and the hub accept and nothing else.

mod decided;
mod doubt;
mod seam;
mod sight;
mod wire;
mod tripwire;
mod watcher;

pub use doubt::Bounds;
pub(crate) use doubt::{doubts, risks, unfaithful};
pub(crate) use sight::{Seen, Sight};
pub use watcher::{Watcher, WatcherError};

use crate::case::CaseId;
use crate::entity::{Entity, EntityType};
use crate::fault::{self, Part};
use crate::mask::MaskedCase;
use crate::span::ByteSpan;
use std::fmt;

/// Makes the machines of the tripwires, which the first case would wait for otherwise.
pub fn prepare() {
    wire::prepare();
    seam::prepare();
}

/// A case that may leave. Only the gate builds one.
#[derive(Clone)]
pub struct ReleasedCase(MaskedCase);

impl ReleasedCase {
    /// The name of the case.
    pub fn id(&self) -> &CaseId {
        self.0.id()
    }

    /// The case as it leaves.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// The same without its first fields, which were only there to be known.
    #[must_use]
    pub(crate) fn without_front(self, fields: usize) -> Self {
        Self(self.0.without_front(fields))
    }

    /// What was masked and where.
    pub fn masked(&self) -> &MaskedCase {
        &self.0
    }
}

impl fmt::Debug for ReleasedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleasedCase({:?})", self.0)
    }
}

/// The kinds of doubt that keep a case back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The second scan still found an identifier.
    Residual,
    /// Something nearly counted as an identifier.
    LowMargin,
    /// The plain shape of an identifier stands where no recognizer found one.
    Tripwire,
    /// The gate's own model takes a word for an identifier where no recognizer found one.
    Watcher,
    /// Something that is not text, which nobody searched.
    Attachment,
    /// A writing that the rules were not made for.
    Language,
    /// More text than the gate decides on alone.
    Size,
    /// The masked case is not the case with some pieces replaced: a fault of ours.
    Integrity,
    /// Too few people have in common what remains: the policy asks for a generalisation.
    Risk,
    /// The rules in force do not find what the examples of the built-in ones show.
    Weakened,
}

/// Why a case waits for a person: the kind, and where in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldReason {
    /// The kind.
    pub doubt: Doubt,
    /// Field and span in the source, where the doubt has a place.
    pub place: Option<(usize, ByteSpan)>,
    /// As what it was found, where it was found as something.
    pub entity: Option<EntityType>,
}

impl HoldReason {
    /// A reason that concerns the whole case.
    pub fn whole(doubt: Doubt) -> Self {
        Self { doubt, place: None, entity: None }
    }

    /// The stable name, such as `residual`.
    pub fn name(self) -> &'static str {
        match self.doubt {
            Doubt::Residual => "residual",
            Doubt::LowMargin => "low-margin",
            Doubt::Tripwire => "tripwire",
            Doubt::Watcher => "watcher",
            Doubt::Attachment => "attachment",
            Doubt::Language => "language",
            Doubt::Size => "size",
            Doubt::Integrity => "integrity",
            Doubt::Risk => "risk",
            Doubt::Weakened => "weakened",
        }
    }
}

/// What the gate says.
#[derive(Debug)]
pub enum Verdict {
    /// It may leave.
    Released(ReleasedCase),
    /// It waits: the masked case is not handed out.
    Held(Vec<HoldReason>),
}

/// What a person decided about a held case, in source positions: nothing here is text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// To be masked as well, and as what.
    pub masked: Vec<(usize, ByteSpan, EntityType)>,
    /// Not identifying: stays as it is.
    pub cleared: Vec<(usize, ByteSpan)>,
}

impl Review {
    /// True when a person said that all of this span may stay.
    pub fn clears(&self, field: usize, span: ByteSpan) -> bool {
        self.cleared.iter().any(|(f, s)| *f == field && s.contains(span))
    }
}

/// Decides on a masked case. `residual` is what a scan of the masked text finds outside of what
/// masking wrote and the policy keeps, in source positions; `others` is what else speaks against.
pub fn decide(masked: MaskedCase, residual: &[Entity], others: Vec<HoldReason>) -> Verdict {
    let found = residual.iter().map(|e| HoldReason {
        doubt: Doubt::Residual,
        place: Some((e.field, e.span)),
        entity: Some(e.entity),
    });
    let reasons: Vec<HoldReason> = found.chain(others).collect();
    if fault::fails(Part::Gate) || fault::empties(Part::Gate) {
        return Verdict::Held(Vec::new());
    }
    if reasons.is_empty() {
        Verdict::Released(ReleasedCase(masked))
    } else {
        Verdict::Held(reasons)
    }
}

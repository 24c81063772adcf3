//! Masked case to verdict: a last look before anything leaves the house.
//!
//! Enters: a [`MaskedCase`] and what a second scan of it found. Leaves: the only way to a
//! [`ReleasedCase`], which outputs and the hub accept and nothing else.

use crate::case::CaseId;
use crate::entity::Entity;
use crate::mask::MaskedCase;
use std::fmt;

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

/// Why a case waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// The second scan still found identifiers.
    Residual {
        /// How many.
        found: usize,
    },
}

impl HoldReason {
    /// The stable name, such as `residual`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Residual { .. } => "residual",
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

/// Decides on a masked case. `residual` is what a scan of the masked text finds outside of what
/// masking wrote and the policy keeps.
pub fn decide(masked: MaskedCase, residual: &[Entity]) -> Verdict {
    if residual.is_empty() {
        Verdict::Released(ReleasedCase(masked))
    } else {
        Verdict::Held(vec![HoldReason::Residual { found: residual.len() }])
    }
}

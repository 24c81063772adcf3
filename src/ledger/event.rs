//! What can happen.

use crate::audit::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The service was started.
    Started,
    /// The service was stopped in an orderly way.
    Stopped,
    /// A case passed the gate.
    Released,
    /// A case waits for a person.
    Held,
    /// A case was turned away.
    Refused,
    /// A person looked at a held case.
    HoldViewed,
    /// A person had one more piece masked.
    HoldAccepted,
    /// A person let a piece stay.
    HoldRejected,
    /// A person had a piece masked that nothing had found.
    HoldAdded,
    /// The first of two persons agreed to release a held case.
    HoldApproved,
    /// A held case was released.
    HoldReleased,
    /// A held case was refused and destroyed.
    HoldRefused,
    /// Nobody decided in time; the held case was destroyed.
    HoldExpired,
    /// The hub confirmed a case.
    Delivered,
    /// The hub will not have a case; it waits for an operator.
    DeadLetter,
    /// An operator sent a dead letter out again.
    Replayed,
    /// Rules, policy or keys were read again.
    Reloaded,
    /// The last rows of the other chains, so that each chain vouches for the others.
    Checkpoint,
    /// A sealed value was opened.
    Unsealed,
}

/// One event: who, what, under which rules. Never text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub event: EventKind,
    /// To which case, by our id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case: Option<Uuid>,
    /// Who did it, as a keyed id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<String>,
    /// How many pieces of each type were masked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub entities: BTreeMap<String, u64>,
    /// How many doubts of each kind there were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub reasons: BTreeMap<String, u64>,
    /// Digest of the rules, lexicons and model in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rules: Option<String>,
    /// The policy in force: name, version, digest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<(String, u32, String)>,
    /// Why a sealed value was opened, in the words of whoever did it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub because: Option<String>,
    /// Digest of the case as it was released.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<String>,
    /// What differs in rules and policy: names of ours and of the operator's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<String>,
    /// The last row of other chains: chain to number and hash.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub chains: BTreeMap<String, (u64, String)>,
}

impl Event {
    /// An event of that kind, and nothing more.
    pub fn of(event: EventKind) -> Self {
        Self {
            event,
            case: None,
            actor: None,
            entities: BTreeMap::new(),
            reasons: BTreeMap::new(),
            rules: None,
            policy: None,
            because: None,
            output: None,
            changes: Vec::new(),
            chains: BTreeMap::new(),
        }
    }

    /// An event of a case.
    pub fn of_case(event: EventKind, case: Uuid) -> Self {
        Self { case: Some(case), ..Self::of(event) }
    }

    /// The same, done by that keyed id.
    #[must_use]
    pub fn by(self, actor: &str) -> Self {
        Self { actor: Some(actor.to_owned()), ..self }
    }

    /// The same, under what the record names.
    #[must_use]
    pub fn under(self, record: &Record) -> Self {
        let rules = Some(record.rules_digest.clone());
        Self { rules, policy: Some(record.policy.clone()), ..self }
    }
}

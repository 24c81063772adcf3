//! Rows of released cases as types: what waits for delivery, and what became of the others.

use super::column::{timestamp, unreadable};
use super::format::Format;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Where a case is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On disk, not yet with the hub.
    Pending,
    /// The hub has confirmed it.
    Delivered,
    /// The hub will not have it; it waits for an operator.
    Dead,
}

/// What was in force when a case was masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Of rules, lexicons and model.
    pub rules: String,
    /// Name of the policy.
    pub policy: String,
    /// Version of the policy.
    pub policy_version: u32,
    /// Of the policy's file.
    pub policy_digest: String,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStatus {
    /// Its id.
    pub id: Uuid,
    /// Keyed id of who submitted it.
    pub spoke: String,
    /// Where it is.
    pub state: State,
    /// Deliveries tried.
    pub attempts: u32,
    /// Why the last one failed, in our words.
    pub last_failure: Option<String>,
    /// When it was taken.
    pub submitted: Timestamp,
    /// When the hub confirmed it.
    pub delivered: Option<Timestamp>,
    /// How many pieces of each entity type were masked.
    pub entities: BTreeMap<String, u64>,
    /// What was in force.
    pub digests: Digests,
}

impl CaseStatus {
    pub(super) fn read(id: Uuid, row: &AnyRow) -> Result<Self, sqlx::Error> {
        let state = match row.try_get::<String, _>("state")?.as_str() {
            "pending" => State::Pending,
            "delivered" => State::Delivered,
            "dead" => State::Dead,
            _ => return Err(unreadable()),
        };
        let entities: String = row.try_get("entities")?;
        Ok(Self {
            id,
            spoke: row.try_get("spoke")?,
            state,
            attempts: row.try_get::<i64, _>("attempts")? as u32,
            last_failure: row.try_get("last_failure")?,
            submitted: timestamp(row.try_get("submitted_ms")?),
            delivered: row.try_get::<Option<i64>, _>("delivered_ms")?.map(timestamp),
            entities: serde_json::from_str(&entities).map_err(|_| unreadable())?,
            digests: Digests {
                rules: row.try_get("rules_digest")?,
                policy: row.try_get("policy_id")?,
                policy_version: row.try_get::<i64, _>("policy_version")? as u32,
                policy_digest: row.try_get("policy_digest")?,
            },
        })
    }
}

/// A released case that waits for delivery. Only the outbox builds one, from what was
/// taken as a [`super::NewCase`], so that what is delivered has passed the gate.
pub struct Pending {
    id: Uuid,
    format: Format,
    body: Vec<u8>,
    attempts: u32,
    patient: Option<String>,
}

impl Pending {
    pub(super) fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let format: String = row.try_get("format")?;
        let file: Option<String> = row.try_get("file")?;
        let format = Format::from_name(file.as_deref().unwrap_or(&format))?;
        Ok(Self {
            id: Uuid::parse_str(&id).map_err(|_| unreadable())?,
            format,
            body: format.of_column(row.try_get("body")?)?,
            attempts: row.try_get::<i64, _>("attempts")? as u32,
            patient: row.try_get("patient")?,
        })
    }

    /// What the hub calls the patient, where there is a key for that.
    pub fn patient(&self) -> Option<&str> {
        self.patient.as_deref()
    }

    /// Its id, which is also its idempotency key.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The form of its body.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The case as it leaves.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Deliveries tried so far.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({}, {} bytes)", self.id, self.body.len())
    }
}

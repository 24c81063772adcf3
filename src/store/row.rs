//! Rows of the outbox as types.

use crate::gate::ReleasedCase;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Entity type to how many.
pub(super) type Counts = BTreeMap<String, u64>;

/// The form in which a case leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Running text.
    Text,
    /// One JSON value.
    Json,
}

impl Format {
    pub(super) fn of(case: &ReleasedCase) -> Self {
        if case.masked().is_text() { Self::Text } else { Self::Json }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    fn from_name(name: &str) -> Result<Self, sqlx::Error> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(unreadable()),
        }
    }
}

/// Where a case is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On disk, not yet with the hub.
    Pending,
    /// The hub has confirmed it.
    Delivered,
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
    pub(super) fn read(id: Uuid, row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let state = match row.try_get::<String, _>("state")?.as_str() {
            "pending" => State::Pending,
            "delivered" => State::Delivered,
            _ => return Err(unreadable()),
        };
        let entities: String = row.try_get("entities")?;
        Ok(Self {
            id,
            state,
            attempts: row.try_get("attempts")?,
            last_failure: row.try_get("last_failure")?,
            submitted: timestamp(row.try_get("submitted_ms")?),
            delivered: row.try_get::<Option<i64>, _>("delivered_ms")?.map(timestamp),
            entities: serde_json::from_str(&entities).map_err(|_| unreadable())?,
            digests: Digests {
                rules: row.try_get("rules_digest")?,
                policy: row.try_get("policy_id")?,
                policy_version: row.try_get("policy_version")?,
                policy_digest: row.try_get("policy_digest")?,
            },
        })
    }
}

/// A released case that waits for delivery. Only the outbox builds one, from what [`super::Outbox::put`]
/// took, so that what is delivered has passed the gate.
pub struct Pending {
    id: Uuid,
    format: Format,
    body: String,
    attempts: u32,
}

impl Pending {
    pub(super) fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        Ok(Self {
            id: Uuid::parse_str(&id).map_err(|_| unreadable())?,
            format: Format::from_name(&row.try_get::<String, _>("format")?)?,
            body: row.try_get("body")?,
            attempts: row.try_get("attempts")?,
        })
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
    pub fn body(&self) -> &str {
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

pub(super) fn entities_to_json(counts: &Counts) -> String {
    serde_json::to_string(counts).expect("names and numbers are JSON")
}

/// The time of a column; one that no calendar knows reads as the beginning of time.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MIN)
}

/// A row that this version did not write.
fn unreadable() -> sqlx::Error {
    sqlx::Error::Decode("a row of another version".into())
}

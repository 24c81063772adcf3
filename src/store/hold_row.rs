//! Rows of held cases as types.

use super::column::{Counts, timestamp, unreadable};
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::fmt;
use uuid::Uuid;

/// Where a held case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// It waits for a decision.
    Waiting,
    /// It was released.
    Released,
    /// It was refused.
    Refused,
    /// Nobody decided in time.
    Expired,
}

impl HoldState {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Released => "released",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// What only the seal key opens: the wrapped key, the case, the edits.
pub type Secret = (Vec<u8>, Vec<u8>, Option<Vec<u8>>);

/// A held case: what can be read of it, and what only its key opens.
#[derive(Clone)]
pub struct Hold {
    /// Its id.
    pub id: Uuid,
    /// Keyed id of who submitted it.
    pub spoke: String,
    /// Where it is.
    pub state: HoldState,
    /// Kinds of doubt.
    pub reasons: Counts,
    /// The wrapped key, the sealed case, the sealed edits; none once it is decided.
    pub secret: Option<Secret>,
    /// Keyed id of the first person who agreed to release it.
    pub approved_by: Option<String>,
    /// Counts decisions.
    pub version: i64,
    /// When it was taken.
    pub submitted: Timestamp,
    /// When it is destroyed without a decision.
    pub expires: Timestamp,
    /// When it was decided.
    pub decided: Option<Timestamp>,
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hold({}, {:?})", self.id, self.state)
    }
}

impl Hold {
    pub(super) fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let state = match row.try_get::<String, _>("state")?.as_str() {
            "waiting" => HoldState::Waiting,
            "released" => HoldState::Released,
            "refused" => HoldState::Refused,
            "expired" => HoldState::Expired,
            _ => return Err(unreadable()),
        };
        let key: Option<Vec<u8>> = row.try_get("wrapped_key")?;
        let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
        let reasons: String = row.try_get("reasons")?;
        let edits: Option<Vec<u8>> = row.try_get("edits")?;
        Ok(Self {
            id: Uuid::parse_str(&row.try_get::<String, _>("id")?).map_err(|_| unreadable())?,
            spoke: row.try_get("spoke")?,
            state,
            reasons: serde_json::from_str(&reasons).map_err(|_| unreadable())?,
            secret: key.zip(sealed).map(|(key, sealed)| (key, sealed, edits)),
            approved_by: row.try_get("approved_by")?,
            version: row.try_get("version")?,
            submitted: timestamp(row.try_get("submitted_ms")?),
            expires: timestamp(row.try_get("expires_ms")?),
            decided: row.try_get::<Option<i64>, _>("decided_ms")?.map(timestamp),
        })
    }
}

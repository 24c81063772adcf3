//! Rows as types.

use crate::format;
use crate::gate::ReleasedCase;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Entity type to how many.
pub type Counts = BTreeMap<String, u64>;

/// The form in which a case leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Running text.
    Text,
    /// One JSON value.
    Json,
    /// A document of another format.
    File(format::Format),
}

impl Format {
    pub(super) fn of(case: &ReleasedCase) -> Self {
        if case.masked().is_text() { Self::Text } else { Self::Json }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::File(format::Format::Fhir) => "fhir",
            Self::File(format::Format::Json) => "file-json",
            Self::File(format) => format.extension(),
        }
    }

    /// The column of what is text or JSON.
    pub(super) fn column(self) -> &'static str {
        if self == Self::Json { "json" } else { "text" }
    }

    /// The column of what is a document of another format.
    pub(super) fn file(self) -> Option<&'static str> {
        matches!(self, Self::File(_)).then(|| self.name())
    }

    fn from_name(name: &str) -> Result<Self, sqlx::Error> {
        use format::Format as F;
        Ok(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "txt" => Self::File(F::Text),
            // How it was cut matters for reading, and it is only passed on from here.
            "csv" => Self::File(F::Csv(b',')),
            "tsv" => Self::File(F::Tsv),
            "file-json" => Self::File(F::Json),
            "jsonl" => Self::File(F::JsonLines),
            "fhir" => Self::File(F::Fhir),
            "xml" => Self::File(F::Xml),
            "html" => Self::File(F::Html),
            "hl7" => Self::File(F::Hl7),
            "eml" => Self::File(F::Email),
            "rtf" => Self::File(F::Rtf),
            "docx" => Self::File(F::Docx),
            "xlsx" => Self::File(F::Xlsx),
            "pdf" => Self::File(F::Pdf),
            "parquet" => Self::File(F::Parquet),
            _ => return Err(unreadable()),
        })
    }

    /// The media type under which it leaves.
    pub fn media_type(self) -> &'static str {
        use format::Format as F;
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json | Self::File(F::Json) => "application/json",
            // The text of a PDF is UTF-8, which we wrote.
            Self::File(F::Text) => "text/plain; charset=utf-8",
            Self::File(F::Pdf) => "application/pdf",
            Self::File(F::Parquet) => "application/vnd.apache.parquet",
            Self::File(F::Csv(_)) => "text/csv",
            Self::File(F::Tsv) => "text/tab-separated-values",
            Self::File(F::JsonLines) => "application/x-ndjson",
            Self::File(F::Fhir) => "application/fhir+json",
            Self::File(F::Xml) => "application/xml",
            Self::File(F::Html) => "text/html",
            Self::File(F::Hl7) => "application/hl7-v2",
            Self::File(F::Email) => "message/rfc822",
            Self::File(F::Rtf) => "application/rtf",
            Self::File(F::Docx) => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            Self::File(F::Xlsx) => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        }
    }

    /// The file name extension under which it leaves.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::File(format) => format.extension(),
        }
    }

    /// A body as a column holds it: documents need not be text.
    pub(super) fn to_column(self, body: &[u8]) -> String {
        match self {
            Self::Text | Self::Json => String::from_utf8_lossy(body).into_owned(),
            Self::File(_) => BASE64_STANDARD.encode(body),
        }
    }

    fn of_column(self, column: String) -> Result<Vec<u8>, sqlx::Error> {
        match self {
            Self::Text | Self::Json => Ok(column.into_bytes()),
            Self::File(_) => BASE64_STANDARD.decode(column).map_err(|_| unreadable()),
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

pub(super) fn counts_to_json(counts: &Counts) -> String {
    serde_json::to_string(counts).expect("names and numbers are JSON")
}

/// How many pieces of each type were masked: what the output shows.
pub(super) fn masked_counts(case: &ReleasedCase) -> Counts {
    let mut counts = Counts::new();
    for replaced in case.masked().replaced() {
        *counts.entry(replaced.entity.name().to_owned()).or_default() += 1;
    }
    counts
}

/// The time of a column; one that no calendar knows reads as the beginning of time.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MIN)
}

/// A row that this version did not write.
fn unreadable() -> sqlx::Error {
    sqlx::Error::Decode("a row of another version".into())
}

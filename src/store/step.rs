//! What one transaction can do: the only statements that change rows.

use super::column::{self, Counts};
use super::dialect::Dialect;
use super::format::Format;
use super::{StoreError, Suggestion, idempotency};
use crate::audit::Record;
use crate::format::{self, FormatError, Opened};
use crate::gate::ReleasedCase;
use crate::ledger::Receipt;
use jiff::Timestamp;
use sqlx::{Any, AnyConnection};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Builds the answer to a request from the receipt of its event, sealed as it is stored.
pub type AnswerMaker = Arc<dyn Fn(&Receipt) -> Option<Vec<u8>> + Send + Sync>;

/// A case that passed the gate, as a row.
#[derive(Debug)]
pub struct NewCase {
    id: Uuid,
    spoke: String,
    format: Format,
    body: Vec<u8>,
    entities: Counts,
    rules: String,
    policy: (String, u32, String),
    patient: Option<String>,
}

impl NewCase {
    /// The row of a released case. Only what passed the gate can become one.
    pub fn of(id: Uuid, spoke: &str, case: &ReleasedCase, record: &Record) -> Self {
        Self {
            id,
            spoke: spoke.to_owned(),
            format: Format::of(case),
            body: case.render().into_bytes(),
            entities: column::masked_counts(case),
            rules: record.rules_digest.clone(),
            policy: record.policy.clone(),
            patient: None,
        }
    }

    /// The row of a released document. Only what passed the gate can become one.
    ///
    /// # Errors
    /// [`FormatError::Held`] when one of its cases did not.
    pub fn of_document(
        id: Uuid,
        spoke: &str,
        (format, opened): (format::Format, &Opened),
        released: &[Option<ReleasedCase>],
        record: &Record,
    ) -> Result<Self, FormatError> {
        if !released.iter().all(Option::is_some) {
            return Err(FormatError::Held);
        }
        let mut entities = Counts::new();
        for (name, n) in released.iter().flatten().flat_map(column::masked_counts) {
            *entities.entry(name).or_default() += n;
        }
        Ok(Self {
            id,
            spoke: spoke.to_owned(),
            format: Format::File(format.written()),
            body: opened.write(released)?,
            entities,
            rules: record.rules_digest.clone(),
            policy: record.policy.clone(),
            patient: None,
        })
    }

    /// The same, of the patient with that pseudonym.
    #[must_use]
    pub fn of_patient(self, patient: Option<String>) -> Self {
        Self { patient, ..self }
    }

    /// The case as it leaves.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How many pieces of each type were masked.
    pub fn entities(&self) -> &Counts {
        &self.entities
    }
}

/// A case that waits, as a row: nothing in it can be read.
pub struct NewHold {
    /// Its id.
    pub id: Uuid,
    /// Keyed id of who submitted it.
    pub spoke: String,
    /// Kinds of doubt.
    pub reasons: Counts,
    /// The data key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The case as submitted, sealed with the data key.
    pub sealed: Vec<u8>,
    /// When it is destroyed without a decision.
    pub expires: Timestamp,
}

impl fmt::Debug for NewHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewHold({})", self.id)
    }
}

/// One change. A step that finds no row to change fails with [`StoreError::Conflict`], and its
/// whole unit with it.
pub enum Step {
    /// A released case goes into the outbox.
    Take(NewCase),
    /// A case waits for a person.
    Hold(NewHold),
    /// A decision on a piece of a held case; `approved_by` when it is the first of two to release it.
    Edit {
        /// The hold.
        id: Uuid,
        /// The decisions that were seen.
        version: i64,
        /// All decisions, sealed.
        edits: Vec<u8>,
        /// Keyed id of the first person, when there is one.
        approved_by: Option<String>,
    },
    /// A held case is decided or expired: its key and text are destroyed.
    Close {
        /// The hold.
        id: Uuid,
        /// The decisions that were seen; `None` for whatever they are.
        version: Option<i64>,
        /// `released`, `refused` or `expired`.
        state: &'static str,
    },
    /// A request with an idempotency key begins.
    Claim(idempotency::Request),
    /// It ends with an answer that is given again.
    Answer(idempotency::Claim, AnswerMaker),
    /// It ends without.
    Disclaim(idempotency::Claim),
    /// The hub has a case.
    Delivered(Uuid),
    /// The hub will not have it.
    Dead(Uuid, String),
    /// A dead letter goes out again.
    Replay(Uuid),
    /// An attempt failed: why, and when to try again.
    Failed(Uuid, String, Timestamp),
    /// Nothing can be delivered before.
    PutOff(Timestamp),
    /// Idempotency keys that expired.
    Purge,
    /// A decision, for whoever writes rules.
    Suggest(Suggestion),
    /// A suggestion was looked at.
    Dismiss(String),
}

/// Runs a step of a replica. For a claim: what came of it.
pub(super) async fn run(
    connection: &mut AnyConnection,
    (dialect, replica): (&dyn Dialect, &str),
    step: &Step,
    now: Timestamp,
    receipt: Option<&Receipt>,
) -> Result<Option<idempotency::Outcome>, StoreError> {
    let now_ms = now.as_millisecond();
    let query = match step {
        Step::Take(case) => sqlx::query(
            "INSERT INTO outbox (id, spoke, format, body, entities, rules_digest, policy_id, policy_version, \
             policy_digest, due_ms, submitted_ms, patient, file) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)",
        )
        .bind(case.id.to_string())
        .bind(&case.spoke)
        .bind(case.format.column())
        .bind(case.format.to_column(&case.body))
        .bind(column::counts_to_json(&case.entities))
        .bind(&case.rules)
        .bind(&case.policy.0)
        .bind(i64::from(case.policy.1))
        .bind(&case.policy.2)
        .bind(now_ms)
        .bind(case.patient.clone())
        .bind(case.format.file()),
        Step::Hold(hold) => sqlx::query(
            "INSERT INTO hold (id, spoke, state, reasons, wrapped_key, sealed, submitted_ms, expires_ms) \
             VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7)",
        )
        .bind(hold.id.to_string())
        .bind(&hold.spoke)
        .bind(column::counts_to_json(&hold.reasons))
        .bind(&hold.wrapped_key)
        .bind(&hold.sealed)
        .bind(now_ms)
        .bind(hold.expires.as_millisecond()),
        Step::Edit { id, version, edits, approved_by } => sqlx::query(
            "UPDATE hold SET edits = $1, approved_by = $2, version = version + 1 \
             WHERE id = $3 AND version = $4 AND state = 'waiting'",
        )
        .bind(edits)
        .bind(approved_by.clone())
        .bind(id.to_string())
        .bind(*version),
        Step::Close { id, version, state } => sqlx::query(
            "UPDATE hold SET state = $1, wrapped_key = NULL, sealed = NULL, edits = NULL, decided_ms = $2, \
             version = version + 1 WHERE id = $3 AND (version = $4 OR $4 < 0) AND state = 'waiting'",
        )
        .bind(*state)
        .bind(now_ms)
        .bind(id.to_string())
        .bind(version.unwrap_or(-1)),
        Step::Claim(request) => {
            return idempotency::claim(connection, request, now).await.map(Some);
        }
        Step::Answer(claim, make) => {
            let answer = receipt.and_then(|r| make(r)).ok_or(StoreError::Answer)?;
            sqlx::query("UPDATE idempotency SET answer = $1 WHERE id = $2 AND claim = $3 AND answer IS NULL")
                .bind(answer)
                .bind(claim.id.clone())
                .bind(claim.token.clone())
        }
        Step::Disclaim(claim) => {
            sqlx::query("DELETE FROM idempotency WHERE id = $1 AND claim = $2 AND answer IS NULL")
                .bind(claim.id.clone())
                .bind(claim.token.clone())
        }
        Step::Delivered(id) => sqlx::query(
            "UPDATE outbox SET state = 'delivered', delivered_ms = $1, attempts = attempts + 1, \
             last_failure = NULL WHERE id = $2 AND state = 'pending'",
        )
        .bind(now_ms)
        .bind(id.to_string()),
        Step::Dead(id, failure) => sqlx::query(
            "UPDATE outbox SET state = 'dead', attempts = attempts + 1, last_failure = $1 \
             WHERE id = $2 AND state = 'pending'",
        )
        .bind(failure)
        .bind(id.to_string()),
        Step::Replay(id) => sqlx::query(
            "UPDATE outbox SET state = 'pending', attempts = 0, due_ms = $1, claimed_ms = 0 \
             WHERE id = $2 AND state = 'dead'",
        )
        .bind(now_ms)
        .bind(id.to_string()),
        Step::Failed(id, failure, due) => {
            return several(
                connection,
                sqlx::query(
                    "UPDATE outbox SET attempts = attempts + 1, last_failure = $1, due_ms = $2, claimed_ms = 0 \
                     WHERE id = $3 AND state = 'pending'",
                )
                .bind(failure)
                .bind(due.as_millisecond())
                .bind(id.to_string()),
            )
            .await;
        }
        Step::PutOff(due) => {
            let query = sqlx::query(dialect.put_off());
            let query = query.bind(due.as_millisecond()).bind(replica.to_owned()).bind(now_ms);
            return several(connection, query).await;
        }
        Step::Suggest(suggestion) => sqlx::query(
            "INSERT INTO suggestion (id, day, decision, entity, rules, shape) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&suggestion.id)
        .bind(&suggestion.day)
        .bind(&suggestion.decision)
        .bind(suggestion.entity.clone())
        .bind(&suggestion.rules)
        .bind(&suggestion.shape),
        Step::Dismiss(id) => sqlx::query("DELETE FROM suggestion WHERE id = $1").bind(id),
        Step::Purge => {
            return several(connection, sqlx::query(dialect.purge()).bind(now_ms)).await;
        }
    };
    match query.execute(connection).await?.rows_affected() {
        1 => Ok(None),
        _ => Err(StoreError::Conflict),
    }
}

type Query<'q> = sqlx::query::Query<'q, Any, sqlx::any::AnyArguments>;

/// A statement that may change any number of rows.
async fn several(
    connection: &mut AnyConnection,
    query: Query<'_>,
) -> Result<Option<idempotency::Outcome>, StoreError> {
    query.execute(connection).await?;
    Ok(None)
}

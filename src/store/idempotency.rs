//! Idempotency keys: the same request twice is one case, and has one answer.
//!
//! Only HMACs of keys and bodies are stored. A claim in flight belongs to one process: when that
//! has died, its successor may take the claim over, any other replica after the lease.

use super::StoreError;
use jiff::{Timestamp, ToSpan as _};
use sqlx::{AnyConnection, Row as _};

/// How long an answer is given again.
const KEPT_HOURS: i64 = 24;

/// How long a claim of a replica counts that may have died.
const LEASE_SECONDS: i64 = 60;

/// A request with an idempotency key.
#[derive(Clone, Debug)]
pub struct Request {
    /// HMAC of caller, route and key.
    pub id: String,
    /// HMAC of the body.
    pub body: String,
    /// Random, of this request only.
    pub token: String,
    /// The replica at work.
    pub replica: String,
    /// Its present life.
    pub boot: String,
}

/// The right to answer a request.
#[derive(Clone, Debug)]
pub struct Claim {
    pub(super) id: String,
    pub(super) token: String,
}

/// What came of a claim.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nobody has it: go on.
    Claimed(Claim),
    /// It was answered: this is the sealed answer.
    Answered(Vec<u8>),
    /// It is at work.
    InFlight,
    /// The key was used with another body.
    OtherBody,
}

/// Claims a key, or says why not.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    request: &Request,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let now_ms = now.as_millisecond();
    sqlx::query(
        "DELETE FROM idempotency WHERE id = $1 AND ((answer IS NOT NULL AND expires_ms <= $2) \
         OR (answer IS NULL AND (lease_ms <= $2 OR (replica = $3 AND boot <> $4))))",
    )
    .bind(&request.id)
    .bind(now_ms)
    .bind(&request.replica)
    .bind(&request.boot)
    .execute(&mut *connection)
    .await?;
    let new = sqlx::query(
        "INSERT INTO idempotency (id, body, claim, replica, boot, lease_ms, expires_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&request.id)
    .bind(&request.body)
    .bind(&request.token)
    .bind(&request.replica)
    .bind(&request.boot)
    .bind((now + LEASE_SECONDS.seconds()).as_millisecond())
    .bind((now + KEPT_HOURS.hours()).as_millisecond())
    .execute(&mut *connection)
    .await?;
    if new.rows_affected() == 1 {
        return Ok(Outcome::Claimed(Claim {
            id: request.id.clone(),
            token: request.token.clone(),
        }));
    }
    let row = sqlx::query("SELECT body, answer FROM idempotency WHERE id = $1")
        .bind(&request.id)
        .fetch_one(connection)
        .await?;
    if row.try_get::<String, _>("body")? != request.body {
        return Ok(Outcome::OtherBody);
    }
    Ok(match row.try_get::<Option<Vec<u8>>, _>("answer")? {
        Some(answer) => Outcome::Answered(answer),
        None => Outcome::InFlight,
    })
}

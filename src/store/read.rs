//! What can be read from the store, and the claim on cases for delivery.

use super::column::timestamp;
use super::hold_row::Hold;
use super::row::{CaseStatus, Pending};
use super::{Store, StoreError};
use crate::ledger::{Head, Row};
use jiff::{Timestamp, ToSpan as _};
use sqlx::{AnyPool, Row as _};
use uuid::Uuid;

/// How many rows of each state there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cases that wait for the hub.
    pub pending: u64,
    /// Cases that the hub will not have.
    pub dead: u64,
    /// Cases that wait for a person.
    pub held: u64,
}

/// How long a replica may work on the cases that it claimed: longer than a round takes.
const CLAIM_MINUTES: i64 = 10;

/// Rows of the ledger read at a time.
const PAGE: i64 = 1000;

const HOLD: &str = "SELECT id, spoke, state, reasons, wrapped_key, sealed, edits, approved_by, version, \
                    submitted_ms, expires_ms, decided_ms FROM hold WHERE id = $1";

/// Lists show nothing that is sealed.
const HOLDS: &str = "SELECT id, spoke, state, reasons, NULL AS wrapped_key, NULL AS sealed, NULL AS edits, \
                     approved_by, version, submitted_ms, expires_ms, decided_ms FROM hold \
                     WHERE state = 'waiting' ORDER BY id LIMIT $1";

impl Store {
    /// What became of a case; `None` when the store never took it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn status(&self, id: Uuid) -> Result<Option<CaseStatus>, StoreError> {
        let row = sqlx::query(
            "SELECT spoke, state, attempts, last_failure, submitted_ms, delivered_ms, entities, rules_digest, \
             policy_id, policy_version, policy_digest FROM outbox WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| CaseStatus::read(id, &row)).transpose()?)
    }

    /// At most `limit` cases that are due for delivery, the oldest first; nobody else gets them
    /// for a while.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query(self.dialect.claim())
            .bind(now.as_millisecond())
            .bind(i64::from(limit))
            .bind(&self.replica)
            .bind((now + CLAIM_MINUTES.minutes()).as_millisecond())
            .fetch_all(&self.pool)
            .await?;
        let mut cases = rows.iter().map(Pending::read).collect::<Result<Vec<_>, _>>()?;
        cases.sort_by_key(Pending::id);
        Ok(cases)
    }

    /// When the next case is due; `None` when none waits.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT MIN(due_ms) FROM outbox WHERE state = 'pending'")
                .fetch_one(&self.pool)
                .await?;
        Ok(at.map(timestamp))
    }

    /// A held case; `None` when there never was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn hold(&self, id: Uuid) -> Result<Option<Hold>, StoreError> {
        let row = sqlx::query(HOLD).bind(id.to_string()).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| Hold::read(&row)).transpose()?)
    }

    /// The oldest cases that wait for a decision, without what is sealed.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn holds(&self, limit: u32) -> Result<Vec<Hold>, StoreError> {
        let rows = sqlx::query(HOLDS).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(Hold::read).collect::<Result<_, _>>()?)
    }

    /// Held cases that nobody decided on in time.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn expired(&self, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let query = "SELECT id FROM hold WHERE state = 'waiting' AND expires_ms <= $1 ORDER BY id LIMIT 100";
        let ids: Vec<String> =
            sqlx::query_scalar(query).bind(now.as_millisecond()).fetch_all(&self.pool).await?;
        Ok(ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect())
    }

    /// How many rows of each state there are.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'pending') AS pending, \
             (SELECT COUNT(*) FROM outbox WHERE state = 'dead') AS dead, \
             (SELECT COUNT(*) FROM hold WHERE state = 'waiting') AS held",
        )
        .fetch_one(&self.pool)
        .await?;
        let count = |name: &str| row.try_get::<i64, _>(name).map(|n| n as u64);
        Ok(Totals { pending: count("pending")?, dead: count("dead")?, held: count("held")? })
    }

    /// Writes a row, as taking a case would.
    ///
    /// # Errors
    /// [`StoreError`] when a case could not be taken now: a full or read-only disk, a lost file.
    pub async fn probe(&self, now: Timestamp) -> Result<(), StoreError> {
        if !self.space.is_enough() {
            return Err(StoreError::Use("the disk is nearly full"));
        }
        sqlx::query(
            "INSERT INTO probe (id, at_ms) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms",
        )
        .bind(now.as_millisecond())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The rows of the ledger, sorted by chain and number.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn ledger(&self) -> Result<Vec<Row>, StoreError> {
        ledger(&self.pool).await
    }
}

/// The rows of the ledger, sorted by chain and number.
pub(super) async fn ledger(pool: &AnyPool) -> Result<Vec<Row>, StoreError> {
    let (mut rows, mut after) = (Vec::new(), (String::new(), 0));
    loop {
        let page = sqlx::query(
            "SELECT chain, seq, line, hash, signature FROM ledger WHERE chain > $1 OR (chain = $1 AND seq > $2) \
             ORDER BY chain, seq LIMIT $3",
        )
        .bind(&after.0)
        .bind(after.1)
        .bind(PAGE)
        .fetch_all(pool)
        .await?;
        for row in &page {
            after = (row.try_get("chain")?, row.try_get("seq")?);
            rows.push(Row {
                chain: after.0.clone(),
                seq: after.1 as u64,
                line: row.try_get("line")?,
                hash: row.try_get("hash")?,
                signature: row.try_get("signature")?,
            });
        }
        if page.len() < PAGE as usize {
            return Ok(rows);
        }
    }
}

/// True when the ledger has the row that a head names.
pub(super) async fn is_in(pool: &AnyPool, head: &Head) -> Result<bool, StoreError> {
    if head.seq == 0 {
        return Ok(true);
    }
    let hash: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT hash FROM ledger WHERE chain = $1 AND seq = $2")
            .bind(&head.chain)
            .bind(head.seq as i64)
            .fetch_optional(pool)
            .await?;
    Ok(hash.is_some_and(|h| h == head.hash))
}

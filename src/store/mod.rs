//! The outbox: released cases wait here, on disk, until the hub has them.
//!
//! Enters: a [`ReleasedCase`] and its record, and nothing that did not pass the gate. Leaves:
//! [`Pending`] cases for delivery and [`CaseStatus`] for the submitter. A case is acknowledged
//! only after its transaction is on disk. Errors carry no row and no statement.

mod row;

pub use row::{CaseStatus, Digests, Format, Pending, State};

use crate::audit::Record;
use crate::gate::ReleasedCase;
use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};
use std::fmt;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// Why the outbox could not do its work. The database's own words stay inside: they may quote a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The data folder cannot be made.
    #[error("the data folder cannot be made: {0}")]
    Folder(std::io::ErrorKind),
    /// The database cannot be opened or brought to the present schema.
    #[error("the outbox cannot be opened ({0}); check the data folder and its free space")]
    Open(&'static str),
    /// A read or write failed; nothing was changed.
    #[error("the outbox cannot be used ({0}); check the data folder and its free space")]
    Use(&'static str),
    /// The name of a released case is not one that the outbox gave.
    #[error("the case has no id of the outbox")]
    CaseId,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Use(kind(&error))
    }
}

/// The kind of a database error, in fixed words.
fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(e) if e.is_unique_violation() => "the row exists",
        sqlx::Error::Database(_) => "database error",
        sqlx::Error::Io(_) => "input or output error",
        sqlx::Error::PoolTimedOut => "busy",
        sqlx::Error::PoolClosed => "closed",
        _ => "other error",
    }
}

/// Released cases on disk. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pool: SqlitePool,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox")
    }
}

/// Takes the write lock at the start: a transaction that reads first could lose its snapshot.
const BEGIN: &str = "BEGIN IMMEDIATE";

impl Outbox {
    /// Opens the outbox of a data folder, and makes both where there are none.
    ///
    /// # Errors
    /// [`StoreError::Folder`] when the folder cannot be made, [`StoreError::Open`] when the
    /// database cannot be opened, or was written by a newer version.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        make_folder(data).map_err(|e| StoreError::Folder(e.kind()))?;
        let options = SqliteConnectOptions::new()
            .filename(data.join("outbox.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode only FULL has a commit on disk before it is acknowledged.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(|e| StoreError::Open(kind(&e)))?;
        MIGRATIONS
            .run(&pool)
            .await
            .map_err(|_| StoreError::Open("its schema cannot be brought up to date"))?;
        Ok(Self { pool })
    }

    /// Writes a released case and its audit row in one transaction. When this returns, both are on
    /// disk.
    ///
    /// # Errors
    /// [`StoreError`] when they are not; then neither is.
    pub async fn put(
        &self,
        case: &ReleasedCase,
        record: &Record,
        now: Timestamp,
    ) -> Result<Uuid, StoreError> {
        let id = Uuid::parse_str(case.id().as_str()).map_err(|_| StoreError::CaseId)?;
        let text_id = id.to_string();
        let entities = row::entities_to_json(&masked_counts(case));
        let mut transaction = self.pool.begin_with(BEGIN).await?;
        sqlx::query(
            "INSERT INTO outbox (id, format, body, due_ms, submitted_ms) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&text_id)
        .bind(Format::of(case).name())
        .bind(case.render())
        .bind(now.as_millisecond())
        .bind(now.as_millisecond())
        .execute(&mut *transaction)
        .await?;
        let (policy, version, digest) = &record.policy;
        sqlx::query(
            "INSERT INTO audit (case_id, at_ms, event, entities, rules_digest, policy_id, policy_version, \
             policy_digest) VALUES (?, ?, 'released', ?, ?, ?, ?, ?)",
        )
        .bind(&text_id)
        .bind(now.as_millisecond())
        .bind(entities)
        .bind(&record.rules_digest)
        .bind(policy)
        .bind(version)
        .bind(digest)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// What became of a case; `None` when the outbox never took it.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn status(&self, id: Uuid) -> Result<Option<CaseStatus>, StoreError> {
        let row = sqlx::query(
            "SELECT o.state, o.attempts, o.last_failure, o.submitted_ms, o.delivered_ms, a.entities, \
             a.rules_digest, a.policy_id, a.policy_version, a.policy_digest \
             FROM outbox o JOIN audit a ON a.case_id = o.id WHERE o.id = ?",
        )
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| CaseStatus::read(id, &row)).transpose()?)
    }

    /// At most `limit` cases that are due for delivery, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, format, body, attempts FROM outbox WHERE state = 'pending' AND due_ms <= ? \
             ORDER BY id LIMIT ?",
        )
        .bind(now.as_millisecond())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(Pending::read).collect::<Result<_, _>>()?)
    }

    /// When the next case is due; `None` when none waits.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT MIN(due_ms) FROM outbox WHERE state = 'pending'")
                .fetch_one(&self.pool)
                .await?;
        Ok(at.map(row::timestamp))
    }

    /// Notes that the hub has the case.
    ///
    /// # Errors
    /// [`StoreError`] when this could not be written; the case will then be delivered again, under
    /// the same idempotency key.
    pub async fn delivered(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE outbox SET state = 'delivered', delivered_ms = ?, attempts = attempts + 1, \
             last_failure = NULL WHERE id = ? AND state = 'pending'",
        )
        .bind(now.as_millisecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that an attempt failed, in our words, and when to try again.
    ///
    /// # Errors
    /// [`StoreError`] when this could not be written.
    pub async fn failed(&self, id: Uuid, failure: &str, due: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE outbox SET attempts = attempts + 1, last_failure = ?, due_ms = ? \
             WHERE id = ? AND state = 'pending'",
        )
        .bind(failure)
        .bind(due.as_millisecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that nothing can be delivered before `due`.
    ///
    /// # Errors
    /// [`StoreError`] when this could not be written.
    pub async fn put_off(&self, due: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET due_ms = ?1 WHERE state = 'pending' AND due_ms < ?1")
            .bind(due.as_millisecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes a row, as taking a case would.
    ///
    /// # Errors
    /// [`StoreError`] when a case could not be taken now: a full or read-only disk, a lost file.
    pub async fn probe(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO probe (id, at_ms) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms")
            .bind(now.as_millisecond())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends all work on the database; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// How many pieces of each type were masked: what the output shows.
fn masked_counts(case: &ReleasedCase) -> row::Counts {
    let mut counts = row::Counts::new();
    for replaced in case.masked().replaced() {
        *counts.entry(replaced.entity.name().to_owned()).or_default() += 1;
    }
    counts
}

/// Makes a folder that only its owner can enter, where the system knows owners.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

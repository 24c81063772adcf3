//! The outbox: what was released and has to reach the hub. SQLite, every commit synced to disk.
//!
//! Only a [`ReleasedCase`] enters. Nothing unmasked is ever stored.

use crate::audit::Record;
use crate::gate::ReleasedCase;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;

/// Why the store did not do what was asked. No variant carries text of a case.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("the store is not usable: {kind}")]
    Database {
        /// The kind of failure.
        kind: &'static str,
    },
    /// The data folder cannot be made.
    #[error("the data folder cannot be used: {kind}")]
    Folder {
        /// The kind of failure.
        kind: std::io::ErrorKind,
    },
}

impl From<sqlx::Error> for StoreError {
    /// Keeps the kind only: the message of a database can hold the values of a statement.
    fn from(error: sqlx::Error) -> Self {
        let kind = match error {
            sqlx::Error::Database(_) => "the database refused the statement",
            sqlx::Error::Io(_) => "input or output failed",
            sqlx::Error::PoolTimedOut => "no connection was free in time",
            _ => "the connection failed",
        };
        Self::Database { kind }
    }
}

/// A case that waits for delivery.
pub struct Pending {
    /// Its id, also the idempotency key for the hub.
    pub id: String,
    /// The masked case.
    pub masked: String,
    /// True when the masked case is JSON.
    pub json: bool,
    /// Deliveries tried so far.
    pub attempts: i64,
}

/// What is known of a stored case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `pending` or `delivered`.
    pub status: String,
    /// When it was received, RFC 3339.
    pub received_at: String,
    /// When the hub confirmed it, RFC 3339.
    pub delivered_at: Option<String>,
    /// Entities by type, as JSON.
    pub counts: String,
    /// Digest of the rules in force.
    pub rules_digest: String,
    /// Name of the policy in force.
    pub policy_id: String,
    /// Digest of the policy in force.
    pub policy_digest: String,
}

/// The outbox. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    pool: SqlitePool,
}

impl Outbox {
    /// Opens the store in a data folder, making both when they are not there.
    ///
    /// # Errors
    /// [`StoreError`] when the folder or the database cannot be used.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data).map_err(|e| StoreError::Folder { kind: e.kind() })?;
        let options = SqliteConnectOptions::new()
            .filename(data.join("caseveil.sqlite3"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL survives a killed process but not a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        let migrated = sqlx::migrate!("src/store/migrations").run(&pool).await;
        migrated.map_err(|_| StoreError::Database { kind: "the migrations failed" })?;
        Ok(Self { pool })
    }

    /// Stores a released case and its record, in one transaction. Its new id.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is stored.
    pub async fn enqueue(&self, case: &ReleasedCase, json: bool, record: &Record) -> Result<String, StoreError> {
        let id = Uuid::now_v7().to_string();
        let counts = serde_json::json!(record.counts()).to_string();
        let (policy_id, policy_version, policy_digest) = &record.policy;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("INSERT INTO cases (id, received_at, masked, json, status) VALUES (?, ?, ?, ?, 'pending')")
            .bind(&id)
            .bind(now())
            .bind(case.render())
            .bind(i64::from(json))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO records (case_id, counts, rules_digest, policy_id, policy_version, policy_digest) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(counts)
        .bind(&record.rules_digest)
        .bind(policy_id)
        .bind(i64::from(*policy_version))
        .bind(policy_digest)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The oldest cases that wait for delivery, at most `n`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn pending(&self, n: i64) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query("SELECT id, masked, json, attempts FROM cases WHERE status = 'pending' ORDER BY id LIMIT ?")
            .bind(n)
            .fetch_all(&self.pool)
            .await?;
        let pending = rows.into_iter().map(|r| {
            Ok(Pending {
                id: r.try_get(0)?,
                masked: r.try_get(1)?,
                json: r.try_get::<i64, _>(2)? != 0,
                attempts: r.try_get(3)?,
            })
        });
        pending.collect::<Result<_, sqlx::Error>>().map_err(StoreError::from)
    }

    /// Notes that the hub confirmed a case.
    ///
    /// # Errors
    /// [`StoreError`]; then the case is delivered again, under the same idempotency key.
    pub async fn delivered(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE cases SET status = 'delivered', delivered_at = ?, attempts = attempts + 1 WHERE id = ?")
            .bind(now())
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that a delivery failed.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn failed(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE cases SET attempts = attempts + 1 WHERE id = ?").bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// What is known of a case; `None` for an id that was never given.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn status(&self, id: &str) -> Result<Option<Status>, StoreError> {
        let row = sqlx::query(
            "SELECT status, received_at, delivered_at, counts, rules_digest, policy_id, policy_digest \
             FROM cases JOIN records ON case_id = id WHERE id = ?",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        Ok(Some(Status {
            status: r.try_get(0)?,
            received_at: r.try_get(1)?,
            delivered_at: r.try_get(2)?,
            counts: r.try_get(3)?,
            rules_digest: r.try_get(4)?,
            policy_id: r.try_get(5)?,
            policy_digest: r.try_get(6)?,
        }))
    }

    /// True when a row can be written: part of readiness.
    pub async fn is_writable(&self) -> bool {
        let probe = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query("UPDATE cases SET attempts = attempts WHERE id = ''").execute(&mut *transaction).await?;
            transaction.rollback().await
        };
        probe.await.is_ok()
    }

    /// Writes back the log and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn now() -> String {
    Timestamp::now().to_string()
}

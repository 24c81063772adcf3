//! What differs between the databases. Everything else is one SQL, with `$1` for parameters and
//! texts, bytes and 64-bit numbers for values.

use super::StoreError;
use sqlx::AnyConnection;
use sqlx::migrate::Migrator;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;

static SQLITE: Migrator = sqlx::migrate!("src/store/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/store/migrations/postgres");

type Done<'c> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'c>>;

/// A database that can be the store.
pub(super) trait Dialect: Send + Sync {
    /// How the schema came about.
    fn migrations(&self) -> &'static Migrator;

    /// Begins a transaction that writes.
    fn begin(&self) -> &'static str;

    /// Connections at a time.
    fn connections(&self) -> u32;

    /// Prepares a new connection: an acknowledged row must survive a power cut.
    fn prepare<'c>(&self, connection: &'c mut AnyConnection) -> Done<'c>;

    /// Claims cases that are due: `$1` now, `$2` how many, `$3` the replica, `$4` until when. No pause
    /// and no claim reaches farther ahead than ten minutes: what does was written before the clock
    /// was set back, and counts as due.
    fn claim(&self) -> &'static str;

    /// Nothing is delivered before `$1`: what waits for the replica `$2` or, at `$3`, for nobody.
    /// Replicas that write each other's rows in one commit would wait for each other.
    fn put_off(&self) -> &'static str;

    /// Forgets requests whose answers expired before `$1`.
    fn purge(&self) -> &'static str;

    /// Removes what was deleted from every file, where the database keeps it for a while.
    fn forget<'c>(&self, connection: &'c mut AnyConnection) -> Done<'c>;
}

/// One file; one process.
pub(super) struct Sqlite;

/// A server; several replicas.
pub(super) struct Postgres;

impl Dialect for Sqlite {
    fn migrations(&self) -> &'static Migrator {
        &SQLITE
    }

    fn begin(&self) -> &'static str {
        // Takes the write lock at the start: a transaction that reads first could lose its snapshot.
        "BEGIN IMMEDIATE"
    }

    fn connections(&self) -> u32 {
        4
    }

    fn prepare<'c>(&self, connection: &'c mut AnyConnection) -> Done<'c> {
        Box::pin(async move {
            // In WAL mode only FULL has a commit on disk before it is acknowledged. Deleted rows
            // are overwritten with zeros, not only unlinked.
            for pragma in [
                "PRAGMA busy_timeout = 5000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA secure_delete = ON",
            ] {
                sqlx::raw_sql(pragma).execute(&mut *connection).await?;
            }
            Ok(())
        })
    }

    fn claim(&self) -> &'static str {
        // There is one process: what is due is its own.
        "SELECT id, format, file, body, attempts, patient FROM outbox WHERE state = 'pending' AND (due_ms <= $1 OR due_ms > $4 + 600000) \
         AND $3 = $3 ORDER BY id LIMIT $2"
    }

    fn put_off(&self) -> &'static str {
        "UPDATE outbox SET due_ms = $1 WHERE state = 'pending' AND due_ms < $1 AND $2 = $2 AND $3 = $3"
    }

    fn purge(&self) -> &'static str {
        "DELETE FROM idempotency WHERE expires_ms <= $1 AND answer IS NOT NULL"
    }

    fn forget<'c>(&self, connection: &'c mut AnyConnection) -> Done<'c> {
        Box::pin(async move {
            // What was deleted stays readable in the write-ahead log until it is cut off.
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
            match sqlx::Row::try_get::<i64, _>(&row, 0)? {
                0 => Ok(()),
                _ => Err(sqlx::Error::PoolTimedOut),
            }
        })
    }
}

impl Dialect for Postgres {
    fn migrations(&self) -> &'static Migrator {
        &POSTGRES
    }

    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    fn connections(&self) -> u32 {
        8
    }

    fn prepare<'c>(&self, connection: &'c mut AnyConnection) -> Done<'c> {
        Box::pin(async move {
            for setting in ["SET synchronous_commit = on", "SET statement_timeout = '10s'"] {
                sqlx::raw_sql(setting).execute(&mut *connection).await?;
            }
            Ok(())
        })
    }

    fn claim(&self) -> &'static str {
        "UPDATE outbox SET claimed_by = $3, claimed_ms = $4 WHERE id IN (\
         SELECT id FROM outbox WHERE state = 'pending' \
         AND (due_ms <= $1 OR due_ms > $4 + 600000) \
         AND (claimed_ms <= $1 OR claimed_by = $3 OR claimed_ms > $4 + 600000) \
         ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id, format, file, body, attempts, patient"
    }

    fn put_off(&self) -> &'static str {
        "UPDATE outbox SET due_ms = $1 WHERE id IN (\
         SELECT id FROM outbox WHERE state = 'pending' AND due_ms < $1 \
         AND (claimed_by = $2 OR claimed_ms <= $3) ORDER BY id FOR UPDATE SKIP LOCKED)"
    }

    fn purge(&self) -> &'static str {
        "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency \
         WHERE expires_ms <= $1 AND answer IS NOT NULL ORDER BY id FOR UPDATE SKIP LOCKED)"
    }

    fn forget<'c>(&self, _connection: &'c mut AnyConnection) -> Done<'c> {
        // Its log and dead rows are the server's; what was there is sealed, its key is gone.
        Box::pin(async { Ok(()) })
    }
}

/// The dialect of a store, and its URL.
pub(super) fn of(data: &Path, url: Option<&str>) -> Result<(Box<dyn Dialect>, String), StoreError> {
    match url {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok((Box::new(Postgres), url.to_owned()))
        }
        Some(_) => Err(StoreError::Open("its URL is not a postgres:// one")),
        None => {
            let path = std::path::absolute(data.join("outbox.sqlite"))
                .map_err(|e| StoreError::Folder(e.kind()))?;
            let path = path.to_str().ok_or(StoreError::Open("its path is not UTF-8"))?;
            Ok((Box::new(Sqlite), format!("sqlite://{}?mode=rwc", encoded(path))))
        }
    }
}

/// A path as the path of a URL.
fn encoded(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    path.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

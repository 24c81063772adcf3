//! Why the store could not do its work, in fixed words.

use crate::keys::KeyError;
use crate::ledger::HeadError;
use thiserror::Error;

/// Why the store could not do its work. The database's own words stay inside: they may quote a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The data folder cannot be made.
    #[error("the data folder cannot be made: {0}")]
    Folder(std::io::ErrorKind),
    /// Another process works with the data folder.
    #[error("another process works with this data folder")]
    InUse,
    /// The database cannot be opened or brought to the present schema.
    #[error("the store cannot be opened ({0}); check the data folder and its free space")]
    Open(&'static str),
    /// A read or write failed; nothing was changed.
    #[error("the store cannot be used ({0}); check the data folder and its free space")]
    Use(&'static str),
    /// Somebody else was faster, or there is nothing to change.
    #[error("what should be changed is not as it was")]
    Conflict,
    /// The answer to be kept could not be made.
    #[error("an answer cannot be kept")]
    Answer,
    /// The ledger does not end where it ended.
    #[error("the ledger is damaged: it does not end where it ended; run `caseveil ledger verify`")]
    Broken,
    /// A key of the installation cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The head of the ledger cannot be used.
    #[error(transparent)]
    Head(#[from] HeadError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Use(kind(&error))
    }
}

/// The kind of a database error, in fixed words.
pub(super) fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(e) if e.is_unique_violation() => "the row exists",
        sqlx::Error::Database(_) => "database error",
        sqlx::Error::Io(_) => "input or output error",
        sqlx::Error::Tls(_) => "no encrypted connection",
        sqlx::Error::PoolTimedOut => "busy",
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => "closed",
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a row of another version",
        _ => "other error",
    }
}

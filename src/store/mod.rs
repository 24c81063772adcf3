//! The store: released cases until the hub has them, held cases until somebody decides, answers
//! to requests with an idempotency key, and the ledger.
//!
//! Enters: a [`NewCase`], which only a released case becomes, and sealed text. Leaves: [`Pending`]
//! cases for delivery and what became of the others. Everything is written by one task, with the
//! ledger row of what happened in the same transaction, and acknowledged only when it is on disk.
//! `SQLite` by default, `PostgreSQL` for several replicas. Errors carry no row and no statement.

mod error;
mod place;
mod dialect;
mod idempotency;
mod index;
mod column;
mod format;
mod row;
mod hold_row;
mod read;
mod space;
mod step;
mod suggestion;
mod writer;
mod open;

pub use column::Counts;
pub use error::StoreError;
pub use format::Format;
pub use hold_row::{Hold, HoldState, Secret};
pub use idempotency::{Claim, Outcome, Request};
pub use open::{read_ledger, read_ledger_after};
pub use place::Place;
pub use read::Totals;
pub use row::{CaseStatus, Digests, Pending, State};
pub use space::Space;
pub use step::{AnswerMaker, NewCase, NewHold, Step};
pub use suggestion::{Suggestion, shape};
pub use writer::Done;

use crate::keys::{Key, random, to_hex};
use crate::ledger::{Event, EventKind, Signer, verify};
use dialect::Dialect;
use jiff::Timestamp;
use open::CONNECT;
use sqlx::{AnyConnection, AnyPool, Connection as _};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use writer::Unit;

/// What the writer counted since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// The last row of this replica's chain.
    pub rows: AtomicU64,
    /// Commits.
    pub commits: AtomicU64,
    /// Units in them: more than commits, when requests share one.
    pub units: AtomicU64,
    /// Commits that failed.
    pub failures: AtomicU64,
    /// Deleted text may still be in a log of the database.
    forget: AtomicBool,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Arc<dyn Dialect>,
    units: Arc<Mutex<Option<mpsc::Sender<Unit>>>>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
    anchor: Arc<Mutex<Option<AnyConnection>>>,
    space: Space,
    key: Key,
    signer: Signer,
    replica: String,
    boot: String,
    counters: Arc<Counters>,
    patience: Duration,
    _lock: Arc<File>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Changes rows and writes the event into the ledger, all or nothing. When this returns, it is
    /// on disk.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a row is not as a step needs it, else why it could not be
    /// written; then nothing is changed.
    pub async fn write(
        &self,
        event: Option<Event>,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Done, StoreError> {
        let closed = StoreError::Use("closed");
        let (reply, done) = oneshot::channel();
        let units = self.units.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let unit = Unit { event, steps, now, reply };
        let written = async {
            units.ok_or(closed)?.send(unit).await.map_err(|_| closed)?;
            done.await.map_err(|_| closed)?
        };
        // A unit that nobody waits for any more is not begun.
        let written = tokio::time::timeout(self.patience, written).await;
        written.unwrap_or(Err(StoreError::Use("it does not answer")))
    }

    /// Claims an idempotency key for a request.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn claim(
        &self,
        id: String,
        body: String,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let token = to_hex(&random::<16>()?);
        let (replica, boot) = (self.replica.clone(), self.boot.clone());
        let request = Request { id, body, token, replica, boot };
        let done = self.write(None, vec![Step::Claim(request)], now).await?;
        done.claim.ok_or(StoreError::Use("no answer to a claim"))
    }

    /// Writes a row that names the last row of every other chain, after those chains were checked:
    /// what is signed here later shows whether one of them was cut or rewritten. Nothing is
    /// written where there is no other chain.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when a chain does not hold.
    pub async fn checkpoint(&self, now: Timestamp) -> Result<(), StoreError> {
        let rows = self.ledger().await?;
        let key = self.signer.public_key();
        if let Err(error) = verify(&rows, &key, &[], &[]) {
            tracing::error!(%error, "the ledger does not hold; no checkpoint is signed");
            return Err(StoreError::Broken);
        }
        let others = rows.iter().filter(|row| row.chain != self.replica);
        let chains: BTreeMap<_, _> =
            others.map(|row| (row.chain.clone(), (row.seq, to_hex(&row.hash)))).collect();
        if chains.is_empty() {
            return Ok(());
        }
        let event = Event { chains, ..Event::of(EventKind::Checkpoint) };
        self.write(Some(event), Vec::new(), now).await?;
        Ok(())
    }

    /// The installation key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Who signs the ledger.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The disk.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What has to be done now and then: expired keys, deleted text, the ballast.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used; it is tried again the next time.
    pub async fn maintain(&self, now: Timestamp) -> Result<(), StoreError> {
        if let Err(error) = self.space.balance() {
            tracing::warn!(%error, "the ballast file cannot be kept");
        }
        self.write(None, vec![Step::Purge], now).await?;
        if self.counters.forget.load(Ordering::Relaxed) {
            self.dialect.forget(&mut *self.pool.acquire().await?).await?;
            self.counters.forget.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Ends all work on the database, after what waits is written; later calls fail.
    pub async fn close(&self) {
        self.units.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _panicked = writer.await;
        }
        self.pool.close().await;
        let anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(anchor) = anchor {
            // Whatever holds it up, the process is about to end or the folder is given back.
            let _gone = tokio::time::timeout(CONNECT, anchor.close()).await;
        }
    }
}

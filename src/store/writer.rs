//! The one writer: changes and their ledger rows, many requests in one commit.
//!
//! Requests that arrive while a commit waits for the disk share the next one. Each request is a
//! unit of its own: one that fails leaves no trace and does not disturb the others. A row of the
//! ledger is part of its unit, so that nothing happens unrecorded.

use super::dialect::Dialect;
use super::idempotency::Outcome;
use super::step::{self, Step};
use super::{Counters, StoreError};
use crate::fault::{self, Part};
use crate::ledger::{Event, Head, HeadFile, Receipt, Row, Signer};
use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Row as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long a commit may take: a database that does not come back must not stop the service for
/// ever. What was begun is rolled back.
const COMMIT: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 15 });

/// Units in one commit, at most.
const BATCH: usize = 64;

/// The chain is longer than this writer knows: a commit of a process that was killed, or that took
/// too long, came to its end at the server after all. Its end is read again.
const BEHIND: StoreError = StoreError::Use("the ledger went on");

/// What a unit did.
#[derive(Debug, Default)]
pub struct Done {
    /// Of its ledger row, when it had an event.
    pub receipt: Option<Receipt>,
    /// Of its claim, when it had one.
    pub claim: Option<Outcome>,
}

/// Changes that happen together or not at all.
pub(super) struct Unit {
    pub(super) event: Option<Event>,
    pub(super) steps: Vec<Step>,
    pub(super) now: Timestamp,
    pub(super) reply: oneshot::Sender<Result<Done, StoreError>>,
}

/// The writer of a store; it owns the end of the chain.
pub(super) struct Writer {
    pub(super) pool: AnyPool,
    pub(super) dialect: Arc<dyn Dialect>,
    pub(super) signer: Signer,
    pub(super) chain: String,
    /// None after a commit of which nobody knows whether it happened.
    pub(super) head: Option<Head>,
    pub(super) file: HeadFile,
    pub(super) counters: Arc<Counters>,
}

impl Writer {
    /// Works until every sender is gone.
    pub(super) async fn run(mut self, mut units: mpsc::Receiver<Unit>) {
        while let Some(first) = units.recv().await {
            let mut batch = vec![first];
            while batch.len() < BATCH {
                let Ok(next) = units.try_recv() else { break };
                batch.push(next);
            }
            // Whoever has gone away was told that nothing was done.
            batch.retain(|unit| !unit.reply.is_closed());
            if batch.is_empty() {
                continue;
            }
            let done = tokio::time::timeout(COMMIT, ends(self.commit(batch))).await;
            if !done.unwrap_or(false) {
                // Whoever waits is told that it failed; how the chain ends is read again.
                self.head = None;
                self.counters.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    async fn commit(&mut self, batch: Vec<Unit>) {
        let mut written = self.write(&batch).await;
        if written.as_ref().err() == Some(&BEHIND) {
            self.head = None;
            written = self.write(&batch).await;
        }
        let forget = batch.iter().flat_map(|u| &u.steps).any(|s| matches!(s, Step::Close { .. }));
        let results = match written {
            Ok((head, results)) => {
                let moved = self.head.as_ref() != Some(&head);
                // The rows are on disk. A head that stays behind is no loss; it is written again.
                if moved && let Err(error) = self.file.write(&head) {
                    tracing::error!(%error, "the head of the ledger stays behind");
                }
                self.counters.rows.store(head.seq, Ordering::Relaxed);
                self.counters.commits.fetch_add(1, Ordering::Relaxed);
                self.counters.units.fetch_add(batch.len() as u64, Ordering::Relaxed);
                self.head = Some(head);
                results
            }
            Err(error) => {
                self.head = None;
                self.counters.failures.fetch_add(1, Ordering::Relaxed);
                batch.iter().map(|_| Err(error)).collect()
            }
        };
        if forget {
            self.counters.forget.store(true, Ordering::Relaxed);
            self.forget().await;
        }
        for (unit, result) in batch.into_iter().zip(results) {
            // Who asked may have gone away; what was done is done.
            let _gone = unit.reply.send(result);
        }
    }

    /// Cuts off what was deleted, now or, when a reader is in the way, after a later commit.
    async fn forget(&self) {
        let done = async {
            let mut connection = self.pool.acquire().await?;
            self.dialect.forget(&mut connection).await
        };
        if done.await.is_ok() {
            self.counters.forget.store(false, Ordering::Relaxed);
        }
    }

    /// All units in one transaction; the new head.
    async fn write(
        &self,
        batch: &[Unit],
    ) -> Result<(Head, Vec<Result<Done, StoreError>>), StoreError> {
        fault::stall(Part::Store).await;
        if fault::fails(Part::Store) {
            return Err(StoreError::Use("a fault"));
        }
        let mut own = Own(Some(self.pool.acquire().await?));
        let Some(pooled) = &mut own.0 else { return Err(StoreError::Use("no connection")) };
        let mut transaction = pooled.begin_with(self.dialect.begin()).await?;
        let connection: &mut AnyConnection = &mut transaction;
        if fault::empties(Part::Store) {
            let head = last(connection, &self.chain).await?;
            return Ok((head, batch.iter().map(|_| Ok(Done::default())).collect()));
        }
        let mut head = match &self.head {
            Some(head) => head.clone(),
            None => last(connection, &self.chain).await?,
        };
        let mut results = Vec::with_capacity(batch.len());
        for unit in batch {
            sqlx::raw_sql("SAVEPOINT unit").execute(&mut *connection).await?;
            match self.unit(connection, unit, &head).await {
                Ok((next, done)) => {
                    sqlx::raw_sql("RELEASE SAVEPOINT unit").execute(&mut *connection).await?;
                    head = next;
                    results.push(Ok(done));
                }
                // With a row that does not fit none of the others would.
                Err(BEHIND) => return Err(BEHIND),
                Err(error) => {
                    for undo in ["ROLLBACK TO SAVEPOINT unit", "RELEASE SAVEPOINT unit"] {
                        sqlx::raw_sql(undo).execute(&mut *connection).await?;
                    }
                    results.push(Err(error));
                }
            }
        }
        transaction.commit().await?;
        own.keep();
        Ok((head, results))
    }

    async fn unit(
        &self,
        connection: &mut AnyConnection,
        unit: &Unit,
        head: &Head,
    ) -> Result<(Head, Done), StoreError> {
        let (mut head, mut done) = (head.clone(), Done::default());
        if let Some(event) = &unit.event {
            if fault::fails(Part::Ledger) {
                return Err(StoreError::Use("a fault"));
            }
            fault::stall(Part::Ledger).await;
            let row = Row::after(&head, event, unit.now, &self.signer);
            append(connection, &row).await?;
            head = Head::at(&row);
            done.receipt = Some(row.receipt());
        }
        for step in &unit.steps {
            let of = (&*self.dialect, self.chain.as_str());
            let outcome = step::run(connection, of, step, unit.now, done.receipt.as_ref()).await?;
            done.claim = outcome.or(done.claim);
        }
        Ok((head, done))
    }
}

/// A connection that goes back to the pool only after a commit. A full disk ends a transaction by
/// itself, and the connection, which does not know, would never begin another.
struct Own(Option<PoolConnection<Any>>);

impl Own {
    fn keep(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.0.take().map(PoolConnection::detach));
    }
}

/// Does a piece of work; false when it panicked. The writer lives on: without it nothing would be
/// taken until somebody starts the service again.
async fn ends(work: impl Future<Output = ()>) -> bool {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(false), |poll| poll.map(|()| true))
    })
    .await
}

async fn append(connection: &mut AnyConnection, row: &Row) -> Result<(), StoreError> {
    let query =
        "INSERT INTO ledger (chain, seq, line, hash, signature) VALUES ($1, $2, $3, $4, $5)";
    let written = sqlx::query(query)
        .bind(&row.chain)
        .bind(row.seq as i64)
        .bind(&row.line)
        .bind(&row.hash)
        .bind(&row.signature)
        .execute(connection)
        .await
        .map_err(|error| match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => BEHIND,
            _ => StoreError::from(error),
        })?;
    let written = if fault::empties(Part::Ledger) { 0 } else { written.rows_affected() };
    if written == 1 { Ok(()) } else { Err(StoreError::Use("no row was written")) }
}

/// The last row of a chain.
pub(super) async fn last(connection: &mut AnyConnection, chain: &str) -> Result<Head, StoreError> {
    let query = "SELECT seq, hash FROM ledger WHERE chain = $1 ORDER BY seq DESC LIMIT 1";
    let row = sqlx::query(query).bind(chain).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(Head::empty(chain)) };
    let hash: Vec<u8> = row.try_get("hash")?;
    let seq: i64 = row.try_get("seq")?;
    let hash = hash.try_into().map_err(|_| StoreError::Broken)?;
    Ok(Head { chain: chain.to_owned(), seq: seq as u64, hash })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::EventKind;
    use crate::store::{Place, Store};

    #[tokio::test]
    async fn a_commit_of_which_nobody_knew_does_not_stop_the_chain() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { low_water: 1, ..Place::folder(dir.path()) };
        let store = Store::open(&place).await.unwrap();
        let now = Timestamp::now();
        let write = || store.write(Some(Event::of(EventKind::Started)), Vec::new(), now);
        write().await.unwrap();
        // As one of a process that was killed, which the server ends after the next one has begun.
        let mut connection = store.pool.acquire().await.unwrap();
        let head = last(&mut connection, &store.replica).await.unwrap();
        let row = Row::after(&head, &Event::of(EventKind::Stopped), now, &store.signer);
        append(&mut connection, &row).await.unwrap();
        assert_eq!(append(&mut connection, &row).await, Err(BEHIND));
        drop(connection);
        for _ in 0..2 {
            write().await.unwrap();
        }
        let rows = store.ledger().await.unwrap();
        let key = store.signer().public_key();
        assert!(crate::ledger::verify(&rows, &key, &[], &[]).is_ok());
        assert_eq!(rows.len(), 4);
        store.close().await;
    }
}

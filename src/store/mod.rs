//! The store: released cases until the hub has them, held cases until somebody decides, answers
//! to requests with an idempotency key, and the ledger.
//!
//! Enters: a [`NewCase`], which only a released case becomes, and sealed text. Leaves: [`Pending`]
//! cases for delivery and what became of the others. Everything is written by one task, with the
//! ledger row of what happened in the same transaction, and acknowledged only when it is on disk.
//! `SQLite` by default, `PostgreSQL` for several replicas. Errors carry no row and no statement.

mod dialect;
mod idempotency;
mod index;
mod read;
mod row;
mod space;
mod step;
mod suggestion;
mod writer;

pub use idempotency::{Claim, Outcome, Request};
pub use read::Totals;
pub use row::{CaseStatus, Counts, Digests, Format, Hold, HoldState, Pending, Secret, State};
pub use space::Space;
pub use step::{AnswerMaker, NewCase, NewHold, Step};
pub use suggestion::{Suggestion, shape};
pub use writer::Done;

use crate::keys::{Key, KeyError, random, to_hex};
use crate::ledger::{Event, EventKind, HeadError, HeadFile, Row, Signer, verify};
use dialect::Dialect;
use jiff::Timestamp;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

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
fn kind(error: &sqlx::Error) -> &'static str {
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

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// Folder of keys, locks and, without a URL, of the database.
    pub data: PathBuf,
    /// A `PostgreSQL` database.
    pub url: Option<String>,
    /// Bytes that must be free for cases to be taken.
    pub low_water: u64,
}

impl Place {
    /// A data folder.
    pub fn folder(data: &Path) -> Self {
        Self { data: data.to_owned(), url: None, low_water: Space::LOW_WATER }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.url.is_some() { "Place(database)" } else { "Place(folder)" })
    }
}

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

use writer::Unit;

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// How long a request waits for the writer: longer than the database waits for a lock.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 20 });

/// How long the database may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(10);

/// Units that may wait for the writer.
const QUEUE: usize = 256;

impl Store {
    /// Opens the store of a place, and makes what is not there: folder, keys, tables.
    ///
    /// # Errors
    /// [`StoreError`]: the folder cannot be made, another process has it, the database cannot be
    /// opened or was written by a newer version, or the ledger has lost rows.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let data = place.data.as_path();
        make_folder(data).map_err(|e| StoreError::Folder(e.kind()))?;
        let lock = lock(data)?;
        let space = Space::new(data, place.low_water);
        if place.url.is_none() && !space.can_start() {
            return Err(StoreError::Open("its disk is full"));
        }
        let key = Key::installation(data)?;
        let replica = replica(data)?;
        let (dialect, url) = dialect::of(data, place.url.as_deref())?;
        let dialect: Arc<dyn Dialect> = Arc::from(dialect);
        let anchor = match &place.url {
            None => Some(index::keep(&dialect, &url, data).await?),
            Some(_) => None,
        };
        let pool = connect(&dialect, &url).await?;
        dialect
            .migrations()
            .run(&pool)
            .await
            .map_err(|_| StoreError::Open("its schema cannot be brought up to date"))?;
        let (file, known) = HeadFile::open(&data.join("ledger.head"), &replica)?;
        let head = writer::last(&mut *pool.acquire().await?, &replica).await?;
        if known.chain != replica || !read::is_in(&pool, &known).await? {
            return Err(StoreError::Broken);
        }
        let signer = Signer::new(&key);
        let counters = Arc::new(Counters::default());
        counters.rows.store(head.seq, Ordering::Relaxed);
        let (units, waiting) = mpsc::channel(QUEUE);
        let writer = writer::Writer {
            pool: pool.clone(),
            dialect: Arc::clone(&dialect),
            signer: signer.clone(),
            chain: replica.clone(),
            head: Some(head),
            file,
            counters: Arc::clone(&counters),
        };
        let writer = tokio::spawn(writer.run(waiting));
        Ok(Self {
            pool,
            dialect,
            units: Arc::new(Mutex::new(Some(units))),
            writer: Arc::new(Mutex::new(Some(writer))),
            anchor: Arc::new(Mutex::new(anchor)),
            space,
            key,
            signer,
            replica,
            boot: to_hex(&random::<16>()?),
            counters,
            patience: PATIENCE,
            _lock: Arc::new(lock),
        })
    }

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

fn options(url: &str) -> Result<AnyConnectOptions, StoreError> {
    sqlx::any::install_default_drivers();
    let options: AnyConnectOptions =
        url.parse().map_err(|_| StoreError::Open("its URL cannot be read"))?;
    Ok(options.disable_statement_logging())
}

async fn connect(dialect: &Arc<dyn Dialect>, url: &str) -> Result<AnyPool, StoreError> {
    let options = options(url)?;
    let of_connection = Arc::clone(dialect);
    AnyPoolOptions::new()
        .max_connections(dialect.connections())
        .acquire_timeout(CONNECT)
        .after_connect(move |connection, _| of_connection.prepare(connection))
        .connect_with(options)
        .await
        .map_err(|e| StoreError::Open(kind(&e)))
}

/// The rows of the ledger of a place, beside whatever else works with it.
///
/// # Errors
/// [`StoreError`] when there is none or it cannot be read.
pub async fn read_ledger(data: &Path, url: Option<&str>) -> Result<Vec<Row>, StoreError> {
    if url.is_none() && !data.join("outbox.sqlite").exists() {
        return Err(StoreError::Open("there is none in this folder"));
    }
    let (dialect, url) = dialect::of(data, url)?;
    let pool = connect(&Arc::from(dialect), &url).await?;
    let rows = read::ledger(&pool).await;
    pool.close().await;
    rows
}

/// The rows of the ledger that came after those numbers of their chains.
///
/// # Errors
/// As [`read_ledger`].
pub async fn read_ledger_after(
    data: &Path,
    url: Option<&str>,
    seen: &BTreeMap<String, u64>,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = read_ledger(data, url).await?;
    rows.retain(|row| seen.get(&row.chain).is_none_or(|last| row.seq > *last));
    Ok(rows)
}

/// The lock of a data folder; it ends with the process.
fn lock(data: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(data.join("lock"))
        .map_err(|e| StoreError::Folder(e.kind()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(e)) => Err(StoreError::Folder(e.kind())),
    }
}

/// The name of this replica and its chain: random, made once.
fn replica(data: &Path) -> Result<String, StoreError> {
    let path = data.join("replica.id");
    let folder = |e: std::io::Error| StoreError::Folder(e.kind());
    if !path.exists() {
        let unfinished = data.join("replica.part");
        // On disk before the first case: without its name the chain has no end after a power cut.
        let mut file = std::fs::File::create(&unfinished).map_err(folder)?;
        let name = to_hex(&random::<16>()?);
        std::io::Write::write_all(&mut file, name.as_bytes()).map_err(folder)?;
        file.sync_all().map_err(folder)?;
        std::fs::rename(&unfinished, &path).map_err(folder)?;
        std::fs::File::open(data).and_then(|d| d.sync_all()).map_err(folder)?;
    }
    std::fs::read_to_string(&path).map_err(folder)
}

/// Makes a folder that only its owner can enter, where the system knows owners.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

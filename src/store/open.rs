//! A store is opened: folder, keys, tables, the writer; and the ledger alone, beside whatever else
//! works with it.

use super::dialect::{self, Dialect};
use super::error::kind;
use super::place::{lock, make_folder, replica};
use super::{Counters, Place, Space, Store, StoreError, index, read, writer};
use crate::keys::{Key, random, to_hex};
use crate::ledger::{HeadFile, Row, Signer};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a request waits for the writer: longer than the database waits for a lock.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 20 });

/// Units that may wait for the writer.
const QUEUE: usize = 256;

/// How long the database may take to let somebody in.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

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
}

/// How to connect to the database of this URL, without statements in the log.
pub(super) fn options(url: &str) -> Result<AnyConnectOptions, StoreError> {
    sqlx::any::install_default_drivers();
    let options: AnyConnectOptions =
        url.parse().map_err(|_| StoreError::Open("its URL cannot be read"))?;
    Ok(options.disable_statement_logging())
}

/// A pool of connections, each prepared as its dialect asks.
pub(super) async fn connect(dialect: &Arc<dyn Dialect>, url: &str) -> Result<AnyPool, StoreError> {
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

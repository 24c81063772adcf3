//! Released cases to the hub: at least once on the wire, once in effect by the idempotency key.
//!
//! Reads the outbox only, which holds nothing but released cases.

use crate::config::HubTarget;
use crate::store::{Outbox, Pending, StoreError};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{Notify, watch};

/// Why a case did not reach the hub. No variant carries text of the case or of the answer.
#[derive(Debug, Error)]
pub enum ForwardError {
    /// The hub did not answer, or not in time.
    #[error("the hub cannot be reached")]
    Unreachable,
    /// The hub refused.
    #[error("the hub answered with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The folder cannot be written.
    #[error("the hub folder cannot be written: {kind}")]
    Folder {
        /// The kind of failure.
        kind: std::io::ErrorKind,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A hub.
#[derive(Clone, Debug)]
pub enum Hub {
    /// One file a case.
    Folder(PathBuf),
    /// One POST a case.
    Http {
        /// The endpoint.
        url: String,
        /// The client, with its time limits.
        client: reqwest::Client,
    },
}

/// Longest that one delivery may take.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// Waits between rounds after failures: doubled from the first to the last.
const BACKOFF_MS: (u64, u64) = (200, 60_000);
/// Cases of one round.
const ROUND: i64 = 32;

impl Hub {
    /// The hub of the settings.
    ///
    /// # Errors
    /// [`ForwardError::Unreachable`] when no HTTP client can be made.
    pub fn new(target: &HubTarget) -> Result<Self, ForwardError> {
        match target {
            HubTarget::Folder(folder) => Ok(Self::Folder(folder.clone())),
            HubTarget::Http(url) => {
                // A second installation by another hub of this process is no error.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let client = reqwest::Client::builder()
                    .timeout(DELIVERY_TIMEOUT)
                    // A hub that points elsewhere is not our hub.
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|_| ForwardError::Unreachable)?;
                Ok(Self::Http { url: url.clone(), client })
            }
        }
    }

    async fn deliver(&self, case: &Pending) -> Result<(), ForwardError> {
        match self {
            Self::Folder(folder) => write_file(folder, case).map_err(|e| ForwardError::Folder { kind: e.kind() }),
            Self::Http { url, client } => {
                let kind = if case.json { "application/json" } else { "text/plain; charset=utf-8" };
                let answer = client
                    .post(url)
                    .header("content-type", kind)
                    .header("idempotency-key", &case.id)
                    .body(case.masked.clone())
                    .send()
                    .await
                    .map_err(|_| ForwardError::Unreachable)?;
                let status = answer.status();
                if status.is_success() { Ok(()) } else { Err(ForwardError::Refused { status: status.as_u16() }) }
            }
        }
    }
}

/// A file appears whole or not at all; the same case again replaces it.
fn write_file(folder: &Path, case: &Pending) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = format!("{}.{}", case.id, if case.json { "json" } else { "txt" });
    let half = folder.join(format!(".{name}.part"));
    std::fs::write(&half, &case.masked)?;
    std::fs::File::open(&half)?.sync_all()?;
    std::fs::rename(half, folder.join(name))
}

/// Delivers what waits, oldest first, until `stop` turns true. `wake` shortens the wait when a
/// case has been stored.
pub async fn run(outbox: Outbox, hub: Hub, wake: &Notify, mut stop: watch::Receiver<bool>) {
    let mut failures = 0u32;
    while !*stop.borrow() {
        match round(&outbox, &hub).await {
            Ok(0) => failures = 0,
            Ok(_) => {
                failures = 0;
                continue;
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(failures, %error, "delivery failed");
            }
        }
        let wait = if failures == 0 { BACKOFF_MS.1 } else { (BACKOFF_MS.0 << failures.min(9)).min(BACKOFF_MS.1) };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            () = wake.notified(), if failures == 0 => {}
            _ = stop.changed() => {}
        }
    }
}

async fn round(outbox: &Outbox, hub: &Hub) -> Result<usize, ForwardError> {
    let pending = outbox.pending(ROUND).await?;
    for case in &pending {
        match hub.deliver(case).await {
            Ok(()) => outbox.delivered(&case.id).await?,
            Err(error) => {
                outbox.failed(&case.id).await?;
                return Err(error);
            }
        }
    }
    Ok(pending.len())
}

//! Released cases to the hub: at least once on the wire, once in effect by the idempotency key.
//!
//! Enters: a [`ReleasedCase`], which only the gate can build. It is on disk before anybody is told,
//! and a worker carries it on from there, as often as it takes. Leaves: a [`Receipt`]. Logs name
//! cases by our own ids, and of the hub's answer they tell the status only.

mod hub;

pub use hub::{ForwardError, Hub};

use crate::audit::Record;
use crate::gate::ReleasedCase;
use crate::store::{Outbox, StoreError};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// Says that a case is on disk and will reach the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id under which the hub will get it.
    pub id: Uuid,
}

/// What one round of deliveries did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Cases that the hub confirmed.
    pub delivered: usize,
    /// Attempts that failed; they are due again later.
    pub failed: usize,
}

/// Outbox and hub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Forwarder {
    outbox: Outbox,
    hub: Hub,
    news: Arc<Notify>,
}

/// Cases read from disk at a time: bounds memory.
const BATCH: u32 = 16;

/// First pause after a failed attempt, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause: a hub that is back gets its cases within a minute.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Forwarder {
    /// Takes released cases into `outbox` for `hub`. Nothing is delivered until [`Forwarder::run`].
    pub fn new(outbox: Outbox, hub: Hub) -> Self {
        Self { outbox, hub, news: Arc::new(Notify::new()) }
    }

    /// The cases that were taken.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Takes a case for delivery. When this returns, it is on disk and will not be lost.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written; then nothing was taken.
    pub async fn submit(
        &self,
        case: &ReleasedCase,
        record: &Record,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let id = self.outbox.put(case, record, now).await?;
        self.news.notify_one();
        Ok(Receipt { id })
    }

    /// Delivers what waits and what comes, until `stop` turns true. Never gives a case up.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let pause = tokio::select! {
                // A sender that has gone away means stop, too.
                _ = stop.wait_for(|stopped| *stopped) => return,
                pause = self.work_and_plan() => pause,
            };
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => return,
                () = self.news.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One round; how long to wait before the next.
    async fn work_and_plan(&self) -> Duration {
        match self.deliver_due(Timestamp::now()).await {
            Ok(Round { delivered, failed: 0 }) if delivered == BATCH as usize => Duration::ZERO,
            Ok(_) => match self.outbox.next_due().await {
                Ok(Some(due)) => {
                    let wait = due.as_millisecond() - Timestamp::now().as_millisecond();
                    Duration::from_millis(wait.max(0) as u64).min(LONGEST_PAUSE)
                }
                Ok(None) => LONGEST_PAUSE,
                Err(_) => FIRST_PAUSE,
            },
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be worked on; trying again");
                FIRST_PAUSE
            }
        }
    }

    /// Delivers the cases that are due at `now`, the oldest first. A hub that cannot be reached
    /// ends the round.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read or written.
    pub async fn deliver_due(&self, now: Timestamp) -> Result<Round, StoreError> {
        let mut round = Round::default();
        for case in self.outbox.due(now, BATCH).await? {
            let (id, attempt) = (case.id(), case.attempts() + 1);
            match self.hub.deliver(&case).await {
                Ok(()) => {
                    self.outbox.delivered(id, Timestamp::now()).await?;
                    round.delivered += 1;
                    tracing::info!(%id, attempt, "case delivered");
                }
                Err(error) => {
                    let pause = pause(attempt);
                    self.outbox.failed(id, &error.to_string(), now + pause).await?;
                    round.failed += 1;
                    tracing::warn!(%id, attempt, %error, pause_s = pause.as_secs(), "case not delivered; it stays in the outbox");
                    if error.is_general() {
                        // What stops this case stops the others; they need not be tried now.
                        self.outbox.put_off(now + pause).await?;
                        break;
                    }
                }
            }
        }
        Ok(round)
    }
}

/// The pause after that many attempts.
fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let seconds: Vec<u64> =
            [0, 1, 2, 3, 6, 7, 8, u32::MAX].iter().map(|&n| pause(n).as_secs()).collect();
        assert_eq!(seconds, [1, 1, 2, 4, 32, 60, 60, 60]);
    }
}

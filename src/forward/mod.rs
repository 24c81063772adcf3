//! Released cases to the hub: at least once on the wire, once in effect by the idempotency key.
//!
//! Enters: [`Pending`] cases, which only a released case becomes. They are on
//! disk before anybody is told, and a worker carries them on from there, as often as it takes. What
//! the hub will not have after some attempts is a dead letter, and waits for an operator. Logs name
//! cases by our own ids, and of the hub's answer they tell the status only.

mod hub;
mod redcap;

pub use hub::{ForwardError, Hub};
pub use redcap::Redcap;

use crate::clock;
use crate::fault::{self, Part};
use crate::keys::random;
use crate::ledger::{Event, EventKind};
use crate::store::{Pending, Step, Store, StoreError};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// What one round of deliveries did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Cases that the hub confirmed.
    pub delivered: usize,
    /// Attempts that failed; they are due again later.
    pub failed: usize,
}

/// Store and hub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Forwarder {
    store: Store,
    hub: Hub,
    news: Arc<Notify>,
}

/// Cases read from disk at a time: bounds memory.
const BATCH: u32 = 16;

/// First pause after a failed attempt, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause: a hub that is back gets its cases within a minute.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// After so many answers that mean this case and no other, it is a dead letter.
const ATTEMPTS: u32 = 8;

/// How long a round may go on with the cases that it claimed.
const ROUND: Duration = Duration::from_mins(5);

impl Forwarder {
    /// Delivers what is in `store` to `hub`. Nothing is delivered until [`Forwarder::run`].
    pub fn new(store: Store, hub: Hub) -> Self {
        Self { store, hub, news: Arc::new(Notify::new()) }
    }

    /// The cases that were taken.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Says that a case was taken.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Sends a dead letter out again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the case is none.
    pub async fn replay(&self, id: Uuid, actor: &str, now: Timestamp) -> Result<(), StoreError> {
        let event = Event::of_case(EventKind::Replayed, id).by(actor);
        self.store.write(Some(event), vec![Step::Replay(id)], now).await?;
        self.wake();
        Ok(())
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
        let Ok(now) = clock::now() else {
            tracing::error!("the clock is years off; nothing is delivered until it is set");
            return LONGEST_PAUSE;
        };
        match self.deliver_due(now).await {
            Ok(Round { delivered, failed: 0 }) if delivered == BATCH as usize => Duration::ZERO,
            Ok(_) => match self.store.next_due().await {
                Ok(Some(due)) => {
                    let wait = due.as_millisecond() - now.as_millisecond();
                    Duration::from_millis(wait.max(0) as u64).min(LONGEST_PAUSE)
                }
                Ok(None) => LONGEST_PAUSE,
                Err(_) => FIRST_PAUSE,
            },
            Err(error) => {
                tracing::error!(%error, "the store cannot be worked on; trying again");
                FIRST_PAUSE
            }
        }
    }

    /// Delivers the cases that are due at `now`, the oldest first. A hub that cannot be reached
    /// ends the round.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written.
    pub async fn deliver_due(&self, now: Timestamp) -> Result<Round, StoreError> {
        let mut round = Round::default();
        let started = Instant::now();
        for case in self.store.due(now, BATCH).await? {
            if started.elapsed() > ROUND {
                break;
            }
            fault::stall(Part::Forward).await;
            let delivered = if fault::fails(Part::Forward) || fault::empties(Part::Forward) {
                Err(ForwardError::Unreachable("a fault"))
            } else {
                self.hub.deliver(&case).await
            };
            match delivered {
                Ok(()) => {
                    self.note_delivered(&case).await?;
                    round.delivered += 1;
                }
                Err(error) => {
                    round.failed += 1;
                    self.note_failed(&case, &error, now).await?;
                    if error.is_general() {
                        // What stops this case stops the others; they need not be tried now.
                        break;
                    }
                }
            }
        }
        Ok(round)
    }

    async fn note_delivered(&self, case: &Pending) -> Result<(), StoreError> {
        let (id, attempt) = (case.id(), case.attempts() + 1);
        let event = Event::of_case(EventKind::Delivered, id);
        match self.store.write(Some(event), vec![Step::Delivered(id)], Timestamp::now()).await {
            // Another replica, whose claim had run out, delivered it as well: once in effect.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        tracing::info!(%id, attempt, "case delivered");
        Ok(())
    }

    async fn note_failed(
        &self,
        case: &Pending,
        error: &ForwardError,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, attempt) = (case.id(), case.attempts() + 1);
        let failure = error.to_string();
        if !error.is_general() && attempt >= ATTEMPTS {
            let event = Event::of_case(EventKind::DeadLetter, id);
            self.store.write(Some(event), vec![Step::Dead(id, failure)], now).await?;
            tracing::error!(%id, attempt, %error, "case not delivered; it is a dead letter now");
            return Ok(());
        }
        let due = now + jittered(pause(attempt));
        let mut steps = vec![Step::Failed(id, failure, due)];
        if error.is_general() {
            steps.push(Step::PutOff(due));
        }
        self.store.write(None, steps, now).await?;
        let pause_ms = due.as_millisecond() - now.as_millisecond();
        tracing::warn!(%id, attempt, %error, pause_ms, "case not delivered; it stays in the outbox");
        Ok(())
    }
}

/// Up to a quarter less: replicas that failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let share = random::<1>().map_or(0, |[byte]| u32::from(byte));
    pause.saturating_sub(pause * share / 1024)
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

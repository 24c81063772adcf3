//! What all requests share: the engine, the store, and scratch buffers to borrow.

use super::error::ApiError;
use crate::case::Case;
use crate::detect::Scratch;
use crate::pipeline::Deidentifier;
use crate::store::Outbox;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub(super) engine: Deidentifier,
    pub(super) outbox: Outbox,
    pub(super) wake: Arc<Notify>,
    pub(super) body_limit: usize,
    scratch: Arc<Mutex<Vec<Scratch>>>,
}

impl AppState {
    /// State of a service. `wake` is rung when a case has been stored.
    pub fn new(engine: Deidentifier, outbox: Outbox, wake: Arc<Notify>, body_limit: usize) -> Self {
        Self { engine, outbox, wake, body_limit, scratch: Arc::new(Mutex::new(Vec::new())) }
    }

    /// Runs the engine on a case, off the threads that serve connections.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        case: Case,
        work: impl FnOnce(&Deidentifier, &Case, &mut Scratch) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let state = self.clone();
        let job = tokio::task::spawn_blocking(move || {
            let mut scratch = state.borrow().unwrap_or_else(|| state.engine.scratch());
            let result = work(&state.engine, &case, &mut scratch);
            if let Ok(mut pool) = state.scratch.lock() {
                pool.push(scratch);
            }
            result
        });
        // A panic would be a fault of ours: the case is refused, the service goes on.
        job.await.map_err(|_| ApiError::Internal)
    }

    fn borrow(&self) -> Option<Scratch> {
        self.scratch.lock().ok()?.pop()
    }
}

//! What all requests share: the engine, its workers, and the way to the hub.

use super::error::ServiceError;
use crate::case::Case;
use crate::detect::Scratch;
use crate::forward::Forwarder;
use crate::pipeline::Deidentifier;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How much of anything one request, or all of them, may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body, in bytes.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// Requests whose bodies are in memory at a time; the next is told to come again.
    pub requests: usize,
    /// Cases that are masked at a time.
    pub workers: usize,
}

impl Limits {
    /// Limits for this machine, with that largest body.
    pub fn with_body(body: usize) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { body, body_time: Duration::from_secs(30), requests: 64, workers }
    }
}

/// The state of the service. Cheap to clone.
#[derive(Clone)]
pub struct App {
    engine: Deidentifier,
    forwarder: Forwarder,
    limits: Limits,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    scratch: Arc<Mutex<Vec<Scratch>>>,
}

impl App {
    /// The state of a service that masks with `engine` and hands over to `forwarder`.
    pub fn new(engine: Deidentifier, forwarder: Forwarder, limits: Limits) -> Self {
        Self {
            engine,
            forwarder,
            limits,
            places: Arc::new(Semaphore::new(limits.requests)),
            workers: Arc::new(Semaphore::new(limits.workers)),
            scratch: Arc::default(),
        }
    }

    /// The engine.
    pub(super) fn engine(&self) -> &Deidentifier {
        &self.engine
    }

    /// The way to the hub.
    pub(super) fn forwarder(&self) -> &Forwarder {
        &self.forwarder
    }

    /// The limits in force.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// A place for one request and its body; memory is bounded by their number.
    ///
    /// # Errors
    /// [`ServiceError::Overloaded`] when all are taken.
    pub(super) fn place(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        self.places.try_acquire().map_err(|_| ServiceError::Overloaded)
    }

    /// Runs the engine on a thread of its own, so that no other request waits for it.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when it panicked.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        case: Case,
        job: impl FnOnce(&Deidentifier, &Case, &mut Scratch) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let workers = Arc::clone(&self.workers);
        let permit = workers.acquire_owned().await.map_err(|_| ServiceError::Internal)?;
        let (engine, pool) = (self.engine.clone(), Arc::clone(&self.scratch));
        let done = tokio::task::spawn_blocking(move || {
            // The thread keeps its place to the end, even when the client has gone away.
            let _permit = permit;
            let taken = pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut scratch = taken.unwrap_or_else(|| engine.scratch());
            let result = job(&engine, &case, &mut scratch);
            // After a panic this line is not reached: buffers in an unknown state are dropped.
            pool.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
            result
        });
        done.await.map_err(|_| ServiceError::Internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HubSetting;
    use crate::forward::Hub;
    use crate::store::Outbox;

    #[tokio::test]
    async fn a_panic_of_the_engine_fails_its_request_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(dir.path()).await.unwrap();
        let hub = Hub::new(&HubSetting::Folder(dir.path().join("hub"))).unwrap();
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let limits = Limits { workers: 1, ..Limits::with_body(1024) };
        let app = App::new(engine, Forwarder::new(outbox, hub), limits);
        let case = Case::from_text("", "pain 7/10");
        let broken: Result<(), _> =
            app.work(case.clone(), |_, _, _| panic!("a fault of the engine")).await;
        assert_eq!(broken, Err(ServiceError::Internal));
        let masked = app
            .work(case, |engine, case, scratch| engine.deidentify(case, scratch).0.render())
            .await;
        assert_eq!(masked, Ok("pain 7/10".to_owned()));
    }
}

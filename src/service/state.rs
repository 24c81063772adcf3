//! What all requests share: the engine, its workers, and the way to the hub.

use super::access::Access;
use super::error::ServiceError;
use super::metrics::Metrics;
use crate::case::Case;
use crate::detect::Scratch;
use crate::forward::Forwarder;
use crate::keys::Key;
use crate::pipeline::Deidentifier;
use crate::store::Store;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much of anything one request, or all of them, may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body, in bytes.
    pub body: usize,
    /// How long a body may take to arrive, and some longer for each piece that did.
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
        Self { body, body_time: Duration::from_secs(8), requests: 64, workers }
    }
}

/// What happens to a case that must wait.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Seals it; without a key no case waits, it is refused.
    pub seal_key: Option<Key>,
    /// Two persons must agree to a release.
    pub second_person: bool,
    /// How long it waits before it is destroyed.
    pub hours: u32,
}

impl Default for Custody {
    fn default() -> Self {
        Self { seal_key: None, second_person: false, hours: 72 }
    }
}

/// The state of the service. Cheap to clone.
#[derive(Clone)]
pub struct App {
    engine: Deidentifier,
    forwarder: Forwarder,
    limits: Limits,
    custody: Custody,
    access: Arc<Access>,
    audit: Option<Arc<str>>,
    metrics: Arc<Metrics>,
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
            custody: Custody::default(),
            access: Arc::default(),
            audit: None,
            metrics: Arc::default(),
            places: Arc::new(Semaphore::new(limits.requests)),
            workers: Arc::new(Semaphore::new(limits.workers)),
            scratch: Arc::default(),
        }
    }

    /// The same service, with other rules for held cases.
    #[must_use]
    pub fn holding(self, custody: Custody) -> Self {
        Self { custody, ..self }
    }

    /// The same service, for those that `access` knows.
    #[must_use]
    pub fn admitting(self, access: Access) -> Self {
        Self { access: Arc::new(access), ..self }
    }

    /// The same service, which says at `/readyz` by which audit it serves: the result's digest.
    #[must_use]
    pub fn audited(self, digest: &str) -> Self {
        Self { audit: Some(Arc::from(digest)), ..self }
    }

    /// The digest of the audit by which it serves.
    pub(super) fn audit(&self) -> Option<&str> {
        self.audit.as_deref()
    }

    /// The rules for held cases.
    pub(super) fn custody(&self) -> &Custody {
        &self.custody
    }

    /// Who may do what.
    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The store.
    pub fn store(&self) -> &Store {
        self.forwarder.store()
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
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| ServiceError::Overloaded)
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
    use crate::store::Place;

    #[tokio::test]
    async fn a_panic_of_the_engine_fails_its_request_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Store::open(&Place::folder(dir.path())).await.unwrap();
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

//! What all requests share: the engine in force, its workers, and the way to the hub.

use super::access::Access;
use super::error::ServiceError;
use super::metrics::Metrics;
use super::quota::Meters;
use super::reload::Source;
use crate::detect::Scratch;
use crate::forward::Forwarder;
use crate::keys::Key;
use crate::pipeline::Deidentifier;
use crate::store::Store;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
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
    /// How long one case may be worked on: far more than the largest needs.
    pub work_time: Duration,
}

impl Limits {
    /// Limits for this machine, with that largest body.
    pub fn with_body(body: usize) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let (body_time, work_time) = (Duration::from_secs(8), Duration::from_mins(1));
        Self { body, body_time, requests: 64, workers, work_time }
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

/// An engine in force, with buffers of its workers: other rules need other buffers.
pub(super) struct Loaded {
    pub(super) engine: Deidentifier,
    scratch: Mutex<Vec<Scratch>>,
}

impl Loaded {
    fn new(engine: Deidentifier) -> Arc<Self> {
        Arc::new(Self { engine, scratch: Mutex::default() })
    }

    fn run<T>(&self, job: impl FnOnce(&Deidentifier, &mut Scratch) -> T) -> T {
        let taken = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = taken.unwrap_or_else(|| self.engine.scratch());
        let result = job(&self.engine, &mut scratch);
        // After a panic this line is not reached: buffers in an unknown state are dropped.
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }
}

/// The state of the service. Cheap to clone.
#[derive(Clone)]
pub struct App {
    loaded: Arc<RwLock<Arc<Loaded>>>,
    access: Arc<RwLock<Arc<Access>>>,
    source: Option<Arc<Source>>,
    presidio: bool,
    forwarder: Forwarder,
    limits: Limits,
    custody: Custody,
    audit: Option<Arc<str>>,
    metrics: Arc<Metrics>,
    meters: Arc<Meters>,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl App {
    /// The state of a service that masks with `engine` and hands over to `forwarder`.
    pub fn new(engine: Deidentifier, forwarder: Forwarder, limits: Limits) -> Self {
        Self {
            loaded: Arc::new(RwLock::new(Loaded::new(engine))),
            access: Arc::default(),
            source: None,
            presidio: false,
            forwarder,
            limits,
            custody: Custody::default(),
            audit: None,
            metrics: Arc::default(),
            meters: Arc::default(),
            places: Arc::new(Semaphore::new(limits.requests)),
            workers: Arc::new(Semaphore::new(limits.workers)),
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
        Self { access: Arc::new(RwLock::new(Arc::new(access))), ..self }
    }

    /// The same service, which can read its rules, policy and keys again from there.
    #[must_use]
    pub fn reading(self, source: Source) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// The same service, with Presidio's routes.
    #[must_use]
    pub fn speaking_presidio(self) -> Self {
        Self { presidio: true, ..self }
    }

    /// True when Presidio's routes are served.
    pub(super) fn speaks_presidio(&self) -> bool {
        self.presidio
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

    /// True when two persons must agree to a release: by setting, or by the policy in force.
    pub(super) fn wants_second_person(&self) -> bool {
        self.custody.second_person || self.loaded().engine.policy().gate.second_person
    }

    /// Who may do what.
    pub(super) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where rules, policy and keys come from.
    pub(super) fn source(&self) -> Option<&Arc<Source>> {
        self.source.as_ref()
    }

    /// From the next request on these are in force. Requests at work end with what they began with.
    pub(super) fn swap(&self, engine: Deidentifier, access: Access) {
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Loaded::new(engine);
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How much each key asks.
    pub(super) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The store.
    pub fn store(&self) -> &Store {
        self.forwarder.store()
    }

    /// The engine in force: a request asks once and keeps it to its end.
    pub(super) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
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

    /// Runs the engine in force on a thread of its own, so that no other request waits for it.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when it panicked, [`ServiceError::Stalled`] when it does not end.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Deidentifier, &mut Scratch) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.work_with(self.loaded(), job).await
    }

    /// As [`App::work`], with the engine that the request began with.
    ///
    /// # Errors
    /// As [`App::work`].
    pub(super) async fn work_with<T: Send + 'static>(
        &self,
        loaded: Arc<Loaded>,
        job: impl FnOnce(&Deidentifier, &mut Scratch) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let workers = Arc::clone(&self.workers);
        let done = async {
            let permit = workers.acquire_owned().await.map_err(|_| ServiceError::Internal)?;
            let done = tokio::task::spawn_blocking(move || {
                // The thread keeps its place to the end, even when nobody waits for it any more.
                let _permit = permit;
                loaded.run(job)
            });
            done.await.map_err(|_| ServiceError::Internal)
        };
        let done = tokio::time::timeout(self.limits.work_time, done).await;
        // What comes of it later is dropped: nobody releases it.
        done.map_err(|_| ServiceError::Stalled)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;
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
        let broken: Result<(), _> = app.work(|_, _| panic!("a fault of the engine")).await;
        assert_eq!(broken, Err(ServiceError::Internal));
        let case = Case::from_text("", "pain 7/10");
        let masked =
            app.work(move |engine, scratch| engine.deidentify(&case, scratch).0.render()).await;
        assert_eq!(masked, Ok("pain 7/10".to_owned()));
    }
}

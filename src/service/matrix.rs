//! The fail-closed matrix: each part of the gate made to err, panic, stall and give nothing, asked in
//! process with a folder for a hub, and over sockets with a hub that is asked over HTTP. In no cell
//! is anything released, and no cell passes whose fault was never met.

use super::{App, Custody, Limits, router, serve};
use crate::config::HubSetting;
use crate::fault::{Fault, Part, Trial};
use crate::forward::{Forwarder, Hub};
use crate::ledger::verify;
use crate::pipeline::Deidentifier;
use crate::store::{Place, Store, StoreError};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use http_body_util::BodyExt as _;
use jiff::ToSpan as _;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

/// Would be released: its number is found and masked.
const CASE: &str = "OHIP 9876-543-217 JK, pain 7/10";

/// What a panic of a test says; nobody may repeat it.
const CANARY: &str = "Zqpanic-Wexford";

const PARTS: [Part; 10] = [
    Part::Decode,
    Part::Detect,
    Part::Mask,
    Part::Gate,
    Part::Ledger,
    Part::Store,
    Part::Forward,
    Part::Clock,
    Part::Random,
    Part::KeyFile,
];

/// How a case comes in and goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// In process; the hub is a folder.
    Process,
    /// Over sockets, with an idempotency key (which asks the store before the case is looked at).
    Http,
}

/// What the hub has: ids of cases, and whether one had an identifier in it.
#[derive(Clone, Default)]
struct AtHub(Arc<Mutex<(BTreeSet<String>, bool)>>);

impl AtHub {
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let mut has = self.0.lock().unwrap();
        has.0.insert(headers["idempotency-key"].to_str().unwrap().to_owned());
        has.1 |= body.windows(4).any(|w| w == b"9876");
        StatusCode::OK
    }
}

/// A service, its hub and its door; the fault of its trial is for all of its threads.
struct Site {
    app: App,
    door: Door,
    address: Option<SocketAddr>,
    folder: PathBuf,
    hub: AtHub,
    /// Ends the listeners with the trial.
    _stop: watch::Sender<bool>,
    _dir: TempDir,
}

async fn app(data: PathBuf, hub: HubSetting, work_time: Duration) -> Result<App, StoreError> {
    static ENGINE: OnceLock<Deidentifier> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| Deidentifier::embedded("echo-case").unwrap()).clone();
    let store = Store::open(&Place { low_water: 1, ..Place::folder(&data) }).await?;
    let hub = Hub::new(&hub).unwrap();
    let limits = Limits { workers: 2, work_time, ..Limits::with_body(20_000) };
    Ok(App::new(engine, Forwarder::new(store, hub), limits).holding(Custody::default()))
}

impl Site {
    async fn open(door: Door, work_time: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (stop, stopped) = watch::channel(false);
        let (folder, hub) = (dir.path().join("hub"), AtHub::default());
        let listen = || TcpListener::bind("127.0.0.1:0");
        let setting = match door {
            Door::Process => HubSetting::Folder(folder.clone()),
            Door::Http => {
                let (listener, taken) = (listen().await.unwrap(), hub.clone());
                let url = format!("http://{}/cases", listener.local_addr().unwrap());
                let take = post(move |headers: HeaderMap, body: Bytes| {
                    std::future::ready(taken.take(&headers, &body))
                });
                let hub = Router::new().route("/cases", take);
                tokio::spawn(serve(listener, hub, stopped.clone(), Duration::ZERO));
                HubSetting::Url(url)
            }
        };
        let app = app(dir.path().join("data"), setting, work_time).await.unwrap();
        let mut address = None;
        if door == Door::Http {
            let listener = listen().await.unwrap();
            address = Some(listener.local_addr().unwrap());
            tokio::spawn(serve(listener, router(app.clone()), stopped, Duration::ZERO));
        }
        Self { app, door, address, folder, hub, _stop: stop, _dir: dir }
    }

    /// Begins to submit the case. `key` names the request, over sockets.
    fn submit(&self, key: u32) -> tokio::task::JoinHandle<(u16, String)> {
        let (app, address) = (self.app.clone(), self.address);
        tokio::spawn(async move {
            match address {
                None => in_process(app).await,
                Some(address) => over_http(address, key).await,
            }
        })
    }

    /// Delivers what is due in some hours, on a task of its own: a panic ends the task and not the
    /// trial. What stalls is given up.
    async fn deliver(&self, hours: i64) {
        let forwarder = self.app.forwarder().clone();
        let later = jiff::Timestamp::now() + hours.hours();
        let mut round = tokio::spawn(async move { forwarder.deliver_due(later).await });
        if tokio::time::timeout(Duration::from_secs(2), &mut round).await.is_err() {
            round.abort();
        }
    }

    /// How many cases the hub has; none may show what was masked.
    fn at_hub(&self) -> usize {
        if self.door == Door::Http {
            let has = self.hub.0.lock().unwrap();
            assert!(!has.1, "an identifier reached the hub");
            return has.0.len();
        }
        let files = std::fs::read_dir(&self.folder).into_iter().flatten();
        files
            .filter(|f| !f.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count()
    }

    async fn released_rows(&self) -> u64 {
        let rows = self.app.store().ledger().await.unwrap();
        let key = self.app.store().signer().public_key();
        let summary = verify(&rows, &key, &[], &[]).unwrap();
        summary.events.get("released").copied().unwrap_or(0)
    }

    async fn see(&self, answer: Option<(u16, String)>) -> Seen {
        Seen { answer, at_hub: self.at_hub(), released: self.released_rows().await }
    }
}

async fn in_process(app: App) -> (u16, String) {
    let request = Request::builder().method("POST").uri("/v1/cases");
    let request = request.header("content-type", "text/plain").body(Body::from(CASE)).unwrap();
    let response = router(app).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn over_http(address: SocketAddr, key: u32) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /v1/cases HTTP/1.1\r\nhost: {address}\r\ncontent-type: text/plain\r\n\
         idempotency-key: k-{key}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{CASE}",
        CASE.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, answer)
}

/// What can be seen of a case from outside.
#[derive(Debug)]
struct Seen {
    /// `None` while nobody has answered.
    answer: Option<(u16, String)>,
    at_hub: usize,
    released: u64,
}

/// What is wrong with what was seen under a fault.
fn judge(part: Part, fault: Fault, seen: &Seen) -> Result<(), &'static str> {
    if seen.at_hub != 0 {
        return Err("it is at the hub");
    }
    if seen.answer.as_ref().is_some_and(|(_, b)| b.contains("9876-543") || b.contains(CANARY)) {
        return Err("the answer tells");
    }
    let status = seen.answer.as_ref().map(|(status, _)| *status);
    if part == Part::Forward {
        // It was taken and waits; it leaves when the fault is over.
        let waits = status == Some(201) && seen.released == 1;
        return waits.then_some(()).ok_or("it was not taken");
    }
    if seen.released != 0 {
        return Err("it was released");
    }
    // The caller is told: where, by the gate; otherwise that it failed.
    let told = match part {
        Part::Detect | Part::Mask | Part::Gate
            if [Fault::Fail, Fault::Nothing].contains(&fault) =>
        {
            422..423
        }
        Part::Decode if fault == Fault::Fail => 400..401,
        _ => 500..504,
    };
    status.is_none_or(|s| told.contains(&s)).then_some(()).ok_or("the caller is told otherwise")
}

/// How long anything may take on a machine with other work.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs a trial on threads of its own, which meet its fault.
fn on_threads(trial: &Trial, test: impl Future<Output = ()>) {
    let joined = trial.clone();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let builder = builder.worker_threads(3).max_blocking_threads(6).enable_all();
    let runtime = builder.on_thread_start(move || joined.join()).build().unwrap();
    runtime.block_on(test);
    trial.set(None);
    runtime.shutdown_timeout(Duration::from_secs(5));
}

#[test]
fn whatever_fails_nothing_is_released() {
    let mut cells = Vec::new();
    // What stalls waits long: it begins first.
    for fault in [Fault::Stall, Fault::Fail, Fault::Panic, Fault::Nothing] {
        for part in PARTS {
            cells.extend([Door::Process, Door::Http].map(|door| (part, fault, door)));
        }
    }
    assert_eq!(cells.len(), 80);
    cells.reverse();
    let cells = Mutex::new(cells);
    let next = || cells.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some((part, fault, door)) = next() {
                    let trial = Trial::default();
                    on_threads(&trial, cell(&trial, part, fault, door));
                }
            });
        }
    });
}

/// The control: a service that heeds no fault is seen to release, through both doors.
#[test]
fn a_gate_that_stays_open_would_be_caught() {
    for door in [Door::Process, Door::Http] {
        let trial = Trial::default();
        on_threads(&trial, async {
            let site = Site::open(door, PATIENCE).await;
            let answer = site.submit(1).await.unwrap();
            let seen = site.see(Some(answer)).await;
            assert_eq!(judge(Part::Gate, Fault::Fail, &seen), Err("it was released"));
            site.deliver(1).await;
            let seen = site.see(None).await;
            assert_eq!(judge(Part::Gate, Fault::Fail, &seen), Err("it is at the hub"));
            assert_eq!((seen.at_hub, trial.met()), (1, 0));
        });
    }
}

async fn cell(trial: &Trial, part: Part, fault: Fault, door: Door) {
    let name = format!("{part:?} {fault:?} {door:?}");
    if part == Part::KeyFile {
        without_key(trial, fault, &name).await;
        return;
    }
    // Where the engine stalls, the service must lose patience; elsewhere it has time.
    let engine = matches!(part, Part::Decode | Part::Detect | Part::Mask | Part::Gate);
    let stalls = fault == Fault::Stall;
    let work_time = if engine && stalls { Duration::from_secs(2) } else { PATIENCE };
    let site = Site::open(door, work_time).await;
    trial.set(Some((part, fault)));
    let answer = site.submit(1);
    // A clock or a source of random numbers that hangs holds whoever asks it.
    let hangs = stalls && matches!(part, Part::Clock | Part::Random);
    if hangs {
        wait_for(trial, &name);
        let seen = site.see(None).await;
        assert_eq!(judge(part, fault, &seen), Ok(()), "{name}, while it hangs: {seen:?}");
        assert!(!answer.is_finished(), "{name}: answered without it");
        trial.set(None);
    }
    let answer = answer.await.unwrap();
    site.deliver(1).await;
    let seen = site.see(Some(answer)).await;
    assert_eq!(judge(part, fault, &seen), Ok(()), "{name}: {seen:?}");
    assert!(trial.met() > 0, "{name}: the fault was never met");
    trial.set(None);
    if part != Part::Forward {
        // What stalled ends now, and is not released behind everybody's back.
        tokio::time::sleep(Duration::from_millis(200)).await;
        site.deliver(2).await;
        assert_eq!((site.at_hub(), site.released_rows().await), (0, 0), "{name}: released later");
        recover(&site, &name).await;
    }
    site.deliver(3).await;
    // What is released is seen, at the hub and in the ledger.
    assert_eq!((site.at_hub(), site.released_rows().await), (1, 1), "{name}");
}

/// Waits without the runtime: the thread that hangs may be the one that would tell others of timers
/// and sockets, and then no timer of the runtime ever ends.
fn wait_for(trial: &Trial, name: &str) {
    let started = Instant::now();
    while trial.met() == 0 {
        assert!(started.elapsed() < PATIENCE, "{name}: the fault was never met");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// It recovers without a hand. A key whose claim was lost is answered when its lease ends, so each
/// request has its own.
async fn recover(site: &Site, name: &str) {
    let started = Instant::now();
    for key in 2.. {
        let (status, body) = site.submit(key).await.unwrap();
        if status == 201 {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{name}: {status} {body}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Without its key the service does not start, and it starts when the fault is over.
async fn without_key(trial: &Trial, fault: Fault, name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let open = |data: &Path| {
        let (data, hub) = (data.join("data"), data.join("hub"));
        tokio::spawn(async move { app(data, HubSetting::Folder(hub), PATIENCE).await.is_ok() })
    };
    trial.set(Some((Part::KeyFile, fault)));
    let opened = open(dir.path());
    if fault == Fault::Stall {
        wait_for(trial, name);
        assert!(!opened.is_finished(), "{name}: started without it");
        trial.set(None);
    }
    // A panic is no start either.
    assert!(!opened.await.unwrap_or(false), "{name}: started");
    assert!(trial.met() > 0, "{name}: the fault was never met");
    trial.set(None);
    assert!(open(dir.path()).await.unwrap(), "{name}: not started when it was over");
}

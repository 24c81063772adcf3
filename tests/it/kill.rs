//! The gateway killed at random moments under load, with a hub that fails in every way: nothing
//! acknowledged is lost, nothing is there twice, and the ledger holds.
//!
//! The full run: `cargo test --profile ci --test it kill -- --ignored --nocapture`, with
//! `CASEVEIL_KILLS` (200) and `CASEVEIL_SEED`.

use super::postgres::Postgres;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

/// Numbers from a seed: a run can be repeated.
#[derive(Clone)]
pub(super) struct Dice(Arc<AtomicU64>);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    /// A number below `n` (`SplitMix64`).
    pub(super) fn roll(&self, n: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// What the hub took, by idempotency key.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) cases: BTreeMap<String, Vec<u8>>,
    repeated: u64,
    pub(super) different: u64,
}

#[derive(Clone)]
pub(super) struct HubState {
    pub(super) taken: Arc<Mutex<Taken>>,
    pub(super) dice: Dice,
    pub(super) healthy: Arc<AtomicBool>,
}

impl HubState {
    fn take(&self, headers: &HeaderMap, body: &Bytes) {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        let mut taken = self.taken.lock().unwrap();
        match taken.cases.insert(key, body.to_vec()) {
            None => {}
            Some(before) if before == body.to_vec() => taken.repeated += 1,
            Some(_) => taken.different += 1,
        }
    }
}

pub(super) async fn hub(
    State(hub): State<HubState>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let fault = if hub.healthy.load(Ordering::Relaxed) { 99 } else { hub.dice.roll(10) };
    match fault {
        // It fails and has nothing.
        0 => return StatusCode::INTERNAL_SERVER_ERROR,
        // It fails and has it all the same.
        1 => {
            hub.take(&headers, &body);
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        // It stalls.
        2 => tokio::time::sleep(Duration::from_millis(hub.dice.roll(400))).await,
        // It has it, and the connection breaks before the answer.
        3 => {
            hub.take(&headers, &body);
            std::panic::resume_unwind(Box::new("the connection breaks"));
        }
        _ => {}
    }
    hub.take(&headers, &body);
    StatusCode::CREATED
}

/// A gateway process.
pub(super) struct Gateway {
    pub(super) child: Child,
    pub(super) url: String,
}

impl Gateway {
    pub(super) fn start(data: &Path, hub: &str, database: Option<&str>) -> Self {
        Self::start_by(Command::new(assert_cmd::cargo::cargo_bin("caseveil")), data, hub, database)
    }

    /// A gateway whose fsync does nothing: what a trial of power cuts must notice.
    fn unsynced(data: &Path) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
        command.args(["-e", "inject=fsync,fdatasync:retval=0"]);
        command.arg(assert_cmd::cargo::cargo_bin("caseveil"));
        Self::start_by(command, data, "http://127.0.0.1:9/", None)
    }

    /// Ends a tracer's child: it would go on without its tracer.
    fn kill_child(&self) {
        let pid = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        for child in children.unwrap_or_default().split_whitespace() {
            run("kill", &["-9", child]);
        }
    }

    pub(super) fn start_by(
        mut command: Command,
        data: &Path,
        hub: &str,
        database: Option<&str>,
    ) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0", "--hub", hub, "--data"]).arg(data);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        command.env("CASEVEIL_LOG", "error").env("CASEVEIL_LOW_WATER", "1");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("caseveil listens on ");
        let url = url.unwrap_or_else(|| panic!("no address: {line:?}")).to_owned();
        Self { child, url }
    }

    pub(super) fn kill(&mut self) {
        // SIGKILL on Unix.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn stop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success(), "an orderly stop");
    }
}

/// One case from one client: sent again under the same key until it is acknowledged. Its id.
pub(super) async fn submit(
    client: &reqwest::Client,
    urls: &Arc<Mutex<Vec<String>>>,
    key: &str,
    n: u64,
) -> String {
    for attempt in 0.. {
        let url = {
            let urls = urls.lock().unwrap();
            urls[(n as usize + attempt) % urls.len()].clone()
        };
        let sent = client
            .post(format!("{url}/v1/cases"))
            .header("content-type", "text/plain")
            .header("idempotency-key", key)
            .body(format!("Knee pain {}/10, OHIP 9876-543-217 JK", n % 11))
            .send()
            .await;
        if let Ok(answer) = sent
            && answer.status() == 201
            && let Ok(body) = answer.bytes().await
        {
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            return body["id"].as_str().unwrap().to_owned();
        }
        assert!(attempt < 3000, "a case was never acknowledged");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!()
}

pub(super) fn client() -> reqwest::Client {
    static RING: Once = Once::new();
    RING.call_once(|| {
        let _before = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy();
    builder.tls_certs_only([]).build().unwrap()
}

struct Figures {
    acknowledged: usize,
    repeated: u64,
    kills: usize,
    drained: Duration,
}

/// A hub on that address, which fails in every way until it is made healthy.
pub(super) fn open_hub(listener: tokio::net::TcpListener, dice: &Dice) -> HubState {
    let state = HubState {
        taken: Arc::default(),
        dice: dice.clone(),
        healthy: Arc::new(AtomicBool::new(false)),
    };
    let router = axum::Router::new().route("/cases", post(hub)).with_state(state.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    state
}

/// Kills `kills` times, then lets everything drain, and checks.
async fn trial(kills: usize, seed: u64, postgres: Option<&Postgres>) -> Figures {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub_url = format!("http://{}/cases", listener.local_addr().unwrap());
    let dice = Dice::new(seed);
    let hub_state = open_hub(listener, &dice);

    let dir = tempfile::tempdir().unwrap();
    let database = match postgres {
        Some(server) => Some(server.database(&format!("kill_{seed}")).await),
        None => None,
    };
    let folders: Vec<PathBuf> = match postgres {
        Some(_) => vec![dir.path().join("a"), dir.path().join("b")],
        None => vec![dir.path().join("a")],
    };
    let start = |folder: &PathBuf| Gateway::start(folder, &hub_url, database.as_deref());
    let mut gateways = vec![start(&folders[0])];
    if let Some(second) = folders.get(1) {
        // Replicas share the key under which idempotency keys are known.
        std::fs::create_dir_all(second).unwrap();
        std::fs::copy(folders[0].join("installation.key"), second.join("installation.key"))
            .unwrap();
        gateways.push(start(second));
    }
    let load = Load::start(gateways.iter().map(|g| g.url.clone()).collect(), 8);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.roll(500))).await;
        let which = dice.roll(gateways.len() as u64) as usize;
        gateways[which].kill();
        gateways[which] = start(&folders[which]);
        load.urls.lock().unwrap()[which].clone_from(&gateways[which].url);
    }
    let acknowledged = load.stop().await;
    hub_state.healthy.store(true, Ordering::Relaxed);
    let healed = Instant::now();
    loop {
        if hub_state.taken.lock().unwrap().cases.len() >= acknowledged.len() {
            break;
        }
        // The longest pause is a minute; then they still have to be delivered.
        let left = acknowledged.len() - hub_state.taken.lock().unwrap().cases.len();
        assert!(
            healed.elapsed() < Duration::from_mins(3),
            "{left} not delivered by a hub that is well"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let drained = healed.elapsed();
    for gateway in &mut gateways {
        gateway.stop();
    }
    let taken = hub_state.taken.lock().unwrap();
    let at_hub: BTreeSet<String> = taken.cases.keys().cloned().collect();
    let lost: Vec<_> = acknowledged.difference(&at_hub).collect();
    let phantom: Vec<_> = at_hub.difference(&acknowledged).collect();
    assert!(lost.is_empty(), "seed {seed}: lost {lost:?}");
    assert!(phantom.is_empty(), "seed {seed}: at the hub and never acknowledged {phantom:?}");
    assert_eq!(taken.different, 0, "seed {seed}: one key, two cases");
    assert!(taken.cases.values().all(|b| !String::from_utf8_lossy(b).contains("9876")));
    for folder in &folders {
        assert_recorded(folder, database.as_deref(), acknowledged.len());
    }
    Figures { acknowledged: acknowledged.len(), repeated: taken.repeated, kills, drained }
}

/// Clients that submit until told to stop; their acknowledged cases.
pub(crate) struct Load {
    pub(crate) over: Arc<AtomicBool>,
    pub(crate) urls: Arc<Mutex<Vec<String>>>,
    clients: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    pub(crate) fn start(urls: Vec<String>, clients: u64) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let urls = Arc::new(Mutex::new(urls));
        let client = client();
        let one = |c: u64| {
            let (client, urls, over) = (client.clone(), Arc::clone(&urls), Arc::clone(&over));
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for n in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    ids.push(submit(&client, &urls, &format!("{c}-{n}"), n).await);
                }
                ids
            })
        };
        Self { clients: (0..clients).map(one).collect(), urls: Arc::clone(&urls), over }
    }

    pub(crate) async fn stop(self) -> BTreeSet<String> {
        self.over.store(true, Ordering::Relaxed);
        let mut ids = BTreeSet::new();
        for client in self.clients {
            for id in client.await.unwrap() {
                assert!(ids.insert(id), "one id for two keys");
            }
        }
        assert!(!ids.is_empty());
        ids
    }
}

/// The ledger verifies, and has so many cases released and delivered.
pub(super) fn assert_recorded(data: &Path, database: Option<&str>, cases: usize) {
    let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    command.args(["ledger", "verify", "--data"]).arg(data);
    if let Some(url) = database {
        command.args(["--database", url]);
    }
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}");
    let count = |event: &str| {
        let line = said.lines().find(|l| l.trim_end().ends_with(&format!(" {event}")));
        line.and_then(|l| l.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0)
    };
    assert_eq!(count("released"), cases, "unrecorded or recorded twice: {said}");
    assert_eq!(count("delivered"), cases, "{said}");
}

#[expect(clippy::disallowed_methods, reason = "a trial is set by its environment")]
pub(super) fn seed() -> u64 {
    let given = std::env::var("CASEVEIL_SEED").ok().and_then(|s| s.parse().ok());
    given.unwrap_or(20_261_125)
}

#[expect(clippy::disallowed_methods, reason = "a trial is set by its environment")]
pub(super) fn kills() -> usize {
    let given = std::env::var("CASEVEIL_KILLS").ok().and_then(|s| s.parse().ok());
    given.unwrap_or(200)
}

#[expect(clippy::print_stdout, reason = "figures are for whoever runs the trial")]
fn report(store: &str, figures: &Figures) {
    let Figures { acknowledged, repeated, kills, drained } = figures;
    println!(
        "{store}: {kills} kills, seed {}, {acknowledged} acknowledged, 0 lost, 0 phantom, 0 unrecorded, \
         {repeated} repeats on the wire, drained in {drained:.1?} once the hub is well",
        seed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_sqlite_nothing_is_lost() {
    report("sqlite", &trial(5, seed(), None).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_two_replicas_on_postgresql_nothing_is_lost() {
    let Some(server) = Postgres::start() else { return };
    report("postgresql, two replicas", &trial(5, seed(), Some(&server)).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes; its result is under record/"]
async fn killed_many_times_with_sqlite() {
    report("sqlite", &trial(kills(), seed(), None).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes; its result is under record/"]
async fn killed_many_times_with_two_replicas_on_postgresql() {
    let Some(server) = Postgres::start() else { return };
    report("postgresql, two replicas", &trial(kills(), seed(), Some(&server)).await);
}

/// Runs a command of the system; its failure is the trial's.
pub(super) fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}

/// What a commit waits for.
#[derive(Clone, Copy)]
enum Durability<'a> {
    /// The disk.
    AsShipped,
    /// Nothing: this program has `synchronous=NORMAL`.
    Normal(&'a Path),
    /// Nothing, and no checkpoint does either.
    NoFsync,
}

/// The program with its one setting broken on purpose.
fn with_synchronous_normal(folder: &Path) -> PathBuf {
    let (full, normal) = (b"PRAGMA synchronous = FULL", b"PRAGMA synchronous = 1   ");
    let built = assert_cmd::cargo::cargo_bin("caseveil");
    let mut program = std::fs::read(&built).unwrap();
    let places: Vec<usize> = memchr::memmem::find_iter(&program, full).collect();
    let [place] = places[..] else { panic!("the setting stands in the program once") };
    program[place..place + normal.len()].copy_from_slice(normal);
    let broken = folder.join("caseveil-normal");
    // A copy may be run like the one that was built.
    std::fs::copy(built, &broken).unwrap();
    std::fs::write(&broken, program).unwrap();
    broken
}

/// Ids of the cases that were acknowledged.
pub(super) type Acknowledged = Arc<Mutex<Vec<String>>>;

/// Four clients that submit to these gateways until they are aborted.
pub(super) fn submitting(urls: Vec<String>) -> (Acknowledged, Vec<tokio::task::JoinHandle<()>>) {
    let (acknowledged, client, urls) =
        (Acknowledged::default(), client(), Arc::new(Mutex::new(urls)));
    let submits = |c: u64| {
        let (client, urls, done) = (client.clone(), urls.clone(), acknowledged.clone());
        tokio::spawn(async move {
            for n in 0.. {
                let id = submit(&client, &urls, &format!("{c}-{n}"), n).await;
                done.lock().unwrap().push(id);
            }
        })
    };
    let clients = (0..4).map(submits).collect();
    (acknowledged, clients)
}

/// Acknowledged cases, and those of them that a power cut took from the ledger.
async fn power_cut(dice: &Dice, durability: Durability<'_>) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (image, copy, disk, after) = (path("image"), path("copy"), path("disk"), path("after"));
    run("truncate", &["-s", "64M", &image]);
    run("mkfs.ext4", &["-q", "-F", &image]);
    for folder in [&disk, &after] {
        std::fs::create_dir(folder).unwrap();
    }
    // Nothing but fsync brings data to the disk within the trial.
    run("mount", &["-o", "loop,commit=60", &image, &disk]);
    let data = Path::new(&disk).join("data");
    let mut gateway = Gateway::start(&data, "http://127.0.0.1:9/", None);
    // The controls: what is on disk before stays, what comes is acknowledged without fsync.
    match durability {
        Durability::AsShipped => {}
        Durability::Normal(program) => {
            gateway.kill();
            gateway = Gateway::start_by(Command::new(program), &data, "http://127.0.0.1:9/", None);
        }
        Durability::NoFsync => {
            gateway.kill();
            gateway = Gateway::unsynced(&data);
        }
    }
    let (acknowledged, clients) = submitting(vec![gateway.url.clone()]);
    tokio::time::sleep(Duration::from_millis(150 + dice.roll(400))).await;
    let pid = rustix::process::Pid::from_child(&gateway.child);
    let ids = acknowledged.lock().unwrap().clone();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    run("cp", &["--sparse=always", &image, &copy]);
    for client in clients {
        client.abort();
    }
    gateway.kill_child();
    gateway.kill();
    run("mount", &["-o", "loop", &copy, &after]);
    let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    let shown =
        command.args(["ledger", "show", "--data", &format!("{after}/data")]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let mut verify = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    let verified =
        verify.args(["ledger", "verify", "--data", &format!("{after}/data")]).output().unwrap();
    for folder in [&disk, &after] {
        run("umount", &[folder]);
    }
    let broken = !matches!(durability, Durability::AsShipped);
    assert!(broken || verified.status.success(), "the ledger does not hold after a power cut");
    (ids.len(), ids.iter().filter(|id| !shown.contains(*id)).count())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and loop devices; its result is under record/"]
async fn power_cuts_lose_nothing_that_was_acknowledged() {
    let dice = Dice::new(seed());
    static RING: Once = Once::new();
    RING.call_once(|| {
        let _before = rustls::crypto::ring::default_provider().install_default();
    });
    let dir = tempfile::tempdir().unwrap();
    let normal = with_synchronous_normal(dir.path());
    let controls = kills().div_ceil(10);
    for (name, durability, trials) in [
        ("control, synchronous=NORMAL", Durability::Normal(&normal), controls),
        ("control, no fsync", Durability::NoFsync, controls),
        ("as shipped", Durability::AsShipped, kills()),
    ] {
        let (mut acknowledged, mut lost) = (0, 0);
        for _ in 0..trials {
            let (a, l) = power_cut(&dice, durability).await;
            (acknowledged, lost) = (acknowledged + a, lost + l);
        }
        #[expect(clippy::print_stdout, reason = "figures are for whoever runs the trial")]
        {
            println!("{name}: {trials} power cuts, {acknowledged} acknowledged, {lost} lost");
        }
        assert_eq!(lost == 0, matches!(durability, Durability::AsShipped), "{name}");
    }
}

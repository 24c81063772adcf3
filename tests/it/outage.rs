//! What the gateway stands on goes away under load and comes back: hub, database, disk, clock.
//! Nothing acknowledged is lost, nothing leaves unrecorded, and nobody has to help.

use super::kill::{Dice, Gateway, HubState, Load, assert_recorded, client, open_hub, run, submit};
use super::postgres::Postgres;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A hub on an address, and the address.
async fn healthy_hub() -> (HubState, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/cases", listener.local_addr().unwrap());
    let hub = open_hub(listener, &Dice::new(7));
    hub.healthy.store(true, Ordering::Relaxed);
    (hub, url)
}

/// Waits until the hub has every acknowledged case; nothing else is there, nothing twice.
async fn drained(hub: &HubState, acknowledged: &BTreeSet<String>, within: Duration) {
    let since = Instant::now();
    loop {
        let at_hub: BTreeSet<String> = hub.taken.lock().unwrap().cases.keys().cloned().collect();
        if &at_hub == acknowledged {
            break;
        }
        let (more, less) =
            (at_hub.difference(acknowledged).count(), acknowledged.difference(&at_hub).count());
        assert_eq!(more, 0, "at the hub and never acknowledged");
        assert!(since.elapsed() < within, "{less} acknowledged cases are not at the hub");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(hub.taken.lock().unwrap().different, 0, "one key, two cases");
}

/// The status of one submission and of readiness.
async fn asked(url: &str, n: u64) -> (u16, u16) {
    let client = client();
    let post = client.post(format!("{url}/v1/cases")).header("content-type", "text/plain");
    let posted = post.body(format!("Knee pain {n}/10")).send().await.unwrap().status();
    let ready = client.get(format!("{url}/readyz")).send().await.unwrap().status();
    (posted.as_u16(), ready.as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_hub_down_all_the_time_every_case_waits_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let place = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let url = format!("http://{address}/cases");
    let mut gateway = Gateway::start(dir.path(), &url, None);
    let load = Load::start(vec![gateway.url.clone()], 4);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let acknowledged = load.stop().await;
    // Also through a kill.
    gateway.kill();
    let mut gateway = Gateway::start(dir.path(), &url, None);
    let hub = open_hub(tokio::net::TcpListener::bind(address).await.unwrap(), &Dice::new(7));
    hub.healthy.store(true, Ordering::Relaxed);
    drained(&hub, &acknowledged, Duration::from_mins(2)).await;
    gateway.stop();
    assert_recorded(dir.path(), None, acknowledged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_postgresql_restarted_under_load_nothing_is_lost() {
    let Some(server) = Postgres::start() else { return };
    let database = server.database("outage").await;
    let dir = tempfile::tempdir().unwrap();
    let (hub, url) = healthy_hub().await;
    let mut gateway = Gateway::start(dir.path(), &url, Some(&database));
    let load = Load::start(vec![gateway.url.clone()], 4);
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.crash();
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    let acknowledged = load.stop().await;
    drained(&hub, &acknowledged, Duration::from_mins(2)).await;
    gateway.stop();
    assert_recorded(dir.path(), Some(&database), acknowledged.len());
}

/// A small file system of its own, gone when dropped.
struct Disk {
    place: PathBuf,
    image: PathBuf,
    _dir: tempfile::TempDir,
}

impl Disk {
    fn mount(megabytes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("disk");
        std::fs::create_dir(&place).unwrap();
        let image = dir.path().join("image");
        let (file, at) = (image.to_str().unwrap(), place.to_str().unwrap());
        run("truncate", &["-s", &format!("{megabytes}M"), file]);
        run("mkfs.ext4", &["-q", "-F", "-m", "0", file]);
        run("mount", &["-o", "loop", file, at]);
        Self { place, image, _dir: dir }
    }

    /// Somebody else takes what is left, to the last byte.
    fn fill(&self) {
        let other = format!("of={}", self.place.join("other").display());
        // It ends with "no space left on device".
        let filled = Command::new("dd")
            .args(["if=/dev/zero", "bs=64k", "oflag=append", "conv=notrunc", &other])
            .stderr(Stdio::null())
            .status();
        assert!(!filled.unwrap().success());
    }

    fn empty(&self) {
        std::fs::remove_file(self.place.join("other")).unwrap();
    }

    fn remount(&self, how: &str) {
        run("mount", &["-o", &format!("remount,{how}"), self.place.to_str().unwrap()]);
    }

    /// Mounts the image anew.
    fn again(&self) {
        let (image, at) = (self.image.to_str().unwrap(), self.place.to_str().unwrap());
        run("umount", &[at]);
        run("mount", &["-o", "loop", image, at]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

/// The disk is filled by somebody else until not a byte is left, and emptied again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and loop devices; its result is under record/"]
async fn a_full_disk_takes_nothing_loses_nothing_and_goes_on() {
    let disk = Disk::mount(64);
    let (hub, url) = healthy_hub().await;
    let data = disk.place.join("data");
    let mut gateway = Gateway::start(&data, &url, None);
    let load = Load::start(vec![gateway.url.clone()], 4);
    tokio::time::sleep(Duration::from_millis(500)).await;
    disk.fill();
    // What is kept back is given up, and taken as well.
    ballast(&data, false).await;
    disk.fill();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(gateway.child.try_wait().unwrap().is_none(), "a full disk ends the service");
    let answer = asked(&gateway.url, 1).await;
    assert_eq!(answer, (503, 503), "a full disk takes no case and says so");
    disk.empty();
    let before = load.stop().await;
    let more = until_taken(&gateway.url).await;
    let all = before.into_iter().chain(more).collect();
    drained(&hub, &all, Duration::from_mins(2)).await;
    gateway.stop();
    assert_recorded(&data, None, all.len());
}

/// Waits until the space that is kept back is there, or given up.
async fn ballast(data: &Path, there: bool) {
    let since = Instant::now();
    while std::fs::metadata(data.join("ballast")).is_ok_and(|m| m.len() >= 8 << 20) != there {
        assert!(since.elapsed() < Duration::from_mins(1), "the ballast is not as it should be");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Started when not a byte is left, it gives up what it kept back; without that it says why it ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and loop devices; its result is under record/"]
async fn on_a_full_disk_it_starts_by_its_ballast_or_says_why_not() {
    let disk = Disk::mount(64);
    let (hub, url) = healthy_hub().await;
    let data = disk.place.join("data");
    let mut gateway = Gateway::start(&data, &url, None);
    let first = until_taken(&gateway.url).await;
    ballast(&data, true).await;
    gateway.kill();
    disk.fill();
    gateway = Gateway::start(&data, &url, None);
    gateway.kill();
    disk.fill();
    let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    command.args(["serve", "--listen", "127.0.0.1:0", "--hub", &url, "--data"]).arg(&data);
    let ended = command.timeout(Duration::from_secs(30)).output().unwrap();
    assert!(!ended.status.success() && ended.status.code().is_some(), "{:?}", ended.status);
    assert!(String::from_utf8_lossy(&ended.stderr).contains("its disk is full"));
    disk.empty();
    gateway = Gateway::start(&data, &url, None);
    drained(&hub, &first.into_iter().collect(), Duration::from_mins(1)).await;
    gateway.stop();
    assert_recorded(&data, None, 1);
}

/// Submits until a case is taken; its id.
async fn until_taken(url: &str) -> Option<String> {
    let urls = Arc::new(Mutex::new(vec![url.to_owned()]));
    Some(submit(&client(), &urls, "last", 3).await)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and loop devices; its result is under record/"]
async fn a_store_that_cannot_be_written_takes_nothing_and_goes_on() {
    let disk = Disk::mount(64);
    let (hub, url) = healthy_hub().await;
    let data = disk.place.join("data");
    let mut gateway = Gateway::start(&data, &url, None);
    let load = Load::start(vec![gateway.url.clone()], 4);
    tokio::time::sleep(Duration::from_millis(500)).await;
    // What the system does when a disk fails: every write is refused from now on.
    disk.remount("abort");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = asked(&gateway.url, 1).await;
    assert_eq!(answer.0, 503, "a store that cannot be written takes no case");
    load.over.store(true, Ordering::Relaxed);
    // Mounted anew, and started again on the same address by whoever watches over it.
    gateway.kill();
    disk.again();
    gateway = Gateway::start(&data, &url, None);
    load.urls.lock().unwrap()[0].clone_from(&gateway.url);
    let all = load.stop().await;
    drained(&hub, &all, Duration::from_mins(2)).await;
    gateway.stop();
    assert_recorded(&data, None, all.len());
}

/// The library that shows a program another time; installed where it lacks.
fn faketime() -> Option<PathBuf> {
    let find = || {
        let names = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(|machine| {
            PathBuf::from(format!("/usr/lib/{machine}/faketime/libfaketimeMT.so.1"))
        });
        names.into_iter().find(|path| path.exists())
    };
    find().or_else(|| {
        for arguments in
            [&["update"][..], &["install", "-y", "--no-install-recommends", "libfaketime"]]
        {
            Command::new("apt-get").args(arguments).stdout(Stdio::null()).status().ok()?;
        }
        find()
    })
}

/// The clock is two hours ahead while cases are taken and put off, then it is set right.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_holds_nothing_up() {
    let Some(library) = faketime() else {
        eprintln!("\n*** SKIPPED: no libfaketime here; the trial of the clock did NOT run ***\n");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (time, data) = (dir.path().join("time"), dir.path().join("data"));
    std::fs::write(&time, "+2h\n").unwrap();
    let place = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("caseveil"));
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &time);
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let url = format!("http://{address}/cases");
    let mut gateway = Gateway::start_by(command, &data, &url, None);
    let load = Load::start(vec![gateway.url.clone()], 4);
    tokio::time::sleep(Duration::from_secs(1)).await;
    std::fs::write(&time, "+0\n").unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let acknowledged = load.stop().await;
    let hub = open_hub(tokio::net::TcpListener::bind(address).await.unwrap(), &Dice::new(7));
    hub.healthy.store(true, Ordering::Relaxed);
    drained(&hub, &acknowledged, Duration::from_mins(2)).await;
    gateway.stop();
    assert_recorded(&data, None, acknowledged.len());
    let times = ledger_hours(&data);
    assert!(times > 1, "the trial saw one time only: the clock was not set back");
}

/// How many different hours the rows of a ledger tell.
fn ledger_hours(data: &Path) -> usize {
    let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    let shown = command.args(["ledger", "export", "--data"]).arg(data).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let hour = |line: &str| {
        let at =
            line.find('T').filter(|at| line[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
        at.map(|at| line[at.saturating_sub(10)..at + 3].to_owned())
    };
    shown.lines().filter_map(hour).collect::<BTreeSet<_>>().len()
}

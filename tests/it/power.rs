//! Power cuts of a `PostgreSQL` server and its two gateways: what was acknowledged is on the disk.
//!
//! The disk is an image that is copied while it is mounted and all its writers stand still: what
//! they did not bring to it is gone. `cargo test --profile ci --test it power -- --ignored
//! --nocapture` as root, with `CASEVEIL_KILLS` (200) and `CASEVEIL_SEED`.

use super::kill::{Dice, Gateway, kills, run, seed, submitting};
use super::postgres::Postgres;
use std::path::Path;
use std::time::Duration;

/// Nothing waits for the disk: the control, which must lose.
const NO_SYNC: [&str; 2] = ["fsync=off", "synchronous_commit=off"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Acknowledged cases, and those of them that a power cut took from the ledger.
async fn power_cut(dice: &Dice, settings: &[&str]) -> Option<(usize, usize)> {
    let dir = tempfile::tempdir().unwrap();
    let [image, copy, disk, after] = ["image", "copy", "disk", "after"].map(|n| dir.path().join(n));
    run("truncate", &["-s", "320M", text(&image)]);
    run("mkfs.ext4", &["-q", "-F", text(&image)]);
    for folder in [&disk, &after] {
        std::fs::create_dir(folder).unwrap();
    }
    run("chmod", &["755", text(dir.path())]);
    // Nothing but fsync brings data to the disk within the trial.
    run("mount", &["-o", "loop,commit=60", text(&image), text(&disk)]);
    let server = Postgres::start_at(&disk, settings)?;
    let url = server.database("cut").await;
    let start = |name: &str| Gateway::start(&disk.join(name), "http://127.0.0.1:9/", Some(&url));
    let mut gateways = vec![start("a")];
    std::fs::create_dir_all(disk.join("b")).unwrap();
    std::fs::copy(disk.join("a/installation.key"), disk.join("b/installation.key")).unwrap();
    gateways.push(start("b"));
    // What was there before the trial is on the disk.
    run("sync", &["-f", text(&disk)]);
    let (acknowledged, clients) = submitting(gateways.iter().map(|g| g.url.clone()).collect());
    tokio::time::sleep(Duration::from_millis(200 + dice.roll(500))).await;
    let ids = acknowledged.lock().unwrap().clone();
    server.freeze();
    run("cp", &["--sparse=always", text(&image), text(&copy)]);
    for client in clients {
        client.abort();
    }
    for gateway in &mut gateways {
        gateway.kill();
    }
    server.kill();
    run("mount", &["-o", "loop", text(&copy), text(&after)]);
    let server = Postgres::on_data_of(&after);
    let ledger = |what: &str| {
        let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
        command.args(["ledger", what, "--data"]).arg(after.join("a"));
        command.args(["--database", &server.url("cut")]).output().unwrap()
    };
    let (shown, verified) = (ledger("show"), ledger("verify"));
    server.kill();
    for folder in [&disk, &after] {
        // The last process of a killed server may take a moment.
        std::thread::sleep(Duration::from_millis(50));
        run("umount", &[text(folder)]);
    }
    assert!(!settings.is_empty() || verified.status.success(), "the ledger does not hold");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    Some((ids.len(), ids.iter().filter(|id| !shown.contains(*id)).count()))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and loop devices; its result is under record/"]
async fn power_cuts_of_postgresql_lose_nothing_that_was_acknowledged() {
    let dice = Dice::new(seed());
    let controls = kills().div_ceil(20);
    for (name, settings, trials) in
        [("control, fsync=off", &NO_SYNC[..], controls), ("as shipped", &[], kills())]
    {
        let (mut acknowledged, mut lost) = (0, 0);
        for _ in 0..trials {
            let Some((a, l)) = power_cut(&dice, settings).await else { return };
            (acknowledged, lost) = (acknowledged + a, lost + l);
        }
        #[expect(clippy::print_stdout, reason = "figures are for whoever runs the trial")]
        {
            println!("{name}: {trials} power cuts, {acknowledged} acknowledged, {lost} lost");
        }
        assert!(acknowledged > 0, "{name}: nothing was at stake");
        assert_eq!(lost == 0, settings.is_empty(), "{name}");
    }
}

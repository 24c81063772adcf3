//! `caseveil ledger`: what was done to a ledger on disk is found and named.

use super::gate::holding;
use super::http::{TEXT, request};
use assert_cmd::Command;
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

fn verify(data: &Path, more: &[&str]) -> (i32, String) {
    let mut command = Command::cargo_bin("caseveil").unwrap();
    command.args(["ledger", "verify", "--data"]).arg(data).args(more);
    let done = command.output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

/// Changes the database behind the service's back, as somebody who can write to the disk would.
async fn tamper(data: &Path, sql: &str) {
    let url = format!("sqlite://{}", data.join("outbox.sqlite").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let triggers =
        "DROP TRIGGER IF EXISTS ledger_is_not_changed; DROP TRIGGER IF EXISTS ledger_is_not_cut;";
    let sql = format!("{triggers}{sql}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[tokio::test]
async fn tampering_with_the_ledger_is_found_and_placed() {
    let service = holding(None).await;
    let mut answers = Vec::new();
    let root = service.dir.path();
    for n in 0..6 {
        if n == 4 {
            copy(&root.join("data"), &root.join("older"));
        }
        let (status, _, answer) =
            service.ask(request("POST", "/v1/cases", TEXT, format!("pain {n}/10"))).await;
        assert_eq!(status, 201);
        answers.push(answer);
    }
    // While the service is at work, too.
    let data = root.join("data");
    let (code, said) = verify(&data, &[]);
    assert_eq!((code, said.lines().next()), (0, Some("the ledger holds: 6 rows in 1 chains")));
    service.app.store().close().await;
    let receipt = root.join("receipt.json");
    fs::write(&receipt, &answers[5]).unwrap();
    let receipt = receipt.to_str().unwrap();
    assert_eq!(verify(&data, &["--receipt", receipt]).0, 0);
    let cases = [
        (
            "UPDATE ledger SET line = replace(line, 'released', 'Released') WHERE seq = 3;",
            "row 3 was changed",
        ),
        ("UPDATE ledger SET hash = zeroblob(32) WHERE seq = 2;", "row 2 was changed"),
        ("DELETE FROM ledger WHERE seq = 4;", "row 4 is missing"),
        ("DELETE FROM ledger WHERE seq > 4;", "ends at row 4, and row 6 was written"),
        ("DELETE FROM ledger;", "ends at row 0, and row 6 was written"),
        (
            "INSERT INTO ledger SELECT chain, 7, line, hash, signature FROM ledger WHERE seq = 6;",
            "row 7 was changed: it belongs to another place",
        ),
        (
            "UPDATE ledger SET seq = 99 WHERE seq = 2; UPDATE ledger SET seq = 2 WHERE seq = 3; \
             UPDATE ledger SET seq = 3 WHERE seq = 99;",
            "row 2 was changed: it belongs to another place",
        ),
    ];
    for (n, (sql, expected)) in cases.iter().enumerate() {
        let other = root.join(format!("tampered-{n}"));
        copy(&data, &other);
        tamper(&other, sql).await;
        let (code, said) = verify(&other, &[]);
        assert!(code == 1 && said.contains(expected), "{sql}: {said}");
    }
    // The whole folder of an earlier day: it holds by itself, and a receipt tells.
    let older = root.join("older");
    assert_eq!(verify(&older, &[]).0, 0);
    let (code, said) = verify(&older, &["--receipt", receipt]);
    assert!(code == 1 && said.contains("ends at row 4, and row 6 was written"), "{said}");
    // A service does not go on with a ledger that lost rows.
    let cut = root.join("tampered-3");
    let refused = caseveil::store::Store::open(&caseveil::store::Place::folder(&cut)).await;
    assert_eq!(refused.err(), Some(caseveil::store::StoreError::Broken));
    // Without tampering hands the database itself refuses.
    let url = format!("sqlite://{}", data.join("outbox.sqlite").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for sql in ["UPDATE ledger SET seq = 9 WHERE seq = 1", "DELETE FROM ledger"] {
        assert!(sqlx::raw_sql(sql).execute(&mut connection).await.is_err());
    }
}

/// Runs a command of the ledger that ends; its lines as JSON.
fn lines(data: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let mut command = Command::cargo_bin("caseveil").unwrap();
    command.arg("ledger").args(arguments).arg("--data").arg(data);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{arguments:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// What `export` prints can be checked without this program: SHA-256, order, links, signatures.
#[tokio::test]
async fn an_export_can_be_checked_and_the_tail_goes_on() {
    let service = holding(None).await;
    let post = async |n: u32| {
        let post = request("POST", "/v1/cases", TEXT, format!("OHIP 9876-543-217, pain {n}/10"));
        assert_eq!(service.ask(post).await.0, 201);
    };
    for n in 0..4 {
        post(n).await;
    }
    let data = service.dir.path().join("data");
    let rows = lines(&data, &["export"]);
    assert_eq!(rows.len(), 4);
    let mut before = String::new();
    for (n, row) in rows.iter().enumerate() {
        let text = row["line"].as_str().unwrap();
        assert!(!text.contains("9876"));
        let hash: String = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(row["hash"], hash.as_str());
        assert_eq!(row["seq"], n as u64 + 1);
        let line: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(n == 0 || line["prev"] == before.as_str(), "row {n} follows the one before it");
        before = hash;
        // It is signed: 64 bytes, which `verify` checks with the public key.
        assert_eq!(row["signature"].as_str().unwrap().len(), 128);
    }
    let own: Vec<String> = rows.iter().map(|r| r["line"].as_str().unwrap().to_owned()).collect();
    let told = |arguments: &[&str]| -> Vec<String> {
        lines(&data, arguments).iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(&["tail", "--once", "--last", "2"]), own[2..]);
    assert_eq!(told(&["show"]), own);
    // It follows: a row that comes later is printed, and no earlier one twice.
    let mut tail = std::process::Command::new(assert_cmd::cargo::cargo_bin("caseveil"))
        .args(["ledger", "tail", "--last", "1", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(tail.stdout.take().unwrap()).lines();
    assert_eq!(out.next().unwrap().unwrap(), own[3]);
    post(9).await;
    let next: serde_json::Value = tokio::task::spawn_blocking(move || out.next().unwrap().unwrap())
        .await
        .map(|l| serde_json::from_str(&l).unwrap())
        .unwrap();
    assert_eq!((next["seq"].as_u64(), next["prev"].as_str()), (Some(5), Some(before.as_str())));
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[tokio::test]
async fn without_a_row_nothing_is_released() {
    let service = holding(None).await;
    let data = service.dir.path().join("data");
    let post = |text: &str| {
        let mut post = request("POST", "/v1/cases", TEXT, text.to_owned());
        post.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        post
    };
    let full = "CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'x'); END;";
    tamper(&data, full).await;
    // Neither what would be released nor what would be held.
    for text in ["pain 7/10", "Пациент жалуется на боль в спине"] {
        assert_eq!(service.ask(post(text)).await.0, 503);
    }
    let totals = service.app.store().totals().await.unwrap();
    assert_eq!((totals.pending, totals.held), (0, 0));
    // It recovers without a hand, and the key was not used up.
    tamper(&data, "DROP TRIGGER full;").await;
    assert_eq!(service.ask(post("pain 7/10")).await.0, 201);
    assert_eq!(service.app.store().totals().await.unwrap().pending, 1);
    service.app.store().close().await;
    assert_eq!(verify(&data, &[]).0, 0);
}

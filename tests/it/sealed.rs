//! Sealed values on the command line: what opens them, and what the ledger says of it.

use super::fixture::Fixture;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const NUMBER: &str = "9876-543-217 JK";

/// A case with a sealed number in it, as it left, and its keys.
fn sealed() -> (Fixture, String) {
    let fixture = Fixture::new();
    let policy = "id = \"echo-case\"\nversion = 1\nsummary = \"for trials\"\ndefault = \"tag\"\ngate.self-test = false\n\n[operator]\nHEALTH_NUMBER = \"seal\"\n";
    fs::write(fixture.path("rules/policies/echo-case.toml"), policy).unwrap();
    for (name, fill) in [("key.toml", "5a"), ("other.toml", "c3")] {
        let key = format!("id = \"k1\"\nsecret = \"{}\"\n", fill.repeat(32));
        fs::write(fixture.path(name), key).unwrap();
        fs::set_permissions(fixture.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fixture.input("a.txt", format!("OHIP {NUMBER}, pain 7/10"));
    let run = fixture.run(&["scrub", "in", "--out", "out", "--key-file", "key.toml"], "");
    assert_eq!(run.status, 0, "{}", run.err);
    let out = fs::read_to_string(fixture.path("out/a.txt")).unwrap();
    let value = out.strip_prefix("OHIP ").and_then(|o| o.strip_suffix(", pain 7/10")).unwrap();
    assert!(value.starts_with("[HEALTH-NUMBER:k1:") && !value.contains("9876"), "{value}");
    let value = value.to_owned();
    (fixture, value)
}

/// Runs `policy-key unseal` as its user would; the rule folder is not its business.
fn unseal(fixture: &Fixture, value: &str, key: &str, more: &[&str]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::cargo_bin("caseveil").unwrap();
    let done = command
        .current_dir(fixture.path(""))
        .args(["policy-key", "unseal", "--policy", "echo-case", "--type", "HEALTH_NUMBER"])
        .args(["--key-file", key, "--ledger", "ledger.jsonl"])
        .args(more)
        .write_stdin(value)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

#[test]
fn a_sealed_value_opens_with_its_key_and_the_reason_is_on_disk() {
    let (fixture, value) = sealed();
    let case = ["--case", "1", "--reason", "coroner's request 12"];
    let (status, out, err) = unseal(&fixture, &value, "key.toml", &case);
    assert_eq!((status, out.trim_end()), (0, NUMBER), "{err}");
    let ledger = fs::read_to_string(fixture.path("ledger.jsonl")).unwrap();
    let row: Value = serde_json::from_str(ledger.trim_end()).unwrap();
    for (key, told) in [
        ("action", "unseal"),
        ("policy", "echo-case"),
        ("case", "1"),
        ("type", "HEALTH_NUMBER"),
        ("reason", "coroner's request 12"),
    ] {
        assert_eq!(row[key], told, "{ledger}");
    }
    assert!(!ledger.contains("9876"), "{ledger}");
}

#[test]
fn nothing_opens_without_its_key_its_case_or_a_reason() {
    let (fixture, value) = sealed();
    let changed = value.replacen(":k1:", ":k1:A", 1);
    for (value, key, case, reason) in [
        (&value, "other.toml", "1", "why"),
        (&value, "key.toml", "2", "why"),
        (&value, "key.toml", "1", " "),
        (&changed, "key.toml", "1", "why"),
    ] {
        let more = ["--case", case, "--reason", reason];
        let (status, out, err) = unseal(&fixture, value, key, &more);
        assert_eq!((status, out.as_str()), (1, ""), "{key} {case} {reason}: {err}");
        assert!(!err.contains("9876"), "{err}");
        assert!(!fixture.path("ledger.jsonl").exists(), "nothing was opened");
    }
}

//! Signed audit results: what was changed by one byte is refused.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests as well")]

use assert_cmd::Command;
use base64::Engine as _;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::fs;
use std::path::{Path, PathBuf};

fn caseveil(args: &[&str]) -> (Option<i32>, String) {
    let out = Command::cargo_bin("caseveil").unwrap().args(args).output().unwrap();
    (out.status.code(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
}

fn pem(name: &str, head: &[u8], key: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode([head, key].concat());
    format!("-----BEGIN {name}-----\n{body}\n-----END {name}-----\n")
}

/// A private and a public key file in the two forms that openssl writes (RFC 8410, version 1).
pub(crate) fn keys(dir: &Path, seed: u8) -> (String, String) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let private = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let public = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    let write = |name: String, text: String| {
        fs::write(dir.join(&name), text).unwrap();
        dir.join(name).to_str().unwrap().to_owned()
    };
    (
        write(format!("{seed}.pem"), pem("PRIVATE KEY", &private, &[seed; 32])),
        write(format!("{seed}.pub.pem"), pem("PUBLIC KEY", &public, pair.public_key().as_ref())),
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn exact_intervals_stand_beside_wilson() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gold/en/001.txt");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(
        &file,
        "#! layout=letter ; culture=Cree ; noise=none\nOHIP [[HEALTH_NUMBER:9876-543-217 JK]]\n",
    )
    .unwrap();
    let (code, out) = caseveil(&["audit", dir.path().to_str().unwrap(), "--json"]);
    let out: serde_json::Value = serde_json::from_str(&out).unwrap();
    let exact = &out["exact_ci95"];
    assert_eq!((code, &exact["span"]), (Some(0), &exact["by_type"]["HEALTH_NUMBER"]));
    // One hit of one: from a fortieth to one.
    let low = exact["span"][0].as_f64().unwrap();
    assert!((low - 0.025).abs() < 1e-12 && exact["span"][1].as_f64() == Some(1.0), "{exact}");
}

/// What `check` says while one byte of a file is another one; the file is whole again after it.
fn flipped<T>(file: &Path, at: usize, check: impl Fn() -> T) -> T {
    let whole = fs::read(file).unwrap();
    let mut bytes = whole.clone();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
    let said = check();
    fs::write(file, whole).unwrap();
    said
}

#[test]
fn one_flipped_byte_of_result_corpus_or_rules_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let path = |name: &str| at(name).to_str().unwrap().to_owned();
    fs::create_dir_all(at("corpus/gold/en")).unwrap();
    let document: PathBuf = at("corpus/gold/en/001.txt");
    let text = "#! layout=letter ; culture=Cree ; noise=none\nOHIP [[HEALTH_NUMBER:9876-543-217 JK]], pain 7/10\n";
    fs::write(&document, text).unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &at("rules"));
    let (corpus, rules, result) = (path("corpus"), path("rules"), path("r.json"));
    let ((private, public), (_, other)) = (keys(dir.path(), 7), keys(dir.path(), 8));
    let signed =
        caseveil(&["audit", &corpus, "--rules", &rules, "--sign-key", &private, "--out", &result]);
    assert_eq!(signed.0, Some(0), "{}", signed.1);
    let verify = |key: &str| {
        caseveil(&[
            "audit", "verify", &result, "--key", key, "--corpus", &corpus, "--rules", &rules,
        ])
    };
    // The positive control: untouched, it passes; before and after every flip below.
    let good = verify(&public);
    assert_eq!(good.0, Some(0), "{}", good.1);
    assert!(good.1.starts_with("unchanged since it was signed with the given key: "), "{}", good.1);
    assert!(good.1.ends_with("corpus as measured  rules as measured\n"), "{}", good.1);
    let refused = |(code, said): (Option<i32>, String), why: &str| {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(why), "{said}");
    };
    refused(verify(&other), "signed with another key than the one given");

    let figure = fs::read_to_string(&result).unwrap().find("\"full\":1").unwrap() + 7;
    refused(flipped(Path::new(&result), figure, || verify(&public)), "the signature does not fit");
    let last = text.find("7/10").unwrap();
    refused(flipped(&document, last, || verify(&public)), "the corpus is not the one");
    let rule = at("rules/taxonomy.toml");
    refused(flipped(&rule, 2, || verify(&public)), "the rules are not those");
    assert_eq!(verify(&public), good);
}

#[test]
fn no_byte_of_a_signed_result_can_change() {
    let dir = tempfile::tempdir().unwrap();
    let (private, public) = keys(dir.path(), 7);
    let private = fs::read_to_string(private).unwrap();
    let key = caseveil::audit::public_key(&fs::read_to_string(public).unwrap()).unwrap();
    let result = serde_json::json!({"figures": {"span": {"n": 3, "full": 2}}});
    let signed = caseveil::audit::sign(&result, &private).unwrap();
    assert_eq!(caseveil::audit::verify(&signed, Some(&key)).unwrap().0, result);
    for at in 0..signed.len() {
        let mut bytes = signed.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes).unwrap();
        assert!(caseveil::audit::verify(&changed, None).is_err(), "byte {at}");
    }
}

//! Measures beyond the reference scorer: agreement with nervaluate, comparisons, gates, the
//! scoreboard of the README, other tools beside ours, sizes of samples.
//!
//! `tests/data/nervaluate/` holds documents, predictions, and what nervaluate 1.2.1 said about them
//! (`make.py` there).

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests as well")]

use super::fixture::Fixture;
use assert_cmd::Command;
use caseveil::audit::{Labelled, TypedCounts, Way, read_jsonl, score_typed};
use caseveil::span::CharSpan;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn root(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

fn caseveil(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("caseveil").unwrap();
    let out = command.current_dir(ROOT).args(args).output().unwrap();
    let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn typed_figures_agree_with_nervaluate_to_the_last_digit() {
    let data = |name: &str| fs::read_to_string(root("tests/data/nervaluate").join(name)).unwrap();
    let gold = read_jsonl(&data("gold.jsonl"), "gold").unwrap();
    let (mut all, mut types) = ([TypedCounts::default(); 4], BTreeMap::new());
    let add = |to: &mut [TypedCounts; 4], some: &[TypedCounts; 4]| {
        for (to, some) in to.iter_mut().zip(some) {
            to.correct += some.correct;
            to.incorrect += some.incorrect;
            to.partial += some.partial;
            to.missed += some.missed;
            to.spurious += some.spurious;
        }
    };
    for (document, line) in gold.iter().zip(data("pred.jsonl").lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let at = |s: &Value, k: &str| usize::try_from(s[k].as_u64().unwrap()).unwrap();
        let labelled = |s: &Value| Labelled {
            span: CharSpan { start: at(s, "start"), end: at(s, "end") },
            kind: s["type"].as_str().unwrap().to_owned(),
            score: None,
        };
        let predicted: Vec<_> = line["spans"].as_array().unwrap().iter().map(labelled).collect();
        let score = score_typed(document, &predicted);
        add(&mut all, &score.all);
        for (kind, counts) in &score.by_type {
            add(types.entry(kind.clone()).or_default(), counts);
        }
    }
    let named = |all: &[TypedCounts; 4]| -> BTreeMap<&str, Value> {
        let figures = |c: &TypedCounts| serde_json::to_value(c.figures()).unwrap();
        Way::ALL.iter().zip(all).map(|(way, c)| (way.name(), figures(c))).collect()
    };
    let entities: BTreeMap<&String, _> = types.iter().map(|(k, c)| (k, named(c))).collect();
    let expected: Value = serde_json::from_str(&data("expected.json")).unwrap();
    for (ours, theirs) in
        [(json!(named(&all)), &expected["overall"]), (json!(entities), &expected["entities"])]
    {
        close(&ours, theirs, "");
    }
    // The control: the documents hold every kind of error.
    assert!(all[2].partial > 0 && all[3].incorrect > 0 && all[0].spurious > 0 && all[0].missed > 0);
}

/// The same keys and numbers; 0 and 0.0 are the same, as are the shortest spellings of a double.
fn close(ours: &Value, theirs: &Value, at: &str) {
    if let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) {
        assert!(ours.keys().eq(theirs.keys()) || ours.len() == theirs.len(), "{at}");
        for (key, value) in theirs {
            close(&ours[key], value, &format!("{at}/{key}"));
        }
    } else {
        assert_eq!(ours.as_f64().map(f64::to_bits), theirs.as_f64().map(f64::to_bits), "{at}");
    }
}

const HEADER: &str = "#! layout=letter ; culture=Cree ; noise=none";

/// Two documents: of the small rule folder's one type all is found, of the other nothing.
fn documents() -> Fixture {
    let fixture = Fixture::new();
    for (name, split, body) in [
        (
            "en/001-a.txt",
            "",
            "OHIP [[HEALTH_NUMBER:9876-543-217 JK]], pain 7/10, in [[CITY:Quibbex]].",
        ),
        (
            "en/002-b.txt",
            " ; split=held_out",
            "OHIP [[HEALTH_NUMBER:9876-543-217]], of [[CITY:Zorblatt]].",
        ),
    ] {
        fixture.input(name, format!("{HEADER}{split}\n{body}\n"));
    }
    fixture
}

fn json_of(out: &str) -> Value {
    serde_json::from_str(out).unwrap()
}

#[test]
fn every_figure_is_counted_by_class_and_by_key() {
    let fixture = documents();
    let run = fixture.run(&["audit", "in", "--json"], "");
    assert_eq!(run.status, 0, "{}", run.err);
    let out = json_of(&run.out);
    let counts = |v: &Value| (v["hits"].as_u64().unwrap(), v["n"].as_u64().unwrap());
    let by = &out["breakdown"];
    assert_eq!(counts(&by["hipaa"]["I"]), (2, 2));
    assert_eq!(counts(&by["hipaa"]["B"]), (0, 2));
    assert_eq!(counts(&by["phipa"]["stated"]), (2, 2));
    assert_eq!(counts(&by["culture"]["Cree"]), (2, 4));
    assert_eq!(counts(&out["entities"]["direct"]), (2, 2));
    assert_eq!(counts(&out["entities"]["quasi"]), (0, 2));
    assert_eq!(out["macro"]["value"], json!(0.5));
    assert_eq!(out["typed"]["micro"]["strict"]["recall"], json!(0.5));
    let defined: Vec<&str> =
        out["definitions"].as_array().unwrap().iter().map(|d| d["key"].as_str().unwrap()).collect();
    // Every figure that is defined is there, and every one of the report is defined.
    for key in &defined {
        let found = key.split('.').try_fold(&out, |at, k| at.get(k).or_else(|| at["micro"].get(k)));
        assert!(found.is_some() || *key == "comparison" || *key == "macro.recall", "{key}");
    }
    assert!(run.out.find("formula").is_some() && run.out.find("Zorblatt").is_none());
}

#[test]
fn an_audit_is_compared_with_an_earlier_one_by_paired_bootstrap() {
    let fixture = documents();
    let old = fixture.run(&["audit", "in", "--json"], "");
    fs::write(fixture.path("old.json"), &old.out).unwrap();
    let same = fixture.run(&["audit", "in", "--json", "--compare", "old.json"], "");
    let recall = &json_of(&same.out)["comparison"]["figures"]["recall"];
    assert_eq!((&recall["difference"], &recall["p"]), (&json!(0.0), &json!(1.0)), "{}", same.err);
    // A rule folder that finds the numbers no more: every document loses.
    let rule = fixture.path("rules/identifiers/trial.toml");
    let text = fs::read_to_string(&rule).unwrap();
    fs::write(
        &rule,
        text.replace("with_context = 0.95, valid = 0.45", "with_context = 0.1, valid = 0.1"),
    )
    .unwrap();
    let worse = fixture.run(&["audit", "in", "--compare", "old.json"], "");
    let line = worse.out.lines().find(|l| l.starts_with("HEALTH_NUMBER") && l.contains("-100.00"));
    assert!(line.is_some_and(|l| l.ends_with(" *")), "{}\n{}", worse.out, worse.err);
    fs::write(fixture.path("old.json"), "{}").unwrap();
    let refused = fixture.run(&["audit", "in", "--compare", "old.json"], "");
    assert!(refused.status == 1 && refused.err.contains("no list `documents`"), "{}", refused.err);
}

#[test]
fn gates_set_the_exit_status_and_say_what_falls_short() {
    let fixture = documents();
    let gate = |text: &str| {
        fs::write(fixture.path("gates.toml"), text).unwrap();
        let run = fixture.run(&["audit", "in", "--gate", "gates.toml"], "");
        let said: Vec<String> =
            run.out.lines().filter(|l| l.starts_with("gate ")).map(str::to_owned).collect();
        (run.status, said, run.err)
    };
    let all =
        "[[gate]]\nname = 'all'\nrecall = 0.1\n[gate.types]\nHEALTH_NUMBER = 0.3\nCITY = 0.0\n";
    assert_eq!(gate(all), (0, Vec::new(), String::new()));
    let strict = all.replace("0.3", "0.4");
    let said = "gate all: HEALTH_NUMBER: at least 34.24 % (2 of 2), asked for 40.00 %";
    assert_eq!(gate(&strict).1, [said]);
    assert_eq!(gate(&strict).0, 2);
    let missing = all.replace("CITY = 0.0", "DATE = 0.0");
    assert_eq!(
        gate(&missing).1,
        ["gate all: DATE: nothing was measured", "gate all: CITY: 2 labels and no gate for it"]
    );
    let nothing = gate("[[gate]]\nname = 'new'\nonly = 'split=new'\nrecall = 0.1\n");
    assert_eq!(nothing.1, ["gate new: recall: nothing was measured"]);
    for wrong in ["[[gate]]\nname = 'all'\n", "[[gate]]\nname = 'all'\nrecal = 0.1\n", "gate = []"]
    {
        let (status, _, err) = gate(wrong);
        assert!(status == 1 && err.contains("the file of gates"), "{wrong}: {err}");
    }
    // What the audit proposes, it passes.
    let run = fixture.run(&["audit", "in", "--write-gates", "gates.toml"], "");
    assert_eq!(run.status, 0, "{}", run.err);
    assert_eq!(fixture.run(&["audit", "in", "--gate", "gates.toml"], "").status, 0);
}

#[test]
fn the_corpus_passes_its_gates_and_the_readme_has_its_scoreboard() {
    let readme = fs::read_to_string(root("README.md")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("README.md");
    fs::write(&copy, &readme).unwrap();
    let (status, out, err) = caseveil(&[
        "audit",
        "corpus",
        "--gate",
        "corpus/gates.toml",
        "--scoreboard",
        copy.to_str().unwrap(),
    ]);
    let short: Vec<&str> = out.lines().filter(|l| l.starts_with("gate ")).collect();
    let now = fs::read_to_string(&copy).unwrap();
    if std::env::var_os("CASEVEIL_BLESS").is_some() {
        fs::write(root("README.md"), &now).unwrap();
    }
    assert_eq!((status, short), (0, Vec::new()), "{err}");
    assert!(
        fs::read_to_string(root("README.md")).unwrap() == now,
        "README.md: the scoreboard is not what the audit says; run with CASEVEIL_BLESS=1 and look at the diff"
    );
    // The control: an engine without its tagger does not pass.
    let (status, out, _) =
        caseveil(&["audit", "corpus", "--gate", "corpus/gates.toml", "--patterns-only"]);
    assert!(status == 2 && out.contains("gate all: recall: at least"), "{status}");
}

#[test]
fn another_tool_is_measured_beside_ours_and_sees_no_held_out_text() {
    let fixture = documents();
    let tool = "tee seen.jsonl | sed 's/.*/{\"id\": \"en\\/001-a\", \"spans\": []}/'";
    let run = fixture.run(&["audit", "in", "--against", tool], "");
    assert_eq!(run.status, 0, "{}", run.err);
    let line = run.out.lines().find(|l| l.starts_with("recall  ")).unwrap_or_default();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["recall", "50.00", "0.00"],
        "{}",
        run.out
    );
    let seen = fs::read_to_string(fixture.path("seen.jsonl")).unwrap();
    assert!(seen.contains("Quibbex") && !seen.contains("Zorblatt"), "{seen}");
    for (tool, why) in [
        ("cat >/dev/null; echo '{'", "the other tool's line 1: not an object"),
        ("cat >/dev/null; exit 3", "the other tool failed"),
        (
            "cat >/dev/null; echo '{\"id\": 7, \"spans\": []}'",
            "speaks of 1 documents that are not in the corpus",
        ),
    ] {
        let run = fixture.run(&["audit", "in", "--against", tool], "");
        assert!(run.status == 1 && run.err.contains(why), "{tool}: {}", run.err);
    }
}

#[test]
fn held_out_text_is_shown_only_for_a_reason_that_the_ledger_records() {
    let fixture = documents();
    let shown = |arguments: &[&str]| {
        fixture.run(&[&["audit", "in", "--show-text", "5"], arguments].concat(), "")
    };
    assert!(!shown(&[]).out.contains("Zorblatt"));
    assert_eq!(shown(&["--show-held-out", "curiosity"]).status, 2, "a reason needs a ledger");
    let empty = shown(&["--show-held-out", " ", "--ledger", "ledger.jsonl"]);
    assert!(empty.status == 1 && !fixture.path("ledger.jsonl").exists(), "{}", empty.err);
    let nowhere = shown(&["--show-held-out", "why", "--ledger", "no/such/folder"]);
    assert!(nowhere.status == 1 && !nowhere.out.contains("Zorblatt"), "{}", nowhere.err);
    let run = shown(&["--show-held-out", "retired", "--ledger", "ledger.jsonl"]);
    assert!(run.out.contains("Zorblatt"), "{}", run.err);
    let row = json_of(&fs::read_to_string(fixture.path("ledger.jsonl")).unwrap());
    assert_eq!(
        (&row["action"], &row["command"], &row["reason"]),
        (&json!("show_held_out"), &json!("audit"), &json!("retired"))
    );
}

#[test]
fn a_held_out_document_is_not_even_written_masked() {
    let fixture = documents();
    let run = fixture.run(&["scrub", "in", "--out", "out"], "");
    assert_eq!(run.status, 3, "{}", run.err);
    let manifest = fs::read_to_string(fixture.path("out/manifest.jsonl")).unwrap();
    let lines: Vec<Value> = manifest.lines().map(json_of).collect();
    let refused: Vec<&Value> = lines.iter().filter(|l| l["status"] == "refused").collect();
    assert_eq!(refused.len(), 1, "{manifest}");
    assert!(refused[0]["reason"].as_str().unwrap().contains("held out"), "{manifest}");
    assert!(lines.iter().any(|l| l["status"] == "released" || l["status"] == "held"), "{manifest}");
    let mut folders = vec![fixture.path("out")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(path).unwrap();
                assert!(!text.contains("Zorblatt") && !text.contains("OHIP [HEALTH-NUMBER], of"));
            }
        }
    }
}

#[test]
fn a_plan_says_how_many_documents_a_claim_needs() {
    let (status, out, _) = caseveil(&["audit", "plan", "--below", "0.01", "--per-document", "30"]);
    let line = |start: &str| {
        let line = out.lines().find(|l| l.trim_start().starts_with(start)).unwrap();
        line.split_whitespace().skip(3).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(status, 0);
    assert_eq!(line("at most 0"), ["299", "299", "10"]);
    assert_eq!(line("at most 1 "), ["473", "473", "16"]);
    assert_eq!(caseveil(&["audit", "plan", "--below", "1"]).0, 1);
}

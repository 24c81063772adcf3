//! Gold documents and scores: agreement with the reference scorer, the markup, the two commands.
//!
//! `tests/data/score/` holds documents and predictions, and what the reference scorer printed for
//! them: `score.py gold.jsonl pred.jsonl --json --by lang` and so on.

#![allow(clippy::unwrap_used, reason = "the functions that tests share are tests as well")]

use super::fixture::Fixture;
use assert_cmd::Command;
use caseveil::audit::{
    DocumentScore, GoldDocument, Scores, Severity, leaks, most_over_redacted, read_gold,
    read_jsonl, read_markup, score_document, validate, write_jsonl, write_markup,
};
use caseveil::span::CharSpan;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn data(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("tests/data/score").join(name)).unwrap()
}

fn expected(name: &str) -> Value {
    serde_json::from_str(&data(name)).unwrap()
}

/// The documents and their scores.
fn scored() -> Vec<(GoldDocument, DocumentScore)> {
    let gold = read_jsonl(&data("gold.jsonl"), "gold.jsonl").unwrap();
    let predicted = data("pred.jsonl");
    let spans = predicted.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let at = |s: &Value, k: &str| usize::try_from(s[k].as_u64().unwrap()).unwrap();
        let spans = line["spans"].as_array().unwrap();
        spans
            .iter()
            .map(|s| CharSpan { start: at(s, "start"), end: at(s, "end") })
            .collect::<Vec<_>>()
    });
    gold.into_iter().zip(spans).map(|(d, p)| (d.clone(), score_document(&d, &p))).collect()
}

fn pairs(
    scored: &[(GoldDocument, DocumentScore)],
) -> impl Iterator<Item = (&GoldDocument, &DocumentScore)> {
    scored.iter().map(|(d, s)| (d, s))
}

fn with_groups(by: &str, span_key: Option<&str>) -> Value {
    let scored = scored();
    let mut out = serde_json::to_value(Scores::of(pairs(&scored), span_key)).unwrap();
    let mut groups: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (d, s) in pairs(&scored) {
        groups.entry(d.key(by)).or_default().push((d, s));
    }
    let groups: Map<String, Value> = groups
        .into_iter()
        .map(|(k, v)| (k, serde_json::to_value(Scores::of(v, span_key)).unwrap()))
        .collect();
    out["by"] = Value::Object(groups);
    out
}

#[test]
fn scores_agree_with_the_reference_to_the_last_digit() {
    for (file, by, span_key) in
        [("by-lang.json", "lang", None), ("by-noise-form.json", "meta.noise", Some("form"))]
    {
        let ours = with_groups(by, span_key);
        // As text: the order of the keys and every digit of the numbers.
        let pretty = |v: &Value| serde_json::to_string_pretty(v).unwrap();
        assert_eq!(pretty(&ours), pretty(&expected(file)), "{file}");
    }
}

#[test]
fn passages_agree_with_the_reference() {
    let scored = scored();
    let shown: Map<String, Value> =
        leaks(pairs(&scored), None, 1).into_iter().map(|(k, _, l)| (k, json!(l))).collect();
    let ours = json!({"leaks": shown, "over_redacted": most_over_redacted(pairs(&scored), 20)});
    assert_eq!(ours, expected("passages.json"));
}

const HEADER: &str = "#! layout=letter ; culture=Cree ; noise=none\n";

fn markup(body: &str) -> Result<GoldDocument, String> {
    read_markup("en/1", "en", &format!("{HEADER}{body}"), "1.txt").map_err(|e| e.to_string())
}

#[test]
fn markup_reads_and_writes_back() {
    let body = "\nDr. [[PERSON_PROVIDER:Zoé\nCôté]]'s [x] note, [[?HOLIDAY:Monday]][[[CITY:Ear Falls]]]\n\n[[AGE_90:93]]\n";
    let document = markup(body).unwrap();
    let spans =
        document.spans.iter().map(|s| (s.span.start, s.span.end, s.kind.as_str(), s.optional));
    assert_eq!(document.text, "\nDr. Zoé\nCôté's [x] note, Monday[Ear Falls]\n\n93");
    assert_eq!(
        spans.collect::<Vec<_>>(),
        [
            (5, 13, "PERSON_PROVIDER", false),
            (26, 32, "HOLIDAY", true),
            (33, 42, "CITY", false),
            (45, 47, "AGE_90", false)
        ]
    );
    assert_eq!(write_markup(&document).unwrap(), format!("{HEADER}{body}"));
    let again = read_jsonl(&write_jsonl(std::slice::from_ref(&document)), "x").unwrap();
    assert_eq!(
        (&again[0].spans, &again[0].other, &again[0].text),
        (&document.spans, &document.other, &document.text)
    );
    assert_eq!(again[0].key("culture"), "Cree");
}

#[test]
fn malformed_markup_is_told_by_file_and_line() {
    for (body, line, message) in [
        ("x\n[[CITY:Kenora\n", 3, "the mark CITY is not closed"),
        ("[[CITY:Kenora [[DATE:2011]]", 2, "the mark CITY is not closed before the next one opens"),
        ("a\n\n[[CITY: ]]", 4, "the mark CITY is empty"),
        ("[[Kenora]]", 2, "a mark is [[TYPE:text]] or [[?TYPE:text]]"),
        ("[[city:Kenora]]", 2, "a mark is [[TYPE:text]] or [[?TYPE:text]]"),
        ("[[CITY:Kenora]]\n]] x", 3, "`]]` closes nothing"),
        ("x ]] [[CITY:Kenora]]", 2, "`]]` closes nothing"),
    ] {
        assert_eq!(markup(body).unwrap_err(), format!("1.txt:{line}: {message}"), "{body}");
    }
    for header in [
        "Dear Dr. Lee",
        "#! layout=letter ; culture=Cree",
        "#! layout=letter ; culture=Cree ; tone=dry",
    ] {
        let e = read_markup("en/1", "en", header, "1.txt").unwrap_err().to_string();
        assert_eq!(e, "1.txt:1: the first line is `#! layout=… ; culture=… ; noise=…`", "{header}");
    }
    let e = read_markup("en/1", "en", "#! layout=letter ; culture=Cree ; noise=loud", "1.txt")
        .unwrap_err();
    assert_eq!(e.to_string(), "1.txt:1: noise is one of none, lower, caps, typos, ocr");
}

#[test]
fn malformed_jsonl_is_told_by_line_without_its_text() {
    let secret = "{\"id\": \"a\", \"text\": \"Jane\"}\n{\"id\": \"b\", \"text\": Jane}\n";
    let e = read_jsonl(secret, "g.jsonl").unwrap_err().to_string();
    assert_eq!(e, "g.jsonl:2: column 21: not an object with `id`, `text` and `spans`");
}

#[test]
fn validation_finds_what_is_wrong() {
    let mut document =
        markup("[[PERSON_PATIENT:Rose Kejick ]]of [[TOWN:Kenora]].\nMs Kejick and Rose, roses.\n")
            .unwrap();
    document.spans.push(document.spans[0].clone());
    document.spans[2].span = CharSpan { start: 2, end: 4 };
    document.spans.push(document.spans[0].clone());
    document.spans[3].span = CharSpan { start: 40, end: 400 };
    document.lang = "de".to_owned();
    let found: Vec<String> = validate(&document).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "1.txt:2: its language is not en, fr or mixed (the name of its folder)",
            "1.txt:2: the PERSON_PATIENT span 40..400 is empty or leaves the text",
            "1.txt:2: warning: blanks at an end of the PERSON_PATIENT label",
            "1.txt:2: the PERSON_PATIENT span overlaps the one before it",
            "1.txt:2: unknown type TOWN",
            "1.txt:3: warning: unlabelled twin of a PERSON_PATIENT label, at column 4 of the text",
            "1.txt:3: warning: unlabelled twin of a PERSON_PATIENT label, at column 15 of the text",
        ]
    );
}

#[test]
fn the_gold_documents_have_no_errors() {
    let gold = read_gold(&[PathBuf::from(ROOT).join("corpus")]).unwrap();
    let errors: Vec<String> = gold
        .iter()
        .flat_map(validate)
        .filter(|f| f.severity == Severity::Error)
        .map(|f| f.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn corpus() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, body: &str| {
        let path = dir.path().join("gold").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{HEADER}{body}")).unwrap();
    };
    write("en/002-second.txt", "OHIP [[HEALTH_NUMBER:9876-543-217 JK]], pain 7/10\n");
    write("en/001-first.txt", "no number, pain 7/10\n");
    write("fr/001-premier.txt", "NAM : [[HEALTH_NUMBER:TEST 5412 2816]]\n");
    dir
}

fn caseveil(args: &[&str]) -> (Option<i32>, String, String) {
    let out = Command::cargo_bin("caseveil").unwrap().args(args).output().unwrap();
    let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

#[test]
fn audit_measures_markup_and_compiled_documents_alike() {
    let dir = corpus();
    let path = dir.path().to_str().unwrap();
    let compiled = dir.path().join("gold.jsonl");
    assert_eq!(caseveil(&["corpus", "compile", path]).1, "3 documents, 2 labels\n");
    let first = fs::read_to_string(&compiled).unwrap();
    assert_eq!(
        first.lines().next().unwrap(),
        r#"{"id":"en/001-first","lang":"en","meta":{"layout":"letter","culture":"Cree","noise":"none"},"text":"no number, pain 7/10","spans":[]}"#
    );
    let (code, out, _) = caseveil(&["audit", path, "--json", "--by", "lang", "--patterns-only"]);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &out["span"]["full"], &out["by"]["fr"]["docs"]),
        (Some(0), &json!(2), &json!(1))
    );
    let again = caseveil(&[
        "audit",
        compiled.to_str().unwrap(),
        "--json",
        "--by",
        "lang",
        "--patterns-only",
    ]);
    assert_eq!(serde_json::from_str::<Value>(&again.1).unwrap(), out);

    // No text without --show-text.
    let (_, table, _) = caseveil(&["audit", path]);
    assert!(table.starts_with("recall 100.00% ") && !table.contains("9876"), "{table}");
}

#[test]
fn check_fails_on_errors_and_on_a_stale_compiled_file() {
    let dir = corpus();
    let path = dir.path().to_str().unwrap();
    let (code, out, _) = caseveil(&["corpus", "check", path]);
    assert_eq!(code, Some(0));
    assert!(out.ends_with("3 documents (2 en, 1 fr), 2 labels: 0 errors, 1 warnings\n"), "{out}");
    fs::write(dir.path().join("gold.jsonl"), "").unwrap();
    assert_eq!(caseveil(&["corpus", "check", path]).0, Some(1));
    assert_eq!(caseveil(&["corpus", "compile", path]).0, Some(0));
    assert_eq!(caseveil(&["corpus", "check", path]).0, Some(0));
    fs::write(dir.path().join("gold/fr/002.txt"), format!("{HEADER}[[TOWN:Hearst]]")).unwrap();
    let (code, out, _) = caseveil(&["corpus", "check", path]);
    assert_eq!(code, Some(1));
    assert!(out.contains("002.txt:2: unknown type TOWN\n"), "{out}");
}

#[test]
fn held_out_documents_are_scored_and_their_text_is_never_shown() {
    let fixture = Fixture::new();
    let text = "Seen by [[PERSON_PROVIDER:Zorblatt]] and [[HEALTH_NUMBER:9876-543-217]].\n";
    for (name, split) in [("en/001-a.txt", " ; split=held_out"), ("en/002-b.txt", "")] {
        let header = format!("#! layout=letter ; culture=Cree ; noise=none{split}\n");
        let text = if split.is_empty() { text.replace("Zorblatt", "Quibbex") } else { text.into() };
        fixture.input(name, format!("{header}{text}"));
    }
    let run = fixture.run(&["audit", "in", "--show-text", "5"], "");
    assert!(run.out.contains("2 documents"), "{}", run.out);
    assert!(run.out.contains("Quibbex") && !run.out.contains("Zorblatt"), "{}", run.out);
    let run =
        fixture.run(&["audit", "in", "--only", "split=held_out", "--json", "--show-text", "5"], "");
    assert!(!run.out.contains("Zorblatt") && run.status == 0, "{}", run.out);
}

//! The gate is neither open nor shut: with a family of recognizers gone it holds most of what then
//! leaks; of clean forms it holds few.

use caseveil::audit::{GoldDocument, read_gold};
use caseveil::case::{Case, CaseId};
use caseveil::decode::{Format, decode};
use caseveil::gate::Verdict;
use caseveil::learn::{Generator, Split};
use caseveil::pipeline::Deidentifier;
use caseveil::rules::RuleFiles;
use std::fs;
use std::path::{Path, PathBuf};

/// Rule folders that are taken away, one at a time.
/// with the least share, in percent, of what then leaks that must be held: a floor under what was
/// measured (`record/2026-11-25/gate.md`), not the aim of 80.
const FAMILIES: [(&str, usize); 3] = [("contacts", 10), ("dates", 10), ("models", 40)];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path, without: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() {
            if name != without {
                copy(&path, &to.join(name), "");
            }
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// Required spans of a document that the engine leaves uncovered, and whether it holds the case.
fn leaks(engine: &Deidentifier, document: &GoldDocument) -> (usize, bool) {
    let case = Case::from_text("", document.text.clone());
    let (verdict, record) = engine.release(&case, &mut engine.scratch());
    let spans: Vec<_> = record.entities.iter().map(|e| e.span).collect();
    let uncovered = document.spans.iter().filter(|s| !s.optional).filter(|s| {
        let span = caseveil::span::char_span_to_bytes(&document.text, s.span).unwrap();
        let text = &document.text[span.range()];
        text.char_indices().filter(|(_, c)| c.is_alphanumeric()).any(|(i, _)| {
            let at = span.start() + i as u32;
            !spans.iter().any(|m| m.start() <= at && at < m.end())
        })
    });
    (uncovered.count(), matches!(verdict, Verdict::Held(_)))
}

#[test]
fn with_a_family_gone_most_of_what_leaks_is_held() {
    let gold = read_gold(&[root().join("corpus")]).unwrap();
    let gold: Vec<GoldDocument> =
        gold.into_iter().filter(|d| !d.is_held_out()).step_by(2).collect();
    let whole = Deidentifier::embedded("echo-case").unwrap();
    let before: Vec<usize> = gold.iter().map(|d| leaks(&whole, d).0).collect();
    for (family, least) in FAMILIES {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("rules"), folder.path(), family);
        let files = RuleFiles::read(folder.path()).unwrap();
        let weak = Deidentifier::new(&files, "echo-case").unwrap();
        let (mut all, mut held) = (0, 0);
        for (document, before) in gold.iter().zip(&before) {
            let (now, holds) = leaks(&weak, document);
            let more = now.saturating_sub(*before);
            all += more;
            held += if holds { more } else { 0 };
        }
        eprintln!("without {family}: {held} of {all} more leaks held");
        assert!(all > 0 && held * 100 >= all * least, "without {family}: {held} of {all}");
    }
}

#[test]
fn of_clean_forms_few_are_held() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let generator =
        Generator::new(&root().join("corpus"), &root().join("rules"), Split::Dev, 11, 100).unwrap();
    let held = (0..200).filter(|&n| {
        let case = Case::from_text("", generator.document(n, true).text);
        matches!(engine.release(&case, &mut engine.scratch()).0, Verdict::Held(_))
    });
    let held = held.count();
    assert!(held <= 10, "{held} of 200 clean forms are held");
}

#[test]
fn the_example_forms_are_released_and_so_are_clean_ones_as_json() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let mut scratch = engine.scratch();
    let mut held = |bytes: &[u8], format: Format| {
        let case = decode(CaseId::new(""), bytes, format, engine.rules().forms.first()).unwrap();
        matches!(engine.release(&case, &mut scratch).0, Verdict::Held(_))
    };
    for (name, format) in
        [("en.txt", Format::Text), ("fr.txt", Format::Text), ("echo-case.json", Format::Json)]
    {
        let bytes = fs::read(root().join("corpus/forms").join(name)).unwrap();
        assert!(!held(&bytes, format), "{name} is held");
    }
    let generator =
        Generator::new(&root().join("corpus"), &root().join("rules"), Split::Dev, 12, 100).unwrap();
    let forms = (0..100).map(|n| {
        let text = generator.document(n, true).text;
        let lines = text.lines().enumerate().map(|(i, l)| (format!("question_{i}"), l.into()));
        serde_json::Value::Object(lines.collect()).to_string()
    });
    let held = forms.filter(|form| held(form.as_bytes(), Format::Json)).count();
    assert!(held <= 5, "{held} of 100 clean forms are held");
}

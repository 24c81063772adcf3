//! What remains in a masked case: signs, estimates, and what is asked for.

use caseveil::case::Case;
use caseveil::gate::{Doubt, Verdict};
use caseveil::pipeline::Deidentifier;
use caseveil::risk::RiskNote;
use std::path::Path;
use std::sync::LazyLock;

static ENGINE: LazyLock<Deidentifier> =
    LazyLock::new(|| Deidentifier::embedded("echo-case").unwrap());

#[test]
fn every_phrase_keeps_its_examples() {
    assert_eq!(ENGINE.signs().check(), Vec::<String>::new());
}

fn note(engine: &Deidentifier, text: &str) -> RiskNote {
    engine.release(&Case::from_text("c", text), &mut engine.scratch()).1.risk
}

fn said(note: &RiskNote) -> String {
    let kinds: Vec<&str> = note.signs.iter().map(|s| s.kind.name()).collect();
    let asks: Vec<&str> = note.asks.iter().map(|k| k.name()).collect();
    let people = note.people.map_or("unknown".to_owned(), |n| n.to_string());
    format!("{} | {people} | {}", kinds.join(" "), asks.join(" "))
}

/// Kinds in the order of the text, how many could match, what to generalise.
#[test]
fn what_remains_is_counted_and_what_to_generalise_is_named() {
    for (text, expected) in [
        ("Pain 7/10 for two years.", " | unknown | "),
        ("A 47-year-old woman from Hearst with back pain.", "age sex place | 1657 | "),
        ("Femme de 47 ans de Hearst, douleur lombaire.", "age sex place | 1657 | "),
        (
            "A 47-year-old woman from Toronto with Fabry disease.",
            "age sex place diagnosis | 7 | age",
        ),
        (
            "A 47-year-old woman from Hearst with Fabry disease.",
            "age sex place diagnosis | 0 | diagnosis place",
        ),
        (
            "A 47-year-old man from Hearst, struck by lightning in 2016.",
            "age sex place event | 0 | event",
        ),
        (
            "Homme de 47 ans de Hearst, frappé par la foudre en 2016.",
            "age sex place event | 0 | event",
        ),
        ("She is the only dentist in town.", "sex only | unknown | only"),
        ("C'est la seule dentiste de son village.", "only | unknown | only"),
        ("He played in the NHL.", "sex role | unknown | role"),
        (
            "A 52-year-old woman from Sandy Lake, forklift driver.",
            "age sex place occupation | 2 | place",
        ),
    ] {
        assert_eq!(said(&note(&ENGINE, text)), expected, "{text}");
    }
}

#[test]
fn few_documents_of_the_corpus_are_held_for_what_remains() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let Ok(gold) = caseveil::audit::read_gold(&[corpus]) else { panic!("the corpus is broken") };
    let mut held = 0;
    let mut scratch = ENGINE.scratch();
    for document in &gold {
        let (verdict, record) =
            ENGINE.release(&Case::from_text("c", &*document.text), &mut scratch);
        let risk = matches!(&verdict, Verdict::Held(r) if r.iter().any(|r| r.doubt == Doubt::Risk));
        assert_eq!(risk, !record.risk.asks.is_empty() && record.risk.asked().count() > 0);
        held += usize::from(risk);
    }
    assert!(held * 20 <= gold.len(), "{held} of {} held", gold.len());
}

#[test]
fn a_policy_under_an_agreement_asks_for_nothing() {
    let engine = Deidentifier::embedded("limited-dataset").unwrap();
    let text = "A 47-year-old woman from Hearst with Fabry disease, the only dentist in town.";
    let note = note(&engine, text);
    assert_eq!((note.threshold, note.people, note.asks.len()), (0, Some(0), 0));
}

#[test]
fn a_place_that_stays_is_counted_by_its_own_people() {
    let engine = Deidentifier::embedded("limited-dataset").unwrap();
    for (text, people) in [
        ("She lives in Kenora.", Some(7548)),
        ("She lives in Nowhereville.", None),
        ("Province: Ontario. She sleeps badly.", Some(7_111_970)),
    ] {
        assert_eq!(note(&engine, text).people, people, "{text}");
    }
}

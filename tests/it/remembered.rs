//! What a worker remembers between documents changes no result: a fresh scratch and one that has
//! seen everything before decide alike, evidence included.

use caseveil::audit::read_gold;
use caseveil::case::Case;
use caseveil::detect::Tuning;
use caseveil::pipeline::Deidentifier;
use caseveil::resolve::Decision;
use std::path::PathBuf;

/// Texts that fill tables: many words, many numbers, one long token, signs, and other scripts.
fn hostile() -> Vec<String> {
    let words = (0..4_000_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let word = |n: u64| n.to_string().bytes().map(|b| char::from(b + 49)).collect::<String>();
    let invented: Vec<String> = words.clone().map(word).collect();
    let numbers: Vec<String> = words.map(|n| (n % 10_000_000_000).to_string()).collect();
    let capital = |w: &String| w[..1].to_uppercase() + &w[1..];
    vec![
        invented.join(" "),
        invented.iter().map(capital).collect::<Vec<_>>().join(" "),
        invented.join(" ").to_uppercase(),
        numbers.join(" "),
        numbers.join("-"),
        "a@a@".repeat(2_000),
        "7".repeat(20_000),
        "Dr. Smith, ".repeat(1_000),
        "née à l’Île-d’Orléans; 你好 Иван ".repeat(200),
        " \t\r\n|:=_#/(".repeat(1_000),
        "OHIP 9876-543-217 JK 705-555-0142 jane@example.org 1949-03-07 ".repeat(100),
        String::new(),
    ]
}

fn cases() -> Vec<Case> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let Ok(gold) = read_gold(&[corpus]) else { panic!("the corpus is broken") };
    assert!(gold.len() > 50);
    let texts = gold.into_iter().map(|d| d.text).chain(hostile());
    texts.map(|text| Case::from_text("", text)).collect()
}

#[test]
fn a_fresh_scratch_and_a_long_used_one_decide_alike() {
    let cases = cases();
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let fresh: Vec<Decision> =
        cases.iter().map(|case| engine.detect(case, &mut engine.scratch())).collect();
    assert!(fresh.iter().map(|d| d.entities.len()).sum::<usize>() > 1_000);
    // The engine without names, in between, leaves what it remembers for the whole one.
    let patterns = engine.clone().tuned(Tuning { names: false, ..engine.tuning() });
    let mut used = engine.scratch();
    for round in 0..2 {
        for (at, case) in cases.iter().enumerate().rev() {
            patterns.detect(case, &mut used);
            assert!(engine.detect(case, &mut used) == fresh[at], "round {round}, document {at}");
        }
    }
}

#[test]
fn a_scratch_forgets_the_weights_of_another_engine() {
    let case = Case::from_text("", "Pt seen with her sister Maureen Blackwood of Hornepayne.");
    let one = Deidentifier::embedded("echo-case").unwrap();
    let other = Deidentifier::embedded("echo-case").unwrap();
    let mut shared = one.scratch();
    let found = one.detect(&case, &mut shared);
    assert!(!found.entities.is_empty());
    assert_eq!(other.detect(&case, &mut shared), found);
    assert_eq!(one.detect(&case, &mut shared), found);
}

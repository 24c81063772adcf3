//! Identifiers as typed: forms, cues, positions and slips, all of which must be masked.
//!
//! A small size here; all of it with `cargo test --profile ci -- --ignored battery`, whose result
//! goes to `record/`. The number of strings, the seed and every failure are printed.

use super::random::Random;
use caseveil::case::Case;
use caseveil::pipeline::Deidentifier;
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
struct Battery {
    identifier: Vec<Identifier>,
}

#[derive(Deserialize)]
struct Identifier {
    name: String,
    forms: Vec<String>,
    en: Vec<String>,
    fr: Vec<String>,
}

/// A form with its digits and letters.
fn fill(r: &mut Random, form: &str) -> String {
    form.chars()
        .map(|c| match c {
            '#' => char::from(b'0' + r.below(10) as u8),
            '%' => char::from(b'1' + r.below(9) as u8),
            '@' => char::from(b"ABCEGHJKLMNPRSTVWXYZ"[r.below(20)]),
            c => c,
        })
        .collect()
}

/// What a person, a scanner or a table does to a number.
const SLIPS: [&str; 14] = [
    "none",
    "wrong",
    "missing",
    "doubled",
    "swapped",
    "O for 0",
    "l for 1",
    "space inside",
    "hyphen inside",
    "line break at a group",
    "line break inside",
    "hyphenated over a line",
    "table cell break",
    "two spaces",
];

fn slip(number: &str, which: usize, r: &mut Random) -> String {
    let mut chars: Vec<char> = number.chars().collect();
    let digits: Vec<usize> = (0..chars.len()).filter(|&i| chars[i].is_ascii_digit()).collect();
    let at = digits[r.below(digits.len())];
    // A place between two digits, not before the first.
    let inside = digits[(1 + r.below(digits.len().max(2) - 1)).min(digits.len() - 1)];
    let insert = |chars: &mut Vec<char>, text: &str| {
        chars.splice(inside..inside, text.chars());
    };
    match which {
        1 => chars[at] = char::from(b'0' + r.below(10) as u8),
        2 => {
            chars.remove(at);
        }
        3 => chars.insert(at, chars[at]),
        4 if digits.len() > 1 => {
            let k = r.below(digits.len() - 1);
            chars.swap(digits[k], digits[k + 1]);
        }
        5 => chars.iter_mut().filter(|c| **c == '0').for_each(|c| *c = 'O'),
        6 => chars.iter_mut().filter(|c| **c == '1').for_each(|c| *c = 'l'),
        7 => insert(&mut chars, " "),
        8 => insert(&mut chars, "-"),
        9 => {
            let gap = chars.iter().position(|c| matches!(c, ' ' | '-'));
            match gap {
                Some(i) if chars[i] == ' ' => chars[i] = '\n',
                Some(i) => chars.insert(i + 1, '\n'),
                None => chars.insert(digits[digits.len() / 2], '\n'),
            }
        }
        10 => insert(&mut chars, "\n"),
        11 => insert(&mut chars, "-\n"),
        12 => insert(&mut chars, " | "),
        13 => insert(&mut chars, "  "),
        _ => {}
    }
    chars.into_iter().collect()
}

/// Where in a text it stands: `{c}` the cue, `{n}` the number.
const PLACES: [(&str, bool); 12] = [
    ("{c} {n}", true),
    ("{c}: {n}", true),
    ("{c}:{n}", true),
    ("{c} : {n}.", true),
    ("Pt seen today. {c} {n}, pain 7/10, on morphine 10 mg BID.", true),
    ("| {c} | {n} |", true),
    ("({c} {n})", true),
    ("{c}\t{n}\tpain 7/10", true),
    ("Vue à la clinique ({c} : {n}) pour lombalgie.", true),
    ("{c}\n{n}\nPain 8/10", true),
    ("{\"{c}\": \"{n}\"}", true),
    ("Note: {c} is {n}", false),
];

fn run(per_identifier: usize, seed: u64) -> String {
    let battery: Battery = toml::from_str(include_str!("../data/battery.toml")).unwrap();
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let mut scratch = engine.scratch();
    let mut report = String::new();
    let (mut strings, mut leaks) = (0, 0);
    for identifier in &battery.identifier {
        let mut r = Random::new(seed);
        let mut own = 0;
        for i in 0..per_identifier {
            let french = i % 2 == 1;
            let cue = r.pick(if french { &identifier.fr } else { &identifier.en }).clone();
            let form = r.pick(&identifier.forms).clone();
            let which = r.below(SLIPS.len());
            let number = fill(&mut r, &form);
            let number = slip(&number, which, &mut r);
            let (place, _) = *r.pick(&PLACES);
            let text = place.replace("{c}", &cue).replace("{n}", &number);
            strings += 1;
            let start = text.find(&number).unwrap();
            let case = Case::from_text("", text.clone());
            let found = engine.detect(&case, &mut scratch).entities;
            let leak = (start..start + number.len()).any(|b| {
                text.as_bytes()[b].is_ascii_alphanumeric()
                    && !found.iter().any(|e| e.span.range().contains(&b))
            });
            if leak {
                own += 1;
                if own <= 12 {
                    writeln!(report, "LEAK {} [{}] {:?}", identifier.name, SLIPS[which], text)
                        .unwrap();
                }
            }
        }
        if own > 0 {
            writeln!(report, "{}: {own} of {per_identifier} leak", identifier.name).unwrap();
        }
        leaks += own;
    }
    writeln!(report, "battery: {strings} strings, {leaks} leak, seed {seed}").unwrap();
    report
}

#[test]
fn every_typed_identifier_behind_a_cue_is_masked() {
    let report = run(300, 1);
    assert!(report.contains(", 0 leak,"), "{report}");
}

#[test]
#[ignore = "the full battery: minutes, with its record"]
fn full_battery() {
    let report = run(20_000, 2);
    println!("{report}");
    assert!(report.contains(", 0 leak,"), "{report}");
}

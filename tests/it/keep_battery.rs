//! What is clinical and looks like an identifier: scores, doses, levels, codes, lab lines. It stays.
//!
//! `tests/data/keep.toml` says how such strings are written; each is put bare, into a sentence, a
//! list, a table cell and behind a label, in English and French. The patterns alone (what
//! `caseveil detect --patterns-only` runs) may mask two word tokens in a thousand. The figure with
//! the tagger is printed and not asserted: `cargo test --profile ci keep_battery -- --nocapture`.

use super::random::Random;
use caseveil::case::Case;
use caseveil::detect::Tuning;
use caseveil::pipeline::Deidentifier;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Battery {
    list: BTreeMap<String, Vec<String>>,
    family: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    label_en: Vec<String>,
    label_fr: Vec<String>,
    en: Vec<String>,
    fr: Vec<String>,
}

impl Battery {
    fn read() -> Self {
        toml::from_str(include_str!("../data/keep.toml")).unwrap()
    }

    /// A form with its slots filled; an entry of a list may have slots of its own.
    fn fill(&self, form: &str, r: &mut Random) -> String {
        let mut out = String::new();
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, behind) = after.split_once('}').unwrap();
            out.push_str(before);
            rest = behind;
            if let Some(list) = slot.strip_prefix('$') {
                let entry = r.pick(&self.list[list]).clone();
                out.push_str(&self.fill(&entry, r));
            } else if slot.contains('|') {
                let choices: Vec<&str> = slot.split('|').collect();
                out.push_str(choices[r.below(choices.len())]);
            } else {
                let (low, high) = slot.split_once('-').unwrap();
                let width = if low.starts_with('0') { low.len() } else { 1 };
                let (low, high): (usize, usize) = (low.parse().unwrap(), high.parse().unwrap());
                write!(out, "{:0width$}", low + r.below(high + 1 - low)).unwrap();
            }
        }
        out + rest
    }
}

/// Where a string stands: `{s}` the string, `{l}` a label of its family.
const EN: [(&str, [&str; 4]); 5] = [
    ("bare", ["{s}", "{s}.", "{s}\n", "{s};"]),
    (
        "sentence",
        [
            "Seen in clinic: {s}, plan unchanged.",
            "Currently {s} and otherwise stable.",
            "We discussed {s} with the patient (no change).",
            "The note says {s}; nothing else is new.",
        ],
    ),
    (
        "list",
        [
            "- {s}\n- sleep poor\n",
            "1. {s}\n2. sleep poor\n",
            "* sleep poor\n* {s}\n",
            "a) {s}\nb) sleep poor\n",
        ],
    ),
    (
        "table",
        [
            "| {l} | {s} | stable |\n",
            "{l}\t{s}\tstable\n",
            "| item | value |\n|---|---|\n| {l} | {s} |\n",
            "{l},{s},stable\n",
        ],
    ),
    ("label", ["{l}: {s}", "{l}:{s}", "{l} - {s}", "{l}\n{s}\n"]),
];

const FR: [(&str, [&str; 4]); 5] = [
    ("bare", ["{s}", "{s}.", "{s}\n", "{s} ;"]),
    (
        "sentence",
        [
            "Vue en clinique : {s}, plan inchangé.",
            "Actuellement {s}, état stable par ailleurs.",
            "On a discuté de ceci : {s} (aucun changement).",
            "La note mentionne {s} ; rien d'autre de nouveau.",
        ],
    ),
    (
        "list",
        [
            "- {s}\n- sommeil pauvre\n",
            "1. {s}\n2. sommeil pauvre\n",
            "• sommeil pauvre\n• {s}\n",
            "a) {s}\nb) sommeil pauvre\n",
        ],
    ),
    (
        "table",
        [
            "| {l} | {s} | stable |\n",
            "{l}\t{s}\tstable\n",
            "| élément | valeur |\n|---|---|\n| {l} | {s} |\n",
            "{l};{s};stable\n",
        ],
    ),
    ("label", ["{l} : {s}", "{l}: {s}", "{l} - {s}", "{l}\n{s}\n"]),
];

/// How it is typed: as written, in capitals, in lower case, with no-break spaces behind numbers.
fn typed(text: &str, how: usize) -> String {
    match how {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => {
            let chars: Vec<char> = text.chars().collect();
            let behind_number = |i: usize| i > 0 && chars[i - 1].is_ascii_digit();
            let no_break = |(i, &c)| if c == ' ' && behind_number(i) { '\u{a0}' } else { c };
            chars.iter().enumerate().map(no_break).collect()
        }
        _ => text.to_owned(),
    }
}

struct Placed {
    family: usize,
    place: &'static str,
    text: String,
    /// The string of the family inside it.
    own: Range<usize>,
}

/// Every form of every family, filled `rounds` times, each time in five places.
fn texts(battery: &Battery, rounds: usize, seed: u64) -> Vec<Placed> {
    let mut texts = Vec::new();
    for (number, family) in battery.family.iter().enumerate() {
        // Each family has its own stream, so that a new one does not change the others.
        let mut r = Random::new(seed ^ family.name.bytes().fold(7, |h, b| h * 31 + u64::from(b)));
        for (forms, labels, places) in
            [(&family.en, &family.label_en, &EN), (&family.fr, &family.label_fr, &FR)]
        {
            for form in (0..rounds).flat_map(|_| forms) {
                let string = battery.fill(form, &mut r);
                let how = r.below(12);
                for (place, frames) in places {
                    let frame = r.pick(frames).replace("{l}", r.pick(labels).as_str());
                    let (before, behind) = frame.split_once("{s}").unwrap();
                    let (before, own) = (typed(before, how), typed(&string, how));
                    let span = before.len()..before.len() + own.len();
                    let text = before + &own + &typed(behind, how);
                    texts.push(Placed { family: number, place, text, own: span });
                }
            }
        }
    }
    texts
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        match words.last_mut() {
            Some(last) if last.end == at => last.end = at + c.len_utf8(),
            _ => words.push(at..at + c.len_utf8()),
        }
    }
    words
}

/// Word tokens and how many of them are masked: of the strings themselves, and of all texts.
#[derive(Clone, Copy, Default)]
struct Count {
    own: [usize; 2],
    all: [usize; 2],
}

fn share([tokens, masked]: [usize; 2]) -> f64 {
    100.0 * masked as f64 / tokens.max(1) as f64
}

struct Outcome {
    total: Count,
    report: String,
}

fn run(battery: &Battery, texts: &[Placed], engine: &Deidentifier, list: usize) -> Outcome {
    let mut scratch = engine.scratch();
    let mut counts = vec![Count::default(); battery.family.len()];
    let mut report = String::new();
    let mut listed = 0;
    for Placed { family, place, text, own } in texts {
        let case = Case::from_text("", text.clone());
        let found = engine.detect(&case, &mut scratch).entities;
        let mut masked = Vec::new();
        for word in words(text) {
            let is_own = own.start <= word.start && word.end <= own.end;
            let by = found.iter().find(|e| {
                let span = e.span.range();
                span.start < word.end && word.start < span.end
            });
            let count = &mut counts[*family];
            count.all[0] += 1;
            count.own[0] += usize::from(is_own);
            if let Some(entity) = by {
                count.all[1] += 1;
                count.own[1] += usize::from(is_own);
                masked.push((&text[word], entity.evidence.rule.as_str()));
            }
        }
        if !masked.is_empty() && listed < list {
            listed += 1;
            let name = &battery.family[*family].name;
            writeln!(report, "MASKED {name} [{place}] {text:?}: {masked:?}").unwrap();
        }
    }
    let mut total = Count::default();
    for (family, count) in battery.family.iter().zip(&counts) {
        for i in 0..2 {
            total.own[i] += count.own[i];
            total.all[i] += count.all[i];
        }
        let [tokens, masked] = count.own;
        writeln!(
            report,
            "{:<20} {masked:>5} of {tokens:>6} own tokens masked, {:.2} %",
            family.name,
            share(count.own)
        )
        .unwrap();
    }
    Outcome { total, report }
}

fn both(rounds: usize, seed: u64) -> (usize, Outcome, Outcome) {
    let battery = Battery::read();
    let texts = texts(&battery, rounds, seed);
    let full = Deidentifier::embedded("echo-case").unwrap();
    let patterns = full.clone().tuned(Tuning { names: false, ..full.tuning() });
    let alone = run(&battery, &texts, &patterns, 400);
    let tagged = run(&battery, &texts, &full, 0);
    for (name, outcome) in [("patterns alone", &alone), ("with the tagger", &tagged)] {
        println!("{}", outcome.report);
        let Count { own, all } = outcome.total;
        println!(
            "keep battery, {name}: {} strings, seed {seed}; of the strings {} of {} tokens masked \
             ({:.3} %), with their frames {} of {} ({:.3} %)\n",
            texts.len(),
            own[1],
            own[0],
            share(own),
            all[1],
            all[0],
            share(all)
        );
    }
    (texts.len(), alone, tagged)
}

/// The most of a hundred word tokens that the patterns may mask.
const MOST: f64 = 0.2;

#[test]
fn clinical_strings_stay() {
    let (strings, alone, _) = both(2, 1);
    assert!(strings >= 3000, "only {strings} strings");
    let Count { own, all } = alone.total;
    assert!(share(own) <= MOST && share(all) <= MOST, "{}", alone.report);
}

#[test]
#[ignore = "the same at ten times the size, from other seeds"]
fn full_keep_battery() {
    for seed in [2, 3] {
        let (_, alone, _) = both(20, seed);
        let Count { own, all } = alone.total;
        assert!(share(own) <= MOST && share(all) <= MOST, "{}", alone.report);
    }
}

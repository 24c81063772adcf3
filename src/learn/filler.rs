//! Lines of clinical shorthand made from the medical lexicon: what a tagger must leave alone.
//!
//! Template lines cannot hold the vocabulary of medicine; these lines show it in every letter case
//! and in the clipped style of real notes.

use super::clinical;
use super::list::Lists;
use super::persona::capitalised;
use super::random::Random;

/// Medical words and phrases of the lexicon, for one split.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) words: Vec<String>,
    pub(super) phrases: Vec<String>,
}

const SHORT: [&str; 64] = [
    "hx", "dx", "tx", "rx", "sx", "fx", "pmhx", "psh", "fhx", "nkda", "ros", "prn", "bid", "tid",
    "qid", "qhs", "od", "po", "im", "iv", "sc", "sl", "pr", "er", "ir", "xr", "cr", "sr", "bup",
    "bup/nal", "mtd", "hm", "oxy", "gaba", "pregab", "amitrip", "nortrip", "dulox", "venla",
    "ketor", "tyl", "ibu", "oa", "ra", "ckd 3b", "copd", "chf", "afib", "dm2", "htn", "djd", "ddd",
    "lbp", "fm", "crps", "mva", "tka", "tha", "acdf", "uds", "udt", "med 90", "l>r", "r>l",
];
const UNITS: [&str; 16] = [
    "mg", "mcg/h", "mg bid", "mg tid", "mg qhs", "", "", "mL", "g/d", "mg/d", "tabs", "cm", "mm",
    "kg", "x 3/7", "%",
];
const SIGNS: [&str; 10] = [", ", "; ", " / ", " + ", " - ", " | ", ". ", " -> ", ": ", ", "];

/// A line without identifiers.
pub(super) fn line(vocabulary: &Vocabulary, lists: &Lists, french: bool, r: &mut Random) -> String {
    let mut out = String::new();
    match r.below(10) {
        0 => out.push_str(*r.pick(&["- ", "* ", "[ ] ", "[x] ", "1. ", "2) ", "> "])),
        1 | 2 => {
            out.push_str(&heading(vocabulary, r));
            out.push_str(*r.pick(&[": ", " - ", " | ", ":\n", "\n", " : "]));
        }
        _ => {}
    }
    let parts = r.between(1, 5);
    for i in 0..parts {
        if i > 0 {
            out.push_str(r.pick::<&str>(&SIGNS));
        }
        out.push_str(&part(vocabulary, lists, french, r));
    }
    match r.below(6) {
        0 => out.to_uppercase(),
        1 => out.to_lowercase(),
        2 => capitalised(&out) + ".",
        _ => out,
    }
}

fn heading(vocabulary: &Vocabulary, r: &mut Random) -> String {
    let words = r.between(1, 4);
    let title = (0..words)
        .map(|_| capitalised(r.pick::<String>(&vocabulary.words)))
        .collect::<Vec<_>>()
        .join(" ");
    if r.percent(35) { title.to_uppercase() } else { title }
}

fn part(vocabulary: &Vocabulary, lists: &Lists, french: bool, r: &mut Random) -> String {
    let number = |r: &mut Random| match r.below(5) {
        0 => format!("{}.{}", r.below(20), r.below(10)),
        1 => format!("{}-{}", r.between(1, 9), r.between(2, 12)),
        2 => format!("{}/{}", r.below(30), *r.pick(&[10usize, 5, 21, 27, 30, 52])),
        _ => (r.between(1, 40) * *r.pick(&[1, 1, 5, 10])).to_string(),
    };
    match r.below(12) {
        0 => r.pick::<String>(&vocabulary.phrases).clone(),
        1 => capitalised(r.pick::<String>(&vocabulary.phrases)),
        2 => r.pick::<String>(&vocabulary.words).clone(),
        3 => format!("{} {}", r.pick(&SHORT), number(r)),
        4 => format!("{} {}", r.pick(&SHORT), r.pick(&SHORT)),
        // Drug names as they are clipped.
        5 => {
            let drug = clinical::value("drug", lists, french, r);
            let cut = r.between(4, 9);
            format!(
                "{} {} {}",
                drug.chars().take(cut).collect::<String>(),
                number(r),
                r.pick(&UNITS)
            )
        }
        6 => format!(
            "{} {} {}",
            clinical::value("drug", lists, french, r),
            number(r),
            r.pick(&UNITS)
        ),
        7 => format!("{} {}", clinical::value("scale", lists, french, r), number(r)),
        8 => clinical::value("lab", lists, french, r),
        9 => format!(
            "{} {}",
            r.pick(&["R", "L", "B/L", "G", "D", "M", "F", "rt", "lt", "bilat"]),
            clinical::value("body", lists, french, r)
        ),
        10 => format!(
            "{} {}",
            clinical::value("dx", lists, french, r),
            clinical::value("level", lists, french, r)
        ),
        _ => format!("{} x{}", r.pick::<String>(&vocabulary.words), r.between(1, 20)),
    }
}

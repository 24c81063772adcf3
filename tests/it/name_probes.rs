//! Names, initials, dates and rooms that keep rules came near to unmasking: they stay masked.
//!
//! A corpus does not say that a keep rule is safe, because few of its people are called like signs,
//! scales or drugs; `tests/data/name_probes.txt` has those that are. What is between `[[` and `]]`
//! must be masked.

use caseveil::case::Case;
use caseveil::pipeline::Deidentifier;
use std::ops::Range;

/// The line without its marks, and what was between them.
fn unmarked(line: &str) -> (String, Vec<Range<usize>>) {
    let (mut text, mut spans, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, (inside, behind))) =
        rest.split_once("[[").and_then(|(b, r)| Some((b, r.split_once("]]")?)))
    {
        text.push_str(before);
        spans.push(text.len()..text.len() + inside.len());
        text.push_str(inside);
        rest = behind;
    }
    (text + rest, spans)
}

/// Marked pieces of which a letter or digit is not masked.
fn open_pieces(engine: &Deidentifier, line: &str) -> Vec<String> {
    let (text, spans) = unmarked(line);
    let found = engine.detect(&Case::from_text("", text.clone()), &mut engine.scratch()).entities;
    let masked = |at: usize| found.iter().any(|e| e.span.range().contains(&at));
    let open = |span: &Range<usize>| {
        text[span.clone()]
            .char_indices()
            .any(|(i, c)| c.is_alphanumeric() && !masked(span.start + i))
    };
    spans.iter().filter(|s| open(s)).map(|s| text[s.clone()].to_owned()).collect()
}

#[test]
fn names_that_are_also_signs_scales_or_words_stay_masked() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    let lines = include_str!("../data/name_probes.txt").lines().filter(|l| !l.starts_with('#'));
    let mut checked = 0;
    for line in lines.filter(|l| !l.is_empty()) {
        let marks = unmarked(line).1.len();
        assert!(marks > 0, "no mark: {line}");
        checked += marks;
        assert_eq!(open_pieces(&engine, line), Vec::<String>::new(), "{line}");
    }
    assert!(checked > 60, "{checked}");
}

/// Signs, scales, diseases and operations that somebody may be called like.
const EPONYMS: &str = "Tinel Phalen Spurling Lasegue Patrick Kemp Yeoman Gaenslen Thomas Ober Finkelstein Hawkins Neer \
    Jobe Yergason Adson Allen Homans Babinski Hoffmann Romberg Lachman McMurray Apley Murphy Waddell Schober Braden Norton \
    Morse Katz Lawton Barthel Beck Hamilton Young Borg Ashworth Gleason Weber Salter Harris Garden Baker Barlow Addison \
    Cushing Graves Hodgkin Paget Raynaud Parkinson Alzheimer Huntington Crohn Bell Colles Smith Bennett Jones Cobb Mason Lyme";

#[test]
fn people_called_like_an_eponym_stay_masked() {
    const FRAMES: [&str; 6] = [
        "Seen by [[{}]], NP, on the ward.",
        "Dr. [[{}]] will call back.",
        "Mrs. [[{}]] says the pain is 6/10.",
        "Mme [[{}]] va mieux depuis hier.",
        "Patient: [[{}, Olivia]], 41 F",
        "Copy: Dr. [[J. {}]], physiatry",
    ];
    let engine = Deidentifier::embedded("echo-case").unwrap();
    for name in EPONYMS.split_whitespace() {
        for frame in FRAMES {
            let line = frame.replace("{}", name);
            assert_eq!(open_pieces(&engine, &line), Vec::<String>::new(), "{line}");
        }
    }
}

#[test]
fn a_piece_that_is_open_is_seen() {
    let engine = Deidentifier::embedded("echo-case").unwrap();
    assert_eq!(open_pieces(&engine, "the [[pain]] of Dr. [[Okafor]]"), ["pain"]);
}

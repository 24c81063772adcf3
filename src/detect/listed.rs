//! Letters that number the parts of a text: `A.`, `B.`, `C.`; `S:`, `O:`, `A:`, `P:`.
//!
//! A single letter at the start of a line may be the initial of a name. Where several lines begin
//! so, their letters follow each other and no name stands behind, they number parts. Speaks behind
//! the tagger, which must not take the words behind such letters for anything but what they are.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::shape;

/// What such a letter weighs: more than the tagger, less than what a cue announces.
const SCORE: f32 = 0.9;
/// Lines that must begin alike.
const LINES: u32 = 3;
/// The parts of a note: subjective, objective, assessment, plan.
const NOTE: u32 = letters(b"SOAP");

/// A letter in front of a line, and the sign behind it.
#[derive(Clone, Copy)]
struct Mark {
    token: usize,
    letter: u8,
    sign: u8,
}

const fn letters<const N: usize>(all: &[u8; N]) -> u32 {
    let (mut set, mut i) = (0, 0);
    while i < N {
        set |= 1 << (all[i] - b'A');
        i += 1;
    }
    set
}

/// Speaks for keeping them.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let bytes = view.as_bytes();
    let mut marks: Vec<Mark> = Vec::new();
    for (token, t) in scan.tokens.iter().enumerate().filter(|(_, t)| t.len() == 1) {
        let letter = bytes[t.start as usize].to_ascii_uppercase();
        let line = bytes[..t.start as usize].iter().rev().find(|b| !b" -*>|\t".contains(b));
        let behind = bytes[t.end as usize..].iter().take(2).find(|&&b| b != b' ');
        if let (b'A'..=b'Z', None | Some(b'\n'), Some(&sign @ (b'.' | b')' | b':' | b'/'))) =
            (letter, line, behind)
        {
            if !names(scan, token) {
                marks.push(Mark { token, letter, sign });
            }
        }
    }
    let id = RuleId::new("any.keep.list_letter");
    let mut sets = [0u32; 256];
    for mark in &marks {
        sets[usize::from(mark.sign)] |= 1 << (mark.letter - b'A');
    }
    for mark in &marks {
        let set = sets[usize::from(mark.sign)];
        let at = u32::from(mark.letter - b'A');
        let beside = (set << 1 | set >> 1) & 1 << at != 0;
        let of_note = (set & NOTE).count_ones() >= LINES && NOTE & 1 << at != 0;
        if of_note || beside && set.count_ones() >= LINES {
            let token = &scan.tokens[mark.token];
            out.push(Candidate {
                span: ViewSpan::new(token.start, token.end),
                entity: EntityType::Id,
                score: Score::new(SCORE),
                evidence: Evidence::of(&id),
                keep: true,
            });
        }
    }
}

/// True when a name or an age stands behind the letter: `B. Tremblay`, `J: 14 y`.
fn names(scan: &Scan, letter: usize) -> bool {
    let Some((next, known)) = scan.tokens.get(letter + 1).zip(scan.known.get(letter + 1)) else {
        return false;
    };
    let capital = next.has(shape::FIRST_UPPER) || next.is_all_caps();
    next.is_number() || capital && (known.odds > 0 || known.word.is_unknown())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::rules::RuleSet;

    fn kept(view: &str) -> Vec<&str> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(view, &rules);
        let mut out = Vec::new();
        propose(view, &scratch.scan, &mut out);
        out.iter().map(|c| &view[c.span.range()]).collect()
    }

    #[test]
    fn letters_that_follow_each_other_number_parts() {
        assert_eq!(kept("A. Pain\nB. Sleep\nC. Mood"), ["A", "B", "C"]);
        assert_eq!(kept("S: sore\nO: NAD\nA: strain\nP: rest"), ["S", "O", "A", "P"]);
    }

    #[test]
    fn initials_of_names_are_not_kept() {
        assert!(kept("B. Tremblay\nL. Roy\nT. Okafor").is_empty());
        assert!(kept("A. Smith called").is_empty());
        assert!(kept("A. Do\nB. Nguyen\nC. Okafor").is_empty());
        assert!(kept("J: 14 y\nK: 12 y\nL: 9 y").is_empty());
    }
}

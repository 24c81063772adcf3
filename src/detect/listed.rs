//! Letters that number the parts of a text: `A.`, `B.`, `C.`; `S:`, `O:`, `A:`, `P:`; `Q1.`, `Q2.`;
//! `3A)`, `3B)`.
//!
//! A single letter at the start of a line may be the initial of a name, and `3B` a room. Where
//! several lines begin so, their letters or numbers follow each other and no name stands behind,
//! they number parts. Speaks behind the tagger, which must not take the words behind such letters
//! for anything but what they are.

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

/// A letter and a number in front of a line, as one token: `Q3`, `3B`.
#[derive(Clone, Copy)]
struct Pair {
    token: usize,
    letter: u8,
    number: u8,
    /// The number stands first.
    turned: bool,
}

impl Pair {
    /// True when this one comes directly before or behind the other in some numbering.
    fn is_beside(self, other: Self) -> bool {
        let (letters, numbers) =
            (self.letter.abs_diff(other.letter), self.number.abs_diff(other.number));
        // `3B` goes on with `3C` or `4A`, `Q3` with `Q4`.
        self.turned == other.turned
            && (letters == 0 && numbers == 1
                || self.turned && numbers == 0 && letters == 1
                || self.turned && numbers == 1 && self.letter.min(other.letter) == b'A')
    }

    /// The letter and number of a token of two or three characters; `None` for any other.
    fn of(token: usize, text: &str) -> Option<Self> {
        let parts = |letter: &str, number: &str, turned| {
            let letter = letter.bytes().next().filter(u8::is_ascii_alphabetic)?;
            let digits = number.bytes().all(|b| b.is_ascii_digit());
            let number = number.parse().ok().filter(|_| digits)?;
            Some(Self { token, letter: letter.to_ascii_uppercase(), number, turned })
        };
        let n = text.len();
        if !text.is_ascii() || !(2..=3).contains(&n) {
            return None;
        }
        parts(&text[..1], &text[1..], false).or_else(|| parts(&text[n - 1..], &text[..n - 1], true))
    }
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
    let mut pairs: Vec<Pair> = Vec::new();
    for (token, t) in scan.tokens.iter().enumerate().filter(|(_, t)| t.len() <= 3) {
        let line = bytes[..t.start as usize].iter().rev().find(|b| !b" -*>|([\t".contains(b));
        let behind = bytes[t.end as usize..].iter().take(2).find(|&&b| b != b' ');
        let (None | Some(b'\n'), Some(&sign @ (b'.' | b')' | b']' | b':' | b'/'))) = (line, behind)
        else {
            continue;
        };
        let letter = bytes[t.start as usize].to_ascii_uppercase();
        if t.len() == 1 && letter.is_ascii_uppercase() && !names(scan, token) {
            marks.push(Mark { token, letter, sign });
        } else if t.has(shape::DIGIT) {
            pairs.extend(Pair::of(token, t.text(view)));
        }
    }
    let id = RuleId::new("any.keep.list_letter");
    let keep = |token: usize| {
        let token = &scan.tokens[token];
        Candidate {
            span: ViewSpan::new(token.start, token.end),
            entity: EntityType::Id,
            score: Score::new(SCORE),
            evidence: Evidence::of(&id),
            keep: true,
        }
    };
    for (i, pair) in pairs.iter().enumerate() {
        // Those that are near in the text are near in the list, too.
        let near = &pairs[i.saturating_sub(4)..pairs.len().min(i + 5)];
        let alike = near.iter().filter(|p| p.turned == pair.turned).count();
        if alike >= LINES as usize && near.iter().any(|p| p.is_beside(*pair)) {
            out.push(keep(pair.token));
        }
    }
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
            out.push(keep(mark.token));
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
    fn letters_with_numbers_that_follow_each_other_number_questions() {
        assert_eq!(kept("Q1. Name\nQ2. Age\n(Q3) Pain"), ["Q1", "Q2", "Q3"]);
        assert_eq!(kept("3A) Where\n3B) When\n4A) Who"), ["3A", "3B", "4A"]);
        assert!(kept("T4: sore\nT9: sore\nT12: numb").is_empty());
        assert!(kept("3A Mrs. Roy\n3B Mr. Okafor\n3C Jane Oke").is_empty());
        assert!(kept("3A: Roy").is_empty());
    }

    #[test]
    fn initials_of_names_are_not_kept() {
        assert!(kept("B. Tremblay\nL. Roy\nT. Okafor").is_empty());
        assert!(kept("A. Smith called").is_empty());
        assert!(kept("A. Do\nB. Nguyen\nC. Okafor").is_empty());
        assert!(kept("J: 14 y\nK: 12 y\nL: 9 y").is_empty());
    }
}

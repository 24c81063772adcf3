//! The values of a word as they are written down, one behind the other.

use super::Sight;
use super::word::{Atom, Gap, shape_of};
use crate::token::shape;

/// Values of a word.
pub(crate) const SEEN: usize = OWN + LINE + 4 * CUES + NEIGHBOURS.len() * NEAR;
/// Of the word itself.
const OWN: usize = 27;
/// Of its line and of the text.
const LINE: usize = 13;
/// Classes of cues.
const CUES: usize = 14;
/// Of each neighbour.
const NEAR: usize = 11;
const NEIGHBOURS: [isize; 4] = [-1, 1, -2, 2];

/// All that the watcher knows of a word.
pub(crate) type Seen = [f32; SEEN];

/// How far cues are sought before and behind a word.
const BEFORE: usize = 4;
const BEHIND: usize = 2;

/// Values, and how many are written.
struct Row {
    values: Seen,
    len: usize,
}

impl Row {
    fn numbers<const N: usize>(&mut self, numbers: [f32; N]) {
        for number in numbers {
            if let Some(value) = self.values.get_mut(self.len) {
                *value = number;
            }
            self.len += 1;
        }
    }

    fn flags<const N: usize>(&mut self, flags: [bool; N]) {
        self.numbers(flags.map(|f| f32::from(u8::from(f))));
    }

    fn cues(&mut self, cues: u16) {
        self.flags(std::array::from_fn::<_, CUES, _>(|c| cues & 1 << c != 0));
    }

    fn near(&mut self, near: &Atom) {
        if near.decided {
            self.numbers([1.0]);
            self.len += NEAR - 1;
            return;
        }
        let word = near.word;
        self.numbers::<NEAR>([
            0.0,
            shape_of(&near.token),
            near.token.len() as f32,
            f32::from(word.given()),
            f32::from(word.surname()),
            f32::from(word.english().max(word.french())),
            f32::from(u8::from(word.is_dictionary())),
            f32::from(word.medical()),
            f32::from(word.place()),
            f32::from(near.gap as u8),
            f32::from(near.phrase),
        ]);
    }
}

impl Sight {
    /// The values of word `i`.
    pub(crate) fn values(&self, i: usize) -> Seen {
        let mut row = Row { values: [0.0; SEEN], len: 0 };
        self.own(i, &mut row);
        self.line(i, &mut row);
        let line = &self.lines[self.atoms[i].line as usize];
        row.cues(self.atoms[i].cues);
        // The nearest first: a cue counts for what stands close behind it.
        let near = |range: std::ops::Range<usize>| {
            let own = self.atoms[range].iter().filter(|a| a.line == self.atoms[i].line);
            own.filter(|a| !a.decided).fold(0, |cues, a| cues | a.cues)
        };
        row.cues(near(i.saturating_sub(BEFORE)..i));
        row.cues(near(i + 1..(i + 1 + BEHIND).min(self.atoms.len())));
        row.cues(line.label);
        for d in NEIGHBOURS {
            match self.atoms.get(i.wrapping_add_signed(d)) {
                Some(near) => row.near(near),
                None => row.len += NEAR,
            }
        }
        row.values
    }

    fn own(&self, i: usize, row: &mut Row) {
        let atom = &self.atoms[i];
        let (token, word) = (&atom.token, atom.word);
        let written = self.written.get(&token.hash).copied().unwrap_or_default();
        row.numbers([
            shape_of(token),
            token.len() as f32,
            f32::from(word.given()),
            f32::from(word.surname()),
            f32::from(word.english()),
            f32::from(word.french()),
            f32::from(word.medical()),
            f32::from(word.medical_terms()),
            f32::from(word.place()),
            f32::from(atom.phrase),
            f32::from(word.given().max(word.surname()))
                - 0.5 * f32::from(word.english().max(word.french())),
            f32::from(written.lower.min(3)),
            f32::from(written.inside.min(3)),
            f32::from(written.all.min(6)),
        ]);
        row.flags([
            word.is_english(),
            word.is_french(),
            word.is_abbreviation(),
            word.is_profession(),
            word.is_facility_word(),
            word.is_eponym(),
            word.is_of_clinic(),
            word.is_unknown(),
            word.is_province(),
            word.is_country(),
            token.has(shape::INNER_UPPER),
            token.has(shape::FOREIGN),
            token.has(shape::DIGIT),
        ]);
    }

    fn line(&self, i: usize, row: &mut Row) {
        let atom = &self.atoms[i];
        let line = &self.lines[atom.line as usize];
        let at = i as u32;
        let words = (line.capitals + line.lower).max(1) as f32;
        let far = |d: Option<usize>| d.map_or(6.0, |d| d as f32);
        let before = self.atoms[i.saturating_sub(5)..i].iter().rev().position(|a| a.decided);
        let after = self.atoms[i + 1..].iter().take(5).position(|a| a.decided);
        let behind = self.atoms.get(i + 1).map_or(Gap::Edge, |a| a.gap);
        row.numbers([
            f32::from(atom.gap as u8),
            f32::from(behind as u8),
            (at - line.first).min(8) as f32,
            (line.end - 1 - at).min(8) as f32,
            (line.end - line.first).min(24) as f32,
            line.capitals as f32 / words,
            line.lower as f32 / words,
            self.capitals,
            self.lower,
            far(before),
            far(after),
        ]);
        row.flags([line.labelled, line.labelled && at >= line.value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_and_what_is_decided_shows_nothing() {
        let lexicon = crate::rules::RuleSet::compile(&crate::rules::embedded()).unwrap().lexicon;
        let sight = |text: &str| {
            let own = text.to_owned();
            Sight::new(text, &lexicon, move |t| own[t.start as usize..].starts_with("Tag"))
        };
        let text = "Seen by: TagA and Okafor\nlives in Kenora";
        let one = sight(text);
        let open: Vec<&str> = one.open().map(|(_, t)| t.text(text)).collect();
        assert_eq!(open, ["Seen", "Okafor", "Kenora"]);
        for (i, _) in one.open() {
            let mut row = Row { values: [0.0; SEEN], len: 0 };
            one.own(i, &mut row);
            assert_eq!(row.len, OWN);
            one.line(i, &mut row);
            assert_eq!(row.len, OWN + LINE);
        }
        let mut row = Row { values: [0.0; SEEN], len: 0 };
        row.near(&one.atoms[0]);
        assert_eq!(row.len, NEAR);
        // Another word in the place of one that was decided about changes nothing.
        let other = sight("Seen by: Tagoo and Okafor\nlives in Kenora");
        for ((i, _), (j, _)) in one.open().zip(other.open()) {
            assert_eq!(one.values(i), other.values(j));
        }
    }
}

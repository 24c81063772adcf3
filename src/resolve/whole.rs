//! What was found, completed to what it is part of, so that nothing stays half masked.

use crate::entity::{Candidate, Group};
use crate::span::ViewSpan;
use crate::token::{CLASS, sorted_hashes, word_hash};
use std::sync::LazyLock;

/// Completes disjoint, sorted candidates; they stay disjoint and sorted.
pub(super) fn complete(view: &[u8], winners: &mut [Candidate]) {
    numbers(view, winners);
    genitives(view, winners);
    rooms(view, winners);
    houses(view, winners);
}

/// Extends numbers over what hyphens join to them, so that none stays half masked: `CT-24-O3317`,
/// `SM-T510-R52N7`. A part is a run of letters and digits with a digit in it, or a few capitals.
fn numbers(view: &[u8], winners: &mut [Candidate]) {
    let is_part = |part: &[u8]| {
        part.iter().any(u8::is_ascii_digit)
            || part.len() <= 4 && part.iter().all(u8::is_ascii_uppercase)
    };
    let letter_or_digit = |b: &&u8| CLASS[usize::from(**b)] != 0;
    for i in 0..winners.len() {
        if winners[i].entity.group() != Group::Number {
            continue;
        }
        let from = i.checked_sub(1).map_or(0, |before| winners[before].span.end() as usize);
        let upto = winners.get(i + 1).map_or(view.len(), |next| next.span.start() as usize);
        let span = winners[i].span;
        let (mut start, mut end) = (span.start() as usize, span.end() as usize);
        while let Some((b'-', before)) = view[from..start].split_last() {
            let part = before.iter().rev().take_while(letter_or_digit).count();
            if part == 0 || !is_part(&before[before.len() - part..]) {
                break;
            }
            start -= part + 1;
        }
        while let Some((b'-', behind)) = view[end..upto].split_first() {
            let part = behind.iter().take_while(letter_or_digit).count();
            if part == 0 || !is_part(&behind[..part]) {
                break;
            }
            end += part + 1;
        }
        winners[i].span = ViewSpan::new(start as u32, end as u32);
    }
}

/// Extends what stands before an apostrophe over the letters behind it, where another part of a
/// name follows: `Stephen's Drug Mart`, `Tetlit Gwich'in Council`.
fn genitives(view: &[u8], winners: &mut [Candidate]) {
    const LETTERS: usize = 3;
    let named = |c: &Candidate| matches!(c.entity.group(), Group::Organisation | Group::Place);
    for i in 1..winners.len() {
        let (before, next) = (&winners[i - 1], &winners[i]);
        let (end, start) = (before.span.end() as usize, next.span.start() as usize);
        let Some([b'\'', letters @ .., b' ']) = view.get(end..start) else { continue };
        let short = (1..=LETTERS).contains(&letters.len());
        if short && letters.iter().all(u8::is_ascii_lowercase) && (named(before) || named(next)) {
            let whole = ViewSpan::new(before.span.start(), start as u32 - 1);
            winners[i - 1].span = whole;
        }
    }
}

/// Words in front of the number of a room or flat.
const ROOM_WORDS: &str = "room rm bed bay pod stretcher bunk locker cubicle desk unit apt apartment \
     suite ste chambre ch chamb lit salle civiere app appt appartement bureau porte";
static ROOM_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(ROOM_WORDS));

/// Those that a point shortens; behind a whole word it ends a sentence: `Went to bed. 12 tabs`.
const SHORT_ROOM_WORDS: &str = "rm apt ste ch chamb app appt";
static SHORT_ROOM_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(SHORT_ROOM_WORDS));

/// Longest number of a room: `12-2`, `402B`, `5N-114`.
const ROOM_NUMBER: usize = 8;

/// Extends the number of a room over the word in front of it: `[room 12]`. Readers disagree on
/// whether the word is part of it; masked with it, nothing is half masked for any of them.
fn rooms(view: &[u8], winners: &mut [Candidate]) {
    for i in 0..winners.len() {
        let span = winners[i].span;
        let from = i.checked_sub(1).map_or(0, |before| winners[before].span.end() as usize);
        // What is found may go on behind the number: `bed 2. Range 4 cell 12`.
        let text = view[span.range()].split(|b| b" ,;.".contains(b)).next().unwrap_or_default();
        let number =
            text.len() <= ROOM_NUMBER && (text.len() == 1 || text.iter().any(u8::is_ascii_digit));
        if !number || winners[i].entity.group() != Group::Place {
            continue;
        }
        let before = &view[from..span.start() as usize];
        let gaps = [b". ".as_slice(), b" #", b" ", b"."];
        let Some((rest, gap)) =
            gaps.into_iter().find_map(|gap| Some((before.strip_suffix(gap)?, gap)))
        else {
            continue;
        };
        let letters = rest.iter().rev().take_while(|b| CLASS[usize::from(**b)] != 0).count();
        let word = &rest[rest.len() - letters..];
        let words = if gap.contains(&b'.') { &SHORT_ROOM_HASHES } else { &ROOM_HASHES };
        if words.binary_search(&word_hash(word)).is_ok() {
            let start = from + rest.len() - letters;
            winners[i].span = ViewSpan::new(start as u32, span.end());
        }
    }
}

/// Last words of the names of houses that are called after a person.
const HOUSE_WORDS: &str = "hospital hosp hopital memorial regional centre center clinic clinique \
    manor lodge pavilion pavillon foundation school ecole institute institut library";
static HOUSE_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(HOUSE_WORDS));

/// Extends the name of a house over the title of whom it is called after: `[Dr. Everett Chalmers
/// Hospital]`.
fn houses(view: &[u8], winners: &mut [Candidate]) {
    for i in 0..winners.len() {
        let span = winners[i].span;
        let from = i.checked_sub(1).map_or(0, |before| winners[before].span.end() as usize);
        let (text, before) = (&view[span.range()], &view[from..span.start() as usize]);
        let letters = text.iter().rev().take_while(|b| CLASS[usize::from(**b)] != 0).count();
        let last = word_hash(&text[text.len() - letters..]);
        if letters == text.len() || HOUSE_HASHES.binary_search(&last).is_err() {
            continue;
        }
        let title =
            ["Dr. ", "Dr ", "DR. ", "DR ", "Dre "].iter().find(|t| before.ends_with(t.as_bytes()));
        let letter = |b: &u8| CLASS[usize::from(*b)] != 0;
        if let Some(title) = title
            && !before[..before.len() - title.len()].last().is_some_and(letter)
        {
            winners[i].span = ViewSpan::new(span.start() - title.len() as u32, span.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{EntityType, Evidence, RuleId, Score};

    /// What is masked of the text when these pieces of it were found.
    fn completed(text: &str, found: &[(&str, EntityType)]) -> Vec<String> {
        let mut from = 0;
        let mut winners: Vec<Candidate> = Vec::new();
        for &(piece, entity) in found {
            let start = from + text[from..].find(piece).unwrap();
            from = start + piece.len();
            let span = ViewSpan::new(start as u32, from as u32);
            let evidence = Evidence::of(&RuleId::new("any.test"));
            winners.push(Candidate { span, entity, score: Score::new(0.8), evidence, keep: false });
        }
        complete(text.as_bytes(), &mut winners);
        winners.iter().map(|w| text[w.span.range()].to_owned()).collect()
    }

    #[test]
    fn numbers_take_what_hyphens_join() {
        let id = EntityType::Id;
        assert_eq!(completed("CT-24-O3317, seen", &[("24", id)]), ["CT-24-O3317"]);
        assert_eq!(completed("follow-up 4411-A7", &[("4411", id)]), ["4411-A7"]);
        assert_eq!(completed("chart 4411-based", &[("4411", id)]), ["4411"]);
    }

    #[test]
    fn genitives_take_their_letters_between_two_parts_of_a_name() {
        let (city, org) = (EntityType::City, EntityType::Organization);
        let found =
            completed("Tetlit Gwich'in Council", &[("Tetlit Gwich", city), ("Council", org)]);
        assert_eq!(found, ["Tetlit Gwich'in", "Council"]);
        let person = EntityType::PersonOther;
        let found = completed("Anne's Marie", &[("Anne", person), ("Marie", person)]);
        assert_eq!(found, ["Anne", "Marie"]);
    }

    #[test]
    fn rooms_take_their_word_but_not_over_the_end_of_a_sentence() {
        let room = EntityType::Room;
        assert_eq!(completed("moved to bed 12-2 today", &[("12-2", room)]), ["bed 12-2"]);
        assert_eq!(completed("hospitalisé, ch. 402B", &[("402B", room)]), ["ch. 402B"]);
        assert_eq!(completed("Went to bed. 12 tabs", &[("12", room)]), ["12"]);
        assert_eq!(completed("salle verte", &[("verte", room)]), ["verte"]);
    }

    #[test]
    fn houses_take_the_title_of_whom_they_are_called_after() {
        let facility = EntityType::Facility;
        let found = completed(
            "at Dr. Everett Chalmers Hospital",
            &[("Everett Chalmers Hospital", facility)],
        );
        assert_eq!(found, ["Dr. Everett Chalmers Hospital"]);
        assert_eq!(
            completed("Dr. Everett Chalmers", &[("Everett Chalmers", facility)]),
            ["Everett Chalmers"]
        );
    }
}

//! Names of people: word by word, so that parts of a name stay parts of its stand-in.

use super::super::language::Lang;
use super::super::stock::fold;
use super::super::{Made, Mention, Operators};
use super::{Culture, Drawn, Names, draw};
use crate::case::Case;
use crate::decode::Normalized;
use crate::entity::Entity;
use crate::key::KeyRing;
use crate::token::word_hash;
use std::collections::BTreeSet;

/// Which list a word of a name is drawn from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Woman,
    Man,
    Surname,
}

impl Part {
    fn list(self, culture: &Culture) -> &[String] {
        match self {
            Self::Woman => &culture.women,
            Self::Man => &culture.men,
            Self::Surname => &culture.surnames,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Woman => "woman",
            Self::Man => "man",
            Self::Surname => "surname",
        }
    }
}

/// Small words inside of names, as they are written there.
const PARTICLES: [&str; 20] = [
    "al", "bin", "d", "da", "dal", "das", "de", "del", "della", "den", "der", "des", "di", "do",
    "dos", "du", "la", "le", "van", "von",
];

/// The stand-in for a name in the form in which it is written.
pub(super) fn person(
    keys: &KeyRing,
    operators: &Operators<'_>,
    drawn: &mut Drawn,
    m: &Mention<'_>,
) -> Made {
    // A user name is no name: digits that stay would tell it.
    if m.text.contains(|c: char| c.is_numeric()) {
        return Made::Unread;
    }
    let words: Vec<(usize, &str)> = words(m.text).collect();
    let particle = |word: &str| PARTICLES.contains(&word);
    let named = words.iter().any(|(_, w)| !particle(w) && w.chars().count() > 1);
    let names = &operators.stock.names;
    let culture = culture(names, &words, m.lang);
    let gender = gender(names, &words, m.before).unwrap_or_else(|| {
        let key = fold(m.text);
        if draw(keys, &[b"gender", key.as_bytes()]).is_multiple_of(2) {
            Part::Woman
        } else {
            Part::Man
        }
    });
    let reversed = m.text.contains(',');
    let full: Vec<usize> = (0..words.len()).filter(|&i| words[i].1.chars().count() > 1).collect();
    let mut out = String::new();
    let mut from = 0;
    for (i, (at, word)) in words.iter().enumerate() {
        out.push_str(&m.text[from..*at]);
        from = at + word.len();
        // Particles say nothing and keep the form, unless they are all that there is.
        if named && particle(word) {
            out.push_str(word);
            continue;
        }
        let only = full.len() == 1;
        let last = if reversed { full.first() == Some(&i) } else { full.last() == Some(&i) };
        let known = operators.lexicon.word(word_hash(fold(word).as_bytes()));
        let part = if only {
            if known.given() > known.surname() { gender } else { Part::Surname }
        } else if last {
            Part::Surname
        } else {
            gender
        };
        match stand_in(keys, names, drawn, culture, part, word) {
            Some(text) => out.push_str(&text),
            None => return Made::Unread,
        }
    }
    out.push_str(&m.text[from..]);
    if words.is_empty() { Made::Unread } else { Made::Text(out) }
}

/// Initials: those of the stand-ins whose originals began so, else other letters.
pub(super) fn initials(keys: &KeyRing, drawn: &mut Drawn, m: &Mention<'_>) -> Made {
    let mut changed = false;
    let text: String = m
        .text
        .chars()
        .map(|c| {
            if !c.is_alphabetic() {
                return c;
            }
            changed = true;
            letter(keys, drawn, c)
        })
        .collect();
    if changed { Made::Text(text) } else { Made::Unread }
}

/// Another letter for a letter: of the stand-in of a name that began so, if one was drawn.
fn letter(keys: &KeyRing, drawn: &Drawn, c: char) -> char {
    let lower = Normalized::new(&c.to_string()).text.to_lowercase();
    let known = drawn
        .by_original
        .iter()
        .find(|((kind, original), _)| *kind == "name" && original.starts_with(&lower))
        .and_then(|(_, to)| to.chars().next())
        .filter(|to| fold(&to.to_string()) != lower);
    let to = known.unwrap_or_else(|| {
        let n = (draw(keys, &[b"initial", lower.as_bytes()]) % 25) as u8;
        let own = lower.bytes().next().unwrap_or(b'a').wrapping_sub(b'a').min(25);
        char::from(b'A' + (own + 1 + n) % 26)
    });
    if c.is_lowercase() { to.to_lowercase().next().unwrap_or(to) } else { to }
}

fn stand_in(
    keys: &KeyRing,
    names: &Names,
    drawn: &mut Drawn,
    culture: &str,
    part: Part,
    word: &str,
) -> Option<String> {
    let key = fold(word);
    if word.chars().count() == 1 || key.is_empty() {
        let c = word.chars().next()?;
        return Some(letter(keys, drawn, c).to_string());
    }
    if let Some(known) = drawn.by_original.get(&("name", key.clone())) {
        return Some(dressed(known, word));
    }
    let list = part.list(names.cultures.get(culture)?);
    let first = draw(keys, &[b"name", culture.as_bytes(), part.name().as_bytes(), key.as_bytes()]);
    let originals = drawn.originals.as_ref()?;
    let free = |item: &&String| {
        let folded = fold(item);
        !originals.contains(&folded) && !drawn.taken.contains(&folded) && folded != key
    };
    let n = list.len();
    let found = (0..n).map(|i| &list[(first as usize % n + i) % n]).find(free)?.clone();
    drawn.taken.insert(fold(&found));
    drawn.by_original.insert(("name", key), found.clone());
    Some(dressed(&found, word))
}

/// In capitals or small letters like the original.
fn dressed(name: &str, like: &str) -> String {
    if like.chars().all(|c| !c.is_lowercase()) {
        name.to_uppercase()
    } else if like.chars().all(|c| !c.is_uppercase()) {
        name.to_lowercase()
    } else {
        name.to_owned()
    }
}

/// The culture whose lists hold a word of the name; the common one of the language otherwise.
fn culture<'n>(names: &'n Names, words: &[(usize, &str)], lang: Lang) -> &'n str {
    let common = if lang == Lang::Fr { "french_canadian" } else { "anglo" };
    let holds = |c: &Culture| {
        let lists = [(&c.surnames, 2), (&c.women, 1), (&c.men, 1)];
        let weight = |w: &str| -> u32 {
            let inside = |l: &&Vec<String>| l.iter().any(|n| fold(n) == w);
            lists.iter().filter(|(l, _)| inside(l)).map(|(_, n)| n).sum()
        };
        words.iter().map(|(_, w)| weight(&fold(w))).sum::<u32>()
    };
    let best = names
        .cultures
        .iter()
        .map(|(name, c)| (2 * holds(c) + u32::from(name == common), name.as_str()))
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
    best.map_or("", |(_, name)| name)
}

/// The gender that a title in front or a given name shows.
fn gender(names: &Names, words: &[(usize, &str)], before: &str) -> Option<Part> {
    let before = before.trim_end().trim_end_matches('.');
    let title = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("").to_lowercase();
    match title.as_str() {
        "mrs" | "ms" | "miss" | "mme" | "mlle" | "madame" | "dre" | "she" | "wife" | "daughter"
        | "mother" | "sister" | "fille" | "mère" | "sœur" | "soeur" | "conjointe" => {
            return Some(Part::Woman);
        }
        "mr" | "m" | "monsieur" | "sir" | "he" | "husband" | "son" | "father" | "brother"
        | "fils" | "père" | "frère" | "conjoint" | "mari" => return Some(Part::Man),
        _ => {}
    }
    words.iter().find_map(|(_, word)| {
        let key = fold(word);
        let has = |part: Part| {
            names.cultures.values().any(|c| part.list(c).iter().any(|n| fold(n) == key))
        };
        match (has(Part::Woman), has(Part::Man)) {
            (true, false) => Some(Part::Woman),
            (false, true) => Some(Part::Man),
            _ => None,
        }
    })
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    text.split(|c: char| !c.is_alphabetic()).filter_map(move |word| {
        let at = from;
        // The sign behind the word has one to four bytes: the next word is sought from here.
        from = at + word.len();
        from += text[from..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((at, word))
    })
}

/// Folded words of all persons of a case.
pub(super) fn originals(case: &Case, all: &[Entity]) -> BTreeSet<String> {
    let texts = all
        .iter()
        .filter(|e| e.entity.is_person())
        .filter_map(|e| case.fields.get(e.field)?.text.get(e.span.range()));
    texts.flat_map(|t| words(t).map(|(_, w)| fold(w)).collect::<Vec<_>>()).collect()
}

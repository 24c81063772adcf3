//! Documents from the hand-written gold corpus: real ways of writing, with other names in them.
//!
//! Template lines are written one by one; whole documents by hand show how identifiers stand among
//! a hundred lines that are none. Each is shown as it is and in copies in which names, places,
//! organisations, occupations and numbers are others, so that their contexts are learnt.

use super::document::Piece;
use super::list::Lists;
use super::persona::{capitalised, invented};
use super::random::Random;
use super::value::{Source, split_article};
use crate::audit::GoldDocument;
use crate::detect::Class;
use crate::entity::{EntityType, Group};
use crate::span::{ByteSpan, char_span_to_bytes};
use std::collections::HashMap;

/// So many of a hundred distinct values of a copy are others.
const CHANGED: usize = 60;

/// Makes pieces of a gold document.
pub(super) struct Hand<'h> {
    pub(super) source: &'h Source<'h>,
    pub(super) lists: &'h Lists,
    /// Names of the lexicon.
    pub(super) names: &'h [String],
}

impl Hand<'_> {
    /// The document as pieces; `other` with other values.
    pub(super) fn pieces(&self, gold: &GoldDocument, other: bool, r: &mut Random) -> Vec<Piece> {
        let mut spans: Vec<(ByteSpan, Option<EntityType>, bool)> = gold
            .spans
            .iter()
            .filter_map(|s| {
                let span = char_span_to_bytes(&gold.text, s.span)?;
                Some((span, EntityType::from_name(&s.kind), s.optional))
            })
            .collect();
        spans.sort_by_key(|(span, ..)| span.start());
        let (mut pieces, mut at) = (Vec::new(), 0);
        let mut written = HashMap::new();
        for (span, entity, optional) in spans {
            if (span.start() as usize) < at {
                continue;
            }
            pieces.push(Piece::plain(&gold.text[at..span.start() as usize]));
            let text = &gold.text[span.range()];
            at = span.end() as usize;
            let class = entity.and_then(|e| class_of(e, optional));
            let own = text.chars().count();
            let text = match (entity, class) {
                (Some(entity), Some(_)) if other => self.other(entity, text, &mut written, r),
                _ => text.to_owned(),
            };
            // What stands in columns stays in them.
            let longer = text.chars().count() as isize - own as isize;
            let behind = &gold.text[at..];
            let spaces = behind.len() - behind.trim_start_matches(' ').len();
            pieces.push(Piece { class, ..Piece::plain(text) });
            if spaces >= 2 && longer != 0 {
                let kept = spaces.saturating_add_signed(-longer).max(2);
                pieces.push(Piece::plain(" ".repeat(kept)));
                at += spaces;
            }
        }
        pieces.push(Piece::plain(&gold.text[at..]));
        pieces
    }

    /// The value or another one of its kind, the same for the same value in a document.
    fn other(
        &self,
        entity: EntityType,
        text: &str,
        written: &mut HashMap<String, String>,
        r: &mut Random,
    ) -> String {
        if entity == EntityType::Initials {
            let key = format!("initials {text}");
            let other =
                || if r.percent(CHANGED) { other_letters(text, r) } else { text.to_owned() };
            return written.entry(key).or_insert_with(other).clone();
        }
        if entity.group() == Group::Person && entity != EntityType::Username {
            return self.other_name(text, written, r);
        }
        let key = format!("{entity} {}", text.to_lowercase());
        let other = match written.get(&key) {
            Some(other) => other.clone(),
            None => {
                let changed = r.percent(CHANGED);
                let other =
                    changed.then(|| self.of_kind(entity, text, r)).flatten().unwrap_or(text.into());
                written.insert(key, other.clone());
                other
            }
        };
        cased_as(text, other)
    }

    fn of_kind(&self, entity: EntityType, text: &str, r: &mut Random) -> Option<String> {
        let lower = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
        let slot = match entity {
            EntityType::City if has(&["nation", "reserve", "réserve"]) => "reserve",
            EntityType::City => "town",
            EntityType::Province if text.len() <= 3 => "prov",
            EntityType::Province => "province",
            EntityType::Country => "country",
            EntityType::Profession => "job",
            EntityType::Organization if has(&["school", "école", "college", "cégep"]) => "school",
            EntityType::Organization => *r.pick(&["employer", "employer", "org", "agency"]),
            EntityType::Facility if has(&["pharm", "drug"]) => "pharmacy",
            EntityType::Facility if has(&["hosp", "hôp"]) => "hospital",
            EntityType::Facility if text.len() <= 6 => "hosp",
            EntityType::Facility => *r.pick(&["clinic", "clinic", "hospital", "ltc", "ward"]),
            EntityType::Street | EntityType::Date | EntityType::Holiday => return None,
            _ if matches!(entity.group(), Group::Number | Group::Place) => {
                return Some(other_digits(text, r));
            }
            EntityType::Phone | EntityType::Fax => return Some(other_digits(text, r)),
            _ => return None,
        };
        // The document has its own article.
        let (drawn, class) = self.source.value(slot, r)?;
        Some(split_article(&drawn, class).1.to_owned())
    }

    /// Each word of a name becomes another, initials and small words stay.
    fn other_name(
        &self,
        text: &str,
        written: &mut HashMap<String, String>,
        r: &mut Random,
    ) -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            let small = word.chars().count() < 3
                || matches!(word, "van" | "von" | "der" | "des" | "del" | "dos" | "bin" | "ibn");
            if small {
                out.push_str(word);
            } else {
                let key = word.to_lowercase();
                let other = match written.get(&key) {
                    Some(other) => other.clone(),
                    None => {
                        let other = if r.percent(CHANGED) { self.name(r) } else { word.to_owned() };
                        written.insert(key, other.clone());
                        other
                    }
                };
                out.push_str(&cased_as(word, other));
            }
            let sign = behind.chars().next().map_or(0, char::len_utf8);
            out.push_str(&behind[..sign]);
            rest = &behind[sign..];
        }
        out
    }

    fn name(&self, r: &mut Random) -> String {
        let culture = r.pick(&self.lists.cultures).clone();
        let list = *r.pick(&["surname", "given_f", "given_m"]);
        let name = r.pick(self.lists.get(&format!("names/{culture}.{list}"))).clone();
        match r.below(10) {
            0 | 1 if !self.names.is_empty() => capitalised(r.pick::<String>(self.names)),
            2 | 3 => invented(r, &name),
            _ => name,
        }
    }
}

/// The class of a label; `None` for what is no identifier to the tagger.
pub(super) fn class_of(entity: EntityType, optional: bool) -> Option<Class> {
    Some(match entity.group() {
        Group::Person => Class::Name,
        Group::Time if entity == EntityType::Age90 => Class::Id,
        Group::Time => Class::Date,
        Group::Place => Class::Place,
        Group::Contact => Class::Contact,
        Group::Organisation => Class::Org,
        Group::Trait if entity == EntityType::Profession && !optional => Class::Profession,
        Group::Trait => return None,
        Group::Number => Class::Id,
    })
}

/// Other digits and capitals in the same places.
fn other_digits(text: &str, r: &mut Random) -> String {
    let other = |c: char, r: &mut Random| match c {
        '0'..='9' => r.fill("#"),
        'A'..='Z' => r.fill("@"),
        c => c.to_string(),
    };
    text.chars().map(|c| other(c, r)).collect()
}

/// Other letters of the same case in the same places, digits as they are.
fn other_letters(text: &str, r: &mut Random) -> String {
    let mut letter = |first: u8| char::from(first + r.below(26) as u8);
    let other = |c: char| match c {
        'A'..='Z' => letter(b'A'),
        'a'..='z' => letter(b'a'),
        c => c,
    };
    text.chars().map(other).collect()
}

/// `other` in the letter case of `text` where that has one case.
fn cased_as(text: &str, other: String) -> String {
    let letters = |f: fn(char) -> bool| text.chars().filter(|c| c.is_alphabetic()).all(f);
    if text.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        other
    } else if letters(char::is_uppercase) {
        other.to_uppercase()
    } else if letters(char::is_lowercase) {
        other.to_lowercase()
    } else {
        other
    }
}

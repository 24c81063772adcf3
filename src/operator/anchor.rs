//! The index date of a case: the day on which it was presented or the patient was seen.

use super::calendar::Date;
use super::date_text::{self, DateText};
use crate::case::{Case, FieldKind};
use crate::decode::Normalized;
use crate::entity::{Entity, EntityType};

/// What dates are counted from.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    pub(super) date: Date,
    /// True when the case says that this is the presentation or the visit; otherwise it is the
    /// first full date, and its tag stands for it.
    pub(super) named: bool,
    pub(super) entity: Entity,
}

impl Anchor {
    pub(super) fn is(&self, entity: &Entity) -> bool {
        self.entity.field == entity.field && self.entity.span.end() == entity.span.end()
    }
}

/// Fields of the form definitions that hold the day of the presentation.
const FIELDS: [&str; 4] = ["session_date", "presentation_date", "visit_date", "consultation_date"];

/// Words in front of the date that name the day of the presentation, folded.
const CUES: [&str; 22] = [
    "presentation",
    "presented",
    "presente le",
    "presentee le",
    "session",
    "seance",
    "date of visit",
    "visit date",
    "date de la visite",
    "date de visite",
    "visite du",
    "date of consult",
    "date de consultation",
    "consultation du",
    "date of service",
    "encounter date",
    "date of assessment",
    "date de l'evaluation",
    "seen on",
    "vu le",
    "vue le",
    "clinic date",
];

/// Words that make another day of it.
const OTHERS: [&str; 18] = [
    "last",
    "previous",
    "prior",
    "first",
    "next",
    "follow-up",
    "past",
    "initial presentation",
    "since",
    "derniere",
    "dernier",
    "premiere",
    "prochaine",
    "prochain",
    "precedente",
    "suivi",
    "was seen on",
    "anterieure",
];

/// How far in front of the date, in bytes of the folded text, a cue is looked for.
const REACH: usize = 40;

/// The index date: a field or cue that names it, else the first full date that is no birth date.
pub(super) fn find(case: &Case, entities: &[Entity]) -> Option<Anchor> {
    let mut first = None;
    for entity in entities.iter().filter(|e| e.entity == EntityType::Date) {
        let Some(field) = case.fields.get(entity.field) else { continue };
        let text = field.text.get(entity.span.range()).unwrap_or("");
        let DateText::Full(date) = date_text::read(text) else { continue };
        let anchor = |named| Anchor { date, named, entity: entity.clone() };
        if FIELDS.contains(&field.place.as_str()) || is_named(case, entity) {
            return Some(anchor(true));
        }
        first.get_or_insert_with(|| anchor(false));
    }
    first
}

/// True when the words in front of the date, on its line or in its key, name the presentation.
fn is_named(case: &Case, entity: &Entity) -> bool {
    let field = &case.fields[entity.field];
    let before = field.text.get(..entity.span.range().start).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    let line = match line.char_indices().rev().nth(REACH) {
        Some((i, _)) => &line[i..],
        None => line,
    };
    let mut said = String::new();
    if before.trim().is_empty() {
        let key = entity.field.checked_sub(1).and_then(|i| case.fields.get(i));
        if let Some(key) = key.filter(|k| k.kind == FieldKind::Key && k.text.len() < 200) {
            said.push_str(&Normalized::of_key(&key.text).text.to_lowercase());
        }
    }
    said.push_str(&Normalized::new(line).text.to_lowercase());
    // What another sentence says is about another day.
    let said = said.rsplit(['.', ';']).next().unwrap_or("");
    CUES.iter().any(|cue| said.contains(cue)) && !OTHERS.iter().any(|other| said.contains(other))
}

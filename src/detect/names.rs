//! What the tagger's runs become: completed phrases, entity types, roles of persons.

use super::cue_class::{CueClass, CueSet};
use super::scan::Scan;
use super::tagger::{Class, Run};
use crate::entity::EntityType;
use crate::rules::PhraseKind;
use crate::token::{Token, shape};

/// Completes runs so that no name of a facility or person stays half masked: up to the head word
/// (`… Family Health Team`), over linking words before one, and one capitalised word between two
/// runs.
pub(super) fn complete(view: &str, scan: &Scan, runs: &mut Vec<Run>) {
    for run in runs.iter_mut() {
        if matches!(run.class, Class::Org | Class::Place) {
            grow_to_head(view, scan, run);
        }
        // A phrase of a list that a run touches is taken whole.
        let near = scan.phrases.partition_point(|p| (p.end as usize) <= run.first);
        for phrase in &scan.phrases[near..] {
            if phrase.first as usize >= run.end {
                break;
            }
            let (first, end) = (phrase.first as usize, phrase.end as usize);
            let touches = first < run.end && run.first < end;
            let identifies = matches!(
                phrase.kind,
                PhraseKind::PlaceCanada
                    | PhraseKind::PlaceWorld
                    | PhraseKind::Facility
                    | PhraseKind::Organization
                    | PhraseKind::FirstNation
                    | PhraseKind::Region
            );
            if touches && identifies && matches!(run.class, Class::Org | Class::Place) {
                run.first = run.first.min(first);
                run.end = run.end.max(end);
            }
        }
    }
    runs.sort_by_key(|r| (r.first, std::cmp::Reverse(r.end)));
    let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs.drain(..) {
        match merged.last_mut() {
            Some(last) if run.first < last.end => {
                last.end = last.end.max(run.end);
                last.probability = last.probability.max(run.probability);
            }
            Some(last) if run.first == last.end + 1 && bridges(view, scan, last, &run) => {
                last.end = run.end;
                last.probability = last.probability.max(run.probability);
            }
            _ => merged.push(run),
        }
    }
    *runs = merged;
}

/// One capitalised word between two runs of names or organisations belongs to them.
fn bridges(view: &str, scan: &Scan, last: &Run, next: &Run) -> bool {
    let between = &scan.tokens[last.end];
    let same =
        last.class == next.class && matches!(last.class, Class::Name | Class::Org | Class::Place);
    same && between.has(shape::FIRST_UPPER)
        && tight(view, scan, last.end)
        && tight(view, scan, last.end + 1)
}

/// True when only a space or hyphen stands before token `i`.
fn tight(view: &str, scan: &Scan, i: usize) -> bool {
    let gap = &view.as_bytes()[scan.tokens[i - 1].end as usize..scan.tokens[i].start as usize];
    gap == b" " || gap == b"-" || gap == b"'" || gap == b". " || gap == b" & "
}

/// Words that join the parts of an organisation's name.
fn links(view: &str, token: &Token) -> bool {
    matches!(
        token.text(view).to_ascii_lowercase().as_str(),
        "of" | "the"
            | "and"
            | "for"
            | "de"
            | "du"
            | "des"
            | "la"
            | "le"
            | "les"
            | "et"
            | "d"
            | "l"
            | "à"
            | "a"
            | "s"
            | "en"
    )
}

fn grow_to_head(view: &str, scan: &Scan, run: &mut Run) {
    let is_head = |i: usize| CueSet::of(scan.tokens[i].hash).has(CueClass::OrgHead);
    let capital = |i: usize| scan.tokens[i].has(shape::FIRST_UPPER) || scan.tokens[i].is_number();
    // Forward: capitalised words, and linking words when a capitalised one follows, up to a head.
    let mut end = run.end;
    let mut at = run.end;
    while at < scan.tokens.len() && at < run.end + 5 && tight(view, scan, at) {
        if is_head(at) && capital(at) {
            end = at + 1;
        } else if !(capital(at) || links(view, &scan.tokens[at])) {
            break;
        }
        at += 1;
    }
    run.end = end;
    // Backward: a capitalised head in front (`Clinique …`, `Hôpital de …`).
    let mut at = run.first;
    while at > 0 && at + 4 > run.first && tight(view, scan, at) {
        at -= 1;
        if is_head(at) && capital(at) {
            run.first = at;
            break;
        }
        if !links(view, &scan.tokens[at]) {
            break;
        }
    }
}

/// The entity type of a run, by its class and what stands around it.
pub(super) fn entity_of(scan: &Scan, run: Run) -> EntityType {
    let inside = run.first..run.end;
    let cue = |i: usize| CueSet::of(scan.tokens[i].hash);
    match run.class {
        Class::Name => role(scan, &run),
        Class::Place => {
            let word = scan.words[run.first];
            if inside.clone().any(|i| cue(i).has(CueClass::StreetWord))
                && scan.tokens[run.first].has(shape::DIGIT)
            {
                EntityType::Street
            } else if word.is_province() {
                EntityType::Province
            } else if word.is_country() {
                EntityType::Country
            } else {
                EntityType::City
            }
        }
        Class::Org => {
            let facility = inside.clone().any(|i| scan.words[i].is_facility_word());
            if facility { EntityType::Facility } else { EntityType::Organization }
        }
        Class::Date => EntityType::Date,
        Class::Contact => EntityType::Phone,
        Class::Profession => EntityType::Profession,
        Class::Id | Class::O => EntityType::Id,
    }
}

/// Whose name it is, as far as the words around it tell.
fn role(scan: &Scan, run: &Run) -> EntityType {
    let cue = |i: usize| CueSet::of(scan.tokens[i].hash);
    for (distance, i) in (1..=3).filter_map(|d| Some((d, run.first.checked_sub(d)?))) {
        let c = cue(i);
        // Farther off, the title is somebody else's: `Dr. Okafor saw Jane`.
        if distance <= 2 && (c.has(CueClass::ProviderTitle) || c.has(CueClass::Provider)) {
            return EntityType::PersonProvider;
        }
        if c.has(CueClass::Kin) {
            return EntityType::PersonFamily;
        }
        if c.has(CueClass::Patient) {
            return EntityType::PersonPatient;
        }
        if c.has(CueClass::OtherRole) {
            return EntityType::PersonOther;
        }
    }
    let after = (run.end..scan.tokens.len()).take(3);
    for i in after {
        let c = cue(i);
        if c.has(CueClass::Credential) {
            return EntityType::PersonProvider;
        }
        if c.has(CueClass::Kin) {
            return EntityType::PersonFamily;
        }
    }
    EntityType::PersonOther
}

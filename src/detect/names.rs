//! The entity types of the tagger's runs, and whose name a name is.

use super::cue_class::CueClass;
use super::model::Class;
use super::scan::Scan;
use super::tagger::Run;
use crate::entity::EntityType;
use crate::token::shape;

/// The entity type of a run, by its class and what stands around it.
pub(super) fn entity_of(scan: &Scan, run: Run) -> EntityType {
    let inside = run.first..run.end;
    let cue = |i: usize| scan.known[i].cue;
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
    let cue = |i: usize| scan.known[i].cue;
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

//! The types of the tagger's runs as far as its classes tell them; `typing` says more.

use super::class::Class;
use super::scan::Scan;
use super::tagger::Run;
use crate::entity::EntityType;

/// The entity type of a run, by its class, and by the lists for what a policy may keep.
pub(super) fn entity_of(scan: &Scan, run: Run) -> EntityType {
    match run.class {
        Class::Name => EntityType::PersonOther,
        Class::Place => {
            let word = scan.words[run.first];
            if word.is_province() {
                EntityType::Province
            } else if word.is_country() {
                EntityType::Country
            } else {
                EntityType::City
            }
        }
        Class::Org => EntityType::Organization,
        Class::Date => EntityType::Date,
        Class::Contact => EntityType::Phone,
        Class::Profession => EntityType::Profession,
        Class::Id | Class::O => EntityType::Id,
    }
}

//! The type of what was found where only its class is known: a room rather than a town, a relative
//! rather than the patient.
//!
//! Rules say themselves what they find. The tagger tells eight classes apart, and some rules no more
//! than that something is a name, a number or a date; there the sums of what clues say of each type
//! decide. Only types change: what is masked stays. Nothing is made a type that a policy may
//! keep or shorten, such as a town or a date, that was not of that class.

mod clue;

pub(crate) use clue::Clues;

use super::class::Class;
use super::scan::Scan;
use super::surroundings::Surroundings;
use crate::entity::{Candidate, EntityType, Group};
use thiserror::Error;

/// The types that are told apart, in the order of the weights.
pub(crate) const TYPES: [EntityType; 28] = [
    EntityType::PersonPatient,
    EntityType::PersonProvider,
    EntityType::PersonFamily,
    EntityType::PersonOther,
    EntityType::Initials,
    EntityType::Username,
    EntityType::Organization,
    EntityType::Facility,
    EntityType::Street,
    EntityType::Unit,
    EntityType::City,
    EntityType::PostalCode,
    EntityType::Room,
    EntityType::Date,
    EntityType::DateOfBirth,
    EntityType::Holiday,
    EntityType::Age90,
    EntityType::Phone,
    EntityType::Fax,
    EntityType::HealthNumber,
    EntityType::Mrn,
    EntityType::Claim,
    EntityType::RxNumber,
    EntityType::ProfLicence,
    EntityType::GovId,
    EntityType::Vehicle,
    EntityType::DeviceSerial,
    EntityType::Id,
];

/// So many of the first of [`TYPES`] are roles of a person.
pub(super) const ROLES: usize = 4;

/// What a clue says for each type.
pub(crate) type Says = [i8; TYPES.len()];

/// Rows of weights; clues that fall on one row share it.
pub(crate) const ROWS: usize = 1 << 15;

const MAGIC: &[u8; 8] = b"CVTYPE\x00\x01";

/// Why weights cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TypingError {
    /// Not a file of this version.
    #[error(
        "the types' weights have {bytes} bytes or another version; `caseveil train-typing` makes them anew"
    )]
    Format {
        /// Its length.
        bytes: usize,
    },
}

/// What clues say of types.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typing {
    /// What one step of a weight is worth.
    scale: f32,
    rows: Vec<Says>,
}

impl Typing {
    /// Weights of [`ROWS`] rows.
    pub(crate) fn new(scale: f32, rows: Vec<Says>) -> Self {
        Self { scale, rows }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`TypingError::Format`] for bytes that [`Typing::to_bytes`] of this version did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TypingError> {
        let read = || {
            let (scale, rows) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
            let (rows, rest) = rows.as_chunks();
            let says = |row: &[u8; TYPES.len()]| row.map(u8::cast_signed);
            (rows.len() == ROWS && rest.is_empty())
                .then(|| Self::new(f32::from_le_bytes(*scale), rows.iter().map(says).collect()))
        };
        read().ok_or(TypingError::Format { bytes: bytes.len() })
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.rows.as_flattened().iter().map(|w| w.cast_unsigned()));
        bytes
    }

    /// How much speaks for each type, in natural logarithms up to a common term.
    fn odds(&self, clues: &Clues) -> [f32; TYPES.len()] {
        let mut sums = [0i32; TYPES.len()];
        for row in clues.rows() {
            for (sum, says) in sums.iter_mut().zip(&self.rows[row]) {
                *sum += i32::from(*says);
            }
        }
        sums.map(|sum| sum as f32 * self.scale)
    }
}

/// A candidate whose type was told here, and how much spoke for each role of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) candidate: usize,
    pub(super) roles: [f32; ROLES],
}

/// Tells the types of candidates of which only the class is known. Returns those that may be
/// persons.
pub(super) fn tell(
    view: &str,
    scan: &Scan,
    surroundings: &Surroundings,
    typing: &Typing,
    candidates: &mut [Candidate],
) -> Vec<Told> {
    let mut told = Vec::new();
    if typing.rows.is_empty() {
        return told;
    }
    for (n, candidate) in candidates.iter_mut().enumerate() {
        let Some(class) = class_of(candidate) else { continue };
        let Some(clues) = Clues::of(view, scan, surroundings, candidate, class) else { continue };
        let odds = typing.odds(&clues);
        let may = |t: &usize| may_be(class, TYPES[*t]);
        let best = (0..TYPES.len()).filter(may).max_by(|&a, &b| odds[a].total_cmp(&odds[b]));
        candidate.entity = best.map_or(candidate.entity, |best| TYPES[best]);
        if class == Class::Name {
            let [a, b, c, d, ..] = odds;
            told.push(Told { candidate: n, roles: [a, b, c, d] });
        }
    }
    told
}

/// The class of a candidate of which no more is known; `None` where a rule knows the type.
pub(crate) fn class_of(candidate: &Candidate) -> Option<Class> {
    if candidate.keep {
        return None;
    }
    match candidate.entity {
        EntityType::PersonOther => Some(Class::Name),
        EntityType::City if candidate.evidence.model.is_some() => Some(Class::Place),
        EntityType::Organization => Some(Class::Org),
        EntityType::Date => Some(Class::Date),
        EntityType::Phone => Some(Class::Contact),
        EntityType::Id => Some(Class::Id),
        _ => None,
    }
}

/// Whether something of this class may turn out to be of this type.
pub(crate) fn may_be(class: Class, entity: EntityType) -> bool {
    match entity.group() {
        Group::Person | Group::Organisation | Group::Number => true,
        Group::Place => class == Class::Place,
        Group::Time => class == Class::Date,
        Group::Contact => class == Class::Contact,
        Group::Trait => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;
    use crate::pipeline::Deidentifier;

    #[test]
    fn weights_come_back_from_bytes_and_others_do_not() {
        let mut rows = vec![[0; TYPES.len()]; ROWS];
        rows[7][3] = -127;
        let typing = Typing::new(0.25, rows);
        let bytes = typing.to_bytes();
        assert_eq!(Typing::from_bytes(&bytes), Ok(typing));
        for bad in [&b""[..], &bytes[1..], &bytes[..bytes.len() - 1]] {
            assert_eq!(
                Typing::from_bytes(bad),
                Err(TypingError::Format { bytes: bad.len() }),
                "{} bytes",
                bad.len()
            );
        }
    }

    #[test]
    fn nothing_becomes_what_a_policy_may_keep() {
        use EntityType::{City, Date, DateOfBirth, Holiday, PostalCode, Profession, Province};
        for class in [Class::Name, Class::Org, Class::Id, Class::Contact] {
            for entity in [City, PostalCode, Province, Date, DateOfBirth, Holiday, Profession] {
                assert!(!may_be(class, entity), "{class:?} {entity}");
            }
        }
        assert!(may_be(Class::Place, City) && may_be(Class::Date, DateOfBirth));
        assert!(!TYPES.contains(&Province) && !TYPES.contains(&EntityType::Country));
    }

    #[test]
    fn surroundings_tell_the_type() {
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let type_of = |text: &str, of: &str| {
            let found = engine.detect(&Case::from_text("c", text), &mut engine.scratch()).entities;
            let at = text.find(of).unwrap();
            let entity = found.iter().find(|e| e.span.range().contains(&at)).map(|e| e.entity);
            entity.map_or("none", EntityType::name)
        };
        let texts = [
            ("Her daughter Ilze drives her to dialysis.", "Ilze", "PERSON_FAMILY"),
            ("Sa fille Maïka la conduit à la dialyse.", "Maïka", "PERSON_FAMILY"),
            ("Patient: Oksana Hrycenko\nAge: 44", "Oksana", "PERSON_PATIENT"),
            ("Sutures out by Temi, RN, at 14:00.", "Temi", "PERSON_PROVIDER"),
            ("Sent home from Bluewater Regional Hospital.", "Bluewater", "FACILITY"),
            ("He works for Halvorsen Trucking.", "Halvorsen", "ORGANIZATION"),
        ];
        for (text, of, entity) in texts {
            assert_eq!(type_of(text, of), entity, "{text}");
        }
    }
}

//! The type of what was found where only its class is known: a room rather than a town, a relative
//! rather than the patient.
//!
//! Rules say themselves what they find. The tagger tells eight classes apart, and some rules no more
//! than that something is a name, a number or a date; there the sums of what clues say of each type
//! decide. Only the type changes, and never its group: a name stays a name, a number a number, so
//! that what is masked, and what masking and the gate do with it, does not hang on these weights.

mod clue;

pub(crate) use clue::Clues;

use super::class::Class;
use super::scan::Scan;
use super::surroundings::Surroundings;
use crate::entity::{Candidate, EntityType, Group};
use thiserror::Error;

/// The types that are told apart, in the order of the weights.
pub(crate) const TYPES: [EntityType; 27] = [
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

const MAGIC: &[u8; 8] = b"CVTYPE\x00\x02";

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
            let scale = f32::from_le_bytes(*scale);
            (scale.is_normal() && scale > 0.0 && rows.len() == ROWS && rest.is_empty())
                .then(|| Self::new(scale, rows.iter().map(says).collect()))
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
        let text = view[candidate.span.range()].as_bytes();
        candidate.entity = likeliest(&odds, candidate.entity, |t| reads_as(text, t));
        if class == Class::Name {
            let [a, b, c, d, ..] = odds;
            told.push(Told { candidate: n, roles: [a, b, c, d] });
        }
    }
    told
}

/// The type of the same group that most speaks for, of those that it `may` be; as it was where nothing
/// speaks for another.
fn likeliest(
    odds: &[f32; TYPES.len()],
    was: EntityType,
    may: impl Fn(EntityType) -> bool,
) -> EntityType {
    let own = TYPES.iter().position(|t| *t == was).map_or(f32::MIN, |t| odds[t]);
    let others = TYPES.iter().zip(odds).filter(|(t, _)| t.group() == was.group() && may(**t));
    let better =
        |best: (EntityType, f32), (&t, &odds)| if odds > best.1 { (t, odds) } else { best };
    others.fold((was, own), better).0
}

/// False for what is not written so that it can be of this type: a policy may keep a town or write
/// the region of a postal code, so a civic address must be none of them.
fn reads_as(text: &[u8], entity: EntityType) -> bool {
    let digit = text.iter().any(u8::is_ascii_digit);
    match entity {
        EntityType::City => !digit,
        EntityType::PostalCode => is_postal_code(text),
        _ => true,
    }
}

/// `P9N 1A1`, also with a letter or digit misread, and `P9N-1A1`: six signs, no word among them.
fn is_postal_code(text: &[u8]) -> bool {
    let signs: Vec<u8> = text.iter().copied().filter(|b| !b" -".contains(b)).collect();
    let words = signs.windows(3).any(|w| w.iter().all(u8::is_ascii_alphabetic));
    let digit = signs.iter().any(u8::is_ascii_digit);
    signs.len() == 6 && signs[0].is_ascii_alphabetic() && digit && !words
}

/// The class of a candidate of which no more is known; `None` where a rule, a form or another mention
/// tells the type.
pub(crate) fn class_of(candidate: &Candidate) -> Option<Class> {
    let Candidate { evidence, keep, entity, .. } = candidate;
    let by_form = evidence.rule.as_str().starts_with("form.");
    if *keep || by_form || evidence.linked {
        return None;
    }
    let by_tagger = evidence.model.is_some();
    match entity {
        EntityType::PersonOther => Some(Class::Name),
        EntityType::City | EntityType::Street if by_tagger => Some(Class::Place),
        EntityType::Organization => Some(Class::Org),
        EntityType::Date => Some(Class::Date),
        EntityType::Phone => Some(Class::Contact),
        EntityType::Id => Some(Class::Id),
        _ => None,
    }
}

/// Whether something of this class may turn out to be of this type.
pub(crate) fn may_be(class: Class, entity: EntityType) -> bool {
    let group = match class {
        Class::Name => Group::Person,
        Class::Place => Group::Place,
        Class::Org => Group::Organisation,
        Class::Date => Group::Time,
        Class::Id => Group::Number,
        Class::Contact => Group::Contact,
        Class::Profession | Class::O => return false,
    };
    entity.group() == group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;
    use crate::entity::Entity;
    use crate::pipeline::Deidentifier;
    use crate::rules::embedded;

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
    fn a_type_stays_in_its_group_and_where_nothing_speaks_as_it_was() {
        use EntityType::{City, Id, Mrn, PersonOther, PersonPatient, Street, Unit};
        let all = |_| true;
        let mut odds = [0.0; TYPES.len()];
        assert_eq!(likeliest(&odds, Id, all), Id);
        let at = |t: EntityType| TYPES.iter().position(|o| *o == t).unwrap();
        odds[at(Mrn)] = 2.0;
        odds[at(PersonPatient)] = 1.0;
        assert_eq!(likeliest(&odds, Id, all), Mrn);
        assert_eq!(likeliest(&odds, PersonOther, all), PersonPatient);
        odds[at(City)] = 3.0;
        odds[at(Unit)] = 1.0;
        assert_eq!(likeliest(&odds, Street, |t| reads_as(b"12 King St", t)), Unit);
        assert_eq!(likeliest(&odds, Street, |t| reads_as(b"Kenora", t)), City);
        assert!(reads_as(b"P9N 1A1", EntityType::PostalCode));
        for text in ["Sudbury", "12 King St", "12 Elm", "B2 Main", "RR 4"] {
            assert!(!reads_as(text.as_bytes(), EntityType::PostalCode), "{text}");
        }
    }

    #[test]
    fn what_is_masked_does_not_hang_on_the_weights() {
        let files = embedded();
        let told = Deidentifier::new(&files, "limited-dataset").unwrap();
        let untold = Deidentifier::new(&files.clone().without_typing(), "limited-dataset").unwrap();
        let lines = include_str!("../../tests/data/name_probes.txt").lines();
        let (mut found, mut retyped) = (0, 0);
        for text in lines.filter(|l| !l.starts_with('#')) {
            let case = Case::from_text("c", text.replace(['[', ']'], ""));
            let of = |engine: &Deidentifier| engine.detect(&case, &mut engine.scratch()).entities;
            let (told, untold) = (of(&told), of(&untold));
            let spans = |all: &[Entity]| all.iter().map(|e| e.span).collect::<Vec<_>>();
            assert_eq!(spans(&told), spans(&untold), "{text}");
            found += told.len();
            retyped += told.iter().zip(&untold).filter(|(a, b)| a.entity != b.entity).count();
        }
        assert!(found > 60 && retyped > 10, "{found} {retyped}");
    }

    #[test]
    fn surroundings_tell_the_type() {
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let type_of = |text: &str, of: &str| {
            let found = engine.detect(&Case::from_text("c", text), &mut engine.scratch()).entities;
            let at = text.find(of).unwrap();
            let found = found.iter().find(|e| e.span.range().contains(&at));
            // Rules that know tell nothing of the weights.
            found.filter(|e| e.evidence.model.is_some()).map_or("none", |e| e.entity.name())
        };
        let texts = [
            ("Her daughter Ilze drives her; Ilze works nights.", "Ilze works", "PERSON_FAMILY"),
            ("Sutures out by Temi at 14:00, then to recovery.", "Temi", "PERSON_PROVIDER"),
            ("Sent home from Bluewater Regional Hospital.", "Bluewater", "FACILITY"),
            ("He works for Halvorsen Trucking.", "Halvorsen", "ORGANIZATION"),
        ];
        for (text, of, entity) in texts {
            assert_eq!(type_of(text, of), entity, "{text}");
        }
    }
}

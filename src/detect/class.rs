//! The classes that the tagger tells apart.

use crate::entity::EntityType;
use crate::rules::Word;

/// What the tagger tells apart. `O` is everything that is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Names of persons, initials, user names.
    Name,
    /// Places and addresses.
    Place,
    /// Facilities and organisations.
    Org,
    /// Dates.
    Date,
    /// Numbers that identify.
    Id,
    /// Phones, e-mail, URLs.
    Contact,
    /// Occupations.
    Profession,
    /// Not an identifier.
    O,
}

/// Number of classes, `O` included.
pub const CLASSES: usize = 8;

impl Class {
    /// All, in the order of the weights.
    pub const ALL: [Self; CLASSES] = [
        Self::Name,
        Self::Place,
        Self::Org,
        Self::Date,
        Self::Id,
        Self::Contact,
        Self::Profession,
        Self::O,
    ];

    /// The entity type of what is of this class and begins with `word`, as far as that tells it: the
    /// lists tell what a policy may keep, and what is `civic` has a number and a street word. The
    /// surroundings say more (`typing.rs`).
    pub(super) fn entity(self, word: Word, civic: bool) -> EntityType {
        match self {
            Self::Name => EntityType::PersonOther,
            Self::Place if civic => EntityType::Street,
            Self::Place if word.is_province() => EntityType::Province,
            Self::Place if word.is_country() => EntityType::Country,
            Self::Place => EntityType::City,
            Self::Org => EntityType::Organization,
            Self::Date => EntityType::Date,
            Self::Contact => EntityType::Phone,
            Self::Profession => EntityType::Profession,
            Self::Id | Self::O => EntityType::Id,
        }
    }
}

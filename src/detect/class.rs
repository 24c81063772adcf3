//! The classes that the tagger tells apart.

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
}

//! The check digits and inner dates that a rule may name. How they are computed is detection's.

/// A test that a number of some kind passes. It raises a score or chooses between types; it never
/// suppresses a number that a cue announces: people mistype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// Luhn over all digits: Ontario health numbers, SIN, payment cards.
    Luhn,
    /// Mod 11 with weights 2 4 8 5 10 9 7 3: British Columbia PHN.
    BcPhn,
    /// Weighted sum mod 10 with inner birth date: Quebec NAM, both readings for women.
    QcNam,
    /// Birth date inside an Ontario driver licence, month + 50 for women.
    OnDriver,
    /// Birth date DDMMYY inside a Quebec driver licence.
    QcDriver,
    /// Luhn with the prefix 80840: United States NPI.
    Npi,
    /// United States DEA check digit.
    Dea,
    /// Weights 3 7 1: United States bank routing number.
    Aba,
    /// Position 9 of a vehicle identification number.
    Vin,
    /// Canadian SIN: Luhn, first digit neither 0 nor 8.
    Sin,
    /// United States SSN: no 000, 666, 9xx area, no 00 group, no 0000 serial.
    Ssn,
    /// Month and day inside their ranges, in at least one reading of a numeric date.
    NumericDate,
    /// LOINC: Luhn with the check digit behind a hyphen.
    Loinc,
    /// Verhoeff: SNOMED CT.
    Verhoeff,
    /// A North American number with an area code that is in use in Canada or plausible in the US.
    Nanp,
    /// Adjacent legal spinal levels only.
    SpinalLevel,
    /// Not spinal levels in the shape of a postal code.
    NotSpinalLevel,
    /// Each part 0 to 255.
    Ipv4,
    /// Two decimal numbers that can be latitude and longitude.
    LatLong,
}

impl Checksum {
    /// All, with the names that rule files use.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("luhn", Self::Luhn),
        ("bc_phn", Self::BcPhn),
        ("qc_nam", Self::QcNam),
        ("on_driver", Self::OnDriver),
        ("qc_driver", Self::QcDriver),
        ("npi", Self::Npi),
        ("dea", Self::Dea),
        ("aba", Self::Aba),
        ("vin", Self::Vin),
        ("sin", Self::Sin),
        ("ssn", Self::Ssn),
        ("numeric_date", Self::NumericDate),
        ("loinc", Self::Loinc),
        ("verhoeff", Self::Verhoeff),
        ("nanp", Self::Nanp),
        ("spinal_level", Self::SpinalLevel),
        ("not_spinal_level", Self::NotSpinalLevel),
        ("ipv4", Self::Ipv4),
        ("lat_long", Self::LatLong),
    ];

    /// The test of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|&(_, c)| c)
    }
}

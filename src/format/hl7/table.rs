//! What the fields of HL7 v2 segments hold.

use crate::entity::EntityType as E;

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A code of the standard: it stays.
    Code,
    /// A name: family, given, middle, suffix.
    Name(E),
    /// An id and a name.
    Provider,
    /// A first component that is an identifier.
    Whole(E),
    /// Street, town, province, postal code.
    Address,
    /// Numbers and addresses of e-mail.
    Phone,
    /// Running text.
    Text,
    /// Anything: each component is searched.
    Any,
}

/// What becomes of a field; fields that no table names are searched.
#[expect(clippy::unnested_or_patterns, reason = "one line for each segment")]
pub(super) fn holds(segment: &str, field: usize) -> Holds {
    use Holds::{Address, Any, Code, Name, Phone, Provider, Text, Whole};
    let date = Whole(E::Date);
    match (segment, field) {
        (_, 1)
            if matches!(
                segment,
                "PID"
                    | "PV1"
                    | "OBX"
                    | "OBR"
                    | "NTE"
                    | "NK1"
                    | "DG1"
                    | "EVN"
                    | "ORC"
                    | "GT1"
                    | "IN1"
                    | "AL1"
                    | "PR1"
            ) =>
        {
            Code
        }
        ("MSH", 9 | 11 | 12 | 15..=21) => Code,
        ("MSH", 3..=6) => Whole(E::Facility),
        ("MSH", 10) => Whole(E::Id),
        ("MSH" | "EVN", _) => Any,
        ("PID", 2..=4 | 18 | 21) | ("MRG", 1..=4) => Whole(E::Mrn),
        ("PID", 5 | 9) | ("MRG", 7) => Name(E::PersonPatient),
        ("PID", 6) => Name(E::PersonFamily),
        ("PID", 7) => Whole(E::DateOfBirth),
        ("PID", 8 | 16) => Code,
        ("PID", 11) | ("NK1", 4 | 32) | ("GT1", 5) | ("IN1", 5 | 19) | ("OBX", 24) => Address,
        ("PID", 12 | 23) => Whole(E::City),
        ("PID", 13 | 14)
        | ("NK1", 5 | 6 | 31)
        | ("GT1", 6 | 7)
        | ("IN1", 7)
        | ("ORC", 14 | 23)
        | ("OBR", 17) => Phone,
        ("PID", 19) | ("GT1", 12) | ("IN2", 2) => Whole(E::Sin),
        ("PID", 20) => Whole(E::GovId),
        ("PID", 22) => Whole(E::Ethnicity),
        ("PID", 29) => date,
        ("PD1", 3) | ("ORC", 21) | ("OBX", 23) => Whole(E::Facility),
        ("ORC", 22 | 24) => Address,
        ("PD1", 4)
        | ("PV1", 7..=9 | 17 | 52)
        | ("ORC", 10..=12 | 19)
        | ("OBR", 10 | 16 | 28 | 32..=35)
        | ("OBX", 16)
        | ("TXA", 5 | 9..=11 | 22)
        | ("DG1", 16)
        | ("PR1", 8 | 11 | 12)
        | ("SCH", 12 | 16 | 20) => Provider,
        ("NK1", 2 | 30) => Name(E::PersonFamily),
        ("NK1", 33) => Whole(E::Mrn),
        ("PV1", 3 | 6 | 42) => Text,
        ("PV1", 2 | 4 | 10 | 14 | 18) => Code,
        ("PV1", 19 | 50) => Whole(E::Mrn),
        ("PV1", 44 | 45)
        | ("PV2", 8 | 9)
        | ("ORC", 9 | 15)
        | ("OBR", 6 | 7 | 8 | 14 | 22 | 36)
        | ("OBX", 14 | 19)
        | ("DG1", 5)
        | ("ACC", 1)
        | ("TXA", 4 | 6 | 7 | 8) => date,
        ("GT1", 2) => Whole(E::Claim),
        ("GT1", 3 | 4) | ("IN1", 16) => Name(E::PersonFamily),
        ("GT1", 8) | ("IN1", 18) => Whole(E::DateOfBirth),
        ("GT1", 16 | 17) | ("IN1", 4 | 11) => Whole(E::Organization),
        ("IN1", 2 | 3 | 8 | 36 | 49) => Whole(E::Claim),
        ("IN2", 6) => Whole(E::HealthNumber),
        ("ORC" | "OBR", 2 | 3 | 18..=21) => Whole(E::Mrn),
        ("OBX", 2 | 3 | 4 | 6 | 8 | 11) => Code,
        ("OBR", 4 | 24 | 25 | 27) | ("DG1", 2 | 3 | 6) => Code,
        ("NTE", 2) => Code,
        ("NTE", _) => Text,
        ("TXA", 12..=14) | ("SCH", 1 | 2) | ("FT1", 2 | 23) => Whole(E::Mrn),
        ("TXA", 2 | 3) => Code,
        ("RXE" | "RXO" | "RXD", 15 | 7) => Whole(E::RxNumber),
        (name, _) if name.starts_with('Z') => Text,
        _ => Any,
    }
}

//! Realistic stand-ins: drawn under a key, consistent, never equal to what they replace.

mod name;
mod number;

use super::language::Lang;
use super::{Made, Mention, Operators};
use crate::case::Case;
use crate::entity::{Entity, EntityType};
use crate::key::{KeyRing, Purpose};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Given names of women and men and surnames of one culture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Culture {
    women: Vec<String>,
    men: Vec<String>,
    surnames: Vec<String>,
}

/// Streets, towns, organisations, area codes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Addresses {
    streets_en: Vec<String>,
    streets_fr: Vec<String>,
    towns_en: Vec<String>,
    towns_fr: Vec<String>,
    facilities_en: Vec<String>,
    facilities_fr: Vec<String>,
    organizations_en: Vec<String>,
    organizations_fr: Vec<String>,
    area_codes: Vec<String>,
}

/// What surrogates are drawn from.
pub(super) struct Names {
    cultures: BTreeMap<String, Culture>,
    addresses: Addresses,
}

impl Names {
    pub(super) fn new(cultures: BTreeMap<String, Culture>, addresses: Addresses) -> Self {
        Self { cultures, addresses }
    }
}

/// What was drawn for a case so far: one original, one surrogate.
#[derive(Default)]
pub(super) struct Drawn {
    by_original: BTreeMap<(&'static str, String), String>,
    taken: BTreeSet<String>,
    /// Words of all persons of the case: a surrogate is none of them.
    originals: Option<BTreeSet<String>>,
}

/// A number under the key, the same for the same parts in every case.
fn draw(keys: &KeyRing, parts: &[&[u8]]) -> u64 {
    let mac = keys.mac(Purpose::Surrogate, parts);
    u64::from_be_bytes(mac[..8].try_into().expect("eight bytes"))
}

/// The stand-in for a value.
pub(super) fn write(
    keys: &KeyRing,
    operators: &Operators<'_>,
    drawn: &mut Drawn,
    case: &Case,
    m: &Mention<'_>,
    all: &[Entity],
) -> Made {
    use EntityType as E;
    if drawn.originals.is_none() {
        drawn.originals = Some(name::originals(case, all));
    }
    let addresses = &operators.stock.names.addresses;
    let french = m.lang == Lang::Fr;
    let pick = |en: &'static str, list: &[String], drawn: &mut Drawn| {
        listed(keys, drawn, en, m.text, list)
    };
    let text = match m.entity.entity {
        E::PersonPatient | E::PersonFamily | E::PersonProvider | E::PersonOther => {
            return name::person(keys, operators, drawn, m);
        }
        E::Initials => return name::initials(keys, drawn, m),
        E::Street => {
            let list = if french { &addresses.streets_fr } else { &addresses.streets_en };
            let number = 1 + draw(keys, &[b"civic", m.text.as_bytes()]) % 998;
            pick("street", list, drawn).map(|street| {
                if french {
                    format!("{number}, rue {street}")
                } else {
                    format!("{number} {street} Road")
                }
            })
        }
        E::City => {
            let list = if french { &addresses.towns_fr } else { &addresses.towns_en };
            pick("town", list, drawn)
        }
        E::Facility => {
            let list = if french { &addresses.facilities_fr } else { &addresses.facilities_en };
            pick("facility", list, drawn)
        }
        E::Organization => {
            let list =
                if french { &addresses.organizations_fr } else { &addresses.organizations_en };
            pick("organization", list, drawn)
        }
        E::PostalCode | E::Fsa => number::postal(keys, m.text),
        E::Phone | E::Fax => number::phone(keys, &addresses.area_codes, m.text),
        E::Email => {
            let n = draw(keys, &[b"email", m.text.to_lowercase().as_bytes()]) % 10_000;
            Some(format!("contact{n:04}@example.ca"))
        }
        E::Url => Some("https://example.ca/".to_owned()),
        E::Sin
        | E::Ssn
        | E::HealthNumber
        | E::Mrn
        | E::Claim
        | E::RxNumber
        | E::Bank
        | E::ProfLicence
        | E::GovId
        | E::Vehicle
        | E::DeviceSerial
        | E::Id
        | E::Username
        | E::Unit
        | E::Room => number::digits(keys, m.entity.entity, m.text),
        E::Profession
        | E::Province
        | E::Country
        | E::Geocode
        | E::Age90
        | E::Date
        | E::DateOfBirth
        | E::Holiday
        | E::IpMac
        | E::Biometric
        | E::Ethnicity => None,
    };
    match text.filter(|t| !t.eq_ignore_ascii_case(m.text)) {
        Some(text) => Made::Text(text),
        None => Made::Unread,
    }
}

/// An item of a list for a value: the same in the case, of its own while the list lasts.
fn listed(
    keys: &KeyRing,
    drawn: &mut Drawn,
    kind: &'static str,
    text: &str,
    list: &[String],
) -> Option<String> {
    let key = super::stock::fold(text);
    if let Some(known) = drawn.by_original.get(&(kind, key.clone())) {
        return Some(known.clone());
    }
    let first = draw(keys, &[kind.as_bytes(), key.as_bytes()]) as usize;
    let fits = |item: &&String| {
        let folded = super::stock::fold(item);
        // A street of the list may have the name of a person of the case.
        let named = drawn.originals.as_ref();
        let names_somebody = folded.split(' ').any(|w| named.is_some_and(|o| o.contains(w)));
        folded != key && !drawn.taken.contains(&folded) && !names_somebody
    };
    let items = (0..list.len()).map(|i| &list[(first % list.len() + i) % list.len()]);
    let found = items
        .clone()
        .find(fits)
        .or_else(|| items.clone().find(|i| super::stock::fold(i) != key))?;
    drawn.taken.insert(super::stock::fold(found));
    drawn.by_original.insert((kind, key), found.clone());
    Some(found.clone())
}

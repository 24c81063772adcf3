//! Places and postal codes as what they are: their size and region.

use super::language::Lang;
use super::stock::Stock;
use super::{Made, Mention, bracket};
use crate::policy::Setting;

/// `[COMMUNITY: rural, northern Ontario]`, for a community of the list.
pub(super) fn community(stock: &Stock, m: &Mention<'_>) -> Made {
    let Some(found) = stock.community(m.text) else { return Made::Unread };
    let french = m.lang == Lang::Fr;
    let Some(size) = stock.size_name(&found.size, french) else { return Made::Unread };
    let text = match stock.region_name(&found.region, french) {
        Some(region) => format!("{size}, {region}"),
        None => size.to_owned(),
    };
    Made::Text(bracket("COMMUNITY", "COLLECTIVITÉ", m.lang, &text))
}

/// `[POSTAL-CODE: northern Ontario]`, by the first letter.
pub(super) fn region(stock: &Stock, m: &Mention<'_>) -> Made {
    let letter = m.text.chars().find(char::is_ascii_alphabetic);
    let region =
        letter.and_then(|c| stock.postal_region(c.to_ascii_uppercase(), m.lang == Lang::Fr));
    match region {
        Some(region) => Made::Text(bracket("POSTAL-CODE", "CODE-POSTAL", m.lang, region)),
        None => Made::Unread,
    }
}

/// The first three characters, where enough people live there.
pub(super) fn fsa(stock: &Stock, setting: &Setting, m: &Mention<'_>) -> Made {
    let code: String = m
        .text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(3)
        .collect::<String>()
        .to_uppercase();
    match stock.fsa_population(&code) {
        Some(people) if people >= setting.min_population => Made::Text(code),
        _ => Made::Unread,
    }
}

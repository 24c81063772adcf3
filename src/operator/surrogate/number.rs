//! Numbers and codes of the same shape that belong to nobody.

use super::draw;
use crate::detect::checksum::passes;
use crate::entity::EntityType;
use crate::key::KeyRing;
use crate::rules::Checksum;

/// The checks of numbers that are given to people or cards: a surrogate fails all of them.
const CHECKS: [Checksum; 9] = [
    Checksum::Luhn,
    Checksum::Sin,
    Checksum::BcPhn,
    Checksum::QcNam,
    Checksum::Npi,
    Checksum::Dea,
    Checksum::Aba,
    Checksum::Vin,
    Checksum::Verhoeff,
];

/// Other digits and letters in the same places. `None` when there is no digit to change.
pub(super) fn digits(keys: &KeyRing, entity: EntityType, text: &str) -> Option<String> {
    if !text.bytes().any(|b| b.is_ascii_digit()) || !text.is_ascii() {
        return None;
    }
    let value: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let value = value.to_uppercase();
    // A few attempts: about half of them pass one of the checks.
    (0u8..64)
        .map(|attempt| {
            let mut at = 0u64;
            text.chars()
                .map(|c| {
                    if !c.is_ascii_alphanumeric() {
                        return c;
                    }
                    let parts: [&[u8]; 5] = [
                        b"number",
                        entity.name().as_bytes(),
                        value.as_bytes(),
                        &[attempt],
                        &at.to_be_bytes(),
                    ];
                    let n = draw(keys, &parts);
                    at += 1;
                    match c {
                        '0'..='9' => char::from(b'0' + (n % 10) as u8),
                        'a'..='z' => char::from(b'a' + (n % 26) as u8),
                        'A'..='Z' => char::from(b'A' + (n % 26) as u8),
                        c => c,
                    }
                })
                .collect::<String>()
        })
        .find(|made| {
            let belongs = |c: &Checksum| passes(*c, made.as_bytes());
            let us = entity == EntityType::Ssn && belongs(&Checksum::Ssn);
            made != text && !us && !CHECKS.iter().any(belongs)
        })
}

/// A number of the range that is kept for fiction: 555-01xx, in a Canadian area code, written with
/// the signs of the original.
pub(super) fn phone(keys: &KeyRing, areas: &[String], text: &str) -> Option<String> {
    let own: String = text.chars().filter(char::is_ascii_digit).collect();
    let n = draw(keys, &[b"phone", own.as_bytes()]);
    let area = areas.get((n >> 16) as usize % areas.len().max(1))?;
    let line = format!("5550{}", 100 + n % 100);
    let wanted = match own.len() {
        7 => line,
        10 => format!("{area}{line}"),
        11 if own.starts_with('1') => format!("1{area}{line}"),
        _ => return None,
    };
    let wanted = if wanted == own {
        format!("{}{}", &wanted[..wanted.len() - 1], (n + 1) % 10)
    } else {
        wanted
    };
    let mut digits = wanted.chars();
    Some(
        text.chars()
            .map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c })
            .collect(),
    )
}

/// A postal code or FSA in which no letter or digit is where it was.
pub(super) fn postal(keys: &KeyRing, text: &str) -> Option<String> {
    const FIRST: &[u8] = b"ABCEGHJKLMNPRSTVXY";
    const REST: &[u8] = b"ABCEGHJKLMNPRSTVWXYZ";
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let code = code.to_uppercase();
    if !matches!(code.len(), 3 | 6) {
        return None;
    }
    let mut place = 0u8;
    let other = |list: &[u8], c: char, n: u64| {
        let own = list.iter().position(|b| *b == c.to_ascii_uppercase() as u8).unwrap_or(0);
        char::from(list[(own + 1 + n as usize % (list.len() - 1)) % list.len()])
    };
    Some(
        text.chars()
            .map(|c| {
                if !c.is_ascii_alphanumeric() {
                    return c;
                }
                let n = draw(keys, &[b"postal", code.as_bytes(), &[place]]);
                place += 1;
                let made = match c {
                    '0'..='9' => other(b"0123456789", c, n),
                    c if place == 1 => other(FIRST, c, n),
                    c => other(REST, c, n),
                };
                if c.is_lowercase() { made.to_ascii_lowercase() } else { made }
            })
            .collect(),
    )
}

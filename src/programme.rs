//! Ids that the programme itself gives: of cases, and of patients who are presented again.
//!
//! All end in a check character and are made of 29 characters without vowels, so that no name can
//! be spelled in one. A patient key is random and kept by the spoke with the chart; what the hub
//! sees of it is a pseudonym under the policy's key. An identifier cannot pass for a patient key.

use crate::keys::{KeyError, random};
use crate::pipeline::Deidentifier;
use uuid::Uuid;

const CHARACTERS: &[u8; 29] = b"0123456789BCDFGHJKMNPQRSTVWXZ";

/// Characters of a case id or pseudonym, and of a patient key, without the check character.
const SHORT: usize = 12;
const LONG: usize = 24;

/// `ECHO-4T7K-09BC-ZZ2M-H`: the programme's id of a case, from the random part of ours.
///
/// # Examples
/// ```
/// let id = caseveil::programme::case_id(uuid::Uuid::from_u128(7));
/// assert_eq!(id, "ECHO-7000-0000-0000-7");
/// ```
pub fn case_id(id: Uuid) -> String {
    code("ECHO", id.as_u128() & ((1 << 62) - 1), SHORT)
}

/// A key for a new patient.
///
/// # Errors
/// [`KeyError::Random`] when the system gives no random numbers.
pub fn new_patient_key() -> Result<String, KeyError> {
    Ok(code("PK", u128::from_be_bytes(random::<16>()?), LONG))
}

/// True for a patient key in capitals, with its check character.
pub fn is_patient_key(text: &str) -> bool {
    is_code("PK", text, LONG)
}

/// `PT-4T7K-09BC-ZZ2M-H`: what the hub calls the patient; the same for the same key, and not to be
/// linked with it by anybody without the policy's key. `None` for an engine without one.
pub fn pseudonym(engine: &Deidentifier, patient_key: &str) -> Option<String> {
    let mac = engine.pseudonym(patient_key)?;
    let (bits, _) = mac.split_first_chunk::<16>()?;
    Some(code("PT", u128::from_be_bytes(*bits), SHORT))
}

fn code(prefix: &str, mut bits: u128, length: usize) -> String {
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        digits.push((bits % 29) as u8);
        bits /= 29;
    }
    let mut out = prefix.to_owned();
    for group in digits.chunks(4) {
        out.push('-');
        out.extend(group.iter().map(|d| char::from(CHARACTERS[usize::from(*d)])));
    }
    out.push('-');
    out.push(char::from(CHARACTERS[check(&digits)]));
    out
}

/// Each place has a weight of its own and 29 is prime: every wrong character and every two that
/// changed places are found.
fn check(digits: &[u8]) -> usize {
    digits.iter().zip(1..).map(|(digit, weight)| usize::from(*digit) * weight).sum::<usize>() % 29
}

fn is_code(prefix: &str, text: &str, length: usize) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else { return false };
    let groups: Vec<&str> = rest.split('-').skip(1).collect();
    let whole = groups.len() == length / 4 + 1
        && groups.iter().enumerate().all(|(i, g)| g.len() == if i == length / 4 { 1 } else { 4 });
    let digit = |c: u8| CHARACTERS.iter().position(|own| *own == c).map(|d| d as u8);
    let digits: Option<Vec<u8>> = groups.concat().bytes().map(digit).collect();
    match digits.as_deref() {
        Some([digits @ .., last]) if whole => check(digits) == usize::from(*last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_character_or_two_that_changed_places_are_found() {
        let id = code("PK", 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef, LONG);
        assert!(is_code("PK", &id, LONG));
        let (mut tried, mut found) = (0, 0);
        let mut try_one = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            tried += usize::from(text != id);
            found += usize::from(text != id && !is_code("PK", &text, LONG));
        };
        for at in 3..id.len() {
            for c in CHARACTERS {
                let mut text = id.clone().into_bytes();
                if text[at] != b'-' {
                    text[at] = *c;
                    try_one(&text);
                }
            }
            let mut text = id.clone().into_bytes();
            if at + 1 < id.len() && text[at] != b'-' && text[at + 1] != b'-' {
                text.swap(at, at + 1);
                try_one(&text);
            }
        }
        assert!(tried > 700 && found == tried, "{found} of {tried}");
    }

    #[test]
    fn identifiers_are_no_patient_keys() {
        for text in
            ["", "PK", "9876543217", "PK-9876-543-217", "PK-JANE-DOES-NAME-SXXX-XXXX-XXXX-0"]
        {
            assert!(!is_code("PK", text, LONG), "{text}");
        }
    }

    #[test]
    fn case_ids_are_of_one_shape() {
        let id = case_id(Uuid::from_u128(0x019a_0b6e_7c1d_7a52_9a3f_2f6f_5d0c_8e11));
        assert!(is_code("ECHO", &id, SHORT) && id.len() == 21, "{id}");
    }
}

//! Dates of workbooks, which are numbers: what styles show one, and the day of a serial number.

use crate::format::FormatError;
use crate::format::charset::Charset;
use crate::format::markup::{self, Token, local};
use crate::operator::iso_day;
use std::collections::BTreeMap;

/// For each style of cells whether it shows a date.
pub(super) fn date_styles(bytes: &[u8]) -> Result<Vec<bool>, FormatError> {
    let (source, _) = Charset::read(bytes, None)?;
    let (mut own, mut styles, mut cells) = (BTreeMap::new(), Vec::new(), false);
    for token in markup::tokens(&source, false)? {
        match token {
            Token::Open { name, attributes, .. } => {
                let get = |wanted: &str| {
                    let found = attributes.iter().find(|a| a.name == wanted);
                    found.map(|a| markup::decoded(&source, a.value.clone()).0)
                };
                let id = get("numFmtId").and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
                match local(&name) {
                    "cellXfs" => cells = true,
                    "numFmt" => {
                        own.insert(id, shows_date(&get("formatCode").unwrap_or_default()));
                    }
                    "xf" if cells => styles.push(id),
                    _ => {}
                }
            }
            Token::Close { name, .. } if local(&name) == "cellXfs" => cells = false,
            _ => {}
        }
    }
    let built_in = |id: u32| matches!(id, 14..=22 | 27..=36 | 50..=58);
    Ok(styles.into_iter().map(|id| own.get(&id).copied().unwrap_or_else(|| built_in(id))).collect())
}

/// True for a format with days, months or years outside of quotes and brackets.
fn shows_date(code: &str) -> bool {
    let (mut quoted, mut bracket, mut skip) = (false, false, false);
    code.chars().any(|c| {
        match c {
            _ if skip => skip = false,
            '\\' | '_' | '*' => skip = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            'y' | 'Y' | 'd' | 'D' if !quoted && !bracket => return true,
            _ => {}
        }
        false
    })
}

/// The day of a serial number, as year, month and day; `None` for a number that is no day.
pub(super) fn date(serial: f64, from_1904: bool) -> Option<String> {
    // Of 1970-01-01; the calendar of spreadsheets has a day too many in 1900.
    let origin = if from_1904 { 24_107 } else { 25_569 - i64::from(serial < 60.0) };
    iso_day((serial.floor() as i64).saturating_sub(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_days() {
        for (serial, from_1904, expected) in [
            (22_380.0, false, "1961-04-09"),
            (1.0, false, "1900-01-01"),
            (61.0, false, "1900-03-01"),
            (45_730.5, false, "2025-03-14"),
            (0.0, true, "1904-01-01"),
        ] {
            assert_eq!(date(serial, from_1904).as_deref(), Some(expected));
        }
        assert_eq!(date(1e300, false), None);
        assert_eq!(date(-1e300, true), None);
    }

    #[test]
    fn formats_of_dates_are_known() {
        for (code, expected) in [
            ("yyyy-mm-dd", true),
            ("0.00\" days\"", false),
            ("[Red]0.0", false),
            ("d mmm", true),
            ("#,##0", false),
        ] {
            assert_eq!(shows_date(code), expected, "{code}");
        }
    }
}

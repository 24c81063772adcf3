//! Dates in FHIR: what takes the place of one need not be a date, and an element that holds
//! something else is not valid. The element then says that its value is masked, and what stands
//! for it (`_birthDate`, data-absent-reason, original text).

use crate::format::json::quote;

/// True for an element and a value of FHIR's types date, dateTime and instant.
pub(super) fn is_date(name: &str, text: &str) -> bool {
    !matches!(name, "valueString" | "text" | "value" | "display" | "div") && has_form(text, 7)
}

/// True for `1961-04`, `1961-04-09` and `1961-04-09T10:30:00-05:00`; a year alone where four signs
/// are enough.
fn has_form(text: &str, least: usize) -> bool {
    const DAY: &[u8] = b"0000-00-00";
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let fits = day.len() >= least
        && matches!(day.len(), 4 | 7 | 10)
        && day
            .bytes()
            .zip(DAY)
            .all(|(b, form)| if *form == b'0' { b.is_ascii_digit() } else { b == b'-' });
    fits && time.is_none_or(|time| {
        day.len() == 10
            && time.len() >= 5
            && time.bytes().all(|b| b.is_ascii_digit() || b":.+-Z".contains(&b))
    })
}

/// The member of an object that holds what became of a date.
pub(super) fn member(name: &str, text: &str) -> String {
    if has_form(text, 4) {
        return format!("\"{name}\":{}", quote(text));
    }
    let said = if text.trim().is_empty() {
        String::new()
    } else {
        let url = "http://hl7.org/fhir/StructureDefinition/originalText";
        format!(",{{\"url\":\"{url}\",\"valueString\":{}}}", quote(text))
    };
    let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    format!("\"_{name}\":{{\"extension\":[{{\"url\":\"{url}\",\"valueCode\":\"masked\"}}{said}]}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_by_their_form() {
        for text in ["1961-04", "1961-04-09", "2026-01-15T09:30:00Z", "2026-01-15T09:30:00.5-05:00"]
        {
            assert!(is_date("birthDate", text), "{text}");
        }
        for text in
            ["1961", "1961-4-9", "spring 1961", "[DATE-1]", "1961-04-09 to 10", "1961-04-09Tnoon"]
        {
            assert!(!is_date("birthDate", text), "{text}");
        }
        assert!(!is_date("valueString", "1961-04-09"));
        assert_eq!(member("birthDate", "1961"), "\"birthDate\":\"1961\"");
        let masked = member("birthDate", "[DATE-1]");
        let value: serde_json::Value = serde_json::from_str(&format!("{{{masked}}}")).unwrap();
        assert_eq!(value["_birthDate"]["extension"][0]["valueCode"], "masked");
        assert_eq!(value["_birthDate"]["extension"][1]["valueString"], "[DATE-1]");
    }
}

//! Lists of JSON documents, with the line of each and without the parser's quotes of it.

use super::text::wrong;
use crate::audit::gold::{GoldError, plain};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The documents of a JSON array, each with the line on which it begins; `shape` says what is
/// asked for.
pub(super) fn array<T: DeserializeOwned>(
    content: &str,
    file: &str,
    shape: &str,
) -> Result<Vec<(usize, T)>, GoldError> {
    let raw: Vec<&RawValue> = serde_json::from_str(content).map_err(|e| {
        let what = if e.is_data() { "not a JSON array of documents" } else { "not JSON" };
        wrong(file, e.line(), format!("column {}: {what}", e.column()))
    })?;
    raw.into_iter()
        .map(|raw| {
            // The parser lends pieces of the content itself, so that their place tells the line.
            let at = raw.get().as_ptr() as usize - content.as_ptr() as usize;
            let line = content[..at].matches('\n').count() + 1;
            let read = serde_json::from_str(raw.get());
            Ok((line, read.map_err(|e| at_shape(file, line + e.line() - 1, shape))?))
        })
        .collect()
}

/// The documents of JSON lines, each with its line.
pub(super) fn lines<T: DeserializeOwned>(
    content: &str,
    file: &str,
    shape: &str,
) -> Result<Vec<(usize, T)>, GoldError> {
    let lines = content.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    lines
        .map(|(i, line)| {
            Ok((i + 1, serde_json::from_str(line).map_err(|_| at_shape(file, i + 1, shape))?))
        })
        .collect()
}

fn at_shape(file: &str, line: usize, shape: &str) -> GoldError {
    wrong(file, line, format!("not {shape}"))
}

/// An id, or the number of the document where there is none.
pub(super) fn id(value: Option<&Value>, number: usize) -> String {
    value.map(plain).filter(|id| !id.is_empty()).unwrap_or_else(|| number.to_string())
}

/// Takes the language out of other keys.
pub(super) fn lang(other: &mut Map<String, Value>) -> String {
    match other.shift_remove("lang") {
        Some(Value::String(lang)) => lang,
        _ => String::new(),
    }
}

/// A flag among the keys of a span, taken out of them.
pub(super) fn optional(other: &mut Map<String, Value>) -> bool {
    other.shift_remove("optional") == Some(Value::Bool(true))
}

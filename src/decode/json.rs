//! JSON to case: every string, number and key becomes a field; the tree keeps the order.
//!
//! Repeated keys are kept, numbers keep their literal, and errors tell line and column only:
//! the parser's own messages quote the offending text.

use super::DecodeError;
use super::form::{FieldRule, Form};
use crate::case::{Case, CaseId, Field, FieldClass, FieldKind, FieldPolicy, Node, Shape};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads a JSON document as a case.
///
/// # Errors
/// [`DecodeError::Json`] with line and column when the bytes are not one JSON value.
pub(super) fn decode(id: CaseId, bytes: &[u8], form: Option<&Form>) -> Result<Case, DecodeError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Raw = serde_json::from_slice(bytes).map_err(|e| json_error(&e))?;
    let mut fields = Vec::new();
    let root = Walk { form, fields: &mut fields }.node(value, "$", None);
    Ok(Case { id, fields, shape: Shape::Json(root) })
}

fn json_error(error: &serde_json::Error) -> DecodeError {
    DecodeError::Json { line: error.line(), column: error.column() }
}

struct Walk<'f> {
    form: Option<&'f Form>,
    fields: &'f mut Vec<Field>,
}

impl Walk<'_> {
    fn node(&mut self, value: Raw, place: &str, rule: Option<&FieldRule>) -> Node {
        if self.drops(&value, rule) {
            // Nothing of it enters the case but that it was there.
            let policy = FieldPolicy::Drop;
            self.fields.push(Field { policy, ..Field::free(place, String::new()) });
            return Node::Null;
        }
        match value {
            Raw::Null => Node::Null,
            Raw::Bool(b) => Node::Bool(b),
            Raw::Number(text) => Node::Number(self.leaf(text, place, rule)),
            Raw::String(text) => Node::String(self.leaf(text, place, rule)),
            Raw::Array(items) => {
                let items = items.into_iter().enumerate();
                Node::Array(
                    items.map(|(i, v)| self.node(v, &format!("{place}.{i}"), rule)).collect(),
                )
            }
            Raw::Object(pairs) => {
                let pairs = pairs.into_iter().enumerate();
                Node::Object(pairs.map(|(i, (key, v))| self.pair(i, key, v, place, rule)).collect())
            }
        }
    }

    /// True for values that the form orders to leave out: none of their text enters the case.
    fn drops(&self, value: &Raw, rule: Option<&FieldRule>) -> bool {
        let leaf = matches!(value, Raw::Number(_) | Raw::String(_));
        match rule {
            Some(rule) => rule.policy == FieldPolicy::Drop,
            None => leaf && self.form.is_some_and(|f| f.drops_unknown),
        }
    }

    fn pair(
        &mut self,
        i: usize,
        key: String,
        value: Raw,
        place: &str,
        outer: Option<&FieldRule>,
    ) -> (usize, Node) {
        let form = self.form;
        let own = form.and_then(|f| f.field_for(&key));
        // A known field is named by its definition; a key of the submitter's may be an identifier.
        let place = match own {
            Some(rule) => rule.id.clone(),
            None => format!("{place}.{i}"),
        };
        let index = self.fields.len();
        let policy = if own.is_some() { FieldPolicy::Keep } else { FieldPolicy::Scrub };
        let class = own.map_or(FieldClass::Unmapped, |r| r.class);
        self.fields.push(Field {
            place: place.clone(),
            kind: FieldKind::Key,
            class,
            policy,
            text: key,
        });
        (index, self.node(value, &place, own.or(outer)))
    }

    fn leaf(&mut self, text: String, place: &str, rule: Option<&FieldRule>) -> usize {
        let mut field = Field::free(place, text);
        if let Some(rule) = rule {
            field.class = rule.class;
            field.policy = rule.policy;
        }
        self.fields.push(field);
        self.fields.len() - 1
    }
}

/// A JSON value with its repeated keys and number literals.
enum Raw {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Raw>),
    Object(Vec<(String, Raw)>),
}

/// How `serde_json` hands over a number whose literal must not be lost.
const NUMBER_KEY: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }

            fn visit_bool<E>(self, b: bool) -> Result<Raw, E> {
                Ok(Raw::Bool(b))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Raw, E> {
                Ok(Raw::Number(n.to_string()))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Raw, E> {
                Ok(Raw::Number(n.to_string()))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Raw, E> {
                Ok(Raw::Number(n.to_string()))
            }

            fn visit_str<E>(self, s: &str) -> Result<Raw, E> {
                Ok(Raw::String(s.to_owned()))
            }

            fn visit_string<E>(self, s: String) -> Result<Raw, E> {
                Ok(Raw::String(s))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Raw::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut pairs: Vec<(String, Raw)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                match pairs.as_slice() {
                    [(key, Raw::String(literal))] if key == NUMBER_KEY && is_number(literal) => {
                        Ok(Raw::Number(literal.clone()))
                    }
                    _ => Ok(Raw::Object(pairs)),
                }
            }
        }
        deserializer.deserialize_any(RawVisitor)
    }
}

/// A submitter could send the private key himself; only a true literal is then taken as a number.
fn is_number(literal: &str) -> bool {
    literal.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(literal).is_ok()
}

//! One patient, many documents: what is known of them from one is known in all.
//!
//! A first pass finds who is named in the documents of each group. In the second, each document is
//! read as if those values stood in identified fields in front of it: names are sought in it, and
//! values have the same numbers and surrogates everywhere. Dates move by the same weeks.

use crate::case::{Case, Field, FieldClass, FieldKind, FieldPolicy};
use crate::entity::{Entity, EntityType};
use crate::pipeline::Deidentifier;
use crate::policy::Operator;
use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use thiserror::Error;

/// Values of one group that are kept together; the first ones.
const VALUES: usize = 400;

/// Bytes of values of all groups together.
pub(super) const MAX_BYTES: usize = 256 << 20;

/// How sure a name must be to be sought in other documents.
const SURE: f32 = 0.8;

/// What makes documents those of one patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The folder that they lie in; an archive is one, too.
    Folder,
    /// The value of this column, in tables.
    Column(String),
    /// The value at this path, in JSON and JSON lines: keys and positions with dots between them.
    Json(Vec<String>),
}

/// A grouping that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a grouping is `folder`, `column:NAME` or `json:PATH` (such as json:patient.id)")]
pub struct GroupByError;

impl FromStr for GroupBy {
    type Err = GroupByError;

    fn from_str(text: &str) -> Result<Self, GroupByError> {
        match text.split_once(':') {
            None if text == "folder" => Ok(Self::Folder),
            Some(("column", name)) if !name.is_empty() => Ok(Self::Column(name.to_owned())),
            Some(("json", path)) if path.split('.').all(|p| !p.is_empty()) => {
                Ok(Self::Json(path.split('.').map(str::to_owned).collect()))
            }
            _ => Err(GroupByError),
        }
    }
}

impl GroupBy {
    /// Which group a document belongs to, if it says so.
    pub(super) fn key(&self, folder: &str, bytes: &[u8], case: &Case) -> Option<String> {
        match self {
            Self::Folder => Some(folder.to_owned()),
            Self::Column(name) => {
                let mut fields = case.fields.iter();
                fields.find(|f| f.kind == FieldKind::Key && f.text.trim() == name)?;
                let value = fields.next().filter(|f| f.kind == FieldKind::Value)?;
                Some(value.text.trim().to_owned()).filter(|text| !text.is_empty())
            }
            Self::Json(path) => {
                let mut value = &serde_json::from_slice::<serde_json::Value>(bytes).ok()?;
                for part in path {
                    value = match value {
                        serde_json::Value::Array(items) => {
                            items.get(part.parse::<usize>().ok()?)?
                        }
                        other => other.get(part)?,
                    };
                }
                match value {
                    serde_json::Value::String(text) if !text.trim().is_empty() => {
                        Some(text.trim().to_owned())
                    }
                    serde_json::Value::Number(number) => Some(number.to_string()),
                    _ => None,
                }
            }
        }
    }
}

/// A value that a document shows, and as what.
pub(super) type Value = (EntityType, String);

/// What a document tells the others of its group.
pub(super) fn values(case: &Case, entities: &[Entity], engine: &Deidentifier) -> Vec<Value> {
    let tells = |e: &&Entity| {
        let sure = e.evidence.model.map_or(e.score.value(), |p| p.max(e.score.value())) >= SURE;
        engine.policy().operator(e.entity) != Operator::Keep
            && is_lasting(e.entity)
            && (sure || !e.entity.is_person())
    };
    entities
        .iter()
        .filter(tells)
        .filter_map(|e| {
            let text = case.fields.get(e.field)?.text.get(e.span.range())?;
            Some((e.entity, text.to_owned()))
        })
        .collect()
}

/// True for what names somebody or something, false for what is true of a moment or of many.
fn is_lasting(entity: EntityType) -> bool {
    use EntityType as E;
    !matches!(
        entity,
        E::Date
            | E::DateOfBirth
            | E::Holiday
            | E::Age90
            | E::Profession
            | E::City
            | E::Province
            | E::Country
            | E::PostalCode
            | E::Fsa
            | E::Room
            | E::Initials
    )
}

/// The groups of a run.
pub(super) struct Groups {
    pub(super) by: GroupBy,
    known: HashMap<String, Group>,
    bytes: usize,
}

/// What is known of one group.
#[derive(Default)]
pub(super) struct Group {
    front: Vec<Field>,
    seen: HashSet<Value>,
}

impl Groups {
    pub(super) fn new(by: GroupBy) -> Self {
        Self { by, known: HashMap::new(), bytes: 0 }
    }

    /// Takes what the next document tells; false when there is too much to keep together.
    pub(super) fn add(&mut self, key: String, values: Vec<Value>) -> bool {
        let fresh = key.len();
        let group = self.known.entry(key).or_insert_with(|| {
            self.bytes += fresh;
            Group::default()
        });
        for (entity, text) in values {
            if group.front.len() >= VALUES || !group.seen.insert((entity, text.to_lowercase())) {
                continue;
            }
            self.bytes += 2 * text.len() + size_of::<Field>();
            let mut field = Field::free(format!("group.{}", group.front.len()), text);
            field.class = FieldClass::Direct;
            field.policy = FieldPolicy::Mask(entity);
            group.front.push(field);
        }
        self.bytes <= MAX_BYTES
    }

    /// The group that a case belongs to.
    pub(super) fn of(&self, folder: &str, bytes: &[u8], case: &Case) -> Option<(&str, &Group)> {
        let key = self.by.key(folder, bytes, case)?;
        self.known.get_key_value(&key).map(|(key, group)| (key.as_str(), group))
    }
}

impl Group {
    /// Puts what is known in front of a case; how many fields that are.
    pub(super) fn lead(&self, case: &mut Case) -> usize {
        case.fields.splice(0..0, self.front.iter().cloned());
        self.front.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groupings_are_read() {
        let json = |path: &[&str]| GroupBy::Json(path.iter().map(|p| (*p).to_owned()).collect());
        for (text, expected) in [
            ("folder", Ok(GroupBy::Folder)),
            ("column:mrn", Ok(GroupBy::Column("mrn".to_owned()))),
            ("json:patient.id", Ok(json(&["patient", "id"]))),
            ("json:0", Ok(json(&["0"]))),
            ("json:", Err(GroupByError)),
            ("json:a..b", Err(GroupByError)),
            ("column:", Err(GroupByError)),
            ("files", Err(GroupByError)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }

    #[test]
    fn documents_say_whose_they_are() {
        let by: GroupBy = "json:patient.0.id".parse().unwrap();
        for (bytes, expected) in [
            (r#"{"patient":[{"id":"7 "}]}"#, Some("7")),
            (r#"{"patient":[{"id":7}]}"#, Some("7")),
            (r#"{"patient":[{"id":""}]}"#, None),
            (r#"{"patient":{"0":{"id":"7"}}}"#, Some("7")),
            (r#"{"patient":[]}"#, None),
            ("no JSON", None),
        ] {
            let case = Case::from_text("", bytes);
            assert_eq!(by.key("f", bytes.as_bytes(), &case).as_deref(), expected, "{bytes}");
        }
        let mut case = Case::from_text("", "7");
        assert_eq!(GroupBy::Folder.key("f", b"", &case).as_deref(), Some("f"));
        let mrn = GroupBy::Column("mrn".to_owned());
        assert_eq!(mrn.key("f", b"", &case), None);
        let mut head = Field::free("", "mrn".to_owned());
        head.kind = FieldKind::Key;
        case.fields.insert(0, head);
        assert_eq!(mrn.key("f", b"", &case).as_deref(), Some("7"));
    }
}

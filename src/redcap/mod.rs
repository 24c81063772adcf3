//! REDCap: a data dictionary as form definition; records scrubbed and written back as they came.
//!
//! Enters: an export, flat or EAV (`record, field_name, value`), CSV or JSON, and its dictionary.
//! Leaves: the same table with every cell dropped, kept or masked, ready for import. The rows of a
//! record are one case: names and dates agree across instruments and repeats. A record that the
//! gate holds is left out and counted.

mod table;
mod dictionary;

pub use dictionary::{Dictionary, DictionaryField, Treatment};
pub use table::Table;

use crate::case::{Case, CaseId, Field, FieldClass, FieldKind, FieldPolicy, Node, Shape};
use crate::gate::Verdict;
use crate::pipeline::Deidentifier;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Why an export or dictionary cannot be used. No variant carries an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RedcapError {
    /// Neither CSV nor an array of objects with the same keys.
    #[error("row {row}: not a REDCap table (CSV, or a JSON array of objects with the same keys)")]
    Shape {
        /// The row, from 1.
        row: usize,
    },
    /// A column of the dictionary is missing.
    #[error("the data dictionary has no column `{0}`: it must have the 18 of REDCap")]
    Column(&'static str),
    /// A dictionary without fields.
    #[error("the data dictionary has no fields")]
    Empty,
    /// An annotation says what cannot be.
    #[error("field `{0}`: @DEID is drop, keep, scrub, mask:TYPE or generalise:TYPE")]
    Annotation(String),
    /// The export has no column that names its records.
    #[error("the export has no column that names the record")]
    NoRecord,
}

/// A scrubbed export.
pub struct Scrubbed {
    /// The table, as it came, without what was dropped.
    pub table: Table,
    /// Records released.
    pub released: usize,
    /// Records that the gate holds: none of their rows is in the table.
    pub held: usize,
    /// Columns and EAV fields that were dropped because the dictionary does not know them.
    pub unknown: usize,
    /// Cells emptied because their field takes no tag: dates, numbers, phones with a validation.
    pub emptied: usize,
}

/// Columns that REDCap itself adds and that structure needs.
const STRUCTURE: [&str; 3] =
    ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"];

/// Where the answers of a table stand.
enum Layout {
    Flat,
    Eav { record: usize, field: usize, value: usize },
}

/// Scrubs an export under its dictionary.
///
/// # Errors
/// [`RedcapError::NoRecord`] when no column names the records.
pub fn scrub(
    engine: &Deidentifier,
    dictionary: &Dictionary,
    mut table: Table,
) -> Result<Scrubbed, RedcapError> {
    let at = |name: &str| table.columns.iter().position(|c| c == name);
    let (layout, id) = match (at("record"), at("field_name"), at("value")) {
        (Some(record), Some(field), Some(value)) => {
            (Layout::Eav { record, field, value }, Some(record))
        }
        _ => (Layout::Flat, dictionary.fields.first().and_then(|f| at(&f.name))),
    };
    let id = id.ok_or(RedcapError::NoRecord)?;
    let mut records: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, row) in table.rows.iter().enumerate() {
        records.entry(row[id].clone()).or_default().push(i);
    }
    let mut done = Scrubbed { table: table.clone(), released: 0, held: 0, unknown: 0, emptied: 0 };
    let (mut gone, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    let mut scratch = engine.scratch();
    let masked_id = dictionary.fields[0].treatment != Treatment::Keep;
    for (number, rows) in records.values().enumerate() {
        let mut cells = Vec::new();
        for &row in rows {
            for column in 0..table.columns.len() {
                let name = match layout {
                    Layout::Flat => table.columns[column].clone(),
                    Layout::Eav { field, value, .. } if column == value => {
                        table.rows[row][field].clone()
                    }
                    Layout::Eav { record, field, .. } if column == record || column == field => {
                        continue;
                    }
                    Layout::Eav { .. } => table.columns[column].clone(),
                };
                let cell = &mut table.rows[row][column];
                if column == id || cell.is_empty() {
                    continue;
                }
                match treatment(dictionary, &name, cell) {
                    Some(Treatment::Keep) => {}
                    Some(Treatment::Engine(policy)) => cells.push((row, column, name, policy)),
                    other => {
                        cell.clear();
                        if other.is_none() {
                            unknown.insert(name);
                        }
                        if matches!(layout, Layout::Eav { value, .. } if column == value) {
                            gone.insert(row);
                        }
                    }
                }
            }
        }
        let case = case_of(number, dictionary, &table, &cells);
        match engine.release(&case, &mut scratch).0 {
            Verdict::Held(_) => {
                done.held += 1;
                gone.extend(rows);
            }
            Verdict::Released(released) => {
                done.released += 1;
                for (k, (row, column, name, _)) in cells.iter().enumerate() {
                    let text = &released.masked().texts()[2 * k + 1];
                    let cell = &mut table.rows[*row][*column];
                    if cell != text {
                        let takes = dictionary.field(name).is_none_or(|f| accepts(f, text));
                        done.emptied += usize::from(!takes);
                        *cell = if takes { text.clone() } else { String::new() };
                    }
                }
            }
        }
        if masked_id {
            for &row in rows {
                table.rows[row][id] = (number + 1).to_string();
            }
        }
    }
    finish(&mut table, dictionary, &layout, &gone);
    done.unknown = unknown.len();
    done.table = table;
    Ok(done)
}

/// Takes dropped rows and, of a flat table, dropped columns out: even their names may identify.
fn finish(table: &mut Table, dictionary: &Dictionary, layout: &Layout, gone: &BTreeSet<usize>) {
    let mut row = 0;
    table.rows.retain(|_| {
        row += 1;
        !gone.contains(&(row - 1))
    });
    let kept: Vec<bool> = table
        .columns
        .iter()
        .map(|name| match layout {
            Layout::Eav { .. } => {
                STRUCTURE.contains(&name.as_str())
                    || ["record", "field_name", "value"].contains(&name.as_str())
            }
            Layout::Flat => {
                // The record's name stays as a column whatever becomes of its values.
                dictionary.fields[0].name == *name
                    || !matches!(treatment(dictionary, name, ""), None | Some(Treatment::Drop))
            }
        })
        .collect();
    for row in std::iter::once(&mut table.columns).chain(&mut table.rows) {
        let mut keep = kept.iter();
        row.retain(|_| keep.next() == Some(&true));
    }
}

/// What becomes of a cell; `None` for a column that nobody knows.
fn treatment(dictionary: &Dictionary, name: &str, value: &str) -> Option<Treatment> {
    if STRUCTURE.contains(&name) {
        return Some(Treatment::Keep);
    }
    let completes = |i: &str| name.strip_suffix("_complete") == Some(i);
    if dictionary.fields.iter().any(|f| completes(&f.instrument)) {
        return Some(Treatment::Keep);
    }
    let field = dictionary.field(name)?;
    // A closed answer is one of the choices or a number; anything else is text.
    let closed = field.codes.contains(value)
        || value.is_empty()
        || matches!(field.kind.as_str(), "slider" | "calc") && value.parse::<f64>().is_ok();
    Some(match field.treatment {
        Treatment::Keep if !closed && !field.kind.is_empty() && field.kind != "text" => {
            Treatment::Engine(FieldPolicy::Scrub)
        }
        treatment => treatment,
    })
}

/// The searched cells of a record as a case: each label, then its value.
fn case_of(
    number: usize,
    dictionary: &Dictionary,
    table: &Table,
    cells: &[(usize, usize, String, FieldPolicy)],
) -> Case {
    let mut fields = Vec::with_capacity(2 * cells.len());
    let mut pairs = Vec::with_capacity(cells.len());
    for (row, column, name, policy) in cells {
        let label = dictionary.field(name).map_or(name.as_str(), |f| f.label.as_str());
        let place = dictionary.field(name).map_or("redcap", |f| f.name.as_str());
        let key = Field {
            place: place.to_owned(),
            kind: FieldKind::Key,
            class: FieldClass::Clinical,
            policy: FieldPolicy::Keep,
            text: label.to_owned(),
        };
        pairs.push((fields.len(), Node::String(fields.len() + 1)));
        let text = table.rows[*row][*column].clone();
        let value = Field { kind: FieldKind::Value, policy: *policy, text, ..key.clone() };
        fields.push(key);
        fields.push(value);
    }
    Case {
        id: CaseId::new((number + 1).to_string()),
        fields,
        shape: Shape::Json(Node::Object(pairs)),
    }
}

/// True when REDCap would take the text for this field.
fn accepts(field: &DictionaryField, text: &str) -> bool {
    let v = field.validation.as_str();
    if field.kind == "notes" || v.is_empty() {
        return true;
    }
    if v.starts_with("date") {
        return text.len() >= 10
            && text.bytes().all(|b| b.is_ascii_digit() || b"-/: T".contains(&b));
    }
    if matches!(v, "integer" | "number") || v.starts_with("number") {
        return text.parse::<f64>().is_ok();
    }
    !text.contains('[')
}

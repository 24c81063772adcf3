//! A REDCap data dictionary as a form definition: CSV of 18 columns, or the metadata as JSON.
//!
//! Enters: the dictionary's bytes. Leaves: its fields with what becomes of each. Dictionaries hold
//! no answers, so that errors may name their fields.

use super::RedcapError;
use super::table::Table;
use crate::case::FieldPolicy;
use crate::entity::EntityType;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One field of the project.
#[derive(Clone, Debug)]
pub struct DictionaryField {
    /// Its variable name.
    pub name: String,
    /// Its instrument.
    pub instrument: String,
    /// Its label, without markup.
    pub label: String,
    /// Its type, such as `notes`.
    pub kind: String,
    /// Its validation, such as `date_ymd`; empty for none.
    pub validation: String,
    /// Codes of its choices.
    pub codes: BTreeSet<String>,
    /// What becomes of it.
    pub treatment: Treatment,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It does not leave.
    Drop,
    /// A closed answer stays; anything that is none of the choices is searched.
    Keep,
    /// Its text goes through the engine.
    Engine(FieldPolicy),
}

/// The fields of a project, in order; the first names the record.
#[derive(Clone, Debug)]
pub struct Dictionary {
    /// The fields.
    pub fields: Vec<DictionaryField>,
}

/// The 18 columns, as the CSV names them and as the metadata does; those that are read, by index.
const COLUMNS: [(&str, &str); 18] = [
    ("Variable / Field Name", "field_name"),
    ("Form Name", "form_name"),
    ("Section Header", "section_header"),
    ("Field Type", "field_type"),
    ("Field Label", "field_label"),
    ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    ("Field Note", "field_note"),
    ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"),
    ("Text Validation Min", "text_validation_min"),
    ("Text Validation Max", "text_validation_max"),
    ("Identifier?", "identifier"),
    ("Branching Logic (Show field only if...)", "branching_logic"),
    ("Required Field?", "required_field"),
    ("Custom Alignment", "custom_alignment"),
    ("Question Number (surveys only)", "question_number"),
    ("Matrix Group Name", "matrix_group_name"),
    ("Matrix Ranking?", "matrix_ranking"),
    ("Field Annotation", "field_annotation"),
];

impl Dictionary {
    /// Reads a dictionary.
    ///
    /// # Errors
    /// [`RedcapError`] when it is neither form, a column is missing, or an `@DEID` says what cannot
    /// be.
    pub fn read(bytes: &[u8]) -> Result<Self, RedcapError> {
        let table = Table::read(bytes)?;
        let mut at = [usize::MAX; 18];
        for (i, (long, short)) in COLUMNS.iter().enumerate() {
            let found = table.columns.iter().position(|c| c == long || c == short);
            at[i] = found.ok_or(RedcapError::Column(short))?;
        }
        let mut fields = Vec::new();
        for row in &table.rows {
            let cell = |i: usize| row.get(at[i]).map_or("", |c| c.trim());
            let (kind, validation) = (cell(3).to_owned(), cell(7).to_owned());
            if kind == "descriptive" {
                continue;
            }
            let mut field = DictionaryField {
                name: cell(0).to_owned(),
                instrument: cell(1).to_owned(),
                label: plain(cell(4)),
                codes: codes(&kind, cell(5)),
                kind,
                validation,
                treatment: Treatment::Drop,
            };
            let identifier = cell(10).eq_ignore_ascii_case("y");
            field.treatment = match annotated(cell(17), &field.name)? {
                Some(treatment) => treatment,
                None => usual(&field, identifier, fields.is_empty()),
            };
            fields.push(field);
        }
        if fields.is_empty() {
            return Err(RedcapError::Empty);
        }
        Ok(Self { fields })
    }

    /// The field of that name; a checkbox's column `name___code` is its field's.
    pub fn field(&self, column: &str) -> Option<&DictionaryField> {
        let base = column.split_once("___").map_or(column, |(base, _)| base);
        self.fields
            .iter()
            .find(|f| f.name == column)
            .or_else(|| self.fields.iter().find(|f| f.name == base && f.kind == "checkbox"))
    }

    /// The dictionary as a form definition: TOML for `rules/forms`.
    pub fn to_form(&self, id: &str) -> String {
        let quoted = |t: &str| toml::Value::from(t).to_string();
        let mut out = format!(
            "id      = {}\nsummary = \"Imported from a REDCap data dictionary\"\nunknown = \"drop\"\n",
            quoted(id)
        );
        for field in &self.fields {
            let (class, policy, entity) = match field.treatment {
                Treatment::Drop | Treatment::Engine(FieldPolicy::Drop) => ("direct", "drop", None),
                Treatment::Keep | Treatment::Engine(FieldPolicy::Keep) => {
                    ("clinical", "keep", None)
                }
                Treatment::Engine(FieldPolicy::Scrub) => ("clinical", "scrub", None),
                Treatment::Engine(FieldPolicy::Mask(entity)) => ("direct", "mask", Some(entity)),
            };
            let kind = if is_free(field) { "text" } else { "closed" };
            let _ = write!(
                out,
                "\n[[field]]\nid     = {}\nen     = [{}]\nfr     = []\nclass  = \"{class}\"\npolicy = \"{policy}\"\nkind   = \"{kind}\"\n",
                quoted(&field.name),
                quoted(&field.label)
            );
            if let Some(entity) = entity {
                let _ = writeln!(out, "entity = \"{}\"", entity.name());
            }
        }
        out
    }
}

/// True for boxes that can hold anything.
fn is_free(field: &DictionaryField) -> bool {
    field.kind == "notes" || field.kind == "text" && field.validation.is_empty()
}

/// `@DEID=drop`, `keep`, `scrub`, `mask:TYPE` or `generalise:TYPE` in the annotation.
fn annotated(annotation: &str, name: &str) -> Result<Option<Treatment>, RedcapError> {
    let Some((_, order)) = annotation.split_once("@DEID=") else { return Ok(None) };
    let order = order.split_whitespace().next().unwrap_or("").trim_matches(['"', '\'']);
    let (word, entity) = order.split_once(':').unwrap_or((order, ""));
    let treatment = match (word, EntityType::from_name(entity)) {
        ("drop", None) if entity.is_empty() => Treatment::Drop,
        ("keep", None) if entity.is_empty() => Treatment::Keep,
        ("scrub", None) if entity.is_empty() => Treatment::Engine(FieldPolicy::Scrub),
        ("mask" | "generalise" | "generalize", Some(entity)) => {
            Treatment::Engine(FieldPolicy::Mask(entity))
        }
        _ => return Err(RedcapError::Annotation(name.to_owned())),
    };
    Ok(Some(treatment))
}

/// What becomes of a field that its annotation does not speak about.
fn usual(field: &DictionaryField, identifier: bool, first: bool) -> Treatment {
    let mask = |entity| Treatment::Engine(FieldPolicy::Mask(entity));
    let v = field.validation.as_str();
    let says = |words: &[&str]| {
        let text = format!("{} {}", field.name, field.label).to_lowercase();
        words.iter().any(|w| text.contains(w))
    };
    match field.kind.as_str() {
        "file" | "sql" | "signature" => Treatment::Drop,
        "text" if v.starts_with("date") => mask(if says(&["birth", "dob", "naissance", "ddn"]) {
            EntityType::DateOfBirth
        } else {
            EntityType::Date
        }),
        "text" if v == "email" => mask(EntityType::Email),
        "text" if v.starts_with("phone") => mask(EntityType::Phone),
        "text" if v.starts_with("postalcode") || v == "zipcode" => mask(EntityType::PostalCode),
        "text" if v == "ssn" => mask(EntityType::Ssn),
        "text" if v.starts_with("mrn") => mask(EntityType::Mrn),
        // Programme ids are kept, unless the project says that they identify.
        "text" if first && !identifier => Treatment::Keep,
        // An identifier of no known kind: nothing of it is worth the risk.
        _ if identifier => Treatment::Drop,
        "radio" | "dropdown" | "checkbox" | "yesno" | "truefalse" | "slider" | "calc" => {
            Treatment::Keep
        }
        _ => Treatment::Engine(FieldPolicy::Scrub),
    }
}

fn codes(kind: &str, choices: &str) -> BTreeSet<String> {
    match kind {
        "yesno" | "truefalse" | "checkbox" => ["0", "1"].map(str::to_owned).into(),
        "radio" | "dropdown" => choices
            .split('|')
            .filter_map(|c| Some(c.split_once(',')?.0.trim().to_owned()))
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// A label without markup.
fn plain(label: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in label.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(if c.is_control() { ' ' } else { c }),
            _ => {}
        }
    }
    out.trim().to_owned()
}

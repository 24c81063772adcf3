//! Form definitions: which fields a case form has, what they are called, and how they count.
//!
//! Enters: `rules/forms/*.toml`. Leaves: a look-up from a label in either language to its field.

use super::fold::{Folded, fold};
use crate::case::{FieldClass, FieldPolicy};
use crate::entity::EntityType;
use serde::Deserialize;
use std::collections::HashMap;
use thiserror::Error;

/// A form definition that cannot be used.
#[derive(Debug, Error)]
pub enum FormError {
    /// The file is not TOML of the form schema.
    #[error("{file}: {message}")]
    Syntax {
        /// The file's name.
        file: String,
        /// Line, column and what was expected.
        message: String,
    },
    /// A field says what cannot be.
    #[error("{file}: field `{field}`: {message}")]
    Field {
        /// The file's name.
        file: String,
        /// The field's id.
        field: String,
        /// What is wrong, and what is allowed.
        message: &'static str,
    },
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct FieldRule {
    /// Its name in evidence, such as `patient_name`.
    pub id: String,
    /// Its class.
    pub class: FieldClass,
    /// Its policy.
    pub policy: FieldPolicy,
    /// Whether it can hold anything or only closed answers, where the form says so.
    pub kind: Option<AnswerKind>,
}

/// What a field can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerKind {
    /// Anything.
    Text,
    /// One of a few answers, or a number.
    Closed,
}

/// A form: its fields, found by id or by label.
#[derive(Clone, Debug)]
pub struct Form {
    /// The form's name.
    pub id: String,
    /// Its fields, in the order of the paper form.
    pub fields: Vec<FieldRule>,
    /// True when fields that it does not know are dropped rather than searched.
    pub drops_unknown: bool,
    by_label: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormFile {
    id: String,
    #[expect(dead_code, reason = "read by people; the schema demands it")]
    summary: String,
    unknown: Option<UnknownFile>,
    field: Vec<FieldFile>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum UnknownFile {
    Scrub,
    Drop,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    id: String,
    en: Vec<String>,
    fr: Vec<String>,
    class: ClassFile,
    policy: PolicyFile,
    entity: Option<String>,
    kind: Option<AnswerKind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClassFile {
    Direct,
    Quasi,
    Clinical,
    Admin,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PolicyFile {
    Scrub,
    Mask,
    /// As `mask`: the policy says for each type what generalising is.
    Generalise,
    Keep,
    Drop,
}

impl Form {
    /// Reads a form definition.
    ///
    /// # Errors
    /// [`FormError`] naming the file and what is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self, FormError> {
        let read: FormFile = toml::from_str(text)
            .map_err(|e| FormError::Syntax { file: file.to_owned(), message: e.to_string() })?;
        let drops_unknown = read.unknown == Some(UnknownFile::Drop);
        let mut form =
            Self { id: read.id, fields: Vec::new(), drops_unknown, by_label: HashMap::new() };
        for field in read.field {
            let wrong = |message| FormError::Field {
                file: file.to_owned(),
                field: field.id.clone(),
                message,
            };
            let entity = match &field.entity {
                Some(name) => {
                    Some(EntityType::from_name(name).ok_or_else(|| wrong("unknown entity type"))?)
                }
                None => None,
            };
            let policy = match (field.policy, entity) {
                (PolicyFile::Scrub, None) => FieldPolicy::Scrub,
                (PolicyFile::Keep, None) => FieldPolicy::Keep,
                (PolicyFile::Drop, None) => FieldPolicy::Drop,
                (PolicyFile::Mask | PolicyFile::Generalise, Some(entity)) => {
                    FieldPolicy::Mask(entity)
                }
                (PolicyFile::Mask | PolicyFile::Generalise, None) => {
                    return Err(wrong("policies `mask` and `generalise` need `entity`"));
                }
                (_, Some(_)) => {
                    return Err(wrong("`entity` goes with policies `mask` and `generalise`"));
                }
            };
            let class = match field.class {
                ClassFile::Direct => FieldClass::Direct,
                ClassFile::Quasi => FieldClass::Quasi,
                ClassFile::Clinical => FieldClass::Clinical,
                ClassFile::Admin => FieldClass::Admin,
            };
            let index = form.fields.len();
            for label in field.en.iter().chain(&field.fr).chain([&field.id]) {
                form.by_label.entry(label_key(label)).or_insert(index);
            }
            form.fields.push(FieldRule { id: field.id, class, policy, kind: field.kind });
        }
        Ok(form)
    }

    /// Fields whose free text nothing protects, a sentence each; empty when there are none.
    pub fn problems(&self) -> Vec<String> {
        let unprotected =
            |f: &&FieldRule| f.policy == FieldPolicy::Keep && f.kind != Some(AnswerKind::Closed);
        self.fields
            .iter()
            .filter(unprotected)
            .map(|f| {
                let how = if f.kind.is_some() {
                    "free text that is kept"
                } else {
                    "kept, and nothing says that its answers are closed"
                };
                format!("{}: {how}; use policy `scrub`, or kind = \"closed\"", f.id)
            })
            .collect()
    }

    /// The field that a label or JSON key names, in either language, however it is spelt:
    /// `Patient name`, `patient_name` and `patientName` are one.
    pub fn field_for(&self, label: &str) -> Option<&FieldRule> {
        self.by_label.get(&label_key(label)).map(|&i| &self.fields[i])
    }
}

/// Letters and digits of a label, folded: what all its spellings share.
fn label_key(label: &str) -> String {
    let mut key = String::new();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !c.is_ascii()
            && let Folded::As(s) = fold(c)
        {
            key.extend(
                s.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()),
            );
        }
    }
    key
}

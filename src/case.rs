//! A case as a spoke submits it: fields of text, and the shape they came in.
//!
//! Enters: what `decode` read. Leaves: text for the view, and the tree for writing the masked
//! case back in its own structure. `Debug` shows lengths, never text.

use crate::entity::EntityType;
use std::fmt;

/// The name of a case in answers and manifests: chosen by us or by the submitter's `id` field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(String);

impl CaseId {
    /// An id, as given.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseId({} bytes)", self.0.len())
    }
}

/// How a field of a form counts, by its form definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldClass {
    /// Names a person directly; its whole value is an identifier.
    Direct,
    /// Helps to single out a person.
    Quasi,
    /// Clinical content.
    Clinical,
    /// About the submission itself.
    Admin,
    /// No form definition speaks about it.
    Unmapped,
}

/// What a form definition orders for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPolicy {
    /// Search the text and mask what is found.
    Scrub,
    /// Mask the whole value as this type, whatever it says.
    Mask(EntityType),
    /// Leave the value as it is: closed answers such as yes and no.
    Keep,
    /// The value does not enter the case at all.
    Drop,
}

/// Whether a field's text is the name of a place in the case or its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A JSON key: it labels what follows, and may itself be an identifier.
    Key,
    /// Content.
    Value,
}

/// One piece of text of a case.
#[derive(Clone)]
pub struct Field {
    /// How evidence and errors name it: by form definition, otherwise by position (`$.0.3`).
    pub place: String,
    /// Key or content.
    pub kind: FieldKind,
    /// Its class by the form definition.
    pub class: FieldClass,
    /// Its policy by the form definition.
    pub policy: FieldPolicy,
    /// The source text.
    pub text: String,
}

impl Field {
    /// Free text that no form definition speaks about.
    pub fn free(place: impl Into<String>, text: String) -> Self {
        Self {
            place: place.into(),
            kind: FieldKind::Value,
            class: FieldClass::Unmapped,
            policy: FieldPolicy::Scrub,
            text,
        }
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({}, {:?}, {} bytes)", self.place, self.kind, self.text.len())
    }
}

/// The structure that the fields came in. Leaves are indices into [`Case::fields`].
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One field of running text.
    Text,
    /// A JSON document.
    Json(Node),
}

/// A JSON value whose texts are fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, its literal kept as the field's text.
    Number(usize),
    /// A string.
    String(usize),
    /// An array.
    Array(Vec<Node>),
    /// An object: key field and value, in the order of the source, repeated keys included.
    Object(Vec<(usize, Node)>),
}

/// A case: all its text, field by field, and its shape.
#[derive(Clone)]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// Its texts, in reading order.
    pub fields: Vec<Field>,
    /// Its structure.
    pub shape: Shape,
}

impl Case {
    /// A case of running text.
    ///
    /// # Examples
    /// ```
    /// use caseveil::case::Case;
    /// let case = Case::from_text("c1", "pain 7/10");
    /// assert_eq!(format!("{case:?}"), "Case(1 fields, 9 bytes)");
    /// ```
    pub fn from_text(id: &str, text: impl Into<String>) -> Self {
        Self {
            id: CaseId::new(id),
            fields: vec![Field::free("text", text.into())],
            shape: Shape::Text,
        }
    }

    /// How many fields its form definition had left out: unknown ones, or those that it orders to
    /// drop. Nothing of them is in the case.
    pub fn dropped(&self) -> usize {
        self.fields.iter().filter(|f| f.policy == FieldPolicy::Drop).count()
    }

    /// Bytes of text in all fields.
    pub fn len(&self) -> usize {
        self.fields.iter().map(|f| f.text.len()).sum()
    }

    /// True when there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({} fields, {} bytes)", self.fields.len(), self.len())
    }
}

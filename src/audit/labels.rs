//! Label maps: the types of one maker under the names of another, as data (`rules/labels/*.toml`).

use super::gold::GoldDocument;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why labels cannot be mapped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// The map is not one.
    #[error("the label map: {0}")]
    Syntax(String),
    /// A type that the map lacks. Types are names of classes, never text of a document.
    #[error("{id}: the label map has no {kind}; add it, or drop it by mapping it to \"IGNORE\"")]
    Unknown {
        /// The document.
        id: String,
        /// The type.
        kind: String,
    },
}

/// A map in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMap {
    /// Whose labels they are.
    pub summary: String,
    /// From our names to theirs.
    pub to: BTreeMap<String, String>,
    /// From their names to ours.
    pub from: BTreeMap<String, String>,
}

impl LabelMap {
    /// Reads a map.
    ///
    /// # Errors
    /// [`LabelError::Syntax`] with the line.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        toml::from_str(text).map_err(|e| LabelError::Syntax(e.to_string()))
    }

    /// Gives the labels of documents their names. `IGNORE` stays what it is: neither required nor
    /// penalised.
    ///
    /// # Errors
    /// [`LabelError::Unknown`] for the first type that the map lacks: nothing is dropped unseen.
    pub fn apply(
        names: &BTreeMap<String, String>,
        documents: &mut [GoldDocument],
    ) -> Result<(), LabelError> {
        for d in documents {
            for s in d.spans.iter_mut().filter(|s| s.kind != "IGNORE") {
                let Some(name) = names.get(&s.kind) else {
                    return Err(LabelError::Unknown { id: d.id.clone(), kind: s.kind.clone() });
                };
                s.kind.clone_from(name);
            }
        }
        Ok(())
    }
}

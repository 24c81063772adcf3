//! What becomes of each entity type: the operator, as data in `rules/policies/`.

use crate::entity::EntityType;
use crate::rules::RuleFiles;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a policy cannot be used. Policy files are ours, so their text may be quoted.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// There is no policy of that name.
    #[error("no policy `{name}`; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Not TOML of the policy schema, or an unknown entity type.
    #[error("policies/{name}.toml: {message}")]
    Syntax {
        /// The policy.
        name: String,
        /// Line, column and what is allowed.
        message: String,
    },
}

/// What replaces an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// It stays.
    Keep,
    /// A numbered role tag, such as `[PATIENT-1]`.
    Tag,
    /// `[REDACTED]`, the same for everything.
    Redact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    id: String,
    version: u32,
    summary: String,
    default: Operator,
    #[serde(default)]
    threshold: Option<f32>,
    #[serde(default)]
    operator: BTreeMap<String, Operator>,
}

/// A policy in force.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// What it is for.
    pub summary: String,
    /// `sha256:` of its file.
    pub digest: String,
    /// The tagger's threshold, when the policy sets one.
    pub threshold: Option<f32>,
    default: Operator,
    operators: BTreeMap<EntityType, Operator>,
}

impl Policy {
    /// The policy for cases that go to the hub.
    pub const DEFAULT: &'static str = "echo-case";

    /// Reads a policy from the rule folder.
    ///
    /// # Errors
    /// [`PolicyError`] when there is none of that name or its file says what cannot be.
    pub fn load(files: &RuleFiles, name: &str) -> Result<Self, PolicyError> {
        let Some(text) = files.text(&format!("policies/{name}.toml")) else {
            return Err(PolicyError::Unknown {
                name: name.to_owned(),
                known: names(files).join(", "),
            });
        };
        let wrong = |message: String| PolicyError::Syntax { name: name.to_owned(), message };
        let file: PolicyFile = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let mut operators = BTreeMap::new();
        for (key, operator) in file.operator {
            let entity = EntityType::from_name(&key)
                .ok_or_else(|| wrong(format!("unknown entity type `{key}`")))?;
            operators.insert(entity, operator);
        }
        let hex: Vec<String> = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
        Ok(Self {
            id: file.id,
            version: file.version,
            summary: file.summary,
            digest: format!("sha256:{}", hex.concat()),
            threshold: file.threshold,
            default: file.default,
            operators,
        })
    }

    /// What becomes of an entity of this type.
    pub fn operator(&self, entity: EntityType) -> Operator {
        self.operators.get(&entity).copied().unwrap_or(self.default)
    }
}

/// Names of the policies in the rule folder.
pub fn names(files: &RuleFiles) -> Vec<String> {
    let known = |n: &str| Some(n.strip_prefix("policies/")?.strip_suffix(".toml")?.to_owned());
    files.names().filter_map(known).collect()
}

//! What becomes of each entity type: operators, as data in `rules/policies/`.
//!
//! Enters: a policy file and those it extends. Leaves: a [`Policy`] that was checked as a whole.
//! Nothing here knows how an operator works.

mod setting;
mod check;

pub use check::problems;
pub use setting::{Operator, Setting, When};

use crate::entity::{EntityType, RuleId};
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
    /// Not TOML of the policy schema, or an unknown entity type or parameter.
    #[error("policies/{name}.toml: {message}")]
    Syntax {
        /// The policy.
        name: String,
        /// Where, and what is allowed.
        message: String,
    },
    /// It orders what its legal basis forbids.
    #[error("policies/{name}.toml: {message}")]
    Forbidden {
        /// The policy.
        name: String,
        /// What, and by which rule.
        message: String,
    },
}

/// The legal frame that a policy promises to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// 45 CFR 164.514(b)(2): nothing derived from an identifier may stay.
    SafeHarbor,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GateFile {
    hold_score: Option<f32>,
    second_person: Option<bool>,
    self_test: Option<bool>,
}

/// What a policy asks of the gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GatePolicy {
    /// A candidate that was not accepted holds the case from this score on; as built in when the
    /// policy says nothing.
    pub hold_score: Option<f32>,
    /// A held case is released by two persons.
    pub second_person: bool,
    /// Rules that do not find what the examples of the built-in ones show hold every case.
    pub self_test: bool,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self { hold_score: None, second_person: false, self_test: true }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    id: String,
    version: u32,
    summary: String,
    extends: Option<String>,
    basis: Option<Basis>,
    default: Option<Operator>,
    threshold: Option<f32>,
    #[serde(rename = "risk-below")]
    risk_below: Option<u32>,
    #[serde(default)]
    gate: GateFile,
    #[serde(default)]
    operator: BTreeMap<String, toml::Value>,
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
    /// The policies it extends, nearest first.
    pub extends: Vec<String>,
    /// The legal frame that it keeps, if it promises one.
    pub basis: Option<Basis>,
    /// `sha256:` of its file, and of those it extends.
    pub digest: String,
    /// The tagger's threshold, when the policy sets one.
    pub threshold: Option<f32>,
    /// The residual-risk note asks for a generalisation when fewer people could match.
    pub risk_below: u32,
    /// What it asks of the gate.
    pub gate: GatePolicy,
    default: Operator,
    /// As written, by type or `TYPE:rule.prefix`.
    written: BTreeMap<String, toml::Value>,
    by_type: BTreeMap<EntityType, Vec<Setting>>,
    /// Of rules whose id begins so: the longest prefix wins, so it stands first.
    by_rule: Vec<(EntityType, String, Vec<Setting>)>,
    fallback: Vec<Setting>,
}

/// How deep policies may extend each other.
const MAX_DEPTH: usize = 8;

impl Policy {
    /// The policy for cases that go to the hub.
    pub const DEFAULT: &'static str = "echo-case";

    /// Reads a policy from the rule folder, with those it extends.
    ///
    /// # Errors
    /// [`PolicyError`] when there is none of that name, its file says what cannot be, or it orders
    /// what its legal basis forbids.
    ///
    /// # Examples
    /// ```
    /// use caseveil::{entity::EntityType, policy::{Operator, Policy}, rules::embedded};
    /// let policy = Policy::load(&embedded(), "hipaa-safe-harbor")?;
    /// assert_eq!(policy.operator(EntityType::Date), Operator::Year);
    /// # Ok::<(), caseveil::policy::PolicyError>(())
    /// ```
    pub fn load(files: &RuleFiles, name: &str) -> Result<Self, PolicyError> {
        let policy = Self::read(files, name, 0)?;
        let refused = check::refusals(&policy);
        match refused.into_iter().next() {
            Some(message) => Err(PolicyError::Forbidden { name: name.to_owned(), message }),
            None => Ok(policy),
        }
    }

    fn read(files: &RuleFiles, name: &str, depth: usize) -> Result<Self, PolicyError> {
        let Some(text) = files.text(&format!("policies/{name}.toml")) else {
            return Err(PolicyError::Unknown {
                name: name.to_owned(),
                known: names(files).join(", "),
            });
        };
        let wrong = |message: String| PolicyError::Syntax { name: name.to_owned(), message };
        let file: PolicyFile = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if file.id != name {
            return Err(wrong(format!("its id is `{}`; it must be its file's name", file.id)));
        }
        if depth > MAX_DEPTH {
            return Err(wrong("policies extend each other in a circle".to_owned()));
        }
        let base = match &file.extends {
            Some(base) => Some(Self::read(files, base, depth + 1)?),
            None => None,
        };
        let mut digest = Sha256::new();
        if let Some(base) = &base {
            digest.update(&base.digest);
        }
        digest.update(text);
        let hex: Vec<String> = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let inherited = base.as_ref();
        let default = file.default.or(inherited.map(|b| b.default));
        let default = default.ok_or_else(|| wrong("missing field `default`".to_owned()))?;
        if !matches!(default, Operator::Tag | Operator::Redact) {
            return Err(wrong("`default` is tag or redact".to_owned()));
        }
        let base_gate = inherited.map(|b| b.gate).unwrap_or_default();
        let gate = GatePolicy {
            hold_score: file.gate.hold_score.or(base_gate.hold_score),
            second_person: file.gate.second_person.unwrap_or(base_gate.second_person),
            self_test: file.gate.self_test.unwrap_or(base_gate.self_test),
        };
        if gate.hold_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
            return Err(wrong("gate.hold-score is between 0 and 1".to_owned()));
        }
        let mut written = inherited.map(|b| b.written.clone()).unwrap_or_default();
        written.extend(file.operator);
        let extends = file.extends.into_iter();
        let extends = extends.chain(inherited.into_iter().flat_map(|b| b.extends.clone()));
        let mut policy = Self {
            id: file.id,
            version: file.version,
            summary: file.summary,
            extends: extends.collect(),
            basis: inherited.and_then(|b| b.basis).or(file.basis),
            digest: format!("sha256:{}", hex.concat()),
            threshold: file.threshold.or(inherited.and_then(|b| b.threshold)),
            risk_below: file.risk_below.or(inherited.map(|b| b.risk_below)).unwrap_or(20),
            gate,
            default,
            written,
            by_type: BTreeMap::new(),
            by_rule: Vec::new(),
            fallback: vec![Setting::of(default, default)],
        };
        policy.compile().map_err(wrong)?;
        Ok(policy)
    }

    fn compile(&mut self) -> Result<(), String> {
        for (key, value) in &self.written {
            let (name, prefix) = match key.split_once(':') {
                Some((name, prefix)) => (name, Some(prefix)),
                None => (key.as_str(), None),
            };
            let entity = EntityType::from_name(name)
                .ok_or_else(|| format!("unknown entity type `{name}`"))?;
            let settings =
                setting::read(value, self.default).map_err(|e| format!("operator {key}: {e}"))?;
            match prefix {
                None => {
                    self.by_type.insert(entity, settings);
                }
                Some(prefix) => self.by_rule.push((entity, prefix.to_owned(), settings)),
            }
        }
        self.by_rule.sort_by_key(|(_, prefix, _)| std::cmp::Reverse(prefix.len()));
        Ok(())
    }

    /// What becomes of an entity of this type: alternatives in the order in which they are tried,
    /// the last without a condition.
    pub fn settings(&self, entity: EntityType, rule: Option<&RuleId>) -> &[Setting] {
        let of_rule = rule.and_then(|rule| {
            let fits = |(e, prefix, _): &&(EntityType, String, Vec<Setting>)| {
                *e == entity && rule.as_str().starts_with(prefix.as_str())
            };
            self.by_rule.iter().find(fits).map(|(_, _, s)| s)
        });
        of_rule.or_else(|| self.by_type.get(&entity)).unwrap_or(&self.fallback)
    }

    /// The operator of this type; of several alternatives the first that changes something.
    pub fn operator(&self, entity: EntityType) -> Operator {
        let mut all = self.settings(entity, None).iter().map(|s| s.operator);
        all.find(|o| *o != Operator::Keep).unwrap_or(Operator::Keep)
    }

    /// The types that have their own settings, and the settings of rules, by name; then the default.
    pub fn table(&self) -> Vec<(String, Vec<Setting>)> {
        let types = EntityType::ALL.iter().map(|e| {
            let settings = self.by_type.get(e).unwrap_or(&self.fallback);
            (e.name().to_owned(), settings.clone())
        });
        let rules = self.by_rule.iter().map(|(e, p, s)| (format!("{}:{p}", e.name()), s.clone()));
        types.chain(rules).collect()
    }

    /// Names of its operators that need a key.
    pub fn keyed_operators(&self) -> Vec<&'static str> {
        let all = self.table();
        let settings = all.iter().flat_map(|(_, s)| s).filter(|s| s.operator.needs_key());
        let names: std::collections::BTreeSet<&str> = settings.map(|s| s.operator.name()).collect();
        names.into_iter().collect()
    }
}

/// Names of the policies in the rule folder.
pub fn names(files: &RuleFiles) -> Vec<String> {
    let known = |n: &str| Some(n.strip_prefix("policies/")?.strip_suffix(".toml")?.to_owned());
    files.names().filter_map(known).collect()
}

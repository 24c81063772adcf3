//! What a rule file may say: the TOML schema, and nothing about how it runs.

use serde::Deserialize;

/// One file of rules: a family.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// The entity type of every rule that names none.
    pub(super) entity: Option<String>,
    #[serde(default)]
    pub(super) rule: Vec<RuleToml>,
}

/// One rule as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleToml {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) source: String,
    pub(super) lang: Vec<LangToml>,
    pub(super) entity: Option<String>,
    /// Absent when the rule only announces: its cues are followed by numbers of no fixed form.
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) case: CaseToml,
    pub(super) checksum: Option<String>,
    pub(super) context: Option<ContextToml>,
    pub(super) announce: Option<AnnounceToml>,
    pub(super) score: ScoreToml,
    #[serde(default)]
    pub(super) keep: bool,
    #[serde(default)]
    pub(super) glued: bool,
    pub(super) anchor: Option<String>,
    pub(super) back: Option<String>,
    #[serde(default)]
    pub(super) positive: Vec<Positive>,
    #[serde(default)]
    pub(super) negative: Vec<Negative>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum LangToml {
    En,
    Fr,
}

/// Whether letter case counts. Patterns ignore it unless they say `exact`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum CaseToml {
    #[default]
    Ignore,
    Exact,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextToml {
    pub(super) words: Vec<String>,
    /// Bytes of the view before the match in which a cue counts.
    pub(super) within: u32,
    /// Bytes of the view behind the match in which a cue counts.
    #[serde(default)]
    pub(super) after: u32,
    /// Without a cue in reach the rule proposes nothing.
    #[serde(default)]
    pub(super) required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnnounceToml {
    pub(super) min_digits: u8,
    pub(super) max_digits: u8,
    /// How many letters such a number may hold besides.
    #[serde(default)]
    pub(super) max_letters: u8,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoreToml {
    pub(super) alone: f32,
    pub(super) with_context: Option<f32>,
    pub(super) valid: Option<f32>,
}

/// A text in which the rule must find exactly these strings, in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positive {
    /// The text.
    pub text: String,
    /// What the rule finds in it.
    pub finds: Vec<String>,
}

/// A text in which the rule must find nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negative {
    /// The text.
    pub text: String,
    /// Why it is not what the rule seeks.
    pub why: String,
}

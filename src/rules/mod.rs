//! What is sought: rules, lexicons, form definitions, read from files and made ready to run.
//!
//! Enters: the rule folder, embedded or on disk. Leaves: one immutable [`RuleSet`], shared by all
//! workers, and its digest. The rule files are data; adding a rule touches nothing here.

mod checksum;
mod schema;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod syntax;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod flat;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod widen;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod flat_walk;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod flat_build;
mod pack;
mod rule;
mod load;
mod taxonomy;
mod start;
mod exact;
mod compile;
mod cue;
use crate::token; // `lexicon_build` names it through `super`, as it must in the build script
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod lexicon_format;
#[expect(unreachable_pub, reason = "the build script includes this file")]
mod lexicon_build;
mod lexicon;
mod keep;
mod source;

pub use checksum::Checksum;
pub use lexicon::{Company, Lexicon, Phrase, PhraseKind, Word};
pub use load::RuleError;
pub use rule::{Announce, Context, Rule, RuleLang, Scores};
pub use schema::{Negative, Positive};
pub use source::{RuleFiles, embedded};
pub use start::Start;
pub use taxonomy::{Crosswalk, Heading, HipaaLetter, PhipaClass, Taxonomy};

pub(crate) use compile::{AnchorMachine, Caches, Machines};
pub(crate) use cue::{CueId, CueTable};
pub(crate) use exact::Exact;
pub(crate) use flat::{ANY_DIGIT, BEFORE, DEAD, Flat, PERHAPS, State};
pub(crate) use keep::KeepTerms;
pub(crate) use syntax::WINDOW;

use crate::both::both;
use crate::decode::Form;
use crate::entity::RuleId;
use std::fmt;
use std::sync::Arc;

/// The digest of a rule folder: names and contents of all its files.
#[derive(Clone, PartialEq, Eq)]
pub struct RuleDigest(String);

impl RuleDigest {
    /// `sha256:` and 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RuleDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rules, lexicons and forms, compiled. Read-only; share it by `Arc`.
#[derive(Debug)]
pub struct RuleSet {
    /// All rules, in the order of their files.
    pub rules: Vec<Rule>,
    /// Form definitions.
    pub forms: Vec<Form>,
    /// Word and phrase tables.
    pub lexicon: Lexicon,
    /// What the entity types are under HIPAA, PHIPA and other names.
    pub taxonomy: Arc<Taxonomy>,
    /// Names the exact content of the rule folder.
    pub digest: RuleDigest,
    pub(crate) machines: Machines,
    pub(crate) cues: CueTable,
    pub(crate) keep_terms: KeepTerms,
}

/// The rules with what finds them, and the forms.
struct Found {
    rules: Vec<Rule>,
    forms: Vec<Form>,
    machines: Machines,
    cues: CueTable,
}

impl Found {
    fn compile(files: &RuleFiles) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        let mut forms = Vec::new();
        for (name, text) in files.texts() {
            if load::RULE_FOLDERS.iter().any(|f| name.starts_with(f)) && name.ends_with(".toml") {
                rules.extend(load::read(name, text, files.parsed(name))?);
            } else if name.starts_with("forms/") && name.ends_with(".toml") {
                forms.push(Form::parse(name, text)?);
            } else if name.ends_with(".toml")
                && !load::OTHER_FILES.iter().any(|f| name.starts_with(f))
            {
                let message = format!(
                    "no rules are read from this folder, only from {}",
                    load::RULE_FOLDERS.join(", ")
                );
                return Err(RuleError::Syntax { file: name.to_owned(), message });
            }
        }
        load::unique_ids(&rules, &files.texts().collect())?;
        let machines = Machines::new(&rules).map_err(|(i, message)| {
            let rule = &rules[i];
            RuleError::Rule { file: rule.file.clone(), line: 1, rule: rule.id.to_string(), message }
        })?;
        let cues = CueTable::new(&rules, &machines);
        Ok(Self { rules, forms, machines, cues })
    }
}

impl RuleSet {
    /// The rules that are part of the binary.
    ///
    /// # Errors
    /// None in a released binary: its rules passed `rules check`. A build from a broken rule
    /// folder reports the first [`RuleError`].
    pub fn embedded() -> Result<Self, RuleError> {
        Self::compile(&embedded())
    }

    /// Compiles a rule folder.
    ///
    /// # Errors
    /// The first [`RuleError`], with file and line.
    pub fn compile(files: &RuleFiles) -> Result<Self, RuleError> {
        let words = || (KeepTerms::new(files), files.lexicon());
        let ((keep_terms, lexicon), found) = both(words, || Found::compile(files));
        let Found { rules, forms, machines, cues } = found?;
        let (keep_terms, lexicon) = (keep_terms?, lexicon?);
        // A folder that tries a few rules need not repeat the taxonomy: it is the same for all.
        let taxonomy = match files.text(taxonomy::FILE) {
            Some(text) => Taxonomy::parse(text)?,
            None => Taxonomy::parse(embedded().text(taxonomy::FILE).unwrap_or_default())?,
        };
        Ok(Self {
            rules,
            forms,
            lexicon,
            taxonomy: Arc::new(taxonomy),
            digest: RuleDigest(files.digest()),
            machines,
            cues,
            keep_terms,
        })
    }

    /// The same set with only one rule, for running it alone.
    ///
    /// # Errors
    /// [`RuleError`] when the rule cannot be compiled alone.
    pub fn only(&self, rule: &Rule) -> Result<Self, RuleError> {
        let rules = vec![rule.clone()];
        let machines = Machines::new(&rules).map_err(|(_, message)| RuleError::Rule {
            file: rule.file.clone(),
            line: 1,
            rule: rule.id.to_string(),
            message,
        })?;
        let cues = CueTable::new(&rules, &machines);
        Ok(Self {
            rules,
            forms: Vec::new(),
            lexicon: Lexicon::default(),
            taxonomy: Arc::clone(&self.taxonomy),
            digest: self.digest.clone(),
            machines,
            cues,
            keep_terms: KeepTerms::default(),
        })
    }

    /// What a rule finds, under HIPAA, PHIPA and other names: its letter and class. A keep rule
    /// finds nothing, so it has none.
    pub fn crosswalk(&self, rule: &Rule) -> Option<&Crosswalk> {
        (!rule.keep).then(|| self.taxonomy.of(rule.entity))
    }

    /// The rule of that id.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == *id)
    }
}

//! Rule files to rules: reading, folding and checking what can be checked without running them.
//!
//! Enters: names and texts of files. Leaves: [`Rule`]s in file order, or the first error with
//! file, line and column, and what is allowed there.

use super::checksum::Checksum;
use super::pack;
use super::rule::{Announce, Context, Rule, RuleLang, Scores};
use super::schema::{CaseToml, LangToml, RuleFile, RuleToml};
use super::syntax;
use crate::decode::{FormError, Normalized};
use crate::entity::{EntityType, RuleId};
use std::collections::HashMap;
use thiserror::Error;

/// How far a cue may reach, in bytes: what it makes rules look at grows with it.
const FARTHEST: u32 = 1000;

/// Why a rule folder cannot be used. Rule files are ours, so their text may be quoted.
#[derive(Debug, Error)]
pub enum RuleError {
    /// Not TOML of the schema.
    #[error("{file}: {message}")]
    Syntax {
        /// The file, relative to the rule folder.
        file: String,
        /// Line, column, and the keys that are allowed.
        message: String,
    },
    /// A rule says what cannot be.
    #[error("{file}:{line}: rule `{rule}`: {message}")]
    Rule {
        /// The file.
        file: String,
        /// The line of the rule's id.
        line: usize,
        /// The rule's id.
        rule: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A file could not be read.
    #[error("{file}: {kind}")]
    Read {
        /// The file.
        file: String,
        /// The kind of failure.
        kind: std::io::ErrorKind,
    },
    /// A lexicon cannot be used.
    #[error("{file}:{line}: {message}")]
    Lexicon {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A form definition cannot be used.
    #[error(transparent)]
    Form(#[from] FormError),
}

/// Folders of the rule folder whose TOML files hold rules.
pub(super) const RULE_FOLDERS: [&str; 7] =
    ["identifiers/", "contacts/", "places/", "organisations/", "dates/", "people/", "keep/"];

/// What else the rule folder holds in TOML. A file anywhere else is a mistake that would go unseen.
pub(super) const OTHER_FILES: [&str; 9] = [
    "forms/",
    "labels/",
    "policies/",
    "communities/",
    "occupations/",
    "surrogates/",
    "risk/",
    "lexicons/",
    "taxonomy.toml",
];

/// The rules of one file, of which `text` says the lines.
pub(super) fn read(
    file: &str,
    text: &str,
    parsed: Result<RuleFile, toml::de::Error>,
) -> Result<Vec<Rule>, RuleError> {
    let parsed =
        parsed.map_err(|e| RuleError::Syntax { file: file.to_owned(), message: e.to_string() })?;
    let default = parsed.entity;
    parsed.rule.into_iter().map(|r| rule(file, text, default.as_deref(), r)).collect()
}

/// Refuses ids that are used twice, over all files.
pub(super) fn unique_ids(rules: &[Rule], text_of: &HashMap<&str, &str>) -> Result<(), RuleError> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for rule in rules {
        if let Some(other) = seen.insert(rule.id.as_str(), &rule.file) {
            let text = text_of.get(rule.file.as_str()).copied().unwrap_or("");
            return Err(wrong(
                &rule.file,
                text,
                rule.id.as_str(),
                format!("this id is used before, in {other}"),
            ));
        }
    }
    Ok(())
}

fn wrong(file: &str, text: &str, id: &str, message: impl Into<String>) -> RuleError {
    let needle = format!("\"{id}\"");
    let line = text
        .lines()
        .position(|l| l.trim_start().starts_with("id") && l.contains(&needle))
        .map_or(1, |i| i + 1);
    RuleError::Rule { file: file.to_owned(), line, rule: id.to_owned(), message: message.into() }
}

fn rule(file: &str, text: &str, default: Option<&str>, toml: RuleToml) -> Result<Rule, RuleError> {
    let fail = |message: String| wrong(file, text, &toml.id, message);
    if !well_formed_id(&toml.id) {
        return Err(fail(
            "an id is lower-case words joined by dots, such as ca.on.health_card".to_owned(),
        ));
    }
    let name = toml
        .entity
        .as_deref()
        .or(default)
        .ok_or_else(|| fail("no `entity` here or at the top".to_owned()))?;
    let entity = EntityType::from_name(name).ok_or_else(|| {
        let all: Vec<&str> = EntityType::ALL.iter().map(|e| e.name()).collect();
        fail(format!("unknown entity `{name}`; one of {}", all.join(", ")))
    })?;
    let checksum = match toml.checksum.as_deref() {
        None => None,
        Some(name) => Some(Checksum::from_name(name).ok_or_else(|| {
            let all: Vec<&str> = Checksum::NAMES.iter().map(|(n, _)| *n).collect();
            fail(format!("unknown checksum `{name}`; one of {}", all.join(", ")))
        })?),
    };
    if toml.pattern.is_none() && toml.announce.is_none() {
        return Err(fail("a rule needs `pattern`, `announce`, or both".to_owned()));
    }
    if toml.announce.is_some() && toml.context.is_none() {
        return Err(fail("`announce` needs `context` with the cues that announce".to_owned()));
    }
    let mut has_group = false;
    let pattern = match &toml.pattern {
        None => None,
        Some(written) => {
            let pattern = compile_ready(written, toml.case);
            has_group = written.contains("(?P<id>");
            // What the build script has made a table of was checked there.
            if pack::get(&pattern).is_none() {
                syntax::parse(&pattern).map_err(fail)?;
            }
            Some(pattern)
        }
    };
    let anchor = match (&toml.anchor, &toml.back) {
        (None, None) => None,
        (Some(a), Some(back)) if a.len() == 1 => Some((a.as_bytes()[0], back.clone())),
        _ => {
            return Err(fail(
                "`anchor` is one ASCII character and goes with `back`, a byte class".to_owned(),
            ));
        }
    };
    let context = toml.context.map(|c| Context {
        words: c.words.iter().map(|w| fold_text(w)).collect(),
        within: c.within,
        after: c.after,
        required: c.required,
    });
    if let Some(empty) =
        context.iter().flat_map(|c| &c.words).find(|w| crate::token::text_hash(w).is_none())
    {
        return Err(wrong(
            file,
            text,
            &toml.id,
            format!("the cue `{empty}` has no letter or digit"),
        ));
    }
    if context.iter().any(|c| c.within.max(c.after) > FARTHEST) {
        return Err(wrong(
            file,
            text,
            &toml.id,
            format!("`within` and `after` are at most {FARTHEST} bytes"),
        ));
    }
    let score = Scores {
        alone: toml.score.alone,
        with_context: toml.score.with_context.unwrap_or(toml.score.alone),
        valid: toml.score.valid.unwrap_or(toml.score.alone),
    };
    Ok(Rule {
        id: RuleId::new(&toml.id),
        file: file.to_owned(),
        summary: toml.summary,
        source: toml.source,
        lang: toml
            .lang
            .iter()
            .map(|l| if *l == LangToml::En { RuleLang::En } else { RuleLang::Fr })
            .collect(),
        entity,
        pattern,
        has_group,
        checksum,
        context,
        announce: toml.announce.map(|a| Announce {
            min_digits: a.min_digits,
            max_digits: a.max_digits,
            max_letters: a.max_letters,
        }),
        score,
        keep: toml.keep,
        glued: toml.glued,
        anchor,
        positive: toml.positive,
        negative: toml.negative,
    })
}

fn well_formed_id(id: &str) -> bool {
    let word = |w: &str| {
        !w.is_empty()
            && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    id.len() <= 48 && id.split('.').count() >= 2 && id.split('.').all(word)
}

/// The text as the view would show it: what cues and patterns are compared with.
pub(crate) fn fold_text(text: &str) -> String {
    Normalized::new(text).text.into_owned()
}

/// Folds the literals of a pattern and puts the case flag in front.
fn compile_ready(written: &str, case: CaseToml) -> String {
    let mut folded = String::with_capacity(written.len());
    for c in written.chars() {
        if c.is_ascii() {
            folded.push(c);
        } else {
            folded.push_str(&fold_text(c.encode_utf8(&mut [0; 4])));
        }
    }
    syntax::as_run(&folded, case == CaseToml::Ignore)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(pattern: &str, extra: &str) -> String {
        format!(
            "entity = \"ID\"\n[[rule]]\nid = \"any.test_rule\"\nsummary = \"s\"\nsource = \"s\"\nlang = [\"en\"]\n\
             pattern = '''{pattern}'''\nscore = {{ alone = 0.6 }}\n{extra}"
        )
    }

    fn error(pattern: &str, extra: &str) -> String {
        let text = file(pattern, extra);
        let read = read("identifiers/x.toml", &text, toml::from_str(&text));
        read.expect_err("must be refused").to_string()
    }

    #[test]
    fn refuses_with_place_and_advice() {
        assert!(error(r"\d+", "").contains("rule `any.test_rule`: unbounded repetition"));
        assert!(error(r"\d{0,3}", "").contains("empty string"));
        assert!(error(r"(?:\d{9}x){60}", "").contains("the window has 512"));
        assert!(error(r"\d{3}", "wyh = 1").contains("line 9"));
        assert!(error(r"\d{3}", "checksum = \"lun\"").contains("luhn"));
        assert!(error(r"(?=x)1", "").contains("look-around"));
        let far = "context = { words = [\"mrn\"], within = 4294967295 }";
        assert!(error(r"\d{3}", far).contains("at most 1000 bytes"));
    }

    #[test]
    fn embedded_files_say_the_same_as_json() {
        let files = crate::rules::embedded();
        let rule_files = files.texts().filter(|(name, _)| {
            RULE_FOLDERS.iter().any(|f| name.starts_with(f)) && name.ends_with(".toml")
        });
        let mut count = 0;
        for (name, text) in rule_files {
            let json = files.json(name).expect("every rule file was read by the build script");
            let json: RuleFile = serde_json::from_str(json).expect("it is of the same schema");
            let rules = |parsed| format!("{:?}", read(name, text, parsed).unwrap());
            assert_eq!(rules(Ok(json)), rules(toml::from_str(text)), "{name}");
            count += 1;
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn folds_patterns_and_cues() {
        let text = file(r"né\s\d", "context = { words = [\"carte Santé\"], within = 9 }");
        let rules = read("identifiers/x.toml", &text, toml::from_str(&text)).unwrap();
        assert_eq!(rules[0].pattern.as_deref(), Some(r"(?i:ne\s\d)"));
        assert_eq!(rules[0].context.as_ref().unwrap().words, ["carte Sante"]);
    }
}

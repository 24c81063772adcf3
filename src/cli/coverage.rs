//! `caseveil rules list --coverage`: what finds each HIPAA letter and each PHIPA class.
//!
//! Enters: the rules in force and their taxonomy. Leaves: a table for people or JSON for machines.
//! Keep rules do not count: they find nothing.

use crate::rules::{Crosswalk, Heading, Rule, RuleLang, RuleSet};
use serde::Serialize;
use std::fmt::{Display, Write as _};

/// What finds each letter and each class.
#[derive(Serialize)]
pub(super) struct Coverage {
    /// The letters A to R, then what the Safe Harbor list does not name.
    hipaa: Vec<Group>,
    phipa: Vec<Group>,
}

/// A letter or a class.
#[derive(Serialize)]
struct Group {
    key: String,
    name: String,
    entities: Vec<&'static str>,
    rules: Vec<RuleRow>,
    /// Models and lexicons that find it besides.
    also: Vec<String>,
    /// Why nothing finds it, or some of its entity types.
    unserved: Vec<String>,
}

/// A rule as the lists show it.
#[derive(Serialize)]
pub(super) struct RuleRow {
    id: String,
    entity: &'static str,
    /// The letter of the Safe Harbor list; absent where the list does not name it.
    hipaa: Option<String>,
    /// The class under PHIPA; absent for a keep rule.
    phipa: Option<&'static str>,
    keep: bool,
    lang: Vec<&'static str>,
    positives: usize,
    negatives: usize,
    file: String,
}

impl RuleRow {
    pub(super) fn new(rules: &RuleSet, rule: &Rule) -> Self {
        let crosswalk = rules.crosswalk(rule);
        let languages = [(RuleLang::En, "en"), (RuleLang::Fr, "fr")];
        Self {
            id: rule.id.to_string(),
            entity: rule.entity.name(),
            hipaa: crosswalk.and_then(|c| c.hipaa).map(|l| l.to_string()),
            phipa: crosswalk.map(|c| c.phipa.name()),
            keep: rule.keep,
            lang: languages.iter().filter(|l| rule.lang.contains(&l.0)).map(|l| l.1).collect(),
            positives: rule.positive.len(),
            negatives: rule.negative.len(),
            file: rule.file.clone(),
        }
    }

    /// One line, without its end.
    pub(super) fn line(&self) -> String {
        format!(
            "{:<44} {:<16} {:<5} {:<7} {:<6} {:>6}  {}",
            self.id,
            if self.keep { "KEEP" } else { self.entity },
            self.hipaa.as_deref().unwrap_or("-"),
            self.phipa.unwrap_or("-"),
            self.lang.join(","),
            format!("{}+{}", self.positives, self.negatives),
            self.file
        )
    }
}

/// Names what the Safe Harbor list leaves out.
const NOT_LISTED: &str = "Not in the Safe Harbor list";

impl Coverage {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let taxonomy = &rules.taxonomy;
        let letter = |heading: &Heading<_>| {
            group(rules, heading.key, heading, |c| c.hipaa == Some(heading.key))
        };
        let class = |heading: &Heading<_>| {
            let key: crate::rules::PhipaClass = heading.key;
            group(rules, key.name(), heading, |c| c.phipa == key)
        };
        let rest = Heading { key: (), name: NOT_LISTED.to_owned(), unserved: None };
        let rest = group(rules, "-", &rest, |c| c.hipaa.is_none());
        Self {
            hipaa: taxonomy.hipaa.iter().map(letter).chain([rest]).collect(),
            phipa: taxonomy.phipa.iter().map(class).collect(),
        }
    }

    /// The table for people: totals first, then the rules of each letter, then those of each class.
    pub(super) fn table(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        for (title, groups) in
            [("HIPAA, 45 CFR 164.514(b)(2)(i)", &self.hipaa), ("PHIPA, section 4", &self.phipa)]
        {
            writeln!(text, "{title}")?;
            writeln!(
                text,
                "{:<7} {:>5} {:>5} {:>5} {:>8}  what",
                "", "rules", "en", "fr", "examples"
            )?;
            for group in groups {
                writeln!(
                    text,
                    "{:<7} {:>5} {:>5} {:>5} {:>8}  {}",
                    group.key,
                    group.rules.len(),
                    group.in_language("en"),
                    group.in_language("fr"),
                    group.examples(),
                    group.name
                )?;
            }
            writeln!(text)?;
        }
        for (title, groups) in [("HIPAA", &self.hipaa), ("PHIPA", &self.phipa)] {
            for group in groups {
                group.details(title, &mut text)?;
            }
        }
        Ok(text)
    }
}

impl Group {
    fn in_language(&self, lang: &str) -> usize {
        self.rules.iter().filter(|r| r.lang.contains(&lang)).count()
    }

    fn examples(&self) -> usize {
        self.rules.iter().map(|r| r.positives + r.negatives).sum()
    }

    fn details(&self, title: &str, text: &mut String) -> std::fmt::Result {
        writeln!(text, "{title} {}: {}", self.key, self.name)?;
        if !self.entities.is_empty() {
            writeln!(text, "  types: {}", self.entities.join(", "))?;
        }
        if !self.also.is_empty() {
            writeln!(text, "  also found by: {}", self.also.join(", "))?;
        }
        for reason in &self.unserved {
            writeln!(text, "  not found: {reason}")?;
        }
        for rule in &self.rules {
            writeln!(text, "  {}", rule.line())?;
        }
        writeln!(text)
    }
}

/// What belongs to a heading: its entity types, and what finds them.
fn group<K>(
    rules: &RuleSet,
    key: impl Display,
    heading: &Heading<K>,
    belongs: impl Fn(&Crosswalk) -> bool,
) -> Group {
    let mut group = Group {
        key: key.to_string(),
        name: heading.name.clone(),
        entities: Vec::new(),
        rules: Vec::new(),
        also: Vec::new(),
        unserved: heading.unserved.iter().cloned().collect(),
    };
    for crosswalk in rules.taxonomy.crosswalks().filter(|c| belongs(c)) {
        group.entities.push(crosswalk.entity.name());
        group.also.extend(crosswalk.also.iter().cloned());
        let reason = crosswalk.unserved.iter().map(|r| format!("{}: {r}", crosswalk.entity));
        group.unserved.extend(reason);
    }
    group.also.sort();
    group.also.dedup();
    let own = rules.rules.iter().filter(|r| rules.crosswalk(r).is_some_and(&belongs));
    group.rules = own.map(|r| RuleRow::new(rules, r)).collect();
    group
}

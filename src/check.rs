//! Rules against their own examples: alone, then in company through the production engine.
//!
//! Alone, a positive must give exactly its strings and a negative nothing. In company, every
//! character that a positive names must still be masked, as the same type; what a keep rule finds
//! must survive.

use crate::case::Case;
use crate::decode::Document;
use crate::detect::{self, Scratch, Tuning};
use crate::entity::{EntityType, RuleId, Score};
use crate::pipeline::Deidentifier;
use crate::rules::{Rule, RuleError, RuleSet};
use crate::span::ByteSpan;
use std::fmt;

/// An example that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whose example.
    pub rule: RuleId,
    /// Such as `positive_1` or `negative_2`, from 1.
    pub example: String,
    /// What was expected and what came. Examples are ours, so their text may be shown.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}: {}", self.rule, self.example, self.message)
    }
}

/// One example of one rule, ready to run.
pub struct Trial<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// Such as `positive_1`.
    pub name: String,
    kind: Kind<'r>,
}

enum Kind<'r> {
    Positive {
        text: &'r str,
        finds: &'r [String],
    },
    Negative {
        text: &'r str,
    },
    /// The rule itself has too few examples.
    Few,
}

/// The least number of positives, and of negatives, of a rule.
const MIN_EXAMPLES: usize = 2;

/// All examples of a rule, and a trial that always fails when there are too few.
pub fn trials(rule: &Rule) -> Vec<Trial<'_>> {
    let mut trials = Vec::new();
    for (i, p) in rule.positive.iter().enumerate() {
        let kind = Kind::Positive { text: &p.text, finds: &p.finds };
        trials.push(Trial { rule, name: format!("positive_{}", i + 1), kind });
    }
    for (i, n) in rule.negative.iter().enumerate() {
        trials.push(Trial {
            rule,
            name: format!("negative_{}", i + 1),
            kind: Kind::Negative { text: &n.text },
        });
    }
    if rule.positive.len() < MIN_EXAMPLES || rule.negative.len() < MIN_EXAMPLES {
        trials.push(Trial { rule, name: "examples".to_owned(), kind: Kind::Few });
    }
    trials
}

/// Runs examples: the engine in company, and each rule alone.
pub struct Checker<'e> {
    engine: &'e Deidentifier,
    scratch: Scratch,
    alone: Option<(RuleId, RuleSet)>,
}

impl<'e> Checker<'e> {
    /// A checker on this engine.
    pub fn new(engine: &'e Deidentifier) -> Self {
        Self { engine, scratch: engine.scratch(), alone: None }
    }

    /// Runs one trial.
    ///
    /// # Errors
    /// [`RuleError`] when the rule cannot be compiled alone; that it was compiled with all others
    /// makes this rare.
    pub fn run(&mut self, trial: &Trial<'_>) -> Result<Option<Failure>, RuleError> {
        let message = match trial.kind {
            Kind::Few => Some(format!(
                "needs at least {MIN_EXAMPLES} positives and {MIN_EXAMPLES} negatives"
            )),
            Kind::Negative { text } => {
                let found = self.alone(trial.rule, text)?;
                (!found.is_empty()).then(|| format!("found {found:?} in a negative"))
            }
            Kind::Positive { text, finds } => {
                let found = self.alone(trial.rule, text)?;
                if found == finds {
                    self.in_company(trial.rule, text, finds)
                } else {
                    Some(format!("expected {finds:?}, found {found:?}"))
                }
            }
        };
        Ok(message.map(|message| Failure {
            rule: trial.rule.id.clone(),
            example: trial.name.clone(),
            message,
        }))
    }

    /// What the rule alone finds, in order, overlaps within the rule resolved.
    fn alone(&mut self, rule: &Rule, text: &str) -> Result<Vec<String>, RuleError> {
        if self.alone.as_ref().is_none_or(|(id, _)| *id != rule.id) {
            self.alone = Some((rule.id.clone(), self.engine.rules().only(rule)?));
        }
        let Some((_, rules)) = &self.alone else { return Ok(Vec::new()) };
        let case = Case::from_text("", text);
        let document = Document::new(&case);
        let tuning = Tuning { names: false, ..Tuning::default() };
        let mut candidates =
            detect::detect(&document, rules, None, tuning, &mut Scratch::new(rules));
        for candidate in &mut candidates {
            candidate.keep = false;
        }
        let decision = crate::resolve::resolve(&document, candidates, Score::FLOOR);
        Ok(decision.entities.iter().map(|e| text[e.span.range()].to_owned()).collect())
    }

    /// True company: all rules, the lexicons and the tagger.
    fn in_company(&mut self, rule: &Rule, text: &str, finds: &[String]) -> Option<String> {
        let case = Case::from_text("", text);
        let entities = self.engine.detect(&case, &mut self.scratch).entities;
        let mut from = 0;
        for find in finds {
            let at = from + text[from..].find(find.as_str())?;
            from = at + find.len();
            let span = ByteSpan::new(at as u32, from as u32);
            let over: Vec<_> = entities.iter().filter(|e| e.span.overlaps(span)).collect();
            if rule.keep {
                if let Some(e) = over.first() {
                    return Some(format!(
                        "{find:?} must survive, but {} masks it as {}",
                        e.evidence.rule, e.entity
                    ));
                }
                continue;
            }
            let covered = |b: u32| over.iter().any(|e| e.span.start() <= b && b < e.span.end());
            let leak = (span.start()..span.end())
                .find(|&b| text.as_bytes()[b as usize].is_ascii_alphanumeric() && !covered(b));
            if leak.is_some() {
                return Some(format!("{find:?} is not masked whole in company"));
            }
            if !over.iter().any(|e| akin(e.entity, rule.entity)) {
                let types: Vec<&str> = over.iter().map(|e| e.entity.name()).collect();
                return Some(format!("{find:?} is {types:?} in company, not {}", rule.entity));
            }
        }
        None
    }
}

/// The same type, or one that says the same more precisely: people, places of an address, and
/// numbers whose kind only the wider text tells.
fn akin(a: EntityType, b: EntityType) -> bool {
    use EntityType as E;
    // A region, an age or a trait says something of its own.
    let alone = |e: E| {
        matches!(
            e,
            E::Province | E::Country | E::Age90 | E::Profession | E::Ethnicity | E::Biometric
        )
    };
    a == b || !alone(a) && !alone(b) && a.group() == b.group()
}

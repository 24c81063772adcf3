//! What differs between two rule sets with their policies, and whether less may be found or masked.
//!
//! Only what is certainly stricter counts as such: a rule more, a higher score, a keep term less.
//! Everything else may weaken. Names are those of rules, types and files of the operator's.

use crate::pipeline::Deidentifier;
use crate::policy::{Operator, Setting};
use crate::rules::{Rule, RuleFiles};
use std::collections::{BTreeMap, BTreeSet};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What changed.
    pub(super) what: String,
    /// True when less may be found or masked.
    pub(super) weaker: bool,
}

impl Change {
    /// As the ledger has it.
    pub(super) fn line(&self) -> String {
        let sign = if self.weaker { "weaker" } else { "stricter" };
        format!("{sign}: {}", self.what)
    }
}

/// The differences from one engine to the next, with the files that they were made of.
pub(super) fn changes(
    old: (&RuleFiles, &Deidentifier),
    new: (&RuleFiles, &Deidentifier),
) -> Vec<Change> {
    let mut all = rules(&old.1.rules().rules, &new.1.rules().rules);
    all.extend(files(old.0, new.0));
    all.extend(policies(old.1, new.1));
    all
}

fn rules(old: &[Rule], new: &[Rule]) -> Vec<Change> {
    let by_id = |rules: &[Rule]| -> BTreeMap<String, Rule> {
        rules.iter().map(|r| (r.id.to_string(), r.clone())).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let mut all = Vec::new();
    for (id, rule) in &old {
        match new.get(id) {
            None => all.push(Change { what: format!("rule {id} removed"), weaker: !rule.keep }),
            Some(other) if machine(rule) == machine(other) => {}
            Some(other) => {
                let (a, b) = (rule.score, other.score);
                let higher =
                    b.alone >= a.alone && b.with_context >= a.with_context && b.valid >= a.valid;
                let scored = Rule { score: b, ..rule.clone() };
                let weaker = rule.keep || !higher || machine(&scored) != machine(other);
                all.push(Change { what: format!("rule {id} changed"), weaker });
            }
        }
    }
    for (id, rule) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
        all.push(Change { what: format!("rule {id} added"), weaker: rule.keep });
    }
    all
}

/// What of a rule decides what it finds.
fn machine(rule: &Rule) -> String {
    let Rule { entity, pattern, checksum, context, announce, score, keep, glued, anchor, .. } =
        rule;
    format!(
        "{entity:?} {pattern:?} {checksum:?} {context:?} {announce:?} {score:?} {keep} {glued} {anchor:?}"
    )
}

/// Word lists, forms and the model. Rules and policies are compared by what they say.
fn files(old: &RuleFiles, new: &RuleFiles) -> Vec<Change> {
    let mut all = Vec::new();
    let names: BTreeSet<&str> = old.names().chain(new.names()).collect();
    for name in names {
        let is_keep = name.starts_with("keep/");
        let listed = name.ends_with("terms.txt");
        let told = ["forms/", "lexicons/"].iter().any(|f| name.starts_with(f));
        if !(told || is_keep && listed) {
            continue;
        }
        let lines = |files: &RuleFiles| -> BTreeSet<String> {
            files.text(name).unwrap_or("").lines().map(str::to_owned).collect()
        };
        let (before, after) = (lines(old), lines(new));
        if before == after {
            continue;
        }
        let (more, less) = (after.difference(&before).count(), before.difference(&after).count());
        // A longer list of names finds more, a longer keep list less; what else a line can mean
        // is not known here.
        let weaker = match (is_keep, name.ends_with("terms.txt")) {
            (true, _) => more > 0,
            (false, true) => less > 0,
            (false, false) => true,
        };
        all.push(Change { what: format!("{name} +{more} -{less}"), weaker });
    }
    if old.model() != new.model() || old.network() != new.network() {
        all.push(Change { what: "model changed".to_owned(), weaker: true });
    }
    if old.typing() != new.typing() {
        all.push(Change { what: "types' weights changed".to_owned(), weaker: true });
    }
    if old.watcher() != new.watcher() {
        all.push(Change { what: "watcher changed".to_owned(), weaker: true });
    }
    all
}

fn policies(old: &Deidentifier, new: &Deidentifier) -> Vec<Change> {
    let (old, new) = (old.policy(), new.policy());
    let mut all = Vec::new();
    let keeps = |s: &[Setting]| s.iter().any(|s| s.operator == Operator::Keep);
    let before: BTreeMap<_, _> = old.table().into_iter().collect();
    let after: BTreeMap<_, _> = new.table().into_iter().collect();
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (a, b) = (before.get(name), after.get(name));
        if a != b {
            let was_kept = a.is_some_and(|a| keeps(a)) && !b.is_some_and(|b| keeps(b));
            all.push(Change { what: format!("policy: operator of {name}"), weaker: !was_kept });
        }
    }
    let mut number = |what: &str, before: Option<f32>, after: Option<f32>| {
        if before != after {
            // An unset bound is the built-in one: whether that is lower is not asked.
            let lower = before.zip(after).is_some_and(|(b, a)| a < b);
            all.push(Change { what: format!("policy: {what}"), weaker: !lower });
        }
    };
    number("threshold", old.threshold, new.threshold);
    number("hold score", old.gate.hold_score, new.gate.hold_score);
    if old.gate.second_person != new.gate.second_person {
        let weaker = old.gate.second_person;
        all.push(Change { what: "policy: second person".to_owned(), weaker });
    }
    if old.gate.self_test != new.gate.self_test {
        let weaker = old.gate.self_test;
        all.push(Change { what: "policy: self test".to_owned(), weaker });
    }
    if old.id != new.id {
        all.push(Change {
            what: format!("policy: {} instead of {}", new.id, old.id),
            weaker: true,
        });
    }
    all
}

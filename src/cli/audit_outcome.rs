//! What an audit found, as JSON and as tables.

use super::ablation;
use super::audit_args::Args;
use super::audit_print as print;
use super::audit_run::{engine, predict_by, score};
use super::engine::Evaluated;
use crate::audit::{
    Comparison, DEFINITIONS, DocumentScore, GoldDocument, Labelled, Leak, Measures, OverRedacted,
    Retention, Scores, Shortfall, compare, measure, table,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What was measured on which documents.
pub(super) struct Audit {
    pub(super) gold: Vec<GoldDocument>,
    pub(super) scores: Vec<DocumentScore>,
    pub(super) predicted: Vec<Vec<Labelled>>,
    pub(super) total: Scores,
    pub(super) measures: Measures,
}

impl Audit {
    pub(super) fn of(
        gold: Vec<GoldDocument>,
        predicted: Vec<Vec<Labelled>>,
        evaluated: &Evaluated,
        key: Option<&str>,
    ) -> Self {
        let scores = score(&gold, &predicted);
        let rules = evaluated.engine.rules();
        let total = Scores::of(gold.iter().zip(&scores), key);
        let measures = measure(&gold, &scores, &predicted, &rules.taxonomy, &rules.lexicon);
        Self { gold, scores, predicted, total, measures }
    }

    pub(super) fn scored(&self) -> impl Iterator<Item = (&GoldDocument, &DocumentScore)> {
        self.gold.iter().zip(&self.scores)
    }

    /// Runs another tool on the same documents, and gives its figures beside ours as a table.
    pub(super) fn against(
        &self,
        command: &str,
        evaluated: &Evaluated,
        key: Option<&str>,
        shows_held_out: bool,
    ) -> anyhow::Result<String> {
        // Another program may print what it reads.
        let shown: Vec<usize> = (0..self.gold.len())
            .filter(|i| shows_held_out || !self.gold[*i].is_held_out())
            .collect();
        let gold: Vec<GoldDocument> = shown.iter().map(|i| self.gold[*i].clone()).collect();
        let ours = shown.iter().map(|i| self.predicted[*i].clone()).collect();
        let theirs = Self::of(gold.clone(), predict_by(command, &gold)?, evaluated, key);
        let ours = Self::of(gold, ours, evaluated, key);
        let mut out =
            print::side_by_side((&ours.total, &ours.measures), (&theirs.total, &theirs.measures));
        let compared = compare(&theirs.measures.documents, &ours.measures.documents)?;
        out += &print::comparison(&compared, ["other", "caseveil"]);
        if shown.len() < self.gold.len() {
            writeln!(
                out,
                "{} held-out documents were not given to the other tool",
                self.gold.len() - shown.len()
            )?;
        }
        Ok(out)
    }
}

/// An audit, and all that was asked for beside it.
pub(super) struct Outcome<'a> {
    pub(super) args: &'a Args,
    pub(super) evaluated: &'a Evaluated,
    pub(super) audit: Audit,
    /// Figures for each value of the key of `--by`.
    pub(super) groups: BTreeMap<String, Scores>,
    pub(super) clinical: Retention,
    pub(super) comparison: Option<Comparison>,
    pub(super) shortfalls: Vec<Shortfall>,
    pub(super) curve: Vec<(f32, Scores)>,
    pub(super) ablation: Vec<(String, Scores)>,
    /// By type: how many, and some of them.
    pub(super) leaks: Vec<(String, usize, Vec<Leak>)>,
    pub(super) over_redacted: Vec<OverRedacted>,
    /// Figures beside those of another tool.
    pub(super) against: Option<String>,
}

impl Outcome<'_> {
    /// The whole as JSON.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        let mut out = map(&self.audit.total)?;
        out.insert("engine".to_owned(), engine(self.evaluated));
        out.insert("clinical_retention".to_owned(), serde_json::to_value(self.clinical)?);
        out.insert("exact_ci95".to_owned(), print::exact_intervals(&self.audit.total));
        out.extend(map(&self.audit.measures)?);
        out.insert("definitions".to_owned(), serde_json::to_value(DEFINITIONS.as_slice())?);
        if self.args.by.is_some() {
            out.insert("by".to_owned(), serde_json::to_value(&self.groups)?);
        }
        if self.args.curve {
            out.insert("curve".to_owned(), print::curve_json(&self.curve));
        }
        if self.args.ablation {
            out.insert("ablation".to_owned(), ablation::json(&self.ablation));
        }
        if let Some(compared) = &self.comparison {
            out.insert("comparison".to_owned(), serde_json::to_value(compared)?);
        }
        if self.args.gate.is_some() {
            out.insert("shortfalls".to_owned(), serde_json::to_value(&self.shortfalls)?);
        }
        if self.args.show_text > 0 {
            let shown: Map<String, Value> =
                self.leaks.iter().map(|(k, _, l)| (k.clone(), json!(l))).collect();
            out.insert("leaks".to_owned(), Value::Object(shown));
            out.insert("over_redacted".to_owned(), json!(self.over_redacted));
        }
        Ok(format!("{}\n", serde_json::to_string_pretty(&out)?))
    }

    /// The whole as tables.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let mut out = table(&self.audit.total, &self.groups);
        let share =
            self.clinical.rate.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x));
        writeln!(
            out,
            "\nclinical retention {share}%  drugs, diseases, anatomy, procedures, doses, scores, levels kept: {} of {}",
            self.clinical.kept, self.clinical.of
        )?;
        out += &print::measures(&self.audit.measures);
        if let Some(compared) = &self.comparison {
            out += &print::comparison(compared, ["old", "new"]);
        }
        out += self.against.as_deref().unwrap_or("");
        if self.args.curve {
            out += &print::curve(&self.curve);
        }
        if self.args.ablation {
            out += &ablation::table(&self.ablation);
        }
        if self.args.show_text > 0 {
            for (kind, count, some) in &self.leaks {
                writeln!(out, "\nleaks {kind}: {count}")?;
                for l in some {
                    let state = format!("{:?}", l.state).to_lowercase();
                    writeln!(out, "  {state:<8}{}: {}", l.id, l.context)?;
                }
            }
            writeln!(out, "\nmost over-redacted tokens")?;
            for t in &self.over_redacted {
                writeln!(out, "  {:>5}  {:<20} {}: {}", t.count, t.token, t.id, t.context)?;
            }
        }
        if self.args.definitions {
            writeln!(out, "\n{}", print::definitions())?;
        }
        let engine = engine(self.evaluated);
        let text = |k: &str| engine[k].as_str().unwrap_or("").to_owned();
        writeln!(
            out,
            "\nrules {}  policy {} {}",
            text("rules"),
            text("policy"),
            text("policy_digest")
        )?;
        for shortfall in &self.shortfalls {
            writeln!(out, "{shortfall}")?;
        }
        Ok(out)
    }
}

fn map(value: &impl serde::Serialize) -> anyhow::Result<Map<String, Value>> {
    Ok(match serde_json::to_value(value)? {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

//! Gates: what an audit must reach, type by type, on the careful end of each interval.
//!
//! Enters: a TOML file. Leaves: what falls short. A type without a gate, a gate without a type and
//! a gate without documents fall short as well: what was not measured was not shown.

use super::gold::GoldDocument;
use super::measure::Row;
use super::metric::wilson;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use thiserror::Error;

/// Why a file of gates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the file of gates: {0}")]
pub struct GateError(String);

/// All gates of a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    gate: Vec<Gate>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gate {
    name: String,
    /// Only documents with this value of a key, `split=held_out`.
    only: Option<String>,
    /// Lower bound of the recall of labels.
    recall: Option<f64>,
    /// Lower bound of the share of documents without a leak.
    zero_leak: Option<f64>,
    /// Lower bound of clinical retention.
    retention: Option<f64>,
    /// Upper bound of over-redaction.
    over_redaction: Option<f64>,
    /// Lower bound of the recall of each type.
    types: Option<BTreeMap<String, f64>>,
}

/// A figure that falls short of its gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shortfall {
    /// The gate.
    pub gate: String,
    /// The figure: a type, or `recall`, `zero_leak`, `retention`, `over_redaction`.
    pub figure: String,
    /// What is asked for; nothing where the gate is missing.
    pub asked: Option<f64>,
    /// The bound of the interval; nothing where there is nothing to measure.
    pub bound: Option<f64>,
    /// Hits and number.
    pub counts: [usize; 2],
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [hits, n] = self.counts;
        let (gate, figure) = (&self.gate, &self.figure);
        match (self.asked, self.bound) {
            (_, None) => write!(f, "gate {gate}: {figure}: nothing was measured"),
            (None, Some(_)) => write!(f, "gate {gate}: {figure}: {n} labels and no gate for it"),
            (Some(asked), Some(bound)) => write!(
                f,
                "gate {gate}: {figure}: {} {:.2} % ({hits} of {n}), asked for {:.2} %",
                if figure == "over_redaction" { "at most" } else { "at least" },
                100.0 * bound,
                100.0 * asked
            ),
        }
    }
}

/// Hits and number of every figure of some rows.
#[derive(Default)]
struct Sums {
    recall: [usize; 2],
    zero_leak: [usize; 2],
    retention: [usize; 2],
    over_redaction: [usize; 2],
    types: BTreeMap<String, [usize; 2]>,
}

impl Sums {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Self {
        let mut sums = Self::default();
        let add = |to: &mut [usize; 2], hits: usize, n: usize| {
            to[0] += hits;
            to[1] += n;
        };
        for row in rows {
            add(&mut sums.recall, row.full, row.n);
            add(
                &mut sums.zero_leak,
                usize::from(row.n > 0 && row.full == row.n),
                usize::from(row.n > 0),
            );
            add(&mut sums.retention, row.kept, row.clinical);
            add(&mut sums.over_redaction, row.over, row.plain);
            for (kind, [n, full]) in &row.types {
                add(sums.types.entry(kind.clone()).or_default(), *full, *n);
            }
        }
        sums
    }
}

impl Gates {
    /// Reads a file of gates.
    ///
    /// # Errors
    /// [`GateError`] for anything that is not gates; it says the line.
    pub fn parse(text: &str) -> Result<Self, GateError> {
        let gates: Self = toml::from_str(text).map_err(|e| GateError(e.to_string()))?;
        let empty =
            |g: &Gate| *g == Gate { name: g.name.clone(), only: g.only.clone(), ..Gate::default() };
        if gates.gate.is_empty() || gates.gate.iter().any(empty) {
            return Err(GateError("every [[gate]] asks for something".to_owned()));
        }
        if gates.gate.iter().filter_map(|g| g.only.as_deref()).any(|only| !only.contains('=')) {
            return Err(GateError("`only` is of the form key=value".to_owned()));
        }
        Ok(gates)
    }

    /// What falls short, in the order of the file; nothing when all gates are passed.
    ///
    /// # Examples
    /// ```
    /// use caseveil::audit::{Gates, Row};
    /// let gates = Gates::parse("[[gate]]\nname = 'all'\nrecall = 0.9")?;
    /// let short = gates.check(&[], &[]);
    /// assert_eq!(short[0].to_string(), "gate all: recall: nothing was measured");
    /// # Ok::<(), caseveil::audit::GateError>(())
    /// ```
    pub fn check(&self, gold: &[GoldDocument], rows: &[Row]) -> Vec<Shortfall> {
        let mut out = Vec::new();
        for gate in &self.gate {
            let only = gate.only.as_deref().and_then(|only| only.split_once('='));
            let some = gold.iter().zip(rows);
            let some = some.filter(|(d, _)| only.is_none_or(|(key, value)| d.key(key) == value));
            let sums = Sums::of(some.map(|(_, row)| row));
            let mut ask = |figure: &str, asked: Option<f64>, counts: [usize; 2], below: bool| {
                let [hits, n] = counts;
                let [low, high] = wilson(hits, n);
                let bound = (n > 0).then_some(if below { high } else { low });
                let passed =
                    asked.zip(bound).is_some_and(|(a, b)| if below { b <= a } else { b >= a });
                if !passed {
                    let (gate, figure) = (gate.name.clone(), figure.to_owned());
                    out.push(Shortfall { gate, figure, asked, bound, counts });
                }
            };
            for (figure, asked, counts, below) in [
                ("recall", gate.recall, sums.recall, false),
                ("zero_leak", gate.zero_leak, sums.zero_leak, false),
                ("retention", gate.retention, sums.retention, false),
                ("over_redaction", gate.over_redaction, sums.over_redaction, true),
            ] {
                if asked.is_some() {
                    ask(figure, asked, counts, below);
                }
            }
            let Some(types) = &gate.types else { continue };
            for (kind, asked) in types {
                ask(kind, Some(*asked), sums.types.get(kind).copied().unwrap_or_default(), false);
            }
            for (kind, counts) in sums.types.iter().filter(|(kind, _)| !types.contains_key(*kind)) {
                ask(kind, None, *counts, false);
            }
        }
        out
    }
}

const HEAD: &str = "\
# What the audit of the corpus must reach: `caseveil audit corpus --gate corpus/gates.toml`.
# Bounds of 95 % Wilson intervals: lower ones, of over_redaction the upper one. Written by
# `caseveil audit corpus --write-gates corpus/gates.toml` a little on the near side of the bounds of
# that day: as if one label and one in a hundred more had leaked. Lower a gate only with a reason in
# the commit.
";

/// Gates a little below what these rows reach: of all documents, and of those that are held out.
pub fn propose(gold: &[GoldDocument], rows: &[Row]) -> String {
    let mut out = HEAD.to_owned();
    for (name, only) in [("all", None), ("held out", Some("split=held_out"))] {
        let some = gold.iter().zip(rows).filter(|(d, _)| only.is_none() || d.is_held_out());
        let sums = Sums::of(some.map(|(_, row)| row));
        if sums.recall[1] == 0 {
            continue;
        }
        let slack = |n: usize| 1 + n / 100;
        let low = |[hits, n]: [usize; 2]| {
            (wilson(hits.saturating_sub(slack(n)), n)[0] * 1000.0).floor() / 1000.0
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n[[gate]]\nname = \"{name}\"");
        if let Some(only) = only {
            let _ = writeln!(out, "only = \"{only}\"");
        }
        let lower =
            [("recall", sums.recall), ("zero_leak", sums.zero_leak), ("retention", sums.retention)];
        // What there is nothing of cannot be asked for.
        for (figure, counts) in lower.into_iter().filter(|(_, [_, n])| *n > 0) {
            let _ = writeln!(out, "{figure} = {:.3}", low(counts));
        }
        let [over, plain] = sums.over_redaction;
        if plain > 0 {
            let high = wilson((over + slack(plain) / 4).min(plain), plain)[1];
            let _ = writeln!(out, "over_redaction = {:.3}", (high * 1000.0).ceil() / 1000.0);
        }
        let _ = writeln!(out, "\n[gate.types]");
        for (kind, counts) in &sums.types {
            let _ = writeln!(out, "{kind} = {:.3}", low(*counts));
        }
    }
    out
}

//! `caseveil audit --ablation`: what each part of the engine adds.

use super::engine::Evaluated;
use crate::audit::Scores;
use crate::detect::Tuning;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Thresholds of the tagger in the table, from masking few doubts to masking nearly all.
const THRESHOLDS: [f32; 5] = [0.4, 0.3, 0.2, 0.12, 0.08];

/// A step: its name and the engine that takes it.
pub(super) fn steps(evaluated: &Evaluated) -> Vec<(String, Evaluated)> {
    let full = evaluated.engine.tuning();
    let without = Tuning { names: true, tagger: false, subject: false, ..full };
    let mut steps = vec![
        ("patterns and cues".to_owned(), Tuning { names: false, ..full }),
        ("+ lexicons in frames".to_owned(), without),
    ];
    for threshold in THRESHOLDS {
        let tuning = Tuning { tagger: true, threshold, ..without };
        steps.push((format!("+ tagger at {threshold}"), tuning));
    }
    let last = Tuning { names: true, tagger: true, subject: true, ..full };
    steps.push((format!("+ subject pass, at {}", full.threshold), last));
    steps.into_iter().map(|(name, tuning)| (name, evaluated.tuned(tuning))).collect()
}

/// The table for people.
pub(super) fn table(rows: &[(String, Scores)]) -> String {
    let mut out = format!(
        "\n{:<26} {:>8} {:>8} {:>8} {:>8} {:>10}\n",
        "engine", "recall%", "partial", "missed", "clean%", "over-red.%"
    );
    for (name, s) in rows {
        let share =
            |x: Option<f64>| x.map_or_else(|| "n/a".into(), |x| format!("{:.2}", 100.0 * x));
        let _ = writeln!(
            out,
            "{name:<26} {:>8} {:>8} {:>8} {:>8} {:>10}",
            share(s.span.full_recall),
            s.span.partial,
            s.span.missed,
            share(s.doc.zero_leak_rate),
            share(s.over_redaction.rate),
        );
    }
    out
}

/// The same for machines.
pub(super) fn json(rows: &[(String, Scores)]) -> Value {
    rows.iter()
        .map(|(name, s)| {
            json!({"engine": name, "recall": s.span.full_recall, "partial": s.span.partial,
                   "missed": s.span.missed, "zero_leak_rate": s.doc.zero_leak_rate,
                   "over_redaction": s.over_redaction.rate})
        })
        .collect()
}

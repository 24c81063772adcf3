//! Scores as a table for a terminal: recall first, always with its interval and counts.

use super::figures::Scores;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// The table of all figures, and a line for each group where groups were asked for.
pub fn table(scores: &Scores, groups: &BTreeMap<String, Scores>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_table(&mut out, scores, groups);
    out
}

fn write_table(out: &mut String, m: &Scores, groups: &BTreeMap<String, Scores>) -> fmt::Result {
    let (s, d, o) = (&m.span, &m.doc, &m.over_redaction);
    writeln!(
        out,
        "recall {}% {}  identifiers fully masked: {} of {} (partly {}, missed {})",
        percent(s.full_recall),
        interval(s.ci95),
        s.full,
        s.n,
        s.partial,
        s.missed
    )?;
    writeln!(
        out,
        "clean  {}% {}  documents in which nothing leaks: {} of {}",
        percent(d.zero_leak_rate),
        interval(d.ci95),
        d.zero_leak,
        d.n
    )?;
    writeln!(
        out,
        "over-redaction {}% of the tokens that do not identify ({} of {})",
        percent(o.rate),
        o.masked_non_phi_tokens,
        o.non_phi_tokens
    )?;
    writeln!(
        out,
        "{} documents ({} with identifiers), {} bytes, {} spans predicted",
        m.docs, m.docs_with_phi, m.bytes, m.predicted_spans
    )?;
    if m.gold_bad_spans + m.pred_bad_spans > 0 {
        writeln!(
            out,
            "WARNING: {} gold and {} predicted spans leave their text",
            m.gold_bad_spans, m.pred_bad_spans
        )?;
    }
    writeln!(
        out,
        "\n{:<6} {:>7} {:>15} {:>10} {:>7} {:>7}",
        "level", "recall%", "95% interval", "precision", "F1", "F2"
    )?;
    for (name, level) in [("token", &m.token), ("char", &m.char)] {
        writeln!(
            out,
            "{name:<6} {:>7} {:>15} {:>10} {:>7} {:>7}",
            percent(level.recall),
            interval(level.recall_ci95),
            percent(level.precision),
            percent(level.f1),
            percent(level.f2)
        )?;
    }
    if !groups.is_empty() {
        writeln!(
            out,
            "\n{:<28} {:>7} {:>15} {:>6} {:>6} {:>5} {:>10} {:>9}",
            "group", "recall%", "95% interval", "full", "spans", "docs", "precision", "over-red."
        )?;
        for (group, v) in groups {
            writeln!(
                out,
                "{:<28} {:>7} {:>15} {:>6} {:>6} {:>5} {:>10} {:>9}",
                if group.is_empty() { "-" } else { group },
                percent(v.span.full_recall),
                interval(v.span.ci95),
                v.span.full,
                v.span.n,
                v.docs,
                percent(v.token.precision),
                percent(v.over_redaction.rate)
            )?;
        }
    }
    if !m.by_type.is_empty() {
        writeln!(
            out,
            "\n{:<18} {:>7} {:>15} {:>6} {:>6} {:>7} {:>6} {:>7}",
            "type", "recall%", "95% interval", "full", "n", "partial", "missed", "char%"
        )?;
        for (kind, t) in &m.by_type {
            writeln!(
                out,
                "{kind:<18} {:>7} {:>15} {:>6} {:>6} {:>7} {:>6} {:>7}",
                percent(t.recall),
                interval(t.ci95),
                t.full,
                t.n,
                t.partial,
                t.missed,
                percent(t.char_recall)
            )?;
        }
    }
    Ok(())
}

/// Two digits, as a share of a hundred.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x))
}

fn interval([low, high]: [f64; 2]) -> String {
    format!("[{:.2},{:.2}]", 100.0 * low, 100.0 * high)
}

//! What an audit prints beside the reference scorer's table: measures, comparisons, the curve.

use super::audit_run::exact;
use crate::audit::{
    Comparison, DEFINITIONS, Difference, Estimate, Measures, Scores, Share, clopper_pearson,
};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Two digits, as a share of a hundred.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "n/a".to_owned(), |x| format!("{:.2}", 100.0 * x))
}

fn between([low, high]: [f64; 2]) -> String {
    format!("[{:.2},{:.2}]", 100.0 * low, 100.0 * high)
}

fn share(out: &mut String, name: &str, s: &Share) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{name:<34} {:>7} {:>15} {:>15} {:>6} {:>6}",
        percent(s.rate),
        between(s.ci95),
        between(s.exact_ci95),
        s.hits,
        s.n
    );
}

/// The measures that the reference scorer lacks.
pub(super) fn measures(m: &Measures) -> String {
    let mut out = format!(
        "\n{:<34} {:>7} {:>15} {:>15} {:>6} {:>6}\n",
        "measure", "%", "95% Wilson", "95% exact", "hits", "n"
    );
    share(&mut out, "all mentions of a person", &m.entities.persons);
    share(&mut out, "all mentions, direct identifiers", &m.entities.direct);
    share(&mut out, "all mentions, quasi-identifiers", &m.entities.quasi);
    for (key, name) in [("hipaa", "HIPAA"), ("phipa", "PHIPA")] {
        for (value, s) in m.breakdown.get(key).into_iter().flatten() {
            share(&mut out, &format!("recall, {name} {value}"), s);
        }
    }
    let _ = writeln!(out, "\n{:<34} {:>7} {:>15}", "measure", "%", "95% bootstrap");
    let mut estimate = |name: String, e: Estimate| {
        let bounds = e.ci95.map_or_else(String::new, between);
        let _ = writeln!(out, "{name:<34} {:>7} {bounds:>15}", percent(e.value));
    };
    estimate("recall, mean of the types".to_owned(), m.r#macro);
    for (way, f) in &m.typed.micro {
        let ci95 = m.typed.f1_ci95.get(way).copied().flatten();
        estimate(format!("typed F1, {way}"), Estimate { value: Some(f.f1), ci95 });
        let value = m.typed.macro_f1.get(way).copied().flatten();
        estimate(format!("typed F1, {way}, mean of types"), Estimate { value, ci95: None });
    }
    out
}

/// Differences, with the two sides named.
pub(super) fn comparison(c: &Comparison, [old, new]: [&str; 2]) -> String {
    let mut out = format!(
        "\n{} documents of both ({} only {old}, {} only {new})\n{:<24} {:>8} {:>8} {:>8} {:>17} {:>7}\n",
        c.documents, c.only_old, c.only_new, "figure", old, new, "change", "95% bootstrap", "p"
    );
    let mut line = |name: &str, d: &Difference| {
        let signed = d.difference.map_or_else(String::new, |x| format!("{:+.2}", 100.0 * x));
        let bounds = d.ci95.map_or_else(String::new, between);
        let p = d.p.map_or_else(String::new, |p| format!("{p:.4}"));
        let star = if d.is_significant() { " *" } else { "" };
        let (old, new) = (percent(d.old), percent(d.new));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<24} {old:>8} {new:>8} {signed:>8} {bounds:>17} {p:>7}{star}");
    };
    c.figures.iter().for_each(|(name, d)| line(name, d));
    c.by_type.iter().for_each(|(kind, d)| line(kind, d));
    out
}

/// Two tools side by side, on the same documents.
pub(super) fn side_by_side(ours: (&Scores, &Measures), theirs: (&Scores, &Measures)) -> String {
    let mut out = format!("\n{:<28} {:>9} {:>9}\n", "side by side", "caseveil", "other");
    let f1 = |m: &Measures, way: &str| m.typed.micro.get(way).map(|f| f.f1);
    type Figure<'f> = &'f dyn Fn(&Scores, &Measures) -> Option<f64>;
    let figures: [(&str, Figure); 10] = [
        ("recall", &|s, _| s.span.full_recall),
        ("token recall", &|s, _| s.token.recall),
        ("token precision", &|s, _| s.token.precision),
        ("character recall", &|s, _| s.char.recall),
        ("documents without a leak", &|s, _| s.doc.zero_leak_rate),
        ("over-redaction", &|s, _| s.over_redaction.rate),
        ("all mentions of a person", &|_, m| m.entities.persons.rate),
        ("strict typed F1", &|_, m| f1(m, "strict")),
        ("partial F1", &|_, m| f1(m, "partial")),
        ("exact F1", &|_, m| f1(m, "exact")),
    ];
    for (name, figure) in figures {
        let (our, their) = (figure(ours.0, ours.1), figure(theirs.0, theirs.1));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<28} {:>9} {:>9}", percent(our), percent(their));
    }
    out
}

/// Recall and over-redaction by threshold.
pub(super) fn curve(points: &[(f32, Scores)]) -> String {
    let mut out = format!(
        "\n{:>9} {:>7} {:>7} {:>7} {:>10} {:>9}\n",
        "threshold", "recall%", "token%", "clean%", "precision", "over-red."
    );
    for (t, s) in points {
        let shares = [
            s.span.full_recall,
            s.token.recall,
            s.doc.zero_leak_rate,
            s.token.precision,
            s.over_redaction.rate,
        ];
        let [recall, token, clean, precision, over] = shares.map(percent);
        let _ = writeln!(out, "{t:>9} {recall:>7} {token:>7} {clean:>7} {precision:>10} {over:>9}");
    }
    out
}

/// The same for machines.
pub(super) fn curve_json(points: &[(f32, Scores)]) -> Value {
    let point = |(t, s): &(f32, Scores)| {
        json!({"threshold": exact(*t), "recall": s.span.full_recall, "ci95": s.span.ci95,
               "token_recall": s.token.recall, "token_precision": s.token.precision,
               "zero_leak_rate": s.doc.zero_leak_rate, "over_redaction": s.over_redaction.rate})
    };
    points.iter().map(point).collect()
}

/// Exact intervals beside Wilson's, under a key of their own: the reference scorer has none.
pub(super) fn exact_intervals(scores: &Scores) -> Value {
    let types: Map<String, Value> = scores
        .by_type
        .iter()
        .map(|(k, t)| (k.clone(), json!(clopper_pearson(t.full, t.n))))
        .collect();
    json!({
        "formula": "Clopper-Pearson: B(0.025; k, n-k+1) to B(0.975; k+1, n-k)",
        "span": clopper_pearson(scores.span.full, scores.span.n),
        "token": clopper_pearson(scores.token.tp, scores.token.tp + scores.token.r#fn),
        "char": clopper_pearson(scores.char.tp, scores.char.tp + scores.char.r#fn),
        "doc": clopper_pearson(scores.doc.zero_leak, scores.doc.n),
        "by_type": types,
    })
}

/// What each figure means, for people.
pub(super) fn definitions() -> String {
    let mut out = String::new();
    for d in DEFINITIONS {
        let _ =
            writeln!(out, "{} ({})\n  {}\n  interval: {}", d.name, d.key, d.formula, d.interval);
    }
    out
}

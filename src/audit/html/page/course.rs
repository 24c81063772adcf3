//! How it went before: the trend of earlier audits and the difference from one of them.

use super::table::{section, table};
use crate::audit::html::Report;
use crate::audit::html::chart::{Bar, intervals};
use crate::audit::html::words::escape;
use std::collections::BTreeMap;

/// Recall of the earlier audits and of this one, as chart and table; empty without earlier ones.
pub(super) fn trend(r: &Report) -> String {
    if r.earlier.is_empty() {
        return String::new();
    }
    let lang = r.lang;
    let mut all = r.earlier.to_vec();
    let now = lang.of("this audit", "cet audit").to_owned();
    all.push((now, r.scores.span.full_recall, r.scores.over_redaction.rate));
    let chart: Vec<Bar> = all
        .iter()
        .filter_map(|(name, recall, _)| {
            Some(Bar { name: name.clone(), value: (*recall)?, bounds: None })
        })
        .collect();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(name, recall, over)| vec![escape(name), lang.percent(*recall), lang.percent(*over)])
        .collect();
    let title =
        lang.of("Trend: recall of earlier audits", "Tendance : rappel des audits antérieurs");
    let heads = [
        lang.of("audit", "audit"),
        lang.of("recall", "rappel"),
        lang.of("over-redaction", "masquage excessif"),
    ];
    section(title, &intervals(title, &chart, lang), &table(title, &heads, &rows))
}

/// Each figure beside that of the audit that this one is compared with; empty without one.
pub(super) fn comparison(r: &Report) -> String {
    let Some(c) = r.comparison else { return String::new() };
    let lang = r.lang;
    let figures: BTreeMap<&str, _> = c.figures.iter().map(|(k, d)| (*k, d)).collect();
    let types = c.by_type.iter().map(|(k, d)| (k.as_str(), d));
    let rows: Vec<Vec<String>> = figures
        .into_iter()
        .chain(types)
        .map(|(name, d)| {
            vec![
                escape(name),
                lang.percent(d.old),
                lang.percent(d.new),
                d.difference.map_or_else(String::new, |x| lang.number(100.0 * x, 2)),
                d.ci95.map_or_else(String::new, |b| lang.interval(b)),
                d.p.map_or_else(String::new, |p| lang.number(p, 4)),
            ]
        })
        .collect();
    let title = lang.of("Difference from an earlier audit", "Écart avec un audit antérieur");
    let heads = [
        lang.of("figure", "chiffre"),
        lang.of("old", "ancien"),
        lang.of("new", "nouveau"),
        lang.of("change", "écart"),
        lang.of("95 % bootstrap", "95 % rééchantillonnage"),
        "p",
    ];
    format!("<section><h2>{title}</h2>{}</section>\n", table(title, &heads, &rows))
}

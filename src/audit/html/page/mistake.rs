//! Where it goes wrong: what was taken for what, how far scores can be believed, which documents
//! leak.

use super::table::{section, table, wide};
use crate::audit::html::Report;
use crate::audit::html::chart::{Bar, bars, square};
use crate::audit::html::words::{counts, escape};

/// Longest list of confusions and documents.
const LONGEST: usize = 25;

/// Which types were taken for which, the most frequent first.
pub(super) fn confusion(r: &Report) -> String {
    let lang = r.lang;
    let mut some: Vec<_> = r.measures.confusion.iter().filter(|c| c.gold != c.predicted).collect();
    some.sort_by(|a, b| {
        b.n.cmp(&a.n).then_with(|| (&a.gold, &a.predicted).cmp(&(&b.gold, &b.predicted)))
    });
    some.truncate(LONGEST);
    let none = |kind: &str| {
        if kind == "-" { lang.of("nothing", "rien").to_owned() } else { kind.to_owned() }
    };
    let chart: Vec<Bar> =
        some.iter().map(|c| Bar { name: none(&c.gold), value: c.n as f64, bounds: None }).collect();
    let rows: Vec<Vec<String>> = some
        .iter()
        .map(|c| vec![escape(&none(&c.gold)), escape(&none(&c.predicted)), c.n.to_string()])
        .collect();
    let title =
        lang.of("Confusion: what was taken for what", "Confusion : ce qui a été pris pour quoi");
    let heads = [lang.of("label", "étiquette"), lang.of("taken for", "pris pour"), "n"];
    section(title, &bars(title, &chart, lang), &table(title, &heads, &rows))
}

/// How often what was given a probability identifies.
pub(super) fn calibration(r: &Report) -> String {
    let lang = r.lang;
    let bins: Vec<_> = r.measures.calibration.iter().filter(|b| b.share.n > 0).collect();
    let points: Vec<(f64, f64)> =
        bins.iter().filter_map(|b| Some((b.mean?, b.share.rate?))).collect();
    let rows: Vec<Vec<String>> = bins
        .iter()
        .map(|b| {
            vec![
                lang.interval([b.low, b.high]),
                lang.percent(b.mean),
                lang.percent(b.share.rate),
                lang.interval(b.share.ci95),
                counts(&b.share),
            ]
        })
        .collect();
    let title = lang.of("Calibration of scores", "Étalonnage des scores");
    let heads = [
        lang.of("score", "score"),
        lang.of("mean", "moyenne"),
        lang.of("precision", "précision"),
        "95 % Wilson",
        lang.of("hits / n", "succès / n"),
    ];
    let axes =
        [lang.of("mean score", "score moyen"), lang.of("touches a label", "touche une étiquette")];
    section(title, &square(title, axes, &points), &table(title, &heads, &rows))
}

/// The documents with most leaks.
pub(super) fn worst(r: &Report) -> String {
    let lang = r.lang;
    let mut rows: Vec<_> = r.measures.documents.iter().filter(|d| d.full < d.n).collect();
    rows.sort_by_key(|d| (std::cmp::Reverse(d.n - d.full), d.id.clone()));
    rows.truncate(LONGEST);
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|d| {
            vec![
                escape(&d.id),
                (d.n - d.full).to_string(),
                d.n.to_string(),
                d.over.to_string(),
                d.plain.to_string(),
            ]
        })
        .collect();
    let title = lang.of("Documents that leak most", "Documents qui fuient le plus");
    let heads = [
        lang.of("document", "document"),
        lang.of("leaks", "fuites"),
        lang.of("labels", "étiquettes"),
        lang.of("masked for nothing", "masqués pour rien"),
        lang.of("other words", "autres mots"),
    ];
    format!("<section><h2>{title}</h2>{}</section>\n", table(title, &heads, &rows))
}

/// The leaks with the text around them; only what was asked for.
pub(super) fn contexts(r: &Report) -> String {
    let lang = r.lang;
    let rows: Vec<Vec<String>> = r
        .leaks
        .iter()
        .flat_map(|(kind, _, some)| some.iter().map(move |l| (kind, l)))
        .map(|(kind, l)| {
            let state = format!("{:?}", l.state).to_lowercase();
            vec![escape(kind), escape(&l.id), state, escape(&l.context)]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let title = lang.of("Leaks with their text", "Fuites avec leur texte");
    let heads = ["type", "document", lang.of("state", "état"), lang.of("context", "contexte")];
    format!("<section><h2>{title}</h2>{}</section>\n", wide(&table(title, &heads, &rows)))
}

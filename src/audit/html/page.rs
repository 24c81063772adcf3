//! The page itself: sections in the order in which an officer asks.

use super::Report;
use super::chart::{Bar, bars, intervals, square};
use super::words::{ReportLang, counts, escape};
use crate::audit::definition::DEFINITIONS;
use crate::audit::measure::Share;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");

/// A table: caption, heads, rows of ready HTML. The first cell of a row is its head.
fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let caption = escape(caption);
    let mut out = format!(
        "<div class=\"t\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table><caption>{caption}</caption><thead><tr>"
    );
    // Writing to a string cannot fail.
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(head));
    }
    out += "</tr></thead><tbody>\n";
    for row in rows {
        out += "<tr>";
        for (i, cell) in row.iter().enumerate() {
            let _ = match i {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out += "</tr>\n";
    }
    out + "</tbody></table></div>\n"
}

/// The same table, of sentences instead of numbers.
fn wide(table: &str) -> String {
    table.replacen("class=\"t\"", "class=\"t w\"", 1)
}

fn section(title: &str, chart: &str, table: &str) -> String {
    let title = escape(title);
    format!(
        "<section><h2>{title}</h2><div class=\"p\"><div class=\"c\">{chart}</div>{table}</div></section>\n"
    )
}

fn share_row(name: &str, s: &Share, lang: ReportLang) -> Vec<String> {
    vec![
        escape(name),
        lang.percent(s.rate),
        lang.interval(s.ci95),
        lang.interval(s.exact_ci95),
        counts(s),
    ]
}

fn share_heads(first: &str, lang: ReportLang) -> [&str; 5] {
    let hits = lang.of("hits / n", "succès / n");
    [first, lang.of("recall", "rappel"), "95 % Wilson", "95 % exact", hits]
}

fn shares(title: &str, first: &str, some: &[(String, Share)], lang: ReportLang) -> String {
    let bar = |(name, s): &(String, Share)| {
        Some(Bar { name: name.clone(), value: s.rate?, bounds: Some(s.ci95) })
    };
    let chart: Vec<Bar> = some.iter().filter_map(bar).collect();
    let rows: Vec<Vec<String>> = some.iter().map(|(name, s)| share_row(name, s, lang)).collect();
    section(title, &intervals(title, &chart, lang), &table(title, &share_heads(first, lang), &rows))
}

/// The report as one HTML file.
pub fn html(r: &Report) -> String {
    let lang = r.lang;
    let w = |en: &'static str, fr: &'static str| lang.of(en, fr);
    let title = w("Caseveil: compliance audit", "Caseveil : audit de conformité");
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
         <link rel=\"icon\" href=\"data:,\"><title>{title}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n",
        lang.tag()
    );
    out += &summary(r);
    if let Some(short) = r.shortfalls {
        out += &format!("<section><h2>{}</h2>", w("Gates", "Seuils"));
        if short.is_empty() {
            out +=
                &format!("<p>{}</p>", w("All gates are passed.", "Tous les seuils sont franchis."));
        } else {
            let items: String =
                short.iter().map(|s| format!("<li>{}</li>", escape(&s.to_string()))).collect();
            out += &format!("<ul class=\"bad\">{items}</ul>");
        }
        out += "</section>\n";
    }
    let types: Vec<(String, Share)> =
        r.scores.by_type.iter().map(|(k, t)| (k.clone(), Share::of(t.full, t.n))).collect();
    let title =
        w("Recall by type, with 95 % intervals", "Rappel par type, avec intervalles à 95 %");
    out += &shares(title, w("type", "type"), &types, lang);
    out += &leaks_by_class(r);
    for (key, en, fr) in [
        ("hipaa", "Recall by HIPAA letter", "Rappel par lettre HIPAA"),
        ("phipa", "Recall by PHIPA class", "Rappel par classe LPRPS"),
        ("lang", "Recall by language", "Rappel par langue"),
        ("layout", "Recall by layout", "Rappel par mise en page"),
        ("culture", "Recall by culture of the name", "Rappel par culture du nom"),
        ("form", "Recall by form of the name", "Rappel par forme du nom"),
        ("noise", "Recall by noise", "Rappel par bruit"),
    ] {
        let some: Vec<(String, Share)> = r
            .measures
            .breakdown
            .get(key)
            .into_iter()
            .flatten()
            .map(|(k, s)| (k.clone(), *s))
            .collect();
        out += &shares(lang.of(en, fr), w("group", "groupe"), &some, lang);
    }
    out += &typed(r);
    out += &confusion(r);
    out += &calibration(r);
    out += &trend(r);
    out += &comparison(r);
    out += &worst(r);
    out += &contexts(r);
    out += &definitions(lang);
    out + "</main></body></html>\n"
}

fn summary(r: &Report) -> String {
    let (lang, s, m) = (r.lang, r.scores, r.measures);
    let name = |key: &'static str| {
        DEFINITIONS.iter().find(|d| d.key == key).map_or(key, |d| lang.of(d.name, d.name_fr))
    };
    let share =
        |key: &'static str, hits: usize, n: usize| share_row(name(key), &Share::of(hits, n), lang);
    let mean = vec![
        escape(name("macro.recall")),
        lang.percent(m.r#macro.value),
        m.r#macro.ci95.map_or_else(String::new, |b| lang.interval(b)),
        String::new(),
        String::new(),
    ];
    let o = &s.over_redaction;
    let rows = vec![
        share("span.full_recall", s.span.full, s.span.n),
        mean,
        share("token.recall", s.token.tp, s.token.tp + s.token.r#fn),
        share("char.recall", s.char.tp, s.char.tp + s.char.r#fn),
        share("doc.zero_leak_rate", s.doc.zero_leak, s.doc.n),
        share_row(name("entities.persons"), &m.entities.persons, lang),
        share_row(name("entities.direct"), &m.entities.direct, lang),
        share_row(name("entities.quasi"), &m.entities.quasi, lang),
        share("token.precision", s.token.tp, s.token.tp + s.token.fp),
        share("over_redaction.rate", o.masked_non_phi_tokens, o.non_phi_tokens),
        share("clinical_retention.rate", r.retention.kept, r.retention.of),
    ];
    let engine: String = r
        .engine
        .iter()
        .map(|(k, v)| {
            let name = match k.as_str() {
                "rules" => lang.of("rules", "règles"),
                "policy" => lang.of("policy", "politique"),
                "policy_digest" => lang.of("its digest", "son empreinte"),
                "threshold" => lang.of("threshold", "seuil"),
                "names" => lang.of("names sought", "noms recherchés"),
                other => other,
            };
            format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(v))
        })
        .collect();
    let documents = lang.of("documents", "documents");
    let caption = lang.of("Figures of the whole corpus", "Chiffres de tout le corpus");
    let mut heads = share_heads(lang.of("figure", "chiffre"), lang);
    heads[1] = "%";
    format!(
        "<section><h2>{}</h2><dl><dt>{documents}</dt><dd>{}</dd>{engine}</dl>{}</section>\n",
        lang.of("Summary", "Sommaire"),
        s.docs,
        table(caption, &heads, &rows)
    )
}

fn leaks_by_class(r: &Report) -> String {
    let lang = r.lang;
    let leaks = |key: &str| {
        let of = r.measures.breakdown.get(key).into_iter().flatten();
        of.map(|(k, s)| (k.clone(), s.n - s.hits, s.n)).collect::<Vec<_>>()
    };
    let mut some: Vec<(String, usize, usize)> =
        leaks("hipaa").into_iter().map(|(k, l, n)| (format!("HIPAA {k}"), l, n)).collect();
    some.extend(leaks("phipa").into_iter().map(|(k, l, n)| (format!("PHIPA {k}"), l, n)));
    let chart: Vec<Bar> = some
        .iter()
        .map(|(name, l, _)| Bar { name: name.clone(), value: *l as f64, bounds: None })
        .collect();
    let rows: Vec<Vec<String>> =
        some.iter().map(|(name, l, n)| vec![escape(name), l.to_string(), n.to_string()]).collect();
    let title = lang.of("Leaks by class", "Fuites par classe");
    let heads =
        [lang.of("class", "classe"), lang.of("leaks", "fuites"), lang.of("labels", "étiquettes")];
    section(title, &bars(title, &chart, lang), &table(title, &heads, &rows))
}

fn typed(r: &Report) -> String {
    let (lang, t) = (r.lang, &r.measures.typed);
    let percent = |x: f64| lang.percent(Some(x));
    let rows: Vec<Vec<String>> = t
        .micro
        .iter()
        .map(|(way, f)| {
            let bounds = t.f1_ci95.get(way).copied().flatten();
            vec![
                (*way).to_owned(),
                percent(f.f1),
                bounds.map_or_else(String::new, |b| lang.interval(b)),
                percent(f.precision),
                percent(f.recall),
                lang.percent(t.macro_f1.get(way).copied().flatten()),
            ]
        })
        .collect();
    let chart: Vec<Bar> = t
        .micro
        .iter()
        .map(|(way, f)| Bar {
            name: (*way).to_owned(),
            value: f.f1,
            bounds: t.f1_ci95.get(way).copied().flatten(),
        })
        .collect();
    let title = lang.of("Typed F1 (nervaluate, i2b2)", "F1 typée (nervaluate, i2b2)");
    let heads = [
        lang.of("comparison", "comparaison"),
        "F1",
        lang.of("95 % bootstrap", "95 % rééchantillonnage"),
        lang.of("precision", "précision"),
        lang.of("recall", "rappel"),
        lang.of("mean F1 of types", "F1 moyenne des types"),
    ];
    section(title, &intervals(title, &chart, lang), &table(title, &heads, &rows))
}

/// Longest list of confusions and documents.
const LONGEST: usize = 25;

fn confusion(r: &Report) -> String {
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

fn calibration(r: &Report) -> String {
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

fn trend(r: &Report) -> String {
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

fn comparison(r: &Report) -> String {
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

fn worst(r: &Report) -> String {
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

fn contexts(r: &Report) -> String {
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

fn definitions(lang: ReportLang) -> String {
    let rows: Vec<Vec<String>> = DEFINITIONS
        .iter()
        .map(|d| {
            vec![
                escape(lang.of(d.name, d.name_fr)),
                escape(lang.of(d.formula, d.formula_fr)),
                escape(d.interval),
            ]
        })
        .collect();
    let title = lang.of("Definitions", "Définitions");
    let heads = [
        lang.of("figure", "chiffre"),
        lang.of("formula", "formule"),
        lang.of("95 % interval", "intervalle à 95 %"),
    ];
    format!("<section><h2>{title}</h2>{}</section>\n", wide(&table(title, &heads, &rows)))
}

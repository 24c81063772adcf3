//! The figures of the audit: the whole corpus, leaks by class, types compared.

use super::table::{section, share_heads, share_row, table};
use crate::audit::definition::DEFINITIONS;
use crate::audit::html::Report;
use crate::audit::html::chart::{Bar, bars, intervals};
use crate::audit::html::words::escape;
use crate::audit::share::Share;

/// The figures that are signed: recall, documents, over-redaction, clinical retention.
pub(super) fn summary(r: &Report) -> String {
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

/// Leaks by letter of HIPAA and class of PHIPA.
pub(super) fn leaks_by_class(r: &Report) -> String {
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

/// Precision, recall and F1 of the types.
pub(super) fn typed(r: &Report) -> String {
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

//! The page itself: sections in the order in which an officer asks.

mod table;
mod figure;
mod mistake;
mod course;

use super::Report;
use super::words::{ReportLang, escape};
use crate::audit::definition::DEFINITIONS;
use crate::audit::share::Share;
use course::{comparison, trend};
use figure::{leaks_by_class, summary, typed};
use mistake::{calibration, confusion, contexts, worst};
use table::{shares, table, wide};

const STYLE: &str = include_str!("style.css");

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

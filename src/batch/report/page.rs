//! The report as one page: no script, nothing fetched, every chart with its table.

use super::words::{self as w, Words};
use super::{Report, Residual};
use std::fmt::Write as _;

/// A language of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lang {
    En,
    Fr,
}

impl Lang {
    fn say(self, words: Words) -> &'static str {
        match self {
            Self::En => words.en,
            Self::Fr => words.fr,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
}

const STYLE: &str = "\
body{font:15px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;break-after:avoid}\
table{border-collapse:collapse;margin:.5rem 0;break-inside:avoid}caption{text-align:left;color:#555}\
th,td{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}\
.pair{display:flex;gap:2rem;flex-wrap:wrap;align-items:flex-start}svg{max-width:100%;height:auto}\
.note{border-left:4px solid #b35c00;padding:.3rem .8rem;background:#fff6ec}\
.fr{display:none}#fr:checked~.fr{display:block}#fr:checked~.en{display:none}\
input:focus-visible+label{outline:2px solid #004a99}\
@media print{input,label{display:none}body{margin:0;max-width:none}}";

pub(super) fn page(report: &Report) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    let _ = writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>Caseveil: {}</title><style>{STYLE}</style></head><body>",
        w::TITLE.en
    );
    out.push_str(
        "<input type=\"radio\" name=\"lang\" id=\"en\" checked><label for=\"en\">English</label> \
         <input type=\"radio\" name=\"lang\" id=\"fr\"><label for=\"fr\" lang=\"fr\">Français</label>\n",
    );
    for lang in [Lang::En, Lang::Fr] {
        let _ = write!(out, "<main class=\"{0}\" lang=\"{0}\">", lang.code());
        body(&mut out, report, lang);
        out.push_str("</main>\n");
    }
    out.push_str("</body></html>\n");
    out
}

fn body(out: &mut String, report: &Report, lang: Lang) {
    let say = |words| lang.say(words);
    let _ = writeln!(out, "<h1>{}</h1>", say(w::TITLE));
    let counts = report.counts;
    let rows = [
        (say(w::RELEASED).to_owned(), counts.released),
        (say(w::HELD).to_owned(), counts.held),
        (say(w::REFUSED).to_owned(), counts.refused),
        (say(w::QUARANTINED).to_owned(), counts.quarantined),
    ];
    chart(out, lang, w::OUTCOME, w::STATUS, w::DOCUMENTS, &rows);
    let _ = writeln!(out, "<p>{} {}</p>", number(report.inputs, lang), say(w::INPUTS));
    residual(out, report, lang);
    sample(out, report, lang);
    let rows = sorted(report.by_type.iter().map(|(t, n)| (t.clone(), *n)));
    chart(out, lang, w::TYPES, w::TYPE, w::COUNT, &rows);
    heading(out, lang, w::SOURCES);
    let rows = report.by_source.iter().flat_map(|(source, types)| {
        types.iter().map(move |(t, n)| vec![source.clone(), t.clone(), number(*n, lang)])
    });
    table(out, lang, &[w::SOURCE, w::TYPE, w::COUNT], rows);
    let rows: Vec<(String, usize)> =
        report.by_risk.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
    chart(out, lang, w::RISK, w::CANDIDATES, w::DOCUMENTS, &rows);
    if !report.outliers.is_empty() {
        heading(out, lang, w::OUTLIERS);
        let rows = report.outliers.iter().map(|o| {
            let (near, masked) = (number(o.near, lang), number(o.masked, lang));
            vec![o.input.clone(), o.output.clone(), near, masked]
        });
        table(out, lang, &[w::INPUT, w::OUTPUT, w::CANDIDATES, w::MASKED], rows);
    }
    chart(out, lang, w::RULES, w::RULE, w::COUNT, &report.by_rule);
    if !report.not_released.is_empty() {
        heading(out, lang, w::WHY_NOT);
        let rows = report.not_released.iter().map(|(status, reason, n, first)| {
            let status = match status {
                super::Status::Released => w::RELEASED,
                super::Status::Held => w::HELD,
                super::Status::Refused => w::REFUSED,
                super::Status::Quarantined => w::QUARANTINED,
            };
            vec![say(status).to_owned(), reason.clone(), number(*n, lang), first.clone()]
        });
        table(out, lang, &[w::STATUS, w::REASON, w::COUNT, w::FIRST], rows);
    }
    if let (Some(rate), Some(seconds)) = (report.bytes_per_second, report.seconds) {
        heading(out, lang, w::SPEED);
        let _ = writeln!(
            out,
            "<p>{} MB/s, {} s</p>",
            decimal(rate / 1e6, lang),
            decimal(seconds, lang)
        );
    }
    heading(out, lang, w::IN_FORCE);
    let digests = &report.digests;
    let rows = [
        (w::POLICY, format!("{} ({})", digests.policy, digests.policy_digest)),
        (w::DIGEST, digests.rules.clone()),
        (w::MODEL, digests.model.clone().unwrap_or_else(|| say(w::NONE).to_owned())),
    ];
    table(out, lang, &[], rows.into_iter().map(|(name, text)| vec![say(name).to_owned(), text]));
}

fn residual(out: &mut String, report: &Report, lang: Lang) {
    heading(out, lang, w::RESIDUAL);
    let _ = writeln!(out, "<p class=\"note\">{}</p>", lang.say(w::NO_SIGNATURE));
    let rows = [
        (w::RECAPTURE, &report.by_recapture, w::RECAPTURE_ASSUMES),
        (w::CANARIES, &report.by_canaries, w::CANARIES_ASSUME),
    ];
    let rows = rows.into_iter().filter_map(|(name, residual, assumes)| {
        let Residual { per_thousand, upper_per_thousand, .. } = residual.as_ref()?;
        Some(vec![
            lang.say(name).to_owned(),
            decimal(*per_thousand, lang),
            decimal(*upper_per_thousand, lang),
            lang.say(assumes).to_owned(),
        ])
    });
    table(out, lang, &[w::METHOD, w::GUESS, w::UPPER, w::ASSUMES], rows);
}

fn sample(out: &mut String, report: &Report, lang: Lang) {
    let Some(seed) = report.seed else { return };
    heading(out, lang, w::SAMPLE);
    let _ = writeln!(out, "<p>{} ({} {seed})</p>", lang.say(w::SAMPLE_HOW), lang.say(w::SEED));
    let bounds = report.sample_bounds.iter();
    let rows = bounds.map(|(leaky, bound)| vec![number(*leaky, lang), decimal(*bound, lang)]);
    table(out, lang, &[w::LEAKY, w::UPPER], rows);
    let rows = report.sample.iter().map(|(input, output)| vec![input.clone(), output.clone()]);
    table(out, lang, &[w::INPUT, w::OUTPUT], rows);
}

fn heading(out: &mut String, lang: Lang, words: Words) {
    let _ = writeln!(out, "<h2>{}</h2>", lang.say(words));
}

/// Bars, and the same as a table beside them.
fn chart(
    out: &mut String,
    lang: Lang,
    title: Words,
    name: Words,
    unit: Words,
    rows: &[(String, usize)],
) {
    if rows.is_empty() {
        return;
    }
    heading(out, lang, title);
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
    let height = rows.len() * 22 + 4;
    let _ = write!(
        out,
        "<div class=\"pair\"><svg role=\"img\" aria-label=\"{}\" width=\"420\" height=\"{height}\" \
         viewBox=\"0 0 420 {height}\" font-size=\"12\" font-family=\"system-ui,sans-serif\">",
        lang.say(title)
    );
    for (i, (label, n)) in rows.iter().enumerate() {
        let (y, width) = (i * 22 + 2, 230 * n / most);
        let _ = write!(
            out,
            "<text x=\"0\" y=\"{}\">{}</text>\
             <rect x=\"185\" y=\"{y}\" width=\"{width}\" height=\"17\" fill=\"#24618f\"/>",
            y + 13,
            escaped(&shortened(label))
        );
    }
    out.push_str("</svg>");
    let rows = rows.iter().map(|(label, n)| vec![label.clone(), number(*n, lang)]);
    table(out, lang, &[name, unit], rows);
    out.push_str("</div>\n");
}

fn table(out: &mut String, lang: Lang, heads: &[Words], rows: impl Iterator<Item = Vec<String>>) {
    out.push_str("<table>");
    if !heads.is_empty() {
        out.push_str("<thead><tr>");
        for head in heads {
            let _ = write!(out, "<th scope=\"col\">{}</th>", lang.say(*head));
        }
        out.push_str("</tr></thead>");
    }
    out.push_str("<tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let numeric = cell.starts_with(|c: char| c.is_ascii_digit())
                && cell.chars().all(|c| c.is_ascii_digit() || ".,\u{a0}".contains(c));
            let class = if numeric { " class=\"n\"" } else { "" };
            let _ = write!(out, "<td{class}>{}</td>", escaped(&cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>\n");
}

fn sorted(rows: impl Iterator<Item = (String, usize)>) -> Vec<(String, usize)> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows
}

/// A label that fits in front of its bar.
fn shortened(label: &str) -> String {
    match label.char_indices().nth(27) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Digits in groups of three, as the language has them.
fn number(n: usize, lang: Lang) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(if lang == Lang::En { ',' } else { '\u{a0}' });
        }
        out.push(c);
    }
    out
}

fn decimal(x: f64, lang: Lang) -> String {
    let text = if x >= 100.0 { format!("{x:.0}") } else { format!("{x:.2}") };
    if lang == Lang::En { text } else { text.replace('.', ",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_has_them() {
        assert_eq!(number(1_234_567, Lang::En), "1,234,567");
        assert_eq!(number(1234, Lang::Fr), "1\u{a0}234");
        assert_eq!(decimal(3.456, Lang::Fr), "3,46");
        assert_eq!(escaped("<a&\">"), "&lt;a&amp;&quot;&gt;");
        assert_eq!(shortened(&"é".repeat(40)), format!("{}…", "é".repeat(27)));
    }
}

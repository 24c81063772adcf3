//! Tables and the sections that show one beside its chart.

use crate::audit::html::chart::{Bar, intervals};
use crate::audit::html::words::{ReportLang, counts, escape};
use crate::audit::share::Share;
use std::fmt::Write as _;

/// A table: caption, heads, rows of ready HTML. The first cell of a row is its head.
pub(super) fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
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
pub(super) fn wide(table: &str) -> String {
    table.replacen("class=\"t\"", "class=\"t w\"", 1)
}

/// A section: title, chart, table.
pub(super) fn section(title: &str, chart: &str, table: &str) -> String {
    let title = escape(title);
    format!(
        "<section><h2>{title}</h2><div class=\"p\"><div class=\"c\">{chart}</div>{table}</div></section>\n"
    )
}

/// The row of a share, for [`share_heads`].
pub(super) fn share_row(name: &str, s: &Share, lang: ReportLang) -> Vec<String> {
    vec![
        escape(name),
        lang.percent(s.rate),
        lang.interval(s.ci95),
        lang.interval(s.exact_ci95),
        counts(s),
    ]
}

/// The heads of a table of shares.
pub(super) fn share_heads(first: &str, lang: ReportLang) -> [&str; 5] {
    let hits = lang.of("hits / n", "succès / n");
    [first, lang.of("recall", "rappel"), "95 % Wilson", "95 % exact", hits]
}

/// A section of shares with their intervals.
pub(super) fn shares(
    title: &str,
    first: &str,
    some: &[(String, Share)],
    lang: ReportLang,
) -> String {
    let bar = |(name, s): &(String, Share)| {
        Some(Bar { name: name.clone(), value: s.rate?, bounds: Some(s.ci95) })
    };
    let chart: Vec<Bar> = some.iter().filter_map(bar).collect();
    let rows: Vec<Vec<String>> = some.iter().map(|(name, s)| share_row(name, s, lang)).collect();
    section(title, &intervals(title, &chart, lang), &table(title, &share_heads(first, lang), &rows))
}

//! The scoreboard of a README: written by the audit, never typed.

use super::figures::Scores;
use super::gold::GoldDocument;
use super::measure::Row;
use super::metric::ratio;
use super::score::DocumentScore;
use super::share::Share;
use super::typed::{Labelled, TypedCounts, Way, score_typed};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the block begins in a file.
const BEGIN: &str =
    "<!-- scoreboard: written by caseveil audit corpus --scoreboard README.md -->\n";
/// Where it ends.
const END: &str = "<!-- end of scoreboard -->\n";

/// What stands in a cell of a column.
type Cell<'c> = &'c dyn Fn(&Part) -> String;

/// One row: documents of one kind.
struct Part<'p> {
    name: &'p str,
    scores: Scores,
    rows: Vec<&'p Row>,
    typed: [TypedCounts; 4],
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |x| format!("{:.1}", 100.0 * x))
}

/// `98.6 % (96.2–99.5; 139 of 141)`.
fn full(hits: usize, n: usize) -> String {
    let share = Share::of(hits, n);
    let [low, high] = share.ci95;
    if n == 0 {
        return "–".to_owned();
    }
    format!("{} % ({:.1}–{:.1}; {hits} of {n})", percent(share.rate), 100.0 * low, 100.0 * high)
}

/// The block, without its markers; `steps` are the figures of what each part of the engine adds.
pub fn scoreboard(
    gold: &[GoldDocument],
    scores: &[DocumentScore],
    predicted: &[Vec<Labelled>],
    rows: &[Row],
    steps: &[(String, Scores)],
) -> String {
    let part = |name: &'static str, counts: &dyn Fn(&GoldDocument) -> bool| {
        let at = || (0..gold.len()).filter(|i| counts(&gold[*i]));
        let mut typed = [TypedCounts::default(); 4];
        for i in at() {
            for (sum, own) in typed.iter_mut().zip(score_typed(&gold[i], &predicted[i]).all) {
                sum.add(own);
            }
        }
        Part {
            name,
            scores: Scores::of(at().map(|i| (&gold[i], &scores[i])), None),
            rows: at().map(|i| &rows[i]).collect(),
            typed,
        }
    };
    let mut parts = vec![part("all", &|_| true)];
    if gold.iter().any(GoldDocument::is_held_out) {
        parts.push(part("learnt from", &|d| !d.is_held_out()));
        parts.push(part("held out", &GoldDocument::is_held_out));
    }
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = overview(&mut out, &parts);
    let _ = types(&mut out, &parts);
    if !steps.is_empty() {
        let _ = writeln!(
            out,
            "\n| engine, held-out documents | recall | over-redaction |\n|---|---|---|"
        );
        for (name, s) in steps {
            let (recall, over) = (percent(s.span.full_recall), percent(s.over_redaction.rate));
            let _ = writeln!(out, "| {name} | {recall} % | {over} % |");
        }
    }
    out
}

fn overview(out: &mut String, parts: &[Part]) -> std::fmt::Result {
    write!(out, "\n| figure (95 % Wilson interval) |")?;
    parts.iter().try_for_each(|p| write!(out, " {} |", p.name))?;
    writeln!(out, "\n|---|{}", "---|".repeat(parts.len()))?;
    let sum = |p: &Part, of: &dyn Fn(&Row) -> usize| p.rows.iter().map(|r| of(r)).sum::<usize>();
    let macro_recall = |p: &Part| {
        let recalls: Vec<f64> = p.scores.by_type.iter().filter_map(|(_, t)| t.recall).collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    };
    let f1 = |p: &Part, way: usize| percent(Some(p.typed[way].figures().f1)) + " %";
    let level = |hits: usize, misses: usize| full(hits, hits + misses);
    let lines: [(&str, Cell); 11] = [
        ("documents", &|p| p.scores.docs.to_string()),
        ("**recall: no letter or digit of a label leaks**", &|p| {
            full(p.scores.span.full, p.scores.span.n)
        }),
        ("mean recall of the types", &|p| percent(macro_recall(p)) + " %"),
        ("token recall", &|p| level(p.scores.token.tp, p.scores.token.r#fn)),
        ("character recall", &|p| level(p.scores.char.tp, p.scores.char.r#fn)),
        ("documents without a leak", &|p| full(p.scores.doc.zero_leak, p.scores.doc.n)),
        ("token precision", &|p| level(p.scores.token.tp, p.scores.token.fp)),
        ("over-redaction", &|p| percent(p.scores.over_redaction.rate) + " %"),
        ("clinical retention", &|p| {
            percent(ratio(sum(p, &|r| r.kept), sum(p, &|r| r.clinical))) + " %"
        }),
        ("strict typed F1", &|p| f1(p, 0)),
        ("partial F1", &|p| f1(p, 2)),
    ];
    debug_assert_eq!((Way::ALL[0], Way::ALL[2]), (Way::Strict, Way::Partial));
    for (name, cell) in lines {
        write!(out, "| {name} |")?;
        parts.iter().try_for_each(|p| write!(out, " {} |", cell(p)))?;
        writeln!(out)?;
    }
    Ok(())
}

fn types(out: &mut String, parts: &[Part]) -> std::fmt::Result {
    // Beside each other: everything, and what nobody learnt from.
    let shown: Vec<&Part> = parts.iter().filter(|p| p.name != "learnt from").collect();
    for p in &shown {
        let mut weakest: Vec<(f64, &str)> = p
            .scores
            .by_type
            .iter()
            .filter_map(|(kind, t)| Some((t.recall?, t.n, kind)))
            .filter(|(_, n, _)| *n >= 10)
            .map(|(recall, _, kind)| (recall, kind.as_str()))
            .collect();
        weakest.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        weakest.truncate(5);
        let named: Vec<String> =
            weakest.iter().map(|(r, kind)| format!("{kind} {} %", percent(Some(*r)))).collect();
        writeln!(
            out,
            "\nWeakest five types of ten labels or more, {}: {}.",
            p.name,
            named.join(", ")
        )?;
    }
    write!(out, "\n| type: recall |")?;
    shown.iter().try_for_each(|p| write!(out, " {} |", p.name))?;
    writeln!(out, "\n|---|{}", "---|".repeat(shown.len()))?;
    let by_kind: Vec<BTreeMap<&str, (usize, usize)>> = shown
        .iter()
        .map(|p| p.scores.by_type.iter().map(|(k, t)| (k.as_str(), (t.full, t.n))).collect())
        .collect();
    for (kind, _) in &parts[0].scores.by_type {
        write!(out, "| {kind} |")?;
        for kinds in &by_kind {
            let (hits, n) = kinds.get(kind.as_str()).copied().unwrap_or_default();
            write!(out, " {} |", full(hits, n))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A file with the block in the place of the one between its markers; `None` without markers.
pub fn with_scoreboard(file: &str, block: &str) -> Option<String> {
    let (before, rest) = file.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{block}\n{END}{after}"))
}

//! Passages of gold documents that leak or were masked for nothing, for people to read.
//!
//! The only place of an audit that quotes text; printed on demand alone (`--show-text`).

use super::figures::type_name;
use super::gold::GoldDocument;
use super::score::{DocumentScore, State};
use crate::span::CharSpan;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// A gold span that leaks, with the text around it: invented text only, never a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// The document.
    pub id: String,
    /// Partial or missed.
    pub state: State,
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The span in double brackets, 36 characters around it.
    pub context: String,
}

fn context(text: &[char], span: CharSpan) -> String {
    let (start, end) =
        (span.start.min(text.len()), span.end.clamp(span.start.min(text.len()), text.len()));
    let piece = |a: usize, b: usize| {
        text[a..b].iter().map(|&c| if c == '\n' { '\u{23ce}' } else { c }).collect::<String>()
    };
    let (before, after) = (start.saturating_sub(36), (end + 36).min(text.len()));
    format!("{}[[{}]]{}", piece(before, start), piece(start, end), piece(end, after))
}

/// Up to `n` leaks of each type with their number, the type with most of them first; evenly spread.
pub fn leaks<'s>(
    scored: impl IntoIterator<Item = (&'s GoldDocument, &'s DocumentScore)>,
    span_key: Option<&str>,
    n: usize,
) -> Vec<(String, usize, Vec<Leak>)> {
    let mut by_type: BTreeMap<String, Vec<Leak>> = BTreeMap::new();
    for (document, score) in scored {
        let text: Vec<char> = document.text.chars().collect();
        for s in score.spans.iter().filter(|s| s.state != State::Full) {
            let gold = &document.spans[s.index];
            by_type.entry(type_name(gold, span_key)).or_default().push(Leak {
                id: document.id.clone(),
                state: s.state,
                start: gold.span.start,
                end: gold.span.end,
                context: context(&text, gold.span),
            });
        }
    }
    let mut out: Vec<_> = by_type.into_iter().map(|(k, v)| (k, v.len(), spread(v, n))).collect();
    out.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    out
}

/// `n` of the items, evenly spread, the first included.
fn spread(items: Vec<Leak>, n: usize) -> Vec<Leak> {
    let len = items.len();
    if len <= n {
        return items;
    }
    (0..n).map(|i| items[i * len / n].clone()).collect()
}

/// A token that was masked for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverRedacted {
    /// How often.
    pub count: usize,
    /// In lower case.
    pub token: String,
    /// The first document in which it was.
    pub id: String,
    /// The token in double brackets, 36 characters around it.
    pub context: String,
}

/// The `n` tokens most often masked for nothing, in lower case.
pub fn most_over_redacted<'s>(
    scored: impl IntoIterator<Item = (&'s GoldDocument, &'s DocumentScore)>,
    n: usize,
) -> Vec<OverRedacted> {
    let (mut place, mut out): (HashMap<String, usize>, Vec<OverRedacted>) =
        (HashMap::new(), Vec::new());
    for (document, score) in scored {
        let text: Vec<char> = document.text.chars().collect();
        for &span in &score.over_redacted {
            let token = text[span.start..span.end].iter().collect::<String>().to_lowercase();
            let at = *place.entry(token.clone()).or_insert(out.len());
            if at == out.len() {
                out.push(OverRedacted {
                    count: 0,
                    token,
                    id: document.id.clone(),
                    context: context(&text, span),
                });
            }
            out[at].count += 1;
        }
    }
    out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.token.cmp(&b.token)));
    out.truncate(n);
    out
}

//! Marked-up text: how authors label a document while they write it.
//!
//! `Seen by Dr. [[PERSON_PROVIDER:Lee]] on a [[?HOLIDAY:Monday]].` below a first line
//! `#! layout=letter ; culture=Cree ; noise=none`. A question mark makes a label optional.
//! A document that nothing may be learnt from says `; split=held_out` there as well.

use super::gold::{GoldDocument, GoldError, GoldSpan, Source};
use crate::span::CharSpan;
use serde_json::{Map, Value};

/// Keys of the first line, in the order in which they are written.
const KEYS: [&str; 3] = ["layout", "culture", "noise"];
/// A key that may stand behind them.
const SPLIT: &str = "split";
/// What it may say; a document without it is for development.
const SPLITS: [&str; 2] = ["held_out", "regression"];
const LAYOUTS: [&str; 11] = [
    "form",
    "letter",
    "emr",
    "phone",
    "email",
    "nursing",
    "pharmacy",
    "imaging",
    "dictation",
    "social",
    "dialogue",
];
const NOISES: [&str; 5] = ["none", "lower", "caps", "typos", "ocr"];

/// The document of a marked-up file's content; `file` names it in errors.
///
/// # Errors
/// [`GoldError::Line`] when the first line is not a header, or a mark is not closed, empty, nested
/// or has no type in capitals.
///
/// # Examples
/// ```
/// use caseveil::audit::{read_markup, write_markup};
/// let file = "#! layout=letter ; culture=Cree ; noise=none\nSeen by Dr. [[PERSON_PROVIDER:Lee]].\n";
/// let document = read_markup("en/1", "en", file, "1.txt")?;
/// assert_eq!(document.text, "Seen by Dr. Lee.");
/// assert_eq!(document.spans[0].span.start, 12);
/// assert_eq!(write_markup(&document).as_deref(), Some(file));
/// # Ok::<(), caseveil::audit::GoldError>(())
/// ```
pub fn read_markup(
    id: &str,
    lang: &str,
    content: &str,
    file: &str,
) -> Result<GoldDocument, GoldError> {
    let wrong =
        |line: usize, message: String| GoldError::Line { file: file.to_owned(), line, message };
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let (first, body) = content.split_once('\n').unwrap_or((content, ""));
    let meta = header(first).map_err(|m| wrong(1, m))?;
    let body = body.strip_suffix('\n').unwrap_or(body);
    let (text, spans) =
        marks(body).map_err(|(at, m)| wrong(2 + body[..at].matches('\n').count(), m))?;
    Ok(GoldDocument {
        id: id.to_owned(),
        lang: lang.to_owned(),
        text,
        spans,
        other: Map::from_iter([("meta".to_owned(), Value::Object(meta))]),
        source: Source { file: file.to_owned(), line: 2, markup: true },
    })
}

fn header(line: &str) -> Result<Map<String, Value>, String> {
    let asked = || format!("the first line is `#! {}=… ; {}=… ; {}=…`", KEYS[0], KEYS[1], KEYS[2]);
    let pairs = line.strip_prefix("#!").ok_or_else(asked)?;
    let mut meta = Map::new();
    for pair in pairs.split(';') {
        let (key, value) = pair.split_once('=').ok_or_else(asked)?;
        let (key, value) = (key.trim(), value.trim());
        let known: &[&str] = match key {
            "layout" => &LAYOUTS,
            "noise" => &NOISES,
            "culture" => &[],
            SPLIT => &SPLITS,
            _ => return Err(asked()),
        };
        if value.is_empty() || !(known.is_empty() || known.contains(&value)) {
            return Err(format!(
                "{key} is one of {}",
                if known.is_empty() { "its names".to_owned() } else { known.join(", ") }
            ));
        }
        if meta.insert(key.to_owned(), Value::String(value.to_owned())).is_some() {
            return Err(format!("{key} twice"));
        }
    }
    if KEYS.iter().all(|k| meta.contains_key(*k)) { Ok(meta) } else { Err(asked()) }
}

/// Text and labels of marked-up text, or the byte where it goes wrong and why.
fn marks(body: &str) -> Result<(String, Vec<GoldSpan>), (usize, String)> {
    let (mut text, mut spans) = (String::with_capacity(body.len()), Vec::new());
    let (mut at, mut chars) = (0, 0);
    let mut plain = |piece: &str, text: &mut String| {
        chars += piece.chars().count();
        text.push_str(piece);
        chars
    };
    while let Some(open) = body[at..].find("[[").map(|i| at + i) {
        // Of three brackets the first is text: `[[[CITY:Kenora]]]`.
        let open = if body[open..].starts_with("[[[") { open + 1 } else { open };
        if body[at..open].contains("]]") {
            let stray = at + body[at..open].find("]]").unwrap_or(0);
            return Err((stray, "`]]` closes nothing".to_owned()));
        }
        plain(&body[at..open], &mut text);
        let (kind, optional, inner) = opened(&body[open + 2..])
            .ok_or_else(|| (open, "a mark is [[TYPE:text]] or [[?TYPE:text]]".to_owned()))?;
        let from = body.len() - inner.len();
        let close =
            inner.find("]]").ok_or_else(|| (open, format!("the mark {kind} is not closed")))?;
        let inner = &inner[..close];
        if inner.contains("[[") {
            return Err((open, format!("the mark {kind} is not closed before the next one opens")));
        }
        if inner.trim().is_empty() {
            return Err((open, format!("the mark {kind} is empty")));
        }
        let start = plain("", &mut text);
        let end = plain(inner, &mut text);
        let span = CharSpan { start, end };
        spans.push(GoldSpan { span, kind: kind.to_owned(), optional, other: Map::new() });
        at = from + close + 2;
    }
    if let Some(stray) = body[at..].find("]]") {
        return Err((at + stray, "`]]` closes nothing".to_owned()));
    }
    plain(&body[at..], &mut text);
    Ok((text, spans))
}

/// Type, whether optional, and what follows the colon.
fn opened(inner: &str) -> Option<(&str, bool, &str)> {
    let (optional, named) = inner.strip_prefix('?').map_or((false, inner), |rest| (true, rest));
    let (kind, rest) = named.split_once(':')?;
    let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (!kind.is_empty() && kind.bytes().all(is_name)).then_some((kind, optional, rest))
}

/// The marked-up file of a document, or `None` when its spans overlap or leave the text, or its
/// `meta` lacks a key of the header: what markup cannot say.
pub fn write_markup(document: &GoldDocument) -> Option<String> {
    let meta = document.other.get("meta")?;
    let pairs: Option<Vec<String>> =
        KEYS.iter().map(|k| Some(format!("{k}={}", meta.get(k)?.as_str()?))).collect();
    let mut header = pairs?;
    if let Some(split) = meta.get(SPLIT) {
        header.push(format!("{SPLIT}={}", split.as_str()?));
    }
    let mut out = format!("#! {}\n", header.join(" ; "));
    let mut spans: Vec<&GoldSpan> = document.spans.iter().collect();
    spans.sort_by_key(|s| (s.span.start, s.span.end));
    let mut chars = document.text.chars();
    let mut at = 0;
    for s in spans {
        let before = s.span.start.checked_sub(at)?;
        out.extend(chars.by_ref().take(before));
        out.push_str(if s.optional { "[[?" } else { "[[" });
        out.push_str(&s.kind);
        out.push(':');
        for _ in 0..s.span.end.checked_sub(s.span.start)? {
            out.push(chars.next()?);
        }
        out.push_str("]]");
        at = s.span.end;
    }
    out.extend(chars);
    out.push('\n');
    Some(out)
}

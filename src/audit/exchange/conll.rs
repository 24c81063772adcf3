//! `CoNLL`: one token a line with its tag in BIO, an empty line between sentences.
//!
//! `# newdoc id = ID` begins a document, `# lang = en` tells its language and `# text = "…"` (JSON)
//! its text, from which tokens get their places. Without a text the tokens are joined by spaces and
//! the sentences by line breaks, as everybody reads such files. A tag that ends in `?` is optional.

use super::text::{check, document, slice, span, wrong};
use crate::audit::gold::{GoldDocument, GoldError, GoldSpan};
use std::collections::BTreeSet;
use std::fmt::Write as _;

struct Token<'t> {
    line: usize,
    word: &'t str,
    tag: &'t str,
    /// The first of its sentence.
    first: bool,
}

struct Part<'t> {
    id: String,
    lang: String,
    text: Option<String>,
    line: usize,
    tokens: Vec<Token<'t>>,
}

pub(super) fn read(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut first = true;
    for (i, line) in content.lines().enumerate() {
        let number = i + 1;
        let new = |id: String| Part {
            id,
            lang: String::new(),
            text: None,
            line: number,
            tokens: Vec::new(),
        };
        if let Some(id) = line.strip_prefix("# newdoc id = ") {
            parts.push(new(id.to_owned()));
            first = true;
        } else if line.starts_with("-DOCSTART-") {
            let name = (parts.len() + 1).to_string();
            parts.push(new(name));
            first = true;
        } else if let Some(lang) = line.strip_prefix("# lang = ") {
            let Some(part) = parts.last_mut() else {
                return Err(wrong(file, number, "a language before any document"));
            };
            lang.clone_into(&mut part.lang);
        } else if let Some(text) = line.strip_prefix("# text = ") {
            // CoNLL-U has the bare text of a sentence here; only a quoted one is a document's.
            if let (Ok(text), Some(part)) = (serde_json::from_str(text), parts.last_mut()) {
                part.text = Some(text);
            }
        } else if line.starts_with("# ") || line == "#" {
        } else if line.trim().is_empty() {
            first = true;
        } else {
            // Columns between word and tag (part of speech, chunk) are passed over.
            let columns: Vec<&str> = if line.contains('\t') {
                line.split('\t').collect()
            } else {
                line.split(' ').filter(|c| !c.is_empty()).collect()
            };
            let (word, tag) = match columns[..] {
                [word, .., tag] if !word.is_empty() && is_tag(tag) => (word, tag),
                _ => {
                    return Err(wrong(
                        file,
                        number,
                        "a line is a word and a tag O, B-TYPE or I-TYPE",
                    ));
                }
            };
            if parts.is_empty() {
                parts.push(new("1".to_owned()));
            }
            if let Some(part) = parts.last_mut() {
                part.tokens.push(Token { line: number, word, tag, first });
            }
            first = false;
        }
    }
    parts.into_iter().map(|part| placed(part, file)).collect()
}

fn is_tag(tag: &str) -> bool {
    tag == "O" || tag.strip_prefix("B-").or(tag.strip_prefix("I-")).is_some_and(|t| !t.is_empty())
}

/// A document from its tokens.
fn placed(part: Part, file: &str) -> Result<GoldDocument, GoldError> {
    let mut joined = String::new();
    if part.text.is_none() {
        for (i, t) in part.tokens.iter().enumerate() {
            if i > 0 {
                joined.push(if t.first { '\n' } else { ' ' });
            }
            joined.push_str(t.word);
        }
    }
    let text = part.text.unwrap_or(joined);
    let mut d = document(&part.id, &part.lang, &text, file, part.line);
    let (mut byte, mut chars) = (0, 0);
    for t in &part.tokens {
        let Some(skip) = text[byte..].find(t.word) else {
            return Err(wrong(file, t.line, "the word does not follow in the document's text"));
        };
        let gap = &text[byte..byte + skip];
        if !gap.trim().is_empty() {
            return Err(wrong(file, t.line, "text of the document before this word has no token"));
        }
        chars += gap.chars().count();
        let (start, end) = (chars, chars + t.word.chars().count());
        byte += skip + t.word.len();
        chars = end;
        let Some((place, kind)) = t.tag.split_once('-') else { continue };
        let (kind, optional) = kind.strip_suffix('?').map_or((kind, false), |k| (k, true));
        match (place, d.spans.last_mut()) {
            // An I- without its B- begins a label, as in the files of old.
            ("I", Some(last))
                if last.kind == kind
                    && last.optional == optional
                    && text
                        .chars()
                        .skip(last.span.end)
                        .take(start - last.span.end)
                        .all(char::is_whitespace) =>
            {
                last.span.end = end;
            }
            _ => d.spans.push(span(start, end, kind, optional)),
        }
    }
    if !text[byte..].trim().is_empty() {
        return Err(wrong(file, part.line, "text at the end of the document has no token"));
    }
    d.spans.iter().try_for_each(|s| check(&d.text, s, None, (file, part.line)))?;
    Ok(d)
}

pub(super) fn write(d: &GoldDocument) -> Result<String, String> {
    let mut spans: Vec<&GoldSpan> = d.spans.iter().collect();
    spans.sort_by_key(|s| (s.span.start, s.span.end));
    if spans.windows(2).any(|w| w[1].span.start < w[0].span.end) {
        return Err("labels that overlap".to_owned());
    }
    if d.id.contains(['\n', '\r']) || d.lang.contains(['\n', '\r']) {
        return Err("a line break in an id or a language".to_owned());
    }
    for s in &spans {
        if s.kind.is_empty() || s.kind.contains(char::is_whitespace) || s.kind.ends_with('?') {
            return Err("a type that no tag can name; map the labels".to_owned());
        }
        let text = slice(&d.text, s.span).unwrap_or_default();
        if text.trim().len() != text.len() {
            return Err("a label with blanks at an end".to_owned());
        }
    }
    let chars: Vec<char> = d.text.chars().collect();
    // Words end at blanks, at the borders of labels, and between letters and other signs.
    let mut borders: BTreeSet<usize> =
        spans.iter().flat_map(|s| [s.span.start, s.span.end]).collect();
    for i in 1..chars.len() {
        let kind = |c: char| (c.is_whitespace(), c.is_alphanumeric());
        if kind(chars[i - 1]) != kind(chars[i]) {
            borders.insert(i);
        }
    }
    borders.extend([0, chars.len()]);
    // Writing to a string cannot fail.
    let mut out = format!("# newdoc id = {}\n", d.id);
    if !d.lang.is_empty() {
        let _ = writeln!(out, "# lang = {}", d.lang);
    }
    let _ = writeln!(out, "# text = {}", serde_json::Value::String(d.text.clone()));
    let borders: Vec<usize> = borders.into_iter().collect();
    for pair in borders.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let word: String = chars[start..end].iter().collect();
        if word.trim().is_empty() {
            if word.contains('\n') {
                out.push('\n');
            }
            continue;
        }
        let tag = spans.iter().find(|s| s.span.start <= start && end <= s.span.end);
        let tag = tag.map_or_else(
            || "O".to_owned(),
            |s| {
                let place = if s.span.start == start { 'B' } else { 'I' };
                format!("{place}-{}{}", s.kind, if s.optional { "?" } else { "" })
            },
        );
        let _ = writeln!(out, "{word}\t{tag}");
    }
    out.push('\n');
    Ok(out)
}

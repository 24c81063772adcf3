//! What the readers share: places in texts, and checks that labels fit them.

use crate::audit::gold::{GoldDocument, GoldError, GoldSpan, Source};
use crate::span::CharSpan;
use serde_json::Map;

/// An error at a line of a file.
pub(super) fn wrong(file: &str, line: usize, message: impl Into<String>) -> GoldError {
    GoldError::Line { file: file.to_owned(), line, message: message.into() }
}

/// A span without other keys.
pub(super) fn span(start: usize, end: usize, kind: &str, optional: bool) -> GoldSpan {
    GoldSpan { span: CharSpan { start, end }, kind: kind.to_owned(), optional, other: Map::new() }
}

/// A document without spans.
pub(super) fn document(id: &str, lang: &str, text: &str, file: &str, line: usize) -> GoldDocument {
    GoldDocument {
        id: id.to_owned(),
        lang: lang.to_owned(),
        text: text.to_owned(),
        spans: Vec::new(),
        other: Map::new(),
        source: Source { file: file.to_owned(), line, markup: false },
    }
}

/// The language that the first folder of an id names.
pub(super) fn lang_of(id: &str) -> &str {
    let first = id.split('/').next().unwrap_or("");
    if matches!(first, "en" | "fr" | "mixed") { first } else { "" }
}

/// The code points of a stretch; `None` when it leaves the text or is empty.
pub(super) fn slice(text: &str, span: CharSpan) -> Option<String> {
    let len = span.end.checked_sub(span.start).filter(|len| *len > 0)?;
    let some: String = text.chars().skip(span.start).take(len).collect();
    (some.chars().count() == len).then_some(some)
}

/// True when a label's own copy of its text is what stands there. Tools write line breaks and runs
/// of spaces their own way, so that only what can be seen counts.
pub(super) fn says(text: &str, span: CharSpan, copy: &str) -> bool {
    let seen =
        |t: &str| t.replace("\\n", "").chars().filter(|c| !c.is_whitespace()).collect::<String>();
    slice(text, span).is_some_and(|there| seen(&there) == seen(copy))
}

/// Checks a span against its text, and against its own copy of it where it has one.
pub(super) fn check(
    text: &str,
    span: &GoldSpan,
    copy: Option<&str>,
    (file, line): (&str, usize),
) -> Result<(), GoldError> {
    let (at, kind) = (span.span, &span.kind);
    if slice(text, at).is_none() {
        let message =
            format!("the {kind} span {}..{} is empty or leaves the text", at.start, at.end);
        return Err(wrong(file, line, message));
    }
    if copy.is_some_and(|copy| !says(text, at, copy)) {
        let message = format!(
            "the {kind} span {}..{} does not hold the text that it says; offsets count code points",
            at.start, at.end
        );
        return Err(wrong(file, line, message));
    }
    Ok(())
}

/// Every span of a document lies in its text.
pub(super) fn inside(document: &GoldDocument) -> Result<(), GoldError> {
    let len = document.text.chars().count();
    for s in &document.spans {
        if s.span.start >= s.span.end || s.span.end > len {
            let message = format!(
                "the {} span {}..{} is empty or leaves the text",
                s.kind, s.span.start, s.span.end
            );
            return Err(wrong(&document.source.file, document.source.line, message));
        }
    }
    Ok(())
}

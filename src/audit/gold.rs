//! Gold documents: text in which people labelled every identifier, and where it is kept.
//!
//! Enters: folders of marked-up text (see [`super::read_markup`]) and JSONL. Leaves:
//! [`GoldDocument`]s in a stable order. Errors say file, line and reason, never the text.

use super::markup::read_markup;
use crate::span::CharSpan;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why gold cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GoldError {
    /// The file system said no.
    #[error("{file}: {kind}")]
    Read {
        /// The file or folder.
        file: String,
        /// The kind of failure.
        kind: std::io::ErrorKind,
    },
    /// A line is not what the format asks for.
    #[error("{file}:{line}: {message}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

/// One label of a gold document.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldSpan {
    /// Where, in code points of the text.
    pub span: CharSpan,
    /// The type's name. A string: corpora of other makers have types of their own.
    pub kind: String,
    /// Neither required nor penalised.
    pub optional: bool,
    /// Other keys of the span, such as `form`.
    pub other: Map<String, Value>,
}

/// Where a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub file: String,
    /// The line on which the document (of JSONL) or its text (of markup) begins, from 1.
    pub line: usize,
    /// True when each line of the text is a line of the file.
    pub markup: bool,
}

/// A labelled document.
#[derive(Clone, PartialEq)]
pub struct GoldDocument {
    /// Its name, unique in a corpus: `en/001-lbp-taper-kenora`.
    pub id: String,
    /// `en`, `fr` or `mixed`; empty when the source does not tell.
    pub lang: String,
    /// The text.
    pub text: String,
    /// Its labels, in the order of the source.
    pub spans: Vec<GoldSpan>,
    /// Every other key; `meta` holds layout, culture and noise.
    pub other: Map<String, Value>,
    /// Where it was read.
    pub source: Source,
}

impl fmt::Debug for GoldDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GoldDocument({} bytes, {} spans)", self.text.len(), self.spans.len())
    }
}

impl GoldDocument {
    /// True for a document that is scored, but never learnt from, nor read by who builds the engine.
    pub fn is_held_out(&self) -> bool {
        self.key("split") == "held_out"
    }

    /// The value of a key as text: dots reach inside (`meta.noise`), and a plain key that the
    /// document lacks is sought in `meta`. Empty when it is nowhere.
    ///
    /// # Examples
    /// ```
    /// # use caseveil::audit::{read_markup, Source};
    /// let file = "#! layout=form ; culture=Cree ; noise=none\nSeen by [[PERSON_PROVIDER:Lee]]\n";
    /// let document = read_markup("en/1", "en", file, "1.txt")?;
    /// assert_eq!((document.key("lang"), document.key("noise")), ("en".into(), "none".into()));
    /// # Ok::<(), caseveil::audit::GoldError>(())
    /// ```
    pub fn key(&self, key: &str) -> String {
        match key {
            "id" => return self.id.clone(),
            "lang" => return self.lang.clone(),
            _ => {}
        }
        let mut parts = key.split('.');
        let first = parts.next().and_then(|k| self.other.get(k));
        let found = parts.fold(first, |at, k| at.and_then(|v| v.get(k)));
        found.or_else(|| self.other.get("meta")?.get(key)).map_or_else(String::new, plain)
    }
}

/// A JSON value as Python's `str` writes it, for the values that label documents.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    lang: Option<String>,
    text: String,
    #[serde(default)]
    spans: Option<Vec<SpanLine>>,
    #[serde(default)]
    optional: Option<Vec<SpanLine>>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct SpanLine {
    start: usize,
    end: usize,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    optional: Option<bool>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl SpanLine {
    fn into_span(self, optional: bool) -> GoldSpan {
        GoldSpan {
            span: CharSpan { start: self.start, end: self.end },
            kind: self.r#type.unwrap_or_default(),
            optional: optional || self.optional.unwrap_or(false),
            other: self.other,
        }
    }
}

/// Documents of JSONL text; `file` names it in errors. Blank lines are skipped.
///
/// # Errors
/// [`GoldError::Line`] for a line that is not an object with `id`, `text` and well-formed spans,
/// and for an id that came before.
pub fn read_jsonl(content: &str, file: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let mut documents: Vec<GoldDocument> = Vec::new();
    for (i, line) in content.split('\n').enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let wrong =
            |message: String| GoldError::Line { file: file.to_owned(), line: i + 1, message };
        // The parser's own message could quote the line.
        let line: Line = serde_json::from_str(line).map_err(|e| {
            wrong(format!("column {}: not an object with `id`, `text` and `spans`", e.column()))
        })?;
        let mut spans: Vec<GoldSpan> =
            line.spans.unwrap_or_default().into_iter().map(|s| s.into_span(false)).collect();
        spans.extend(line.optional.unwrap_or_default().into_iter().map(|s| s.into_span(true)));
        documents.push(GoldDocument {
            id: plain(&line.id),
            lang: line.lang.unwrap_or_default(),
            text: line.text,
            spans,
            other: line.other,
            source: Source { file: file.to_owned(), line: i + 1, markup: false },
        });
    }
    Ok(documents)
}

/// Documents as JSONL: `{"id", "lang", "meta", "text", "spans": [{"start", "end", "type"}]}`, with
/// `"optional": true` in the spans that are. The same documents give the same bytes.
pub fn write_jsonl(documents: &[GoldDocument]) -> String {
    let mut out = String::new();
    for d in documents {
        let mut line = Map::new();
        line.insert("id".to_owned(), json!(d.id));
        line.insert("lang".to_owned(), json!(d.lang));
        line.extend(d.other.clone());
        line.insert("text".to_owned(), json!(d.text));
        let spans = d.spans.iter().map(|s| {
            let mut span = Map::new();
            span.insert("start".to_owned(), json!(s.span.start));
            span.insert("end".to_owned(), json!(s.span.end));
            span.insert("type".to_owned(), json!(s.kind));
            if s.optional {
                span.insert("optional".to_owned(), json!(true));
            }
            span.extend(s.other.clone());
            Value::Object(span)
        });
        line.insert("spans".to_owned(), spans.collect());
        out.push_str(&Value::Object(line).to_string());
        out.push('\n');
    }
    out
}

/// All documents of files and folders, in the order given, a folder's by name.
///
/// A folder stands for its `gold/` folder if it has one, otherwise for every `.txt` and `.jsonl`
/// file in it at any depth. A marked-up file gets its language and id from the folder `en`, `fr`
/// or `mixed` in which it stands.
///
/// # Errors
/// The first [`GoldError`] of each unreadable file or line, in order: all of them, so that an
/// author repairs them in one go.
pub fn read_gold(paths: &[PathBuf]) -> Result<Vec<GoldDocument>, Vec<GoldError>> {
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        let gold = path.join("gold");
        let root = if gold.is_dir() { &gold } else { path };
        let mut files = Vec::new();
        if let Err(e) = list(root, &mut files) {
            errors.push(e);
        }
        files.sort();
        for file in &files {
            match read_file(file) {
                Ok(read) => documents.extend(read),
                Err(e) => errors.push(e),
            }
        }
        if files.is_empty() && errors.is_empty() {
            let message = "no .txt or .jsonl file in it".to_owned();
            errors.push(GoldError::Line { file: path.display().to_string(), line: 0, message });
        }
    }
    let mut seen: HashMap<&str, &Source> = HashMap::new();
    for d in &documents {
        if let Some(first) = seen.insert(&d.id, &d.source) {
            let message = format!("its id is that of {}:{}", first.file, first.line);
            errors.push(GoldError::Line {
                file: d.source.file.clone(),
                line: d.source.line,
                message,
            });
        }
    }
    if errors.is_empty() { Ok(documents) } else { Err(errors) }
}

fn unreadable(path: &Path, e: &std::io::Error) -> GoldError {
    GoldError::Read { file: path.display().to_string(), kind: e.kind() }
}

fn list(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), GoldError> {
    if !path.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|e| unreadable(path, &e))? {
        let inside = entry.map_err(|e| unreadable(path, &e))?.path();
        let known = inside.extension().is_some_and(|e| e == "txt" || e == "jsonl");
        if known || inside.is_dir() {
            list(&inside, out)?;
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Vec<GoldDocument>, GoldError> {
    let file = path.display().to_string();
    let content = match fs::read(path).map(String::from_utf8) {
        Err(e) => return Err(unreadable(path, &e)),
        Ok(Err(_)) => {
            return Err(GoldError::Read { file, kind: std::io::ErrorKind::InvalidData });
        }
        Ok(Ok(content)) => content,
    };
    if path.extension().is_some_and(|e| e == "txt") {
        let (lang, id) = place(path);
        return Ok(vec![read_markup(&id, &lang, &content, &file)?]);
    }
    read_jsonl(&content, &file)
}

/// Language and id of a marked-up file, by the folder in which it stands.
fn place(path: &Path) -> (String, String) {
    let path = path.with_extension("");
    // A path such as `.` or `001.txt` tells its folder only when it is made absolute.
    let full = std::path::absolute(&path).unwrap_or(path);
    let parts: Vec<String> = full.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let Some((_, folders)) = parts.split_last() else { return (String::new(), String::new()) };
    match folders.iter().rposition(|p| matches!(p.as_str(), "en" | "fr" | "mixed")) {
        Some(i) => (parts[i].clone(), parts[i..].join("/")),
        None => (String::new(), parts.last().cloned().unwrap_or_default()),
    }
}

//! Template lines: literal text and slots.

use super::document::Split;
use std::fs;
use std::path::Path;
use thiserror::Error;

/// Why the learning data cannot be used.
#[derive(Debug, Error)]
pub enum LearnError {
    /// A file could not be read.
    #[error("{file}: {kind}")]
    Read {
        /// The file.
        file: String,
        /// The kind of failure.
        kind: std::io::ErrorKind,
    },
    /// A line is not a template.
    #[error("{file}:{line}: {message}")]
    Template {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The hand-written documents cannot be read; `caseveil corpus check` says why.
    #[error("{errors} errors in the gold documents: `caseveil corpus check` names them")]
    Gold {
        /// How many.
        errors: usize,
    },
    /// The engine cannot be built.
    #[error(transparent)]
    Engine(#[from] crate::pipeline::EngineError),
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text as it is.
    Text(String),
    /// `{name}` or `{name.form}`.
    Slot(String),
    /// `{=TYPE:text}`: an identifier of the author's own.
    Fixed(String, String),
}

/// A template line.
pub(super) type Template = Vec<Part>;

/// The lines of one file.
#[derive(Clone, Debug)]
pub(super) struct TemplateFile {
    /// Such as `t1_form`.
    pub(super) name: String,
    pub(super) negative: bool,
    pub(super) lines: Vec<Template>,
}

/// Reads the template files of a language for one split.
pub(super) fn read(dir: &Path, split: Split) -> Result<Vec<TemplateFile>, LearnError> {
    let unreadable = |p: &Path, e: &std::io::Error| LearnError::Read {
        file: p.display().to_string(),
        kind: e.kind(),
    };
    let mut paths: Vec<_> = fs::read_dir(dir)
        .map_err(|e| unreadable(dir, &e))?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        if stem.starts_with("dev") != (split == Split::Dev) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
        let mut lines = Vec::new();
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let template = parse(line).map_err(|message| LearnError::Template {
                file: path.display().to_string(),
                line: i + 1,
                message,
            })?;
            lines.push(template);
        }
        let (name, kind) = stem.split_once('.').unwrap_or((&stem, "pos"));
        files.push(TemplateFile { name: name.to_owned(), negative: kind == "neg", lines });
    }
    Ok(files)
}

fn parse(line: &str) -> Result<Template, String> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((before, inner)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(unescape(before)));
        }
        let (slot, after) = inner.split_once('}').ok_or("a slot is not closed")?;
        parts.push(match slot.strip_prefix('=') {
            Some(fixed) => {
                let (kind, text) =
                    fixed.split_once(':').ok_or("a fixed identifier is {=TYPE:text}")?;
                Part::Fixed(kind.to_owned(), text.to_owned())
            }
            None => Part::Slot(slot.to_owned()),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(unescape(rest)));
    }
    Ok(parts)
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

//! brat standoff: `ID.txt` is the text, `ID.ann` one line a label: `T1<tab>CITY 3 9<tab>Kenora`.
//!
//! Of a label in several pieces (`3 9;12 15`) each piece is a span of its own. `A1<tab>Optional T1`
//! marks what is neither required nor penalised. Relations, events, notes and links are no labels
//! of text.

use super::File;
use super::text::{check, document, lang_of, says, slice, span, wrong};
use crate::audit::gold::{GoldDocument, GoldError, GoldSpan};
use crate::span::CharSpan;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

pub(super) fn read(files: &[File]) -> Result<Vec<GoldDocument>, GoldError> {
    let annotations: HashMap<&str, &str> =
        files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    let mut out = Vec::new();
    for (name, text) in files {
        let Some(id) = name.strip_suffix(".txt") else {
            let id = name.strip_suffix(".ann").unwrap_or(name);
            if !annotations.contains_key(format!("{id}.txt").as_str()) {
                return Err(wrong(name, 0, "no file of text (.txt) beside it"));
            }
            continue;
        };
        let file = format!("{id}.ann");
        let Some(lines) = annotations.get(file.as_str()) else {
            return Err(wrong(name, 0, "no file of labels (.ann) beside it"));
        };
        let mut d = document(id, lang_of(id), text, &file, 1);
        labels(&mut d, lines, &file)?;
        out.push(d);
    }
    Ok(out)
}

fn labels(d: &mut GoldDocument, lines: &str, file: &str) -> Result<(), GoldError> {
    let (mut found, mut optional): (Vec<(&str, GoldSpan)>, HashSet<&str>) = Default::default();
    for (i, line) in lines.lines().enumerate().filter(|(_, l)| !l.is_empty()) {
        let at = (file, i + 1);
        let asked =
            || wrong(file, i + 1, "a label is `T1`, a tab, type, start and end, a tab, the text");
        match line.as_bytes()[0] {
            b'T' => {
                let mut fields = line.splitn(3, '\t');
                let name = fields.next().ok_or_else(asked)?;
                let (kind, places) =
                    fields.next().and_then(|f| f.split_once(' ')).ok_or_else(asked)?;
                let copy = fields.next().ok_or_else(asked)?;
                let pieces: Option<Vec<CharSpan>> = places
                    .split(';')
                    .map(|p| {
                        let (start, end) = p.split_once(' ')?;
                        Some(CharSpan { start: start.parse().ok()?, end: end.parse().ok()? })
                    })
                    .collect();
                let pieces = pieces.ok_or_else(asked)?;
                let whole = if let [one] = pieces[..] { says(&d.text, one, copy) } else { true };
                for piece in pieces {
                    let s = span(piece.start, piece.end, kind, false);
                    check(&d.text, &s, (!whole).then_some(copy), at)?;
                    found.push((name, s));
                }
            }
            b'A' | b'M' => {
                let mut words = line.split_whitespace().skip(1);
                if words.next() == Some("Optional") {
                    optional.insert(words.next().ok_or_else(|| {
                        wrong(file, i + 1, "an attribute names the label that it is about")
                    })?);
                }
            }
            b'R' | b'E' | b'N' | b'#' | b'*' => {}
            _ => return Err(asked()),
        }
    }
    d.spans = found
        .into_iter()
        .map(|(name, s)| GoldSpan { optional: optional.contains(name), ..s })
        .collect();
    Ok(())
}

pub(super) fn write(d: &GoldDocument) -> Result<Vec<File>, String> {
    let mut out = String::new();
    for (i, s) in d.spans.iter().enumerate() {
        if s.kind.is_empty() || s.kind.contains(char::is_whitespace) {
            return Err("a type with spaces; map the labels".to_owned());
        }
        let n = i + 1;
        // A label is one line, so that line breaks in it are spaces, as brat writes them.
        let text = slice(&d.text, s.span).unwrap_or_default().replace(['\n', '\r', '\t'], " ");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "T{n}\t{} {} {}\t{text}", s.kind, s.span.start, s.span.end);
        if s.optional {
            let _ = writeln!(out, "A{n}\tOptional T{n}");
        }
    }
    Ok(vec![(format!("{}.txt", d.id), d.text.clone()), (format!("{}.ann", d.id), out)])
}

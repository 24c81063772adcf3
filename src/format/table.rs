//! CSV and TSV: each row a case, each cell read under the head of its column.
//!
//! Quoting, delimiters, line ends and the encoding stay as they are, byte for byte; a cell is
//! written anew only where masking changed it. A row that the gate holds is left out.

use super::charset::Charset;
use super::label;
use super::part::{Builder, Fill, Part};
use super::{Content, FormatError};
use crate::case::FieldPolicy;
use crate::decode::Form;
use std::ops::Range;

/// Where a cell stands, its quotes included.
struct Cell {
    range: Range<usize>,
    text: String,
}

pub(super) fn open(
    bytes: &[u8],
    delimiter: u8,
    form: Option<&Form>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let (source, charset) = Charset::read(bytes, None)?;
    let rows = rows(&source, delimiter)?;
    let mut part = Part::new(source, charset);
    let heads: Vec<String> = match rows.first() {
        Some(first) if is_head(first) => first.iter().map(|c| c.text.trim().to_owned()).collect(),
        _ => Vec::new(),
    };
    let policies: Vec<FieldPolicy> = heads.iter().map(|h| label::policy(form, h)).collect();
    for (i, row) in rows.iter().enumerate() {
        builder.cut();
        let is_head = i == 0 && !heads.is_empty();
        if !is_head {
            let end = rows.get(i + 1).map_or(part.source().len(), |next| next[0].range.start);
            part.slot(row[0].range.start..end, Fill::Record { case: builder.case() });
        }
        for (column, cell) in row.iter().enumerate() {
            if cell.text.trim().is_empty() || is_head && label::is_common(&cell.text) {
                continue;
            }
            let (head, policy) = match (heads.get(column), is_head) {
                (Some(head), false) => (head.as_str(), policies[column]),
                _ => ("", FieldPolicy::Scrub),
            };
            if policy == FieldPolicy::Drop {
                part.slot(cell.range.clone(), Fill::Fixed(String::new()));
                continue;
            }
            let field = builder.labelled(head, cell.text.clone(), policy);
            let quoted = part.source()[cell.range.clone()].starts_with('"');
            let escape = match (quoted, delimiter) {
                (true, _) => quote_always,
                (false, b'\t') => quote_tab,
                (false, _) => quote,
            };
            part.whole(cell.range.clone(), field, cell.text.len(), escape);
        }
    }
    Ok(Content::Part(part))
}

/// True for a first row that names columns: short words, no numbers, nothing twice.
fn is_head(row: &[Cell]) -> bool {
    let plain = |c: &Cell| {
        let text = c.text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() <= 80 && digits <= 3 && !text.starts_with(|c: char| c.is_ascii_digit())
    };
    row.len() > 1
        && row.iter().all(plain)
        && row.iter().filter(|c| !c.text.trim().is_empty()).count() * 2 > row.len()
        && row.iter().any(|c| known(&c.text) || c.text.chars().any(char::is_alphabetic))
}

fn known(head: &str) -> bool {
    label::policy(None, head) != FieldPolicy::Scrub
}

/// Cuts a table into cells. Quotes count at the start of a cell only, as in RFC 4180.
fn rows(source: &str, delimiter: u8) -> Result<Vec<Vec<Cell>>, FormatError> {
    let bytes = source.as_bytes();
    let (mut rows, mut row, mut at) = (Vec::new(), Vec::new(), 0);
    let mut line = 1;
    while at < bytes.len() || !row.is_empty() {
        let start = at;
        let text = if bytes.get(at) == Some(&b'"') {
            let first = line;
            at += 1;
            loop {
                match bytes.get(at) {
                    Some(b'"') if bytes.get(at + 1) == Some(&b'"') => at += 2,
                    Some(b'"') => break,
                    Some(b) => {
                        line += usize::from(*b == b'\n');
                        at += 1;
                    }
                    None => {
                        return Err(FormatError::Syntax {
                            format: "CSV",
                            place: format!("line {first}"),
                            problem: "a quote is opened and not closed",
                        });
                    }
                }
            }
            let inner = source[start + 1..at].replace("\"\"", "\"");
            at += 1;
            // Text behind the closing quote belongs to the cell all the same.
            let tail = end_of(bytes, at, delimiter);
            let text = inner + &source[at..tail];
            at = tail;
            text
        } else {
            at = end_of(bytes, at, delimiter);
            source[start..at].to_owned()
        };
        row.push(Cell { range: start..at, text });
        match bytes.get(at) {
            Some(b) if *b == delimiter => {
                at += 1;
                if at == bytes.len() {
                    row.push(Cell { range: at..at, text: String::new() });
                    rows.push(std::mem::take(&mut row));
                }
            }
            Some(b) => {
                at += if *b == b'\r' && bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
                line += 1;
                rows.push(std::mem::take(&mut row));
            }
            None => rows.push(std::mem::take(&mut row)),
        }
    }
    Ok(rows)
}

fn end_of(bytes: &[u8], from: usize, delimiter: u8) -> usize {
    memchr::memchr3(delimiter, b'\n', b'\r', &bytes[from..]).map_or(bytes.len(), |i| from + i)
}

fn quote_always(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn quote(text: &str) -> String {
    if text.contains([',', ';', '|', '"', '\n', '\r']) {
        return quote_always(text);
    }
    text.to_owned()
}

fn quote_tab(text: &str) -> String {
    if text.contains(['\t', '"', '\n', '\r']) {
        return quote_always(text);
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_where_a_spreadsheet_cuts_them() {
        let cut = |text: &str| -> Vec<Vec<String>> {
            let rows = rows(text, b',').unwrap();
            rows.into_iter().map(|r| r.into_iter().map(|c| c.text).collect()).collect()
        };
        assert_eq!(cut("a,b\r\nc,"), [["a", "b"], ["c", ""]]);
        assert_eq!(cut("\"a,\"\"x\"\"\nb\",c\n"), [["a,\"x\"\nb", "c"]]);
        assert_eq!(cut("a\n\nb"), [["a"], [""], ["b"]]);
        assert!(rows("a,\"b", b',').is_err());
    }
}

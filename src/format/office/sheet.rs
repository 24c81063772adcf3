//! Workbooks: strings that cells share, numbers and dates as a reader sees them, hidden sheets.
//!
//! A cell is read under the head of its column. A number or date that is masked becomes text.

use super::broken;
use super::cell::{Cell, Heads, cells};
use super::serial::{date, date_styles};
use crate::case::FieldPolicy;
use crate::format::charset::Charset;
use crate::format::flow::Flow;
use crate::format::html::push_decoded;
use crate::format::markup::{self, Token, local};
use crate::format::part::{Builder, Fill, Part};
use crate::format::{FormatError, Nest, label};
use std::collections::BTreeMap;

/// What is shared between the sheets of a workbook.
pub(super) struct Workbook {
    strings: Option<Part>,
    /// A flow for each shared string; taken when it becomes a field.
    items: Vec<Option<Flow>>,
    texts: Vec<String>,
    /// What labels each shared string: the best of its cells.
    labels: BTreeMap<usize, String>,
    /// For each style whether it shows a date.
    dates: Vec<bool>,
    styles: Option<Vec<u8>>,
    from_1904: bool,
}

impl Workbook {
    pub(super) fn read(files: &[(String, Vec<u8>)]) -> Result<Self, FormatError> {
        let find =
            |name: &str| files.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, d)| d);
        let mut book = Self {
            strings: None,
            items: Vec::new(),
            texts: Vec::new(),
            labels: BTreeMap::new(),
            dates: find("xl/styles.xml").map_or_else(|| Ok(Vec::new()), |d| date_styles(d))?,
            styles: find("xl/styles.xml").cloned(),
            from_1904: find("xl/workbook.xml").is_some_and(|d| {
                [b"date1904=\"1\"".as_slice(), b"date1904=\"true\""]
                    .iter()
                    .any(|m| memchr::memmem::find(d, m).is_some())
            }),
        };
        if let Some(bytes) = find("xl/sharedStrings.xml") {
            book.shared(bytes)?;
        }
        for (name, bytes) in files {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("xl/worksheets/") && lower.ends_with(".xml") {
                book.label(bytes)?;
            }
        }
        Ok(book)
    }

    fn shared(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let (source, charset) = Charset::read(bytes, None)?;
        let (mut text, mut phonetic) = (false, false);
        for token in markup::tokens(&source, false)? {
            match token {
                Token::Open { name, empty, .. } => match local(&name) {
                    "si" => self.items.push(Some(Flow::new())),
                    "t" => text = !empty,
                    "rPh" => phonetic = true,
                    _ => {}
                },
                Token::Close { name, .. } => match local(&name) {
                    "t" => text = false,
                    "rPh" => phonetic = false,
                    _ => {}
                },
                Token::Text(range) if text || !source[range.clone()].trim().is_empty() => {
                    let Some(Some(flow)) = self.items.last_mut() else {
                        return Err(broken("the shared strings", "text outside of an item"));
                    };
                    flow.show(if phonetic { "\n" } else { "" });
                    push_decoded(flow, &source, range);
                }
                Token::CData(_) | Token::Comment(_) => {
                    return Err(broken(
                        "the shared strings",
                        "markup that no program writes there",
                    ));
                }
                _ => {}
            }
        }
        self.texts =
            self.items.iter().map(|f| f.as_ref().map_or("", Flow::text).to_owned()).collect();
        self.strings = Some(Part::new(source, charset));
        Ok(())
    }

    /// Learns what labels the shared strings of a sheet.
    fn label(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let (source, _) = Charset::read(bytes, None)?;
        let mut heads = Heads::default();
        cells(&source, |cell, _| {
            let index =
                (cell.kind == "s").then(|| cell.value.trim().parse::<usize>().ok()).flatten();
            let text = index.and_then(|i| self.texts.get(i)).cloned();
            let label = heads.label(&cell.reference);
            if let Some(index) = index {
                let known = label::policy(None, &label) != FieldPolicy::Scrub;
                if known || !label.is_empty() && !self.labels.contains_key(&index) {
                    self.labels.insert(index, label);
                }
            }
            heads.add(
                &cell.reference,
                text.as_deref().unwrap_or(if cell.kind == "inlineStr" { &cell.value } else { "" }),
            );
        })
    }

    /// A sheet.
    pub(super) fn sheet(
        &mut self,
        bytes: &[u8],
        nest: Nest<'_>,
        builder: &mut Builder,
    ) -> Result<Part, FormatError> {
        // All that is not the value of a cell is walked like any other part.
        let mut part = super::markup_part::open_sheet(bytes, nest, builder)?;
        let source = part.source().to_owned();
        let mut heads = Heads::default();
        let mut row = String::new();
        cells(&source, |cell, end| {
            let own_row: String = cell.reference.chars().filter(char::is_ascii_digit).collect();
            if own_row != row {
                row = own_row;
                builder.cut_if_long();
            }
            let label = heads.label(&cell.reference);
            let mut shown = String::new();
            match cell.kind.as_str() {
                "s" => {
                    if let Some(i) =
                        cell.value.trim().parse::<usize>().ok().filter(|&i| i < self.items.len())
                    {
                        shown.clone_from(&self.texts[i]);
                        self.string(i, nest, builder);
                    }
                }
                "b" | "e" => {}
                "str" | "inlineStr" | "d" => {
                    shown.clone_from(&cell.value);
                    // A formula that gives text is searched itself; its value goes with it.
                    Self::number(&cell, end, &label, cell.value.clone(), &mut part, nest, builder);
                }
                _ => {
                    let text = self.as_shown(&cell);
                    let digits = text.bytes().filter(u8::is_ascii_digit).count();
                    if digits >= 5 || label::policy(nest.form, &label) != FieldPolicy::Scrub {
                        Self::number(&cell, end, &label, text, &mut part, nest, builder);
                    }
                }
            }
            heads.add(&cell.reference, &shown);
        })?;
        Ok(part)
    }

    /// A number as it is seen: a date where its style says so.
    fn as_shown(&self, cell: &Cell) -> String {
        let serial: Option<f64> = cell.value.trim().parse().ok();
        match serial {
            Some(n) if self.dates.get(cell.style) == Some(&true) => {
                date(n, self.from_1904).unwrap_or_else(|| cell.value.clone())
            }
            // 9.876543217E9 is a number that somebody typed.
            Some(n) if cell.value.contains(['E', 'e']) && n.abs() < 1e15 => format!("{n}"),
            _ => cell.value.clone(),
        }
    }

    fn number(
        cell: &Cell,
        end: usize,
        label: &str,
        text: String,
        part: &mut Part,
        nest: Nest<'_>,
        builder: &mut Builder,
    ) {
        let policy = label::policy(nest.form, label);
        if text.trim().is_empty() {
            return;
        }
        let name = &cell.name;
        let style = if cell.style > 0 { format!(" s=\"{}\"", cell.style) } else { String::new() };
        let reference = markup::escape_attribute(&cell.reference);
        let prefix = name.strip_suffix('c').unwrap_or("");
        let open =
            format!("<{name} r=\"{reference}\"{style} t=\"inlineStr\"><{prefix}is><{prefix}t>");
        let close = format!("</{prefix}t></{prefix}is></{name}>");
        let span = 0..text.len();
        if policy == FieldPolicy::Drop {
            return part.slot(cell.start..end, Fill::Fixed(format!("{open}{close}")));
        }
        let field = builder.labelled(label, text, policy);
        let around = (open, close);
        part.slot(cell.start..end, Fill::Piece { field, span, escape: markup::escape, around });
    }

    /// A shared string becomes a field where it is used first.
    fn string(&mut self, index: usize, nest: Nest<'_>, builder: &mut Builder) {
        let (Some(mut flow), Some(part)) = (self.items[index].take(), &mut self.strings) else {
            return;
        };
        let label = self.labels.get(&index).map_or("", String::as_str);
        if label.is_empty() && label::is_common(flow.text()) {
            return;
        }
        let policy = label::policy(nest.form, label);
        flow.end(label, policy, part, builder);
    }

    /// The parts that the sheets share, with what no cell uses searched as well.
    pub(super) fn finish(
        mut self,
        nest: Nest<'_>,
        builder: &mut Builder,
    ) -> Result<Vec<(&'static str, Part)>, FormatError> {
        for index in 0..self.items.len() {
            self.string(index, nest, builder);
        }
        let mut parts = Vec::new();
        if let Some(styles) = &self.styles {
            parts.push(("xl/styles.xml", super::markup_part::open(styles, nest, builder)?));
        }
        parts.extend(self.strings.map(|part| ("xl/sharedStrings.xml", part)));
        Ok(parts)
    }
}

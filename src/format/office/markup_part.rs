//! A part of an Office package that is markup: paragraphs whole, however many runs they have;
//! deleted text, field codes, properties.

use super::attribute;
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;
use crate::format::charset::Charset;
use crate::format::flow::Flow;
use crate::format::html::push_decoded;
use crate::format::markup::{self, Token, local};
use crate::format::part::{Builder, Part};
use crate::format::{FormatError, Nest, label};

/// Elements whose text is a person's, an organisation's or a time's.
fn property(element: &str) -> Option<E> {
    match element {
        "creator" | "lastModifiedBy" | "Manager" | "author" => Some(E::PersonProvider),
        "Company" => Some(E::Facility),
        "created" | "modified" | "lastPrinted" => Some(E::Date),
        "HyperlinkBase" => Some(E::Url),
        _ => None,
    }
}

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Part, FormatError> {
    open_as(bytes, false, nest, builder)
}

/// As [`open`], without the values of cells: they are read as numbers, dates and shared strings.
pub(super) fn open_sheet(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Part, FormatError> {
    open_as(bytes, true, nest, builder)
}

fn open_as(
    bytes: &[u8],
    sheet: bool,
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Part, FormatError> {
    let (source, charset) = Charset::read(bytes, None)?;
    let tokens = markup::tokens(&source, false)?;
    let mut part = Part::new(source, charset);
    let mut walk = Walk {
        nest,
        sheet,
        path: Vec::new(),
        paragraphs: Vec::new(),
        loose: Flow::new(),
        table: Table::default(),
    };
    for token in tokens {
        walk.token(token, &mut part, builder);
    }
    if !walk.path.is_empty() {
        let place = format!("byte {}", part.source().len());
        return Err(FormatError::Syntax {
            format: "XML",
            place,
            problem: "an element is not closed",
        });
    }
    Ok(part)
}

/// A paragraph: what is seen, and what was deleted.
struct Paragraph {
    seen: Flow,
    deleted: Flow,
}

/// The table that is being read: its heads, and the cells of the row.
#[derive(Default)]
struct Table {
    heads: Vec<String>,
    row: Vec<String>,
    rows: usize,
    open: bool,
}

impl Table {
    /// What labels the cell: the head of its column, or in a form the cell before.
    fn label(&self) -> &str {
        let column = self.row.len().saturating_sub(1);
        if !self.open {
            return "";
        }
        if self.rows > 0 && self.heads.len() > 2 {
            return self.heads.get(column).map_or("", String::as_str);
        }
        let before = column.checked_sub(1).and_then(|c| self.row.get(c)).map_or("", String::as_str);
        if column % 2 == 1 && before.len() <= 60 { before.trim_end_matches([':', ' ']) } else { "" }
    }
}

struct Walk<'n> {
    nest: Nest<'n>,
    /// Values of cells are somebody else's.
    sheet: bool,
    path: Vec<String>,
    paragraphs: Vec<Paragraph>,
    /// Text outside of paragraphs.
    loose: Flow,
    table: Table,
}

impl Walk<'_> {
    fn token(&mut self, token: Token, part: &mut Part, builder: &mut Builder) {
        match token {
            Token::Text(range) => {
                let source = part.source().to_owned();
                let element = self.path.last().map_or("", String::as_str);
                match self.paragraphs.last_mut() {
                    Some(p) if element == "delText" || element == "delInstrText" => {
                        push_decoded(&mut p.deleted, &source, range);
                    }
                    Some(_) if element == "instrText" => {
                        let mut code = Flow::new();
                        push_decoded(&mut code, &source, range);
                        code.end("", FieldPolicy::Scrub, part, builder);
                    }
                    Some(p) if element == "t" => push_decoded(&mut p.seen, &source, range),
                    _ => push_decoded(&mut self.loose, &source, range),
                }
            }
            Token::CData(range) | Token::Comment(range) | Token::Instruction(range) => {
                part.aside(range, markup::unclosed, builder);
            }
            Token::Declaration => {}
            Token::Open { name, attributes, empty, .. } => {
                self.end_loose(part, builder);
                let name = local(&name).to_owned();
                self.open(&name, empty);
                self.path.push(name);
                attribute::search(&self.path, &attributes, part, builder);
                if empty {
                    self.path.pop();
                }
            }
            Token::Close { name, .. } => {
                self.end_loose(part, builder);
                let name = local(&name);
                self.close(name, part, builder);
                // What is closed and was not opened leaves the path unequal at the end.
                if self.path.last().is_some_and(|own| own == name) {
                    self.path.pop();
                } else {
                    self.path.push(String::new());
                }
            }
        }
    }

    fn open(&mut self, name: &str, empty: bool) {
        match name {
            "p" if !empty => {
                self.paragraphs.push(Paragraph { seen: Flow::new(), deleted: Flow::new() });
            }
            "tbl" => self.table = Table { open: true, ..Table::default() },
            "tr" => self.table.row.clear(),
            "tc" => self.table.row.push(String::new()),
            _ => {
                let shown = match name {
                    "tab" | "ptab" => "\t",
                    "br" | "cr" => "\n",
                    "noBreakHyphen" => "-",
                    _ => return,
                };
                // `w:tab` also says where stops are; only in a run it is one.
                if self.path.last().is_some_and(|p| p == "r")
                    && let Some(p) = self.paragraphs.last_mut()
                {
                    p.seen.show(shown);
                }
            }
        }
    }

    fn close(&mut self, name: &str, part: &mut Part, builder: &mut Builder) {
        match name {
            "p" => {
                let Some(mut paragraph) = self.paragraphs.pop() else { return };
                let text = paragraph.seen.text().trim().to_owned();
                let label = self.table.label().to_owned();
                let policy = label::policy(self.nest.form, &label);
                paragraph.seen.end(&label, policy, part, builder);
                paragraph.deleted.end("", FieldPolicy::Scrub, part, builder);
                if let Some(cell) = self.table.row.last_mut() {
                    cell.push_str(&text);
                }
                builder.cut_if_long();
            }
            "tr" => {
                if self.table.rows == 0 {
                    self.table.heads = std::mem::take(&mut self.table.row);
                }
                self.table.rows += 1;
            }
            "tbl" => self.table = Table::default(),
            _ => {}
        }
    }

    fn end_loose(&mut self, part: &mut Part, builder: &mut Builder) {
        if self.loose.is_blank() {
            self.loose = Flow::new();
            return;
        }
        let element = self.path.last().map_or("", String::as_str);
        if self.sheet && matches!(element, "v" | "t") && self.path.iter().any(|p| p == "c") {
            self.loose = Flow::new();
            return;
        }
        let policy = property(element).map_or(FieldPolicy::Scrub, FieldPolicy::Mask);
        let label = if policy == FieldPolicy::Scrub { "" } else { element };
        self.loose.end(label, policy, part, builder);
    }
}

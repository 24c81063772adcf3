//! Cells of a sheet: what was read of each, where it ends, and what labels it.

use super::broken;
use crate::format::FormatError;
use crate::format::markup::{self, Attribute, Token, local};
use std::collections::BTreeMap;

/// A cell on its way: what was read of it so far.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) start: usize,
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) style: usize,
    pub(super) kind: String,
    pub(super) value: String,
}

/// Heads of the columns of a sheet, and the cell before.
#[derive(Default)]
pub(super) struct Heads {
    heads: BTreeMap<String, String>,
    first_row: String,
    row: String,
    before: String,
}

impl Heads {
    fn parts(reference: &str) -> (&str, &str) {
        reference.split_at(reference.find(|c: char| c.is_ascii_digit()).unwrap_or(reference.len()))
    }

    pub(super) fn label(&self, reference: &str) -> String {
        let (column, row) = Self::parts(reference);
        if row == self.first_row || self.first_row.is_empty() {
            return String::new();
        }
        let head = self.heads.get(column).filter(|_| self.heads.len() > 1);
        head.cloned()
            .unwrap_or_else(|| if row == self.row { self.before.clone() } else { String::new() })
    }

    pub(super) fn add(&mut self, reference: &str, text: &str) {
        let (column, row) = Self::parts(reference);
        if self.first_row.is_empty() {
            row.clone_into(&mut self.first_row);
        }
        let text = text.trim().trim_end_matches(':');
        let short = if text.len() <= 60 { text } else { "" };
        if row == self.first_row && !short.is_empty() {
            self.heads.insert(column.to_owned(), short.to_owned());
        }
        row.clone_into(&mut self.row);
        short.clone_into(&mut self.before);
    }
}

/// Calls back with every cell that has a value, and where it ends.
pub(super) fn cells(source: &str, mut each: impl FnMut(Cell, usize)) -> Result<(), FormatError> {
    let mut cell: Option<Cell> = None;
    let mut inside = String::new();
    for token in markup::tokens(source, false)? {
        match token {
            Token::Open { name, attributes, empty, start } => match local(&name) {
                "c" if !empty => cell = Some(begin(source, start, &name, &attributes)),
                other if !empty => other.clone_into(&mut inside),
                _ => {}
            },
            Token::Text(range) => {
                if let (Some(cell), "v" | "t") = (&mut cell, inside.as_str()) {
                    cell.value.push_str(&markup::decoded(source, range).0);
                }
            }
            Token::Close { name, end } => {
                inside.clear();
                if local(&name) == "c"
                    && let Some(cell) = cell.take().filter(|c| !c.value.is_empty())
                {
                    each(cell, end);
                }
            }
            Token::CData(range) if cell.is_some() => {
                let place = format!("byte {}", range.start);
                return Err(broken(&place, "a section in a cell"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn begin(source: &str, start: usize, name: &str, attributes: &[Attribute]) -> Cell {
    let own = |wanted: &str| {
        let found = attributes.iter().find(|a| a.name == wanted);
        found.map_or("", |a| &source[a.value.clone()]).to_owned()
    };
    Cell {
        start,
        name: name.to_owned(),
        reference: own("r"),
        style: own("s").parse().unwrap_or(0),
        kind: own("t"),
        ..Cell::default()
    }
}

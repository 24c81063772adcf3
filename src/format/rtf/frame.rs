//! What holds within a group of RTF, the texts that are being read, and the row of a table.

use crate::case::FieldPolicy;
use crate::format::flow::Flow;

/// What holds within a group.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) start: usize,
    /// No word has said yet what it is for.
    pub(super) fresh: bool,
    /// `\*` stood in front: readers who do not know it leave it out.
    pub(super) ignorable: bool,
    /// It has a frame of its own.
    pub(super) framed: bool,
    /// Its content is left out.
    pub(super) skipped: bool,
    pub(super) hidden: bool,
    /// How many characters behind `\u` stand for the same.
    pub(super) fallback: usize,
    pub(super) font: Option<i32>,
}

/// A text that is being read: what is seen, what is hidden, and what old readers see instead.
pub(super) struct Frame {
    pub(super) seen: Flow,
    pub(super) hidden: Flow,
    pub(super) instead: Flow,
    pub(super) list: bool,
    pub(super) fonts: bool,
    pub(super) policy: FieldPolicy,
    pub(super) label: String,
}

impl Frame {
    pub(super) fn new(list: bool, fonts: bool, policy: FieldPolicy, label: &str) -> Self {
        let label =
            if matches!(policy, FieldPolicy::Mask(_)) { label.to_owned() } else { String::new() };
        Self {
            seen: Flow::new(),
            hidden: Flow::new(),
            instead: Flow::new(),
            list,
            fonts,
            policy,
            label,
        }
    }
}

/// The row of a table that is being read.
#[derive(Default)]
pub(super) struct Row {
    pub(super) heads: Vec<String>,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// What labels the cell: the head of its column, or in a form the cell before.
    pub(super) fn label(&self) -> &str {
        let column = self.cells.len();
        if self.heads.len() > 2 {
            return self.heads.get(column).map_or("", String::as_str);
        }
        let before =
            column.checked_sub(1).and_then(|c| self.cells.get(c)).map_or("", String::as_str);
        if column % 2 == 1 && before.len() <= 60 { before.trim_end_matches([':', ' ']) } else { "" }
    }
}

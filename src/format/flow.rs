//! Running text that markup cuts into pieces: one field for a paragraph, however many runs it has,
//! so that a name in two of them is found.

use super::part::{Builder, Escape, Fill, Part};
use crate::case::FieldPolicy;
use std::ops::Range;

/// A paragraph that is being read.
pub(super) struct Flow {
    text: String,
    /// Where each piece stands: in the paragraph, in the source, and how it is written.
    pieces: Vec<(Range<usize>, Range<usize>, Escape)>,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self { text: String::new(), pieces: Vec::new() }
    }

    /// Text of the source.
    pub(super) fn push(&mut self, text: &str, source: Range<usize>, escape: Escape) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push((start..self.text.len(), source, escape));
    }

    /// What is seen and does not stand in the source: a line break, a tab.
    pub(super) fn show(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The text so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// From the first place to the last.
    pub(super) fn source(&self) -> Option<Range<usize>> {
        Some(self.pieces.first()?.1.start..self.pieces.last()?.1.end)
    }

    /// Ends the paragraph: it becomes a field, with a slot for each piece.
    pub(super) fn end(
        &mut self,
        label: &str,
        policy: FieldPolicy,
        part: &mut Part,
        builder: &mut Builder,
    ) {
        let Self { text, pieces } = std::mem::replace(self, Self::new());
        if text.trim().is_empty() {
            return;
        }
        if policy == FieldPolicy::Drop {
            for (_, source, _) in pieces {
                part.slot(source, Fill::Fixed(String::new()));
            }
            return;
        }
        let field = builder.labelled(label, text, policy);
        for (span, source, escape) in pieces {
            let around = (String::new(), String::new());
            part.slot(source, Fill::Piece { field, span, escape, around });
        }
    }
}

//! A case laid out as one view: what detection reads.
//!
//! Every field's view stands on lines of its own, a key before its value with a colon between, so
//! that labels, neighbours and the subject pass work across the whole case. A span that would
//! cross from one field into another does not map back and cannot become an entity.

use super::normalize::{Map, Normalized};
use crate::case::{Case, FieldKind};
use crate::span::{ByteSpan, ViewSpan};
use std::borrow::Cow;
use std::fmt;

/// The part of the view that one field gave.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Index into [`Case::fields`].
    pub field: usize,
    /// Where it stands in the view.
    pub view: ViewSpan,
    map: Map,
}

/// The view of a case, with the way back to its fields.
pub struct Document<'c> {
    /// The case.
    pub case: &'c Case,
    view: Cow<'c, str>,
    segments: Vec<Segment>,
}

impl<'c> Document<'c> {
    /// Lays out the case. A case of one plain ASCII text is borrowed.
    pub fn new(case: &'c Case) -> Self {
        if let [field] = case.fields.as_slice() {
            let (view, map) = Normalized::new(&field.text).into_parts();
            let span = ViewSpan::new(0, view.len() as u32);
            return Self { case, view, segments: vec![Segment { field: 0, view: span, map }] };
        }
        let mut view = String::with_capacity(case.len() + 4 * case.fields.len());
        let mut segments = Vec::with_capacity(case.fields.len());
        for (i, field) in case.fields.iter().enumerate() {
            let normalized = match field.kind {
                FieldKind::Key => Normalized::of_key(&field.text),
                FieldKind::Value => Normalized::new(&field.text),
            };
            let (text, map) = normalized.into_parts();
            let start = view.len() as u32;
            view.push_str(&text);
            segments.push(Segment { field: i, view: ViewSpan::new(start, view.len() as u32), map });
            view.push_str(if field.kind == FieldKind::Key { ": " } else { "\n" });
        }
        Self { case, view: Cow::Owned(view), segments }
    }

    /// The text that detection reads.
    pub fn view(&self) -> &str {
        &self.view
    }

    /// The parts of the view, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The field and source bytes of a view span; `None` when it does not lie in one field.
    pub fn to_source(&self, span: ViewSpan) -> Option<(usize, ByteSpan)> {
        let i = self.segments.partition_point(|s| s.view.start() <= span.start()).checked_sub(1)?;
        let segment = &self.segments[i];
        if !segment.view.contains(span) {
            return None;
        }
        let base = segment.view.start();
        let local = ViewSpan::new(span.start() - base, span.end() - base);
        Some((segment.field, segment.map.to_source(local)))
    }

    /// The parts of a view span that lie in fields: what remains when it crosses a border.
    pub fn clip(&self, span: ViewSpan) -> impl Iterator<Item = ViewSpan> + '_ {
        let first = self.segments.partition_point(|s| s.view.end() <= span.start());
        self.segments[first..].iter().take_while(move |s| s.view.start() < span.end()).map(
            move |s| ViewSpan::new(span.start().max(s.view.start()), span.end().min(s.view.end())),
        )
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes, {} segments)", self.view.len(), self.segments.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseId, Field, Shape};

    #[test]
    fn spans_map_to_their_field_and_never_across() {
        let mut key = Field::free("$.0", "nomPatient".to_owned());
        key.kind = FieldKind::Key;
        let fields = vec![key, Field::free("$.0", "Zoé Roy".to_owned())];
        let case = Case { id: CaseId::new("c"), fields, shape: Shape::Text };
        let doc = Document::new(&case);
        assert_eq!(doc.view(), "nom Patient: Zoe Roy\n");
        assert_eq!(doc.to_source(ViewSpan::new(13, 16)), Some((1, ByteSpan::new(0, 4))));
        assert_eq!(doc.to_source(ViewSpan::new(4, 16)), None);
        assert_eq!(doc.clip(ViewSpan::new(4, 16)).count(), 2);
    }
}

//! Document and entities to masked case: one write of each field, tags in place of identifiers.
//!
//! Enters: a case and its disjoint, sorted entities. Leaves: a [`MaskedCase`], which only this
//! module can build. The output differs from the input only inside entity spans.

mod render;

use crate::case::{Case, CaseId, Shape};
use crate::entity::{Entity, EntityType};
use crate::fault::{self, Part};
use crate::span::ByteSpan;
use std::fmt;

/// A piece that masking wrote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replaced {
    /// Index of the field.
    pub field: usize,
    /// Where it stands in the masked text of the field.
    pub output: ByteSpan,
    /// What it replaced, in the source text of the field.
    pub source: ByteSpan,
    /// As what.
    pub entity: EntityType,
}

/// A case with its identifiers masked. Only this module builds one.
#[derive(Clone)]
pub struct MaskedCase {
    id: CaseId,
    texts: Vec<String>,
    replaced: Vec<Replaced>,
    shape: Shape,
}

impl fmt::Debug for MaskedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskedCase({} fields, {} replaced)", self.texts.len(), self.replaced.len())
    }
}

impl MaskedCase {
    /// The name of the case.
    pub fn id(&self) -> &CaseId {
        &self.id
    }

    /// The masked text of each field, in the order of the case.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// What was replaced, sorted by field and position.
    pub fn replaced(&self) -> &[Replaced] {
        &self.replaced
    }

    /// True when it came as running text, false when as JSON.
    pub fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text)
    }

    /// The masked case in the form that it came in: text, or compact JSON with its structure and
    /// order kept.
    pub fn render(&self) -> String {
        render::render(&self.shape, &self.texts, &self.replaced)
    }

    /// Where a span of the masked text of a field stands in its source. What lies inside of what
    /// masking wrote stands for all that was replaced there.
    pub(crate) fn to_source(&self, field: usize, span: ByteSpan) -> ByteSpan {
        let own = || self.replaced.iter().filter(move |r| r.field == field);
        let at = |position: u32, is_end: bool| {
            let inside = |r: &&Replaced| {
                (r.output.start() < position || r.output.start() == position && !is_end)
                    && (position < r.output.end() || position == r.output.end() && is_end)
            };
            if let Some(r) = own().find(inside) {
                return if is_end { r.source.end() } else { r.source.start() };
            }
            match own().rfind(|r| r.output.end() <= position) {
                Some(r) => position - r.output.end() + r.source.end(),
                None => position,
            }
        };
        ByteSpan::new(at(span.start(), false), at(span.end(), true))
    }

    /// The same without its first fields, which stood in front of the case that its shape tells of:
    /// what is known of a patient from other documents.
    #[must_use]
    pub(crate) fn without_front(mut self, fields: usize) -> Self {
        self.texts.drain(..fields.min(self.texts.len()));
        self.replaced.retain(|r| r.field >= fields);
        for replaced in &mut self.replaced {
            replaced.field -= fields;
        }
        self
    }

    /// The masked texts as a case, for looking again.
    pub(crate) fn as_case(&self, original: &Case) -> Case {
        let mut case = original.clone();
        for (field, text) in case.fields.iter_mut().zip(&self.texts) {
            field.text.clone_from(text);
        }
        case
    }
}

/// Masks the entities of a case. They must be disjoint and sorted, as `resolve` gives them, and
/// `written` says for each what stands in its place; nothing where it stays.
pub(crate) fn mask(case: &Case, entities: &[Entity], written: &[Option<String>]) -> MaskedCase {
    let mut texts = Vec::with_capacity(case.fields.len());
    let mut replaced = Vec::new();
    if fault::fails(Part::Mask) || fault::empties(Part::Mask) {
        return MaskedCase { id: case.id.clone(), texts, replaced, shape: case.shape.clone() };
    }
    let mut rest = entities;
    let mut written = written.iter();
    for (field, source) in case.fields.iter().enumerate() {
        let n = rest.partition_point(|e| e.field == field);
        let (own, later) = rest.split_at(n);
        rest = later;
        let mut text = String::with_capacity(source.text.len());
        let mut from = 0;
        for entity in own {
            let range = entity.span.range();
            let Some(Some(written)) = written.next() else { continue };
            text.push_str(source.text.get(from..range.start).unwrap_or(""));
            let start = text.len() as u32;
            text.push_str(written);
            let output = ByteSpan::new(start, text.len() as u32);
            replaced.push(Replaced { field, output, source: entity.span, entity: entity.entity });
            from = range.end;
        }
        text.push_str(source.text.get(from..).unwrap_or(""));
        texts.push(text);
    }
    MaskedCase { id: case.id.clone(), texts, replaced, shape: case.shape.clone() }
}

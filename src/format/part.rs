//! A decoded source and the places in it that text came from: how masked text gets back.
//!
//! Enters: a source text with its slots, and released cases. Leaves: the source with the slots
//! written anew where masking changed something, and byte for byte as it was everywhere else.

use super::Content;
use super::charset::Charset;
use crate::case::{Case, CaseId, Field, FieldClass, FieldKind, FieldPolicy, Node, Shape};
use crate::gate::ReleasedCase;
use std::ops::Range;

/// Bytes of text after which a case may be cut at the next border of a record: well below what
/// the gate decides on alone.
const CASE_BYTES: usize = 256 << 10;

/// Collects the texts of a document as cases.
pub(super) struct Builder {
    id: CaseId,
    cases: Vec<Case>,
    /// Index of the first field of each case.
    starts: Vec<usize>,
    fields: usize,
    /// What was left out, in plain words.
    pub(super) notes: Vec<&'static str>,
}

impl Builder {
    pub(super) fn new(id: &CaseId) -> Self {
        let mut new = Self {
            id: id.clone(),
            cases: Vec::new(),
            starts: Vec::new(),
            fields: 0,
            notes: Vec::new(),
        };
        new.cut();
        new
    }

    /// What follows is a case of its own.
    pub(super) fn cut(&mut self) {
        if self.cases.last().is_some_and(|c| c.fields.is_empty()) {
            return;
        }
        let n = self.cases.len();
        let id = if n == 0 {
            self.id.clone()
        } else {
            CaseId::new(format!("{}.{}", self.id.as_str(), n + 1))
        };
        // Nobody renders this shape: the format writes the texts back itself.
        self.cases.push(Case { id, fields: Vec::new(), shape: Shape::Json(Node::Null) });
        self.starts.push(self.fields);
    }

    /// As [`Builder::cut`], when the case is long already.
    pub(super) fn cut_if_long(&mut self) {
        if self.cases.last().is_some_and(|c| c.len() > CASE_BYTES) {
            self.cut();
        }
    }

    /// The number of the case that is being filled.
    pub(super) fn case(&self) -> usize {
        self.cases.len() - 1
    }

    /// A label that is not written back: what follows is read in its light.
    pub(super) fn label(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let place = format!("{}", self.fields);
        self.push(Field {
            place,
            kind: FieldKind::Key,
            class: FieldClass::Unmapped,
            policy: FieldPolicy::Keep,
            text: text.to_owned(),
        });
    }

    /// A key that is written back; searched unless it is `known`. Its number.
    pub(super) fn key(&mut self, text: &str, known: bool) -> usize {
        let policy = if known { FieldPolicy::Keep } else { FieldPolicy::Scrub };
        let place = format!("{}", self.fields);
        let kind = FieldKind::Key;
        self.push(Field { kind, policy, ..Field::free(place, text.to_owned()) })
    }

    /// A text; its number.
    pub(super) fn text(&mut self, text: String, policy: FieldPolicy) -> usize {
        let place = format!("{}", self.fields);
        self.push(Field { policy, ..Field::free(place, text) })
    }

    /// A label and its text.
    pub(super) fn labelled(&mut self, label: &str, text: String, policy: FieldPolicy) -> usize {
        self.label(label);
        self.text(text, policy)
    }

    fn push(&mut self, field: Field) -> usize {
        if let Some(case) = self.cases.last_mut() {
            case.fields.push(field);
        }
        self.fields += 1;
        self.fields - 1
    }

    pub(super) fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Case>, Vec<usize>, Vec<&'static str>) {
        if self.cases.len() > 1 && self.cases.last().is_some_and(|c| c.fields.is_empty()) {
            self.cases.pop();
            self.starts.pop();
        }
        (self.cases, self.starts, self.notes)
    }
}

/// The released cases of a document, asked for by the numbers that [`Builder`] gave.
pub(super) struct Written<'r> {
    pub(super) cases: &'r [Case],
    pub(super) starts: &'r [usize],
    pub(super) released: &'r [Option<ReleasedCase>],
}

impl Written<'_> {
    /// The new text of a piece of a field; `None` when masking left it as it was.
    pub(super) fn piece(&self, field: usize, span: &Range<usize>) -> Option<String> {
        let case = self.starts.partition_point(|&s| s <= field).checked_sub(1)?;
        let local = field - self.starts[case];
        let source = self.cases[case].fields.get(local)?.text.as_str();
        // What was held is not written at all; empty is the safe side should it be asked for.
        let Some(released) = &self.released[case] else { return Some(String::new()) };
        let masked = released.masked();
        let text = masked.texts().get(local)?;
        let first = masked.replaced().partition_point(|r| r.field < local);
        let own = masked.replaced()[first..].iter().take_while(|r| r.field == local);
        let (mut out, mut at, mut changed) = (String::new(), span.start, false);
        for replaced in own {
            let (from, to) = (replaced.source.range().start, replaced.source.range().end);
            if to <= span.start {
                continue;
            }
            if from >= span.end {
                break;
            }
            changed = true;
            if from >= span.start {
                out.push_str(source.get(at..from).unwrap_or(""));
                out.push_str(text.get(replaced.output.range()).unwrap_or(""));
            }
            at = to.min(span.end).max(at);
        }
        out.push_str(source.get(at..span.end).unwrap_or(""));
        changed.then_some(out)
    }

    /// True when the gate holds that case.
    pub(super) fn is_held(&self, case: usize) -> bool {
        self.released.get(case).is_none_or(Option::is_none)
    }
}

/// How text is written at a place.
pub(super) type Escape = fn(&str) -> String;

/// What stands at a place of the source.
pub(super) enum Fill {
    /// A piece of a field; with what is written around it when it changes.
    Piece { field: usize, span: Range<usize>, escape: Escape, around: (String, String) },
    /// A field under a name, both written anew when it changes.
    Made { field: usize, span: Range<usize>, make: fn(&str, &str) -> String, name: String },
    /// Another document, in an encoding of the outer one.
    Nested { content: Box<Content>, wrap: fn(&[u8]) -> String },
    /// Something else, whatever it was.
    Fixed(String),
    /// A record, which is left out when its case is held; a border, which is not written.
    Record { case: usize },
}

/// A place of the source.
pub(super) struct Slot {
    range: Range<usize>,
    fill: Fill,
}

/// A decoded source and its slots, in order.
pub(super) struct Part {
    source: String,
    charset: Charset,
    slots: Vec<Slot>,
}

impl Part {
    pub(super) fn new(source: String, charset: Charset) -> Self {
        Self { source, charset, slots: Vec::new() }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn slot(&mut self, range: Range<usize>, fill: Fill) {
        self.slots.push(Slot { range, fill });
    }

    /// The whole of a field at one place.
    pub(super) fn whole(&mut self, range: Range<usize>, field: usize, len: usize, escape: Escape) {
        let around = (String::new(), String::new());
        self.slot(range, Fill::Piece { field, span: 0..len, escape, around });
    }

    /// What stands beside the text, such as a comment: a text of its own.
    pub(super) fn aside(&mut self, range: Range<usize>, escape: Escape, builder: &mut Builder) {
        let text = self.source[range.clone()].to_owned();
        if !text.trim().is_empty() {
            let len = text.len();
            let field = builder.text(text, FieldPolicy::Scrub);
            self.whole(range, field, len, escape);
        }
    }

    /// The source with what masking changed.
    pub(super) fn write(&self, written: &Written<'_>) -> Vec<u8> {
        let mut order: Vec<&Slot> = self.slots.iter().collect();
        // Records come before what lies in them.
        order.sort_by_key(|s| (s.range.start, std::cmp::Reverse(s.range.end)));
        let (mut out, mut at) = (String::new(), 0);
        for slot in order {
            let Range { start, end } = slot.range;
            if start < at {
                continue;
            }
            let new = match &slot.fill {
                Fill::Piece { field, span, escape, around } => written
                    .piece(*field, span)
                    .map(|text| format!("{}{}{}", around.0, escape(&text), around.1)),
                Fill::Made { field, span, make, name } => {
                    written.piece(*field, span).map(|text| make(name, &text))
                }
                Fill::Nested { content, wrap } => {
                    content.changes(written).then(|| wrap(&content.write(written)))
                }
                Fill::Fixed(text) => Some(text.clone()),
                Fill::Record { case } => written.is_held(*case).then(String::new),
            };
            let Some(new) = new else { continue };
            out.push_str(self.source.get(at..start).unwrap_or(""));
            out.push_str(&new);
            at = end;
        }
        out.push_str(self.source.get(at..).unwrap_or(""));
        self.charset.encode(&out)
    }

    /// True when writing changes anything.
    pub(super) fn changes(&self, written: &Written<'_>) -> bool {
        self.slots.iter().any(|slot| match &slot.fill {
            Fill::Piece { field, span, .. } | Fill::Made { field, span, .. } => {
                written.piece(*field, span).is_some()
            }
            Fill::Nested { content, .. } => content.changes(written),
            Fill::Fixed(_) => true,
            Fill::Record { case } => written.is_held(*case),
        })
    }
}

/// Text as it is.
pub(super) fn plain(text: &str) -> String {
    text.to_owned()
}

//! What was decided about a field of a masked case: where masking wrote, and what is kept.
//!
//! Enters: the masked case and its entities. Leaves: which stretches of the masked text nobody
//! decided about, which a reader can read all the same, and what stands beside what was written.

use crate::case::Case;
use crate::entity::{Entity, EntityType};
use crate::mask::{MaskedCase, Replaced};
use crate::span::ByteSpan;
use std::ops::Range;

/// A piece of a field about which something was decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) source: ByteSpan,
    pub(super) output: ByteSpan,
    pub(super) entity: EntityType,
    /// Something else stands there now.
    pub(super) written: bool,
}

impl Part {
    /// True for a province, country or group that is kept and has a number in it: what is kept as
    /// such a word was taken for more than it is, `Ontario P4N 1A9`.
    fn is_word_with_digits(&self, text: &str) -> bool {
        use EntityType as E;
        let word = matches!(self.entity, E::Province | E::Country | E::Ethnicity);
        let digits = || text.get(self.output.range()).unwrap_or_default().bytes();
        word && !self.written && digits().filter(u8::is_ascii_digit).count() > 1
    }
}

/// What was decided about a field: where masking wrote, and what the policy keeps.
pub(super) struct Decided {
    /// In order.
    parts: Vec<Part>,
}

impl Decided {
    pub(super) fn of(case: &Case, field: usize, masked: &MaskedCase, entities: &[Entity]) -> Self {
        // A masked case that lacks the field is held as unfaithful.
        let (before, after) = (&case.fields[field].text, masked.texts().get(field));
        let after = after.map_or("", String::as_str);
        let replaced = masked.replaced().iter().filter(|r| r.field == field);
        let part = |r: &Replaced| Part {
            source: r.source,
            output: r.output,
            entity: r.entity,
            // A year can be written as the same year.
            written: before.get(r.source.range()) != after.get(r.output.range()),
        };
        let mut parts: Vec<Part> = replaced.map(part).collect();
        let from = entities.partition_point(|e| e.field < field);
        let upto = entities.partition_point(|e| e.field <= field);
        for entity in &entities[from..upto] {
            let next = parts.partition_point(|p| p.source.start() <= entity.span.start());
            let behind = next.checked_sub(1).map(|i| parts[i]);
            let moved = behind.map_or(0, |p| i64::from(p.output.end()) - i64::from(p.source.end()));
            if behind.is_none_or(|p| !p.source.overlaps(entity.span)) {
                let at = |p: u32| u32::try_from(i64::from(p) + moved).unwrap_or(p);
                let output = ByteSpan::new(at(entity.span.start()), at(entity.span.end()));
                let (source, entity) = (entity.span, entity.entity);
                parts.insert(next, Part { source, output, entity, written: false });
            }
        }
        Self { parts }
    }

    /// The stretches of an output of so many bytes about which nothing was decided.
    pub(super) fn between(&self, len: usize) -> Vec<Range<usize>> {
        gaps(self.parts.iter(), len)
    }

    /// Its stretches in which nothing was written: open, or kept.
    pub(super) fn unwritten(&self, len: usize) -> Vec<Range<usize>> {
        gaps(self.parts.iter().filter(|p| p.written), len)
    }

    /// What was written, each with the stretches on its two sides in which nothing was.
    pub(super) fn seams(
        &self,
        len: usize,
    ) -> impl Iterator<Item = (&Part, Range<usize>, Range<usize>)> {
        let stretches = self.unwritten(len);
        let behind = stretches.clone().into_iter().skip(1);
        let written = self.parts.iter().filter(|p| p.written);
        written.zip(stretches).zip(behind).map(|((part, before), behind)| (part, before, behind))
    }

    /// Provinces, countries and groups that are kept and have numbers in them.
    pub(super) fn words_with_digits(&self, text: &str) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|p| p.is_word_with_digits(text))
    }

    /// True when something was decided about every letter and digit of a stretch of the output.
    pub(super) fn covers(&self, text: &str, output: ByteSpan) -> bool {
        let decided =
            |at: u32| self.parts.iter().any(|p| p.output.range().contains(&(at as usize)));
        let mut bytes = (output.start()..).zip(text[output.range()].bytes());
        bytes.all(|(at, byte)| !byte.is_ascii_alphanumeric() || decided(at))
    }

    pub(super) fn touches(&self, output: ByteSpan) -> bool {
        self.parts.iter().any(|p| p.output.overlaps(output))
    }

    /// Where in the source a stretch of the output stands that nothing was written in.
    pub(super) fn in_source(&self, output: ByteSpan) -> Option<ByteSpan> {
        let before = self.parts.iter().rev().find(|p| p.output.end() <= output.start());
        let moved = before.map_or(0, |p| i64::from(p.source.end()) - i64::from(p.output.end()));
        let at = |p: u32| u32::try_from(i64::from(p) + moved).ok();
        Some(ByteSpan::new(at(output.start())?, at(output.end())?))
    }
}

/// The stretches of so many bytes between parts of the output.
fn gaps<'a>(parts: impl Iterator<Item = &'a Part>, len: usize) -> Vec<Range<usize>> {
    let (mut stretches, mut from) = (Vec::new(), 0);
    for part in parts {
        let output = part.output.range();
        stretches.push(from..output.start.max(from));
        from = output.end.max(from);
    }
    stretches.push(from..len.max(from));
    stretches
}

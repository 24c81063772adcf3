//! What a look at the masked text still finds, brought back to the source.

use crate::entity::{Entity, EntityType};
use crate::mask::MaskedCase;
use crate::policy::{Operator, Policy};
use crate::span::ByteSpan;

/// A field and source span whose generalised value reads as something of another type.
pub(super) type Misread = (usize, ByteSpan, EntityType);

/// A date or age that was written as a plain number and is found as something else. Surrogates
/// and shifted dates read as what they stand for: they do not count.
pub(super) fn misread(found: &Entity, masked: &MaskedCase, policy: &Policy) -> Option<Misread> {
    let written = masked.replaced();
    let first =
        written.partition_point(|r| (r.field, r.output.end()) <= (found.field, found.span.start()));
    let inside = written[first..]
        .iter()
        .take_while(|r| r.field == found.field && r.output.start() < found.span.end())
        .find(|r| r.entity != found.entity)?;
    let keyed = policy.operator(inside.entity).needs_key();
    let text = &masked.texts()[inside.field][inside.output.range()];
    (!keyed && !text.starts_with('[')).then_some((inside.field, inside.source, found.entity))
}

/// Gives what was misread the type that it reads as, so that it is masked as such.
pub(super) fn retype(entities: &mut [Entity], misread: &[Misread]) {
    let mut last = entities.iter().map(|e| e.referent).max().unwrap_or(0);
    for (field, span, entity) in misread {
        if let Some(own) = entities.iter_mut().find(|e| e.field == *field && e.span == *span) {
            last += 1;
            own.entity = *entity;
            own.referent = last;
        }
    }
}

/// A finding in the masked text, at its source position: outside of what masking wrote, output
/// and source differ by a shift.
pub(super) fn in_source(found: Entity, masked: &MaskedCase) -> Entity {
    let before = masked
        .replaced()
        .iter()
        .rfind(|r| r.field == found.field && r.output.end() <= found.span.start());
    let (from, to) = before.map_or((0, 0), |r| (r.output.end(), r.source.end()));
    let start = found.span.start() - from + to;
    Entity { span: ByteSpan::new(start, start + found.span.len()), ..found }
}

/// Brings what was found in addition into the list, in place of what it overlaps.
pub(super) fn add_residual(entities: &mut Vec<Entity>, residual: &[Entity], policy: &Policy) {
    for found in residual {
        // What was masked and is touched in part stays covered.
        let overlaps = |e: &Entity| e.field == found.field && e.span.overlaps(found.span);
        let masked = |e: &&Entity| overlaps(e) && policy.operator(e.entity) != Operator::Keep;
        let span = entities.iter().filter(masked).fold(found.span, |s, e| s.hull(e.span));
        entities.retain(|e| !overlaps(e));
        let last = entities
            .iter()
            .filter(|e| e.entity.tag() == found.entity.tag())
            .map(|e| e.referent)
            .max();
        entities.push(Entity { span, referent: last.unwrap_or(0) + 1, ..found.clone() });
    }
    entities.sort_by_key(|e| (e.field, e.span));
}

/// The parts of a finding that masking did not write and that a reader could read: a name beside
/// a tag counts, the tag does not.
pub(super) fn outside_of_written(found: &Entity, masked: &MaskedCase) -> Vec<Entity> {
    let written = masked.replaced();
    let text = masked.texts()[found.field].as_bytes();
    let first =
        written.partition_point(|r| (r.field, r.output.end()) <= (found.field, found.span.start()));
    let mut parts = Vec::new();
    let mut from = found.span.start();
    let own = written[first..]
        .iter()
        .take_while(|r| r.field == found.field && r.output.start() < found.span.end());
    for (start, end) in own
        .map(|r| (r.output.start(), r.output.end()))
        .chain([(found.span.end(), found.span.end())])
    {
        let span = ByteSpan::new(from, start.max(from));
        if text[span.range()].iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii()) {
            parts.push(Entity { span, ..found.clone() });
        }
        from = from.max(end);
    }
    parts
}

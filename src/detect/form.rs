//! Fields that a form definition declares to be identifiers: masked whole, whatever they say.

use crate::case::{FieldKind, FieldPolicy};
use crate::decode::Document;
use crate::entity::{Candidate, Evidence, RuleId, Score};

/// Proposes the whole value of every identified field.
pub(super) fn propose(document: &Document<'_>, out: &mut Vec<Candidate>) {
    for segment in document.segments() {
        let field = &document.case.fields[segment.field];
        let FieldPolicy::Mask(entity) = field.policy else { continue };
        if field.kind == FieldKind::Value && !segment.view.is_empty() {
            let evidence = Evidence::of(&RuleId::new("form.identified_field"));
            out.push(Candidate {
                span: segment.view,
                entity,
                score: Score::new(1.0),
                evidence,
                keep: false,
            });
        }
    }
}

//! Terms of the keep lists, proposed for keeping.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, Score};
use crate::rules::RuleSet;
use crate::span::ViewSpan;

/// What a keep term weighs: more than a lexicon or the tagger, less than a title, a label or a cue.
const KEEP_SCORE: f32 = 0.9;

/// Proposes the keep terms of the view for keeping.
pub(super) fn propose(view: &str, rules: &RuleSet, scan: &Scan, out: &mut Vec<Candidate>) {
    let mut free_from = 0;
    for &i in &scan.keep_starts {
        let i = i as usize;
        if i < free_from {
            continue;
        }
        let Some((n, list)) = rules.keep_terms.longest_at(view, &scan.tokens[i..]) else {
            continue;
        };
        let span = ViewSpan::new(scan.tokens[i].start, scan.tokens[i + n - 1].end);
        let evidence = Evidence::of(list);
        out.push(Candidate {
            span,
            entity: EntityType::Id,
            score: Score::new(KEEP_SCORE),
            evidence,
            keep: true,
        });
        free_from = i + n;
    }
}

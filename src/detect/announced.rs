//! Numbers that a cue announces, whatever they look like.
//!
//! People mistype: a digit too many, an O for a zero, a number broken over a line or a table cell.
//! What stands directly behind "OHIP:" is masked by what announces it, not by its form. Digits
//! spelled out as words count as digits.

mod word;
mod label;
mod reader;
mod join;

pub(super) use label::keep_labels;

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::rules::RuleSet;
use reader::{Bounds, Reader};
use word::SPOKEN_HASHES;

/// Digits too many that a slip makes: one doubled, one look-alike.
const SLIP: u8 = 2;

/// Farthest that a number may stand behind its cue, in bytes.
const REACH: u32 = 48;

/// Proposes the numbers behind announcing cues, and long runs of spoken digits anywhere.
pub(super) fn propose(view: &str, rules: &RuleSet, scan: &Scan, out: &mut Vec<Candidate>) {
    let reader = Reader { view, tokens: &scan.tokens };
    for cue in &scan.cues {
        let announcing = rules.cues.announces(cue.cue);
        if announcing.is_empty() {
            continue;
        }
        let Some(first) = reader.skip_connectors(cue.end) else { continue };
        let announces =
            || announcing.iter().filter_map(|&r| rules.rules[r as usize].announce.as_ref());
        let bounds = Bounds {
            min_digits: announces().map(|a| a.min_digits).min().unwrap_or(0),
            max_digits: announces().map(|a| a.max_digits).max().unwrap_or(0) + SLIP,
            max_letters: announces().map(|a| a.max_letters).max().unwrap_or(0) + 1,
        };
        let Some(number) = reader.number(first, bounds) else { continue };
        let fits = announcing.iter().min_by_key(|&&r| {
            rules.rules[r as usize].announce.map_or(u8::MAX, |a| {
                let digits = a.min_digits.saturating_sub(number.digits)
                    + number.digits.saturating_sub(a.max_digits);
                digits + number.letters.saturating_sub(a.max_letters)
            })
        });
        if number.digits + 1 < bounds.min_digits {
            continue;
        }
        let Some(&index) = fits else { continue };
        let rule = &rules.rules[index as usize];
        let distance = number.span.start().saturating_sub(cue.end);
        out.push(Candidate {
            span: number.span,
            entity: rule.entity,
            score: Score::new(rule.score.with_context),
            evidence: Evidence { cue_distance: Some(distance), ..Evidence::of(&rule.id) },
            keep: false,
        });
    }
    spoken_alone(&reader, out);
}

/// Digits read out, so many of them that no cue is needed: a telephone number, a chart number.
const SPOKEN_ALONE: u8 = 7;

/// Proposes long runs of spoken digits anywhere.
fn spoken_alone(reader: &Reader<'_>, out: &mut Vec<Candidate>) {
    let mut i = 0;
    while i < reader.tokens.len() {
        if !SPOKEN_HASHES.contains_key(&reader.tokens[i].hash) {
            i += 1;
            continue;
        }
        let Some(number) = reader.spoken(i).filter(|n| n.digits >= SPOKEN_ALONE) else {
            i += 1;
            continue;
        };
        let evidence = Evidence::of(&RuleId::new("any.spoken_number"));
        let score = Score::new(0.85);
        out.push(Candidate {
            span: number.span,
            entity: EntityType::Id,
            score,
            evidence,
            keep: false,
        });
        i = reader.tokens.partition_point(|t| t.start < number.span.end());
    }
}

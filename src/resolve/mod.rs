//! Candidates to entities: keep lists first, then score, length, order.
//!
//! Enters: all candidates of a document. Leaves: disjoint, sorted entities in source positions of
//! their fields, and every suppressed candidate with the reason. Never unmasks a character that
//! an accepted candidate covers.

mod whole;

use crate::case::{FieldKind, FieldPolicy};
use crate::decode::Document;
use crate::entity::{Candidate, Entity, EntityType, Score, Suppressed, Suppression};
use crate::span::ViewSpan;
use crate::token::CLASS;
use std::collections::BTreeMap;

/// What was decided about a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Disjoint, sorted by field and position.
    pub entities: Vec<Entity>,
    /// Sorted by field and position.
    pub suppressed: Vec<Suppressed>,
}

/// Decides all candidates. `floor` is the least score that is masked.
pub fn resolve(document: &Document<'_>, candidates: Vec<Candidate>, floor: Score) -> Decision {
    let (keep, proposed): (Vec<Candidate>, Vec<Candidate>) =
        candidates.into_iter().partition(|c| c.keep);
    let keep = Keepers::new(keep);
    let mut decision = Decision::default();
    let mut accepted: Vec<Candidate> = Vec::new();
    for candidate in proposed {
        let reason = if candidate.score < floor {
            Some((Suppression::LowScore, None))
        } else {
            keep.against(&candidate).map(|k| (Suppression::KeepList, Some(k.evidence.rule.clone())))
        };
        match reason {
            Some((reason, by)) => {
                suppress(document, candidate, reason, by, &mut decision.suppressed);
            }
            None => accepted.push(candidate),
        }
    }
    let mut winners = disjoint(document, accepted, &mut decision.suppressed);
    whole::complete(document.view().as_bytes(), &mut winners);
    let mut referents = Referents::default();
    for winner in winners {
        place(document, &winner, &mut referents, &mut decision.entities);
    }
    decision.suppressed.sort_by(|a, b| {
        (a.field, a.span, a.entity, a.evidence.rule.as_str()).cmp(&(
            b.field,
            b.span,
            b.entity,
            b.evidence.rule.as_str(),
        ))
    });
    decision
}

/// Candidates for keeping, by start, with the farthest end so far: a look-up is a short scan.
struct Keepers {
    sorted: Vec<Candidate>,
    farthest: Vec<u32>,
}

impl Keepers {
    fn new(mut sorted: Vec<Candidate>) -> Self {
        sorted.sort_by_key(|c| c.span);
        let mut most = 0;
        let ends = sorted.iter().map(|c| {
            most = most.max(c.span.end());
            most
        });
        let farthest = ends.collect();
        Self { sorted, farthest }
    }

    /// A keep candidate that holds the whole span and outweighs it.
    fn against(&self, candidate: &Candidate) -> Option<&Candidate> {
        let upto = self.sorted.partition_point(|k| k.span.start() <= candidate.span.start());
        (0..upto)
            .rev()
            .take_while(|&i| self.farthest[i] >= candidate.span.end())
            .map(|i| &self.sorted[i])
            .find(|k| k.span.contains(candidate.span) && k.score > candidate.score)
    }
}

fn suppress(
    document: &Document<'_>,
    candidate: Candidate,
    reason: Suppression,
    by: Option<crate::entity::RuleId>,
    out: &mut Vec<Suppressed>,
) {
    if let Some((field, span)) = document.to_source(candidate.span) {
        let Candidate { entity, score, evidence, .. } = candidate;
        out.push(Suppressed { field, span, entity, score, evidence, reason, by });
    }
}

/// True for what a rule found in this place, rather than the tagger or another mention.
fn is_rule(candidate: &Candidate) -> bool {
    candidate.evidence.model.is_none() && !candidate.evidence.linked
}

/// The strongest candidates; what a weaker one covers beyond them stays covered.
fn disjoint(
    document: &Document<'_>,
    mut accepted: Vec<Candidate>,
    out: &mut Vec<Suppressed>,
) -> Vec<Candidate> {
    // A rule knows what it found; the tagger adds what rules do not see, and widens what they do.
    accepted.sort_by(|a, b| {
        is_rule(b)
            .cmp(&is_rule(a))
            .then(b.score.value().total_cmp(&a.score.value()))
            .then(b.span.len().cmp(&a.span.len()))
            .then(a.span.cmp(&b.span))
            .then(a.entity.cmp(&b.entity))
            .then_with(|| a.evidence.rule.cmp(&b.evidence.rule))
    });
    // Winners by start; disjoint, so that a neighbour search finds all overlaps.
    let mut winners: BTreeMap<u32, Candidate> = BTreeMap::new();
    for candidate in accepted {
        let overlapping: Vec<u32> = winners
            .range(..candidate.span.end())
            .rev()
            .take_while(|(_, w)| w.span.end() > candidate.span.start())
            .map(|(&start, _)| start)
            .collect();
        let Some(strongest) = overlapping
            .iter()
            .max_by(|a, b| {
                is_rule(&winners[a])
                    .cmp(&is_rule(&winners[b]))
                    .then(winners[a].score.value().total_cmp(&winners[b].score.value()))
                    .then(b.cmp(a))
            })
            .copied()
        else {
            winners.insert(candidate.span.start(), candidate);
            continue;
        };
        let hull = overlapping.iter().fold(candidate.span, |h, s| h.hull(winners[s].span));
        let mut winner = winners[&strongest].clone();
        if hull != winner.span {
            for start in overlapping {
                winners.remove(&start);
            }
            winner.span = hull;
            winners.insert(hull.start(), winner);
        }
        suppress(document, candidate, Suppression::Covered, None, out);
    }
    winners.into_values().collect()
}

/// Puts a winner into its field or fields, trimmed to what can be read.
fn place(
    document: &Document<'_>,
    winner: &Candidate,
    referents: &mut Referents,
    out: &mut Vec<Entity>,
) {
    for part in document.clip(winner.span) {
        let part = trim(document.view(), part);
        let Some((field, span)) = document.to_source(part) else { continue };
        if span.is_empty() {
            continue;
        }
        let owner = &document.case.fields[field];
        // The name of a known form field is no identifier, whatever it sounds like; nor is one letter.
        let known = owner.policy == FieldPolicy::Keep || owner.text.len() <= 1;
        if owner.kind == FieldKind::Key && known {
            continue;
        }
        let referent = referents.number(winner.entity, &document.view()[part.range()]);
        // Two view spans can stand for one source character; the later one starts behind it.
        let span = match out.last() {
            Some(last) if last.field == field && span.start() < last.span.end() => {
                if span.end() <= last.span.end() {
                    continue;
                }
                crate::span::ByteSpan::new(last.span.end(), span.end())
            }
            _ => span,
        };
        let (entity, score, evidence) = (winner.entity, winner.score, winner.evidence.clone());
        out.push(Entity { field, span, entity, score, evidence, referent });
    }
}

fn trim(view: &str, span: ViewSpan) -> ViewSpan {
    let text = &view.as_bytes()[span.range()];
    let lead = text.iter().take_while(|b| b.is_ascii_whitespace()).count() as u32;
    let trail = text.iter().rev().take_while(|b| b.is_ascii_whitespace()).count() as u32;
    if lead + trail >= span.len() {
        ViewSpan::new(span.start(), span.start())
    } else {
        ViewSpan::new(span.start() + lead, span.end() - trail)
    }
}

/// Numbers by first appearance: mentions of one thing share a number within its tag.
#[derive(Default)]
struct Referents {
    known: BTreeMap<(&'static str, Vec<u8>), u32>,
    /// Words of persons' names, to the number of who bears them.
    person_words: BTreeMap<(&'static str, Vec<u8>), u32>,
    last: BTreeMap<&'static str, u32>,
}

impl Referents {
    fn number(&mut self, entity: EntityType, text: &str) -> u32 {
        let tag = entity.tag();
        let key: Vec<u8> = text
            .bytes()
            .filter(|b| CLASS[*b as usize] != 0)
            .map(|b| b.to_ascii_lowercase())
            .collect();
        if let Some(&n) = self.known.get(&(tag, key.clone())) {
            return n;
        }
        let words = || {
            let split = text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric());
            split.filter(|w| w.len() > 2).map(|w| w.to_ascii_lowercase().into_bytes())
        };
        let known_word = words()
            .find_map(|w| self.person_words.get(&(tag, w)).copied())
            .filter(|_| entity.is_person());
        let n = known_word.unwrap_or_else(|| {
            let last = self.last.entry(tag).or_default();
            *last += 1;
            *last
        });
        if entity.is_person() {
            for word in words() {
                self.person_words.entry((tag, word)).or_insert(n);
            }
        }
        self.known.insert((tag, key), n);
        n
    }
}

//! Candidates to entities: keep lists first, then score, length, order.
//!
//! Enters: all candidates of a document. Leaves: disjoint, sorted entities in source positions of
//! their fields, and every suppressed candidate with the reason. Never unmasks a character that
//! an accepted candidate covers.

mod whole;

use crate::case::{FieldKind, FieldPolicy};
use crate::decode::Document;
use crate::entity::{Candidate, Entity, EntityType, RuleId, Score, Suppressed, Suppression};
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
    let (mut proposed, mut keepers) = (Vec::with_capacity(candidates.len()), Vec::new());
    for candidate in candidates {
        if candidate.keep {
            keepers.push(Keeper::of(candidate));
        } else {
            proposed.push(candidate);
        }
    }
    let keepers = Keepers::new(keepers);
    let mut decision = Decision::default();
    let accept = |candidate: Candidate| {
        let (reason, by) = if candidate.score < floor {
            (Suppression::LowScore, None)
        } else if let Some(keeper) = keepers.against(&candidate) {
            (Suppression::KeepList, Some(keeper.rule.clone()))
        } else {
            return Some(candidate);
        };
        suppress(document, candidate, reason, by, &mut decision.suppressed);
        None
    };
    let accepted = proposed.into_iter().filter_map(accept).collect();
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

/// What a candidate for keeping says.
struct Keeper {
    span: ViewSpan,
    score: Score,
    rule: RuleId,
}

impl Keeper {
    fn of(Candidate { span, score, evidence, .. }: Candidate) -> Self {
        Self { span, score, rule: evidence.rule }
    }
}

/// Candidates for keeping, by start, with the farthest end so far: a look-up is a short scan.
struct Keepers {
    sorted: Vec<Keeper>,
    farthest: Vec<u32>,
}

impl Keepers {
    fn new(mut sorted: Vec<Keeper>) -> Self {
        sorted.sort_by_key(|k| k.span);
        let mut most = 0;
        let ends = sorted.iter().map(|k| {
            most = most.max(k.span.end());
            most
        });
        let farthest = ends.collect();
        Self { sorted, farthest }
    }

    /// One that holds the whole span and outweighs it.
    fn against(&self, candidate: &Candidate) -> Option<&Keeper> {
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
    by: Option<RuleId>,
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
            .then_with(|| b.score.value().total_cmp(&a.score.value()))
            .then_with(|| b.span.len().cmp(&a.span.len()))
            .then_with(|| a.span.cmp(&b.span))
            .then_with(|| a.entity.cmp(&b.entity))
            .then_with(|| a.evidence.rule.cmp(&b.evidence.rule))
    });
    // Winners by start; disjoint, so that a neighbour search finds all overlaps.
    let mut winners: BTreeMap<u32, Candidate> = BTreeMap::new();
    for candidate in accepted {
        let strongest = overlapped(&winners, candidate.span).max_by(|a, b| {
            is_rule(a)
                .cmp(&is_rule(b))
                .then_with(|| a.score.value().total_cmp(&b.score.value()))
                .then_with(|| b.span.start().cmp(&a.span.start()))
        });
        let Some(strongest) = strongest else {
            winners.insert(candidate.span.start(), candidate);
            continue;
        };
        let hull = overlapped(&winners, candidate.span).fold(candidate.span, |h, w| h.hull(w.span));
        if hull != strongest.span {
            let winner = Candidate { span: hull, ..strongest.clone() };
            let starts = overlapped(&winners, candidate.span).map(|w| w.span.start());
            for start in starts.collect::<Vec<u32>>() {
                winners.remove(&start);
            }
            winners.insert(hull.start(), winner);
        }
        suppress(document, candidate, Suppression::Covered, None, out);
    }
    winners.into_values().collect()
}

/// The winners that share a byte with a span, the last one first.
fn overlapped(
    winners: &BTreeMap<u32, Candidate>,
    span: ViewSpan,
) -> impl Iterator<Item = &Candidate> {
    let before = winners.range(..span.end()).rev().map(|(_, winner)| winner);
    before.take_while(move |winner| winner.span.end() > span.start())
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
    /// By letters and digits in lower case, and the tag.
    known: BTreeMap<Vec<u8>, u32>,
    /// Words of persons' names, likewise, to the number of who bears them.
    person_words: BTreeMap<Vec<u8>, u32>,
    last: BTreeMap<&'static str, u32>,
    /// What is looked up, made anew each time.
    key: Vec<u8>,
}

impl Referents {
    fn number(&mut self, entity: EntityType, text: &str) -> u32 {
        let Self { known, person_words, last, key } = self;
        let tag = entity.tag();
        let is_letter = |b: &u8| CLASS[usize::from(*b)] != 0;
        // A tag begins with a capital, so that it is clear where it begins.
        let set_key = |key: &mut Vec<u8>, said: &[u8]| {
            key.clear();
            key.extend_from_slice(said);
            key.retain(is_letter);
            key.make_ascii_lowercase();
            key.extend_from_slice(tag.as_bytes());
        };
        set_key(key, text.as_bytes());
        if let Some(&n) = known.get(key.as_slice()) {
            return n;
        }
        let whole = key.clone();
        let words = || {
            let split = text.as_bytes().split(|b| !is_letter(b));
            split.filter(|w| w.len() > 2 && entity.is_person())
        };
        let known_word = words().find_map(|word| {
            set_key(key, word);
            person_words.get(key.as_slice()).copied()
        });
        let n = known_word.unwrap_or_else(|| {
            let last = last.entry(tag).or_default();
            *last += 1;
            *last
        });
        for word in words() {
            set_key(key, word);
            person_words.entry(key.clone()).or_insert(n);
        }
        known.insert(whole, n);
        n
    }
}

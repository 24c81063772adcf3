//! What remains in a masked case and could single a person out: signs, and how many people match.
//!
//! Enters: a [`MaskedCase`] and what the policy kept. Leaves: a [`RiskNote`] with reasons and, where
//! the place is known, an estimate of how many people have all of it in common; where they are
//! fewer than the policy wants, what to generalise. The estimate multiplies shares as if they had
//! nothing to do with each other: it says what to look at, not who is safe. The shares and their
//! sources are data in `rules/risk/`.

mod sign;
mod population;

pub use sign::{Advice, Kind, RiskError, Signs};

use crate::case::Case;
use crate::decode::Document;
use crate::entity::{Entity, EntityType};
use crate::mask::MaskedCase;
use crate::operator::Stock;
use crate::span::{ByteSpan, ViewSpan};
use population::Place;

/// Something that remains and that few people have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What it says of the person.
    pub kind: Kind,
    /// The phrase that found it, such as `event.nature`.
    pub phrase: String,
    /// The field.
    pub field: usize,
    /// Where, in the source.
    pub span: ByteSpan,
    /// One person in so many has it; for a place, nothing.
    pub one_in: u32,
    /// The same after the generalisation that the kind asks for.
    pub generalised: u32,
    /// True when it singles out by itself, whatever the place.
    pub alone: bool,
}

/// What remains in a case, and what follows from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RiskNote {
    /// What was found, the first of its kind; all of those that single out by themselves.
    pub signs: Vec<Sign>,
    /// How many people could match, where a place of known population remains. An estimate.
    pub people: Option<u64>,
    /// The policy's threshold: fewer people than this ask for a generalisation.
    pub threshold: u32,
    /// Kinds whose generalisation is asked for, in the order of what they bring.
    pub asks: Vec<Kind>,
}

/// The note of a masked case. `kept` are the entities that the policy left, in source positions;
/// `threshold` 0 asks for nothing.
pub(crate) fn note(
    case: &Case,
    masked: &MaskedCase,
    kept: &[&Entity],
    threshold: u32,
    (signs, stock): (&Signs, &Stock),
) -> RiskNote {
    let again = masked.as_case(case);
    let document = Document::new(&again);
    let place_of = |range: std::ops::Range<usize>| {
        let span = ViewSpan::new(range.start as u32, range.end as u32);
        let (field, span) = document.to_source(span)?;
        Some((field, masked.to_source(field, span)))
    };
    let mut found = Vec::new();
    signs.find(document.view(), |kind, phrase, range| {
        if let Some((field, span)) = place_of(range) {
            found.push(signs.sign(kind, phrase, field, span));
        }
    });
    let mut places: Vec<(Place, usize, ByteSpan)> = Vec::new();
    population::tags(document.view(), stock, |place, range| {
        if let Some((field, span)) = place_of(range) {
            places.push((place, field, span));
        }
    });
    for entity in kept {
        let text = case.fields.get(entity.field).and_then(|f| f.text.get(entity.span.range()));
        let Some(text) = text else { continue };
        if let Some(place) = population::kept(entity.entity, text, stock) {
            places.push((place, entity.field, entity.span));
        }
        if entity.entity == EntityType::Profession && stock.is_outside_care(text) {
            found.push(signs.unit_group(entity.field, entity.span));
        }
    }
    // The smallest place that remains is the one that counts.
    let known = places.into_iter().filter_map(|(place, field, span)| {
        Some((signs.people(&place, stock)?, place, field, span))
    });
    let smallest = known.min_by_key(|(people, ..)| *people);
    found = first_of_each(found);
    let mut note = RiskNote { threshold, ..RiskNote::default() };
    if let Some((people, place, field, span)) = smallest {
        let region = signs.people(&place.region_only(), stock).filter(|all| *all > people);
        note.people = Some(matching(people, &found));
        note.asks = asks(people, region, &found, threshold);
        found.push(signs.sign(Kind::Place, "place", field, span));
    } else {
        // Without a place nobody can be counted; what singles out by itself does so anywhere.
        note.asks = asks(u64::MAX, None, &found, threshold);
    }
    found.sort_by_key(|s| (s.field, s.span));
    note.signs = found;
    note
}

/// The first of each kind, and every one that singles out by itself. Of ages the rarest form.
fn first_of_each(mut found: Vec<Sign>) -> Vec<Sign> {
    found.sort_by_key(|s| (s.kind, std::cmp::Reverse(s.one_in), s.field, s.span));
    found.dedup_by(|later, first| later.kind == first.kind && !later.alone);
    found
}

/// How many of `people` have all signs in common, each kind once.
fn matching(people: u64, found: &[Sign]) -> u64 {
    let mut last = None;
    found.iter().fold(people, |left, sign| {
        let share = if last == Some(sign.kind) { 1 } else { u64::from(sign.one_in.max(1)) };
        last = Some(sign.kind);
        left / share
    })
}

/// Which kinds to generalise until enough people match: those that single out by themselves, then
/// the one whose loss is smallest among those that suffice, else the one that brings most.
fn asks(people: u64, region: Option<u64>, found: &[Sign], threshold: u32) -> Vec<Kind> {
    if threshold == 0 {
        return Vec::new();
    }
    let enough = u64::from(threshold);
    let (mut signs, mut people, mut region) = (found.to_vec(), people, region);
    let mut asked: Vec<Kind> = Vec::new();
    let generalise = |signs: &mut Vec<Sign>, kind: Kind| {
        for sign in signs.iter_mut().filter(|s| s.kind == kind) {
            sign.one_in = sign.generalised;
        }
    };
    for kind in [Kind::Role, Kind::Only] {
        if signs.iter().any(|s| s.kind == kind && s.alone) {
            generalise(&mut signs, kind);
            asked.push(kind);
        }
    }
    while matching(people, &signs) < enough {
        let mut options: Vec<(u64, Kind)> = signs
            .iter()
            .filter(|s| s.generalised < s.one_in)
            .map(|s| (u64::from(s.one_in / s.generalised.max(1)), s.kind))
            .collect();
        options.extend(region.map(|all| (all / people.max(1), Kind::Place)));
        options.sort_unstable();
        let after = |&&(gain, _): &&(u64, Kind)| matching(people * gain.max(1), &signs) >= enough;
        let Some(&(_, kind)) = options.iter().find(after).or(options.last()) else { break };
        if kind == Kind::Place {
            people = region.take().unwrap_or(people);
        } else {
            generalise(&mut signs, kind);
        }
        asked.push(kind);
    }
    asked
}

impl RiskNote {
    /// The signs that should be generalised.
    pub fn asked(&self) -> impl Iterator<Item = &Sign> {
        self.signs.iter().filter(|s| self.asks.contains(&s.kind))
    }
}

//! What remains of a person in a masked case, for its submitter: kinds, places and numbers.

use super::advice::Advice;
use super::answer::{Part, Position, place_of};
use crate::case::Case;
use crate::risk::{RiskNote, Signs};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that remains and that few people have in common.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignAnswer {
    /// `place`, `age`, `sex`, `occupation`, `diagnosis`, `event`, `role` or `only`.
    #[schema(example = "occupation")]
    kind: &'static str,
    /// The field, by form definition, otherwise by position.
    field: String,
    /// Whether it stands in the field's key or in its value.
    part: Part,
    /// The number of that text in reading order, from 0.
    index: usize,
    /// Where it starts, in the source text of that field.
    start: Position,
    /// Where it ends.
    end: Position,
    /// One person in so many is taken to have it; 1 for the place.
    one_in: u32,
    /// Where that number comes from.
    source: String,
}

/// A generalisation that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct AskAnswer {
    /// Of which kind of sign.
    #[schema(example = "occupation")]
    kind: &'static str,
    /// What to write instead.
    advice: Advice,
}

/// What remains, and how many people could match. An estimate: shares are multiplied as if they
/// had nothing to do with each other.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RiskAnswer {
    /// How many people could match, where a place of known population remains.
    estimated_people: Option<u64>,
    /// The policy's threshold: below it a generalisation is asked for; 0 asks for nothing.
    threshold: u32,
    /// Where populations come from.
    source: String,
    /// What remains.
    signs: Vec<SignAnswer>,
    /// What to generalise, in this order.
    asks: Vec<AskAnswer>,
}

impl RiskAnswer {
    /// A note for the submitter of the case.
    pub(super) fn of(case: &Case, note: &RiskNote, known: &Signs) -> Self {
        let sign = |sign: &crate::risk::Sign| {
            let field = case.fields.get(sign.field)?;
            let (start, end) = place_of(&field.text, sign.span);
            Some(SignAnswer {
                kind: sign.kind.name(),
                field: field.place.clone(),
                part: field.kind.into(),
                index: sign.field,
                start,
                end,
                one_in: sign.one_in,
                source: known.source(sign.kind).to_owned(),
            })
        };
        let ask = |kind: &crate::risk::Kind| {
            let advice = known.advice(*kind);
            let advice = Advice { en: advice.en.clone().into(), fr: advice.fr.clone().into() };
            AskAnswer { kind: kind.name(), advice }
        };
        Self {
            estimated_people: note.people,
            threshold: note.threshold,
            source: known.source(crate::risk::Kind::Place).to_owned(),
            signs: note.signs.iter().filter_map(sign).collect(),
            asks: note.asks.iter().map(ask).collect(),
        }
    }
}

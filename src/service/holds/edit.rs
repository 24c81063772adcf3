//! A decision on a piece of a held case: masked, or left as it is.
//!
//! It is kept with the case, sealed, until somebody releases or refuses. Whoever writes rules has
//! its shape and the rules that spoke, and never the text.

use super::decision::{Choice, Decision, write};
use super::sealed::{Opened, open, seal_edits};
use crate::case::Case;
use crate::clock;
use crate::detect::Scratch;
use crate::entity::EntityType;
use crate::keys::{self, to_hex};
use crate::ledger::{Event, EventKind};
use crate::pipeline::Deidentifier;
use crate::service::access::{Caller, Scope};
use crate::service::error::ServiceError;
use crate::service::state::{App, Loaded};
use crate::span::{ByteSpan, CharSpan, char_span_to_bytes};
use crate::store::{self, Step, Suggestion};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// `accept`, `reject` or `add`.
pub(super) async fn edit(
    app: &App,
    caller: &Caller,
    id: Uuid,
    decision: Decision,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Review)?;
    let Opened { loaded, hold, key, case, mut edits, .. } = open(app, id).await?;
    let kind = match decision.decision {
        Choice::Accept => EventKind::HoldAccepted,
        Choice::Reject => EventKind::HoldRejected,
        _ => EventKind::HoldAdded,
    };
    let index = decision.index.ok_or(ServiceError::BadDecision)?;
    let (start, end) = decision.start.zip(decision.end).ok_or(ServiceError::BadDecision)?;
    let field = case.fields.get(index).ok_or(ServiceError::BadDecision)?;
    let span = CharSpan { start, end };
    let span = char_span_to_bytes(&field.text, span).filter(|s| !s.is_empty());
    let span = span.ok_or(ServiceError::BadDecision)?;
    let mut entity = None;
    // The last word on a piece counts.
    edits.masked.retain(|m| m.0 != index || !span.overlaps(ByteSpan::new(m.1, m.2)));
    edits.cleared.retain(|c| c.0 != index || !span.overlaps(ByteSpan::new(c.1, c.2)));
    if kind == EventKind::HoldRejected {
        edits.cleared.push((index, span.start(), span.end()));
    } else {
        let name = decision.r#type.as_deref().unwrap_or("ID");
        let r#type = EntityType::from_name(name).ok_or(ServiceError::BadDecision)?;
        edits.masked.push((index, span.start(), span.end(), r#type.name().to_owned()));
        entity = Some((r#type.name().to_owned(), 1));
    }
    let sealed = seal_edits(&key, id, &edits)?;
    let piece = store::shape(&field.text[span.range()]);
    let r#type = entity.as_ref().map(|(name, _)| name.clone());
    let suggestion =
        suggestion(app, loaded, &case, (index, span), decision.decision, r#type, piece);
    let suggestion = Step::Suggest(suggestion.await?);
    let event = Event::of_case(kind, id).by(&caller.id);
    let event = Event { entities: entity.into_iter().collect(), ..event };
    // Whoever agreed before agreed to something else.
    let step = Step::Edit { id, version: decision.version, edits: sealed, approved_by: None };
    let steps = vec![step, suggestion];
    write(app, event, steps, "waiting", hold.version + 1, StatusCode::OK).await
}

/// A decision for whoever writes rules: its shape and the rules that had spoken for it.
async fn suggestion(
    app: &App,
    loaded: Arc<Loaded>,
    case: &Case,
    (index, span): (usize, ByteSpan),
    choice: Choice,
    entity: Option<String>,
    shape: String,
) -> Result<Suggestion, ServiceError> {
    let case = case.clone();
    let spoke = move |engine: &Deidentifier, scratch: &mut Scratch| {
        let found = engine.detect(&case, scratch);
        let here = |field: usize, other: ByteSpan| field == index && other.overlaps(span);
        let accepted = found.entities.iter().filter(|e| here(e.field, e.span));
        let suppressed = found.suppressed.iter().filter(|s| here(s.field, s.span));
        let accepted = accepted.map(|e| e.evidence.rule.to_string());
        accepted.chain(suppressed.map(|s| s.evidence.rule.to_string())).collect::<BTreeSet<_>>()
    };
    let rules = app.work_with(loaded, spoke).await?;
    let id = to_hex(&keys::random::<16>().map_err(|_| ServiceError::Internal)?);
    let day = clock::now()?.strftime("%Y-%m-%d").to_string();
    let decision = match choice {
        Choice::Accept => "accept",
        Choice::Reject => "reject",
        _ => "add",
    };
    let rules = rules.into_iter().collect::<Vec<_>>().join(" ");
    Ok(Suggestion { id, day, decision: decision.to_owned(), entity, rules, shape })
}

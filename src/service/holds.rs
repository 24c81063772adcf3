//! `/v1/holds`: cases that wait for a person, and what the person decides.
//!
//! A held case is sealed with a key of its own, which is wrapped with the configured one. Only a
//! reviewer's request opens it, in memory; that somebody looked is a row of the ledger before the
//! text goes out. A decision destroys the key.

use super::access::{Caller, Scope};
use super::answer::{EntityAnswer, Part, Position, entities, place_of};
use super::body::{Received, decode_case};
use super::cases::{id_of, json, released_event};
use super::doubts::{Doubts, FindingAnswer, Reason};
use super::error::{Problem, ServiceError};
use super::patient::Patient;
use super::state::{App, Loaded};
use super::upload::{Document, Upload};
use crate::case::{Case, CaseId};
use crate::clock;
use crate::decode::Format;
use crate::detect::Scratch;
use crate::entity::EntityType;
use crate::gate::Verdict;
use crate::keys::{self, Key, to_hex};
use crate::ledger::{Event, EventKind, Receipt};
use crate::pipeline::Deidentifier;
use crate::seal;
use crate::span::{ByteSpan, CharSpan, char_span_to_bytes};
use crate::store::{self, Counts, Hold, NewCase, NewHold, Step, Suggestion};
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

mod sealed;

use sealed::{Edits, Sealed, place, seal_edits};

/// Holds that one list shows.
const LISTED: u32 = 500;

/// A case as a row that nobody can read without the key.
pub(super) fn seal_case(
    app: &App,
    caller: &Caller,
    id: Uuid,
    (received, patient): (&Upload, Option<String>),
    reasons: Counts,
) -> Result<NewHold, ServiceError> {
    let internal = |_| ServiceError::Internal;
    let key = app.custody().seal_key.as_ref().ok_or(ServiceError::NoSealKey)?;
    let (data_key, wrapped_key) = seal::new_wrapped(key, &place(id, "key")).map_err(internal)?;
    let body = BASE64_STANDARD.encode(received.bytes());
    let document = match received {
        Upload::Case(_) => None,
        Upload::Document(document) => Some(document.name().to_owned()),
    };
    let plain = Sealed { json: received.kind() == "json", document, body, patient };
    let plain = Zeroizing::new(serde_json::to_vec(&plain).expect("texts are JSON"));
    let sealed = seal::seal(&data_key, &place(id, "case"), &plain).map_err(internal)?;
    let expires = clock::now()? + i64::from(app.custody().hours).hours();
    Ok(NewHold { id, spoke: caller.id.clone(), reasons, wrapped_key, sealed, expires })
}

/// A held case, opened.
struct Opened {
    loaded: Arc<Loaded>,
    hold: Hold,
    key: Key,
    case: Case,
    /// What the case was found in, unless it came by itself.
    document: Option<Document>,
    edits: Edits,
    patient: Option<Patient>,
}

async fn open(app: &App, id: Uuid) -> Result<Opened, ServiceError> {
    let loaded = app.loaded();
    let mut hold = app.store().hold(id).await?.ok_or(ServiceError::NotFound)?;
    let (wrapped, sealed, edits) = hold.secret.take().ok_or(ServiceError::NotFound)?;
    let opened = app.custody().seal_key.as_ref().and_then(|outer| {
        let key = seal::unwrap(outer, &place(id, "key"), &wrapped)?;
        let plain = seal::open(&key, &place(id, "case"), &sealed)?;
        let edits = match edits {
            Some(edits) => seal::open(&key, &place(id, "edits"), &edits)?,
            None => Zeroizing::new(b"{\"masked\":[],\"cleared\":[]}".to_vec()),
        };
        let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(sealed.body).ok()?);
        let format = if sealed.json { Format::Json } else { Format::Text };
        let document = match sealed.document {
            None => None,
            Some(name) => Some(Document::named(&name, Bytes::copy_from_slice(&bytes))?),
        };
        let patient = sealed.patient.and_then(|key| Patient::of(app, key));
        Some((key, (bytes, format, document), serde_json::from_slice(&edits).ok()?, patient))
    });
    let (key, (bytes, format, document), edits, patient) = opened.ok_or(ServiceError::NoSealKey)?;
    let decoded = app.work_with(Arc::clone(&loaded), move |engine, _| {
        let id = CaseId::new(id.to_string());
        let case = match &document {
            None => decode_case(engine, id, &bytes, format)?,
            Some(document) => {
                let opened = document.open(engine, &id)?;
                opened.cases().first().cloned().ok_or(ServiceError::Internal)?
            }
        };
        Ok::<_, ServiceError>((case, document))
    });
    let (case, document) = decoded.await??;
    Ok(Opened { loaded, hold, key, case, document, edits, patient })
}

/// One case that waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HoldAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// When it came.
    #[schema(format = "date-time")]
    submitted: String,
    /// When it is destroyed without a decision.
    #[schema(format = "date-time")]
    expires: String,
    /// Kinds of doubt.
    reasons: BTreeMap<String, u64>,
    /// True when the first of two persons agreed to release it.
    approved: bool,
    /// Counts decisions; the next one must name it.
    version: i64,
}

impl From<&Hold> for HoldAnswer {
    fn from(hold: &Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            submitted: hold.submitted.to_string(),
            expires: hold.expires.to_string(),
            reasons: hold.reasons.clone(),
            approved: hold.approved_by.is_some(),
            version: hold.version,
        }
    }
}

/// The cases that wait.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldList {
    /// The oldest first, 500 at most.
    holds: Vec<HoldAnswer>,
}

/// A text of a held case.
#[derive(Serialize, ToSchema)]
pub(super) struct HeldText {
    /// The field, by form definition, otherwise by position.
    field: String,
    /// Key or value.
    part: Part,
    /// Its number in reading order, from 0.
    index: usize,
    /// The text as submitted.
    text: String,
}

/// A span that a person decided on.
#[derive(Serialize, ToSchema)]
pub(super) struct Decided {
    /// `masked` or `cleared`.
    decision: &'static str,
    /// The number of the text.
    index: usize,
    /// Where it starts.
    start: Position,
    /// Where it ends.
    end: Position,
}

/// A held case, opened for a reviewer.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldView {
    /// The case.
    hold: HoldAnswer,
    /// Its texts.
    texts: Vec<HeldText>,
    /// What would be masked after the decisions so far.
    entities: Vec<EntityAnswer>,
    /// Why it waits.
    reasons: Vec<Reason>,
    /// Where.
    findings: Vec<FindingAnswer>,
    /// The decisions so far.
    decisions: Vec<Decided>,
}

/// The cases that wait for a person
#[utoipa::path(
    get, path = "/v1/holds", tag = "holds",
    responses(
        (status = 200, description = "The cases that wait, without text", body = HoldList),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, ServiceError> {
    caller.need(Scope::Review)?;
    let holds = app.store().holds(LISTED).await?;
    Ok(json(&HoldList { holds: holds.iter().map(HoldAnswer::from).collect() }))
}

/// A held case, opened
///
/// The answer has the text as submitted. That the caller looked is in the ledger.
#[utoipa::path(
    get, path = "/v1/holds/{id}", tag = "holds",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    responses(
        (status = 200, description = "The case, what would be masked, and why it waits", body = HoldView),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No case that waits", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be opened with the configured key", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Store or ledger cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn view(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Review)?;
    let _place = app.place()?;
    let id = id_of(id)?;
    let Opened { loaded, hold, case, edits, .. } = open(&app, id).await?;
    let event = Event::of_case(EventKind::HoldViewed, id).by(&caller.id);
    app.store().write(Some(event), Vec::new(), clock::now()?).await?;
    let review = edits.review();
    let view = app
        .work_with(loaded, move |engine, scratch| {
            let case = &case;
            let (_, record) = engine.release_reviewed(case, &review, scratch);
            // Why it waits is told as it was seen first; what is still open decides the release.
            let (first, _) = engine.release(case, scratch);
            let doubts = match &first {
                Verdict::Released(_) => Doubts::default(),
                Verdict::Held(reasons) => Doubts::of(case, reasons),
            };
            let texts = case.fields.iter().enumerate().map(|(index, field)| HeldText {
                field: field.place.clone(),
                part: field.kind.into(),
                index,
                text: field.text.clone(),
            });
            let masked = review.masked.iter().map(|&(f, s, _)| ("masked", f, s));
            let cleared = review.cleared.iter().map(|&(f, s)| ("cleared", f, s));
            let decisions = masked.chain(cleared).map(|(decision, index, span)| {
                let (start, end) = place_of(&case.fields[index].text, span);
                Decided { decision, index, start, end }
            });
            HoldView {
                hold: HoldAnswer::from(&hold),
                texts: texts.collect(),
                entities: entities(case, &record.entities, engine.policy()),
                reasons: doubts.reasons,
                findings: doubts.findings,
                decisions: decisions.collect(),
            }
        })
        .await?;
    Ok(json(&view))
}

/// What a person can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Choice {
    /// What was found there is masked.
    Accept,
    /// What was found there stays.
    Reject,
    /// What nobody found is masked.
    Add,
    /// The case goes to the hub, masked.
    Release,
    /// The case is destroyed.
    Refuse,
}

/// A decision. For a piece: its text, its code points and its type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// The decisions that were seen.
    version: i64,
    /// What is decided.
    decision: Choice,
    /// The number of the text.
    index: Option<usize>,
    /// The first code point.
    start: Option<usize>,
    /// The code point behind the last.
    end: Option<usize>,
    /// As what it is masked.
    r#type: Option<String>,
}

/// What came of a decision.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionAnswer {
    /// `waiting`, `released` or `refused`.
    status: &'static str,
    /// Counts decisions.
    version: i64,
    /// Of the row in the ledger.
    receipt: Receipt,
}

/// Decide on a held case
///
/// `accept` and `add` have a piece masked, `reject` lets it stay. `release` sends the masked case
/// to the hub, unless a second scan still finds what nobody cleared; where two persons are
/// required, the first release waits for the second (202). `refuse` destroys the case.
#[utoipa::path(
    post, path = "/v1/holds/{id}/decisions", tag = "holds",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    request_body(content = Decision, content_type = "application/json"),
    responses(
        (status = 200, description = "Done", body = DecisionAnswer),
        (status = 202, description = "The first of two persons agreed", body = DecisionAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No case that waits", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A stale view, the same person twice, or still identifying", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a decision", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Store or ledger cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ServiceError> {
    if !caller.may(Scope::Review) && !caller.may(Scope::Release) {
        return Err(ServiceError::Forbidden);
    }
    let place = app.place()?;
    let id = id_of(id)?;
    let received = Received::read(&app, request).await?;
    if received.format != Format::Json {
        return Err(ServiceError::UnsupportedType);
    }
    let decision = parse(&received.bytes)?;
    let work = tokio::spawn(async move {
        let _place = place;
        match decision.decision {
            Choice::Release => release(&app, &caller, id, decision.version).await,
            Choice::Refuse => refuse(&app, &caller, id, decision.version).await,
            _ => edit(&app, &caller, id, decision).await,
        }
    });
    work.await.map_err(|_| ServiceError::Internal)?
}

/// A decision from its bytes. The parser's own words would quote them.
fn parse(bytes: &[u8]) -> Result<Decision, ServiceError> {
    serde_json::from_slice(bytes).map_err(|e| match e.classify() {
        serde_json::error::Category::Data => ServiceError::BadDecision,
        _ => ServiceError::BadJson { line: e.line(), column: e.column() },
    })
}

async fn edit(
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

async fn release(
    app: &App,
    caller: &Caller,
    id: Uuid,
    version: i64,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Release)?;
    let Opened { loaded, hold, key, case, document, edits, patient } = open(app, id).await?;
    let review = edits.review();
    let subject = patient.as_ref().map(|p| p.key.clone());
    let spoke = hold.spoke.clone();
    let looked = app
        .work_with(loaded, move |engine, scratch| {
            let case = &case;
            let engine = subject.map_or_else(|| engine.clone(), |s| engine.for_subject(&s));
            let (verdict, record) = engine.release_reviewed(case, &review, scratch);
            let released = match verdict {
                Verdict::Held(reasons) => {
                    return Err(ServiceError::StillFound(Doubts::of(case, &reasons)));
                }
                Verdict::Released(released) => released,
            };
            let row = match &document {
                None => NewCase::of(id, &spoke, &released, &record),
                Some(document) => {
                    let opened = document.open(&engine, &case.id)?;
                    let parts = (document.format, &opened);
                    NewCase::of_document(id, &spoke, parts, &[Some(released)], &record)?
                }
            };
            Ok((row, record))
        })
        .await?;
    let (case, record) = looked?;
    if app.wants_second_person() {
        match &hold.approved_by {
            None => {
                let edits = seal_edits(&key, id, &edits)?;
                let approved_by = Some(caller.id.clone());
                let event = Event::of_case(EventKind::HoldApproved, id).by(&caller.id);
                let step = Step::Edit { id, version, edits, approved_by };
                let next = hold.version + 1;
                return write(app, event, vec![step], "waiting", next, StatusCode::ACCEPTED).await;
            }
            Some(first) if *first == caller.id => return Err(ServiceError::SamePerson),
            Some(_) => {}
        }
    }
    let pseudonym = patient.map(|p| p.pseudonym);
    let case = case.of_patient(pseudonym);
    let event = released_event(EventKind::HoldReleased, id, caller, &case, &record);
    let close = Step::Close { id, version: Some(version), state: "released" };
    let steps = vec![close, Step::Take(case)];
    let answer = write(app, event, steps, "released", hold.version + 1, StatusCode::OK).await?;
    app.metrics().outcome("hold-released");
    app.forwarder().wake();
    Ok(answer)
}

async fn refuse(
    app: &App,
    caller: &Caller,
    id: Uuid,
    version: i64,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Release)?;
    let hold = app.store().hold(id).await?.filter(|h| h.secret.is_some());
    let hold = hold.ok_or(ServiceError::NotFound)?;
    let event = Event::of_case(EventKind::HoldRefused, id).by(&caller.id);
    let close = Step::Close { id, version: Some(version), state: "refused" };
    app.metrics().outcome("hold-refused");
    write(app, event, vec![close], "refused", hold.version + 1, StatusCode::OK).await
}

async fn write(
    app: &App,
    event: Event,
    steps: Vec<Step>,
    status: &'static str,
    version: i64,
    code: StatusCode,
) -> Result<Response, ServiceError> {
    let done = app.store().write(Some(event), steps, clock::now()?).await?;
    let receipt = done.receipt.ok_or(ServiceError::Internal)?;
    Ok((code, json(&DecisionAnswer { status, version, receipt })).into_response())
}

/// Destroys the cases that nobody decided on in time; how many.
///
/// # Errors
/// [`ServiceError::Store`] when this cannot be written; it is tried again.
pub async fn expire(app: &App, now: Timestamp) -> Result<usize, ServiceError> {
    let expired = app.store().expired(now).await?;
    for &id in &expired {
        let event = Event::of_case(EventKind::HoldExpired, id);
        let close = Step::Close { id, version: None, state: "expired" };
        match app.store().write(Some(event), vec![close], now).await {
            // A decision came first.
            Ok(_) | Err(crate::store::StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(expired.len())
}

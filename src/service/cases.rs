//! `/v1/cases`: a case is taken, masked, written to disk and delivered; then one can ask for it.
//!
//! Three outcomes: released (201), held for a person (202), refused (422). Each is a row of the
//! ledger, written with the case or not at all, and each answer carries the receipt of its row.

use super::access::{Caller, Scope};
use super::answer::DigestsAnswer;
use super::body::{CaseBody, FileBody, FormBody, Resource};
use super::doubts::{Doubts, FindingAnswer, Reason};
use super::error::{Problem, ServiceError};
use super::holds;
use super::once::{self, Begun, Kept, Once};
use super::patient::{self, Patient};
use super::risk::RiskAnswer;
use super::state::App;
use super::upload::{self, Looked, Upload};
use crate::audit::Record;
use crate::case::CaseId;
use crate::clock;
use crate::detect::Scratch;
use crate::gate::Verdict;
use crate::keys;
use crate::ledger::{self, Event, EventKind, Receipt};
use crate::pipeline::Deidentifier;
use crate::programme::case_id;
use crate::store::{CaseStatus, Hold, NewCase, State as OutboxState, Step};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who was presented: both or neither, for without a policy key the service knows nobody.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PatientAnswer {
    /// For the `Patient-Key` of the next presentation: keep it with the chart. Absent where the
    /// service has no policy key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PK-4T7K-09BC-ZZ2M-4T7K-09BC-ZZ2M-H")]
    patient_key: Option<String>,
    /// What the hub calls the patient: the same in every case of theirs. Absent as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT-4T7K-09BC-ZZ2M-H")]
    patient: Option<String>,
}

impl From<Option<Patient>> for PatientAnswer {
    fn from(patient: Option<Patient>) -> Self {
        let (patient_key, patient) = patient.map(|p| (p.key, p.pseudonym)).unzip();
        Self { patient_key, patient }
    }
}

/// Says that a case was released.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taken {
    /// Its id, a UUID of version 7; also the idempotency key at the hub.
    #[schema(format = "uuid", example = "019a0b6e-7c1d-7a52-9a3f-2f6f5d0c8e11")]
    id: String,
    /// Always `released`.
    status: &'static str,
    /// The programme's id of the case, with a check character.
    #[schema(example = "ECHO-4T7K-09BC-ZZ2M-H")]
    case_id: String,
    #[serde(flatten)]
    patient: PatientAnswer,
    /// Of the row in the ledger.
    receipt: Receipt,
}

/// Says that a case waits for a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waits {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Always `held`.
    status: &'static str,
    /// The programme's id of the case, with a check character.
    #[schema(example = "ECHO-4T7K-09BC-ZZ2M-H")]
    case_id: String,
    #[serde(flatten)]
    patient: PatientAnswer,
    /// Why it waits.
    reasons: Vec<Reason>,
    /// Where in the case sent, and never what.
    findings: Vec<FindingAnswer>,
    /// What remains, and what to generalise.
    risk: RiskAnswer,
    /// When it is destroyed without a decision.
    #[schema(format = "date-time")]
    expires: String,
    /// Of the row in the ledger.
    receipt: Receipt,
}

/// Where a case is on its way.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    /// On disk, not yet with the hub.
    Pending,
    /// The hub has confirmed it.
    Delivered,
    /// The hub will not have it; an operator must look.
    Dead,
}

/// What became of a case. Counts are of the masked output.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Where it is.
    status: Status,
    /// When it was released (RFC 3339, UTC).
    #[schema(format = "date-time")]
    submitted: String,
    /// When the hub confirmed it.
    #[schema(format = "date-time")]
    delivered: Option<String>,
    /// Deliveries tried.
    attempts: u32,
    /// Why the last delivery failed.
    last_failure: Option<String>,
    /// How many pieces of each entity type were masked.
    entities: BTreeMap<String, u64>,
    /// What was in force.
    digests: DigestsAnswer,
}

/// What became of a case that was held and not released.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeldAnswer {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// `waiting`, `refused` or `expired`.
    status: &'static str,
    /// When it came.
    #[schema(format = "date-time")]
    submitted: String,
    /// When it is destroyed without a decision.
    #[schema(format = "date-time")]
    expires: String,
    /// Kinds of doubt.
    reasons: BTreeMap<String, u64>,
}

/// What became of a case: on its way, or held.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what `status` writes")]
pub(super) enum StatusAnswer {
    /// Released.
    Released(CaseAnswer),
    /// Held.
    Held(HeldAnswer),
}

impl From<Hold> for HeldAnswer {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            status: hold.state.name(),
            submitted: hold.submitted.to_string(),
            expires: hold.expires.to_string(),
            reasons: hold.reasons,
        }
    }
}

impl From<CaseStatus> for CaseAnswer {
    fn from(case: CaseStatus) -> Self {
        Self {
            id: case.id.to_string(),
            status: match case.state {
                OutboxState::Pending => Status::Pending,
                OutboxState::Delivered => Status::Delivered,
                OutboxState::Dead => Status::Dead,
            },
            submitted: case.submitted.to_string(),
            delivered: case.delivered.map(|at| at.to_string()),
            attempts: case.attempts,
            last_failure: case.last_failure,
            entities: case.entities,
            digests: case.digests.into(),
        }
    }
}

/// Submit a case to the hub
///
/// The case is masked and looked at again. When nothing more is found, the masked case is written
/// to disk and delivered, as often as it takes (201). Otherwise it waits, sealed, for a person
/// (202), or it is refused (422) where no key for sealing is configured. The answer comes when it
/// is on disk, with its row in the ledger. With an `Idempotency-Key` the same request again has
/// the same answer for 24 hours.
#[utoipa::path(
    post,
    path = "/v1/cases",
    tag = "cases",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, of this request only; stored as HMAC"),
        ("Patient-Key" = Option<String>, Header, description = "The patientKey of an earlier answer, when the patient is presented again: same pseudonym, same shift of dates. Never an identifier"),
    ),
    request_body(
        description = "The case: any JSON object or array, plain text, or a document of a format that can be searched; also as the one file of a multipart upload. A document of several records leaves as a whole or is refused",
        content(
            (CaseBody = "application/json"), (String = "text/plain"), (Resource = "application/fhir+json"),
            (FileBody = "application/x-ndjson"), (FileBody = "text/csv"), (FileBody = "text/tab-separated-values"),
            (FileBody = "application/xml"), (FileBody = "text/html"), (FileBody = "application/hl7-v2"), (FileBody = "message/rfc822"),
            (FileBody = "application/rtf"), (FileBody = "application/pdf"), (FileBody = "application/vnd.apache.parquet"),
            (FileBody = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (FileBody = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (FormBody = "multipart/form-data"),
        )
    ),
    responses(
        (status = 201, description = "Released: on disk, and on its way", body = Taken,
         headers(("Location" = String, description = "Where to ask for it"))),
        (status = 202, description = "Held: a person must look at it", body = Waits,
         headers(("Location" = String, description = "Where to ask for it"))),
        (status = 400, description = "Not JSON, not whole, or a bad Idempotency-Key or Patient-Key", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope, or a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body was too slow", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The request with this Idempotency-Key is being answered", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "A media type or a kind of document that is not taken, or bytes that are something else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Refused: where and why; or not a case, or an Idempotency-Key of another body", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded, the disk nearly full, or store or ledger not writable; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn submit(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Response, ServiceError> {
    caller.need(Scope::Submit)?;
    let place = app.place()?;
    if !app.store().space().is_enough() {
        return Err(ServiceError::DiskLow);
    }
    let key = once::key_of(request.headers())?;
    let patient = patient::sent(&app, request.headers())?;
    let received = Upload::read(&app, request).await?;
    // From here on it is carried to its end, even when the client has gone away.
    let work = tokio::spawn(async move {
        let _place = place;
        answer_once(&app, &caller, key, (received, patient)).await
    });
    work.await.map_err(|_| ServiceError::Internal)?
}

async fn answer_once(
    app: &App,
    caller: &Caller,
    key: Option<Vec<u8>>,
    (received, patient): (Upload, Option<Patient>),
) -> Result<Response, ServiceError> {
    let sent = patient.as_ref().map_or("", |p| p.key.as_str());
    let parts = [received.kind().as_bytes(), received.bytes(), sent.as_bytes()];
    let once = match once::begin(app, caller, "POST /v1/cases", key, &parts).await? {
        Begun::First(once) => once,
        Begun::Again(kept) => return Ok(kept.into_response()),
    };
    let patient = match patient {
        None => patient::new(app)?,
        sent => sent,
    };
    match decide(app, caller, &once, (received, patient)).await {
        Ok(kept) => Ok(kept.into_response()),
        Err(error) => {
            once.abandon(app).await;
            Err(error)
        }
    }
}

/// What the gate says of a submission.
struct Decided {
    /// The row, when it may leave.
    released: Option<NewCase>,
    /// True when a person can decide: it is one case.
    can_wait: bool,
    record: Record,
    doubts: Doubts,
    risk: RiskAnswer,
}

/// Takes, holds or refuses a case; the answer is kept in the same transaction.
async fn decide(
    app: &App,
    caller: &Caller,
    once: &Once,
    (received, patient): (Upload, Option<Patient>),
) -> Result<Kept, ServiceError> {
    let (id, started) = (new_id()?, Instant::now());
    let received = Arc::new(received);
    let (own, spoke) = (Arc::clone(&received), caller.id.clone());
    let subject = patient.as_ref().map(|p| p.key.clone());
    let decided = app
        .work(move |engine, scratch| {
            let subject = subject.map(|s| engine.for_subject(&s));
            look(subject.as_ref().unwrap_or(engine), scratch, &own, (id, &spoke))
        })
        .await?;
    let Decided { released, can_wait, record, doubts, risk } = decided?;
    let (outcome, kept) = match released {
        Some(case) => ("released", take(app, caller, once, (id, patient), case, &record).await?),
        None if can_wait && app.custody().seal_key.is_some() => {
            let waiting = (&*received, patient);
            ("held", hold(app, caller, once, id, waiting, &record, (doubts, risk)).await?)
        }
        None => ("refused", refuse(app, caller, once, id, &record, doubts).await?),
    };
    let micros = started.elapsed().as_micros() as u64;
    app.metrics().outcome(outcome);
    // No length of what was sent: it tells the length of names.
    tracing::info!(%id, outcome, micros, "case decided");
    Ok(kept)
}

fn look(
    engine: &Deidentifier,
    scratch: &mut Scratch,
    sent: &Upload,
    (id, spoke): (Uuid, &str),
) -> Result<Decided, ServiceError> {
    let name = CaseId::new(id.to_string());
    match sent {
        Upload::Case(received) => {
            let case = received.case(engine, name)?;
            let (verdict, record) = engine.release(&case, scratch);
            let (released, doubts) = match &verdict {
                Verdict::Released(released) => {
                    (Some(NewCase::of(id, spoke, released, &record)), Doubts::default())
                }
                Verdict::Held(reasons) => (None, Doubts::of(&case, reasons)),
            };
            let risk = RiskAnswer::of(&case, &record.risk, engine.signs());
            Ok(Decided { released, can_wait: true, record, doubts, risk })
        }
        Upload::Document(document) => {
            let opened = document.open(engine, &name)?;
            let mut looked = upload::look(engine, scratch, &opened);
            let released: Vec<_> = looked.iter_mut().map(|l| l.released.take()).collect();
            let doubts = Looked::doubts(&looked);
            let can_wait = looked.len() == 1;
            let Some(Looked { record, risk, .. }) = looked.into_iter().next() else {
                return Err(ServiceError::Internal);
            };
            let whole = released.iter().all(Option::is_some);
            let row = || {
                let parts = (document.format, &opened);
                NewCase::of_document(id, spoke, parts, &released, &record)
            };
            let released = whole.then(row).transpose()?;
            Ok(Decided { released, can_wait, record, doubts, risk })
        }
    }
}

/// The row of the ledger for a case that was released.
pub(super) fn released_event(
    kind: EventKind,
    id: Uuid,
    actor: &Caller,
    case: &NewCase,
    record: &Record,
) -> Event {
    let output = Some(ledger::digest(case.body()));
    let event = Event::of_case(kind, id).by(&actor.id).under(record);
    Event { output, entities: case.entities().clone(), ..event }
}

async fn take(
    app: &App,
    caller: &Caller,
    once: &Once,
    (id, patient): (Uuid, Option<Patient>),
    case: NewCase,
    record: &Record,
) -> Result<Kept, ServiceError> {
    let case = case.of_patient(patient.as_ref().map(|p| p.pseudonym.clone()));
    let patient = PatientAnswer::from(patient);
    let event = released_event(EventKind::Released, id, caller, &case, record);
    let kept = write(app, once, event, Some(Step::Take(case)), move |receipt| {
        let body = Taken {
            id: id.to_string(),
            status: "released",
            case_id: case_id(id),
            patient: patient.clone(),
            receipt: receipt.clone(),
        };
        Kept { status: 201, location: Some(address(id)), body: to_json(&body) }
    });
    let kept = kept.await?;
    app.forwarder().wake();
    Ok(kept)
}

async fn hold(
    app: &App,
    caller: &Caller,
    once: &Once,
    id: Uuid,
    (received, patient): (&Upload, Option<Patient>),
    record: &Record,
    (doubts, risk): (Doubts, RiskAnswer),
) -> Result<Kept, ServiceError> {
    let subject = patient.as_ref().map(|p| p.key.clone());
    let hold = holds::seal_case(app, caller, id, (received, subject), doubts.counts())?;
    let patient = PatientAnswer::from(patient);
    let expires = hold.expires.to_string();
    let event = Event::of_case(EventKind::Held, id).by(&caller.id).under(record);
    let event = Event { reasons: doubts.counts(), ..event };
    write(app, once, event, Some(Step::Hold(hold)), move |receipt| {
        let Doubts { reasons, findings } = doubts.clone();
        let body = Waits {
            id: id.to_string(),
            status: "held",
            case_id: case_id(id),
            patient: patient.clone(),
            reasons,
            findings,
            risk: risk.clone(),
            expires: expires.clone(),
            receipt: receipt.clone(),
        };
        Kept { status: 202, location: Some(address(id)), body: to_json(&body) }
    })
    .await
}

async fn refuse(
    app: &App,
    caller: &Caller,
    once: &Once,
    id: Uuid,
    record: &Record,
    doubts: Doubts,
) -> Result<Kept, ServiceError> {
    let event = Event::of_case(EventKind::Refused, id).by(&caller.id).under(record);
    let event = Event { reasons: doubts.counts(), ..event };
    write(app, once, event, None, move |receipt| {
        let mut problem = ServiceError::Refused(doubts.clone()).problem();
        problem.receipt = Some(receipt.clone());
        Kept { status: 422, location: None, body: to_json(&problem) }
    })
    .await
}

/// Writes an event, its change and its answer; the answer.
async fn write(
    app: &App,
    once: &Once,
    event: Event,
    step: Option<Step>,
    make: impl Fn(&Receipt) -> Kept + Send + Sync + 'static,
) -> Result<Kept, ServiceError> {
    let make: Arc<dyn Fn(&Receipt) -> Kept + Send + Sync> = Arc::new(make);
    let steps = step.into_iter().chain(once.keep(app, &make)).collect();
    let done = app.store().write(Some(event), steps, clock::now()?).await?;
    // What happened without a row would not have happened.
    let receipt = done.receipt.ok_or(ServiceError::Internal)?;
    Ok(make(&receipt))
}

/// The id of a new case. Ids must not repeat: without random numbers there is none.
fn new_id() -> Result<Uuid, ServiceError> {
    clock::now()?;
    keys::random::<16>().map_err(|_| ServiceError::Internal)?;
    Ok(Uuid::now_v7())
}

fn address(id: Uuid) -> String {
    format!("/v1/cases/{id}")
}

/// What became of a case
#[utoipa::path(
    get,
    path = "/v1/cases/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "The id that submitting it gave", format = "uuid")),
    responses(
        (status = 200, description = "Where it is, and what was masked", body = StatusAnswer),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case of this caller's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ServiceError> {
    let id = id_of(id)?;
    // Of others, cases are told to auditors only; to everybody else they are not there.
    let own = |spoke: &str| spoke == caller.id || caller.may(Scope::Audit);
    if let Some(case) = app.store().status(id).await? {
        return own(&case.spoke)
            .then(|| json(&CaseAnswer::from(case)))
            .ok_or(ServiceError::NotFound);
    }
    let hold = app.store().hold(id).await?.filter(|h| own(&h.spoke));
    hold.map(|h| json(&HeldAnswer::from(h))).ok_or(ServiceError::NotFound)
}

/// Send a dead letter out again
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/replay",
    tag = "cases",
    params(("id" = String, Path, description = "The id of the case", format = "uuid")),
    responses(
        (status = 204, description = "On its way again"),
        (status = 401, description = "No known key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A key without this scope", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is no dead letter", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store cannot be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replay(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ServiceError> {
    caller.need(Scope::Admin)?;
    let id = id_of(id)?;
    app.store().status(id).await?.ok_or(ServiceError::NotFound)?;
    app.forwarder().replay(id, &caller.id, clock::now()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of a path. Not an id is no case; neither is told apart, nor repeated.
pub(super) fn id_of(id: Result<Path<String>, PathRejection>) -> Result<Uuid, ServiceError> {
    id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok()).ok_or(ServiceError::NotFound)
}

fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("texts and numbers are JSON")
}

pub(super) fn json(body: &impl Serialize) -> Response {
    ([(CONTENT_TYPE, "application/json")], to_json(body)).into_response()
}

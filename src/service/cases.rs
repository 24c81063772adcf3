//! `/v1/cases`: a case is taken, masked, written to disk and delivered; then one can ask for it.
//!
//! Three outcomes: released (201), held for a person (202), refused (422). Each is a row of the
//! ledger, written with the case or not at all, and each answer carries the receipt of its row.

mod outcome;
mod status;

pub(super) use outcome::released_event;
pub(super) use status::{__path_replay, __path_status, id_of, replay, status};

use super::access::{Caller, Scope};
use super::body::{CaseBody, FileBody, FormBody, Resource};
use super::doubts::Doubts;
use super::error::ServiceError;
use super::once::{self, Begun, Kept, Once};
use super::patient::{self, Patient};
use super::problem::Problem;
use super::risk::RiskAnswer;
use super::state::App;
use super::upload::{self, Looked, Upload};
use crate::audit::Record;
use crate::case::CaseId;
use crate::clock;
use crate::detect::Scratch;
use crate::gate::Verdict;
use crate::keys;
use crate::pipeline::Deidentifier;
use crate::store::NewCase;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use outcome::{Taken, Waits, hold, refuse, take};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

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

/// Masks a submission and looks at it again.
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

/// The id of a new case. Ids must not repeat: without random numbers there is none.
fn new_id() -> Result<Uuid, ServiceError> {
    clock::now()?;
    keys::random::<16>().map_err(|_| ServiceError::Internal)?;
    Ok(Uuid::now_v7())
}

//! What becomes of a case, written with its row of the ledger, and the answer that says so.

use crate::audit::Record;
use crate::clock;
use crate::ledger::{self, Event, EventKind, Receipt};
use crate::programme::case_id;
use crate::service::access::Caller;
use crate::service::answer::to_json;
use crate::service::doubts::{Doubts, FindingAnswer, Reason};
use crate::service::error::ServiceError;
use crate::service::holds;
use crate::service::once::{Kept, Once};
use crate::service::patient::Patient;
use crate::service::risk::RiskAnswer;
use crate::service::state::App;
use crate::service::upload::Upload;
use crate::store::{NewCase, Step};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who was presented: both or neither, for without a policy key the service knows nobody.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::service) struct PatientAnswer {
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
pub(in crate::service) struct Taken {
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
pub(in crate::service) struct Waits {
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

/// The row of the ledger for a case that was released.
pub(in crate::service) fn released_event(
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

/// Released: into the outbox.
pub(super) async fn take(
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

/// Held: sealed, until a person decides.
pub(super) async fn hold(
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

/// Refused: nothing is kept of it.
pub(super) async fn refuse(
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

fn address(id: Uuid) -> String {
    format!("/v1/cases/{id}")
}

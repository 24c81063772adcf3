//! The last decision on a held case: it goes to the hub, masked, or is destroyed.

use super::decision::write;
use super::sealed::{Opened, open, seal_edits};
use crate::gate::Verdict;
use crate::ledger::{Event, EventKind};
use crate::service::access::{Caller, Scope};
use crate::service::cases::released_event;
use crate::service::doubts::Doubts;
use crate::service::error::ServiceError;
use crate::service::state::App;
use crate::store::{NewCase, Step};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

/// Sends the case to the hub, unless a second scan still finds what nobody cleared, or the first of
/// two persons agreed.
pub(super) async fn release(
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

/// Destroys the case.
pub(super) async fn refuse(
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

//! `Patient-Key`: who was presented before, by a key that the spoke keeps with the chart.

use super::error::ServiceError;
use super::state::App;
use crate::programme::{is_patient_key, new_patient_key, pseudonym};
use axum::http::HeaderMap;

/// The header.
const HEADER: &str = "patient-key";

/// The patient of a request: their key, and what the hub calls them.
#[derive(Clone)]
pub(super) struct Patient {
    pub(super) key: String,
    pub(super) pseudonym: String,
}

impl Patient {
    /// The patient of that key; `None` where the service has no key for pseudonyms.
    pub(super) fn of(app: &App, key: String) -> Option<Self> {
        Some(Self { pseudonym: pseudonym(&app.loaded().engine, &key)?, key })
    }
}

/// The patient key of a request, as sent.
///
/// # Errors
/// [`ServiceError::BadPatientKey`] for anything that this service did not issue or cannot use.
pub(super) fn sent(app: &App, headers: &HeaderMap) -> Result<Option<Patient>, ServiceError> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), rest) = (values.next(), values.next()) else { return Ok(None) };
    let text = value.to_str().ok().map(str::to_ascii_uppercase);
    let key = text.filter(|t| rest.is_none() && is_patient_key(t));
    let patient = key.and_then(|key| Patient::of(app, key));
    patient.map(Some).ok_or(ServiceError::BadPatientKey)
}

/// A new patient, where the service has a key for pseudonyms.
pub(super) fn new(app: &App) -> Result<Option<Patient>, ServiceError> {
    let key = new_patient_key().map_err(|_| ServiceError::Internal)?;
    Ok(Patient::of(app, key))
}

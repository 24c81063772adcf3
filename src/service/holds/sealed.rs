//! What of a held case is on disk, sealed: the case as it came, and the decisions so far.

use crate::case::{Case, CaseId};
use crate::clock;
use crate::decode::Format;
use crate::entity::EntityType;
use crate::gate::Review;
use crate::keys::Key;
use crate::seal;
use crate::service::access::Caller;
use crate::service::body::decode_case;
use crate::service::error::ServiceError;
use crate::service::patient::Patient;
use crate::service::state::{App, Loaded};
use crate::service::upload::{Document, Upload};
use crate::span::ByteSpan;
use crate::store::{Counts, Hold, NewHold};
use axum::body::Bytes;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A case as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    json: bool,
    /// The name of its format, for a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    body: String,
    /// The patient key, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
}

/// Decisions as they are sealed: field, bytes of the source, type.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Edits {
    pub(super) masked: Vec<(usize, u32, u32, String)>,
    pub(super) cleared: Vec<(usize, u32, u32)>,
}

impl Edits {
    /// What they say, for the gate.
    pub(super) fn review(&self) -> Review {
        let masked = self.masked.iter().filter_map(|(field, start, end, name)| {
            Some((*field, ByteSpan::new(*start, *end), EntityType::from_name(name)?))
        });
        let cleared = self.cleared.iter().map(|&(f, s, e)| (f, ByteSpan::new(s, e)));
        Review { masked: masked.collect(), cleared: cleared.collect() }
    }
}

/// What a seal belongs to.
fn place(id: Uuid, what: &str) -> String {
    format!("hold {id} {what}")
}

/// Decisions as nobody can read them without the key.
pub(super) fn seal_edits(key: &Key, id: Uuid, edits: &Edits) -> Result<Vec<u8>, ServiceError> {
    let plain = serde_json::to_vec(edits).expect("numbers and names are JSON");
    seal::seal(key, &place(id, "edits"), &plain).map_err(|_| ServiceError::Internal)
}

/// A case as a row that nobody can read without the key.
pub(in crate::service) fn seal_case(
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
pub(super) struct Opened {
    pub(super) loaded: Arc<Loaded>,
    pub(super) hold: Hold,
    pub(super) key: Key,
    pub(super) case: Case,
    /// What the case was found in, unless it came by itself.
    pub(super) document: Option<Document>,
    pub(super) edits: Edits,
    pub(super) patient: Option<Patient>,
}

/// A held case as it came, with the decisions so far.
pub(super) async fn open(app: &App, id: Uuid) -> Result<Opened, ServiceError> {
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

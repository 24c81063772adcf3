//! What of a held case is on disk, sealed: the case as it came, and the decisions so far.

use crate::entity::EntityType;
use crate::gate::Review;
use crate::keys::Key;
use crate::seal;
use crate::service::error::ServiceError;
use crate::span::ByteSpan;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A case as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) json: bool,
    /// The name of its format, for a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<String>,
    pub(super) body: String,
    /// The patient key, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) patient: Option<String>,
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
pub(super) fn place(id: Uuid, what: &str) -> String {
    format!("hold {id} {what}")
}

/// Decisions as nobody can read them without the key.
pub(super) fn seal_edits(key: &Key, id: Uuid, edits: &Edits) -> Result<Vec<u8>, ServiceError> {
    let plain = serde_json::to_vec(edits).expect("numbers and names are JSON");
    seal::seal(key, &place(id, "edits"), &plain).map_err(|_| ServiceError::Internal)
}

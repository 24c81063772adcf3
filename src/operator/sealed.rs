//! Keyed hashes and sealed values.
//!
//! A sealed value is `[HEALTH-NUMBER:k1:…]`: AES-SIV under the key `k1`, padded so that its length
//! tells nothing, bound to policy, case and type, so that it opens nowhere else.

use super::Mention;
use crate::case::Case;
use crate::entity::{Entity, EntityType};
use crate::key::{KeyRing, Purpose};
use crate::policy::Policy;
use aes_siv::KeyInit as _;
use aes_siv::siv::Aes256Siv;
use thiserror::Error;

/// Why a sealed value was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// It is not `[WORD:key:…]`.
    #[error("not a sealed value")]
    Malformed,
    /// The key ring has no key of that id.
    #[error("no key of that id in the key ring")]
    UnknownKey,
    /// Wrong key, policy, case or type, or the value was changed.
    #[error("the value does not open with this key, policy, case and type")]
    Refused,
}

/// What a sealed value is bound to.
pub(super) struct Context {
    policy: String,
    case: String,
    entity: EntityType,
}

impl Context {
    pub(super) fn of(policy: &Policy, case: &Case, entity: &Entity) -> Self {
        Self { policy: policy.id.clone(), case: case.id.as_str().to_owned(), entity: entity.entity }
    }

    fn headers(&self) -> [&[u8]; 3] {
        [self.policy.as_bytes(), self.case.as_bytes(), self.entity.name().as_bytes()]
    }
}

/// Lengths are padded to a multiple of this: most values take one block.
const BLOCK: usize = 64;

/// Seals a value.
pub(super) fn seal(keys: &KeyRing, context: &Context, word: &str, text: &str) -> String {
    let key = keys.sealing(None).expect("the key in use is in its ring");
    let mut padded = (text.len() as u32).to_be_bytes().to_vec();
    padded.extend_from_slice(text.as_bytes());
    padded.resize(padded.len().next_multiple_of(BLOCK), 0);
    let sealed = Aes256Siv::new(&key.into())
        .encrypt(context.headers(), &padded)
        .expect("three headers are within the limit of AES-SIV");
    format!("[{word}:{}:{}]", keys.id(), hex(&sealed))
}

/// Opens a value that was sealed under this policy, in this case, as this type.
///
/// # Errors
/// [`SealError`]: malformed, no such key, or refused.
pub fn unseal(
    keys: &KeyRing,
    policy: &str,
    case: &str,
    entity: EntityType,
    value: &str,
) -> Result<String, SealError> {
    let inner = value.strip_prefix('[').and_then(|v| v.strip_suffix(']'));
    let parts: Vec<&str> = inner.ok_or(SealError::Malformed)?.split(':').collect();
    let [_, id, digits] = parts.as_slice() else { return Err(SealError::Malformed) };
    let sealed = bytes(digits).ok_or(SealError::Malformed)?;
    let key = keys.sealing(Some(id)).ok_or(SealError::UnknownKey)?;
    let context = Context { policy: policy.to_owned(), case: case.to_owned(), entity };
    let padded = Aes256Siv::new(&key.into())
        .decrypt(context.headers(), &sealed)
        .map_err(|_| SealError::Refused)?;
    let (length, rest) = padded.split_at_checked(4).ok_or(SealError::Refused)?;
    let length = u32::from_be_bytes(length.try_into().map_err(|_| SealError::Refused)?) as usize;
    let text = rest.get(..length).ok_or(SealError::Refused)?;
    String::from_utf8(text.to_vec()).map_err(|_| SealError::Refused)
}

/// `[RECORD:k1:0123456789abcdef0123456789abcdef]`: one value has one hash under one key.
pub(super) fn hash(keys: &KeyRing, word: &str, m: &Mention<'_>) -> String {
    // How it was spaced and whether in capitals is no part of a number.
    let value: String = m.text.chars().filter(|c| c.is_alphanumeric()).collect();
    let value = value.to_lowercase();
    let mac = keys.mac(Purpose::Hash, &[m.entity.entity.name().as_bytes(), value.as_bytes()]);
    format!("[{word}:{}:{}]", keys.id(), hex(&mac[..16]))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).ok()).collect()
}

//! Who may do what: keys of spokes and persons, each with its scopes.
//!
//! A key is 256 random bits; the file of keys has their SHA-256 only. Without a file everybody
//! who reaches this machine's own address may do everything, under one name.

use super::error::ServiceError;
use super::quota::Quota;
use super::state::App;
use crate::clock;
use crate::keys::{Key, from_hex, to_hex};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use thiserror::Error;
use tokio::sync::OwnedSemaphorePermit;

/// Why a file of keys cannot be used. The file is the operator's, and names no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AccessError {
    /// It cannot be read.
    #[error("the access file cannot be read: {0}")]
    File(std::io::ErrorKind),
    /// It is not of its form.
    #[error("the access file is not of its form: {0}")]
    Form(String),
    /// A key is given twice, or is no SHA-256.
    #[error("the key of `{0}` is given twice or is not 64 hexadecimal digits")]
    Digest(String),
}

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To submit, lint and de-identify cases, and to ask for one's own.
    Submit,
    /// To see held cases and decide on their pieces.
    Review,
    /// To release and refuse held cases.
    Release,
    /// To see what became of every case.
    Audit,
    /// To send dead letters out again, and to reload rules, policy and keys.
    Admin,
}

const ALL: [Scope; 5] = [Scope::Submit, Scope::Review, Scope::Release, Scope::Audit, Scope::Admin];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    sha256: String,
    scopes: BTreeSet<Scope>,
    #[serde(default)]
    expires: Option<String>,
    #[serde(default, rename = "per-minute")]
    per_minute: Option<u32>,
    #[serde(default, rename = "at-once")]
    at_once: Option<u32>,
}

struct Known {
    id: String,
    digest: Vec<u8>,
    scopes: BTreeSet<Scope>,
    expires: Option<Timestamp>,
    quota: Quota,
}

/// The keys in force; none admits everybody.
#[derive(Default)]
pub struct Access(Option<Vec<Known>>);

/// Who asks, and what they may.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// Keyed id: the ledger and the store know callers by it only.
    pub(super) id: String,
    scopes: BTreeSet<Scope>,
    quota: Option<Quota>,
    /// Of the requests that the key may have at work; kept until the last handler is done.
    place: Option<Arc<OwnedSemaphorePermit>>,
}

impl Access {
    /// The keys of a file.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be used.
    pub fn read(path: &Path) -> Result<Self, AccessError> {
        Self::parse(&std::fs::read_to_string(path).map_err(|e| AccessError::File(e.kind()))?)
    }

    /// The keys of a TOML text: `[[key]]` with `id`, `sha256`, `scopes` and maybe `expires`.
    ///
    /// # Errors
    /// As [`Access::read`].
    pub fn parse(text: &str) -> Result<Self, AccessError> {
        let file: File =
            toml::from_str(text).map_err(|e| AccessError::Form(e.message().to_owned()))?;
        let mut known: Vec<Known> = Vec::new();
        for entry in file.key {
            let digest = from_hex(&entry.sha256).filter(|d| d.len() == 32);
            let digest = digest.ok_or_else(|| AccessError::Digest(entry.id.clone()))?;
            if known.iter().any(|k| k.digest == digest) {
                return Err(AccessError::Digest(entry.id));
            }
            let expires = entry.expires.map(|t| t.parse()).transpose();
            let expires =
                expires.map_err(|_| AccessError::Form("`expires` is no time".to_owned()))?;
            let usual = Quota::default();
            let quota = Quota {
                per_minute: entry.per_minute.unwrap_or(usual.per_minute),
                at_once: entry.at_once.unwrap_or(usual.at_once),
            };
            known.push(Known { id: entry.id, digest, scopes: entry.scopes, expires, quota });
        }
        Ok(Self(Some(known)))
    }

    /// True when keys are asked for at all.
    pub(super) fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        self.0.as_ref().map_or(0, Vec::len)
    }

    /// Who has that key; nobody when it is unknown or expired.
    fn caller(&self, token: Option<&str>, now: Timestamp, names: &Key) -> Option<Caller> {
        let keyed = |id: &str| to_hex(&names.mac(&[id.as_bytes()])[..16]);
        let Some(known) = &self.0 else {
            let id = keyed("local");
            return Some(Caller { id, scopes: ALL.into(), quota: None, place: None });
        };
        let digest = Sha256::digest(token?.as_bytes());
        // Every entry is compared, and each to its end.
        let same = |k: &&Known| k.digest.iter().zip(&digest).fold(0, |d, (a, b)| d | (a ^ b)) == 0;
        let found = known.iter().filter(same).fold(None, |_, k| Some(k))?;
        let valid = found.expires.is_none_or(|at| now < at);
        valid.then(|| Caller {
            id: keyed(&found.id),
            scopes: found.scopes.clone(),
            quota: Some(found.quota),
            place: None,
        })
    }
}

impl Caller {
    /// That the caller may do this.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] when not.
    pub(super) fn need(&self, scope: Scope) -> Result<(), ServiceError> {
        self.may(scope).then_some(()).ok_or(ServiceError::Forbidden)
    }

    /// Whether the caller may do this.
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ServiceError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = header.and_then(|h| h.strip_prefix("Bearer ")).map(str::trim);
        let names = app.store().key().derive("names of callers");
        let access = app.access();
        let caller = access.caller(token, clock::now()?, &names);
        let mut caller = caller.ok_or(ServiceError::Unauthorized)?;
        if let Some(quota) = caller.quota {
            let place = app.meters().enter(&caller.id, quota, Instant::now());
            let wait = |wait: std::time::Duration| ServiceError::TooMany {
                seconds: wait.as_secs_f64().ceil() as u64,
            };
            caller.place = Some(Arc::new(place.map_err(wait)?));
        }
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_until_it_expires() {
        let digest = to_hex(&Sha256::digest(b"t1"));
        let text = format!(
            "[[key]]\nid = \"a\"\nsha256 = \"{digest}\"\nscopes = [\"submit\"]\nexpires = \"2026-01-01T00:00:00Z\"\n"
        );
        let access = Access::parse(&text).unwrap();
        let names = Key::from_bytes([0; 32]);
        let at = |time: &str, token| access.caller(token, time.parse().unwrap(), &names);
        let caller = at("2025-12-31T00:00:00Z", Some("t1")).unwrap();
        assert_eq!(caller.need(Scope::Submit), Ok(()));
        assert_eq!(caller.need(Scope::Review), Err(ServiceError::Forbidden));
        assert!(!caller.id.contains('"') && caller.id.len() == 32);
        assert!(at("2026-01-01T00:00:00Z", Some("t1")).is_none());
        assert!(at("2025-12-31T00:00:00Z", Some("t2")).is_none());
        assert!(at("2025-12-31T00:00:00Z", None).is_none());
        assert!(Access::parse(&text.repeat(2)).is_err());
        assert!(Access::parse("[[key]]\nid = \"a\"\nsecret = \"x\"").is_err());
        assert!(Access::default().caller(None, Timestamp::now(), &names).is_some());
    }
}

//! Rules, policy and keys read again while the service works: checked first, swapped whole.
//!
//! What cannot be used changes nothing. What may find less needs an administrator's call, and
//! every change is a row of the ledger, with its differences, before it is in force.

use super::access::{Access, AccessError};
use super::change::{Change, changes};
use super::state::App;
use super::tls::Tls;
use crate::clock::{self, ClockError};
use crate::key::KeyRing;
use crate::ledger::{Event, EventKind, Receipt};
use crate::pipeline::{Deidentifier, EngineError};
use crate::rules::{RuleFiles, embedded};
use crate::store::StoreError;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// Why nothing was taken over. Rule files are the operator's, so their text may be quoted.
#[derive(Debug, Error)]
pub enum ReloadError {
    /// The service was not started from files.
    #[error("there is nothing to be read again")]
    NoSource,
    /// The rules or the policy cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The access file cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] super::tls::TlsError),
    /// Less may be found, and nobody who may say so asked for it.
    #[error(
        "{0} changes may weaken detection; an administrator must ask for it (POST /v1/admin/reload)"
    )]
    Weaker(usize),
    /// The service was told to serve by an audit, which is of other rules or another policy.
    #[error(
        "the audit that is served by is not of these rules and this policy; audit them, sign the result, and restart"
    )]
    Unaudited,
    /// It cannot be written into the ledger.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock cannot be believed.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A thread was lost.
    #[error("the new rules could not be compiled")]
    Compile,
}

/// Where rules, policy, keys and certificates come from.
pub struct Source {
    /// A rule folder; without it what is part of the binary.
    pub rules: Option<PathBuf>,
    /// Name of the policy.
    pub policy: String,
    /// Keys of the policy's operators.
    pub keys: Option<KeyRing>,
    /// The access file.
    pub access: Option<PathBuf>,
    /// The certificates in force.
    pub tls: Option<Tls>,
    /// What the engine in force was made of.
    files: Mutex<RuleFiles>,
    /// One at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Source {
    /// A source, with the engine and the access that it gives now.
    ///
    /// # Errors
    /// [`ReloadError`] when it gives none.
    pub fn open(
        rules: Option<PathBuf>,
        policy: &str,
        keys: Option<KeyRing>,
        access: Option<PathBuf>,
    ) -> Result<(Self, Deidentifier, Access), ReloadError> {
        let mut source = Self {
            rules,
            policy: policy.to_owned(),
            keys,
            access,
            tls: None,
            files: Mutex::new(embedded()),
            turn: tokio::sync::Mutex::default(),
        };
        let (files, engine, access) = source.read()?;
        source.files = Mutex::new(files);
        Ok((source, engine, access))
    }

    fn read(&self) -> Result<(RuleFiles, Deidentifier, Access), ReloadError> {
        let files = match &self.rules {
            Some(folder) => RuleFiles::read(folder).map_err(EngineError::from)?,
            None => embedded(),
        };
        let engine = Deidentifier::with_keys(&files, &self.policy, self.keys.clone())?;
        let access = self.access.as_deref().map(Access::read).transpose()?.unwrap_or_default();
        Ok((files, engine, access))
    }
}

/// What was taken over.
pub(super) struct Reloaded {
    pub(super) rules: String,
    pub(super) policy: String,
    pub(super) changes: Vec<Change>,
    pub(super) receipt: Option<Receipt>,
}

/// Differences that one row of the ledger names; their number is in it in any case.
const TOLD: usize = 100;

/// Reads everything again; from the next request on it is in force.
///
/// # Errors
/// [`ReloadError`]; then what was in force stays in force.
pub(super) async fn reload(app: &App, actor: Option<&str>) -> Result<Reloaded, ReloadError> {
    let source = app.source().ok_or(ReloadError::NoSource)?.clone();
    let _turn = source.turn.lock().await;
    let from = std::sync::Arc::clone(&source);
    let read = tokio::task::spawn_blocking(move || from.read()).await;
    let (files, engine, access) = read.map_err(|_| ReloadError::Compile)??;
    let tls = source.tls.as_ref().map(Tls::read).transpose()?;
    let now = app.loaded();
    let same = engine.rules().digest == now.engine.rules().digest
        && engine.policy().digest == now.engine.policy().digest;
    if app.audit().is_some() && !same {
        return Err(ReloadError::Unaudited);
    }
    let changes = {
        let before = source.files.lock().unwrap_or_else(PoisonError::into_inner);
        changes((&before, &now.engine), (&files, &engine))
    };
    let weaker = changes.iter().filter(|c| c.weaker).count();
    if weaker > 0 && actor.is_none() {
        return Err(ReloadError::Weaker(weaker));
    }
    let (rules, policy) = (engine.rules().digest.as_str().to_owned(), engine.policy().clone());
    let count = |weaker: bool| changes.iter().filter(|c| c.weaker == weaker).count() as u64;
    let mut event = Event {
        rules: Some(rules.clone()),
        policy: Some((policy.id.clone(), policy.version, policy.digest)),
        changes: changes.iter().take(TOLD).map(Change::line).collect(),
        reasons: [("weaker".to_owned(), count(true)), ("stricter".to_owned(), count(false))].into(),
        ..Event::of(EventKind::Reloaded)
    };
    event.reasons.insert("keys".to_owned(), access.keys() as u64);
    event.reasons.retain(|_, n| *n > 0);
    let event = match actor {
        Some(actor) => event.by(actor),
        None => event,
    };
    // No row, no change.
    let done = app.store().write(Some(event), Vec::new(), clock::now()?).await?;
    app.swap(engine, access);
    if let (Some(tls), Some(new)) = (&source.tls, tls) {
        tls.swap(new);
    }
    *source.files.lock().unwrap_or_else(PoisonError::into_inner) = files;
    tracing::info!(%rules, policy = %policy.id, weaker, changes = changes.len(), "reloaded");
    Ok(Reloaded { rules, policy: policy.id, changes, receipt: done.receipt })
}

/// As the operating system's signal asks for it: whoever may send it may not weaken detection.
pub async fn reload_by_signal(app: &App) {
    if let Err(error) = reload(app, None).await {
        tracing::error!(%error, "not reloaded; what was in force stays in force");
    }
}

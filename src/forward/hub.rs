//! The hub, as we reach it: over HTTP, or as a folder that somebody collects.

use super::redcap::Redcap;
use crate::config::{HubSetting, HubTls};
use crate::keys::{Key, random, to_hex};
use crate::programme::case_id;
use crate::store::Pending;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, Identity, Url, redirect};
use ring::hmac;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;
use thiserror::Error;

/// Why a case did not reach the hub. No variant carries the hub's address or its words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ForwardError {
    /// The hub's URL or the client for it cannot be used.
    #[error("the hub cannot be set up: {0}")]
    Setup(&'static str),
    /// No connection, or none that held.
    #[error("the hub cannot be reached: {0}")]
    Unreachable(&'static str),
    /// The hub answered, and not with success.
    #[error("the hub answered with status {0}")]
    Status(u16),
    /// The hub answered with success, and did not confirm the case.
    #[error("the hub did not confirm the case")]
    Unconfirmed,
    /// The hub's folder cannot be written.
    #[error("the hub folder cannot be written: {0}")]
    Folder(io::ErrorKind),
}

impl ForwardError {
    /// The error of the client that posts: its own words name the URL.
    pub(super) fn of_client(error: &reqwest::Error) -> Self {
        Self::Unreachable(if error.is_timeout() {
            "timeout"
        } else if error.is_connect() {
            "no connection"
        } else {
            "connection lost"
        })
    }

    /// True when the next case would fail in the same way, false when it may be this case only.
    pub fn is_general(&self) -> bool {
        match self {
            Self::Setup(_) | Self::Unreachable(_) | Self::Folder(_) => true,
            Self::Unconfirmed => false,
            Self::Status(status) => *status >= 500 || matches!(status, 401 | 403 | 404 | 429),
        }
    }
}

/// Where released cases go. Cheap to clone.
#[derive(Clone)]
pub enum Hub {
    /// Each case is posted to this URL; success is a 2xx status.
    Http {
        /// The client that posts.
        client: Client,
        /// Where to.
        url: Url,
        /// What requests are signed with, when the hub knows it.
        secret: Option<Key>,
    },
    /// Each case becomes a file named by its id.
    Folder(PathBuf),
    /// Each case becomes a record of a REDCap project.
    Redcap(Redcap),
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http { .. } => "Hub::Http",
            Self::Folder(_) => "Hub::Folder",
            Self::Redcap(_) => "Hub::Redcap",
        })
    }
}

/// The header by which the hub knows a case that it already has.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The programme's id of the case, and what it calls the patient.
const ECHO_CASE: &str = "echo-case";
const ECHO_PATIENT: &str = "echo-patient";

/// A hub that takes longer to connect is as good as down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A hub that takes longer to answer is tried again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

impl Hub {
    /// The hub of the settings. A folder is made when it is first written.
    ///
    /// # Errors
    /// [`ForwardError::Setup`] when the URL cannot be used or this system has no root certificates
    /// for an encrypted one.
    pub fn new(setting: &HubSetting) -> Result<Self, ForwardError> {
        Self::with_tls(setting, &HubTls::default())
    }

    /// As [`Hub::new`], with certificates of the operator's.
    ///
    /// # Errors
    /// As [`Hub::new`], also when a certificate cannot be used.
    pub fn with_tls(setting: &HubSetting, tls: &HubTls) -> Result<Self, ForwardError> {
        let parsed =
            |url: &str| Url::parse(url).map_err(|_| ForwardError::Setup("its URL cannot be read"));
        match setting {
            HubSetting::Folder(path) => Ok(Self::Folder(path.clone())),
            HubSetting::Url(url) => {
                let url = parsed(url)?;
                Ok(Self::Http { client: client(&url, tls)?, url, secret: None })
            }
            HubSetting::Redcap { url, token, record, text } => {
                let url = parsed(url)?;
                Ok(Self::Redcap(Redcap {
                    client: client(&url, tls)?,
                    url,
                    token: token.clone(),
                    record: record.clone(),
                    text: text.clone(),
                }))
            }
        }
    }

    /// The same hub; what is posted to it is signed (Standard Webhooks) with that secret.
    #[must_use]
    pub fn signing(self, with: Option<Key>) -> Self {
        match self {
            Self::Http { client, url, .. } => Self::Http { client, url, secret: with },
            other @ (Self::Folder(_) | Self::Redcap(_)) => other,
        }
    }

    /// Hands a case over. It may have been handed over before: the hub tells by its id.
    ///
    /// # Errors
    /// [`ForwardError`] when the hub did not confirm that it has the case.
    pub async fn deliver(&self, case: &Pending) -> Result<(), ForwardError> {
        match self {
            Self::Http { client, url, secret } => post(client, url, secret.as_ref(), case).await,
            Self::Redcap(project) => project.import(case).await,
            Self::Folder(folder) => {
                let (folder, body) = (folder.clone(), case.body().to_owned());
                let name = format!("{}.{}", case.id(), case.format().extension());
                let about = case.patient().map(|patient| {
                    let case_id = case_id(case.id());
                    let text = serde_json::json!({ "caseId": case_id, "patient": patient });
                    (format!("{}.meta", case.id()), text.to_string())
                });
                let written = tokio::task::spawn_blocking(move || {
                    if let Some((name, text)) = about {
                        write(&folder, &name, text.as_bytes())?;
                    }
                    write(&folder, &name, &body)
                })
                .await;
                match written {
                    Ok(done) => done.map_err(|e| ForwardError::Folder(e.kind())),
                    Err(_) => Err(ForwardError::Folder(io::ErrorKind::Interrupted)),
                }
            }
        }
    }
}

/// Gives the process its one provider of cryptography; a second installation would be refused.
pub(super) fn install_cryptography() {
    static RING: Once = Once::new();
    RING.call_once(|| {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
    });
}

fn client(url: &Url, tls: &HubTls) -> Result<Client, ForwardError> {
    install_cryptography();
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        // A case goes to the address that the operator named, and to no other.
        .redirect(redirect::Policy::none())
        .no_proxy();
    let read = |path: &Path| fs::read(path);
    if let Some(path) = &tls.identity {
        let wrong = ForwardError::Setup("its client certificate cannot be used");
        let pem = read(path).map_err(|_| wrong.clone())?;
        builder = builder.identity(Identity::from_pem(&pem).map_err(|_| wrong)?);
    }
    if let Some(path) = &tls.authority {
        let wrong = ForwardError::Setup("the certificate of its authority cannot be used");
        let pem = read(path).map_err(|_| wrong.clone())?;
        let roots = Certificate::from_pem_bundle(&pem).map_err(|_| wrong)?;
        builder = builder.tls_certs_only(roots);
    } else if url.scheme() == "http" {
        // A system without root certificates can still serve a hub on this machine.
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|_| ForwardError::Setup("no client; does this system have root certificates?"))
}

async fn post(
    client: &Client,
    url: &Url,
    secret: Option<&Key>,
    case: &Pending,
) -> Result<(), ForwardError> {
    let id = case.id().to_string();
    let mut request = client
        .post(url.clone())
        .header(CONTENT_TYPE, case.format().media_type())
        .header(IDEMPOTENCY_KEY, &id)
        .header("traceparent", traceparent()?)
        .header(ECHO_CASE, case_id(case.id()))
        .body(case.body().to_owned());
    if let Some(patient) = case.patient() {
        request = request.header(ECHO_PATIENT, patient);
    }
    if let Some(secret) = secret {
        let at = Timestamp::now().as_second();
        request = request
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature(secret, &id, at, case.body()));
    }
    let response = request.send().await.map_err(|e| ForwardError::of_client(&e))?;
    if response.status().is_success() {
        Ok(())
    } else {
        Err(ForwardError::Status(response.status().as_u16()))
    }
}

/// A trace of our own, named by chance: what a client sent along could carry anything, and goes no
/// further; `tracestate` and `baggage` are not sent at all.
fn traceparent() -> Result<String, ForwardError> {
    let trace = random::<24>().map_err(|_| ForwardError::Setup("no random numbers"))?;
    let (trace, span) = trace.split_at(16);
    Ok(format!("00-{}-{}-01", to_hex(trace), to_hex(span)))
}

/// The signature of Standard Webhooks: HMAC-SHA-256 of id, time and body.
fn signature(secret: &Key, id: &str, at: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let tag = hmac::sign(&key, &[format!("{id}.{at}.").as_bytes(), body].concat());
    format!("v1,{}", BASE64_STANDARD.encode(tag))
}

/// Writes a file that is either whole or not there, also after a power cut.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Who collects the folder's files by their extension never sees half of one.
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    // The name itself must be on disk, too; only Unix lets a folder be opened for that.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_and_writing_it_again_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let hub = dir.path().join("a/hub");
        for _ in 0..2 {
            write(&hub, "1.json", b"{}").unwrap();
        }
        let names: Vec<_> = fs::read_dir(&hub).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["1.json"]);
        assert_eq!(fs::read(hub.join("1.json")).unwrap(), b"{}");
    }

    #[test]
    fn debug_names_no_address() {
        let hub =
            Hub::new(&HubSetting::Url("http://user:secret@127.0.0.1:9/in".to_owned())).unwrap();
        assert_eq!(format!("{hub:?}"), "Hub::Http");
    }
}

//! Encrypted connections: a certificate that can be exchanged at work, and clients that must show
//! theirs where the operator wants it.

use crate::config::TlsFiles;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// Why connections cannot be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TlsError {
    /// A file holds no certificate or no key in PEM.
    #[error("the file of the {0} cannot be read, or it has none in PEM")]
    File(&'static str),
    /// They do not go together.
    #[error("certificate and key cannot be used together")]
    Pair,
    /// The authority of clients cannot be used.
    #[error("the certificates of the clients' authority cannot be used")]
    Authority,
}

/// What new connections are encrypted with. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be used.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let config = config(&files)?;
        Ok(Self { files, config: Arc::new(RwLock::new(config)) })
    }

    /// Reads the files again, and changes nothing.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be used.
    pub(super) fn read(&self) -> Result<Arc<ServerConfig>, TlsError> {
        config(&self.files)
    }

    /// The next connection is encrypted with that.
    pub(super) fn swap(&self, config: Arc<ServerConfig>) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn certificates(path: &Path, name: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).map_err(|_| TlsError::File(name))?;
    let all: Vec<_> = read.collect::<Result<_, _>>().map_err(|_| TlsError::File(name))?;
    if all.is_empty() { Err(TlsError::File(name)) } else { Ok(all) }
}

fn config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(&files.certificate, "certificate")?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|_| TlsError::File("key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsError::Pair)?;
    let builder = match &files.client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(path, "clients' authority")? {
                roots.add(root).map_err(|_| TlsError::Authority)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|_| TlsError::Authority)?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|_| TlsError::Pair)?;
    // HTTP/2 is not served: its version detection and floods are not timed.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

//! What guards an address that others can reach: certificates, and keys of those who ask.

use super::ConfigError;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Files of a certificate, its key, and maybe the authority that signs those of clients.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate with those between it and the root, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Clients must show a certificate of this authority, PEM.
    pub client_authority: Option<PathBuf>,
}

impl fmt::Debug for TlsFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsFiles(clients: {})", self.client_authority.is_some())
    }
}

impl TlsFiles {
    /// From certificate, key and authority of clients: the first two together, or none.
    pub(super) fn from_parts(
        files: (Option<PathBuf>, Option<PathBuf>, Option<PathBuf>),
    ) -> Result<Option<Self>, ConfigError> {
        match files {
            (None, None, None) => Ok(None),
            (Some(certificate), Some(key), client_authority) => {
                Ok(Some(Self { certificate, key, client_authority }))
            }
            _ => Err(ConfigError::Missing {
                setting: "certificate or key",
                option: "--tls-cert FILE and --tls-key FILE",
                variable: "CASEVEIL_TLS_CERT and CASEVEIL_TLS_KEY",
            }),
        }
    }
}

/// An address that others may reach: keys and encryption guard it, or it is of this machine only.
pub(super) fn reachable(address: SocketAddr, guarded: bool) -> Result<SocketAddr, ConfigError> {
    let good = guarded || address.ip().is_loopback();
    good.then_some(address).ok_or(ConfigError::NotLoopback { address })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Given, Settings};

    fn given(listen: &str) -> Given {
        Given { listen: Some(listen.to_owned()), data: Some("data".into()), ..Given::default() }
    }

    #[test]
    fn outside_of_this_machine_there_are_keys_and_encryption() {
        let at = |access: bool, tls: bool| {
            let file = |given: bool| given.then(|| PathBuf::from("f"));
            let (tls_cert, tls_key) = (file(tls), file(tls));
            let given = Given { access: file(access), tls_cert, tls_key, ..given("10.0.0.4:443") };
            Settings::from_sources(given, |_| None).is_ok()
        };
        assert_eq!([at(false, false), at(true, false), at(false, true)], [false; 3]);
        assert!(at(true, true));
        let half = Given { tls_cert: Some("f".into()), ..given("127.0.0.1:80") };
        assert!(matches!(Settings::from_sources(half, |_| None), Err(ConfigError::Missing { .. })));
    }
}

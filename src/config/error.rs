//! Why the settings cannot be: the setting is named, its value never.

use crate::keys::KeyError;
use std::net::SocketAddr;
use thiserror::Error;

/// Why the service cannot be started as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Others than this machine could submit cases, and nothing would tell who they are.
    #[error(
        "refusing to listen on {address}: outside of this machine, clients need keys (--access FILE) and an \
         encrypted connection (--tls-cert FILE --tls-key FILE); or listen on a loopback address such as 127.0.0.1:8080"
    )]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// A required setting is missing.
    #[error("no {setting}: give {option} or set {variable}")]
    Missing {
        /// What is missing.
        setting: &'static str,
        /// Its option on the command line.
        option: &'static str,
        /// Its environment variable.
        variable: &'static str,
    },
    /// A setting is not of its form.
    #[error("{setting} is not {expected}")]
    Invalid {
        /// Which setting.
        setting: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Two hubs are given.
    #[error("give one hub: a URL, a folder or a REDCap project")]
    TwoHubs,
    /// A variable or a line of the settings file that is no setting.
    #[error("{0} is no setting; `caseveil serve --help` lists them")]
    Unknown(String),
    /// The settings file cannot be used. It is the operator's; its secrets are not in it.
    #[error("the settings file cannot be used: {0}")]
    File(String),
    /// Masked cases would cross a network in clear.
    #[error(
        "the hub URL must begin with https://; http:// is accepted for a hub on this machine only"
    )]
    ClearText,
}

//! Settings of the service: where it listens, where it keeps its data, where cases go.

use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// Settings that cannot be served.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Anybody on the network could submit and read.
    #[error("{listen} is not a loopback address, and no API keys are configured; listen on 127.0.0.1")]
    OpenToNetwork {
        /// The address asked for.
        listen: SocketAddr,
    },
    /// Two hubs.
    #[error("give a hub URL or a hub folder, not both")]
    TwoHubs,
}

/// Where released cases go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubTarget {
    /// A folder: one file a case.
    Folder(PathBuf),
    /// An HTTP endpoint: one POST a case.
    Http(String),
}

/// Settings of `caseveil serve`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Folder of the store.
    pub data: PathBuf,
    /// Where released cases go.
    pub hub: HubTarget,
    /// Largest body, in bytes.
    pub body_limit: usize,
}

impl Config {
    /// Largest body unless set otherwise: 4 MiB, some four hundred pages of a case.
    pub const BODY_LIMIT: usize = 4 << 20;

    /// Checked settings. Without a hub, released cases go to the folder `hub` of the data folder.
    ///
    /// # Errors
    /// [`ConfigError::OpenToNetwork`] for an address that others can reach;
    /// [`ConfigError::TwoHubs`] when URL and folder are both given.
    pub fn new(
        listen: SocketAddr,
        data: PathBuf,
        hub_url: Option<String>,
        hub_folder: Option<PathBuf>,
    ) -> Result<Self, ConfigError> {
        if !listen.ip().is_loopback() {
            return Err(ConfigError::OpenToNetwork { listen });
        }
        let hub = match (hub_url, hub_folder) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoHubs),
            (Some(url), None) => HubTarget::Http(url),
            (None, Some(folder)) => HubTarget::Folder(folder),
            (None, None) => HubTarget::Folder(data.join("hub")),
        };
        Ok(Self { listen, data, hub, body_limit: Self::BODY_LIMIT })
    }
}

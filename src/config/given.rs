//! What the command line says, before the environment and the settings file are asked.

use std::path::PathBuf;

/// What the command line says; nothing in a field means: look further.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Address and port to listen on.
    pub listen: Option<String>,
    /// Folder of the outbox.
    pub data: Option<PathBuf>,
    /// URL of the hub.
    pub hub_url: Option<String>,
    /// Folder that stands for the hub.
    pub hub_dir: Option<PathBuf>,
    /// Largest body of a request, in bytes.
    pub body_limit: Option<usize>,
    /// URL of a `PostgreSQL` database.
    pub database: Option<String>,
    /// File of the key that seals held cases.
    pub seal_key: Option<PathBuf>,
    /// Address and port of the metrics.
    pub metrics: Option<String>,
    /// File of the persons and spokes that may use the service.
    pub access: Option<PathBuf>,
    /// A held case is released by two persons.
    pub second_person: bool,
    /// File of further settings.
    pub config: Option<PathBuf>,
    /// Address and port of the operators' routes.
    pub admin: Option<String>,
    /// Rule folder.
    pub rules: Option<PathBuf>,
    /// Name of the policy.
    pub policy: Option<String>,
    /// File of our certificate.
    pub tls_cert: Option<PathBuf>,
    /// File of its key.
    pub tls_key: Option<PathBuf>,
    /// File of the authority of clients' certificates.
    pub tls_client_ca: Option<PathBuf>,
    /// Presidio's routes are served.
    pub presidio: bool,
}

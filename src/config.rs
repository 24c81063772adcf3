//! Settings of the service: from the command line, then the environment, then defaults.
//!
//! Leaves: [`Settings`], checked as a whole. This is the only module that reads the environment.
//! Errors name the setting; they never repeat a hub URL, which may carry a password.

mod error;
mod variables;
mod given;
mod hub;
mod guard;

pub use error::ConfigError;
pub use given::Given;
pub use guard::TlsFiles;
pub use hub::{HubSetting, HubTls, Secret};

use crate::keys::Key;
use guard::reachable;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use variables::{key_of, known, number, parse, variable};

/// Settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address and port to listen on: loopback, as long as there are no keys.
    pub listen: SocketAddr,
    /// Folder of the outbox.
    pub data: PathBuf,
    /// Where released cases go.
    pub hub: HubSetting,
    /// Largest body of a request, in bytes.
    pub body_limit: usize,
    /// What is logged, as `tracing` directives.
    pub log: String,
    /// URL of a `PostgreSQL` database; without it the store is in the data folder.
    pub database: Option<Secret>,
    /// Key that seals held cases; without it there are none, and what would be held is refused.
    pub seal_key: Option<Key>,
    /// Key that signs what is posted to the hub.
    pub hub_secret: Option<Key>,
    /// Address and port of the metrics.
    pub metrics: Option<SocketAddr>,
    /// File of the persons and spokes that may use the service; without it everybody on this
    /// machine may.
    pub access: Option<PathBuf>,
    /// A held case is released by two persons.
    pub second_person: bool,
    /// How long a held case waits.
    pub hold_hours: u32,
    /// Free bytes below which no case is taken.
    pub low_water: u64,
    /// Address and port of the operators' routes; without it they are not served.
    pub admin: Option<SocketAddr>,
    /// Rule folder; without it the rules are those of the program.
    pub rules: Option<PathBuf>,
    /// Name of the policy; without it that for cases that go to the hub.
    pub policy: Option<String>,
    /// Certificate of our own; without it connections are not encrypted.
    pub tls: Option<TlsFiles>,
    /// Certificates for the way to the hub.
    pub hub_tls: HubTls,
    /// Presidio's routes are served.
    pub presidio: bool,
}

impl Settings {
    /// Where the service listens when nothing is said.
    pub const LISTEN: &'static str = "127.0.0.1:8080";

    /// Largest body when nothing is said, in bytes: a long case with its pasted records has some
    /// hundred kilobytes.
    pub const BODY_LIMIT: usize = 4 << 20;

    /// Settings from the command line, the environment and the defaults, in this order.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting that is missing or cannot be.
    pub fn load(given: Given) -> Result<Self, ConfigError> {
        let file = given.config.clone().or_else(|| variable("CASEVEIL_CONFIG").map(PathBuf::from));
        let file = match file {
            Some(path) => {
                let text = std::fs::read_to_string(&path);
                parse(&text.map_err(|e| ConfigError::File(e.kind().to_string()))?)?
            }
            None => BTreeMap::new(),
        };
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        known(names)?;
        Self::from_sources(given, |name| variable(name).or_else(|| file.get(name).cloned()))
    }

    /// As [`Settings::load`], from any source of variables.
    ///
    /// # Errors
    /// As [`Settings::load`].
    ///
    /// # Examples
    /// ```
    /// use caseveil::config::{ConfigError, Given, Settings};
    /// let given = Given { listen: Some("0.0.0.0:80".into()), data: Some("d".into()), ..Given::default() };
    /// let refused = Settings::from_sources(given, |_| None);
    /// assert!(matches!(refused, Err(ConfigError::NotLoopback { .. })));
    /// ```
    pub fn from_sources(
        given: Given,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let listen = given
            .listen
            .or_else(|| env("CASEVEIL_LISTEN"))
            .unwrap_or_else(|| Self::LISTEN.to_owned());
        let listen: SocketAddr = listen.parse().map_err(|_| ConfigError::Invalid {
            setting: "the address to listen on",
            expected: "an IP address with a port, such as 127.0.0.1:8080",
        })?;
        let path =
            |given: Option<PathBuf>, name: &str| given.or_else(|| env(name).map(PathBuf::from));
        let access = path(given.access, "CASEVEIL_ACCESS_FILE");
        let files = (
            path(given.tls_cert, "CASEVEIL_TLS_CERT"),
            path(given.tls_key, "CASEVEIL_TLS_KEY"),
            path(given.tls_client_ca, "CASEVEIL_TLS_CLIENT_CA"),
        );
        let tls = TlsFiles::from_parts(files)?;
        let guarded = access.is_some() && tls.is_some();
        let listen = reachable(listen, guarded)?;
        let admin = given.admin.or_else(|| env("CASEVEIL_ADMIN")).map(|text| text.parse());
        let admin: Option<SocketAddr> = admin.transpose().map_err(|_| ConfigError::Invalid {
            setting: "the address of the operators' routes",
            expected: "an IP address with a port, such as 127.0.0.1:8081",
        })?;
        let admin = admin.map(|address| reachable(address, guarded)).transpose()?;
        let data = given.data.or_else(|| env("CASEVEIL_DATA").map(PathBuf::from)).ok_or(
            ConfigError::Missing {
                setting: "data folder",
                option: "--data DIR",
                variable: "CASEVEIL_DATA",
            },
        )?;
        let hub = HubSetting::from_sources(given.hub_url, given.hub_dir, &data, &env)?;
        let body_limit = match (given.body_limit, env("CASEVEIL_BODY_LIMIT")) {
            (Some(bytes), _) => bytes,
            (None, None) => Self::BODY_LIMIT,
            (None, Some(text)) => text.parse().map_err(|_| ConfigError::Invalid {
                setting: "CASEVEIL_BODY_LIMIT",
                expected: "a number of bytes",
            })?,
        };
        let log = env("CASEVEIL_LOG").unwrap_or_else(|| "info".to_owned());
        let seal_file = given.seal_key.or_else(|| env("CASEVEIL_SEAL_KEY_FILE").map(PathBuf::from));
        let seal_key = match seal_file {
            Some(path) => Some(Key::read(&path, "seal")?),
            None => key_of("CASEVEIL_SEAL_KEY", "seal", &env)?,
        };
        let metrics = given.metrics.or_else(|| env("CASEVEIL_METRICS"));
        let metrics = metrics.map(|text| text.parse()).transpose();
        let metrics: Option<SocketAddr> = metrics.map_err(|_| ConfigError::Invalid {
            setting: "the address of the metrics",
            expected: "an IP address with a port, such as 127.0.0.1:9090",
        })?;
        Ok(Self {
            listen,
            data,
            hub,
            body_limit,
            log,
            database: given.database.or_else(|| env("CASEVEIL_DATABASE_URL")).map(Secret),
            seal_key,
            hub_secret: key_of("CASEVEIL_HUB_SECRET", "hub", &env)?,
            metrics,
            access,
            second_person: given.second_person
                || number("CASEVEIL_SECOND_PERSON", 0, "0 or 1", &env)? == 1,
            hold_hours: number("CASEVEIL_HOLD_HOURS", 72, "a number of hours", &env)? as u32,
            low_water: number("CASEVEIL_LOW_WATER", 64 << 20, "a number of bytes", &env)?,
            admin,
            rules: given.rules.or_else(|| env("CASEVEIL_RULES").map(PathBuf::from)),
            policy: given.policy.or_else(|| env("CASEVEIL_POLICY")),
            tls,
            hub_tls: HubTls {
                authority: env("CASEVEIL_HUB_CA").map(PathBuf::from),
                identity: env("CASEVEIL_HUB_CLIENT_CERT").map(PathBuf::from),
            },
            presidio: given.presidio || number("CASEVEIL_PRESIDIO", 0, "0 or 1", &env)? == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_fills_what_the_command_line_leaves_open() {
        let env = |name: &str| match name {
            "CASEVEIL_LISTEN" => Some("127.0.0.1:9000".to_owned()),
            "CASEVEIL_DATA" => Some("from-env".to_owned()),
            "CASEVEIL_BODY_LIMIT" => Some("1024".to_owned()),
            "CASEVEIL_HUB_URL" => Some("https://hub.test/".to_owned()),
            "CASEVEIL_SEAL_KEY" => Some("ab".repeat(32)),
            "CASEVEIL_METRICS" => Some("127.0.0.1:9090".to_owned()),
            "CASEVEIL_SECOND_PERSON" => Some("1".to_owned()),
            _ => None,
        };
        let hub_dir = Some(PathBuf::from("h"));
        let settings = Settings::from_sources(Given { hub_dir, ..Given::default() }, env).unwrap();
        let expected = Settings {
            listen: "127.0.0.1:9000".parse().unwrap(),
            data: "from-env".into(),
            hub: HubSetting::Folder("h".into()),
            body_limit: 1024,
            log: "info".to_owned(),
            database: None,
            seal_key: Key::from_hex(&"ab".repeat(32)),
            hub_secret: None,
            metrics: Some("127.0.0.1:9090".parse().unwrap()),
            access: None,
            second_person: true,
            hold_hours: 72,
            low_water: 64 << 20,
            admin: None,
            rules: None,
            policy: None,
            tls: None,
            hub_tls: HubTls::default(),
            presidio: false,
        };
        assert_eq!(settings, expected);
        assert_eq!(format!("{:?}", settings.seal_key), "Some(Key(..))");
        assert!(matches!(
            Settings::from_sources(Given::default(), |_| None),
            Err(ConfigError::Missing { .. })
        ));
    }
}

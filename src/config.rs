//! Settings of the service: from the command line, then the environment, then defaults.
//!
//! Leaves: [`Settings`], checked as a whole. This is the only file that reads the environment.
//! Errors name the setting; they never repeat a hub URL, which may carry a password.

use crate::keys::{Key, KeyError};
use crate::policy::Policy;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use thiserror::Error;

/// Why the service cannot be started as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Others than this machine could submit cases, and nothing would tell who they are.
    #[error(
        "refusing to listen on {address}: no keys are configured, so whoever reaches this address could submit \
         cases; listen on a loopback address such as 127.0.0.1:8080"
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
    #[error("give either a hub URL or a hub folder, not both")]
    TwoHubs,
    /// Masked cases would cross a network in clear.
    #[error(
        "the hub URL must begin with https://; http:// is accepted for a hub on this machine only"
    )]
    ClearText,
}

/// Where released cases go.
#[derive(Clone, PartialEq, Eq)]
pub enum HubSetting {
    /// They are posted to this URL.
    Url(String),
    /// They are written into this folder.
    Folder(PathBuf),
}

impl fmt::Debug for HubSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url(_) => "Url(..)",
            Self::Folder(_) => "Folder(..)",
        })
    }
}

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
    /// Name of the policy.
    pub policy: Option<String>,
}

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
    /// Name of the policy.
    pub policy: String,
    /// How long a held case waits.
    pub hold_hours: u32,
    /// Free bytes below which no case is taken.
    pub low_water: u64,
}

/// A setting that may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
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
        Self::from_sources(given, |name| {
            #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
            std::env::var(name).ok().filter(|v| !v.is_empty())
        })
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
        if !listen.ip().is_loopback() {
            return Err(ConfigError::NotLoopback { address: listen });
        }
        let data = given.data.or_else(|| env("CASEVEIL_DATA").map(PathBuf::from)).ok_or(
            ConfigError::Missing {
                setting: "data folder",
                option: "--data DIR",
                variable: "CASEVEIL_DATA",
            },
        )?;
        // A hub on the command line replaces whichever the environment names.
        let (url, dir) = match (given.hub_url, given.hub_dir) {
            (None, None) => (env("CASEVEIL_HUB_URL"), env("CASEVEIL_HUB_DIR").map(PathBuf::from)),
            named => named,
        };
        let hub = match (url, dir) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoHubs),
            (Some(url), None) => HubSetting::Url(checked_url(url)?),
            (None, Some(dir)) => HubSetting::Folder(dir),
            (None, None) => HubSetting::Folder(data.join("hub")),
        };
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
            access: given.access.or_else(|| env("CASEVEIL_ACCESS_FILE").map(PathBuf::from)),
            second_person: given.second_person
                || number("CASEVEIL_SECOND_PERSON", 0, "0 or 1", &env)? == 1,
            policy: given
                .policy
                .or_else(|| env("CASEVEIL_POLICY"))
                .unwrap_or_else(|| Policy::DEFAULT.to_owned()),
            hold_hours: number("CASEVEIL_HOLD_HOURS", 72, "a number of hours", &env)? as u32,
            low_water: number("CASEVEIL_LOW_WATER", 64 << 20, "a number of bytes", &env)?,
        })
    }
}

fn key_of(
    variable: &'static str,
    name: &'static str,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Key>, ConfigError> {
    let Some(text) = env(variable) else { return Ok(None) };
    Ok(Some(Key::from_hex(&text).ok_or(KeyError::Form(name))?))
}

fn number(
    variable: &'static str,
    default: u64,
    expected: &'static str,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<u64, ConfigError> {
    let Some(text) = env(variable) else { return Ok(default) };
    text.parse().map_err(|_| ConfigError::Invalid { setting: variable, expected })
}

/// The hub's URL, when it may be used: encrypted, or on this machine.
fn checked_url(url: String) -> Result<String, ConfigError> {
    let parsed = reqwest::Url::parse(&url).map_err(|_| ConfigError::Invalid {
        setting: "the hub URL",
        expected: "an absolute URL",
    })?;
    let host = parsed.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match parsed.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => Err(ConfigError::ClearText),
        _ => Err(ConfigError::Invalid {
            setting: "the hub URL",
            expected: "an http:// or https:// URL",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(listen: &str, hub_url: Option<&str>, hub_dir: Option<&str>) -> Given {
        Given {
            listen: Some(listen.to_owned()),
            data: Some("data".into()),
            hub_url: hub_url.map(str::to_owned),
            hub_dir: hub_dir.map(PathBuf::from),
            ..Given::default()
        }
    }

    #[test]
    fn what_may_be_asked_and_what_not() {
        let folder = |name: &str| Ok(HubSetting::Folder(name.into()));
        let url = |url: &str| Ok(HubSetting::Url(url.to_owned()));
        let outside =
            |address: &str| Err(ConfigError::NotLoopback { address: address.parse().unwrap() });
        let cases = [
            (
                "the_hub_is_a_folder_by_default",
                given("127.0.0.1:80", None, None),
                folder("data/hub"),
            ),
            ("loopback_of_ipv6", given("[::1]:80", None, Some("h")), folder("h")),
            ("every_address", given("0.0.0.0:80", None, None), outside("0.0.0.0:80")),
            ("a_private_address", given("10.0.0.4:80", None, None), outside("10.0.0.4:80")),
            ("every_address_of_ipv6", given("[::]:80", None, None), outside("[::]:80")),
            (
                "tls_hub",
                given("127.0.0.1:80", Some("https://hub.test/in"), None),
                url("https://hub.test/in"),
            ),
            (
                "local_hub",
                given("127.0.0.1:80", Some("http://127.0.0.1:9/in"), None),
                url("http://127.0.0.1:9/in"),
            ),
            (
                "local_hub_of_ipv6",
                given("127.0.0.1:80", Some("http://[::1]:9/"), None),
                url("http://[::1]:9/"),
            ),
            (
                "hub_in_clear",
                given("127.0.0.1:80", Some("http://hub.test/"), None),
                Err(ConfigError::ClearText),
            ),
            (
                "hub_of_another_kind",
                given("127.0.0.1:80", Some("ftp://hub.test/"), None),
                Err(ConfigError::Invalid {
                    setting: "the hub URL",
                    expected: "an http:// or https:// URL",
                }),
            ),
            (
                "two_hubs",
                given("127.0.0.1:80", Some("https://hub.test/"), Some("h")),
                Err(ConfigError::TwoHubs),
            ),
        ];
        for (name, given, expected) in cases {
            assert_eq!(Settings::from_sources(given, |_| None).map(|s| s.hub), expected, "{name}");
        }
    }

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
            policy: "echo-case".to_owned(),
            hold_hours: 72,
            low_water: 64 << 20,
        };
        assert_eq!(settings, expected);
        assert_eq!(format!("{:?}", settings.seal_key), "Some(Key(..))");
        assert!(matches!(
            Settings::from_sources(Given::default(), |_| None),
            Err(ConfigError::Missing { .. })
        ));
    }
}

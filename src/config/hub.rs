//! Where released cases go, and what an address of a hub must be.

use super::ConfigError;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Where released cases go.
#[derive(Clone, PartialEq, Eq)]
pub enum HubSetting {
    /// They are posted to this URL.
    Url(String),
    /// They are written into this folder.
    Folder(PathBuf),
    /// They are imported into a REDCap project.
    Redcap {
        /// The address of its API.
        url: String,
        /// The token of an account that may import records.
        token: Secret,
        /// The field that names the record.
        record: String,
        /// The field that takes a whole case.
        text: String,
    },
}

/// Certificates for the way to the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HubTls {
    /// The only authority that is believed, PEM; those of the system when there is none.
    pub authority: Option<PathBuf>,
    /// Our own certificate and its key in one file, PEM.
    pub identity: Option<PathBuf>,
}

impl fmt::Debug for HubSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url(_) => "Url(..)",
            Self::Folder(_) => "Folder(..)",
            Self::Redcap { .. } => "Redcap(..)",
        })
    }
}

/// A setting that may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl HubSetting {
    /// The hub that is asked for; without one, a folder of the data.
    pub(super) fn from_sources(
        url: Option<String>,
        dir: Option<PathBuf>,
        data: &Path,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        // A hub on the command line replaces whichever the environment names.
        let (url, dir) = match (url, dir) {
            (None, None) => (env("CASEVEIL_HUB_URL"), env("CASEVEIL_HUB_DIR").map(PathBuf::from)),
            named => named,
        };
        let redcap = env("CASEVEIL_HUB_REDCAP_URL").filter(|_| url.is_none() && dir.is_none());
        Ok(match (url, dir, redcap) {
            (Some(_), Some(_), _) => return Err(ConfigError::TwoHubs),
            (Some(url), None, _) => Self::Url(checked_url(url)?),
            (None, Some(dir), _) => Self::Folder(dir),
            (None, None, Some(url)) => Self::Redcap {
                url: checked_url(url)?,
                token: Secret(env("CASEVEIL_HUB_REDCAP_TOKEN").ok_or(ConfigError::Missing {
                    setting: "token of the REDCap project",
                    option: "it",
                    variable: "CASEVEIL_HUB_REDCAP_TOKEN",
                })?),
                record: env("CASEVEIL_HUB_REDCAP_RECORD").unwrap_or_else(|| "record_id".to_owned()),
                text: env("CASEVEIL_HUB_REDCAP_TEXT").unwrap_or_else(|| "case_text".to_owned()),
            },
            (None, None, None) => Self::Folder(data.join("hub")),
        })
    }
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
    use crate::config::{Given, Settings};

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
}

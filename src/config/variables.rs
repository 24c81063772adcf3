//! The names of all settings, and how they are read: a variable or a line of the settings file that
//! is none is refused.

use super::ConfigError;
use crate::keys::{Key, KeyError};
use std::collections::BTreeMap;

/// Every variable that is a setting, and whether it may stand in the settings file: secrets may not.
const VARIABLES: [(&str, bool); 30] = [
    ("CASEVEIL_ACCESS_FILE", true),
    ("CASEVEIL_ADMIN", true),
    ("CASEVEIL_BODY_LIMIT", true),
    ("CASEVEIL_CONFIG", false),
    ("CASEVEIL_DATA", true),
    ("CASEVEIL_DATABASE_URL", false),
    ("CASEVEIL_HOLD_HOURS", true),
    ("CASEVEIL_HUB_CA", true),
    ("CASEVEIL_HUB_CLIENT_CERT", true),
    ("CASEVEIL_HUB_DIR", true),
    ("CASEVEIL_HUB_REDCAP_RECORD", true),
    ("CASEVEIL_HUB_REDCAP_TEXT", true),
    ("CASEVEIL_HUB_REDCAP_TOKEN", false),
    ("CASEVEIL_HUB_REDCAP_URL", true),
    ("CASEVEIL_HUB_SECRET", false),
    ("CASEVEIL_HUB_URL", true),
    ("CASEVEIL_KEY", false),
    ("CASEVEIL_KEY_FILE", false),
    ("CASEVEIL_LISTEN", true),
    ("CASEVEIL_LOG", true),
    ("CASEVEIL_LOW_WATER", true),
    ("CASEVEIL_METRICS", true),
    ("CASEVEIL_POLICY", true),
    ("CASEVEIL_PRESIDIO", true),
    ("CASEVEIL_RULES", true),
    ("CASEVEIL_SEAL_KEY", false),
    ("CASEVEIL_SEAL_KEY_FILE", true),
    ("CASEVEIL_SECOND_PERSON", true),
    ("CASEVEIL_TLS_CERT", true),
    ("CASEVEIL_TLS_KEY", true),
];

/// Not a setting's own name, and ours all the same: clients' authority, and what tests are set by.
const OTHERS: [&str; 5] = [
    "CASEVEIL_TLS_CLIENT_CA",
    "CASEVEIL_BLESS",
    "CASEVEIL_KILLS",
    "CASEVEIL_PAIRS",
    "CASEVEIL_SEED",
];

pub(super) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// That no variable is misspelt: a setting that is not taken would go unnoticed.
pub(super) fn known(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let is_known = |name: &str| VARIABLES.iter().any(|(n, _)| *n == name) || OTHERS.contains(&name);
    let mut ours = names.filter(|name| name.starts_with("CASEVEIL_"));
    ours.find(|name| !is_known(name)).map_or(Ok(()), |name| Err(ConfigError::Unknown(name)))
}

/// The settings file: TOML, each key the name of a variable without `CASEVEIL_`, in lower case.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|e| ConfigError::File(e.message().to_owned()))?;
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let name = format!("CASEVEIL_{}", key.to_uppercase());
        let listed = VARIABLES.iter().any(|(n, in_file)| *n == name && *in_file);
        if !listed && name != OTHERS[0] || key.chars().any(char::is_uppercase) {
            return Err(ConfigError::Unknown(key));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(n) => n.to_string(),
            toml::Value::Boolean(b) => u8::from(b).to_string(),
            _ => return Err(ConfigError::File(format!("`{key}` is a text, a number or true"))),
        };
        settings.insert(name, value);
    }
    Ok(settings)
}

/// A key in hexadecimal digits; none where the variable is not set.
pub(super) fn key_of(
    variable: &'static str,
    name: &'static str,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Key>, ConfigError> {
    let Some(text) = env(variable) else { return Ok(None) };
    Ok(Some(Key::from_hex(&text).ok_or(KeyError::Form(name))?))
}

/// A number; `default` where the variable is not set.
pub(super) fn number(
    variable: &'static str,
    default: u64,
    expected: &'static str,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<u64, ConfigError> {
    let Some(text) = env(variable) else { return Ok(default) };
    text.parse().map_err(|_| ConfigError::Invalid { setting: variable, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_setting_is_refused() {
        let text = "listen = \"127.0.0.1:9\"\nhold_hours = 5\nsecond_person = true\n";
        let read = parse(text).unwrap();
        assert_eq!(read["CASEVEIL_HOLD_HOURS"], "5");
        assert_eq!(read["CASEVEIL_SECOND_PERSON"], "1");
        for (text, key) in [
            ("listn = \"x\"", "listn"),
            ("seal_key = \"00\"", "seal_key"),
            ("Listen = \"x\"", "Listen"),
        ] {
            assert_eq!(parse(text), Err(ConfigError::Unknown(key.to_owned())));
        }
        assert!(matches!(parse("listen = [1]"), Err(ConfigError::File(_))));
        let names = |name: &str| known([name.to_owned(), "PATH".to_owned()].into_iter());
        assert_eq!(names("CASEVEIL_LISTEN"), Ok(()));
        let misspelt = "CASEVEIL_SECOND_PERSONS".to_owned();
        assert_eq!(names(&misspelt), Err(ConfigError::Unknown(misspelt.clone())));
    }
}

//! Secrets of keyed operators: from a file or the environment, never from the command line.
//!
//! Enters: a key file, or the variables `CASEVEIL_KEY_FILE` and `CASEVEIL_KEY`. Leaves: a
//! [`KeyRing`], which makes one key for each purpose and never shows any of them.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::fmt;
use std::fs;
use std::path::Path;
use thiserror::Error;

/// Why there is no usable key. No variant carries key material.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyKeyError {
    /// The file cannot be read.
    #[error("the key file cannot be read: {0}")]
    Read(std::io::ErrorKind),
    /// Others on this machine can read it.
    #[error("the key file can be read by others: take their rights away (chmod 600)")]
    Exposed,
    /// It is not of its form.
    #[error(
        "the key file is not a key: it needs id = \"...\" (1 to 16 of a-z, 0-9 and -) and \
         secret = \"...\" (64 hexadecimal digits)"
    )]
    Malformed,
    /// Two keys have one id.
    #[error("two keys of the key file have the same id")]
    Repeated,
    /// The policy has operators that need one.
    #[error(
        "policy `{policy}` needs a key for {operators}: name a key file with --key-file or \
         CASEVEIL_KEY_FILE, or put the key into CASEVEIL_KEY"
    )]
    Missing {
        /// The policy.
        policy: String,
        /// The operators.
        operators: String,
    },
}

/// What a derived key is for. Keys of two purposes have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing surrogates.
    Surrogate,
    /// The offset of a date shift.
    DateShift,
    /// Keyed hashes of values.
    Hash,
    /// Sealing.
    Seal,
    /// Pseudonyms of patients.
    Pseudonym,
    /// Digests of inputs in manifests.
    Manifest,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Surrogate => b"caseveil/1/surrogate",
            Self::DateShift => b"caseveil/1/date-shift",
            Self::Hash => b"caseveil/1/keyed-hash",
            Self::Seal => b"caseveil/1/seal",
            Self::Pseudonym => b"caseveil/1/pseudonym",
            Self::Manifest => b"caseveil/1/manifest",
        }
    }
}

#[derive(Clone)]
struct Key {
    id: String,
    secret: [u8; 32],
}

/// The key in use and those before it, which only open what they sealed.
#[derive(Clone)]
pub struct KeyRing {
    current: Key,
    retired: Vec<Key>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({}, {} retired)", self.current.id, self.retired.len())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    id: String,
    secret: String,
    #[serde(default)]
    retired: Vec<RetiredFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredFile {
    id: String,
    secret: String,
}

impl KeyRing {
    /// Reads a key file: TOML with `id`, `secret` and, after a rotation, `[[retired]]` keys.
    ///
    /// # Errors
    /// [`PolicyKeyError`] when it cannot be read, others can read it, or it is not of its form.
    pub fn read(path: &Path) -> Result<Self, PolicyKeyError> {
        let wrong = |e: std::io::Error| PolicyKeyError::Read(e.kind());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            if fs::metadata(path).map_err(wrong)?.permissions().mode() & 0o077 != 0 {
                return Err(PolicyKeyError::Exposed);
            }
        }
        Self::parse(&fs::read_to_string(path).map_err(wrong)?)
    }

    /// A key ring from the text of a key file.
    ///
    /// # Errors
    /// [`PolicyKeyError::Malformed`] or [`PolicyKeyError::Repeated`].
    ///
    /// # Examples
    /// ```
    /// use caseveil::key::KeyRing;
    /// let ring = KeyRing::parse(&format!("id = \"k1\"\nsecret = \"{}\"", "0f".repeat(32)))?;
    /// assert_eq!(format!("{ring:?}"), "KeyRing(k1, 0 retired)");
    /// # Ok::<(), caseveil::key::PolicyKeyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, PolicyKeyError> {
        let file: KeyFile = toml::from_str(text).map_err(|_| PolicyKeyError::Malformed)?;
        let current = Key::new(file.id, &file.secret)?;
        let retired: Vec<Key> = file
            .retired
            .into_iter()
            .map(|r| Key::new(r.id, &r.secret))
            .collect::<Result<_, _>>()?;
        let ring = Self { current, retired };
        let ids: std::collections::BTreeSet<&str> = ring.all().map(|k| k.id.as_str()).collect();
        if ids.len() <= ring.retired.len() {
            return Err(PolicyKeyError::Repeated);
        }
        Ok(ring)
    }

    /// The key ring that the environment names, if it names one: `CASEVEIL_KEY_FILE` is a path,
    /// `CASEVEIL_KEY` is `ID:SECRET` with the secret in hexadecimal digits.
    ///
    /// # Errors
    /// As [`KeyRing::read`].
    pub fn from_environment() -> Result<Option<Self>, PolicyKeyError> {
        #[expect(clippy::disallowed_methods, reason = "this is where keys are read")]
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        if let Some(path) = variable("CASEVEIL_KEY_FILE") {
            return Self::read(Path::new(&path)).map(Some);
        }
        let Some(text) = variable("CASEVEIL_KEY") else { return Ok(None) };
        let (id, secret) = text.split_once(':').ok_or(PolicyKeyError::Malformed)?;
        Ok(Some(Self { current: Key::new(id.to_owned(), secret)?, retired: Vec::new() }))
    }

    /// The id of the key in use.
    pub fn id(&self) -> &str {
        &self.current.id
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.retired)
    }

    /// HMAC-SHA-256 of the parts under the key in use, for one purpose. Parts are counted, so that
    /// no two lists of parts are one message.
    pub(crate) fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.current.derive::<32>(purpose))
            .expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A digest under the key in use of bytes that come piece by piece, for one purpose.
    pub(crate) fn digest(&self, purpose: Purpose) -> KeyedDigest {
        let mac = Hmac::<Sha256>::new_from_slice(&self.current.derive::<32>(purpose));
        KeyedDigest(mac.expect("HMAC takes keys of any length"))
    }

    /// The sealing key of that id; of the key in use when no id is given.
    pub(crate) fn sealing(&self, id: Option<&str>) -> Option<[u8; 64]> {
        let id = id.unwrap_or(&self.current.id);
        self.all().find(|k| k.id == id).map(|k| k.derive::<64>(Purpose::Seal))
    }
}

/// HMAC-SHA-256 of bytes that come piece by piece.
pub(crate) struct KeyedDigest(Hmac<Sha256>);

impl KeyedDigest {
    /// Takes more bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

impl Key {
    fn new(id: String, secret: &str) -> Result<Self, PolicyKeyError> {
        let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if id.is_empty() || id.len() > 16 || !id.bytes().all(good) || secret.len() != 64 {
            return Err(PolicyKeyError::Malformed);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(secret.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| PolicyKeyError::Malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| PolicyKeyError::Malformed)?;
        }
        Ok(Self { id, secret: bytes })
    }

    fn derive<const N: usize>(&self, purpose: Purpose) -> [u8; N] {
        let mut out = [0; N];
        Hkdf::<Sha256>::new(None, &self.secret)
            .expand(purpose.label(), &mut out)
            .expect("HKDF gives up to 8160 bytes");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_checked() {
        let secret = "0f".repeat(32);
        let key = |id: &str, secret: &str| format!("id = \"{id}\"\nsecret = \"{secret}\"\n");
        for (text, expected) in [
            (key("k1", &secret), None),
            (key("", &secret), Some(PolicyKeyError::Malformed)),
            (key("K 1", &secret), Some(PolicyKeyError::Malformed)),
            (key("k1", "0f"), Some(PolicyKeyError::Malformed)),
            (key("k1", &"xy".repeat(32)), Some(PolicyKeyError::Malformed)),
            (key("k1", &secret) + "colour = 1\n", Some(PolicyKeyError::Malformed)),
            (
                key("k1", &secret) + "[[retired]]\n" + &key("k1", &secret),
                Some(PolicyKeyError::Repeated),
            ),
            (key("k2", &secret) + "[[retired]]\n" + &key("k1", &secret), None),
        ] {
            assert_eq!(KeyRing::parse(&text).err(), expected);
        }
    }

    #[test]
    fn purposes_and_parts_are_separate() {
        let ring = KeyRing::parse(&format!("id = \"k\"\nsecret = \"{}\"", "0f".repeat(32)));
        let ring = ring.unwrap();
        let macs = [
            ring.mac(Purpose::Hash, &[b"ab", b"c"]),
            ring.mac(Purpose::Hash, &[b"a", b"bc"]),
            ring.mac(Purpose::DateShift, &[b"ab", b"c"]),
        ];
        assert!(macs[0] != macs[1] && macs[0] != macs[2]);
        assert_eq!(macs[0], ring.mac(Purpose::Hash, &[b"ab", b"c"]));
    }
}

//! Keys: where they are kept, and what is derived from them.
//!
//! One installation key is made at the first start and never leaves its file; every other secret
//! of an installation is derived from it, one for each purpose. `Debug` shows no key, errors name
//! no path.

use crate::fault::{self, Part};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the file of the {0} key cannot be used: {1}")]
    File(&'static str, io::ErrorKind),
    /// Not a key.
    #[error("the {0} key is not 64 hexadecimal digits")]
    Form(&'static str),
    /// Others than its owner can read it.
    #[error("the file of the {0} key can be read by others; allow its owner only (chmod 600)")]
    Mode(&'static str),
    /// The system gives no random numbers.
    #[error("this system gives no random numbers")]
    Random,
}

/// 256 secret bits. They are overwritten when it goes out of scope.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// A key from its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key from 64 hexadecimal digits; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(from_hex(text.trim())?);
        Some(Self(bytes.as_slice().try_into().ok()?))
    }

    /// A new key.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system gives no random numbers.
    pub fn random() -> Result<Self, KeyError> {
        Ok(Self(random()?))
    }

    /// Its bytes, for a cipher.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key for one purpose: knowing it tells nothing of this one or of any other.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(self.mac(&[b"caseveil key", purpose.as_bytes()]))
    }

    /// The keyed fingerprint of some parts: HMAC-SHA-256, each part with its length before it.
    ///
    /// # Panics
    /// Never: HMAC-SHA-256 has 32 bytes.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }

    /// A key from a file of 64 hexadecimal digits that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError`] when it is none; `name` is how the error calls it.
    pub fn read(path: &Path, name: &'static str) -> Result<Self, KeyError> {
        if fault::fails(Part::KeyFile) {
            return Err(KeyError::File(name, io::ErrorKind::Interrupted));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path).map_err(|e| KeyError::File(name, e.kind()))?;
            if mode.permissions().mode() & 0o077 != 0 {
                return Err(KeyError::Mode(name));
            }
        }
        let text = fs::read_to_string(path).map_err(|e| KeyError::File(name, e.kind()))?;
        let text = if fault::empties(Part::KeyFile) { String::new() } else { text };
        Self::from_hex(&Zeroizing::new(text)).ok_or(KeyError::Form(name))
    }

    /// The installation key of a data folder, made when there is none.
    ///
    /// # Errors
    /// [`KeyError`] when it can neither be read nor made.
    pub fn installation(data: &Path) -> Result<Self, KeyError> {
        const NAME: &str = "installation";
        let path = data.join("installation.key");
        if !path.exists() {
            let key = Self::random()?;
            let text = Zeroizing::new(format!("{}\n", to_hex(&key.0)));
            write_new(&path, text.as_bytes()).map_err(|e| KeyError::File(NAME, e.kind()))?;
        }
        Self::read(&path, NAME)
    }
}

/// Random bytes of the system.
///
/// # Errors
/// [`KeyError::Random`] when it gives none.
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    if fault::fails(Part::Random) {
        return Err(KeyError::Random);
    }
    if !fault::empties(Part::Random) {
        SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::Random)?;
    }
    // A source that gives nothing: by chance this happens once in 2^64 times.
    if N >= 8 && bytes.iter().all(|b| *b == 0) {
        return Err(KeyError::Random);
    }
    Ok(bytes)
}

/// Writes a file of the owner's that is either whole or not there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if let (true, Some(folder)) = (cfg!(unix), path.parent()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Bytes as hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, b| {
        let _infallible = write!(text, "{b:02x}");
        text
    })
}

/// Hexadecimal digits as bytes; `None` for anything else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installation_key_is_made_once_and_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let first = Key::installation(dir.path()).unwrap();
        assert!(Key::installation(dir.path()).unwrap() == first);
        let path = dir.path().join("installation.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(Key::installation(dir.path()), Err(KeyError::Mode("installation")));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        fs::write(&path, "not a key").unwrap();
        assert_eq!(Key::installation(dir.path()), Err(KeyError::Form("installation")));
    }

    #[test]
    fn purposes_and_parts_are_kept_apart() {
        let key = Key::from_bytes([7; 32]);
        assert!(key.derive("a") != key.derive("b"));
        assert_ne!(key.mac(&[b"ab", b"c"]), key.mac(&[b"a", b"bc"]));
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert!(Key::from_hex(&"0g".repeat(32)).is_none() && Key::from_hex("00").is_none());
    }
}

//! Sealing: what must wait on disk without being readable there.
//!
//! XChaCha20-Poly1305 with a random nonce of 192 bits before the text. What a seal belongs to
//! (its row) is part of it: a sealed value that is moved to another row does not open.

use crate::keys::{Key, KeyError, random};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// Seals bytes for one place.
///
/// # Errors
/// [`KeyError::Random`] when the system gives no nonce; nothing may be stored then.
///
/// # Examples
/// ```
/// use caseveil::{keys::Key, seal};
/// let key = Key::random()?;
/// let sealed = seal::seal(&key, "hold 1", b"text")?;
/// assert_eq!(seal::open(&key, "hold 1", &sealed).unwrap().as_slice(), b"text");
/// assert!(seal::open(&key, "hold 2", &sealed).is_none());
/// # Ok::<(), caseveil::keys::KeyError>(())
/// ```
pub fn seal(key: &Key, place: &str, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let sealed = XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| KeyError::Random)?;
    Ok([&nonce[..], &sealed].concat())
}

/// Opens what was sealed for that place; `None` with another key, another place or another byte.
pub fn open(key: &Key, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: text, aad: place.as_bytes() };
    let plain = XChaCha20Poly1305::new(key.bytes().into()).decrypt(&XNonce::from(*nonce), payload);
    plain.ok().map(Zeroizing::new)
}

/// A new data key, and the same key sealed under another: whoever destroys the sealed one destroys
/// what the data key sealed.
///
/// # Errors
/// As [`seal`].
pub fn new_wrapped(key: &Key, place: &str) -> Result<(Key, Vec<u8>), KeyError> {
    let data_key = Key::random()?;
    let wrapped = seal(key, place, data_key.bytes())?;
    Ok((data_key, wrapped))
}

/// The data key that was wrapped for that place.
pub fn unwrap(key: &Key, place: &str, wrapped: &[u8]) -> Option<Key> {
    let bytes = open(key, place, wrapped)?;
    Some(Key::from_bytes(bytes.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = Key::from_bytes([1; 32]);
        let sealed = seal(&key, "p", b"a case").unwrap();
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert!(open(&key, "p", &other).is_none(), "{at}");
        }
        assert!(open(&Key::from_bytes([2; 32]), "p", &sealed).is_none());
        assert!(open(&key, "p", &sealed[..10]).is_none());
        assert_ne!(seal(&key, "p", b"a case").unwrap(), sealed, "the nonce is random");
    }

    #[test]
    fn a_data_key_comes_back() {
        let key = Key::from_bytes([1; 32]);
        let (data_key, wrapped) = new_wrapped(&key, "p").unwrap();
        assert!(unwrap(&key, "p", &wrapped) == Some(data_key));
        assert!(unwrap(&key, "q", &wrapped).is_none());
    }
}

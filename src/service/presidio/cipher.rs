//! Presidio's encryption: AES in CBC mode with PKCS #7 padding, the random start value before the
//! text, in URL-safe base64. It is served for clients that use it; it does not protect integrity.

use crate::keys::random;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

const BLOCK: usize = 16;
type Block = [u8; BLOCK];

fn sized<T>(
    key: &[u8],
    small: impl Fn(aes::Aes128) -> T,
    middle: impl Fn(aes::Aes192) -> T,
    large: impl Fn(aes::Aes256) -> T,
) -> Option<T> {
    match key.len() {
        16 => aes::Aes128::new_from_slice(key).ok().map(small),
        24 => aes::Aes192::new_from_slice(key).ok().map(middle),
        32 => aes::Aes256::new_from_slice(key).ok().map(large),
        _ => None,
    }
}

fn one(block: Block, f: impl Fn(&mut Array<u8, aes::cipher::consts::U16>)) -> Block {
    let mut block = Array::from(block);
    f(&mut block);
    block.into()
}

fn xor(a: Block, b: Block) -> Block {
    std::array::from_fn(|i| a[i] ^ b[i])
}

fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block> {
    bytes.chunks_exact(BLOCK).map(|chunk| std::array::from_fn(|i| chunk[i]))
}

/// Encrypts a text; `None` when the key has not 16, 24 or 32 bytes or the system gives no random
/// numbers.
pub(super) fn encrypt(key: &[u8], text: &str) -> Option<String> {
    let start: Block = random().ok()?;
    let pad = BLOCK - text.len() % BLOCK;
    let mut plain = text.as_bytes().to_vec();
    plain.resize(text.len() + pad, pad as u8);
    let chain = |cipher: &dyn Fn(Block) -> Block| {
        let (mut out, mut last) = (start.to_vec(), start);
        for block in blocks(&plain) {
            last = cipher(xor(block, last));
            out.extend(last);
        }
        BASE64_URL_SAFE.encode(out)
    };
    sized(
        key,
        |c| chain(&|b| one(b, |b| c.encrypt_block(b))),
        |c| chain(&|b| one(b, |b| c.encrypt_block(b))),
        |c| chain(&|b| one(b, |b| c.encrypt_block(b))),
    )
}

/// Decrypts what [`encrypt`] or Presidio made; `None` when that is not it, or with another key.
pub(super) fn decrypt(key: &[u8], text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE.decode(text).or_else(|_| BASE64_STANDARD.decode(text)).ok()?;
    if bytes.len() < 2 * BLOCK || !bytes.len().is_multiple_of(BLOCK) {
        return None;
    }
    let chain = |cipher: &dyn Fn(Block) -> Block| {
        let mut all = blocks(&bytes);
        let mut last = all.next()?;
        let mut out = Vec::with_capacity(bytes.len());
        for block in all {
            out.extend(xor(cipher(block), last));
            last = block;
        }
        let pad = usize::from(*out.last()?);
        let padded = (1..=BLOCK).contains(&pad)
            && out.iter().rev().take(pad).all(|b| usize::from(*b) == pad);
        out.truncate(out.len().checked_sub(pad)?);
        padded.then(|| String::from_utf8(out).ok())?
    };
    sized(
        key,
        |c| chain(&|b| one(b, |b| c.decrypt_block(b))),
        |c| chain(&|b| one(b, |b| c.decrypt_block(b))),
        |c| chain(&|b| one(b, |b| c.decrypt_block(b))),
    )?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encrypted_comes_back_with_its_key_only() {
        for key in [&b"WmZq4t7w!z%C&F)J"[..], &[7; 24], &[9; 32]] {
            for text in ["", "a", "sixteen bytes ok", "Éloïse Tremblay, née 1961"] {
                let sealed = encrypt(key, text).unwrap();
                assert_eq!(decrypt(key, &sealed).as_deref(), Some(text));
                assert_ne!(decrypt(&[8; 16], &sealed).as_deref(), Some(text));
            }
        }
        assert!(encrypt(b"short", "a").is_none() && decrypt(&[7; 16], "no base64!").is_none());
    }

    /// The specimen of Presidio's own description of its API; the answer printed beside it there is
    /// of another specimen.
    #[test]
    fn presidios_own_specimen_is_decrypted() {
        let specimen = "S184CMt9Drj7QaKQ21JTrpYzghnboTF9pn/neN8JME0=";
        assert_eq!(decrypt(b"WmZq4t7w!z%C&F)J", specimen).as_deref(), Some("Chloë"));
    }
}

//! Audit results that an officer can sign: Ed25519 over the exact bytes of the result.
//!
//! Enters: the result as JSON and a private key as `openssl genpkey -algorithm ed25519` writes it.
//! Leaves: one line of JSON with the result, the public key and the signature. It has one spelling
//! only, so that no byte of the file can change without being refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

/// Why a result cannot be signed or is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The private key is not what openssl writes.
    #[error(
        "the signing key is not an Ed25519 key in PKCS#8 PEM; make one with `openssl genpkey -algorithm ed25519`"
    )]
    PrivateKey,
    /// The public key is not what openssl writes.
    #[error(
        "the public key is not an Ed25519 key in PEM; make it with `openssl pkey -in KEY -pubout`"
    )]
    PublicKey,
    /// The file is not a signed result, or not spelled as it was written.
    #[error("not a signed audit result as `caseveil audit --sign-key` writes it")]
    Shape,
    /// Signed by somebody else.
    #[error("signed with another key than the one given")]
    OtherKey,
    /// The result or the signature was changed.
    #[error("the signature does not fit the result: it was changed after it was signed")]
    Signature,
}

/// Keeps a signature over an audit from being one over anything else.
const DOMAIN: &[u8] = b"caseveil audit result 1\n";

/// What stands before the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    result: Box<RawValue>,
    public_key: String,
    signature: String,
}

/// The bytes of a PEM block of this name.
fn pem(text: &str, name: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(&format!("-----BEGIN {name}-----"))?;
    let body = body.strip_suffix(&format!("-----END {name}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

fn message(result: &str) -> Vec<u8> {
    [DOMAIN, result.as_bytes()].concat()
}

fn spelled(envelope: &Envelope) -> Result<String, SignError> {
    serde_json::to_string(envelope).map(|line| line + "\n").map_err(|_| SignError::Shape)
}

/// The public key of a PEM file.
///
/// # Errors
/// [`SignError::PublicKey`] for anything but an Ed25519 key.
pub fn public_key(text: &str) -> Result<Vec<u8>, SignError> {
    let der = pem(text, "PUBLIC KEY").ok_or(SignError::PublicKey)?;
    let key = der.strip_prefix(&SPKI).filter(|key| key.len() == 32);
    key.map(<[u8]>::to_vec).ok_or(SignError::PublicKey)
}

/// The signed result, one line of JSON.
///
/// # Errors
/// [`SignError::PrivateKey`] when the PEM holds no Ed25519 key.
pub fn sign(result: &Value, private_pem: &str) -> Result<String, SignError> {
    let der = pem(private_pem, "PRIVATE KEY").ok_or(SignError::PrivateKey)?;
    // openssl writes version 1, which has no public key to check the private one against.
    let pair =
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| SignError::PrivateKey)?;
    let result = RawValue::from_string(result.to_string()).map_err(|_| SignError::Shape)?;
    let signature = STANDARD.encode(pair.sign(&message(result.get())));
    let public_key = STANDARD.encode(pair.public_key().as_ref());
    spelled(&Envelope { result, public_key, signature })
}

/// The result of a signed file and the public key that it names.
///
/// Without `key` only integrity is shown, not who signed: anybody can sign with a key of their own.
///
/// # Errors
/// [`SignError`] when any byte was changed, or another key than `key` signed.
pub fn verify(file: &str, key: Option<&[u8]>) -> Result<(Value, String), SignError> {
    let envelope: Envelope = serde_json::from_str(file).map_err(|_| SignError::Shape)?;
    if spelled(&envelope)? != file {
        return Err(SignError::Shape);
    }
    let own = STANDARD.decode(&envelope.public_key).map_err(|_| SignError::Shape)?;
    let signature = STANDARD.decode(&envelope.signature).map_err(|_| SignError::Shape)?;
    if key.is_some_and(|key| key != own) {
        return Err(SignError::OtherKey);
    }
    UnparsedPublicKey::new(&ED25519, own)
        .verify(&message(envelope.result.get()), &signature)
        .map_err(|_| SignError::Signature)?;
    let result = serde_json::from_str(envelope.result.get()).map_err(|_| SignError::Shape)?;
    Ok((result, envelope.public_key))
}

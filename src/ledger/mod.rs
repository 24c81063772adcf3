//! The ledger: one row for every event, each bound to the one before it and signed.
//!
//! A row is one line of JSON: who (as a keyed id), what, when, under which policy and rules, and
//! counts. It holds no text, no position and no fingerprint of anything that was not released.
//! Its hash is SHA-256 of the line; the line holds the hash of the line before; the signature is
//! Ed25519 of the hash. So a changed, removed, moved or added row shows, and a receipt that
//! somebody keeps shows a ledger that was rolled back.

mod event;
mod head;
mod verify;

pub use event::{Event, EventKind};
pub use head::{Head, HeadError, HeadFile};
pub use verify::{Break, Summary, verify};

use crate::keys::{Key, from_hex, to_hex};
use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// SHA-256 of a row.
pub type Hash = [u8; 32];

/// What a signature covers, besides the hash: a row's signature cannot pass for another's.
const CONTEXT: &[u8] = b"caseveil ledger row v1\n";

/// Signs rows. Cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Ed25519KeyPair>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", to_hex(&self.public_key()))
    }
}

impl Signer {
    /// The signer of an installation.
    ///
    /// # Panics
    /// Never: every 32 bytes are a seed.
    pub fn new(installation: &Key) -> Self {
        let seed = installation.derive("ledger signature");
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.bytes());
        Self(Arc::new(pair.expect("every 32 bytes are a seed")))
    }

    /// What others check signatures with.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    fn sign(&self, hash: &Hash) -> Vec<u8> {
        self.0.sign(&[CONTEXT, hash].concat()).as_ref().to_vec()
    }
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The chain that it belongs to: one a replica.
    pub chain: String,
    /// Its number in the chain, from 1.
    pub seq: u64,
    /// The line.
    pub line: String,
    /// SHA-256 of the line.
    pub hash: Vec<u8>,
    /// Ed25519 of the hash.
    pub signature: Vec<u8>,
}

/// What a row says; the order of the fields is the order in the line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    v: u32,
    chain: String,
    seq: u64,
    prev: String,
    at: String,
    what: Event,
}

/// Proof that an event is in the ledger: whoever keeps it can tell a ledger that lost the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    /// The chain of the row.
    pub chain: String,
    /// The number of the row.
    pub seq: u64,
    /// SHA-256 of the row, in hexadecimal.
    pub hash: String,
    /// Ed25519 of the hash, in hexadecimal.
    pub signature: String,
}

impl Receipt {
    /// True when this installation signed it.
    pub fn is_genuine(&self, public_key: &[u8]) -> bool {
        match (from_hex(&self.hash), from_hex(&self.signature)) {
            (Some(hash), Some(signature)) => is_signed(public_key, &hash, &signature),
            _ => false,
        }
    }
}

impl Row {
    /// The row that follows `head` and says that `event` happened.
    ///
    /// # Panics
    /// Never: texts and numbers are JSON.
    pub fn after(head: &Head, event: &Event, at: Timestamp, signer: &Signer) -> Self {
        let line = Line {
            v: 1,
            chain: head.chain.clone(),
            seq: head.seq + 1,
            prev: to_hex(&head.hash),
            at: at.to_string(),
            what: event.clone(),
        };
        let line = serde_json::to_string(&line).expect("texts and numbers are JSON");
        let hash = hash(&line);
        let signature = signer.sign(&hash);
        Self { chain: head.chain.clone(), seq: head.seq + 1, line, hash: hash.to_vec(), signature }
    }

    /// Its receipt.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            chain: self.chain.clone(),
            seq: self.seq,
            hash: to_hex(&self.hash),
            signature: to_hex(&self.signature),
        }
    }
}

fn hash(line: &str) -> Hash {
    Sha256::digest(line.as_bytes()).into()
}

fn is_signed(public_key: &[u8], hash: &[u8], signature: &[u8]) -> bool {
    let signed = [CONTEXT, hash].concat();
    UnparsedPublicKey::new(&ED25519, public_key).verify(&signed, signature).is_ok()
}

/// `sha256:` and the digest of something that was released.
pub fn digest(released: &[u8]) -> String {
    format!("sha256:{}", to_hex(&Sha256::digest(released)))
}

//! A ledger against itself, its head and a receipt: the first place where it does not hold.

use super::{EventKind, Head, Line, Receipt, Row, hash, is_signed};
use crate::keys::to_hex;
use std::collections::BTreeMap;
use thiserror::Error;

/// Where and how a ledger does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Break {
    /// A row is missing, or one stands where another should.
    #[error("chain {chain}: row {seq} is missing or out of place")]
    Missing {
        /// The chain.
        chain: String,
        /// The row that should be there.
        seq: u64,
    },
    /// A row was changed.
    #[error("chain {chain}: row {seq} was changed: {what}")]
    Changed {
        /// The chain.
        chain: String,
        /// The row.
        seq: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// The ledger ends before its head or a receipt.
    #[error("chain {chain}: ends at row {last}, and row {expected} was written")]
    Truncated {
        /// The chain.
        chain: String,
        /// Its last row.
        last: u64,
        /// The row that is known to have been.
        expected: u64,
    },
    /// Another row stands where the head or a receipt says.
    #[error("chain {chain}: row {seq} is not the row that was written there")]
    Rewritten {
        /// The chain.
        chain: String,
        /// The row.
        seq: u64,
    },
    /// A receipt that this installation did not give.
    #[error("the receipt is not signed by this installation")]
    Forged,
}

/// What a ledger that holds says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of each chain.
    pub chains: BTreeMap<String, u64>,
    /// Rows of each kind of event.
    pub events: BTreeMap<String, u64>,
}

/// Checks rows, sorted by chain and number, against each other, against the heads that must be
/// there, and against receipts.
///
/// # Errors
/// [`Break`], the first one.
pub fn verify<'r>(
    rows: impl IntoIterator<Item = &'r Row>,
    public_key: &[u8],
    heads: &[Head],
    receipts: &[Receipt],
) -> Result<Summary, Break> {
    if receipts.iter().any(|r| !r.is_genuine(public_key)) {
        return Err(Break::Forged);
    }
    let of_receipt = |r: &Receipt| (r.chain.clone(), r.seq, r.hash.clone());
    let mut known: Vec<(String, u64, String)> = receipts.iter().map(of_receipt).collect();
    known.extend(
        heads.iter().filter(|h| h.seq > 0).map(|h| (h.chain.clone(), h.seq, to_hex(&h.hash))),
    );
    let rows: Vec<&Row> = rows.into_iter().collect();
    let mut summary = Summary::default();
    // What one chain saw of the others. A row that does not hold is reported below.
    for row in &rows {
        let line = serde_json::from_str::<Line>(&row.line).ok();
        let seen = line.into_iter().flat_map(|line| line.what.chains);
        known.extend(seen.map(|(chain, (seq, hash))| (chain, seq, hash)));
    }
    known.sort();
    known.dedup();
    let mut head: Option<Head> = None;
    for row in rows {
        let before =
            head.filter(|h| h.chain == row.chain).unwrap_or_else(|| Head::empty(&row.chain));
        let event = check(row, &before, public_key)?;
        let at = known.partition_point(|k| (&k.0, k.1) < (&row.chain, row.seq));
        let here = known[at..].iter().take_while(|k| k.0 == row.chain && k.1 == row.seq);
        if here.into_iter().any(|k| k.2 != to_hex(&row.hash)) {
            return Err(Break::Rewritten { chain: row.chain.clone(), seq: row.seq });
        }
        summary.chains.insert(row.chain.clone(), row.seq);
        *summary.events.entry(event).or_default() += 1;
        head = Some(Head::at(row));
    }
    for (chain, expected, _) in known {
        let last = summary.chains.get(&chain).copied().unwrap_or(0);
        if last < expected {
            return Err(Break::Truncated { chain, last, expected });
        }
    }
    Ok(summary)
}

/// One row after another; the name of its event.
fn check(row: &Row, before: &Head, public_key: &[u8]) -> Result<String, Break> {
    let (chain, seq) = (row.chain.clone(), row.seq);
    if seq != before.seq + 1 {
        return Err(Break::Missing { chain, seq: before.seq + 1 });
    }
    let changed = |what| Err(Break::Changed { chain: chain.clone(), seq, what });
    if hash(&row.line).as_slice() != row.hash {
        return changed("its hash is another");
    }
    if !is_signed(public_key, &row.hash, &row.signature) {
        return changed("its signature is not of this installation");
    }
    let Ok(line) = serde_json::from_str::<Line>(&row.line) else {
        return changed("it cannot be read");
    };
    if line.chain != row.chain || line.seq != seq {
        return changed("it belongs to another place");
    }
    if line.prev != to_hex(&before.hash) {
        return changed("it does not follow the row before it");
    }
    Ok(name(line.what.event))
}

fn name(kind: EventKind) -> String {
    let name = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Signer};
    use super::*;
    use crate::keys::Key;
    use jiff::Timestamp;

    fn ledger(rows: u64) -> (Vec<Row>, Signer) {
        let signer = Signer::new(&Key::from_bytes([3; 32]));
        let mut head = Head::empty("c");
        let mut all = Vec::new();
        for i in 0..rows {
            let kind = if i == 0 { EventKind::Started } else { EventKind::Released };
            let row = Row::after(&head, &Event::of(kind), Timestamp::UNIX_EPOCH, &signer);
            head = Head::at(&row);
            all.push(row);
        }
        (all, signer)
    }

    #[test]
    fn every_change_is_found_and_placed() {
        let (rows, signer) = ledger(6);
        let key = signer.public_key();
        let (head, receipt) = (Head::at(&rows[5]), rows[5].receipt());
        let check = |rows: &[Row]| verify(rows, &key, std::slice::from_ref(&head), &[]);
        assert_eq!(check(&rows).unwrap().chains["c"], 6);
        let mut trials = 0;
        let mut found = |other: &[Row], at: usize| {
            trials += 1;
            let said = check(other).expect_err("found").to_string();
            // The first row that does not hold, counted from 1; of a cut, where it ends.
            let number = |s: &str| s.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
            let named = |n: usize| said.split("row ").skip(1).any(|s| number(s) == Some(n));
            assert!(named(at + 1) || named(at), "trial {trials}, row {}: {said}", at + 1);
        };
        for at in 0..rows.len() {
            // Every byte of every column, in one bit.
            for byte in 0..rows[at].line.len() {
                let mut other = rows.clone();
                let mut line = other[at].line.clone().into_bytes();
                line[byte] ^= 1;
                other[at].line = String::from_utf8_lossy(&line).into_owned();
                found(&other, at);
            }
            for byte in 0..32 {
                let mut other = rows.clone();
                other[at].hash[byte] ^= 1;
                found(&other, at);
            }
            for byte in 0..64 {
                let mut other = rows.clone();
                other[at].signature[byte] ^= 1;
                found(&other, at);
            }
            let mut removed = rows.clone();
            removed.remove(at);
            found(&removed, at);
            found(&rows[..at], at);
            let mut twice = rows.clone();
            twice.insert(at, rows[at].clone());
            found(&twice, at + 1);
            for with in 0..at {
                let mut swapped = rows.clone();
                swapped.swap(at, with);
                found(&swapped, with);
                let mut lines = rows.clone();
                lines[at] = Row { seq: rows[at].seq, ..rows[with].clone() };
                found(&lines, at);
            }
        }
        assert!(trials > 1500, "{trials}");
        // Another history of the same length, well formed and signed: the receipt tells.
        let mut fork = Head::at(&rows[3]);
        let mut other = rows[..4].to_vec();
        for _ in 4..6 {
            let event = Event::of(EventKind::Refused);
            other.push(Row::after(&fork, &event, Timestamp::UNIX_EPOCH, &signer));
            fork = Head::at(&other[other.len() - 1]);
        }
        let rewritten = Break::Rewritten { chain: "c".to_owned(), seq: 6 };
        assert_eq!(verify(&other, &key, &[], std::slice::from_ref(&receipt)), Err(rewritten));
        assert!(verify(&other, &key, &[fork], &[]).is_ok(), "without it nothing would");
        let cut = Break::Truncated { chain: "c".to_owned(), last: 4, expected: 6 };
        assert_eq!(verify(&rows[..4], &key, &[], std::slice::from_ref(&receipt)), Err(cut));
        let forged = Receipt { seq: 6, hash: "00".repeat(32), ..receipt };
        assert_eq!(verify(&rows, &key, &[], &[forged]), Err(Break::Forged));
    }
}

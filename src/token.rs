//! The view cut into tokens: runs of letters and digits, with shape and folded hash.
//!
//! One table-driven walk over the bytes; the hash is used by every look-up that follows
//! (lexicon, phrases, cues, model features), so a token's text is read once.
//! This file is also compiled into the build script, which hashes the lexicons.

/// Bits of what a token is made of.
pub mod shape {
    /// A lower-case ASCII letter.
    pub const LOWER: u8 = 1;
    /// An upper-case ASCII letter.
    pub const UPPER: u8 = 2;
    /// A digit.
    pub const DIGIT: u8 = 4;
    /// A letter that folding did not turn into ASCII: another script.
    pub const FOREIGN: u8 = 8;
    /// The first character is an upper-case letter.
    pub const FIRST_UPPER: u8 = 16;
    /// A capital follows a lower-case letter.
    pub const INNER_UPPER: u8 = 32;
    /// A capital follows a capital.
    pub const UPPER_PAIR: u8 = 64;
}

/// What each byte is: the shape bits, 0 for everything that separates tokens.
pub const CLASS: [u8; 256] = class_table();

const fn class_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        table[b] = if byte.is_ascii_lowercase() {
            shape::LOWER
        } else if byte.is_ascii_uppercase() {
            shape::UPPER
        } else if byte.is_ascii_digit() {
            shape::DIGIT
        } else if byte >= 0x80 {
            shape::FOREIGN
        } else {
            0
        };
        b += 1;
    }
    table
}

/// A map keyed by hashes of words or phrases, which need no second hashing.
pub type WordMap<V> = std::collections::HashMap<u64, V, std::hash::BuildHasherDefault<WordHasher>>;

/// Takes a hash for what it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordHasher(u64);

impl std::hash::Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = word_hash(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A maximal run of letters and digits of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the view.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// [`word_hash`] of its bytes.
    pub hash: u64,
    /// Bits of [`shape`].
    pub shape: u8,
}

impl Token {
    /// Length in bytes.
    pub fn len(&self) -> u32 {
        self.end - self.start
    }

    /// Tokens are never empty.
    #[allow(clippy::unused_self)] // Reason: goes with `len`; only the build script sees it so.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// True when all of the bits are set.
    pub fn has(&self, bits: u8) -> bool {
        self.shape & bits == bits
    }

    /// Letters only, all of them capitals, at least two.
    pub fn is_all_caps(&self) -> bool {
        self.len() >= 2
            && self.shape & (shape::LOWER | shape::UPPER | shape::DIGIT | shape::FOREIGN)
                == shape::UPPER
    }

    /// Letters only.
    pub fn is_word(&self) -> bool {
        self.shape & shape::DIGIT == 0
    }

    /// Digits only.
    pub fn is_number(&self) -> bool {
        self.shape & (shape::LOWER | shape::UPPER | shape::FOREIGN) == 0
    }

    /// Its text.
    pub fn text<'v>(&self, view: &'v str) -> &'v str {
        view.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a word without regard to ASCII case. Stable: compiled tables rely on it.
pub fn word_hash(bytes: &[u8]) -> u64 {
    let mut h = 0u64;
    for &b in bytes {
        h = step(h, b);
    }
    finish(h)
}

#[inline]
fn step(h: u64, byte: u8) -> u64 {
    // Setting bit 5 folds the case of letters and leaves digits alone; other bytes of a token are
    // parts of foreign letters, where merging a few does no harm.
    (h.rotate_left(5) ^ u64::from(byte | 0x20)).wrapping_mul(MIX)
}

#[inline]
fn finish(h: u64) -> u64 {
    let h = (h ^ (h >> 32)).wrapping_mul(MIX);
    h ^ (h >> 29)
}

/// The hash of a phrase that goes on with the word `next`.
#[inline]
pub fn phrase_hash(so_far: u64, next: u64) -> u64 {
    (so_far.rotate_left(23) ^ next).wrapping_mul(MIX)
}

/// The hashes of words with white space between them, sorted for a binary search.
pub fn sorted_hashes(words: &str) -> Vec<u64> {
    let mut hashes: Vec<u64> = words.split_whitespace().map(|w| word_hash(w.as_bytes())).collect();
    hashes.sort_unstable();
    hashes
}

/// The hash of a phrase given as text: its words, whatever separates them, and their number.
/// `None` when there is no word in it.
pub fn text_hash(text: &str) -> Option<(u64, usize)> {
    let mut tokens = Vec::new();
    tokenize(text, &mut tokens);
    let (first, rest) = tokens.split_first()?;
    Some((rest.iter().fold(first.hash, |h, t| phrase_hash(h, t.hash)), tokens.len()))
}

/// Cuts the view into tokens, appended to `out` in order.
///
/// # Examples
/// ```
/// use caseveil::token::tokenize;
/// let mut tokens = Vec::new();
/// tokenize("Dr. O'Neil, 4/5", &mut tokens);
/// let texts: Vec<&str> = tokens.iter().map(|t| t.text("Dr. O'Neil, 4/5")).collect();
/// assert_eq!(texts, ["Dr", "O", "Neil", "4", "5"]);
/// ```
pub fn tokenize(view: &str, out: &mut Vec<Token>) {
    let bytes = view.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let first = CLASS[bytes[at] as usize];
        if first == 0 {
            at += 1;
            continue;
        }
        let start = at;
        let mut bits = if first == shape::UPPER { shape::FIRST_UPPER } else { 0 };
        let mut before = 0;
        let mut h = 0;
        while at < bytes.len() {
            let class = CLASS[bytes[at] as usize];
            if class == 0 {
                break;
            }
            bits |= class;
            if class == shape::UPPER {
                bits |= match before {
                    shape::LOWER => shape::INNER_UPPER,
                    shape::UPPER => shape::UPPER_PAIR,
                    _ => 0,
                };
            }
            before = class;
            h = step(h, bytes[at]);
            at += 1;
        }
        out.push(Token { start: start as u32, end: at as u32, hash: finish(h), shape: bits });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_ignores_case_and_matches_the_text_form() {
        assert_eq!(word_hash(b"SMITH"), word_hash(b"smith"));
        let mut tokens = Vec::new();
        tokenize("Sault Ste. Marie", &mut tokens);
        let h = tokens[1..].iter().fold(tokens[0].hash, |h, t| phrase_hash(h, t.hash));
        assert_eq!(text_hash("sault ste-marie"), Some((h, 3)));
        assert_eq!(text_hash(" - "), None);
    }

    #[test]
    fn shapes() {
        let mut tokens = Vec::new();
        tokenize("McGill HTN 5mg the", &mut tokens);
        assert!(tokens[0].has(shape::FIRST_UPPER | shape::INNER_UPPER));
        assert!(tokens[1].is_all_caps());
        assert!(!tokens[2].is_word() && !tokens[2].is_number());
        assert_eq!(tokens[3].shape, shape::LOWER);
    }
}

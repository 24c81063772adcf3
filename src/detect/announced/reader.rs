//! Numbers as people write or spell them behind a cue: where one starts and how far it goes.

use super::REACH;
use super::word::{CONNECTOR_HASHES, SPOKEN_HASHES};
use crate::span::ViewSpan;
use crate::token::{Token, shape};

/// What a number behind a cue may hold, over all rules that the cue announces.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) min_digits: u8,
    pub(super) max_digits: u8,
    pub(super) max_letters: u8,
}

/// A number-like stretch.
pub(super) struct Number {
    pub(super) span: ViewSpan,
    pub(super) digits: u8,
    pub(super) letters: u8,
}

/// Reads numbers off the tokens of a view.
pub(super) struct Reader<'a> {
    pub(super) view: &'a str,
    pub(super) tokens: &'a [Token],
}

impl Reader<'_> {
    /// The token that the number may start with: behind signs, line breaks and connecting words.
    pub(super) fn skip_connectors(&self, from: u32) -> Option<usize> {
        let mut i = self.tokens.partition_point(|t| t.start < from);
        let mut at = from;
        let mut words = 0;
        loop {
            let token = self.tokens.get(i)?;
            let gap = self.view.as_bytes().get(at as usize..token.start as usize)?;
            let breaks = gap.iter().filter(|&&b| b == b'\n').count();
            let open = gap.iter().all(|b| b" \t\r\n:#=.-|*()[]_,;'\"/<>".contains(b));
            // A sentence ended, and what follows is a word: `au dossier. PHQ9 11`.
            let text = token.text(self.view).as_bytes();
            let worded = text.iter().take_while(|b| b.is_ascii_alphabetic()).count() >= 3;
            let connects = CONNECTOR_HASHES.binary_search(&token.hash).is_ok();
            // Behind a short word the point abbreviates: `no ass. mal. TREM`.
            let before = self.view.as_bytes()[..at as usize].iter().rev();
            let whole = before.take_while(|b| b.is_ascii_alphabetic()).count() >= 5;
            let sentence = gap.starts_with(b". ") && whole && worded && !connects;
            if !open || breaks > 2 || token.start - from > REACH || sentence {
                return None;
            }
            let spoken = SPOKEN_HASHES.contains_key(&token.hash) && self.spoken(i).is_some();
            let prefix = token.len() == 1
                && (self.digit_behind(token.end, b"-") || self.stands_before_number(i));
            let connects = connects && !prefix;
            if spoken || !connects || words == 4 {
                return Some(i);
            }
            words += 1;
            at = token.end;
            i += 1;
        }
    }

    /// `N 4410726`: a capital by itself is the first letter of a long number.
    fn stands_before_number(&self, i: usize) -> bool {
        let token = &self.tokens[i];
        self.tokens.get(i + 1).is_some_and(|next| {
            token.has(shape::FIRST_UPPER)
                && next.start == token.end + 1
                && self.view.as_bytes().get(token.end as usize) == Some(&b' ')
                && next.is_number()
                && next.len() >= 5
        })
    }

    /// The number that starts with token `first`, spelled out or written.
    pub(super) fn number(&self, first: usize, bounds: Bounds) -> Option<Number> {
        self.spoken(first).or_else(|| self.written(first, bounds))
    }

    /// `nine eight seven dash six`: at least four digit words.
    pub(super) fn spoken(&self, first: usize) -> Option<Number> {
        let mut digits = 0u8;
        let mut end = None;
        for token in self.tokens.get(first..)?.iter().take(40) {
            match SPOKEN_HASHES.get(&token.hash) {
                Some(n) => digits = digits.saturating_add(*n),
                None if token.is_number() && token.len() <= 2 && digits > 0 => {
                    digits = digits.saturating_add(1);
                }
                None if matches!(
                    token.text(self.view),
                    "dash" | "tiret" | "hyphen" | "et" | "space"
                ) && digits > 0 =>
                {
                    continue;
                }
                None => break,
            }
            end = Some(token.end);
        }
        let end = end.filter(|_| digits >= 4)?;
        Some(Number { span: ViewSpan::new(self.tokens[first].start, end), digits, letters: 0 })
    }

    /// Groups of digits, look-alikes of digits and a few letters.
    fn written(&self, first: usize, bounds: Bounds) -> Option<Number> {
        let (mut digits, mut letters) = (0u8, 0u8);
        let mut end = None;
        let mut last_end = 0;
        for (n, token) in self.tokens.get(first..)?.iter().take(12).enumerate() {
            let text = token.text(self.view).as_bytes();
            let len = text.len().min(255) as u8;
            let real = text.iter().filter(|b| b.is_ascii_digit()).count().min(255) as u8;
            let alike = text.iter().filter(|b| b"OolI".contains(b)).count().min(255) as u8;
            let read_as_digits = real > 0
                || (alike == len && len <= 4 && n > 0)
                || (alike >= 2 && len <= 4 && self.digits_follow(first + n));
            let (d, l) = if read_as_digits { (real + alike, len - real - alike) } else { (0, len) };
            if n > 0 && !self.joins(last_end, token, d, digits, bounds) {
                break;
            }
            // A word without a digit is part of a number only as a short code in capitals.
            let code = d > 0 || (len <= 4 && !token.has(shape::LOWER));
            let too_much = digits.saturating_add(d) > bounds.max_digits
                || letters.saturating_add(l) > bounds.max_letters;
            if !code || too_much {
                break;
            }
            digits += d;
            letters += l;
            last_end = token.end;
            if digits > 0 {
                end = Some(token.end);
            }
        }
        let end = end.filter(|_| digits > 0)?;
        Some(Number { span: ViewSpan::new(self.tokens[first].start, end), digits, letters })
    }

    /// True when the token behind token `i`, one sign away, holds a digit.
    fn digits_follow(&self, i: usize) -> bool {
        self.tokens
            .get(i + 1)
            .is_some_and(|next| next.start == self.tokens[i].end + 1 && next.has(shape::DIGIT))
    }

    /// True when a digit stands at `at`, or behind one byte of `signs` there.
    pub(super) fn digit_behind(&self, at: u32, signs: &[u8]) -> bool {
        let after = self.view.as_bytes().get(at as usize..).unwrap_or(b"");
        after.first().is_some_and(|b| signs.contains(b))
            && after.get(1).is_some_and(u8::is_ascii_digit)
    }
}

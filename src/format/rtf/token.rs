//! RTF cut into groups, control words and text. The source has one character for each byte.

use super::broken;
use crate::format::FormatError;
use std::ops::Range;

/// A piece of the source.
pub(super) enum Token<'s> {
    Open,
    Close,
    /// `\par`, `\u233`; `spaced` when a space ends it, which then belongs to it.
    Word {
        name: &'s str,
        number: Option<i32>,
        spaced: bool,
    },
    /// `\~`, `\{`, `\*`.
    Symbol(char),
    /// `\'e9`.
    Hex(u8),
    /// What `\bin` announces.
    Binary,
    /// A byte that stands for itself.
    Byte(u8),
    /// A line end, which means nothing.
    Nothing,
}

/// Reads from a place on.
pub(super) struct Tokens<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// The next token and its place; `None` at the end.
    ///
    /// # Errors
    /// [`FormatError::Syntax`] for what no reader understands.
    pub(super) fn next(&mut self) -> Result<Option<(Token<'s>, Range<usize>)>, FormatError> {
        let start = self.at;
        let Some(first) = self.source[start..].chars().next() else { return Ok(None) };
        self.at += first.len_utf8();
        let token = match first {
            '{' => Token::Open,
            '}' => Token::Close,
            '\\' => self.control(start)?,
            '\r' | '\n' | '\0' => Token::Nothing,
            c => Token::Byte(u8::try_from(u32::from(c)).unwrap_or(b'?')),
        };
        Ok(Some((token, start..self.at)))
    }

    fn control(&mut self, start: usize) -> Result<Token<'s>, FormatError> {
        let rest = &self.source[self.at..];
        let first = rest.chars().next().ok_or_else(|| broken(start, "it ends in a control"))?;
        if first == '\'' {
            let digits = rest.get(1..3).and_then(|d| u8::from_str_radix(d, 16).ok());
            self.at += 3;
            return digits.map(Token::Hex).ok_or_else(|| broken(start, "\\' without two digits"));
        }
        let count = |text: &str, own: fn(&u8) -> bool| text.bytes().take_while(own).count();
        let letters = count(rest, u8::is_ascii_alphabetic);
        if letters == 0 {
            self.at += first.len_utf8();
            return Ok(Token::Symbol(first));
        }
        let (name, rest) = rest.split_at(letters);
        let sign = usize::from(rest.starts_with('-'));
        let digits = count(&rest[sign..], u8::is_ascii_digit);
        let len = if digits == 0 { 0 } else { sign + digits };
        let number = match &rest[..len] {
            "" => None,
            digits => Some(digits.parse().map_err(|_| broken(start, "a number is too large"))?),
        };
        self.at += letters + len;
        let spaced = rest[len..].starts_with(' ');
        self.at += usize::from(spaced);
        if name == "bin" {
            let bytes = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            // A character is a byte.
            let mut behind = self.source[self.at..].char_indices().map(|(i, _)| i);
            let end = match behind.nth(bytes) {
                Some(end) => self.at + end,
                None => return Err(broken(start, "it ends within binary data")),
            };
            self.at = end;
            return Ok(Token::Binary);
        }
        Ok(Token::Word { name, number, spaced })
    }
}

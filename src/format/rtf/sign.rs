//! Bytes and numbers of RTF to the text that they stand for, and how it is written.

use super::walk::Walk;
use super::word;
use crate::format::FormatError;
use crate::format::part::Escape;
use std::ops::Range;

impl Walk<'_> {
    /// A byte of text in the code page of its font.
    pub(super) fn byte(&mut self, byte: u8, range: Range<usize>) -> Result<(), FormatError> {
        let wide = !byte.is_ascii();
        if !self.bytes.is_empty() && !self.is_open()? {
            let ascii = self.bytes.last().is_some_and(u8::is_ascii);
            // What is written as a number is a piece of its own: what stands beside it stays.
            let escaped = range.len() > 2 || self.place.len() > 2 * self.bytes.len();
            if ascii == wide || escaped || self.place.end != range.start {
                self.flush()?;
            }
        }
        if self.instead == 0 {
            self.half = None;
        }
        if self.bytes.is_empty() {
            self.place = range.clone();
        }
        self.bytes.push(byte);
        self.place.end = range.end;
        if self.instead > 0 && !self.is_open()? {
            self.flush()?;
            self.stood_instead(range.end);
        }
        Ok(())
    }

    /// True when the bytes so far are the beginning of a sign.
    pub(super) fn is_open(&self) -> Result<bool, FormatError> {
        if self.bytes.len() > 3 || self.bytes.first().is_none_or(u8::is_ascii) {
            return Ok(false);
        }
        Ok(self.page()?.is_some_and(|p| p.decode_without_bom_handling(&self.bytes).1))
    }

    /// Something that stood for the sign before has ended.
    pub(super) fn stood_instead(&mut self, end: usize) {
        self.instead = self.instead.saturating_sub(1);
        if let Some((_, place, _)) = &mut self.sign {
            place.end = end;
        }
        if self.instead == 0 {
            self.end_sign();
        }
    }

    pub(super) fn end_sign(&mut self) {
        self.instead = 0;
        let Some((text, place, escape)) = self.sign.take() else { return };
        let hidden = self.groups.last().is_some_and(|g| g.hidden);
        if let Some(frame) = self.frames.last_mut() {
            let flow = if hidden { &mut frame.hidden } else { &mut frame.seen };
            flow.push(&text, place, escape);
        }
    }

    /// The encoding of bytes; `None` for a code page that cannot be read.
    pub(super) fn page(&self) -> Result<Option<&'static encoding_rs::Encoding>, FormatError> {
        let font = self.groups.last().and_then(|g| g.font).or(self.default_font);
        let page = font.and_then(|f| self.fonts.get(&f)).copied().unwrap_or(self.page);
        match word::code_page(page) {
            Some(encoding) => Ok(Some(encoding)),
            None if self.bytes.is_ascii() => Ok(None),
            None => Err(FormatError::Encoding),
        }
    }

    /// Reads the bytes so far.
    pub(super) fn flush(&mut self) -> Result<(), FormatError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let encoding = self.page()?.unwrap_or(encoding_rs::WINDOWS_1252);
        let bytes = std::mem::take(&mut self.bytes);
        let (text, wrong) = encoding.decode_without_bom_handling(&bytes);
        if wrong {
            return Err(FormatError::Encoding);
        }
        let place = self.place.clone();
        self.push(&text, place);
        Ok(())
    }

    /// A sign by its number, or half of one.
    pub(super) fn unit(&mut self, unit: u16, range: Range<usize>) {
        let first = self.half.take();
        if (0xd800..0xdc00).contains(&unit) {
            self.half = Some((unit, range));
            return;
        }
        let (units, place) = match first {
            Some((high, start)) => (vec![high, unit], start.start..range.end),
            None => (vec![unit], range),
        };
        let escape = self.escape(place.start);
        self.sign = Some((String::from_utf16_lossy(&units), place, escape));
        if self.instead == 0 {
            self.end_sign();
        }
    }

    pub(super) fn escape(&self, start: usize) -> Escape {
        if self.bare == start { behind_word } else { escape }
    }

    /// Text of the source.
    pub(super) fn push(&mut self, text: &str, range: Range<usize>) {
        // What stands for a sign and says the same needs no search of its own.
        let one = self.groups.last().is_some_and(|g| g.fallback == 1);
        let same = self.sign.as_ref().is_some_and(|(sign, ..)| sign == text);
        if self.instead > 0 && one && same {
            return;
        }
        let escape = self.escape(range.start);
        let hidden = self.groups.last().is_some_and(|g| g.hidden);
        let Some(frame) = self.frames.last_mut() else { return };
        let flow = match (self.instead > 0, hidden) {
            (true, _) => &mut frame.instead,
            (false, true) => &mut frame.hidden,
            (false, false) => &mut frame.seen,
        };
        flow.push(text, range, escape);
    }
}

/// Text as it is written.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '{' | '}' => out.extend(['\\', c]),
            '\n' => out.push_str("\\line "),
            '\t' => out.push_str("\\tab "),
            c if c.is_ascii() => out.push(c),
            c => {
                out.push_str("{\\uc1");
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{}?", *unit as i16));
                }
                out.push('}');
            }
        }
    }
    out
}

/// As [`escape`], where a control word ends without a space: the first one is not seen.
fn behind_word(text: &str) -> String {
    format!(" {}", escape(text))
}

//! Where something is: half-open ranges, each tied to the text whose positions it counts.
//!
//! Three countings exist. Inside the engine everything is bytes: [`ByteSpan`] counts bytes of a
//! field's source text, [`ViewSpan`] bytes of the normalised view that detection reads. At the
//! borders people count code points ([`CharSpan`]: corpus files, `detect`) or UTF-16 units (the
//! API). This file is the only place where one becomes the other.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Range;

/// Positions in the source text of one field.
pub enum Source {}

/// Positions in the normalised view of a document.
pub enum View {}

/// A half-open range of bytes of a text of kind `T`: `start <= end`, both on character
/// boundaries of that text.
///
/// # Examples
/// ```
/// use caseveil::span::ByteSpan;
/// let span = ByteSpan::new(3, 7);
/// assert_eq!(span.len(), 4);
/// assert_eq!(&"Dr. Lee"[span.range()], " Lee");
/// ```
pub struct Span<T> {
    start: u32,
    end: u32,
    of: PhantomData<T>,
}

/// A span of a field's source text.
pub type ByteSpan = Span<Source>;
/// A span of the view.
pub type ViewSpan = Span<View>;

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Span<T> {}

impl<T> fmt::Debug for Span<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl<T> PartialEq for Span<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }
}

impl<T> Eq for Span<T> {}

impl<T> Hash for Span<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.start, self.end).hash(state);
    }
}

impl<T> PartialOrd for Span<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Span<T> {
    /// By start, then the longer first: the order in which nested spans are read.
    fn cmp(&self, other: &Self) -> Ordering {
        self.start.cmp(&other.start).then(other.end.cmp(&self.end))
    }
}

impl<T> Span<T> {
    /// The span `start..end`, in bytes.
    ///
    /// # Panics
    /// When `start > end`: a caller's mistake, never a property of a document.
    pub fn new(start: u32, end: u32) -> Self {
        assert!(start <= end, "a span ends before it starts");
        Self { start, end, of: PhantomData }
    }

    /// The first byte.
    pub fn start(self) -> u32 {
        self.start
    }

    /// One past the last byte.
    pub fn end(self) -> u32 {
        self.end
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// True when no byte is inside.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// For slicing a `str` or byte slice.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// True when at least one byte lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True when every byte of `other` lies in `self`.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// A half-open range of Unicode code points, as corpus files and `caseveil detect` count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharSpan {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
}

/// One position range in the three countings that clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// Bytes of UTF-8.
    pub utf8: (usize, usize),
    /// UTF-16 code units, as JavaScript and Java count.
    pub utf16: (usize, usize),
    /// Code points, as Python counts.
    pub code_point: (usize, usize),
}

/// Converts ascending byte positions of one text, in a single walk over it.
///
/// # Examples
/// ```
/// use caseveil::span::{ByteSpan, OffsetWalk};
/// let mut walk = OffsetWalk::new("é🦀 Lee");
/// let o = walk.offsets(ByteSpan::new(7, 10));
/// assert_eq!((o.code_point, o.utf16), ((3, 6), (4, 7)));
/// ```
pub struct OffsetWalk<'t> {
    text: &'t str,
    at: (usize, usize, usize),
}

impl<'t> OffsetWalk<'t> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: (0, 0, 0) }
    }

    /// The span in all countings. Spans must come in ascending order and be disjoint; a position
    /// before the last one starts the walk again, which is correct but slow.
    pub fn offsets(&mut self, span: ByteSpan) -> Offsets {
        let (b0, u0, c0) = self.advance(span.start as usize);
        let (b1, u1, c1) = self.advance(span.end as usize);
        Offsets { utf8: (b0, b1), utf16: (u0, u1), code_point: (c0, c1) }
    }

    /// The span in code points, under the same condition as [`OffsetWalk::offsets`].
    pub fn chars(&mut self, span: ByteSpan) -> CharSpan {
        let o = self.offsets(span);
        CharSpan { start: o.code_point.0, end: o.code_point.1 }
    }

    fn advance(&mut self, to: usize) -> (usize, usize, usize) {
        if to < self.at.0 {
            self.at = (0, 0, 0);
        }
        let (mut byte, mut utf16, mut point) = self.at;
        let to = to.min(self.text.len());
        let passed = self.text.get(byte..to).unwrap_or("");
        if passed.is_ascii() {
            utf16 += passed.len();
            point += passed.len();
        } else {
            for c in passed.chars() {
                utf16 += c.len_utf16();
                point += 1;
            }
        }
        byte = to;
        self.at = (byte, utf16, point);
        self.at
    }
}

/// Byte positions of a span counted in code points, or `None` when it ends beyond the text.
pub fn char_span_to_bytes(text: &str, span: CharSpan) -> Option<ByteSpan> {
    let mut ends = text.char_indices().map(|(b, _)| b).chain([text.len()]);
    let start = ends.nth(span.start)?;
    let end = if span.end > span.start { ends.nth(span.end - span.start - 1)? } else { start };
    Some(ByteSpan::new(start as u32, end as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_and_bytes_are_inverse() {
        let text = "Éric 🦀 né";
        let span = char_span_to_bytes(text, CharSpan { start: 7, end: 9 }).unwrap();
        assert_eq!(&text[span.range()], "né");
        assert_eq!(OffsetWalk::new(text).chars(span), CharSpan { start: 7, end: 9 });
        assert_eq!(char_span_to_bytes(text, CharSpan { start: 7, end: 10 }), None);
    }
}

//! Source text to view, with the way back.
//!
//! Enters: one field's text. Leaves: the same text folded for matching (accents, spaces, dashes,
//! quotes, digits, look-alikes, character references, bare inline tags), and runs that map each
//! byte of it to the source. Plain ASCII without markup is borrowed, not copied.

use super::fold::{Folded, fold};
use super::markup;
use crate::span::{ByteSpan, ViewSpan};
use std::borrow::Cow;

/// A stretch of the view and the stretch of source it stands for.
#[derive(Clone, Copy, Debug)]
struct Run {
    view: u32,
    src: u32,
    src_end: u32,
    /// Byte for byte the same; otherwise the stretch stands for its source as a whole.
    linear: bool,
}

/// The folded view of one text.
pub struct Normalized<'t> {
    /// The view.
    pub text: Cow<'t, str>,
    map: Map,
}

/// The way back from a view to its source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    /// Empty when view and source are the same bytes.
    runs: Vec<Run>,
}

impl Map {
    /// The source bytes that a span of the view stands for, whole characters.
    pub(crate) fn to_source(&self, span: ViewSpan) -> ByteSpan {
        if self.runs.is_empty() || span.is_empty() {
            return ByteSpan::new(span.start(), span.end());
        }
        let first = self.run_at(span.start());
        let last = self.run_at(span.end() - 1);
        let start = if first.linear { first.src + (span.start() - first.view) } else { first.src };
        let end = if last.linear {
            (last.src + (span.end() - last.view)).min(last.src_end)
        } else {
            last.src_end
        };
        // A combining mark belongs to the character that ends a linear run.
        let end = if last.linear && end == last.src_end { last.src_end } else { end };
        ByteSpan::new(start, end.max(start))
    }

    fn run_at(&self, view: u32) -> Run {
        let i = self.runs.partition_point(|r| r.view <= view);
        self.runs[i.saturating_sub(1)]
    }
}

impl<'t> Normalized<'t> {
    /// Folds `text`.
    ///
    /// # Examples
    /// ```
    /// use caseveil::{decode::Normalized, span::ViewSpan};
    /// let n = Normalized::new("née le 4\u{a0}mai");
    /// assert_eq!(n.text, "nee le 4 mai");
    /// assert_eq!(n.to_source(ViewSpan::new(0, 3)).range(), 0..4);
    /// ```
    pub fn new(text: &'t str) -> Self {
        if text.is_ascii() && !markup::may_hold(text) {
            return Self { text: Cow::Borrowed(text), map: Map::default() };
        }
        let mut builder = Builder { out: String::with_capacity(text.len()), ..Builder::default() };
        builder.text(text);
        Self { text: Cow::Owned(builder.out), map: Map { runs: builder.runs } }
    }

    /// Folds a JSON key: also splits `camelCase` and `snake_case` into words.
    pub(crate) fn of_key(text: &'t str) -> Self {
        let mut builder = Builder { split_words: true, ..Builder::default() };
        builder.text(text);
        Self { text: Cow::Owned(builder.out), map: Map { runs: builder.runs } }
    }

    /// The source bytes that a span of the view stands for.
    pub fn to_source(&self, span: ViewSpan) -> ByteSpan {
        self.map.to_source(span)
    }

    pub(crate) fn into_parts(self) -> (Cow<'t, str>, Map) {
        (self.text, self.map)
    }
}

#[derive(Default)]
struct Builder {
    out: String,
    runs: Vec<Run>,
    split_words: bool,
}

impl Builder {
    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let plain = if self.split_words { 0 } else { markup::plain(&bytes[at..]) };
            if plain > 0 {
                self.linear(at, &text[at..at + plain]);
                at += plain;
                continue;
            }
            let byte = bytes[at];
            if byte.is_ascii() {
                if let Some(mark) = markup::at(text, at) {
                    self.block(at, mark.len, &mark.view);
                    at += mark.len;
                    continue;
                }
                if self.split_words {
                    self.split_before(bytes, at);
                }
                let space = self.split_words && byte == b'_';
                self.linear(at, if space { " " } else { &text[at..=at] });
                at += 1;
                continue;
            }
            let c = text[at..].chars().next().unwrap_or('\u{fffd}');
            match fold(c) {
                Folded::Nothing => {}
                Folded::Mark => self.join_mark(at + c.len_utf8()),
                Folded::As(view) => self.block(at, c.len_utf8(), &view),
            }
            at += c.len_utf8();
        }
    }

    /// In `patientName` a space comes before the capital: it stands for no source at all.
    fn split_before(&mut self, bytes: &[u8], at: usize) {
        let lower_before = at > 0 && bytes[at - 1].is_ascii_lowercase();
        if lower_before && bytes[at].is_ascii_uppercase() {
            self.block(at, 0, " ");
        }
    }

    /// What stands for as many bytes of source, one for one.
    fn linear(&mut self, src: usize, shown: &str) {
        let (src, src_end) = (src as u32, (src + shown.len()) as u32);
        match self.runs.last_mut() {
            Some(run) if run.linear && run.src_end == src => run.src_end = src_end,
            _ => self.runs.push(Run { view: self.out.len() as u32, src, src_end, linear: true }),
        }
        self.out.push_str(shown);
    }

    fn block(&mut self, src: usize, len: usize, view: &str) {
        if view.is_empty() {
            return;
        }
        let (src, src_end) = (src as u32, (src + len) as u32);
        self.runs.push(Run { view: self.out.len() as u32, src, src_end, linear: false });
        self.out.push_str(view);
    }

    /// A combining mark extends the character before it: both are masked or neither.
    fn join_mark(&mut self, src_end: usize) {
        let src_end = src_end as u32;
        let Some(last) = self.runs.last_mut() else { return };
        if !last.linear {
            last.src_end = src_end;
            return;
        }
        let view = self.out.len() as u32 - 1;
        if last.view == view {
            last.linear = false;
            last.src_end = src_end;
        } else {
            let src = last.src_end - 1;
            last.src_end = src;
            self.runs.push(Run { view, src, src_end, linear: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(source: &str, part: &str) -> String {
        let n = Normalized::new(source);
        let at = n.text.find(part).expect("the part is in the view") as u32;
        source[n.to_source(ViewSpan::new(at, at + part.len() as u32)).range()].to_owned()
    }

    #[test]
    fn maps_back_to_whole_characters() {
        assert_eq!(back("chez Hélène Roy", "Helene"), "Hélène");
        assert_eq!(back("chez He\u{301}le\u{300}ne Roy", "Helene"), "He\u{301}le\u{300}ne");
        assert_eq!(back("Tre\u{200b}mb\u{ad}lay, x", "Tremblay"), "Tre\u{200b}mb\u{ad}lay");
        assert_eq!(back("５５５–０１９９.", "555-0199"), "５５５–０１９９");
        assert_eq!(back("Mme&nbsp;C&ocirc;t&eacute; va", "Cote"), "C&ocirc;t&eacute;");
        assert_eq!(back("n&#176; 12", "12"), "12");
        assert_eq!(back("Sœur", "Soe"), "Sœ");
        assert_eq!(back("12<b>34</b>56 x", "123456"), "12<b>34</b>56");
    }

    #[test]
    fn plain_ascii_is_borrowed() {
        assert!(matches!(Normalized::new("pain 7/10, K < 5").text, Cow::Borrowed(_)));
    }

    #[test]
    fn keys_are_split_into_words() {
        assert_eq!(Normalized::of_key("patientName_2").text, "patient Name 2");
    }
}

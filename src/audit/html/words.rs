//! The words of the report, in English and French.

use crate::audit::share::Share;

/// The language of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportLang {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl ReportLang {
    /// The tag of HTML.
    pub(super) fn tag(self) -> &'static str {
        self.of("en-CA", "fr-CA")
    }

    /// One of two spellings.
    pub(super) fn of<'w>(self, en: &'w str, fr: &'w str) -> &'w str {
        if self == Self::En { en } else { fr }
    }

    /// A number with this many digits behind the point, or comma.
    pub(super) fn number(self, value: f64, digits: usize) -> String {
        let plain = format!("{value:.digits$}");
        if self == Self::En { plain } else { plain.replace('.', ",") }
    }

    /// `98.6 %`; a dash where there is nothing.
    pub(super) fn percent(self, share: Option<f64>) -> String {
        share.map_or_else(|| "–".to_owned(), |x| self.number(100.0 * x, 1) + "\u{a0}%")
    }

    /// `96.2–99.5`.
    pub(super) fn interval(self, [low, high]: [f64; 2]) -> String {
        format!("{}–{}", self.number(100.0 * low, 1), self.number(100.0 * high, 1))
    }
}

/// `139 / 141`.
pub(super) fn counts(share: &Share) -> String {
    format!("{}\u{a0}/\u{a0}{}", share.hits, share.n)
}

/// Text inside HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

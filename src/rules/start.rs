//! Where the matches of a rule can start: the scan stops at words, numbers and signs only.

use super::rule::Rule;
use super::syntax::first_bytes;

/// True for a byte that a run of digits, a word, or a sign such as `(` starts with.
pub(super) fn is_tried(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte >= 0x80
}

/// How narrowly the first byte of a rule's matches is known: the scan runs a rule only where such
/// a byte stands at the start of a word, number or sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At some letters, digits or signs, or at its own anchor, or behind its cues.
    Narrow,
    /// At any letter and any digit: it is run at every word, over one window each.
    Anywhere,
    /// Some alternatives start at white space, where nothing is run: they are never tried.
    PartlyNever,
    /// All do: the rule can never match.
    Never,
}

impl Start {
    /// Where matches of this rule can start.
    pub fn of(rule: &Rule) -> Self {
        let Some(hir) = rule.hir().filter(|_| rule.anchor.is_none()) else { return Self::Narrow };
        let mut first = [false; 256];
        first_bytes(&hir, &mut first);
        let all = |mut of: std::ops::RangeInclusive<u8>| of.all(|b| first[b as usize]);
        let mut bytes = (0..=255u8).filter(|&b| first[b as usize]);
        if all(b'0'..=b'9') && all(b'a'..=b'z') && all(b'A'..=b'Z') {
            Self::Anywhere
        } else if !bytes.clone().any(is_tried) {
            Self::Never
        } else if bytes.any(|b| !is_tried(b)) {
            Self::PartlyNever
        } else {
            Self::Narrow
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(pattern: &str, extra: &str) -> Start {
        let file = format!(
            "entity = \"ID\"\n[[rule]]\nid = \"any.test_rule\"\nsummary = \"s\"\nsource = \"s\"\nlang = [\"en\"]\n\
             pattern = \'\'\'{pattern}\'\'\'\nscore = {{ alone = 0.6 }}\n{extra}"
        );
        let rules =
            super::super::load::read("identifiers/x.toml", &file, toml::from_str(&file)).unwrap();
        Start::of(&rules[0])
    }

    #[test]
    fn where_a_rule_can_start() {
        assert_eq!(start(r"[+(]?\d{3}", ""), Start::Narrow);
        assert_eq!(start(r"case \d{3}", ""), Start::Narrow);
        assert_eq!(start(r"[a-z0-9]{6}", ""), Start::Anywhere);
        assert_eq!(start(r".{1,20}x", ""), Start::Anywhere);
        assert_eq!(start(r"[^,]{1,20}", ""), Start::Anywhere);
        assert_eq!(start(r"(?-i:[A-Z0-9]{6})", ""), Start::Narrow);
        assert_eq!(start(r"(?:mrn)? ?\d{3}", ""), Start::PartlyNever);
        assert_eq!(start(r"\s\d{3}", ""), Start::Never);
        let anchored = "anchor = \"@\"\nback = \"[a-z]\"";
        assert_eq!(start(r"[a-z0-9]{1,9}@[a-z]{2,9}", anchored), Start::Narrow);
    }
}

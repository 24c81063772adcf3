//! The arithmetic of scores: intervals, ratios, and what counts as a character of a token.
//!
//! Operations stand in the order of the reference scorer, so that results agree to the last digit.

use regex_syntax::hir::{Class, ClassUnicode, HirKind};
use std::sync::OnceLock;

/// Normal quantile of a two-sided 95% interval.
const Z95: f64 = 1.959_963_984_540_054;

/// The 95% Wilson score interval for `k` successes of `n`; 0 to 1 when `n` is 0.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
pub(super) fn wilson(k: usize, n: usize) -> [f64; 2] {
    if n == 0 {
        return [0.0, 1.0];
    }
    let (k, n, z) = (k as f64, n as f64, Z95);
    let p = k / n;
    let d = 1.0 + z * z / n;
    let c = (p + z * z / (2.0 * n)) / d;
    let h = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / d;
    [(c - h).max(0.0), (c + h).min(1.0)]
}

/// `a / b`, or nothing when there is nothing to measure.
pub(super) fn ratio(a: usize, b: usize) -> Option<f64> {
    (b > 0).then(|| a as f64 / b as f64)
}

/// The mean; nothing when there are no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The F measure that weighs recall `beta` times as much as precision.
pub(super) fn f_beta(precision: Option<f64>, recall: Option<f64>, beta: f64) -> Option<f64> {
    let (p, r) = (precision?, recall?);
    let b = beta * beta;
    Some(if p + r > 0.0 { (1.0 + b) * p * r / (b * p + r) } else { 0.0 })
}

/// True for letters and numbers, as Python's `str.isalnum` says.
///
/// `char::is_alphanumeric` differs: it also takes vowel signs and circled letters.
pub(super) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    static TABLE: OnceLock<ClassUnicode> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let parsed = regex_syntax::parse(r"[\p{L}\p{N}]").expect("a constant pattern");
        match parsed.into_kind() {
            HirKind::Class(Class::Unicode(class)) => class,
            _ => unreachable!("the pattern is one class of characters"),
        }
    });
    let ranges = table.ranges();
    let at = ranges.partition_point(|r| r.end() < c);
    ranges.get(at).is_some_and(|r| r.start() <= c)
}

/// True for white space, as Python's `str.isspace` says: the four separators of ASCII included.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Maximal runs of alphanumerics as `start..end`, in code points.
pub(super) fn tokens(text: &[char]) -> Vec<(usize, usize)> {
    let (mut out, mut start) = (Vec::new(), None);
    for (i, &c) in text.iter().enumerate() {
        match (is_alphanumeric(c), start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                out.push((from, i));
                start = None;
            }
            _ => {}
        }
    }
    out.extend(start.map(|from| (from, text.len())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphanumerics_are_those_of_python() {
        let yes = "aZ09éßøЖ日ª²½Ⅷ٣ᾼ";
        assert!(yes.chars().all(is_alphanumeric));
        // An accent that stands alone, a vowel sign, a circled letter, an underscore, a dash.
        let no = "\u{301}\u{93e}\u{24b6}_–' ";
        assert!(!no.chars().any(is_alphanumeric));
    }

    #[test]
    fn intervals_of_nothing_and_of_everything() {
        let [low, high] = wilson(0, 0);
        assert!(low.abs() < 1e-12 && (high - 1.0).abs() < 1e-12);
        let [low, high] = wilson(10, 10);
        assert!((low - 0.722_467).abs() < 1e-6 && (high - 1.0).abs() < 1e-12);
        assert_eq!(f_beta(Some(0.0), Some(0.0), 2.0), Some(0.0));
    }
}

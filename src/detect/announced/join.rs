//! Pieces of a number: what may stand between two, and which next one still belongs to it.

use super::reader::{Bounds, Reader};
use super::{REACH, SLIP};
use crate::token::{Token, shape};

/// What stands between two pieces of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// A hyphen, point or the like, also at the end of a line or cell: nothing else goes on so.
    Tight,
    /// Spaces, or a hyphen between spaces.
    Spaces,
    /// A line break or the border of a table cell.
    Line,
}

impl Gap {
    fn of(gap: &[u8]) -> Option<Self> {
        let signs = gap.iter().filter(|b| b"-./_*)".contains(b)).count();
        let known = gap.iter().all(|b| b"-./_*) \t\r\n|".contains(b));
        if gap.len() > 5 || !known || signs > 2 {
            return None;
        }
        let breaks = gap.contains(&b'\n') || gap.contains(&b'|');
        // The next row of a table.
        if gap.contains(&b'\n') && gap.contains(&b'|') {
            return None;
        }
        let first = gap.first().copied().unwrap_or(b' ');
        // A sentence ends so, and so begins the item of a list.
        let stop = first == b'.' && gap.len() > 1;
        let item = gap.iter().skip_while(|b| !b"\n|".contains(b)).any(|b| b"-*".contains(b));
        match (signs, breaks) {
            (1.., _) if stop || item => None,
            (1.., _) if !first.is_ascii_whitespace() && first != b'|' => Some(Self::Tight),
            (_, true) => Some(Self::Line),
            (_, false) => Some(Self::Spaces),
        }
    }
}

impl Reader<'_> {
    /// True when a token with `d` digits goes on with the number that ends at `last`.
    pub(super) fn joins(
        &self,
        last: u32,
        token: &Token,
        d: u8,
        digits: u8,
        bounds: Bounds,
    ) -> bool {
        let gap = self.view.as_bytes().get(last as usize..token.start as usize).unwrap_or(b"");
        let Some(gap) = Gap::of(gap) else { return false };
        if gap == Gap::Tight {
            return true;
        }
        // Capitals behind a group that may still belong to the number are a version code.
        let fits =
            u16::from(digits) + u16::from(d) + u16::from(SLIP) <= u16::from(bounds.max_digits);
        if self.is_measure(token, d > 0 && fits) {
            return false;
        }
        // Until it is long enough any group goes on with it; then groups of digits, longer ones
        // over a line break, a code of two letters on the same line, and the piece that a break
        // or a slip of the space bar cut off.
        let same_line = gap == Gap::Spaces;
        let group = d > 0 && d + 1 >= token.len() as u8 && d >= if same_line { 2 } else { 3 };
        let head = d > 0 && self.digit_behind(token.end, b"-");
        let code = same_line && d == 0 && token.len() <= 2 && token.has(shape::FIRST_UPPER);
        let letters = token.len() as u8 - d.min(token.len() as u8);
        let coded = fits && letters <= 2 && !token.has(shape::LOWER);
        let piece = d > 0 && (letters == 0 || coded) && self.closes(token, gap);
        digits < bounds.min_digits && d > 0 || code || group || head || piece
    }

    /// True when nothing that is counted or numbered follows: no word, and not the sign behind the
    /// number of a list item.
    fn closes(&self, token: &Token, gap: Gap) -> bool {
        let after = self.view.as_bytes().get(token.end as usize..).unwrap_or(b"");
        // Further pieces may follow, and a version code of one or two capitals.
        let rest = after.iter().position(|b| !b.is_ascii_digit() && *b != b' ').unwrap_or(0);
        let code = after[rest..].iter().take(3).take_while(|b| b.is_ascii_uppercase()).count();
        let next = after.get(rest + if code <= 2 { code } else { 0 }).copied().unwrap_or(b'\n');
        let item = gap == Gap::Line
            && matches!(after.first(), Some(b'.' | b')'))
            && matches!(after.get(1), Some(b' ' | b'\t'))
            && !self.in_parentheses(token.start);
        !next.is_ascii_alphanumeric() && !item
    }

    /// True when a parenthesis opened shortly before and is not closed.
    fn in_parentheses(&self, at: u32) -> bool {
        let from = (at as usize).saturating_sub(REACH as usize + 32);
        let before = self.view.as_bytes().get(from..at as usize).unwrap_or(b"");
        let mut closed = 0;
        before.iter().rev().any(|b| match b {
            b')' => {
                closed += 1;
                false
            }
            b'(' if closed == 0 => true,
            b'(' => {
                closed -= 1;
                false
            }
            _ => false,
        })
    }

    /// True for a number that measures: `10 mg`, `7/10`, `50 %`, `47 yo`; a unit of one or two
    /// capitals counts unless `coded`.
    fn is_measure(&self, token: &Token, coded: bool) -> bool {
        let after = self.view.get(token.end as usize..).unwrap_or("");
        let word = after.trim_start_matches(' ');
        let unit: String = word.chars().take_while(char::is_ascii_alphabetic).take(9).collect();
        let code = coded && unit.len() <= 2 && unit.bytes().all(|b| b.is_ascii_uppercase());
        matches!(word.as_bytes().first(), Some(b'/' | b'%'))
            || !code
                && matches!(
                    unit.to_ascii_lowercase().as_str(),
                    "mg" | "mcg"
                        | "ml"
                        | "g"
                        | "kg"
                        | "cm"
                        | "mm"
                        | "km"
                        | "tab"
                        | "tabs"
                        | "co"
                        | "yo"
                        | "y"
                        | "yr"
                        | "yrs"
                        | "year"
                        | "years"
                        | "ans"
                        | "an"
                        | "mois"
                        | "months"
                        | "month"
                        | "weeks"
                        | "wks"
                        | "days"
                        | "jours"
                        | "h"
                        | "am"
                        | "pm"
                )
    }
}

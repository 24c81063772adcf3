//! Values as a reader sees them.

use super::{Cells, Column, Means};
use crate::format::BASE64;
use crate::operator::iso_day;
use base64::Engine as _;

impl Column {
    /// The text of a cell.
    pub(super) fn shown(&self, row: usize) -> Option<String> {
        Some(match &self.cells {
            Cells::Truth(cells) => cells[row]?.to_string(),
            Cells::Short(cells) => self.means.whole(cells[row]?.into(), true),
            Cells::Long(cells) => self.means.whole(cells[row]?, false),
            Cells::Single(cells) => f32::from_bits(cells[row]?).to_string(),
            Cells::Double(cells) => f64::from_bits(cells[row]?).to_string(),
            Cells::Text(cells) => cells[row].clone()?,
            Cells::Bytes(cells) => {
                self.means.bytes(&BASE64.decode(cells[row].as_ref()?).unwrap_or_default())
            }
        })
    }

    /// Yes and no tell nobody.
    pub(super) fn is_searched(&self) -> bool {
        !matches!(self.cells, Cells::Truth(_))
    }
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Truth(cells) => cells.len(),
            Self::Short(cells) => cells.len(),
            Self::Long(cells) => cells.len(),
            Self::Single(cells) => cells.len(),
            Self::Double(cells) => cells.len(),
            Self::Text(cells) | Self::Bytes(cells) => cells.len(),
        }
    }

    /// These rows of it.
    pub(super) fn only(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(cells: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| cells[row].clone()).collect()
        }
        match self {
            Self::Truth(cells) => Self::Truth(of(cells, rows)),
            Self::Short(cells) => Self::Short(of(cells, rows)),
            Self::Long(cells) => Self::Long(of(cells, rows)),
            Self::Single(cells) => Self::Single(of(cells, rows)),
            Self::Double(cells) => Self::Double(of(cells, rows)),
            Self::Text(cells) => Self::Text(of(cells, rows)),
            Self::Bytes(cells) => Self::Bytes(of(cells, rows)),
        }
    }

    /// Empties cells of bytes that mean nothing that can be searched; true when there were any.
    pub(super) fn leave_out_opaque(&mut self, means: Means) -> bool {
        let (Self::Bytes(cells), Means::Itself) = (self, means) else { return false };
        let any = cells.iter().any(|c| c.as_ref().is_some_and(|c| !c.is_empty()));
        cells.fill(None);
        any
    }
}

impl Means {
    /// A whole number; a short one has 32 bits.
    fn whole(self, n: i64, short: bool) -> String {
        match self {
            Self::Itself | Self::Uuid => n.to_string(),
            Self::Unsigned if short => (n as u32).to_string(),
            Self::Unsigned => (n as u64).to_string(),
            Self::Date => day(n),
            Self::Time(parts) => clock(n, parts),
            Self::Timestamp(parts) => {
                let in_day = 86_400 * parts.max(1);
                format!("{} {}", day(n.div_euclid(in_day)), clock(n.rem_euclid(in_day), parts))
            }
            Self::Decimal(scale) => decimal(n.into(), scale),
        }
    }

    fn bytes(self, bytes: &[u8]) -> String {
        match self {
            Self::Uuid => {
                let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                let part = |range| hex.get(range).unwrap_or("").to_owned();
                [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
            }
            // Of sixteen bytes at most, the first of which has the sign.
            Self::Decimal(scale) => {
                let first = bytes.first().map_or(0, |b| i128::from(b.cast_signed()));
                let rest = bytes.iter().skip(1).fold(first, |n, b| (n << 8) | i128::from(*b));
                decimal(rest, scale)
            }
            _ => String::new(),
        }
    }
}

fn decimal(n: i128, scale: u32) -> String {
    let digits = format!("{:0width$}", n.unsigned_abs(), width = scale as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - scale as usize);
    let (sign, point) = (if n < 0 { "-" } else { "" }, if scale == 0 { "" } else { "." });
    format!("{sign}{whole}{point}{part}")
}

/// The day so many days after the first of January 1970; one beyond any calendar is a number like
/// others.
fn day(days: i64) -> String {
    iso_day(days).unwrap_or_else(|| days.to_string())
}

/// The time so many parts of a second after midnight.
fn clock(n: i64, parts: i64) -> String {
    let (seconds, rest) = (n.div_euclid(parts.max(1)), n.rem_euclid(parts.max(1)));
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { time } else { format!("{time}.{rest:0width$}", width = parts.ilog10() as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_readers_see_them() {
        for (means, n, expected) in [
            (Means::Date, -3_189, "1961-04-09"),
            (Means::Date, 20_468, "2026-01-15"),
            (Means::Timestamp(1_000_000), 1_768_469_400_000_000, "2026-01-15 09:30:00"),
            (Means::Timestamp(1000), -1, "1969-12-31 23:59:59.999"),
            (Means::Time(1000), 34_200_000, "09:30:00"),
            (Means::Decimal(2), -705, "-7.05"),
            (Means::Unsigned, -1, "18446744073709551615"),
        ] {
            assert_eq!(means.whole(n, false), expected);
        }
        assert_eq!(Means::Decimal(1).bytes(&[0xff, 0x85]), "-12.3");
        let uuid = Means::Uuid.bytes(&[0x12; 16]);
        assert_eq!(uuid, "12121212-1212-1212-1212-121212121212");
    }
}

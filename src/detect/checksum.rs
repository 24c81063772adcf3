//! Check digits and inner dates: what the names in rule files compute.

use crate::rules::Checksum;

/// True when the matched characters pass the test. Separators are skipped; letters count only
/// where the kind has letters.
pub fn passes(checksum: Checksum, text: &[u8]) -> bool {
    let digits: Vec<u32> =
        text.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    match checksum {
        Checksum::Luhn => {
            // An Ontario number may carry a version code, which has no digit.
            digits.len() > 1 && luhn(&digits)
        }
        Checksum::Sin => digits.len() == 9 && !matches!(digits[0], 0 | 8) && luhn(&digits),
        Checksum::BcPhn => bc_phn(&digits),
        Checksum::QcNam => qc_nam(text, &digits),
        Checksum::OnDriver => digits.len() == 14 && month_day(&digits[10..14], true),
        Checksum::QcDriver => {
            digits.len() == 12 && month_day(&[digits[6], digits[7], digits[4], digits[5]], false)
        }
        Checksum::Npi => {
            digits.len() == 10 && {
                let prefixed: Vec<u32> = [8, 0, 8, 4, 0].iter().chain(&digits).copied().collect();
                luhn(&prefixed)
            }
        }
        Checksum::Dea => dea(&digits),
        Checksum::Aba => digits.len() == 9 && weighted(&digits, &[3, 7, 1]).is_multiple_of(10),
        Checksum::Vin => vin(text),
        Checksum::Ssn => ssn(&digits),
        Checksum::NumericDate => numeric_date(text),
        Checksum::Loinc => {
            digits.len() > 1 && text.len() > 2 && text[text.len() - 2] == b'-' && luhn(&digits)
        }
        Checksum::Verhoeff => digits.len() >= 6 && verhoeff(&digits),
        Checksum::Nanp => nanp(&digits),
        Checksum::SpinalLevel => spinal_levels(text),
        Checksum::NotSpinalLevel => !spinal_levels(text),
        Checksum::Ipv4 => ipv4(text),
        Checksum::LatLong => lat_long(text),
    }
}

fn luhn(digits: &[u32]) -> bool {
    let double = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 1 { double(d) } else { d }).sum();
    sum.is_multiple_of(10)
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights.iter().cycle()).map(|(d, w)| d * w).sum()
}

/// Source: domain vectors and the provincial rule; a check digit of 0 is valid.
fn bc_phn(d: &[u32]) -> bool {
    if d.len() != 10 || d[0] != 9 {
        return false;
    }
    let sum: u32 = d[1..9].iter().zip([2, 4, 8, 5, 10, 9, 7, 3]).map(|(d, w)| (d * w) % 11).sum();
    (11 - sum % 11) % 11 == d[9]
}

/// Four letters and eight digits with an inner date; both centuries, and for women both readings
/// of the month, are accepted, since the sources disagree.
fn qc_nam(text: &[u8], d: &[u32]) -> bool {
    let letters: Vec<u8> =
        text.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_uppercase).collect();
    if letters.len() != 4 || d.len() != 8 {
        return false;
    }
    let month = d[2] * 10 + d[3];
    if !month_day(&d[2..6], true) {
        return false;
    }
    [19, 20].iter().any(|century| {
        let mut all: Vec<u32> = Vec::with_capacity(17);
        for &l in &letters {
            // A to R are 1 to 18, S to Z are 20 to 27.
            let n = u32::from(l - b'A') + if l >= b'S' { 2 } else { 1 };
            all.extend([n / 10, n % 10]);
        }
        all.extend([century / 10, century % 10, d[0], d[1], d[2], d[3], d[4], d[5], d[6]]);
        let check = weighted(&all, &[7, 1, 1, 3, 9, 7, 3, 9, 5, 3, 1, 3, 5, 7, 6, 9, 1]) % 10;
        // The two readings for women differ by one.
        check == d[7] || (month > 50 && ((check + 1) % 10 == d[7] || (check + 9) % 10 == d[7]))
    })
}

/// MMDD, with 50 added to the month of women where `plus_50`.
fn month_day(d: &[u32], plus_50: bool) -> bool {
    let (mut month, day) = (d[0] * 10 + d[1], d[2] * 10 + d[3]);
    if plus_50 && month > 50 {
        month -= 50;
    }
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => 0,
    };
    (1..=longest).contains(&day)
}

fn dea(d: &[u32]) -> bool {
    d.len() == 7 && (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]
}

fn vin(text: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if text.len() != 17 {
        return false;
    }
    let value = |b: u8| match b.to_ascii_uppercase() {
        b @ b'0'..=b'9' => Some(u32::from(b - b'0')),
        b @ b'A'..=b'H' => Some(u32::from(b - b'A') + 1),
        b @ b'J'..=b'N' => Some(u32::from(b - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b @ b'S'..=b'Z' => Some(u32::from(b - b'S') + 2),
        _ => None,
    };
    let Some(values) = text.iter().map(|&b| value(b)).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let sum = weighted(&values, &WEIGHTS) % 11;
    let check = if text[8].eq_ignore_ascii_case(&b'X') { 10 } else { values[8] };
    sum == check
}

fn ssn(d: &[u32]) -> bool {
    if d.len() != 9 {
        return false;
    }
    let area = d[0] * 100 + d[1] * 10 + d[2];
    area != 0 && area != 666 && area < 900 && d[3] + d[4] > 0 && d[5..].iter().any(|&x| x > 0)
}

/// Two or three numbers that can be day, month and year in some order.
fn numeric_date(text: &[u8]) -> bool {
    let parts: Vec<u32> = text
        .split(|b| !b.is_ascii_digit())
        .filter(|p| !p.is_empty() && p.len() <= 8)
        .filter_map(|p| std::str::from_utf8(p).ok()?.parse().ok())
        .collect();
    let day = |d: u32| (1..=31).contains(&d);
    let month = |m: u32| (1..=12).contains(&m);
    let year = |y: u32| y < 100 || (1850..=2100).contains(&y);
    match parts[..] {
        [whole] => {
            let (y, m, d) = (whole / 10000, whole / 100 % 100, whole % 100);
            (1850..=2100).contains(&y) && month(m) && day(d)
        }
        [a, b] => {
            (month(a) && (day(b) || year(b))) || (day(a) && month(b)) || (year(a) && month(b))
        }
        [a, b, c, ..] => {
            (day(a) && month(b) && year(c))
                || (month(a) && day(b) && year(c))
                || (year(a) && month(b) && day(c))
        }
        [] => false,
    }
}

fn verhoeff(digits: &[u32]) -> bool {
    const D: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const P: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |mut d: usize, times: usize| {
        for _ in 0..times % 8 {
            d = P[d] as usize;
        }
        d
    };
    let sum = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |c, (i, &d)| D[c as usize][permuted(d as usize, i)]);
    sum == 0
}

/// Ten digits, or eleven with a leading 1, whose area code and exchange can exist.
fn nanp(digits: &[u32]) -> bool {
    let d = match digits {
        [1, rest @ ..] if rest.len() >= 10 => rest,
        all => all,
    };
    d.len() >= 10 && d[0] >= 2 && d[1] != 9 && d[3] >= 2 && !(d[1] == 1 && d[2] == 1)
}

/// `L4L5S1`, `C5C6C7`, `T11/12`: adjacent levels that exist.
fn spinal_levels(text: &[u8]) -> bool {
    let mut levels: Vec<(u8, u32)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let b = text[at].to_ascii_uppercase();
        if matches!(b, b'C' | b'T' | b'D' | b'L' | b'S') {
            levels.push((b, 0));
            at += 1;
        } else if b.is_ascii_digit() {
            let end =
                text[at..].iter().position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| at + n);
            let n = text[at..end].iter().fold(0u32, |n, b| n * 10 + u32::from(b - b'0'));
            match levels.last_mut() {
                Some(last) if last.1 == 0 => last.1 = n,
                // `L4-5`: the letter carries on.
                Some(&mut (letter, _)) => levels.push((letter, n)),
                None => return false,
            }
            at = end;
        } else if matches!(b, b'-' | b'/' | b' ' | b',' | b'&') {
            at += 1;
        } else {
            return false;
        }
    }
    let order = |&(letter, n): &(u8, u32)| match letter {
        b'C' if (1..=8).contains(&n) => Some(n),
        b'T' | b'D' if (1..=12).contains(&n) => Some(8 + n),
        b'L' if (1..=6).contains(&n) => Some(20 + n),
        b'S' if (1..=5).contains(&n) => Some(26 + n),
        _ => None,
    };
    let Some(places) = levels.iter().map(order).collect::<Option<Vec<u32>>>() else { return false };
    // L5 is followed by S1: one step over the rarely used L6.
    places.len() >= 2 && places.windows(2).all(|w| w[1] > w[0] && w[1] - w[0] <= 2)
}

fn ipv4(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|&b| b == b'.').collect();
    parts.len() == 4
        && parts.iter().all(|p| {
            std::str::from_utf8(p).ok().and_then(|s| s.parse::<u16>().ok()).is_some_and(|n| n < 256)
        })
}

fn lat_long(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let numbers: Vec<f64> = text
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
        .filter_map(|p| p.parse().ok())
        .collect();
    matches!(numbers[..], [lat, long] if lat.abs() <= 90.0 && long.abs() <= 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers() {
        for (kind, valid, invalid) in [
            (Checksum::Luhn, "1000000040", "1234-567-890"),
            (Checksum::BcPhn, "9123 456 702", "9698 648 215"),
            (Checksum::QcNam, "TEST 5412 2816", "TEST 5412 2817"),
            (Checksum::QcNam, "ZZTA 7553 1519", "TEST 5413 2816"),
            (Checksum::QcNam, "AAAA 0101 0112", "TEST 5412 3216"),
            (Checksum::OnDriver, "T1234-74015-05615", "T1234-74015-01315"),
            (Checksum::Sin, "130-692-544", "046-454-286"),
            (Checksum::Npi, "1000000004", "1234567890"),
            (Checksum::Dea, "MZ3141594", "AB1234567"),
            (Checksum::Aba, "123456780", "123456789"),
            (Checksum::Vin, "1M8GDM9AXKP042788", "1M8GDM9A1KP042788"),
            (Checksum::Ssn, "219-09-9999", "666-12-3456"),
            (Checksum::Loinc, "72514-3", "72514-4"),
            (Checksum::Verhoeff, "82423001", "82423002"),
            (Checksum::NumericDate, "13/05/2021", "13/15/2021"),
            (Checksum::SpinalLevel, "L4L5S1", "M5V3L9"),
            (Checksum::SpinalLevel, "C5-6", "C6-5"),
            (Checksum::NotSpinalLevel, "L4K2T8", "C5C6C7"),
            (Checksum::Ipv4, "192.0.2.1", "256.0.2.1"),
            (Checksum::LatLong, "43.6532, -79.3832", "143.6, -79.4"),
            (Checksum::Nanp, "1-800-555-0100", "105-555-0123"),
        ] {
            assert!(passes(kind, valid.as_bytes()), "{kind:?} {valid}");
            assert!(!passes(kind, invalid.as_bytes()), "{kind:?} {invalid}");
        }
    }
}

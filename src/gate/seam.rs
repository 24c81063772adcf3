//! Seams: what stands joined to what masking wrote, as the rest of what was masked in part.
//!
//! A recognizer that fails leaves others to find a piece: `2l/09/[DATE-1]`, `np_[PROVIDER-1]`,
//! `echo.pain@[URL-1]`. A sign that joins a piece to something masked says more than the piece by
//! itself, so these wires can be finer than those of open text.

use super::decided::Part;
use crate::entity::{EntityType, Group};
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};
use std::ops::Range;
use std::sync::LazyLock;

/// What must have been written beside a seam.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    Anything,
    Person,
    /// A date, of however few signs.
    Date,
    /// More than a number of one or two digits, which are often scores that were masked,
    /// `4/[DATE-1]`; or the middle of more: `16/[DATE-1]/[DATE-2]`.
    LongDate,
    Phone,
    Number,
    /// A number of any kind, of six signs or more.
    LongNumber,
    Room,
}

impl Beside {
    fn is(self, part: &Part, within: bool) -> bool {
        use EntityType as E;
        let date = matches!(part.entity, E::Date | E::DateOfBirth | E::Holiday);
        match self {
            Self::Anything => true,
            Self::Person => part.entity.is_person() || part.entity == E::Username,
            Self::Date => date,
            Self::LongDate => date && (part.source.len() > 2 || within),
            Self::Phone => matches!(part.entity, E::Phone | E::Fax),
            Self::Number => {
                let number = part.entity.group() == Group::Number;
                number || matches!(part.entity, E::Phone | E::Fax | E::IpMac)
            }
            Self::LongNumber => {
                let number = matches!(part.entity.group(), Group::Number | Group::Contact);
                number && part.source.len() >= 6
            }
            Self::Room => part.entity == E::Room,
        }
    }
}

struct Wire {
    beside: Beside,
    regex: Regex,
    /// As what it is reported, where it is not what was written beside.
    entity: Option<EntityType>,
}

/// One or two digits of a date, also as a scanner reads them.
const DAY: &str = "(?:[0-9][0-9lOI]?|[lOI][0-9])";
/// The day of a month in words.
pub(super) const ORDINAL: &str = "(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\
    |tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|(?:twen|thir)tieth";
/// What does not stand before a number that is whole.
const FREE: &str = r"(?:^|[^0-9A-Za-z/.])";

/// Makes the machines of both sides.
pub(super) fn prepare() {
    LazyLock::force(&BEFORE);
    LazyLock::force(&BEHIND);
}

/// Of the text that ends where something was written.
static BEFORE: LazyLock<Vec<Wire>> = LazyLock::new(|| {
    let dates = format!(r"{FREE}{DAY} ?[/\-] ?{DAY} ?[/\-] ?\z");
    let days = r"(?:^|[^0-9A-Za-z:])\d{1,2}(?:st|nd|rd|th)? ?(?:and|et|&) ?\z";
    // No score has a zero in front.
    let zero = format!(r"{FREE}[0O][1-9]/\z");
    let words = format!(r"(?i)(?-u:\b)(?:{ORDINAL}) of \z|(?-u:\b)\d{{1,2}}(?:st|nd|rd|th)? of \z");
    let part = r"(?i)(?:^|[^0-9A-Za-z])(?:early|mid|late|début|debut|fin|mi)[ \-]\z";
    wires(&[
        (Beside::Date, &zero, None),
        (Beside::Date, &words, None),
        (Beside::Date, part, None),
        // The first group of a number: more than an hour has.
        (Beside::LongNumber, r"(?:^|[^0-9A-Za-z.,/\-])(?:[3-9]\d|2[4-9])\d\d \z", None),
        (Beside::Person, r"(?:^|[^0-9A-Za-z_.])(?:rn|np|md|rpn)\.\z", Some(EntityType::Username)),
        (Beside::LongDate, &format!(r"{FREE}{DAY}[/\-]\z"), None),
        (Beside::Date, &dates, None),
        (Beside::Date, days, None),
        (Beside::Anything, r"[A-Za-z0-9]@\z", Some(EntityType::Email)),
        // Roles of user names: dr_, np_, rn_.
        (Beside::Person, r"(?:^|[^0-9A-Za-z_])@?[a-z]{2,5}_\z", Some(EntityType::Username)),
        (Beside::Anything, r"\+\d{1,3} ?\z", Some(EntityType::Phone)),
        (
            Beside::Number,
            r"(?:^|[^0-9A-Za-z.])\d{2,3}(?:\.\d{1,3}){0,2}\.\z",
            Some(EntityType::IpMac),
        ),
        (
            Beside::Anything,
            r"(?:^|[^0-9A-Za-z:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){1,4}:\z",
            Some(EntityType::IpMac),
        ),
    ])
});

/// Of the text that begins where something was written.
static BEHIND: LazyLock<Vec<Wire>> = LazyLock::new(|| {
    let one = r"[/\-](?:\d[0-9lOI]{0,3}|[lOI]\d[0-9lOI]{0,2})(?:[^0-9A-Za-z/]|\z)";
    let more = format!("/{DAY}/[0-9lOI]{{2,4}}|-{DAY}-[0-9lOI]{{2,4}}");
    let apart =
        format!(r" ?[/\-] ?(?:{DAY}|[A-Za-z]{{3}}) ?[/\-] ?\z|/[0O][1-9](?:[^0-9A-Za-z/.%]|\z)");
    let goes_on =
        r"(?i) ?(?:to|à|au|and|et|&|-) ?(?:\d{1,2}|(?:19|20)\d\d)(?:[,;)\n]|\.(?:\s|\z)|\z)";
    let words = format!(r"(?i) the (?:{ORDINAL})(?-u:\b)");
    wires(&[
        (Beside::Date, &apart, None),
        (Beside::Date, goes_on, None),
        (Beside::Date, &words, None),
        (Beside::LongDate, r":\d\d:\d\d(?-u:\b)", None),
        (Beside::Room, r"-[A-Za-z0-9]{1,2}(?-u:\b)", None),
        (Beside::LongDate, one, None),
        (Beside::Date, &more, None),
        (Beside::Phone, r"(?i),? ?(?:x|ext\.?|poste|#) ?\d{1,5}(?-u:\b)", None),
    ])
});

fn wires(shapes: &[(Beside, &str, Option<EntityType>)]) -> Vec<Wire> {
    let wire = |&(beside, shape, entity): &(Beside, &str, _)| Wire {
        beside,
        regex: Regex::new(shape).expect("the wires are tested"),
        entity,
    };
    shapes.iter().map(wire).collect()
}

/// What is joined to a written part, with its range in the text: `before` and `behind` are the
/// stretches on its two sides in which nothing was written.
pub(super) fn joined(
    text: &str,
    part: &Part,
    before: Range<usize>,
    behind: Range<usize>,
) -> Vec<(EntityType, Range<usize>)> {
    let mut found = Vec::new();
    let (from, front, back) = (before.start, &text[before], &text[behind.clone()]);
    let within = is_joined(front.bytes().rev()) && is_joined(back.bytes());
    for wire in BEFORE.iter().filter(|w| w.beside.is(part, within)) {
        if let Some(m) = wire.regex.find(front) {
            found.push((wire.entity.unwrap_or(part.entity), from + m.start()..from + m.end()));
        }
    }
    let from = behind.start;
    for wire in BEHIND.iter().filter(|w| w.beside.is(part, within)) {
        if let Some(m) = wire.regex.find(Input::new(back).anchored(Anchored::Yes)) {
            found.push((wire.entity.unwrap_or(part.entity), from + m.start()..from + m.end()));
        }
    }
    found
}

/// True when these bytes begin with a sign that joins, with a letter, a digit or something written
/// behind it.
fn is_joined(mut bytes: impl Iterator<Item = u8>) -> bool {
    bytes.next().is_some_and(|b| b"/-.".contains(&b))
        && bytes.next().is_none_or(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::ByteSpan;

    #[test]
    fn the_rest_of_what_was_masked_in_part_is_seen_and_scores_are_not() {
        use EntityType as E;
        // Where the bar stands, something of so many bytes was masked.
        let cases = [
            ("Seen 9/| in clinic", E::Date, 7, 1),
            ("Seen 2l/| in clinic", E::Date, 5, 1),
            ("MRI |/23 report", E::Date, 6, 1),
            ("dob |/09/56, hc", E::DateOfBirth, 2, 1),
            ("T: 18/01/| 0820", E::Date, 2, 1),
            ("DATE |/12/|", E::Date, 2, 1),
            ("STOP 16/|/|", E::Date, 2, 1),
            ("5, 12 and | 2024", E::Date, 9, 1),
            ("DATE | - O2 - |", E::Date, 2, 1),
            ("DOB |/APR/|", E::DateOfBirth, 2, 1),
            ("QTc 05/| 452", E::Date, 2, 1),
            ("rec'd |/O2 by", E::Date, 2, 1),
            ("on the second of |, with", E::Date, 13, 1),
            ("RTC late |", E::Date, 4, 1),
            ("away | to 24.", E::Date, 7, 1),
            ("came | the fourth", E::Date, 8, 1),
            ("sent |:40:11", E::Date, 13, 1),
            ("card 9083 |, seen", E::HealthNumber, 10, 1),
            ("called 1430 |, seen", E::Phone, 12, 0),
            ("ch |-a, Mme", E::Room, 3, 1),
            ("on | to 24 mg, from | and 40 mg", E::Date, 8, 0),
            ("finally |, mid |", E::PersonOther, 8, 0),
            ("cultures 4/| MSSA, attendance |/24.", E::Date, 1, 0),
            ("a1c last |.8, egfr 64", E::Date, 5, 0),
            ("pain 7/10 on |", E::Date, 10, 0),
            ("write to echo.pain@|", E::Url, 9, 1),
            ("[08:33] np_|: yes", E::PersonProvider, 9, 1),
            ("form v7_|", E::PersonProvider, 9, 0),
            ("called +48 |", E::Phone, 9, 1),
            ("Call back | x 3 or", E::Phone, 12, 1),
            ("in Toronto x1 good, | x1", E::City, 7, 0),
            ("from 192.0.|", E::Phone, 3, 1),
            ("mac 3c:71:|", E::Phone, 5, 1),
            ("at 14:20, |", E::PersonOther, 5, 0),
        ];
        for (text, entity, len, expected) in cases {
            let at = text.find('|').unwrap();
            let next = text[at + 1..].find('|').map_or(text.len(), |n| at + 1 + n);
            let part = Part {
                source: ByteSpan::new(at as u32, at as u32 + len),
                output: ByteSpan::new(at as u32, at as u32 + 1),
                entity,
                written: true,
            };
            let found = joined(text, &part, 0..at, at + 1..next);
            assert_eq!(found.len().min(1), expected, "{text}");
        }
    }
}

//! Dates, weekdays and holidays as people write them, English and French.

use super::random::Random;
use crate::operator::{MONTHS_EN, MONTHS_FR};

const MONTHS_EN_SHORT: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];
const MONTHS_FR_SHORT: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];
pub(super) const WEEKDAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const WEEKDAYS_FR: [&str; 7] =
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
pub(super) const HOLIDAYS_EN: [&str; 14] = [
    "Christmas",
    "Boxing Day",
    "New Year's",
    "Family Day",
    "Good Friday",
    "Easter",
    "Victoria Day",
    "Canada Day",
    "Labour Day",
    "Thanksgiving",
    "Remembrance Day",
    "Halloween",
    "Diwali",
    "Eid",
];
pub(super) const HOLIDAYS_FR: [&str; 11] = [
    "Noël",
    "jour de l'An",
    "Pâques",
    "Vendredi saint",
    "Saint-Jean-Baptiste",
    "fête du Canada",
    "fête du Travail",
    "Action de grâces",
    "Halloween",
    "Saint-Valentin",
    "jour du Souvenir",
];

pub(super) fn month(french: bool, r: &mut Random) -> String {
    let m = r.below(12);
    let short = r.percent(40);
    let text = match (french, short) {
        (true, true) => MONTHS_FR_SHORT[m],
        (true, false) => MONTHS_FR[m],
        (false, true) => MONTHS_EN_SHORT[m],
        (false, false) => MONTHS_EN[m],
    };
    if r.percent(8) { text.to_lowercase() } else { text.to_owned() }
}

pub(super) fn year_or_short(r: &mut Random) -> String {
    if r.percent(10) { r.fill("'2#") } else { year(r).to_string() }
}

pub(super) fn long_date(french: bool, r: &mut Random) -> String {
    let (day, month, year) = (r.between(1, 28), month(french, r), year(r));
    if french {
        let day = if day == 1 { "1er".to_owned() } else { day.to_string() };
        return match r.below(4) {
            0 => format!("{day} {month}"),
            _ => format!("{day} {month} {year}"),
        };
    }
    match r.below(6) {
        0 => format!("{day} {month} {year}"),
        1 => format!("{month} {day}"),
        2 => format!("{month} {day}{} {year}", ["th", "st", "nd", "rd"][r.below(4)]),
        3 => format!("{month}. {day}/{:02}", year % 100),
        _ => format!("{month} {day}, {year}"),
    }
}

pub(super) fn date(french: bool, r: &mut Random) -> String {
    match r.below(3) {
        0 => numeric_date(r),
        _ => long_date(french, r),
    }
}

pub(super) fn range(french: bool, r: &mut Random) -> String {
    let (a, b) = (r.between(1, 14), r.between(15, 28));
    let (month, y) = (month(french, r), r.between(1985, 2022));
    match r.below(3) {
        0 => format!("{y}-{}", y + r.between(1, 8)),
        1 if french => format!("{a} au {b} {month} {y}"),
        _ if french => format!("{y} à {}", y + 2),
        1 => format!("{month} {a}-{b}, {y}"),
        _ => format!("{month} {y} to {} {}", self::month(french, r), y + 1),
    }
}

pub(super) fn year(r: &mut Random) -> usize {
    if r.percent(75) { r.between(2008, 2026) } else { r.between(1936, 2007) }
}

pub(super) fn numeric_date(r: &mut Random) -> String {
    let (y, m, d) = (year(r), r.between(1, 12), r.between(1, 28));
    match r.below(9) {
        0 => format!("{y}-{m:02}-{d:02}"),
        1 => format!("{y}/{m:02}/{d:02}"),
        2 => format!("{d:02}/{m:02}/{y}"),
        3 => format!("{m}/{d}/{:02}", y % 100),
        4 => format!("{m:02}/{d:02}/{y}"),
        5 => format!("{d:02}-{m:02}-{y}"),
        6 => format!("{d:02}.{m:02}.{y}"),
        7 => format!("{d}-{}-{y}", MONTHS_EN_SHORT[m - 1]),
        _ => format!("{y}-{m:02}-{d:02}"),
    }
}

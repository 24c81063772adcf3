//! Dates: relative, as years, as seasons, shifted.

use super::calendar::{Date, MONTHS_EN, MONTHS_FR, distance};
use super::date_text::{self, DateText};
use super::language::Lang;
use super::{Made, Mention};
use crate::policy::Setting;

/// The preposition in front of a date, which the date takes along: "on 7 March 2024" becomes
/// "in 2024", « le 7 mars 2024 » « 3 mois avant la présentation ».
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    None,
    On,
    Le,
    Du,
    Au,
}

const LEADS: [(&str, Lead); 4] =
    [("on", Lead::On), ("le", Lead::Le), ("du", Lead::Du), ("au", Lead::Au)];

/// The preposition, how many bytes in front of the entity it takes with its spaces, and whether it
/// is in capitals. An entity that has grown by it before begins with it.
fn lead(m: &Mention<'_>) -> (Lead, u32, bool) {
    if let Some((own, _)) = m.text.split_once([' ', '\u{a0}', '\u{202f}'])
        && let Some((_, lead)) = LEADS.iter().find(|(text, _)| own.eq_ignore_ascii_case(text))
    {
        return (*lead, 0, own.starts_with(|c: char| c.is_uppercase()));
    }
    let word = m.before.trim_end_matches([' ', '\u{a0}', '\u{202f}']);
    let spaces = m.before.len() - word.len();
    if spaces == 0 || spaces > 3 {
        return (Lead::None, 0, false);
    }
    for (text, lead) in LEADS {
        let Some(at) = word.len().checked_sub(2).filter(|&i| word.is_char_boundary(i)) else {
            continue;
        };
        let (rest, own) = word.split_at(at);
        // « jusqu'au 7 mars » becomes « jusqu'à 3 mois avant ».
        let elided = rest.ends_with(['\'', '’']);
        let until = rest.trim_end_matches(['\'', '’']).to_lowercase().ends_with("jusqu");
        if own.eq_ignore_ascii_case(text)
            && !rest.ends_with(char::is_alphanumeric)
            && (!elided || until && lead == Lead::Au)
        {
            let upper = own.starts_with(|c: char| c.is_uppercase());
            return (lead, (spaces + 2) as u32, upper);
        }
    }
    (Lead::None, 0, false)
}

/// A full date as the time before or after `index`; other dates as their year.
pub(super) fn relative(setting: &Setting, m: &Mention<'_>, index: Date, to: Option<&str>) -> Made {
    let DateText::Full(date) = date_text::read(m.text) else { return year(setting, m) };
    if setting.from_year.is_some_and(|from| date.year < from) {
        return Made::Unread;
    }
    let (lead, bytes, upper) = lead(m);
    let text = distance(date, index, to, m.lang);
    match lead {
        Lead::None => Made::Text(text),
        Lead::Au => Made::Phrase {
            text: format!("{} {text}", if upper { "À" } else { "à" }),
            lead: bytes,
        },
        Lead::On | Lead::Le | Lead::Du => Made::Phrase { text: capital(&text, upper), lead: bytes },
    }
}

fn capital(text: &str, upper: bool) -> String {
    match text.chars().next().filter(|_| upper) {
        Some(c) => c.to_uppercase().chain(text.chars().skip(1)).collect(),
        None => text.to_owned(),
    }
}

/// A date as its year.
pub(super) fn year(setting: &Setting, m: &Mention<'_>) -> Made {
    let shown = |year: i32| setting.from_year.is_none_or(|from| year >= from);
    match date_text::read(m.text) {
        DateText::Years(first) if shown(first) => Made::Kept,
        DateText::InYear(year) | DateText::Season(Some(year)) if shown(year) => in_year(m, year),
        DateText::Full(date) if shown(date.year) => in_year(m, date.year),
        _ => Made::Unread,
    }
}

/// A year in the place of a date, with the preposition that years have.
fn in_year(m: &Mention<'_>, year: i32) -> Made {
    // An article or preposition that was elided: « à l'été 2019 », « d'avril 2024 ».
    if m.before.ends_with(['\'', '’']) {
        let elided = m.before.trim_end_matches(['\'', '’']);
        let bytes = m.before.len() - elided.len() + 1;
        return if elided.ends_with('d') {
            Made::Phrase { text: format!("de {year}"), lead: bytes as u32 }
        } else {
            Made::Text(format!("année {year}"))
        };
    }
    let (lead, bytes, upper) = lead(m);
    let preposition = match lead {
        Lead::None => return Made::Text(year.to_string()),
        Lead::On => ("in", "In"),
        Lead::Le => ("en", "En"),
        Lead::Du => ("de", "De"),
        Lead::Au => ("à", "À"),
    };
    let preposition = if upper { preposition.1 } else { preposition.0 };
    Made::Phrase { text: format!("{preposition} {year}"), lead: bytes }
}

/// A season stays, with its year; other dates become their year.
pub(super) fn season(setting: &Setting, m: &Mention<'_>) -> Made {
    let shown = |year: i32| setting.from_year.is_none_or(|from| year >= from);
    match date_text::read(m.text) {
        DateText::Season(year) if year.is_none_or(shown) => Made::Kept,
        _ => year(setting, m),
    }
}

/// A full date moved by whole weeks, in the form in which it is written. What is not certainly a
/// date is not moved: a moved pain score would give the offset away.
pub(super) fn shift(setting: &Setting, m: &Mention<'_>, weeks: Option<i32>) -> Made {
    let Some(weeks) = weeks else { return Made::Unread };
    let DateText::Full(date) = date_text::read(m.text) else { return year(setting, m) };
    // A neighbour or the tagger may be wrong; a rule has read the date.
    if m.entity.evidence.model.is_some() {
        return Made::Unread;
    }
    let moved = Date::from_days(date.days() + 7 * weeks);
    Made::Text(write_like(m, date, moved))
}

/// `moved` in the manner of the original.
fn write_like(m: &Mention<'_>, date: Date, moved: Date) -> String {
    let Date { year, month, day } = moved;
    let numeric = !m.text.chars().any(char::is_alphabetic);
    let sign = m.text.chars().find(|c| matches!(c, '/' | '.'));
    let digits: Vec<&str> =
        m.text.split(|c: char| !c.is_ascii_digit()).filter(|d| !d.is_empty()).collect();
    if numeric && let [first, second, last, ..] = digits.as_slice() {
        let sign = sign.unwrap_or('-');
        let same = |d: &str, n: u32| d.parse() == Ok(n);
        return if first.len() == 4 {
            format!("{year}{sign}{month:02}{sign}{day:02}")
        } else {
            let (a, b) = if same(first, date.month) && same(second, date.day) {
                (month, day)
            } else {
                (day, month)
            };
            let year =
                if last.len() == 2 { format!("{:02}", year % 100) } else { year.to_string() };
            format!("{a:02}{sign}{b:02}{sign}{year}")
        };
    }
    if numeric && digits.first().is_some_and(|d| d.len() == 8) {
        return format!("{year}{month:02}{day:02}");
    }
    let at = month as usize - 1;
    match m.lang {
        Lang::En => format!("{} {day}, {year}", MONTHS_EN[at]),
        Lang::Fr => {
            let day = if day == 1 { "1er".to_owned() } else { day.to_string() };
            format!("{day} {} {year}", MONTHS_FR[at])
        }
    }
}

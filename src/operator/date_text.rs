//! What a date says, as people write it in English and French. What is not certain is not read.

use super::calendar::Date;
use crate::decode::Normalized;

/// A date as far as it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateText {
    /// One day.
    Full(Date),
    /// Nothing but years; the earliest.
    Years(i32),
    /// More than the year, but not one certain day.
    InYear(i32),
    /// A season, with its year if it has one.
    Season(Option<i32>),
    /// Anything else.
    Other,
}

const MONTHS: [&[&str]; 12] = [
    &["january", "janvier", "jan", "janv"],
    &["february", "fevrier", "feb", "fev", "fevr"],
    &["march", "mars", "mar"],
    &["april", "avril", "apr", "avr"],
    &["may", "mai"],
    &["june", "juin", "jun"],
    &["july", "juillet", "jul", "juil", "juill"],
    &["august", "aout", "aug"],
    &["september", "septembre", "sep", "sept"],
    &["october", "octobre", "oct"],
    &["november", "novembre", "nov"],
    &["december", "decembre", "dec"],
];
const SEASONS: [&str; 9] =
    ["spring", "summer", "fall", "autumn", "winter", "printemps", "ete", "automne", "hiver"];
/// Words that change nothing: weekdays, ordinals, articles, clocks.
const SILENT: [&str; 46] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "st",
    "nd",
    "rd",
    "th",
    "er",
    "e",
    "eme",
    "the",
    "of",
    "de",
    "le",
    "l",
    "d",
    "day",
    "on",
    "du",
    "au",
    "est",
    "edt",
    "z",
    "am",
    "pm",
];

/// The month of that word, from 1.
pub(super) fn month(word: &str) -> Option<u32> {
    MONTHS.iter().position(|names| names.contains(&word)).map(|i| i as u32 + 1)
}

/// Reads a date.
pub(super) fn read(text: &str) -> DateText {
    let folded = Normalized::new(text).text.to_lowercase();
    let mut reading = Reading::default();
    reading.take(&folded);
    reading.conclude()
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "what was seen, each for itself")]
struct Reading {
    numbers: Vec<(i32, usize, char)>,
    months: Vec<u32>,
    /// How many numbers stand before the month.
    before_month: usize,
    season: bool,
    decade: bool,
    quarter: bool,
    /// Two days or more.
    range: bool,
    /// Words that are not understood.
    unknown: bool,
}

impl Reading {
    fn take(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        let mut sign = ' ';
        while i < bytes.len() {
            let b = bytes[i];
            if b.is_ascii_digit() {
                let start = i;
                while i < bytes.len() && bytes[i].is_ascii_digit() {
                    i += 1;
                }
                let digits = i - start;
                // A clock, as in 14:30 and 14h30, ends what the date says.
                let clock =
                    bytes.get(i) == Some(&b':') && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
                let hours = bytes.get(i) == Some(&b'h');
                let stamped = digits >= 4 && digits != 8 && sign == 't';
                if (clock || hours || stamped) && !self.numbers.is_empty() {
                    return;
                }
                let value = text[start..i].parse().unwrap_or(-1);
                self.numbers.push((value, digits, sign));
                sign = 'x';
            } else if b.is_ascii_alphabetic() || !b.is_ascii() {
                let start = i;
                while i < bytes.len() && (bytes[i].is_ascii_alphabetic() || !bytes[i].is_ascii()) {
                    i += 1;
                }
                sign = self.word(&text[start..i], sign);
            } else {
                if !(b == b' ' && sign != 'x' && sign != ' ') {
                    sign = b as char;
                }
                i += 1;
            }
        }
    }

    /// Takes a word; gives what stands before the next number.
    fn word(&mut self, word: &str, before: char) -> char {
        if let Some(month) = month(word) {
            if self.months.is_empty() {
                self.before_month = self.numbers.len();
            }
            self.months.push(month);
            return 'm';
        }
        match word {
            "t" if before == 'x' && self.numbers.last().is_some_and(|n| n.1 >= 2) => return 't',
            "q" | "t" | "quarter" | "trimestre" => self.quarter = true,
            "s" if before == 'x' || before == '\'' => self.decade = true,
            "annees" => self.decade = true,
            "to" | "au" | "and" | "et" | "until" | "through" | "a" | "or" | "ou"
                if !self.numbers.is_empty() =>
            {
                self.range = true;
            }
            w if SEASONS.contains(&w) => self.season = true,
            w if SILENT.contains(&w) => {}
            _ => self.unknown = true,
        }
        'w'
    }

    fn conclude(&self) -> DateText {
        let is_year = |n: &(i32, usize, char)| n.1 == 4 && (1850..2050).contains(&n.0);
        let mut years: Vec<i32> = self.numbers.iter().filter(|n| is_year(n)).map(|n| n.0).collect();
        let short = |n: &(i32, usize, char)| n.1 == 2 && n.2 == '\'' && !self.decade;
        years.extend(self.numbers.iter().filter(|n| short(n)).map(|n| century(n.0)));
        let small: Vec<(i32, usize, char)> =
            self.numbers.iter().filter(|n| !is_year(n) && !short(n)).copied().collect();
        let in_year = match years.as_slice() {
            [first, rest @ ..] if rest.iter().all(|y| y == first) => DateText::InYear(*first),
            _ => DateText::Other,
        };
        if self.season {
            return match years.first() {
                Some(year) => DateText::Season(Some(*year)),
                None if small.is_empty() => DateText::Season(None),
                None => DateText::Other,
            };
        }
        if self.decade && self.months.is_empty() {
            return match self.numbers.as_slice() {
                [(n, 4, _)] if (1850..2050).contains(n) => DateText::Years(*n),
                [(n, 2, _)] => DateText::Years(1900 + n),
                _ => DateText::Other,
            };
        }
        let mut months = self.months.clone();
        months.dedup();
        if self.quarter || self.range || self.unknown || months.len() > 1 {
            let only_years = small.is_empty() && months.is_empty() && !self.quarter;
            return match years.iter().min() {
                Some(first) if only_years && years.len() > 1 => DateText::Years(*first),
                _ => in_year,
            };
        }
        match months.first() {
            Some(month) => self.written(*month, &years, &small, in_year),
            None => self.numeric(&years, &small, in_year),
        }
    }

    /// A date with its month in letters.
    fn written(
        &self,
        month: u32,
        years: &[i32],
        small: &[(i32, usize, char)],
        in_year: DateText,
    ) -> DateText {
        let full = |year, day: i32| match Date::new(year, month, day.unsigned_abs()) {
            Some(date) => DateText::Full(date),
            None => DateText::Other,
        };
        match (years, small) {
            ([year], [(day, 1 | 2, _)]) => full(*year, *day),
            // Two numbers side by side with a dash are two days: March 7-12, 7-12 March.
            ([], [(day, 1 | 2, _), (year, 2, sign)])
                if self.before_month == 1 || self.before_month == 0 && *sign != '-' =>
            {
                full(century(*year), *day)
            }
            ([], [(year, 2, _)]) if *year > 31 => DateText::InYear(century(*year)),
            _ => in_year,
        }
    }

    /// A date in numbers alone.
    fn numeric(&self, years: &[i32], small: &[(i32, usize, char)], in_year: DateText) -> DateText {
        let full = |y, m: i32, d: i32| match Date::new(y, m.unsigned_abs(), d.unsigned_abs()) {
            Some(date) => DateText::Full(date),
            None => DateText::Other,
        };
        match (years, small) {
            ([year], []) => DateText::Years(*year),
            ([_, _, ..], []) => DateText::Years(*years.iter().min().unwrap_or(&0)),
            ([], [(n, 8, _)]) => full(n / 10_000, n / 100 % 100, n % 100),
            ([year], [(a, ..), (b, ..)]) if self.numbers[0].0 == *year => full(*year, *a, *b),
            ([year], [(a, ..), (b, ..)]) if self.numbers[2].0 == *year => {
                match (*a > 12, *b > 12) {
                    (true, false) => full(*year, *b, *a),
                    (false, true) => full(*year, *a, *b),
                    // Canada writes both orders.
                    (false, false) if a != b => in_year,
                    _ => full(*year, *a, *b),
                }
            }
            // 2016-19 is three years; 2016-11 is a month.
            ([year], [(n, 2, '-' | '/')]) if *n > 12 && century(*n) > *year => {
                DateText::Years(*year)
            }
            ([_], [_]) => in_year,
            ([], [(a, 1 | 2, _), (b, 1 | 2, sign), (year, 2, _)]) => match (*a > 12, *b > 12) {
                (false, true) => full(century(*year), *a, *b),
                (false, false) if *sign == '/' => DateText::InYear(century(*year)),
                _ => DateText::Other,
            },
            _ => DateText::Other,
        }
    }
}

/// The year of two digits: those up to 49 are of this century.
fn century(year: i32) -> i32 {
    if year <= 49 { 2000 + year } else { 1900 + year }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        let full = |y, m, d| DateText::Full(Date::new(y, m, d).unwrap());
        for (text, expected) in [
            ("March 7, 2024", full(2024, 3, 7)),
            ("7 mars 2024", full(2024, 3, 7)),
            ("1er avril 2023", full(2023, 4, 1)),
            ("Thursday, March 7th, 2024", full(2024, 3, 7)),
            ("the 7th of March, 2024", full(2024, 3, 7)),
            ("Mar. 7th/24", full(2024, 3, 7)),
            ("07MAR2024", full(2024, 3, 7)),
            ("5-JAN-24", full(2024, 1, 5)),
            ("7-mars-24", full(2024, 3, 7)),
            ("nov 29 23", full(2023, 11, 29)),
            ("04 AUG/AOÛT 75", full(1975, 8, 4)),
            ("2024-03-07", full(2024, 3, 7)),
            ("2024/3/9", full(2024, 3, 9)),
            ("19/03/2024", full(2024, 3, 19)),
            ("03/19/2024", full(2024, 3, 19)),
            ("03-19-24", full(2024, 3, 19)),
            ("20240307", full(2024, 3, 7)),
            ("2024-03-07T14:30:00-05:00", full(2024, 3, 7)),
            ("20240307T143000Z", full(2024, 3, 7)),
            ("2024-03-07 14:30", full(2024, 3, 7)),
            ("07/03/2024", DateText::InYear(2024)),
            ("7/3/24", DateText::InYear(2024)),
            ("24-03-07", DateText::Other),
            ("March 2024", DateText::InYear(2024)),
            ("mars 2024", DateText::InYear(2024)),
            ("2024-02", DateText::InYear(2024)),
            ("11/2019", DateText::InYear(2019)),
            ("Sept '19", DateText::InYear(2019)),
            ("March 7-12, 2024", DateText::InYear(2024)),
            ("3 au 8 mai 2021", DateText::InYear(2021)),
            ("Q3 2022", DateText::InYear(2022)),
            ("late March 2024", DateText::InYear(2024)),
            ("31 février 2024", DateText::Other),
            ("March 7", DateText::Other),
            ("March 7-12", DateText::Other),
            ("7-12 March", DateText::Other),
            ("du 3 au 8 mai", DateText::Other),
            ("mars", DateText::Other),
            ("7/3", DateText::Other),
            ("two thousand twenty-four", DateText::Other),
            ("2O15", DateText::Other),
            ("2016", DateText::Years(2016)),
            ("'09", DateText::Years(2009)),
            ("2016-2019", DateText::Years(2016)),
            ("2016-19", DateText::Years(2016)),
            ("2011 until 2016", DateText::Years(2011)),
            ("2000s", DateText::Years(2000)),
            ("années 90", DateText::Years(1990)),
            ("summer", DateText::Season(None)),
            ("été", DateText::Season(None)),
            ("Spring 2019", DateText::Season(Some(2019))),
            ("hiver 2018-2019", DateText::Season(Some(2018))),
            ("Thanksgiving", DateText::Other),
            ("Monday", DateText::Other),
            ("", DateText::Other),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}

//! Days of the calendar, and the time between two of them in words.

use super::language::Lang;

/// Months as English writes them.
pub(crate) const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Months as French writes them.
pub(crate) const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
}

impl Date {
    /// The day, if there is one of that name.
    pub(super) fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            _ => return None,
        };
        ((1850..2100).contains(&year) && (1..=last).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Days since 1970-01-01. Source: the usual era arithmetic with years that begin in March.
    pub(super) fn days(self) -> i32 {
        let y = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let month = (self.month as i32 + 9) % 12;
        let of_year = (153 * month + 2) / 5 + self.day as i32 - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The day of that number.
    pub(super) fn from_days(days: i32) -> Self {
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
        Self { year: year + era * 400, month: month as u32, day: day as u32 }
    }

    /// Whole years from this day to a later one, as ages are counted.
    pub(super) fn years_until(self, later: Self) -> Option<u32> {
        let birthday_passed = (later.month, later.day) >= (self.month, self.day);
        let years = later.year - self.year - i32::from(!birthday_passed);
        u32::try_from(years).ok()
    }
}

/// The day so many days after 1970-01-01, as `2024-03-05`; `None` when it is millions of days off,
/// beyond what anybody means.
pub(crate) fn iso_day(days: i64) -> Option<String> {
    let days = i32::try_from(days).ok().filter(|days| days.unsigned_abs() <= 4_000_000)?;
    let Date { year, month, day } = Date::from_days(days);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// The time from `index` to `date`: days up to two weeks, weeks up to nine, months up to two
/// years, then years. `to` is what it is counted from.
pub(super) fn distance(date: Date, index: Date, to: Option<&str>, lang: Lang) -> String {
    let days = date.days() - index.days();
    let n = days.abs();
    if days == 0 {
        return match (lang, to) {
            (Lang::En, Some(to)) => to.to_owned(),
            (Lang::Fr, Some(to)) => to.to_owned(),
            (Lang::En, None) => "the day of presentation".to_owned(),
            (Lang::Fr, None) => "le jour de la présentation".to_owned(),
        };
    }
    let (n, unit) = match n {
        0..14 => (n, 0),
        14..63 => ((n + 3) / 7, 1),
        // 30.44 days a month, 365.25 days a year, rounded.
        63..730 => ((n * 100 + 1522) / 3044, 2),
        _ => ((n * 100 + 18_262) / 36_525, 3),
    };
    let one = n == 1;
    match lang {
        Lang::En => {
            let unit =
                [("day", "days"), ("week", "weeks"), ("month", "months"), ("year", "years")][unit];
            let side = if days < 0 { "before" } else { "after" };
            format!(
                "{n} {} {side} {}",
                if one { unit.0 } else { unit.1 },
                to.unwrap_or("presentation")
            )
        }
        Lang::Fr => {
            let unit =
                [("jour", "jours"), ("semaine", "semaines"), ("mois", "mois"), ("an", "ans")][unit];
            let side = if days < 0 { "avant" } else { "après" };
            let to = to.unwrap_or("la présentation");
            format!("{n} {} {side} {to}", if one { unit.0 } else { unit.1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(y: i32, m: u32, d: u32) -> Date {
        Date::new(y, m, d).unwrap()
    }

    #[test]
    fn days_and_back() {
        assert_eq!(date(1970, 1, 1).days(), 0);
        assert_eq!(date(2024, 3, 7).days(), 19_789);
        for days in (-40_000..47_000).step_by(13) {
            assert_eq!(Date::from_days(days).days(), days);
        }
        assert_eq!(Date::new(2023, 2, 29), None);
        assert_eq!(date(1977, 3, 8).years_until(date(2024, 3, 7)), Some(46));
    }

    #[test]
    fn distances_in_words() {
        let index = date(2024, 3, 7);
        for (d, en, fr) in [
            (date(2024, 3, 7), "the day of presentation", "le jour de la présentation"),
            (date(2024, 3, 6), "1 day before presentation", "1 jour avant la présentation"),
            (date(2024, 2, 15), "3 weeks before presentation", "3 semaines avant la présentation"),
            (date(2023, 12, 7), "3 months before presentation", "3 mois avant la présentation"),
            (date(2018, 6, 1), "6 years before presentation", "6 ans avant la présentation"),
            (date(2024, 4, 4), "4 weeks after presentation", "4 semaines après la présentation"),
        ] {
            assert_eq!(distance(d, index, None, Lang::En), en);
            assert_eq!(distance(d, index, None, Lang::Fr), fr);
        }
        assert_eq!(
            distance(date(2024, 3, 9), index, Some("[DATE-1]"), Lang::En),
            "2 days after [DATE-1]"
        );
    }
}

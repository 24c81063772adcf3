//! Dates, from a whole one to a season.

use super::{Source, pick, pick_str};
use crate::learn::calendar;
use crate::learn::random::Random;

impl Source<'_> {
    /// The value of a slot that is a date.
    pub(super) fn date(&self, slot: &str, r: &mut Random) -> Option<String> {
        Some(match slot {
            "date" | "dob" => calendar::date(self.french, r),
            "dnum" => calendar::numeric_date(r),
            "dlong" => calendar::long_date(self.french, r),
            "diso" => {
                format!("{}-{:02}-{:02}", calendar::year(r), r.between(1, 12), r.between(1, 28))
            }
            "monthyear" => {
                format!("{} {}", calendar::month(self.french, r), calendar::year_or_short(r))
            }
            "monthday" => {
                let day = r.between(1, 28);
                if self.french {
                    format!("{day} {}", calendar::month(self.french, r))
                } else {
                    format!("{} {day}", calendar::month(self.french, r))
                }
            }
            "year" => calendar::year(r).to_string(),
            "daterange" => calendar::range(self.french, r),
            "weekday" => {
                pick(r, if self.french { &calendar::WEEKDAYS_FR } else { &calendar::WEEKDAYS_EN })
            }
            "wdate" => {
                let day = pick(
                    r,
                    if self.french { &calendar::WEEKDAYS_FR } else { &calendar::WEEKDAYS_EN },
                );
                let date = calendar::long_date(self.french, r);
                if self.french { format!("{day} {date}") } else { format!("{day}, {date}") }
            }
            "season" => format!(
                "{} {}",
                pick_str(
                    r,
                    self.french,
                    &["spring", "summer", "fall", "winter", "Spring of", "autumn"],
                    &["printemps", "été", "automne", "hiver", "été"]
                ),
                calendar::year(r)
            ),
            "holiday" => {
                pick(r, if self.french { &calendar::HOLIDAYS_FR } else { &calendar::HOLIDAYS_EN })
            }
            _ => return None,
        })
    }
}

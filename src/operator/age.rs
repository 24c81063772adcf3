//! Ages as `90+` or a band; birth dates as the age at the presentation.

use super::anchor::Anchor;
use super::bracket;
use super::date_text::{self, DateText};
use super::{Made, Mention};
use crate::entity::EntityType;
use crate::policy::Setting;

/// The age that a text says, in years.
pub(super) fn years(text: &str) -> Option<u32> {
    let digits: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|n| *n <= 130)
}

/// `90+`, a band, or the age that a birth date gives.
pub(super) fn write(setting: &Setting, m: &Mention<'_>, anchor: Option<&Anchor>) -> Made {
    let ninety = || bracket("AGE", "ÂGE", m.lang, "90+");
    if m.entity.entity == EntityType::DateOfBirth {
        let named = anchor.filter(|a| a.named);
        let (DateText::Full(born), Some(anchor)) = (date_text::read(m.text), named) else {
            return Made::Unread;
        };
        let Some(age) = born.years_until(anchor.date) else { return Made::Unread };
        let age = if age >= 90 { "90+".to_owned() } else { band(setting, age) };
        return Made::Text(bracket("AGE", "ÂGE", m.lang, &age));
    }
    match years(m.text) {
        // Ages that are found at all are of 90 and more, however they are written: ordinals, words.
        Some(age) if age < 90 && m.entity.entity != EntityType::Age90 => {
            let text = band(setting, age);
            if text == age.to_string() { Made::Kept } else { Made::Text(text) }
        }
        _ if matches!(date_text::read(m.text), DateText::Years(_)) => Made::Text(ninety()),
        // "95+" is found without its sign.
        _ => Made::Text(if m.after.starts_with('+') { "90" } else { "90+" }.to_owned()),
    }
}

fn band(setting: &Setting, age: u32) -> String {
    match setting.band {
        Some(width) => format!("{}-{}", age / width * width, age / width * width + width - 1),
        None => age.to_string(),
    }
}

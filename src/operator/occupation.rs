//! Occupations as their group; roles in care stay.

use super::language::Lang;
use super::stock::{Group, Stock, fold};
use super::{Made, Mention, bracket};

/// `[OCCUPATION: driving]`.
pub(super) fn write(stock: &Stock, m: &Mention<'_>) -> Made {
    match group(stock, m.text) {
        Some(Group::Kept) => Made::Kept,
        Some(Group::Named { en, fr }) => {
            let text = if m.lang == Lang::Fr { fr } else { en };
            Made::Text(bracket("OCCUPATION", "PROFESSION", m.lang, text))
        }
        None => Made::Unread,
    }
}

/// The group of an occupation: of the whole, else of its longest known end (English: "retired
/// school bus driver") or beginning (French: « chauffeur de camion retraité »).
pub(super) fn group<'s>(stock: &'s Stock, text: &str) -> Option<&'s Group> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).take(8).collect();
    for n in (1..=words.len()).rev() {
        for part in [&words[words.len() - n..], &words[..n]] {
            let key = part.join(" ");
            let single = key.strip_suffix('s').filter(|k| k.len() > 3);
            let found = stock.occupation(&key).or_else(|| stock.occupation(single?));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

//! What persons decided about pieces of held cases, for whoever writes rules: never the piece,
//! never the case, and no time nearer than the day.

use super::{Store, StoreError};
use sqlx::Row as _;

/// A decision as a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Random.
    pub id: String,
    /// The day, as `2026-11-26`.
    pub day: String,
    /// `accept`, `reject` or `add`.
    pub decision: String,
    /// As what it was masked.
    pub entity: Option<String>,
    /// Ids of the rules that had spoken for it, with spaces between.
    pub rules: String,
    /// Its shape.
    pub shape: String,
}

/// Longest shape: what is longer is no identifier with a form.
const LONGEST: usize = 40;

/// What a piece looks like. Digits keep their number, since that is what a rule needs; words keep
/// only their case, since the length of a name tells of the name.
///
/// # Examples
/// ```
/// use caseveil::store::shape;
/// assert_eq!(shape("4831-962-750 JK"), "9999-999-999 A");
/// assert_eq!(shape("Étienne d'Arc"), "Aa a'Aa");
/// ```
pub fn shape(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_alphabetic() {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            let upper = word.chars().filter(|c| c.is_uppercase()).count();
            let one = word.chars().count() == 1;
            out.push_str(match upper {
                0 => "a",
                1 if !one && word.starts_with(char::is_uppercase) => "Aa",
                _ if upper == word.chars().count() => "A",
                _ => "aA",
            });
            word.clear();
        }
        match c {
            '\0' => {}
            c if c.is_numeric() => out.push('9'),
            c if c.is_whitespace() => out.push(' '),
            c if c.is_ascii_punctuation() => out.push(c),
            _ => out.push('?'),
        }
        if out.len() >= LONGEST {
            return out;
        }
    }
    out
}

impl Store {
    /// The oldest suggestions.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn suggestions(&self, limit: u32) -> Result<Vec<Suggestion>, StoreError> {
        let query = "SELECT id, day, decision, entity, rules, shape FROM suggestion ORDER BY day, id LIMIT $1";
        let rows = sqlx::query(query).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(Suggestion {
                id: row.try_get("id")?,
                day: row.try_get("day")?,
                decision: row.try_get("decision")?,
                entity: row.try_get("entity")?,
                rules: row.try_get("rules")?,
                shape: row.try_get("shape")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }
}

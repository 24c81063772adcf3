//! The language of a passage: of the line, else of the field, else of the case.
//!
//! Only what stays says it: were the masked pieces asked, too, the words of the tags would tell
//! whether the name in their place is French.

use super::Made;
use crate::case::Case;
use crate::entity::{Entity, Group};
use crate::span::ByteSpan;

/// English or French.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lang {
    En,
    Fr,
}

/// Languages of the lines of a case, each read once.
pub(super) struct Passages<'c> {
    case: &'c Case,
    /// Where entities stand, in order: nothing there is read.
    covered: Vec<(usize, ByteSpan)>,
    /// The line last asked for: field, start, end, its language.
    line: (usize, usize, usize, Lang),
    field: Option<(usize, Option<Lang>)>,
    whole: Option<Lang>,
}

impl<'c> Passages<'c> {
    /// The languages around some entities, sorted by field and position.
    pub(super) fn new(case: &'c Case, entities: &[Entity]) -> Self {
        let covered = entities.iter().map(|e| (e.field, told_by_type(case, e))).collect();
        Self { case, covered, line: (usize::MAX, 0, 0, Lang::En), field: None, whole: None }
    }

    /// The language around a position of a field.
    pub(super) fn lang(&mut self, field: usize, at: usize) -> Lang {
        let (known, start, end, lang) = self.line;
        if known == field && (start..=end).contains(&at) {
            return lang;
        }
        let text = self.case.fields.get(field).map_or("", |f| f.text.as_str());
        let bytes = text.as_bytes();
        let start =
            bytes[..at.min(bytes.len())].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let end =
            bytes[start..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| start + i);
        let lang = told(self.weigh(field, start, end))
            .or_else(|| self.of_field(field))
            .unwrap_or_else(|| self.of_case());
        self.line = (field, start, end, lang);
        lang
    }

    fn of_field(&mut self, field: usize) -> Option<Lang> {
        match self.field {
            Some((known, lang)) if known == field => lang,
            _ => {
                // The key in front of a value says it, too.
                let key = field.checked_sub(1).filter(|&i| {
                    self.case.fields.get(i).is_some_and(|k| k.kind == crate::case::FieldKind::Key)
                });
                let lang = told(self.weigh_field(field)).or_else(|| told(self.weigh_field(key?)));
                self.field = Some((field, lang));
                lang
            }
        }
    }

    fn of_case(&mut self) -> Lang {
        if let Some(whole) = self.whole {
            return whole;
        }
        let sum: i64 = (0..self.case.fields.len()).map(|f| self.weigh_field(f)).sum();
        *self.whole.insert(if sum > 0 { Lang::Fr } else { Lang::En })
    }

    fn weigh_field(&self, field: usize) -> i64 {
        self.weigh(field, 0, self.case.fields.get(field).map_or(0, |f| f.text.len()))
    }

    /// The weight of what stays of a piece of a field.
    fn weigh(&self, field: usize, start: usize, end: usize) -> i64 {
        let text = self.case.fields.get(field).map_or("", |f| f.text.as_str());
        let first = self.covered.partition_point(|&(f, s)| (f, s.end() as usize) <= (field, start));
        let own = self.covered[first..].iter().take_while(|(f, _)| *f == field);
        let own = own.map(|(_, span)| span.range()).take_while(|span| span.start < end);
        let (mut at, mut sum) = (start, 0);
        for span in own.chain(std::iter::once(end..end)) {
            sum += text.get(at..span.start.max(at)).map_or(0, weigh);
            at = at.max(span.end);
        }
        sum
    }
}

/// Prepositions that a date takes along.
const LEADS: [&str; 4] = ["on", "le", "du", "au"];

/// The stretch of an entity that tells its value. A date may have grown by the preposition before
/// it, which is the same for every date and says the language.
fn told_by_type(case: &Case, entity: &Entity) -> ByteSpan {
    let span = entity.span;
    let text = case.fields.get(entity.field).and_then(|f| f.text.get(span.range()));
    let lead = text.and_then(|t| t.split_once([' ', '\u{a0}', '\u{202f}'])).map(|(word, _)| word);
    let grown = entity.entity.group() == Group::Time
        && lead.is_some_and(|w| LEADS.iter().any(|l| w.eq_ignore_ascii_case(l)));
    match lead.filter(|_| grown) {
        Some(word) => ByteSpan::new(span.start() + word.len() as u32, span.end()),
        None => span,
    }
}

/// What was made, with the whole preposition where it follows an elided one and begins with a
/// consonant: « d'Okafor » becomes « de Tremblay ».
pub(super) fn unelided(made: Made, before: &str) -> Made {
    let Made::Text(text) = made else { return made };
    let vowel = |c: char| "aeiouyhàâäæéèêëîïôöœùûü".contains(c.to_lowercase().next().unwrap_or(c));
    if !text.starts_with(|c: char| c.is_alphabetic() && !vowel(c)) {
        return Made::Text(text);
    }
    for (elided, whole) in [("d", "de"), ("D", "De"), ("qu", "que"), ("Qu", "Que")] {
        let Some(rest) = before.strip_suffix(['\'', '’']) else { break };
        let alone = rest.strip_suffix(elided).filter(|r| !r.ends_with(char::is_alphanumeric));
        if let Some(rest) = alone {
            let lead = (before.len() - rest.len()) as u32;
            return Made::Phrase { text: format!("{whole} {text}"), lead };
        }
    }
    Made::Text(text)
}

/// The language of a weight, if it shows one.
fn told(weight: i64) -> Option<Lang> {
    match weight {
        0 => None,
        n if n > 0 => Some(Lang::Fr),
        _ => Some(Lang::En),
    }
}

/// Small words and accents: above 0 for French, below for English.
fn weigh(text: &str) -> i64 {
    let words = text.split(|c: char| !c.is_alphabetic() && c != '°').filter(|w| !w.is_empty());
    words.map(weigh_word).sum()
}

fn weigh_word(word: &str) -> i64 {
    if word.len() > 14 {
        return 0;
    }
    let lower = word.to_lowercase();
    if FRENCH.binary_search(&lower.as_str()).is_ok() {
        2
    } else if ENGLISH.binary_search(&lower.as_str()).is_ok() {
        -2
    } else {
        // A name may carry an accent in an English line: it weighs less than a small word.
        i64::from(word.chars().next().is_some_and(char::is_lowercase) && lower.contains(ACCENTED))
    }
}

const ACCENTED: [char; 14] = ['à', 'â', 'ç', 'è', 'é', 'ê', 'ë', 'î', 'ï', 'ô', 'û', 'ù', 'œ', 'æ'];

/// Sorted. Words that English has, too (`on`, `me`, `son`, `patient`), are left out.
const FRENCH: [&str; 85] = [
    "adresse",
    "ai",
    "ans",
    "appelé",
    "après",
    "au",
    "aussi",
    "autre",
    "aux",
    "avant",
    "avec",
    "ayant",
    "ce",
    "cette",
    "chez",
    "conjoint",
    "conjointe",
    "courriel",
    "d",
    "dans",
    "ddn",
    "de",
    "demeure",
    "depuis",
    "des",
    "dossier",
    "douleur",
    "dre",
    "du",
    "elle",
    "en",
    "est",
    "et",
    "fille",
    "fils",
    "habite",
    "il",
    "infirmière",
    "jour",
    "jours",
    "l",
    "la",
    "le",
    "les",
    "leur",
    "lors",
    "madame",
    "mais",
    "mari",
    "mme",
    "mois",
    "monsieur",
    "mère",
    "naissance",
    "nom",
    "n°",
    "né",
    "née",
    "par",
    "pas",
    "patiente",
    "pour",
    "près",
    "père",
    "qc",
    "que",
    "qui",
    "rendez",
    "sa",
    "sans",
    "santé",
    "semaines",
    "ses",
    "soins",
    "sous",
    "suivi",
    "suivie",
    "sur",
    "sœur",
    "travaille",
    "tél",
    "un",
    "une",
    "vu",
    "vue",
];

/// Sorted.
const ENGLISH: [&str; 72] = [
    "a", "after", "age", "aged", "an", "and", "are", "as", "at", "back", "be", "been", "before",
    "brother", "but", "by", "daughter", "dob", "doctor", "family", "father", "for", "from", "had",
    "has", "have", "he", "her", "him", "his", "husband", "i", "in", "is", "it", "lives", "mother",
    "mr", "mrs", "ms", "my", "name", "no", "of", "ohip", "old", "pain", "phone", "referred",
    "seen", "she", "since", "sister", "that", "the", "their", "they", "this", "to", "used",
    "visit", "wants", "was", "we", "were", "who", "wife", "with", "works", "year", "years", "you",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_lists_are_sorted() {
        assert!(FRENCH.is_sorted(), "{:?}", FRENCH.windows(2).find(|w| w[0] > w[1]));
        assert!(ENGLISH.is_sorted(), "{:?}", ENGLISH.windows(2).find(|w| w[0] > w[1]));
    }

    #[test]
    fn each_line_has_its_language() {
        let text =
            "Mme Roy habite à Hearst.\nShe lives in Hearst.\nHearst 47\nSeen by Dr. Émile Côté.";
        let case = Case::from_text("c", text);
        let mut passages = Passages::new(&case, &[]);
        let found: Vec<Lang> = text
            .match_indices('\n')
            .map(|(i, _)| i - 1)
            .chain([text.len() - 1])
            .map(|at| passages.lang(0, at))
            .collect();
        // The third line shows nothing; the field is mostly English.
        assert_eq!(found[0], Lang::Fr);
        assert_eq!(found[1], Lang::En);
        assert_eq!(found[3], Lang::En);
    }
}

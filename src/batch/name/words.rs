//! Names of files and folders as words: to judge them, and to see whether a path says what its
//! document says.

use super::ending::without_extension;
use crate::case::Case;
use crate::decode::Normalized;
use crate::entity::Entity;
use crate::policy::{Operator, Policy};
use std::path::{Component, Path};

/// A name as words: separators become spaces, and `marieRoy` is two words.
pub(super) fn spaced(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut lower = false;
    for c in name.chars() {
        if lower && c.is_uppercase() {
            out.push(' ');
        }
        lower = c.is_lowercase();
        out.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    out
}

/// The words of a path, folded: to see whether a path says what its document says.
#[derive(Default)]
pub(in crate::batch) struct NameWords(Vec<String>);

impl NameWords {
    pub(super) fn of(path: &Path) -> Self {
        let parts = path.components().filter_map(|c| match c {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        Self(parts.flat_map(|p| words(&spaced(without_extension(p)))).collect())
    }

    /// True when the path holds an identifier that was masked in the document: all words of it, or
    /// one word of a person's name.
    pub(in crate::batch) fn show(&self, case: &Case, entities: &[Entity], policy: &Policy) -> bool {
        if self.0.is_empty() {
            return false;
        }
        entities.iter().filter(|e| policy.operator(e.entity) != Operator::Keep).any(|e| {
            let text = case.fields.get(e.field).and_then(|f| f.text.get(e.span.range()));
            let said = words(text.unwrap_or(""));
            let whole = !said.is_empty() && self.0.windows(said.len()).any(|w| w == said);
            whole
                || e.entity.is_person()
                    && said.iter().any(|w| w.chars().count() > 2 && self.0.contains(w))
        })
    }
}

/// The words of a text, folded and in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = Normalized::new(text).text.to_lowercase();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{EntityType, Evidence, RuleId, Score};
    use crate::rules::embedded;
    use crate::span::ByteSpan;

    #[test]
    fn names_become_words() {
        assert_eq!(spaced("tremblay_marieAnne-2.b"), "tremblay marie Anne 2 b");
        assert_eq!(words("Hélène  ROY-2"), ["helene", "roy", "2"]);
    }

    #[test]
    fn a_path_is_compared_with_what_was_masked() {
        let policy = Policy::load(&embedded(), Policy::DEFAULT).unwrap();
        let case = Case::from_text("", "Héloïse Roy, tel 705-555-0134");
        let entity = |start, end, entity| Entity {
            field: 0,
            span: ByteSpan::new(start, end),
            entity,
            score: Score::new(1.0),
            evidence: Evidence::of(&RuleId::new("test")),
            referent: 1,
        };
        let found = [entity(0, 13, EntityType::PersonPatient), entity(19, 31, EntityType::Phone)];
        for (path, shows) in [
            ("notes/heloise.txt", true),
            ("ROY/a.json", true),
            ("call-705-555-0134.txt", true),
            ("705.txt", false),
            ("royal.txt", false),
        ] {
            assert_eq!(
                NameWords::of(Path::new(path)).show(&case, &found, &policy),
                shows,
                "{path}"
            );
        }
    }
}

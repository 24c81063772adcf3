//! What each entity type is under other names: HIPAA, PHIPA, i2b2, Presidio.
//!
//! Enters: `taxonomy.toml` of the rule folder. Leaves: one [`Crosswalk`] for every entity type, and
//! the HIPAA letters and PHIPA classes by name. A rule has the letter and class of its entity type.

use super::load::RuleError;
use crate::entity::EntityType;
use serde::Deserialize;
use std::fmt;

/// A letter of the Safe Harbor list, 45 CFR 164.514(b)(2)(i): A to R.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HipaaLetter(char);

impl HipaaLetter {
    /// The letter; `None` for a text that is not one of A to R.
    pub fn new(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c @ 'A'..='R'), None) => Some(Self(c)),
            _ => None,
        }
    }

    /// All eighteen, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        ('A'..='R').map(Self)
    }
}

impl fmt::Display for HipaaLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How a type identifies under PHIPA, s. 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhipaClass {
    /// Identifies by itself.
    Direct,
    /// Named in s. 4(1): the health number, who provides the care.
    Stated,
    /// Identifies together with other facts.
    Quasi,
}

impl PhipaClass {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Stated, Self::Quasi];

    /// The stable name, such as `direct`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Stated => "stated",
            Self::Quasi => "quasi",
        }
    }
}

/// One entity type under the names of others.
#[derive(Clone, Debug)]
pub struct Crosswalk {
    /// The type.
    pub entity: EntityType,
    /// Its letter of the Safe Harbor list, where the list names it.
    pub hipaa: Option<HipaaLetter>,
    /// Its class under PHIPA.
    pub phipa: PhipaClass,
    /// Its tag in the i2b2-2014 guideline, where there is one.
    pub i2b2: Option<String>,
    /// Its name in Presidio, where there is one.
    pub presidio: Option<String>,
    /// The class that scores are reported in.
    pub judge: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// What finds it besides rules: `model tagger`, `lexicon places`.
    pub also: Vec<String>,
    /// Why nothing finds it, where nothing does.
    pub unserved: Option<String>,
}

/// A class of another scheme: a letter or a PHIPA class with its words.
#[derive(Clone, Debug)]
pub struct Heading<K> {
    /// The letter or class.
    pub key: K,
    /// What the scheme says that it holds.
    pub name: String,
    /// Why nothing finds it, where nothing does.
    pub unserved: Option<String>,
}

/// The crosswalks of all entity types.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    rows: Vec<Crosswalk>,
    /// The letters of the Safe Harbor list, in order.
    pub hipaa: Vec<Heading<HipaaLetter>>,
    /// The classes of PHIPA, in order.
    pub phipa: Vec<Heading<PhipaClass>>,
}

/// Its file in the rule folder.
pub(super) const FILE: &str = "taxonomy.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxonomyToml {
    hipaa: Vec<LetterToml>,
    phipa: Vec<ClassToml>,
    entity: Vec<EntityToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterToml {
    letter: String,
    name: String,
    unserved: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassToml {
    class: PhipaClass,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityToml {
    name: String,
    hipaa: String,
    phipa: PhipaClass,
    i2b2: String,
    presidio: String,
    judge: String,
    summary: String,
    #[serde(default)]
    also: Vec<String>,
    unserved: Option<String>,
}

/// `-` stands for nothing.
fn named(text: String) -> Option<String> {
    (text != "-").then_some(text)
}

impl Taxonomy {
    /// Reads the file.
    ///
    /// # Errors
    /// [`RuleError::Syntax`] for what is no TOML of the schema, for letters and classes that are
    /// not all there in their order, and for entity types that are not.
    pub(super) fn parse(text: &str) -> Result<Self, RuleError> {
        let wrong = |message: String| RuleError::Syntax { file: FILE.to_owned(), message };
        let toml: TaxonomyToml = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let letter = |text: &str| {
            HipaaLetter::new(text).ok_or_else(|| wrong(format!("`{text}` is no letter, A to R")))
        };
        let mut hipaa = Vec::new();
        for LetterToml { letter: key, name, unserved } in toml.hipaa {
            hipaa.push(Heading { key: letter(&key)?, name, unserved });
        }
        if !HipaaLetter::all().eq(hipaa.iter().map(|h| h.key)) {
            return Err(wrong(
                "[[hipaa]] needs the letters A to R, each once, in order".to_owned(),
            ));
        }
        let phipa: Vec<Heading<PhipaClass>> = toml
            .phipa
            .into_iter()
            .map(|c| Heading { key: c.class, name: c.name, unserved: None })
            .collect();
        if !PhipaClass::ALL.iter().eq(phipa.iter().map(|h| &h.key)) {
            return Err(wrong("[[phipa]] needs direct, stated and quasi, in order".to_owned()));
        }
        let mut rows = Vec::new();
        for row in toml.entity {
            let entity = EntityType::from_name(&row.name)
                .ok_or_else(|| wrong(format!("unknown entity `{}`", row.name)))?;
            let hipaa = named(row.hipaa).map(|l| letter(&l)).transpose()?;
            rows.push(Crosswalk {
                entity,
                hipaa,
                phipa: row.phipa,
                i2b2: named(row.i2b2),
                presidio: named(row.presidio),
                judge: row.judge,
                summary: row.summary,
                also: row.also,
                unserved: row.unserved,
            });
        }
        // A row is then found by its place.
        if !EntityType::ALL.iter().eq(rows.iter().map(|r| &r.entity)) {
            let all: Vec<&str> = EntityType::ALL.iter().map(|e| e.name()).collect();
            return Err(wrong(format!(
                "[[entity]] needs every type once, in this order: {}",
                all.join(", ")
            )));
        }
        Ok(Self { rows, hipaa, phipa })
    }

    /// The crosswalk of a type.
    pub fn of(&self, entity: EntityType) -> &Crosswalk {
        &self.rows[entity as usize]
    }

    /// The crosswalks of all types, in the order of [`EntityType::ALL`].
    pub fn crosswalks(&self) -> impl Iterator<Item = &Crosswalk> {
        self.rows.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = include_str!("../../rules/taxonomy.toml");

    fn error(from: &str, to: &str) -> String {
        assert!(OWN.contains(from), "{from}");
        Taxonomy::parse(&OWN.replacen(from, to, 1)).expect_err("must be refused").to_string()
    }

    #[test]
    fn refuses_what_is_missing_or_misspelt() {
        assert!(
            error("name     = \"SIN\"", "name     = \"SINN\"").contains("unknown entity `SINN`")
        );
        assert!(error("name     = \"SIN\"", "name     = \"SSN\"").contains("every type once"));
        assert!(error("letter = \"B\"", "letter = \"A\"").contains("A to R, each once"));
        assert!(error("hipaa    = \"B\"", "hipaa    = \"S\"").contains("`S` is no letter"));
        assert!(error("phipa    = \"stated\"", "phipa    = \"said\"").contains("unknown variant"));
        assert!(error("judge    =", "judges   =").contains("unknown field"));
    }

    #[test]
    fn a_row_is_found_by_its_type() {
        let taxonomy = Taxonomy::parse(OWN).expect("our own file");
        for &entity in EntityType::ALL {
            assert_eq!(taxonomy.of(entity).entity, entity);
        }
        let health = taxonomy.of(EntityType::HealthNumber);
        assert_eq!((health.hipaa, health.phipa), (HipaaLetter::new("I"), PhipaClass::Stated));
    }
}

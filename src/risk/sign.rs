//! The phrases of `rules/risk/`: what remains of a person in prose, with its share and examples.

use super::Sign;
use super::population::{Place, PlacesFile, Populations};
use crate::operator::Stock;
use crate::rules::RuleFiles;
use crate::span::ByteSpan;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// A file of `rules/risk/` that cannot be used.
#[derive(Debug, Error)]
#[error("risk/{file}.toml: {message}")]
pub struct RiskError {
    /// The file.
    pub file: &'static str,
    /// What is wrong.
    pub message: String,
}

/// What a sign says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Where: the size and region of a community, a town, a province.
    Place,
    /// How old.
    Age,
    /// Woman or man.
    Sex,
    /// What they work as.
    Occupation,
    /// A disease that few have.
    Diagnosis,
    /// An event that a paper would have told.
    Event,
    /// A public role.
    Role,
    /// The only one of a kind in a place.
    Only,
}

impl Kind {
    /// The stable name, such as `occupation`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Occupation => "occupation",
            Self::Diagnosis => "diagnosis",
            Self::Event => "event",
            Self::Role => "role",
            Self::Only => "only",
        }
    }
}

/// The generalisation that a kind asks for, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

const FILES: [&str; 7] = ["age", "sex", "occupation", "diagnosis", "event", "role", "only"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KindFile {
    kind: Kind,
    one_in: u32,
    generalised: u32,
    #[serde(default)]
    alone: bool,
    source: String,
    en: String,
    fr: String,
    phrase: Vec<PhraseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PhraseFile {
    id: String,
    one_in: Option<u32>,
    generalised: Option<u32>,
    pattern: String,
    positive: Vec<String>,
    negative: Vec<String>,
}

/// A phrase with its share.
struct Phrase {
    id: String,
    one_in: u32,
    generalised: u32,
    positive: Vec<String>,
    negative: Vec<String>,
}

/// A kind with its phrases, which one machine finds.
struct Group {
    kind: Kind,
    alone: bool,
    source: String,
    advice: Advice,
    regex: Regex,
    phrases: Vec<Phrase>,
}

/// All phrases, ready to be sought.
pub struct Signs {
    groups: Vec<Group>,
    places: Populations,
    place: Advice,
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signs({} kinds)", self.groups.len())
    }
}

/// One person in so many has an occupation that is named: the unit groups of ISCO-08.
const UNIT_GROUPS: u32 = 436;

impl Signs {
    /// Reads `risk/` of a rule folder; a folder without it uses that of the binary.
    ///
    /// # Errors
    /// [`RiskError`] naming the file and what is wrong.
    pub fn load(files: &RuleFiles) -> Result<Self, RiskError> {
        let mut groups = Vec::new();
        for file in FILES {
            let wrong = |message: String| RiskError { file, message };
            let read: KindFile =
                files.parsed(&format!("risk/{file}.toml")).map_err(|e| wrong(e.to_string()))?;
            if read.kind.name() != file {
                return Err(wrong(format!("its kind is `{}`", read.kind.name())));
            }
            let patterns: Vec<&str> = read.phrase.iter().map(|p| p.pattern.as_str()).collect();
            // The view is folded: what has an accent has none there.
            let syntax = syntax::Config::new().case_insensitive(true).unicode(false).utf8(false);
            let regex = Regex::builder().syntax(syntax).build_many(&patterns);
            let regex = regex.map_err(|e| wrong(e.to_string()))?;
            let phrases = read.phrase.into_iter().map(|p| Phrase {
                one_in: p.one_in.unwrap_or(read.one_in),
                generalised: p.generalised.unwrap_or(read.generalised),
                id: p.id,
                positive: p.positive,
                negative: p.negative,
            });
            groups.push(Group {
                kind: read.kind,
                alone: read.alone,
                source: read.source,
                advice: Advice { en: read.en, fr: read.fr },
                regex,
                phrases: phrases.collect(),
            });
        }
        let file = "places";
        let wrong = |message: String| RiskError { file, message };
        let places: PlacesFile =
            files.parsed("risk/places.toml").map_err(|e| wrong(e.to_string()))?;
        let place = Advice { en: places.en.clone(), fr: places.fr.clone() };
        Ok(Self { groups, places: Populations::of(places), place })
    }

    fn group(&self, kind: Kind) -> Option<&Group> {
        self.groups.iter().find(|g| g.kind == kind)
    }

    /// The generalisation that a kind asks for.
    pub fn advice(&self, kind: Kind) -> &Advice {
        self.group(kind).map_or(&self.place, |g| &g.advice)
    }

    /// Where the share of a kind comes from.
    pub fn source(&self, kind: Kind) -> &str {
        self.group(kind).map_or(self.places.source.as_str(), |g| &g.source)
    }

    /// Calls `found` with every phrase in a view; of ages and sexes with the first few.
    pub(super) fn find<'s>(
        &'s self,
        view: &str,
        mut found: impl FnMut(Kind, &'s str, Range<usize>),
    ) {
        for group in &self.groups {
            let most = if group.kind == Kind::Sex { 1 } else { 50 };
            for hit in group.regex.find_iter(view.as_bytes()).take(most) {
                found(group.kind, &group.phrases[hit.pattern().as_usize()].id, hit.range());
            }
        }
    }

    /// A sign with the share of its phrase.
    pub(super) fn sign(&self, kind: Kind, phrase: &str, field: usize, span: ByteSpan) -> Sign {
        let group = self.group(kind);
        let of = group.and_then(|g| g.phrases.iter().find(|p| p.id == phrase));
        Sign {
            kind,
            phrase: phrase.to_owned(),
            field,
            span,
            one_in: of.map_or(1, |p| p.one_in),
            generalised: of.map_or(1, |p| p.generalised),
            alone: group.is_some_and(|g| g.alone),
        }
    }

    /// An occupation that stays as it is written.
    pub(super) fn unit_group(&self, field: usize, span: ByteSpan) -> Sign {
        let sign = self.sign(Kind::Occupation, "occupation.group", field, span);
        Sign { phrase: "occupation.named".to_owned(), one_in: UNIT_GROUPS, ..sign }
    }

    /// How many people live in a place, where that is known.
    pub(super) fn people(&self, place: &Place, stock: &Stock) -> Option<u64> {
        self.places.people(place, stock)
    }

    /// Examples that do not hold, a sentence each.
    pub fn check(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for group in &self.groups {
            for (i, phrase) in group.phrases.iter().enumerate() {
                let found = |text: &str| {
                    let view = crate::decode::Normalized::new(text).text.into_owned();
                    let mut hits = group.regex.find_iter(view.as_bytes());
                    hits.any(|hit| hit.pattern().as_usize() == i)
                };
                let missed = phrase.positive.iter().filter(|t| !found(t));
                failures.extend(missed.map(|t| format!("{}: not found in {t:?}", phrase.id)));
                let wrong = phrase.negative.iter().filter(|t| found(t));
                failures.extend(wrong.map(|t| format!("{}: found in {t:?}", phrase.id)));
                if phrase.positive.len() < 2 || phrase.negative.len() < 2 {
                    failures.push(format!("{}: needs two examples of each", phrase.id));
                }
            }
        }
        failures
    }
}

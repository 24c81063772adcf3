//! The lists that operators read: communities, regions, occupations, names.
//!
//! Enters: `communities/`, `occupations/` and `surrogates/` of the rule folder. A folder without
//! them uses those of the binary.

use super::people::People;
use super::surrogate::Names;
use crate::decode::Normalized;
use crate::rules::{RuleFiles, embedded};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// A list that cannot be used.
#[derive(Debug, Error)]
#[error("{file}: {message}")]
pub struct StockError {
    /// Its file.
    pub file: &'static str,
    /// What is wrong.
    pub message: String,
}

/// Lines `key<TAB>…`, sorted by key.
#[derive(Default)]
struct Table {
    text: String,
    starts: Vec<u32>,
}

impl Table {
    fn new(file: &'static str, text: &str) -> Result<Self, StockError> {
        let mut starts = Vec::new();
        let mut last = "";
        let mut at = 0;
        for (i, line) in text.split_inclusive('\n').enumerate() {
            let key = line.split('\t').next().unwrap_or("").trim_end();
            if !line.starts_with('#') && !key.is_empty() {
                if key <= last {
                    let message = format!("line {}: not sorted, or twice", i + 1);
                    return Err(StockError { file, message });
                }
                last = key;
                starts.push(at);
            }
            at += line.len() as u32;
        }
        Ok(Self { text: text.to_owned(), starts })
    }

    /// All rows: key, and what stands behind it.
    fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.starts.iter().map(|&start| {
            let line = self.text[start as usize..].lines().next().unwrap_or("");
            line.split_once('\t').unwrap_or((line, ""))
        })
    }

    /// What stands behind the key.
    fn get(&self, key: &str) -> Option<&str> {
        let row = |i: usize| {
            let line = self.text[self.starts[i] as usize..].lines().next().unwrap_or("");
            line.split_once('\t').unwrap_or((line, ""))
        };
        let i = self.starts.binary_search_by(|&start| {
            let line = &self.text[start as usize..];
            line[..line.find(['\t', '\n']).unwrap_or(line.len())].cmp(key)
        });
        i.ok().map(|i| row(i).1)
    }
}

/// A community of Canada.
pub(super) struct Community {
    /// Key of its size, such as `rural`.
    pub(super) size: String,
    /// Key of its region; empty when several have one of that name.
    pub(super) region: String,
    /// Its people; 0 when unknown.
    pub(super) population: u32,
}

impl Community {
    fn read(row: &str) -> Self {
        let (size, region, population) = Self::cells(row);
        Self { size: size.to_owned(), region: region.to_owned(), population }
    }

    /// Size, region and population.
    fn cells(row: &str) -> (&str, &str, u32) {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        (cell(), cell(), cell().trim().parse().unwrap_or(0))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionsFile {
    region: BTreeMap<String, RegionFile>,
    size: BTreeMap<String, Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionFile {
    en: String,
    fr: String,
    #[serde(default)]
    letters: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    fr: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsFile {
    group: Vec<GroupFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    codes: Vec<String>,
    #[serde(default)]
    keep: bool,
    #[serde(default)]
    en: String,
    #[serde(default)]
    fr: String,
}

/// What an occupation becomes.
pub(super) enum Group {
    /// A role in care.
    Kept,
    /// Its group in words.
    Named { en: String, fr: String },
}

/// The lists, read and checked.
pub struct Stock {
    communities: Table,
    fsa: Table,
    occupations: Table,
    regions: BTreeMap<String, Words>,
    sizes: BTreeMap<String, Words>,
    by_letter: BTreeMap<char, String>,
    groups: Vec<Group>,
    by_code: BTreeMap<String, usize>,
    people: People,
    pub(super) names: Names,
}

impl fmt::Debug for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (c, o) = (self.communities.starts.len(), self.occupations.starts.len());
        write!(f, "Stock({c} communities, {o} occupations)")
    }
}

impl Stock {
    /// Reads the lists of a rule folder.
    ///
    /// # Errors
    /// [`StockError`] naming the file and what is wrong.
    pub fn load(files: &RuleFiles) -> Result<Self, StockError> {
        let own = embedded();
        let text = |file: &'static str| files.text(file).or_else(|| own.text(file)).unwrap_or("");
        let table = |file: &'static str| Table::new(file, text(file));
        let regions: RegionsFile = parse("communities/regions.toml", files)?;
        let groups: GroupsFile = parse("occupations/groups.toml", files)?;
        let mut stock = Self {
            communities: table("communities/terms.txt")?,
            fsa: table("communities/fsa/terms.txt")?,
            occupations: table("occupations/terms.txt")?,
            regions: BTreeMap::new(),
            sizes: regions.size,
            by_letter: BTreeMap::new(),
            groups: Vec::new(),
            by_code: BTreeMap::new(),
            people: People::default(),
            names: Names::new(
                parse("surrogates/names.toml", files)?,
                parse("surrogates/addresses.toml", files)?,
            ),
        };
        for (key, region) in regions.region {
            for letter in region.letters.chars() {
                stock.by_letter.insert(letter, key.clone());
            }
            stock.regions.insert(key, Words { en: region.en, fr: region.fr });
        }
        for (i, group) in groups.group.into_iter().enumerate() {
            for code in group.codes {
                stock.by_code.insert(code, i);
            }
            let (en, fr) = (group.en, group.fr);
            stock.groups.push(if group.keep { Group::Kept } else { Group::Named { en, fr } });
        }
        for (_, row) in stock.communities.rows() {
            let (size, region, people) = Community::cells(row);
            stock.people.add_community(size, region, people.into());
        }
        for (code, row) in stock.fsa.rows() {
            let region = code.chars().next().and_then(|letter| stock.by_letter.get(&letter));
            let people = row.trim().parse().unwrap_or(0);
            stock.people.add_area(code, region.map_or("", String::as_str), people);
        }
        Ok(stock)
    }

    /// The community of that name, in any spelling that folds to it.
    pub(super) fn community(&self, text: &str) -> Option<Community> {
        let key = fold(text);
        let row = self.communities.get(&key).or_else(|| {
            let short = ["first nation", "fn", "ontario", "on", "quebec", "qc"];
            short.iter().find_map(|s| self.communities.get(key.strip_suffix(s)?.trim_end()))
        })?;
        Some(Community::read(row))
    }

    /// A region in words.
    pub(super) fn region_name(&self, key: &str, french: bool) -> Option<&str> {
        self.regions.get(key).map(|w| if french { w.fr.as_str() } else { w.en.as_str() })
    }

    /// A size in words.
    pub(super) fn size_name(&self, key: &str, french: bool) -> Option<&str> {
        self.sizes.get(key).map(|w| if french { w.fr.as_str() } else { w.en.as_str() })
    }

    /// The region of a postal code's first letter, in words.
    pub(super) fn postal_region(&self, letter: char, french: bool) -> Option<&str> {
        self.region_name(self.by_letter.get(&letter)?, french)
    }

    /// How many people live in an FSA, where that is known.
    pub(super) fn fsa_population(&self, code: &str) -> Option<u32> {
        self.fsa.get(code)?.trim().parse().ok()
    }

    /// The group of an occupation by its folded name.
    pub(super) fn occupation(&self, key: &str) -> Option<&Group> {
        let code = self.occupations.get(key)?.trim();
        self.groups.get(*self.by_code.get(code)?)
    }

    /// How many people live in communities of a size in a region; 0 when nothing is known.
    pub(crate) fn people(&self, size: Option<&str>, region: Option<&str>) -> u64 {
        self.people.of(size, region)
    }

    /// The people and region of a town, where they are known.
    pub(crate) fn town(&self, text: &str) -> Option<(u64, Option<String>)> {
        let town = self.community(text).filter(|c| c.population > 0)?;
        Some((town.population.into(), Some(town.region).filter(|r| !r.is_empty())))
    }

    /// The people of the area that a postal code begins with.
    pub(crate) fn fsa_people(&self, text: &str) -> Option<u64> {
        self.fsa_population(&text.trim().to_uppercase()).map(u64::from)
    }

    /// The key of the region that a word names, in either language.
    pub(crate) fn region_key(&self, is: impl Fn(&str) -> bool) -> Option<String> {
        self.regions.iter().find(|(_, w)| is(&w.en) || is(&w.fr)).map(|(key, _)| key.clone())
    }

    /// The key of the size that a word names, in either language.
    pub(crate) fn size_key(&self, is: impl Fn(&str) -> bool) -> Option<String> {
        self.sizes.iter().find(|(_, w)| is(&w.en) || is(&w.fr)).map(|(key, _)| key.clone())
    }

    /// True for an occupation that is no role in care, known or not.
    pub(crate) fn is_outside_care(&self, text: &str) -> bool {
        !matches!(super::occupation::group(self, text), Some(Group::Kept))
    }

    /// Every word that a generalisation can write between brackets, English then French: what the
    /// keep rule for our own tags must know.
    pub fn words(&self) -> Vec<(&str, &str)> {
        let both = self.regions.values().chain(self.sizes.values());
        let groups = self.groups.iter().filter_map(|g| match g {
            Group::Kept => None,
            Group::Named { en, fr } => Some((en.as_str(), fr.as_str())),
        });
        both.map(|w| (w.en.as_str(), w.fr.as_str())).chain(groups).collect()
    }
}

fn parse<T: DeserializeOwned>(file: &'static str, files: &RuleFiles) -> Result<T, StockError> {
    files.parsed(file).map_err(|e| StockError { file, message: e.to_string() })
}

/// Words in lower case without accents and apostrophes, one space apart: the keys of the lists.
pub(super) fn fold(text: &str) -> String {
    let view = Normalized::new(text).text.to_lowercase().replace('\'', "");
    let words = view.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

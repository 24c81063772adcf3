//! What each list of the lexicons says of a word or phrase: its columns as the bits of a table.

use super::lexicon_format::{clusters, common, open, phrase};
use super::row::{LexiconError, Row};

/// The lists, one folder each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Names,
    Places,
    Demographics,
    Facilities,
    Organisations,
    Professions,
    Medicine,
    Headwords,
    Clinic,
    Clusters,
    ShareAlike,
}

impl List {
    /// The list of a folder and table name.
    pub(super) fn of(folder: &str, table: &str) -> Option<Self> {
        let list = match folder {
            "names" => Self::Names,
            "places" => Self::Places,
            "demographics" => Self::Demographics,
            "facilities" => Self::Facilities,
            "organisations" => Self::Organisations,
            "professions" => Self::Professions,
            "medicine" => Self::Medicine,
            "headwords" => Self::Headwords,
            "clinic" => Self::Clinic,
            "clusters" => Self::Clusters,
            "share_alike" => Self::ShareAlike,
            _ => return None,
        };
        (table == list.table()).then_some(list)
    }

    /// The name of its table.
    pub(super) fn table(self) -> &'static str {
        if self == Self::ShareAlike { "words.tsv" } else { "terms.tsv" }
    }
}

/// Where a row goes.
pub(super) enum Value {
    /// To no table: nothing is said of it.
    Nothing,
    /// Bits of the open table.
    Open(u32),
    /// Bits of the share-alike table.
    Common(u32),
    /// Bits of the table of clusters.
    Cluster(u32),
    /// A kind of phrase.
    Phrase(u32),
}

/// What a row says.
pub(super) fn value(list: List, row: &Row<'_>, is_word: bool) -> Result<Value, LexiconError> {
    let flag = |bit: u32, kind: u32| {
        if is_word { Value::Open(1 << bit) } else { Value::Phrase(kind) }
    };
    Ok(match list {
        List::Names => {
            let [given, surname] = row.fields()?;
            row.only_words(is_word)?;
            let bits =
                row.number(given, 7)? << open::GIVEN | row.number(surname, 7)? << open::SURNAME;
            Value::Open(row.some(bits)?)
        }
        List::Places => {
            let [class, kinds] = row.fields()?;
            let class = row.number(class, 6)?;
            let (mut region, mut first_nation, mut flags) = (false, false, 0);
            for kind in kinds.split(',') {
                match kind {
                    "place" => {}
                    "first_nation" => first_nation = true,
                    "country" => (region, flags) = (true, flags | 1 << open::COUNTRY),
                    "province" => (region, flags) = (true, flags | 1 << open::PROVINCE),
                    _ => return Err(row.error(format!("There is no kind `{kind}`."))),
                }
            }
            if is_word {
                Value::Open(row.some(class << open::PLACE | flags)?)
            } else {
                Value::Phrase(match (region, first_nation, class) {
                    (true, _, _) => phrase::REGION,
                    (false, true, _) => phrase::FIRST_NATION,
                    (false, false, 1..=3) => phrase::PLACE_CA,
                    (false, false, 4..=6) => phrase::PLACE_WORLD,
                    (false, false, _) => return Err(row.error("A place has a class of 1 to 6.")),
                })
            }
        }
        List::Demographics => {
            let [_kinds] = row.fields()?;
            flag(open::DEMONYM, phrase::DEMONYM)
        }
        List::Facilities => {
            let [_types] = row.fields()?;
            flag(open::INSTITUTION, phrase::FACILITY)
        }
        List::Organisations => {
            let [_types] = row.fields()?;
            flag(open::INSTITUTION, phrase::ORGANIZATION)
        }
        List::Professions => {
            let [_langs] = row.fields()?;
            flag(open::PROFESSION, phrase::PROFESSION)
        }
        List::Medicine => {
            let [category, terms, eponym, abbreviation] = row.fields()?;
            let bits = row.number(category, 6)? << open::MEDICAL
                | row.number(terms, 3)? << open::MEDICAL_TERMS
                | row.number(eponym, 1)? << open::EPONYM
                | row.number(abbreviation, 1)? << open::ABBREVIATION;
            if is_word { Value::Open(row.some(bits)?) } else { Value::Phrase(phrase::MEDICAL) }
        }
        List::Headwords => {
            row.only_words(is_word)?;
            Value::Open(row.flags(|kind| match kind {
                "street" => Some(open::STREET),
                "organisation" => Some(open::ORGANIZATION),
                "title" => Some(open::TITLE),
                _ => None,
            })?)
        }
        List::Clinic => {
            row.only_words(is_word)?;
            Value::Open(row.flags(|kind| match kind {
                "abbreviation" => Some(open::CHART),
                "eponym" => Some(open::EPONYM),
                "product" => Some(open::PRODUCT),
                "everyday" => Some(open::EVERYDAY),
                _ => None,
            })?)
        }
        List::Clusters => {
            let [cluster, group] = row.fields()?;
            row.only_words(is_word)?;
            let (cluster, group) = (row.number(cluster, 1023)?, row.number(group, 254)?);
            if cluster == 0 || group == 0 {
                return Err(row.error("A cluster and its group count from 1."));
            }
            Value::Cluster(cluster << clusters::CLUSTER | group << clusters::GROUP)
        }
        List::ShareAlike => {
            let [en, fr, en_lower, fr_lower, abbreviation, fr_verb] = row.fields()?;
            row.only_words(is_word)?;
            let bits = row.number(en, 15)? << common::EN
                | row.number(fr, 15)? << common::FR
                | row.number(en_lower, 1)? << common::EN_LOWER
                | row.number(fr_lower, 1)? << common::FR_LOWER
                | row.number(abbreviation, 1)? << common::ABBREVIATION
                | row.number(fr_verb, 1)? << common::FR_VERB;
            if bits == 0 { Value::Nothing } else { Value::Common(bits) }
        }
    })
}

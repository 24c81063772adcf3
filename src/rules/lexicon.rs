//! What words and phrases are known as.
//!
//! Membership alone says little: a list of half a million names holds half of all words. So every
//! entry carries how often the form is a name, a word, a place or a medical term, and detection
//! weighs that. Tables made from share-alike sources stay in a file of their own.

use super::lexicon_build::Tables;
use super::lexicon_format::{self as format, common, open};
use std::fmt;
use std::sync::Arc;

/// What one word is known as. Copies cheaply; absent words are all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    open: u32,
    common: u32,
}

impl Word {
    fn field(bits: u32, at: u32, mask: u32) -> u8 {
        ((bits >> at) & mask) as u8
    }

    /// Frequency as a given name: 0 absent, 1 to 7 in factors of ten.
    pub fn given(self) -> u8 {
        Self::field(self.open, open::GIVEN, 7)
    }

    /// Frequency as a surname: 0 absent, 1 to 7 in factors of ten.
    pub fn surname(self) -> u8 {
        Self::field(self.open, open::SURNAME, 7)
    }

    /// Medical category: 0 none, 1 drug, 2 disease, 3 anatomy, 4 procedure, 5 chemical, 6 other.
    pub fn medical(self) -> u8 {
        Self::field(self.open, open::MEDICAL, 7)
    }

    /// In how many medical terms, 0 to 3, in factors of ten.
    pub fn medical_terms(self) -> u8 {
        Self::field(self.open, open::MEDICAL_TERMS, 3)
    }

    /// Place: 0 none, 1 to 3 Canada by size, 4 US, 5 and 6 world.
    pub fn place(self) -> u8 {
        Self::field(self.open, open::PLACE, 7)
    }

    /// English frequency as a word: 0 absent, 1 rare to 15 very common.
    pub fn english(self) -> u8 {
        Self::field(self.common, common::EN, 15)
    }

    /// French frequency as a word: 0 absent, 1 rare to 15 very common.
    pub fn french(self) -> u8 {
        Self::field(self.common, common::FR, 15)
    }

    /// In a dictionary of either language in lower case.
    pub fn is_dictionary(self) -> bool {
        self.common & (1 << common::EN_LOWER | 1 << common::FR_LOWER) != 0
    }

    /// In the English dictionary in lower case.
    pub fn is_english(self) -> bool {
        self.common & (1 << common::EN_LOWER) != 0
    }

    /// In the French dictionary in lower case.
    pub fn is_french(self) -> bool {
        self.common & (1 << common::FR_LOWER) != 0
    }

    /// In the dictionary of a language in which it is frequent.
    fn is_frequent(self) -> bool {
        self.is_english() && self.english() >= FREQUENT
            || self.is_french() && self.french() >= FREQUENT
    }

    /// A province, territory or state.
    pub fn is_province(self) -> bool {
        self.flag(open::PROVINCE)
    }

    /// An occupation by itself.
    pub fn is_profession(self) -> bool {
        self.flag(open::PROFESSION)
    }

    /// In a list of eponyms.
    pub fn is_eponym(self) -> bool {
        self.flag(open::EPONYM)
    }

    /// A country.
    pub fn is_country(self) -> bool {
        self.flag(open::COUNTRY)
    }

    /// A word of health facilities' names.
    pub fn is_facility_word(self) -> bool {
        self.flag(open::INSTITUTION)
    }

    /// A flag of the open table, by its bit in `lexicon_format::open`.
    pub(crate) fn flag(self, bit: u32) -> bool {
        self.open & (1 << bit) != 0
    }

    /// The flags of the open table together, for hashing.
    pub(crate) fn flags(self) -> u16 {
        (self.open >> open::EPONYM) as u16 | u16::from(self.is_abbreviation()) << 15
    }

    /// A medical abbreviation.
    pub fn is_abbreviation(self) -> bool {
        self.flag(open::ABBREVIATION) || self.common & (1 << common::ABBREVIATION) != 0
    }

    /// Shorthand, a brand or an everyday word that frequency lists lack: it identifies nobody.
    pub fn is_of_clinic(self) -> bool {
        self.open & (1 << open::CHART | 1 << open::PRODUCT | 1 << open::EVERYDAY) != 0
    }

    /// In no list at all.
    pub fn is_unknown(self) -> bool {
        self.open == 0 && self.common == 0
    }
}

/// A word is known by the company it keeps: words of either language that stand among the same
/// words share a cluster (`nurse`, `welder`, `plombier`), clusters that are near share a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// 1 to 1,023; 0 for a word that no text was seen with.
    pub cluster: u16,
    /// 1 to 254; 0 likewise.
    pub group: u8,
}

impl Company {
    /// That of what stands beyond either end of a text.
    pub(crate) const OUTSIDE: Self = Self { cluster: 0, group: 255 };
}

/// What kind of phrase was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseKind {
    /// A place of Canada.
    PlaceCanada,
    /// A place elsewhere.
    PlaceWorld,
    /// A hospital, clinic, pharmacy or care home.
    Facility,
    /// Another organisation.
    Organization,
    /// An occupation.
    Profession,
    /// A medical term.
    Medical,
    /// A country, province or state.
    Region,
    /// A nationality, ethnic group, language or religion.
    Demonym,
    /// A First Nation or reserve.
    FirstNation,
}

/// A phrase table entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Its kind; `None` when the words only begin a phrase.
    pub kind: Option<PhraseKind>,
    /// True when a longer phrase begins with these words.
    pub goes_on: bool,
}

/// The tables. Cheap to clone when embedded.
#[derive(Clone, Default)]
pub struct Lexicon {
    tables: Tables,
    frequent: Arc<[u64]>,
}

/// Frequency of a word, as a bin, from which it is frequent.
const FREQUENT: u8 = 5;

/// Bits of the filter in front of the table of frequent words: 256 KB, which a core keeps near.
const FILTER_BITS: u32 = 1 << 21;

/// The two bits of a word in the filter.
fn filter_bits(print: u32) -> [u32; 2] {
    [print % FILTER_BITS, (print >> 11) % FILTER_BITS]
}

/// The filter: both bits of each frequent word are set.
fn filter(common: &[u8]) -> Arc<[u64]> {
    let mut bits = vec![0; FILTER_BITS as usize / 64];
    for (print, common) in format::entries(common) {
        if (Word { open: 0, common }).is_frequent() {
            for bit in filter_bits(print) {
                bits[bit as usize / 64] |= 1 << (bit % 64);
            }
        }
    }
    bits.into()
}

impl Lexicon {
    /// Tables as the build script wrote them. Invalid bytes count as empty tables.
    pub(super) fn new(tables: Tables) -> Option<Self> {
        tables.parts().iter().all(|(_, table)| format::is_valid(table)).then(|| {
            let frequent = filter(&tables.common);
            Self { tables, frequent }
        })
    }

    /// What the word of this hash is known as.
    #[inline]
    pub fn word(&self, hash: u64) -> Word {
        Word {
            open: format::get(&self.tables.open, hash),
            common: format::get(&self.tables.common, hash),
        }
    }

    /// The company that the word of this hash keeps.
    #[inline]
    pub fn company(&self, hash: u64) -> Company {
        use format::clusters::{CLUSTER, GROUP};
        let bits = format::get(&self.tables.clusters, hash);
        Company { cluster: (bits >> CLUSTER & 0x3ff) as u16, group: (bits >> GROUP) as u8 }
    }

    /// True for a word that is frequent in either language: most of the others are told by a
    /// filter, so that many words can be tried for one that is read.
    #[inline]
    pub(crate) fn is_frequent(&self, hash: u64) -> bool {
        let set = |bit: u32| {
            self.frequent.get(bit as usize / 64).is_some_and(|bits| bits & 1 << (bit % 64) != 0)
        };
        filter_bits(hash as u32).into_iter().all(set)
            && (Word { open: 0, common: format::get(&self.tables.common, hash) }).is_frequent()
    }

    /// What the phrase of this hash is known as.
    #[inline]
    pub fn phrase(&self, hash: u64) -> Option<Phrase> {
        use format::phrase as p;
        let value = format::get(&self.tables.phrases, hash);
        if value == 0 {
            return None;
        }
        let kind = match value & 0xff {
            p::PLACE_CA => Some(PhraseKind::PlaceCanada),
            p::PLACE_WORLD => Some(PhraseKind::PlaceWorld),
            p::FACILITY => Some(PhraseKind::Facility),
            p::ORGANIZATION => Some(PhraseKind::Organization),
            p::PROFESSION => Some(PhraseKind::Profession),
            p::MEDICAL => Some(PhraseKind::Medical),
            p::REGION => Some(PhraseKind::Region),
            p::DEMONYM => Some(PhraseKind::Demonym),
            p::FIRST_NATION => Some(PhraseKind::FirstNation),
            _ => None,
        };
        Some(Phrase { kind, goes_on: value & p::GOES_ON != 0 })
    }
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Lexicon({} + {} + {} + {} bytes)",
            self.tables.open.len(),
            self.tables.common.len(),
            self.tables.clusters.len(),
            self.tables.phrases.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::token::word_hash;

    #[test]
    fn words_of_both_languages_keep_the_same_company() {
        let lexicon = RuleSet::embedded().unwrap().lexicon;
        let company = |word: &str| lexicon.company(word_hash(word.as_bytes()));
        for (english, french) in
            [("nurse", "infirmiere"), ("plumber", "plombier"), ("December", "decembre")]
        {
            assert_ne!(company(english), Company::default(), "{english}");
            assert_eq!(company(english), company(french), "{english}");
        }
        assert_ne!(company("nurse").group, company("december").group);
        assert_ne!(company("nurse").cluster, company("hospital").cluster);
        assert_eq!(company("qzxvvk"), Company::default());
    }
}

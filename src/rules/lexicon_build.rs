//! The lexicon folders made into tables.
//!
//! Enters: the text of every file below `lexicons/`. Leaves: the four tables of
//! [`lexicon_format`]. Compiled into the build script, too, so it uses the standard library and
//! its two siblings only. The same files give the same bytes.

use super::lexicon_format::{self, clusters, common, open, phrase};
use super::token;
use std::collections::HashSet;
use std::fmt;

/// The compiled tables, as [`lexicon_format::get`] reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Names, places, medicine and flags by word.
    pub open: Vec<u8>,
    /// Word frequencies, made from share-alike sources only.
    pub common: Vec<u8>,
    /// Which words keep the same company.
    pub clusters: Vec<u8>,
    /// Phrases and the words that begin them.
    pub phrases: Vec<u8>,
}

/// What is wrong with a lexicon file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconError {
    /// The file, relative to the rule folder.
    pub file: String,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong, as a sentence.
    pub message: String,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for LexiconError {}

/// Set on a phrase entry whose words begin a longer one. The same as in `lexicon.rs`.
const GOES_ON: u32 = 1 << 8;

/// Which kind a phrase takes that is in several lists: the first of these.
const PHRASE_ORDER: [u32; 9] = [
    phrase::REGION,
    phrase::FIRST_NATION,
    phrase::FACILITY,
    phrase::ORGANIZATION,
    phrase::PLACE_CA,
    phrase::PLACE_WORLD,
    phrase::DEMONYM,
    phrase::PROFESSION,
    phrase::MEDICAL,
];

/// The lists, one folder each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
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
    fn of(folder: &str, table: &str) -> Option<Self> {
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
    fn table(self) -> &'static str {
        if self == Self::ShareAlike { "words.tsv" } else { "terms.tsv" }
    }
}

/// Compiles the lexicons.
///
/// `files` are pairs of a path relative to the rule folder (`lexicons/names/terms.tsv`) and the
/// content; files other than tables and exceptions are passed over.
///
/// # Errors
/// The first [`LexiconError`] in the order of paths: a table of an unknown name, a row that is
/// misshapen, repeated or out of order, an exception that removes nothing.
pub fn compile<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Tables, LexiconError> {
    let mut files: Vec<(&str, &str)> =
        files.filter(|(name, _)| name.starts_with("lexicons/")).collect();
    files.sort_unstable();
    let mut entries = Entries::default();
    for &(file, text) in &files {
        let mut path = file.split('/').skip(1);
        let (Some(folder), Some(table), None) = (path.next(), path.next(), path.next()) else {
            continue;
        };
        let ending = table.rsplit_once('.').map_or("", |(_, e)| e);
        if ending == "tsv" {
            let list = List::of(folder, table)
                .ok_or_else(|| error(file, 0, "This is not the name of a lexicon."))?;
            let name = format!("lexicons/{folder}/exceptions.txt");
            let exceptions = files.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| *text);
            entries.read(list, file, text, &name, exceptions)?;
        }
    }
    Ok(entries.tables())
}

fn error(file: &str, line: usize, message: impl Into<String>) -> LexiconError {
    LexiconError { file: file.to_owned(), line, message: message.into() }
}

/// What the tables will hold, with repetitions.
#[derive(Default)]
struct Entries {
    open: Vec<(u64, u32)>,
    common: Vec<(u64, u32)>,
    clusters: Vec<(u64, u32)>,
    /// Value of a phrase: its rank in [`PHRASE_ORDER`], with or without [`GOES_ON`].
    phrases: Vec<(u64, u32)>,
}

/// The rank of words that only begin a phrase.
const NO_KIND: u32 = PHRASE_ORDER.len() as u32;

impl Entries {
    /// Reads one table without the entries that its exceptions remove.
    fn read(
        &mut self,
        list: List,
        file: &str,
        text: &str,
        exceptions_file: &str,
        exceptions: &str,
    ) -> Result<(), LexiconError> {
        let mut removed = Vec::new();
        for (i, line) in exceptions.lines().enumerate() {
            let key = line.split('#').next().unwrap_or("").trim();
            if key.is_empty() {
                continue;
            }
            let (hash, _) = token::text_hash(key)
                .ok_or_else(|| error(exceptions_file, i + 1, "There is no word in this line."))?;
            removed.push((hash, i + 1));
        }
        let is_removed: HashSet<u64> = removed.iter().map(|&(hash, _)| hash).collect();
        let mut used = HashSet::new();
        let mut last = "";
        let mut hashes = Vec::new();
        for (i, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let row = Row::new(file, i + 1, line);
            let key = row.key;
            if key <= last {
                let message = if key == last { "repeated" } else { "not in order" };
                return Err(row.error(format!("The entry `{key}` is {message}.")));
            }
            last = key;
            hashes.clear();
            let mut words = Vec::new();
            token::tokenize(key, &mut words);
            let mut so_far = None;
            for word in &words {
                let hash = so_far.map_or(word.hash, |h| token::phrase_hash(h, word.hash));
                hashes.push(hash);
                so_far = Some(hash);
            }
            let Some(hash) = so_far else {
                return Err(row.error("There is no word in this entry."));
            };
            // Checked even when it is removed.
            let value = value(list, &row, hashes.len() == 1)?;
            if is_removed.contains(&hash) {
                used.insert(hash);
                continue;
            }
            match value {
                Value::Nothing => {}
                Value::Open(bits) => self.open.push((hash, bits)),
                Value::Common(bits) => self.common.push((hash, bits)),
                Value::Cluster(bits) => self.clusters.push((hash, bits)),
                Value::Phrase(kind) => {
                    let (_, prefixes) = hashes.split_last().unwrap_or((&0, &[]));
                    self.phrases.extend(prefixes.iter().map(|&h| (h, NO_KIND | GOES_ON)));
                    self.phrases.push((hash, rank(kind)));
                }
            }
        }
        match removed.iter().find(|(hash, _)| !used.contains(hash)) {
            Some(&(_, line)) => {
                let message = format!("There is no such entry in {}.", list.table());
                Err(error(exceptions_file, line, message))
            }
            None => Ok(()),
        }
    }

    fn tables(self) -> Tables {
        let any = |a: u32, b: u32| a | b;
        // The lowest rank is the kind to keep.
        let best = |a: u32, b: u32| (a & 0xff).min(b & 0xff) | ((a | b) & GOES_ON);
        let mut phrases = merged(self.phrases, best);
        for (_, value) in &mut phrases {
            let kind = PHRASE_ORDER.get((*value & 0xff) as usize).copied().unwrap_or(0);
            *value = kind | (*value & GOES_ON);
        }
        Tables {
            open: lexicon_format::build(&merged(self.open, any)),
            common: lexicon_format::build(&merged(self.common, any)),
            // Of two spellings of one word the first: numbers of clusters do not add up.
            clusters: lexicon_format::build(&merged(self.clusters, |a, _| a)),
            phrases: lexicon_format::build(&phrases),
        }
    }
}

fn rank(kind: u32) -> u32 {
    PHRASE_ORDER.iter().position(|&k| k == kind).map_or(NO_KIND, |at| at as u32)
}

/// The entries sorted by hash, each hash once.
fn merged(mut entries: Vec<(u64, u32)>, join: impl Fn(u32, u32) -> u32) -> Vec<(u64, u32)> {
    entries.sort_unstable();
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = join(kept.1, next.1);
        }
        same
    });
    entries
}

/// Where a row goes.
enum Value {
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
fn value(list: List, row: &Row<'_>, is_word: bool) -> Result<Value, LexiconError> {
    let flag = |bit: u32, kind: u32| {
        if is_word { Value::Open(1 << bit) } else { Value::Phrase(kind) }
    };
    Ok(match list {
        List::Names => {
            let [given, surname] = row.fields()?;
            row.only_words(is_word)?;
            let bits =
                row.number(given, 7)? << open::GIVEN | row.number(surname, 7)? << open::SURNAME;
            row.some(bits, Value::Open)?
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
                row.some(class << open::PLACE | flags, Value::Open)?
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
            if is_word { row.some(bits, Value::Open)? } else { Value::Phrase(phrase::MEDICAL) }
        }
        List::Headwords => {
            row.only_words(is_word)?;
            row.flags(|kind| match kind {
                "street" => Some(open::STREET),
                "organisation" => Some(open::ORGANIZATION),
                "title" => Some(open::TITLE),
                _ => None,
            })?
        }
        List::Clinic => {
            row.only_words(is_word)?;
            row.flags(|kind| match kind {
                "abbreviation" => Some(open::CHART),
                "eponym" => Some(open::EPONYM),
                "product" => Some(open::PRODUCT),
                "everyday" => Some(open::EVERYDAY),
                _ => None,
            })?
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

/// A line of a table.
struct Row<'a> {
    file: &'a str,
    line: usize,
    key: &'a str,
    rest: &'a str,
}

impl<'a> Row<'a> {
    fn new(file: &'a str, line: usize, text: &'a str) -> Self {
        let (key, rest) = text.split_once('\t').unwrap_or((text, ""));
        Self { file, line, key, rest }
    }

    fn error(&self, message: impl Into<String>) -> LexiconError {
        error(self.file, self.line, message)
    }

    /// The columns after the key, exactly so many.
    fn fields<const N: usize>(&self) -> Result<[&'a str; N], LexiconError> {
        let mut out = [""; N];
        let mut count = 0;
        for field in self.rest.split('\t') {
            if let Some(slot) = out.get_mut(count) {
                *slot = field;
            }
            count += 1;
        }
        if count == N && out.iter().all(|f| !f.is_empty()) {
            Ok(out)
        } else {
            Err(self.error(format!("An entry has a key and {N} further columns, none empty.")))
        }
    }

    /// A whole number up to a limit.
    fn number(&self, field: &str, most: u32) -> Result<u32, LexiconError> {
        field
            .parse()
            .ok()
            .filter(|&n| n <= most)
            .ok_or_else(|| self.error(format!("`{field}` is not a number from 0 to {most}.")))
    }

    /// A flag of the open table for each of the kinds that the one field lists.
    fn flags(&self, flag: impl Fn(&str) -> Option<u32>) -> Result<Value, LexiconError> {
        let [kinds] = self.fields()?;
        let mut bits = 0;
        for kind in kinds.split(',') {
            let flag =
                flag(kind).ok_or_else(|| self.error(format!("There is no kind `{kind}`.")))?;
            bits |= 1 << flag;
        }
        Ok(Value::Open(bits))
    }

    fn only_words(&self, is_word: bool) -> Result<(), LexiconError> {
        if is_word { Ok(()) } else { Err(self.error("This list holds single words only.")) }
    }

    fn some(&self, bits: u32, value: impl Fn(u32) -> Value) -> Result<Value, LexiconError> {
        if bits == 0 { Err(self.error("This entry says nothing.")) } else { Ok(value(bits)) }
    }
}

#[cfg(test)]
mod tests {
    use super::lexicon_format::get;
    use super::token::{text_hash, word_hash};
    use super::*;

    const FILES: [(&str, &str); 10] = [
        (
            "lexicons/names/terms.tsv",
            "# fold\tgiven\tsurname\njohn\t7\t4\nparis\t3\t2\nrose\t6\t5\n",
        ),
        ("lexicons/names/exceptions.txt", "# Reasons.\nrose # A flower.\n"),
        (
            "lexicons/places/terms.tsv",
            "colombie britannique\t0\tprovince\ngeorgia\t0\tcountry,province\nparis\t6\tplace\n\
             sault\t1\tplace\nsault ste marie\t3\tplace\nsault ste marie nord\t1\tplace\n\
             siska first nation\t1\tfirst_nation\n",
        ),
        (
            "lexicons/facilities/terms.tsv",
            "camh\thospital_alias\nsault ste marie hospital\thospital\n",
        ),
        ("lexicons/organisations/terms.tsv", "sault ste marie\tcompany_us\n"),
        (
            "lexicons/medicine/terms.tsv",
            "crohn\t4\t1\t1\t0\ncrohn disease\t2\t0\t1\t0\nmri\t4\t1\t0\t1\n",
        ),
        ("lexicons/headwords/terms.tsv", "court\tstreet,organisation\ndr\ttitle\n"),
        (
            "lexicons/share_alike/words.tsv",
            "# fold\nparis\t10\t12\t0\t0\t0\t0\nrose\t11\t10\t1\t1\t0\t1\n",
        ),
        ("lexicons/share_alike/source.toml", "rows = 2\n"),
        ("lexicons/clusters/terms.tsv", "# fold\njohn\t7\t3\nrose\t512\t48\n"),
    ];

    fn tables(files: &[(&'static str, &'static str)]) -> Result<Tables, LexiconError> {
        compile(files.iter().copied())
    }

    fn complaint(file: &'static str, text: &'static str) -> String {
        tables(&[(file, text)]).unwrap_err().to_string()
    }

    #[test]
    fn words_carry_the_bits_of_all_lists() {
        let t = tables(&FILES).unwrap();
        let open_of = |w: &str| get(&t.open, word_hash(w.as_bytes()));
        assert_eq!(open_of("John"), 7 | 4 << open::SURNAME);
        assert_eq!(open_of("paris"), 3 | 2 << open::SURNAME | 6 << open::PLACE);
        assert_eq!(open_of("georgia"), 1 << open::COUNTRY | 1 << open::PROVINCE);
        assert_eq!(
            open_of("crohn"),
            4 << open::MEDICAL | 1 << open::MEDICAL_TERMS | 1 << open::EPONYM
        );
        assert_eq!(open_of("mri") & 1 << open::ABBREVIATION, 1 << open::ABBREVIATION);
        assert_eq!(open_of("camh"), 1 << open::INSTITUTION);
        assert_eq!(open_of("court"), 1 << open::STREET | 1 << open::ORGANIZATION);
        assert_eq!(open_of("dr"), 1 << open::TITLE);
        assert_eq!(open_of("absent"), 0);
        let cluster_of = |w: &str| get(&t.clusters, word_hash(w.as_bytes()));
        assert_eq!(cluster_of("Rose"), 512 | 48 << clusters::GROUP);
        assert_eq!(cluster_of("paris"), 0);
        let rose = get(&t.common, word_hash(b"rose"));
        let flags = 1 << common::EN_LOWER | 1 << common::FR_LOWER | 1 << common::FR_VERB;
        let (english, french) = (11, 10);
        assert_eq!(rose, english | french << common::FR | flags);
    }

    #[test]
    fn phrases_have_their_beginnings() {
        let t = tables(&FILES).unwrap();
        let of = |p: &str| get(&t.phrases, text_hash(p).unwrap().0);
        assert_eq!(of("Sault"), GOES_ON);
        assert_eq!(of("sault ste"), GOES_ON);
        // In two lists, and the beginning of two longer ones.
        assert_eq!(of("Sault-Ste. Marie"), phrase::ORGANIZATION | GOES_ON);
        assert_eq!(of("sault ste marie nord"), phrase::PLACE_CA);
        assert_eq!(of("sault ste marie hospital"), phrase::FACILITY);
        assert_eq!(of("Colombie-Britannique"), phrase::REGION);
        assert_eq!(of("siska first nation"), phrase::FIRST_NATION);
        assert_eq!(of("crohn disease"), phrase::MEDICAL);
        assert_eq!(of("camh"), 0);
    }

    #[test]
    fn exceptions_remove_from_their_list_only() {
        let t = tables(&FILES).unwrap();
        assert_eq!(get(&t.open, word_hash(b"rose")), 0);
        assert_ne!(get(&t.common, word_hash(b"rose")), 0);
        let mut files = FILES;
        files[1].1 = "rose\nrosa\n";
        assert_eq!(
            tables(&files).unwrap_err().to_string(),
            "lexicons/names/exceptions.txt:2: There is no such entry in terms.tsv."
        );
        // A removed phrase takes its beginnings along.
        let t = tables(&[
            ("lexicons/medicine/terms.tsv", "crohn disease\t2\t0\t1\t0\n"),
            ("lexicons/medicine/exceptions.txt", "Crohn-disease"),
        ]);
        assert_eq!(get(&t.unwrap().phrases, word_hash(b"crohn")), 0);
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let mut back = FILES;
        back.reverse();
        assert_eq!(tables(&FILES), tables(&back));
        let empty = tables(&[]).unwrap();
        assert!(
            [empty.open, empty.common, empty.clusters, empty.phrases]
                .iter()
                .all(|t| lexicon_format::is_valid(t))
        );
    }

    #[test]
    fn mistakes_are_named() {
        let names = "lexicons/names/terms.tsv";
        for (text, message) in [
            ("a b\t1\t1\n", "1: This list holds single words only."),
            ("# x\nanna\t8\t0\n", "2: `8` is not a number from 0 to 7."),
            ("anna\t-1\t0\n", "1: `-1` is not a number from 0 to 7."),
            ("anna\t1\n", "1: An entry has a key and 2 further columns, none empty."),
            ("anna\t1\t1\t1\n", "1: An entry has a key and 2 further columns, none empty."),
            ("anna\n", "1: An entry has a key and 2 further columns, none empty."),
            ("anna\t0\t0\n", "1: This entry says nothing."),
            ("ben\t1\t0\nanna\t1\t0\n", "2: The entry `anna` is not in order."),
            ("anna\t1\t0\nanna\t1\t0\n", "2: The entry `anna` is repeated."),
            ("-\t1\t1\n", "1: There is no word in this entry."),
        ] {
            assert_eq!(complaint(names, text), format!("{names}:{message}"));
        }
        let clusters = "lexicons/clusters/terms.tsv";
        for (text, message) in [
            ("nurse\t1024\t1\n", "1: `1024` is not a number from 0 to 1023."),
            ("nurse\t0\t1\n", "1: A cluster and its group count from 1."),
        ] {
            assert_eq!(complaint(clusters, text), format!("{clusters}:{message}"));
        }
        let places = "lexicons/places/terms.tsv";
        assert_eq!(
            complaint(places, "ajax\t2\ttown\n"),
            format!("{places}:1: There is no kind `town`.")
        );
        assert_eq!(
            complaint("lexicons/colours/terms.tsv", ""),
            "lexicons/colours/terms.tsv:0: This is not the name of a lexicon."
        );
    }
}

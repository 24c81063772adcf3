//! The lexicon folders made into tables.
//!
//! Enters: the text of every file below `lexicons/`. Leaves: the four tables of
//! [`lexicon_format`]. Compiled into the build script, too, so it uses the standard library and
//! its two siblings only. The same files give the same bytes.

mod row;
mod list;
mod table;

pub use row::LexiconError;
pub use table::Tables;

use super::{lexicon_format, token};
use list::List;
use row::error;
use table::Entries;

/// The code that makes the tables: a part of the key under which they are kept.
pub const CODE: [&str; 6] = [
    include_str!("row.rs"),
    include_str!("list.rs"),
    include_str!("table.rs"),
    include_str!("mod.rs"),
    include_str!("../lexicon_format.rs"),
    include_str!("../../token.rs"),
];

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

#[cfg(test)]
mod tests {
    use super::lexicon_format::{clusters, common, get, open, phrase};
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
        assert_eq!(of("Sault"), phrase::GOES_ON);
        assert_eq!(of("sault ste"), phrase::GOES_ON);
        // In two lists, and the beginning of two longer ones.
        assert_eq!(of("Sault-Ste. Marie"), phrase::ORGANIZATION | phrase::GOES_ON);
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

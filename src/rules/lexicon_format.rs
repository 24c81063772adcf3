//! The compiled form of the lexicons: what a word or phrase is known as, packed in 32 bits, and
//! the hash table that finds it. Compiled into the build script, too, which writes the tables.

/// Bits and fields of a packed word entry of the open table (names, places, medicine).
pub mod open {
    /// Given-name frequency, 0 to 7, in factors of ten of bearers per million.
    pub const GIVEN: u32 = 0;
    /// Surname frequency, 0 to 7, likewise.
    pub const SURNAME: u32 = 3;
    /// Medical category: 0 none, 1 drug, 2 disease, 3 anatomy, 4 procedure or test, 5 chemical, 6 other.
    pub const MEDICAL: u32 = 6;
    /// Number of medical terms that hold the word, 0 to 3, in factors of ten.
    pub const MEDICAL_TERMS: u32 = 9;
    /// Place: 0 none, 1 Canada small, 2 Canada over 1,000, 3 Canada over 50,000, 4 US, 5 world, 6 world over a million.
    pub const PLACE: u32 = 11;
    /// Set when the word is in a list of eponyms.
    pub const EPONYM: u32 = 14;
    /// A nationality, ethnic group, language or religion.
    pub const DEMONYM: u32 = 15;
    /// A country.
    pub const COUNTRY: u32 = 16;
    /// A province, territory or state.
    pub const PROVINCE: u32 = 17;
    /// An occupation by itself.
    pub const PROFESSION: u32 = 18;
    /// A street type.
    pub const STREET: u32 = 19;
    /// A head word of organisations.
    pub const ORGANIZATION: u32 = 20;
    /// A title or credential.
    pub const TITLE: u32 = 21;
    /// A medical abbreviation by the hand list.
    pub const ABBREVIATION: u32 = 22;
    /// A word of a facility's name in the list of institutions.
    pub const INSTITUTION: u32 = 23;
    /// Shorthand of charts and forms.
    pub const CHART: u32 = 24;
    /// A medicine, device, vehicle or program by its brand.
    pub const PRODUCT: u32 = 25;
    /// A word of daily life, dialect or hurried typing that frequency lists lack.
    pub const EVERYDAY: u32 = 26;
}

/// Fields of a packed word entry of the share-alike table (word frequencies).
pub mod common {
    /// English frequency: 0 absent, else 1 + twice the Zipf value, up to 15.
    pub const EN: u32 = 0;
    /// French frequency, likewise.
    pub const FR: u32 = 4;
    /// In the English dictionary in lower case.
    pub const EN_LOWER: u32 = 8;
    /// In the French dictionary in lower case.
    pub const FR_LOWER: u32 = 9;
    /// A medical abbreviation.
    pub const ABBREVIATION: u32 = 10;
    /// A verb, French.
    pub const FR_VERB: u32 = 11;
}

/// Fields of a packed word entry of the table of clusters.
pub mod clusters {
    /// The cluster, from 1.
    pub const CLUSTER: u32 = 0;
    /// The group of clusters that it belongs to, from 1.
    pub const GROUP: u32 = 10;
}

/// The kinds of phrases.
pub mod phrase {
    /// A place of Canada of two or more words.
    pub const PLACE_CA: u32 = 1;
    /// A place elsewhere.
    pub const PLACE_WORLD: u32 = 2;
    /// A hospital, clinic, pharmacy or care home.
    pub const FACILITY: u32 = 3;
    /// A school, company or other organisation.
    pub const ORGANIZATION: u32 = 4;
    /// An occupation.
    pub const PROFESSION: u32 = 5;
    /// A medical term.
    pub const MEDICAL: u32 = 6;
    /// A country, province or state.
    pub const REGION: u32 = 7;
    /// A nationality, ethnic group, language or religion.
    pub const DEMONYM: u32 = 8;
    /// A First Nation or reserve.
    pub const FIRST_NATION: u32 = 9;
    /// Set on an entry whose words begin a longer phrase.
    pub const GOES_ON: u32 = 1 << 8;
}

/// First bytes of a table file.
pub const MAGIC: &[u8; 8] = b"CVLEX\x00\x00\x02";
const HEADER: usize = 16;

/// Builds an open-addressing table of `(hash, value)` with 32-bit fingerprints: 8 bytes a slot,
/// at most 3/4 full, so that a look-up touches one or two cache lines.
/// The first value wins for a hash that comes twice. Values must not be 0.
pub fn build(entries: &[(u64, u32)]) -> Vec<u8> {
    let slots = (entries.len() * 4 / 3 + 16).next_power_of_two();
    let mut table = vec![(0u32, 0u32); slots];
    for &(hash, value) in entries {
        assert!(value != 0, "0 marks an empty slot");
        let (mut at, print) = (index(hash, slots), fingerprint(hash));
        loop {
            if table[at].1 == 0 {
                table[at] = (print, value);
                break;
            }
            if table[at].0 == print {
                break;
            }
            at = (at + 1) & (slots - 1);
        }
    }
    let mut bytes = Vec::with_capacity(HEADER + slots * 8);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(slots as u64).to_le_bytes());
    for (print, value) in table {
        bytes.extend_from_slice(&print.to_le_bytes());
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn index(hash: u64, slots: usize) -> usize {
    (hash >> 32) as usize & (slots - 1)
}

fn fingerprint(hash: u64) -> u32 {
    hash as u32
}

/// True when the bytes are a whole table.
pub fn is_valid(bytes: &[u8]) -> bool {
    bytes.get(..8) == Some(MAGIC.as_slice())
        && slots(bytes).is_power_of_two()
        && bytes.len() == HEADER + slots(bytes) * 8
}

fn slots(bytes: &[u8]) -> usize {
    bytes.get(8..16).and_then(|b| b.try_into().ok()).map_or(0, |b| u64::from_le_bytes(b) as usize)
}

#[allow(dead_code)] // Reason: the build script writes tables and reads none.
/// All entries of a table: the fingerprint of each, which is the low half of its hash, and its value.
pub fn entries(bytes: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    let rows = bytes.get(HEADER..).unwrap_or_default().chunks_exact(8);
    let number = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    rows.map(move |row| (number(row), number(&row[4..]))).filter(|(_, value)| *value != 0)
}

/// The value of a hash, 0 when it is not in the table.
#[inline]
pub fn get(bytes: &[u8], hash: u64) -> u32 {
    let slots = slots(bytes);
    if slots == 0 {
        return 0;
    }
    let (mut at, print) = (index(hash, slots), fingerprint(hash));
    // Never full, so an empty slot ends every probe.
    for _ in 0..slots {
        let from = HEADER + at * 8;
        let Some(slot) = bytes.get(from..from + 8) else { return 0 };
        let value = u32::from_le_bytes([slot[4], slot[5], slot[6], slot[7]]);
        if value == 0 {
            return 0;
        }
        if u32::from_le_bytes([slot[0], slot[1], slot[2], slot[3]]) == print {
            return value;
        }
        at = (at + 1) & (slots - 1);
    }
    0
}

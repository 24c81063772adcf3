//! Flat tables: automata that are read as they lie.
//!
//! A rule has two. Its *quick* one says whether it may match at a place: it accepts all that the
//! pattern accepts, and perhaps more, since it counts little, reads all digits alike, and where it
//! would grow large says "perhaps" and reads no further. Its *exact* one says how far; a pattern that
//! would need too large a one has none. Tables of the embedded rules are part of the binary, in a
//! pack. Compiled into the build script, too, which writes them.

use std::borrow::Cow;

/// The digit that stands for all.
pub const ANY_DIGIT: u8 = b'0';

/// What may stand before a place, as far as a pattern can tell the difference: another sign,
/// nothing, a line feed, a carriage return, a low line, a letter or digit.
pub const BEFORE: [Option<u8>; 6] =
    [Some(b' '), None, Some(b'\n'), Some(b'\r'), Some(b'_'), Some(b'a')];

/// A state of a table.
pub type State = u16;

/// Nothing more can match.
pub const DEAD: State = 0;

/// A match may lie ahead or behind: the table knows no more.
pub const PERHAPS: State = 1;

/// The bytes of a table, in this order: width of a row, least state that matches, start states,
/// class of each byte, rows; numbers of two bytes, low byte first. The rows of [`DEAD`] and
/// [`PERHAPS`] lead to themselves.
const STARTS: usize = 4;
const CLASSES: usize = STARTS + 2 * BEFORE.len();
const ROWS: usize = CLASSES + 256;

/// Lays a table out. `steps` has a row for each state; its last column is the end of the text.
pub fn write(
    class_of: &[u8; 256],
    width: u16,
    min_match: State,
    starts: &[State],
    steps: &[State],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(ROWS + 2 * steps.len());
    for number in [width, min_match].iter().chain(starts) {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(class_of);
    for step in steps {
        out.extend_from_slice(&step.to_le_bytes());
    }
    out
}

/// How a table lies: width of a row and least state that matches.
#[derive(Clone, Copy, Debug)]
struct Layout {
    width: u16,
    min_match: State,
}

impl Layout {
    /// The layout of the table in these bytes; `None` when they are none.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (width, min_match) = (number(bytes, 0), number(bytes, 2));
        let rows = bytes.len().checked_sub(ROWS)?;
        let whole = width > 0 && rows > 0 && rows % (2 * usize::from(width)) == 0;
        whole.then_some(Self { width, min_match })
    }
}

/// A table, read as it lies.
#[derive(Clone, Copy, Debug)]
pub struct Flat<'t> {
    bytes: &'t [u8],
    layout: Layout,
}

impl<'t> Flat<'t> {
    /// The table in these bytes; `None` when they are none.
    pub fn of(bytes: &'t [u8]) -> Option<Self> {
        Some(Self { bytes, layout: Layout::of(bytes)? })
    }

    /// The state before the first byte, by what stands before it: an index of [`BEFORE`].
    pub fn start(&self, before: usize) -> State {
        number(self.bytes, STARTS + 2 * before)
    }

    /// The state behind a byte.
    #[inline]
    pub fn next(&self, state: State, byte: u8) -> State {
        let class = usize::from(self.bytes[CLASSES + usize::from(byte)]);
        number(self.bytes, ROWS + 2 * (usize::from(state) * usize::from(self.layout.width) + class))
    }

    /// The state behind the end of the text.
    pub fn end(&self, state: State) -> State {
        number(
            self.bytes,
            ROWS + 2 * ((usize::from(state) + 1) * usize::from(self.layout.width) - 1),
        )
    }

    /// True when a match ended before the last byte that was read.
    #[inline]
    pub fn is_match(&self, state: State) -> bool {
        state >= self.layout.min_match
    }
}

/// The bytes of a table, and how they lie.
#[derive(Debug)]
pub struct Table {
    bytes: Cow<'static, [u8]>,
    /// `None` when there is no table.
    layout: Option<Layout>,
}

impl Table {
    /// The table in these bytes; none when they are none.
    pub fn new(bytes: Cow<'static, [u8]>) -> Self {
        Self { layout: Layout::of(&bytes), bytes }
    }

    /// The table to read.
    #[inline]
    pub fn get(&self) -> Option<Flat<'_>> {
        // Said out, so that it costs no call.
        let bytes = match &self.bytes {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => bytes.as_slice(),
        };
        Some(Flat { bytes, layout: self.layout? })
    }
}

/// The number at a place; 0 beyond the end, which no table that was written here reaches.
#[inline]
fn number(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(b) => u16::from_le_bytes([b[0], b[1]]),
        None => 0,
    }
}

/// Names a pattern in a pack: the start of a digest of it.
pub type Key = [u8; 16];

/// What a pack holds of a pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry<T> {
    /// A bit for each byte that a match can start with, low bit first.
    pub first: [u8; 32],
    /// Bytes of the longest match.
    pub longest: u16,
    /// The bytes of its quick table.
    pub quick: T,
    /// The bytes of its exact table; none when it would be too large.
    pub exact: T,
}

/// True when the bit of this byte is set, low bit first.
#[inline]
pub fn holds(bytes: &[u8; 32], byte: u8) -> bool {
    bytes[usize::from(byte / 8)] & (1 << (byte % 8)) != 0
}

impl<T> Entry<T> {
    /// The same, with its tables made into something else.
    pub fn map<U>(self, into: impl Fn(T) -> U) -> Entry<U> {
        let Self { first, longest, quick, exact } = self;
        Entry { first, longest, quick: into(quick), exact: into(exact) }
    }
}

/// First bytes of a pack.
const MAGIC: &[u8; 8] = b"CVFLAT01";
/// Key, first bytes, longest, place of the tables and length of each.
const ROW: usize = 16 + 32 + 2 + 4 + 4 + 4;

#[allow(dead_code)] // Reason: the build script packs, the engine finds.
/// Packs entries; they are found by their keys. The same entries give the same bytes.
pub fn pack(mut entries: Vec<(Key, Entry<Vec<u8>>)>) -> Vec<u8> {
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by_key(|(key, _)| *key);
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    let mut place = out.len() + ROW * entries.len();
    for (key, entry) in &entries {
        out.extend_from_slice(key);
        out.extend_from_slice(&entry.first);
        out.extend_from_slice(&entry.longest.to_le_bytes());
        for number in [place, entry.quick.len(), entry.exact.len()] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        place += entry.quick.len() + entry.exact.len();
    }
    for (_, entry) in &entries {
        out.extend_from_slice(&entry.quick);
        out.extend_from_slice(&entry.exact);
    }
    out
}

/// What a pack holds of a pattern; `None` when it does not know it.
pub fn find<'p>(pack: &'p [u8], key: &Key) -> Option<Entry<&'p [u8]>> {
    let rows = pack.strip_prefix(MAGIC.as_slice())?;
    let count = u32::from_le_bytes(rows.get(..4)?.try_into().ok()?) as usize;
    let rows = rows.get(4..4 + count * ROW)?;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        let row = rows.get(middle * ROW..(middle + 1) * ROW)?;
        let (own, row) = row.split_first_chunk::<16>()?;
        match own.cmp(key) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let (first, row) = row.split_first_chunk::<32>()?;
                let (longest, row) = row.split_first_chunk::<2>()?;
                let mut numbers = row.as_chunks().0.iter().map(|n| u32::from_le_bytes(*n) as usize);
                let (place, quick, exact) = (numbers.next()?, numbers.next()?, numbers.next()?);
                let (quick, exact) = pack.get(place..)?.get(..quick + exact)?.split_at(quick);
                let longest = u16::from_le_bytes(*longest);
                return Some(Entry { first: *first, longest, quick, exact });
            }
        }
    }
    None
}

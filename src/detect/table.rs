//! The features that the tagger keeps, and what each says: buckets of hashes, and two lists of rows.
//!
//! A feature has one bucket, which is one line of memory, and no other place; so finding it, or that
//! it is not kept, is one look at sixteen numbers. What it says of each class is the sum of a row of
//! one list and a row of another, so that an entry needs four bytes for what would be ten.

use super::class::CLASSES;

/// What a feature, or many, say of each class. At most 80 features of at most 256: the sum fits.
pub(crate) type Sum = [i16; CLASSES];

/// Features of a bucket.
const PLACES: usize = 16;
/// Buckets of a table: with lists and trees just under 1 MiB.
const BUCKETS: usize = 15_790;
const CODE_BITS: u32 = 10;
/// Rows of a list.
pub(crate) const ROWS: usize = 1 << CODE_BITS;
/// Bytes of a table in a file.
pub(super) const BYTES: usize = 2 * ROWS * CLASSES + BUCKETS * PLACES * 4;

/// One row of a list, in steps of the model's scale.
pub(crate) type Row = [i8; CLASSES];

/// A feature as it is kept: its hash, and a row of either list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) hash: u32,
    pub(crate) rows: [u16; 2],
}

/// Entries of one line of memory: twelve bits of a hash, never 0, and the numbers of two rows. An
/// empty one is 0.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Bucket([u32; PLACES]);

/// The bucket of a feature.
#[inline]
fn bucket_of(hash: u32) -> usize {
    ((u64::from(hash) * BUCKETS as u64) >> 32) as usize
}

/// What tells a feature from others of its bucket; never 0.
#[inline]
fn print_of(hash: u32) -> u32 {
    (hash & 0xfff).max(1)
}

/// Which features find a place, of those that ask one after the other.
pub(crate) struct Places(Vec<Vec<u16>>);

impl Default for Places {
    fn default() -> Self {
        Self(vec![Vec::new(); BUCKETS])
    }
}

impl Places {
    /// True when the feature gets a place: its bucket has one, and nothing there is taken for it.
    pub(crate) fn take(&mut self, hash: u32) -> bool {
        let (bucket, print) = (&mut self.0[bucket_of(hash)], print_of(hash) as u16);
        let free = bucket.len() < PLACES && !bucket.contains(&print);
        if free {
            bucket.push(print);
        }
        free
    }
}

/// The features that are kept.
#[derive(Clone)]
pub(super) struct Table {
    buckets: Vec<Bucket>,
    /// Of each entry's print the low byte: most features are not kept, and these, a quarter of the
    /// buckets, stay near.
    near: Vec<[u8; PLACES]>,
    rows: [Vec<Sum>; 2],
}

impl Table {
    /// A table of features that all have [`Places`]; others are left out.
    pub(super) fn new(features: &[Kept], rows: &[Vec<Row>; 2]) -> Self {
        let mut buckets = vec![Bucket::default(); BUCKETS];
        for &Kept { hash, rows: [first, second] } in features {
            let Bucket(entries) = &mut buckets[bucket_of(hash)];
            let print = print_of(hash);
            if entries.iter().any(|e| e >> (2 * CODE_BITS) == print) {
                continue;
            }
            if let Some(entry) = entries.iter_mut().find(|e| **e == 0) {
                *entry =
                    print << (2 * CODE_BITS) | u32::from(first) << CODE_BITS | u32::from(second);
            }
        }
        let list = |rows: &Vec<Row>| {
            let mut list: Vec<Sum> = rows.iter().map(|row| row.map(i16::from)).collect();
            list.resize(ROWS, Sum::default());
            list
        };
        let [first, second] = rows;
        Self::of(buckets, [list(first), list(second)])
    }

    fn of(buckets: Vec<Bucket>, rows: [Vec<Sum>; 2]) -> Self {
        let near = buckets.iter().map(|b| b.0.map(|e| (e >> (2 * CODE_BITS)) as u8)).collect();
        Self { buckets, near, rows }
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.buckets.iter().flat_map(|b| b.0).filter(|e| *e != 0).count()
    }

    /// Adds what a feature says to `sum`: nothing when it is not kept.
    #[inline]
    pub(super) fn add(&self, hash: u32, sum: &mut Sum) {
        if self.may_hold(hash) {
            self.add_kept(&mut [hash], sum);
        }
    }

    /// False when a feature is not kept, as most are not; when it may be, true.
    #[inline]
    pub(super) fn may_hold(&self, hash: u32) -> bool {
        let (bucket, print) = (bucket_of(hash), print_of(hash) as u8);
        // Without a branch for each, here and below: no two of a bucket have the same print.
        self.near[bucket].iter().fold(0, |any, &b| any | u8::from(b == print)) != 0
    }

    /// Adds what features say that [`Table::may_hold`]; entries are written over their hashes.
    pub(super) fn add_kept(&self, hashes: &mut [u32], sum: &mut Sum) {
        // All are found before any is added, so that they wait for memory at the same time.
        for hash in &mut *hashes {
            let (bucket, print) = (bucket_of(*hash), print_of(*hash));
            *hash = self.buckets[bucket].0.iter().fold(0, |found, &entry| {
                found | if entry >> (2 * CODE_BITS) == print { entry } else { 0 }
            });
        }
        for &found in hashes.iter().filter(|found| **found != 0) {
            let [first, second] = [found >> CODE_BITS, found].map(|code| code as usize % ROWS);
            let (first, second) = (&self.rows[0][first], &self.rows[1][second]);
            for ((sum, a), b) in sum.iter_mut().zip(first).zip(second) {
                *sum += a + b;
            }
        }
    }

    /// The bytes of a table in a file: the lists, then the buckets; numbers with their low byte
    /// first.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let rows = self.rows.iter().flatten().flatten().map(|w| *w as u8);
        let entries = self.buckets.iter().flat_map(|b| b.0).flat_map(u32::to_le_bytes);
        rows.chain(entries).collect()
    }

    /// From bytes that [`Table::to_bytes`] wrote; `None` for another number of them.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (lists, buckets) = bytes.split_at_checked(2 * ROWS * CLASSES)?;
        let row = |r: &[u8]| std::array::from_fn(|c| i16::from(r[c].cast_signed()));
        let mut rows = lists.chunks_exact(CLASSES).map(row);
        let first = rows.by_ref().take(ROWS).collect();
        let rows = [first, rows.collect()];
        let entry = |e: &[u8]| u32::from_le_bytes([e[0], e[1], e[2], e[3]]);
        let bucket = |b: &[u8]| {
            let mut entries = b.chunks_exact(4).map(entry);
            Bucket(std::array::from_fn(|_| entries.next().unwrap_or_default()))
        };
        (buckets.len() == BUCKETS * PLACES * 4)
            .then(|| Self::of(buckets.chunks_exact(PLACES * 4).map(bucket).collect(), rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(table: &Table, hash: u32) -> Sum {
        let mut sum = Sum::default();
        table.add(hash, &mut sum);
        sum
    }

    #[test]
    fn features_say_the_sum_of_their_rows_and_others_nothing() {
        let rows = [vec![[1; CLASSES], [-100; CLASSES]], vec![[0; CLASSES], [-27; CLASSES]]];
        let features = [
            Kept { hash: 0, rows: [0, 0] },
            Kept { hash: 0x1234_5678, rows: [1, 1] },
            Kept { hash: u32::MAX, rows: [0, 1] },
        ];
        let table = Table::new(&features, &rows);
        let back = Table::from_bytes(&table.to_bytes()).unwrap();
        assert_eq!(table.len(), 3);
        for table in [&table, &back] {
            assert_eq!(said(table, 0), [1; CLASSES]);
            assert_eq!(said(table, 0x1234_5678), [-127; CLASSES]);
            assert_eq!(said(table, u32::MAX), [-26; CLASSES]);
            assert_eq!(said(table, 0x1234_5679), [0; CLASSES]);
            assert_eq!(said(table, 0x8234_5678), [0; CLASSES]);
        }
        assert!(Table::from_bytes(&[0; BYTES - 1]).is_none());
    }

    #[test]
    fn a_full_bucket_and_a_print_that_stands_there_take_nothing_more() {
        let mut places = Places::default();
        assert!((0..16).all(|n| places.take(n + 2)));
        assert!(!places.take(100), "the bucket is full");
        assert!(places.take((1 << 31) | 7));
        assert!(!places.take((1 << 31) | 7), "it is there already");
    }
}

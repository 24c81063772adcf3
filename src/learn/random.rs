//! Numbers by chance, the same for the same seed on every machine and in every version: a library
//! may change its streams, and then the committed weights could not be remade.

/// `SplitMix64`: passes the usual batteries, four lines.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 for 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    /// One of the items; the list must not be empty.
    pub(super) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// A string of random digits for every `#` of the form, a letter for every `@`.
    pub(super) fn fill(&mut self, form: &str) -> String {
        form.chars()
            .map(|c| match c {
                '#' => char::from(b'0' + self.below(10) as u8),
                '%' => char::from(b'1' + self.below(9) as u8),
                '@' => char::from(b"ABCDEFGHJKLMNPRSTVWXY"[self.below(21)]),
                c => c,
            })
            .collect()
    }
}

//! A small network over the tokens: what words, shapes, labels and cues up to fifteen tokens away
//! make likely.
//!
//! The chain sums what stands at most three tokens away. The network combines what it sees, and
//! sees more of it; what it takes for likely is one more thing that the second reading knows of a
//! token. Like the chain, it never sees the whole of a word that is likely a name. It reckons in
//! whole numbers, so that how they are added up changes no digit.

mod reading;

pub(crate) use reading::Reading;
pub(super) use reading::Rows;

use super::class::CLASSES;
use wide::{i16x8, i32x4};

/// Numbers that stand for a token.
pub(crate) const EMBED: usize = 32;
/// Numbers that stand for a token with what is around it.
pub(crate) const HIDDEN: usize = 48;
/// How far apart the three tokens are that each layer looks at.
pub(crate) const APART: [usize; LAYERS] = [1, 2, 4, 8];
/// Layers, one upon the other.
pub(crate) const LAYERS: usize = 4;
/// Rows of the table of features; features that fall on one row share it.
pub(crate) const ROWS: usize = 1 << 15;
/// What stands for 1 in what a token is. With the other bounds here no sum leaves 32 bits.
pub(crate) const ONE: f32 = 2048.0;
/// What stands for 1 in what a layer says.
pub(crate) const HIDDEN_ONE: f32 = 128.0;
/// The most that a layer says of anything.
const MOST: i32 = 4095;

/// What a feature says of the token.
pub(crate) type Row = [i8; EMBED];
/// Numbers of a token: the sum of its rows, or what that stands for.
pub(crate) type Embedded = [i16; EMBED];
type Hidden = [i16; HIDDEN];

/// The row of a feature.
#[inline]
pub(crate) fn row_of(feature: u32) -> usize {
    (feature.wrapping_mul(0x9e37_79b1) >> (u32::BITS - ROWS.trailing_zeros())) as usize
}

/// What is made of `N` numbers, of three tokens or of one: `FOURS` times four.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer<const N: usize, const FOURS: usize> {
    /// Of each two numbers, what they add to each four: one instruction's work.
    twos: Vec<[i16x8; FOURS]>,
    /// What a step of a sum is worth.
    step: f32,
}

impl<const N: usize, const FOURS: usize> Layer<N, FOURS> {
    /// A layer of these weights: of a number, in what is made. None is above [`WEIGHT_MOST`].
    pub(crate) fn new(step: f32, mut weight: impl FnMut(usize, usize) -> i16) -> Self {
        let mut eight = |two: usize, four: usize| {
            i16x8::new(std::array::from_fn(|i| weight(2 * two + i % 2, 4 * four + i / 2)))
        };
        let twos = (0..N / 2).map(|two| std::array::from_fn(|four| eight(two, four))).collect();
        Self { twos, step }
    }

    #[inline]
    fn sums(&self, x: &[i16; N]) -> [[f32; 4]; FOURS] {
        let mut sums = [i32x4::ZERO; FOURS];
        let (twos, _) = x.as_chunks::<2>();
        for (&[a, b], weights) in twos.iter().zip(&self.twos) {
            let two = i16x8::new([a, b, a, b, a, b, a, b]);
            for four in 0..FOURS {
                sums[four] += two.dot(weights[four]);
            }
        }
        sums.map(|four| four.to_array().map(|sum| sum as f32 * self.step))
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        let weights = self.twos.as_flattened().iter().flat_map(|eight| eight.to_array());
        self.step.to_le_bytes().into_iter().chain(weights.flat_map(i16::to_le_bytes))
    }

    /// The next layer of a file; the rest is left.
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let step = float(rest)?;
        let (weights, behind) = rest.split_at_checked(FOURS * 4 * N * 2)?;
        *rest = behind;
        let (weights, _) = weights.as_chunks::<2>();
        let weights: Vec<i16> = weights.iter().map(|w| i16::from_le_bytes(*w)).collect();
        let small = weights.iter().all(|w| w.unsigned_abs() <= WEIGHT_MOST.unsigned_abs());
        let (eights, _) = weights.as_chunks::<8>();
        let eights: Vec<i16x8> = eights.iter().map(|eight| i16x8::new(*eight)).collect();
        let (twos, _) = eights.as_chunks();
        small.then(|| Self { twos: twos.to_vec(), step })
    }
}

/// A network, to be asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network {
    rows: Vec<Row>,
    /// What a sum of rows stands for, from the lowest.
    bends: Vec<i16>,
    /// What a step of the rows is worth.
    row_step: f32,
    parts: Parts,
}

/// All but the table of features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parts {
    pub(crate) first: Layer<{ 3 * EMBED }, { HIDDEN / 4 }>,
    pub(crate) others: [Layer<{ 3 * HIDDEN }, { HIDDEN / 4 }>; LAYERS - 1],
    /// Added to what each layer makes.
    pub(crate) bias: [[f32; HIDDEN]; LAYERS],
    pub(crate) of_hidden: Layer<HIDDEN, { CLASSES / 4 }>,
    pub(crate) of_embedded: Layer<EMBED, { CLASSES / 4 }>,
    pub(crate) of_none: [f32; CLASSES],
}

/// At most so many features of a token are the network's; of more, the sum would be cut off.
const FEATURES: i16 = 40;
const LOWEST: i16 = FEATURES * i8::MIN as i16;

const MAGIC: &[u8; 8] = b"CVNET\x00\x00\x01";

impl Network {
    /// A network of [`ROWS`] rows.
    pub(crate) fn new(rows: Vec<Row>, row_step: f32, parts: Parts) -> Self {
        // In double precision, so that no mathematical library rounds another way.
        let bend = |sum: i16| {
            let sum = f64::from(sum) * f64::from(row_step);
            (sum.tanh() * f64::from(ONE)).round() as i16
        };
        let bends = (LOWEST..=-LOWEST).map(bend).collect();
        Self { rows, bends, row_step, parts }
    }

    /// From bytes that [`Network::to_bytes`] of this version wrote; `None` for any others.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let row_step = float(&mut rest)?;
        let (rows, others) = rest.split_at_checked(ROWS * EMBED)?;
        rest = others;
        let (rows, _) = rows.as_chunks::<EMBED>();
        let first = Layer::read(&mut rest)?;
        let others = [Layer::read(&mut rest)?, Layer::read(&mut rest)?, Layer::read(&mut rest)?];
        let mut bias = [[0.0; HIDDEN]; LAYERS];
        for bias in bias.as_flattened_mut() {
            *bias = float(&mut rest)?;
        }
        let (of_hidden, of_embedded) = (Layer::read(&mut rest)?, Layer::read(&mut rest)?);
        let mut of_none = [0.0; CLASSES];
        for bias in &mut of_none {
            *bias = float(&mut rest)?;
        }
        let rows = rows.iter().map(|row| row.map(u8::cast_signed)).collect();
        let parts = Parts { first, others, bias, of_hidden, of_embedded, of_none };
        rest.is_empty().then(|| Self::new(rows, row_step, parts))
    }

    /// The file: numbers with their low byte first.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Parts { first, others, bias, of_hidden, of_embedded, of_none } = &self.parts;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.row_step.to_le_bytes());
        bytes.extend(self.rows.as_flattened().iter().map(|w| w.cast_unsigned()));
        bytes.extend(first.bytes());
        bytes.extend(others.iter().flat_map(Layer::bytes));
        bytes.extend(bias.as_flattened().iter().flat_map(|b| b.to_le_bytes()));
        bytes.extend(of_hidden.bytes().chain(of_embedded.bytes()));
        bytes.extend(of_none.iter().flat_map(|b| b.to_le_bytes()));
        bytes
    }

    /// Adds what a feature of this row says.
    #[inline]
    pub(crate) fn add(&self, row: usize, sum: &mut Embedded) {
        for (sum, says) in sum.iter_mut().zip(&self.rows[row]) {
            *sum += i16::from(*says);
        }
    }

    fn embed(&self, sum: &Embedded) -> Embedded {
        sum.map(|s| self.bends[usize::from((s.clamp(LOWEST, -LOWEST) - LOWEST).cast_unsigned())])
    }
}

/// The next number; the rest is left.
fn float(rest: &mut &[u8]) -> Option<f32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    // None is so large that sums of them are no numbers.
    Some(f32::from_le_bytes(*number)).filter(|n| n.abs() < 1e6)
}

/// The highest weight of a layer.
pub(crate) const WEIGHT_MOST: i16 = 2047;

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below others, the same every time.
    pub(super) fn chance() -> impl FnMut(u64) -> u64 {
        let mut state = 1u64;
        move |n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % n
        }
    }

    pub(super) fn network() -> Network {
        let mut below = chance();
        let rows = (0..ROWS).map(|_| std::array::from_fn(|_| below(255) as i8)).collect();
        fn made<const N: usize, const FOURS: usize>(
            below: &mut impl FnMut(u64) -> u64,
        ) -> Layer<N, FOURS> {
            Layer::new(1e-7, |_, _| below(2 * WEIGHT_MOST as u64) as i16 - WEIGHT_MOST)
        }
        let parts = Parts {
            first: made(&mut below),
            others: std::array::from_fn(|_| made(&mut below)),
            bias: std::array::from_fn(|l| [l as f32 / 10.0; HIDDEN]),
            of_hidden: made(&mut below),
            of_embedded: made(&mut below),
            of_none: std::array::from_fn(|c| c as f32 / 10.0),
        };
        Network::new(rows, 0.01, parts)
    }

    #[test]
    fn a_token_has_no_more_features_than_a_sum_holds() {
        let own = (0..256).filter(|template| super::super::feature::is_own(*template));
        assert!(own.count() <= FEATURES as usize);
    }

    #[test]
    fn a_network_comes_back_from_its_bytes_and_from_no_others() {
        let network = network();
        let mut bytes = network.to_bytes();
        assert_eq!(Network::from_bytes(&bytes), Some(network));
        assert_eq!(Network::from_bytes(&bytes[..bytes.len() - 1]), None);
        bytes.push(0);
        assert_eq!(Network::from_bytes(&bytes), None);
        bytes.pop();
        // A weight that would leave the bounds of the sums.
        let first = MAGIC.len() + 4 + ROWS * EMBED + 4;
        bytes[first..first + 2].copy_from_slice(&i16::MIN.to_le_bytes());
        assert_eq!(Network::from_bytes(&bytes), None);
        assert_eq!(Network::from_bytes(b""), None);
        // A step that is no number.
        bytes[first..first + 2].copy_from_slice(&[0; 2]);
        assert!(Network::from_bytes(&bytes).is_some());
        for step in [f32::NAN, f32::INFINITY, -1e30] {
            bytes[first - 4..first].copy_from_slice(&step.to_le_bytes());
            assert_eq!(Network::from_bytes(&bytes), None);
        }
    }
}

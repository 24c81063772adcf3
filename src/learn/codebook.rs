//! Rows of weights as sums of two out of a few: what a table of features holds of them.
//!
//! Two lists of rows are sought so that each row of weights is nearly the sum of one of either
//! (residual vector quantisation). Each list is fitted to what the other leaves, in turn.

use crate::detect::{CLASSES, ROWS, Row};
use rayon::prelude::*;

/// A row of weights, in steps.
pub(super) type Point = [f32; CLASSES];

/// Two lists of rows, and for each row of weights one of either.
pub(super) struct Coded {
    pub(super) rows: [Vec<Row>; 2],
    pub(super) codes: Vec<[u16; 2]>,
}

/// Rounds in which a list is fitted for the first time.
const FIRST: usize = 10;
/// Rounds in which both are fitted in turn.
const IN_TURN: usize = 8;

/// Codes rows of weights, each as important as its worth. What is added to all weights of a row
/// changes nothing and is taken off.
pub(super) fn code(weights: &[Point], worth: &[f32]) -> Coded {
    let points: Vec<Point> = weights
        .iter()
        .map(|row| {
            let mean = row.iter().sum::<f32>() / CLASSES as f32;
            row.map(|w| w - mean)
        })
        .collect();
    let mut first = List::spread(&points);
    let mut a = first.nearest(&points);
    for _ in 0..FIRST {
        first.fit(&points, &a, worth);
        a = first.nearest(&points);
    }
    let mut left = first.left(&points, &a);
    let mut second = List::spread(&left);
    let mut b = second.nearest(&left);
    for _ in 0..IN_TURN {
        second.fit(&left, &b, worth);
        b = second.nearest(&left);
        let left_of_second = second.left(&points, &b);
        first.fit(&left_of_second, &a, worth);
        a = first.nearest(&left_of_second);
        left = first.left(&points, &a);
        b = second.nearest(&left);
    }
    let [first, second] = [first.rounded(), second.rounded()];
    let a = first.nearest(&second.left(&points, &b));
    let b = second.nearest(&first.left(&points, &a));
    let codes = a.into_iter().zip(b).map(|(a, b)| [a, b]).collect();
    Coded { rows: [first.rows(), second.rows()], codes }
}

/// Rows, of which each point takes the nearest.
struct List(Vec<Point>);

impl List {
    /// Points from all over, in their order.
    fn spread(points: &[Point]) -> Self {
        let at = |k: usize| points.get(k * points.len() / ROWS).copied().unwrap_or_default();
        Self((0..ROWS).map(at).collect())
    }

    /// The nearest row of each point; of equally near ones the first.
    fn nearest(&self, points: &[Point]) -> Vec<u16> {
        // By class, so that the inner loop runs over neighbours in memory.
        let by_class: Vec<Vec<f32>> =
            (0..CLASSES).map(|c| self.0.iter().map(|row| row[c]).collect()).collect();
        let half = |row: &Point| row.iter().map(|w| w * w).sum::<f32>() / 2.0;
        let halves: Vec<f32> = self.0.iter().map(half).collect();
        points
            .par_iter()
            .map_init(
                || vec![0.0; ROWS],
                |far, point| {
                    far.copy_from_slice(&halves);
                    for (w, class) in point.iter().zip(&by_class) {
                        for (far, row) in far.iter_mut().zip(class) {
                            *far -= w * row;
                        }
                    }
                    let least = far.iter().copied().fold(f32::MAX, f32::min);
                    far.iter().position(|far| *far == least).unwrap_or(0) as u16
                },
            )
            .collect()
    }

    /// Moves each row to the mean of the points that took it.
    fn fit(&mut self, points: &[Point], taken: &[u16], worth: &[f32]) {
        let mut sums = vec![([0.0f64; CLASSES], 0.0f64); ROWS];
        for ((point, row), worth) in points.iter().zip(taken).zip(worth) {
            let (sum, count) = &mut sums[usize::from(*row)];
            for (sum, w) in sum.iter_mut().zip(point) {
                *sum += f64::from(w * worth);
            }
            *count += f64::from(*worth);
        }
        for (row, (sum, count)) in self.0.iter_mut().zip(sums) {
            if count > 0.0 {
                *row = sum.map(|s| (s / count) as f32);
            }
        }
    }

    /// What the rows that the points took leave of them.
    fn left(&self, points: &[Point], taken: &[u16]) -> Vec<Point> {
        let left = |(point, row): (&Point, &u16)| {
            let row = &self.0[usize::from(*row)];
            std::array::from_fn(|c| point[c] - row[c])
        };
        points.iter().zip(taken).map(left).collect()
    }

    fn rounded(self) -> Self {
        Self(self.0.into_iter().map(|row| row.map(|w| w.round().clamp(-127.0, 127.0))).collect())
    }

    fn rows(&self) -> Vec<Row> {
        self.0.iter().map(|row| row.map(|w| w as i8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_two_rows_come_near_to_what_was_coded() {
        let wave = |n: usize, c: usize| ((n * 37 + c * 101) % 211) as f32 - 105.0;
        let points: Vec<Point> =
            (0..5000).map(|n| std::array::from_fn(|c| wave(n / 3, c) + (n % 3) as f32)).collect();
        let worth: Vec<f32> = (0..points.len()).map(|n| 1.0 + (n % 4) as f32).collect();
        let Coded { rows, codes } = code(&points, &worth);
        let (mut error, mut whole) = (0.0, 0.0);
        for (point, [a, b]) in points.iter().zip(&codes) {
            let mean = point.iter().sum::<f32>() / CLASSES as f32;
            for c in 0..CLASSES {
                let sum =
                    i16::from(rows[0][usize::from(*a)][c]) + i16::from(rows[1][usize::from(*b)][c]);
                error += (f32::from(sum) - (point[c] - mean)).powi(2);
                whole += (point[c] - mean).powi(2);
            }
        }
        assert!(error < 0.01 * whole, "{error} of {whole}");
        assert_eq!(code(&points, &worth).codes, codes);
    }
}

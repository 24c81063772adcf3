//! Places and directions: the six numbers by which a PDF moves, turns and stretches.

use lopdf::{Document, Object};

#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const SAME: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// Of six numbers.
    pub(super) fn of(document: &Document, objects: &[Object]) -> Option<Self> {
        let mut numbers = [0.0; 6];
        if objects.len() != 6 {
            return None;
        }
        for (to, object) in numbers.iter_mut().zip(objects) {
            *to = super::number(document, object)?;
        }
        Some(Self(numbers))
    }

    pub(super) fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one first, then the other.
    pub(super) fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([
            a * g + b * i,
            a * h + b * j,
            c * g + d * i,
            c * h + d * j,
            e * g + f * i + k,
            e * h + f * j + l,
        ])
    }

    /// By how much an area grows.
    pub(super) fn area(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs()
    }

    /// Lengths of what was one unit along and across.
    pub(super) fn stretch(self) -> (f64, f64) {
        let [a, b, c, d, ..] = self.0;
        (a.hypot(b), c.hypot(d))
    }

    /// The direction of writing, as an angle.
    pub(super) fn angle(self) -> f64 {
        self.0[1].atan2(self.0[0])
    }

    /// The origin, along and across a direction of writing.
    pub(super) fn along(self, angle: f64) -> (f64, f64) {
        let (x, y) = (self.0[4], self.0[5]);
        let (sin, cos) = angle.sin_cos();
        (x * cos + y * sin, y * cos - x * sin)
    }
}

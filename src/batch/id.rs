//! How inputs are named: by position. A name of a file may be somebody's.

use std::fmt;

/// An input's position: `3` is the third file of the walk, `3/5` the fifth member of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct InputId(Vec<usize>);

impl InputId {
    /// The `n`th file of the walk, from 1.
    pub fn file(n: usize) -> Self {
        Self(vec![n])
    }

    /// The `n`th member of this archive, from 1.
    #[must_use]
    pub fn member(&self, n: usize) -> Self {
        Self([self.0.as_slice(), &[n]].concat())
    }

    /// The position that a manifest names.
    pub(super) fn read(text: &str) -> Option<Self> {
        text.split('/').map(|n| n.parse().ok()).collect::<Option<Vec<usize>>>().map(Self)
    }

    /// Which file of the walk it is or lies in.
    pub fn root(&self) -> usize {
        self.0.first().copied().unwrap_or(0)
    }

    /// The positions within the file of the walk.
    pub(super) fn within(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().skip(1).copied()
    }

    /// True for a file of the walk, false for what lies in one.
    pub fn is_file(&self) -> bool {
        self.0.len() == 1
    }
}

impl fmt::Display for InputId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, n) in self.0.iter().enumerate() {
            write!(f, "{}{n}", if i > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}

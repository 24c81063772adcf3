//! The cues around a token, and their features.

use super::super::cue_class::CueClass;
use super::super::surroundings::{Atom, PAD};
use super::sink::Sink;

/// Distances to the nearest words of each class, 0 for none.
#[derive(Default)]
pub(super) struct Cues {
    pub(super) left: u64,
    pub(super) titled: u64,
    pub(super) credential: u64,
    pub(super) head: u64,
    pub(super) head_before: u64,
    pub(super) month: u64,
    pub(super) street: u64,
}

impl Cues {
    /// The distances around a token: up to five tokens to the left, three to the right.
    #[inline]
    pub(super) fn around(around: &[Atom; 2 * PAD + 1]) -> Self {
        let at = |d: isize| &around[(PAD as isize + d) as usize];
        let near = [at(-1).cue.0, at(-2).cue.0, at(-3).cue.0 | at(-4).cue.0 | at(-5).cue.0];
        let any = around.iter().fold(0, |any, a| any | a.cue.0);
        let mut cues = Self::default();
        // Most tokens have no such word around.
        if any == 0 {
            return cues;
        }
        let has = |d: isize, class: CueClass| at(d).cue.has(class);
        for (k, class) in [
            CueClass::Kin,
            CueClass::Patient,
            CueClass::Provider,
            CueClass::OtherRole,
            CueClass::Place,
            CueClass::Work,
            CueClass::Naming,
        ]
        .into_iter()
        .enumerate()
        {
            let step = near.iter().position(|n| n & (1 << class as u16) != 0);
            cues.left |= step.map_or(0, |s| s as u64 + 1) << (2 * k);
        }
        let titled =
            (1..=3).find(|&d| has(-d, CueClass::ProviderTitle) || has(-d, CueClass::CivilTitle));
        let credential = (1..=3).find(|&d| has(d, CueClass::Credential));
        let head = (0..=3).find(|&d| has(d, CueClass::OrgHead));
        let head_before = (1..=3).find(|&d| has(-d, CueClass::OrgHead));
        let month = (-2..=2).find(|&d| has(d, CueClass::Month));
        let street = (-3..=3).find(|&d| has(d, CueClass::StreetWord));
        cues.titled = titled.unwrap_or(0) as u64;
        cues.credential = credential.unwrap_or(0) as u64;
        cues.head = head.map_or(0, |d| d as u64 + 1);
        cues.head_before = head_before.unwrap_or(0) as u64;
        cues.month = month.map_or(0, |d| (d + 3) as u64);
        cues.street = street.map_or(0, |d| (d + 4) as u64);
        cues
    }
}

/// Hands the features of the cues around a token to `f`.
#[inline]
pub(super) fn features(around: &[Atom; 2 * PAD + 1], f: &mut impl Sink) {
    let me = &around[PAD];
    let (shape, odds) = (u64::from(me.shape), me.odds());
    let Cues { left, titled, credential, head, head_before, month, street } = Cues::around(around);
    f.add(47, left | shape << 20);
    f.add(48, titled | shape << 4 | odds << 12);
    f.add(49, credential | shape << 4);
    f.add(50, head | (head_before * 8) | shape << 6);
    f.add(51, month | street << 3 | shape << 8);
}

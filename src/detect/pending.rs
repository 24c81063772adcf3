//! Rules that may match at the tokens of a block of text, until their quick tables say no.
//!
//! A table is read one byte at a time, and each byte waits for memory. So the tables of a whole
//! block are read together, a byte of each in turn: the waits overlap.

use super::near::Wanted;
use super::starts::{Asked, Live, Starts, before};
use crate::rules::{DEAD, Flat, Machines, PERHAPS, State, WINDOW};
use crate::token::CLASS;

/// A rule that may match at a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    /// Where the match starts.
    pub(super) start: u32,
    /// The position up to which its table has read.
    pub(super) upto: u32,
    pub(super) live: Live,
}

impl Pending {
    /// A rule that has read the byte at `start`; `None` when no match starts with it there.
    pub(super) fn begin(rule: u16, start: u32, machines: &Machines, bytes: &[u8]) -> Option<Self> {
        let at = start as usize;
        // Most rules are done with here, without a look at their tables.
        if !machines.starts(rule, bytes[at]) {
            return None;
        }
        let state = machines.begin(rule, before(bytes, at), bytes[at]);
        let begun = Self { start, upto: start + 1, live: Live { rule, state } };
        (state != DEAD).then_some(begun)
    }
}

/// Bytes of each rule that are read together. Most rules die at the first.
const ROUNDS: usize = 6;

/// All rules that may match at the tokens asked for, in the order of these; of those that need a cue
/// the ones that are wanted there.
pub(super) fn read(
    starts: &Starts,
    asked: &[Asked],
    wanted: &Wanted,
    machines: &Machines,
    bytes: &[u8],
    out: &mut Vec<Pending>,
) {
    out.clear();
    for (i, a) in asked.iter().enumerate() {
        let alive = starts.alive(a, bytes);
        let (start, upto) = (a.token.start, alive.upto as u32);
        out.extend(alive.rules.iter().map(|&live| Pending { start, upto, live }));
        let begun = |&rule: &u16| Pending::begin(rule, start, machines, bytes);
        out.extend(wanted.at(i).iter().filter_map(begun));
    }
    for _ in 0..ROUNDS {
        let mut kept = 0;
        for i in 0..out.len() {
            let next = step(out[i], machines, bytes);
            out[kept] = next;
            // Without a branch: whether a rule dies cannot be foreseen.
            kept += usize::from(next.live.state != DEAD);
        }
        out.truncate(kept);
    }
}

/// Reads one byte more; what has matched or reached the end of its window stays as it is.
#[inline]
fn step(mut pending: Pending, machines: &Machines, bytes: &[u8]) -> Pending {
    let Pending { start, upto, live: Live { rule, state } } = pending;
    let (start, upto) = (start as usize, upto as usize);
    let Some(quick) = machines.quick(rule) else { return pending };
    if state == PERHAPS || upto >= bytes.len().min(start + WINDOW) {
        return pending;
    }
    let state = quick.next(state, bytes[upto]);
    let ends = ends(quick, state, bytes, upto, machines.is_glued(rule));
    pending.live.state = if ends { PERHAPS } else { state };
    pending.upto += 1;
    pending
}

/// True when a state tells of a match that ended before `at`, where it may end. A match that is not
/// `glued` does not end inside a token.
#[inline]
fn ends(quick: Flat<'_>, state: State, bytes: &[u8], at: usize, glued: bool) -> bool {
    state == PERHAPS || quick.is_match(state) && (glued || !is_inside(bytes, at))
}

/// Walks a table on from `from`, in the window that starts at `start`: true when the rule may match.
#[inline]
pub(super) fn may_match(
    quick: Flat<'_>,
    mut state: State,
    bytes: &[u8],
    (start, from): (usize, usize),
    glued: bool,
) -> bool {
    // What is longer than the window was read to its end already.
    let end = bytes.len().min(start + WINDOW).max(from);
    if state == PERHAPS {
        return true;
    }
    for (at, &byte) in (from..).zip(&bytes[from..end]) {
        state = quick.next(state, byte);
        if state == DEAD {
            return false;
        }
        if ends(quick, state, bytes, at, glued) {
            return true;
        }
    }
    let last = bytes.get(end).map_or_else(|| quick.end(state), |&next| quick.next(state, next));
    ends(quick, last, bytes, end, glued)
}

/// True when `end` lies inside a token.
fn is_inside(bytes: &[u8], end: usize) -> bool {
    bytes.get(end).is_some_and(|&next| CLASS[next as usize] != 0)
        && CLASS[bytes[end - 1] as usize] != 0
}

//! Quick tables read to their end: whether a rule that is alive at a place may match there.

use super::starts::is_inside;
use crate::rules::{DEAD, PERHAPS, Quick, State, WINDOW};

/// True when a state tells of a match that ended before `at`, where it may end. A match that is not
/// `glued` does not end inside a token.
#[inline]
fn ends(quick: Quick<'_>, state: State, bytes: &[u8], at: usize, glued: bool) -> bool {
    state == PERHAPS || quick.is_match(state) && (glued || !is_inside(bytes, at))
}

/// Walks a table on from `from`, in the window that starts at `start`: true when the rule may match.
#[inline]
pub(super) fn may_match(
    quick: Quick<'_>,
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

//! Two things at once, one of them on a thread of its own.

use std::panic::resume_unwind;
use std::thread;

/// Gives what both give; `first` runs on a new thread. Unlike `rayon::join`, a thread that waits
/// here takes up no other work, so that what calls this may hold a lock.
pub(crate) fn both<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (first.join().unwrap_or_else(|panic| resume_unwind(panic)), second)
    })
}

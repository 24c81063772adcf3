//! Faults that tests put into the parts of the gate, to see that nothing is released then.
//!
//! In the program itself every question here is answered with a constant "no": there is no switch,
//! no variable and no feature that turns a fault on. A test's fault belongs to its thread, and the
//! service carries it to the thread that its engine runs on.

/// The parts that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Decode,
    Detect,
    Mask,
    Gate,
    #[cfg(feature = "service")]
    Ledger,
    #[cfg(feature = "service")]
    Store,
    #[cfg(feature = "service")]
    Forward,
    #[cfg(feature = "service")]
    Clock,
    #[cfg(feature = "service")]
    Random,
    #[cfg(feature = "service")]
    KeyFile,
}

#[cfg(not(test))]
pub(crate) use off::*;
#[cfg(test)]
pub(crate) use on::*;

#[cfg(not(test))]
mod off {
    use super::Part;

    /// True when the part must fail now.
    #[inline]
    pub(crate) const fn fails(_: Part) -> bool {
        false
    }

    /// True when the part must give nothing now.
    #[inline]
    pub(crate) const fn empties(_: Part) -> bool {
        false
    }

    /// Returns when the part may go on.
    #[cfg(feature = "service")]
    #[inline]
    pub(crate) fn stall(_: Part) -> std::future::Ready<()> {
        std::future::ready(())
    }
}

#[cfg(test)]
mod on {
    use super::Part;
    use std::cell::Cell;
    use std::time::Duration;

    /// What a part does instead of its work.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Fault {
        Fail,
        Panic,
        Stall,
        Nothing,
    }

    thread_local! {
        static FAULT: Cell<Option<(Part, Fault)>> = const { Cell::new(None) };
    }

    /// Longer than a test lets its service wait.
    const STALL: Duration = Duration::from_secs(3);

    /// The fault of this thread.
    pub(crate) fn current() -> Option<(Part, Fault)> {
        FAULT.get()
    }

    /// From now on this thread's fault is that.
    pub(crate) fn set(fault: Option<(Part, Fault)>) {
        FAULT.set(fault);
    }

    /// True when the part must fail now; panics or waits where it must.
    pub(crate) fn fails(part: Part) -> bool {
        match FAULT.get() {
            Some((p, Fault::Fail)) if p == part => true,
            Some((p, Fault::Panic)) if p == part => panic!("Zqpanic-Wexford, a fault of a test"),
            // Tasks wait in `stall`; here a whole thread would.
            Some((Part::Store | Part::Ledger | Part::Forward, Fault::Stall)) => false,
            Some((p, Fault::Stall)) if p == part => {
                std::thread::sleep(STALL);
                // Answers come late from these, and not at all from the others.
                matches!(part, Part::Clock | Part::Random | Part::KeyFile)
            }
            _ => false,
        }
    }

    /// True when the part must give nothing now.
    pub(crate) fn empties(part: Part) -> bool {
        FAULT.get() == Some((part, Fault::Nothing))
    }

    /// Returns when the part may go on: never, where it stalls.
    pub(crate) async fn stall(part: Part) {
        if FAULT.get() == Some((part, Fault::Stall)) {
            std::future::pending::<()>().await;
        }
    }
}

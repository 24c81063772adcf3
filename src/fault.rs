//! Faults that tests put into the parts of the gate, to see that nothing is released then.
//!
//! In the program itself every question here is answered with a constant "no": there is no switch,
//! no variable and no feature that turns a fault on. A test's fault belongs to a trial of the
//! service, which the threads of one runtime join.

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

#[cfg(not(all(test, feature = "service")))]
pub(crate) use off::*;
#[cfg(all(test, feature = "service"))]
pub(crate) use on::*;

#[cfg(not(all(test, feature = "service")))]
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

#[cfg(all(test, feature = "service"))]
mod on {
    use super::Part;
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Condvar, Mutex, PoisonError};

    /// What a part does instead of its work.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Fault {
        Fail,
        Panic,
        Stall,
        Nothing,
    }

    /// A fault and the threads that it is for. Cheap to clone.
    #[derive(Clone, Default)]
    pub(crate) struct Trial(Arc<Shared>);

    #[derive(Default)]
    struct Shared {
        fault: Mutex<Option<(Part, Fault)>>,
        healed: Condvar,
        met: AtomicUsize,
    }

    thread_local! {
        static TRIAL: RefCell<Option<Trial>> = const { RefCell::new(None) };
    }

    impl Trial {
        /// From now on this thread meets the fault of the trial.
        pub(crate) fn join(&self) {
            TRIAL.set(Some(self.clone()));
        }

        /// From now on the fault is that; what stalled goes on.
        pub(crate) fn set(&self, fault: Option<(Part, Fault)>) {
            *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
            self.0.healed.notify_all();
        }

        /// How often a part was asked to work and met the fault.
        pub(crate) fn met(&self) -> usize {
            self.0.met.load(Ordering::SeqCst)
        }

        fn fault_of(&self, part: Part) -> Option<Fault> {
            let fault = *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
            fault.filter(|(p, _)| *p == part).map(|(_, fault)| fault)
        }

        fn meet(&self) {
            self.0.met.fetch_add(1, Ordering::SeqCst);
        }

        /// Holds this thread until the fault is over.
        fn wait(&self) {
            let fault = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
            let stalls = |f: &mut Option<(Part, Fault)>| matches!(f, Some((_, Fault::Stall)));
            let _over = self.0.healed.wait_while(fault, stalls);
        }
    }

    fn current(part: Part) -> Option<(Trial, Fault)> {
        let trial = TRIAL.with_borrow(Clone::clone)?;
        let fault = trial.fault_of(part)?;
        Some((trial, fault))
    }

    /// True when the part must fail now; panics or waits where it must.
    pub(crate) fn fails(part: Part) -> bool {
        let Some((trial, fault)) = current(part) else { return false };
        match (part, fault) {
            // Tasks wait in `stall`; here a whole thread would.
            (Part::Store | Part::Ledger | Part::Forward, Fault::Stall) | (_, Fault::Nothing) => {
                return false;
            }
            _ => trial.meet(),
        }
        match fault {
            Fault::Panic => panic!("Zqpanic-Wexford, a fault of a test"),
            Fault::Stall => {
                trial.wait();
                // Answers come late from the engine, and not at all from the system.
                matches!(part, Part::Clock | Part::Random | Part::KeyFile)
            }
            Fault::Fail | Fault::Nothing => true,
        }
    }

    /// True when the part must give nothing now.
    pub(crate) fn empties(part: Part) -> bool {
        let Some((trial, Fault::Nothing)) = current(part) else { return false };
        trial.meet();
        true
    }

    /// Returns when the part may go on: never, where it stalls.
    pub(crate) async fn stall(part: Part) {
        if let Some((trial, Fault::Stall)) = current(part) {
            trial.meet();
            std::future::pending::<()>().await;
        }
    }
}

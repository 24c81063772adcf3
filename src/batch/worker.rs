//! Bytes to a released case, on as many threads as asked for, with results in input order.

use super::error::{BatchError, Refusal};
use super::name::NameWords;
use super::source::is_opaque;
use crate::case::{CaseId, Shape};
use crate::decode::{self, Format, decode};
use crate::detect::Scratch;
use crate::entity::EntityType;
use crate::gate::{ReleasedCase, Verdict};
use crate::pipeline::Deidentifier;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Longest document or line, in bytes: what one worker may hold in memory.
pub(super) const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// A document that may leave.
pub(super) struct Done {
    pub(super) case: ReleasedCase,
    /// True for JSON, which ends with a line break.
    pub(super) line: bool,
    pub(super) tally: Tally,
}

/// What remains of a document when it is written.
pub(super) struct Tally {
    /// How many pieces were masked, by type.
    pub(super) masked: BTreeMap<EntityType, usize>,
    /// True when the path of the file shows what was masked in it.
    pub(super) named_in_path: bool,
}

/// What the bytes are, as far as the caller knows.
#[derive(Clone, Copy)]
pub(super) enum Expect {
    Exactly(Format),
    /// JSON when it is valid JSON, otherwise text.
    JsonOrText,
}

/// Threads, and one scratch for each.
pub(super) struct Workers {
    engine: Deidentifier,
    pool: ThreadPool,
    scratch: Vec<Mutex<Scratch>>,
}

impl Workers {
    /// `jobs` threads; one a core when it is 0.
    pub(super) fn new(engine: &Deidentifier, jobs: usize) -> Result<Self, BatchError> {
        let pool = ThreadPoolBuilder::new().num_threads(jobs).build();
        let pool = pool.map_err(|_| BatchError::Workers { jobs })?;
        let scratch = (0..pool.current_num_threads()).map(|_| Mutex::new(engine.scratch()));
        let scratch = scratch.collect();
        // What is written names no features.
        Ok(Self { engine: engine.clone().unexplained(), pool, scratch })
    }

    /// `work` on every item, results in the order of the items.
    pub(super) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> R + Send + Sync,
    ) -> Vec<R> {
        self.pool.install(|| items.par_iter().with_max_len(1).map(&work).collect())
    }

    /// The whole way of one document. A panic stays within the document: it is refused.
    pub(super) fn scrub(
        &self,
        id: CaseId,
        bytes: &[u8],
        expect: Expect,
        path: &NameWords,
    ) -> Result<Done, Refusal> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let slot = &self.scratch[thread % self.scratch.len()];
        let mut scratch = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let done = catch_unwind(AssertUnwindSafe(|| {
            scrub(&self.engine, id, bytes, expect, path, &mut scratch)
        }));
        done.unwrap_or_else(|_| {
            *scratch = self.engine.scratch();
            Err(Refusal::Internal)
        })
    }
}

fn scrub(
    engine: &Deidentifier,
    id: CaseId,
    bytes: &[u8],
    expect: Expect,
    path: &NameWords,
    scratch: &mut Scratch,
) -> Result<Done, Refusal> {
    let form = engine.rules().forms.first();
    let case = match expect {
        Expect::Exactly(Format::Json) => decode(id, bytes, Format::Json, form)?,
        Expect::JsonOrText if decode::text(bytes).0.trim_start().starts_with(['{', '[']) => {
            decode(id.clone(), bytes, Format::Json, form)
                .or_else(|_| decode(id, bytes, Format::Text, None))?
        }
        Expect::Exactly(Format::Text) | Expect::JsonOrText => {
            decode(id, bytes, Format::Text, None)?
        }
    };
    let line = matches!(case.shape, Shape::Json(_));
    if !line && is_opaque(bytes, &case.fields[0].text) {
        return Err(Refusal::Unsupported);
    }
    let (verdict, record) = engine.release(&case, scratch);
    let released = match verdict {
        Verdict::Released(released) => released,
        Verdict::Held(reasons) => return Err(Refusal::Held(reasons)),
    };
    let mut masked = BTreeMap::new();
    for replaced in released.masked().replaced() {
        *masked.entry(replaced.entity).or_default() += 1;
    }
    let named_in_path = path.show(&case, &record.entities, engine.policy());
    Ok(Done { case: released, line, tally: Tally { masked, named_in_path } })
}

//! Bytes to a released case, on as many threads as asked for, with results in input order.

use super::done::{Done, Masked, Tally};
use super::error::{BatchError, Refusal, Status};
use super::evidence;
use super::group::{self, Group, GroupBy, Groups, Value};
use super::intake::{Expect, open};
use super::manifest::Counts;
use super::name::NameWords;
use super::sidecar::Place;
use crate::case::{Case, CaseId};
use crate::detect::Scratch;
use crate::entity::Entity;
use crate::format::Format;
use crate::gate::{HoldReason, ReleasedCase, Verdict};
use crate::pipeline::Deidentifier;
use crate::policy::Operator;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

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

    /// The whole way of one document.
    pub(super) fn scrub(
        &self,
        id: &CaseId,
        bytes: &[u8],
        expect: &Expect,
        path: &NameWords,
        grouping: Grouping<'_>,
    ) -> Result<Done, Refusal> {
        self.guarded(|scratch| scrub(&self.engine, id, bytes, expect, path, grouping, scratch))
    }

    /// What a document tells the others of its groups; nothing when it cannot be read.
    pub(super) fn values(
        &self,
        id: &CaseId,
        bytes: &[u8],
        expect: &Expect,
        (by, folder): (&GroupBy, &str),
    ) -> Vec<(String, Vec<Value>)> {
        let told = self.guarded(|scratch| {
            let (opened, _) = open(&self.engine, id, bytes, expect)?;
            let mut told = Vec::new();
            for case in opened.cases() {
                if let Some(key) = by.key(folder, bytes, case) {
                    let found = self.engine.detect(case, scratch);
                    told.push((key, group::values(case, &found.entities, &self.engine)));
                }
            }
            Ok(told)
        });
        told.unwrap_or_default()
    }

    /// What would be masked in a document: type, rule, and whether a surrogate takes its place.
    pub(super) fn found(
        &self,
        id: &CaseId,
        bytes: &[u8],
        expect: &Expect,
    ) -> Vec<(&'static str, String, bool)> {
        let found = self.guarded(|scratch| {
            let (opened, _) = open(&self.engine, id, bytes, expect)?;
            let mut found = Vec::new();
            for case in opened.cases() {
                for e in self.engine.detect(case, scratch).entities {
                    let operator = self.engine.policy().operator(e.entity);
                    if operator != Operator::Keep {
                        let rule = e.evidence.rule.as_str().to_owned();
                        found.push((e.entity.name(), rule, operator.needs_key()));
                    }
                }
            }
            Ok(found)
        });
        found.unwrap_or_default()
    }

    /// A panic stays within the document: it is refused.
    fn guarded<T>(
        &self,
        work: impl FnOnce(&mut Scratch) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let slot = &self.scratch[thread % self.scratch.len()];
        let mut scratch = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut scratch)));
        done.unwrap_or_else(|_| {
            *scratch = self.engine.scratch();
            Err(Refusal::Internal)
        })
    }
}

/// The groups of a run, and the folder of a document.
pub(super) type Grouping<'g> = Option<(&'g Groups, &'g str)>;

fn scrub(
    engine: &Deidentifier,
    id: &CaseId,
    bytes: &[u8],
    expect: &Expect,
    path: &NameWords,
    grouping: Grouping<'_>,
    scratch: &mut Scratch,
) -> Result<Done, Refusal> {
    let (opened, format) = open(engine, id, bytes, expect)?;
    let mut tally = Tally { format: format.extension(), ..Tally::default() };
    let (mut counts, mut kept_back) = (Counts::default(), Vec::new());
    let mut released = Vec::with_capacity(opened.cases().len());
    for (i, case) in opened.cases().iter().enumerate() {
        let group = grouping.and_then(|(all, folder)| all.of(folder, bytes, case));
        match release(engine, case, path, group, scratch) {
            Ok((case, own)) => {
                tally.sum(own);
                tally.places.extend(places(engine, i, &case));
                counts.add(Status::Released);
                released.push(Some(case));
            }
            Err(reasons) => {
                let refusal = Refusal::Held(reasons);
                counts.add(refusal.status());
                kept_back.push((i + 1, refusal));
                released.push(None);
            }
        }
    }
    if !kept_back.is_empty() && (!opened.is_records() || counts.released == 0) {
        let reasons = kept_back.into_iter().flat_map(|(_, refusal)| match refusal {
            Refusal::Held(reasons) => reasons,
            _ => Vec::new(),
        });
        return Err(Refusal::Held(reasons.collect()));
    }
    tally.notes.extend(opened.notes());
    let line = matches!(format, Format::Json) || matches!(expect, Expect::Line);
    let masked = Masked::of(&opened, &released, line)?;
    let rows = opened.is_records().then_some((counts, kept_back));
    Ok(Done { masked, tally, rows })
}

/// Where masking wrote in a released case.
fn places(
    engine: &Deidentifier,
    case: usize,
    released: &ReleasedCase,
) -> impl Iterator<Item = Place> {
    released.masked().replaced().iter().map(move |r| Place {
        case,
        field: r.field,
        start: r.output.start(),
        end: r.output.end(),
        entity: r.entity.name(),
        operator: engine.policy().operator(r.entity).name(),
    })
}

/// The whole way of one case, as one of its group if it has one.
fn release(
    engine: &Deidentifier,
    case: &Case,
    path: &NameWords,
    group: Option<(&str, &Group)>,
    scratch: &mut Scratch,
) -> Result<(ReleasedCase, Tally), Vec<HoldReason>> {
    let (mut led, subject);
    let (engine, case, front) = match group {
        None => (engine, case, 0),
        Some((key, group)) => {
            (led, subject) = (case.clone(), engine.for_subject(key));
            let front = group.lead(&mut led);
            (&subject, &led, front)
        }
    };
    let (verdict, record) = engine.release(case, scratch);
    let released = match verdict {
        Verdict::Released(released) => released.without_front(front),
        Verdict::Held(reasons) => return Err(reasons),
    };
    let mut tally = Tally::default();
    for replaced in released.masked().replaced() {
        *tally.by_type.entry(replaced.entity.name()).or_default() += 1;
    }
    let masks = |e: &&Entity| engine.policy().operator(e.entity) != Operator::Keep;
    let own = |e: &&Entity| e.field >= front && masks(e);
    for entity in record.entities.iter().filter(own) {
        *tally.by_rule.entry(entity.evidence.rule.as_str().to_owned()).or_default() += 1;
    }
    tally.near = evidence::near(&record, front);
    tally.captures = evidence::captures(record.entities.iter().filter(own), &record.suppressed);
    tally.canaries = evidence::canary(engine, case, front, scratch);
    tally.named_in_path = path.show(case, &record.entities, engine.policy());
    Ok((released, tally))
}

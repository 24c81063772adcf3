//! Bytes to a released case, on as many threads as asked for, with results in input order.

use super::error::{BatchError, Refusal, Status};
use super::evidence;
use super::group::{self, Group, GroupBy, Groups, Value};
use super::manifest::Counts;
use super::name::NameWords;
use super::report::{Canaries, Captures};
use super::sidecar::Place;
use super::source::is_opaque;
use crate::case::{Case, CaseId};
use crate::decode;
use crate::detect::Scratch;
use crate::entity::Entity;
use crate::format::{self, Format, FormatError, Opened};
use crate::gate::{HoldReason, ReleasedCase, Verdict};
use crate::pipeline::Deidentifier;
use crate::policy::Operator;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest document or line, in bytes: what one worker may hold in memory.
pub(super) const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// A document that may leave.
pub(super) struct Done {
    pub(super) masked: Masked,
    pub(super) tally: Tally,
    /// For tables: what became of the rows, and which were not released.
    pub(super) rows: Option<(Counts, Vec<(usize, Refusal)>)>,
}

/// The bytes of a released case. Nothing else can be written.
pub(super) struct Masked(Vec<u8>);

impl Done {
    /// Nothing but what is told of documents that were written elsewhere.
    pub(super) fn told(tally: Tally) -> Self {
        Self { masked: Masked(Vec::new()), tally, rows: None }
    }
}

impl Masked {
    /// The document with the released cases in place. JSON ends with a line break; everything
    /// else keeps its own end.
    fn of(
        opened: &Opened,
        released: &[Option<ReleasedCase>],
        line: bool,
    ) -> Result<Self, FormatError> {
        let mut bytes = opened.write(released)?;
        if line && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What is told of a document besides its text.
#[derive(Default)]
pub(super) struct Tally {
    /// What it was read as.
    pub(super) format: &'static str,
    /// How many pieces were masked, by type.
    pub(super) by_type: BTreeMap<&'static str, usize>,
    /// How many of them each rule found.
    pub(super) by_rule: BTreeMap<String, usize>,
    /// What was left out because nobody can search it.
    pub(super) notes: BTreeSet<&'static str>,
    /// Where masking wrote.
    pub(super) places: Vec<Place>,
    /// Candidates that were nearly masked and were not.
    pub(super) near: usize,
    /// Which detectors found what was masked.
    pub(super) captures: [Captures; 2],
    /// Canaries put into a copy, and found.
    pub(super) canaries: Canaries,
    /// True when the path of the file shows what was masked in it.
    pub(super) named_in_path: bool,
}

impl Tally {
    /// Adds what another document of the same output has.
    pub(super) fn sum(&mut self, other: Self) {
        self.named_in_path |= other.named_in_path;
        self.notes.extend(other.notes);
        self.near += other.near;
        self.canaries.sum(other.canaries);
        for (sum, own) in self.captures.iter_mut().zip(other.captures) {
            sum.sum(own);
        }
        for (entity, n) in other.by_type {
            *self.by_type.entry(entity).or_default() += n;
        }
        for (rule, n) in other.by_rule {
            *self.by_rule.entry(rule).or_default() += n;
        }
    }
}

/// What the bytes are, as far as the caller knows.
#[derive(Clone)]
pub(super) enum Expect {
    Exactly(Format),
    /// A line of a file of lines.
    Line,
    /// Told from the content and, where that leaves a doubt, from this name.
    Named(Option<Arc<str>>),
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
            let (opened, _) = read(&self.engine, id, bytes, expect)?;
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
            let (opened, _) = read(&self.engine, id, bytes, expect)?;
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

/// True for what says, as gold documents do in their first line or under `meta`, that it is held
/// out: whoever reads it makes it useless for measuring. It is sought everywhere, since a file may
/// hold many documents.
pub(crate) fn is_held_out(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"held_out").any(|at| {
        let before = bytes[..at].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before).trim_ascii_end();
        let before =
            before.strip_suffix(b":").or(before.strip_suffix(b"=")).map(<[u8]>::trim_ascii_end);
        before.is_some_and(|b| b.strip_suffix(b"\"").unwrap_or(b).ends_with(b"split"))
    })
}

/// Bytes as an opened document, and what it is.
fn read(
    engine: &Deidentifier,
    id: &CaseId,
    bytes: &[u8],
    expect: &Expect,
) -> Result<(Opened, Format), Refusal> {
    if is_held_out(bytes) {
        return Err(Refusal::HeldOut);
    }
    let format = match expect {
        Expect::Exactly(format) => *format,
        Expect::Line if std::str::from_utf8(bytes).is_ok_and(format::is_fhir) => Format::Fhir,
        Expect::Line => Format::Json,
        Expect::Named(name) => format::sniff(name.as_deref(), bytes)?,
    };
    if format == Format::Text && is_broken_utf8(bytes) {
        return Err(Refusal::Damaged("UTF-8 text"));
    }
    let opened = format::open(format, id, bytes, engine.rules().forms.first())?;
    let opaque = |text: &str| is_opaque(bytes, text);
    if format == Format::Text && opened.cases().iter().any(|c| opaque(&c.fields[0].text)) {
        return Err(Refusal::Unsupported);
    }
    Ok((opened, format))
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
    let (opened, format) = read(engine, id, bytes, expect)?;
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

/// True for UTF-8 with bytes in it that are none. Read as Windows-1252 its accents would be two
/// signs each, and names with accents would not be names.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() || decode::text(bytes).1.starts_with("UTF-16") {
        return false;
    }
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_documents_are_told_however_their_json_is_spaced() {
        for (text, held_out) in [
            ("#! layout=form ; split=held_out\nx", true),
            ("{\"meta\":{\"split\":\"held_out\"}}", true),
            ("{\"meta\": {\"split\" : \"held_out\"}}", true),
            ("{\"meta\": {\"split\":\n  \"held_out\"}}", true),
            ("split=dev, held_out of the trial", false),
            ("she held_out her arm: split", false),
            ("held_out", false),
        ] {
            assert_eq!(is_held_out(text.as_bytes()), held_out, "{text}");
        }
    }

    #[test]
    fn broken_utf8_is_told_from_other_encodings() {
        let latin: Vec<u8> = "née à Orléans, lombalgie sévère".chars().map(|c| c as u8).collect();
        let marked: Vec<u8> = "\u{feff}née".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, broken) in [
            ("née à Orléans".as_bytes().to_vec(), false),
            (latin, false),
            (marked, false),
            (b"plain".to_vec(), false),
            (["née à Orléans ".as_bytes(), b"\xff"].concat(), true),
        ] {
            assert_eq!(is_broken_utf8(&bytes), broken, "{bytes:?}");
        }
    }
}

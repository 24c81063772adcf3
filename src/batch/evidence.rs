//! What a document's record tells the report: which detectors met, what nearly counted, and
//! whether a canary put into a copy is found.

use super::report::{Canaries, Captures};
use crate::audit::Record;
use crate::case::{Case, FieldKind, FieldPolicy};
use crate::detect::Scratch;
use crate::entity::{Entity, Evidence, Suppressed, Suppression};
use crate::pipeline::Deidentifier;
use crate::span::ByteSpan;

/// Score from which a candidate that was not masked is worth a look.
const NEAR: f32 = 0.3;
/// Longest span that is looked back for.
const REACH: u32 = 512;
/// One document of so many gets a canary.
const ONE_OF: u64 = 20;
/// Shortest text that a canary goes into.
const ROOM: usize = 40;

/// Candidates that were not masked and nearly would have been.
pub(super) fn near(record: &Record, front: usize) -> usize {
    let counts = |s: &&Suppressed| {
        s.field >= front && s.reason == Suppression::LowScore && s.score.value() >= NEAR
    };
    record.suppressed.iter().filter(counts).count()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detector {
    Rules,
    Tagger,
}

/// Who found it; mentions that follow from others are nobody's.
fn detector(evidence: &Evidence) -> Option<Detector> {
    match evidence {
        Evidence { linked: true, .. } => None,
        Evidence { model: Some(_), .. } => Some(Detector::Tagger),
        _ => Some(Detector::Rules),
    }
}

/// Which detectors found each entity of `masked`: names, and everything else. `suppressed` is what
/// the same look at the document did not accept.
pub fn captures<'r>(
    masked: impl Iterator<Item = &'r Entity>,
    suppressed: &[Suppressed],
) -> [Captures; 2] {
    let mut covered: Vec<(usize, ByteSpan, Detector)> = suppressed
        .iter()
        .filter(|s| s.reason == Suppression::Covered)
        .filter_map(|s| Some((s.field, s.span, detector(&s.evidence)?)))
        .collect();
    covered.sort_by_key(|(field, span, _)| (*field, *span));
    let mut out = [Captures::default(); 2];
    for entity in masked {
        let Some(own) = detector(&entity.evidence) else { continue };
        let (field, span) = (entity.field, entity.span);
        let end = covered.partition_point(|(f, s, _)| (*f, s.start()) < (field, span.end()));
        let other = covered[..end]
            .iter()
            .rev()
            .take_while(|(f, s, _)| *f == field && s.start() + REACH > span.start())
            .any(|(_, s, by)| *by != own && s.overlaps(span));
        let of = &mut out[usize::from(!entity.entity.is_person())];
        match own {
            _ if other => of.both += 1,
            Detector::Rules => of.rules += 1,
            Detector::Tagger => of.tagger += 1,
        }
    }
    out
}

/// What is put in, in a frame and bare; nobody's, and of known forms.
const CANARIES: [(&str, &str, &str); 10] = [
    ("Seen with ", "Marguerite Okonkwo-Lavoie", " today."),
    ("", "Tobias Wrenfield", ""),
    ("Rencontré avec ", "Anouk Desrochers-Mbeki", " hier."),
    ("", "Solène Quesnel", ""),
    ("Call ", "705-555-0163", " after five."),
    ("", "(819) 555-0171", ""),
    ("OHIP ", "9876-543-217", " checked."),
    ("Write to ", "w.lindqvist@example.org", "."),
    ("", "t.wrenfield@example.com", ""),
    ("Dossier no ", "MRN 00482915", " transmis."),
];

/// A copy of a case with a canary in it.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The copy.
    pub case: Case,
    /// The field that the canary was put into.
    pub field: usize,
    /// Where it stands there.
    pub span: ByteSpan,
}

impl Canary {
    /// Puts a canary into a copy of the case, for one document of twenty that has room for it;
    /// fields before `front` are left alone. `id` decides which documents and which canary.
    pub fn put(case: &Case, front: usize, id: &str) -> Option<Self> {
        let n = crate::token::word_hash(id.as_bytes());
        if !n.is_multiple_of(ONE_OF) {
            return None;
        }
        let text = |f: &crate::case::Field| {
            f.kind == FieldKind::Value && f.policy == FieldPolicy::Scrub && f.text.len() >= ROOM
        };
        let (field, original) =
            case.fields.iter().enumerate().skip(front).find(|(_, f)| text(f))?;
        let half = original.text.len() / 2;
        let at = half + original.text.bytes().skip(half).position(|b| b == b' ')?;
        let (before, value, after) = CANARIES[(n / ONE_OF) as usize % CANARIES.len()];
        let mut case = case.clone();
        case.fields[field].text.insert_str(at, &format!(" {before}{value}{after}"));
        let start = (at + 1 + before.len()) as u32;
        Some(Self { case, field, span: ByteSpan::new(start, start + value.len() as u32) })
    }

    /// True when `found` covers all of it; signs between words may stay.
    pub fn is_found(&self, found: &[Entity]) -> bool {
        let covered = |i: u32| {
            found.iter().any(|e| e.field == self.field && e.span.start() <= i && i < e.span.end())
        };
        let text = self.case.fields[self.field].text.as_bytes();
        (self.span.start()..self.span.end())
            .zip(&text[self.span.range()])
            .all(|(i, b)| !b.is_ascii_alphanumeric() && b.is_ascii() || covered(i))
    }
}

/// Looks whether a canary in a copy of the case is found, where [`Canary::put`] puts one.
pub(super) fn canary(
    engine: &Deidentifier,
    case: &Case,
    front: usize,
    scratch: &mut Scratch,
) -> Canaries {
    let Some(canary) = Canary::put(case, front, case.id.as_str()) else {
        return Canaries::default();
    };
    let found = engine.detect(&canary.case, scratch).entities;
    Canaries { put: 1, found: usize::from(canary.is_found(&found)) }
}

//! What speaks against a case besides what a second scan finds.

use super::{Doubt, HoldReason, Watcher, tripwire};
use crate::case::{Case, FieldKind};
use crate::entity::{Entity, Suppressed, Suppression};
use crate::mask::MaskedCase;
use crate::risk::RiskNote;
use crate::rules::Lexicon;
use crate::span::ByteSpan;

/// How much doubt the gate takes upon itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// A candidate that was not accepted holds the case from this score on.
    pub hold_score: f32,
    /// More bytes of text than this hold the case.
    pub bytes: usize,
}

impl Default for Bounds {
    /// As measured: of clean forms, fewer than one in twenty waits for a person.
    fn default() -> Self {
        Self { hold_score: 0.49, bytes: 1 << 20 }
    }
}

/// Bytes that base64 or hexadecimal must run on for without a pause to count as a file.
const ATTACHMENT: usize = 200;

/// Letters that a field must have before its writing is judged.
const LETTERS: usize = 20;

/// Every doubt about a masked case; entities and what was suppressed are in source positions.
pub(crate) fn doubts(
    case: &Case,
    masked: &MaskedCase,
    (entities, suppressed): (&[Entity], &[Suppressed]),
    (lexicon, watcher): (&Lexicon, Option<&Watcher>),
    bounds: Bounds,
) -> Vec<HoldReason> {
    let mut reasons = unfaithful(case, masked);
    reasons.extend(tripwire::tripped(case, masked, entities, lexicon));
    reasons.extend(watcher.iter().flat_map(|w| w.doubts(case, masked, entities, lexicon)));
    let near =
        |s: &&Suppressed| s.reason == Suppression::LowScore && s.score.value() >= bounds.hold_score;
    for candidate in suppressed.iter().filter(near) {
        let place = (candidate.field, candidate.span);
        let covered =
            masked.replaced().iter().any(|r| r.field == place.0 && r.source.overlaps(place.1));
        if !covered {
            let entity = Some(candidate.entity);
            reasons.push(HoldReason { doubt: Doubt::LowMargin, place: Some(place), entity });
        }
    }
    // Judged before and behind masking: tags change how much of a text is foreign, and what is
    // released must be released again.
    for (index, (field, after)) in case.fields.iter().zip(masked.texts()).enumerate() {
        if let Some(span) = attachment(&field.text) {
            let place = Some((index, span));
            reasons.push(HoldReason { doubt: Doubt::Attachment, place, entity: None });
        }
        let foreign = is_foreign(&field.text) || is_foreign(after);
        if field.kind == FieldKind::Value && foreign {
            let place = Some((index, ByteSpan::new(0, field.text.len() as u32)));
            reasons.push(HoldReason { doubt: Doubt::Language, place, entity: None });
        }
    }
    let after: usize = masked.texts().iter().map(String::len).sum();
    if case.len().max(after) > bounds.bytes {
        reasons.push(HoldReason::whole(Doubt::Size));
    }
    reasons
}

/// A doubt when the masked case differs from the case outside of what masking says it replaced:
/// then it is not known what would leave.
pub(crate) fn unfaithful(case: &Case, masked: &MaskedCase) -> Vec<HoldReason> {
    let mut replaced = masked.replaced().iter().peekable();
    let mut same = case.fields.len() == masked.texts().len();
    for (index, (field, after)) in case.fields.iter().zip(masked.texts()).enumerate() {
        let (mut from, mut to) = (0, 0);
        while let Some(piece) = replaced.next_if(|r| r.field == index) {
            let (source, output) = (piece.source.range(), piece.output.range());
            same &= field.text.get(from..source.start) == after.get(to..output.start);
            (from, to) = (source.end, output.end);
        }
        same &= field.text.get(from..).is_some_and(|rest| after.get(to..) == Some(rest));
    }
    if same && replaced.next().is_none() {
        Vec::new()
    } else {
        vec![HoldReason::whole(Doubt::Integrity)]
    }
}

/// What a note of residual risk asks to generalise: a reason for each place.
pub(crate) fn risks(note: &RiskNote) -> impl Iterator<Item = HoldReason> {
    note.asked().map(|sign| HoldReason {
        doubt: Doubt::Risk,
        place: Some((sign.field, sign.span)),
        entity: None,
    })
}

/// The first run of bytes that only a program reads: a file inside the text.
fn attachment(text: &str) -> Option<ByteSpan> {
    let mut start = 0;
    // Base64 is often wrapped at 76 columns; a line end does not end a run, a space does.
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        let of_a_file = byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
        if of_a_file {
            continue;
        }
        let run = &text.as_bytes()[start..at];
        if run.len() >= ATTACHMENT && run.split(|b| b"\r\n".contains(b)).any(is_packed) {
            return Some(ByteSpan::new(start as u32, at as u32));
        }
        start = at + 1;
    }
    None
}

/// True for a line that is long and mixes what words do not mix.
fn is_packed(line: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| line.iter().any(test);
    line.len() >= 60
        && has(u8::is_ascii_digit)
        && (has(u8::is_ascii_uppercase) || line.iter().all(u8::is_ascii_hexdigit))
}

/// True when more than a tenth of the letters belong to no writing of English or French.
fn is_foreign(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    // Latin letters with their marks, and the Greek letters of clinical shorthand one by one.
    let foreign = text.chars().filter(|c| c.is_alphabetic() && *c > '\u{24f}').count();
    let latin_block = |c: char| ('\u{1e00}'..='\u{1eff}').contains(&c) || c >= '\u{ff21}';
    let excused = text.chars().filter(|c| c.is_alphabetic() && latin_block(*c)).count();
    letters >= LETTERS && (foreign - excused.min(foreign)) * 10 > letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_file_and_what_is_not() {
        let base64 = "iVBORw0KGgoAAAANSUhEUgAAAAUA5CYII1".repeat(8);
        let wrapped = format!("{base64}\r\n{base64}");
        let cases = [
            ("words", "pain in the left arm ".repeat(40), false),
            ("a_rule_of_dashes", "-".repeat(400), false),
            ("a_long_word", "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(10), false),
            ("base64", base64.clone(), true),
            ("wrapped", wrapped, true),
            ("data_url", format!("see data:image/png;base64,{base64} here"), true),
            ("hexadecimal", "89504e470d0a1a0a".repeat(20), true),
            ("too_short", base64[..150].to_owned(), false),
        ];
        for (name, text, expected) in cases {
            assert_eq!(attachment(&text).is_some(), expected, "{name}");
        }
    }

    #[test]
    fn which_writing_is_foreign() {
        let cases = [
            ("Douleur à l'épaule depuis l'été, œdème, naïveté", false),
            ("β-blocker, α-synuclein, 5 µg, pain since the summer", false),
            ("Пациент жалуется на боль в спине уже три месяца", true),
            ("患者は三か月前から腰の痛みを訴えており、夜間に悪化する。", true),
            ("боль", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_foreign(text), expected, "{text}");
        }
    }
}

//! Organisations that grow to the head of their name: `… Family Health Team`, `Clinique …`.

use super::{links, tight};
use crate::detect::class::Class;
use crate::detect::cue_class::CueClass;
use crate::detect::scan::Scan;
use crate::detect::tagger::Run;
use crate::token::{Token, shape, sorted_hashes};
use std::sync::LazyLock;

/// Grows a run forward and backward to the head word of an organisation, with what belongs to it.
pub(super) fn grow_to_head(view: &str, scan: &Scan, run: &mut Run) {
    let is_head = |i: usize| scan.known[i].cue.has(CueClass::OrgHead);
    // A name typed without capitals goes on without them.
    let lower = !(run.first..run.end).any(|i| scan.tokens[i].has(shape::UPPER));
    let capital = |i: usize| {
        let token = &scan.tokens[i];
        token.has(shape::FIRST_UPPER) || token.is_number() || lower && is_head(i)
    };
    // Forward: capitalised words, and linking words when a capitalised one follows, up to a head.
    let mut end = run.end;
    let mut at = run.end;
    while at < scan.tokens.len() && at < run.end + 5 && tight(view, scan, at) {
        let district = scan.tokens[at].text(view).eq_ignore_ascii_case("district");
        if is_head(at) && capital(at) || district || at == run.end && is_small_head(view, scan, at)
        {
            end = at + 1;
        } else if !(capital(at) || links(view, &scan.tokens[at])) {
            break;
        }
        at += 1;
    }
    run.end = end;
    // `Elgin Tool & Die`.
    let partner = |t: &Token| t.is_word() && t.len() > 1 && t.has(shape::FIRST_UPPER);
    if run.class == Class::Org
        && scan.tokens.get(run.end).is_some_and(partner)
        && view.as_bytes()[scan.tokens[run.end - 1].end as usize..].starts_with(b" & ")
    {
        run.end += 1;
    }
    if run.class == Class::Org && unit_code(view, scan, run.end) {
        run.end += 1;
    }
    // `Dr. F.H. Wigmore hospital`, `Father Baker Manor`: the title is part of the name.
    if run.class == Class::Org
        && run.first > 0
        && scan.known[run.first - 1].cue.has(CueClass::ProviderTitle)
        && scan.tokens[run.first - 1].has(shape::FIRST_UPPER)
        && scan.tokens[run.first - 1].len() <= 4
        && is_head(run.end - 1)
        && run.end - run.first > 1
        && tight(view, scan, run.first)
    {
        run.first -= 1;
    }
    // Backward: a capitalised head in front (`Clinique …`, `Hôpital de …`).
    let mut at = run.first;
    while at > 0 && at + 4 > run.first && tight(view, scan, at) {
        at -= 1;
        if is_head(at) && capital(at) {
            run.first = at;
            break;
        }
        if !links(view, &scan.tokens[at]) {
            break;
        }
    }
}

/// Heads that are part of a name in lower case, too: `Cobden hospital`, `the Dundas shelter`.
const SMALL_HEADS: &str = "hospital clinic school church shelter hostel garage sawmill mill mine yard police store \
    supply registry outreach pharm hub station arena camp lodge manor \
    pharmacy";
static SMALL_HEAD_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(SMALL_HEADS));

/// True when token `i` is such a head behind a capital; a plural is none.
fn is_small_head(view: &str, scan: &Scan, i: usize) -> bool {
    let (before, token) = (&scan.tokens[i - 1], &scan.tokens[i]);
    let gap = &view.as_bytes()[before.end as usize..token.start as usize];
    before.has(shape::FIRST_UPPER)
        && gap == b" "
        && SMALL_HEAD_HASHES.binary_search(&token.hash).is_ok()
}

/// True when token `i` is the short code of a unit that a name ends with: `NICU 2`, `Local 1005`,
/// `Unit 7E`; nothing that is counted follows.
fn unit_code(view: &str, scan: &Scan, i: usize) -> bool {
    let Some(token) = scan.tokens.get(i).filter(|t| t.has(shape::DIGIT) && t.len() <= 4) else {
        return false;
    };
    let next = view.as_bytes().get(token.end as usize..).unwrap_or(b"");
    let closes = !matches!(next, [b' ' | b'/' | b'%' | b'-' | b':' | b'.', b, ..] if b.is_ascii_alphanumeric());
    tight(view, scan, i) && closes
}

//! Runs that grow at their ends: particles and initials of a name, house numbers and crossings of a
//! street, the rest of a broken word.

use super::{is_genitive, links, tight};
use crate::detect::class::Class;
use crate::detect::cue_class::CueClass;
use crate::detect::scan::Scan;
use crate::detect::tagger::Run;
use crate::rules::PhraseKind;
use crate::token::{Token, shape, sorted_hashes};
use std::ops::Range;
use std::sync::LazyLock;

/// Particles that are hardly ever anything else before a name.
const LEADING: &str = "van von della dos ter bin ibn al el";

/// Particles that carry a name on to a capitalised surname.
const CARRYING: &str = "van von der den ten ter te da dos das di del della bin ibn ben al el";

/// Parts that a double name takes on at either end; few have more, and a chain of many is none.
const HALVES: usize = 3;

static CARRYING_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(CARRYING));
static LEADING_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(LEADING));

/// `van Gijn`, `56 Canelones 2266`: a particle in front of a name, the house numbers around a
/// street that shows one.
///
/// `chain` is the user name that was grown last, empty at first: parts of a long one that are found
/// one by one do not each walk along all of it.
pub(super) fn grow_ends(
    view: &str,
    scan: &Scan,
    run: &mut Run,
    french: bool,
    chain: &mut Range<usize>,
) {
    match run.class {
        Class::Name => {
            let particle = |i: usize| LEADING_HASHES.binary_search(&scan.tokens[i].hash).is_ok();
            let capital = scan.tokens[run.first].has(shape::FIRST_UPPER);
            if capital && run.first > 0 && particle(run.first - 1) && tight(view, scan, run.first) {
                run.first -= 1;
            }
            grow_user_name(view, scan, run, chain);
            grow_double(view, scan, run);
            grow_surname(view, scan, run, french);
            if trailing_initial(view, scan, run) || ordinal(view, scan, run) {
                run.end += 1;
            }
        }
        Class::Place => {
            let number = |i: usize| scan.tokens[i].is_number() && scan.tokens[i].len() <= 5;
            let street = (run.first..run.end).any(|i| {
                scan.tokens[i].has(shape::DIGIT) || scan.known[i].cue.has(CueClass::StreetWord)
            });
            if street && run.first > 0 && number(run.first - 1) && tight(view, scan, run.first) {
                run.first -= 1;
            }
            grow_crossing(view, scan, run);
        }
        Class::Profession if french => grow_occupation(view, scan, run),
        _ => {}
    }
}

/// `chauffeur de camion`, `livreur de mazout`: what an occupation is occupied with, in lower case and
/// without an article.
fn grow_occupation(view: &str, scan: &Scan, run: &mut Run) {
    let text = |i: usize| scan.tokens[i].text(view);
    let plain = |i: usize| {
        let token = &scan.tokens[i];
        token.is_word()
            && !token.has(shape::UPPER)
            && token.len() > 2
            && !links(view, token)
            && !matches!(
                text(i),
                "son" | "ses" | "leur" | "cette" | "notre" | "formation" | "longue"
            )
    };
    let of = run.end;
    if of + 1 < scan.tokens.len()
        && matches!(text(of), "de" | "d")
        && plain(of + 1)
        && tight(view, scan, of)
        && tight(view, scan, of + 1)
    {
        run.end += 2;
    }
}

/// `Islington and Rutherford`, `Main & Ferry`: the other street of a crossing.
fn grow_crossing(view: &str, scan: &Scan, run: &mut Run) {
    let and = |i: usize| matches!(scan.tokens[i].text(view), "and" | "et") && tight(view, scan, i);
    let sign = |i: usize| {
        &view.as_bytes()[scan.tokens[i - 1].end as usize..scan.tokens[i].start as usize] == b" & "
    };
    let street = |i: usize| {
        let (token, word) = (&scan.tokens[i], scan.words[i]);
        token.is_word()
            && token.len() > 2
            && token.has(shape::FIRST_UPPER)
            && !token.is_all_caps()
            && !word.is_dictionary()
            && word.medical() == 0
    };
    let n = scan.tokens.len();
    if !scan.tokens[run.end - 1].has(shape::FIRST_UPPER) {
        return;
    }
    if run.end + 1 < n && and(run.end) && street(run.end + 1) && tight(view, scan, run.end + 1) {
        run.end += 2;
    } else if run.end < n && sign(run.end) && street(run.end) {
        run.end += 1;
    }
}

/// `William ten Pas`, `Gary van der Meer`: particles in lower case behind a name, and the surname
/// that they lead to, whatever word it is otherwise.
fn grow_surname(view: &str, scan: &Scan, run: &mut Run, french: bool) {
    let n = scan.tokens.len();
    // In French, `de` is more often a word of its own.
    let particle = |i: usize| {
        CARRYING_HASHES.binary_search(&scan.tokens[i].hash).is_ok()
            || !french && scan.tokens[i].text(view) == "de"
    };
    let mut at = run.end;
    while at < n && !scan.tokens[at].has(shape::UPPER) && particle(at) && tight(view, scan, at) {
        at += 1;
    }
    let named = scan.tokens[run.end - 1].has(shape::FIRST_UPPER);
    let surname = |t: &Token| t.is_word() && t.len() > 1 && t.has(shape::FIRST_UPPER);
    if named && at > run.end && at < n && surname(&scan.tokens[at]) && tight(view, scan, at) {
        run.end = at + 1;
    }
}

/// `Martin-Cree`, `Hall-Field`: the other half of a double name, whatever word it is otherwise; a
/// credential is none.
fn grow_double(view: &str, scan: &Scan, run: &mut Run) {
    let joined = |i: usize| {
        let (left, right) = (&scan.tokens[i - 1], &scan.tokens[i]);
        let hyphen = &view.as_bytes()[left.end as usize..right.start as usize] == b"-";
        let half = |t: &Token| t.is_word() && t.len() > 2 && t.has(shape::FIRST_UPPER);
        hyphen && half(left) && half(right) && left.is_all_caps() == right.is_all_caps()
    };
    let person = |i: usize| !scan.known[i].cue.has(CueClass::Credential);
    for _ in 0..HALVES {
        if run.first > 0 && joined(run.first) && person(run.first - 1) {
            run.first -= 1;
        }
        if run.end < scan.tokens.len() && joined(run.end) && person(run.end) {
            run.end += 1;
        }
    }
}

/// `nurse_tam_killarney`, `rn.paquette`: a part of a user or file name takes the rest with it.
fn grow_user_name(view: &str, scan: &Scan, run: &mut Run, chain: &mut Range<usize>) {
    if chain.start <= run.first && run.end <= chain.end {
        (run.first, run.end) = (chain.start, chain.end);
        return;
    }
    let glued = |i: usize| {
        let (left, right) = (&scan.tokens[i - 1], &scan.tokens[i]);
        let gap = &view.as_bytes()[left.end as usize..right.start as usize];
        let lower = !left.has(shape::UPPER) && !right.has(shape::UPPER);
        gap == b"_" || gap == b"." && lower && left.is_word() && !right.is_number()
    };
    while run.first > 0 && glued(run.first) {
        run.first -= 1;
    }
    while run.end < scan.tokens.len() && glued(run.end) {
        run.end += 1;
    }
    *chain = run.first..run.end;
}

/// The number of a person or vessel of that name: `Stella Maris III`.
fn ordinal(view: &str, scan: &Scan, run: &Run) -> bool {
    scan.tokens.get(run.end).is_some_and(|t| {
        matches!(t.text(view), "II" | "III" | "IV" | "Jr" | "Sr") && tight(view, scan, run.end)
    })
}

/// `MILLS, T`, `Mills, T.`, `Claire W`: an initial behind a name, where nothing goes on from it.
fn trailing_initial(view: &str, scan: &Scan, run: &Run) -> bool {
    let Some(token) = scan.tokens.get(run.end).filter(|t| t.len() == 1) else { return false };
    let last = &scan.tokens[run.end - 1];
    let gap = view.as_bytes().get(last.end as usize..token.start as usize);
    let after = view.as_bytes().get(token.end as usize..).unwrap_or(b"");
    let comma = gap == Some(b", ") && (last.is_all_caps() || after.starts_with(b"."));
    let joined = gap == Some(b" ") || comma;
    // `yurchuk d 67m`, in the list of a ward.
    if let [b' ', a, b, b'm' | b'f' | b'M' | b'F', ..] = after
        && gap == Some(b" ")
        && a.is_ascii_digit()
        && b.is_ascii_digit()
    {
        return token.is_word();
    }
    let closes = match after {
        [] => true,
        [b' ', b, ..] => gap == Some(b", ") && !b.is_ascii_digit(),
        [b'\'' | b'/', ..] => false,
        [b, ..] => !b.is_ascii_alphanumeric(),
    };
    joined && closes && token.has(shape::FIRST_UPPER) && last.has(shape::FIRST_UPPER)
}

/// `St. John's`, `Naz's Pharmacy`: the genitive is part of the name of a place or organisation.
pub(super) fn grow_genitive(view: &str, scan: &Scan, run: &mut Run) {
    if !is_genitive(view, scan, run.end) {
        return;
    }
    // `goes through Kessler's.`: what is somebody's is left out.
    let behind = view.as_bytes().get(scan.tokens[run.end].end as usize);
    let alone = run.class == Class::Name && behind.is_none_or(|b| b".,;)\n".contains(b));
    let saint = matches!(scan.tokens[run.first].text(view), "St" | "ST" | "st" | "Saint" | "Ste");
    let of_a_place = matches!(run.class, Class::Org | Class::Place);
    run.end += usize::from(of_a_place || alone || saint && run.end > run.first + 1);
}

/// A piece of a word that a scanner broke takes the others with it.
pub(super) fn grow_broken(scan: &Scan, run: &mut Run) {
    let near = scan.broken.partition_point(|p| p.end as usize <= run.first);
    let end = run.end;
    for pieces in scan.broken[near..].iter().take_while(|p| (p.start as usize) < end) {
        run.first = run.first.min(pieces.start as usize);
        run.end = run.end.max(pieces.end as usize);
    }
}

/// A phrase of a list that a run touches is taken whole.
pub(super) fn grow_listed(scan: &Scan, run: &mut Run) {
    let near = scan.phrases.partition_point(|p| (p.end as usize) <= run.first);
    for phrase in &scan.phrases[near..] {
        if phrase.first as usize >= run.end {
            break;
        }
        let (first, end) = (phrase.first as usize, phrase.end as usize);
        let touches = first < run.end && run.first < end;
        let identifies = matches!(
            phrase.kind,
            PhraseKind::PlaceCanada
                | PhraseKind::PlaceWorld
                | PhraseKind::Facility
                | PhraseKind::Organization
                | PhraseKind::FirstNation
                | PhraseKind::Region
        );
        if touches && identifies && matches!(run.class, Class::Org | Class::Place) {
            run.first = run.first.min(first);
            run.end = run.end.max(end);
        }
    }
}

//! Ends of a run that only announce or qualify a name and are taken off it.

use super::links;
use crate::detect::class::Class;
use crate::detect::cue_class::CueClass;
use crate::detect::scan::Scan;
use crate::detect::tagger::Run;
use crate::token::{Token, shape, sorted_hashes};
use std::sync::LazyLock;

/// Probability from which a run is believed even where every word of it only announces a name.
const SURE: f32 = 0.9;

/// Takes what only announces or qualifies off the ends of a run: titles, kin and credentials of a
/// name, articles of an organisation. A reader needs them. An end that
/// another run touches stays: the two are one name.
pub(super) fn trim(view: &str, scan: &Scan, run: &mut Run, before: bool, behind: bool) {
    let sure = run.probability >= SURE;
    let mut kept = *run;
    while !before && kept.first < kept.end && announces(view, scan, run.class, kept.first) {
        kept.first += 1;
    }
    while !behind && kept.first < kept.end && qualifies(view, scan, run.class, kept.end - 1) {
        kept.end -= 1;
    }
    if kept.first < kept.end || !sure {
        *run = kept;
    }
}

/// True for a word in front of a name that is no part of it.
fn announces(view: &str, scan: &Scan, class: Class, i: usize) -> bool {
    let (token, word) = (&scan.tokens[i], scan.words[i]);
    let cue = scan.known[i].cue;
    // `Son`, `Grand` and `Justice` are names, too, unless a name follows.
    let rare = word.given() >= 4 && word.english().max(word.french()) < 8;
    let named = token.has(shape::FIRST_UPPER)
        && word.given().max(word.surname()) >= 4
        && (rare || scan.words.get(i + 1).is_none_or(|w| w.given().max(w.surname()) < 4));
    match class {
        // `dr.ssahota` is one user name.
        Class::Name if !token.has(shape::UPPER) && is_glued(view, scan, i) => false,
        Class::Name => {
            let role = [CueClass::Kin, CueClass::Patient, CueClass::Provider, CueClass::OtherRole];
            let title = cue.has(CueClass::ProviderTitle) || cue.has(CueClass::CivilTitle);
            title && !(named && token.len() > 4) || !named && role.iter().any(|&c| cue.has(c))
        }
        Class::Org | Class::Place => !token.has(shape::UPPER) && links(view, token) || leads(token),
        Class::Date | Class::Id | Class::Contact | Class::Profession | Class::O => false,
    }
}

/// True when a point or low line and nothing else stands between token `i` and a next one in lower
/// case.
fn is_glued(view: &str, scan: &Scan, i: usize) -> bool {
    scan.tokens.get(i + 1).is_some_and(|next| {
        let gap = &view.as_bytes()[scan.tokens[i].end as usize..next.start as usize];
        !next.has(shape::UPPER) && matches!(gap, b"." | b"_")
    })
}

/// True for a word behind a name that is no part of it.
fn qualifies(view: &str, scan: &Scan, class: Class, i: usize) -> bool {
    let (token, word) = (&scan.tokens[i], scan.words[i]);
    let cue = scan.known[i].cue;
    let named = token.has(shape::FIRST_UPPER) && word.given().max(word.surname()) >= 4;
    match class {
        Class::Name => {
            // `rkaur_np` is one user name.
            let apart = i == 0
                || view.as_bytes()[scan.tokens[i - 1].end as usize..token.start as usize]
                    .iter()
                    .any(|b| b" ,(".contains(b));
            cue.has(CueClass::Credential) && !named && apart
                || !token.has(shape::FIRST_UPPER)
                    && (cue.has(CueClass::Kin) || cue.has(CueClass::Saying))
        }
        // `blue OHIP 9876-…`: the label of the number behind.
        Class::Org | Class::Place
            if matches!(token.text(view), "OHIP" | "RAMQ" | "PHN" | "HCN" | "MRN" | "NAM") =>
        {
            scan.tokens.get(i + 1).is_some_and(|next| next.is_number() && next.len() > 2)
        }
        Class::Org | Class::Place | Class::Profession => {
            // The last letter of `s.e.n.c.r.l.` is no article.
            let dotted =
                i > 0 && view.as_bytes().get(scan.tokens[i - 1].end as usize) == Some(&b'.');
            let article = links(view, token) && token.text(view) != "s";
            let small = article && !(dotted && token.len() == 1) || leads(token);
            small && !token.has(shape::UPPER) || leads(token) && token.is_all_caps()
        }
        Class::Date | Class::Id | Class::Contact | Class::O => false,
    }
}

/// Words that lead to a name and are never the beginning or the end of one, in capitals neither.
const LEADS: &str = "chez au aux avec pour par dans sur at in to from with by de du des of";
static LEAD_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(LEADS));

fn leads(token: &Token) -> bool {
    let name_like = token.has(shape::FIRST_UPPER) && !token.is_all_caps();
    !name_like && LEAD_HASHES.binary_search(&token.hash).is_ok()
}

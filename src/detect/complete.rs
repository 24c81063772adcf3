//! Runs of the tagger completed to whole names, so that none stays half masked, and trimmed of what
//! only announces one.

use super::class::Class;
use super::cue_class::CueClass;
use super::pair;
use super::scan::Scan;
use super::tagger::Run;
use crate::rules::{PhraseKind, Word};
use crate::token::{Token, shape, sorted_hashes};
use std::sync::LazyLock;

/// Completes runs so that no name of a facility or person stays half masked: up to the head word
/// (`… Family Health Team`), over linking words before one, and one capitalised word between two
/// runs.
pub(super) fn complete(view: &str, scan: &Scan, runs: &mut Vec<Run>) {
    let french = is_french(scan);
    for run in runs.iter_mut() {
        grow_ends(view, scan, run, french);
        if matches!(run.class, Class::Org | Class::Place) {
            grow_to_head(view, scan, run);
        }
        grow_genitive(view, scan, run);
        grow_broken(scan, run);
        // A phrase of a list that a run touches is taken whole.
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
    runs.sort_by_key(|r| (r.first, std::cmp::Reverse(r.end)));
    let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs.drain(..) {
        match merged.last_mut() {
            Some(last) if run.first < last.end => {
                last.end = last.end.max(run.end);
                last.probability = last.probability.max(run.probability);
            }
            Some(last) if bridges(view, scan, last, &run) => {
                last.end = run.end;
                if run.class == Class::Org {
                    last.class = Class::Org;
                }
                last.probability = last.probability.max(run.probability);
            }
            _ => merged.push(run),
        }
    }
    for k in 0..merged.len() {
        let joins = |a: usize, b: usize| {
            let named =
                |run: &Run| matches!(run.class, Class::Org | Class::Place | Class::Profession);
            matches!((merged.get(a), merged.get(b)), (Some(a), Some(b))
                if a.end == b.first && named(a) && named(b) && tight(view, scan, b.first))
        };
        let (before, behind) = (k > 0 && joins(k - 1, k), joins(k, k + 1));
        trim(view, scan, &mut merged[k], before, behind);
        let run = &mut merged[k];
        if french
            && run.class == Class::Name
            && run.end > run.first + 1
            && monsieur(view, scan, run)
        {
            run.first += 1;
        }
    }
    merged.retain(|run| run.first < run.end);
    pair::drop_unlikely(view, scan, &mut merged);
    *runs = merged;
}

/// A piece of a word that a scanner broke takes the others with it.
fn grow_broken(scan: &Scan, run: &mut Run) {
    let near = scan.broken.partition_point(|p| p.end as usize <= run.first);
    let end = run.end;
    for pieces in scan.broken[near..].iter().take_while(|p| (p.start as usize) < end) {
        run.first = run.first.min(pieces.start as usize);
        run.end = run.end.max(pieces.end as usize);
    }
}

/// True when the words are rather French than English.
fn is_french(scan: &Scan) -> bool {
    let more = |w: &Word| i32::from(w.is_french()) - i32::from(w.is_english());
    scan.words.iter().map(more).sum::<i32>() > 0
}

/// True when the run begins with `M.` and a name, which in French is a title and no initial.
fn monsieur(view: &str, scan: &Scan, run: &Run) -> bool {
    let (token, next) = (&scan.tokens[run.first], &scan.tokens[run.first + 1]);
    let gap = &view.as_bytes()[token.end as usize..next.start as usize];
    matches!(token.text(view), "M" | "MM")
        && gap == b". "
        && next.has(shape::FIRST_UPPER)
        && next.len() > 1
}

/// Probability from which a run is believed even where every word of it only announces a name.
const SURE: f32 = 0.9;

/// Takes what only announces or qualifies off the ends of a run: titles, kin and credentials of a
/// name, articles of an organisation. A reader needs them. An end that
/// another run touches stays: the two are one name.
fn trim(view: &str, scan: &Scan, run: &mut Run, before: bool, behind: bool) {
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
            let small = links(view, token) && token.text(view) != "s" || leads(token);
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

/// One capitalised word between two runs of names or organisations belongs to them, and so do the
/// linking words inside the name of an organisation (`Centre de soins de La Sarre`).
fn bridges(view: &str, scan: &Scan, last: &Run, next: &Run) -> bool {
    let between = last.end..next.first;
    if between.is_empty()
        || between.len() > 3
        || !(last.end..=next.first).all(|i| tight(view, scan, i))
    {
        return false;
    }
    let same =
        last.class == next.class && matches!(last.class, Class::Name | Class::Org | Class::Place);
    // A piece of a number between two pieces, and an initial or particle between two of a name.
    let digits = last.class == next.class
        && matches!(last.class, Class::Id | Class::Contact)
        && between.len() == 1
        && scan.tokens[last.end].has(shape::DIGIT);
    if digits {
        return true;
    }
    let possessive = between.len() == 1
        && next.class == Class::Org
        && matches!(last.class, Class::Name | Class::Org)
        && is_genitive(view, scan, last.end);
    let of = between.len() == 1
        && last.class == Class::Org
        && next.class == Class::Name
        && scan.tokens[last.end].text(view) == "of";
    if possessive || of {
        return true;
    }
    let particles = last.class == Class::Name
        && next.class == Class::Name
        && between.clone().all(|i| is_particle(scan, i));
    let one =
        particles || same && between.len() == 1 && scan.tokens[last.end].has(shape::FIRST_UPPER);
    let named = last.class == Class::Org && matches!(next.class, Class::Org | Class::Place);
    one || is_corner(view, scan, last, next)
        || named && between.clone().all(|i| links(view, &scan.tokens[i]))
}

/// `at Jane and Wilson`, `T-boned at Airport and Bovaird`: two streets that cross.
fn is_corner(view: &str, scan: &Scan, last: &Run, next: &Run) -> bool {
    let at = || last.first.checked_sub(1).map(|i| scan.tokens[i].text(view).to_ascii_lowercase());
    last.class == Class::Place
        && next.class == Class::Place
        && next.first == last.end + 1
        && scan.tokens[last.end].text(view).eq_ignore_ascii_case("and")
        && [last.end, next.first].iter().all(|&i| {
            let gap = scan.tokens[i - 1].end as usize..scan.tokens[i].start as usize;
            &view.as_bytes()[gap] == b" "
        })
        && matches!(at().as_deref(), Some("at" | "corner" | "near"))
}

/// Words inside surnames: `Teresa de Vaan`, `Omar bin Said`.
const PARTICLES: &str = "van von de der den del della di da do dos das du des la le el al bin ibn ben ter ten te zu af av y e st ste mac mc o";
/// Particles that are hardly ever anything else before a name.
const LEADING: &str = "van von della dos ter bin ibn al el";

/// Particles that carry a name on to a capitalised surname.
const CARRYING: &str = "van von der den ten ter te da dos das di del della bin ibn ben al el";

static CARRYING_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(CARRYING));
static PARTICLE_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(PARTICLES));
static LEADING_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(LEADING));

fn is_particle(scan: &Scan, i: usize) -> bool {
    PARTICLE_HASHES.binary_search(&scan.tokens[i].hash).is_ok()
}

/// `van Gijn`, `56 Canelones 2266`: a particle in front of a name, the house numbers around a
/// street that shows one.
fn grow_ends(view: &str, scan: &Scan, run: &mut Run, french: bool) {
    match run.class {
        Class::Name => {
            let particle = |i: usize| LEADING_HASHES.binary_search(&scan.tokens[i].hash).is_ok();
            let capital = scan.tokens[run.first].has(shape::FIRST_UPPER);
            if capital && run.first > 0 && particle(run.first - 1) && tight(view, scan, run.first) {
                run.first -= 1;
            }
            grow_user_name(view, scan, run);
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

/// `nurse_tam_killarney`, `rn.paquette`: a part of a user or file name takes the rest with it.
fn grow_user_name(view: &str, scan: &Scan, run: &mut Run) {
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
fn grow_genitive(view: &str, scan: &Scan, run: &mut Run) {
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

/// True when token `i` is an `s` behind an apostrophe.
fn is_genitive(view: &str, scan: &Scan, i: usize) -> bool {
    let Some(before) = i.checked_sub(1).and_then(|b| scan.tokens.get(b)) else { return false };
    scan.tokens.get(i).is_some_and(|t| {
        matches!(t.text(view), "s" | "S")
            && view.as_bytes().get(before.end as usize..t.start as usize) == Some(b"'")
    })
}

/// True when only a space or hyphen stands before token `i`.
fn tight(view: &str, scan: &Scan, i: usize) -> bool {
    let gap = &view.as_bytes()[scan.tokens[i - 1].end as usize..scan.tokens[i].start as usize];
    matches!(gap, b" " | b"  " | b"-" | b"'" | b". " | b" & ")
}

/// Words that join the parts of an organisation's name.
fn links(view: &str, token: &Token) -> bool {
    const LONGEST: u32 = 3;
    token.len() <= LONGEST
        && matches!(
            token.text(view).to_ascii_lowercase().as_str(),
            "of" | "the"
                | "and"
                | "for"
                | "de"
                | "du"
                | "des"
                | "la"
                | "le"
                | "les"
                | "et"
                | "d"
                | "l"
                | "à"
                | "a"
                | "s"
                | "en"
        )
}

fn grow_to_head(view: &str, scan: &Scan, run: &mut Run) {
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

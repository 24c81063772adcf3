//! The entity types of the tagger's runs, and whose name a name is.

use super::class::Class;
use super::cue_class::CueClass;
use super::scan::Scan;
use super::tagger::Run;
use crate::entity::EntityType;
use crate::rules::PhraseKind;
use crate::token::{Token, shape, sorted_hashes};
use std::sync::LazyLock;

/// Words of the names of places of care.
const CARE: &str = "clinic clinics clinique hospital hopital hosp pharmacy pharmacie pharm drugs \
    drugmart pharmasave shoppers rexall coutu uniprix familiprix proxim brunet guardian hospice \
    lodge manor manoir villa residence chsld clsc gmf gmfu fht chc polyclinique dispensaire \
    medical medicentre physio physiotherapy physiotherapie dental dentaire rehab imaging lab labs \
    laboratory laboratoire nursing infirmary sanatorium detox wellness health sante care soins \
    urgence emergency infirmier regional memorial general ida drug practice medicine radiologie \
    radiology surgery foyer";

/// Words in front of who cares or signs.
const SIGNS: &str = "by par sig sign signed signe prov operator operateur ot sw pt rph inf ts dmd \
    atp rmt pgy presenter";

static CARE_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(CARE));
static SIGN_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(SIGNS));

/// The entity type of a run, by its class and what stands in and around it.
pub(super) fn entity_of(view: &str, scan: &Scan, run: Run) -> EntityType {
    let inside = run.first..run.end;
    let cue = |i: usize| scan.known[i].cue;
    match run.class {
        Class::Name if is_username(view, scan, &run) => EntityType::Username,
        Class::Name if are_initials(scan, &run) => EntityType::Initials,
        Class::Name => role(view, scan, &run),
        Class::Place => {
            let word = scan.words[run.first];
            if inside.clone().any(|i| cue(i).has(CueClass::StreetWord))
                && scan.tokens[run.first].has(shape::DIGIT)
            {
                EntityType::Street
            } else if word.is_province() {
                EntityType::Province
            } else if word.is_country() {
                EntityType::Country
            } else {
                EntityType::City
            }
        }
        Class::Org => {
            let care = |i: usize| CARE_HASHES.binary_search(&scan.known[i].meant).is_ok();
            let near = scan.phrases.partition_point(|p| (p.end as usize) <= run.first);
            let mut listed =
                scan.phrases[near..].iter().take_while(|p| (p.first as usize) < run.end);
            // `CAMH`, `VGH`.
            let short = run.end == run.first + 1
                && scan.tokens[run.first].is_all_caps()
                && scan.words[run.first].is_facility_word();
            if short || inside.clone().any(care) || listed.any(|p| p.kind == PhraseKind::Facility) {
                EntityType::Facility
            } else {
                EntityType::Organization
            }
        }
        Class::Date => EntityType::Date,
        Class::Contact => EntityType::Phone,
        Class::Profession => EntityType::Profession,
        Class::Id | Class::O => EntityType::Id,
    }
}

/// `jpeel2`, `nurse_ilka`, `np.brigid`: parts in small letters that a low line or point joins, or
/// with digits.
fn is_username(view: &str, scan: &Scan, run: &Run) -> bool {
    let tokens = &scan.tokens[run.first..run.end];
    let gap = |pair: &[Token]| &view[pair[0].end as usize..pair[1].start as usize];
    let lower = tokens.iter().all(|t| !t.has(shape::UPPER));
    let joined = tokens.windows(2).all(|p| matches!(gap(p), "_" | "."));
    let low_line = tokens.windows(2).any(|p| gap(p) == "_");
    let digits = tokens.iter().any(|t| t.has(shape::DIGIT) && !t.is_number());
    low_line || lower && joined && (tokens.len() > 1 || digits)
}

/// Letters that stand for a name: `J.S.`, `KG`.
fn are_initials(scan: &Scan, run: &Run) -> bool {
    let tokens = &scan.tokens[run.first..run.end];
    let letters: u32 = tokens.iter().map(Token::len).sum();
    let short = |t: &Token| t.is_word() && (t.len() == 1 || t.len() <= 3 && t.is_all_caps());
    letters <= 4 && tokens.iter().all(|t| short(t) && t.has(shape::UPPER))
}

/// True when an age and a sex stand behind token `last`: `, 54M`, ` 54 yo`, `, 61 ans`.
fn aged(view: &str, scan: &Scan, last: usize) -> bool {
    let Some(age) = scan.tokens.get(last + 1) else { return false };
    let text = age.text(view).to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = |unit: &str| {
        matches!(unit, "m" | "f" | "h" | "y" | "yo" | "yr" | "yrs" | "ans" | "year" | "years")
    };
    let near = age.start - scan.tokens[last].end <= 3;
    let next = scan.tokens.get(last + 2).map(|t| t.text(view).to_ascii_lowercase());
    near && (1..=3).contains(&digits)
        && (unit(&text[digits..]) || digits == text.len() && next.is_some_and(|n| unit(&n)))
}

/// Whose name it is, as far as the words around it tell.
fn role(view: &str, scan: &Scan, run: &Run) -> EntityType {
    let cue = |i: usize| scan.known[i].cue;
    for (distance, i) in (1..=3).filter_map(|d| Some((d, run.first.checked_sub(d)?))) {
        let c = cue(i);
        // Farther off, the title is somebody else's: `Dr. Okafor saw Jane`.
        let between = &view[scan.tokens[i].end as usize..scan.tokens[run.first].start as usize];
        let titled = distance == 1 || distance == 2 && !between.contains('\n');
        if titled && (c.has(CueClass::ProviderTitle) || c.has(CueClass::Provider)) {
            return EntityType::PersonProvider;
        }
        if c.has(CueClass::Kin) {
            return EntityType::PersonFamily;
        }
        if c.has(CueClass::Patient) {
            return EntityType::PersonPatient;
        }
        if c.has(CueClass::OtherRole) {
            return EntityType::PersonOther;
        }
    }
    let before = run.first.checked_sub(1).map(|i| scan.tokens[i].text(view).to_ascii_lowercase());
    if matches!(before.as_deref(), Some("re" | "objet")) || aged(view, scan, run.end - 1) {
        return EntityType::PersonPatient;
    }
    let signs = |i: usize| SIGN_HASHES.binary_search(&scan.tokens[i].hash).is_ok();
    if run.first > 0 && signs(run.first - 1) {
        return EntityType::PersonProvider;
    }
    let after = (run.end..scan.tokens.len()).take(3);
    for i in after {
        let c = cue(i);
        let comma = view[..scan.tokens[i].start as usize].trim_end().ends_with(',');
        if c.has(CueClass::Credential) || i == run.end && comma && c.has(CueClass::Provider) {
            return EntityType::PersonProvider;
        }
        if c.has(CueClass::Kin) {
            return EntityType::PersonFamily;
        }
    }
    // `Nowlan, Faith`, in lists.
    let pairs = scan.tokens[run.first..run.end].windows(2);
    let mut gaps = pairs.map(|p| &view[p[0].end as usize..p[1].start as usize]);
    if gaps.any(|gap| gap == ", " || gap == ",") {
        return EntityType::PersonPatient;
    }
    EntityType::PersonOther
}

//! Occupations as notes have them: of lists, of the lexicon, and made from parts.

use super::list::Lists;
use super::random::Random;

/// An occupation, without article.
pub(super) fn any(lists: &Lists, lexicon: &[String], french: bool, r: &mut Random) -> String {
    // Some of the other language's stand in every text.
    let other = r.percent(4);
    let own = french != other;
    let language = if own { "fr" } else { "en" };
    let part = |list: &str, r: &mut Random| {
        let items = lists.get(&format!("parts/job_{list}_{language}"));
        if items.is_empty() { String::new() } else { r.pick(items).clone() }
    };
    match r.below(20) {
        0..=11 => r.pick(lists.get(&format!("jobs_{language}"))).clone(),
        12 => part("agent", r),
        13 => part("field", r),
        14 => {
            let (a, b) = (part("agent", r), part("agent", r));
            let and = match (r.below(3), own) {
                (0, _) => "/",
                (_, true) => " et ",
                (_, false) => " and ",
            };
            format!("{a}{and}{b}")
        }
        15 if !lexicon.is_empty() && !other => r.pick::<String>(lexicon).clone(),
        _ if own && r.percent(50) => part("agent", r),
        _ if own => format!("{} {}", part("agent", r), part("setting", r)),
        _ => format!("{} {}", part("setting", r), part("agent", r)),
    }
}

/// True for a short title that is not one of the care team: roles of care identify nobody.
pub(super) fn is_of_a_patient(title: &str) -> bool {
    const CARE: [&str; 27] = [
        "nurs",
        "physician",
        "doctor",
        "therap",
        "pharmac",
        "psycho",
        "surgeon",
        "medic",
        "midwi",
        "dentist",
        "optom",
        "counsel",
        "social work",
        "ologist",
        "ologue",
        "infirm",
        "chirurg",
        "sage-femme",
        "conseil",
        "soins",
        "care",
        "sante",
        "health",
        "paramed",
        "podiat",
        "dietit",
        "nutri",
    ];
    title.len() < 32
        && title.split(' ').count() < 5
        && !title.starts_with('#')
        && !CARE.iter().any(|c| title.contains(c))
}

//! First names behind a word of kinship: `HER HUSBAND DUC`, `grandmother ada`, `sa fille rosalie`.
//!
//! The tagger sees little of a name in a text without letter case; a word of kinship and a listed
//! first name directly behind it are enough.

use super::cue_class::CueClass;
use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::shape;

/// What such a name weighs: over the tagger's floor, under a keep list.
const SCORE: f32 = 0.7;
/// Least frequency of a first name, in factors of ten of bearers per million.
const LISTED: u8 = 4;

/// Proposes them.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let id = RuleId::new("lexicon.kin_name");
    for (i, pair) in scan.tokens.windows(2).enumerate() {
        let [kin, name] = pair else { continue };
        if !scan.known[i].cue.has(CueClass::Kin) || !name.is_word() || name.len() < 3 {
            continue;
        }
        let gap = &view.as_bytes()[kin.end as usize..name.start as usize];
        if !matches!(gap, b" " | b", " | b" (" | b": ") {
            continue;
        }
        let word = scan.words[i + 1];
        let known = word.given() >= LISTED && word.medical() == 0 && !word.is_abbreviation();
        let common = word.is_dictionary() && word.english().max(word.french()) >= 8;
        // A common word needs a capital of its own to be a name here.
        let own_capital = name.has(shape::FIRST_UPPER) && !name.is_all_caps();
        if known && (!common || own_capital) {
            let span = ViewSpan::new(name.start, name.end);
            let evidence = Evidence::of(&id);
            out.push(Candidate {
                span,
                entity: EntityType::PersonFamily,
                score: Score::new(SCORE),
                evidence,
                keep: false,
            });
        }
    }
}

//! Labels of numbers, which are kept: they identify nobody, whatever they sound like.

use crate::detect::scan::{CueHit, Scan};
use crate::entity::{Candidate, EntityType, Evidence, Group, RuleId, Score};
use crate::rules::RuleSet;
use crate::span::ViewSpan;

/// What a label in front of its number weighs: over the tagger, under titles and cues.
const LABEL_SCORE: f32 = 0.9;

/// Farthest that a number may stand behind what counts as its label, in bytes.
const LABEL_REACH: u32 = 4;

/// Speaks for keeping the cues that stand directly in front of what they announce: the label of a
/// number identifies nobody, whatever it sounds like (`NAM :`).
/// The same in front of a tag that masking wrote there.
pub(in crate::detect) fn keep_labels(
    view: &str,
    rules: &RuleSet,
    scan: &Scan,
    out: &mut Vec<Candidate>,
) {
    let id = RuleId::new("any.keep.announcing_label");
    let mut ends: Vec<u32> = out
        .iter()
        .filter(|c| !c.keep && c.entity.group() == Group::Number)
        .filter_map(|c| {
            let distance = c.evidence.cue_distance.filter(|d| *d <= LABEL_REACH)?;
            Some(c.span.start() - distance)
        })
        .collect();
    ends.sort_unstable();
    for cue in &scan.cues {
        let labels = ends.binary_search(&cue.end).is_ok() || before_tag(view, cue.end);
        if labels && is_label(view, rules, scan, cue) {
            out.push(Candidate {
                span: ViewSpan::new(cue.start, cue.end),
                entity: EntityType::Id,
                score: Score::new(LABEL_SCORE),
                evidence: Evidence::of(&id),
                keep: true,
            });
        }
    }
}

/// Last words of a cue that only ever label a number.
const LABEL_ENDS: [&str; 12] = [
    "no", "number", "num", "nbr", "numero", "id", "card", "carte", "claim", "file", "dossier",
    "chart",
];

/// True for a cue that is a label and no name: an acronym in capitals, or words that end in one for
/// a number. Insurers announce numbers, too, and are organisations: `Manulife 4471120`.
fn is_label(view: &str, rules: &RuleSet, scan: &Scan, cue: &CueHit) -> bool {
    let announcing = rules.cues.announces(cue.cue);
    let insures = |&r: &u16| rules.rules[r as usize].entity == EntityType::Claim;
    let first = scan.tokens.partition_point(|t| t.start < cue.start);
    let words = scan.tokens[first..].iter().take_while(|t| t.start < cue.end);
    let Some(last) = words.clone().last() else { return false };
    let acronym = words.count() == 1
        && last.is_all_caps()
        && last.len() <= 5
        && !announcing.iter().any(insures);
    let ends = LABEL_ENDS.iter().any(|w| last.text(view).eq_ignore_ascii_case(w))
        || view.as_bytes().get(cue.end as usize - 1) == Some(&b'#');
    !announcing.is_empty() && (acronym || ends)
}

/// True when a role tag, `[HEALTH-NUMBER-1]`, stands directly behind `at`.
fn before_tag(view: &str, at: u32) -> bool {
    let rest = view.as_bytes().get(at as usize..).unwrap_or(b"");
    let gap = rest.iter().take_while(|b| b" :=#.\t-".contains(b)).count();
    let Some(tag) = rest.get(gap..).filter(|_| gap <= LABEL_REACH as usize) else { return false };
    let name = tag
        .iter()
        .skip(1)
        .take(32)
        .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'-');
    let len = name.count();
    tag.first() == Some(&b'[') && len > 3 && tag.get(len + 1) == Some(&b']')
}

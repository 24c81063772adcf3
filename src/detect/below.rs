//! A code alone on the line below a label that ends in `no.` or `#`: `VAC no.⏎K72966`.
//!
//! Rules know how many digits a number has; one that was mistyped is still the number of somebody.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::{Token, sorted_hashes};
use std::sync::LazyLock;

/// What it weighs: over the tagger's floor, under a keep list.
const SCORE: f32 = 0.7;
/// Least digits.
const DIGITS: usize = 4;
/// Most letters.
const LETTERS: usize = 3;

static NUMBER: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes("no number numero num nbr"));

/// Proposes them.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let bytes = view.as_bytes();
    for (i, pair) in scan.tokens.windows(2).enumerate() {
        let [label, code] = pair else { continue };
        if !is_code(&bytes[code.start as usize..code.end as usize]) {
            continue;
        }
        let gap = &bytes[label.end as usize..code.start as usize];
        let Some(line_end) = gap.iter().position(|b| *b == b'\n') else { continue };
        let sign = gap[..line_end].contains(&b'#');
        let told = sign || NUMBER.binary_search(&label.hash).is_ok();
        let next = scan.tokens.get(i + 2).map_or(bytes.len(), |t: &Token| t.start as usize);
        let behind = &bytes[code.end as usize..next];
        let alone = next == bytes.len() || behind.contains(&b'\n');
        if told && alone && gap[line_end + 1..].iter().all(|b| *b == b' ') {
            out.push(Candidate {
                span: ViewSpan::new(code.start, code.end),
                entity: EntityType::Id,
                score: Score::new(SCORE),
                evidence: Evidence::of(&RuleId::new("any.code_below_label")),
                keep: false,
            });
        }
    }
}

/// Digits, with a few letters or none.
fn is_code(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    digits >= DIGITS && text.len() - digits <= LETTERS
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    fn found(text: &str) -> Vec<String> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let mut out = Vec::new();
        propose(text, &scratch.scan, &mut out);
        out.iter().map(|c| text[c.span.range()].to_owned()).collect()
    }

    #[test]
    fn a_code_alone_below_its_label_is_found() {
        assert_eq!(found("VAC no.\nK72966\nPain 8/10"), ["K72966"]);
        assert_eq!(found("Dossier #\n  440012"), ["440012"]);
        assert_eq!(found("Numéro\n4411 rue Main"), [""; 0]);
        assert_eq!(found("no.\n12\nsaid no\nL4L5"), [""; 0]);
        assert_eq!(found("Pain\n440012"), [""; 0]);
    }
}

//! Runs of the tagger completed to whole names, so that none stays half masked, and trimmed of what
//! only announces one.

mod grow;
mod head;
mod merge;
mod trim;

use super::class::Class;
use super::pair;
use super::scan::Scan;
use super::tagger::Run;
use crate::rules::Word;
use crate::token::{Token, shape};
use grow::{grow_broken, grow_ends, grow_genitive, grow_listed};
use head::grow_to_head;
use merge::merge;
use trim::trim;

/// Completes runs so that no name of a facility or person stays half masked: up to the head word
/// (`… Family Health Team`), over linking words before one, and one capitalised word between two
/// runs.
pub(super) fn complete(view: &str, scan: &Scan, runs: &mut Vec<Run>) {
    let french = is_french(scan);
    let mut chain = 0..0;
    for run in runs.iter_mut() {
        grow_ends(view, scan, run, french, &mut chain);
        if matches!(run.class, Class::Org | Class::Place) {
            grow_to_head(view, scan, run);
        }
        grow_genitive(view, scan, run);
        grow_broken(scan, run);
        grow_listed(scan, run);
    }
    let mut merged = merge(view, scan, runs);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::scan::Scratch;
    use crate::rules::RuleSet;

    /// What a run of this class over the first words that are `found` becomes.
    fn completed(text: &str, class: Class, found: &str) -> String {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        let scan = &mut scratch.scan;
        scan.read(text, &rules);
        let at = text.find(found).unwrap() as u32;
        let first = scan.tokens.iter().position(|t| t.start == at).unwrap();
        let end = 1 + scan.tokens.iter().position(|t| t.end == at + found.len() as u32).unwrap();
        let mut runs = vec![Run { first, end, class, probability: 0.95 }];
        complete(text, scan, &mut runs);
        let [run] = runs[..] else { panic!("{} runs", runs.len()) };
        text[scan.tokens[run.first].start as usize..scan.tokens[run.end - 1].end as usize]
            .to_owned()
    }

    #[test]
    fn both_halves_of_a_double_name_are_masked() {
        let texts = [
            ("driven by Ines Halvorsen-Keeping, plough operator", "Ines Halvorsen"),
            ("DRIVEN BY INES HALVORSEN-KEEPING, PLOUGH OPERATOR", "INES HALVORSEN"),
            ("vu avec Maïka Petit-Dubreuil hier", "Dubreuil"),
        ];
        let whole = ["Ines Halvorsen-Keeping", "INES HALVORSEN-KEEPING", "Petit-Dubreuil"];
        for ((text, found), whole) in texts.into_iter().zip(whole) {
            assert_eq!(completed(text, Class::Name, found), whole);
        }
        for text in ["seen by Halvorsen-led team", "signed Halvorsen-RN", "Halvorsen - Seen today"]
        {
            assert_eq!(completed(text, Class::Name, "Halvorsen"), "Halvorsen", "{text}");
        }
    }

    #[test]
    fn a_legal_form_keeps_its_last_letter() {
        let text = "c. c. Halvorsen Dubreuil s.e.n.c.r.l., rue King";
        let whole = "Halvorsen Dubreuil s.e.n.c.r.l";
        assert_eq!(completed(text, Class::Org, whole), whole);
        assert_eq!(
            completed("at Halvorsen Foods the", Class::Org, "Halvorsen Foods the"),
            "Halvorsen Foods"
        );
    }
}

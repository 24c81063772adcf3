//! Runs that are one name: they overlap, or what stands between them belongs to both.

use super::{is_genitive, links, tight};
use crate::detect::class::Class;
use crate::detect::scan::Scan;
use crate::detect::tagger::Run;
use crate::token::{shape, sorted_hashes};
use std::sync::LazyLock;

/// Runs in order, each apart from the next: those that overlap are one, and so are those that a
/// word between them bridges.
pub(super) fn merge(view: &str, scan: &Scan, runs: &mut Vec<Run>) -> Vec<Run> {
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
    merged
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
static PARTICLE_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| sorted_hashes(PARTICLES));

fn is_particle(scan: &Scan, i: usize) -> bool {
    PARTICLE_HASHES.binary_search(&scan.tokens[i].hash).is_ok()
}

//! What can be read off a pattern without running it: whether it is bounded, how long its matches
//! may be and with which bytes they start. Compiled into the build script, too.

use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::ops::Range;

/// Longest match that a pattern may have; also the window of the scan.
pub const WINDOW: usize = 512;

/// Patterns see bytes: the view is folded, so that `\w`, `\d` and `\b` need no Unicode tables.
pub fn config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// The folded pattern with its case flag in front: as it is run.
pub fn as_run(folded: &str, ignore_case: bool) -> String {
    // An inner `(?x)` keeps its meaning inside the group.
    if ignore_case {
        format!("(?i:{folded}\n)").replace("\n)", ")")
    } else {
        format!("(?:{folded})")
    }
}

/// The syntax tree of a pattern as it is run.
///
/// # Errors
/// Why it cannot be run, as a sentence.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    let hir = syntax::parse_with(pattern, &config()).map_err(|e| e.to_string())?;
    bounded(&hir)?;
    Ok(hir)
}

/// Every repetition bounded and the whole no longer than the window, so that no rule is
/// super-linear.
fn bounded(hir: &Hir) -> Result<(), String> {
    match hir.properties().maximum_len() {
        None => return Err("unbounded repetition: write {1,20} instead of + or *".to_owned()),
        Some(len) if len > WINDOW => {
            return Err(format!("can match {len} bytes; the window has {WINDOW}"));
        }
        Some(_) => {}
    }
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err("can match the empty string".to_owned());
    }
    Ok(())
}

/// Bytes that a match can start with, as ranges.
pub fn first_bytes(hir: &Hir, set: &mut [bool; 256]) -> bool {
    let mut add = |r: Range<usize>| set[r].fill(true);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(lit) => {
            let b = lit.0[0] as usize;
            add(b..b + 1);
            false
        }
        HirKind::Class(class) => {
            match class {
                Class::Bytes(c) => {
                    for r in c.ranges() {
                        add(r.start() as usize..r.end() as usize + 1);
                    }
                }
                Class::Unicode(c) => {
                    for r in c.ranges() {
                        // Beyond ASCII any lead byte may come.
                        add((r.start() as usize).min(0x80)..((r.end() as usize) + 1).min(256));
                    }
                }
            }
            false
        }
        HirKind::Repetition(rep) => {
            let empty = first_bytes(&rep.sub, set);
            rep.min == 0 || empty
        }
        HirKind::Capture(cap) => first_bytes(&cap.sub, set),
        HirKind::Concat(parts) => parts.iter().all(|p| first_bytes(p, set)),
        HirKind::Alternation(parts) => {
            // Each alternative adds its bytes, so no short cut.
            let mut any = false;
            for part in parts {
                any |= first_bytes(part, set);
            }
            any
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_of_alternations_and_options() {
        let hir = parse(r"(?:[+(]?\d|x)").unwrap();
        let mut set = [false; 256];
        assert!(!first_bytes(&hir, &mut set));
        let got: String = (0..=255u8).filter(|&b| set[b as usize]).map(char::from).collect();
        assert_eq!(got, "(+0123456789x");
    }
}

//! A pattern read more widely than it is meant, so that its automaton is small.
//! Compiled into the build script, too.

use super::flat::ANY_DIGIT;
use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Repetition};

/// The pattern with repetitions that leave `counted` counts open, or more, made endless, all digits
/// alike, and its groups away.
pub fn widened(hir: &Hir, counted: u32) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(|p| widened(p, counted)).collect();
    match hir.kind() {
        HirKind::Repetition(rep) => {
            let open = rep.max.is_none_or(|max| max > 1 && max - rep.min >= counted);
            let (min, max) = if open { (rep.min.min(1), None) } else { (rep.min, rep.max) };
            let sub = Box::new(widened(&rep.sub, counted));
            Hir::repetition(Repetition { min, max, greedy: true, sub })
        }
        HirKind::Capture(capture) => widened(&capture.sub, counted),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Literal(literal) => {
            let alike = |b: &u8| if b.is_ascii_digit() { ANY_DIGIT } else { *b };
            Hir::literal(literal.0.iter().map(alike).collect::<Vec<_>>())
        }
        HirKind::Class(class) => Hir::class(with_any_digit(class.clone())),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// The class, with the digit that stands for all when it holds one.
fn with_any_digit(class: Class) -> Class {
    match class {
        Class::Unicode(mut class) => {
            let digits = |r: &ClassUnicodeRange| r.start() <= '9' && r.end() >= '0';
            if class.ranges().iter().any(digits) {
                class.push(ClassUnicodeRange::new(ANY_DIGIT.into(), ANY_DIGIT.into()));
            }
            Class::Unicode(class)
        }
        Class::Bytes(mut class) => {
            if class.ranges().iter().any(|r| r.start() <= b'9' && r.end() >= b'0') {
                class.push(ClassBytesRange::new(ANY_DIGIT, ANY_DIGIT));
            }
            Class::Bytes(class)
        }
    }
}

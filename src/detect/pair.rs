//! Runs beside numbers that the tagger took by halves or hardly believed: a score stays readable,
//! and so does the article of a day.

use super::scan::Scan;
use super::tagger::Run;
use crate::token::{Token, word_hash};
use std::sync::LazyLock;

/// Gives up runs that are half of a pair of numbers, a pair that is more likely a score, or the
/// article of a day.
pub(super) fn drop_unlikely(view: &str, scan: &Scan, runs: &mut Vec<Run>) {
    let doubted = |k| {
        is_half(view, scan, runs, k)
            || is_score(view, scan, runs, k)
            || is_article(scan, runs.get(k))
    };
    let doubted: Vec<bool> = (0..runs.len()).map(doubted).collect();
    let mut doubted = doubted.into_iter();
    runs.retain(|_| doubted.next() != Some(true));
}

/// True when run `k` is one side of a pair of numbers whose other side no run takes: half of `4/10`,
/// `36.5` or `8-10` hides nothing of a date and destroys a score.
fn is_half(view: &str, scan: &Scan, runs: &[Run], k: usize) -> bool {
    let Run { first, end, .. } = runs[k];
    if end != first + 1 || !scan.tokens[first].is_number() {
        return false;
    }
    let paired = |left: usize, right: usize| {
        let (a, b) = (&scan.tokens[left], &scan.tokens[right]);
        let gap = &view.as_bytes()[a.end as usize..b.start as usize];
        // Longer ones are telephone and record numbers, of which half is better than nothing.
        let short = a.len().max(b.len()) <= if gap == b"-" { 2 } else { 3 };
        short && a.is_number() && b.is_number() && matches!(gap, b"/" | b"." | b"," | b"-")
    };
    let before = k.checked_sub(1).is_none_or(|b| runs[b].end < first);
    let behind = runs.get(k + 1).is_none_or(|next| next.first > end);
    before && first > 0 && paired(first - 1, first)
        || behind && end < scan.tokens.len() && paired(first, end)
}

/// True when the run is nothing but `le` in front of a number: `née le 3 mars`.
fn is_article(scan: &Scan, run: Option<&Run>) -> bool {
    static LE: LazyLock<u64> = LazyLock::new(|| word_hash(b"le"));
    run.is_some_and(|run| {
        run.end == run.first + 1
            && scan.tokens[run.first].hash == *LE
            && scan.tokens.get(run.end).is_some_and(Token::is_number)
    })
}

/// Probability from which two numbers with a slash are a date, and from which those that end in 5 or
/// 10 are one: few dates are written so, and most scores.
const PAIR: f32 = 0.3;
const OF_TEN: f32 = 0.5;

/// True when run `k` is one side of a pair of numbers, `4/10`, that is more likely a score.
fn is_score(view: &str, scan: &Scan, runs: &[Run], k: usize) -> bool {
    let single = |run: &Run| run.end == run.first + 1 && scan.tokens[run.first].is_number();
    let pair = |left: Option<&Run>, right: Option<&Run>| {
        let (left, right) = left.zip(right)?;
        let beside = single(left) && single(right) && right.first == left.end;
        let (a, b) = (scan.tokens[left.first], scan.tokens.get(right.first)?);
        let gap = view.as_bytes().get(a.end as usize..b.start as usize);
        let number = |t: &Token| t.text(view).parse::<u32>().ok();
        let of_ten = matches!(number(b), Some(5 | 10)) && number(&a) <= number(b);
        let least = if of_ten { OF_TEN } else { PAIR };
        (beside && gap == Some(b"/")).then(|| left.probability.max(right.probability) < least)
    };
    let before = k.checked_sub(1).and_then(|b| runs.get(b));
    let run = runs.get(k);
    pair(before, run).or_else(|| pair(run, runs.get(k + 1))).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::super::class::Class;
    use super::super::scan::Scratch;
    use super::*;
    use crate::rules::RuleSet;

    /// The tokens of the text that are left when the tagger took these, each alone.
    fn left(text: &str, taken: &[usize], probability: f32) -> Vec<usize> {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        scratch.scan.read(text, &rules);
        let run =
            |first: &usize| Run { first: *first, end: first + 1, class: Class::Date, probability };
        let mut runs: Vec<Run> = taken.iter().map(run).collect();
        drop_unlikely(text, &scratch.scan, &mut runs);
        runs.iter().map(|run| run.first).collect()
    }

    #[test]
    fn half_a_pair_is_given_up_and_a_pair_only_when_it_is_unlikely() {
        assert_eq!(left("pain 4/10 today", &[1], 0.9), [0; 0]);
        assert_eq!(left("pain 4/10 today", &[1, 2], 0.4), [0; 0]);
        assert_eq!(left("seen 4/10 by her", &[1, 2], 0.6), [1, 2]);
        assert_eq!(left("seen 3/22 by her", &[1, 2], 0.4), [1, 2]);
        assert_eq!(left("seen 3/22 by her", &[1, 2], 0.2), [0; 0]);
        assert_eq!(left("call 5551/0199 now", &[1], 0.2), [1]);
        assert_eq!(left("née le 3 mars, Yann le Bris", &[1, 5], 0.9), [5]);
    }
}

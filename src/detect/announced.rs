//! Numbers that a cue announces, whatever they look like.
//!
//! People mistype: a digit too many, an O for a zero, a number broken over a line or a table cell.
//! What stands directly behind "OHIP:" is masked by what announces it, not by its form. Digits
//! spelled out as words count as digits.

use super::scan::{CueHit, Scan};
use crate::entity::{Candidate, EntityType, Evidence, Group, RuleId, Score};
use crate::rules::RuleSet;
use crate::span::ViewSpan;
use crate::token::{Token, WordMap, word_hash};
use std::sync::LazyLock;

/// Words that may stand between a cue and its number, English and French, folded.
const CONNECTORS: [&str; 58] = [
    "no",
    "num",
    "number",
    "numbers",
    "numero",
    "nbr",
    "nr",
    "n",
    "id",
    "ident",
    "identifier",
    "is",
    "was",
    "as",
    "est",
    "etait",
    "the",
    "le",
    "la",
    "les",
    "de",
    "du",
    "d",
    "of",
    "for",
    "card",
    "carte",
    "code",
    "and",
    "et",
    "value",
    "valeur",
    "on",
    "file",
    "dossier",
    "patient",
    "client",
    "usager",
    "pt",
    "reads",
    "listed",
    "recorded",
    "shows",
    "now",
    "new",
    "old",
    "current",
    "ends",
    "ending",
    "in",
    "under",
    "sous",
    "health",
    "sante",
    "his",
    "her",
    "their",
    "son",
];

/// Digits as people read them out, English and French, folded.
const SPOKEN: [(&str, u8); 29] = [
    ("zero", 1),
    ("oh", 1),
    ("one", 1),
    ("two", 1),
    ("three", 1),
    ("four", 1),
    ("five", 1),
    ("six", 1),
    ("seven", 1),
    ("eight", 1),
    ("nine", 1),
    ("double", 0),
    ("triple", 0),
    ("un", 1),
    ("deux", 1),
    ("trois", 1),
    ("quatre", 1),
    ("cinq", 1),
    ("sept", 1),
    ("huit", 1),
    ("neuf", 1),
    ("dix", 1),
    ("vingt", 1),
    ("trente", 1),
    ("quarante", 1),
    ("cinquante", 1),
    ("soixante", 1),
    ("cent", 0),
    ("onze", 1),
];

static CONNECTOR_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut hashes: Vec<u64> = CONNECTORS.iter().map(|w| word_hash(w.as_bytes())).collect();
    hashes.sort_unstable();
    hashes
});

static SPOKEN_HASHES: LazyLock<WordMap<u8>> =
    LazyLock::new(|| SPOKEN.iter().map(|&(w, n)| (word_hash(w.as_bytes()), n)).collect());

/// Digits too many that a slip makes: one doubled, one look-alike.
const SLIP: u8 = 2;

/// Farthest that a number may stand behind its cue, in bytes.
const REACH: u32 = 48;

/// What a label in front of its number weighs: over the tagger, under titles and cues.
const LABEL_SCORE: f32 = 0.9;

/// Farthest that a number may stand behind what counts as its label, in bytes.
const LABEL_REACH: u32 = 4;

/// Speaks for keeping the cues that stand directly in front of what they announce: the label of a
/// number identifies nobody, whatever it sounds like (`NAM :`).
/// The same in front of a tag that masking wrote there.
pub(super) fn keep_labels(view: &str, rules: &RuleSet, scan: &Scan, out: &mut Vec<Candidate>) {
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

/// Proposes the numbers behind announcing cues, and long runs of spoken digits anywhere.
pub(super) fn propose(view: &str, rules: &RuleSet, scan: &Scan, out: &mut Vec<Candidate>) {
    let reader = Reader { view, tokens: &scan.tokens };
    for cue in &scan.cues {
        let announcing = rules.cues.announces(cue.cue);
        if announcing.is_empty() {
            continue;
        }
        let Some(first) = reader.skip_connectors(cue.end) else { continue };
        let announces =
            || announcing.iter().filter_map(|&r| rules.rules[r as usize].announce.as_ref());
        let bounds = Bounds {
            min_digits: announces().map(|a| a.min_digits).min().unwrap_or(0),
            max_digits: announces().map(|a| a.max_digits).max().unwrap_or(0) + SLIP,
            max_letters: announces().map(|a| a.max_letters).max().unwrap_or(0) + 1,
        };
        let Some(number) = reader.number(first, bounds) else { continue };
        let fits = announcing.iter().min_by_key(|&&r| {
            rules.rules[r as usize].announce.map_or(u8::MAX, |a| {
                let digits = a.min_digits.saturating_sub(number.digits)
                    + number.digits.saturating_sub(a.max_digits);
                digits + number.letters.saturating_sub(a.max_letters)
            })
        });
        if number.digits + 1 < bounds.min_digits {
            continue;
        }
        let Some(&index) = fits else { continue };
        let rule = &rules.rules[index as usize];
        let distance = number.span.start().saturating_sub(cue.end);
        out.push(Candidate {
            span: number.span,
            entity: rule.entity,
            score: Score::new(rule.score.with_context),
            evidence: Evidence { cue_distance: Some(distance), ..Evidence::of(&rule.id) },
            keep: false,
        });
    }
    spoken_alone(&reader, out);
}

/// Digits read out, so many of them that no cue is needed: a telephone number, a chart number.
const SPOKEN_ALONE: u8 = 7;

/// Proposes long runs of spoken digits anywhere.
fn spoken_alone(reader: &Reader<'_>, out: &mut Vec<Candidate>) {
    let mut i = 0;
    while i < reader.tokens.len() {
        if !SPOKEN_HASHES.contains_key(&reader.tokens[i].hash) {
            i += 1;
            continue;
        }
        let Some(number) = reader.spoken(i).filter(|n| n.digits >= SPOKEN_ALONE) else {
            i += 1;
            continue;
        };
        let evidence = Evidence::of(&RuleId::new("any.spoken_number"));
        let score = Score::new(0.85);
        out.push(Candidate {
            span: number.span,
            entity: EntityType::Id,
            score,
            evidence,
            keep: false,
        });
        i = reader.tokens.partition_point(|t| t.start < number.span.end());
    }
}

/// What a number behind a cue may hold, over all rules that the cue announces.
#[derive(Clone, Copy)]
struct Bounds {
    min_digits: u8,
    max_digits: u8,
    max_letters: u8,
}

/// What stands between two pieces of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// A hyphen, point or the like, also at the end of a line or cell: nothing else goes on so.
    Tight,
    /// Spaces, or a hyphen between spaces.
    Spaces,
    /// A line break or the border of a table cell.
    Line,
}

impl Gap {
    fn of(gap: &[u8]) -> Option<Self> {
        let signs = gap.iter().filter(|b| b"-./_*)".contains(b)).count();
        let known = gap.iter().all(|b| b"-./_*) \t\r\n|".contains(b));
        if gap.len() > 5 || !known || signs > 2 {
            return None;
        }
        let breaks = gap.contains(&b'\n') || gap.contains(&b'|');
        // The next row of a table.
        if gap.contains(&b'\n') && gap.contains(&b'|') {
            return None;
        }
        let first = gap.first().copied().unwrap_or(b' ');
        // A sentence ends so, and so begins the item of a list.
        let stop = first == b'.' && gap.len() > 1;
        let item = gap.iter().skip_while(|b| !b"\n|".contains(b)).any(|b| b"-*".contains(b));
        match (signs, breaks) {
            (1.., _) if stop || item => None,
            (1.., _) if !first.is_ascii_whitespace() && first != b'|' => Some(Self::Tight),
            (_, true) => Some(Self::Line),
            (_, false) => Some(Self::Spaces),
        }
    }
}

/// A number-like stretch.
struct Number {
    span: ViewSpan,
    digits: u8,
    letters: u8,
}

struct Reader<'a> {
    view: &'a str,
    tokens: &'a [Token],
}

impl Reader<'_> {
    /// The token that the number may start with: behind signs, line breaks and connecting words.
    fn skip_connectors(&self, from: u32) -> Option<usize> {
        let mut i = self.tokens.partition_point(|t| t.start < from);
        let mut at = from;
        let mut words = 0;
        loop {
            let token = self.tokens.get(i)?;
            let gap = self.view.as_bytes().get(at as usize..token.start as usize)?;
            let breaks = gap.iter().filter(|&&b| b == b'\n').count();
            let open = gap.iter().all(|b| b" \t\r\n:#=.-|*()[]_,;'\"/<>".contains(b));
            // A sentence ended, and what follows is a word: `au dossier. PHQ9 11`.
            let text = token.text(self.view).as_bytes();
            let worded = text.iter().take_while(|b| b.is_ascii_alphabetic()).count() >= 3;
            let connects = CONNECTOR_HASHES.binary_search(&token.hash).is_ok();
            // Behind a short word the point abbreviates: `no ass. mal. TREM`.
            let before = self.view.as_bytes()[..at as usize].iter().rev();
            let whole = before.take_while(|b| b.is_ascii_alphabetic()).count() >= 5;
            let sentence = gap.starts_with(b". ") && whole && worded && !connects;
            if !open || breaks > 2 || token.start - from > REACH || sentence {
                return None;
            }
            let spoken = SPOKEN_HASHES.contains_key(&token.hash) && self.spoken(i).is_some();
            let prefix = token.len() == 1
                && (self.digit_behind(token.end, b"-") || self.stands_before_number(i));
            let connects = connects && !prefix;
            if spoken || !connects || words == 4 {
                return Some(i);
            }
            words += 1;
            at = token.end;
            i += 1;
        }
    }

    /// `N 4410726`: a capital by itself is the first letter of a long number.
    fn stands_before_number(&self, i: usize) -> bool {
        let token = &self.tokens[i];
        self.tokens.get(i + 1).is_some_and(|next| {
            token.has(crate::token::shape::FIRST_UPPER)
                && next.start == token.end + 1
                && self.view.as_bytes().get(token.end as usize) == Some(&b' ')
                && next.is_number()
                && next.len() >= 5
        })
    }

    fn number(&self, first: usize, bounds: Bounds) -> Option<Number> {
        self.spoken(first).or_else(|| self.written(first, bounds))
    }

    /// `nine eight seven dash six`: at least four digit words.
    fn spoken(&self, first: usize) -> Option<Number> {
        let mut digits = 0u8;
        let mut end = None;
        for token in self.tokens.get(first..)?.iter().take(40) {
            match SPOKEN_HASHES.get(&token.hash) {
                Some(n) => digits = digits.saturating_add(*n),
                None if token.is_number() && token.len() <= 2 && digits > 0 => {
                    digits = digits.saturating_add(1);
                }
                None if matches!(
                    token.text(self.view),
                    "dash" | "tiret" | "hyphen" | "et" | "space"
                ) && digits > 0 =>
                {
                    continue;
                }
                None => break,
            }
            end = Some(token.end);
        }
        let end = end.filter(|_| digits >= 4)?;
        Some(Number { span: ViewSpan::new(self.tokens[first].start, end), digits, letters: 0 })
    }

    /// Groups of digits, look-alikes of digits and a few letters.
    fn written(&self, first: usize, bounds: Bounds) -> Option<Number> {
        let (mut digits, mut letters) = (0u8, 0u8);
        let mut end = None;
        let mut last_end = 0;
        for (n, token) in self.tokens.get(first..)?.iter().take(12).enumerate() {
            let text = token.text(self.view).as_bytes();
            let len = text.len().min(255) as u8;
            let real = text.iter().filter(|b| b.is_ascii_digit()).count().min(255) as u8;
            let alike = text.iter().filter(|b| b"OolI".contains(b)).count().min(255) as u8;
            let read_as_digits = real > 0
                || (alike == len && len <= 4 && n > 0)
                || (alike >= 2 && len <= 4 && self.digits_follow(first + n));
            let (d, l) = if read_as_digits { (real + alike, len - real - alike) } else { (0, len) };
            if n > 0 && !self.joins(last_end, token, d, digits, bounds) {
                break;
            }
            // A word without a digit is part of a number only as a short code in capitals.
            let code = d > 0 || (len <= 4 && !token.has(crate::token::shape::LOWER));
            let too_much = digits.saturating_add(d) > bounds.max_digits
                || letters.saturating_add(l) > bounds.max_letters;
            if !code || too_much {
                break;
            }
            digits += d;
            letters += l;
            last_end = token.end;
            if digits > 0 {
                end = Some(token.end);
            }
        }
        let end = end.filter(|_| digits > 0)?;
        Some(Number { span: ViewSpan::new(self.tokens[first].start, end), digits, letters })
    }

    /// True when a token with `d` digits goes on with the number that ends at `last`.
    fn joins(&self, last: u32, token: &Token, d: u8, digits: u8, bounds: Bounds) -> bool {
        let gap = self.view.as_bytes().get(last as usize..token.start as usize).unwrap_or(b"");
        let Some(gap) = Gap::of(gap) else { return false };
        if gap == Gap::Tight {
            return true;
        }
        // Capitals behind a group that may still belong to the number are a version code.
        let fits =
            u16::from(digits) + u16::from(d) + u16::from(SLIP) <= u16::from(bounds.max_digits);
        if self.is_measure(token, d > 0 && fits) {
            return false;
        }
        // Until it is long enough any group goes on with it; then groups of digits, longer ones
        // over a line break, a code of two letters on the same line, and the piece that a break
        // or a slip of the space bar cut off.
        let same_line = gap == Gap::Spaces;
        let group = d > 0 && d + 1 >= token.len() as u8 && d >= if same_line { 2 } else { 3 };
        let head = d > 0 && self.digit_behind(token.end, b"-");
        let code =
            same_line && d == 0 && token.len() <= 2 && token.has(crate::token::shape::FIRST_UPPER);
        let letters = token.len() as u8 - d.min(token.len() as u8);
        let coded = fits && letters <= 2 && !token.has(crate::token::shape::LOWER);
        let piece = d > 0 && (letters == 0 || coded) && self.closes(token, gap);
        digits < bounds.min_digits && d > 0 || code || group || head || piece
    }

    /// True when the token behind token `i`, one sign away, holds a digit.
    fn digits_follow(&self, i: usize) -> bool {
        self.tokens.get(i + 1).is_some_and(|next| {
            next.start == self.tokens[i].end + 1 && next.has(crate::token::shape::DIGIT)
        })
    }

    /// True when a digit stands at `at`, or behind one byte of `signs` there.
    fn digit_behind(&self, at: u32, signs: &[u8]) -> bool {
        let after = self.view.as_bytes().get(at as usize..).unwrap_or(b"");
        after.first().is_some_and(|b| signs.contains(b))
            && after.get(1).is_some_and(u8::is_ascii_digit)
    }

    /// True when nothing that is counted or numbered follows: no word, and not the sign behind the
    /// number of a list item.
    fn closes(&self, token: &Token, gap: Gap) -> bool {
        let after = self.view.as_bytes().get(token.end as usize..).unwrap_or(b"");
        // Further pieces may follow, and a version code of one or two capitals.
        let rest = after.iter().position(|b| !b.is_ascii_digit() && *b != b' ').unwrap_or(0);
        let code = after[rest..].iter().take(3).take_while(|b| b.is_ascii_uppercase()).count();
        let next = after.get(rest + if code <= 2 { code } else { 0 }).copied().unwrap_or(b'\n');
        let item = gap == Gap::Line
            && matches!(after.first(), Some(b'.' | b')'))
            && matches!(after.get(1), Some(b' ' | b'\t'))
            && !self.in_parentheses(token.start);
        !next.is_ascii_alphanumeric() && !item
    }

    /// True when a parenthesis opened shortly before and is not closed.
    fn in_parentheses(&self, at: u32) -> bool {
        let from = (at as usize).saturating_sub(REACH as usize + 32);
        let before = self.view.as_bytes().get(from..at as usize).unwrap_or(b"");
        let mut closed = 0;
        before.iter().rev().any(|b| match b {
            b')' => {
                closed += 1;
                false
            }
            b'(' if closed == 0 => true,
            b'(' => {
                closed -= 1;
                false
            }
            _ => false,
        })
    }

    /// True for a number that measures: `10 mg`, `7/10`, `50 %`, `47 yo`; a unit of one or two
    /// capitals counts unless `coded`.
    fn is_measure(&self, token: &Token, coded: bool) -> bool {
        let after = self.view.get(token.end as usize..).unwrap_or("");
        let word = after.trim_start_matches(' ');
        let unit: String = word.chars().take_while(char::is_ascii_alphabetic).take(9).collect();
        let code = coded && unit.len() <= 2 && unit.bytes().all(|b| b.is_ascii_uppercase());
        matches!(word.as_bytes().first(), Some(b'/' | b'%'))
            || !code
                && matches!(
                    unit.to_ascii_lowercase().as_str(),
                    "mg" | "mcg"
                        | "ml"
                        | "g"
                        | "kg"
                        | "cm"
                        | "mm"
                        | "km"
                        | "tab"
                        | "tabs"
                        | "co"
                        | "yo"
                        | "y"
                        | "yr"
                        | "yrs"
                        | "year"
                        | "years"
                        | "ans"
                        | "an"
                        | "mois"
                        | "months"
                        | "month"
                        | "weeks"
                        | "wks"
                        | "days"
                        | "jours"
                        | "h"
                        | "am"
                        | "pm"
                )
    }
}

//! The subject pass: what is known to be a name is sought through the whole case.
//!
//! Seeds are names found with strong evidence and the values of identified fields. Their parts are
//! looked for in any letter case, misspelt by one edit, and inside user and file names.

use super::scan::Scan;
use crate::entity::{Candidate, EntityType, Evidence, RuleId, Score};
use crate::span::ViewSpan;
use crate::token::{Token, WordMap, shape};

/// Probability from which a name that the tagger found counts as known.
const SEED_PROBABILITY: f32 = 0.85;
/// Score from which a name that a rule found counts as known.
const SEED_SCORE: f32 = 0.8;
/// What a further mention of a known name weighs.
const LINK_SCORE: f32 = 0.85;
/// Shortest name that is sought with a misspelling.
const FUZZY_LEN: usize = 6;

/// A part of a known name.
struct Seed<'v> {
    text: &'v str,
    entity: EntityType,
}

/// Proposes further mentions of names that other recognizers are sure of.
pub(super) fn propose(view: &str, scan: &Scan, out: &mut Vec<Candidate>) {
    let seeds = seeds(view, scan, out);
    if seeds.is_empty() {
        return;
    }
    let id = RuleId::new("subject.known_name");
    let long = LongNames::of(&seeds);
    let mut found = Vec::new();
    initials(view, scan, out, &mut found);
    for (i, token) in scan.tokens.iter().enumerate() {
        if token.len() < 3 || token.is_number() {
            continue;
        }
        let known = match seeds.get(&token.hash) {
            Some(seed) if may_stand_for_name(scan, i) => Some(seed),
            Some(_) => None,
            None => long.misspelt(view, scan, i).or_else(|| long.inside(view, token)),
        };
        if let Some(seed) = known {
            let span = ViewSpan::new(token.start, token.end);
            let evidence = Evidence { linked: true, ..Evidence::of(&id) };
            found.push(Candidate {
                span,
                entity: seed.entity,
                score: Score::new(LINK_SCORE),
                evidence,
                keep: false,
            });
        }
    }
    out.extend(found);
}

/// Proposes the initials of known names: `MGB` and `M.G.B.` where Mona G. Banks is known.
fn initials(view: &str, scan: &Scan, known: &[Candidate], found: &mut Vec<Candidate>) {
    let mut letters: Vec<[u8; 3]> = known
        .iter()
        .filter(|c| !c.keep && c.entity.is_person() && c.entity != EntityType::Initials)
        .filter(|c| {
            c.evidence.model.map_or(c.score.value() >= SEED_SCORE, |p| p >= SEED_PROBABILITY)
        })
        .flat_map(|c| initials_of(view, scan, c.span))
        .collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.is_empty() {
        return;
    }
    let id = RuleId::new("subject.known_initials");
    let mut i = 0;
    while i < scan.tokens.len() {
        if scan.tokens[i].len() > 3 {
            i += 1;
            continue;
        }
        let (read, end) = read_initials(view, scan, i);
        if read[1] != 0 && letters.binary_search(&read).is_ok() {
            let span = ViewSpan::new(scan.tokens[i].start, scan.tokens[end - 1].end);
            let evidence = Evidence { linked: true, ..Evidence::of(&id) };
            let score = Score::new(LINK_SCORE);
            found.push(Candidate {
                span,
                entity: EntityType::Initials,
                score,
                evidence,
                keep: false,
            });
        }
        i = end.max(i + 1);
    }
}

/// First letters of a name of two or three words, and of its first and last.
fn initials_of(view: &str, scan: &Scan, span: ViewSpan) -> Vec<[u8; 3]> {
    let words: Vec<u8> = scan.tokens[scan.within(span)]
        .iter()
        .filter(|t| t.is_word())
        .map(|t| t.text(view).as_bytes()[0].to_ascii_uppercase())
        .filter(u8::is_ascii_uppercase)
        .collect();
    match words[..] {
        [a, b] => vec![[a, b, 0], [b, a, 0]],
        [a, b, c] => vec![[a, b, c], [a, c, 0]],
        _ => Vec::new(),
    }
}

/// The letters of `MGB`, `M.G.B.` or `M G` at token `i` and one past its last token; capitals only,
/// and no abbreviation of medicine.
fn read_initials(view: &str, scan: &Scan, i: usize) -> ([u8; 3], usize) {
    let token = &scan.tokens[i];
    let mut read = [0; 3];
    if token.is_all_caps() && token.len() <= 3 {
        let word = scan.words[i];
        let common = word.is_abbreviation()
            || word.is_of_clinic()
            || word.medical() != 0
            || word.is_province()
            || word.is_dictionary() && word.english().max(word.french()) >= 10;
        if !common {
            read[..token.len() as usize].copy_from_slice(token.text(view).as_bytes());
        }
        return (read, i + 1);
    }
    let mut end = i;
    while let Some(next) = scan.tokens.get(end).filter(|t| end < i + 3 && t.len() == 1) {
        let dotted = end == i
            || view.as_bytes().get(scan.tokens[end - 1].end as usize..next.start as usize)
                == Some(b".");
        if !dotted || !next.has(shape::FIRST_UPPER) {
            break;
        }
        read[end - i] = next.text(view).as_bytes()[0];
        end += 1;
    }
    (read, end)
}

fn seeds<'v>(view: &'v str, scan: &Scan, candidates: &[Candidate]) -> WordMap<Seed<'v>> {
    let mut seeds = WordMap::default();
    let person = |e: EntityType| e.is_person() && e != EntityType::Initials;
    let known = |c: &Candidate| match c.evidence.model {
        Some(probability) => probability >= SEED_PROBABILITY,
        None => c.score.value() >= SEED_SCORE,
    };
    for c in candidates.iter().filter(|c| !c.keep && person(c.entity) && known(c)) {
        let name = scan.within(c.span);
        for (token, word) in scan.tokens[name.clone()].iter().zip(&scan.words[name]) {
            // A very common word is no seed: it would mask itself everywhere.
            let common = word.is_dictionary() && word.english().max(word.french()) >= 12;
            if token.is_word() && token.len() >= 3 && !common {
                seeds
                    .entry(token.hash)
                    .or_insert(Seed { text: token.text(view), entity: c.entity });
            }
        }
    }
    seeds
}

/// A dictionary word is a name again only with a capital inside a sentence.
fn may_stand_for_name(scan: &Scan, i: usize) -> bool {
    let (token, word) = (&scan.tokens[i], scan.words[i]);
    if !word.is_dictionary() || word.english().max(word.french()) < 5 {
        return true;
    }
    token.has(shape::FIRST_UPPER) && i > 0 && token.start - scan.tokens[i - 1].end <= 2
}

/// The known names that are sought with a misspelling and inside user names.
struct LongNames<'s, 'v> {
    /// By text, so that nothing depends on the order of a hash map.
    sorted: Vec<&'s Seed<'v>>,
    /// First and last letters of them all, as bits: most words of a case have others.
    first: u32,
    last: u32,
}

/// The bit of a letter in either case; other bytes share the bits of letters.
fn letter_bit(letter: Option<&u8>) -> u32 {
    letter.map_or(0, |b| 1 << (b & 31))
}

impl<'s, 'v> LongNames<'s, 'v> {
    fn of(seeds: &'s WordMap<Seed<'v>>) -> Self {
        let mut sorted: Vec<&Seed<'v>> =
            seeds.values().filter(|s| s.text.len() >= FUZZY_LEN).collect();
        sorted.sort_by_key(|s| s.text);
        let (mut first, mut last) = (0, 0);
        for seed in &sorted {
            first |= letter_bit(seed.text.as_bytes().first());
            last |= letter_bit(seed.text.as_bytes().last());
        }
        Self { sorted, first, last }
    }

    /// One edit away from a known name, with its first letter, and not a word of its own.
    fn misspelt(&self, view: &str, scan: &Scan, i: usize) -> Option<&'s Seed<'v>> {
        let (token, word) = (&scan.tokens[i], scan.words[i]);
        let text = token.text(view).as_bytes();
        if self.first & letter_bit(text.first()) == 0
            || word.is_dictionary()
            || word.medical() != 0
            || text.len() + 1 < FUZZY_LEN
            || !token.is_word()
        {
            return None;
        }
        self.sorted.iter().copied().find(|s| one_edit(text, s.text.as_bytes()))
    }

    /// A user name or file name that begins or ends with a known name: `jtremblay2`.
    fn inside(&self, view: &str, token: &Token) -> Option<&'s Seed<'v>> {
        let text = token.text(view).as_bytes();
        let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let letters = &text[..text.len() - digits];
        if self.last & letter_bit(letters.last()) == 0 {
            return None;
        }
        self.sorted.iter().copied().find(|s| {
            let name = s.text.as_bytes();
            let Some(extra) = letters.len().checked_sub(name.len()) else { return false };
            (extra <= 2 && extra > 0 || extra == 0 && digits > 0)
                && letters[extra..].eq_ignore_ascii_case(name)
        })
    }
}

/// True when one letter more, less, other or in another place makes `b` of `a`, in any letter case.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let like = |a: &[u8], b: &[u8]| a.eq_ignore_ascii_case(b);
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x.eq_ignore_ascii_case(y)).count();
    let (ra, rb) = (&a[same..], &b[same..]);
    if same == 0 || ra.is_empty() && rb.is_empty() {
        return false;
    }
    match (ra.len(), rb.len()) {
        (x, y) if x == y => {
            let swapped = x >= 2 && like(&[ra[0], ra[1]], &[rb[1], rb[0]]);
            like(&ra[1..], &rb[1..]) || swapped && like(&ra[2..], &rb[2..])
        }
        (x, y) if x > y => like(&ra[1..], rb),
        _ => like(ra, &rb[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::one_edit;

    #[test]
    fn edits() {
        for (a, b, is) in [
            ("tremblay", "trembley", true),
            ("tremblay", "trembaly", true),
            ("tremblay", "tremlay", true),
            ("tremblay", "tremblays", true),
            ("tremblay", "Trembley", true),
            ("tremblay", "TREMBLAYS", true),
            ("tremblay", "TREMBLAY", false),
            ("tremblay", "tremblay", false),
            ("tremblay", "dremblay", false),
            ("tremblay", "tremlby", false),
        ] {
            assert_eq!(one_edit(a.as_bytes(), b.as_bytes()), is, "{a} {b}");
        }
    }
}

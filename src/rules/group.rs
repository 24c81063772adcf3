//! The group inside a match: where the part that is masked starts and ends.
//!
//! A search that tries one way after another finds it, at thousands of steps a match. So a pattern
//! is cut at the borders of its group, and small automata say where what stands before can end and
//! what stands behind can start. Where that leaves one place for each border, it is what the search
//! would find; where it leaves more, or the group stands in some matches only, the search decides.

use super::lazy;
use super::syntax::{self, WINDOW};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input, PatternID, meta};
use regex_syntax::hir::{Hir, HirKind};
use std::ops::Range;
use std::sync::OnceLock;

/// Finds the group `id` inside a match of its rule.
#[derive(Debug)]
pub(crate) struct Group {
    pattern: String,
    /// `None` when the group does not stand in every match.
    cut: Option<Cut>,
    search: OnceLock<Option<Search>>,
}

/// What a worker needs to find the group of one rule; made when first needed.
#[derive(Debug, Default)]
pub(crate) struct GroupCaches {
    before: Option<Cache>,
    from: Option<Cache>,
    own: Option<Cache>,
    behind: Option<Cache>,
    slots: Vec<Option<NonMaxUsize>>,
}

impl Group {
    /// `None` when the pattern has no such group, or none that can be found: then the whole match
    /// is masked.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let cut = syntax::parse(pattern).ok().and_then(|hir| Cut::of(&hir));
        let group = Self { pattern: pattern.to_owned(), cut, search: OnceLock::new() };
        (group.cut.is_some() || group.search().is_some()).then_some(group)
    }

    fn search(&self) -> Option<&Search> {
        self.search.get_or_init(|| Search::new(&self.pattern)).as_ref()
    }

    /// The group in a match; `None` when it took no part in it.
    pub(crate) fn find(&self, text: &[u8], caches: &mut GroupCaches) -> Option<Range<usize>> {
        match self.cut.as_ref().map_or(Told::Unsure, |cut| cut.find(text, caches)) {
            Told::Group(group) => Some(group),
            Told::Nothing => None,
            Told::Unsure => self.search()?.find(text, &mut caches.slots),
        }
    }
}

/// Tries one way after another, in the order in which the pattern prefers them.
#[derive(Debug)]
struct Search {
    regex: meta::Regex,
    /// Of the start of the group among the slots of the regex.
    slot: usize,
}

impl Search {
    fn new(pattern: &str) -> Option<Self> {
        // What it reads is a match already, so that an automaton that only says whether there is
        // one would be in vain.
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(10 << 20))
            .hybrid(false)
            .dfa(false);
        let regex = meta::Builder::new()
            .configure(config)
            .syntax(regex_automata::util::syntax::Config::new().utf8(false))
            .build(&format!("(?-u)^(?:{pattern})$"))
            .ok()?;
        let slot = regex.group_info().to_index(PatternID::ZERO, "id")? * 2;
        Some(Self { regex, slot })
    }

    fn find(&self, text: &[u8], slots: &mut Vec<Option<NonMaxUsize>>) -> Option<Range<usize>> {
        slots.clear();
        slots.resize(self.slot + 2, None);
        self.regex.search_slots(&Input::new(text), slots)?;
        Some(slots[self.slot]?.get()..slots[self.slot + 1]?.get())
    }
}

/// What the parts of a pattern tell of a match.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Group(Range<usize>),
    /// It is no match by itself.
    Nothing,
    /// There is more than one way.
    Unsure,
}

/// A pattern cut at the borders of its group.
#[derive(Debug)]
struct Cut {
    before: Part,
    /// The group and what stands behind it, read backwards.
    from: Part,
    own: Part,
    /// What stands behind the group, read backwards.
    behind: Part,
    /// It does not look at what stands around a place, so that a match is one by itself, too.
    sure: bool,
}

impl Cut {
    fn of(hir: &Hir) -> Option<Self> {
        let (before, own, behind) = pieces(hir)?;
        let from = [&[own.clone()][..], &behind[..]].concat();
        Some(Self {
            before: Part::new(Hir::concat(before), false),
            from: Part::new(Hir::concat(from), true),
            own: Part::new(own, false),
            behind: Part::new(Hir::concat(behind), true),
            sure: hir.properties().look_set().is_empty(),
        })
    }

    fn find(&self, text: &[u8], caches: &mut GroupCaches) -> Told {
        if text.len() > WINDOW {
            return Told::Unsure;
        }
        let mut starts = self.before.borders(text, 0, &mut caches.before);
        if starts.only().is_none() {
            starts = starts.and(self.from.borders(text, 0, &mut caches.from));
        }
        let Some(start) = starts.only() else { return starts.unclear() };
        let mut ends = self.behind.borders(text, start, &mut caches.behind);
        if !self.sure || ends.only().is_none() {
            ends = ends.and(self.own.borders(text, start, &mut caches.own));
        }
        ends.only().map_or_else(|| ends.unclear(), |end| Told::Group(start..end))
    }
}

/// What stands before the group, the group, and what stands behind it; `None` when the group does
/// not stand in every match, or more than once.
fn pieces(hir: &Hir) -> Option<(Vec<Hir>, Hir, Vec<Hir>)> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("id") => {
            Some((Vec::new(), (*capture.sub).clone(), Vec::new()))
        }
        HirKind::Capture(capture) => pieces(&capture.sub),
        HirKind::Concat(parts) => {
            let (at, (inner, own, behind)) =
                parts.iter().enumerate().find_map(|(at, part)| Some((at, pieces(part)?)))?;
            Some(([&parts[..at], &inner].concat(), own, [&behind, &parts[at + 1..]].concat()))
        }
        _ => None,
    }
}

/// A part of a pattern, read from its one end to find the other.
#[derive(Debug)]
struct Part {
    hir: Hir,
    backwards: bool,
    dfa: OnceLock<DFA>,
}

const READ: &str = "a part of a pattern that was compiled when the rule was loaded";
const NEVER: &str = "ASCII patterns never quit and the cache never gives up";

impl Part {
    fn new(hir: Hir, backwards: bool) -> Self {
        Self { hir, backwards, dfa: OnceLock::new() }
    }

    fn dfa(&self) -> &DFA {
        self.dfa.get_or_init(|| lazy::automaton(&self.hir, self.backwards).expect(READ))
    }

    /// Where the part can end when it starts at `from`; of one that is read backwards, where behind
    /// `from` it can start when it ends at the end of the text.
    fn borders(&self, text: &[u8], from: usize, cache: &mut Option<Cache>) -> Places {
        let mut out = Places::default();
        if matches!(self.hir.kind(), HirKind::Empty) {
            out.add(if self.backwards { text.len() } else { from });
            return out;
        }
        let dfa = self.dfa();
        let cache = cache.get_or_insert_with(|| dfa.create_cache());
        let input = Input::new(text).range(from..).anchored(Anchored::Yes);
        // A state tells of a match that ended before its last byte.
        let mut state = if self.backwards {
            dfa.start_state_reverse(cache, &input).expect(NEVER)
        } else {
            dfa.start_state_forward(cache, &input).expect(NEVER)
        };
        for n in from..text.len() {
            let at = if self.backwards { text.len() - 1 - (n - from) } else { n };
            state = dfa.next_state(cache, state, text[at]).expect(NEVER);
            if state.is_tagged() {
                if state.is_dead() {
                    return out;
                }
                if state.is_match() {
                    out.add(if self.backwards { at + 1 } else { at });
                }
            }
        }
        let (last, next) =
            if self.backwards { (from, from.checked_sub(1)) } else { (text.len(), None) };
        state = match next {
            Some(next) => dfa.next_state(cache, state, text[next]).expect(NEVER),
            None => dfa.next_eoi_state(cache, state).expect(NEVER),
        };
        if state.is_match() {
            out.add(last);
        }
        out
    }
}

/// Places in a match, a bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Places([u64; WINDOW / 64 + 1]);

impl Places {
    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// The place, when it is just one.
    fn only(&self) -> Option<usize> {
        let mut held = self.0.iter().enumerate().filter(|(_, bits)| **bits != 0);
        let (i, bits) = held.next()?;
        (held.next().is_none() && bits.is_power_of_two())
            .then(|| i * 64 + bits.trailing_zeros() as usize)
    }

    /// What it tells when it is not just one place.
    fn unclear(&self) -> Told {
        if self.0.iter().all(|&bits| bits == 0) { Told::Nothing } else { Told::Unsure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(pattern: &str, text: &str) -> (Told, Option<Range<usize>>) {
        let hir = syntax::parse(pattern).unwrap();
        let cut = Cut::of(&hir).expect("a group in every match");
        let told = cut.find(text.as_bytes(), &mut GroupCaches::default());
        let found = Search::new(pattern).unwrap().find(text.as_bytes(), &mut Vec::new());
        (told, found)
    }

    #[test]
    fn parts_tell_what_the_search_finds() {
        for (pattern, text) in [
            (r"(?i:mrn[ :]{1,3}(?P<id>\d{6,9}))", "MRN: 7654321"),
            (r"(?:(?P<id>[A-Z][a-z]{1,9})(?: \(patient\)|'s))", "Anna's"),
            (r"(?:x(?:y(?P<id>\d{1,4})z)\b)", "xy12z"),
            (r"(?:(?:a|ab)(?P<id>[b-d]{2}))", "abcd"),
            (r"(?:\b(?P<id>\d{1,3})(?:[ ,]|$))", "12"),
            (r"(?:(?P<id>\d{2})-(?:\d{2}))", "12-34"),
        ] {
            let (told, found) = both(pattern, text);
            assert_eq!(told, Told::Group(found.expect("found")), "{pattern} in {text}");
        }
    }

    #[test]
    fn what_is_no_match_by_itself_has_no_group() {
        let (told, found) = both(r"(?:(?P<id>\d{2})/\B)", "12/");
        assert_eq!(found, Some(0..2));
        assert_eq!(told, Told::Group(0..2));
        let (told, found) = both(r"(?:(?P<id>\d{2})/\b)", "12/");
        assert_eq!((told, found), (Told::Nothing, None));
    }

    #[test]
    fn where_there_is_more_than_one_way_the_search_decides() {
        let pattern = r"(?:a{1,2}(?P<id>a{1,2})a{0,2})";
        assert_eq!(both(pattern, "aaaa").0, Told::Unsure);
        let group = Group::new(pattern).unwrap();
        assert_eq!(group.find(b"aaaa", &mut GroupCaches::default()), Some(2..4));
        let some = Group::new(r"(?:a(?P<id>b)|c)").unwrap();
        assert!(some.cut.is_none());
        assert_eq!(some.find(b"c", &mut GroupCaches::default()), None);
        assert_eq!(some.find(b"ab", &mut GroupCaches::default()), Some(1..2));
    }
}

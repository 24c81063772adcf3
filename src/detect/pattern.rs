//! Structured patterns: each family's automaton, run only where a match can start.
//!
//! In two steps: the family's small automaton names the rules that may match at a place, each
//! rule's own automaton says how far it does. Rules that need a cue run near cues only.

use super::checksum;
use super::follow::{Behind, Follow};
use super::scan::{CueHit, Scratch};
use crate::entity::{Candidate, Evidence, Score};
use crate::rules::{AnchorMachine, Caches, CueId, Machine, Rule, RuleSet, WINDOW};
use crate::span::ViewSpan;
use crate::token::{CLASS, Token, shape};
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, Input};

/// Families of rules, by where their matches start.
const DIGIT: usize = 0;
const LETTER: usize = 1;
const SIGN: usize = 2;

/// Proposes what the patterns of all rules match in the view that `scratch` has read.
pub(super) fn propose(
    view: &str,
    rules: &RuleSet,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let bytes = view.as_bytes();
    let Scratch { scan, caches, matches, reach, follow, .. } = scratch;
    reach.mark(&scan.cues, rules);
    let near = Near { spans: &reach.spans, next: 0 };
    let mut finder = Finder { view, rules, cues: &scan.cues, caches, matches, near, follow, out };
    let sign_first = finder.first_of(SIGN);
    let mut gap_from = 0;
    for token in &scan.tokens {
        for at in gap_from..token.start as usize {
            if sign_first[bytes[at] as usize] {
                finder.run(SIGN, at, false);
            }
        }
        gap_from = token.end as usize;
        finder.run_at(token);
        // Digits behind letters in one token: `seen7/3/24`.
        if token.has(shape::DIGIT) && !token.is_number() {
            for at in token.start as usize + 1..token.end as usize {
                let digit_after_letter =
                    bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit();
                if digit_after_letter {
                    finder.run(DIGIT, at, true);
                }
            }
        }
    }
    for at in gap_from..bytes.len() {
        if sign_first[bytes[at] as usize] {
            finder.run(SIGN, at, false);
        }
    }
    for anchor in &rules.machines.anchored {
        finder.anchored(anchor);
    }
}

/// Where rules that need a cue can match.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Sorted, may overlap.
    spans: Vec<(u32, u32)>,
}

impl Reach {
    fn mark(&mut self, cues: &[CueHit], rules: &RuleSet) {
        self.spans.clear();
        for cue in cues {
            let Some((before, after)) = rules.cues.reach(cue.cue) else { continue };
            self.spans.push((cue.start.saturating_sub(after), cue.end + before));
        }
        self.spans.sort_unstable();
    }
}

/// A walk over [`Reach`], in step with the walk over the view.
struct Near<'a> {
    spans: &'a [(u32, u32)],
    next: usize,
}

impl Near<'_> {
    /// True when a cue is in reach of `at`. Positions must not go back.
    fn holds(&mut self, at: u32) -> bool {
        // Spans that end before `at` are passed, unless a longer one before them goes on.
        while self.spans.get(self.next).is_some_and(|s| s.1 < at) {
            self.next += 1;
        }
        self.spans[self.next..].iter().take_while(|s| s.0 <= at).any(|s| s.1 >= at)
    }
}

/// A rule that matches at the place being looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleMatch {
    /// The end of its shortest match: candidates come in this order.
    shortest: u32,
    rule: u16,
    longest: u32,
}

struct Finder<'a> {
    view: &'a str,
    rules: &'a RuleSet,
    cues: &'a [CueHit],
    caches: &'a mut Caches,
    matches: &'a mut Vec<RuleMatch>,
    near: Near<'a>,
    follow: &'a mut [Follow; 2],
    out: &'a mut Vec<Candidate>,
}

impl Finder<'_> {
    /// Bytes at which a match of the family can start.
    fn first_of(&self, family: usize) -> [bool; 256] {
        let machines = &self.rules.machines.families[family];
        std::array::from_fn(|b| machines.free.first[b] || machines.cued.first[b])
    }

    /// All rules that match at the token.
    fn run_at(&mut self, token: &Token) {
        let (bytes, start) = (self.view.as_bytes(), token.start as usize);
        let family = if bytes[start].is_ascii_digit() { DIGIT } else { LETTER };
        let machines = &self.rules.machines.families[family];
        let near = machines.cued.first[bytes[start] as usize] && self.near.holds(token.start);
        let behind = Behind::new(bytes, token).filter(|_| machines.free.starts_alike(bytes, start));
        let free = machines.free.first[bytes[start] as usize]
            && !behind.is_some_and(|b| self.follow[family].is_dead(b));
        if free || near {
            let died = self.try_rules(family, start, false, free, near);
            if let (Some(behind), Some(at)) = (behind, died) {
                self.follow[family].died(behind, at);
            }
        }
    }

    /// All rules of the family that match at `start`, each at its longest.
    fn run(&mut self, family: usize, start: usize, inside: bool) {
        let byte = self.view.as_bytes()[start] as usize;
        let machines = &self.rules.machines.families[family];
        let free = machines.free.first[byte];
        let near = machines.cued.first[byte] && self.near.holds(start as u32);
        self.try_rules(family, start, inside, free, near);
    }

    /// Leaves where the automaton of the free rules died when none of them matched.
    fn try_rules(
        &mut self,
        family: usize,
        start: usize,
        inside: bool,
        free: bool,
        near: bool,
    ) -> Option<usize> {
        let machines = &self.rules.machines.families[family];
        self.matches.clear();
        let mut died = None;
        if free {
            died = self.name(&machines.free, family, 0, start, inside);
            died = died.filter(|_| self.matches.is_empty());
        }
        if near {
            let from = self.matches.len();
            self.name(&machines.cued, family, 1, start, inside);
            self.keep_those_with_a_cue(from, start as u32);
        }
        if !self.matches.is_empty() {
            self.matches.sort_unstable_by_key(|m| m.rule);
            self.measure(start, inside);
        }
        died
    }

    /// Drops the named rules, from the `from`th on, that have no cue before `start` and need one.
    fn keep_those_with_a_cue(&mut self, from: usize, start: u32) {
        let (rules, cues) = (self.rules, self.cues);
        let mut kept = from;
        for i in from..self.matches.len() {
            let m = self.matches[i];
            let rule = &rules.rules[m.rule as usize];
            // Cues behind the match are sought when its end is known.
            let behind = rule.context.as_ref().is_some_and(|c| c.after > 0);
            let at = ViewSpan::new(start, start);
            if behind || nearest_cue(cues, rules.cues.of_rule(m.rule), rule, at).is_some() {
                self.matches[kept] = m;
                kept += 1;
            }
        }
        self.matches.truncate(kept);
    }

    /// Adds the rules of the machine that may match at `start`.
    fn name(
        &mut self,
        machine: &Machine,
        family: usize,
        cued: usize,
        start: usize,
        inside: bool,
    ) -> Option<usize> {
        let view = self.view;
        let (rules, matches) = (&self.rules.rules, &mut *self.matches);
        let cache = &mut self.caches.families[family][cued];
        walk(&machine.dfa, cache, view.as_bytes(), start, |cache, state, end| {
            let inside_word = is_inside(view.as_bytes(), end);
            if inside_word && !machine.any_glued {
                return;
            }
            for k in 0..machine.dfa.match_len(cache, state) {
                let rule = machine.rules[machine.dfa.match_pattern(cache, state, k).as_usize()];
                let may = rules[rule as usize].glued || !inside && !inside_word;
                if may && matches.iter().all(|m| m.rule != rule) {
                    matches.push(RuleMatch { shortest: 0, rule, longest: 0 });
                }
            }
        })
    }

    /// Finds how far the named rules match, and proposes them.
    fn measure(&mut self, start: usize, inside: bool) {
        let view = self.view;
        for m in self.matches.iter_mut() {
            let glued = self.rules.rules[m.rule as usize].glued;
            let dfa = self.rules.machines.exact(m.rule);
            let cache =
                self.caches.exact[m.rule as usize].get_or_insert_with(|| dfa.create_cache());
            walk(dfa, cache, view.as_bytes(), start, |_, _, end| {
                if (!inside || glued) && ends_well(view, end, glued) {
                    m.longest = end as u32;
                    if m.shortest == 0 {
                        m.shortest = end as u32;
                    }
                }
            });
        }
        self.matches.retain(|m| m.longest > 0);
        self.matches.sort_unstable();
        for i in 0..self.matches.len() {
            let m = self.matches[i];
            self.candidate(m.rule, start as u32, m.longest);
        }
    }

    /// A rule that is sought by a byte inside its match.
    fn anchored(&mut self, anchor: &AnchorMachine) {
        let bytes = self.view.as_bytes();
        for found in memchr::memchr_iter(anchor.byte, bytes) {
            let reach = &bytes[found.saturating_sub(64)..found];
            let back = reach.iter().rev().take_while(|&&b| anchor.back[b as usize]).count();
            let start = found - back;
            if back > 0 && anchor.first[bytes[start] as usize] {
                self.matches.clear();
                self.matches.push(RuleMatch { shortest: 0, rule: anchor.rule, longest: 0 });
                self.measure(start, false);
            }
        }
    }

    fn candidate(&mut self, index: u16, start: u32, end: u32) {
        let rule = &self.rules.rules[index as usize];
        let whole = ViewSpan::new(start, end);
        let Some(span) = self.narrowed(index, whole) else { return };
        let cue = nearest_cue(self.cues, self.rules.cues.of_rule(index), rule, whole);
        if cue.is_none() && rule.context.as_ref().is_some_and(|c| c.required) {
            return;
        }
        let check = rule.checksum.map(|c| checksum::passes(c, &self.view.as_bytes()[span.range()]));
        let mut score = rule.score.alone;
        if cue.is_some() {
            score = score.max(rule.score.with_context);
        }
        match check {
            Some(true) => score = score.max(rule.score.valid),
            // A keep rule unmasks: for it a failed test is final.
            Some(false) if rule.keep => return,
            Some(false) | None => {}
        }
        let evidence = Evidence { check_digit: check, cue_distance: cue, ..Evidence::of(&rule.id) };
        self.out.push(Candidate {
            span,
            entity: rule.entity,
            score: Score::new(score),
            evidence,
            keep: rule.keep,
        });
    }

    fn narrowed(&self, rule: u16, whole: ViewSpan) -> Option<ViewSpan> {
        let Some(regex) = self.rules.machines.group(rule) else { return Some(whole) };
        let text = &self.view.as_bytes()[whole.range()];
        let group = regex.captures(text)?.name("id")?;
        Some(ViewSpan::new(
            whole.start() + group.start() as u32,
            whole.start() + group.end() as u32,
        ))
    }
}

/// Walks the automaton over the window that starts at `start`, and tells `visit` of every end of a
/// match: the state there and the position. Leaves the position of the byte that ended the walk
/// before the window did.
#[inline]
fn walk(
    dfa: &DFA,
    cache: &mut Cache,
    bytes: &[u8],
    start: usize,
    mut visit: impl FnMut(&Cache, LazyStateID, usize),
) -> Option<usize> {
    const NEVER: &str = "ASCII patterns never quit and the cache never gives up";
    let end = bytes.len().min(start + WINDOW);
    let input = Input::new(bytes).range(start..end).anchored(Anchored::Yes);
    let mut state = dfa.start_state_forward(cache, &input).expect(NEVER);
    // A state tells of a match that ended before its last byte.
    for (at, &byte) in (start..).zip(&bytes[start..end]) {
        state = dfa.next_state(cache, state, byte).expect(NEVER);
        if state.is_tagged() {
            if state.is_dead() {
                return Some(at);
            }
            if state.is_match() {
                visit(cache, state, at);
            }
        }
    }
    state = match bytes.get(end) {
        Some(&next) => dfa.next_state(cache, state, next).expect(NEVER),
        None => dfa.next_eoi_state(cache, state).expect(NEVER),
    };
    if state.is_match() {
        visit(cache, state, end);
    }
    None
}

/// True when `end` lies inside a token.
fn is_inside(bytes: &[u8], end: usize) -> bool {
    bytes.get(end).is_some_and(|&next| CLASS[next as usize] != 0)
        && CLASS[bytes[end - 1] as usize] != 0
}

/// A match ends at a character border and not inside a token; a glued one only not inside a run of
/// digits.
fn ends_well(view: &str, end: usize, glued: bool) -> bool {
    let bytes = view.as_bytes();
    let Some(&next) = bytes.get(end) else { return true };
    let (last, next) = (CLASS[bytes[end - 1] as usize], CLASS[next as usize]);
    let inside = if glued {
        last == shape::DIGIT && next == shape::DIGIT || next == shape::FOREIGN
    } else {
        last != 0 && next != 0
    };
    !inside && view.is_char_boundary(end)
}

/// Distance to the nearest cue of the rule that is in reach: before the match, or behind it.
fn nearest_cue(cues: &[CueHit], own: &[CueId], rule: &Rule, span: ViewSpan) -> Option<u32> {
    let context = rule.context.as_ref()?;
    let here = cues.partition_point(|c| c.start < span.start());
    let before = cues[..here]
        .iter()
        .rev()
        .take_while(|c| c.start + context.within + 64 >= span.start())
        .filter_map(|c| {
            let distance = span.start().checked_sub(c.end)?;
            (distance <= context.within && own.binary_search(&c.cue).is_ok()).then_some(distance)
        });
    let there = cues.partition_point(|c| c.start < span.end());
    let after = cues[there..]
        .iter()
        .take_while(|c| c.start - span.end() <= context.after)
        .filter_map(|c| {
            (context.after > 0 && own.binary_search(&c.cue).is_ok()).then_some(c.start - span.end())
        });
    before.chain(after).min()
}

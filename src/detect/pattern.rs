//! Structured patterns: the automata of the rules that can start at a place, run there.
//!
//! In two steps: a rule's quick table says whether it may match at a place, its exact automaton says
//! how far. Rules that need a cue run near cues only.

use super::checksum;
use super::pending::may_match;
use super::scan::{CueHit, Scratch};
use super::starts::{Live, Place, Reader, Starts};
use crate::entity::{Candidate, Evidence, Score};
use crate::rules::{AnchorMachine, Caches, CueId, Rule, RuleSet, WINDOW};
use crate::span::ViewSpan;
use crate::token::{CLASS, Token, shape};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, Input};
use std::ops::Range;

/// Proposes what the patterns of all rules match in the view that `scratch` has read.
pub(super) fn propose(
    view: &str,
    rules: &RuleSet,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let Scratch { scan, caches, places, matches, reach, due, starts, .. } = scratch;
    reach.mark(&scan.cues, rules);
    let near = Near { spans: &reach.spans, next: 0 };
    let reader = Reader { bytes: view.as_bytes(), machines: &rules.machines };
    let mut seeker = Seeker { reader, near, starts, places };
    let cues = scan.cues.as_slice();
    let due = Due::new(cues, rules, due);
    let mut finder = Finder { view, rules, cues, due, caches, matches, out };
    let mut gap_from = 0;
    for block in scan.tokens.chunks(BLOCK) {
        for token in block {
            seeker.signs(gap_from..token.start);
            seeker.token(token);
            gap_from = token.end;
        }
        seeker.answer(&mut finder);
    }
    seeker.signs(gap_from..view.len() as u32);
    seeker.answer(&mut finder);
    for anchor in &rules.machines.anchored {
        finder.anchored(anchor);
    }
}

/// Tokens that are asked for together.
const BLOCK: usize = 128;

/// Asks at which places rules may match.
struct Seeker<'a> {
    reader: Reader<'a>,
    near: Near<'a>,
    starts: &'a mut Starts,
    /// Those that were asked for and are not answered.
    places: &'a mut Vec<Place>,
}

impl Seeker<'_> {
    /// Asks at the signs in the gap between two tokens.
    fn signs(&mut self, gap: Range<u32>) {
        for at in gap {
            let byte = self.reader.bytes[at as usize];
            if byte != b' ' && self.reader.machines.starts_any(byte) {
                self.byte(at, false);
            }
        }
    }

    /// Asks at a token, and at digits behind letters in it: `seen7/3/24`.
    fn token(&mut self, token: &Token) {
        let place = self.starts.at_token(token, self.near.holds(token.start), &self.reader);
        self.ask(place);
        if token.has(shape::DIGIT) && !token.is_number() {
            for at in token.start + 1..token.end {
                let [before, own] = [at - 1, at].map(|i| self.reader.bytes[i as usize]);
                if own.is_ascii_digit() && !before.is_ascii_digit() {
                    self.byte(at, true);
                }
            }
        }
    }

    fn byte(&mut self, at: u32, inside: bool) {
        let place = self.starts.at_byte(at, (self.near.holds(at), inside), &self.reader);
        self.ask(place);
    }

    fn ask(&mut self, place: Place) {
        if place.may() {
            self.places.push(place);
        }
    }

    /// Reads on at the places asked for, and tells `finder` where rules may match.
    fn answer(&mut self, finder: &mut Finder<'_>) {
        self.starts.read_on(self.places, &self.reader);
        for place in self.places.drain(..) {
            finder.try_rules(&place, self.starts.alive(&place));
        }
        self.starts.tidy();
    }
}

/// Where rules that need a cue can match.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Sorted and apart.
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
        self.spans.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
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
        while self.spans.get(self.next).is_some_and(|s| s.1 < at) {
            self.next += 1;
        }
        self.spans.get(self.next).is_some_and(|s| s.0 <= at)
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

/// Which rules have the cue in reach that they need, roughly: what a candidate has is asked when its
/// end is known.
struct Due<'a> {
    /// Cues that stand farther on.
    ahead: &'a [CueHit],
    /// For each rule, up to where it has one.
    upto: &'a mut [u32],
}

impl<'a> Due<'a> {
    fn new(cues: &'a [CueHit], rules: &RuleSet, upto: &'a mut Vec<u32>) -> Self {
        upto.clear();
        upto.extend((0..rules.rules.len() as u16).map(|rule| {
            // Cues behind the match are sought when its end is known.
            if rules.machines.needs_cue(rule) { 0 } else { u32::MAX }
        }));
        Self { ahead: cues, upto }
    }

    /// Passes the cues that start before `at`. Places must not go back.
    fn pass(&mut self, rules: &RuleSet, at: u32) {
        while let [cue, ahead @ ..] = self.ahead
            && cue.start < at
        {
            self.ahead = ahead;
            for &(rule, within) in rules.cues.needed_by(cue.cue) {
                let upto = &mut self.upto[rule as usize];
                *upto = (*upto).max(cue.end + within);
            }
        }
    }

    fn holds(&self, rule: u16, at: u32) -> bool {
        self.upto[rule as usize] >= at
    }
}

struct Finder<'a> {
    view: &'a str,
    rules: &'a RuleSet,
    cues: &'a [CueHit],
    due: Due<'a>,
    caches: &'a mut Caches,
    matches: &'a mut Vec<RuleMatch>,
    out: &'a mut Vec<Candidate>,
}

impl Finder<'_> {
    /// Of the rules that are alive at a place, all that match there, each at its longest.
    fn try_rules(&mut self, place: &Place, alive: &[Live]) {
        let (machines, bytes) = (&self.rules.machines, self.view.as_bytes());
        self.matches.clear();
        self.due.pass(self.rules, place.start);
        for &Live { rule, state } in alive {
            let glued = machines.is_glued(rule);
            if place.inside && !glued || !self.due.holds(rule, place.start) {
                continue;
            }
            let read = (place.start as usize, place.upto as usize);
            let quick = machines.quick(rule);
            let may = quick.is_none_or(|quick| may_match(quick, state, bytes, read, glued));
            if may {
                self.matches.push(RuleMatch { shortest: 0, rule, longest: 0 });
            }
        }
        if !self.matches.is_empty() {
            self.measure(place.start as usize, place.inside);
        }
    }

    /// Finds how far the named rules match, and proposes them.
    fn measure(&mut self, start: usize, inside: bool) {
        let view = self.view;
        for m in self.matches.iter_mut() {
            let glued = self.rules.machines.is_glued(m.rule);
            let (dfa, cache) = self.caches.exact(&self.rules.machines, m.rule);
            walk(dfa, cache, view.as_bytes(), start, |end| {
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
        let cue = nearest_cue(self.cues, self.rules.cues.of_rule(index), rule, whole);
        if cue.is_none() && rule.context.as_ref().is_some_and(|c| c.required) {
            return;
        }
        let Some(span) = self.narrowed(index, whole) else { return };
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

    fn narrowed(&mut self, rule: u16, whole: ViewSpan) -> Option<ViewSpan> {
        let Some(group) = self.rules.machines.group(rule) else { return Some(whole) };
        let text = &self.view.as_bytes()[whole.range()];
        let group = group.find(text, self.caches.group(rule))?;
        Some(ViewSpan::new(whole.start() + group.start as u32, whole.start() + group.end as u32))
    }
}

/// Walks the automaton over the window that starts at `start`, and tells `visit` of every end of a
/// match.
fn walk(dfa: &DFA, cache: &mut Cache, bytes: &[u8], start: usize, mut visit: impl FnMut(usize)) {
    let end = bytes.len().min(start + WINDOW);
    let input = Input::new(bytes).range(start..end).anchored(Anchored::Yes);
    let mut state = dfa.start_state_forward(cache, &input).expect(NEVER);
    // A state tells of a match that ended before its last byte.
    for (at, &byte) in (start..).zip(&bytes[start..end]) {
        state = dfa.next_state(cache, state, byte).expect(NEVER);
        if state.is_tagged() {
            if state.is_dead() {
                return;
            }
            if state.is_match() {
                visit(at);
            }
        }
    }
    state = match bytes.get(end) {
        Some(&next) => dfa.next_state(cache, state, next).expect(NEVER),
        None => dfa.next_eoi_state(cache, state).expect(NEVER),
    };
    if state.is_match() {
        visit(end);
    }
}

/// Why an automaton cannot fail.
const NEVER: &str = "ASCII patterns never quit and the cache never gives up";

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
    if context.after == 0 {
        return before.min();
    }
    let there = cues.partition_point(|c| c.start < span.end());
    let after = cues[there..]
        .iter()
        .take_while(|c| c.start - span.end() <= context.after)
        .filter_map(|c| own.binary_search(&c.cue).is_ok().then_some(c.start - span.end()));
    before.chain(after).min()
}

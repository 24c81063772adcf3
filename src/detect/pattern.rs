//! Structured patterns: the automata of the rules that can start at a place, run there.
//!
//! In two steps: a rule's quick table says whether it may match at a place, its exact automaton says
//! how far. Rules that need a cue run near their own cues only.

use super::checksum;
use super::near::Near;
use super::pending::{self, Pending, may_match};
use super::scan::{CueHit, Scratch};
use super::starts::{Asked, Live, Reader, Starts, before};
use crate::entity::{Candidate, Evidence, Score};
use crate::rules::{AnchorMachine, Caches, CueId, DEAD, Exact, Rule, RuleSet, WINDOW};
use crate::span::ViewSpan;
use crate::token::{CLASS, shape};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input};

/// Proposes what the patterns of all rules match in the view that `scratch` has read.
pub(super) fn propose(
    view: &str,
    rules: &RuleSet,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let bytes = view.as_bytes();
    let Scratch {
        scan, caches, asked, wanted, pending, live, matches, slots, reach, starts, ..
    } = scratch;
    reach.mark(scan.cues.iter().map(|hit| (hit.start, hit.end, hit.cue)), rules);
    let near = reach.walk();
    // For whole blocks, which are read ahead.
    let mut ahead = reach.walk();
    live.clear();
    let mut finder = Finder {
        view,
        rules,
        cues: &scan.cues,
        caches,
        live,
        matches,
        slots,
        near,
        here: Vec::new(),
        starts,
        out,
    };
    let mut gap_from = 0;
    for block in scan.tokens.chunks(BLOCK) {
        asked.clear();
        asked.extend(block.iter().copied().map(Asked::new));
        wanted.read(block, &mut ahead, rules);
        finder.starts.answer(asked, &Reader { bytes, machines: &rules.machines });
        pending::read(finder.starts, asked, wanted, &rules.machines, bytes, pending);
        let mut pending = pending.as_slice();
        for token in block {
            finder.signs(gap_from..token.start as usize);
            gap_from = token.end as usize;
            let own = pending.iter().take_while(|p| p.start == token.start).count();
            let (here, behind) = pending.split_at(own);
            pending = behind;
            finder.live.extend_from_slice(here);
            finder.try_rules(token.start as usize, false);
            // Digits behind letters in one token: `seen7/3/24`.
            if token.has(shape::DIGIT) && !token.is_number() {
                for at in token.start as usize + 1..token.end as usize {
                    let digit_after_letter =
                        bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit();
                    if digit_after_letter {
                        finder.run(at, true);
                    }
                }
            }
        }
    }
    finder.signs(gap_from..bytes.len());
    for anchor in &rules.machines.anchored {
        finder.anchored(anchor);
    }
}

/// Tokens that are asked for together.
const BLOCK: usize = 128;

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
    /// Rules that may match at the place, and how far they have read.
    live: &'a mut Vec<Pending>,
    matches: &'a mut Vec<RuleMatch>,
    slots: &'a mut Vec<Option<NonMaxUsize>>,
    near: Near<'a>,
    /// Rules that need a cue and have one in reach of the place.
    here: Vec<u16>,
    starts: &'a mut Starts,
    out: &'a mut Vec<Candidate>,
}

impl Finder<'_> {
    /// All rules that match at a sign in the gap between two tokens.
    fn signs(&mut self, gap: std::ops::Range<usize>) {
        let machines = &self.rules.machines;
        for at in gap {
            let byte = self.view.as_bytes()[at];
            if byte != b' ' && machines.starts_any(byte) {
                self.run(at, false);
            }
        }
    }

    /// All rules that match at a byte.
    fn run(&mut self, start: usize, inside: bool) {
        let (bytes, machines) = (self.view.as_bytes(), &self.rules.machines);
        let alive = self.starts.at_byte(start, &Reader { bytes, machines });
        let (at, upto) = (start as u32, alive.upto as u32);
        self.live.extend(alive.rules.iter().map(|&live| Pending { start: at, upto, live }));
        self.near.rules(at, self.rules, &mut self.here);
        let begun = |&rule: &u16| Pending::begin(rule, at, machines, bytes);
        self.live.extend(self.here.iter().filter_map(begun));
        self.try_rules(start, inside);
    }

    /// Of the rules that are alive, all that match at `start`, each at its longest.
    fn try_rules(&mut self, start: usize, inside: bool) {
        if self.live.is_empty() {
            return;
        }
        let mut live = std::mem::take(self.live);
        self.matches.clear();
        for Pending { upto, live: Live { rule, state }, .. } in live.drain(..) {
            if !self.is_due(rule, start, inside) {
                continue;
            }
            let glued = self.rules.machines.is_glued(rule);
            let bytes = self.view.as_bytes();
            let quick = self.rules.machines.quick(rule);
            let may = quick
                .is_none_or(|quick| may_match(quick, state, bytes, (start, upto as usize), glued));
            if may {
                self.matches.push(RuleMatch { shortest: 0, rule, longest: 0 });
            }
        }
        *self.live = live;
        if !self.matches.is_empty() {
            self.measure(start, inside);
        }
    }

    /// False when the rule cannot propose anything here.
    #[inline]
    fn is_due(&self, rule: u16, start: usize, inside: bool) -> bool {
        let machines = &self.rules.machines;
        if inside && !machines.is_glued(rule) {
            return false;
        }
        // Cues behind the match are sought when its end is known.
        if !machines.needs_cue(rule) {
            return true;
        }
        let own = self.rules.cues.of_rule(rule);
        let at = ViewSpan::new(start as u32, start as u32);
        nearest_cue(self.cues, own, &self.rules.rules[rule as usize], at).is_some()
    }

    /// Finds how far the named rules match, and proposes them.
    fn measure(&mut self, start: usize, inside: bool) {
        let view = self.view;
        for m in self.matches.iter_mut() {
            let glued = self.rules.machines.is_glued(m.rule);
            let exact = self.caches.exact(&self.rules.machines, m.rule);
            walk(exact, view.as_bytes(), start, |end| {
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
            if back > 0 && self.rules.machines.starts(anchor.rule, bytes[start]) {
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
        let group = group.find(text, self.slots)?;
        Some(ViewSpan::new(whole.start() + group.start as u32, whole.start() + group.end as u32))
    }
}

/// Walks an automaton over the window that starts at `start`, and tells `visit` of every end of a
/// match. A state tells of a match that ended before its last byte.
fn walk(exact: Exact<'_>, bytes: &[u8], start: usize, mut visit: impl FnMut(usize)) {
    let end = bytes.len().min(start + WINDOW);
    match exact {
        Exact::Table(table) => {
            let mut state = table.start(before(bytes, start));
            for (at, &byte) in (start..).zip(&bytes[start..end]) {
                state = table.next(state, byte);
                if state == DEAD {
                    return;
                }
                if table.is_match(state) {
                    visit(at);
                }
            }
            let next = bytes.get(end);
            state = next.map_or_else(|| table.end(state), |&next| table.next(state, next));
            if table.is_match(state) {
                visit(end);
            }
        }
        Exact::Lazy(dfa, cache) => {
            let input = Input::new(bytes).range(start..end).anchored(Anchored::Yes);
            let mut state = dfa.start_state_forward(cache, &input).expect(NEVER);
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
    let there = cues.partition_point(|c| c.start < span.end());
    let after = cues[there..]
        .iter()
        .take_while(|c| c.start - span.end() <= context.after)
        .filter_map(|c| {
            (context.after > 0 && own.binary_search(&c.cue).is_ok()).then_some(c.start - span.end())
        });
    before.chain(after).min()
}

#[cfg(test)]
mod tests {
    use super::super::near::{Reach, Wanted};
    use super::*;

    /// Exact tables find the ends that automata made as they read find, for every rule and place.
    #[test]
    fn exact_tables_measure_as_lazy_automata_do() {
        let rules = RuleSet::embedded().unwrap();
        let mut caches = Caches::new(&rules.machines);
        let examples = rules.rules.iter().flat_map(|rule| &rule.positive).map(|p| &p.text);
        let text = examples.step_by(5).fold(String::new(), |text, example| text + example + "\n");
        let places: Vec<usize> = (0..text.len()).filter(|&at| text.is_char_boundary(at)).collect();
        let (mut tables, mut found) = (0, 0);
        for rule in (0u16..).zip(&rules.rules).filter(|(_, r)| r.pattern.is_some()).map(|(i, _)| i)
        {
            if !matches!(caches.exact(&rules.machines, rule), Exact::Table(_)) {
                continue;
            }
            tables += 1;
            let starts = |at: &&usize| rules.machines.starts(rule, text.as_bytes()[**at]);
            for &at in places.iter().filter(starts) {
                let (mut ends, mut wanted) = (Vec::new(), Vec::new());
                let exact = caches.exact(&rules.machines, rule);
                walk(exact, text.as_bytes(), at, |end| ends.push(end));
                let lazy = caches.as_it_reads(&rules.machines, rule);
                walk(lazy, text.as_bytes(), at, |end| wanted.push(end));
                assert_eq!(ends, wanted, "{} at {at}", rules.rules[usize::from(rule)].id);
                found += ends.len();
            }
        }
        assert!(tables > 550 && found > 1000, "{tables} tables, {found} ends");
    }

    /// Whatever match a cue would make believed, its rule is asked for where it starts.
    #[test]
    fn rules_are_wanted_wherever_a_cue_of_theirs_counts() {
        let rules = RuleSet::embedded().unwrap();
        let mut scratch = Scratch::new(&rules);
        let text = "MRN (Ottawa Hospital): 01234567, VIN 1M8GDM9AXKP042788\nNAM : TEST 5412 2816\n\
            555-0142 fax, 12-34 chart no, permis de conduire 1234567, née à Hearst\n\
            carte santé 9876-543-217 JK; serial no NMD123456H, lot 44 specimen S24-012345; \
            \u{c9}lise 98765 dossier, pt id 00123 (hospital no) requête 2345678";
        scratch.scan.read(text, &rules);
        let scan = &scratch.scan;
        let mut reach = Reach::default();
        reach.mark(scan.cues.iter().map(|hit| (hit.start, hit.end, hit.cue)), &rules);
        let mut wanted = Wanted::default();
        wanted.read(&scan.tokens, &mut reach.walk(), &rules);
        let (mut near, mut far) = (0, 0);
        for (i, token) in scan.tokens.iter().enumerate() {
            for (number, rule) in (0u16..).zip(&rules.rules) {
                let Some(context) = rule.context.as_ref().filter(|c| c.required) else { continue };
                if rule.anchor.is_some() || rule.pattern.is_none() {
                    continue;
                }
                let longest = token.start + rules.machines.longest(number);
                let ends = scan.tokens[i..].iter().map(|t| t.end).take_while(|end| *end <= longest);
                let counts = |end| {
                    let match_ = ViewSpan::new(token.start, end);
                    nearest_cue(&scan.cues, rules.cues.of_rule(number), rule, match_).is_some()
                };
                if ends.clone().any(counts) {
                    assert!(wanted.at(i).contains(&number), "{} at token {i}", rule.id);
                    near += 1;
                    far += usize::from(context.after > 0);
                }
            }
        }
        assert!(near > 50 && far > 5, "{near} {far}");
    }
}

//! Structured patterns: each family's automaton, run only where a match can start.

use super::checksum;
use super::scan::{CueHit, Scratch};
use crate::entity::{Candidate, Evidence, Score};
use crate::rules::{CueId, Machine, Rule, RuleSet, WINDOW};
use crate::span::ViewSpan;
use crate::token::{CLASS, shape};
use regex_automata::hybrid::dfa::{Cache, OverlappingState};
use regex_automata::{Anchored, Input};

/// Proposes what the patterns of all rules match in the view that `scratch` has read.
pub(super) fn propose(
    view: &str,
    rules: &RuleSet,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) {
    let bytes = view.as_bytes();
    let Scratch { scan, caches, matches, .. } = scratch;
    let mut finder = Finder { view, rules, cues: &scan.cues, matches, out };
    let [digit, letter, sign] = &rules.machines.families;
    let [digit_cache, letter_cache, sign_cache] = &mut caches.families;
    let mut gap_from = 0;
    for token in &scan.tokens {
        for at in gap_from..token.start as usize {
            if sign.first[bytes[at] as usize] {
                finder.run(sign, sign_cache, at, false);
            }
        }
        gap_from = token.end as usize;
        let start = token.start as usize;
        if bytes[start].is_ascii_digit() {
            finder.run(digit, digit_cache, start, false);
        } else if letter.first[bytes[start] as usize] {
            finder.run(letter, letter_cache, start, false);
        }
        // Digits behind letters in one token: `seen7/3/24`.
        if token.has(shape::DIGIT) && !token.is_number() {
            for at in start + 1..token.end as usize {
                let digit_after_letter =
                    bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit();
                if digit_after_letter {
                    finder.run(digit, digit_cache, at, true);
                }
            }
        }
    }
    for at in gap_from..bytes.len() {
        if sign.first[bytes[at] as usize] {
            finder.run(sign, sign_cache, at, false);
        }
    }
    for (anchor, cache) in rules.machines.anchored.iter().zip(&mut caches.anchored) {
        for found in memchr::memchr_iter(anchor.byte, bytes) {
            let reach = &bytes[found.saturating_sub(64)..found];
            let back = reach.iter().rev().take_while(|&&b| anchor.back[b as usize]).count();
            if back > 0 {
                finder.run(&anchor.machine, cache, found - back, false);
            }
        }
    }
}

struct Finder<'a> {
    view: &'a str,
    rules: &'a RuleSet,
    cues: &'a [CueHit],
    matches: &'a mut Vec<(u16, u32)>,
    out: &'a mut Vec<Candidate>,
}

impl Finder<'_> {
    /// All rules of the machine that match at `start`, each at its longest.
    fn run(&mut self, machine: &Machine, cache: &mut Cache, start: usize, inside: bool) {
        let bytes = self.view.as_bytes();
        if !machine.first[bytes[start] as usize] {
            return;
        }
        self.matches.clear();
        let end = bytes.len().min(start + WINDOW);
        let input = Input::new(bytes).range(start..end).anchored(Anchored::Yes);
        let mut state = OverlappingState::start();
        loop {
            machine
                .dfa
                .try_search_overlapping_fwd(cache, &input, &mut state)
                .expect("ASCII patterns never quit and the cache never gives up");
            let Some(found) = state.get_match() else { break };
            let rule = machine.rules[found.pattern().as_usize()];
            let glued = self.rules.rules[rule as usize].glued;
            if (inside && !glued) || !self.ends_well(found.offset(), glued) {
                continue;
            }
            match self.matches.iter_mut().find(|m| m.0 == rule) {
                Some(longest) => longest.1 = found.offset() as u32,
                None => self.matches.push((rule, found.offset() as u32)),
            }
        }
        for i in 0..self.matches.len() {
            let (rule, end) = self.matches[i];
            self.candidate(rule, start as u32, end);
        }
    }

    /// A match ends at a character border and not inside a token; a glued one only not inside a
    /// run of digits.
    fn ends_well(&self, end: usize, glued: bool) -> bool {
        let bytes = self.view.as_bytes();
        let Some(&next) = bytes.get(end) else { return true };
        let (last, next) = (CLASS[bytes[end - 1] as usize], CLASS[next as usize]);
        let inside = if glued {
            last == shape::DIGIT && next == shape::DIGIT || next == shape::FOREIGN
        } else {
            last != 0 && next != 0
        };
        !inside && self.view.is_char_boundary(end)
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
        let Some(regex) = &self.rules.machines.groups[rule as usize] else { return Some(whole) };
        let text = &self.view.as_bytes()[whole.range()];
        let group = regex.captures(text)?.name("id")?;
        Some(ViewSpan::new(
            whole.start() + group.start() as u32,
            whole.start() + group.end() as u32,
        ))
    }
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

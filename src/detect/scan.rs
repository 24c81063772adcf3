//! The one pass: tokens, what each word is known as, cues and phrases.
//!
//! Everything that follows reads this and goes back to the text only for what it matches.

use super::broken;
use super::memo::{Known, Memo};
use crate::rules::{Caches, CueId, Lexicon, PhraseKind, RuleSet, Word};
use crate::span::ViewSpan;
use crate::token::{Token, phrase_hash, tokenize, word_hash};
use std::ops::Range;

/// A cue phrase in the view.
#[derive(Clone, Copy, Debug)]
pub(super) struct CueHit {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) cue: CueId,
}

/// A phrase of the lexicon: which tokens, and its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhraseHit {
    pub(super) first: u32,
    /// One past its last token.
    pub(super) end: u32,
    pub(super) kind: PhraseKind,
}

/// What the pass found; its buffers are reused for the next document.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// What each token is known as.
    pub(super) words: Vec<Word>,
    /// The same with all that depends on the word alone.
    pub(super) known: Vec<Known>,
    pub(super) cues: Vec<CueHit>,
    pub(super) phrases: Vec<PhraseHit>,
    /// Tokens that may start a keep term.
    pub(super) keep_starts: Vec<u32>,
    /// Tokens that are the pieces of one word each.
    pub(super) broken: Vec<Range<u32>>,
    phrase_starts: Vec<u32>,
    memo: Memo,
}

/// What a worker keeps between documents: buffers and automaton caches. Nothing of a case stays
/// readable through it.
pub struct Scratch {
    pub(super) scan: Scan,
    pub(super) caches: Caches,
    pub(super) asked: Vec<super::starts::Asked>,
    pub(super) pending: Vec<super::pending::Pending>,
    pub(super) live: Vec<super::pending::Pending>,
    pub(super) matches: Vec<super::pattern::RuleMatch>,
    pub(super) slots: Vec<Option<regex_automata::util::primitives::NonMaxUsize>>,
    pub(super) wanted: super::near::Wanted,
    pub(super) reach: super::near::Reach,
    pub(super) starts: super::starts::Starts,
    pub(super) tagger: super::tagger::Buffers,
}

/// Says nothing of what is remembered: the hash of a word is found by trying words.
impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

impl Scratch {
    /// Buffers for one worker.
    pub fn new(rules: &RuleSet) -> Self {
        Self {
            scan: Scan::default(),
            caches: Caches::new(&rules.machines),
            asked: Vec::new(),
            pending: Vec::new(),
            live: Vec::new(),
            matches: Vec::new(),
            slots: Vec::new(),
            wanted: super::near::Wanted::default(),
            reach: super::near::Reach::default(),
            starts: super::starts::Starts::default(),
            tagger: super::tagger::Buffers::default(),
        }
    }
}

/// Longest gap, in bytes, between the words of one cue or phrase.
const MAX_GAP: u32 = 3;

/// The byte behind a `#` that stands at `at`, or one space farther.
fn behind_number_sign(view: &str, at: u32) -> Option<u32> {
    let rest = view.as_bytes().get(at as usize..)?;
    let spaces = usize::from(rest.first() == Some(&b' '));
    (rest.get(spaces) == Some(&b'#')).then_some(at + spaces as u32 + 1)
}

impl Scan {
    /// The tokens that share a byte with a span.
    pub(super) fn within(&self, span: ViewSpan) -> Range<usize> {
        let first = self.tokens.partition_point(|t| t.end <= span.start());
        let count = self.tokens[first..].iter().take_while(|t| t.start < span.end()).count();
        first..first + count
    }

    /// Reads a view.
    pub(super) fn read(&mut self, view: &str, rules: &RuleSet) {
        self.tokens.clear();
        self.words.clear();
        self.cues.clear();
        self.phrases.clear();
        self.known.clear();
        self.keep_starts.clear();
        self.phrase_starts.clear();
        self.broken.clear();
        tokenize(view, &mut self.tokens);
        let no = word_hash(b"no");
        for (i, token) in self.tokens.iter().enumerate() {
            let known = self.memo.known(view, token, rules);
            self.known.push(*known);
            if known.begins_keep {
                self.keep_starts.push(i as u32);
            }
            if known.begins_phrase {
                self.phrase_starts.push(i as u32);
            }
        }
        broken::mend(view, (&mut self.tokens, &mut self.known), rules, &mut self.broken);
        self.words.extend(self.known.iter().map(|k| k.word));
        for (i, known) in self.known.iter().enumerate().filter(|(_, k)| k.cue_words > 0) {
            let (words, longest) = ((&self.tokens[i..], &self.known[i..]), known.cue_words.into());
            find_cues(view, words, longest, no, rules, &mut self.cues);
        }
        self.find_phrases(view, &rules.lexicon);
    }

    /// The longest phrase at each token that is not inside one already.
    fn find_phrases(&mut self, view: &str, lexicon: &Lexicon) {
        let mut free_from = 0;
        for &i in &self.phrase_starts {
            let i = i as usize;
            if i < free_from {
                continue;
            }
            let mut hash = self.known[i].meant;
            let mut found = None;
            // The first word begins a phrase: that was asked where it was met.
            let mut goes_on = true;
            let mut n = 1;
            while goes_on && i + n < self.tokens.len() {
                let next = &self.tokens[i + n];
                let gap =
                    view.as_bytes().get(self.tokens[i + n - 1].end as usize..next.start as usize);
                if gap.is_none_or(|g| {
                    g.len() > MAX_GAP as usize || g.iter().any(|b| b",;:()|\t".contains(b))
                }) {
                    break;
                }
                hash = phrase_hash(hash, self.known[i + n].meant);
                n += 1;
                let Some(phrase) = lexicon.phrase(hash) else { break };
                if let Some(kind) = phrase.kind {
                    found = Some((n, kind));
                }
                goes_on = phrase.goes_on;
            }
            if let Some((n, kind)) = found {
                self.phrases.push(PhraseHit { first: i as u32, end: (i + n) as u32, kind });
                free_from = i + n;
            }
        }
    }
}

/// Cue phrases that start with the first of the tokens; `#` behind a word reads as the word `no`:
/// `MRN#`, `K #`.
fn find_cues(
    view: &str,
    (tokens, known): (&[Token], &[Known]),
    longest: usize,
    no: u64,
    rules: &RuleSet,
    out: &mut Vec<CueHit>,
) {
    let start = tokens[0].start;
    let mut hash = known[0].meant;
    for n in 1..=longest.min(tokens.len()) {
        let last = &tokens[n - 1];
        if n > 1 {
            if last.start - tokens[n - 2].end > MAX_GAP {
                break;
            }
            hash = phrase_hash(hash, known[n - 1].meant);
        }
        if let Some(cue) = rules.cues.get(hash) {
            out.push(CueHit { start, end: last.end, cue });
        }
        if n < longest
            && let Some(end) = behind_number_sign(view, last.end)
            && let Some(cue) = rules.cues.get(phrase_hash(hash, no))
        {
            out.push(CueHit { start, end, cue });
        }
    }
}

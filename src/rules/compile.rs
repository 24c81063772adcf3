//! Rules to machines: one anchored automaton for each family, and one table of cues.
//!
//! A family is the set of rules whose matches can start at the same kind of place. The scan stops
//! only at such places and runs the family's automaton over a bounded window, so the time is
//! linear in the text whatever the rules say.

use super::load::{WINDOW, first_bytes};
use super::rule::{Rule, syntax_config};
use crate::token::{WordMap, phrase_hash, tokenize};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::{MatchKind, util::syntax};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};
use std::sync::OnceLock;

/// Where matches of a family start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// At a run of digits.
    Digit,
    /// At a word.
    Letter,
    /// At a sign, such as `(` or `+`.
    Sign,
}

impl Family {
    pub(crate) const ALL: [Self; 3] = [Self::Digit, Self::Letter, Self::Sign];

    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_alphabetic() || byte >= 0x80,
            Self::Sign => byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric(),
        }
    }
}

/// How narrowly the first byte of a rule's matches is known: the scan runs a rule only where such
/// a byte stands at the start of a word, number or sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At some letters, digits or signs, or at its own anchor, or behind its cues.
    Narrow,
    /// At any letter and any digit: it is run at every word, over one window each.
    Anywhere,
    /// Some alternatives start at white space, where nothing is run: they are never tried.
    PartlyNever,
    /// All do: the rule can never match.
    Never,
}

impl Start {
    /// Where matches of this rule can start.
    pub fn of(rule: &Rule) -> Self {
        let Some(hir) = rule.hir().filter(|_| rule.anchor.is_none()) else { return Self::Narrow };
        let mut first = [false; 256];
        first_bytes(&hir, &mut first);
        let starts = |b: u8| Family::ALL.iter().any(|f| f.holds(b));
        let all = |mut of: std::ops::RangeInclusive<u8>| of.all(|b| first[b as usize]);
        let mut bytes = (0..=255u8).filter(|&b| first[b as usize]);
        if all(b'0'..=b'9') && all(b'a'..=b'z') && all(b'A'..=b'Z') {
            Self::Anywhere
        } else if !bytes.clone().any(starts) {
            Self::Never
        } else if bytes.any(|b| !starts(b)) {
            Self::PartlyNever
        } else {
            Self::Narrow
        }
    }
}

/// What the rules of a family that may match at a place are found with.
///
/// The automaton knows their patterns with long repetitions made endless: it stays small, because
/// it counts nothing, and it accepts all that the patterns accept. What it names is then tried by
/// the rule's own automaton. One exact automaton of all patterns has more states than text has
/// words (`benches/README.md`).
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) dfa: DFA,
    /// Rule index of each pattern of the automaton.
    pub(crate) rules: Vec<u16>,
    /// Bytes at which a match can start.
    pub(crate) first: [bool; 256],
    /// Some rule may end inside a word.
    pub(crate) any_glued: bool,
    /// Some rule looks for the start of a line or text.
    looks_back: bool,
}

impl Machine {
    /// True when a match at `start` begins as it does behind a space.
    pub(crate) fn starts_alike(&self, bytes: &[u8], start: usize) -> bool {
        match start.checked_sub(1).map(|i| bytes[i]) {
            Some(b'_') => false,
            None | Some(b'\n' | b'\r') => !self.looks_back,
            Some(_) => true,
        }
    }
}

/// A rule that is sought by a byte inside its match.
#[derive(Debug)]
pub(crate) struct AnchorMachine {
    pub(crate) byte: u8,
    pub(crate) back: [bool; 256],
    /// Bytes at which a match can start.
    pub(crate) first: [bool; 256],
    pub(crate) rule: u16,
}

/// The machines of a family.
#[derive(Debug)]
pub(crate) struct FamilyMachines {
    /// Rules that match by themselves.
    pub(crate) free: Machine,
    /// Rules that propose nothing without a cue in reach: they run only near cues.
    pub(crate) cued: Machine,
}

/// Everything the scan runs.
#[derive(Debug)]
pub(crate) struct Machines {
    pub(crate) families: [FamilyMachines; 3],
    pub(crate) anchored: Vec<AnchorMachine>,
    /// The automaton of each rule alone, and what finds its group: made when first needed.
    own: Vec<Own>,
}

#[derive(Debug)]
struct Own {
    pattern: String,
    has_group: bool,
    /// Bytes of its longest match.
    longest: u32,
    dfa: OnceLock<DFA>,
    group: OnceLock<Option<regex::bytes::Regex>>,
}

impl Machines {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, (usize, String)> {
        let mut free: [Vec<Member>; 3] = Default::default();
        let mut cued: [Vec<Member>; 3] = Default::default();
        let mut anchored = Vec::new();
        let mut longest = vec![0; rules.len()];
        for (i, rule) in rules.iter().enumerate() {
            let Some(hir) = rule.hir() else { continue };
            let mut first = [false; 256];
            first_bytes(&hir, &mut first);
            longest[i] = hir.properties().maximum_len().unwrap_or(WINDOW) as u32;
            if let Some((byte, back)) = &rule.anchor {
                let back = byte_class(back).map_err(|e| (i, e))?;
                anchored.push(AnchorMachine { byte: *byte, back, first, rule: i as u16 });
                continue;
            }
            let needs_cue = rule.context.as_ref().is_some_and(|c| c.required);
            let members = if needs_cue { &mut cued } else { &mut free };
            let relaxed = endless(&hir);
            for family in Family::ALL {
                if (0..=255u8).any(|b| first[b as usize] && family.holds(b)) {
                    let member =
                        Member { rule: i, first, relaxed: relaxed.clone(), glued: rule.glued };
                    members[family as usize].push(member);
                }
            }
        }
        let family = |f: Family| {
            let (free, cued) = (&free[f as usize], &cued[f as usize]);
            Ok(FamilyMachines { free: machine(free)?, cued: machine(cued)? })
        };
        let own = rules.iter().zip(longest).map(|(rule, longest)| Own {
            pattern: rule.pattern.clone().unwrap_or_default(),
            has_group: rule.has_group,
            longest,
            dfa: OnceLock::new(),
            group: OnceLock::new(),
        });
        Ok(Self {
            families: [family(Family::Digit)?, family(Family::Letter)?, family(Family::Sign)?],
            anchored,
            own: own.collect(),
        })
    }

    /// Bytes of the longest match of a rule.
    fn longest(&self, rule: u16) -> u32 {
        self.own[rule as usize].longest
    }

    /// The automaton of one rule.
    pub(crate) fn exact(&self, rule: u16) -> &DFA {
        let own = &self.own[rule as usize];
        own.dfa.get_or_init(|| {
            let builder = thompson::Compiler::new()
                .syntax(syntax_config())
                .configure(nfa_config())
                .build(&own.pattern);
            let nfa = builder.expect("the pattern was read when the rule was loaded");
            lazy_dfa(nfa).expect("an automaton without a size limit")
        })
    }

    /// Finds the group inside a match; `None` when the rule has none. A group that cannot be
    /// compiled is none, too: then the whole match is masked.
    pub(crate) fn group(&self, rule: u16) -> Option<&regex::bytes::Regex> {
        let own = &self.own[rule as usize];
        let compile = || regex::bytes::Regex::new(&format!("(?-u)^(?:{})$", own.pattern)).ok();
        if own.has_group { own.group.get_or_init(compile).as_ref() } else { None }
    }
}

/// A rule in a family.
struct Member {
    rule: usize,
    first: [bool; 256],
    relaxed: Hir,
    glued: bool,
}

/// Repetitions that leave so many counts open are made endless.
const COUNTED: u32 = 4;

/// The pattern with its long repetitions made endless and its groups away.
fn endless(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(endless).collect();
    match hir.kind() {
        HirKind::Repetition(rep) => {
            let open = rep.max.is_none_or(|max| max - rep.min >= COUNTED);
            let (min, max) = if open { (rep.min.min(1), None) } else { (rep.min, rep.max) };
            let sub = Box::new(endless(&rep.sub));
            Hir::repetition(Repetition { min, max, greedy: true, sub })
        }
        HirKind::Capture(capture) => endless(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

fn nfa_config() -> thompson::Config {
    thompson::Config::new().utf8(false).shrink(false)
}

fn lazy_dfa(nfa: NFA) -> Result<DFA, String> {
    let config = DFA::config()
        .match_kind(MatchKind::All)
        // Never gives up: a full cache is cleared and filled again.
        .cache_capacity(24 << 20)
        .minimum_cache_clear_count(None)
        .skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())
}

fn machine(members: &[Member]) -> Result<Machine, (usize, String)> {
    let patterns: Vec<&Hir> = members.iter().map(|m| &m.relaxed).collect();
    let nfa = thompson::Compiler::new().configure(nfa_config()).build_many_from_hir(&patterns);
    let dfa = nfa.map_err(|e| e.to_string()).and_then(lazy_dfa);
    let dfa = dfa.map_err(|e| (members.first().map_or(0, |m| m.rule), e))?;
    let mut first = [false; 256];
    for member in members {
        for (to, from) in first.iter_mut().zip(&member.first) {
            *to |= *from;
        }
    }
    let rules = members.iter().map(|m| m.rule as u16).collect();
    let looks = |m: &Member| {
        let looks = m.relaxed.properties().look_set();
        [Look::Start, Look::StartLF, Look::StartCRLF].into_iter().any(|l| looks.contains(l))
    };
    let (any_glued, looks_back) = (members.iter().any(|m| m.glued), members.iter().any(looks));
    Ok(Machine { dfa, rules, first, any_glued, looks_back })
}

fn byte_class(class: &str) -> Result<[bool; 256], String> {
    let hir = syntax::parse_with(class, &syntax_config()).map_err(|e| e.to_string())?;
    let mut set = [false; 256];
    first_bytes(&hir, &mut set);
    Ok(set)
}

/// Caches of the automata: one set for each worker.
#[derive(Debug)]
pub(crate) struct Caches {
    /// For each family: of the free rules and of those that need a cue.
    pub(crate) families: [[Cache; 2]; 3],
    /// Of each rule alone, made when first needed.
    pub(crate) exact: Vec<Option<Cache>>,
}

impl Caches {
    pub(crate) fn new(machines: &Machines) -> Self {
        let family = |f: &FamilyMachines| [&f.free, &f.cued].map(|m| m.dfa.create_cache());
        Self {
            families: machines.families.each_ref().map(family),
            exact: machines.own.iter().map(|_| None).collect(),
        }
    }
}

/// The number of a cue phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CueId(pub(crate) u16);

/// All cue phrases of all rules, found by their words.
#[derive(Debug, Default)]
pub(crate) struct CueTable {
    by_hash: WordMap<CueId>,
    /// Longest phrase, in words, that starts with this word.
    starts: WordMap<u8>,
    /// Cues of each rule, sorted.
    of_rule: Vec<Vec<CueId>>,
    /// Rules that each cue announces numbers for.
    announces: Vec<Vec<u16>>,
    /// How far behind and before each cue the rules that need it can start.
    reach: Vec<Option<(u32, u32)>>,
}

impl CueTable {
    pub(crate) fn new(rules: &[Rule], machines: &Machines) -> Self {
        let mut table = Self::default();
        for (i, rule) in rules.iter().enumerate() {
            let mut own = Vec::new();
            for phrase in rule.context.iter().flat_map(|c| &c.words) {
                let Some(cue) = table.intern(phrase) else { continue };
                own.push(cue);
                if rule.announce.is_some() {
                    table.announces[cue.0 as usize].push(i as u16);
                }
                table.extend_reach(cue, rule, machines.longest(i as u16));
            }
            own.sort_unstable();
            own.dedup();
            table.of_rule.push(own);
        }
        table
    }

    fn intern(&mut self, phrase: &str) -> Option<CueId> {
        let mut tokens = Vec::new();
        tokenize(phrase, &mut tokens);
        let (first, rest) = tokens.split_first()?;
        let hash = rest.iter().fold(first.hash, |h, t| phrase_hash(h, t.hash));
        let longest = self.starts.entry(first.hash).or_default();
        *longest = (*longest).max(tokens.len() as u8);
        let next = CueId(self.announces.len() as u16);
        let cue = *self.by_hash.entry(hash).or_insert(next);
        if cue == next {
            self.announces.push(Vec::new());
            self.reach.push(None);
        }
        Some(cue)
    }

    fn extend_reach(&mut self, cue: CueId, rule: &Rule, longest: u32) {
        let Some(context) = rule.context.as_ref().filter(|c| c.required) else { return };
        // A cue behind the match is in reach of its end.
        let before = if context.after > 0 { context.after + longest } else { 0 };
        let (most_behind, most_before) = self.reach[cue.0 as usize].get_or_insert((0, 0));
        *most_behind = (*most_behind).max(context.within);
        *most_before = (*most_before).max(before);
    }

    /// How far behind and before the cue a rule that needs it can start; `None` when none does.
    pub(crate) fn reach(&self, cue: CueId) -> Option<(u32, u32)> {
        self.reach[cue.0 as usize]
    }

    /// How many words the longest phrase that starts with this word has; 0 for none.
    pub(crate) fn longest(&self, first_word: u64) -> u8 {
        self.starts.get(&first_word).copied().unwrap_or(0)
    }

    pub(crate) fn get(&self, phrase: u64) -> Option<CueId> {
        self.by_hash.get(&phrase).copied()
    }

    pub(crate) fn of_rule(&self, rule: u16) -> &[CueId] {
        &self.of_rule[rule as usize]
    }

    pub(crate) fn announces(&self, cue: CueId) -> &[u16] {
        &self.announces[cue.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(pattern: &str, extra: &str) -> Start {
        let file = format!(
            "entity = \"ID\"\n[[rule]]\nid = \"any.test_rule\"\nsummary = \"s\"\nsource = \"s\"\nlang = [\"en\"]\n\
             pattern = \'\'\'{pattern}\'\'\'\nscore = {{ alone = 0.6 }}\n{extra}"
        );
        let rules = super::super::load::read("identifiers/x.toml", &file).unwrap();
        Start::of(&rules[0])
    }

    #[test]
    fn where_a_rule_can_start() {
        assert_eq!(start(r"[+(]?\d{3}", ""), Start::Narrow);
        assert_eq!(start(r"case \d{3}", ""), Start::Narrow);
        assert_eq!(start(r"[a-z0-9]{6}", ""), Start::Anywhere);
        assert_eq!(start(r".{1,20}x", ""), Start::Anywhere);
        assert_eq!(start(r"[^,]{1,20}", ""), Start::Anywhere);
        assert_eq!(start(r"(?-i:[A-Z0-9]{6})", ""), Start::Narrow);
        assert_eq!(start(r"(?:mrn)? ?\d{3}", ""), Start::PartlyNever);
        assert_eq!(start(r"\s\d{3}", ""), Start::Never);
        let anchored = "anchor = \"@\"\nback = \"[a-z]\"";
        assert_eq!(start(r"[a-z0-9]{1,9}@[a-z]{2,9}", anchored), Start::Narrow);
    }
}

//! Rules to machines: one anchored automaton for each family, and one table of cues.
//!
//! A family is the set of rules whose matches can start at the same kind of place. The scan stops
//! only at such places and runs the family's automaton over a bounded window, so the time is
//! linear in the text whatever the rules say.

use super::load::first_bytes;
use super::rule::{Rule, syntax_config};
use crate::token::{WordMap, phrase_hash, tokenize};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{MatchKind, util::syntax};

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

/// The anchored automaton of a family.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) dfa: DFA,
    /// Rule index of each pattern of the automaton.
    pub(crate) rules: Vec<u16>,
    /// Bytes at which a match can start.
    pub(crate) first: [bool; 256],
}

/// A rule that is sought by a byte inside its match.
#[derive(Debug)]
pub(crate) struct AnchorMachine {
    pub(crate) byte: u8,
    pub(crate) back: [bool; 256],
    pub(crate) machine: Machine,
}

/// Everything the scan runs.
#[derive(Debug)]
pub(crate) struct Machines {
    pub(crate) families: [Machine; 3],
    pub(crate) anchored: Vec<AnchorMachine>,
    /// For each rule with a group: finds the group inside a match.
    pub(crate) groups: Vec<Option<regex::bytes::Regex>>,
}

impl Machines {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, (usize, String)> {
        let group = |(i, rule): (usize, &Rule)| match &rule.pattern {
            Some(pattern) if rule.has_group => {
                let whole = format!("(?-u)^(?:{pattern})$");
                regex::bytes::Regex::new(&whole).map(Some).map_err(|e| (i, e.to_string()))
            }
            _ => Ok(None),
        };
        let groups = rules.iter().enumerate().map(group).collect::<Result<_, _>>()?;
        let mut members: [Vec<(usize, [bool; 256])>; 3] = Default::default();
        let mut anchored = Vec::new();
        for (i, rule) in rules.iter().enumerate() {
            let Some(hir) = rule.hir() else { continue };
            let mut first = [false; 256];
            first_bytes(&hir, &mut first);
            if let Some((byte, back)) = &rule.anchor {
                let back = byte_class(back).map_err(|e| (i, e))?;
                anchored.push(AnchorMachine {
                    byte: *byte,
                    back,
                    machine: machine(rules, &[(i, first)])?,
                });
                continue;
            }
            for family in Family::ALL {
                if (0..=255u8).any(|b| first[b as usize] && family.holds(b)) {
                    members[family as usize].push((i, first));
                }
            }
        }
        let [digit, letter, sign] = &members;
        Ok(Self {
            families: [machine(rules, digit)?, machine(rules, letter)?, machine(rules, sign)?],
            anchored,
            groups,
        })
    }
}

fn machine(rules: &[Rule], members: &[(usize, [bool; 256])]) -> Result<Machine, (usize, String)> {
    let patterns: Vec<&str> =
        members.iter().filter_map(|(i, _)| rules[*i].pattern.as_deref()).collect();
    let dfa = DFA::builder()
        .configure(
            DFA::config()
                .match_kind(MatchKind::All)
                // Never gives up: a full cache is cleared and filled again.
                .cache_capacity(24 << 20)
                .minimum_cache_clear_count(None)
                .skip_cache_capacity_check(true),
        )
        .thompson(thompson::Config::new().utf8(false).shrink(false))
        .syntax(syntax_config())
        .build_many(&patterns)
        .map_err(|e| (members.first().map_or(0, |m| m.0), e.to_string()))?;
    let mut first = [false; 256];
    for (_, set) in members {
        for (to, from) in first.iter_mut().zip(set) {
            *to |= *from;
        }
    }
    Ok(Machine { dfa, rules: members.iter().map(|(i, _)| *i as u16).collect(), first })
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
    pub(crate) families: [Cache; 3],
    pub(crate) anchored: Vec<Cache>,
}

impl Caches {
    pub(crate) fn new(machines: &Machines) -> Self {
        Self {
            families: [0, 1, 2].map(|i| machines.families[i].dfa.create_cache()),
            anchored: machines.anchored.iter().map(|a| a.machine.dfa.create_cache()).collect(),
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
}

impl CueTable {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut table = Self::default();
        for (i, rule) in rules.iter().enumerate() {
            let mut own = Vec::new();
            for phrase in rule.context.iter().flat_map(|c| &c.words) {
                let Some(cue) = table.intern(phrase) else { continue };
                own.push(cue);
                if rule.announce.is_some() {
                    table.announces[cue.0 as usize].push(i as u16);
                }
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
        }
        Some(cue)
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

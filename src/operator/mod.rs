//! What is written in the place of each entity: the operators of a policy at work.
//!
//! Enters: a case, its entities, the policy. Leaves: a replacement for each entity, or nothing
//! where it stays. Pure and total: what an operator cannot read goes to its `otherwise`.

mod people;
mod stock;
mod language;
mod calendar;
mod date_text;
mod anchor;
mod date;
mod age;
mod place;
mod occupation;
mod sealed;
mod surrogate;

pub(crate) use calendar::{MONTHS_EN, MONTHS_FR, iso_day};
pub use sealed::{SealError, unseal};
pub use stock::{Stock, StockError};

use crate::case::Case;
use crate::entity::{Entity, EntityType};
use crate::key::{KeyRing, Purpose};
use crate::policy::{Operator, Policy, Setting};
use crate::rules::Lexicon;
use crate::span::ByteSpan;
use anchor::Anchor;
use language::{Lang, Passages};
use std::collections::BTreeMap;

/// What operators read besides the case.
#[derive(Clone, Copy)]
pub(crate) struct Operators<'a> {
    /// Which operator for which type.
    pub(crate) policy: &'a Policy,
    /// Regions, occupations, names.
    pub(crate) stock: &'a Stock,
    /// What is a given name and what a surname.
    pub(crate) lexicon: &'a Lexicon,
    /// The keys; an engine whose policy needs them is not built without.
    pub(crate) keys: Option<&'a KeyRing>,
    /// The random id of the patient, the same in every case of theirs.
    pub(crate) subject: Option<&'a str>,
}

/// One entity with what a case knows about it.
struct Mention<'c> {
    entity: &'c Entity,
    /// The source text.
    text: &'c str,
    /// The source text in front of it, in its field.
    before: &'c str,
    /// The source text behind it, in its field.
    after: &'c str,
    lang: Lang,
}

/// What a case has settled: its languages, its index date, its numbers.
struct Scene<'a> {
    operators: Operators<'a>,
    case: &'a Case,
    anchor: Option<Anchor>,
    numbers: Numbers,
    surrogates: surrogate::Drawn,
}

/// Numbers of tags by first appearance, restarting with each case.
#[derive(Default)]
struct Numbers {
    known: BTreeMap<(&'static str, u32), u32>,
    last: BTreeMap<&'static str, u32>,
}

impl Numbers {
    fn of(&mut self, entity: &Entity) -> u32 {
        let word = entity.entity.tag();
        *self.known.entry((word, entity.referent)).or_insert_with(|| {
            let last = self.last.entry(word).or_default();
            *last += 1;
            *last
        })
    }
}

/// What an operator made of a value.
enum Made {
    /// It stays as it is.
    Kept,
    /// This is written.
    Text(String),
    /// This is written, and the word in front of the date goes with it.
    Phrase {
        text: String,
        /// Bytes in front of the entity.
        lead: u32,
    },
    /// The operator cannot read the value.
    Unread,
}

impl Operators<'_> {
    /// What is written for each entity; `None` where it stays. Dates take the preposition in front
    /// of them along (`on`, `le`), so that their spans may grow; they stay disjoint and sorted.
    pub(crate) fn write(&self, case: &Case, entities: &mut [Entity]) -> Vec<Option<String>> {
        let mut passages = Passages::new(case, entities);
        let mut scene = Scene {
            operators: *self,
            case,
            anchor: None,
            numbers: Numbers::default(),
            surrogates: surrogate::Drawn::default(),
        };
        if entities.iter().any(|e| self.is_dated(e)) {
            scene.anchor = anchor::find(case, entities);
        }
        let mut end = (usize::MAX, 0);
        let mut written = Vec::with_capacity(entities.len());
        for i in 0..entities.len() {
            let entity = &entities[i];
            let source = case.fields.get(entity.field).map_or("", |f| f.text.as_str());
            let from = if end.0 == entity.field { end.1 } else { 0 };
            let range = entity.span.range();
            let mention = Mention {
                entity,
                text: source.get(range.clone()).unwrap_or(""),
                before: source.get(from.min(range.start)..range.start).unwrap_or(""),
                after: source.get(range.end..).unwrap_or(""),
                lang: passages.lang(entity.field, range.start),
            };
            let (text, lead) = scene.write(&mention, entities);
            let span = ByteSpan::new(entity.span.start() - lead, entity.span.end());
            end = (entity.field, range.end);
            entities[i].span = span;
            written.push(text);
        }
        written
    }

    fn is_dated(&self, entity: &Entity) -> bool {
        let settings = self.policy.settings(entity.entity, Some(&entity.evidence.rule));
        settings.iter().any(|s| {
            s.operator == Operator::Relative
                || s.operator == Operator::Age && entity.entity == EntityType::DateOfBirth
        })
    }
}

impl Scene<'_> {
    /// What is written, and how many bytes in front of the entity it replaces, too.
    fn write(&mut self, m: &Mention<'_>, all: &[Entity]) -> (Option<String>, u32) {
        let policy = self.operators.policy;
        let settings = policy.settings(m.entity.entity, Some(&m.entity.evidence.rule));
        let applies = |s: &&Setting| self.holds(s, m);
        let Some(setting) = settings.iter().find(applies).or(settings.last()) else {
            return (Some(self.tag(m)), 0);
        };
        if m.entity.score.value() < setting.floor {
            return (None, 0);
        }
        let made = match self.apply(setting.operator, setting, m, all) {
            Made::Unread => self.apply(setting.otherwise, setting, m, all),
            made => made,
        };
        match made {
            Made::Kept | Made::Unread => (None, 0),
            Made::Text(text) if text == m.text => (None, 0),
            Made::Text(text) => (Some(text), 0),
            Made::Phrase { text, lead } => (Some(text), lead),
        }
    }

    fn holds(&self, setting: &Setting, m: &Mention<'_>) -> bool {
        let when = &setting.when;
        let stock = self.operators.stock;
        when.age_at_least.is_none_or(|least| age::years(m.text).is_some_and(|a| a >= least))
            && when
                .population_at_least
                .is_none_or(|least| stock.community(m.text).is_some_and(|c| c.population >= least))
            && when.field_class.is_none_or(|class| {
                self.case.fields.get(m.entity.field).is_some_and(|f| f.class == class)
            })
    }

    fn apply(
        &mut self,
        operator: Operator,
        setting: &Setting,
        m: &Mention<'_>,
        all: &[Entity],
    ) -> Made {
        let stock = self.operators.stock;
        match operator {
            Operator::Keep => Made::Kept,
            Operator::Tag => Made::Text(self.tag(m)),
            Operator::Redact => Made::Text("[REDACTED]".to_owned()),
            Operator::CharacterMask => Made::Text(character_mask(m.text)),
            Operator::Relative => self.relative(setting, m),
            Operator::Year => date::year(setting, m),
            Operator::Season => date::season(setting, m),
            Operator::Shift => {
                let weeks = self.weeks();
                date::shift(setting, m, weeks)
            }
            Operator::Age => age::write(setting, m, self.anchor.as_ref()),
            Operator::Community => place::community(stock, m),
            Operator::Region => place::region(stock, m),
            Operator::Fsa => place::fsa(stock, setting, m),
            Operator::Occupation => occupation::write(stock, m),
            Operator::KeyedHash | Operator::Seal => {
                let Some(keys) = self.operators.keys else { return Made::Unread };
                let word = tag_word(m.entity.entity, m.lang);
                Made::Text(if operator == Operator::Seal {
                    let context = sealed::Context::of(self.operators.policy, self.case, m.entity);
                    sealed::seal(keys, &context, word, m.text)
                } else {
                    sealed::hash(keys, word, m)
                })
            }
            Operator::Surrogate => match self.operators.keys {
                Some(keys) => {
                    let drawn = &mut self.surrogates;
                    let made = surrogate::write(keys, &self.operators, drawn, self.case, m, all);
                    language::unelided(made, m.before)
                }
                None => Made::Unread,
            },
        }
    }

    fn tag(&mut self, m: &Mention<'_>) -> String {
        format!("[{}-{}]", tag_word(m.entity.entity, m.lang), self.numbers.of(m.entity))
    }

    fn relative(&mut self, setting: &Setting, m: &Mention<'_>) -> Made {
        let Some(anchor) = self.anchor.clone() else { return date::year(setting, m) };
        if anchor.is(m.entity) && !anchor.named {
            return Made::Text(self.tag(m));
        }
        // Dates are counted from a tag where the case does not say when it was presented.
        let name = (!anchor.named).then(|| {
            let word = tag_word(m.entity.entity, m.lang);
            format!("[{word}-{}]", self.numbers.of(&anchor.entity))
        });
        date::relative(setting, m, anchor.date, name.as_deref())
    }

    /// The weeks by which the dates of this patient move: never 0, within a year.
    fn weeks(&self) -> Option<i32> {
        let keys = self.operators.keys?;
        let mac = match self.operators.subject {
            Some(subject) => keys.mac(Purpose::DateShift, &[b"subject", subject.as_bytes()]),
            None => keys.mac(Purpose::DateShift, &[b"case", &fingerprint(self.case)]),
        };
        let n = u64::from_be_bytes(mac[..8].try_into().expect("eight bytes")) % 104;
        let weeks = (n / 2 + 1) as i32;
        Some(if n.is_multiple_of(2) { weeks } else { -weeks })
    }
}

/// What tells one case from another: all its text. It goes into a keyed function only.
fn fingerprint(case: &Case) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for field in &case.fields {
        hash.update((field.text.len() as u64).to_be_bytes());
        hash.update(&field.text);
    }
    hash.finalize().into()
}

fn tag_word(entity: EntityType, lang: Lang) -> &'static str {
    match lang {
        Lang::En => entity.tag(),
        Lang::Fr => entity.tag_fr(),
    }
}

fn character_mask(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { '*' } else { c }).collect()
}

/// `[WORD: text]`, with the space in front of the colon that French has.
fn bracket(en: &str, fr: &str, lang: Lang, text: &str) -> String {
    match lang {
        Lang::En => format!("[{en}: {text}]"),
        Lang::Fr => format!("[{fr} : {text}]"),
    }
}

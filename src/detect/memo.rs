//! What a worker remembers of words: all that depends on a word alone, looked up once.
//!
//! Texts repeat a few thousand words. A worker keeps what tables, cues and keep lists say of the
//! words that it met last, so that most tokens cost one look-up in its own small table instead of
//! seven in large ones. It holds hashes and what lists say, no text.

use super::cue_class::CueSet;
use super::misread::{self, Misread};
use super::slip::is_slip;
use crate::rules::{Company, Phrase, RuleSet, Word};
use crate::token::{Token, shape};

/// Words remembered: two megabytes. One that is not costs as much as a hundred that are.
const SLOTS: usize = 1 << 15;

/// All that is known of a word as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    hash: u64,
    /// Bits of [`shape`], which with the hash make the key.
    shape: u8,
    /// The class of its shape.
    pub(super) class: u8,
    /// How much likelier it is a name than a word, see [`name_odds`].
    pub(super) odds: i8,
    /// The hash of the word that it is, where character recognition misread it, else its own.
    pub(super) meant: u64,
    pub(super) word: Word,
    pub(super) cue: CueSet,
    /// It differs from a common word by a slip.
    pub(super) slip: bool,
    /// A small class of what it is known as.
    pub(super) lexical: u16,
    /// The word by itself when it is common, else shape and name odds.
    pub(super) coarse: u64,
    /// None for what is likelier a name than a word.
    pub(super) company: Company,
    /// Words of the longest cue phrase that starts with it, 0 for none.
    pub(super) cue_words: u8,
    /// It may start a keep term.
    pub(super) begins_keep: bool,
    /// It may start a phrase of the lexicon.
    pub(super) begins_phrase: bool,
}

/// The words that a worker met last.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Vec<Known>,
}

impl Default for Memo {
    fn default() -> Self {
        Self { slots: vec![Known::default(); SLOTS] }
    }
}

impl Memo {
    /// What is known of the token's word.
    #[inline]
    pub(super) fn known(&mut self, view: &str, token: &Token, rules: &RuleSet) -> &Known {
        let slot = &mut self.slots[((token.hash >> 20) as usize % SLOTS) ^ token.shape as usize];
        if slot.hash != token.hash || slot.shape != token.shape {
            *slot = Known::of(view, token, rules);
        }
        slot
    }
}

impl Known {
    fn of(view: &str, token: &Token, rules: &RuleSet) -> Self {
        let Misread { meant, shape } = misread::read(token.text(view), token, &rules.lexicon);
        let written = Token { shape, ..*token };
        Self {
            hash: token.hash,
            shape: token.shape,
            slip: meant == token.hash && is_slip(token.text(view), token, &rules.lexicon),
            cue_words: rules.cues.longest(meant),
            begins_keep: rules.keep_terms.begins(token.hash),
            begins_phrase: matches!(
                rules.lexicon.phrase(meant),
                Some(Phrase { goes_on: true, .. })
            ),
            ..Self::meaning(meant, &written, rules)
        }
    }

    /// What the word of this hash is known as, written as the token is.
    fn meaning(meant: u64, written: &Token, rules: &RuleSet) -> Self {
        let word = rules.lexicon.word(meant);
        let cue = CueSet::of(meant);
        let odds = name_odds(word);
        let class = shape_class(written);
        let lexical = lexical(word, cue, odds);
        let coarse = if may_be_named(word, cue) && written.is_word() {
            meant
        } else {
            u64::from(class) << 16 | u64::from(lexical) | 1 << 40
        };
        // Of a name it would say from which culture, and most names of some have none.
        let company = if written.is_word() && odds <= 0 {
            rules.lexicon.company(meant)
        } else {
            Company::default()
        };
        Self { class, odds, meant, word, cue, lexical, coarse, company, ..Self::default() }
    }

    /// The same token as a piece of the word of hash `whole`. It begins no phrase and is no cue.
    pub(super) fn as_piece_of(&self, whole: u64, token: &Token, rules: &RuleSet) -> Self {
        let Self { word, odds, lexical, coarse, class, company, .. } =
            Self::meaning(whole, token, rules);
        Self { word, odds, lexical, coarse, class, company, slip: false, ..*self }
    }
}

/// How much likelier the form is a name than a word, -4 to 4 in factors of ten.
fn name_odds(word: Word) -> i8 {
    let name = f32::from(word.given().max(word.surname()));
    if name == 0.0 {
        return if word.is_dictionary() { -4 } else { 0 };
    }
    // A bin is a factor of ten of bearers per million; one token in a hundred is a name.
    let name_zipf = name - 1.0 - 2.0;
    let zipf = |bin: u8| (f32::from(bin) - 1.0) / 2.0;
    let en = if word.is_english() { zipf(word.english()) } else { 0.0 };
    let fr = if word.is_french() { zipf(word.french()) } else { 0.0 };
    (name_zipf - en.max(fr)).round().clamp(-4.0, 4.0) as i8
}

/// True when the word itself may be a feature: common, and hardly a name.
fn may_be_named(word: Word, cue: CueSet) -> bool {
    let common =
        (word.is_english() && word.english() >= 6) || (word.is_french() && word.french() >= 6);
    cue.0 != 0
        || (common && name_odds(word) <= 0)
        || (word.medical() != 0 && word.given().max(word.surname()) < 3)
}

fn shape_class(token: &Token) -> u8 {
    let len = token.len().min(6) as u8;
    if token.has(shape::FOREIGN) {
        return 90;
    }
    if token.is_number() {
        return 10 + len;
    }
    if token.has(shape::DIGIT) {
        return 20
            + u8::from(token.has(shape::UPPER))
            + 2 * u8::from(token.has(shape::FIRST_UPPER));
    }
    if token.is_all_caps() {
        return 30 + len;
    }
    if token.has(shape::FIRST_UPPER) {
        return if token.len() == 1 {
            40
        } else if token.has(shape::INNER_UPPER) {
            41
        } else {
            42
        };
    }
    if token.has(shape::UPPER) { 43 } else { 44 + u8::from(token.len() == 1) }
}

/// A small class of what the word is known as.
fn lexical(word: Word, cue: CueSet, odds: i8) -> u16 {
    let dictionary = u16::from(word.is_english()) | u16::from(word.is_french()) << 1;
    let listed = u16::from(word.given() > 3) | u16::from(word.surname() > 3) << 1;
    let place = u16::from(word.place().min(3));
    let medical = u16::from(word.medical().min(6));
    let unknown = u16::from(word.is_unknown());
    (odds + 4) as u16
        | dictionary << 4
        | listed << 6
        | place << 8
        | medical << 10
        | unknown << 13
        | u16::from(cue.0 != 0) << 14
}

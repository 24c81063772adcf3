//! Whole documents from template lines: layout, people, noise, and labels by construction.

mod read;
mod writer;

use super::filler::{self, Vocabulary};
use super::hand::Hand;
use super::list::Lists;
use super::noise::{self, Noise};
use super::random::Random;
use super::template::{Part, Template};
use super::value::Source;
use crate::audit::GoldDocument;
use crate::detect::Class;
use crate::span::CharSpan;
use crate::token;
use read::Language;
use std::collections::HashMap;
use writer::Writer;

/// Which templates, lists and names a document is made of. The splits share none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// For training.
    Train,
    /// For choosing operating points and measuring.
    Dev,
}

/// A stretch of text, all identifier or none.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) class: Option<Class>,
    /// Form of a name, or the slot.
    pub(super) form: String,
    /// Culture of a name.
    pub(super) culture: String,
}

impl Piece {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: None, form: String::new(), culture: String::new() }
    }
}

/// A label of a generated document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledSpan {
    /// Where, in code points.
    pub span: CharSpan,
    /// What.
    pub class: Class,
    /// Form of a name (`full`, `first`, ...), else the slot that it filled.
    pub form: String,
    /// Culture of a name, else empty.
    pub culture: String,
}

/// A generated document.
#[derive(Clone, Debug)]
pub struct Generated {
    /// `train-000017`
    pub id: String,
    /// `en` or `fr`
    pub lang: &'static str,
    /// The template file that gave most lines.
    pub layout: String,
    /// The kind of noise.
    pub noise: &'static str,
    /// The text.
    pub text: String,
    /// Its identifiers, in order.
    pub spans: Vec<LabelledSpan>,
}

/// So many documents of a hundred are whole ones, where there are any.
const WHOLE_SHARE: usize = 50;

/// Makes documents. The same number gives the same document.
pub struct Generator {
    split: Split,
    seed: u64,
    lists: Lists,
    languages: [Language; 2],
    towns: Vec<String>,
    /// English and French.
    jobs: [Vec<String>; 2],
    names: Vec<String>,
    vocabulary: Vocabulary,
}

impl Generator {
    /// The `n`-th document. Two of three are English. `clean` leaves out all identifiers.
    pub fn document(&self, n: usize, clean: bool) -> Generated {
        let mut r = Random::new(self.seed.wrapping_mul(0x1000_0001).wrapping_add(n as u64));
        let french = n % 3 == 2;
        let language = &self.languages[usize::from(french)];
        let mut writer = Writer {
            source: Source {
                lists: &self.lists,
                towns: &self.towns,
                jobs: &self.jobs[usize::from(french)],
                french,
            },
            names: &self.names,
            people: HashMap::new(),
            pieces: Vec::new(),
        };
        // One file leads, so that a document has a layout; others mix in.
        let leading = r.below(language.positive.len());
        let prose = ["letter", "lettre", "hpi", "social", "histoire"]
            .iter()
            .any(|k| language.positive[leading].name.contains(k));
        let whole = !clean && !language.whole.is_empty() && r.percent(WHOLE_SHARE);
        if whole {
            let template = r.pick(&language.whole).clone();
            writer.line(&template, &mut r);
            // What is written without capitals, or in them, names people so as well.
            if let (Some(upper), true) = (one_case(&template), r.percent(80)) {
                noise::recase(&mut writer.pieces, upper);
            }
        }
        let lines = if whole { r.below(5) } else { r.between(8, 30) };
        for i in 0..lines {
            let lead = r.percent(70);
            if i > 0 || whole {
                writer.pieces.push(Piece::plain(separator(prose, &mut r)));
            }
            if r.percent(if clean { 40 } else { 14 }) {
                writer.pieces.push(Piece::plain(filler::line(
                    &self.vocabulary,
                    &self.lists,
                    french,
                    &mut r,
                )));
                continue;
            }
            let template = if clean || r.percent(50) {
                r.pick(&language.negative).clone()
            } else {
                let file =
                    if lead { &language.positive[leading] } else { r.pick(&language.positive) };
                r.pick(&file.lines).clone()
            };
            let line = writer.pieces.len();
            writer.line(&template, &mut r);
            if r.percent(8) {
                noise::recase_line(&mut writer.pieces[line..], &mut r);
            }
        }
        let noise = Noise::any(&mut r);
        noise::apply(noise, &mut writer.pieces, &mut r);
        let id = format!("{}-{n:06}", if self.split == Split::Train { "train" } else { "dev" });
        let layout = language.positive[leading].name.clone();
        assemble(id, if french { "fr" } else { "en" }, layout, noise.name(), writer.pieces)
    }

    /// A copy of a hand-written document: the first as it is, the others with other values, and
    /// some in another letter case or with slips.
    pub(super) fn hand_document(&self, gold: &GoldDocument, copy: usize) -> Generated {
        let seed = token::word_hash(gold.id.as_bytes()) ^ self.seed;
        let mut r = Random::new(seed.wrapping_add(copy as u64));
        let french = gold.lang == "fr" || gold.lang == "mixed" && r.percent(50);
        let source = Source {
            lists: &self.lists,
            towns: &self.towns,
            jobs: &self.jobs[usize::from(french)],
            french,
        };
        let hand = Hand { source: &source, lists: &self.lists, names: &self.names };
        let mut pieces = hand.pieces(gold, copy > 0, &mut r);
        let noise = if copy > 0 && r.percent(40) { Noise::any(&mut r) } else { Noise::Plain };
        noise::apply(noise, &mut pieces, &mut r);
        assemble(
            gold.id.clone(),
            if french { "fr" } else { "en" },
            String::new(),
            noise.name(),
            pieces,
        )
    }
}

/// `Some(true)` for a template in capitals, `Some(false)` for one without.
fn one_case(template: &Template) -> Option<bool> {
    let (mut upper, mut lower) = (0usize, 0usize);
    for part in template {
        if let Part::Text(text) = part {
            upper += text.chars().filter(|c| c.is_uppercase()).count();
            lower += text.chars().filter(|c| c.is_lowercase()).count();
        }
    }
    if upper * 50 <= lower {
        Some(false)
    } else if lower * 12 <= upper {
        Some(true)
    } else {
        None
    }
}

fn separator(prose: bool, r: &mut Random) -> &'static str {
    if prose && r.percent(70) {
        return " ";
    }
    *r.pick(&["\n", "\n", "\n", "\n", "\n\n", "\n- ", "\n* ", " "])
}

fn assemble(
    id: String,
    lang: &'static str,
    layout: String,
    noise: &'static str,
    pieces: Vec<Piece>,
) -> Generated {
    let (mut text, mut spans, mut at) = (String::new(), Vec::new(), 0);
    for piece in pieces {
        let len = piece.text.chars().count();
        if let (Some(class), true) = (piece.class, len > 0) {
            let span = CharSpan { start: at, end: at + len };
            spans.push(LabelledSpan { span, class, form: piece.form, culture: piece.culture });
        }
        at += len;
        text.push_str(&piece.text);
    }
    Generated { id, lang, layout, noise, text, spans }
}

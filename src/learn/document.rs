//! Whole documents from template lines: layout, people, noise, and labels by construction.

use super::clinical;
use super::filler::{self, Vocabulary};
use super::hand::Hand;
use super::job;
use super::list::Lists;
use super::noise::{self, Noise};
use super::persona::{Form, Persona};
use super::random::Random;
use super::template::{self, LearnError, Part, Template, TemplateFile};
use super::value::{Source, town_case};
use crate::audit::GoldDocument;
use crate::detect::Class;
use crate::span::CharSpan;
use crate::token;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

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

struct Language {
    /// Files of lines.
    positive: Vec<TemplateFile>,
    /// Templates of whole documents.
    whole: Vec<Template>,
    negative: Vec<Template>,
}

/// A template of so many lines or more is a document by itself.
const WHOLE_DOCUMENT: usize = 12;
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
    /// Reads templates and lists of a split. `keep` is the share of template lines used, 1 to 100
    /// percent: how accuracy depends on their number.
    ///
    /// # Errors
    /// [`LearnError`] naming the file that cannot be used.
    pub fn new(
        corpus: &Path,
        rules: &Path,
        split: Split,
        seed: u64,
        keep: usize,
    ) -> Result<Self, LearnError> {
        let language = |name: &str| -> Result<Language, LearnError> {
            let mut files = template::read(&corpus.join("templates").join(name), split)?;
            for file in &mut files {
                let mut n = 0;
                file.lines.retain(|_| {
                    n += 1;
                    n * keep / 100 != (n - 1) * keep / 100
                });
            }
            let mut whole = Vec::new();
            for file in &mut files {
                let (long, lines) = std::mem::take(&mut file.lines).into_iter().partition(is_whole);
                file.lines = lines;
                let long: Vec<Template> = long;
                whole.extend(long);
            }
            files.retain(|f| !f.lines.is_empty());
            let (negative, positive): (Vec<_>, Vec<_>) =
                files.into_iter().partition(|f| f.negative);
            Ok(Language {
                positive,
                whole,
                negative: negative.into_iter().flat_map(|f| f.lines).collect(),
            })
        };
        let lists = Lists::read(&corpus.join("lists"), split)?;
        let parity = |i: usize| (i % 4 == 3) == (split == Split::Dev);
        let rows_of = |file: &str| -> Result<String, LearnError> {
            let path = rules.join("lexicons").join(file);
            fs::read_to_string(&path)
                .map_err(|e| LearnError::Read { file: path.display().to_string(), kind: e.kind() })
        };
        let column = |file: &str| -> Result<Vec<String>, LearnError> {
            let text = rows_of(file)?;
            let rows = text.lines().filter(|l| !l.starts_with('#'));
            let first = rows.filter_map(|l| l.split('\t').next()).enumerate();
            Ok(first
                .filter(|(i, w)| parity(*i) && w.len() > 3)
                .map(|(_, w)| w.to_owned())
                .collect())
        };
        let towns = column("places/terms.tsv")?;
        let towns = towns
            .iter()
            .filter(|t| t.len() < 26 && t.split(' ').count() < 4)
            .map(|t| town_case(t))
            .collect();
        let text = rows_of("professions/terms.tsv")?;
        let jobs = ["en", "fr"].map(|language| {
            let rows = text.lines().filter_map(|l| l.split_once('\t')).enumerate();
            rows.filter(|(i, (term, langs))| {
                parity(*i) && langs.contains(language) && job::is_of_a_patient(term)
            })
            .map(|(_, (term, _))| term.to_owned())
            .collect()
        });
        let names = column("names/terms.tsv")?;
        let (mut phrases, words): (Vec<String>, Vec<String>) =
            column("medicine/terms.tsv")?.into_iter().partition(|t| t.contains(' '));
        // Keep terms stand often, so that they weigh against a lexicon of tens of thousands.
        let kept = keep_terms(&rules.join("keep"))?;
        let times = phrases.len() / (2 * kept.len().max(1));
        phrases.extend(std::iter::repeat_n(kept, times).flatten());
        let vocabulary = Vocabulary { words, phrases };
        Ok(Self {
            split,
            seed,
            lists,
            languages: [language("en")?, language("fr")?],
            towns,
            jobs,
            names,
            vocabulary,
        })
    }

    /// Number of template lines of each language, those with identifiers and those without.
    pub fn template_counts(&self) -> [(usize, usize); 2] {
        let count = |l: &Language| {
            (
                l.positive.iter().map(|f| f.lines.len()).sum::<usize>() + l.whole.len(),
                l.negative.len(),
            )
        };
        [count(&self.languages[0]), count(&self.languages[1])]
    }

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
}

impl Generator {
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

fn is_whole(template: &Template) -> bool {
    let breaks = |part: &Part| match part {
        Part::Text(text) => text.matches('\n').count(),
        Part::Fixed(..) | Part::Slot(_) => 0,
    };
    template.iter().map(breaks).sum::<usize>() >= WHOLE_DOCUMENT
}

/// The terms of all keep lists.
fn keep_terms(dir: &Path) -> Result<Vec<String>, LearnError> {
    let unreadable = |p: &Path, e: &std::io::Error| LearnError::Read {
        file: p.display().to_string(),
        kind: e.kind(),
    };
    let mut lists: Vec<_> = fs::read_dir(dir)
        .map_err(|e| unreadable(dir, &e))?
        .filter_map(|e| Some(e.ok()?.path().join("terms.txt")))
        .filter(|p| p.exists())
        .collect();
    lists.sort();
    let mut terms = Vec::new();
    for list in lists {
        let text = fs::read_to_string(&list).map_err(|e| unreadable(&list, &e))?;
        terms.extend(
            text.lines()
                .map(str::trim)
                .filter(|l| !l.is_empty() && !l.starts_with('#'))
                .map(str::to_owned),
        );
    }
    Ok(terms)
}

fn separator(prose: bool, r: &mut Random) -> &'static str {
    if prose && r.percent(70) {
        return " ";
    }
    *r.pick(&["\n", "\n", "\n", "\n", "\n\n", "\n- ", "\n* ", " "])
}

struct Writer<'g> {
    source: Source<'g>,
    names: &'g [String],
    people: HashMap<String, Persona>,
    pieces: Vec<Piece>,
}

impl Writer<'_> {
    fn line(&mut self, template: &Template, r: &mut Random) {
        for part in template {
            match part {
                Part::Text(text) => self.pieces.push(Piece::plain(text.clone())),
                Part::Fixed(kind, text) => {
                    let class = match kind.as_str() {
                        "NAME" => Class::Name,
                        "PLACE" => Class::Place,
                        "ORG" => Class::Org,
                        "DATE" => Class::Date,
                        "CONTACT" => Class::Contact,
                        "PROFESSION" => Class::Profession,
                        _ => Class::Id,
                    };
                    self.identifier(text.clone(), class, "fixed", "", r);
                }
                Part::Slot(slot) => self.slot(slot, r),
            }
        }
    }

    fn slot(&mut self, slot: &str, r: &mut Random) {
        let (base, suffix) = slot.split_once('.').map_or((slot, None), |(b, s)| (b, Some(s)));
        if matches!(base, "patient" | "doc" | "doc2" | "nurse" | "fam" | "fam2" | "other") {
            let (french, names, lists) = (self.source.french, self.names, self.source.lists);
            let person = self
                .people
                .entry(base.to_owned())
                .or_insert_with(|| Persona::new(r, lists, french, names))
                .clone();
            let form = Form::of(suffix, r);
            let text = person.written(form, r);
            self.identifier(text, Class::Name, form.name(), &person.culture, r);
        } else if base == "datetime" {
            // A time of day is no identifier, even beside a date.
            if let Some((date, class)) = self.source.value("date", r) {
                self.identifier(date, class, base, "", r);
                let time = clinical::value("time", self.source.lists, self.source.french, r);
                self.pieces.push(Piece::plain(format!(" {time}")));
            }
        } else if let Some((text, class)) = self.source.value(base, r) {
            self.identifier(text, class, base, "", r);
        } else {
            let text = clinical::value(base, self.source.lists, self.source.french, r);
            self.pieces.push(Piece::plain(text));
        }
    }

    /// An identifier, now and then with odd punctuation around it.
    fn identifier(
        &mut self,
        text: String,
        class: Class,
        form: &str,
        culture: &str,
        r: &mut Random,
    ) {
        let (open, close) = if r.percent(4) {
            *r.pick(&[("(", ")"), ("\"", "\""), ("*", "*"), ("[", "]"), ("", ",")])
        } else {
            ("", "")
        };
        if !open.is_empty() {
            self.pieces.push(Piece::plain(open));
        }
        // A space may be missing in front.
        if let Some(last) = self.pieces.last_mut()
            && last.class.is_none()
            && last.text.ends_with(": ")
            && r.percent(6)
        {
            last.text.pop();
        }
        self.pieces.push(Piece {
            text,
            class: Some(class),
            form: form.to_owned(),
            culture: culture.to_owned(),
        });
        if !close.is_empty() {
            self.pieces.push(Piece::plain(close));
        }
    }
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

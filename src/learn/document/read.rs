//! What documents are made of, read for one split: template lines, lists, terms of the lexicons.

use super::{Generator, Split};
use crate::learn::filler::Vocabulary;
use crate::learn::job;
use crate::learn::list::Lists;
use crate::learn::template::{self, LearnError, Part, Template, TemplateFile};
use crate::learn::value::town_case;
use std::fs;
use std::path::Path;

/// Templates of a language.
pub(super) struct Language {
    /// Files of lines.
    pub(super) positive: Vec<TemplateFile>,
    /// Templates of whole documents.
    pub(super) whole: Vec<Template>,
    pub(super) negative: Vec<Template>,
}

/// A template of so many lines or more is a document by itself.
const WHOLE_DOCUMENT: usize = 12;

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

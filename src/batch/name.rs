//! File names: kept when nothing in them identifies anybody, otherwise replaced by a number.

use super::source::Source;
use crate::case::Case;
use crate::decode::Normalized;
use crate::detect::Scratch;
use crate::entity::{Entity, Suppression};
use crate::pipeline::Deidentifier;
use crate::policy::{Operator, Policy};
use crate::token::word_hash;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Endings that may be kept: they say what a file is, not whose.
const EXTENSIONS: [&str; 34] = [
    "txt", "text", "md", "json", "jsonl", "ndjson", "csv", "tsv", "log", "html", "htm", "xml",
    "note", "fhir", "hl7", "cda", "cds", "rtf", "eml", "docx", "xlsx", "docm", "xlsm", "pdf",
    "parquet", "doc", "bin", "gz", "gzip", "zst", "zip", "tar", "tgz", "tzst",
];

/// Endings of what is packed around a file.
const PACKED: [&str; 6] = ["gz", "gzip", "zst", "zip", "tar", "tgz"];

/// Names that the run itself writes into the output folder.
pub(super) const RESERVED: [&str; 3] = ["manifest.jsonl", "report.html", "report.json"];

/// Frequencies, in the lexicon's powers of ten, from which a word of the dictionary and any other
/// word count as a name.
const COMMON_NAME: u8 = 5;
const RARE_NAME: u8 = 3;

/// Frequent names that are what such files are called.
const NEUTRAL: [&str; 3] = ["case", "echo", "page"];

/// Where the output of one input goes, below the output folder or in its archive.
#[derive(Default)]
pub(super) struct OutputName {
    /// The path as far as it may be kept.
    pub(super) kept: PathBuf,
    /// The name without anything of the input's.
    pub(super) numbered: PathBuf,
    /// The words of the input's path.
    pub(super) words: NameWords,
    /// True when the engine found something in the path.
    pub(super) replaced: bool,
}

impl OutputName {
    /// The name of the output; `named` when the document shows that its path names somebody.
    pub(super) fn output(&self, named: bool) -> &Path {
        if named { &self.numbered } else { &self.kept }
    }
}

/// Names for all inputs, in their order; they depend on nothing but the inputs and the rules.
pub(super) fn plan(engine: &Deidentifier, sources: &[Source]) -> Vec<OutputName> {
    let mut judge = Judge { engine, scratch: engine.scratch(), known: HashMap::new() };
    let mut folders: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut used: HashSet<String> = HashSet::new();
    let numbers = 1..=sources.len();
    // Numbered names are taken first, so that no kept name can stand in their way.
    let numbered: Vec<PathBuf> = numbers
        .map(|n| format!("document-{n}.{}", extension(&sources[n - 1].relative)))
        .map(|name| as_text(Path::new(&name)))
        .collect();
    used.extend(numbered.iter().map(|p| folded(p)));
    used.extend(RESERVED.map(str::to_owned));
    sources
        .iter()
        .zip(numbered)
        .enumerate()
        .map(|(i, (source, numbered))| {
            let parent = source.relative.parent().unwrap_or(Path::new(""));
            let folder = judge.folder(parent, i + 1, &mut folders);
            let own = source.relative.file_name().unwrap_or_default();
            let safe = judge.is_safe(own);
            let name = if safe { as_text(Path::new(own)) } else { numbered.clone() };
            let mut kept = folder.join(name);
            // Two inputs of one name, also where the file system takes `A` for `a`.
            if kept != numbered && !used.insert(folded(&kept)) {
                kept.clone_from(&numbered);
            }
            let replaced = kept != as_text(&source.relative);
            OutputName { kept, numbered, words: NameWords::of(&source.relative), replaced }
        })
        .collect()
}

fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

/// The endings of a name that say what it is, such as `jsonl.gz`.
fn extension(path: &Path) -> String {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("").to_ascii_lowercase();
    let mut kept: Vec<&str> = name
        .rsplit('.')
        .take_while(|own| EXTENSIONS.contains(own))
        .take(name.matches('.').count())
        .collect();
    kept.reverse();
    if kept.is_empty() { "txt".to_owned() } else { kept.join(".") }
}

/// The path under which it leaves: of a PDF the text does, `a.pdf.gz` as `a.pdf.txt.gz`.
fn as_text(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
    let lower = name.to_ascii_lowercase();
    let packed = [".gz", ".gzip", ".zst"].iter().find(|end| lower.ends_with(**end));
    let inner = lower.len() - packed.map_or(0, |end| end.len());
    if lower[..inner].ends_with(".pdf") {
        path.with_file_name(format!("{}.txt{}", &name[..inner], &name[inner..]))
    } else {
        path.to_owned()
    }
}

/// The path without the endings of what is packed around it.
pub(super) fn without_packing(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while path.extension().and_then(OsStr::to_str).is_some_and(|own| {
        PACKED.contains(&own.to_ascii_lowercase().as_str()) && path.file_stem().is_some()
    }) {
        path.set_extension("");
    }
    path
}

/// Names for the members of archives, one archive in another.
pub(super) struct MemberNames<'e> {
    judge: Judge<'e>,
    open: Vec<(HashMap<PathBuf, PathBuf>, HashSet<String>)>,
}

impl<'e> MemberNames<'e> {
    pub(super) fn new(engine: &'e Deidentifier) -> Self {
        let judge = Judge { engine, scratch: engine.scratch(), known: HashMap::new() };
        Self { judge, open: Vec::new() }
    }

    /// An archive begins.
    pub(super) fn enter(&mut self) {
        self.open.push((HashMap::new(), HashSet::new()));
    }

    /// It ends.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// The name of the `n`th member, which has this path if it has one that may be used.
    pub(super) fn name(&mut self, path: Option<&Path>, n: usize) -> OutputName {
        let path = path.unwrap_or(Path::new(""));
        let numbered = as_text(Path::new(&format!("document-{n}.{}", extension(path))));
        let Some((folders, used)) = self.open.last_mut() else {
            return OutputName { kept: numbered.clone(), numbered, ..OutputName::default() };
        };
        // What is judged once is remembered, within bounds.
        if self.judge.known.len() > KNOWN_NAMES {
            self.judge.known.clear();
        }
        let folder = self.judge.folder(path.parent().unwrap_or(Path::new("")), n, folders);
        let own = path.file_name().unwrap_or_default();
        // A name like the numbered ones could be that of a later member.
        let safe = !own.is_empty() && !is_numbered(own) && self.judge.is_safe(own);
        let mut kept =
            if safe { folder.join(as_text(Path::new(own))) } else { folder.join(&numbered) };
        if !used.insert(folded(&kept)) {
            kept.clone_from(&numbered);
            used.insert(folded(&kept));
        }
        let replaced = kept != as_text(path);
        OutputName { kept, numbered, words: NameWords::of(path), replaced }
    }
}

/// How many names are remembered as safe or not.
const KNOWN_NAMES: usize = 100_000;

fn is_numbered(name: &OsStr) -> bool {
    name.to_string_lossy().to_lowercase().starts_with("document-")
}

/// Decides about names, each once.
struct Judge<'e> {
    engine: &'e Deidentifier,
    scratch: Scratch,
    known: HashMap<String, bool>,
}

impl Judge<'_> {
    /// The folder that stands for a folder of the input; `n` numbers it when its name is not safe.
    fn folder(&mut self, path: &Path, n: usize, known: &mut HashMap<PathBuf, PathBuf>) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return PathBuf::new();
        };
        if let Some(done) = known.get(path) {
            return done.clone();
        }
        let outer = self.folder(parent, n, known);
        let own = if self.is_safe(name) {
            PathBuf::from(name)
        } else {
            PathBuf::from(format!("folder-{n}"))
        };
        let done = outer.join(own);
        known.insert(path.to_owned(), done.clone());
        done
    }

    /// True when nothing in the name is, or might be, an identifier.
    fn is_safe(&mut self, name: &OsStr) -> bool {
        // What cannot be read cannot be judged.
        let Some(name) = name.to_str().filter(|n| !n.contains('\u{fffd}')) else { return false };
        if let Some(&safe) = self.known.get(name) {
            return safe;
        }
        let stem = without_extension(name);
        let spaced = spaced(stem);
        // One character tells nobody.
        let safe = stem.chars().count() <= 1
            || !words(&spaced).iter().any(|w| self.is_name(w))
                && !self.finds(stem)
                && !self.finds(&spaced);
        self.known.insert(name.to_owned(), safe);
        safe
    }

    /// A word that the lexicon knows as a name: alone in a file name it has no neighbours that
    /// would tell the engine. A word of the dictionary is a name only when many bear it.
    fn is_name(&self, word: &str) -> bool {
        let known = self.engine.rules().lexicon.word(word_hash(word.as_bytes()));
        let least = if known.is_dictionary() { COMMON_NAME } else { RARE_NAME };
        known.given().max(known.surname()) >= least && !NEUTRAL.contains(&word)
    }

    fn finds(&mut self, text: &str) -> bool {
        let decision = self.engine.detect(&Case::from_text("", text), &mut self.scratch);
        let masks = |e: &Entity| self.engine.policy().operator(e.entity) != Operator::Keep;
        // A name carries no cue, so a low score is no comfort.
        decision.entities.iter().any(masks)
            || decision.suppressed.iter().any(|s| s.reason == Suppression::LowScore)
    }
}

fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, own)) if EXTENSIONS.contains(&own.to_ascii_lowercase().as_str()) => {
            without_extension(stem)
        }
        _ => name,
    }
}

/// A name as words: separators become spaces, and `marieRoy` is two words.
fn spaced(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut lower = false;
    for c in name.chars() {
        if lower && c.is_uppercase() {
            out.push(' ');
        }
        lower = c.is_lowercase();
        out.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    out
}

/// The words of a path, folded: to see whether a path says what its document says.
#[derive(Default)]
pub(super) struct NameWords(Vec<String>);

impl NameWords {
    fn of(path: &Path) -> Self {
        let parts = path.components().filter_map(|c| match c {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        Self(parts.flat_map(|p| words(&spaced(without_extension(p)))).collect())
    }

    /// True when the path holds an identifier that was masked in the document: all words of it, or
    /// one word of a person's name.
    pub(super) fn show(&self, case: &Case, entities: &[Entity], policy: &Policy) -> bool {
        if self.0.is_empty() {
            return false;
        }
        entities.iter().filter(|e| policy.operator(e.entity) != Operator::Keep).any(|e| {
            let text = case.fields.get(e.field).and_then(|f| f.text.get(e.span.range()));
            let said = words(text.unwrap_or(""));
            let whole = !said.is_empty() && self.0.windows(said.len()).any(|w| w == said);
            whole
                || e.entity.is_person()
                    && said.iter().any(|w| w.chars().count() > 2 && self.0.contains(w))
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let folded = Normalized::new(text).text.to_lowercase();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{EntityType, Evidence, RuleId, Score};
    use crate::rules::embedded;
    use crate::span::ByteSpan;

    #[test]
    fn names_become_words() {
        assert_eq!(spaced("tremblay_marieAnne-2.b"), "tremblay marie Anne 2 b");
        assert_eq!(without_extension("notes.TXT"), "notes");
        assert_eq!(without_extension("notes.tremblay"), "notes.tremblay");
        assert_eq!(words("Hélène  ROY-2"), ["helene", "roy", "2"]);
        for (name, leaves) in [
            ("a/letter.PDF", "a/letter.PDF.txt"),
            ("letter.pdf.gz", "letter.pdf.txt.gz"),
            ("letter.pdf.zip", "letter.pdf.zip"),
            ("pdf", "pdf"),
        ] {
            assert_eq!(as_text(Path::new(name)), Path::new(leaves));
        }
    }

    #[test]
    fn single_words_that_are_names() {
        let engine = Deidentifier::embedded("echo-case").unwrap();
        let judge = Judge { scratch: engine.scratch(), engine: &engine, known: HashMap::new() };
        for name in ["smith", "baker", "tremblay", "roy", "cote", "kenora", "wong"] {
            assert!(judge.is_name(name), "{name}");
        }
        for word in [
            "case", "echo", "notes", "patient", "intake", "form", "lettre", "douleur", "followup",
            "12",
        ] {
            assert!(!judge.is_name(word), "{word}");
        }
    }

    #[test]
    fn a_path_is_compared_with_what_was_masked() {
        let policy = Policy::load(&embedded(), Policy::DEFAULT).unwrap();
        let case = Case::from_text("", "Héloïse Roy, tel 705-555-0134");
        let entity = |start, end, entity| Entity {
            field: 0,
            span: ByteSpan::new(start, end),
            entity,
            score: Score::new(1.0),
            evidence: Evidence::of(&RuleId::new("test")),
            referent: 1,
        };
        let found = [entity(0, 13, EntityType::PersonPatient), entity(19, 31, EntityType::Phone)];
        for (path, shows) in [
            ("notes/heloise.txt", true),
            ("ROY/a.json", true),
            ("call-705-555-0134.txt", true),
            ("705.txt", false),
            ("royal.txt", false),
        ] {
            assert_eq!(
                NameWords::of(Path::new(path)).show(&case, &found, &policy),
                shows,
                "{path}"
            );
        }
    }
}

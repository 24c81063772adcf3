//! File names: kept when nothing in them identifies anybody, otherwise replaced by a number.

mod ending;
mod words;
mod judge;

pub(super) use ending::without_packing;
pub(super) use words::NameWords;

use super::source::Source;
use crate::pipeline::Deidentifier;
use ending::{as_text, extension};
use judge::Judge;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Names that the run itself writes into the output folder.
pub(super) const RESERVED: [&str; 3] = ["manifest.jsonl", "report.html", "report.json"];

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
    let mut judge = Judge::new(engine);
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

/// Names for the members of archives, one archive in another.
pub(super) struct MemberNames<'e> {
    judge: Judge<'e>,
    open: Vec<(HashMap<PathBuf, PathBuf>, HashSet<String>)>,
}

impl<'e> MemberNames<'e> {
    pub(super) fn new(engine: &'e Deidentifier) -> Self {
        Self { judge: Judge::new(engine), open: Vec::new() }
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
        self.judge.keep_within_bounds();
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

fn is_numbered(name: &OsStr) -> bool {
    name.to_string_lossy().to_lowercase().starts_with("document-")
}

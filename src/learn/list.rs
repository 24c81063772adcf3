//! Value lists: one item a line, those behind `# dev` for the development split.

use super::document::Split;
use super::template::LearnError;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// All lists of a folder for one split, by file name without ending (`names/cree.surname`).
#[derive(Debug, Default)]
pub(super) struct Lists {
    by_name: BTreeMap<String, Vec<String>>,
    /// Names of cultures, sorted.
    pub(super) cultures: Vec<String>,
}

impl Lists {
    pub(super) fn read(dir: &Path, split: Split) -> Result<Self, LearnError> {
        let mut lists = Self::default();
        for (folder, prefix) in
            [(dir.to_owned(), ""), (dir.join("names"), "names/"), (dir.join("parts"), "parts/")]
        {
            let mut paths: Vec<_> = fs::read_dir(&folder)
                .map_err(|e| LearnError::Read {
                    file: folder.display().to_string(),
                    kind: e.kind(),
                })?
                .filter_map(|e| Some(e.ok()?.path()))
                .filter(|p| p.extension().is_some_and(|e| e == "txt"))
                .collect();
            paths.sort();
            for path in paths {
                let text = fs::read_to_string(&path).map_err(|e| LearnError::Read {
                    file: path.display().to_string(),
                    kind: e.kind(),
                })?;
                let stem =
                    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
                lists.by_name.insert(format!("{prefix}{stem}"), items(&text, split));
            }
        }
        let cultures =
            lists.by_name.keys().filter_map(|n| n.strip_prefix("names/")?.strip_suffix(".surname"));
        lists.cultures = cultures.map(str::to_owned).collect();
        Ok(lists)
    }

    /// The items of a list; an unknown one is a slip of the program, shown by an odd word.
    pub(super) fn get(&self, name: &str) -> &[String] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

fn items(text: &str, split: Split) -> Vec<String> {
    let (train, dev) = text.split_once("\n# dev").unwrap_or((text, ""));
    // A list without a mark serves both splits.
    let part = if split == Split::Dev && !dev.is_empty() { dev } else { train };
    let lines = part.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.map(str::to_owned).collect()
}

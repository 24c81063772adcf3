//! Paths to inputs: what an archive consists of, in an order that never changes.

use super::error::{BatchError, Refusal};
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// Running text.
    Text,
    /// One JSON value.
    Json,
    /// One JSON value a line, each a case of its own.
    JsonLines,
}

impl InputFormat {
    /// What the ending of a file name says, if it says anything.
    pub fn of_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" | "text" | "md" => Some(Self::Text),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// One file of an archive. `Debug` shows no name.
pub(super) struct Source {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path below the folder that was asked for; its name when the file itself was.
    pub(super) relative: PathBuf,
    /// Its length when the walk saw it, in bytes.
    pub(super) bytes: u64,
    /// Why it cannot be read, when the walk saw that already.
    pub(super) refusal: Option<Refusal>,
}

/// The files of an archive, in walking order: paths as given, folders by name.
pub struct Sources {
    pub(super) files: Vec<Source>,
    /// The paths that were asked for, canonical.
    roots: Vec<PathBuf>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sources({} files, {} bytes)", self.files.len(), self.bytes())
    }
}

impl Sources {
    /// Walks files and folders. In folders, names that begin with a dot are passed over.
    ///
    /// # Errors
    /// [`BatchError::Path`] for a path that does not exist. What cannot be read below a folder
    /// becomes an input that is refused.
    pub fn walk(paths: &[PathBuf]) -> Result<Self, BatchError> {
        let mut sources = Self { files: Vec::new(), roots: Vec::new() };
        for (i, path) in paths.iter().enumerate() {
            let fail = |e: io::Error| BatchError::Path { path: i + 1, kind: e.kind() };
            let meta = fs::metadata(path).map_err(fail)?;
            sources.roots.push(fs::canonicalize(path).map_err(fail)?);
            if meta.is_dir() {
                sources.folder(path, Path::new(""));
            } else {
                let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
                let refusal = (!meta.is_file()).then_some(Refusal::NotAFile);
                sources.files.push(Source {
                    path: path.clone(),
                    relative,
                    bytes: meta.len(),
                    refusal,
                });
            }
        }
        Ok(sources)
    }

    /// Bytes of all files together, for a progress bar.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.bytes).sum()
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Refuses an output folder that would mix outputs with inputs.
    pub(super) fn keep_apart(&self, out: &Path) -> Result<(), BatchError> {
        let out = fs::canonicalize(out).map_err(|e| BatchError::Folder(e.kind()))?;
        for (i, root) in self.roots.iter().enumerate() {
            let mixed = if root.is_dir() {
                out.starts_with(root) || root.starts_with(&out)
            } else {
                root.parent() == Some(out.as_path())
            };
            if mixed {
                return Err(BatchError::OutputAmongInputs { path: i + 1 });
            }
        }
        Ok(())
    }

    fn folder(&mut self, path: &Path, relative: &Path) {
        let names = match names(path) {
            Ok(names) => names,
            Err(e) => return self.refuse(path, relative, Refusal::Read(e.kind())),
        };
        for name in names {
            let (path, relative) = (path.join(&name), relative.join(&name));
            let (Ok(own), target) = (fs::symlink_metadata(&path), fs::metadata(&path)) else {
                self.refuse(&path, &relative, Refusal::Read(io::ErrorKind::NotFound));
                continue;
            };
            match target {
                Ok(meta) if meta.is_file() => {
                    self.files.push(Source { path, relative, bytes: meta.len(), refusal: None });
                }
                Ok(_) if own.is_dir() => self.folder(&path, &relative),
                Ok(_) => self.refuse(&path, &relative, Refusal::NotAFile),
                Err(e) => self.refuse(&path, &relative, Refusal::Read(e.kind())),
            }
        }
    }

    fn refuse(&mut self, path: &Path, relative: &Path, refusal: Refusal) {
        let (path, relative) = (path.to_owned(), relative.to_owned());
        self.files.push(Source { path, relative, bytes: 0, refusal: Some(refusal) });
    }
}

/// Names in a folder, sorted, without those that begin with a dot.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// True for bytes of a format whose text is not readable as it stands: masking them would hide
/// nothing.
pub(super) fn is_opaque(head: &[u8], text: &str) -> bool {
    const MARKS: [&[u8]; 3] = [b"%PDF-", b"{\\rtf", b"PK\x03\x04"];
    MARKS.iter().any(|m| head.starts_with(m)) || text.contains('\0')
}

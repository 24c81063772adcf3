//! Gold documents in the formats of others: i2b2, brat, `CoNLL`, TAB, Presidio-research, Label Studio,
//! doccano, CSV of spans.
//!
//! Enters: files by name and content. Leaves: documents, or file, line and reason of what is wrong,
//! never the text. What a format cannot say is refused when it is written, not dropped: spans are
//! never lost. Offsets are code points everywhere, as those tools count them.

mod text;
mod json;
mod tools;
mod i2b2;
mod brat;
mod conll;
mod csv;

use super::gold::{GoldDocument, GoldError, read_jsonl, write_jsonl};
use std::fs;
use std::path::{Component, Path};
use thiserror::Error;

/// A format of labelled documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Ours: JSON lines of `{"id", "lang", "text", "spans"}`.
    Ours,
    /// i2b2 2014 and n2c2: a folder of XML files.
    I2b2,
    /// brat standoff: a folder of `.txt` and `.ann`.
    Brat,
    /// `CoNLL` with BIO tags, `# newdoc` and `# text` as in `CoNLL-U`.
    Conll,
    /// The Text Anonymization Benchmark's JSON.
    Tab,
    /// The JSON of presidio-research.
    Presidio,
    /// The JSON export of Label Studio.
    LabelStudio,
    /// The JSON lines of doccano.
    Doccano,
    /// `spans.csv` beside a folder `texts`.
    Csv,
}

/// Why documents cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExchangeError {
    /// The format cannot say it.
    #[error("{id}: {format} cannot hold this: {message}")]
    Unsaid {
        /// The document.
        id: String,
        /// The format.
        format: &'static str,
        /// What.
        message: String,
    },
    /// The file system said no.
    #[error("cannot write: {0}")]
    Write(std::io::ErrorKind),
}

/// Name and content of a file; of a format of one file the name is empty.
pub type File = (String, String);

impl Exchange {
    /// All formats.
    pub const ALL: [Self; 9] = [
        Self::Ours,
        Self::I2b2,
        Self::Brat,
        Self::Conll,
        Self::Tab,
        Self::Presidio,
        Self::LabelStudio,
        Self::Doccano,
        Self::Csv,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::I2b2 => "i2b2",
            Self::Brat => "brat",
            Self::Conll => "conll",
            Self::Tab => "tab",
            Self::Presidio => "presidio",
            Self::LabelStudio => "label-studio",
            Self::Doccano => "doccano",
            Self::Csv => "csv",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// True for formats that need a folder.
    pub fn is_folder(self) -> bool {
        matches!(self, Self::I2b2 | Self::Brat | Self::Csv)
    }

    /// The documents of some files; `name` stands for the file of an empty name in errors.
    ///
    /// # Errors
    /// The first [`GoldError`]: file, line and reason.
    ///
    /// # Examples
    /// ```
    /// use caseveil::audit::Exchange;
    /// let files = [(String::new(), r#"{"id": 1, "text": "Ann Lee", "label": [[0, 7, "NAME"]]}"#.into())];
    /// let documents = Exchange::Doccano.decode(&files, "export.jsonl")?;
    /// assert_eq!((documents[0].id.as_str(), documents[0].spans[0].kind.as_str()), ("1", "NAME"));
    /// # Ok::<(), caseveil::audit::GoldError>(())
    /// ```
    pub fn decode(self, files: &[File], name: &str) -> Result<Vec<GoldDocument>, GoldError> {
        let documents = match self {
            Self::I2b2 => files.iter().map(i2b2::read).collect::<Result<_, _>>()?,
            Self::Brat => brat::read(files)?,
            Self::Csv => csv::read(files)?,
            _ => {
                let content = files.first().map_or("", |(_, content)| content.as_str());
                match self {
                    Self::Conll => conll::read(content, name)?,
                    Self::Tab => tools::read_tab(content, name)?,
                    Self::Presidio => tools::read_presidio(content, name)?,
                    Self::LabelStudio => tools::read_label_studio(content, name)?,
                    Self::Doccano => tools::read_doccano(content, name)?,
                    _ => read_jsonl(content, name)?,
                }
            }
        };
        documents.iter().try_for_each(text::inside)?;
        Ok(documents)
    }

    /// The files of some documents.
    ///
    /// # Errors
    /// [`ExchangeError::Unsaid`] for what the format cannot hold.
    pub fn encode(self, documents: &[GoldDocument]) -> Result<Vec<File>, ExchangeError> {
        let one = |content: String| Ok(vec![(String::new(), content)]);
        let unsaid = |id: &str, message: String| ExchangeError::Unsaid {
            id: id.to_owned(),
            format: self.name(),
            message,
        };
        for d in documents {
            text::inside(d).map_err(|_| unsaid(&d.id, "a span that leaves the text".to_owned()))?;
            let plain = Path::new(&d.id).components().all(|c| matches!(c, Component::Normal(_)));
            if self.is_folder() && (d.id.is_empty() || !plain) {
                return Err(unsaid(&d.id, "an id that is no name of a file".to_owned()));
            }
        }
        match self {
            Self::Ours => one(write_jsonl(documents)),
            Self::I2b2 => {
                each(documents, |d| Ok(vec![i2b2::write(d).map_err(|m| unsaid(&d.id, m))?]))
            }
            Self::Brat => each(documents, |d| brat::write(d).map_err(|m| unsaid(&d.id, m))),
            Self::Csv => csv::write(documents).map_err(|m| unsaid("spans.csv", m)),
            Self::Conll => one(documents.iter().try_fold(String::new(), |all, d| {
                conll::write(d).map(|one| all + &one).map_err(|m| unsaid(&d.id, m))
            })?),
            Self::Tab => one(tools::write_tab(documents)),
            Self::Presidio => one(tools::write_presidio(documents)),
            Self::LabelStudio => one(tools::write_label_studio(documents)),
            Self::Doccano => one(tools::write_doccano(documents)),
        }
    }

    /// The documents of a file, or of the folder of a format that has one.
    ///
    /// # Errors
    /// The first [`GoldError`].
    pub fn read(self, path: &Path) -> Result<Vec<GoldDocument>, GoldError> {
        let mut files = Vec::new();
        if path.is_dir() {
            collect(path, path, &mut files)?;
            files.sort();
        } else {
            files.push((String::new(), content(path)?));
        }
        let name = path.display().to_string();
        if path.is_dir() && !self.is_folder() {
            let message = format!("{} is one file, not a folder", self.name());
            return Err(GoldError::Line { file: name, line: 0, message });
        }
        self.decode(&files, &name)
    }

    /// Writes documents to a file, or below a folder.
    ///
    /// # Errors
    /// What [`Exchange::encode`] says, and what the file system says.
    pub fn write(self, documents: &[GoldDocument], path: &Path) -> Result<(), ExchangeError> {
        let wrong = |e: std::io::Error| ExchangeError::Write(e.kind());
        for (name, content) in self.encode(documents)? {
            let file = if name.is_empty() { path.to_owned() } else { path.join(&name) };
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(wrong)?;
            }
            fs::write(file, content).map_err(wrong)?;
        }
        Ok(())
    }
}

fn each(
    documents: &[GoldDocument],
    write: impl Fn(&GoldDocument) -> Result<Vec<File>, ExchangeError>,
) -> Result<Vec<File>, ExchangeError> {
    Ok(documents.iter().map(write).collect::<Result<Vec<_>, _>>()?.concat())
}

fn content(path: &Path) -> Result<String, GoldError> {
    fs::read_to_string(path)
        .map_err(|e| GoldError::Read { file: path.display().to_string(), kind: e.kind() })
}

/// The text files below a folder, by their names below it.
fn collect(root: &Path, folder: &Path, out: &mut Vec<File>) -> Result<(), GoldError> {
    let unreadable =
        |e: std::io::Error| GoldError::Read { file: folder.display().to_string(), kind: e.kind() };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let known = ["xml", "txt", "ann", "csv"];
        if path.is_dir() {
            collect(root, &path, out)?;
        } else if path.extension().is_some_and(|e| known.iter().any(|k| e == *k)) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
            out.push((name.replace('\\', "/"), content(&path)?));
        }
    }
    Ok(())
}

//! The files of a rule folder: part of the binary, or read from disk to try a change.

use super::lexicon::Lexicon;
use super::lexicon_build::{self, Tables};
use super::load::RuleError;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs;
use std::path::Path;

/// A file in the binary: name, digest, content (for all but lexicon sources), and TOML as JSON.
type Embedded = (&'static str, [u8; 32], Option<&'static str>, Option<&'static str>);

// `FILES`; `TABLES`: of the lexicons, compiled; `MODEL`: weights of the tagger; `NETWORK`: of its
// network; `TYPING`: of the types; `WATCHER`: of the gate's own model.
include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A file of the rule folder.
#[derive(Clone, Debug)]
struct RuleFileText {
    name: String,
    digest: [u8; 32],
    /// Absent for the sources of embedded lexicon tables.
    text: Option<Cow<'static, str>>,
    /// What the TOML of an embedded file says, as JSON, which is read sooner.
    json: Option<&'static str>,
}

/// All files of a rule folder, sorted by name.
#[derive(Clone, Debug)]
pub struct RuleFiles {
    files: Vec<RuleFileText>,
    model: Cow<'static, [u8]>,
    network: Cow<'static, [u8]>,
    typing: Cow<'static, [u8]>,
    watcher: Cow<'static, [u8]>,
}

/// The files that are part of the binary.
pub fn embedded() -> RuleFiles {
    let file = |&(name, digest, text, json): &Embedded| RuleFileText {
        name: name.to_owned(),
        digest,
        text: text.map(Cow::Borrowed),
        json,
    };
    RuleFiles {
        files: FILES.iter().map(file).collect(),
        model: Cow::Borrowed(MODEL),
        network: Cow::Borrowed(NETWORK),
        typing: Cow::Borrowed(TYPING),
        watcher: Cow::Borrowed(WATCHER),
    }
}

impl RuleFiles {
    /// Reads a rule folder from disk.
    ///
    /// # Errors
    /// [`RuleError::Read`] naming the file that could not be read.
    pub fn read(dir: &Path) -> Result<Self, RuleError> {
        let mut names = Vec::new();
        list(dir, dir, &mut names)?;
        names.sort();
        let mut files = Vec::with_capacity(names.len());
        let mut model = Cow::Borrowed(&[] as &[u8]);
        let mut network = Cow::Borrowed(&[] as &[u8]);
        let mut typing = Cow::Borrowed(&[] as &[u8]);
        let mut watcher = Cow::Borrowed(&[] as &[u8]);
        for name in names {
            let bytes = fs::read(dir.join(&name))
                .map_err(|e| RuleError::Read { file: name.clone(), kind: e.kind() })?;
            let digest = Sha256::digest(&bytes).into();
            let text = if name.starts_with("watcher/") {
                watcher = Cow::Owned(bytes);
                None
            } else if name.starts_with("network/") {
                network = Cow::Owned(bytes);
                None
            } else if name.starts_with("typing/") {
                typing = Cow::Owned(bytes);
                None
            } else {
                match String::from_utf8(bytes) {
                    Ok(text) => Some(Cow::Owned(text)),
                    Err(e) => {
                        model = Cow::Owned(e.into_bytes());
                        None
                    }
                }
            };
            files.push(RuleFileText { name, digest, text, json: None });
        }
        Ok(Self { files, model, network, typing, watcher })
    }

    /// The same files without weights of the types.
    #[must_use]
    pub fn without_typing(self) -> Self {
        Self { typing: Cow::Borrowed(&[]), ..self }
    }

    /// The same files without weights of the tagger and of its network.
    #[must_use]
    pub fn without_model(self) -> Self {
        Self { model: Cow::Borrowed(&[]), network: Cow::Borrowed(&[]), ..self }
    }

    /// Names and contents of the files that are text and at hand.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|f| Some((f.name.as_str(), f.text.as_deref()?)))
    }

    /// What a TOML file says, as JSON, where that is at hand: of embedded files.
    pub(super) fn json(&self, name: &str) -> Option<&'static str> {
        self.files.iter().find(|f| f.name == name)?.json
    }

    /// What a TOML file says; that of the binary where the folder has none.
    ///
    /// # Errors
    /// What TOML says of it.
    pub(crate) fn parsed<T: DeserializeOwned>(&self, name: &str) -> Result<T, toml::de::Error> {
        let Some(text) = self.text(name) else {
            let own = embedded();
            return own.text(name).map_or_else(|| toml::from_str(""), |_| own.parsed(name));
        };
        let json = self.json(name).and_then(|json| serde_json::from_str(json).ok());
        json.map_or_else(|| toml::from_str(text), Ok)
    }

    /// Names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|f| f.name.as_str())
    }

    /// The content of a file by its name in the rule folder, such as `taxonomy.toml`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts().find(|(n, _)| *n == name).map(|(_, text)| text)
    }

    /// Weights of the tagger; empty when there are none.
    pub fn model(&self) -> &[u8] {
        &self.model
    }

    /// Weights of the tagger's network; empty when there are none.
    pub fn network(&self) -> &[u8] {
        &self.network
    }

    /// `sha256:` of the weights of the tagger, which name those of its network; `None` when there are none.
    pub fn model_digest(&self) -> Option<String> {
        // The last, as it is the last that is read.
        let model = self.files.iter().rfind(|f| f.name.starts_with("models/"))?;
        (!self.model.is_empty()).then(|| format!("sha256:{}", hex(&model.digest)))
    }

    /// Weights of the types; empty when there are none.
    pub fn typing(&self) -> &[u8] {
        &self.typing
    }

    /// Weights of the gate's own model; empty when there are none.
    pub fn watcher(&self) -> &[u8] {
        &self.watcher
    }

    /// `sha256:` of the names and digests of all files.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            hash.update(file.name.as_bytes());
            hash.update([0]);
            hash.update(file.digest);
        }
        format!("sha256:{}", hex(&hash.finalize()))
    }

    /// The word and phrase tables: the embedded ones when their sources are the same, else
    /// compiled here and kept in the temporary folder under the digest of their sources.
    pub(super) fn lexicon(&self) -> Result<Lexicon, RuleError> {
        let sources = |files: &[RuleFileText]| -> Vec<(String, [u8; 32])> {
            let lexicon = files.iter().filter(|f| is_lexicon_source(&f.name));
            lexicon.map(|f| (f.name.clone(), f.digest)).collect()
        };
        let own = sources(&self.files);
        if own == sources(&embedded().files) {
            return Ok(Lexicon::new(TABLES.clone()).unwrap_or_default());
        }
        // The code that makes the tables is part of the key, as in the build script.
        let mut hash = Sha256::new();
        for code in lexicon_build::CODE {
            hash.update(code);
        }
        for (name, digest) in &own {
            hash.update(name.as_bytes());
            hash.update(digest);
        }
        let key = hex(&hash.finalize()[..12]);
        let cache = std::env::temp_dir().join(format!("caseveil-lexicon-{key}"));
        let part = |name: &str| fs::read(cache.join(name)).map(Cow::Owned).unwrap_or_default();
        if let Some(lexicon) = Lexicon::new(Tables::read(part)) {
            return Ok(lexicon);
        }
        let tables = lexicon_build::compile(self.texts().filter(|(n, _)| is_lexicon_source(n)))
            .map_err(|e| RuleError::Lexicon { file: e.file, line: e.line, message: e.message })?;
        // A cache that cannot be written costs time, nothing else.
        if fs::create_dir_all(&cache).is_ok() {
            for (name, bytes) in tables.parts() {
                let _ = fs::write(cache.join(name), bytes);
            }
        }
        Ok(Lexicon::new(tables).unwrap_or_default())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The files that the tables are made from.
fn is_lexicon_source(name: &str) -> bool {
    name.starts_with("lexicons/") && (name.ends_with(".tsv") || name.ends_with("/exceptions.txt"))
}

fn list(root: &Path, dir: &Path, out: &mut Vec<String>) -> Result<(), RuleError> {
    let fail = |path: &Path, e: &std::io::Error| RuleError::Read {
        file: path.display().to_string(),
        kind: e.kind(),
    };
    for entry in fs::read_dir(dir).map_err(|e| fail(dir, &e))? {
        let path = entry.map_err(|e| fail(dir, &e))?.path();
        if path.is_dir() {
            list(root, &path, out)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            let name = name.to_string_lossy().replace('\\', "/");
            if is_rule_file(&name) {
                out.push(name);
            }
        }
    }
    Ok(())
}

include!("kinds.rs");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_the_model_is_that_of_its_bytes() {
        let files = embedded();
        let digest = format!("sha256:{}", hex(&Sha256::digest(files.model())));
        assert_eq!(files.model_digest(), Some(digest));
        assert_eq!(RuleFiles { model: Cow::Borrowed(&[]), ..files }.model_digest(), None);
    }

    #[test]
    fn a_file_of_toml_says_the_same_as_json() {
        let files = embedded();
        let names: Vec<&str> = files.names().filter(|n| n.ends_with(".toml")).collect();
        for name in &names {
            let Some(text) = files.text(name) else { continue };
            let plain: serde_json::Value = toml::from_str(text).expect("it is TOML");
            let parsed: serde_json::Value = files.parsed(name).expect("it is TOML");
            assert_eq!(plain, parsed, "{name}");
        }
        let none = RuleFiles { files: Vec::new(), ..files };
        let own: toml::Table = none.parsed("risk/places.toml").expect("the binary has it");
        assert!(!own.is_empty());
        assert!(none.parsed::<toml::Table>("none.toml").expect("nothing is TOML").is_empty());
    }
}

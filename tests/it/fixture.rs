//! A small rule folder and a way to run the binary: trials of the doors that do not change when a
//! rule or the tagger does.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RULE: &str = r#"
entity = "HEALTH_NUMBER"
[[rule]]
id = "ca.on.trial"
summary = "ten digits with a check digit, and a version code"
source = "made for trials of the doors"
lang = ["en", "fr"]
pattern = '\d{4}[ \-]?\d{3}[ \-]?\d{3}(?: [A-Z]{2})?'
checksum = "luhn"
context = { words = ["ohip"], within = 8 }
score = { alone = 0.30, with_context = 0.95, valid = 0.45 }
[[rule.positive]]
text = "OHIP 9876-543-217"
finds = ["9876-543-217"]
[[rule.positive]]
text = "OHIP 9876543217 JK"
finds = ["9876543217 JK"]
[[rule.negative]]
text = "1234567890"
why = "no cue"
[[rule.negative]]
text = "pain 7/10"
why = "no number"
"#;

const POLICY: &str = r#"
id = "echo-case"
version = 1
summary = "for trials"
default = "tag"
# Its one rule is meant.
gate.self-test = false
"#;

/// Folders of one trial; gone when it ends.
pub(crate) struct Fixture {
    root: TempDir,
}

impl Fixture {
    /// One rule for health numbers, one policy, no lexicons and no tagger.
    pub(crate) fn new() -> Self {
        let root = TempDir::new().unwrap();
        for (name, text) in [("identifiers/trial.toml", RULE), ("policies/echo-case.toml", POLICY)]
        {
            let to = root.path().join("rules").join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text).unwrap();
        }
        Self { root }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes an input file below `in/`.
    pub(crate) fn input(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// The binary in the folder of the trial, with the small rule folder.
    pub(crate) fn run(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Run {
        let mut command = Command::cargo_bin("caseveil").unwrap();
        command.current_dir(self.root.path()).args(arguments).args(["--rules", "rules"]);
        let done = command.write_stdin(stdin.as_ref()).output().unwrap();
        Run {
            status: done.status.code().unwrap(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: said(done.stderr),
        }
    }

    /// What a run wrote below a folder, without what it tells about itself.
    pub(crate) fn outputs(&self, folder: &str) -> Vec<(String, String)> {
        let own = ["manifest.jsonl", "report.html", "report.json"];
        let mut found = self.files(folder);
        found.retain(|(name, _)| !own.contains(&name.as_str()));
        found
    }

    /// Every file below a folder: relative name and content, sorted.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, String)> {
        let root = self.path(folder);
        let mut found = Vec::new();
        if root.is_dir() {
            list(&root, &root, &mut found);
        }
        found.sort();
        found
    }
}

/// What a run said, without the lines that tell a slow machine's user how far it is.
pub(crate) fn said(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap();
    let progress = |l: &&str| l.contains(" inputs, ") && l.trim_end().ends_with(" left");
    text.split_inclusive('\n').filter(|l| !progress(l)).collect()
}

/// What a run said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn list(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Copies a folder with all below it.
#[cfg(feature = "cli")]
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

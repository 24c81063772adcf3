//! Endings of file names: what a file is, and what is packed around it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Endings that may be kept: they say what a file is, not whose.
const EXTENSIONS: [&str; 34] = [
    "txt", "text", "md", "json", "jsonl", "ndjson", "csv", "tsv", "log", "html", "htm", "xml",
    "note", "fhir", "hl7", "cda", "cds", "rtf", "eml", "docx", "xlsx", "docm", "xlsm", "pdf",
    "parquet", "doc", "bin", "gz", "gzip", "zst", "zip", "tar", "tgz", "tzst",
];

/// Endings of what is packed around a file.
const PACKED: [&str; 6] = ["gz", "gzip", "zst", "zip", "tar", "tgz"];

/// The endings of a name that say what it is, such as `jsonl.gz`.
pub(super) fn extension(path: &Path) -> String {
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
pub(super) fn as_text(path: &Path) -> PathBuf {
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
pub(in crate::batch) fn without_packing(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while path.extension().and_then(OsStr::to_str).is_some_and(|own| {
        PACKED.contains(&own.to_ascii_lowercase().as_str()) && path.file_stem().is_some()
    }) {
        path.set_extension("");
    }
    path
}

/// The name without the endings that say what it is.
pub(super) fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, own)) if EXTENSIONS.contains(&own.to_ascii_lowercase().as_str()) => {
            without_extension(stem)
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_a_file_is() {
        assert_eq!(without_extension("notes.TXT"), "notes");
        assert_eq!(without_extension("notes.tremblay"), "notes.tremblay");
        for (name, leaves) in [
            ("a/letter.PDF", "a/letter.PDF.txt"),
            ("letter.pdf.gz", "letter.pdf.txt.gz"),
            ("letter.pdf.zip", "letter.pdf.zip"),
            ("pdf", "pdf"),
        ] {
            assert_eq!(as_text(Path::new(name)), Path::new(leaves));
        }
    }
}

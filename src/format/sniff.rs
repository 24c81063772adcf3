//! What bytes are: by their marks and their structure; a file name only decides what is open.

use super::{Format, FormatError};
use crate::decode;

/// Marks of files that nobody can search here, and what they are.
const REFUSED: &[(&[u8], &str)] = &[
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"BM", "an image"),
    (b"II*\0", "an image"),
    (b"MM\0*", "an image"),
    (b"RIFF", "a sound, film or image"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip file within"),
    (b"\x28\xb5\x2f\xfd", "a zstd file within"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"SQLite format 3\0", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
];

/// Where the mark of a PDF may stand.
const PDF_HEAD: usize = 1024;

/// How many bytes of text are looked at where not all are needed.
const HEAD: usize = 64 << 10;

/// Tells what a document is from its content; the file name decides where content leaves it open.
///
/// # Errors
/// [`FormatError::Unsupported`] for what is no text and no format that can be searched.
///
/// # Examples
/// ```
/// use caseveil::format::{Format, sniff};
/// assert_eq!(sniff(None, b"{\"a\": 1}"), Ok(Format::Json));
/// assert_eq!(sniff(Some("x.txt"), b"pain 7/10"), Ok(Format::Text));
/// assert!(sniff(Some("x.txt"), b"\x89PNG\r\n\x1a\n\0").is_err());
/// ```
pub fn sniff(name: Option<&str>, bytes: &[u8]) -> Result<Format, FormatError> {
    let extension = name.and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    let extension = extension.as_deref().unwrap_or("");
    if let Some(format) = packed(bytes)? {
        return Ok(format);
    }
    let (text, _) = decode::text(bytes);
    let is_text = is_text(&text);
    // Two letters may begin a text as well as a file: the mark counts where the rest is no text.
    let refused =
        REFUSED.iter().find(|(mark, _)| bytes.starts_with(mark) && (mark.len() > 3 || !is_text));
    if let Some((_, what)) = refused {
        return Err(FormatError::Unsupported(what));
    }
    if !is_text {
        return Err(FormatError::Unsupported("a binary file of unknown kind"));
    }
    Ok(of_text(&text, extension))
}

/// Formats that are no text.
fn packed(bytes: &[u8]) -> Result<Option<Format>, FormatError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return super::office::kind(bytes).map(Some);
    }
    // Readers take a PDF that begins a little later.
    if memchr::memmem::find(&bytes[..bytes.len().min(PDF_HEAD)], b"%PDF-")
        .is_some_and(|at| at == 0 || !is_text(&decode::text(bytes).0))
    {
        return Ok(Some(Format::Pdf));
    }
    if bytes.starts_with(b"PAR1") || bytes.starts_with(b"PARE") {
        return Ok(Some(Format::Parquet));
    }
    if bytes.starts_with(b"{\\rtf") {
        return Ok(Some(Format::Rtf));
    }
    Ok(None)
}

/// True for text: no zero, and hardly a character that no keyboard writes.
fn is_text(text: &str) -> bool {
    let odd = |c: &char| {
        (c.is_control() && !"\t\n\r\u{b}\u{c}\u{1c}\u{1d}\u{1e}\u{85}".contains(*c))
            || *c == '\u{fffd}'
    };
    let (all, odd) = (text.chars().count(), text.chars().filter(odd).count());
    !text.contains('\0') && odd * 50 <= all
}

fn of_text(text: &str, extension: &str) -> Format {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let text_name = matches!(extension, "txt" | "text" | "md");
    let hl7 = start.trim_start_matches('\u{b}');
    if ["MSH|", "FHS|", "BHS|"].iter().any(|m| hl7.starts_with(m)) {
        return Format::Hl7;
    }
    if extension == "eml" || !text_name && is_email(start) {
        return Format::Email;
    }
    if matches!(extension, "json") {
        return if super::is_fhir(start) { Format::Fhir } else { Format::Json };
    }
    if matches!(extension, "jsonl" | "ndjson") {
        return Format::JsonLines;
    }
    if text_name {
        return Format::Text;
    }
    if start.starts_with(['{', '['])
        && let Some(format) = json(start)
    {
        return format;
    }
    if start.starts_with('<')
        && let Some(format) = markup(start, extension)
    {
        return format;
    }
    table(text, extension).unwrap_or(Format::Text)
}

/// JSON or JSON lines, when the text is valid as that.
fn json(text: &str) -> Option<Format> {
    let valid = |t: &str| serde_json::from_str::<serde::de::IgnoredAny>(t).is_ok();
    if valid(text) {
        return Some(if super::is_fhir(text) { Format::Fhir } else { Format::Json });
    }
    let mut lines = text.lines().filter(|l| !l.trim().is_empty());
    lines.next().is_some_and(valid).then_some(Format::JsonLines)
}

/// True for the headers of an e-mail: a letter in plain text may have a sender and a subject too,
/// so one that only machines write is asked for.
fn is_email(text: &str) -> bool {
    let mut machine = false;
    for (i, line) in text.lines().take(200).enumerate() {
        if line.is_empty() {
            return machine && i > 1;
        }
        if line.starts_with([' ', '\t']) && i > 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return false;
        }
        let name = name.to_ascii_lowercase();
        machine |=
            matches!(name.as_str(), "message-id" | "mime-version" | "received" | "return-path");
    }
    false
}

/// A page or another document of tags; text that only begins with one is text.
fn markup(text: &str, extension: &str) -> Option<Format> {
    let head = text[..text.floor_char_boundary(1024)].to_ascii_lowercase();
    let page = head.starts_with("<!doctype html") || head.contains("<html");
    if page || matches!(extension, "html" | "htm" | "xhtml") {
        return Some(Format::Html);
    }
    let says = head.starts_with("<?xml") || head.contains("xmlns") || extension == "xml";
    says.then_some(Format::Xml)
}

/// A table: by its file name, or because all lines have the same number of cells.
fn table(text: &str, extension: &str) -> Option<Format> {
    let head = &text[..text.floor_char_boundary(HEAD)];
    let counts = |delimiter: char| {
        let mut lines = head.lines().filter(|l| !l.trim().is_empty());
        let first = lines.next()?.matches(delimiter).count();
        let same = lines.clone().all(|l| l.matches(delimiter).count() == first);
        Some((first, same && lines.count() >= 2))
    };
    if extension == "tsv" {
        return Some(Format::Tsv);
    }
    if extension == "csv" {
        let most = [',', ';', '\t', '|'].into_iter().max_by_key(|&d| {
            // The earlier one wins when counts are equal.
            let (n, _) = counts(d).unwrap_or((0, false));
            (n, std::cmp::Reverse([',', ';', '\t', '|'].iter().position(|&x| x == d)))
        });
        return Some(most.map_or(Format::Csv(b','), of_delimiter));
    }
    let regular = |d: &char| counts(*d).is_some_and(|(n, same)| same && n >= 2);
    [',', ';', '\t', '|'].into_iter().find(regular).map(of_delimiter)
}

fn of_delimiter(delimiter: char) -> Format {
    if delimiter == '\t' { Format::Tsv } else { Format::Csv(delimiter as u8) }
}

//! DOCX and XLSX: every part of the package is opened, whatever it is for.
//!
//! Text parts are searched and written back; pictures become one white dot, since nobody can
//! search them; embedded files are emptied; styles that somebody named get a number for a name;
//! macros and locks are refused.

mod file_name;
mod attribute;
mod markup_part;
mod cell;
mod serial;
mod sheet;
mod style;

use super::part::{Builder, Part, Written};
use super::{Content, Format, FormatError, Nest};
use file_name::is_usual;
use sheet::Workbook;
use std::io::{Cursor, Read, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Bytes that a package may unpack to.
const UNPACKED: usize = 256 << 20;
/// Files that a package may hold.
const FILES: usize = 20_000;

/// A white dot.
const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\x0aIDAT\x78\x9c\x63\xf8\x0f\0\x01\x01\x01\0\x1b\xb6\xee\x56\0\0\0\0IEND\xae\x42\x60\x82";

/// A file of a package.
struct Entry {
    name: String,
    data: Data,
}

enum Data {
    Bytes(Vec<u8>),
    Part(Part),
}

/// A package and its files, in their order.
pub(super) struct Package {
    entries: Vec<Entry>,
}

/// What a zip is, when it is an Office package.
pub(super) fn kind(bytes: &[u8]) -> Result<Format, FormatError> {
    let zip = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| broken("its directory", "it cannot be read"))?;
    let names: Vec<_> = zip.file_names().filter_map(Result::ok).collect();
    let has = |folder: &str| names.iter().any(|n| n.starts_with(folder));
    if !names.iter().any(|n| n == "[Content_Types].xml") {
        return Err(FormatError::Unsupported("an archive within a document"));
    }
    if has("word/") {
        Ok(Format::Docx)
    } else if has("xl/") {
        Ok(Format::Xlsx)
    } else {
        Err(FormatError::Unsupported("a presentation or drawing"))
    }
}

fn broken(place: &str, problem: &'static str) -> FormatError {
    FormatError::Syntax { format: "Office package", place: place.to_owned(), problem }
}

pub(super) fn open(
    bytes: &[u8],
    format: Format,
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let mut files = unpack(bytes)?;
    let kind = if format == Format::Docx { "word processor document" } else { "workbook" };
    let macros = |(name, data): &(String, Vec<u8>)| {
        let name = name.to_ascii_lowercase();
        name.ends_with("vbaproject.bin")
            || name.contains("macrosheets/")
            || name == "[content_types].xml"
                && memchr::memmem::find(data, b"macroEnabled").is_some()
    };
    if files.iter().any(macros) {
        return Err(FormatError::Macros(kind));
    }
    style::rename(&mut files)?;
    let mut entries = Vec::new();
    let mut workbook = (format == Format::Xlsx).then(|| Workbook::read(&files)).transpose()?;
    for (number, (name, data)) in files.into_iter().enumerate() {
        if !is_usual(&name) {
            return Err(broken(
                &format!("file {}", number + 1),
                "its name may tell of a person; save the document anew",
            ));
        }
        let lower = name.to_ascii_lowercase();
        let extension = lower.rsplit('.').next().unwrap_or("");
        let data = match extension {
            "xml" | "rels" | "vml" if lower.contains("/embeddings/") => Data::Bytes(Vec::new()),
            "xml" | "rels" | "vml" => {
                let place = |e| in_file(e, number);
                let sheet = lower.starts_with("xl/worksheets/") && extension == "xml";
                match &mut workbook {
                    Some(_) if lower == "xl/sharedstrings.xml" || lower == "xl/styles.xml" => {
                        Data::Bytes(data)
                    }
                    Some(book) if sheet => {
                        Data::Part(book.sheet(&data, nest, builder).map_err(place)?)
                    }
                    _ => Data::Part(markup_part::open(&data, nest, builder).map_err(place)?),
                }
            }
            "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "svg"
            | "wdp" | "webp" => {
                builder.note(super::NOTE_PICTURE);
                Data::Bytes(DOT.to_vec())
            }
            "odttf" | "fntdata" | "ttf" => {
                builder.note(super::NOTE_FONT);
                Data::Bytes(Vec::new())
            }
            _ if name.ends_with('/') => continue,
            _ => {
                builder.note(super::NOTE_FILE);
                Data::Bytes(Vec::new())
            }
        };
        entries.push(Entry { name, data });
    }
    if let Some(book) = workbook {
        for (name, part) in book.finish(nest, builder)? {
            if let Some(entry) = entries.iter_mut().find(|e| e.name.eq_ignore_ascii_case(name)) {
                entry.data = Data::Part(part);
            }
        }
    }
    Ok(Content::Package(Package { entries }))
}

fn in_file(error: FormatError, number: usize) -> FormatError {
    match error {
        FormatError::Syntax { format, place, problem } => FormatError::Syntax {
            format,
            place: format!("file {} of the package, {place}", number + 1),
            problem,
        },
        other => other,
    }
}

/// All files, within bounds.
fn unpack(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, FormatError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| broken("its directory", "it cannot be read"))?;
    if zip.len() > FILES {
        return Err(FormatError::TooLarge { limit: UNPACKED });
    }
    let (mut files, mut total) = (Vec::new(), 0);
    for i in 0..zip.len() {
        let place = format!("file {}", i + 1);
        let file = zip.by_index(i).map_err(|e| match e {
            zip::result::ZipError::UnsupportedArchive(_) => {
                FormatError::Encrypted("Office package")
            }
            _ => broken(&place, "it cannot be unpacked"),
        })?;
        let name = file.name().map_err(|_| broken(&place, "its name cannot be read"))?.into_owned();
        let mut data = Vec::new();
        file.take((UNPACKED - total) as u64 + 1)
            .read_to_end(&mut data)
            .map_err(|_| broken(&place, "it cannot be unpacked"))?;
        total += data.len();
        if total > UNPACKED {
            return Err(FormatError::TooLarge { limit: UNPACKED });
        }
        files.push((name, data));
    }
    Ok(files)
}

impl Package {
    pub(super) fn write(&self, written: &Written<'_>) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        // No clock: the same input gives the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default());
        for entry in &self.entries {
            let bytes = match &entry.data {
                Data::Bytes(bytes) => bytes.clone(),
                Data::Part(part) => part.write(written),
            };
            let done = zip.start_file(entry.name.as_str(), options);
            let done = done.and_then(|()| Ok(zip.write_all(&bytes)?));
            done.expect("memory takes it, and the names come from a package");
        }
        zip.finish().expect("memory takes it").into_inner()
    }
}

//! File formats: every place where text can hide is opened, searched and written back.
//!
//! Enters: the bytes of one document. Leaves: its texts as cases, and, once these are released,
//! bytes of the same format in which nothing but entities changed. What cannot be opened is
//! refused, never passed through. Errors say what and where, never text of the input.
//!
//! ```
//! use caseveil::{case::CaseId, format, gate::Verdict, pipeline::Deidentifier};
//! let engine = Deidentifier::embedded("echo-case")?;
//! let bytes = b"note,health card\n\"pain 7/10\",9876-543-217\n";
//! let format = format::sniff(Some("export.csv"), bytes)?;
//! let opened = format::open(format, &CaseId::new("1"), bytes, None)?;
//! let mut scratch = engine.scratch();
//! let release = |case| match engine.release(case, &mut scratch).0 {
//!     Verdict::Released(released) => Some(released),
//!     Verdict::Held(_) => None,
//! };
//! let released: Vec<_> = opened.cases().iter().map(release).collect();
//! let out = opened.write(&released)?;
//! assert_eq!(out, b"note,health card\n\"pain 7/10\",[HEALTH-NUMBER-1]\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod kind;
mod error;
mod apart;
mod charset;
mod label;
mod part;
mod flow;
mod font;
mod markup;
mod json;
mod table;
mod html;
mod xml;
mod fhir;
mod hl7;
mod email;
mod rtf;
mod office;
pub(crate) mod pdf;
pub(crate) mod parquet;
mod sniff;

pub use apart::set_decoder;
pub use error::FormatError;
pub use kind::Format;
pub use sniff::sniff;

use crate::case::{Case, CaseId, FieldPolicy};
use crate::decode::{self, Form};
use crate::gate::ReleasedCase;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use charset::Charset;
use part::{Builder, Part, Written, plain};

/// A document opened: its texts, and the way back.
pub struct Opened {
    cases: Vec<Case>,
    starts: Vec<usize>,
    notes: Vec<&'static str>,
    content: Content,
    records: bool,
}

/// How a document is written back.
enum Content {
    /// As the one case renders itself.
    Case,
    /// A text with its slots.
    Part(Part),
    /// A package of files.
    Package(office::Package),
    /// Columns; they lie in no other document.
    Columns(parquet::Columns),
}

impl Content {
    fn write(&self, written: &Written<'_>) -> Vec<u8> {
        match self {
            Self::Case => {
                let released = written.released.first().and_then(Option::as_ref);
                released.map(|r| r.render().into_bytes()).unwrap_or_default()
            }
            Self::Part(part) => part.write(written),
            Self::Package(package) => package.write(written),
            Self::Columns(_) => Vec::new(),
        }
    }

    fn changes(&self, written: &Written<'_>) -> bool {
        match self {
            Self::Case | Self::Package(_) | Self::Columns(_) => true,
            Self::Part(part) => part.changes(written),
        }
    }
}

impl Opened {
    /// Its texts: one case, or one a record when [`Opened::is_records`].
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// True for tables and lines: each case is a record of its own, and one that is held is left
    /// out of the output. Otherwise the document leaves as a whole or not at all.
    pub fn is_records(&self) -> bool {
        self.records
    }

    /// What was left out because nobody can search it, in plain words.
    pub fn notes(&self) -> &[&'static str] {
        &self.notes
    }

    /// The document with the released texts in place; `None` stands for a case that is held.
    ///
    /// # Errors
    /// [`FormatError::Held`] when there is not one verdict for each case, or one of a document
    /// that is no table is held; [`FormatError::Syntax`] when the columns of a table cannot be
    /// written.
    pub fn write(&self, released: &[Option<ReleasedCase>]) -> Result<Vec<u8>, FormatError> {
        let whole = released.iter().all(Option::is_some);
        if released.len() != self.cases.len() || !whole && !self.records {
            return Err(FormatError::Held);
        }
        let own = |(c, r): (&Case, &Option<ReleasedCase>)| {
            r.as_ref().is_none_or(|r| r.id() == &c.id && r.masked().texts().len() == c.fields.len())
        };
        if !self.cases.iter().zip(released).all(own) {
            return Err(FormatError::Held);
        }
        let written = Written { cases: &self.cases, starts: &self.starts, released };
        match &self.content {
            Content::Columns(columns) => columns.write(&written),
            content => Ok(content.write(&written)),
        }
    }
}

/// Opens a document. `form` names known fields by label, for JSON keys and heads of columns.
///
/// # Errors
/// [`FormatError`] saying what is wrong and where.
pub fn open(
    format: Format,
    id: &CaseId,
    bytes: &[u8],
    form: Option<&Form>,
) -> Result<Opened, FormatError> {
    if let Format::Text | Format::Json = format {
        let json = format == Format::Json;
        let kind = if json { decode::Format::Json } else { decode::Format::Text };
        let case = decode::decode(id.clone(), bytes, kind, form)?;
        let content = Content::Case;
        return Ok(Opened {
            cases: vec![case],
            starts: vec![0],
            notes: Vec::new(),
            content,
            records: false,
        });
    }
    let mut builder = Builder::new(id);
    let content = open_within(format, bytes, Nest { form, depth: 0 }, &mut builder)?;
    let (cases, starts, notes) = builder.finish();
    let records = match format {
        Format::Csv(_) | Format::Tsv | Format::JsonLines | Format::Parquet => true,
        Format::Hl7 => cases.len() > 1,
        _ => false,
    };
    Ok(Opened { cases, starts, notes, content, records })
}

/// What documents within a document need to know.
#[derive(Clone, Copy)]
struct Nest<'n> {
    form: Option<&'n Form>,
    depth: usize,
}

/// How deep documents may lie in documents.
const DEPTH: usize = 4;

const NOTE_PICTURE: &str = "pictures were left out: nobody can search them";
const NOTE_FONT: &str = "embedded fonts were left out: they may be named after a person";
const NOTE_FILE: &str = "an embedded file was left out: it cannot be searched";

/// Opens a document into the cases of an outer one.
fn open_within(
    format: Format,
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    if nest.depth > DEPTH {
        return Err(FormatError::TooDeep(DEPTH));
    }
    match format {
        Format::Text => running(bytes, None, builder),
        Format::Csv(delimiter) => table::open(bytes, delimiter, nest.form, builder),
        Format::Tsv => table::open(bytes, b'\t', nest.form, builder),
        Format::Json | Format::Fhir => fhir::open(bytes, false, nest, builder),
        Format::JsonLines => fhir::open(bytes, true, nest, builder),
        Format::Xml => xml::open(bytes, nest, builder),
        Format::Html => html::open(bytes, None, nest, builder),
        Format::Hl7 => hl7::open(bytes, nest, builder),
        Format::Email => email::open(bytes, nest, builder),
        Format::Rtf => rtf::open(bytes, nest, builder),
        Format::Docx | Format::Xlsx => office::open(bytes, format, nest, builder),
        Format::Pdf => pdf::open(bytes, nest, builder),
        Format::Parquet => parquet::open(bytes, nest, builder),
    }
}

/// Running text, in the encoding that a label names, otherwise in the one that it looks like.
fn running(
    bytes: &[u8],
    charset: Option<&str>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let (source, charset) = Charset::read(bytes, charset)?;
    let (text, len) = (source.clone(), source.len());
    let mut part = Part::new(source, charset);
    let field = builder.text(text, FieldPolicy::Scrub);
    part.whole(0..len, field, len, plain);
    Ok(Content::Part(part))
}

/// True for a JSON value that says that it is a FHIR resource.
pub fn is_fhir(text: &str) -> bool {
    fhir::is_fhir(text)
}

/// Opens a file in base64 within a document; `None` for one that nobody can search, which is
/// left out and noted. A PDF or Parquet file keeps the whole document back.
fn attachment(
    text: &str,
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Option<Content>, FormatError> {
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let Ok(bytes) = BASE64.decode(packed) else {
        builder.note(NOTE_FILE);
        return Ok(None);
    };
    embedded(&bytes, nest, builder)
}

/// As [`attachment`], for the bytes of the file.
fn embedded(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Option<Content>, FormatError> {
    let inner = Nest { depth: nest.depth + 1, ..nest };
    let opened = sniff(None, bytes).and_then(|f| open_within(f, bytes, inner, builder));
    match opened {
        Ok(content) => Ok(Some(content)),
        Err(e @ (FormatError::TooDeep(_) | FormatError::Within(_))) => Err(e),
        Err(_) => {
            builder.note(NOTE_FILE);
            Ok(None)
        }
    }
}

fn base64_of(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

//! A body as what it is: a case in JSON or text, or a document of a format that can be searched.
//!
//! The media type says which, or a part of a multipart upload. What is declared must be what the
//! bytes are: a document read in the wrong way is one searched in the wrong way.

use super::body::{self, Received};
use super::doubts::Doubts;
use super::error::ServiceError;
use super::risk::RiskAnswer;
use super::state::App;
use crate::audit::Record;
use crate::case::CaseId;
use crate::decode;
use crate::detect::Scratch;
use crate::format::{self, Format, Opened};
use crate::gate::{ReleasedCase, Verdict};
use crate::pipeline::Deidentifier;
use axum::body::Bytes;
use axum::extract::Request;

mod multipart;

/// A body, whole and within its limits.
pub(super) enum Upload {
    /// A case.
    Case(Received),
    /// A document, with its cases inside.
    Document(Document),
}

/// The bytes of a document and what they are.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) format: Format,
    pub(super) bytes: Bytes,
}

impl Upload {
    /// Reads the body of a request.
    pub(super) async fn read(app: &App, request: Request) -> Result<Self, ServiceError> {
        let media_type = body::essence(request.headers())?;
        if media_type == "multipart/form-data" {
            let boundary = multipart::boundary(request.headers())?;
            let bytes = body::read(app, request).await?;
            let file = multipart::file(&bytes, &boundary)?;
            return of_file(&file.media_type, file.extension.as_deref(), file.bytes);
        }
        let known = matches!(media_type.as_str(), "application/json" | "text/plain");
        if !known && extension_of(&media_type).is_none() {
            return Err(ServiceError::UnsupportedType);
        }
        of(&media_type, body::read(app, request).await?)
    }

    /// What it is, by a stable name.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Case(received) if received.format == decode::Format::Json => "json",
            Self::Case(_) => "text",
            Self::Document(document) => document.name(),
        }
    }

    /// All of it.
    pub(super) fn bytes(&self) -> &Bytes {
        match self {
            Self::Case(received) => &received.bytes,
            Self::Document(document) => &document.bytes,
        }
    }
}

impl Document {
    /// The stable name of its format, which [`Document::named`] reads.
    pub(super) fn name(&self) -> &'static str {
        match self.format {
            Format::Fhir => "fhir",
            format => format.extension(),
        }
    }

    /// A document of that name; `None` for one of another kind.
    pub(super) fn named(name: &str, bytes: Bytes) -> Option<Self> {
        let file = if name == "fhir" { "json" } else { name };
        let format = format::sniff(Some(&format!("x.{file}")), &bytes).ok()?;
        let document = Self { format, bytes };
        (document.name() == name).then_some(document)
    }

    /// Its cases, and the way back.
    pub(super) fn open(&self, engine: &Deidentifier, id: &CaseId) -> Result<Opened, ServiceError> {
        Ok(format::open(self.format, id, &self.bytes, engine.rules().forms.first())?)
    }
}

/// The file name extension by which a media type is known; `None` for one that is not taken.
fn extension_of(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/fhir+json" => "json",
        "application/x-ndjson" | "application/jsonl" | "application/fhir+ndjson" => "jsonl",
        "text/csv" => "csv",
        "text/tab-separated-values" => "tsv",
        "application/xml" | "text/xml" => "xml",
        "text/html" => "html",
        "application/hl7-v2" | "x-application/hl7-v2+er7" => "hl7",
        "message/rfc822" => "eml",
        "application/rtf" | "text/rtf" => "rtf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/pdf" => "pdf",
        "application/vnd.apache.parquet" => "parquet",
        _ => return None,
    })
}

/// The media type under which a document of a format leaves.
pub(super) fn media_type(format: Format) -> &'static str {
    crate::store::Format::File(format.written()).media_type()
}

/// A body of a declared kind.
fn of(media_type: &str, bytes: Bytes) -> Result<Upload, ServiceError> {
    match media_type {
        "application/json" => {
            return Ok(Upload::Case(Received { format: decode::Format::Json, bytes }));
        }
        "text/plain" => return Ok(Upload::Case(Received { format: decode::Format::Text, bytes })),
        _ => {}
    }
    let extension = extension_of(media_type).ok_or(ServiceError::UnsupportedType)?;
    let format = format::sniff(Some(&format!("x.{extension}")), &bytes)?;
    let declared = match format {
        // A table may be cut by tabs whatever it is called.
        Format::Tsv => matches!(extension, "tsv" | "csv"),
        Format::Fhir => media_type == "application/fhir+json",
        format => format.extension() == extension && format != Format::Json,
    };
    if declared {
        Ok(Upload::Document(Document { format, bytes }))
    } else {
        Err(ServiceError::OtherFormat)
    }
}

/// A file of an upload: by its media type, where that says something, otherwise by its content.
fn of_file(
    media_type: &str,
    extension: Option<&str>,
    bytes: Bytes,
) -> Result<Upload, ServiceError> {
    if !matches!(media_type, "" | "application/octet-stream") {
        return of(media_type, bytes);
    }
    let name = extension.map(|e| format!("x.{e}"));
    let case = |format, bytes| Ok(Upload::Case(Received { format, bytes }));
    match format::sniff(name.as_deref(), &bytes)? {
        Format::Json => case(decode::Format::Json, bytes),
        Format::Text => case(decode::Format::Text, bytes),
        format => Ok(Upload::Document(Document { format, bytes })),
    }
}

/// What the gate says about one case of a document.
pub(super) struct Looked {
    /// The case, when it may leave.
    pub(super) released: Option<ReleasedCase>,
    pub(super) record: Record,
    pub(super) doubts: Doubts,
    pub(super) risk: RiskAnswer,
}

impl Looked {
    /// The doubts about all of them.
    pub(super) fn doubts(all: &[Self]) -> Doubts {
        Doubts::joined(all.iter().map(|l| &l.doubts))
    }
}

/// Looks at each case of a document.
pub(super) fn look(engine: &Deidentifier, scratch: &mut Scratch, opened: &Opened) -> Vec<Looked> {
    let look = |case| {
        let (verdict, record) = engine.release(case, scratch);
        let (released, doubts) = match verdict {
            Verdict::Released(released) => (Some(released), Doubts::default()),
            Verdict::Held(reasons) => (None, Doubts::of(case, &reasons)),
        };
        let risk = RiskAnswer::of(case, &record.risk, engine.signs());
        Looked { released, record, doubts, risk }
    };
    opened.cases().iter().map(look).collect()
}

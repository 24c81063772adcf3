//! The form in which a case leaves, as a column has it and as the hub is told.

use super::column::unreadable;
use crate::format;
use crate::gate::ReleasedCase;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The form in which a case leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Running text.
    Text,
    /// One JSON value.
    Json,
    /// A document of another format.
    File(format::Format),
}

impl Format {
    pub(super) fn of(case: &ReleasedCase) -> Self {
        if case.masked().is_text() { Self::Text } else { Self::Json }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::File(format::Format::Fhir) => "fhir",
            Self::File(format::Format::Json) => "file-json",
            Self::File(format) => format.extension(),
        }
    }

    /// The column of what is text or JSON.
    pub(super) fn column(self) -> &'static str {
        if self == Self::Json { "json" } else { "text" }
    }

    /// The column of what is a document of another format.
    pub(super) fn file(self) -> Option<&'static str> {
        matches!(self, Self::File(_)).then(|| self.name())
    }

    pub(super) fn from_name(name: &str) -> Result<Self, sqlx::Error> {
        use format::Format as F;
        Ok(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "txt" => Self::File(F::Text),
            // How it was cut matters for reading, and it is only passed on from here.
            "csv" => Self::File(F::Csv(b',')),
            "tsv" => Self::File(F::Tsv),
            "file-json" => Self::File(F::Json),
            "jsonl" => Self::File(F::JsonLines),
            "fhir" => Self::File(F::Fhir),
            "xml" => Self::File(F::Xml),
            "html" => Self::File(F::Html),
            "hl7" => Self::File(F::Hl7),
            "eml" => Self::File(F::Email),
            "rtf" => Self::File(F::Rtf),
            "docx" => Self::File(F::Docx),
            "xlsx" => Self::File(F::Xlsx),
            "pdf" => Self::File(F::Pdf),
            "parquet" => Self::File(F::Parquet),
            _ => return Err(unreadable()),
        })
    }

    /// The media type under which it leaves.
    pub fn media_type(self) -> &'static str {
        use format::Format as F;
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json | Self::File(F::Json) => "application/json",
            // The text of a PDF is UTF-8, which we wrote.
            Self::File(F::Text) => "text/plain; charset=utf-8",
            Self::File(F::Pdf) => "application/pdf",
            Self::File(F::Parquet) => "application/vnd.apache.parquet",
            Self::File(F::Csv(_)) => "text/csv",
            Self::File(F::Tsv) => "text/tab-separated-values",
            Self::File(F::JsonLines) => "application/x-ndjson",
            Self::File(F::Fhir) => "application/fhir+json",
            Self::File(F::Xml) => "application/xml",
            Self::File(F::Html) => "text/html",
            Self::File(F::Hl7) => "application/hl7-v2",
            Self::File(F::Email) => "message/rfc822",
            Self::File(F::Rtf) => "application/rtf",
            Self::File(F::Docx) => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            Self::File(F::Xlsx) => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        }
    }

    /// The file name extension under which it leaves.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::File(format) => format.extension(),
        }
    }

    /// A body as a column holds it: documents need not be text.
    pub(super) fn to_column(self, body: &[u8]) -> String {
        match self {
            Self::Text | Self::Json => String::from_utf8_lossy(body).into_owned(),
            Self::File(_) => BASE64_STANDARD.encode(body),
        }
    }

    pub(super) fn of_column(self, column: String) -> Result<Vec<u8>, sqlx::Error> {
        match self {
            Self::Text | Self::Json => Ok(column.into_bytes()),
            Self::File(_) => BASE64_STANDARD.decode(column).map_err(|_| unreadable()),
        }
    }
}

//! The formats: their names as files, and what is written for each.

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Running text, Markdown included.
    Text,
    /// Comma-separated values; the delimiter may also be `;` or `|`.
    Csv(u8),
    /// Tab-separated values.
    Tsv,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// A FHIR R4 resource in JSON.
    Fhir,
    /// CDA, CDS and other XML.
    Xml,
    /// A page.
    Html,
    /// HL7 v2, one message or more.
    Hl7,
    /// An e-mail with its headers and parts.
    Email,
    /// Rich text.
    Rtf,
    /// A word processor's document in Office Open XML.
    Docx,
    /// A workbook in Office Open XML.
    Xlsx,
    /// Pages; what is written is their text.
    Pdf,
    /// Columns.
    Parquet,
}

impl Format {
    /// The file name extension by which it is known.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv(_) => "csv",
            Self::Tsv => "tsv",
            Self::Json | Self::Fhir => "json",
            Self::JsonLines => "jsonl",
            Self::Xml => "xml",
            Self::Html => "html",
            Self::Hl7 => "hl7",
            Self::Email => "eml",
            Self::Rtf => "rtf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Parquet => "parquet",
        }
    }

    /// The format of what is written: nobody writes into a PDF, its text leaves.
    #[must_use]
    pub fn written(self) -> Self {
        if self == Self::Pdf { Self::Text } else { self }
    }
}

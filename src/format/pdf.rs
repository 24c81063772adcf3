//! PDF: its text, form fields and comments, as running text. The file itself is never passed on.
//!
//! What is seen and is no text is refused or noted: pages that are pictures, fonts that do not say
//! which letters they draw, embedded files. Properties, bookmarks and links are left out.

mod layout;

use super::apart::{self, Kind};
use super::charset::Charset;
use super::part::{Builder, Part, plain};
use super::{Content, FormatError, Nest, label};
use crate::case::FieldPolicy;
use serde::{Deserialize, Serialize};

const NOTE_REST: &str =
    "properties, bookmarks and links of the PDF were left out: only what it shows was read";

/// What the decoder says of a file.
#[derive(Serialize, Deserialize)]
pub(crate) enum Answer {
    /// What can be read in it.
    Read(Shown),
    /// It is encrypted, with or without a password that opens it.
    Encrypted,
    /// This page, from 1, is a picture.
    NoText(usize),
    /// Its fonts draw letters and do not say which.
    NoLetters,
    /// A form that a program draws.
    Xfa,
    /// It is none.
    Broken,
}

/// What a reader sees.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Lines of each page.
    pub(crate) pages: Vec<Vec<Line>>,
    /// Names and values of form fields.
    pub(crate) fields: Vec<(String, String)>,
    /// What annotations say.
    pub(crate) comments: Vec<String>,
    /// There are pictures or drawings.
    pub(crate) pictures: bool,
    /// There are embedded files.
    pub(crate) files: bool,
    /// There are properties, bookmarks, links or programs.
    pub(crate) rest: bool,
}

/// A line of text and where it stands, in points along and across the direction of writing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// Height of its base line: it falls down the page.
    pub(crate) base: f64,
    /// Height of its letters.
    pub(crate) size: f64,
}

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    if nest.depth > 0 {
        // Its place is that of a PDF, and what is written is text.
        return Err(FormatError::Within("a PDF"));
    }
    let shown = match apart::ask::<Answer>(Kind::Pdf, bytes)? {
        Answer::Read(shown) => shown,
        Answer::Encrypted => return Err(FormatError::Encrypted("PDF")),
        Answer::NoText(page) => return Err(FormatError::NoText { what: "PDF", page }),
        Answer::NoLetters => {
            return Err(FormatError::Unsupported(
                "a PDF whose fonts do not say which letters they draw",
            ));
        }
        Answer::Xfa => return Err(FormatError::Unsupported("a PDF form that a program draws")),
        Answer::Broken => {
            return Err(FormatError::Syntax {
                format: "PDF",
                place: "its structure".to_owned(),
                problem: "it cannot be read",
            });
        }
    };
    for (left, note) in [
        (shown.pictures, super::NOTE_PICTURE),
        (shown.files, super::NOTE_FILE),
        (shown.rest, NOTE_REST),
    ] {
        if left {
            builder.note(note);
        }
    }
    let mut writing = Writing { source: String::new(), pieces: Vec::new() };
    for page in &shown.pages {
        writing.paragraph(&layout::running(page));
    }
    for (name, value) in &shown.fields {
        writing.labelled(name, value, nest);
    }
    for comment in &shown.comments {
        writing.paragraph(comment);
    }
    Ok(Content::Part(writing.end(builder)))
}

/// The text that is written, and what of it is read in which light.
struct Writing {
    source: String,
    pieces: Vec<Piece>,
}

struct Piece {
    start: usize,
    end: usize,
    label: String,
    policy: FieldPolicy,
}

impl Writing {
    fn push(&mut self, text: &str, label: &str, policy: FieldPolicy) {
        let start = self.source.len();
        self.source.push_str(text);
        let (end, label) = (self.source.len(), label.to_owned());
        self.pieces.push(Piece { start, end, label, policy });
    }

    fn paragraph(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if !self.source.is_empty() {
            self.source.push('\n');
        }
        self.push(text.trim_end(), "", FieldPolicy::Scrub);
        self.source.push('\n');
    }

    /// A field of a form: its name and its value on a line.
    fn labelled(&mut self, name: &str, value: &str, nest: Nest<'_>) {
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            return;
        }
        if !name.is_empty() {
            self.push(name, "", FieldPolicy::Scrub);
            self.source.push_str(": ");
        }
        match label::policy(nest.form, name) {
            FieldPolicy::Drop => {}
            policy => self.push(value, name, policy),
        }
        self.source.push('\n');
    }

    fn end(self, builder: &mut Builder) -> Part {
        let mut part = Part::new(self.source, Charset::UTF8);
        for Piece { start, end, label, policy } in self.pieces {
            let text = part.source()[start..end].to_owned();
            let len = text.len();
            let field = builder.labelled(&label, text, policy);
            part.whole(start..end, field, len, plain);
        }
        part
    }
}

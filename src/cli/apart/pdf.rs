//! What a PDF shows, for [`crate::format`]: pages, form fields, comments, and whether there is more
//! in it than that.

mod content;
mod font;
mod form;
mod line;
mod matrix;

use crate::format::pdf::{Answer, Shown};
use content::{Page, Reader};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

/// Bytes that one stream may unpack to.
const STREAM: usize = 128 << 20;

/// How far a dictionary may lie below another in a tree.
const DEPTH: usize = 32;

/// Letters below which a page that is mostly a picture counts as one: a stamp or a fax header.
const FEW: usize = 300;

/// Drawings on a page without letters from which they may be letters.
const MANY: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Answer {
    let options = LoadOptions { max_decompressed_size: Some(STREAM), ..LoadOptions::default() };
    let document = match Document::load_mem_with_options(bytes, options) {
        Ok(document) => document,
        Err(e) if says_password(&e) => return Answer::Encrypted,
        Err(_) => return Answer::Broken,
    };
    if document.is_encrypted() || document.was_encrypted() || document.trailer.has(b"Encrypt") {
        return Answer::Encrypted;
    }
    let Ok(catalog) = document.catalog() else { return Answer::Broken };
    let mut shown = Shown::default();
    if let Some(form) = dictionary(&document, catalog, b"AcroForm") {
        if form.has(b"XFA") {
            return Answer::Xfa;
        }
        form::fields(&document, form, &mut shown);
    }
    let pages = document.get_pages();
    // Pages that cannot be found are passed over there; a document that lacks some is none.
    let said = dictionary(&document, catalog, b"Pages").and_then(|p| value(&document, p, b"Count"));
    let said = said.and_then(|n| n.as_i64().ok()).and_then(|n| usize::try_from(n).ok());
    if pages.is_empty() || said != Some(pages.len()) {
        return Answer::Broken;
    }
    let (mut letters, mut unknown) = (0, 0);
    let mut reader = Reader::new(&document);
    for (number, id) in pages {
        let Some(page) = reader.page(id) else { return Answer::Broken };
        let Page { lines, letters: own, unknown: lost, covered, pictures, drawings } = page;
        let pictured = covered >= 0.5 && own < FEW || own == 0 && pictures;
        if pictured || own == 0 && drawings >= MANY {
            return Answer::NoText(number as usize);
        }
        shown.pictures |= pictures || own == 0 && drawings > 0;
        letters += own;
        unknown += lost;
        if letters > content::LETTERS {
            return Answer::Broken;
        }
        shown.pages.push(lines);
        if let Ok(page) = document.get_dictionary(id) {
            form::annotations(&document, page, &mut shown);
        }
    }
    if unknown * 20 > letters {
        return Answer::NoLetters;
    }
    if letters == 0 && shown.fields.is_empty() && shown.comments.is_empty() {
        return Answer::NoText(1);
    }
    beside(&document, catalog, &mut shown);
    Answer::Read(shown)
}

fn says_password(error: &lopdf::Error) -> bool {
    matches!(error, lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword)
}

/// What nobody sees on a page.
fn beside(document: &Document, catalog: &Dictionary, shown: &mut Shown) {
    let names = dictionary(document, catalog, b"Names");
    shown.files |= names.is_some_and(|n| n.has(b"EmbeddedFiles"))
        || [b"AF".as_slice(), b"Collection"].iter().any(|key| catalog.has(key));
    shown.rest |= document.trailer.has(b"Info")
        || names.is_some_and(|n| n.has(b"JavaScript"))
        || [b"Outlines".as_slice(), b"Metadata", b"OpenAction", b"AA", b"PageLabels"]
            .iter()
            .any(|key| catalog.has(key));
}

/// The object that a key names, wherever it lies.
fn value<'d>(document: &'d Document, of: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
    of.get_deref(key, document).ok()
}

fn dictionary<'d>(
    document: &'d Document,
    of: &'d Dictionary,
    key: &[u8],
) -> Option<&'d Dictionary> {
    match value(document, of, key)? {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

fn array<'d>(document: &'d Document, of: &'d Dictionary, key: &[u8]) -> &'d [Object] {
    value(document, of, key).and_then(|o| o.as_array().ok()).map_or(&[], Vec::as_slice)
}

fn resolved<'d>(document: &'d Document, object: &'d Object) -> Option<&'d Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

fn number(document: &Document, object: &Object) -> Option<f64> {
    resolved(document, object)?.as_float().ok().map(f64::from).filter(|n| n.is_finite())
}

/// A value of a page that its ancestors may hold.
fn inherited<'d>(document: &'d Document, page: ObjectId, key: &[u8]) -> Option<&'d Object> {
    let mut own = document.get_dictionary(page).ok()?;
    for _ in 0..DEPTH {
        if let Some(found) = value(document, own, key) {
            return Some(found);
        }
        own = dictionary(document, own, b"Parent")?;
    }
    None
}

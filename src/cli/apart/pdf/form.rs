//! What is filled into a form, and what is written beside the text.

use super::{DEPTH, array, dictionary, resolved, value};
use crate::format::pdf::Shown;
use lopdf::{Dictionary, Document, Object, decode_text_string};

/// How many fields and comments are read, of forms that refer to themselves in circles.
const MANY: usize = 100_000;

/// The fields of a form and their values.
pub(super) fn fields(document: &Document, form: &Dictionary, shown: &mut Shown) {
    for field in array(document, form, b"Fields") {
        field_below(document, field, ("", None), 0, shown);
    }
}

fn field_below(
    document: &Document,
    field: &Object,
    (above, kept): (&str, Option<&Object>),
    depth: usize,
    shown: &mut Shown,
) {
    let Some(Object::Dictionary(own)) = resolved(document, field) else { return };
    if depth > DEPTH || shown.fields.len() > MANY {
        return;
    }
    let said = |key| value(document, own, key).and_then(text).filter(|t| !t.trim().is_empty());
    // What a person reads, where the field has that.
    let name = said(b"TU").or_else(|| said(b"T")).unwrap_or_else(|| above.to_owned());
    let kept = value(document, own, b"V").or(kept);
    let kids = array(document, own, b"Kids");
    // Kids without a name are the places where one value is shown.
    let named = |kid: &Object| matches!(resolved(document, kid), Some(Object::Dictionary(kid)) if kid.has(b"T"));
    if kids.iter().any(named) {
        for kid in kids {
            field_below(document, kid, (&name, kept), depth + 1, shown);
        }
        return;
    }
    if let Some(value) = kept.and_then(|v| entered(document, v)) {
        shown.fields.push((name, value));
    }
}

/// What was entered or chosen.
fn entered(document: &Document, value: &Object) -> Option<String> {
    match value {
        Object::Array(chosen) => {
            let all = chosen.iter().filter_map(|o| resolved(document, o)).filter_map(text);
            Some(all.collect::<Vec<_>>().join(", "))
        }
        Object::Name(name) if name == b"Off" => None,
        Object::Stream(stream) => {
            let bytes = stream.get_plain_content_with_limit(super::STREAM).ok()?;
            text(&Object::String(bytes, lopdf::StringFormat::Literal))
        }
        other => text(other),
    }
}

fn text(object: &Object) -> Option<String> {
    match object {
        Object::String(..) => decode_text_string(object).ok(),
        Object::Name(name) => Some(String::from_utf8_lossy(name).into_owned()),
        _ => None,
    }
}

/// What the annotations of a page say; what else they do is told as left out.
pub(super) fn annotations(document: &Document, page: &Dictionary, shown: &mut Shown) {
    for annotation in array(document, page, b"Annots") {
        let Some(Object::Dictionary(own)) = resolved(document, annotation) else { continue };
        let kind = value(document, own, b"Subtype").and_then(|o| o.as_name().ok()).unwrap_or(b"");
        let said = value(document, own, b"Contents").and_then(text);
        shown.files |= kind == b"FileAttachment" || own.has(b"FS");
        shown.rest |= own.has(b"A") || own.has(b"AA") || own.has(b"T") && kind != b"Widget";
        match said.filter(|s| !s.trim().is_empty()) {
            // What a link is called stands on the page; a popup repeats its comment.
            _ if matches!(kind, b"Widget" | b"Popup" | b"Link") || shown.comments.len() > MANY => {}
            Some(said) => shown.comments.push(said),
            // A stamp or a drawing: what it shows is no text.
            None if kind != b"Link" && dictionary(document, own, b"AP").is_some() => {
                shown.pictures = true;
            }
            None => {}
        }
    }
}

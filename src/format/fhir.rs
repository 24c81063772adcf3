//! FHIR R4 and other JSON, written back with its own spacing.
//!
//! In a FHIR resource the element decides: names, identifiers, contacts, addresses and dates are
//! masked whole, ids and references keep pointing to each other, attachments and narratives are
//! opened, codes stay, and all other text is searched in the light of its element or question.

use super::charset::Charset;
use super::json::{self, Kind, Value, quote};
use super::part::{Builder, Fill, Part};
use super::{Content, FormatError, Nest, attachment, html, label};
use crate::case::FieldPolicy;
use crate::decode::Form;
use crate::entity::EntityType as E;
use std::ops::Range;

mod date;
mod element;

/// True for a JSON object that says that it is a FHIR resource.
pub(super) fn is_fhir(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memmem::find(bytes, b"\"resourceType\"").is_some() && text.starts_with('{')
}

/// Opens one value, or one a line when `lines`.
pub(super) fn open(
    bytes: &[u8],
    lines: bool,
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let (source, charset) = Charset::read(bytes, None)?;
    let values = json::values(&source)?;
    if !lines && values.len() != 1 {
        let place = format!("byte {}", values.get(1).map_or(0, |v| v.range.start));
        return Err(FormatError::Syntax { format: "JSON", place, problem: "not one value" });
    }
    let mut part = Part::new(source, charset);
    for value in &values {
        if lines {
            builder.cut();
            let end = line_end(part.source(), value.range.end);
            part.slot(value.range.start..end, Fill::Record { case: builder.case() });
        }
        let mut walk = Walk { part: &mut part, builder, nest };
        if value.get("resourceType").is_some() {
            walk.resource(value, "")?;
        } else {
            walk.any(value, FieldPolicy::Scrub)?;
        }
    }
    Ok(Content::Part(part))
}

fn line_end(source: &str, from: usize) -> usize {
    memchr::memchr(b'\n', &source.as_bytes()[from..]).map_or(source.len(), |i| from + i + 1)
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place<'v> {
    /// The type of the resource.
    resource: &'v str,
    /// The element that holds the object.
    element: &'v str,
    /// The object.
    object: &'v Value,
    /// The question that an answer answers.
    question: &'v str,
}

struct Walk<'w, 'n> {
    part: &'w mut Part,
    builder: &'w mut Builder,
    nest: Nest<'n>,
}

impl Walk<'_, '_> {
    fn form(&self) -> Option<&Form> {
        self.nest.form
    }

    fn resource(&mut self, object: &Value, element: &str) -> Result<(), FormatError> {
        let resource = object.get("resourceType").and_then(Value::as_str).unwrap_or("");
        self.object(Place { resource, element, object, question: "" })
    }

    fn object(&mut self, place: Place<'_>) -> Result<(), FormatError> {
        let Kind::Object(pairs) = &place.object.kind else { return Ok(()) };
        let question = place.object.get("text").and_then(Value::as_str);
        let question = question.filter(|_| place.element == "item").unwrap_or(place.question);
        let place = Place { question, ..place };
        for (key, value) in pairs {
            let name = key.as_str().unwrap_or("");
            if !element::is_name(name) {
                let field = self.builder.text(name.to_owned(), FieldPolicy::Scrub);
                self.part.whole(key.range.clone(), field, name.len(), quote);
            }
            // What it says beside its value stands in a member of the same name.
            let alone = element::is_name(name)
                && !name.starts_with('_')
                && place.object.get(&format!("_{name}")).is_none();
            match value.as_str() {
                Some(text) if alone && date::is_date(name, text) => {
                    self.date(place, name, key.range.start..value.range.end, text);
                }
                _ => self.member(place, name.trim_start_matches('_'), value)?,
            }
        }
        Ok(())
    }

    fn member(&mut self, place: Place<'_>, name: &str, value: &Value) -> Result<(), FormatError> {
        match &value.kind {
            Kind::Word => Ok(()),
            Kind::Array(items) => items.iter().try_for_each(|item| self.member(place, name, item)),
            Kind::Object(_) if value.get("resourceType").is_some() => self.resource(value, name),
            Kind::Object(_) => self.object(Place { element: name, object: value, ..place }),
            Kind::Number => {
                let literal = self.part.source()[value.range.clone()].to_owned();
                let policy =
                    element::policy(place.resource, place.element, name, &literal, place.object);
                self.leaf(place, name, value, literal, policy);
                Ok(())
            }
            Kind::String(text) => self.string(place, name, value, text),
        }
    }

    fn string(
        &mut self,
        place: Place<'_>,
        name: &str,
        value: &Value,
        text: &str,
    ) -> Result<(), FormatError> {
        match name {
            "div" => {
                let content = html::open(text.as_bytes(), Some("utf-8"), self.nest, self.builder)?;
                self.nested(value, content, |b| quote(&String::from_utf8_lossy(b)));
                Ok(())
            }
            "data" if element::is_attachment(place.element, place.object) => self.data(value, text),
            // A digest of the file as it was lets anyone test a guess.
            "hash" if element::is_attachment(place.element, place.object) => {
                self.part.slot(value.range.clone(), Fill::Fixed("\"\"".to_owned()));
                Ok(())
            }
            "id" | "reference" | "fullUrl" => {
                self.reference(value, text);
                Ok(())
            }
            "state" | "country" if text.len() <= 2 => Ok(()),
            _ if element::is_code(place.element, name, text, place.object) => Ok(()),
            _ => {
                let policy = self.policy(place, name, text);
                self.leaf(place, name, value, text.to_owned(), policy);
                Ok(())
            }
        }
    }

    fn leaf(
        &mut self,
        place: Place<'_>,
        name: &str,
        value: &Value,
        text: String,
        policy: FieldPolicy,
    ) {
        if policy == FieldPolicy::Drop {
            return self.part.slot(value.range.clone(), Fill::Fixed("\"\"".to_owned()));
        }
        let answers = place.element == "answer" && !place.question.is_empty();
        let label = match name {
            _ if answers => place.question,
            "value" | "text" | "display" | "valueString" | "name" | "div" => place.element,
            _ => name,
        };
        let len = text.len();
        let field = self.builder.labelled(label, text, policy);
        self.part.whole(value.range.clone(), field, len, quote);
    }

    /// A date, which is written as one or as a value that is masked.
    fn date(&mut self, place: Place<'_>, name: &str, member: Range<usize>, text: &str) {
        let policy = self.policy(place, name, text);
        if policy == FieldPolicy::Drop {
            return self.part.slot(member, Fill::Fixed(date::member(name, "")));
        }
        let answers = place.element == "answer" && !place.question.is_empty();
        let label = if answers { place.question } else { name };
        let field = self.builder.labelled(label, text.to_owned(), policy);
        let (span, name) = (0..text.len(), name.to_owned());
        self.part.slot(member, Fill::Made { field, span, make: date::member, name });
    }

    fn policy(&self, place: Place<'_>, name: &str, text: &str) -> FieldPolicy {
        let policy = element::policy(place.resource, place.element, name, text, place.object);
        if policy == FieldPolicy::Scrub && !place.question.is_empty() && name != "text" {
            return label::policy(self.form(), place.question);
        }
        policy
    }

    fn nested(&mut self, value: &Value, content: Content, wrap: fn(&[u8]) -> String) {
        let content = Box::new(content);
        self.part.slot(value.range.clone(), Fill::Nested { content, wrap });
    }

    /// The file in an attachment: opened, or left out when it cannot be searched.
    fn data(&mut self, value: &Value, text: &str) -> Result<(), FormatError> {
        match attachment(text, self.nest, self.builder)? {
            Some(content) => self.nested(value, content, |b| quote(&super::base64_of(b))),
            None => self.part.slot(value.range.clone(), Fill::Fixed("\"\"".to_owned())),
        }
        Ok(())
    }

    /// The id in `Patient/id`, `#id`, `urn:uuid:id` or a URL. The same id gets the same number
    /// wherever it stands, so that references go on pointing; the host of a server is left out.
    fn reference(&mut self, value: &Value, text: &str) {
        let literal = &self.part.source()[value.range.clone()];
        if literal.len() != text.len() + 2 {
            // Escapes inside: no place for it in FHIR, so it is masked as a whole.
            let field = self.builder.labelled("id", text.to_owned(), FieldPolicy::Mask(E::Id));
            return self.part.whole(value.range.clone(), field, text.len(), quote);
        }
        let start = value.range.start + 1;
        let id = id_range(text);
        let server = text[..id.start].rfind("://").map_or(0..0, |_| {
            let path = text[..id.start].trim_end_matches('/');
            0..path.rfind('/').unwrap_or(path.len())
        });
        if !server.is_empty() && !text.starts_with(MASKED_SERVER) {
            let range = start + server.start..start + server.end;
            self.part.slot(range, Fill::Fixed(MASKED_SERVER.to_owned()));
        }
        if id.is_empty() {
            return;
        }
        let own = text[id.clone()].to_owned();
        let field = self.builder.labelled("id", own, FieldPolicy::Mask(E::Id));
        self.part.whole(start + id.start..start + id.end, field, id.len(), bare);
    }

    /// JSON of no known kind: every key and value is searched.
    fn any(&mut self, value: &Value, policy: FieldPolicy) -> Result<(), FormatError> {
        match &value.kind {
            Kind::Word => Ok(()),
            Kind::Array(items) => items.iter().try_for_each(|item| self.any(item, policy)),
            Kind::Object(_) if value.get("resourceType").is_some() => self.resource(value, ""),
            Kind::Object(pairs) => pairs.iter().try_for_each(|(key, value)| {
                let name = key.as_str().unwrap_or("");
                let own = label::policy(self.form(), name);
                let field = self.builder.key(name, own != FieldPolicy::Scrub);
                self.part.whole(key.range.clone(), field, name.len(), quote);
                self.any(value, if own == FieldPolicy::Scrub { policy } else { own })
            }),
            Kind::Number | Kind::String(_) => {
                if policy == FieldPolicy::Drop {
                    self.part.slot(value.range.clone(), Fill::Fixed("null".to_owned()));
                    return Ok(());
                }
                let text = match value.as_str() {
                    Some(text) => text.to_owned(),
                    None => self.part.source()[value.range.clone()].to_owned(),
                };
                let len = text.len();
                let field = self.builder.text(text, policy);
                self.part.whole(value.range.clone(), field, len, quote);
                Ok(())
            }
        }
    }
}

/// What stands for the server in a URL of a resource.
const MASKED_SERVER: &str = "http://masked.invalid";

/// Where the id stands in a reference.
fn id_range(text: &str) -> Range<usize> {
    let end = text.find("/_history/").unwrap_or(text.len());
    let own = &text[..end];
    let start = own.rfind(['/', '#', ':', '?', '=']).map_or(0, |i| i + 1);
    start..end
}

/// A tag without its brackets: an id has letters, digits, hyphens and full stops only.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).collect()
}

//! HL7 v2: identified fields masked whole, all other text searched, embedded files opened.
//!
//! Separators, escapes and line ends stay as they are; a file of several messages is several
//! cases. Segments of the house (`Z..`) and unknown ones are free text throughout.

use super::charset::Charset;
use super::flow::Flow;
use super::part::{Builder, Fill, Part};
use super::{Content, FormatError, Nest, attachment, base64_of};
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;
use std::ops::Range;

mod escape;
mod table;

use table::Holds;

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let (source, charset) = Charset::read(bytes, None)?;
    let segments = lines(&source);
    let mut part = Part::new(source.clone(), charset);
    let mut message = Message { source: &source, nest, kind: String::new(), label: String::new() };
    let heads: Vec<usize> = segments
        .iter()
        .filter(|r| source[(*r).clone()].starts_with("MSH"))
        .map(|r| r.start)
        .collect();
    let mut next = heads.iter().copied();
    let mut start = next.next();
    for (number, range) in segments.iter().enumerate() {
        if start == Some(range.start) {
            start = next.next();
            builder.cut();
            let end = start.unwrap_or(source.len());
            if heads.len() > 1 {
                part.slot(range.start..end, Fill::Record { case: builder.case() });
            }
        }
        message.segment(number, range.clone(), &mut part, builder)?;
    }
    Ok(Content::Part(part))
}

/// Segments; the marks of the wire protocol around a message are no part of them.
fn lines(source: &str) -> Vec<Range<usize>> {
    let end = |c: char| matches!(c, '\r' | '\n' | '\u{b}' | '\u{1c}' | '\u{feff}');
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, c) in source.char_indices().chain([(source.len(), '\r')]) {
        if end(c) {
            if start < at {
                lines.push(start..at);
            }
            start = at + c.len_utf8();
        }
    }
    lines
}

struct Message<'m> {
    source: &'m str,
    nest: Nest<'m>,
    /// OBX-2 of the segment.
    kind: String,
    /// OBX-3 of the segment: what is observed.
    label: String,
}

impl Message<'_> {
    fn segment(
        &mut self,
        number: usize,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        let text = &self.source[range.clone()];
        let fail = |problem| {
            let place = format!("segment {}", number + 1);
            Err(FormatError::Syntax { format: "HL7", place, problem })
        };
        let name = text.get(..3).unwrap_or("");
        let named = name.len() == 3 && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let headed = matches!(name, "MSH" | "FHS" | "BHS");
        if headed && !(text[3..].starts_with("|^~\\&|") || text[3..].starts_with("|^~\\&#|")) {
            return fail("the separators are not |^~\\&");
        }
        if !named || !matches!(text.as_bytes().get(3), None | Some(b'|')) {
            // A line break inside a text: the rest of it.
            let mut flow = Flow::new();
            escape::decode(self.source, range, &mut flow);
            flow.end("", FieldPolicy::Scrub, part, builder);
            return Ok(());
        }
        // The separator itself is the first field of a header.
        let mut field = usize::from(headed);
        let fields: Vec<Range<usize>> = split(self.source, range, '|').skip(1).collect();
        let at = |n: usize| fields.get(n - 1).map_or("", |r| &self.source[r.clone()]);
        if name == "OBX" {
            at(2).clone_into(&mut self.kind);
            let mut observed = at(3).split('^');
            let code = observed.next().unwrap_or("");
            observed.next().filter(|t| !t.is_empty()).unwrap_or(code).clone_into(&mut self.label);
        }
        for own in &fields {
            field += 1;
            if headed && field == 2 || own.is_empty() {
                continue;
            }
            self.field(name, field, own.clone(), part, builder)?;
        }
        Ok(())
    }

    fn field(
        &self,
        segment: &str,
        number: usize,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        let observed = segment == "OBX" && number == 5;
        if observed && self.kind == "ED" {
            return self.file(range, part, builder);
        }
        let holds = table::holds(segment, number);
        let free = observed && matches!(self.kind.as_str(), "TX" | "FT" | "ST" | "");
        if free || holds == Holds::Text {
            let mut flow = Flow::new();
            for (i, line) in split(self.source, range, '~').enumerate() {
                flow.show(if i > 0 { "\n" } else { "" });
                self.components(line, &mut flow);
            }
            let label = if observed { self.label.as_str() } else { "" };
            flow.end(label, FieldPolicy::Scrub, part, builder);
            return Ok(());
        }
        for own in split(self.source, range, '~') {
            let pieces: Vec<Range<usize>> = split(self.source, own, '^').collect();
            self.typed(holds, &pieces, part, builder, observed);
        }
        Ok(())
    }

    /// One repetition of a field of a known type.
    fn typed(
        &self,
        holds: Holds,
        pieces: &[Range<usize>],
        part: &mut Part,
        builder: &mut Builder,
        observed: bool,
    ) {
        // A few components together are one name.
        let mut name = |from: usize, to: usize, entity: E, builder: &mut Builder| {
            let mut flow = Flow::new();
            for piece in pieces.iter().take(to).skip(from) {
                escape::decode(self.source, piece.clone(), &mut flow);
                flow.show(" ");
            }
            flow.end("", FieldPolicy::Mask(entity), part, builder);
        };
        let done = match holds {
            Holds::Code => return,
            Holds::Name(entity) => {
                name(0, 4, entity, builder);
                0..4
            }
            Holds::Provider => {
                name(0, 1, E::ProfLicence, builder);
                name(1, 5, E::PersonProvider, builder);
                0..5
            }
            Holds::Whole(entity) => {
                name(0, 1, entity, builder);
                0..1
            }
            Holds::Address => {
                name(0, 2, E::Street, builder);
                name(2, 3, E::City, builder);
                name(4, 5, E::PostalCode, builder);
                name(8, 9, E::City, builder);
                0..0
            }
            Holds::Phone => {
                for (i, piece) in pieces.iter().enumerate() {
                    let text = &self.source[piece.clone()];
                    if text.contains('@') {
                        name(i, i + 1, E::Email, builder);
                    } else if text.bytes().any(|b| b.is_ascii_digit()) {
                        name(i, i + 1, E::Phone, builder);
                    }
                }
                0..0
            }
            Holds::Text | Holds::Any => 0..0,
        };
        for (i, piece) in pieces.iter().enumerate() {
            let address = holds == Holds::Address && matches!(i, 0 | 1 | 2 | 4 | 8);
            let text = &self.source[piece.clone()];
            let phone = holds == Holds::Phone
                && (text.contains('@') || text.bytes().any(|b| b.is_ascii_digit()));
            if done.contains(&i) || address || phone {
                continue;
            }
            let policy =
                if is_date(text) { FieldPolicy::Mask(E::Date) } else { FieldPolicy::Scrub };
            let mut flow = Flow::new();
            escape::decode(self.source, piece.clone(), &mut flow);
            flow.end(if observed { &self.label } else { "" }, policy, part, builder);
        }
    }

    fn components(&self, range: Range<usize>, flow: &mut Flow) {
        for (i, piece) in split(self.source, range, '^').enumerate() {
            flow.show(if i > 0 { " " } else { "" });
            escape::decode(self.source, piece, flow);
        }
    }

    /// A file: its data opened, or left out.
    fn file(
        &self,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        let pieces: Vec<Range<usize>> = split(self.source, range, '^').collect();
        let Some(data) = pieces.get(4).filter(|r| !r.is_empty()) else {
            self.typed(Holds::Any, &pieces, part, builder, false);
            return Ok(());
        };
        self.typed(Holds::Any, &pieces[..1], part, builder, false);
        let base64 = self.source[pieces[3].clone()].eq_ignore_ascii_case("base64");
        let text = self.source[data.clone()].replace("\\.br\\", "").replace("\\X0D\\", "");
        let content = if base64 { attachment(&text, self.nest, builder)? } else { None };
        // What follows the data belongs to no field of this type.
        let all = data.start..pieces[pieces.len() - 1].end;
        match content {
            Some(content) => {
                let content = Box::new(content);
                part.slot(all, Fill::Nested { content, wrap: base64_of });
            }
            None => {
                builder.note(super::NOTE_FILE);
                part.slot(all, Fill::Fixed(String::new()));
            }
        }
        Ok(())
    }
}

fn split(source: &str, range: Range<usize>, at: char) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = range.start;
    source[range].split(at).map(move |piece| {
        let own = start..start + piece.len();
        start = own.end + 1;
        own
    })
}

/// `20190314`, with or without a time.
fn is_date(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = |r: Range<usize>| text.get(r).and_then(|t| t.parse::<u32>().ok()).unwrap_or(0);
    matches!(digits, 8 | 10 | 12 | 14)
        && text[digits..].bytes().all(|b| b.is_ascii_digit() || b".+-".contains(&b))
        && (1900..2100).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
}

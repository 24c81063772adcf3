//! E-mail: addresses and trace headers, subject, every part in its encoding, attachments.
//!
//! Headers that say which way a message went name servers and people and are left out; so are
//! names of files. Parts that nobody can search are emptied and noted.

use super::charset::Charset;
use super::part::{Builder, Fill, Part};
use super::{Content, FormatError, Nest, embedded, html, label, running};
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{
    Encoding, Header, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use std::ops::Range;

/// Headers that go with a message wherever it goes.
const KEPT: &[&str] =
    &["mime-version", "content-transfer-encoding", "content-language", "importance", "priority"];

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let broken = |problem| FormatError::Syntax {
        format: "e-mail",
        place: "its headers".to_owned(),
        problem,
    };
    let message = MessageParser::default().parse(bytes).ok_or_else(|| broken("none is found"))?;
    // Each byte as a character, since parts have encodings of their own.
    let source = encoding_rs::mem::decode_latin1(bytes).into_owned();
    let mut mail = Mail {
        part: Part::new(source, Charset::BYTES),
        wide: memchr_wide(bytes),
        bytes,
        nest,
        builder,
    };
    for (number, part) in message.parts.iter().enumerate() {
        for header in &part.headers {
            mail.header(header, part);
        }
        let range = part.offset_body as usize..part.offset_end as usize;
        if range.start > range.end || range.end > bytes.len() {
            return Err(broken("its parts do not fit"));
        }
        match &part.body {
            PartType::Multipart(children) => {
                let end = if number == 0 { bytes.len() } else { range.end };
                mail.between(range.start..end, children, &message);
            }
            _ => mail.body(range, part)?,
        }
    }
    Ok(Content::Part(mail.part))
}

fn memchr_wide(bytes: &[u8]) -> Vec<usize> {
    bytes.iter().enumerate().filter(|(_, b)| !b.is_ascii()).map(|(i, _)| i).collect()
}

struct Mail<'m, 'b> {
    part: Part,
    /// Positions of bytes that take two bytes in the source text.
    wide: Vec<usize>,
    bytes: &'m [u8],
    nest: Nest<'m>,
    builder: &'b mut Builder,
}

/// Puts bytes back into the encoding of a part.
type Wrap = fn(&[u8]) -> String;

impl Mail<'_, '_> {
    /// From positions of bytes to positions in the source text.
    fn at(&self, range: Range<usize>) -> Range<usize> {
        let shift = |i: usize| i + self.wide.partition_point(|&w| w < i);
        shift(range.start)..shift(range.end)
    }

    fn header(&mut self, header: &Header<'_>, part: &MessagePart<'_>) {
        let name = header.name.as_str().to_ascii_lowercase();
        let whole = header.offset_field as usize..header.offset_end as usize;
        let start = (header.offset_start as usize).min(self.bytes.len());
        let raw = &self.bytes[start..whole.end.min(self.bytes.len())];
        let lead = raw.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let tail = raw.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
        if lead + tail >= raw.len() || KEPT.contains(&name.as_str()) {
            return;
        }
        let value = self.at(start + lead..start + raw.len() - tail);
        match name.as_str() {
            "content-type" => {
                if let Some(new) = plain_type(header) {
                    self.part.slot(value, Fill::Fixed(new));
                }
            }
            "content-disposition" => {
                let inline =
                    part.content_disposition().is_some_and(mail_parser::ContentType::is_inline);
                let new = if inline { "inline" } else { "attachment" };
                self.part.slot(value, Fill::Fixed(new.to_owned()));
            }
            "from" | "to" | "cc" | "bcc" | "sender" | "reply-to" => {
                self.names(&header.value);
                let text = String::from_utf8_lossy(raw).trim().to_owned();
                let len = text.len();
                let field = self.builder.labelled(&name, text, FieldPolicy::Mask(E::Email));
                self.part.whole(value, field, len, encoded);
            }
            "date" => {
                let text = String::from_utf8_lossy(raw).trim().to_owned();
                let len = text.len();
                let field = self.builder.labelled(&name, text, FieldPolicy::Mask(E::Date));
                self.part.whole(value, field, len, encoded);
            }
            "subject" | "comments" | "keywords" | "content-description" => {
                let text = match &header.value {
                    HeaderValue::Text(text) => text.to_string(),
                    HeaderValue::TextList(texts) => texts.join(", "),
                    _ => String::from_utf8_lossy(raw).trim().to_owned(),
                };
                let len = text.len();
                let policy = label::policy(self.nest.form, &name);
                let field = self.builder.labelled(&name, text, policy);
                self.part.whole(value, field, len, encoded);
            }
            _ => {
                let range = self.at(whole);
                self.part.slot(range, Fill::Fixed(String::new()));
                self.builder.note("headers of the way of an e-mail were left out");
            }
        }
    }

    /// Names in an address header: not written back from here, but sought in the text.
    fn names(&mut self, value: &HeaderValue<'_>) {
        let HeaderValue::Address(addresses) = value else { return };
        for address in addresses.iter() {
            if let Some(name) = &address.name {
                self.builder.text(name.to_string(), FieldPolicy::Mask(E::PersonOther));
            }
        }
    }

    /// What stands between the parts of a part: borders stay, nobody reads the rest.
    fn between(&mut self, range: Range<usize>, children: &[u32], message: &Message<'_>) {
        let mut at = range.start;
        let parts = children.iter().filter_map(|&c| message.parts.get(c as usize));
        let mut gaps = Vec::new();
        for part in parts {
            gaps.push(at..(part.offset_header as usize).max(at));
            at = (part.offset_end as usize).max(at);
        }
        gaps.push(at..range.end.max(at));
        for gap in gaps {
            let mut line = gap.start;
            for text in self.bytes[gap].split_inclusive(|&b| b == b'\n') {
                let end = line + text.trim_ascii_end().len();
                if !text.starts_with(b"--") && end > line {
                    let range = self.at(line..end);
                    self.part.slot(range, Fill::Fixed(String::new()));
                }
                line += text.len();
            }
        }
    }

    fn body(&mut self, range: Range<usize>, part: &MessagePart<'_>) -> Result<(), FormatError> {
        let raw = &self.bytes[range.clone()];
        if raw.trim_ascii().is_empty() {
            return Ok(());
        }
        let (bytes, wrap): (Vec<u8>, Wrap) = match part.encoding {
            Encoding::Base64 => (base64_decode(raw).unwrap_or_default(), base64_lines),
            Encoding::QuotedPrintable => {
                (quoted_printable_decode(raw).unwrap_or_default(), quoted_printable)
            }
            Encoding::None => (raw.to_vec(), eight_bit),
        };
        let kind = part.content_type();
        let charset = kind.and_then(|k| k.attribute("charset"));
        let nest = Nest { depth: self.nest.depth + 1, ..self.nest };
        let content = if bytes.is_empty() || nest.depth > super::DEPTH {
            None
        } else {
            match &part.body {
                PartType::Text(_)
                    if kind.is_none_or(|k| k.subtype().is_none_or(|s| s == "plain")) =>
                {
                    Some(running(&bytes, charset, self.builder)?)
                }
                PartType::Html(_) => Some(html::open(&bytes, charset, nest, self.builder)?),
                PartType::Message(_) => Some(open(&bytes, nest, self.builder)?),
                _ => embedded(&bytes, self.nest, self.builder)?,
            }
        };
        let range = self.at(range);
        if let Some(content) = content {
            self.part.slot(range, Fill::Nested { content: Box::new(content), wrap });
        } else {
            self.builder.note(super::NOTE_FILE);
            self.part.slot(range, Fill::Fixed("\r\n".to_owned()));
        }
        Ok(())
    }
}

/// A type without names of files; nothing when it has none.
fn plain_type(header: &Header<'_>) -> Option<String> {
    let HeaderValue::ContentType(kind) = &header.value else { return None };
    let kept = |name: &str| ["charset", "boundary", "format", "delsp", "type"].contains(&name);
    let attributes = kind.attributes()?;
    if attributes.iter().all(|a| kept(&a.name.to_ascii_lowercase())) {
        return None;
    }
    let mut new = kind.c_type.to_string();
    if let Some(subtype) = &kind.c_subtype {
        new.push('/');
        new.push_str(subtype);
    }
    for attribute in attributes {
        if kept(&attribute.name.to_ascii_lowercase()) {
            new.push_str(&format!("; {}=\"{}\"", attribute.name, attribute.value.replace('"', "")));
        }
    }
    Some(new)
}

/// Text of a header: an encoded word where it is not plain.
fn encoded(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    if text.is_ascii() {
        return text;
    }
    let words: Vec<String> = chunks(&text, 42)
        .iter()
        .map(|chunk| format!("=?utf-8?B?{}?=", BASE64.encode(chunk)))
        .collect();
    words.join("\r\n ")
}

/// Pieces of at most so many bytes, cut between characters.
fn chunks(text: &str, bytes: usize) -> Vec<&str> {
    let (mut out, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (own, next) = rest.split_at(rest.floor_char_boundary(bytes));
        out.push(own);
        rest = next;
    }
    out
}

fn eight_bit(bytes: &[u8]) -> String {
    encoding_rs::mem::decode_latin1(bytes).into_owned()
}

fn base64_lines(bytes: &[u8]) -> String {
    let packed = BASE64.encode(bytes);
    let mut out = String::with_capacity(packed.len() + packed.len() / 38);
    for line in packed.as_bytes().chunks(76) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push_str("\r\n");
    }
    out
}

fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut line = 0;
    for (i, &b) in bytes.iter().enumerate() {
        let end = matches!(bytes.get(i + 1), None | Some(b'\r' | b'\n'));
        let plain = (b.is_ascii_graphic() && b != b'=') || (matches!(b, b' ' | b'\t') && !end);
        if matches!(b, b'\r' | b'\n') {
            out.push(char::from(b));
            line = 0;
            continue;
        }
        let own = if plain { char::from(b).to_string() } else { format!("={b:02X}") };
        if line + own.len() > 75 {
            out.push_str("=\r\n");
            line = 0;
        }
        line += own.len();
        out.push_str(&own);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_read_back() {
        let text = "Née à Sudbury = ".repeat(20) + "\r\nfin ";
        let quoted = quoted_printable(text.as_bytes());
        assert!(quoted.lines().all(|l| l.len() <= 76));
        assert_eq!(quoted_printable_decode(quoted.as_bytes()).unwrap(), text.as_bytes());
        let packed = base64_lines(text.as_bytes());
        assert_eq!(base64_decode(packed.as_bytes()).unwrap(), text.as_bytes());
        assert_eq!(encoded("pain"), "pain");
        assert!(encoded("née").starts_with("=?utf-8?B?"));
    }
}

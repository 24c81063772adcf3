//! XML: CDA, CDS exports and any other. Known elements are masked whole, all other text and every
//! attribute that is no code is searched in the light of its element.

use super::charset::Charset;
use super::flow::Flow;
use super::html::push_decoded;
use super::markup::{self, Attribute, Token, local};
use super::part::{Builder, Fill, Part, plain};
use super::{Content, FormatError, Nest, attachment, base64_of};
use crate::case::FieldPolicy;
use crate::entity::EntityType as E;

mod known;

use known::{identifier, is_code, policy, telecom};

/// Elements of narrative text that do not end a line.
const INLINE: &[&str] = &[
    "content",
    "sub",
    "sup",
    "linkHtml",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "span",
    "a",
    "footnoteRef",
];

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let (source, charset) = Charset::read(bytes, declared(bytes).as_deref())?;
    let tokens = markup::tokens(&source, false)?;
    let mut part = Part::new(source, charset);
    let mut walk = Walk { nest, path: Vec::new(), flow: Flow::new(), label: String::new() };
    for token in tokens {
        walk.token(token, &mut part, builder)?;
    }
    walk.end(&mut part, builder)?;
    if !walk.path.is_empty() {
        let place = format!("byte {}", part.source().len());
        return Err(FormatError::Syntax {
            format: "XML",
            place,
            problem: "an element is not closed",
        });
    }
    Ok(Content::Part(part))
}

struct Walk<'n> {
    nest: Nest<'n>,
    /// Names of the open elements, without prefixes.
    path: Vec<String>,
    flow: Flow,
    /// The text before, when it labels what follows: `Name:` or a head cell.
    label: String,
}

impl Walk<'_> {
    fn token(
        &mut self,
        token: Token,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        match token {
            Token::Text(range) => {
                let source = part.source().to_owned();
                push_decoded(&mut self.flow, &source, range);
            }
            Token::CData(range) => {
                let text = part.source()[range.clone()].to_owned();
                self.flow.push(&text, range, markup::unclosed);
            }
            Token::Comment(range) | Token::Instruction(range) => {
                part.aside(range, markup::unclosed, builder);
            }
            Token::Declaration => {}
            Token::Open { name, attributes, empty, .. } => {
                let name = local(&name);
                if name == "br" {
                    self.flow.show("\n");
                } else if !INLINE.contains(&name) {
                    self.end(part, builder)?;
                }
                self.path.push(name.to_owned());
                self.attributes(&attributes, part, builder);
                if empty {
                    self.path.pop();
                }
            }
            Token::Close { name, .. } => {
                let name = local(&name);
                if !INLINE.contains(&name) {
                    let text = self.flow.text().trim().to_owned();
                    self.end(part, builder)?;
                    let labels = text.ends_with(':') || name == "th" || name == "caption";
                    if labels && text.len() <= 60 {
                        text.trim_end_matches([':', ' ']).clone_into(&mut self.label);
                    }
                }
                if self.path.pop().as_deref() != Some(name) {
                    return Err(FormatError::Syntax {
                        format: "XML",
                        place: format!("nesting level {}", self.path.len() + 1),
                        problem: "an element is closed that was not opened",
                    });
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, part: &mut Part, builder: &mut Builder) -> Result<(), FormatError> {
        if self.flow.is_blank() {
            self.flow = Flow::new();
            return Ok(());
        }
        if is_base64(self.flow.text()) {
            return self.file(part, builder);
        }
        let own = self.path.last().map_or("", String::as_str);
        let before = std::mem::take(&mut self.label);
        let label = if before.is_empty() { own } else { before.as_str() };
        let policy = policy(self.nest.form, &self.path, label, self.flow.text());
        // The parts of a name are told apart by the element around them.
        let label = match label {
            "Part" | "value" => self.path.iter().rev().nth(1).map_or("", String::as_str),
            "td" | "paragraph" | "item" | "text" | "p" | "div" | "list" => "",
            other => other,
        };
        self.flow.end(&spaced(label), policy, part, builder);
        builder.cut_if_long();
        Ok(())
    }

    /// A file in base64: opened, or left out.
    fn file(&mut self, part: &mut Part, builder: &mut Builder) -> Result<(), FormatError> {
        let text = self.flow.text().to_owned();
        let Some(range) = self.flow.source() else { return Ok(()) };
        self.flow = Flow::new();
        match attachment(&text, self.nest, builder)? {
            Some(content) => {
                let content = Box::new(content);
                part.slot(range, Fill::Nested { content, wrap: base64_of });
            }
            None => part.slot(range, Fill::Fixed(String::new())),
        }
        Ok(())
    }

    fn attributes(&self, attributes: &[Attribute], part: &mut Part, builder: &mut Builder) {
        let coded = attributes.iter().any(|a| a.name == "codeSystem");
        let element = self.path.last().map_or("", String::as_str);
        for attribute in attributes {
            let (text, _) = markup::decoded(part.source(), attribute.value.clone());
            // Two characters name nobody.
            if text.trim().chars().count() <= 2 {
                continue;
            }
            let name = local(&attribute.name);
            if markup::is_namespace(attribute, &text) || is_code(name, &text, coded) {
                continue;
            }
            let policy = match name {
                "extension" => FieldPolicy::Mask(identifier(&self.path)),
                "root" => FieldPolicy::Mask(E::Id),
                "value" if element == "telecom" => FieldPolicy::Mask(telecom(&text)),
                _ => policy(
                    self.nest.form,
                    &self.path,
                    if name == "value" { element } else { name },
                    &text,
                ),
            };
            let escape =
                if attribute.quoted { markup::escape_attribute } else { markup::escape_bare };
            let label = match name {
                "value" => element,
                "displayName" => "",
                other => other,
            };
            let len = text.len();
            let field = builder.labelled(&spaced(label), text, policy);
            part.whole(attribute.value.clone(), field, len, escape);
        }
    }
}

/// `DateOfBirth` as a reader sees it.
fn spaced(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && out.ends_with(char::is_lowercase) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// What XML says that it is written in.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = plain(&String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    let declaration = head.split_once("?>")?.0;
    let (_, value) = declaration.split_once("encoding=")?;
    let quote = value.chars().next()?;
    let name = value[1..].split(quote).next()?;
    // What is UTF-16 carries a mark or shows by its zeros.
    (!name.to_ascii_lowercase().starts_with("utf-16")).then(|| name.to_owned())
}

/// True for text that only a program reads.
fn is_base64(text: &str) -> bool {
    let packed = text.bytes().filter(|b| !b.is_ascii_whitespace());
    text.len() >= 80
        && packed.clone().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        && packed.count() % 4 == 0
        && !text.trim().contains(' ')
        && text.bytes().any(|b| b.is_ascii_digit())
}

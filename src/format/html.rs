//! HTML: paragraphs and cells, titles, comments, scripts and the attributes that can hold text.

use super::charset::Charset;
use super::flow::Flow;
use super::markup::{self, Attribute, Token};
use super::part::{Builder, Fill, Part, plain};
use super::{Content, FormatError, Nest, label};

/// Elements that do not end a word or a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd",
    "mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "wbr", "o:p",
    "center", "nobr", "time", "var", "samp", "content", "caption",
];

/// Attributes that say how something looks or works.
const LOOKS: &[&str] = &[
    "style",
    "class",
    "color",
    "bgcolor",
    "size",
    "face",
    "align",
    "valign",
    "dir",
    "width",
    "height",
    "border",
    "colspan",
    "rowspan",
    "cellpadding",
    "cellspacing",
    "xmlns",
    "lang",
    "xml:lang",
    "type",
    "rel",
    "charset",
    "http-equiv",
    "media",
    "tabindex",
    "target",
    "method",
];

/// Opens a page, in the encoding that `label` names, otherwise in its own.
pub(super) fn open(
    bytes: &[u8],
    charset: Option<&str>,
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    let named = named_charset(bytes);
    let (source, charset) = Charset::read(bytes, charset.or(named.as_deref()))?;
    let tokens = markup::tokens(&source, true)?;
    let mut part = Part::new(source, charset);
    let mut page = Page {
        nest,
        flow: Flow::new(),
        heads: Vec::new(),
        row: Row::default(),
        label: String::new(),
        style: false,
    };
    for token in tokens {
        page.token(token, &mut part, builder);
    }
    page.end(&mut part, builder);
    Ok(Content::Part(part))
}

/// The row of a table that is being read.
#[derive(Default)]
struct Row {
    column: usize,
    /// Texts of its head cells, while it has nothing else.
    heads: Vec<String>,
    data: bool,
}

struct Page<'n> {
    nest: Nest<'n>,
    flow: Flow,
    /// Heads of the columns of the table.
    heads: Vec<String>,
    row: Row,
    /// What labels the next text.
    label: String,
    /// Inside of a style sheet.
    style: bool,
}

impl Page<'_> {
    fn token(&mut self, token: Token, part: &mut Part, builder: &mut Builder) {
        match token {
            // Rules of looks; one with a comment or a quoted text is searched like any other.
            Token::Text(range)
                if self.style && !part.source()[range.clone()].contains(['"', '\'', '*', '@']) => {}
            Token::Text(range) => {
                let source = part.source().to_owned();
                push_decoded(&mut self.flow, &source, range);
            }
            Token::CData(range) | Token::Comment(range) | Token::Instruction(range) => {
                part.aside(range, markup::unclosed, builder);
            }
            Token::Declaration => {}
            Token::Open { name, attributes, .. } => {
                if !INLINE.contains(&name.as_str()) {
                    self.end(part, builder);
                }
                self.style = name == "style";
                match name.as_str() {
                    "table" => self.heads.clear(),
                    "tr" => self.row = Row::default(),
                    "td" => {
                        self.row.data = true;
                        if let Some(head) = self.heads.get(self.row.column) {
                            self.label.clone_from(head);
                        }
                    }
                    "br" => self.flow.show("\n"),
                    _ => {}
                }
                self.attributes(&attributes, part, builder);
            }
            Token::Close { name, .. } => {
                if INLINE.contains(&name.as_str()) {
                    return;
                }
                let text = self.flow.text().trim().to_owned();
                self.end(part, builder);
                let labels = matches!(name.as_str(), "th" | "dt" | "label") || text.ends_with(':');
                match name.as_str() {
                    "th" | "td" => {
                        self.row.column += 1;
                        if name == "th" {
                            self.row.heads.push(text.clone());
                        }
                    }
                    "tr" if !self.row.data && self.row.heads.len() > 1 => {
                        self.heads = std::mem::take(&mut self.row.heads);
                        self.label.clear();
                    }
                    _ => {}
                }
                if labels && text.len() <= 60 {
                    text.trim_end_matches([':', ' ']).clone_into(&mut self.label);
                }
            }
        }
    }

    /// Ends the paragraph.
    fn end(&mut self, part: &mut Part, builder: &mut Builder) {
        if self.flow.is_blank() {
            self.flow = Flow::new();
            return;
        }
        let label = std::mem::take(&mut self.label);
        let policy = label::policy(self.nest.form, &label);
        self.flow.end(&label, policy, part, builder);
        builder.cut_if_long();
    }

    fn attributes(&self, attributes: &[Attribute], part: &mut Part, builder: &mut Builder) {
        let own = |name: &str| {
            let found = attributes.iter().find(|a| a.name == name)?;
            Some(markup::decoded(part.source(), found.value.clone()).0)
        };
        let named = own("name").or_else(|| own("property")).unwrap_or_default();
        for attribute in attributes {
            let (text, _) = markup::decoded(part.source(), attribute.value.clone());
            if text.trim().is_empty() || text == attribute.name {
                continue;
            }
            let looks = LOOKS.contains(&attribute.name.as_str())
                && text.bytes().filter(u8::is_ascii_digit).count() < 7;
            if looks || attribute.name == "name" && text.len() < 20 {
                continue;
            }
            let escape =
                if attribute.quoted { markup::escape_attribute } else { markup::escape_bare };
            let range = attribute.value.clone();
            if text.trim_start().to_ascii_lowercase().starts_with("data:") {
                builder.note(super::NOTE_PICTURE);
                part.slot(range, Fill::Fixed(escape("")));
                continue;
            }
            let label = match attribute.name.as_str() {
                "content" | "value" => named.as_str(),
                other => other,
            };
            let policy = label::policy(self.nest.form, label);
            let len = text.len();
            let field = builder.labelled(label, text, policy);
            part.whole(range, field, len, escape);
        }
    }
}

/// Adds text to a paragraph with its references decoded; each reference keeps its own place.
pub(super) fn push_decoded(flow: &mut Flow, source: &str, range: std::ops::Range<usize>) {
    let (text, map) = markup::decoded(source, range.clone());
    let mut start = 0;
    // A reference is a piece of its own, so that what stands beside it stays as it was written.
    for (i, _) in text.char_indices().chain([(text.len(), ' ')]) {
        let next = text[i..].chars().next();
        let wide = next.is_some_and(|c| map[i + c.len_utf8()] - map[i] != c.len_utf8());
        if wide || next.is_none() {
            flow.push(&text[start..i], map[start]..map[i], markup::escape);
        }
        if let (true, Some(c)) = (wide, next) {
            let end = i + c.len_utf8();
            flow.push(&text[i..end], map[i]..map[end], markup::escape);
            start = end;
        }
    }
}

/// What the page says that it is written in, within its first bytes.
fn named_charset(bytes: &[u8]) -> Option<String> {
    let head =
        plain(&String::from_utf8_lossy(&bytes[..bytes.len().min(1024)])).to_ascii_lowercase();
    let at = head.find("charset=")? + "charset=".len();
    let name: String = head[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    (!name.is_empty()).then_some(name)
}

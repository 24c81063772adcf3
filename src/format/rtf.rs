//! RTF: paragraphs whole, however many runs they have; hidden and deleted text, fields, notes,
//! headers, properties and every destination that nobody knows. Pictures and objects are emptied.

mod token;
mod word;

use super::charset::Charset;
use super::flow::Flow;
use super::part::{Builder, Escape, Fill, Part};
use super::{Content, FormatError, Nest, label};
use crate::case::FieldPolicy;
use std::collections::BTreeMap;
use std::ops::Range;
use token::{Token, Tokens};
use word::Destination;

/// How deep groups may lie in groups.
const GROUPS: usize = 1000;

fn broken(byte: usize, problem: &'static str) -> FormatError {
    FormatError::Syntax { format: "RTF", place: format!("byte {byte}"), problem }
}

pub(super) fn open(
    bytes: &[u8],
    nest: Nest<'_>,
    builder: &mut Builder,
) -> Result<Content, FormatError> {
    if !bytes.starts_with(b"{\\rtf") {
        return Err(broken(0, "it does not begin as RTF does"));
    }
    let source = encoding_rs::mem::decode_latin1(bytes).into_owned();
    let mut part = Part::new(source.clone(), Charset::BYTES);
    let mut tokens = Tokens::new(&source);
    let mut walk = Walk::new(nest);
    while let Some((token, range)) = tokens.next()? {
        walk.token(&token, range.clone(), &mut part, builder)?;
        if walk.groups.is_empty() {
            // Behind the last group no reader looks.
            if !source[range.end..].trim().is_empty() {
                part.slot(range.end..source.len(), Fill::Fixed(String::new()));
            }
            return Ok(Content::Part(part));
        }
    }
    Err(broken(source.len(), "a group is not closed"))
}

/// What holds within a group.
#[derive(Clone)]
struct Group {
    start: usize,
    /// No word has said yet what it is for.
    fresh: bool,
    /// `\*` stood in front: readers who do not know it leave it out.
    ignorable: bool,
    /// It has a frame of its own.
    framed: bool,
    /// Its content is left out.
    skipped: bool,
    hidden: bool,
    /// How many characters behind `\u` stand for the same.
    fallback: usize,
    font: Option<i32>,
}

/// A text that is being read: what is seen, what is hidden, and what old readers see instead.
struct Frame {
    seen: Flow,
    hidden: Flow,
    instead: Flow,
    list: bool,
    fonts: bool,
    policy: FieldPolicy,
    label: String,
}

impl Frame {
    fn new(list: bool, fonts: bool, policy: FieldPolicy, label: &str) -> Self {
        let label =
            if matches!(policy, FieldPolicy::Mask(_)) { label.to_owned() } else { String::new() };
        Self {
            seen: Flow::new(),
            hidden: Flow::new(),
            instead: Flow::new(),
            list,
            fonts,
            policy,
            label,
        }
    }
}

/// The row of a table that is being read.
#[derive(Default)]
struct Row {
    heads: Vec<String>,
    cells: Vec<String>,
}

impl Row {
    /// What labels the cell: the head of its column, or in a form the cell before.
    fn label(&self) -> &str {
        let column = self.cells.len();
        if self.heads.len() > 2 {
            return self.heads.get(column).map_or("", String::as_str);
        }
        let before =
            column.checked_sub(1).and_then(|c| self.cells.get(c)).map_or("", String::as_str);
        if column % 2 == 1 && before.len() <= 60 { before.trim_end_matches([':', ' ']) } else { "" }
    }
}

struct Walk<'n> {
    nest: Nest<'n>,
    groups: Vec<Group>,
    frames: Vec<Frame>,
    row: Row,
    /// Code page of the document, and those of its fonts.
    page: i32,
    fonts: BTreeMap<i32, i32>,
    default_font: Option<i32>,
    /// The font that the font table tells of.
    told_font: Option<i32>,
    /// Bytes that are read together, since a sign may have two.
    bytes: Vec<u8>,
    place: Range<usize>,
    /// Where a control word ends whose end no space marks.
    bare: usize,
    /// Characters that still stand for the sign before.
    instead: usize,
    /// That sign, its place with what stands for it, and how it is written.
    sign: Option<(String, Range<usize>, Escape)>,
    /// The first half of a sign that has two, and its place.
    half: Option<(u16, Range<usize>)>,
}

impl<'n> Walk<'n> {
    fn new(nest: Nest<'n>) -> Self {
        Self {
            nest,
            groups: Vec::new(),
            frames: vec![Frame::new(false, false, FieldPolicy::Scrub, "")],
            row: Row::default(),
            page: 1252,
            fonts: BTreeMap::new(),
            default_font: None,
            told_font: None,
            bytes: Vec::new(),
            place: 0..0,
            bare: usize::MAX,
            instead: 0,
            sign: None,
            half: None,
        }
    }

    fn token(
        &mut self,
        token: &Token<'_>,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        let skipped = self.groups.last().is_some_and(|g| g.skipped);
        match token {
            Token::Byte(_) | Token::Hex(_) | Token::Nothing => {}
            _ => self.flush()?,
        }
        match *token {
            Token::Open => {
                if self.groups.len() >= GROUPS {
                    return Err(broken(range.start, "its groups are nested too deep"));
                }
                self.end_sign();
                let above = self.groups.last().cloned().unwrap_or(Group {
                    start: 0,
                    fresh: true,
                    ignorable: false,
                    framed: false,
                    skipped: false,
                    hidden: false,
                    fallback: 1,
                    font: None,
                });
                let start = range.end;
                self.groups.push(Group {
                    start,
                    fresh: true,
                    ignorable: false,
                    framed: false,
                    ..above
                });
            }
            Token::Close => {
                self.end_sign();
                let Some(group) = self.groups.pop() else {
                    return Err(broken(range.start, "a group is closed that was not opened"));
                };
                if group.skipped && !self.groups.last().is_some_and(|g| g.skipped) {
                    part.slot(group.start..range.start, Fill::Fixed(String::new()));
                }
                if group.framed || self.groups.is_empty() {
                    self.paragraph(part, builder);
                    self.frames.pop();
                } else if self.frames.last().is_some_and(|f| f.list) {
                    self.paragraph(part, builder);
                }
            }
            _ if skipped => {}
            Token::Nothing => {}
            Token::Binary => part.slot(range, Fill::Fixed(String::new())),
            Token::Byte(b';') if self.frames.last().is_some_and(|f| f.list) => {
                self.flush()?;
                self.paragraph(part, builder);
            }
            Token::Byte(byte) | Token::Hex(byte) => {
                if let Some(group) = self.groups.last_mut() {
                    group.fresh = false;
                    if group.ignorable && !group.framed {
                        group.framed = true;
                        self.frames.push(Frame::new(false, false, FieldPolicy::Scrub, ""));
                    }
                }
                self.byte(byte, range)?;
            }
            Token::Symbol(symbol) => self.symbol(symbol, range, part, builder),
            Token::Word { name, number, spaced } => {
                self.word(name, number, spaced, range, part, builder)?;
            }
        }
        Ok(())
    }

    fn symbol(
        &mut self,
        symbol: char,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) {
        let text = match symbol {
            '*' => {
                if let Some(group) = self.groups.last_mut() {
                    group.ignorable = group.fresh;
                }
                return;
            }
            '\\' => "\\",
            '{' => "{",
            '}' => "}",
            '~' => "\u{a0}",
            '_' => "-",
            '\t' => "\t",
            '\r' | '\n' => {
                self.paragraph(part, builder);
                return;
            }
            _ => return,
        };
        let end = range.end;
        self.push(text, range);
        if self.instead > 0 {
            self.stood_instead(end);
        }
    }

    fn word(
        &mut self,
        name: &str,
        number: Option<i32>,
        spaced: bool,
        range: Range<usize>,
        part: &mut Part,
        builder: &mut Builder,
    ) -> Result<(), FormatError> {
        let bare = if spaced { usize::MAX } else { range.end };
        if let Some(group) = self.groups.last_mut().filter(|g| g.fresh) {
            group.fresh = false;
            let known = word::destination(name);
            let destination = if group.ignorable {
                known.or(Some(Destination::Own(FieldPolicy::Scrub)))
            } else {
                known
            };
            let frame = match destination {
                Some(Destination::Own(policy)) => Some(Frame::new(false, false, policy, name)),
                Some(Destination::List(policy)) => Some(Frame::new(true, false, policy, name)),
                Some(Destination::Fonts) => Some(Frame::new(true, true, FieldPolicy::Scrub, name)),
                Some(Destination::Picture) => {
                    let picture = name == "pict";
                    builder.note(if picture { super::NOTE_PICTURE } else { super::NOTE_FILE });
                    group.skipped = true;
                    None
                }
                Some(Destination::Empty) => {
                    group.skipped = true;
                    None
                }
                None => None,
            };
            if let Some(frame) = frame {
                group.framed = true;
                self.frames.push(frame);
            }
            if group.skipped {
                return Ok(());
            }
        }
        if name == "u" {
            self.end_sign();
        } else if self.instead > 0 {
            self.stood_instead(range.end);
        }
        if let Some(sign) = word::sign(name) {
            self.push(sign, range);
            self.bare = bare;
            return Ok(());
        }
        let in_fonts = self.frames.last().is_some_and(|f| f.fonts);
        let on = number != Some(0);
        let Some(group) = self.groups.last_mut() else {
            return Err(broken(range.start, "it does not begin with a group"));
        };
        match (name, number) {
            ("u", Some(unit)) => {
                self.instead = group.fallback;
                self.unit(unit as u16, range);
            }
            ("uc", Some(n)) => group.fallback = usize::try_from(n).unwrap_or(0),
            ("v" | "deleted", _) => group.hidden = on,
            ("plain", _) => (group.hidden, group.font) = (false, None),
            ("ansicpg", Some(page)) => self.page = page,
            ("mac", _) => self.page = 10000,
            ("pc", _) => self.page = 437,
            ("pca", _) => self.page = 850,
            ("deff", font) => self.default_font = font,
            ("f", font) if in_fonts => self.told_font = font,
            ("f", font) => group.font = font,
            ("fcharset", Some(set)) if in_fonts => {
                if let (Some(font), Some(page)) = (self.told_font, word::of_charset(set)) {
                    self.fonts.insert(font, page);
                }
            }
            ("cpg", Some(page)) if in_fonts => {
                if let Some(font) = self.told_font {
                    self.fonts.insert(font, page);
                }
            }
            ("tab" | "line" | "lbr" | "softline", _) => {
                let shown = if name == "tab" { "\t" } else { "\n" };
                if let Some(frame) = self.frames.last_mut() {
                    let flow = if group.hidden { &mut frame.hidden } else { &mut frame.seen };
                    flow.show(shown);
                }
            }
            ("par" | "sect" | "page" | "column", _) => {
                self.paragraph(part, builder);
                if self.row.cells.is_empty() {
                    self.row.heads.clear();
                }
            }
            ("cell" | "nestcell", _) => {
                let text = self.frames.last().map_or("", |f| f.seen.text()).trim().to_owned();
                self.paragraph(part, builder);
                self.row.cells.push(text);
            }
            ("row" | "nestrow", _) => {
                self.paragraph(part, builder);
                let cells = std::mem::take(&mut self.row.cells);
                if self.row.heads.is_empty() {
                    self.row.heads = cells;
                }
            }
            (name, Some(_)) if word::is_time(name) => {
                let end = if spaced { " " } else { "" };
                part.slot(range, Fill::Fixed(format!("\\{name}0{end}")));
            }
            _ => {}
        }
        self.bare = bare;
        Ok(())
    }

    /// A byte of text in the code page of its font.
    fn byte(&mut self, byte: u8, range: Range<usize>) -> Result<(), FormatError> {
        let wide = !byte.is_ascii();
        if !self.bytes.is_empty() && !self.is_open()? {
            let ascii = self.bytes.last().is_some_and(u8::is_ascii);
            // What is written as a number is a piece of its own: what stands beside it stays.
            let escaped = range.len() > 2 || self.place.len() > 2 * self.bytes.len();
            if ascii == wide || escaped || self.place.end != range.start {
                self.flush()?;
            }
        }
        if self.instead == 0 {
            self.half = None;
        }
        if self.bytes.is_empty() {
            self.place = range.clone();
        }
        self.bytes.push(byte);
        self.place.end = range.end;
        if self.instead > 0 && !self.is_open()? {
            self.flush()?;
            self.stood_instead(range.end);
        }
        Ok(())
    }

    /// True when the bytes so far are the beginning of a sign.
    fn is_open(&self) -> Result<bool, FormatError> {
        if self.bytes.len() > 3 || self.bytes.first().is_none_or(u8::is_ascii) {
            return Ok(false);
        }
        Ok(self.page()?.is_some_and(|p| p.decode_without_bom_handling(&self.bytes).1))
    }

    /// Something that stood for the sign before has ended.
    fn stood_instead(&mut self, end: usize) {
        self.instead = self.instead.saturating_sub(1);
        if let Some((_, place, _)) = &mut self.sign {
            place.end = end;
        }
        if self.instead == 0 {
            self.end_sign();
        }
    }

    fn end_sign(&mut self) {
        self.instead = 0;
        let Some((text, place, escape)) = self.sign.take() else { return };
        let hidden = self.groups.last().is_some_and(|g| g.hidden);
        if let Some(frame) = self.frames.last_mut() {
            let flow = if hidden { &mut frame.hidden } else { &mut frame.seen };
            flow.push(&text, place, escape);
        }
    }

    /// The encoding of bytes; `None` for a code page that cannot be read.
    fn page(&self) -> Result<Option<&'static encoding_rs::Encoding>, FormatError> {
        let font = self.groups.last().and_then(|g| g.font).or(self.default_font);
        let page = font.and_then(|f| self.fonts.get(&f)).copied().unwrap_or(self.page);
        match word::code_page(page) {
            Some(encoding) => Ok(Some(encoding)),
            None if self.bytes.is_ascii() => Ok(None),
            None => Err(FormatError::Encoding),
        }
    }

    /// Reads the bytes so far.
    fn flush(&mut self) -> Result<(), FormatError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let encoding = self.page()?.unwrap_or(encoding_rs::WINDOWS_1252);
        let bytes = std::mem::take(&mut self.bytes);
        let (text, wrong) = encoding.decode_without_bom_handling(&bytes);
        if wrong {
            return Err(FormatError::Encoding);
        }
        let place = self.place.clone();
        self.push(&text, place);
        Ok(())
    }

    /// A sign by its number, or half of one.
    fn unit(&mut self, unit: u16, range: Range<usize>) {
        let first = self.half.take();
        if (0xd800..0xdc00).contains(&unit) {
            self.half = Some((unit, range));
            return;
        }
        let (units, place) = match first {
            Some((high, start)) => (vec![high, unit], start.start..range.end),
            None => (vec![unit], range),
        };
        let escape = self.escape(place.start);
        self.sign = Some((String::from_utf16_lossy(&units), place, escape));
        if self.instead == 0 {
            self.end_sign();
        }
    }

    fn escape(&self, start: usize) -> Escape {
        if self.bare == start { behind_word } else { escape }
    }

    /// Text of the source.
    fn push(&mut self, text: &str, range: Range<usize>) {
        // What stands for a sign and says the same needs no search of its own.
        let one = self.groups.last().is_some_and(|g| g.fallback == 1);
        let same = self.sign.as_ref().is_some_and(|(sign, ..)| sign == text);
        if self.instead > 0 && one && same {
            return;
        }
        let escape = self.escape(range.start);
        let hidden = self.groups.last().is_some_and(|g| g.hidden);
        let Some(frame) = self.frames.last_mut() else { return };
        let flow = match (self.instead > 0, hidden) {
            (true, _) => &mut frame.instead,
            (false, true) => &mut frame.hidden,
            (false, false) => &mut frame.seen,
        };
        flow.push(text, range, escape);
    }

    /// Ends the paragraph.
    fn paragraph(&mut self, part: &mut Part, builder: &mut Builder) {
        let body = self.frames.len() == 1;
        let Some(frame) = self.frames.last_mut() else { return };
        let in_cell = body && !(self.row.cells.is_empty() && self.row.heads.is_empty());
        let label = if in_cell { self.row.label() } else { &frame.label };
        let policy = match frame.policy {
            FieldPolicy::Scrub if in_cell => label::policy(self.nest.form, label),
            other => other,
        };
        for (flow, own) in [
            (&mut frame.seen, policy),
            (&mut frame.hidden, frame.policy),
            (&mut frame.instead, frame.policy),
        ] {
            let text = flow.text();
            let said = text.chars().any(char::is_alphanumeric);
            if !said || frame.fonts && word::is_usual_font(text) {
                *flow = Flow::new();
            } else {
                flow.end(label, own, part, builder);
            }
        }
        if body {
            builder.cut_if_long();
        }
    }
}

/// Text as it is written.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '{' | '}' => out.extend(['\\', c]),
            '\n' => out.push_str("\\line "),
            '\t' => out.push_str("\\tab "),
            c if c.is_ascii() => out.push(c),
            c => {
                out.push_str("{\\uc1");
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{}?", *unit as i16));
                }
                out.push('}');
            }
        }
    }
    out
}

/// As [`escape`], where a control word ends without a space: the first one is not seen.
fn behind_word(text: &str) -> String {
    format!(" {}", escape(text))
}

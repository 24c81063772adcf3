//! RTF token by token: groups, symbols, text, and where paragraphs end.

use super::frame::{Frame, Group, Row};
use super::token::Token;
use super::{GROUPS, broken};
use crate::case::FieldPolicy;
use crate::format::flow::Flow;
use crate::format::part::{Builder, Escape, Fill, Part};
use crate::format::{FormatError, Nest, font, label};
use std::collections::BTreeMap;
use std::ops::Range;

/// What was read so far.
pub(super) struct Walk<'n> {
    pub(super) nest: Nest<'n>,
    pub(super) groups: Vec<Group>,
    pub(super) frames: Vec<Frame>,
    pub(super) row: Row,
    /// Code page of the document, and those of its fonts.
    pub(super) page: i32,
    pub(super) fonts: BTreeMap<i32, i32>,
    pub(super) default_font: Option<i32>,
    /// The font that the font table tells of.
    pub(super) told_font: Option<i32>,
    /// Bytes that are read together, since a sign may have two.
    pub(super) bytes: Vec<u8>,
    pub(super) place: Range<usize>,
    /// Where a control word ends whose end no space marks.
    pub(super) bare: usize,
    /// Characters that still stand for the sign before.
    pub(super) instead: usize,
    /// That sign, its place with what stands for it, and how it is written.
    pub(super) sign: Option<(String, Range<usize>, Escape)>,
    /// The first half of a sign that has two, and its place.
    pub(super) half: Option<(u16, Range<usize>)>,
}

impl<'n> Walk<'n> {
    pub(super) fn new(nest: Nest<'n>) -> Self {
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

    pub(super) fn token(
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

    pub(super) fn symbol(
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

    /// Ends the paragraph.
    pub(super) fn paragraph(&mut self, part: &mut Part, builder: &mut Builder) {
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
            if !said || frame.fonts && font::is_usual(text) {
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

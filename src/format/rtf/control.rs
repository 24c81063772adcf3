//! Control words of RTF: what a group is for, code pages and fonts, and the ends of paragraphs,
//! cells and rows.

use super::broken;
use super::frame::Frame;
use super::walk::Walk;
use super::word::{self, Destination};
use crate::case::FieldPolicy;
use crate::format::part::{Builder, Fill, Part};
use crate::format::{FormatError, NOTE_FILE, NOTE_PICTURE};
use std::ops::Range;

impl Walk<'_> {
    pub(super) fn word(
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
                    builder.note(if picture { NOTE_PICTURE } else { NOTE_FILE });
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
}

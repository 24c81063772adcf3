//! Fonts: which letter a code stands for, and how wide it is.
//!
//! A code is believed where a table of the file or a standard encoding names its letter. What only
//! the shapes of the font say is unknown: read by a guess, names would be other words.

use super::{array, dictionary, number, resolved, value};
use lopdf::{Dictionary, Document, Encoding, Object};
use std::collections::HashMap;

/// Bytes that a table of letters may unpack to.
const TABLE: usize = 16 << 20;

/// A font as far as reading needs it.
pub(super) struct Font {
    /// Codes to letters, as the file says for readers.
    unicode: Option<Encoding<'static>>,
    /// Letters of one-byte codes by the names of their shapes.
    names: Vec<String>,
    bytes: Bytes,
    widths: HashMap<u32, f64>,
    width: f64,
}

/// How a string is cut into codes.
#[derive(Clone, Copy, PartialEq)]
enum Bytes {
    One,
    Two,
    /// By a table that is not read here: its letters are known together only.
    Unknown,
}

/// A code that was drawn.
pub(super) struct Glyph {
    /// Its letters; `None` when nothing says which.
    pub(super) text: Option<String>,
    /// In parts of the size of the font.
    pub(super) width: f64,
    /// A one-byte code 32, which is stretched where words are.
    pub(super) space: bool,
}

impl Font {
    pub(super) fn of(document: &Document, font: &Dictionary) -> Self {
        let kind = name(document, font, b"Subtype");
        let mut new = Self {
            unicode: unicode(document, font),
            names: Vec::new(),
            bytes: Bytes::One,
            widths: HashMap::new(),
            width: 0.5,
        };
        if kind == b"Type0" {
            let identity = name(document, font, b"Encoding").starts_with(b"Identity");
            new.bytes = if identity { Bytes::Two } else { Bytes::Unknown };
            let below = array(document, font, b"DescendantFonts").first();
            if let Some(Object::Dictionary(below)) = below.and_then(|f| resolved(document, f)) {
                new.wide(document, below);
            }
        } else {
            new.names = names(document, font);
            new.narrow(document, font, kind == b"Type3");
        }
        new
    }

    /// Cuts a string into what it draws.
    pub(super) fn glyphs(&self, bytes: &[u8]) -> Vec<Glyph> {
        let glyph = |code: &[u8]| {
            let number = code.iter().fold(0, |n, b| n << 8 | u32::from(*b));
            let width = self.widths.get(&number).copied().unwrap_or(self.width);
            let space = self.bytes == Bytes::One && number == 32;
            Glyph { text: self.letters(code), width, space }
        };
        match self.bytes {
            Bytes::One => bytes.chunks(1).map(glyph).collect(),
            Bytes::Two => bytes.chunks(2).map(glyph).collect(),
            Bytes::Unknown => {
                let text = self.letters(bytes);
                let letters = text.as_ref().map_or(bytes.len(), |t| t.chars().count());
                vec![Glyph { text, width: letters as f64, space: false }]
            }
        }
    }

    fn letters(&self, code: &[u8]) -> Option<String> {
        let known = |text: &String| !text.is_empty() && !text.contains(['\0', '\u{fffd}']);
        let said = self.unicode.as_ref().and_then(|u| u.bytes_to_string(code).ok()).filter(known);
        said.or_else(|| {
            let [one] = code else { return None };
            self.names.get(usize::from(*one)).filter(|t| known(t)).cloned()
        })
    }

    /// Widths of a font of one-byte codes.
    fn narrow(&mut self, document: &Document, font: &Dictionary, drawn: bool) {
        let first = value(document, font, b"FirstChar").and_then(|o| o.as_i64().ok()).unwrap_or(0);
        // Fonts that draw each letter say how long their unit is.
        let matrix = array(document, font, b"FontMatrix").first();
        let unit = matrix.and_then(|o| number(document, o)).filter(|_| drawn).unwrap_or(0.001);
        let widths = array(document, font, b"Widths");
        for (code, width) in (first..256).zip(widths) {
            if let (Ok(code), Some(width)) = (u32::try_from(code), number(document, width)) {
                self.widths.insert(code, width * unit);
            }
        }
        let descriptor = dictionary(document, font, b"FontDescriptor");
        let missing =
            descriptor.and_then(|d| number(document, value(document, d, b"MissingWidth")?));
        if let Some(missing) = missing.filter(|m| *m > 0.0) {
            self.width = missing * unit;
        }
        if widths.is_empty() {
            let fixed =
                memchr::memmem::find(name(document, font, b"BaseFont"), b"Courier").is_some();
            let known =
                (32..).zip(SANS).map(|(c, w)| (c, if fixed { 0.6 } else { f64::from(w) / 1000.0 }));
            self.widths.extend(known);
        }
    }

    /// Widths of a font of longer codes: `code [w w w]` and `first last w`.
    fn wide(&mut self, document: &Document, font: &Dictionary) {
        let default = value(document, font, b"DW").and_then(|o| number(document, o));
        self.width = default.unwrap_or(1000.0) / 1000.0;
        let mut parts = array(document, font, b"W").iter().filter_map(|o| resolved(document, o));
        while let (Some(first), Some(next)) = (parts.next(), parts.next()) {
            let Some(first) = number(document, first).map(|n| n as u32) else { return };
            if let Object::Array(widths) = next {
                for (code, width) in (first..).zip(widths) {
                    let width = number(document, width).unwrap_or(1000.0);
                    self.widths.insert(code, width / 1000.0);
                }
            } else {
                let last = number(document, next).map_or(first, |n| n as u32);
                let width = parts.next().and_then(|o| number(document, o)).unwrap_or(1000.0);
                for code in first..=last.min(0xffff) {
                    self.widths.insert(code, width / 1000.0);
                }
            }
        }
    }
}

/// Widths of the letters from the space on in the font that stands in for others.
const SANS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

fn name<'d>(document: &'d Document, of: &'d Dictionary, key: &[u8]) -> &'d [u8] {
    value(document, of, key).and_then(|o| o.as_name().ok()).unwrap_or(b"")
}

/// The table from codes to letters that a font carries for readers.
fn unicode(document: &Document, font: &Dictionary) -> Option<Encoding<'static>> {
    let mut own = Dictionary::new();
    own.set("Type", Object::Name(b"Font".to_vec()));
    own.set("ToUnicode", font.get(b"ToUnicode").ok()?.clone());
    match own.get_font_encoding_with_limit(document, TABLE).ok()? {
        Encoding::UnicodeMapEncoding(map) => Some(Encoding::UnicodeMapEncoding(map)),
        _ => None,
    }
}

/// The letters of all one-byte codes by their encoding; empty where nothing names one.
fn names(document: &Document, font: &Dictionary) -> Vec<String> {
    let encoding = value(document, font, b"Encoding");
    let (base, differences) = match encoding {
        Some(Object::Name(name)) => (name.as_slice(), [].as_slice()),
        Some(Object::Dictionary(own)) => {
            (name(document, own, b"BaseEncoding"), array(document, own, b"Differences"))
        }
        _ => (b"".as_slice(), [].as_slice()),
    };
    let mut names = match base {
        b"" if says_its_letters(document, font) => standard(document, b"StandardEncoding"),
        b"WinAnsiEncoding" | b"MacRomanEncoding" | b"MacExpertEncoding" | b"StandardEncoding" => {
            standard(document, base)
        }
        _ => vec![String::new(); 256],
    };
    let mut code = 0;
    for entry in differences.iter().filter_map(|o| resolved(document, o)) {
        match entry {
            Object::Integer(n) => code = usize::try_from(*n).unwrap_or(usize::MAX),
            Object::Name(name) => {
                if let Some(slot) = names.get_mut(code) {
                    *slot = letter(document, name);
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    names
}

/// True for a font whose own encoding is the standard one: it says that it has usual letters only,
/// or is one that every reader has.
fn says_its_letters(document: &Document, font: &Dictionary) -> bool {
    const USUAL: i64 = 32;
    let descriptor = dictionary(document, font, b"FontDescriptor");
    let flags = descriptor.and_then(|d| value(document, d, b"Flags")?.as_i64().ok());
    let base = name(document, font, b"BaseFont");
    let everywhere =
        ["Helvetica", "Times", "Courier", "Arial"].iter().any(|f| base.starts_with(f.as_bytes()));
    flags.map_or(everywhere, |f| f & USUAL != 0)
}

fn standard(document: &Document, name: &[u8]) -> Vec<String> {
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", Object::Name(name.to_vec()));
    let encoding = font.get_font_encoding(document);
    let letter = |code| encoding.as_ref().ok()?.bytes_to_string(&[code]).ok();
    (0..=255).map(|code| letter(code).unwrap_or_default()).collect()
}

/// The letter that a shape is named after; empty for a name that says nothing.
fn letter(document: &Document, name: &[u8]) -> String {
    let name = name.split(|b| *b == b'.').next().unwrap_or(b"");
    let text = std::str::from_utf8(name).unwrap_or("");
    let code =
        text.strip_prefix("uni").or(text.strip_prefix('u')).filter(|h| (4..=6).contains(&h.len()));
    let code = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
    if let Some(letter) = code {
        return letter.to_string();
    }
    let mut encoding = Dictionary::new();
    encoding.set("Differences", vec![Object::Integer(0), Object::Name(name.to_vec())]);
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", encoding);
    let found = font.get_font_encoding(document).and_then(|e| e.bytes_to_string(&[0]));
    found.unwrap_or_default()
}

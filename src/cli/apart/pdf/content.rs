//! What is drawn on a page: letters with their places, and how much of it pictures cover.

use super::font::Font;
use super::line::Lines;
use super::matrix::Matrix;
use super::{STREAM, array, dictionary, inherited, number, resolved, value};
use crate::format::pdf::Line;
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::HashMap;
use std::rc::Rc;

/// How deep drawings may lie in drawings.
const DEPTH: usize = 12;

/// Letters of a document; more fit into no case.
pub(super) const LETTERS: usize = 16 << 20;

/// How many of them a document may have, each time it is shown.
const DRAWINGS: usize = 100_000;

/// What a page shows.
#[derive(Default)]
pub(super) struct Page {
    pub(super) lines: Vec<Line>,
    /// Letters drawn, and those of which nobody says which they are.
    pub(super) letters: usize,
    pub(super) unknown: usize,
    /// The part of the page that its largest picture covers.
    pub(super) covered: f64,
    pub(super) pictures: bool,
    /// How often something was filled or stroked.
    pub(super) drawings: usize,
}

/// Reads pages of a document; fonts are read once.
pub(super) struct Reader<'d> {
    document: &'d Document,
    /// By where they lie.
    fonts: HashMap<*const Dictionary, Rc<Font>>,
    drawings: usize,
}

/// What operators change and `q` keeps.
#[derive(Clone)]
struct State {
    place: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    spacing: f64,
    word_spacing: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

/// A page on its way.
struct Drawing {
    page: Page,
    lines: Lines,
    area: f64,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, fonts: HashMap::new(), drawings: 0 }
    }

    /// `None` for a page that cannot be read as a whole.
    pub(super) fn page(&mut self, id: ObjectId) -> Option<Page> {
        let document = self.document;
        let resources = inherited(document, id, b"Resources").and_then(|o| o.as_dict().ok());
        let media = inherited(document, id, b"MediaBox").and_then(|o| o.as_array().ok());
        let edges: Vec<f64> =
            media.into_iter().flatten().filter_map(|o| number(document, o)).collect();
        let area = match edges.as_slice() {
            [a, b, c, d] => ((c - a) * (d - b)).abs().max(1.0),
            _ => 612.0 * 792.0,
        };
        let mut bytes = Vec::new();
        for part in document.get_page_contents(id) {
            let stream = document.get_object(part).and_then(Object::as_stream).ok()?;
            let room = STREAM.saturating_sub(bytes.len());
            bytes.extend(stream.get_plain_content_with_limit(room).ok()?);
            bytes.push(b'\n');
        }
        let mut drawing = Drawing { page: Page::default(), lines: Lines::default(), area };
        self.draw(&bytes, resources, Matrix::SAME, 0, &mut drawing)?;
        let Drawing { page, lines, .. } = drawing;
        Some(Page { lines: lines.finish(), ..page })
    }

    fn draw(
        &mut self,
        bytes: &[u8],
        resources: Option<&'d Dictionary>,
        place: Matrix,
        depth: usize,
        drawing: &mut Drawing,
    ) -> Option<()> {
        let content = Content::decode(bytes).ok()?;
        let mut state = State {
            place,
            font: None,
            size: 0.0,
            spacing: 0.0,
            word_spacing: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let mut kept = Vec::new();
        let (mut text, mut line) = (Matrix::SAME, Matrix::SAME);
        for Operation { operator, operands } in &content.operations {
            if drawing.page.letters > LETTERS {
                return None;
            }
            let n =
                |i: usize| operands.get(i).and_then(|o| number(self.document, o)).unwrap_or(0.0);
            match operator.as_str() {
                "q" => kept.push(state.clone()),
                "Q" => state = kept.pop().unwrap_or(state),
                "cm" => {
                    if let Some(by) = Matrix::of(self.document, operands) {
                        state.place = by.then(state.place);
                    }
                }
                "BT" => (text, line) = (Matrix::SAME, Matrix::SAME),
                "Tc" => state.spacing = n(0),
                "Tw" => state.word_spacing = n(0),
                "Tz" => state.scale = n(0) / 100.0,
                "TL" => state.leading = n(0),
                "Ts" => state.rise = n(0),
                "Tf" => {
                    state.size = n(1);
                    let name = operands.first().and_then(|o| o.as_name().ok());
                    state.font = name.and_then(|name| self.font(resources, name));
                }
                "gs" => {
                    let states = resources.and_then(|r| dictionary(self.document, r, b"ExtGState"));
                    let name = operands.first().and_then(|o| o.as_name().ok());
                    let own = states.zip(name).and_then(|(s, n)| dictionary(self.document, s, n));
                    let font = own.map_or(&[][..], |own| array(self.document, own, b"Font"));
                    if let [font, size] = font {
                        state.size = number(self.document, size).unwrap_or(0.0);
                        let font = resolved(self.document, font).and_then(|f| f.as_dict().ok());
                        state.font = font.map(|font| self.known(font));
                    }
                }
                "Tm" => {
                    if let Some(to) = Matrix::of(self.document, operands) {
                        (text, line) = (to, to);
                    }
                }
                "Td" | "TD" | "T*" | "'" | "\"" => {
                    let (mut x, mut y) = (0.0, -state.leading);
                    match operator.as_str() {
                        "Td" => (x, y) = (n(0), n(1)),
                        "TD" => {
                            (x, y) = (n(0), n(1));
                            state.leading = -y;
                        }
                        "\"" => (state.word_spacing, state.spacing) = (n(0), n(1)),
                        _ => {}
                    }
                    line = Matrix::moved(x, y).then(line);
                    text = line;
                    if let ("'" | "\"", Some(Object::String(shown, _))) =
                        (operator.as_str(), operands.last())
                    {
                        show(shown, &state, &mut text, drawing);
                    }
                }
                "Tj" => {
                    if let Some(Object::String(shown, _)) = operands.first() {
                        show(shown, &state, &mut text, drawing);
                    }
                }
                "TJ" => {
                    for part in
                        operands.first().and_then(|o| o.as_array().ok()).into_iter().flatten()
                    {
                        if let Object::String(shown, _) = part {
                            show(shown, &state, &mut text, drawing);
                        } else if let Some(back) = number(self.document, part) {
                            let way = -back / 1000.0 * state.size * state.scale;
                            text = Matrix::moved(way, 0.0).then(text);
                        }
                    }
                }
                "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "S" | "s" | "sh" => {
                    drawing.page.drawings += 1;
                }
                "BI" => drawing.picture(state.place),
                "Do" => {
                    let name = operands.first().and_then(|o| o.as_name().ok());
                    self.object(name.unwrap_or(b""), resources, state.place, depth, drawing)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// A picture, or a drawing with operators of its own.
    fn object(
        &mut self,
        name: &[u8],
        resources: Option<&'d Dictionary>,
        place: Matrix,
        depth: usize,
        drawing: &mut Drawing,
    ) -> Option<()> {
        let objects = resources.and_then(|r| dictionary(self.document, r, b"XObject"));
        let object = objects.and_then(|o| value(self.document, o, name));
        // What is not there is not shown.
        let Some(Object::Stream(stream)) = object else { return Some(()) };
        let kind = value(self.document, &stream.dict, b"Subtype").and_then(|o| o.as_name().ok());
        if kind != Some(b"Form") {
            drawing.picture(place);
            return Some(());
        }
        self.drawings += 1;
        if depth > DEPTH || self.drawings > DRAWINGS {
            return None;
        }
        let own = Matrix::of(self.document, array(self.document, &stream.dict, b"Matrix"));
        let place = own.unwrap_or(Matrix::SAME).then(place);
        let resources = dictionary(self.document, &stream.dict, b"Resources").or(resources);
        let bytes = stream.get_plain_content_with_limit(STREAM).ok()?;
        self.draw(&bytes, resources, place, depth + 1, drawing)
    }

    fn font(&mut self, resources: Option<&'d Dictionary>, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = dictionary(self.document, resources?, b"Font")?;
        let font = dictionary(self.document, fonts, name)?;
        Some(self.known(font))
    }

    fn known(&mut self, font: &'d Dictionary) -> Rc<Font> {
        let known = self.fonts.entry(std::ptr::from_ref(font));
        Rc::clone(known.or_insert_with(|| Rc::new(Font::of(self.document, font))))
    }
}

impl Drawing {
    /// A picture fills the unit square of its place.
    fn picture(&mut self, place: Matrix) {
        self.page.pictures = true;
        self.page.covered = self.page.covered.max(place.area() / self.area);
    }
}

/// Shows a string; `text` goes on behind it.
fn show(shown: &[u8], state: &State, text: &mut Matrix, drawing: &mut Drawing) {
    let Some(font) = &state.font else {
        // Nobody knows what it shows.
        drawing.page.letters += shown.len();
        drawing.page.unknown += shown.len();
        return;
    };
    for glyph in font.glyphs(shown) {
        let size = Matrix([state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise]);
        let place = size.then(*text).then(state.place);
        drawing.page.letters += 1;
        drawing.page.unknown += usize::from(glyph.text.is_none());
        let letters = glyph.text.as_deref().unwrap_or("\u{fffd}");
        drawing.lines.letter(letters, place, glyph.width);
        let word = if glyph.space { state.word_spacing } else { 0.0 };
        let way = (glyph.width * state.size + state.spacing + word) * state.scale;
        *text = Matrix::moved(way, 0.0).then(*text);
    }
}
